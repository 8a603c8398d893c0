//! The network as a graph of places.

use std::collections::BTreeMap;

use canreach_model::{Network, Place};
use petgraph::graph::{NodeIndex, UnGraph};

/// How two places are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// An interface plugged into its VPC's router, through its subnet.
    Plugged,
    /// A gateway attached to a VPC.
    Attached,
    /// A side of a peering.
    Peered,
    /// A way to the Internet.
    Outward,
}

/// The places of a network and what joins them.
#[derive(Debug)]
pub struct Topology<'n> {
    network: &'n Network,
    graph: UnGraph<Place, Link>,
    nodes: BTreeMap<Place, NodeIndex>,
}
