//! A question as formulas: what is possible at all, and what is certain.
//!
//! *Possible* leaves every fact open: no flow passes, whatever is left open, iff it cannot hold.
//! *Certain* asks for one header that passes under every value of every fact. A fact that only helps
//! or only hinders has its least helpful value there. For the others, whose worst value nobody can
//! tell, the formula is copied for each of their values, with one header for all copies and the
//! network's choices made anew in each.

use std::{collections::BTreeMap, rc::Rc};

use canreach_model::{Endpoint, FactId, Network, Polarity, Valuation};
use canreach_topology::Trip;
use z3::{Model, ast::Bool};

use crate::{
    Aim,
    header::Original,
    members::{Members, Subject},
    scope::{Assignment, Scope, variable_of},
    session::{Literal, Session},
    term::{all, any, equals, holds},
    walk::{Way, ways},
};

/// The most facts that neither help nor hinder; each doubles the formula.
const MOST_COPIED_FACTS: usize = 6;

/// The ways of a question under some values of some facts.
#[derive(Debug)]
pub(crate) struct Copy<'n> {
    /// The variables.
    pub(crate) scope: Scope<'n>,
    /// For each way, a formula that is true iff a packet takes it and gets to its end.
    pub(crate) ways: Vec<Bool>,
}

impl Copy<'_> {
    /// Returns a formula that is true iff a packet gets to the end on some way, under choices that the
    /// network may make.
    fn passes(&self) -> Bool {
        all([any(self.ways.iter().cloned()), self.scope.choices_are_possible()])
    }
}

/// The demand that a fact need not be known.
#[derive(Debug)]
pub(crate) struct Keep {
    /// The fact.
    pub(crate) fact: FactId,
    /// Asks that the flow passes without it being known.
    pub(crate) literal: Literal,
    /// For a fact that neither helps nor hinders: the value it is known to have, where it is.
    pub(crate) known: Option<Bool>,
}

/// A question, encoded.
#[derive(Debug)]
pub(crate) struct Problem<'n, 't> {
    /// The network.
    pub(crate) network: &'n Network,
    /// Who is in which security group.
    pub(crate) members: Rc<Members<'n>>,
    /// The original header.
    pub(crate) original: Original,
    /// The ways that give what was asked for.
    pub(crate) ways: Vec<Way<'t>>,
    /// Asks that some flow passes, for some values of the facts.
    pub(crate) possible: Bool,
    /// Asks that some flow passes for all values of the facts that are kept open.
    pub(crate) certain: Bool,
    /// The facts that occur, each with the demand that it be kept open.
    pub(crate) keeps: Vec<Keep>,
    /// One copy for each assignment of the facts that neither help nor hinder.
    pub(crate) copies: Vec<Copy<'n>>,
}

impl<'n, 't> Problem<'n, 't> {
    /// Encodes what is possible, which is all there is where no fact occurs.
    pub(crate) fn new(
        session: &mut Session,
        subject: Subject<'n>,
        trips: &'t [Trip],
        to: Endpoint,
        aim: Aim,
    ) -> Self {
        let network = subject.network;
        let members = Rc::new(Members::new(subject));
        let original = Original::variables();
        let ways = ways(trips, to, aim);
        let copy = copy(network, &members, &original, Assignment::new(), 0, &ways);
        let possible = session.literal(copy.passes()).asks;
        let certain = possible.clone();
        let copies = vec![copy];
        Self { network, members, original, ways, possible, certain, keeps: Vec::new(), copies }
    }

    /// Returns the facts that what is possible depends on.
    fn facts(&self) -> Vec<FactId> {
        self.copies.iter().flat_map(|copy| copy.scope.facts()).collect()
    }

    /// Encodes what is certain: that holds, with every fact kept open, iff some header passes under
    /// every value of every fact.
    ///
    /// Fails with the number of facts to copy for where they are too many.
    pub(crate) fn ask_for_certainty(&mut self, session: &mut Session) -> Result<(), usize> {
        let facts = self.facts();
        let polarity = |fact: &FactId| self.network.facts[*fact].polarity;
        let (copied, others): (Vec<_>, Vec<_>) =
            facts.into_iter().partition(|fact| polarity(fact) == Polarity::Neither);
        if copied.len() > MOST_COPIED_FACTS {
            return Err(copied.len());
        }
        let mut keeps = Vec::new();
        for fact in others {
            let least = equals(&variable_of(fact), hinders(self.network, fact));
            keeps.push(Keep { fact, literal: session.literal(least), known: None });
        }
        if !copied.is_empty() {
            self.copy_for(session, &copied, &mut keeps);
        }
        keeps.sort_by_key(|keep| keep.fact);
        self.keeps = keeps;
        Ok(())
    }

