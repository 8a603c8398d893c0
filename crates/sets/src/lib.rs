//! Exact sets of packets along walks, and the answer for every pair of ends.
//!
//! The second reader of a walk, beside `smt`: it shares nothing with it above `topology`, and where
//! both answer a question they must agree. It knows no solver, no text and no verdict of a question.

mod algebra;
mod flow_set;
mod text;

pub use algebra::{Algebra, Runs};
pub use flow_set::{FlowSet, Point, Span};
pub use text::FlowSetError;
