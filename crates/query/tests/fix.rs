//! Proposals for generated networks: brute force over every packet of the edited network must find
//! that a proposal does what it says.
//!
//! `fix` asks each edited network itself, by both engines; the oracle knows neither them nor the
//! edits. Networks come from a seed, which a failure names.

mod support;

use std::collections::BTreeMap;

use canreach_model::Network;
use canreach_query::{
    Options, Verdict,
    fix::{Effort, Fix, Goal, apply, fix},
};
use canreach_testkit::{
    generate,
    oracle::{Question, Truth, Universe, brute_force},
    show,
};
use rayon::prelude::*;
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: true };
/// Enough to see several kinds of edits for one question.
const EFFORT: Effort = Effort { proposals: 6, candidates: 12, neighbours: 1 };

type Counts = BTreeMap<String, usize>;

/// Looks for proposals for some questions about one generated network, and tries each by brute force.
fn propose_for(seed: u64, goal: Goal) -> Counts {
    let network = generate::network(seed);
    let universe = Universe::of(&network);
    let mut counts = Counts::new();
    for question in generate::questions(seed, &network, &universe, 2) {
        let found = proposals(seed, &network, &question, goal);
        for proposal in &found.proposals {
            let edited = apply(&network, &proposal.edits);
            check(seed, &edited, &question, goal, &format!("{:#?}", proposal.edits));
            for edit in &proposal.edits {
                let text = format!("{edit:?}");
                let kind = text.split([' ', '(']).next().unwrap_or_default().to_owned();
                *counts.entry(kind).or_default() += 1;
            }
            *counts.entry(String::from("proposals")).or_default() += 1;
        }
        if gave_up(&found.answer) {
            continue;
        }
        let kind = match (found.nothing_to_do(), found.proposals.is_empty()) {
            (true, _) => "nothing to do",
            (false, true) => "none found",
            (false, false) => "found",
        };
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
    counts
}

#[expect(clippy::panic, reason = "a test that fails says with what")]
fn proposals(seed: u64, network: &Network, question: &Question, goal: Goal) -> Fix {
    let asked = in_our_words(network, question);
    fix(network, &asked, goal, &OPTIONS, EFFORT)
        .unwrap_or_else(|error| panic!("seed {seed}: {question:?}\n{error}\n{}", show(network)))
}

/// The edited network, tried packet by packet.
fn check(seed: u64, edited: &Network, question: &Question, goal: Goal, edits: &str) {
    let found = brute_force(edited, question, &Universe::of(edited));
    let holds = match goal {
        Goal::Open => found.answered == Truth::Reachable,
        Goal::Close => found.delivered == Truth::Unreachable,
    };
    assert!(holds, "seed {seed}: {question:?}\n{edits}\n{found:?}\n{}", show(edited));
}

fn totals(seeds: std::ops::Range<u64>, goal: Goal) -> Counts {
    seeds.into_par_iter().map(|seed| propose_for(seed, goal)).reduce(
        Counts::new,
        |mut total, counts| {
            for (what, count) in counts {
                *total.entry(what).or_default() += count;
            }
            total
        },
    )
}

// Thousands on demand: CANREACH_SEEDS=0..10000 cargo test --release -p canreach-query --test fix
#[test]
fn what_a_proposal_opens_is_open_by_brute_force() {
    let totals = totals(asked_seeds().unwrap_or(0..120), Goal::Open);
    println!("{totals:#?}");
    for kind in ["AddRule", "ChangeRule", "AddRoute", "found"] {
        assert!(totals.get(kind).is_some_and(|count| *count > 1), "{kind} is seen: {totals:?}");
    }
}

#[test]
fn what_a_proposal_closes_is_closed_by_brute_force() {
    let totals = totals(asked_seeds().unwrap_or(0..60), Goal::Close);
    println!("{totals:#?}");
    for kind in ["AddRule", "RemoveRule", "RemoveRoute", "found"] {
        assert!(totals.get(kind).is_some_and(|count| *count > 1), "{kind} is seen: {totals:?}");
    }
}

/// What a question asks is not what a proposal for the opposite achieves.
#[test]
fn nothing_is_proposed_for_what_is_so_already() {
    for seed in asked_seeds().unwrap_or(0..20) {
        let network = generate::network(seed);
        let universe = Universe::of(&network);
        for question in generate::questions(seed, &network, &universe, 1) {
            for goal in [Goal::Open, Goal::Close] {
                let found = proposals(seed, &network, &question, goal);
                let so_already = match goal {
                    Goal::Open => found.answer.verdict == Verdict::Reachable,
                    Goal::Close => found.answer.delivered == Verdict::Unreachable,
                };
                assert_eq!(found.nothing_to_do(), so_already, "seed {seed}");
                assert!(!so_already || found.proposals.is_empty(), "seed {seed}");
            }
        }
    }
}
