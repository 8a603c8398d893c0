//! A difference as JSON: `canreach.diff/1`, described in `docs/snapshot.md`.
//!
//! The types here are the format, not those of the comparison.

use canreach_sets::{Algebra, FlowSet};
use canreach_snapshot::{
    Relation,
    diff::{Change, Diff, DiffVerdict, Ends, Group, Move, Note, OneSided, Reason, Side, State},
};
use serde::Serialize;

use super::{About, Evidence};

/// The name and version of the format.
pub const DIFF_SCHEMA: &str = "canreach.diff/1";

/// What differs between two snapshots.
#[derive(Clone, Debug, Serialize)]
pub struct DiffDocument {
    schema: &'static str,
    verdict: &'static str,
    old: String,
    new: String,
    changes: Vec<ChangeEntry>,
    appeared: Vec<EndsEntry>,
    vanished: Vec<EndsEntry>,
    compared: Compared,
    paired: Vec<PairingEntry>,
    unknown_in_both: Vec<ReasonEntry>,
    left_open: Vec<OneSidedEntry>,
    notes: Vec<NoteEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct ChangeEntry {
    relation: &'static str,
    from: Vec<GroupEntry>,
    to: Vec<GroupEntry>,
    pairs: u64,
    opened: Option<String>,
    opened_one_way: Option<String>,
    closed: Option<String>,
    closed_one_way: Option<String>,
    doubtful: Vec<MoveEntry>,
    because: Vec<ReasonEntry>,
    #[serde(flatten)]
    evidence: Evidence,
}

#[derive(Clone, Debug, Serialize)]
struct GroupEntry {
    key: String,
    members: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct MoveEntry {
    was: &'static str,
    now: &'static str,
    flows: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum ReasonEntry {
    Fact(String),
    Limit(String),
}

#[derive(Clone, Debug, Serialize)]
struct EndsEntry {
    key: String,
    members: Vec<String>,
    reaches: usize,
    reached_by: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Compared {
    sources: usize,
    destinations: usize,
}

#[derive(Clone, Debug, Serialize)]
struct PairingEntry {
    old: String,
    new: String,
    key: String,
    others_would_fit: bool,
}

#[derive(Clone, Debug, Serialize)]
struct OneSidedEntry {
    side: &'static str,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum NoteEntry {
    Semantics { old: u32, new: u32 },
    Assumption(OneSidedEntry),
    NotExamined(OneSidedEntry),
}

/// Returns a difference as a document.
#[must_use]
pub fn document(diff: &Diff, about: About<'_>) -> DiffDocument {
    let [sources, destinations] = diff.compared;
    let evidence = about.evidence.iter().cloned().map(Some).chain(std::iter::repeat(None));
    let changes = diff.changes.iter().zip(evidence);
    let paired = diff.paired.iter().map(|it| PairingEntry {
        old: it.old.clone(),
        new: it.new.clone(),
        key: it.key.clone(),
        others_would_fit: it.is_choice,
    });
    DiffDocument {
        schema: DIFF_SCHEMA,
        verdict: match diff.verdict() {
            DiffVerdict::Same => "same",
            DiffVerdict::Different => "different",
            DiffVerdict::Undecided => "undecided",
        },
        old: about.old.to_owned(),
        new: about.new.to_owned(),
        changes: changes.map(|(it, shown)| change(diff, it, shown.unwrap_or_default())).collect(),
        appeared: diff.appeared.iter().map(ends).collect(),
        vanished: diff.vanished.iter().map(ends).collect(),
        compared: Compared { sources, destinations },
        paired: paired.collect(),
        unknown_in_both: diff.unknown_in_both.iter().map(reason).collect(),
        left_open: diff.facts.iter().map(one_sided).collect(),
        notes: diff.notes.iter().map(note).collect(),
    }
}

fn change(diff: &Diff, it: &Change, evidence: Evidence) -> ChangeEntry {
    let moves = &it.moves;
    let some = |set: FlowSet| (!set.is_empty()).then(|| set.to_string());
    ChangeEntry {
        relation: match it.relation {
            Relation::Others => "others",
            Relation::Itself => "itself",
        },
        from: diff.from(it).map(group).collect(),
        to: diff.to(it).map(group).collect(),
        pairs: u64::try_from(it.pairs).unwrap_or(u64::MAX),
        opened: some(moves.opened()),
        opened_one_way: some(moves.opened_one_way()),
        closed: some(moves.closed()),
        closed_one_way: some(moves.closed_one_way()),
        doubtful: moves.doubtful().iter().map(moved).collect(),
        because: moves.because.iter().map(reason).collect(),
        evidence,
    }
}

fn group(it: &Group) -> GroupEntry {
    let members = it.members.iter().map(|it| it.name.clone());
    GroupEntry { key: it.key.clone(), members: members.collect() }
}

fn moved(it: &Move) -> MoveEntry {
    let word = |state| match state {
        State::Open => "open",
        State::Closed => "closed",
        State::Unknown => "unknown",
    };
    MoveEntry { was: word(it.was), now: word(it.now), flows: it.flows.to_string() }
}

fn reason(it: &Reason) -> ReasonEntry {
    match it {
        Reason::Fact(statement) => ReasonEntry::Fact(statement.clone()),
        Reason::Limit(limit) => ReasonEntry::Limit(limit.clone()),
    }
}

fn ends(it: &Ends) -> EndsEntry {
    EndsEntry {
        key: it.key.clone(),
        members: it.members.clone(),
        reaches: it.reaches,
        reached_by: it.reached_by,
    }
}

fn one_sided(it: &OneSided) -> OneSidedEntry {
    let side = match it.side {
        Side::Old => "old",
        Side::New => "new",
    };
    OneSidedEntry { side, text: it.text.clone() }
}

fn note(it: &Note) -> NoteEntry {
    match it {
        Note::Semantics { old, new } => NoteEntry::Semantics { old: *old, new: *new },
        Note::Assumption(it) => NoteEntry::Assumption(one_sided(it)),
        Note::NotExamined(it) => NoteEntry::NotExamined(one_sided(it)),
    }
}
