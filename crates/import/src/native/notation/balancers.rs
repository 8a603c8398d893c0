//! What answers on behalf of others.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    About, AclEnd, Action, Address, Family, InnerInterface, Name, Origin, Plug, Ports,
    ProtocolName, RuleRest, Text,
};

/// A load balancer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    /// Its interfaces, named like those of an instance; needed outside records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interfaces: Option<Vec<InnerInterface>>,
    /// What it listens for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listeners: Option<Vec<Listener>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A listener of a load balancer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// `tcp` or `udp`.
    pub(crate) protocol: ProtocolName,
    /// The ports.
    pub(crate) ports: Ports,
    /// The address family of what it takes; without it, both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<Family>,
    /// What it does with a packet: a proxy answers for itself, the others send it on. Needed unless it
    /// is `unmodelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarding: Option<Forwarding>,
    /// It sends packets on in a way that is not modelled: the fact says whether they are delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unmodelled: Option<Name>,
    /// Whether neither security groups nor the ACL of the target judge what it sends on; only with
    /// `keep-client`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bypasses_filters: Option<bool>,
    /// The targets, of which it picks one for each connection; needed where it sends packets on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) targets: Option<Vec<Target>>,
    /// Who may use it; without it, everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access: Option<Access>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// What a listener does with a packet.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Forwarding {
    Proxy,
    KeepClient,
    ReplaceClient,
}

/// A target of a listener: an `address`, or an `instance`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<Address>,
    /// The instance whose first addresses it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<Name>,
    /// Its port; without it, the port that the packet arrived for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// Which interfaces of the load balancer send to it; without it, all of them do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nodes: Option<Vec<Name>>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Who may use a listener: a `white_list`, a `black_list`, or `rules` with a `default`.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Access {
    /// Who alone may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) white_list: Option<Vec<AclEnd>>,
    /// Who alone may not use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) black_list: Option<Vec<AclEnd>>,
    /// Rules, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<AccessRule>>,
    /// What happens to those that no rule matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Action>,
}

/// A rule of an access list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessRule {
    /// The provider's id of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// What happens to a packet that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<Action>,
    /// The addresses that the packet comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<AclEnd>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(crate) odd: OddAccessRule,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// What no access list of any cloud matches, though a network may; only in records, and no part of
/// the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OddAccessRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<u16>,
    #[serde(flatten)]
    pub(crate) matches: super::AddressedMatch,
}

/// An address that one of several interfaces holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VirtualAddress {
    /// The subnet it is in.
    pub(crate) subnet: Name,
    /// The address.
    pub(crate) address: Address,
    /// The interfaces, or instances with one interface, that may hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interfaces: Option<Vec<Name>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A gateway endpoint, to which routes lead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GatewayEndpoint {
    /// The VPC it serves.
    pub(crate) vpc: Name,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// An interface endpoint: a service of the provider behind an address.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    #[serde(flatten)]
    pub(crate) plug: Plug,
    #[serde(flatten)]
    pub(crate) about: About,
}
