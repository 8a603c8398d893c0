//! Load balancers, what they listen for, and their targets, before references are resolved.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{Meta, Span};
use canreach_net::Protocol;

use super::Records;

/// Everything the answers say about load balancers.
#[derive(Debug, Default)]
pub(in super::super) struct Balancing {
    pub(in super::super) balancers: Records<Balancer>,
    pub(in super::super) listeners: Records<Listener>,
    /// The load balancers whose listeners were given, also where they have none.
    pub(in super::super) listened: BTreeSet<String>,
    pub(in super::super) groups: Records<TargetGroup>,
    /// The attributes of load balancers and target groups, by ARN and key.
    pub(in super::super) attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// The targets registered with each group, by its ARN.
    pub(in super::super) targets: BTreeMap<String, Vec<Target>>,
}

impl Balancing {
    /// Returns an attribute of a load balancer or target group.
    pub(in super::super) fn attribute(&self, arn: &str, key: &str) -> Option<&str> {
        self.attributes.get(arn)?.get(key).map(String::as_str)
    }
}

/// What kind of load balancer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum BalancerKind {
    Network,
    Application,
    Classic,
    Gateway,
    /// One that this reader does not know.
    Other,
}

/// A load balancer; its id is its ARN, or a classic one's DNS name.
#[derive(Debug)]
pub(in super::super) struct Balancer {
    pub(in super::super) meta: Meta,
    pub(in super::super) kind: BalancerKind,
    pub(in super::super) vpc: Option<String>,
    /// What the descriptions of its interfaces say after `ELB `.
    pub(in super::super) described_as: String,
    /// The state, where it is one in which a load balancer does not work as it is configured.
    pub(in super::super) trouble: Option<String>,
    pub(in super::super) groups: Vec<String>,
    pub(in super::super) dual_stack: bool,
    /// Its subnets, by the names that its own account has for their zones.
    pub(in super::super) zones: BTreeMap<String, String>,
    /// Its public addresses, as far as it names them itself.
    pub(in super::super) public: Vec<IpAddr>,
}

/// What a listener does with a connection or packet, by its protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Handling {
    /// It sends packets of these protocols on.
    Passes(&'static [Protocol]),
    /// It ends TCP connections and makes its own.
    Ends,
    /// A protocol that this reader does not know.
    Unknown(String),
}

#[derive(Debug)]
pub(in super::super) struct Listener {
    pub(in super::super) meta: Meta,
    pub(in super::super) balancer: String,
    pub(in super::super) port: Option<u16>,
    pub(in super::super) handling: Handling,
    /// The target groups it forwards to by default, those of weight 0 left out.
    pub(in super::super) groups: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum TargetKind {
    Instance,
    Address,
    Balancer,
    /// A function, which no packet is sent to.
    Function,
}

#[derive(Debug)]
pub(in super::super) struct TargetGroup {
    pub(in super::super) meta: Meta,
    pub(in super::super) kind: TargetKind,
    pub(in super::super) port: Option<u16>,
    /// Whether targets get UDP, where the client's address is always kept.
    pub(in super::super) takes_udp: bool,
    pub(in super::super) ipv6: bool,
}

/// Whether a target gets new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Health {
    Healthy,
    /// Only where too few are healthy.
    Unhealthy,
    /// Never: it is being taken away, or is not used.
    Out,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Target {
    /// An instance, an address or a load balancer.
    pub(in super::super) id: String,
    pub(in super::super) port: Option<u16>,
    /// The name of a zone, or `all`.
    pub(in super::super) zone: Option<String>,
    pub(in super::super) health: Health,
    pub(in super::super) span: Span,
}

impl Target {
    /// Whether two say the same.
    pub(in super::super) fn says_the_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.port == other.port
            && self.zone == other.zone
            && self.health == other.health
    }
}
