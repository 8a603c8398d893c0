//! The answer to one question between two ends, flow by flow: it must hold exactly the transport headers
//! that brute force finds to pass from some source to some destination.
//!
//! Networks come from a seed, which a failure names. More of them on demand:
//! `CANREACH_SEEDS=0..20000 cargo test --release -p canreach-sets --test question -- --nocapture`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may be asked for more by its environment, says how much it compared, and fails where it is wrong"
)]

mod support;

use std::collections::BTreeMap;

use canreach_model::Network;
use canreach_net::{AddressSet, Family, Protocol, ProtocolSet, Transport};
use canreach_sets::{FlowSet, Flows, between};
use canreach_testkit::{
    generate,
    oracle::{self, Extent, Question, Universe, may_send},
    show,
};
use canreach_topology::{HeaderSet, Question as Headers, Topology};
use rayon::prelude::*;
use support::asked_seeds;

/// The networks of a short run.
const SEEDS: std::ops::Range<u64> = 0..150;

/// The questions to each of them.
const QUESTIONS: usize = 6;

/// The headers of a question in one family.
fn headers(network: &Network, question: &Question, family: Family) -> Headers {
    let usable =
        question.sources.iter().copied().filter(|it| may_send(network, question.from, *it));
    let sources: AddressSet = usable.collect();
    let destinations = question.destinations.iter().copied().collect();
    let mut headers = HeaderSet::between(sources, destinations).of_family(family);
    let number = |Protocol(number)| (number, number);
    if !question.ports.is_all() {
        headers.protocols = [Protocol::TCP, Protocol::UDP].into_iter().map(number).collect();
        headers.destination_ports = question.ports.clone();
    }
    if let Some(Protocol(number)) = question.protocol {
        headers.protocols = headers.protocols.intersection(&ProtocolSet::single(number));
    }
    let foreign = match family {
        Family::V4 => Protocol::ICMPV6,
        Family::V6 => Protocol::ICMP,
    };
    headers.protocols = headers.protocols.difference(&ProtocolSet::single(foreign.0));
    Headers { from: question.from, to: question.to, headers }
}

fn extent(certain: &FlowSet, maybe: &FlowSet, transport: Transport) -> Extent {
    if certain.contains(transport) {
        Extent::Always
    } else if maybe.contains(transport) {
        Extent::Sometimes
    } else {
        Extent::Never
    }
}

/// Returns how many headers of one question were compared.
fn agree_on(seed: u64, network: &Network, universe: &Universe, question: &Question) -> usize {
    let topology = Topology::new(network);
    let mut compared = 0;
    for family in Family::BOTH {
        let asked = headers(network, question, family);
        let Ok(flows) = between(&topology, &asked) else { continue };
        if flows.limit.is_some() {
            continue;
        }
        let mut best: BTreeMap<Transport, (Extent, Extent)> = BTreeMap::new();
        let of_family = |header: &canreach_net::Header| Family::of(header.source) == family;
        for header in oracle::headers(network, question, universe).into_iter().filter(of_family) {
            best.insert(header.transport, (Extent::Never, Extent::Never));
        }
        let passing = oracle::survey(network, question, universe).into_iter();
        for judged in passing.filter(|judged| of_family(&judged.header)) {
            let best = best.get_mut(&judged.header.transport).unwrap();
            *best = (best.0.max(judged.delivered), best.1.max(judged.answered));
        }
        for (transport, expected) in best {
            let Flows { delivered, answered, maybe_delivered, maybe_answered, .. } = &flows;
            let found = (
                extent(delivered, maybe_delivered, transport),
                extent(answered, maybe_answered, transport),
            );
            assert!(
                found == expected,
                "seed {seed}: {transport:?} of {asked:?}\nsets: {found:?}\noracle: {expected:?}\n{flows:?}\n{}",
                show(network)
            );
            compared += 1;
        }
    }
    compared
}

fn agree(networks: impl Fn(u64) -> Network + Sync) {
    let seeds = asked_seeds().unwrap_or(SEEDS);
    let counts = seeds.into_par_iter().map(|seed| {
        let network = networks(seed);
        let universe = Universe::of(&network);
        let questions = generate::questions(seed, &network, &universe, QUESTIONS);
        let counts = questions.iter().map(|it| agree_on(seed, &network, &universe, it));
        counts.sum::<usize>()
    });
    let compared: usize = counts.sum();
    println!("{compared} headers compared");
    assert!(compared > 0);
}

#[test]
fn a_question_is_answered_with_the_headers_that_brute_force_finds() {
    agree(generate::network);
}

#[test]
fn a_question_is_answered_with_the_headers_that_brute_force_finds_in_networks_of_aws() {
    agree(generate::aws::network);
}
