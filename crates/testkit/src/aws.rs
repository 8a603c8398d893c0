//! Networks of AWS: generated ones, and any as the answers that the AWS CLI would print of it.
//!
//! A test imports the answers and asks about what was imported; the truth is what brute force finds in
//! the network as it was generated. So the importer is tested together with the engines against what
//! was meant.

mod dump;
mod generate;

pub use dump::dump;
pub use generate::{Network, network};
