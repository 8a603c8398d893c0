//! The flows of both snapshots under common numbers, and what differs between any two.

use std::collections::{BTreeSet, HashMap};

use super::moves::{Moves, Reason, Reasoned};
use crate::model::{Flows, Snapshot};

/// The number of no flows at all.
pub(super) const CLOSED: usize = 0;

/// The flows of both snapshots, equal ones once.
#[derive(Debug)]
pub(super) struct Contents {
    known: Vec<Reasoned>,
    /// For the flows of each snapshot their numbers.
    old: Vec<usize>,
    new: Vec<usize>,
    differences: HashMap<(usize, usize), Option<usize>>,
    moves: Vec<Moves>,
    numbers: HashMap<Moves, usize>,
    unknown_in_both: BTreeSet<Reason>,
}

impl Contents {
    pub(super) fn new(old: &Snapshot, new: &Snapshot) -> Self {
        let closed = Reasoned { flows: Flows::none(), reasons: Vec::new() };
        let mut known = vec![closed.clone()];
        let mut numbers = HashMap::from([(closed, CLOSED)]);
        let mut number = |snapshot: &Snapshot, flows: &Flows| {
            let reasoned = reasoned(snapshot, flows);
            *numbers.entry(reasoned).or_insert_with_key(|it| {
                known.push(it.clone());
                known.len().saturating_sub(1)
            })
        };
        let [old, new] = [old, new].map(|snapshot| {
            snapshot.flows.iter().map(|flows| number(snapshot, flows)).collect::<Vec<_>>()
        });
        Self {
            known,
            old,
            new,
            differences: HashMap::new(),
            moves: Vec::new(),
            numbers: HashMap::new(),
            unknown_in_both: BTreeSet::new(),
        }
    }

    pub(super) fn old(&self) -> &[usize] {
        &self.old
    }

    pub(super) fn new_flows(&self) -> &[usize] {
        &self.new
    }

    /// Whether nothing among these flows depends on what is left open.
    pub(super) fn is_settled(&self, number: usize) -> bool {
        self.known.get(number).is_none_or(|it| !it.flows.is_open_ended())
    }

    /// Returns the number of what differs between two numbers, if anything does.
    pub(super) fn difference(&mut self, old: usize, new: usize) -> Option<usize> {
        if let Some(known) = self.differences.get(&(old, new)) {
            return *known;
        }
        let found = self.differ(old, new);
        self.differences.insert((old, new), found);
        found
    }

    fn differ(&mut self, old: usize, new: usize) -> Option<usize> {
        let (old, new) = (self.known.get(old)?, self.known.get(new)?);
        let moves = Moves::between(old, new);
        if moves.is_empty() {
            return None;
        }
        let next = self.moves.len();
        let number = *self.numbers.entry(moves).or_insert_with_key(|moves| {
            self.moves.push(moves.clone());
            next
        });
        Some(number)
    }

    /// Remembers what some flows depend on that are unknown in both for the same reasons.
    pub(super) fn note_unknown(&mut self, old: usize, new: usize) {
        if let (Some(old), Some(new)) = (self.known.get(old), self.known.get(new))
            && old.reasons == new.reasons
            && old.reasons.iter().any(|it| !self.unknown_in_both.contains(it))
            && old.shares_unknown(new)
        {
            self.unknown_in_both.extend(old.reasons.iter().cloned());
        }
    }

    /// Returns what differs, by its number.
    pub(super) fn moves(&self, number: usize) -> Moves {
        self.moves.get(number).cloned().unwrap_or_default()
    }

    pub(super) fn into_unknown_in_both(self) -> Vec<Reason> {
        self.unknown_in_both.into_iter().collect()
    }
}

fn reasoned(snapshot: &Snapshot, flows: &Flows) -> Reasoned {
    let Flows { because, limit, .. } = flows;
    let mut reasons = Vec::new();
    if flows.is_open_ended() {
        let facts = because.iter().filter_map(|place| snapshot.facts.get(*place));
        reasons.extend(facts.map(|fact| Reason::Fact(fact.statement.clone())));
        reasons.extend(limit.clone().map(Reason::Limit));
        reasons.sort_unstable();
        reasons.dedup();
    }
    Reasoned { flows: Flows { because: Vec::new(), limit: None, ..flows.clone() }, reasons }
}
