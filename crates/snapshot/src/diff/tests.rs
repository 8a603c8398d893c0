//! The difference of two snapshots against that of each pair of their ends.

use canreach_sets::Algebra;
use proptest::prelude::*;

use super::*;
use crate::{
    Block, Class, ClassList, Fact, Flows,
    testing::{between, set, snapshots},
};

/// Ends that nothing can cut: machines, and single addresses of the Internet.
const ENDS: [&str; 9] = [
    "i-0",
    "i-1",
    "i-1@203.0.113.9",
    "i-2",
    "i-3",
    "web server:",
    "internet@8.8.8.8/32",
    "internet@198.51.100.1/32",
    "internet@198.51.100.129/32",
];

/// Returns the member that stands for an end: itself, or the longest prefix around its address.
fn member_of<'m>(members: impl Iterator<Item = &'m str>, end: &str) -> Option<&'m str> {
    let Some(address) = prefixes::prefix_of(end) else {
        return members.into_iter().find(|it| *it == end);
    };
    let around = members.filter_map(|it| Some((prefixes::prefix_of(it)?, it)));
    let around = around.filter(|(prefix, _)| prefix.contains(&address));
    around.max_by_key(|(prefix, _)| prefix.prefix_len()).map(|(_, it)| it)
}

fn members(classes: &[Class]) -> impl Iterator<Item = &str> {
    classes.iter().flat_map(Class::members)
}

/// Returns the moves between two ends as a reader of both snapshots finds them by himself.
fn moves_by_hand(old: &Snapshot, new: &Snapshot, source: &str, destination: &str) -> Option<Moves> {
    let flows = |snapshot: &Snapshot| {
        let from = member_of(members(&snapshot.sources), source)?;
        let to = member_of(members(&snapshot.destinations), destination)?;
        let flows = between(snapshot, from, to)?;
        let facts = flows.because.iter().map(|it| snapshot.facts[*it].statement.clone());
        let mut reasons: Vec<Reason> = facts.map(Reason::Fact).collect();
        reasons.extend(flows.limit.clone().map(Reason::Limit));
        reasons.sort();
        reasons.dedup();
        if flows.maybe_delivered.is_empty() && flows.maybe_answered.is_empty() {
            reasons.clear();
        }
        Some(moves::Reasoned { flows, reasons })
    };
    Some(Moves::between(&flows(old)?, &flows(new)?))
}

/// Returns the moves between two ends as the difference tells them.
fn moves_told(
    old: &Snapshot,
    new: &Snapshot,
    diff: &Diff,
    source: &str,
    destination: &str,
) -> Vec<Moves> {
    let itself = crate::owner(source) == crate::owner(destination);
    let relation = if itself { Relation::Itself } else { Relation::Others };
    // A piece is named by its own prefix: that of either snapshot.
    let piece = |of: fn(&Snapshot) -> &[Class], end: &str| {
        member_of(members(of(old)).chain(members(of(new))), end).map(str::to_owned)
    };
    let from = piece(|it| &it.sources, source);
    let to = piece(|it| &it.destinations, destination);
    let holds = |groups: Vec<&Group>, name: &Option<String>| {
        groups.iter().any(|it| it.members.iter().any(|it| Some(&it.name) == name.as_ref()))
    };
    let is_meant = |change: &&Change| {
        change.relation == relation
            && holds(diff.from(change).collect(), &from)
            && holds(diff.to(change).collect(), &to)
    };
    diff.changes.iter().filter(is_meant).map(|it| it.moves.clone()).collect()
}

fn swapped(moves: &Moves) -> Moves {
    let swap = |moves: &[Move]| {
        let mut moves: Vec<Move> = moves
            .iter()
            .map(|it| Move { was: it.now, now: it.was, flows: it.flows.clone() })
            .collect();
        moves.sort_by_key(|it| (it.was, it.now));
        moves
    };
    Moves {
        delivered: swap(&moves.delivered),
        answered: swap(&moves.answered),
        because: moves.because.clone(),
    }
}

/// Returns a snapshot without what is paired by kind, so that all is matched by id.
fn keyed_by_id(mut snapshot: Snapshot) -> Snapshot {
    for class in snapshot.sources.iter_mut().chain(&mut snapshot.destinations) {
        for kind in &mut class.kinds {
            kind.key = kind.members.join(" ");
        }
    }
    snapshot
}

