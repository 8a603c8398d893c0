//! What becomes of the flows between two ends.

use canreach_sets::{Algebra, FlowSet};

use crate::model::Flows;

/// What a snapshot says of one flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It passes, whatever the input leaves open.
    Open,
    /// It is stopped, whatever the input leaves open.
    Closed,
    /// It depends on what the input leaves open, or a limit was hit.
    Unknown,
}

impl State {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Unknown];
}

/// Flows that were in one state and are in another; or unknown for other reasons than before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// What the old snapshot says of them.
    pub was: State,
    /// What the new snapshot says of them.
    pub now: State,
    /// The flows.
    pub flows: FlowSet,
}

/// Why it is unknown whether flows pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The input leaves open whether something holds.
    Fact(String),
    /// A limit was hit.
    Limit(String),
}

/// What becomes of the flows between two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Moves {
    /// Of requests that are delivered.
    pub delivered: Vec<Move>,
    /// Of requests that are answered.
    pub answered: Vec<Move>,
    /// What the flows depend on that are or were unknown.
    pub because: Vec<Reason>,
}

impl Moves {
    /// Returns what differs between the flows of a pair in the old and in the new snapshot, each with
    /// the reasons of what is unknown.
    pub(super) fn between(old: &Reasoned, new: &Reasoned) -> Self {
        let reasons_differ = old.reasons != new.reasons;
        let delivered = facet(old.delivered(), new.delivered(), reasons_differ);
        let answered = facet(old.answered(), new.answered(), reasons_differ);
        let doubtful = delivered.iter().chain(&answered).any(|it| !it.is_certain());
        let mut because = Vec::new();
        if doubtful {
            because.extend(old.reasons.iter().chain(&new.reasons).cloned());
            because.sort_unstable();
            because.dedup();
        }
        Self { delivered, answered, because }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.delivered.is_empty() && self.answered.is_empty()
    }

    /// Whether a flow passes in one and is stopped in the other.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.delivered.iter().chain(&self.answered).any(Move::is_certain)
    }

    /// Returns the flows that were stopped, and now are delivered and answered.
    #[must_use]
    pub fn opened(&self) -> FlowSet {
        flows(&self.answered, State::Closed, State::Open)
    }

    /// Returns the flows that were delivered and answered, and now are not answered any more.
    #[must_use]
    pub fn closed(&self) -> FlowSet {
        flows(&self.answered, State::Open, State::Closed)
    }

    /// Returns the flows that were stopped and now are delivered, though their answer does not become
    /// possible by it.
    #[must_use]
    pub fn opened_one_way(&self) -> FlowSet {
        flows(&self.delivered, State::Closed, State::Open).difference(&self.opened())
    }

    /// Returns the flows that were delivered and now are stopped, though their answer was not possible.
    #[must_use]
    pub fn closed_one_way(&self) -> FlowSet {
        flows(&self.delivered, State::Open, State::Closed).difference(&self.closed())
    }

    /// Returns the moves that open facts have a part in: of answers, then of requests whose answers do
    /// not move likewise.
    #[must_use]
    pub fn doubtful(&self) -> Vec<Move> {
        let mut moves: Vec<Move> =
            self.answered.iter().filter(|it| !it.is_certain()).cloned().collect();
        for it in self.delivered.iter().filter(|it| !it.is_certain()) {
            let rest = it.flows.difference(&flows(&self.answered, it.was, it.now));
            if !rest.is_empty() {
                moves.push(Move { flows: rest, ..it.clone() });
            }
        }
        moves
    }
}

impl Move {
    /// Whether both states are known.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.was != State::Unknown && self.now != State::Unknown
    }
}

/// Flows with the statements of the facts, and the limit, that leave some of them unknown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reasoned {
    pub(super) flows: Flows,
    pub(super) reasons: Vec<Reason>,
}

/// What is open and what is unknown, of requests or of answers.
type Facet<'f> = (&'f FlowSet, &'f FlowSet);

impl Reasoned {
    fn delivered(&self) -> Facet<'_> {
        (&self.flows.delivered, &self.flows.maybe_delivered)
    }

    fn answered(&self) -> Facet<'_> {
        (&self.flows.answered, &self.flows.maybe_answered)
    }

    /// Whether some flow is unknown in both.
    pub(super) fn shares_unknown(&self, other: &Self) -> bool {
        !self.flows.maybe_delivered.is_disjoint(&other.flows.maybe_delivered)
            || !self.flows.maybe_answered.is_disjoint(&other.flows.maybe_answered)
    }
}

fn facet(old: Facet<'_>, new: Facet<'_>, reasons_differ: bool) -> Vec<Move> {
    let mut moves = Vec::new();
    for was in State::ALL {
        for now in State::ALL {
            // What is unknown for the same reasons is taken to turn out alike.
            if was == now && !(was == State::Unknown && reasons_differ) {
                continue;
            }
            let flows = in_state(old, was).intersection(&in_state(new, now));
            if !flows.is_empty() {
                moves.push(Move { was, now, flows });
            }
        }
    }
    moves
}

fn in_state((open, unknown): Facet<'_>, state: State) -> FlowSet {
    match state {
        State::Open => open.clone(),
        State::Unknown => unknown.difference(open),
        State::Closed => open.union(unknown).complement(),
    }
}

fn flows(moves: &[Move], was: State, now: State) -> FlowSet {
    let found = moves.iter().find(|it| it.was == was && it.now == now);
    found.map_or_else(FlowSet::empty, |it| it.flows.clone())
}
