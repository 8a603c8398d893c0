//! Edits that let packets through the firewalls of hosts and clouds, and the access lists of listeners.

use canreach_model::{
    Border, ChainRule, ChainVerdict, CloudFirewallId, ConnectionState, FirewallList,
    HostFirewallKind, InstanceId, InterfaceId, Layer, PacketMatch, Pass, Rule, RuleOwner,
    Valuation,
};

use super::{
    Edit,
    apply::proposed,
    filters::{Shut, allow, change_field},
    matching::{Sides, Wanted},
};
use crate::near::{self, Decider};

impl Wanted<'_> {
    /// Ways through a cloud firewall at one of its borders.
    pub(super) fn open_border(
        &self,
        shut: Shut<'_>,
        firewall: CloudFirewallId,
        border: Border,
    ) -> Vec<Vec<Edit>> {
        let direction = shut.checkpoint.direction;
        let matches = self.packets(shut.pass, shut.header, direction, Sides::Both);
        let add = |list, before| {
            let owner = RuleOwner::CloudFirewall(firewall, border, list);
            vec![Edit::AddRule { owner, direction, before, rule: allow(matches.clone()) }]
        };
        let rules = self.network.cloud_firewalls[firewall].at(border);
        let mut ways = Vec::new();
        let decider = self.decider(shut);
        match decider.rule.map(|rule| (rule.owner, rule.index)) {
            Some((RuleOwner::CloudFirewall(_, _, FirewallList::Rules), index)) => {
                ways.push(add(FirewallList::Rules, index));
            }
            // Nothing but the white list comes before the black list.
            Some(_) => ways.push(add(FirewallList::White, rules.white_list.len())),
            None => ways.push(add(FirewallList::Rules, rules.rules.of(direction).len())),
        }
        ways.extend(self.near(shut).iter().filter_map(|near| self.change(shut, near)));
        ways.extend(self.remove(decider.rule));
        ways
    }

    /// Ways through the access list of a listener, which speaks of sources alone.
    pub(super) fn open_access(&self, shut: Shut<'_>, owner: RuleOwner) -> Vec<Vec<Edit>> {
        let direction = shut.checkpoint.direction;
        let source = self.packets(shut.pass, shut.header, direction, Sides::Far).source;
        let rule = allow(PacketMatch { source, ..PacketMatch::everything() });
        let decider = self.decider(shut);
        let end = || self.network.rules_of(owner, direction).len();
        let before = decider.rule.map_or_else(end, |rule| rule.index);
        let mut ways = vec![vec![Edit::AddRule { owner, direction, before, rule }]];
        ways.extend(self.remove(decider.rule));
        ways
    }

    /// Ways through the firewall of a host.
    pub(super) fn open_host(&self, shut: Shut<'_>, interface: InterfaceId) -> Vec<Vec<Edit>> {
        let Some(instance) = self.network.instance_of(interface) else { return Vec::new() };
        let Some(firewall) = &self.network.instances[instance].firewall else { return Vec::new() };
        let rule = self.accepting(shut);
        let add = |chain, before| {
            vec![Edit::AddChainRule { instance, chain, before, rule: rule.clone() }]
        };
        let decider = self.decider(shut);
        let mut ways = Vec::new();
        match (decider.rule.map(|rule| (rule.owner, rule.index)), decider.default) {
            (Some((RuleOwner::HostChain(_, chain), index)), _) => {
                // On Windows what blocks comes before what allows, whatever the order.
                match firewall.kind {
                    HostFirewallKind::Linux => ways.push(add(chain, index)),
                    HostFirewallKind::Windows => {
                        ways.extend(self.leave_out(shut, instance, chain, index));
                    }
                }
                ways.extend(self.change_chain_rules(shut, instance));
                ways.push(vec![Edit::RemoveChainRule { instance, chain, index }]);
            }
            (None, Some(RuleOwner::HostChain(_, chain))) => {
                let rules = firewall.chains.get(chain).map_or(&[][..], |it| it.rules.as_slice());
                let leaves = |rule: &ChainRule| {
                    matches!(rule.verdict, ChainVerdict::Return | ChainVerdict::Goto(_))
                };
                // What leaves the chain before its end does not come by a rule there.
                let before = if rules.iter().any(leaves) { 0 } else { rules.len() };
                ways.push(add(chain, before));
                ways.extend(self.change_chain_rules(shut, instance));
            }
            (None | Some(_), _) => {}
        }
        ways
    }

    /// A rule that blocks, without the ports asked about.
    fn leave_out(
        &self,
        shut: Shut<'_>,
        instance: InstanceId,
        chain: usize,
        index: usize,
    ) -> Option<Vec<Edit>> {
        let mut into = self.network.chain_rule(instance, chain, index)?.clone();
        let exact = into.matches.protocol == Some(shut.header.transport.protocol());
        let left = into.matches.destination_ports.difference(&self.traffic.destination_ports);
        if !exact || shut.header.transport.ports().is_none() || left.is_empty() {
            return None;
        }
        into.matches.destination_ports = left;
        Some(vec![Edit::ChangeChainRule { instance, chain, index, into }])
    }

    /// A rule that accepts exactly what is asked about, as it stood at the host.
    fn accepting(&self, shut: Shut<'_>) -> ChainRule {
        let direction = shut.checkpoint.direction;
        let sides = match shut.checkpoint.layer {
            Layer::HostForwarding(..) => Sides::Both,
            Layer::HostFirewall(_)
            | Layer::SecurityGroups(_)
            | Layer::NetworkAcl(..)
            | Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::Listener(..) => Sides::FarAndPorts,
        };
        let answers = || vec![ConnectionState::Established];
        ChainRule {
            name: None,
            matches: self.packets(shut.pass, shut.header, direction, sides),
            states: (shut.pass == Pass::Reply).then(answers),
            input: None,
            output: None,
            verdict: ChainVerdict::Accept,
            origin: proposed(),
        }
    }

    /// Near misses among the rules of chains, changed so that they match.
    fn change_chain_rules(&self, shut: Shut<'_>, instance: InstanceId) -> Vec<Vec<Edit>> {
        let direction = shut.checkpoint.direction;
        let wanted = self.packets(shut.pass, shut.header, direction, Sides::FarAndPorts);
        let changed = self.near(shut).into_iter().filter_map(|near| {
            let RuleOwner::HostChain(_, chain) = near.rule.owner else { return None };
            let index = near.rule.index;
            let mut into = self.network.chain_rule(instance, chain, index)?.clone();
            let ([field], ChainVerdict::Accept) = (near.differs.as_slice(), into.verdict) else {
                return None;
            };
            if near.rule.direction != direction {
                // Another chain is for the other direction; a rule there is not moved.
                return None;
            }
            change_field(&mut into.matches, *field, direction, &wanted, shut.header)?;
            Some(vec![Edit::ChangeChainRule { instance, chain, index, into }])
        });
        changed.collect()
    }

    pub(super) fn decider(&self, shut: Shut<'_>) -> Decider {
        near::decider(self.network, shut.stopped(), &Valuation::default())
    }
}

/// Returns a rule that drops what another one accepts.
pub(super) fn dropping(matches: PacketMatch) -> ChainRule {
    ChainRule {
        name: None,
        matches,
        states: None,
        input: None,
        output: None,
        verdict: ChainVerdict::Drop,
        origin: proposed(),
    }
}

/// Returns a rule that denies what another one allows.
pub(super) fn deny(matches: PacketMatch) -> Rule {
    Rule { action: canreach_model::Action::Deny, ..allow(matches) }
}
