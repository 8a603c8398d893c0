//! The shared vocabulary for what happens to a packet: places, layers, checkpoints and obstacles.
//!
//! Both engines and the reports speak these words; none of them decides anything.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    Direction, InstanceId, InterfaceId, InternetGatewayId, NatGatewayId, NetworkAclId, PeeringId,
    RouteTableId, SecurityGroupId, SubnetId, VpcId,
};

/// An end of a flow.
///
/// Inside, an end is an interface with one of its addresses, never the address alone: blocks of two
/// VPCs may overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// An interface.
    Interface(InterfaceId),
    /// A machine on the Internet.
    Internet,
}

/// Whether a packet is the request or the reply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// On the way from X to Y.
    Request,
    /// On the way back.
    Reply,
}

/// What the network picks by itself, where it may pick any of several: unreachable means under
/// every choice, reachable under some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Choices {
    /// The source port to which a NAT gateway translates a TCP or UDP packet; the first port of its
    /// profile where none is given.
    pub ports: BTreeMap<NatGatewayId, u16>,
    /// Which of the addresses of the source translation that applies, counted from 0; the first
    /// where none is given.
    pub addresses: BTreeMap<NatGatewayId, usize>,
}

/// A place a packet passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// An interface, sending or receiving.
    Interface(InterfaceId),
    /// The router of a VPC, asked for the next hop.
    Router(VpcId),
    /// A peering.
    Peering(PeeringId),
    /// An Internet gateway.
    InternetGateway(InternetGatewayId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// The Internet.
    Internet,
    /// Beyond what the input describes.
    Unmodelled,
}

/// One instance of a filter, the unit that keeps state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// The security groups of one interface, together.
    SecurityGroups(InterfaceId),
    /// A network ACL at one of its subnets.
    NetworkAcl(NetworkAclId, SubnetId),
    /// The listening services of an instance.
    Listener(InstanceId),
}

impl Layer {
    /// Returns the kind of the layer.
    #[must_use]
    pub fn kind(self) -> LayerKind {
        match self {
            Self::SecurityGroups(_) => LayerKind::SecurityGroup,
            Self::NetworkAcl(..) => LayerKind::NetworkAcl,
            Self::Listener(_) => LayerKind::Listener,
        }
    }
}

/// A kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// Security groups.
    SecurityGroup,
    /// Network ACLs.
    NetworkAcl,
    /// Listening services.
    Listener,
}

/// A filter that a packet must pass, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checkpoint {
    /// The filter.
    pub layer: Layer,
    /// The direction.
    pub direction: Direction,
}

/// What owns a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleOwner {
    /// A security group.
    SecurityGroup(SecurityGroupId),
    /// A network ACL.
    NetworkAcl(NetworkAclId),
}

/// The rule behind a decision, by its position in the owner's list of that direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleRef {
    /// Whose rule it is.
    pub owner: RuleOwner,
    /// The list it stands in.
    pub direction: Direction,
    /// Its position there, counted from 0.
    pub index: usize,
}

/// A route, by its position in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteRef {
    /// The table.
    pub table: RouteTableId,
    /// Its position there, counted from 0.
    pub index: usize,
}

/// Why a packet goes no further, other than a filter: a route or setting that is missing or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Obstacle {
    /// The table has no route for the destination.
    NoRoute(RouteTableId),
    /// The route drops what it matches.
    Blackhole(RouteRef),
    /// No peering joins the two VPCs; met only on walks that take missing things as mended.
    NoPeering(VpcId, VpcId),
    /// The peering is not active.
    PeeringInactive(PeeringId),
    /// The route leads to a peering that does not end in this VPC.
    PeeringElsewhere(PeeringId, VpcId),
    /// What came across the peering would have to leave the VPC again, and the provider forbids it.
    PeeringNotTransitive(PeeringId, VpcId),
    /// The Internet gateway is not attached to the VPC.
    GatewayNotAttached(InternetGatewayId, VpcId),
    /// The VPC has no Internet gateway that would let the packet in.
    NoInternetGateway(VpcId),
    /// The gateway carries only IPv6 packets out and their replies.
    EgressOnly(InternetGatewayId),
    /// The sending address has no public address.
    NoPublicAddress(InterfaceId),
    /// The provider refuses this interface traffic through an Internet gateway.
    InternetGatewayDenied(InterfaceId),
    /// The NAT gateway serves another VPC.
    NatElsewhere(NatGatewayId, VpcId),
    /// The NAT gateway cannot translate this protocol or family.
    NatProtocol(NatGatewayId),
    /// No source translation of the NAT gateway applies.
    NoSourceTranslation(NatGatewayId),
    /// The packet arrives at the NAT gateway, which has no translation for it.
    NoDestinationTranslation(NatGatewayId),
    /// Nobody in the VPC has the address.
    NobodyHas(VpcId, IpAddr),
    /// The packet arrives at this interface instead of the one asked for; met only on walks that
    /// take missing things as mended.
    AnotherHas(InterfaceId),
    /// The public address stands for nothing.
    PublicAddressUnused(IpAddr),
    /// The interface is plugged into nothing.
    Detached(InterfaceId),
    /// The Internet does not route the packet's source or destination.
    NotRoutedOnInternet(IpAddr),
    /// The packet comes back to where it was, unchanged.
    RoutingLoop(VpcId),
    /// The reply arrives, but not from the address and port the request went to, so that the
    /// sender does not take it for an answer; or it arrives elsewhere.
    ReplyChanged,
    /// The message has no answer: an ICMP error or reply.
    NoAnswer,
}
