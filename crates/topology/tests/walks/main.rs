//! Walks by hand: small networks, and the walks that `docs/forwarding.md` gives them.
//!
//! Each expectation is worked out from the page. What generated networks seldom contain is here.

mod balance;
mod holders;
mod internet;
mod lab;
mod mended;
mod nat;
mod peering;
mod relay;
mod remote;
mod routes;
mod transit;
