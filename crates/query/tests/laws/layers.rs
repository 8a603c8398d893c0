//! Laws of the layers and objects beyond groups and ACLs.

use canreach_model::{
    AddressMatch, BalancerTarget, ChainVerdict, CloudFirewallId, FirewallList, Forwarding,
    HostFirewall, HostFirewallKind, Network, TransitRoute, TransitTarget,
};
use canreach_net::{AddressRange, IpNet};
use canreach_query::Answer;
use canreach_testkit::{
    builder::{self, chain_rule},
    constructs::{Construct, constructs},
};

use crate::{Case, VERDICT, check, check_where, edit, openness};

/// Changes that let packets pass where they were stopped, and change nothing else.
const LOOSEN: [&str; 19] = [
    "security group",
    "network acl",
    "listening services",
    "listening on loopback",
    "listening on one address",
    "listening on one family",
    "listening at one interface",
    "host firewall: Linux",
    "host firewall: Windows",
    "host firewall: policy drop",
    "host firewall: several base chains",
    "cloud firewall: black list",
    "cloud firewall: default deny",
    "load balancer: access list",
    "source/destination check",
    "forwarding switched off",
    "transit: missing association",
    "transit: blackhole route",
    "Internet gateway: traffic denied",
];

/// Changes that stop packets, and change nothing else.
const TIGHTEN: [&str; 6] = [
    "host firewall: accept",
    "cloud firewall: white list",
    "forwarding switched on",
    "transit gateway",
    "virtual address",
    "virtual address: several holders",
];

impl Case {
    /// Checks that a change made nothing more reachable.
    #[track_caller]
    fn not_more(&self, changed: &Answer, what: &str) {
        let closed = openness(self.answer.answered) >= openness(changed.answered)
            && openness(self.answer.delivered) >= openness(changed.delivered);
        self.holds(closed, changed, what);
    }

    #[track_caller]
    fn as_before(&self, changed: &Answer, what: &str) {
        let same =
            self.answer.delivered == changed.delivered && self.answer.answered == changed.answered;
        self.holds(same, changed, what);
    }

    /// The network without one of these constructs, where it has any.
    fn without_one_of(&self, names: &[&str]) -> Option<(&'static str, Network)> {
        let without = |construct: Construct| {
            let mut network = self.network.clone();
            (construct.neutralise)(&mut network).then_some((construct.name, network))
        };
        let all = constructs().into_iter().filter(|construct| names.contains(&construct.name));
        let found: Vec<_> = all.filter_map(without).collect();
        self.random().pick_any(&found)
    }

    /// Prefixes of one address each: those of the ends asked about, and others.
    fn single_prefixes(&self) -> Vec<IpNet> {
        let asked = self.question.destinations.iter();
        let asked = asked.flat_map(|end| end.addresses.ranges().map(AddressRange::first));
        let interfaces = self.network.interfaces.iter();
        let others = interfaces.flat_map(|(_, interface)| interface.addresses.clone());
        asked.chain(others).map(IpNet::from).collect()
    }
}

fn has_chains(network: &Network) -> bool {
    network.instances.iter().any(|(_, instance)| instance.firewall.is_some())
}

fn has_cloud_firewall(network: &Network) -> bool {
    !network.cloud_firewalls.is_empty()
}

fn has_balancer(network: &Network) -> bool {
    !network.load_balancers.is_empty()
}

fn has_transit(network: &Network) -> bool {
    !network.transit_gateways.is_empty()
}

fn has_lists(network: &Network) -> bool {
    has_cloud_firewall(network) || has_balancer(network) || !network.virtual_addresses.is_empty()
}

#[test]
fn the_names_of_the_changes_are_those_of_constructs() {
    let known: Vec<&str> = constructs().iter().map(|construct| construct.name).collect();
    for name in LOOSEN.iter().chain(&TIGHTEN) {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn what_loosens_never_closes() {
    check(0..60, VERDICT, 100, |case| {
        let Some((name, network)) = case.without_one_of(&LOOSEN) else { return 0 };
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, name);
        1
    });
}

#[test]
fn what_tightens_never_opens() {
    check(0..120, VERDICT, 40, |case| {
        let Some((name, network)) = case.without_one_of(&TIGHTEN) else { return 0 };
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_more(&changed, name);
        1
    });
}

#[test]
fn removing_a_rule_that_drops_from_a_chain_never_closes() {
    check_where(has_chains, 0..120, VERDICT, 10, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let mut removed = 0;
        edit::each_chain(&mut network, |chain| {
            let before = chain.rules.len();
            chain.rules.retain(|rule| !drops(rule.verdict) || random.chance(30));
            removed += before - chain.rules.len();
        });
        if removed == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, "rules that drop removed");
        1
    });
}

fn drops(verdict: ChainVerdict) -> bool {
    matches!(verdict, ChainVerdict::Drop | ChainVerdict::Reject)
}

#[test]
fn adding_a_rule_that_accepts_at_the_head_of_a_chain_never_closes() {
    check_where(has_chains, 0..120, VERDICT, 15, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let mut added = 0;
        let matches = edit::some_allow_rule(&mut random, &case.network).matches;
        edit::each_chain(&mut network, |chain| {
            if random.chance(50) {
                let mut rule = chain_rule(ChainVerdict::Accept);
                rule.matches = matches.clone();
                chain.rules.insert(0, rule);
                added += 1;
            }
        });
        if added == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, "rules that accept added");
        1
    });
}

