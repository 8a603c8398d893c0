//! Walks: one way through the network, and who takes it.

use canreach_model::{
    Checkpoint, Chooser, Endpoint, FactId, InterfaceId, Obstacle, Pass, Place, RouteRef,
    TransitRouteRef,
};
use petgraph::graph::NodeIndex;

use crate::{AddressView, HeaderSet, HeaderView, PortView};

/// One way through the network, in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Whether it is the request's way or the reply's.
    pub pass: Pass,
    /// The places, in order.
    pub steps: Vec<Step>,
    /// Which original headers, facts and choices take this way. A reply's guard includes that of
    /// the request it answers. Filters are not part of it.
    pub guard: Guard,
    /// How it ends, if every filter lets the packet through.
    pub end: End,
}

/// One place on a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The place.
    pub place: Place,
    /// The same place in the graph.
    pub node: NodeIndex,
    /// The header as it leaves the place, or as it arrives at the last one.
    pub header: HeaderView,
    /// The checkpoints crossed at the place, in packet order.
    pub crossings: Vec<Crossing>,
    /// The route that chose the next place.
    pub route: Option<RouteRef>,
    /// Likewise at a transit gateway.
    pub transit_route: Option<TransitRouteRef>,
    /// Obstacles at this place that the walk takes as removed; always empty in [`crate::Mode::Real`].
    pub assumed: Vec<Obstacle>,
}

/// A checkpoint as a walk crosses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Crossing {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The header it sees.
    pub header: HeaderView,
    /// Whether it lets the packet through without a look at its rules, as the reply to a request
    /// that it saw; never so for a host's firewall, whose rules ask for it themselves.
    pub as_reply: bool,
    /// Whether the packet is the reply to a request that the layer saw, whether it keeps state or
    /// not.
    pub known: bool,
    /// Whether an instance, or a load balancer that keeps the client's address, has forwarded the
    /// packet on its way here.
    pub forwarded: bool,
    /// The interface of the load balancer that keeps the client's address and sent the packet on, if
    /// nothing has forwarded or translated it since.
    pub sent_on_by: Option<InterfaceId>,
}

/// Which original headers, facts and choices take a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The headers, all of one address family.
    pub headers: HeaderSet,
    /// What must hold besides.
    pub conditions: Vec<Condition>,
    /// What the network picked on the way, counted from 0; only where there were several. A pick made
    /// on the way there holds on the way back.
    pub picks: Vec<(Chooser, usize)>,
}

/// A condition that is no set of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// The fact has this value.
    Fact(FactId, bool),
    /// The two ports are equal, or differ; for a protocol without ports they count as equal.
    SamePort(PortView, PortView, bool),
    /// The two addresses are equal, or differ.
    SameAddress(AddressView, AddressView, bool),
}

/// How a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// At an end of flows. A reply arrives only as the exact answer; anything else is stopped by
    /// [`Obstacle::ReplyChanged`].
    Arrived(Endpoint),
    /// Beyond what the input describes; the fact says whether the packet is delivered (and answered).
    Unmodelled(FactId),
    /// At an obstacle.
    Stopped(Obstacle),
}

/// A way there, with every way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The way there.
    pub request: Walk,
    /// The ways back; together they serve exactly the headers of the request's guard. Empty unless
    /// the request arrives at the end asked for.
    pub replies: Vec<Walk>,
}

impl Condition {
    /// Returns the condition that holds exactly where this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Fact(fact, value) => Self::Fact(fact, !value),
            Self::SamePort(a, b, equal) => Self::SamePort(a, b, !equal),
            Self::SameAddress(a, b, equal) => Self::SameAddress(a, b, !equal),
        }
    }
}

impl Walk {
    /// Returns the crossings, in packet order.
    pub fn crossings(&self) -> impl Iterator<Item = &Crossing> {
        self.steps.iter().flat_map(|step| &step.crossings)
    }

    /// Returns the obstacles the walk takes as removed, in packet order.
    pub fn assumed(&self) -> impl Iterator<Item = Obstacle> + '_ {
        self.steps.iter().flat_map(|step| step.assumed.iter().copied())
    }
}
