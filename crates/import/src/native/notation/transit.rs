//! Networks beyond one VPC.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, Block, Name, OneOrMore, Origin};

/// A transit gateway, or enterprise router.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransitGateway {
    /// The cloud firewall in its middle, by its VPC border.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) firewall: Option<Name>,
    /// `true`: security groups may refer to groups of other VPCs attached to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_references: Option<bool>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// What is attached to a transit gateway: exactly one of `vpc`, `connection`, `peer`, `unmodelled`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransitAttachment {
    /// The transit gateway.
    pub(crate) transit_gateway: Name,
    /// A VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Name>,
    /// The subnets of the VPC through which packets go, one for each zone at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnets: Option<Vec<Name>>,
    /// `true`: packets enter the VPC through one subnet for each flow, whatever the zones of its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) appliance_mode: Option<bool>,
    /// `true`: security groups may refer to groups across it, if the gateway says so too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_references: Option<bool>,
    /// A connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<Name>,
    /// The attachment on the other side, of another transit gateway; both name each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Name>,
    /// Something whose ways are not modelled: the fact says whether it delivers packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unmodelled: Option<Name>,
    /// The table by which packets that come from it are routed; without it, they go nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A route table of a transit gateway.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransitRouteTable {
    /// The transit gateway.
    pub(crate) transit_gateway: Name,
    /// The attachments whose blocks become routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) propagations: Option<Vec<Name>>,
    /// Its static routes, which beat propagated ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routes: Option<Vec<TransitRoute>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A route of a transit gateway, with exactly one target.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransitRoute {
    /// The block of the destinations.
    pub(crate) destination: Block,
    /// To what is attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<Name>,
    /// `true`: nowhere, the packet is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blackhole: Option<bool>,
    /// To something not described: the fact says whether it delivers the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved: Option<Name>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// A VPN or Direct Connect connection.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connection {
    /// What carries it.
    pub(crate) kind: ConnectionKind,
    /// The network behind it.
    pub(crate) remote_network: Name,
    /// The VPC it ends in; without it, it is attached to a transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Name>,
    /// Whether it is up; without it, it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) up: Option<bool>,
    /// The blocks for which the network on premises sends packets through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advertised: Option<Vec<Block>>,
    /// The table that routes what enters its VPC through it, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionKind {
    Vpn,
    DirectConnect,
}

/// A network on premises.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoteNetwork {
    /// Its address blocks.
    pub(crate) cidrs: OneOrMore<Block>,
    #[serde(flatten)]
    pub(crate) about: About,
}
