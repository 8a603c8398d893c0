//! Whole questions: the verdict must be what brute force finds by trying every packet under every
//! assignment of facts and choices.
//!
//! `ask` already has `eval` replay each witness and probe each proof, and fails where they differ;
//! so three opinions meet here. Networks come from a seed, which a failure names.
//!
//! A long run, with a range of seeds from the environment, also counts for every construct of the
//! model how many questions it decided, and prints the table.

mod support;

use std::collections::BTreeMap;

use canreach_query::{Options, Session, Verdict};
use canreach_testkit::{
    constructs::{constructs, deciding},
    generate,
    oracle::{Question, Truth, Universe, brute_force},
    show,
};
use rayon::prelude::*;
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: false };

/// The networks of a short run.
const SEEDS: std::ops::Range<u64> = 0..120;

/// So many networks show every construct.
const ALL_CONSTRUCTS: u64 = 20_000;

/// What a number of questions came to.
#[derive(Default)]
struct Counts {
    answers: BTreeMap<String, usize>,
    /// How many questions each construct decided, and how many of these about IPv6 alone.
    constructs: BTreeMap<&'static str, (usize, usize)>,
}

impl Counts {
    fn count(&mut self, what: impl Into<String>) {
        *self.answers.entry(what.into()).or_default() += 1;
    }

    fn and(mut self, other: Self) -> Self {
        for (what, count) in other.answers {
            *self.answers.entry(what).or_default() += count;
        }
        for (name, (all, ipv6)) in other.constructs {
            let counts = self.constructs.entry(name).or_default();
            *counts = (counts.0 + all, counts.1 + ipv6);
        }
        self
    }

    fn lines(&self) -> Vec<String> {
        let answers = self.answers.iter().map(|(what, count)| format!("{count:>8}  {what}"));
        let mut lines: Vec<String> = answers.collect();
        if !self.constructs.is_empty() {
            lines.push(String::from("\nquestions decided, those about IPv6 alone, construct"));
        }
        let constructs = self.constructs.iter();
        lines.extend(constructs.map(|(name, (all, ipv6))| format!("{all:>8}  {ipv6:>6}  {name}")));
        lines
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

fn is_about_ipv6(question: &Question) -> bool {
    question.sources.iter().chain(&question.destinations).all(std::net::IpAddr::is_ipv6)
}

/// Asks some questions about one generated network; counts the answers by kind, and in a long run
/// the constructs that decided them.
#[expect(clippy::panic, reason = "a test that fails says with what")]
fn agree_on(seed: u64, long: bool) -> Counts {
    let network = generate::network(seed);
    let session = Session::new(&network);
    let universe = Universe::of(&network);
    let all = constructs();
    let mut counts = Counts::default();
    for question in generate::questions(seed, &network, &universe, 3) {
        let expected = brute_force(&network, &question, &universe);
        let asked = in_our_words(&network, &question);
        let answer = session.ask(&asked, &OPTIONS, || ()).unwrap_or_else(|error| {
            panic!("seed {seed}: {question:?}\n{error}\n{}", show(&network))
        });
        if gave_up(&answer) {
            counts.count("given up");
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
        counts.count(format!("answered {:?}", answer.answered));
        counts.count(format!("delivered {:?}", answer.delivered));
        counts.count("questions");
        if long {
            for name in deciding(&all, &network, &question, &universe, &expected) {
                let (decided, ipv6) = counts.constructs.entry(name).or_default();
                *decided += 1;
                *ipv6 += usize::from(is_about_ipv6(&question));
            }
        }
    }
    counts
}

#[test]
fn verdicts_are_what_brute_force_finds() {
    // CANREACH_SEEDS=0..20000 cargo test --release -p canreach-query --test agreement -- --nocapture
    let asked = asked_seeds();
    let long = asked.is_some();
    let seeds = asked.unwrap_or(SEEDS);
    let many = seeds.end - seeds.start >= ALL_CONSTRUCTS;
    let none = constructs().into_iter().filter(|_| long).map(|it| (it.name, (0, 0)));
    let none = Counts { constructs: none.collect(), ..Counts::default() };
    let per_network = seeds.into_par_iter().map(|seed| agree_on(seed, long));
    let counts = none.and(per_network.reduce(Counts::default, Counts::and));
    println!("{}", counts.lines().join("\n"));
    for verdict in ["Reachable", "Unreachable", "Unknown"] {
        let count = counts.answers.get(&format!("answered {verdict}")).copied().unwrap_or_default();
        assert!(count > 5, "the networks show every verdict: {:?}", counts.answers);
    }
    let undecided = counts.constructs.iter().filter(|(_, (all, _))| *all == 0);
    let undecided: Vec<_> = undecided.map(|(name, _)| name).collect();
    assert!(!many || undecided.is_empty(), "they decided no question: {undecided:?}");
}
