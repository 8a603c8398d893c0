//! What a file says about the firewalls of hosts and of clouds.

use canreach_model::{Action, ConnectionState, HookPoint, HostFirewallKind, Policy};

use super::{Origin, Rule};
use crate::{
    diagnostic::Place,
    native::node::{At, Name},
};

/// The firewall of an instance. Those of Windows are chains already.
#[derive(Debug)]
pub(in crate::native) struct HostFirewall {
    pub(in crate::native) place: Place,
    pub(in crate::native) kind: HostFirewallKind,
    pub(in crate::native) origin: Option<Origin>,
    pub(in crate::native) chains: Vec<Chain>,
}

#[derive(Debug)]
pub(in crate::native) struct Chain {
    pub(in crate::native) place: Place,
    pub(in crate::native) name: Name,
    pub(in crate::native) base: Option<(HookPoint, Policy)>,
    pub(in crate::native) origin: Option<Origin>,
    pub(in crate::native) rules: Vec<ChainRule>,
}

#[derive(Debug)]
pub(in crate::native) struct ChainRule {
    pub(in crate::native) name: Option<String>,
    pub(in crate::native) matches: Rule,
    pub(in crate::native) states: Option<Vec<ConnectionState>>,
    pub(in crate::native) input: Option<Name>,
    pub(in crate::native) output: Option<Name>,
    pub(in crate::native) verdict: Option<Verdict>,
    /// Why it is there, where nobody wrote it.
    pub(in crate::native) implied: Option<&'static str>,
}

#[derive(Debug)]
pub(in crate::native) enum Verdict {
    Accept,
    Drop,
    Reject,
    Return,
    Jump(Name),
    Goto(Name),
}

#[derive(Debug)]
pub(in crate::native) struct CloudFirewall {
    pub(in crate::native) stateful: Option<bool>,
    pub(in crate::native) internet: Option<Border>,
    pub(in crate::native) vpc: Option<Border>,
    pub(in crate::native) nat: Option<Border>,
}

/// One border; the one between VPCs has only inbound rules.
#[derive(Debug)]
pub(in crate::native) struct Border {
    pub(in crate::native) default: Action,
    pub(in crate::native) white_list: Vec<Rule>,
    pub(in crate::native) black_list: Vec<Rule>,
    pub(in crate::native) inbound: Vec<BorderRule>,
    pub(in crate::native) outbound: Vec<BorderRule>,
}

#[derive(Debug)]
pub(in crate::native) struct BorderRule {
    pub(in crate::native) rule: Rule,
    pub(in crate::native) domain: Option<At<String>>,
    pub(in crate::native) application: Option<At<String>>,
}
