//! What a snapshot says: classes of ends, and blocks of classes with what passes between them.

use std::sync::Arc;

use canreach_sets::{Algebra, FlowSet};

/// The version of what is written; a reader of another version refuses it.
pub const FORMAT_VERSION: u32 = 1;

/// The exact answer for every ordered pair of ends.
///
/// A pair that no block names is proved closed: nothing is delivered, whatever the input leaves open.
/// An end as a source and the same end as a destination are two things, in two lists of classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What the answers speak of.
    pub header: Header,
    /// What the input leaves open.
    pub facts: Vec<Fact>,
    /// The classes of ends that ask.
    pub sources: Vec<Class>,
    /// The classes of ends that are asked.
    pub destinations: Vec<Class>,
    /// What passes between classes; no pair of members stands in two of them.
    pub blocks: Vec<Block>,
    /// The flow sets that blocks share.
    pub flows: Vec<Flows>,
}

/// What the answers speak of, and what they rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The version of the semantics: it rises when answers may change for the same input.
    pub semantics: u32,
    /// The program that wrote it, with its version.
    pub tool: String,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// What the answers take for granted, one sentence each.
    pub assumptions: Vec<String>,
    /// The layers for which no data was given.
    pub not_examined: Vec<String>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Input {
    /// Its path as given.
    pub name: String,
    /// The SHA-256 digest of its bytes, in hexadecimal digits.
    pub digest: String,
}

/// Something the input leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fact {
    /// How flows refer to it: `f1`, `f2`, ….
    pub id: String,
    /// What may or may not hold, as a phrase behind "whether".
    pub statement: String,
    /// What would settle it.
    pub settled_by: String,
}

/// Ends that behave alike towards everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The smallest of its members.
    pub name: String,
    /// Its members, by what they are. Each end is a member of one class of its list, once.
    pub kinds: Vec<Kind>,
}

/// Members of a class that the input describes in the same way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// What they have in common, for people and for matching ends whose ids have changed: such as
    /// `subnet-a; sg-web,sg-ssh`.
    pub key: String,
    /// Stable ids: `i-0abc`, `i-0abc@203.0.113.9`, `internet@198.51.100.0/24`.
    ///
    /// Behind `@` stands an address when the end is that address of the owner; a prefix stands for its
    /// addresses that no longer prefix of the same owner names.
    pub members: Vec<String>,
}

impl Class {
    /// Returns a class of one kind, named as it should be.
    #[must_use]
    pub fn new(key: impl Into<String>, members: Vec<String>) -> Self {
        Self::of_kinds(vec![Kind { key: key.into(), members }])
    }

    /// Returns a class of several kinds, named as it should be.
    #[must_use]
    pub fn of_kinds(kinds: Vec<Kind>) -> Self {
        let name = kinds.iter().flat_map(|kind| &kind.members).min().cloned().unwrap_or_default();
        Self { name, kinds }
    }

    /// Returns the members of all kinds.
    pub fn members(&self) -> impl Iterator<Item = &str> + '_ {
        self.kinds.iter().flat_map(|kind| kind.members.iter().map(String::as_str))
    }

    /// Returns how many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kinds.iter().map(|kind| kind.members.len()).sum()
    }

    /// Whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.iter().all(|kind| kind.members.is_empty())
    }
}

/// Returns whom an end belongs to: its id up to `@`.
#[must_use]
pub fn owner(member: &str) -> &str {
    member.split_once('@').map_or(member, |(owner, _)| owner)
}

/// Which pairs of members a block speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// Those that belong to different owners.
    Others,
    /// Those that belong to the same owner.
    Itself,
}

/// Classes by their places in a list. Blocks share them.
pub type ClassList = Arc<[usize]>;

/// What passes from each member of some classes to each member of others.
///
/// A block may name two classes between whose members there is no such pair, as that of one machine with
/// that of the same machine: it says nothing of them, and makes for fewer and larger blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which of these pairs are meant.
    pub relation: Relation,
    /// Places in [`Snapshot::sources`].
    pub from: ClassList,
    /// Places in [`Snapshot::destinations`].
    pub to: ClassList,
    /// A place in [`Snapshot::flows`].
    pub flows: usize,
}

/// What passes between two ends: a header in none of the sets is proved not to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flows {
    /// What is delivered, whatever the input leaves open.
    pub delivered: FlowSet,
    /// What is answered as well, whatever the input leaves open; part of `delivered`.
    pub answered: FlowSet,
    /// What is delivered or not, as open facts turn out; disjoint from `delivered`.
    pub maybe_delivered: FlowSet,
    /// What is answered or not, as open facts turn out; disjoint from `answered`.
    pub maybe_answered: FlowSet,
    /// The facts that decide, as places in [`Snapshot::facts`].
    pub because: Vec<usize>,
    /// The limit that was hit, where one was.
    pub limit: Option<String>,
}

impl Flows {
    /// Returns flows that are all answered, and nothing left open.
    #[must_use]
    pub fn answered(flows: FlowSet) -> Self {
        Self { delivered: flows.clone(), answered: flows, ..Self::none() }
    }

    /// Returns no flows.
    #[must_use]
    pub fn none() -> Self {
        Self {
            delivered: FlowSet::empty(),
            answered: FlowSet::empty(),
            maybe_delivered: FlowSet::empty(),
            maybe_answered: FlowSet::empty(),
            because: Vec::new(),
            limit: None,
        }
    }

    /// Whether nothing is delivered, whatever the input leaves open.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.delivered.is_empty()
            && self.answered.is_empty()
            && self.maybe_delivered.is_empty()
            && self.maybe_answered.is_empty()
    }

    /// Whether something depends on what the input leaves open.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        !self.maybe_delivered.is_empty() || !self.maybe_answered.is_empty()
    }
}
