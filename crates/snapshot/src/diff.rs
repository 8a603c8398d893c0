//! What differs between two snapshots: in their meaning, not in their text.
//!
//! Ends are matched by id; the classes of both sides are cut until each piece is of one class there and
//! of one class here, and the flows between pieces are compared row by row. So "no flow differs" is a
//! proof, under the assumptions that the result lists.

mod compare;
mod contents;
mod found;
mod gone;
mod matching;
mod moves;
mod prefixes;
mod refine;
#[cfg(test)]
mod tests;

use crate::model::{Relation, Snapshot};

pub use compare::diff;
pub use gone::Ends;
pub use matching::Pairing;
pub use moves::{Move, Moves, Reason, State};

/// What differs between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Pairs of ends between which other flows pass, the most important first.
    pub changes: Vec<Change>,
    /// The sources that changes name.
    pub sources: Vec<Group>,
    /// The destinations that changes name.
    pub destinations: Vec<Group>,
    /// Ends that only the new snapshot has.
    pub appeared: Vec<Ends>,
    /// Ends that only the old snapshot has.
    pub vanished: Vec<Ends>,
    /// Ends that were taken for the same under other ids: an assumption.
    pub paired: Vec<Pairing>,
    /// What some flows depend on that are unknown in both; that it turns out alike is an assumption.
    pub unknown_in_both: Vec<Reason>,
    /// What only one of the snapshots leaves open.
    pub facts: Vec<OneSided>,
    /// What the answers rest on, where the two differ in it.
    pub notes: Vec<Note>,
    /// How many sources, and how many destinations, were held against each other.
    pub compared: [usize; 2],
}

/// Whether flows differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffVerdict {
    /// No flow differs.
    Same,
    /// Some flow passes in one and is stopped in the other, or ends with flows came or went.
    Different,
    /// No flow is known to differ, but some may.
    Undecided,
}

/// The same flows opened, closed, or put in doubt between some ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which pairs of these ends are meant.
    pub relation: Relation,
    /// Places in [`Diff::sources`].
    pub from: Vec<usize>,
    /// Places in [`Diff::destinations`].
    pub to: Vec<usize>,
    /// What became of the flows.
    pub moves: Moves,
    /// How many pairs of ends it concerns.
    pub pairs: u128,
}

/// Ends of one class in the old snapshot and of one class in the new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its first member is.
    pub key: String,
    /// Its members, by name.
    pub members: Vec<Member>,
}

/// An end that both snapshots have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// What it is called here: its id, or where the two differ the new one; of a prefix that was cut,
    /// the piece.
    pub name: String,
    /// The member of the old snapshot that it is, or is part of.
    pub old: String,
    /// The member of the new snapshot that it is, or is part of.
    pub new: String,
}

/// Which of the two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first one.
    Old,
    /// The second one.
    New,
}

/// Something that one of the snapshots says and the other does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OneSided {
    /// Which one says it.
    pub side: Side,
    /// What it says.
    pub text: String,
}

/// A difference in what the answers rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The versions of the semantics differ, so that the same network may give other answers.
    Semantics {
        /// That of the old snapshot.
        old: u32,
        /// That of the new snapshot.
        new: u32,
    },
    /// One takes something for granted.
    Assumption(OneSided),
    /// One was given no data of a layer.
    NotExamined(OneSided),
}

impl Diff {
    /// Returns whether flows differ.
    #[must_use]
    pub fn verdict(&self) -> DiffVerdict {
        let mut ends = self.appeared.iter().chain(&self.vanished);
        if ends.any(Ends::has_flows) || self.changes.iter().any(|it| it.moves.is_certain()) {
            return DiffVerdict::Different;
        }
        if self.changes.is_empty() { DiffVerdict::Same } else { DiffVerdict::Undecided }
    }

    /// Returns the groups of sources of a change.
    pub fn from(&self, change: &Change) -> impl Iterator<Item = &Group> {
        change.from.iter().filter_map(|place| self.sources.get(*place))
    }

    /// Returns the groups of destinations of a change.
    pub fn to(&self, change: &Change) -> impl Iterator<Item = &Group> {
        change.to.iter().filter_map(|place| self.destinations.get(*place))
    }
}

/// Returns what only one of two lists has.
fn one_sided<'s>(
    old: impl IntoIterator<Item = &'s String>,
    new: impl IntoIterator<Item = &'s String>,
) -> Vec<OneSided> {
    let old: std::collections::BTreeSet<&String> = old.into_iter().collect();
    let new: std::collections::BTreeSet<&String> = new.into_iter().collect();
    let of = |side| move |text: &&String| OneSided { side, text: (*text).clone() };
    let gone = old.difference(&new).map(of(Side::Old));
    gone.chain(new.difference(&old).map(of(Side::New))).collect()
}

fn notes(old: &Snapshot, new: &Snapshot) -> Vec<Note> {
    let (old, new) = (&old.header, &new.header);
    let mut notes = Vec::new();
    if old.semantics != new.semantics {
        notes.push(Note::Semantics { old: old.semantics, new: new.semantics });
    }
    notes.extend(one_sided(&old.assumptions, &new.assumptions).into_iter().map(Note::Assumption));
    let layers = one_sided(&old.not_examined, &new.not_examined);
    notes.extend(layers.into_iter().map(Note::NotExamined));
    notes
}

fn facts(old: &Snapshot, new: &Snapshot) -> Vec<OneSided> {
    let statements = |snapshot: &'_ Snapshot| -> Vec<String> {
        snapshot.facts.iter().map(|fact| fact.statement.clone()).collect()
    };
    one_sided(&statements(old), &statements(new))
}
