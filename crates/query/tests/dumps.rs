//! Answers of AWS: a generated network is written as the AWS CLI would print it, imported, and asked
//! about; the truth is what brute force finds in the network as it was generated.
//!
//! So the importer and both engines are tested together against what was meant. A longer run:
//!
//!     CANREACH_SEEDS=0..5000 cargo test --release -p canreach-query --test dumps -- --nocapture

mod support;

use std::collections::BTreeMap;

use canreach_import::{SourceFile, import};
use canreach_model::{Endpoint, InterfaceId, InterfaceOwner, Network};
use canreach_query::{Options, Session, Verdict};
use canreach_testkit::{
    Random, aws, generate,
    oracle::{Question, Truth, Universe, brute_force},
    show,
};
use rayon::prelude::*;
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: false };

const SEEDS: std::ops::Range<u64> = 0..80;

fn read(files: impl IntoIterator<Item = (String, String)>, seed: u64) -> Network {
    let files = files.into_iter().map(|(path, text)| SourceFile {
        path,
        bytes: text.into_bytes(),
        digest: String::new(),
    });
    let read = import(&files.collect::<Vec<_>>());
    assert!(read.diagnostics.is_empty(), "seed {seed}: {:#?}", read.diagnostics);
    assert!(read.report.unread.is_empty(), "seed {seed}: {:#?}", read.report.unread);
    read.network
}

/// The same end in the other network: objects keep their ids.
fn there(one: &Network, other: &Network, end: Endpoint) -> Option<Endpoint> {
    let interface = |key: InterfaceId| {
        let id = &one.interfaces[key].meta.id;
        other.interfaces.iter().find(|(_, it)| it.meta.id == *id).map(|(key, _)| key)
    };
    match end {
        Endpoint::Interface(key) => interface(key).map(Endpoint::Interface),
        Endpoint::LoadBalancer(key) => {
            // One is known by its nodes: the name is not all of its ARN.
            let owner = InterfaceOwner::LoadBalancer(key);
            let node = one.interfaces.iter().find(|(_, it)| it.owner == owner)?;
            match other.interfaces[interface(node.0)?].owner {
                InterfaceOwner::LoadBalancer(key) => Some(Endpoint::LoadBalancer(key)),
                InterfaceOwner::Instance(_)
                | InterfaceOwner::NatGateway(_)
                | InterfaceOwner::Service
                | InterfaceOwner::Unmodelled(_)
                | InterfaceOwner::Gateway
                | InterfaceOwner::Detached => None,
            }
        }
        Endpoint::Internet | Endpoint::Nobody => Some(end),
        Endpoint::VirtualAddress(_) | Endpoint::Remote(_) => None,
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

/// Asks some questions about one network; returns the answers by kind.
#[expect(clippy::panic, reason = "a test that fails says with what")]
fn agree_on(seed: u64) -> BTreeMap<String, usize> {
    let estate = aws::network(seed);
    let meant = &estate.network;
    let files = aws::dump(&estate);
    let imported = read(files, seed);
    let universe = Universe::of(meant);
    let session = Session::new(&imported);
    let mut counts = BTreeMap::new();
    for question in generate::questions(seed, meant, &universe, 4) {
        let expected = brute_force(meant, &question, &universe);
        let ends = there(meant, &imported, question.from).zip(there(meant, &imported, question.to));
        let (from, to) = ends.unwrap_or_else(|| panic!("seed {seed}: an end of {question:?}"));
        let asked = in_our_words(&imported, &Question { from, to, ..question.clone() });
        let answer = session.ask(&asked, &OPTIONS, || ());
        let answer = answer.unwrap_or_else(|error| panic!("seed {seed}: {question:?}\n{error}"));
        if gave_up(&answer) {
            continue;
        }
        assert!(
            same(answer.delivered, expected.delivered) && same(answer.answered, expected.answered),
            "seed {seed}: {question:?}\nimported: delivered {:?}, answered {:?}\nmeant: {expected:?}\n\
             --- meant\n{}\n--- imported\n{}",
            answer.delivered,
            answer.answered,
            show(meant),
            show(&imported)
        );
        *counts.entry(format!("{:?}", answer.answered)).or_default() += 1;
    }
    counts
}

#[test]
fn what_was_imported_answers_as_it_was_meant() {
    let seeds = asked_seeds().unwrap_or(SEEDS);
    let per_network = seeds.into_par_iter().map(agree_on);
    let counts = per_network.reduce(BTreeMap::new, |mut all, more| {
        for (verdict, count) in more {
            *all.entry(verdict).or_default() += count;
        }
        all
    });
    println!("{counts:?}");
    for verdict in ["Reachable", "Unreachable"] {
        assert!(counts.get(verdict).is_some_and(|count| *count > 30), "{counts:?}");
    }
}

/// The order of the files, and how they are cut, mean nothing.
#[test]
fn the_order_of_files_means_nothing() {
    for seed in 0..20 {
        let files: Vec<(String, String)> = aws::dump(&aws::network(seed)).into_iter().collect();
        let expected = show(&read(files.clone(), seed));
        let mut random = Random::new(seed);
        let mut shuffled = Vec::new();
        let mut rest = files;
        while !rest.is_empty() {
            let last = u16::try_from(rest.len() - 1).unwrap_or_default();
            shuffled.push(rest.remove(usize::from(random.between(0, last))));
        }
        assert_eq!(show(&read(shuffled, seed)), expected, "seed {seed}");
    }
}
