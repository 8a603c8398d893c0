//! How a cloud treats packets: profiles, settings and single parameters.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Block, Name, Ports, ProtocolName};

/// How a cloud treats packets (docs/profiles.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProfileName {
    Huawei,
    HuaweiAllowOnly,
    Aws,
    Generic,
}

/// Decides what sources disagree about (docs/profiles.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The priority of a security-group rule that does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) default_priority: Option<u16>,
    /// Whether packets may go from one peering into another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peering_to_peering: Option<bool>,
    /// Whether cloud firewalls let replies to what they let through pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_firewall_stateful: Option<bool>,
}

/// Decides for one VPC what sources disagree about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnSettings {
    /// The priority of a security-group rule that does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_priority: Option<Setting<u16>>,
    /// Whether packets may go from one peering into another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peering_to_peering: Option<Setting<bool>>,
}

/// A value, or one that depends on a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum Setting<T> {
    Decided(T),
    Open(OpenSetting<T>),
}

/// A value that depends on a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct OpenSetting<T> {
    /// The fact.
    pub(crate) unresolved: Name,
    /// The value if it is true.
    pub(crate) if_true: T,
    /// The value if it is false.
    pub(crate) if_false: T,
}

/// Where a cloud behaves otherwise than its profile says (docs/profiles.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// How security groups decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_group: Option<SecurityGroupParameters>,
    /// How network ACLs decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_acl: Option<NetworkAclParameters>,
    /// How packets find their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routing: Option<RoutingParameters>,
    /// What may leave a VPC again after it came across a peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peering: Option<PeeringParameters>,
    /// What NAT gateways do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) translation: Option<TranslationParameters>,
    /// The ports from which clients send, unless they ask for another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ephemeral_ports: Option<Ports>,
    /// Destination ports that carriers may block on the Internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) high_risk_ports: Option<Vec<HighRiskPorts>>,
}

/// How security groups decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroupParameters {
    /// How the rules of the groups on one interface combine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) combine: Option<Combine>,
    /// Whether the reply to a request that passed is let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stateful: Option<bool>,
    /// Which addresses of its members a reference to a group stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_reference: Option<GroupReference>,
    /// Whether a reference to a group of another VPC counts only its members in VPCs to which this
    /// one has an active peering within one region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference_needs_peering: Option<bool>,
    /// Whether a reference to a group matches packets that an instance forwarded on their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference_when_forwarded: Option<bool>,
    /// Packets that are never filtered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exempt: Option<Vec<Exemption>>,
}

/// Ports that carriers may block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HighRiskPorts {
    /// The protocol.
    pub(crate) protocol: ProtocolName,
    /// The ports.
    pub(crate) ports: Ports,
}

/// How the rules of the groups on one interface combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Combine {
    AnyAllow,
    FirstMatch,
}

/// Which addresses of its members a reference to a group stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GroupReference {
    PrivateAddresses,
    AllAddresses,
}

/// Packets that a layer never filters: those to the block, and those from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exemption {
    /// The addresses on the far side.
    pub(crate) cidr: Block,
    /// The protocol; without it, every packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<ProtocolName>,
    /// The port on the far side; needed with a protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
}

/// How network ACLs decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkAclParameters {
    /// Whether the reply to a request that passed is let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stateful: Option<bool>,
    /// Whether packets between two interfaces of one subnet are filtered too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filters_inside_subnet: Option<bool>,
    /// Whether rules can match the source port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matches_source_port: Option<bool>,
    /// Whether rules are ordered by their number; otherwise they stand in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) numbered: Option<bool>,
    /// Packets that are never filtered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exempt: Option<Vec<Exemption>>,
}

/// How packets find their way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoutingParameters {
    /// The local routes that every table has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local_routes: Option<LocalRoutes>,
    /// Whether a local route beats a longer route that someone added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local_beats_custom: Option<bool>,
    /// How packets that enter a VPC are routed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<EntryRouting>,
    /// Whether a sender with a public address uses it instead of a default route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_address_beats_default_route: Option<bool>,
    /// What a VPC needs for traffic with the Internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet: Option<InternetAccess>,
}

/// The local routes that every table has: one for each block of the VPC, or of each of its subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LocalRoutes {
    VpcCidrs,
    SubnetCidrs,
}

/// How packets that enter a VPC are routed: to its own blocks alone, or by its default table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EntryRouting {
    LocalOnly,
    DefaultTable,
}

/// What a VPC needs for traffic with the Internet: a gateway and a public address, or the address alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum InternetAccess {
    Gateway,
    PublicAddress,
}

/// What may leave a VPC again after it came across a peering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeeringParameters {
    /// Through an Internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_internet_gateway: Option<bool>,
    /// Through a NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_nat_gateway: Option<bool>,
    /// Whether two VPCs whose blocks overlap may be peered at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overlap_allowed: Option<bool>,
}

/// What NAT gateways do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranslationParameters {
    /// The protocols they translate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocols: Option<Vec<ProtocolName>>,
    /// The ports from which they choose the new source port of TCP and UDP packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<Ports>,
}
