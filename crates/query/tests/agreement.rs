//! Whole questions: the verdict must be what brute force finds by trying every packet under every
//! assignment of facts and choices.
//!
//! `ask` already has `eval` replay each witness and probe each proof, and fails where they differ;
//! so three opinions meet here. Networks come from a seed, which a failure names.

mod support;

use std::collections::BTreeMap;

use canreach_query::{Options, Session, Verdict};
use canreach_testkit::{
    generate,
    oracle::{Truth, Universe, brute_force},
    show,
};
use rayon::prelude::*;
use support::{RLIMIT, gave_up, in_our_words, seeds};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: false };

fn same(verdict: Verdict, truth: Truth) -> bool {
    matches!(
        (verdict, truth),
        (Verdict::Reachable, Truth::Reachable)
            | (Verdict::Unreachable, Truth::Unreachable)
            | (Verdict::Unknown, Truth::Unknown)
    )
}

/// Asks some questions about one generated network; counts the answers by kind.
#[expect(clippy::panic, reason = "a test that fails says with what")]
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