#[test]
fn rejecting_is_dropping_and_a_return_at_the_end_is_the_end() {
    check_where(has_chains, 0..120, VERDICT, 15, |case| {
        let mut network = case.network.clone();
        let mut chains = 0;
        edit::each_chain(&mut network, |chain| {
            for rule in &mut chain.rules {
                if drops(rule.verdict) {
                    let dropped = rule.verdict == ChainVerdict::Drop;
                    rule.verdict = if dropped { ChainVerdict::Reject } else { ChainVerdict::Drop };
                }
            }
            chain.rules.push(chain_rule(ChainVerdict::Return));
            chains += 1;
        });
        if chains == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.as_before(&changed, "drop and reject exchanged, returns added");
        1
    });
}

#[test]
fn a_firewall_without_rules_changes_nothing() {
    check(0..40, VERDICT, 60, |case| {
        let mut builder = builder::Builder::new(canreach_model::ProfileName::Generic);
        builder.network = case.network.clone();
        let open = builder.cloud_firewall();
        let mut network = builder.network;
        for id in network.instances.ids() {
            network.instances[id].firewall.get_or_insert_with(|| HostFirewall {
                kind: HostFirewallKind::Linux,
                chains: Vec::new(),
                origin: builder::allow().origin,
            });
        }
        put_where_there_is_none(&mut network, open);
        let Some(changed) = case.changed(&network) else { return 0 };
        case.as_before(&changed, "firewalls without rules put everywhere");
        1
    });
}

fn put_where_there_is_none(network: &mut Network, firewall: CloudFirewallId) {
    for id in network.public_addresses.ids() {
        network.public_addresses[id].firewall.get_or_insert(firewall);
    }
    for id in network.nat_gateways.ids() {
        network.nat_gateways[id].firewall.get_or_insert(firewall);
    }
    for id in network.peerings.ids() {
        network.peerings[id].firewall.get_or_insert(firewall);
    }
    for id in network.transit_gateways.ids() {
        network.transit_gateways[id].firewall.get_or_insert(firewall);
    }
}

#[test]
fn white_lists_open_black_lists_close() {
    check_where(has_cloud_firewall, 0..160, VERDICT, 20, |case| {
        let mut random = case.random();
        let rule = edit::some_allow_rule(&mut random, &case.network);
        let with = |list: FirewallList| {
            let mut network = case.network.clone();
            for list in edit::membership_lists(&case.network, list) {
                edit::rules_mut(&mut network, list).push(rule.clone());
            }
            case.changed(&network)
        };
        let (Some(white), Some(black)) = (with(FirewallList::White), with(FirewallList::Black))
        else {
            return 0;
        };
        case.not_less(&white, "added to the white lists");
        case.not_more(&black, "added to the black lists");
        1
    });
}

#[test]
fn the_order_of_lists_and_of_what_is_chosen_from_is_irrelevant() {
    check_where(has_lists, 0..120, VERDICT, 20, |case| {
        let mut network = case.network.clone();
        let mut several = false;
        for list in [FirewallList::White, FirewallList::Black] {
            for list in edit::membership_lists(&case.network, list) {
                let rules = edit::rules_mut(&mut network, list);
                several |= rules.len() > 1;
                rules.reverse();
            }
        }
        for id in network.load_balancers.ids() {
            for listener in &mut network.load_balancers[id].listeners {
                several |= listener.targets.len() > 1;
                listener.targets.reverse();
            }
        }
        for id in network.virtual_addresses.ids() {
            several |= network.virtual_addresses[id].interfaces.len() > 1;
            network.virtual_addresses[id].interfaces.reverse();
        }
        if !several {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.as_before(&changed, "lists, targets and holders turned round");
        1
    });
}

#[test]
fn one_more_to_choose_from_never_closes() {
    check_where(has_balancer, 0..200, VERDICT, 15, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let mut added = 0;
        let addresses: Vec<_> =
            case.network.interfaces.iter().flat_map(|(_, it)| it.addresses.clone()).collect();
        for id in network.load_balancers.ids() {
            for listener in &mut network.load_balancers[id].listeners {
                if listener.forwarding != Forwarding::Proxy {
                    let address = random.pick(&addresses);
                    let origin = builder::allow().origin;
                    listener.targets.push(BalancerTarget {
                        address,
                        port: None,
                        nodes: None,
                        origin,
                    });
                    added += 1;
                }
            }
        }
        if added == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, "targets added");
        1
    });
}

#[test]
fn a_blackhole_route_of_a_transit_gateway_never_opens() {
    check_where(has_transit, 0..160, VERDICT, 20, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let prefixes = case.single_prefixes();
        let mut added = 0;
        for id in network.transit_route_tables.ids() {
            let destination = random.pick(&prefixes);
            let routes = &mut network.transit_route_tables[id].routes;
            if routes.iter().all(|route| route.destination != destination) {
                let (target, origin) = (TransitTarget::Blackhole, builder::allow().origin);
                routes.push(TransitRoute { destination, target, origin });
                added += 1;
            }
        }
        if added == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_more(&changed, "blackhole routes added");
        1
    });
}

/// What a border sees between VPCs has one direction; rules of the other say nothing.
#[test]
fn rules_of_the_vpc_border_for_what_leaves_say_nothing() {
    check_where(has_cloud_firewall, 0..120, VERDICT, 10, |case| {
        let mut network = case.network.clone();
        for id in network.cloud_firewalls.ids() {
            let mut rule = builder::deny();
            rule.matches.source = AddressMatch::Any;
            network.cloud_firewalls[id].vpc.rules.egress.push(rule);
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.as_before(&changed, "egress rules at VPC borders");
        1
    });
}
