//! Stored answers for every pair of ends, and what differs between two of them.
//!
//! A snapshot is text and flow sets: it names no object of a network by a key, so that one that was
//! written last year can be held against the network of today. How the answers are found is not known
//! here, nor where they are stored.
//!
//! | module       | owns                                                      |
//! |--------------|-----------------------------------------------------------|
//! | `model`      | what a snapshot says                                      |
//! | `canonical`  | the one form of it that depends on nothing else           |
//! | `text`       | lines of text, written and read                           |
//! | `json_lines` | the same as one JSON object a line                        |
//! | `diff`       | what differs between two, in meaning                      |
//! | `matrix`     | what passes between zones of ends                         |
//! | `read`       | either of these, and what may have happened to a file     |

pub mod diff;
pub mod json_lines;
pub mod text;

mod canonical;
mod digest;
mod error;
mod matrix;
mod model;
mod names;
mod quote;
mod read;
mod rectangles;
mod seal;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use error::ReadError;
pub use matrix::{Cell, CellState, Matrix, matrix};
pub use model::{
    Block, Class, ClassList, FORMAT_VERSION, Fact, Flows, Header, Input, Kind, Relation, Snapshot,
    owner,
};
pub use read::{is_snapshot, read};