proptest! {
    #[test]
    fn a_snapshot_does_not_differ_from_itself(snapshot in snapshots()) {
        let diff = diff(&snapshot, &snapshot.clone().canonical());
        prop_assert_eq!(diff.verdict(), DiffVerdict::Same);
        prop_assert!(diff.changes.is_empty() && diff.appeared.is_empty() && diff.vanished.is_empty());
        prop_assert!(diff.paired.is_empty());
    }

    #[test]
    fn every_pair_of_ends_differs_as_the_difference_says(old in snapshots(), new in snapshots()) {
        let (old, new) = (keyed_by_id(old), keyed_by_id(new));
        let diff = diff(&old, &new);
        for source in ENDS {
            for destination in ENDS {
                let Some(expected) = moves_by_hand(&old, &new, source, destination) else { continue };
                let told = moves_told(&old, &new, &diff, source, destination);
                let expected = if expected.is_empty() { vec![] } else { vec![expected] };
                prop_assert_eq!(told, expected, "{} -> {}", source, destination);
            }
        }
    }

    #[test]
    fn the_difference_does_not_depend_on_how_classes_are_cut(old in snapshots(), new in snapshots()) {
        let (old, new) = (keyed_by_id(old), keyed_by_id(new));
        let canonical = diff(&old.clone().canonical(), &new.clone().canonical());
        let given = diff(&old, &new);
        prop_assert_eq!(canonical.verdict(), given.verdict());
        let pairs = |diff: &Diff| diff.changes.iter().map(|it| it.pairs).sum::<u128>();
        prop_assert_eq!(pairs(&canonical), pairs(&given));
    }

    #[test]
    fn what_opens_one_way_round_closes_the_other(old in snapshots(), new in snapshots()) {
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        prop_assert_eq!(there.verdict(), back.verdict());
        prop_assert_eq!(&there.appeared, &back.vanished);
        prop_assert_eq!(&there.vanished, &back.appeared);
        prop_assert_eq!(there.changes.len(), back.changes.len());
        for change in &there.changes {
            // Ends that were paired are named by the new id, so names are those of the old side.
            let old_names = |diff: &Diff, groups: Vec<&Group>, is_back: bool| {
                let _ = diff;
                let name = |it: &Member| if is_back { it.new.clone() } else { it.old.clone() };
                let mut names: Vec<String> =
                    groups.iter().flat_map(|it| it.members.iter().map(name)).collect();
                names.sort();
                names
            };
            let key = |diff: &Diff, change: &Change, is_back: bool| (
                change.relation,
                old_names(diff, diff.from(change).collect(), is_back),
                old_names(diff, diff.to(change).collect(), is_back),
                change.pairs,
            );
            let wanted = key(&there, change, false);
            let moves = swapped(&change.moves);
            prop_assert!(
                back.changes.iter().any(|it| key(&back, it, true) == wanted && it.moves == moves),
                "{:?}", change
            );
        }
    }
}

fn class(key: &str, members: &[&str]) -> Class {
    Class::new(key, members.iter().map(|it| (*it).to_owned()).collect())
}

/// Clients may reach servers on these ports.
fn servers(clients: &[&str], servers: &[&str], ports: &str) -> Snapshot {
    Snapshot {
        sources: vec![class("clients", clients)],
        destinations: vec![class("servers", servers)],
        blocks: vec![Block {
            relation: Relation::Others,
            from: ClassList::from([0]),
            to: ClassList::from([0]),
            flows: 0,
        }],
        flows: vec![Flows::answered(set(ports))],
        ..Snapshot::default()
    }
}

#[test]
fn a_rule_more_and_a_rule_less() {
    let diff = diff(
        &servers(&["a", "b"], &["x"], "tcp 22,80"),
        &servers(&["a", "b"], &["x"], "tcp 80,443"),
    );
    assert_eq!(diff.verdict(), DiffVerdict::Different);
    let [change] = diff.changes.as_slice() else { panic!("{diff:?}") };
    assert_eq!(change.pairs, 2);
    assert_eq!(change.moves.opened(), set("tcp 443"));
    assert_eq!(change.moves.closed(), set("tcp 22"));
    assert!(change.moves.opened_one_way().is_empty() && change.moves.doubtful().is_empty());
}

