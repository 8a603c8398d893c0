//! Whole questions: the verdict must be what brute force finds by trying every packet under every
//! assignment of facts and choices.
//!
//! `ask` already has `eval` replay each witness and probe each proof, and fails where they differ;
//! so three opinions meet here. Networks come from a seed, which a failure names.

use std::collections::BTreeMap;

use canreach_model::{Endpoint, Network};
use canreach_net::{Protocol, ProtocolSet, RangeSet};
use canreach_query::{Answer, End, Options, Question, Session, Traffic, Verdict, Warning};
use canreach_testkit::{
    generate, oracle,
    oracle::{Truth, Universe, brute_force, may_send},
    show,
};
use rayon::prelude::*;

const OPTIONS: Options = Options { rlimit: 50_000_000, explain: false };

fn end(label: &str, endpoint: Endpoint, addresses: impl Iterator<Item = std::net::IpAddr>) -> End {
    End { label: label.to_owned(), endpoint, addresses: addresses.collect() }
}

/// The oracle's question in the words of `query`.
fn in_our_words(network: &Network, question: &oracle::Question) -> Question {
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

fn same(verdict: Verdict, truth: Truth) -> bool {
    matches!(
        (verdict, truth),
        (Verdict::Reachable, Truth::Reachable)
            | (Verdict::Unreachable, Truth::Unreachable)
            | (Verdict::Unknown, Truth::Unknown)
    )
}

fn gave_up(answer: &Answer) -> bool {
    answer.warnings.iter().any(|warning| matches!(warning, Warning::LimitReached(_)))
}

/// Asks some questions about one generated network; counts the answers by kind.
fn agree_on(seed: u64) -> BTreeMap<String, usize> {
    let network = generate::network(seed);
    let session = Session::new(&network);
    let universe = Universe::of(&network);
    let mut counts = BTreeMap::new();
    for question in generate::questions(seed, &network, &universe, 3) {
        let expected = brute_force(&network, &question, &universe);
        let asked = in_our_words(&network, &question);
        let answer = session.ask(&asked, &OPTIONS, || ()).unwrap_or_else(|error| {
            panic!("seed {seed}: {question:?}\n{error}\n{}", show(&network))
        });
        if gave_up(&answer) {
            *counts.entry(String::from("given up")).or_default() += 1;
            continue;
        }
        assert!(
            same(answer.delivered, expected.delivered) && same(answer.answered, expected.answered),
            "seed {seed}: {question:?}\nquery: delivered {:?}, answered {:?}, {:?}\noracle: {expected:?}\n{}",
            answer.delivered,
            answer.answered,
            answer.witness.map(|witness| witness.header),
            show(&network)
        );
        *counts.entry(format!("answered {:?}", answer.answered)).or_default() += 1;
        *counts.entry(format!("delivered {:?}", answer.delivered)).or_default() += 1;
        *counts.entry(String::from("questions")).or_default() += 1;
    }
    counts
}

#[test]
fn verdicts_are_what_brute_force_finds() {
    // Thousands on demand: CANREACH_SEEDS=0..10000 cargo test --release -p canreach-query --test agreement
    let totals: BTreeMap<String, usize> =
        seeds(0..200).into_par_iter().map(agree_on).reduce(BTreeMap::new, |mut total, counts| {
            for (what, count) in counts {
                *total.entry(what).or_default() += count;
            }
            total
        });
    println!("{totals:#?}");
    for verdict in ["Reachable", "Unreachable", "Unknown"] {
        let count = totals.get(&format!("answered {verdict}")).copied().unwrap_or_default();
        assert!(count > 10, "the networks show every verdict: {totals:?}");
    }
}

/// The seeds to try: a range from the environment, or else the default.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more by its environment")]
fn seeds(default: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let asked = std::env::var("CANREACH_SEEDS").ok();
    let range = asked.as_deref().and_then(|text| {
        let (first, last) = text.split_once("..")?;
        Some(first.parse().ok()?..last.parse().ok()?)
    });
    range.unwrap_or(default)
}
