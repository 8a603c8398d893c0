//! A network that was written to a file and read again has the same answers.
//!
//! That it is the same network, `canreach-import` checks; here that nothing the engines look at is
//! kept anywhere else.

mod support;

use canreach_import::{SourceFile, import, write};
use canreach_model::Network;
use canreach_query::{Answer, Options, Session};
use canreach_testkit::{
    generate,
    oracle::{Question, Universe},
    show,
};
use rayon::prelude::*;
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: false };

fn read(text: String) -> Network {
    let bytes = text.into_bytes();
    let file = SourceFile { path: "written.yaml".into(), bytes, digest: String::new() };
    let read = import(&[file]);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    read.network
}

#[expect(clippy::panic, reason = "a test that fails says with what")]
fn ask(network: &Network, question: &Question, seed: u64) -> Answer {
    let asked = in_our_words(network, question);
    let answer = Session::new(network).ask(&asked, &OPTIONS, || ());
    answer.unwrap_or_else(|error| panic!("seed {seed}: {question:?}\n{error}\n{}", show(network)))
}

/// What an answer says; the example that the solver found may be another one.
fn told(answer: &Answer) -> String {
    let Answer { verdict, delivered, answered, scope, not_examined, ends, walks, .. } = answer;
    let gave_up = gave_up(answer);
    format!(
        "{verdict:?} {delivered:?} {answered:?} {scope:?} {not_examined:?} {ends:?} {walks:?} {gave_up}"
    )
}

/// Asks some questions about a network and its copy; returns how many were unknown and how many not.
fn same_answers(seed: u64) -> [usize; 2] {
    let network = generate::network(seed);
    let copy = read(write(&network));
    assert_eq!(show(&network), show(&copy), "seed {seed}");
    let universe = Universe::of(&network);
    let mut counts = [0, 0];
    for question in generate::questions(seed, &network, &universe, 2) {
        let (one, other) = (ask(&network, &question, seed), ask(&copy, &question, seed));
        assert_eq!(told(&one), told(&other), "seed {seed}: {question:?}\n{}", show(&network));
        let unknown = one.verdict == canreach_query::Verdict::Unknown;
        let [open, decided] = counts;
        counts = if unknown { [open + 1, decided] } else { [open, decided + 1] };
    }
    counts
}

#[test]
fn what_is_written_and_read_again_has_the_same_answers() {
    let add = |[a, b]: [usize; 2], [c, d]: [usize; 2]| [a + c, b + d];
    let [unknown, decided] =
        asked_seeds().unwrap_or(0..200).into_par_iter().map(same_answers).reduce(|| [0, 0], add);
    println!("{unknown} unknown, {decided} decided");
    assert!(unknown > 10 && decided > 100, "{unknown} unknown, {decided} decided");
}
