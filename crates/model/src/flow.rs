//! The shared vocabulary for what happens to a packet: places, layers, checkpoints and obstacles.
//!
//! Both engines and the reports speak these words; none of them decides anything.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    Border, CloudFirewallId, ConnectionId, Direction, FirewallList, GatewayEndpointId, InstanceId,
    InterfaceId, InternetGatewayId, LoadBalancerId, NatGatewayId, NetworkAclId, PeeringId,
    RemoteNetworkId, RouteTableId, SecurityGroupId, SubnetId, TransitAttachmentId,
    TransitGatewayId, TransitRouteTableId, VirtualAddressId, VpcId,
};

/// An end of a flow.
///
/// Inside, an end is an interface with one of its addresses, never the address alone: blocks of two
/// VPCs may overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// An interface.
    Interface(InterfaceId),
    /// What stands behind an address of a load balancer: one of its targets, or a proxy. Flows end
    /// there; none start.
    LoadBalancer(LoadBalancerId),
    /// Whoever holds a virtual address. Flows end there; none start.
    VirtualAddress(VirtualAddressId),
    /// A machine in a network on premises.
    Remote(RemoteNetworkId),
    /// A machine on the Internet.
    Internet,
    /// Nobody: the end of a question about an address that nothing in the network has. Flows neither
    /// start nor end there.
    Nobody,
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
    /// The source port to which a TCP or UDP packet is translated; the first port of the profile
    /// where none is given.
    pub ports: BTreeMap<Translator, u16>,
    /// Which of several, counted from 0; the first where none is given.
    pub picks: BTreeMap<Chooser, usize>,
}

/// What puts translations on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Translator {
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// A load balancer, at one of its interfaces.
    LoadBalancer(InterfaceId),
}

/// A choice among several that the network makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Chooser {
    /// The address of the source translation that applies at a NAT gateway; of one in a subnet, an
    /// IPv4 address of its interface.
    SourceTranslation(NatGatewayId),
    /// The subnet of an attachment through which packets of a pass go; made for each pass apart.
    AttachmentSubnet(TransitAttachmentId, Pass),
    /// The subnet of an attachment in appliance mode through which packets leave the transit gateway;
    /// the same in both passes.
    ApplianceSubnet(TransitAttachmentId),
    /// The target of a listener, by the listener's position.
    Target(LoadBalancerId, usize),
    /// The interface that holds a virtual address.
    Holder(VirtualAddressId),
}

/// How a packet came into a VPC from another network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Across {
    /// Across a peering.
    Peering(PeeringId),
    /// From a transit gateway, by an attachment.
    Transit(TransitAttachmentId),
    /// Through a VPN or Direct Connect connection.
    Connection(ConnectionId),
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
    /// A load balancer.
    LoadBalancer(LoadBalancerId),
    /// A transit gateway.
    TransitGateway(TransitGatewayId),
    /// A VPN or Direct Connect connection.
    Connection(ConnectionId),
    /// A network on premises.
    Remote(RemoteNetworkId),
    /// A gateway endpoint.
    GatewayEndpoint(GatewayEndpointId),
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
    /// A cloud firewall at one of its borders.
    CloudFirewall(CloudFirewallId, Border),
    /// The access list of a listener of a load balancer, by the listener's position.
    ListenerAccess(LoadBalancerId, usize),
    /// The firewall of the instance of an interface, for what the instance itself sends and
    /// receives there.
    HostFirewall(InterfaceId),
    /// The firewall of an instance, for what it forwards from one of its interfaces to another, or
    /// to the same.
    HostForwarding(InterfaceId, InterfaceId),
    /// The listening services of an instance, for packets that arrived at an interface; `None` for
    /// those that the host sends to itself.
    Listener(InstanceId, Option<InterfaceId>),
}

impl Layer {
    /// Returns the kind of the layer.
    #[must_use]
    pub fn kind(self) -> LayerKind {
        match self {
            Self::SecurityGroups(_) => LayerKind::SecurityGroup,
            Self::NetworkAcl(..) => LayerKind::NetworkAcl,
            Self::CloudFirewall(..) => LayerKind::CloudFirewall,
            Self::ListenerAccess(..) => LayerKind::ListenerAccess,
            Self::HostFirewall(_) | Self::HostForwarding(..) => LayerKind::HostFirewall,
            Self::Listener(..) => LayerKind::Listener,
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
    /// Cloud firewalls.
    CloudFirewall,
    /// Access lists of load balancers.
    ListenerAccess,
    /// Firewalls on hosts.
    HostFirewall,
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
    /// A list of a cloud firewall at one of its borders.
    CloudFirewall(CloudFirewallId, Border, FirewallList),
    /// The access list of a listener, by the listener's position.
    ListenerAccess(LoadBalancerId, usize),
    /// A chain of an instance's firewall, by the chain's position.
    HostChain(InstanceId, usize),
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

/// A route of a transit gateway, by its position in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransitRouteRef {
    /// The table.
    pub table: TransitRouteTableId,
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
    /// What came into the VPC like this would have to leave it again, and the provider forbids it.
    NotTransitive(Across, VpcId),
    /// The VPC has no attachment to the transit gateway.
    NotAttached(TransitGatewayId, VpcId),
    /// The attachment has no subnet in the zone of the sender's subnet.
    NotInZone(TransitAttachmentId, SubnetId),
    /// The attachment is associated with no route table.
    NotAssociated(TransitAttachmentId),
    /// The transit gateway's route table has no route for the destination.
    NoTransitRoute(TransitRouteTableId),
    /// The transit gateway's route drops what it matches.
    TransitBlackhole(TransitRouteRef),
    /// The connection is down.
    ConnectionDown(ConnectionId),
    /// The route leads to a connection that does not end in this VPC.
    ConnectionElsewhere(ConnectionId, VpcId),
    /// The address is not one of the network behind the connection.
    NotBehind(RemoteNetworkId, IpAddr),
    /// The network on premises has no way to the destination.
    NotAdvertised(RemoteNetworkId),
    /// The gateway endpoint serves only packets sent in its own VPC.
    EndpointElsewhere(GatewayEndpointId, VpcId),
    /// The interface drops what is neither from nor for one of its addresses.
    SourceDestCheck(InterfaceId),
    /// The instance of the interface does not forward.
    NotForwarding(InterfaceId),
    /// No listener of the load balancer takes the packet.
    NoListener(LoadBalancerId),
    /// The listener of the load balancer, by its position, has no target.
    NoTarget(LoadBalancerId, usize),
    /// The target of the load balancer that keeps the client's address is the client itself.
    TargetIsClient(LoadBalancerId),
    /// The interface belongs to a gateway, which takes nothing for itself.
    OnlyCarriesOn(InterfaceId),
    /// Nobody holds the virtual address.
    NobodyHolds(VirtualAddressId),
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
    RoutingLoop(Place),
    /// The reply arrives, but not from the address and port the request went to, so that the
    /// sender does not take it for an answer; or it arrives elsewhere.
    ReplyChanged,
    /// The message has no answer: an ICMP error or reply.
    NoAnswer,
}
