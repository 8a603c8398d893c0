//! Questions, and answers one can check.
//!
//! The way of a question: names are resolved to ends ([`resolve()`]), the walks between two ends are
//! enumerated, the solver decides them, `eval` replays the witness or probes the proof, and what
//! stops the flow is explained. Nothing here is worded for people except the labels that the user
//! wrote; `report` words answers.

mod answer;
mod ask;
mod carrier;
mod cause;
mod differ;
mod explain;
pub mod fix;
mod near;
mod open;
mod pair;
mod probe;
mod resolve;
mod snapshot;

pub use answer::{
    Answer, Blocker, Blocking, Correction, DecidingFact, Difference, EndState, NearMiss, Open,
    Proof, Question, Scope, Verdict, WalkAnswer, Warning, Witness,
};
pub use ask::{AskError, Disagreement, Options, Session, ask};
pub use cause::Cause;
pub use differ::{Asked, Culprit, Difference as FlowDifference, How, Which, differ};
pub use resolve::{End, ResolveError, Role, Selection, Traffic, TrafficError, resolve};
pub use snapshot::{Recorded, record};
