//! VPCs, subnets, gateways and the other objects without parts of their own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Address, Block, Name, OneOrMore, Origin, OwnSettings, Parameters, ProfileName, Range, TagValue,
    Text,
};

/// What every object may say about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct About {
    /// The provider's id, where that is not the name above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// What people call it, where that differs from the name above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
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
    pub(crate) tags: Option<BTreeMap<String, TagValue>>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// A virtual private cloud: one address space with one router.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vpc {
    /// Its address blocks, of either family.
    pub(crate) cidrs: OneOrMore<Block>,
    /// How its cloud treats packets; without it, as the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<ProfileName>,
    /// What holds in this VPC of what sources disagree about; without it, as the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) settings: Option<OwnSettings>,
    /// Where its cloud behaves otherwise than the profile says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<Parameters>,
    /// The table that subnets without one of their own use; without it, the VPC's table `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_route_table: Option<Name>,
    /// Where interfaces may be missing here: the fact says whether one of those has an address that no
    /// interface has, and answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unlisted: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A subnet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subnet {
    /// The VPC it belongs to.
    pub(crate) vpc: Name,
    /// Its address blocks, of either family.
    pub(crate) cidrs: OneOrMore<Block>,
    /// The table that routes what leaves its interfaces; without it, the VPC's default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table: Option<Name>,
    /// The ACL that filters at its edge; without it, nothing is filtered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_acl: Option<Name>,
    /// Its availability zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<Text>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A list of addresses that rules refer to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressGroup {
    /// The addresses.
    pub(crate) entries: Vec<Entry>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// One entry of an address group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Entry {
    /// As people write it; the writer always says where an entry comes from.
    #[expect(dead_code, reason = "only its schema is wanted")]
    Plain(Range),
    Told(ToldEntry),
}

/// An entry that says where it comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToldEntry {
    /// The addresses.
    pub(crate) range: Range,
    /// Where it comes from, if not from here.
    pub(crate) origin: Origin,
}

/// A peering between two VPCs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peering {
    /// The VPC that asked for it.
    pub(crate) requester: Name,
    /// The VPC that was asked.
    pub(crate) accepter: Name,
    /// How far it has come.
    #[serde(default)]
    pub(crate) status: PeeringStatus,
    /// The cloud firewall between the two, by its VPC border.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) firewall: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// How far a peering has come; only an active one forwards.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeeringStatus {
    #[default]
    Active,
    PendingAcceptance,
    Rejected,
    Expired,
    Deleted,
}

/// An Internet gateway.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InternetGateway {
    /// The VPC it is attached to; without it, to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Name>,
    /// Whether it carries only IPv6 packets out and their replies back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) egress_only: Option<bool>,
    /// The table that routes what enters through it, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A public address and what it stands for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicAddress {
    /// The address.
    pub(crate) address: Address,
    /// The interface, or the only interface of the instance, for which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interface: Option<Name>,
    /// The address of the interface for which it stands; without it, the first IPv4 one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_address: Option<Address>,
    /// The NAT gateway for which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nat_gateway: Option<Name>,
    /// The virtual address for which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) virtual_address: Option<Name>,
    /// It stands for something not described: the fact says whether that takes packets and answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved: Option<Name>,
    /// The cloud firewall that protects it, by its Internet border.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) firewall: Option<Name>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A named network on the Internet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutsideNetwork {
    /// Its public address blocks.
    pub(crate) cidrs: OneOrMore<Block>,
    #[serde(flatten)]
    pub(crate) about: About,
}
