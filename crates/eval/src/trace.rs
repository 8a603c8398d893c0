//! What comes out of a walk: the places passed, what each layer decided there, and how it ended.
//!
//! Plain data, worded by the reports.

use canreach_model::{
    Checkpoint, Endpoint, FactId, Network, Obstacle, Place, RouteRef, RuleOwner, RuleRef,
    TransitRouteRef,
};
use canreach_net::{Family, Header, is_public_unicast};

use crate::lookup;

/// A request: where it starts and its header there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// The end that sends it.
    pub start: Endpoint,
    /// The header as sent.
    pub header: Header,
}

impl Flow {
    /// Whether the start may send such a header at all (§1).
    ///
    /// An interface sends from its own addresses, a network on premises from its blocks. The Internet sends from public addresses that do
    /// not belong to the network. Nothing starts at load balancers, virtual addresses and nobody.
    #[must_use]
    pub fn is_possible(&self, network: &Network) -> bool {
        let source = self.header.source;
        let from_there = match self.start {
            Endpoint::Interface(interface) => {
                network.interfaces[interface].addresses.contains(&source)
            }
            Endpoint::Remote(remote) => {
                let blocks = &network.remote_networks[remote].cidrs;
                blocks.iter().any(|block| block.contains(&source))
            }
            Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Nobody => false,
            Endpoint::Internet => {
                is_public_unicast(source)
                    && lookup::public_address(network, source).is_none()
                    && lookup::ipv6_owner(network.into(), source).is_none()
            }
        };
        from_there && Family::of(source) == self.header.family()
    }
}

/// What became of a request, and of the reply to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an ignored walk is an unchecked network"]
pub struct RoundTrip {
    /// Where the request should end.
    pub to: Endpoint,
    /// The way of the request.
    pub request: Trace,
    /// The way of the reply: there is one when the request ended at an end, the intended one or
    /// not, and has an answer.
    pub reply: Option<Trace>,
}

impl RoundTrip {
    /// Whether the request ends where it should (§1).
    #[must_use]
    pub fn delivered(&self) -> bool {
        self.request.end.is_at(self.to)
    }

    /// Whether the request ends where it should and its reply returns to the start (§1).
    #[must_use]
    pub fn answered(&self) -> bool {
        match (self.request.end, &self.reply) {
            // Beyond the model a true fact stands for the answer too (§5).
            (End::Unmodelled { delivered, .. }, _) => delivered,
            (End::Delivered(at), Some(reply)) => at == self.to && reply.end.arrived(),
            (End::Delivered(_), None) | (End::Denied(_) | End::Stopped(_), _) => false,
        }
    }
}

/// The way of one packet, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The places it passed, in its order.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: End,
}

impl Trace {
    /// Returns the header as it was at the last place.
    #[must_use]
    pub fn last_header(&self) -> Option<Header> {
        self.hops.last().map(|hop| hop.header)
    }

    /// Returns every decision, in the packet's order.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.hops.iter().flat_map(|hop| &hop.decisions)
    }
}

/// A place the packet passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The place.
    pub place: Place,
    /// The header as it leaves the place or, at the last one, as it was there.
    pub header: Header,
    /// What the layers at this place decided, in order.
    pub decisions: Vec<Decision>,
    /// The route that a router took, where it took one.
    pub route: Option<RouteRef>,
    /// The route that a transit gateway took, where it took one.
    pub transit_route: Option<TransitRouteRef>,
}

/// What one layer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// The layer and the direction.
    pub checkpoint: Checkpoint,
    /// The header as the layer saw it.
    pub header: Header,
    /// What it decided, and why.
    pub outcome: Outcome,
}

/// What a layer decided, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// A rule lets the packet through.
    Allowed(RuleRef),
    /// No rule matches, and what happens then lets the packet through: the policy of a base chain,
    /// the default of a cloud firewall's border or of an access list.
    AllowedByDefault(RuleOwner),
    /// The layer keeps state and saw the request to which this is the reply.
    AllowedAsReply,
    /// The provider never filters such packets here.
    Exempt,
    /// The packet stays inside the subnet, where its ACL does not filter.
    SameSubnet,
    /// A load balancer sent the packet on, or gets it back, past this layer.
    Bypassed,
    /// The layer filters no such packets at all: security groups do not filter the interface, or the
    /// firewall of the host has no chain for them.
    Unfiltered,
    /// A service listens, by its position among the services of the instance.
    Listening(usize),
    /// Listening services have no say: a reply, or a protocol without ports.
    NotJudged,
    /// Nothing is known about the services of the instance.
    NotExamined,
    /// A rule stops the packet, or, where there is none, no rule matched it.
    Denied(Option<RuleRef>),
    /// No rule matches, and what happens then stops the packet: as for
    /// [`Outcome::AllowedByDefault`].
    DeniedByDefault(RuleOwner),
    /// No service listens on the port and address.
    NotListening,
}

impl Outcome {
    /// Whether the packet goes on.
    #[must_use]
    pub fn passes(self) -> bool {
        match self {
            Self::Allowed(_)
            | Self::AllowedByDefault(_)
            | Self::AllowedAsReply
            | Self::Exempt
            | Self::SameSubnet
            | Self::Bypassed
            | Self::Unfiltered
            | Self::Listening(_)
            | Self::NotJudged
            | Self::NotExamined => true,
            Self::Denied(_) | Self::DeniedByDefault(_) | Self::NotListening => false,
        }
    }
}

/// How the way of a packet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// It arrived at an end. A reply that is no answer to the request is
    /// [`Obstacle::ReplyChanged`] instead.
    Delivered(Endpoint),
    /// A layer stopped it.
    Denied(Checkpoint),
    /// A route or setting ended its way.
    Stopped(Obstacle),
    /// It left what the input describes.
    Unmodelled {
        /// The fact that says whether it is delivered from there.
        fact: FactId,
        /// The value of that fact.
        delivered: bool,
    },
}

impl End {
    /// Whether the packet got to `to`, in or beyond the model.
    fn is_at(self, to: Endpoint) -> bool {
        match self {
            Self::Delivered(at) => at == to,
            Self::Unmodelled { delivered, .. } => delivered,
            Self::Denied(_) | Self::Stopped(_) => false,
        }
    }

    /// Whether the packet got to an end, in or beyond the model.
    fn arrived(self) -> bool {
        match self {
            Self::Delivered(_) => true,
            Self::Unmodelled { delivered, .. } => delivered,
            Self::Denied(_) | Self::Stopped(_) => false,
        }
    }
}
