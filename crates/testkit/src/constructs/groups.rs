//! Security groups and network ACLs.

use canreach_model::{Action, AddressMatch, Network, RuleSet};

use super::{Construct, construct, each, each_of, put, remove};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("security group", |network| {
        each(&mut network.interfaces, |interface| put(&mut interface.filtered, false))
    }),
    construct("security group: deny rules", |network| {
        groups(network, |rules| {
            let denies = |list: &mut Vec<_>| {
                remove(list, |rule: &canreach_model::Rule| rule.action == Action::Deny)
            };
            denies(&mut rules.ingress) | denies(&mut rules.egress)
        })
    }),
    construct("security group: priorities", |network| {
        groups(network, |rules| {
            each_of(rules.ingress.iter_mut().chain(&mut rules.egress), |rule| {
                put(&mut rule.priority, None)
            })
        })
    }),
    construct("security group: order of several", |network| {
        each(&mut network.interfaces, |interface| {
            interface.security_groups.reverse();
            interface.security_groups.len() > 1
        })
    }),
    construct("security group: references", |network| {
        groups(network, |rules| {
            each_of(rules.ingress.iter_mut().chain(&mut rules.egress), |rule| {
                let matches = &mut rule.matches;
                each_of([&mut matches.source, &mut matches.destination], |side| match side {
                    AddressMatch::SecurityGroup(_) => put(side, AddressMatch::Any),
                    AddressMatch::Any | AddressMatch::Range(_) | AddressMatch::AddressGroup(_) => {
                        false
                    }
                })
            })
        })
    }),
    construct("address group", |network| {
        each(&mut network.address_groups, |group| remove(&mut group.entries, |_| true))
    }),
    construct("network acl", |network| {
        each(&mut network.subnets, |subnet| put(&mut subnet.network_acl, None))
    }),
    construct("unresolved rules of groups and acls", |network| {
        let resolve = |rules: &mut RuleSet| {
            each_of(rules.ingress.iter_mut().chain(&mut rules.egress), |rule| {
                put(&mut rule.matches.unresolved, None)
            })
        };
        groups(network, resolve) | each(&mut network.network_acls, |acl| resolve(&mut acl.rules))
    }),
];

fn groups(network: &mut Network, mut change: impl FnMut(&mut RuleSet) -> bool) -> bool {
    each(&mut network.security_groups, |group| change(&mut group.rules))
}
