//! Small random snapshots, and what they say of two members, for the tests here.

use canreach_sets::{Algebra, FlowSet};
use proptest::{collection::vec, prelude::*, sample::subsequence};

use crate::{Block, Class, Fact, Flows, Header, Input, Kind, Relation, Snapshot, owner};

/// The ends there may be. The last three divide an address space.
pub(crate) const ENDS: [&str; 9] = [
    "i-0",
    "i-1",
    "i-1@203.0.113.9",
    "i-2",
    "i-3",
    "web server:",
    "internet@0.0.0.0/0",
    "internet@198.51.100.0/24",
    "internet@198.51.100.128/25",
];
const KEYS: [&str; 3] = ["subnet-a; sg-web,sg-ssh", "subnet-b; sg-db", ""];

pub(crate) fn set(text: &str) -> FlowSet {
    text.parse().unwrap()
}

fn sets() -> impl Strategy<Value = FlowSet> {
    let texts = ["none", "tcp 22", "tcp 22,443", "udp 53; tcp 22", "all", "all but tcp 22"];
    prop::sample::select(texts.to_vec()).prop_map(set)
}

pub(crate) fn flows(facts: usize) -> impl Strategy<Value = Flows> {
    let because = subsequence((0..facts).collect::<Vec<_>>(), 0..=facts);
    (sets(), sets(), sets(), sets(), because, prop::option::of("[a-z ]{0,4}")).prop_map(
        |(delivered, answered, maybe, maybe_answered, because, limit)| {
            let answered = answered.intersection(&delivered);
            let maybe_delivered = maybe.difference(&delivered);
            let may_arrive = delivered.union(&maybe_delivered);
            let maybe_answered = maybe_answered.intersection(&may_arrive).difference(&answered);
            Flows { delivered, answered, maybe_delivered, maybe_answered, because, limit }
        },
    )
}

/// Some of the ends, in a few classes.
fn classes() -> impl Strategy<Value = Vec<Class>> {
    let ends = subsequence(ENDS.to_vec(), 1..=ENDS.len());
    (ends, vec((0..4_usize, 0..KEYS.len()), ENDS.len())).prop_map(|(ends, places)| {
        let mut classes: Vec<Vec<Kind>> = vec![Vec::new(); 4];
        for (end, (class, key)) in ends.into_iter().zip(places) {
            classes[class].push(Kind { key: KEYS[key].into(), members: vec![end.into()] });
        }
        classes.retain(|kinds| !kinds.is_empty());
        classes.into_iter().map(Class::of_kinds).collect()
    })
}

fn header() -> impl Strategy<Value = Header> {
    let sentences = || vec("[a-z\\\\: ]{0,6}", 0..3);
    (1..3_u32, sentences(), sentences(), sentences()).prop_map(
        |(semantics, inputs, assumptions, not_examined)| Header {
            semantics,
            tool: String::from("canreach 0.1.0"),
            inputs: inputs.into_iter().map(|name| Input { name, digest: "ab12".into() }).collect(),
            assumptions,
            not_examined,
        },
    )
}

/// A snapshot in no particular form: a block for each pair of classes between which something passes.
pub(crate) fn snapshots() -> impl Strategy<Value = Snapshot> {
    let cells = vec((0..4_usize, 0..4_usize, any::<bool>(), 0..6_usize), 0..24);
    (header(), vec(0..3_usize, 0..3), classes(), classes(), cells, vec(flows(2), 4)).prop_map(
        |(header, facts, sources, destinations, cells, mut flows)| {
            let fact = |(place, statement): (usize, usize)| Fact {
                id: format!("f{}", place + 1),
                statement: format!("list {statement} exists"),
                settled_by: String::from("the list"),
            };
            let facts: Vec<Fact> = facts.into_iter().enumerate().map(fact).collect();
            for it in &mut flows {
                it.because.retain(|place| *place < facts.len());
            }
            let mut blocks: Vec<Block> = Vec::new();
            for (from, to, itself, flows) in cells {
                let relation = if itself { Relation::Itself } else { Relation::Others };
                let is_there = from < sources.len() && to < destinations.len() && flows < 4;
                let known =
                    |it: &Block| (it.relation, it.from[0], it.to[0]) == (relation, from, to);
                if is_there && !blocks.iter().any(known) {
                    blocks.push(Block { relation, from: [from].into(), to: [to].into(), flows });
                }
            }
            Snapshot { header, facts, sources, destinations, blocks, flows }
        },
    )
}

/// Returns what a snapshot says of two members, if both are in it: nothing, where nothing is said.
pub(crate) fn between(snapshot: &Snapshot, source: &str, destination: &str) -> Option<Flows> {
    let place = |classes: &[Class], member: &str| {
        classes.iter().position(|class| class.members().any(|it| it == member))
    };
    let from = place(&snapshot.sources, source)?;
    let to = place(&snapshot.destinations, destination)?;
    let itself = owner(source) == owner(destination);
    let relation = if itself { Relation::Itself } else { Relation::Others };
    let names =
        |it: &&Block| it.relation == relation && it.from.contains(&from) && it.to.contains(&to);
    let block = snapshot.blocks.iter().find(names);
    Some(block.map_or_else(Flows::none, |block| snapshot.flows[block.flows].clone()))
}