#[test]
fn a_replaced_machine_is_the_same_under_an_assumption() {
    let diff =
        diff(&servers(&["a"], &["x", "y"], "tcp 22"), &servers(&["a"], &["x", "z"], "tcp 22"));
    assert_eq!(diff.verdict(), DiffVerdict::Same);
    let pairing =
        Pairing { old: "y".into(), new: "z".into(), key: "servers".into(), is_choice: false };
    assert_eq!(diff.paired, [pairing]);
}

#[test]
fn of_several_that_could_be_the_same_the_order_decides_and_that_is_told() {
    let old = servers(&["a"], &["x", "y1", "y2"], "tcp 22");
    let new = servers(&["a"], &["x", "z1"], "tcp 22");
    let diff = diff(&old, &new);
    let pairing =
        Pairing { old: "y1".into(), new: "z1".into(), key: "servers".into(), is_choice: true };
    assert_eq!(diff.paired, [pairing]);
    let gone =
        Ends { key: "servers".into(), members: vec!["y2".into()], reaches: 0, reached_by: 1 };
    assert_eq!(diff.vanished, [gone]);
    assert_eq!(diff.verdict(), DiffVerdict::Different);
}

#[test]
fn an_end_that_came_and_reaches_nothing_changes_no_flow() {
    let old = servers(&["a"], &["x"], "tcp 22");
    let mut new = old.clone();
    new.sources.push(class("others", &["b"]));
    let diff = diff(&old, &new);
    assert_eq!(diff.appeared.len(), 1);
    assert_eq!(diff.verdict(), DiffVerdict::Same);
}

#[test]
fn a_rule_for_a_prefix_that_nobody_named_before() {
    let old = servers(&["internet@0.0.0.0/0"], &["x"], "tcp 443");
    let mut new = old.clone();
    new.sources.push(class("the Internet", &["internet@198.51.100.0/24"]));
    new.flows.push(Flows::answered(set("tcp 22,443")));
    let (from, to) = (ClassList::from([1]), ClassList::from([0]));
    new.blocks.push(Block { relation: Relation::Others, from, to, flows: 1 });
    let diff = diff(&old, &new);
    let [change] = diff.changes.as_slice() else { panic!("{diff:?}") };
    assert_eq!(change.moves.opened(), set("tcp 22"));
    let member = &diff.from(change).next().unwrap().members[0];
    assert_eq!(member.name, "internet@198.51.100.0/24");
    assert_eq!(member.old, "internet@0.0.0.0/0");
    assert!(diff.appeared.is_empty() && diff.vanished.is_empty());
}

#[test]
fn what_is_unknown_in_both_is_taken_to_turn_out_alike_if_the_reasons_are_the_same() {
    let unknown = |statement: &str| {
        let mut snapshot = servers(&["a"], &["x"], "tcp 443");
        let (id, statement) = (String::from("f1"), statement.to_owned());
        snapshot.facts = vec![Fact { id, statement, settled_by: String::new() }];
        snapshot.flows[0].maybe_delivered = set("tcp 22");
        snapshot.flows[0].maybe_answered = set("tcp 22");
        snapshot.flows[0].because = vec![0];
        snapshot
    };
    let (a, b) = (unknown("a holds"), unknown("b holds"));
    let same = diff(&a, &a);
    assert_eq!(same.verdict(), DiffVerdict::Same);
    assert_eq!(same.unknown_in_both, [Reason::Fact("a holds".into())]);
    let other = diff(&a, &b);
    assert_eq!(other.verdict(), DiffVerdict::Undecided);
    assert_eq!(other.changes[0].moves.doubtful()[0].flows, set("tcp 22"));
    let settled = diff(&a, &servers(&["a"], &["x"], "tcp 22,443"));
    assert_eq!(settled.verdict(), DiffVerdict::Undecided);
    let [it] = &settled.changes[0].moves.doubtful()[..] else { panic!() };
    assert_eq!((it.was, it.now), (State::Unknown, State::Open));
}

#[test]
fn what_the_answers_rest_on_is_compared_and_who_wrote_them_is_not() {
    let old = servers(&["a"], &["x"], "tcp 443");
    let mut new = old.clone();
    new.header.tool = "canreach 9".into();
    assert_eq!(diff(&old, &new), diff(&old, &old));
    new.header.semantics = 2;
    new.header.not_examined = vec!["host firewalls".into()];
    let notes = diff(&old, &new).notes;
    let layer = OneSided { side: Side::New, text: "host firewalls".into() };
    assert_eq!(notes, [Note::Semantics { old: 0, new: 2 }, Note::NotExamined(layer)]);
}