    /// Replaces the formula by copies of it, one for each assignment of `facts`; each must pass unless
    /// a fact is known to have the other value.
    fn copy_for(&mut self, session: &mut Session, facts: &[FactId], keeps: &mut Vec<Keep>) {
        let open: BTreeMap<FactId, (Bool, Bool)> = facts
            .iter()
            .map(|fact| {
                let name = |what: &str| Bool::new_const(format!("{what}_{}", fact.index()));
                (*fact, (name("open"), name("known")))
            })
            .collect();
        for (fact, (is_open, known)) in &open {
            let literal = Literal { asks: is_open.clone(), meaning: is_open.clone() };
            keeps.push(Keep { fact: *fact, literal, known: Some(known.clone()) });
        }
        let mut copies = Vec::new();
        let mut formulas = Vec::new();
        for (number, assigned) in (1..).zip(assignments(facts)) {
            let counts = all(assigned.iter().filter_map(|(fact, value)| {
                let (is_open, known) = open.get(fact)?;
                Some(any([is_open.clone(), equals(known, *value)]))
            }));
            let copy =
                copy(self.network, &self.members, &self.original, assigned, number, &self.ways);
            formulas.push(counts.implies(copy.passes()));
            copies.push(copy);
        }
        self.certain = session.literal(all(formulas)).asks;
        self.copies = copies;
    }

    /// Returns the assumptions that ask for certainty, without the facts at `known`.
    pub(crate) fn certainty_without(&self, known: &[usize]) -> Vec<Bool> {
        let kept = (0..).zip(&self.keeps).filter(|(at, _)| !known.contains(at));
        let keeps = kept.map(|(_, keep)| keep.literal.asks.clone());
        std::iter::once(self.certain.clone()).chain(keeps).collect()
    }

    /// Returns the values of the facts that occur: those of the model where one is known, and the least
    /// helpful ones, or false, elsewhere.
    pub(crate) fn values(&self, model: &Model) -> Assignment {
        let value = |keep: &Keep| match &keep.known {
            None => holds(model, &variable_of(keep.fact)),
            Some(known) => !keep.literal.holds(model) && holds(model, known),
        };
        self.keeps.iter().map(|keep| (keep.fact, value(keep))).collect()
    }

    /// Returns the facts at `known` with the values that let the model's flow pass.
    pub(crate) fn known(&self, known: &[usize], model: &Model) -> Vec<(FactId, bool)> {
        let value = |keep: &Keep| match &keep.known {
            None => !hinders(self.network, keep.fact),
            Some(known) => holds(model, known),
        };
        let keeps = known.iter().filter_map(|at| self.keeps.get(*at));
        keeps.map(|keep| (keep.fact, value(keep))).collect()
    }

    /// Returns the values of all facts that a replay needs: those of `values`, and of the others those
    /// that may hinder.
    pub(crate) fn valuation(&self, values: &Assignment) -> Valuation {
        let hindering = self.network.facts.ids().filter(|fact| hinders(self.network, *fact));
        let hindering = hindering.map(|fact| (fact, true));
        hindering.chain(values.iter().map(|(fact, value)| (*fact, *value))).collect()
    }

    /// Returns the copy in which facts have these values.
    pub(crate) fn copy_with(&self, values: &Assignment) -> Option<&Copy<'n>> {
        self.copies.iter().find(|copy| {
            copy.scope.assigned().iter().all(|(fact, value)| values.get(fact) == Some(value))
        })
    }
}

/// Returns the least helpful value of a fact.
pub(crate) fn hinders(network: &Network, fact: FactId) -> bool {
    match network.facts[fact].polarity {
        Polarity::Helps | Polarity::Neither => false,
        Polarity::Hinders => true,
    }
}

fn copy<'n>(
    network: &'n Network,
    members: &Rc<Members<'n>>,
    original: &Original,
    assigned: Assignment,
    number: usize,
    ways: &[Way<'_>],
) -> Copy<'n> {
    let mut scope = Scope::new(network, members, original.clone(), assigned, number);
    let ways = scope.ways(ways);
    Copy { scope, ways }
}

/// Returns every assignment of the facts; the first gives each the value false.
fn assignments(facts: &[FactId]) -> Vec<Assignment> {
    facts.iter().fold(vec![Assignment::new()], |assignments, fact| {
        let with = |value: bool| {
            let given = assignments.clone().into_iter();
            given.map(move |mut assignment| {
                assignment.insert(*fact, value);
                assignment
            })
        };
        with(false).chain(with(true)).collect()
    })
}
