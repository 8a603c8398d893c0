//! The notation of models as types: what a file says, key by key, as `docs/model.md` describes it.
//!
//! The reader has trees with places instead, since it must tell every error under the place where it
//! is written. These types serve the other direction: the JSON Schema is derived from them, and the
//! writer fills them. Their comments are the descriptions in the schema. A test holds their keys
//! against those that the reader knows.

mod balancers;
mod firewalls;
mod hosts;
mod objects;
mod profile;
mod record;
mod routes;
mod rules;
mod schema;
#[cfg(test)]
mod tests;
mod transit;
mod values;

use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::{
    balancers::*, firewalls::*, hosts::*, objects::*, profile::*, record::*, routes::*, rules::*,
    transit::*, values::*,
};

/// A network as it is meant to be, for `canreach`.
///
/// docs/model.md describes the notation. One network may be spread over several files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "canreach model")]
pub(crate) struct Model {
    /// The version of the notation; this key makes the file a model.
    #[schemars(extend("const" = 1))]
    pub(crate) canreach: u8,
    /// How the cloud treats packets, for each VPC that does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<ProfileName>,
    /// Decides what sources disagree about (docs/profiles.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) settings: Option<Settings>,
    /// The layers of which the sources have no data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_examined: Option<Vec<LayerName>>,
    /// Where this file was made from, if it records what other files say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sources: Option<Vec<Source>>,
    /// What was taken for granted while the sources were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assumptions: Option<Vec<Assumption>>,
    /// What is left open: each may be true or false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) facts: Option<Section<Fact>>,
    /// Virtual private clouds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpcs: Option<Section<Vpc>>,
    /// Subnets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnets: Option<Section<Subnet>>,
    /// Route tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_tables: Option<Section<RouteTable>>,
    /// Network ACLs. Without rules for a direction, nothing passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_acls: Option<Section<NetworkAcl>>,
    /// Security groups. Without rules for a direction, nothing passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_groups: Option<Section<SecurityGroup>>,
    /// Lists of addresses that rules refer to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address_groups: Option<Section<AddressGroup>>,
    /// Machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<Section<Instance>>,
    /// Interfaces of no instance, or written apart from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interfaces: Option<Section<Interface>>,
    /// Peerings between two VPCs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peerings: Option<Section<Peering>>,
    /// Internet gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet_gateways: Option<Section<InternetGateway>>,
    /// Public addresses and what they stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_addresses: Option<Section<PublicAddress>>,
    /// NAT gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nat_gateways: Option<Section<NatGateway>>,
    /// Cloud firewalls: before public addresses, between VPCs and at NAT gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_firewalls: Option<Section<CloudFirewall>>,
    /// Transit gateways, or enterprise routers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transit_gateways: Option<Section<TransitGateway>>,
    /// What is attached to transit gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transit_attachments: Option<Section<TransitAttachment>>,
    /// The route tables of transit gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transit_route_tables: Option<Section<TransitRouteTable>>,
    /// VPN and Direct Connect connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connections: Option<Section<Connection>>,
    /// Networks on premises, behind connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote_networks: Option<Section<RemoteNetwork>>,
    /// Load balancers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load_balancers: Option<Section<LoadBalancer>>,
    /// Virtual addresses, each held by one of several interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) virtual_addresses: Option<Section<VirtualAddress>>,
    /// Gateway endpoints, to which routes lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_endpoints: Option<Section<GatewayEndpoint>>,
    /// Interface endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoints: Option<Section<Endpoint>>,
    /// Named networks on the Internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outside_networks: Option<Section<OutsideNetwork>>,
}

/// Returns the JSON Schema (draft 2020-12) of models, as text.
#[must_use]
pub fn model_schema() -> String {
    // Printing a tree of texts and numbers cannot fail.
    let mut text = serde_json::to_string_pretty(&schema::model()).unwrap_or_default();
    text.push('\n');
    text
}
