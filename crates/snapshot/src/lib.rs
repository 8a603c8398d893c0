//! Stored answers for every pair of ends, and what differs between two of them.
//!
//! A snapshot is text and flow sets: it names no object of a network by a key, so that one that was
//! written last year can be held against the network of today. How the answers are found is not known
//! here, nor where they are stored.
//!
//! | module  | owns                                             |
//! |---------|--------------------------------------------------|
//! | `model` | what a snapshot says                             |

mod canonical;
mod model;
mod rectangles;

pub use model::{
    Block, Class, ClassList, FORMAT_VERSION, Fact, Flows, Header, Input, Kind, Relation, Snapshot,
    owner,
};
