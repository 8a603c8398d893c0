use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Choices, ImpliedBy, InterfaceOwner, NatPlacement, Origin, PeeringStatus, PublicAddressTarget,
    RouteTarget,
};

use super::*;
use crate::oracle::{
    End, Lost, Truth, Universe, Way, all_choices, all_valuations, brute_force, headers, story,
};

const SEEDS: u64 = 400;

/// What became of the questions about many networks.
#[derive(Debug, Default)]
struct Shares {
    asked: usize,
    delivered: BTreeMap<Truth, usize>,
    answered: BTreeMap<Truth, usize>,
    /// Questions that are not reachable, by each reason why some packet of them was lost.
    reasons: BTreeMap<String, usize>,
    /// Those for which there was no other reason.
    alone: BTreeMap<String, usize>,
}

fn measure(seeds: u64, per_network: usize) -> Shares {
    let mut shares = Shares::default();
    for seed in 0..seeds {
        let network = network(seed);
        let universe = Universe::of(&network);
        for question in questions(seed, &network, &universe, per_network) {
            let answer = brute_force(&network, &question, &universe);
            shares.asked += 1;
            *shares.delivered.entry(answer.delivered).or_default() += 1;
            *shares.answered.entry(answer.answered).or_default() += 1;
            if answer.answered == Truth::Reachable {
                continue;
            }
            let reasons = reasons(&network, &question, &universe);
            if let [only] = Vec::from_iter(&reasons)[..] {
                *shares.alone.entry(only.clone()).or_default() += 1;
            }
            for reason in reasons {
                *shares.reasons.entry(reason).or_default() += 1;
            }
        }
    }
    shares
}

/// Why packets of a question are lost, with the first choice, facts false.
fn reasons(
    network: &Network,
    question: &crate::oracle::Question,
    universe: &Universe,
) -> BTreeSet<String> {
    let mut reasons = BTreeSet::new();
    let valuation = &all_valuations(network)[0];
    for header in headers(network, question, universe) {
        if header.reply().is_none() {
            continue;
        }
        let story =
            story(network, question.from, header, question.to, valuation, &Choices::default());
        if story.fate.answered {
            continue;
        }
        let name = |way: &Way, pass: &str| match way.end {
            End::Lost(Lost::Obstacle(name)) => format!("{pass} {name}"),
            End::Lost(Lost::Filter(checkpoint)) => {
                format!("{pass} {:?} {}", checkpoint.layer.kind(), checkpoint.direction)
            }
            End::Delivered(..) => format!("{pass} elsewhere or changed"),
            End::Unmodelled => String::from("unmodelled"),
        };
        reasons.insert(match &story.reply {
            Some(reply) => name(reply, "reply"),
            None => name(&story.request, "request"),
        });
    }
    reasons
}

#[test]
fn shares() {
    let shares = measure(150, 3);
    println!("{shares:#?}");
}
