//! Firewalls of hosts and of clouds.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    About, AclEnd, Action, Family, Name, OneOrMore, Origin, Ports, ProtocolName, RuleRest,
    ServiceMatch, Text,
};

/// The firewall of an instance: `chains`, or `windows`.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostFirewall {
    /// What to call the firewall with these chains; `linux` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<HostFirewallKind>,
    /// Its chains, as the Linux kernel has them. `[]`: everything passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chains: Option<Vec<Chain>>,
    /// The rules of a Windows Defender Firewall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) windows: Option<Windows>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Which firewall it is.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HostFirewallKind {
    Linux,
    Windows,
}

/// An ordered list of rules.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chain {
    /// Its name, such as `INPUT`.
    pub(crate) name: Text,
    /// Where packets enter it; without it, other chains lead here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hook: Option<Hook>,
    /// What happens at its end, for a chain with a hook; `accept` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<Policy>,
    /// Its rules, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<ChainRule>>,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Where packets enter a chain.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hook {
    Input,
    Output,
    Forward,
}

/// What happens at the end of a chain with a hook.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Policy {
    Accept,
    Drop,
}

/// A rule of a chain. What it does not mention matches everything.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainRule {
    /// A name or comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
    /// How the packet relates to what the instance has seen; without it, anyhow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<OneOrMore<State>>,
    #[serde(flatten)]
    pub(crate) matches: AddressedMatch,
    /// The interface it came to; without it, any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Name>,
    /// The interface it leaves by; without it, any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Name>,
    /// What happens to a packet that matches.
    pub(crate) verdict: Verdict,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// The packets that a rule by addresses matches.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct AddressedMatch {
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
}

/// How a packet relates to what an instance has seen.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    New,
    Established,
    #[expect(dead_code, reason = "only its schema is wanted: it matches nothing that is modelled")]
    Related,
    Invalid,
}

/// What a rule of a chain does with a packet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Verdict {
    Word(VerdictWord),
    Jump(Jump),
    Goto(Goto),
}

/// What a rule of a chain does with a packet by itself.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictWord {
    Accept,
    Drop,
    Reject,
    Return,
}

/// The packet goes through another chain, and comes back after it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jump {
    /// The chain.
    pub(crate) jump: Name,
}

/// The packet goes through another chain, and does not come back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goto {
    /// The chain.
    pub(crate) goto: Name,
}

/// A Windows Defender Firewall. Block rules count before allow rules.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Windows {
    /// Whether it is switched on; without it, it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enabled: Option<bool>,
    /// The active profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<WindowsProfile>,
    /// What happens to packets for the instance that no rule matches; `block` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inbound: Option<WindowsAction>,
    /// What happens to packets from the instance that no rule matches; `allow` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbound: Option<WindowsAction>,
    /// Its rules, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<WindowsRule>>,
}

/// A profile of a Windows firewall.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is wanted: the writer writes chains")]
pub(crate) enum WindowsProfile {
    Domain,
    Private,
    Public,
}

/// What a Windows firewall does with a packet.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is wanted: the writer writes chains")]
pub(crate) enum WindowsAction {
    Allow,
    Block,
}

/// Whether a rule is for packets for the instance or from it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is wanted: the writer writes chains")]
pub(crate) enum WindowsDirection {
    Inbound,
    Outbound,
}

/// A rule of a Windows firewall. What it does not mention matches everything.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowsRule {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
    /// Whether it is switched on; without it, it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enabled: Option<bool>,
    /// Which packets it is for.
    pub(crate) direction: WindowsDirection,
    /// What happens to a packet that matches.
    pub(crate) action: WindowsAction,
    /// The profiles in which it counts; without it, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profiles: Option<OneOrMore<WindowsProfile>>,
    /// The address family; without it, both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<Family>,
    /// The protocol; without it, every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<ProtocolName>,
    /// The addresses of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<AclEnd>,
    /// The addresses of the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local: Option<AclEnd>,
    /// The ports that the packet comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_ports: Option<OneOrMore<Ports>>,
    #[serde(flatten)]
    pub(crate) service: ServiceMatch,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// A cloud firewall, with rules at its borders. A border left out lets everything pass.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudFirewall {
    /// Whether replies to what it let through pass; without it, as the settings say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stateful: Option<bool>,
    /// Before public addresses, which it sees, not what these stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet: Option<Border>,
    /// Between VPCs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<VpcBorder>,
    /// At NAT gateways, on their private side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nat: Option<Border>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// A border of a cloud firewall: the white list counts first, then the black list, then the rules.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Border {
    #[serde(flatten)]
    pub(crate) lists: BorderLists,
    /// Rules for what comes in, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inbound: Option<Vec<BorderRule>>,
    /// Rules for what goes out, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbound: Option<Vec<BorderRule>>,
}

/// The border between VPCs, which has one direction.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VpcBorder {
    #[serde(flatten)]
    pub(crate) lists: BorderLists,
    /// Its rules, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<BorderRule>>,
}

/// What every border has.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct BorderLists {
    /// What happens to a packet that nothing matches; `allow` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Action>,
    /// What always passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) white_list: Option<Vec<Listed>>,
    /// What never passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) black_list: Option<Vec<Listed>>,
}

/// An entry of a white or black list. What it does not mention matches everything.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    /// The provider's id of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    #[serde(flatten)]
    pub(crate) matches: AddressedMatch,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}

/// A rule of a cloud firewall. What it does not mention matches everything.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BorderRule {
    /// The provider's id of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Text>,
    /// What happens to a packet that matches.
    pub(crate) action: Action,
    #[serde(flatten)]
    pub(crate) matches: AddressedMatch,
    /// A domain instead of the destination: whether a packet goes there is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<Text>,
    /// An application: whether a packet belongs to it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) application: Option<Text>,
    #[serde(flatten)]
    pub(crate) rest: RuleRest,
}
