//! Security groups, network ACLs and their rules.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, IcmpNumber, Name, OneOrMore, Origin, Ports, ProtocolName, Range, Text};

/// A security group. Without rules for a direction, nothing passes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroup {
    /// The only VPC in which it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Name>,
    /// Rules for packets towards the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingress: Option<Vec<IngressRule>>,
    /// Rules for packets from the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) egress: Option<Vec<EgressRule>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A network ACL. Without rules for a direction, nothing passes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkAcl {
    /// The only VPC in which it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Name>,
    /// Rules for packets into the subnet, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingress: Option<Vec<AclRule>>,
    /// Rules for packets out of the subnet, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) egress: Option<Vec<AclRule>>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// An ingress rule of a security group. What it does not mention matches everything.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IngressRule {
    #[serde(flatten)]
    pub(crate) head: GroupRule,
    /// The addresses that the packet comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<GroupEnd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub(crate) destination: Option<GroupEnd>,
    #[serde(flatten)]
    pub(crate) service: ServiceMatch,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(crate) odd: OddGroupRule,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// An egress rule of a security group. What it does not mention matches everything.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EgressRule {
    #[serde(flatten)]
    pub(crate) head: GroupRule,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub(crate) source: Option<GroupEnd>,
    /// The addresses that the packet goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination: Option<GroupEnd>,
    #[serde(flatten)]
    pub(crate) service: ServiceMatch,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(crate) odd: OddGroupRule,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// How a rule of a security group begins.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct GroupRule {
    /// The provider's id of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// What happens to a packet that matches; without it, it is let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<Action>,
    /// When it is tried: 1 first. Without it, the default of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) priority: Option<u16>,
    /// The address family; without it, both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<Family>,
    /// The protocol; without it, every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<ProtocolName>,
}

/// What no group rule of any cloud has, though a network may; only in records, and no part of the
/// schema.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OddGroupRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_ports: Option<OneOrMore<Ports>>,
}

/// A rule of a network ACL. What it does not mention matches everything.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AclRule {
    /// The provider's id of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// When it is tried, where the profile goes by numbers: the smallest first. Elsewhere a label,
    /// which must ascend.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32767))]
    pub(crate) number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub(crate) priority: Option<u16>,
    /// What happens to a packet that matches.
    pub(crate) action: Action,
    /// The address family; without it, both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<Family>,
    /// The protocol; without it, every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<ProtocolName>,
    /// The addresses that the packet comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<AclEnd>,
    /// The addresses that the packet goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination: Option<AclEnd>,
    /// The ports that the packet comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_ports: Option<OneOrMore<Ports>>,
    #[serde(flatten)]
    pub(crate) service: ServiceMatch,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// The ports and the kind of message that a rule matches.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ServiceMatch {
    /// The ports that the packet goes to, in both directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<OneOrMore<Ports>>,
    /// The ICMP type; without it, every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) icmp_type: Option<IcmpNumber>,
    /// The ICMP code; without it, every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) icmp_code: Option<IcmpNumber>,
}

/// How every rule ends.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct RuleRest {
    /// A fact that must be true as well for the rule to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved: Option<Name>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// What a rule does with a packet that matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    #[default]
    Allow,
    Deny,
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Family {
    Ipv4,
    Ipv6,
}

/// One end of a rule of a security group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum GroupEnd {
    Range(Range),
    SecurityGroup(SecurityGroupEnd),
    AddressGroup(AddressGroupEnd),
}

/// One end of a rule of a network ACL.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum AclEnd {
    Range(Range),
    AddressGroup(AddressGroupEnd),
    /// No ACL of any cloud matches groups, though a network may; only in records.
    #[schemars(skip)]
    SecurityGroup(SecurityGroupEnd),
}

/// The addresses of the interfaces in a security group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroupEnd {
    /// The security group.
    pub(crate) security_group: Name,
}

/// The addresses of an address group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressGroupEnd {
    /// The address group.
    pub(crate) address_group: Name,
}
