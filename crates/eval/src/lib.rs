//! Walks one concrete packet through the model, there and back, as `docs/forwarding.md` says.
//!
//! [`round_trip`] finds every next hop and every rewrite by itself from the [`Network`], for one
//! assignment of the facts and one of the network's own choices. It writes down each place, each
//! layer's decision and the rule behind it. It knows nothing of graphs, enumerated walks or
//! formulas: a way that another engine overlooks shows up here as a disagreement.
//!
//! One file is one stage of the contract, and comments give its sections (§):
//!
//! | file           | owns                                                       | section     |
//! |----------------|------------------------------------------------------------|-------------|
//! | `trace`        | what comes out: hops, decisions, ends                       | §1          |
//! | `walk`         | the round trip, the steps of one packet, loops              | §§1, 11     |
//! | `send`         | leaving an interface                                        | §2          |
//! | `route`        | choosing a route                                            | §4          |
//! | `next_stop`    | what a route's target does; entering a VPC                  | §§5, 5a     |
//! | `translate`    | NAT gateways                                                | §§5, 9, 10  |
//! | `deliver`      | arriving at an interface                                    | §6          |
//! | `filter`       | how a layer decides                                         | §§6, 7, 8   |
//! | `matching`     | whether a rule speaks of a packet                           | §§7, 8      |
//! | `internet`     | the Internet, and entering a VPC from it                    | §9          |
//! | `state`        | what layers and gateways remember of the request            | §§7, 9, 10  |
//! | `lookup`       | who has an address                                          | §§4 to 9    |
//!
//! [`Network`]: canreach_model::Network

mod deliver;
mod filter;
mod internet;
mod lookup;
mod matching;
mod next_stop;
mod route;
mod send;
mod state;
mod trace;
mod translate;
mod walk;

pub use filter::judge;
pub use matching::{Packet, matches};
pub use trace::{Decision, End, Flow, Hop, Outcome, RoundTrip, Trace};
pub use walk::round_trip;
