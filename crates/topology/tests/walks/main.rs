//! Walks by hand: small networks, and the walks that `docs/forwarding.md` gives them.
//!
//! Each expectation is worked out from the page. What generated networks seldom contain is here.

mod internet;
mod lab;
mod mended;
mod nat;
mod peering;
mod routes;
