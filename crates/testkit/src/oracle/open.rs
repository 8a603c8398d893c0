//! What is open: facts and choices. Whoever wants one asks here, and it is noted that they did.

use std::collections::BTreeMap;

use canreach_model::{Chooser, FactId, Setting, Translator};

use super::Walk;

/// What a way depended on: it is the same under every assignment that agrees on these.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The facts, with their values.
    pub(super) facts: BTreeMap<FactId, bool>,
    /// The choices that were taken, the first time that each was asked for.
    pub(super) choices: Vec<Choice>,
}

/// A choice that the network made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// A port of a range, which begins with this one and ends with the other.
    Port(Translator, u16, u16),
    /// One of so many.
    Pick(Chooser, usize),
}

impl Walk<'_> {
    pub(super) fn is_true(&self, fact: FactId) -> bool {
        let value = self.valuation.is_true(fact);
        self.asked.borrow_mut().facts.insert(fact, value);
        value
    }

    pub(super) fn value<T: Copy>(&self, setting: Setting<T>) -> T {
        match setting {
            Setting::Decided(value) => value,
            Setting::Disputed { fact, if_true, if_false } => {
                if self.is_true(fact) {
                    if_true
                } else {
                    if_false
                }
            }
        }
    }

    /// One of several; the first where the choice is not given, or not one of them.
    pub(super) fn pick<'b, T>(&self, chooser: Chooser, from: &'b [T]) -> Option<&'b T> {
        if from.len() > 1 {
            self.note(Choice::Pick(chooser, from.len()));
        }
        let chosen = self.choices.picks.get(&chooser).copied().unwrap_or(0);
        from.get(chosen).or(from.first())
    }

    /// A port of the range of the VPC's profile.
    pub(super) fn port(&self, translator: Translator, vpc: canreach_model::VpcId) -> u16 {
        let range = self.network.vpcs[vpc].profile.translation.ports;
        self.note(Choice::Port(translator, range.first(), range.last()));
        self.choices.ports.get(&translator).copied().unwrap_or(range.first())
    }

    fn note(&self, choice: Choice) {
        let mut asked = self.asked.borrow_mut();
        if !asked.choices.contains(&choice) {
            asked.choices.push(choice);
        }
    }
}
