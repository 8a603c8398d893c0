//! Estates are of the size and shape that they are said to be.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{AddressMatch, Direction, InterfaceOwner, SecurityGroupId};

use super::*;
use crate::show;

fn of_instances(network: &Network) -> usize {
    let owned = |owner| matches!(owner, InterfaceOwner::Instance(_));
    network.interfaces.iter().filter(|(_, it)| owned(it.owner)).count()
}

#[test]
fn a_seed_determines_an_estate() {
    assert_eq!(show(&network(300, 7)), show(&network(300, 7)));
    assert_ne!(show(&network(300, 7)), show(&network(300, 8)));
}

#[test]
fn everything_is_there_as_often_as_it_is_said() {
    for (interfaces, vpcs, domains) in [(100, 2, 1), (1000, 2, 1), (10_000, 20, 2)] {
        let network = network(interfaces, 1);
        assert_eq!(of_instances(&network), interfaces);
        assert_eq!(network.instances.len(), interfaces);
        assert_eq!(network.vpcs.len(), vpcs);
        assert_eq!(network.subnets.len(), vpcs * SUBNETS_OF_VPC);
        assert_eq!(network.security_groups.len(), vpcs * GROUPS_OF_VPC);
        assert_eq!(network.network_acls.len(), vpcs * ACLS_OF_VPC);
        // One more is for the shared services.
        assert_eq!(network.transit_gateways.len(), domains + 1);
        assert_eq!(network.peerings.len(), if vpcs < 3 { 0 } else { vpcs / 20 });
        assert_eq!(network.public_addresses.len(), (interfaces / vpcs / 20 + 1) * vpcs);
        for (_, group) in network.security_groups.iter() {
            assert_eq!(group.rules.ingress.len() + group.rules.egress.len(), RULES_OF_GROUP);
        }
        for (_, acl) in network.network_acls.iter() {
            assert_eq!(acl.rules.ingress.len() + acl.rules.egress.len(), RULES_OF_ACL);
        }
    }
}

/// Counts the interfaces of instances in the first VPC, in several ways.
fn of_first_vpc<K: Ord>(
    network: &Network,
    key: impl Fn(SubnetId, &[SecurityGroupId]) -> Vec<K>,
) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for (id, interface) in network.interfaces.iter() {
        if network.vpc_of(id).index() == 0 && interface.filtered {
            for key in key(interface.subnet, &interface.security_groups) {
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    counts
}

#[test]
fn a_few_groups_are_on_most_interfaces() {
    for seed in 0..20 {
        let network = network(1000, seed);
        let counts = of_first_vpc(&network, |_, groups| groups.to_vec());
        let mut counts: Vec<(usize, SecurityGroupId)> =
            counts.into_iter().map(|(group, count)| (count, group)).collect();
        counts.sort_unstable();
        let top: Vec<SecurityGroupId> = counts.iter().rev().take(4).map(|(_, id)| *id).collect();
        let carries = |groups: &[SecurityGroupId]| groups.iter().any(|group| top.contains(group));
        let carrying = of_first_vpc(&network, |_, groups| vec![carries(groups)]);
        let (with, without) = (carrying.get(&true), carrying.get(&false));
        assert!(with > without, "seed {seed}: {carrying:?}");
    }
}

#[test]
fn most_interfaces_of_a_subnet_have_twins() {
    let network = network(1000, 3);
    let mut combinations: BTreeMap<SubnetId, BTreeSet<Vec<SecurityGroupId>>> = BTreeMap::new();
    for (_, interface) in network.interfaces.iter().filter(|(_, it)| it.filtered) {
        assert!((1..=3).contains(&interface.security_groups.len()));
        let groups = interface.security_groups.clone();
        combinations.entry(interface.subnet).or_default().insert(groups);
    }
    assert_eq!(combinations.len(), 20);
    assert!(combinations.values().all(|own| own.len() <= 4), "{combinations:?}");
}

#[test]
fn rules_draw_from_one_pool_and_refer_to_groups() {
    for interfaces in [1000, 10_000] {
        let network = network(interfaces, 5);
        let mut blocks = BTreeSet::new();
        let mut references = 0;
        for (_, group) in network.security_groups.iter() {
            for direction in [Direction::Ingress, Direction::Egress] {
                for rule in group.rules.of(direction) {
                    for side in [rule.matches.source, rule.matches.destination] {
                        match side {
                            AddressMatch::Range(range) => drop(blocks.insert(range.to_string())),
                            AddressMatch::SecurityGroup(_) => references += 1,
                            AddressMatch::Any | AddressMatch::AddressGroup(_) => {}
                        }
                    }
                }
            }
        }
        assert!(blocks.len() <= BLOCKS, "{blocks:?}");
        assert!(references * 5 > network.security_groups.len() * RULES_OF_GROUP, "{references}");
    }
}

#[test]
fn a_change_is_of_one_rule() {
    let before = network(1000, 1);
    let mut removed = before.clone();
    let rule = remove_rule(&mut removed).unwrap();
    let count = |network: &Network| network.rules_of(rule.owner, rule.direction).len();
    assert_eq!(count(&removed) + 1, count(&before));
    let mut widened = before.clone();
    assert_eq!(widen_rule(&mut widened), Some(rule));
    assert_eq!(count(&widened), count(&before));
    assert_ne!(widened.rule(rule), before.rule(rule));
}
