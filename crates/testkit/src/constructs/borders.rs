//! Cloud firewalls.

use canreach_model::{Action, BorderRules, CloudFirewall, Network, Rule, RuleSet};

use super::{Construct, construct, each, each_of, put, remove, turn};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("cloud firewall: Internet border", |network| {
        firewalls(network, |firewall| put(&mut firewall.internet, BorderRules::default()))
    }),
    construct("cloud firewall: VPC border", |network| {
        firewalls(network, |firewall| put(&mut firewall.vpc, BorderRules::default()))
    }),
    construct("cloud firewall: NAT border", |network| {
        firewalls(network, |firewall| put(&mut firewall.nat, BorderRules::default()))
    }),
    construct("cloud firewall: at a peering", |network| {
        each(&mut network.peerings, |peering| put(&mut peering.firewall, None))
    }),
    construct("cloud firewall: at a transit gateway", |network| {
        each(&mut network.transit_gateways, |gateway| put(&mut gateway.firewall, None))
    }),
    construct("cloud firewall: white list", |network| {
        borders(network, |border| remove(&mut border.white_list, |_| true))
    }),
    construct("cloud firewall: black list", |network| {
        borders(network, |border| remove(&mut border.black_list, |_| true))
    }),
    construct("cloud firewall: rules", |network| {
        borders(network, |border| put(&mut border.rules, RuleSet::default()))
    }),
    construct("cloud firewall: default deny", |network| {
        borders(network, |border| put(&mut border.default, Action::Allow))
    }),
    construct("cloud firewall: stateful", |network| {
        firewalls(network, |firewall| turn(&mut firewall.stateful))
    }),
    construct("cloud firewall: unresolved rules (domains)", |network| {
        borders(network, |border| {
            let BorderRules { white_list, black_list, rules, .. } = border;
            let lists = [white_list, black_list, &mut rules.ingress, &mut rules.egress];
            each_of(lists.into_iter().flatten(), |rule: &mut Rule| {
                put(&mut rule.matches.unresolved, None)
            })
        })
    }),
];

fn firewalls(network: &mut Network, change: impl FnMut(&mut CloudFirewall) -> bool) -> bool {
    each(&mut network.cloud_firewalls, change)
}

fn borders(network: &mut Network, mut change: impl FnMut(&mut BorderRules) -> bool) -> bool {
    firewalls(network, |firewall| {
        let CloudFirewall { internet, vpc, nat, .. } = firewall;
        each_of([internet, vpc, nat], &mut change)
    })
}
