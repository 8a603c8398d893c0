//! From any model to one that a person would have picked, by fixing one thing after another.

use canreach_net::PortSet;
use z3::{Model, ast::Bool};

use crate::{
    session::{Check, Session},
    term::{Port, holds},
};

/// A model and what was decided about it so far.
#[derive(Debug)]
pub(crate) struct Search<'s> {
    session: &'s mut Session,
    assumptions: Vec<Bool>,
    /// A model of everything decided so far.
    pub(crate) model: Model,
}

impl<'s> Search<'s> {
    /// Starts from a model of some assumptions.
    pub(crate) fn new(session: &'s mut Session, assumptions: Vec<Bool>, model: Model) -> Self {
        Self { session, assumptions, model }
    }

    /// Decides for `formula` where that is possible, and says whether it was.
    pub(crate) fn fix(&mut self, formula: Bool) -> bool {
        if formula.as_bool() == Some(true) {
            return true;
        }
        let holds_already = holds(&self.model, &formula);
        let literal = self.session.literal(formula).asks;
        self.assumptions.push(literal);
        if holds_already {
            return true;
        }
        if let Check::Sat(model) = self.session.check(&self.assumptions) {
            self.model = model;
            return true;
        }
        self.assumptions.pop();
        false
    }

    /// Decides for the first of these that is possible.
    pub(crate) fn fix_first(&mut self, formulas: impl IntoIterator<Item = Bool>) -> bool {
        formulas.into_iter().any(|formula| self.fix(formula))
    }

    /// Decides for one of the wanted ports where one is possible, and otherwise for the smallest.
    pub(crate) fn fix_port(&mut self, port: &Port, wanted: impl IntoIterator<Item = u16>) {
        if self.fix_first(wanted.into_iter().map(|value| port.is(value))) {
            return;
        }
        let mut low = 0;
        while let Some(high) = port.read(&self.model)
            && low < high
        {
            let middle = low + (high - low) / 2;
            if !self.fix(port.is_in(&PortSet::range(low, middle))) {
                low = middle + 1;
                if !self.fix(port.is_in(&PortSet::range(low, high))) {
                    break;
                }
            }
        }
        if let Some(value) = port.read(&self.model) {
            self.fix(port.is(value));
        }
    }
}
