//! Single packets: `eval` and the oracle of `testkit` tell the same of every flow, down to where and
//! why it ended.
//!
//! Each wrote down the page `docs/forwarding.md` without looking at the other. Networks come from a
//! seed, which a failure names.

#[path = "support/seeds.rs"]
mod seeds;

use canreach_eval::{End, Flow, RoundTrip, round_trip};
use canreach_model::{Choices, Network, Valuation};
use canreach_net::Header;
use canreach_testkit::{
    Random, generate,
    oracle::{self, Lost, Question, Story, Universe, may_send, story},
    show,
};
use rayon::prelude::*;
use seeds::asked_seeds;

/// One flow in so many is walked, each under one assignment of facts and choices.
const ONE_IN: u16 = 12;

/// How a way ended; `ReplyChanged` is what `eval` tells of a reply that arrived as no answer.
fn told_by_eval(end: End) -> String {
    match end {
        End::Delivered(at) => format!("{at:?}"),
        End::Denied(checkpoint) => format!("{checkpoint:?}"),
        End::Stopped(obstacle) => name_of(&format!("{obstacle:?}")).to_owned(),
        End::Unmodelled { delivered: true, .. } => String::from("beyond the model"),
        End::Unmodelled { delivered: false, .. } => String::from("Unmodelled"),
    }
}

fn told_by_the_oracle(end: oracle::End) -> String {
    match end {
        oracle::End::Delivered(at, _) => format!("{at:?}"),
        oracle::End::Lost(Lost::Filter(checkpoint)) => format!("{checkpoint:?}"),
        oracle::End::Lost(Lost::Obstacle(name)) => name.to_owned(),
        oracle::End::Unmodelled => String::from("beyond the model"),
    }
}

/// The variant's name in its debug form.
fn name_of(obstacle: &str) -> &str {
    obstacle.split_once('(').map_or(obstacle, |(name, _)| name)
}

fn same(one: &RoundTrip, other: &Story) -> bool {
    let fates = (one.delivered(), one.answered()) == (other.fate.delivered, other.fate.answered);
    let request = told_by_eval(one.request.end) == told_by_the_oracle(other.request.end);
    let reply = match (&one.reply, &other.reply) {
        (Some(one), Some(other)) => {
            let told = told_by_eval(one.end);
            told == "ReplyChanged" || told == told_by_the_oracle(other.end)
        }
        // The oracle walks back only from where the request should end.
        (_, None) => true,
        (None, Some(_)) => false,
    };
    fates && request && reply
}

/// Walks some flows of the questions about one network, and returns how many.
fn agree_on(seed: u64) -> usize {
    let network = generate::network(seed);
    let universe = Universe::of(&network);
    let valuations = oracle::all_valuations(&network);
    let choices = oracle::all_choices(&network, &universe.nat_ports);
    let mut random = Random::new(seed ^ 0x0f10);
    let mut walked = 0;
    for question in generate::questions(seed, &network, &universe, 3) {
        for header in oracle::headers(&network, &question, &universe) {
            let sent = may_send(&network, question.from, header.source);
            if sent && random.between(1, ONE_IN) == 1 {
                let (valuation, choices) = (random.pick(&valuations), random.pick(&choices));
                compare(seed, &network, &question, header, &valuation, &choices);
                walked += 1;
            }
        }
    }
    walked
}

fn compare(
    seed: u64,
    network: &Network,
    question: &Question,
    header: Header,
    valuation: &Valuation,
    choices: &Choices,
) {
    let (start, to) = (question.from, question.to);
    let by_eval = round_trip(network, &Flow { start, header }, to, valuation, choices);
    let by_oracle = story(network, start, header, to, valuation, choices);
    assert!(
        same(&by_eval, &by_oracle),
        "seed {seed}: {header} from {start:?} to {to:?}, {valuation:?}, {choices:?}\n{by_eval:#?}\n{:?}\n{}\n{}",
        by_oracle.fate,
        by_oracle.lines(),
        show(network)
    );
}

#[test]
fn eval_and_the_oracle_tell_the_same_of_every_flow() {
    // CANREACH_SEEDS=0..20000 cargo test --release -p canreach-query --test packets
    let seeds = asked_seeds().unwrap_or(0..150);
    let walked: usize = seeds.into_par_iter().map(agree_on).sum();
    assert!(walked > 1000, "only {walked} flows");
}
