//! Firewalls of hosts: chains as on Linux, and rule sets as on Windows.

use canreach_model::{
    AddressMatch, ChainRule, ChainVerdict, ConnectionState, Direction, HookPoint, InstanceId,
    InterfaceId, PacketMatch, Polarity, Policy,
};

use super::{Maker, features::Feature};
use crate::builder::{base_chain, chain, chain_rule, in_states};

impl Maker {
    pub(super) fn add_host_firewalls(&mut self) {
        if !self.has(Feature::HostFirewall) {
            let network = &self.builder.network;
            let all = self.forwarders.iter().filter_map(|(_, id)| network.instance_of(*id));
            for instance in all.collect::<Vec<InstanceId>>() {
                if self.random.chance(50) {
                    self.add_linux_firewall(instance);
                }
            }
            return;
        }
        let instances: Vec<InstanceId> = self.builder.network.instances.ids().collect();
        for instance in instances {
            match self.random.between(0, 9) {
                0..=4 => self.add_linux_firewall(instance),
                5..=7 => self.add_windows_firewall(instance),
                _ => {}
            }
        }
    }

    fn add_windows_firewall(&mut self, instance: InstanceId) {
        let mut inbound = Vec::new();
        for _ in 0..self.random.pick(&[0, 0, 1]) {
            inbound.push(self.chain_rule(instance, Direction::Ingress, ChainVerdict::Drop));
        }
        if !self.breaks() {
            let mut open = chain_rule(ChainVerdict::Accept);
            if self.random.chance(50) {
                self.narrow_protocol(&mut open.matches);
            }
            inbound.push(open);
        }
        let mut outbound = Vec::new();
        for _ in 0..self.random.pick(&[0, 0, 0, 1]) {
            outbound.push(self.chain_rule(instance, Direction::Egress, ChainVerdict::Drop));
        }
        self.builder.windows_firewall(instance, inbound, outbound);
    }

    fn add_linux_firewall(&mut self, instance: InstanceId) {
        let mut chains = Vec::new();
        // Base chains first; those that they lead to stand behind them, each leads only further on.
        let mut hooks = vec![HookPoint::Input, HookPoint::Output, HookPoint::Forward];
        if self.random.chance(35) {
            hooks.push(self.random.pick(&[
                HookPoint::Input,
                HookPoint::Output,
                HookPoint::Forward,
            ]));
        }
        let extra = self.random.pick(&[0, 1, 2]);
        let count = hooks.len() + extra;
        for hook in hooks {
            let policy = self.random.pick(&[Policy::Accept, Policy::Accept, Policy::Drop]);
            let first_extra = count - extra;
            let rules = self.base_rules(instance, hook, policy, first_extra..count);
            chains.push(base_chain(&format!("{hook:?}"), hook, policy, rules));
        }
        for number in count - extra..count {
            let rules = self.extra_rules(instance, number + 1..count);
            chains.push(chain(&format!("extra{number}"), rules));
        }
        self.builder.host_firewall(instance, chains);
    }

    /// Rules that let most packets through in the end.
    fn base_rules(
        &mut self,
        instance: InstanceId,
        hook: HookPoint,
        policy: Policy,
        extra: std::ops::Range<usize>,
    ) -> Vec<ChainRule> {
        let direction = match hook {
            HookPoint::Input | HookPoint::Forward => Direction::Ingress,
            HookPoint::Output => Direction::Egress,
        };
        let mut rules = Vec::new();
        if self.random.chance(65) {
            let established = [ConnectionState::Established];
            rules.push(in_states(chain_rule(ChainVerdict::Accept), &established));
        }
        if self.random.chance(25) {
            let invalid = [ConnectionState::Invalid];
            rules.push(in_states(chain_rule(ChainVerdict::Drop), &invalid));
        }
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let verdict = self.verdict(extra.clone());
            rules.push(self.chain_rule(instance, direction, verdict));
        }
        if policy == Policy::Drop && !self.breaks() {
            let mut last = chain_rule(ChainVerdict::Accept);
            match self.random.between(0, 9) {
                0..=2 => self.narrow_protocol(&mut last.matches),
                3..=5 => last = in_states(last, &[ConnectionState::New]),
                _ => {}
            }
            rules.push(last);
        }
        rules
    }

    fn extra_rules(
        &mut self,
        instance: InstanceId,
        further: std::ops::Range<usize>,
    ) -> Vec<ChainRule> {
        let mut rules = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let direction = self.random.pick(&[Direction::Ingress, Direction::Egress]);
            let verdict = self.verdict(further.clone());
            rules.push(self.chain_rule(instance, direction, verdict));
        }
        if self.random.chance(60) {
            let all = [ChainVerdict::Accept, ChainVerdict::Drop, ChainVerdict::Return];
            rules.push(chain_rule(self.random.pick(&all)));
        }
        rules
    }

    fn verdict(&mut self, chains: std::ops::Range<usize>) -> ChainVerdict {
        let chains: Vec<usize> = chains.collect();
        let chosen = self.random.pick_any(&chains);
        match (self.random.between(0, 9), chosen) {
            (0..=3, Some(chain)) => ChainVerdict::Jump(chain),
            (4..=5, Some(chain)) => ChainVerdict::Goto(chain),
            (6, _) => ChainVerdict::Return,
            (7, _) => ChainVerdict::Reject,
            (8, _) => ChainVerdict::Drop,
            _ => ChainVerdict::Accept,
        }
    }

    fn chain_rule(
        &mut self,
        instance: InstanceId,
        direction: Direction,
        verdict: ChainVerdict,
    ) -> ChainRule {
        let mut rule = chain_rule(verdict);
        if self.random.chance(40) {
            let ranges = self.ranges();
            let far = AddressMatch::Range(self.random.pick(&ranges));
            let PacketMatch { source, destination, .. } = &mut rule.matches;
            match direction {
                Direction::Ingress => *source = far,
                Direction::Egress => *destination = far,
            }
        }
        self.narrow_protocol(&mut rule.matches);
        if self.random.chance(15) {
            let all =
                [ConnectionState::New, ConnectionState::Established, ConnectionState::Invalid];
            let state = self.random.pick(&all);
            rule.states = Some(vec![state]);
        }
        let own: Vec<InterfaceId> = self.interfaces_of(instance);
        if self.random.chance(20) {
            rule.input = self.random.pick_any(&own);
        } else if self.random.chance(15) {
            rule.output = self.random.pick_any(&own);
        }
        let unresolved = self.random.chance(15);
        rule.matches.unresolved = match verdict {
            ChainVerdict::Accept => self.fact_if(unresolved, Polarity::Helps),
            ChainVerdict::Drop | ChainVerdict::Reject => {
                self.fact_if(unresolved, Polarity::Hinders)
            }
            ChainVerdict::Jump(_) | ChainVerdict::Goto(_) | ChainVerdict::Return => {
                self.fact_if(unresolved, Polarity::Neither)
            }
        };
        rule
    }
}
