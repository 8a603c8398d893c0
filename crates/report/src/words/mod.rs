//! The words of answers: names of objects, rules as one line each, and what happens to a packet.
//!
//! Everything that is printed about a network is worded here, so that text and JSON say the same.
//! Nothing here decides anything.

mod blocker;
mod change;
mod decision;
mod fact;
mod names;
mod origin;
mod rule;
mod traffic;

pub(crate) use blocker::difference_code;
pub(crate) use decision::{Told, outcome_code};
pub(crate) use fact::{Choice, implied_assumptions, warning_code};
pub(crate) use names::{Named, layer_code, layer_words};
pub(crate) use origin::Source;
pub(crate) use traffic::{list, open, ports, protocols, traffic};

use canreach_model::Network;

/// The words for one network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'n> {
    pub(crate) network: &'n Network,
}

impl<'n> Words<'n> {
    pub(crate) fn new(network: &'n Network) -> Self {
        Self { network }
    }
}

/// Returns "1 walk" or "3 walks".
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Joins phrases as "a, b and c".
pub(crate) fn and(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
