//! Route tables and NAT gateways.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, Address, Block, Name, OneOrMore, Origin, Ports, ProtocolName};

/// A route table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTable {
    /// The VPC it belongs to.
    pub(crate) vpc: Name,
    /// `false`: the table has only the routes listed, and no local route by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local_routes: Option<bool>,
    /// Its routes; those inside the VPC are there by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routes: Option<Vec<Route>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A route, with exactly one target.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    /// The block of the destinations.
    pub(crate) destination: Block,
    #[serde(flatten)]
    pub(crate) target: RouteTarget,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Where a route leads.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct RouteTarget {
    /// `true`: to the owner of the address inside the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local: Option<bool>,
    /// To an Internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet_gateway: Option<Name>,
    /// To a NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nat_gateway: Option<Name>,
    /// Across a peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peering: Option<Name>,
    /// To a transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transit_gateway: Option<Name>,
    /// Through a connection that ends in the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<Name>,
    /// To an interface, or the only interface of an instance, which forwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interface: Option<Name>,
    /// To the interface that holds a virtual address, whose instance forwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) virtual_address: Option<Name>,
    /// To a service of the provider, through a gateway endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_endpoint: Option<Name>,
    /// `true`: nowhere, the packet is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blackhole: Option<bool>,
    /// To something not described: the fact says whether it delivers the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved: Option<Name>,
}

/// A NAT gateway: at the VPC's edge, or in a subnet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatGateway {
    /// The VPC it serves.
    pub(crate) vpc: Name,
    /// The subnet it stands in; without it and `interface`, it stands at the VPC's edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Name>,
    /// Its address in that subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_address: Option<Address>,
    /// Its interface in a subnet, where that is written among the `interfaces`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interface: Option<Name>,
    /// Which sources are translated, and to what; the first that matches counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) snat: Option<Vec<SourceTranslation>>,
    /// Which public addresses and ports are translated, and to what; the first that matches counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dnat: Option<Vec<DestinationTranslation>>,
    /// The cloud firewall in front of it, by its NAT border.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) firewall: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A source translation, of a subnet or a block.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceTranslation {
    /// Packets sent in this subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Name>,
    /// Packets from this block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr: Option<Block>,
    /// The public addresses used; the gateway picks one.
    pub(crate) addresses: OneOrMore<Address>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// A destination translation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DestinationTranslation {
    /// The public address that packets arrive for.
    pub(crate) address: Address,
    /// `tcp` or `udp`; without it, every protocol that the gateway translates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<ProtocolName>,
    /// The ports that packets arrive for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<Ports>,
    /// The address they go to.
    pub(crate) private_address: Address,
    /// The ports they go to, as many as `ports`; without it, the same ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_ports: Option<Ports>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}
