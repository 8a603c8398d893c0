//! §§7 and 8: security groups and network ACLs.

use super::{peerings::peered, *};
use crate::builder::{allow, deny, ports, prefix};

// §7.

#[test]
fn groups_let_the_reply_through_only_if_they_keep_state() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.group(&[pair.a], vec![], vec![allow()]);
    pair.builder.group(&[pair.b], vec![ports(allow(), Protocol::TCP, 3, 3)], vec![]);
    assert_eq!(pair.ask(), ANSWERED);
    pair.builder.network.vpcs[pair.vpc].profile.security_group.stateful = false;
    assert_eq!(pair.ask(), DELIVERED);
}

#[test]
fn deny_rules_count_only_where_the_first_match_decides() {
    let denied = |profile, rules| {
        let mut pair = Pair::new(profile);
        pair.builder.group(&[pair.b], rules, vec![]);
        pair.ask() == NOT_DELIVERED
    };
    assert!(!denied(ProfileName::Generic, vec![deny(), allow()]));
    let at = |mut rule: Rule, priority| {
        rule.priority = Some(priority);
        rule
    };
    // At one priority deny comes first; otherwise the smaller number.
    assert!(denied(ProfileName::Huawei, vec![at(allow(), 7), at(deny(), 7)]));
    assert!(!denied(ProfileName::Huawei, vec![at(deny(), 8), at(allow(), 7)]));
    // A rule without a priority: 100 while the fact is false.
    assert!(!denied(ProfileName::Huawei, vec![deny(), at(allow(), 99)]));
    assert!(denied(ProfileName::Huawei, vec![allow(), at(deny(), 99)]));
    assert!(denied(ProfileName::Huawei, vec![]));
}

#[test]
fn the_order_of_groups_comes_before_priorities() {
    let mut pair = Pair::new(ProfileName::Huawei);
    let mut first = deny();
    first.priority = Some(50);
    pair.builder.group(&[pair.b], vec![first], vec![]);
    let mut second = allow();
    second.priority = Some(1);
    pair.builder.group(&[pair.b], vec![second], vec![]);
    assert_eq!(pair.ask(), NOT_DELIVERED);
}

#[test]
fn a_reference_to_a_group_stands_for_private_addresses_of_members() {
    let mut peered = peered();
    let members = peered.builder.group(&[peered.a], vec![], vec![allow()]);
    let mut rule = allow();
    rule.matches.source = AddressMatch::SecurityGroup(members);
    peered.builder.group(&[peered.b], vec![rule], vec![]);
    assert_eq!(peered.story().fate, ANSWERED);
    // Where a peering is needed it must be active, and in one region.
    let [v, w] = peered.vpcs;
    peered.builder.network.vpcs[w].profile.security_group.reference_needs_peering = true;
    assert_eq!(peered.story().fate, ANSWERED);
    peered.builder.network.vpcs[v].meta.region = Some("r1".into());
    assert_eq!(peered.story().fate, ANSWERED, "the other region is not known");
    peered.builder.network.vpcs[w].meta.region = Some("r2".into());
    assert_eq!(peered.story().fate, NOT_DELIVERED);
}

#[test]
fn a_reference_matches_public_addresses_only_where_the_profile_says_so() {
    // `a` reaches `b` by `b`'s public address, so that `b` sees `a`'s public address.
    let mut pair = Pair::new(ProfileName::Huawei);
    pair.builder.public_address("203.0.113.1", pair.a);
    pair.builder.public_address("203.0.113.2", pair.b);
    let members = pair.builder.group(&[pair.a], vec![allow()], vec![allow()]);
    let mut rule = allow();
    rule.matches.source = AddressMatch::SecurityGroup(members);
    pair.builder.group(&[pair.b], vec![rule], vec![]);
    let header = tcp(("10.0.0.1", 9), ("203.0.113.2", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(pair.b)), NOT_DELIVERED);
    let profile = &mut pair.builder.network.vpcs[pair.vpc].profile;
    profile.security_group.group_reference = GroupReference::AllAddresses;
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(pair.b)), ANSWERED);
}

#[test]
fn ports_and_icmp_types_constrain_only_their_protocols() {
    let reaches = |edit: &dyn Fn(&mut PacketMatch), transport: Transport| {
        let mut pair = Pair::new(ProfileName::Generic);
        let mut rule = allow();
        edit(&mut rule.matches);
        pair.builder.group(&[pair.b], vec![rule], vec![]);
        let header = Header { transport, ..tcp(("10.0.0.1", 0), ("10.0.0.5", 0)) };
        ask(&pair.builder, inside(pair.a), header, inside(pair.b)).delivered
    };
    let ping = Transport::Icmp(Icmp { kind: 8, code: 0 });
    let segment = Transport::Tcp(Ports { source: 2, destination: 3 });
    let gre = Transport::Other(Protocol::GRE);
    let port_3 = |rule: &mut PacketMatch| rule.destination_ports = PortSet::single(3);
    assert!(reaches(&port_3, segment));
    assert!(!reaches(&port_3, ping) && !reaches(&port_3, gre));
    let port_2 = |rule: &mut PacketMatch| rule.source_ports = PortSet::single(2);
    assert!(reaches(&port_2, segment));
    let echo = |rule: &mut PacketMatch| {
        rule.icmp = Some(IcmpMatch { kind: Some(8), code: None });
    };
    assert!(reaches(&echo, ping));
    assert!(!reaches(&echo, segment) && !reaches(&echo, gre));
}

// §8.

#[test]
fn the_first_acl_rule_that_matches_decides() {
    let rule = |rule| ports(rule, Protocol::TCP, 3, 3);
    let with = |ingress| {
        let mut pair = Pair::new(ProfileName::Generic);
        pair.builder.acl(&[pair.subnets[1]], ingress, vec![]);
        pair.ask()
    };
    assert_eq!(with(vec![rule(deny()), allow()]), NOT_DELIVERED);
    assert_eq!(with(vec![allow(), rule(deny())]), ANSWERED);
    assert_eq!(with(vec![]), NOT_DELIVERED);
}

#[test]
fn a_stateless_acl_judges_the_reply_by_the_clients_port() {
    let reply_to = |first, last| {
        let mut pair = Pair::new(ProfileName::Aws);
        let egress = vec![ports(allow(), Protocol::TCP, first, last)];
        pair.builder.acl(&[pair.subnets[1]], vec![allow()], egress);
        pair.ask()
    };
    assert_eq!(reply_to(9, 9), ANSWERED);
    assert_eq!(reply_to(3, 8), DELIVERED);
}

#[test]
fn exempt_packets_pass_with_their_service_only() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.acl(&[pair.subnets[0]], vec![], vec![]);
    let exempt = |service| Exemption { prefix: prefix("10.0.0.5/32"), service };
    let mut with = |service| {
        pair.builder.network.vpcs[pair.vpc].profile.network_acl.exempt = vec![exempt(service)];
        pair.ask()
    };
    assert_eq!(with(None), ANSWERED);
    assert_eq!(with(Some((Protocol::TCP, 3))), ANSWERED);
    assert_eq!(with(Some((Protocol::TCP, 9))), NOT_DELIVERED);
    assert_eq!(with(Some((Protocol::UDP, 3))), NOT_DELIVERED);
}
