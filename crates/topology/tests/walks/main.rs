//! Walks by hand: small networks, and the walks that `docs/forwarding.md` gives them.
//!
//! Each expectation is worked out from the page. What generated networks seldom contain is here.

#![expect(clippy::indexing_slicing, reason = "a test that finds another number has failed")]

mod balance;
mod holders;
mod internet;
mod lab;
mod mended;
mod nat;
mod nodes;
mod peering;
mod relay;
mod remote;
mod routes;
mod transit;
mod unlisted;
