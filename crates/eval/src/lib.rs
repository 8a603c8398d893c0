//! Walks one concrete packet through the model, there and back, as `docs/forwarding.md` says.
//!
//! [`round_trip`] finds every next hop and every rewrite by itself from the [`Network`], for one
//! assignment of the facts and one of the network's own choices. It writes down each place, each
//! layer's decision and the rule behind it. It knows nothing of graphs, enumerated walks or
//! formulas: a way that another engine overlooks shows up here as a disagreement.
//!
//! One file is one stage of the contract, and comments give its sections (§):
//!
//! | file           | owns                                                    | section     |
//! |----------------|---------------------------------------------------------|-------------|
//! | `trace`        | what comes out: hops, decisions, ends                   | §1          |
//! | `walk`         | the round trip, the steps of one packet, loops          | §§1, 11     |
//! | `send`         | leaving an interface                                    | §2          |
//! | `route`        | choosing a route                                        | §4          |
//! | `next_stop`    | what a route's target does; peerings, gateway endpoints | §5          |
//! | `leave`        | leaving a VPC for the Internet                          | §5          |
//! | `enter`        | entering a VPC at its edge, what may leave it again     | §5a         |
//! | `transit`      | transit gateways                                        | §§5, 5b     |
//! | `premises`     | connections and networks on premises                    | §§5, 5c     |
//! | `translate`    | NAT gateways                                            | §§5, 9, 10  |
//! | `deliver`      | arriving at an interface                                | §6          |
//! | `holder`       | virtual addresses, and what is a host's own             | §6          |
//! | `forward`      | instances that forward                                  | §6a         |
//! | `balancer`     | load balancers                                          | §§2, 6b     |
//! | `ask`          | which layers are asked, where                           | §§2, 5, 6   |
//! | `filter`       | how a layer decides, and what it is                     | §§6, 7, 8   |
//! | `border`       | how a cloud firewall or an access list decides          | §§8a, 8c    |
//! | `chains`       | how the firewall of a host decides                      | §8b         |
//! | `matching`     | whether a rule speaks of a packet                       | §§7, 8      |
//! | `internet`     | the Internet, and entering a VPC from it                | §9          |
//! | `state`        | what layers and gateways remember of the request        | §§7 to 10   |
//! | `lookup`       | who has an address                                      | §§4 to 9    |
//! | `owners`       | the same of interfaces, and an index for many walks      | §§4 to 9    |
//!
//! [`Network`]: canreach_model::Network

mod ask;
mod balancer;
mod border;
mod chains;
mod deliver;
mod enter;
mod filter;
mod forward;
mod holder;
mod internet;
mod leave;
mod lookup;
mod matching;
mod next_stop;
mod owners;
mod premises;
mod route;
mod send;
mod state;
mod trace;
mod transit;
mod translate;
mod walk;

pub use filter::{judge, judge_reply};
pub use matching::{Packet, Viewer, matches};
pub use trace::{Decision, End, Flow, Hop, Outcome, RoundTrip, Trace};
pub use walk::{Evaluator, round_trip};
