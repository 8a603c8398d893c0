//! What is asked of the solver and what it answers, as plain data.

use canreach_model::{Checkpoint, Choices, FactId, Obstacle, Pass, Valuation};
use canreach_net::Header;

/// How much work a question may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Z3's own measure of its work (`rlimit`), for each check. It counts steps, not time, so that a
    /// limit is reached in every run or in none.
    pub rlimit: u32,
}

/// Two hundred million steps: a minute or two of one core. A question over two lists of a thousand
/// overlapping rules takes about a hundredth of it.
impl Default for Limits {
    fn default() -> Self {
        Self { rlimit: 200_000_000 }
    }
}

/// What the solver did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// How many checks it made.
    pub checks: u64,
    /// Its own measure of its work.
    pub rlimit: u64,
}

/// What a flow should achieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aim {
    /// The request ends where it should.
    Delivered,
    /// And so does a reply to it.
    Answered,
}

/// The solver's decision about a question.
#[must_use = "an ignored decision is an unchecked network"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This flow passes whatever the input leaves open, under some choice of the network.
    Reachable(Witness),
    /// No flow passes, whatever the input leaves open and the network chooses.
    Unreachable,
    /// Neither.
    Unknown(Undecided),
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// It depends on what the input leaves open.
    Facts {
        /// The minimal sets of facts that decide: known to have these values, they let one flow pass
        /// whatever the others are. At most 32, smallest first.
        sets: Vec<Vec<(FactId, bool)>>,
        /// A flow that passes if the first set has the values of its valuation.
        if_so: Witness,
    },
    /// A limit was reached.
    Limit {
        /// Which, as a phrase.
        reason: String,
    },
}

/// A flow that passes, with the circumstances in which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The position of the trip it takes.
    pub trip: usize,
    /// The position of its way back among the trip's replies; `None` where none was asked for, and
    /// where the request leaves what the input describes.
    pub reply: Option<usize>,
    /// Its original header.
    pub header: Header,
    /// The least helpful value of each fact that matters. A fact that may hinder is listed even where
    /// it does not matter, so that a replay meets it.
    pub valuation: Valuation,
    /// What the network chooses.
    pub choices: Choices,
    /// Other choices under which this very flow fails.
    pub intermittent: Option<Choices>,
}

/// Something on a walk that can stop packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// A filter.
    Filter {
        /// On the way there or back.
        pass: Pass,
        /// The filter.
        checkpoint: Checkpoint,
    },
    /// A route or setting.
    Obstacle {
        /// On the way there or back.
        pass: Pass,
        /// The obstacle.
        obstacle: Obstacle,
    },
}

/// What stops every flow of one walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blockers {
    /// Each of these by itself, in packet order.
    pub alone: Vec<Element>,
    /// The minimal sets that do so together, smallest first and each in packet order; looked for only
    /// where nothing does by itself. At most 32.
    pub together: Vec<Vec<Element>>,
    /// Whether a limit was reached, so that some may be missing.
    pub undecided: bool,
    /// Whether no flow takes the walk in the first place; then nothing is listed.
    pub vacant: bool,
}

/// What would have to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    /// The minimal sets to remove so that some flow may pass, smallest first, each in packet order.
    pub sets: Vec<Vec<Element>>,
    /// Whether these are all.
    pub complete: bool,
}
