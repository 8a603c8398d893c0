//! The words of answers: names of objects, rules as one line each, and what happens to a packet.
//!
//! Everything that is printed about a network is worded here, so that text and JSON say the same.
//! Nothing here decides anything.

mod assumption;
mod besides;
mod blocker;
mod change;
mod decision;
mod edit;
mod fact;
mod names;
mod near;
mod origin;
mod rule;
mod traffic;

pub(crate) use besides::{besides, closed, opened};
pub(crate) use decision::{Told, outcome_code};
pub(crate) use edit::{EditWords, chain_rule, edit_code};
pub(crate) use fact::{Choice, warning_code};
pub(crate) use names::{Named, layer_code, layer_words};
pub(crate) use near::difference_code;
pub(crate) use origin::Source;
pub(crate) use rule::AnyRule;
pub(crate) use traffic::{list, open, ports, protocols, traffic};

use canreach_model::{Endpoint, Network};
use canreach_net::{Header, is_public_unicast};
use canreach_query::Answer;

/// The words for one network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'n> {
    pub(crate) network: &'n Network,
    /// Whether the destination is the Internet at large, so that an address there is an example.
    anywhere: bool,
}

impl<'n> Words<'n> {
    /// Returns the words for an answer about a network.
    pub(crate) fn new(network: &'n Network, answer: &Answer) -> Self {
        let mut ends = answer.question.destinations.iter();
        let anywhere = ends.any(|end| {
            end.endpoint == Endpoint::Internet
                && end.addresses.ranges().any(|it| it.first() != it.last())
        });
        Self { network, anywhere }
    }

    /// Returns the words for a network, of flows whose addresses are no examples.
    pub(crate) fn about(network: &'n Network) -> Self {
        Self { network, anywhere: false }
    }

    /// Returns the same words for another network, such as an edited one.
    pub(crate) fn of(self, network: &Network) -> Words<'_> {
        Words { network, anywhere: self.anywhere }
    }

    /// Returns the destination of a packet, marked where it is but an example.
    pub(crate) fn destination(self, header: Option<&Header>) -> String {
        match header {
            None => String::from("the destination"),
            Some(Header { destination, .. })
                if self.anywhere && is_public_unicast(*destination) =>
            {
                format!("the Internet ({destination}, for example)")
            }
            Some(header) => header.destination.to_string(),
        }
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
