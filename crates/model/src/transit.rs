//! Networks beyond one VPC: transit gateways, connections, and what is on premises.

use canreach_net::IpNet;

use crate::{CloudFirewallId, FactId, Id, Meta, Origin, RouteTableId, SubnetId, VpcId};

/// A key of a transit gateway.
pub type TransitGatewayId = Id<TransitGateway>;
/// A key of an attachment.
pub type TransitAttachmentId = Id<TransitAttachment>;
/// A key of a transit gateway's route table.
pub type TransitRouteTableId = Id<TransitRouteTable>;
/// A key of a connection.
pub type ConnectionId = Id<Connection>;
/// A key of a network on premises.
pub type RemoteNetworkId = Id<RemoteNetwork>;

/// A transit gateway, or enterprise router: a router that VPCs, connections and others of its kind
/// are attached to.
#[derive(Clone, Debug)]
pub struct TransitGateway {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The cloud firewall that everything passing it passes, where there is one (its border between
    /// VPCs).
    pub firewall: Option<CloudFirewallId>,
    /// Whether security groups may refer to groups of other VPCs attached to it
    /// (AWS `SecurityGroupReferencingSupport`).
    pub group_references: bool,
}

/// What is attached to a transit gateway.
#[derive(Clone, Debug)]
pub struct TransitAttachment {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The gateway.
    pub gateway: TransitGatewayId,
    /// What is attached.
    pub to: AttachedTo,
    /// The route table by which packets that come from the attachment are routed.
    pub route_table: Option<TransitRouteTableId>,
}

/// What an attachment attaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachedTo {
    /// A VPC.
    Vpc {
        /// The VPC.
        vpc: VpcId,
        /// The subnets through which packets go, one for each zone at most. Without any, packets enter
        /// the VPC at its edge, and leave it from everywhere.
        subnets: Vec<SubnetId>,
        /// Whether packets enter the VPC through one subnet for each flow, whatever the zone of its
        /// ends (AWS `ApplianceModeSupport`).
        appliance_mode: bool,
        /// Whether security groups may refer to groups across the attachment; the gateway must
        /// support it too.
        group_references: bool,
    },
    /// A VPN or Direct Connect connection.
    Connection(ConnectionId),
    /// Another transit gateway, by its attachment on the other side.
    Peering(TransitAttachmentId),
    /// Something whose ways are not modelled; the fact says whether it delivers packets.
    Unmodelled(FactId),
}

/// A route table of a transit gateway.
#[derive(Clone, Debug)]
pub struct TransitRouteTable {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The gateway.
    pub gateway: TransitGatewayId,
    /// The routes that count, propagated ones included; no two have one destination.
    pub routes: Vec<TransitRoute>,
}

/// A route of a transit gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitRoute {
    /// The prefix of the destinations.
    pub destination: IpNet,
    /// Where matching packets go.
    pub target: TransitTarget,
    /// Where the route is written; a propagated one is derived from the attachment.
    pub origin: Origin,
}

/// Where a route of a transit gateway leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransitTarget {
    /// To what is attached.
    Attachment(TransitAttachmentId),
    /// Nowhere.
    Blackhole,
    /// To something the input does not describe; the fact says whether it delivers the packet.
    Unresolved(FactId),
}

/// A connection to a network on premises.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// What carries it.
    pub kind: ConnectionKind,
    /// Whether it is up.
    pub up: bool,
    /// The network behind it.
    pub remote: RemoteNetworkId,
    /// The VPC it ends in; `None` when it is attached to a transit gateway.
    pub vpc: Option<VpcId>,
    /// The prefixes that the network on premises sends through it.
    pub advertised: Vec<IpNet>,
    /// The table that routes what enters its VPC through it (a gateway route table), where it has one.
    pub route_table: Option<RouteTableId>,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConnectionKind {
    /// A VPN over the Internet (`IPsec`).
    Vpn,
    /// A dedicated line.
    DirectConnect,
}

/// A network on premises.
#[derive(Clone, Debug)]
pub struct RemoteNetwork {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// Its address blocks.
    pub cidrs: Vec<IpNet>,
}
