//! Exact sets of packets along walks, and the answer for every pair of ends.
//!
//! The second reader of a walk, beside `smt`: it shares nothing with it above `topology`, and where
//! both answer a question they must agree. It knows no solver and no verdict of a question.

mod algebra;
mod cells;
mod classes;
mod filters;
mod flow_set;
mod holders;
mod hosts;
mod lists;
mod looks;
mod matrix;
mod mentions;
mod packet_set;
mod pair;
mod reach;
mod seats;
mod store;
mod template;
mod text;
mod through;

pub use algebra::{Algebra, Runs};
pub use flow_set::{FlowSet, Point, Span};
pub use packet_set::{PacketSet, Product};
pub use pair::{along, between};
pub use reach::{Class, End, Flows, Reach, TooDifferent, Work, reach};
pub use text::FlowSetError;
