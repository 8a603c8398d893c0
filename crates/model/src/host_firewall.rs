//! The firewall of an instance: ordered chains, as the Linux kernel has them.
//!
//! A Windows rule set is written with the same chains: what answers a connection is accepted, then
//! block rules, then allow rules, then the profile's default. How chains are run through is in
//! `docs/forwarding.md` §8b; nothing here decides anything.

use crate::{InterfaceId, Origin, PacketMatch};

/// The firewall of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFirewall {
    /// What it is, for those who read answers.
    pub kind: HostFirewallKind,
    /// Its chains. Base chains of one hook are run through in this order; no chain leads back to
    /// itself.
    pub chains: Vec<Chain>,
    /// Where it is written.
    pub origin: Origin,
}

/// Which firewall it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostFirewallKind {
    /// nftables or iptables.
    Linux,
    /// Windows Defender Firewall.
    Windows,
}

/// An ordered list of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its name, such as `INPUT`.
    pub name: String,
    /// Where packets enter it, with what happens to those that reach its end; `None` for a chain
    /// that only other chains lead to.
    pub base: Option<(HookPoint, Policy)>,
    /// The rules, in order.
    pub rules: Vec<ChainRule>,
    /// Where it is written.
    pub origin: Origin,
}

/// Where packets enter a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HookPoint {
    /// Packets for the instance itself.
    Input,
    /// Packets from the instance itself.
    Output,
    /// Packets that it forwards.
    Forward,
}

/// What happens to a packet that reaches the end of a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Policy {
    /// It passes this chain.
    Accept,
    /// It is dropped.
    Drop,
}

/// One rule of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRule {
    /// A name or comment, where it has one.
    pub name: Option<String>,
    /// Which packets, by their headers. Security groups are not known to hosts.
    pub matches: PacketMatch,
    /// Which packets, by their connection; every one when `None`.
    pub states: Option<Vec<ConnectionState>>,
    /// The interface they came to; any when `None`. Never matches what the instance sends itself.
    pub input: Option<InterfaceId>,
    /// The interface they leave by; any when `None`. Never matches what the instance receives.
    pub output: Option<InterfaceId>,
    /// What happens to a packet that matches.
    pub verdict: ChainVerdict,
    /// Where the rule is written.
    pub origin: Origin,
}

/// What a rule of a chain does with a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChainVerdict {
    /// The packet passes the base chain it entered by.
    Accept,
    /// It is dropped in silence.
    Drop,
    /// It is dropped, and the sender told.
    Reject,
    /// It goes through the chain at this position, and comes back after it.
    Jump(usize),
    /// It goes through the chain at this position, and from its end to where this chain was jumped to
    /// from.
    Goto(usize),
    /// It leaves this chain, as at its end.
    Return,
}

/// How a packet relates to what the instance has seen (`conntrack`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConnectionState {
    /// It begins a connection: every request, and a reply without ports or ICMP type whose request
    /// was not seen, or one of UDP.
    New,
    /// It answers a request that was seen.
    Established,
    /// It is no beginning and answers nothing seen: a TCP or ICMP reply whose request was not seen.
    Invalid,
}
