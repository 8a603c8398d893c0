//! What is written is read back as the same network.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its inputs has failed; one that finds a difference shows it"
)]

mod common;
mod generated;
mod inputs;
mod meaning;
