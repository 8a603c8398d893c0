//! Instances, their interfaces and services.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    About, Address, Block, HostFirewall, Listen, Name, OneOrMore, Origin, Ports, ProtocolName,
    Setting, TagValue, Text,
};

/// A machine.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instance {
    /// Its interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interfaces: Option<Vec<InstanceInterface>>,
    /// The services that listen. `[]`: nothing listens; left out: nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) services: Option<Vec<Service>>,
    /// Its firewall. Left out: nothing is known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) firewall: Option<HostFirewall>,
    /// Whether it forwards packets that are not for itself. Left out: unknown, where a route leads to
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarding: Option<Setting<bool>>,
    /// What it does with packets that are not for itself is not known: the fact says whether it
    /// delivers them, and answers come back. Instead of `forwarding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) appliance: Option<Name>,
    /// By which of its interfaces forwarded packets leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routes: Option<Vec<HostRoute>>,
    /// Whether it runs; without it, it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) running: Option<bool>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// An interface written inside its instance.
///
/// The only one has the name of the instance. Of several, each is called after instance and subnet,
/// or after instance and `name`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstanceInterface {
    /// `false`: packets that are neither from nor for one of its addresses are let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_dest_check: Option<bool>,
    #[serde(flatten)]
    pub(crate) inner: InnerInterface,
}

/// An interface written inside what it belongs to, and named after that.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InnerInterface {
    /// A name of its own, which follows that of the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
    #[serde(flatten)]
    pub(crate) plug: Plug,
    /// The provider's id, where that is not the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// Other names it goes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aliases: Option<Vec<Text>>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Text>,
    /// The region it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Text>,
    /// Tags, for `tag:KEY=VALUE` in questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<std::collections::BTreeMap<String, TagValue>>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// An interface of no instance, or written apart from it.
///
/// Without an instance, a NAT gateway or one of the keys that say otherwise, it belongs to a service
/// of the provider that answers for itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Interface {
    #[serde(flatten)]
    pub(crate) plug: Plug,
    /// `false`: packets that are neither from nor for one of its addresses are let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_dest_check: Option<bool>,
    /// The instance it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<Name>,
    /// `false`: it is plugged into nothing, and receives no packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attached: Option<bool>,
    /// It belongs to something whose ways are not modelled: the fact says whether that takes and
    /// answers what the filters let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unmodelled: Option<Name>,
    /// The load balancer it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load_balancer: Option<Name>,
    /// `true`: it belongs to a gateway that carries packets on, and takes none for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway: Option<bool>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// What every interface has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Plug {
    /// The subnet it is in.
    pub(crate) subnet: Name,
    /// Its addresses inside the VPC, the primary one first.
    pub(crate) addresses: OneOrMore<Address>,
    /// Its security groups, in order; needed where any file has security groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_groups: Option<Vec<Name>>,
    /// `false`: no security group filters it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port_security: Option<bool>,
    /// `true`: the provider refuses it any traffic through an Internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet_gateway_denied: Option<bool>,
    /// Whether that goes for egress-only gateways too; without it, it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) egress_only_gateway_denied: Option<bool>,
}

/// A route of an instance, for what it forwards.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostRoute {
    /// The block of the destinations.
    pub(crate) destination: Block,
    /// The interface of the instance by which they leave.
    pub(crate) interface: Name,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// A service that listens.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// A name, such as `postgres`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
    /// `tcp` or `udp`.
    pub(crate) protocol: ProtocolName,
    /// The ports it listens on.
    pub(crate) ports: OneOrMore<Ports>,
    /// The addresses it listens on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<Listen>,
    /// The interface it listens on, instead of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interface: Option<Name>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}
