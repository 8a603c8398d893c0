//! The command line: files, clock, environment, progress and exit codes.

#![allow(
    clippy::disallowed_methods,
    reason = "files, environment and clock belong to this crate, and to no other"
)]

fn main() {}
