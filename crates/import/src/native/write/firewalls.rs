//! Firewalls of hosts and of clouds.

use canreach_model::{
    Action, BorderRules, ChainVerdict, ConnectionState, HookPoint, PacketMatch, Policy, Rule,
};

use super::{
    Writer,
    filters::{self, ports},
    list,
    origins::text,
};
use crate::native::notation::{
    Action as WrittenAction, AddressedMatch, Border, BorderLists, BorderRule, Chain, ChainRule,
    CloudFirewall, Goto, Hook, HostFirewall, HostFirewallKind, Jump, Listed, Name, OneOrMore,
    Policy as WrittenPolicy, ProtocolName, RuleRest, State, Text, Verdict, VerdictWord, VpcBorder,
};

impl Writer<'_> {
    pub(super) fn host_firewall(&self, firewall: &canreach_model::HostFirewall) -> HostFirewall {
        fields!(firewall => canreach_model::HostFirewall { kind, chains, origin });
        let chains = firewall.chains.iter();
        HostFirewall {
            kind: match firewall.kind {
                canreach_model::HostFirewallKind::Linux => Some(HostFirewallKind::Linux),
                canreach_model::HostFirewallKind::Windows => Some(HostFirewallKind::Windows),
            },
            chains: Some(chains.map(|chain| self.chain(chain, firewall)).collect()),
            windows: None,
            origin: Some(self.origins.origin(&firewall.origin)),
        }
    }

    fn chain(
        &self,
        chain: &canreach_model::Chain,
        firewall: &canreach_model::HostFirewall,
    ) -> Chain {
        fields!(chain => canreach_model::Chain { name, base, rules, origin });
        Chain {
            name: Text::from(&*chain.name),
            hook: chain.base.map(|(hook, _)| match hook {
                HookPoint::Input => Hook::Input,
                HookPoint::Output => Hook::Output,
                HookPoint::Forward => Hook::Forward,
            }),
            policy: chain.base.map(|(_, policy)| match policy {
                Policy::Accept => WrittenPolicy::Accept,
                Policy::Drop => WrittenPolicy::Drop,
            }),
            rules: list(&chain.rules, |rule| self.chain_rule(rule, firewall)),
            origin: Some(self.origins.origin(&chain.origin)),
        }
    }

    fn chain_rule(
        &self,
        rule: &canreach_model::ChainRule,
        firewall: &canreach_model::HostFirewall,
    ) -> ChainRule {
        fields!(rule => canreach_model::ChainRule {
            name, matches, states, input, output, verdict, origin,
        });
        let states = rule.states.as_ref();
        ChainRule {
            name: text(rule.name.as_ref()),
            state: states.map(|all| OneOrMore(all.iter().map(|it| state(*it)).collect())),
            matches: self.addressed(&rule.matches),
            input: rule.input.map(|id| self.names.interfaces.of(id)),
            output: rule.output.map(|id| self.names.interfaces.of(id)),
            verdict: verdict(rule.verdict, firewall),
            rest: self.rest(&rule.matches, &rule.origin),
        }
    }

    pub(super) fn cloud_firewall(
        &self,
        name: &str,
        firewall: &canreach_model::CloudFirewall,
    ) -> CloudFirewall {
        fields!(firewall => canreach_model::CloudFirewall { meta, stateful, internet, vpc, nat });
        let any = |border: &BorderRules| *border != BorderRules::default();
        let both = |border: &BorderRules| Border {
            lists: self.lists(border),
            inbound: list(&border.rules.ingress, |rule| self.border_rule(rule)),
            outbound: list(&border.rules.egress, |rule| self.border_rule(rule)),
        };
        let vpc = &firewall.vpc;
        CloudFirewall {
            stateful: Some(firewall.stateful),
            internet: any(&firewall.internet).then(|| both(&firewall.internet)),
            vpc: any(vpc).then(|| VpcBorder {
                lists: self.lists(vpc),
                // There is one direction between VPCs.
                rules: list(&vpc.rules.ingress, |rule| self.border_rule(rule)),
            }),
            nat: any(&firewall.nat).then(|| both(&firewall.nat)),
            about: self.origins.about(&firewall.meta, name),
        }
    }

    fn lists(&self, border: &BorderRules) -> BorderLists {
        fields!(border => BorderRules { white_list, black_list, rules, default });
        BorderLists {
            default: (border.default == Action::Deny).then_some(WrittenAction::Deny),
            white_list: list(&border.white_list, |rule| self.listed(rule)),
            black_list: list(&border.black_list, |rule| self.listed(rule)),
        }
    }

    fn listed(&self, rule: &Rule) -> Listed {
        Listed {
            id: text(rule.id.as_ref()),
            matches: self.addressed(&rule.matches),
            rest: self.rest(&rule.matches, &rule.origin),
        }
    }

    fn border_rule(&self, rule: &Rule) -> BorderRule {
        BorderRule {
            id: text(rule.id.as_ref()),
            action: filters::action(rule),
            matches: self.addressed(&rule.matches),
            // What they leave open is a fact already.
            domain: None,
            application: None,
            rest: self.rest(&rule.matches, &rule.origin),
        }
    }

    pub(super) fn addressed(&self, matches: &PacketMatch) -> AddressedMatch {
        fields!(matches => PacketMatch {
            family, protocol, source, destination, source_ports, destination_ports, icmp, unresolved,
        });
        AddressedMatch {
            family: matches.family.map(filters::family),
            protocol: matches.protocol.map(ProtocolName),
            source: self.acl_end(matches.source),
            destination: self.acl_end(matches.destination),
            source_ports: ports(&matches.source_ports),
            service: filters::service(matches),
        }
    }

    pub(super) fn rest(&self, matches: &PacketMatch, origin: &canreach_model::Origin) -> RuleRest {
        RuleRest {
            unresolved: matches.unresolved.map(|fact| self.names.facts.of(fact)),
            origin: Some(self.origins.origin(origin)),
        }
    }
}

fn state(state: ConnectionState) -> State {
    match state {
        ConnectionState::New => State::New,
        ConnectionState::Established => State::Established,
        ConnectionState::Invalid => State::Invalid,
    }
}

fn verdict(verdict: ChainVerdict, firewall: &canreach_model::HostFirewall) -> Verdict {
    let name = |chain: usize| {
        Name(firewall.chains.get(chain).map(|chain| chain.name.clone()).unwrap_or_default())
    };
    match verdict {
        ChainVerdict::Accept => Verdict::Word(VerdictWord::Accept),
        ChainVerdict::Drop => Verdict::Word(VerdictWord::Drop),
        ChainVerdict::Reject => Verdict::Word(VerdictWord::Reject),
        ChainVerdict::Return => Verdict::Word(VerdictWord::Return),
        ChainVerdict::Jump(chain) => Verdict::Jump(Jump { jump: name(chain) }),
        ChainVerdict::Goto(chain) => Verdict::Goto(Goto { goto: name(chain) }),
    }
}
