//! What the tests over generated networks share.

mod seeds;

use std::net::IpAddr;

use canreach_model::{Endpoint, Network};
use canreach_net::{Protocol, ProtocolSet, RangeSet};
use canreach_query::{Answer, End, Question, Traffic, Warning};
use canreach_testkit::oracle::{self, may_send};

pub(crate) use seeds::asked_seeds;

/// A limit that no question about a generated network reaches.
pub(crate) const RLIMIT: u32 = 50_000_000;

/// The oracle's question in the words of `query`.
pub(crate) fn in_our_words(network: &Network, question: &oracle::Question) -> Question {
    let sources = question.sources.iter().copied();
    let usable = sources.filter(|source| may_send(network, question.from, *source));
    let number = |Protocol(number)| (number, number);
    let with_ports = || [Protocol::TCP, Protocol::UDP].into_iter().map(number).collect();
    let by_port = if question.ports.is_all() { ProtocolSet::all() } else { with_ports() };
    let protocols = match question.protocol {
        Some(Protocol(number)) => ProtocolSet::single(number).intersection(&by_port),
        None => by_port,
    };
    Question {
        from: String::from("from"),
        to: String::from("to"),
        sources: vec![end("from", question.from, usable)],
        destinations: vec![end("to", question.to, question.destinations.iter().copied())],
        unowned: Vec::new(),
        traffic: Traffic {
            protocols,
            destination_ports: question.ports.clone(),
            icmp_types: RangeSet::all(),
            icmp_codes: RangeSet::all(),
        },
        one_way: false,
    }
}

fn end(label: &str, endpoint: Endpoint, addresses: impl Iterator<Item = IpAddr>) -> End {
    End { label: label.to_owned(), endpoint, addresses: addresses.collect() }
}

/// Whether a limit was reached, so that the verdict says nothing about the network.
pub(crate) fn gave_up(answer: &Answer) -> bool {
    answer.warnings.iter().any(|warning| matches!(warning, Warning::LimitReached(_)))
}
