//! The network as a graph, and every way a packet can take through it.
//!
//! A [`Walk`] is one way through the network together with the exact set of headers, facts and
//! choices that take it; the walks of a question divide its headers among them. Each walk lists
//! the checkpoints it crosses and the header each of them sees, as a function of the original
//! header, so that the solver only has to decide the filters.
//!
//! This crate knows no rule of any filter, no solver and no verdict. It follows
//! `docs/forwarding.md` for all packets at once; `eval` follows it for one, and neither sees the
//! other.

mod addresses;
mod balance;
mod deliver;
mod detour;
mod divide;
mod enter;
mod explore;
mod filters;
mod graph;
mod header_set;
mod internet;
mod packet;
mod ranked;
mod relay;
mod remote;
mod repair;
mod route;
mod send;
mod transit;
mod translate;
mod view;
mod walk;

pub use explore::{Limit, Mode, Question, explore, explore_from};
pub use graph::{Link, Topology};
pub use header_set::HeaderSet;
pub use repair::LENT;
pub use view::{AddressView, HeaderView, IcmpView, PortView};
pub use walk::{Condition, Crossing, End, Guard, Step, Trip, Walk};
