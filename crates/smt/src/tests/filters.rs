//! Each feature of each layer (`docs/forwarding.md` §§6-8), by single packets.

use canreach_model::{
    AddressMatch, GroupReference, Layer, Listen, Peering, PeeringStatus, ProfileName,
    PublicAddress, PublicAddressTarget, VirtualAddress,
};
use canreach_net::{Family, Icmp, Ports, Protocol, Transport};
use canreach_topology::Crossing;

use super::build::*;

#[test]
fn a_group_lets_through_what_any_rule_allows_and_nothing_else() {
    let mut net = net(ProfileName::Aws);
    let at = sg(net.db, INGRESS);
    assert!(!net.passes(at, &to_db(tcp(40000, 22))), "no group at all");
    net.group(net.db, INGRESS, []);
    assert!(!net.passes(at, &to_db(tcp(40000, 22))), "no rule");
    net.group(net.db, INGRESS, [deny().rule(), allow().tcp(22).from("10.0.1.0/24").rule()]);
    assert!(net.passes(at, &to_db(tcp(40000, 22))), "there are no deny rules");
    assert!(!net.passes(at, &to_db(tcp(40000, 23))));
    assert!(!net.passes(at, &to_db(udp(40000, 22))));
    assert!(!net.passes(at, &header("10.0.0.255", "10.0.2.20", tcp(40000, 22))));
    assert!(!net.passes(at, &header("10.0.2.0", "10.0.2.20", tcp(40000, 22))));
    assert!(!net.passes(sg(net.db, EGRESS), &to_db(tcp(40000, 22))), "the other direction");
}

#[test]
fn rules_of_groups_go_by_attachment_then_priority_then_deny_first() {
    let ssh = to_db(tcp(40000, 22));
    let first_match = |groups: Vec<Vec<canreach_model::Rule>>| {
        let mut net = net(ProfileName::Huawei);
        for rules in groups {
            net.group(net.db, INGRESS, rules);
        }
        net.passes(sg(net.db, INGRESS), &ssh)
    };
    let (allow, deny) =
        (|priority| allow().priority(priority).rule(), |priority| deny().priority(priority).rule());
    assert!(first_match(vec![vec![allow(50)], vec![deny(1)]]), "the first group decides");
    assert!(!first_match(vec![vec![deny(50)], vec![allow(1)]]));
    assert!(first_match(vec![vec![deny(50), allow(49)]]), "1 comes first");
    assert!(!first_match(vec![vec![allow(50), deny(49)]]));
    assert!(!first_match(vec![vec![allow(50), deny(50)]]), "deny before allow");
    let elsewhere = super::build::deny().tcp(23).priority(1).rule();
    assert!(first_match(vec![vec![elsewhere, allow(50)]]), "a rule that does not match");
    assert!(!first_match(vec![vec![]]));
}

#[test]
fn an_acl_goes_by_the_first_rule_that_matches() {
    let mut net = net(ProfileName::Aws);
    let rules = [
        deny().tcp(23).rule(),
        allow().protocol(Protocol::TCP).from("10.0.1.0/24").rule(),
        deny().rule(),
        allow().rule(),
    ];
    let acl = net.acl(INGRESS, rules);
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    assert!(!net.passes(at, &to_db(tcp(40000, 23))));
    assert!(net.passes(at, &to_db(tcp(40000, 24))));
    assert!(!net.passes(at, &to_db(udp(40000, 24))));
    assert!(!net.passes(crossing(Layer::NetworkAcl(acl, net.b), EGRESS), &to_db(tcp(40000, 24))));
    let reply = Crossing { as_reply: true, ..crossing(Layer::NetworkAcl(acl, net.b), EGRESS) };
    assert!(net.passes(reply, &to_db(tcp(40000, 24))), "a reply to what the ACL saw");
}

#[test]
fn ports_constrain_only_protocols_that_have_them() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().ports(80, 90).rule()]);
    let at = sg(net.db, INGRESS);
    for (transport, passes) in [
        (tcp(1, 80), true),
        (udp(1, 90), true),
        (tcp(1, 79), false),
        (udp(1, 91), false),
        (Transport::Other(Protocol::GRE), false),
        (icmp(8, 0), false),
    ] {
        assert_eq!(net.passes(at, &to_db(transport)), passes, "{transport:?}");
    }
    net.group(net.db, INGRESS, [allow().ports(0, 65535).rule()]);
    assert!(net.passes(at, &to_db(Transport::Other(Protocol::GRE))), "every port is no constraint");
    assert!(net.passes(at, &to_db(icmp(8, 0))));
}

#[test]
fn source_ports_are_those_of_the_sender() {
    let mut net = net(ProfileName::Huawei);
    let acl = net.acl(INGRESS, [allow().source_ports(1024, 2000).ports(22, 22).rule()]);
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    assert!(net.passes(at, &to_db(tcp(2000, 22))));
    assert!(!net.passes(at, &to_db(tcp(2001, 22))));
    assert!(!net.passes(at, &to_db(tcp(22, 1024))));
}

#[test]
fn icmp_types_and_codes_match_only_icmp() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().icmp(Some(8), None).rule()]);
    let at = sg(net.db, INGRESS);
    assert!(net.passes(at, &to_db(icmp(8, 7))));
    assert!(!net.passes(at, &to_db(icmp(0, 0))));
    assert!(!net.passes(at, &to_db(tcp(8, 8))));
    net.group(
        net.db,
        INGRESS,
        [allow().protocol(Protocol::ICMPV6).icmp(Some(128), Some(0)).rule()],
    );
    let v6 =
        |kind, code| header("2001:db8::10", "2001:db8::20", Transport::Icmpv6(Icmp { kind, code }));
    assert!(net.passes(at, &v6(128, 0)));
    assert!(!net.passes(at, &v6(128, 1)));
    assert!(net.passes(at, &v6(8, 0)), "a type in a rule for any protocol speaks of both families");
}

#[test]
fn a_family_in_a_rule_counts() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().family(Family::V6).rule()]);
    let at = sg(net.db, INGRESS);
    assert!(!net.passes(at, &to_db(tcp(1, 22))));
    assert!(net.passes(at, &header("2001:db8::10", "2001:db8::20", tcp(1, 22))));
    net.group(net.db, INGRESS, [allow().from("0.0.0.0/0").rule()]);
    assert!(net.passes(at, &to_db(tcp(1, 22))));
}

#[test]
fn ipv6_prefixes_and_ranges_have_exact_ends() {
    let mut net = net(ProfileName::Aws);
    net.group(
        net.db,
        INGRESS,
        [allow().from("2001:db8::/120").to("2001:db8::15-2001:db8::20").rule()],
    );
    let at = sg(net.db, INGRESS);
    for (source, destination, passes) in [
        ("2001:db8::", "2001:db8::20", true),
        ("2001:db8::ff", "2001:db8::15", true),
        ("2001:db8::100", "2001:db8::20", false),
        ("2001:db8::10", "2001:db8::14", false),
        ("2001:db8::10", "2001:db8::21", false),
        ("2001:db9::10", "2001:db8::20", false),
    ] {
        assert_eq!(
            net.passes(at, &header(source, destination, tcp(1, 2))),
            passes,
            "{source} {destination}"
        );
    }
}

#[test]
fn a_group_reference_means_the_private_addresses_of_its_members() {
    let mut net = net(ProfileName::Generic);
    let clients = net.group(net.web, EGRESS, []);
    net.group(net.db, INGRESS, [allow().source(AddressMatch::SecurityGroup(clients)).rule()]);
    net.network.public_addresses.push(PublicAddress {
        meta: meta("eip"),
        address: "203.0.113.10".parse().unwrap(),
        target: Some(PublicAddressTarget::Interface {
            interface: net.web,
            address: "10.0.1.10".parse().unwrap(),
        }),
        firewall: None,
    });
    net.network.public_addresses.push(PublicAddress {
        meta: meta("eip of another"),
        address: "203.0.113.20".parse().unwrap(),
        target: Some(PublicAddressTarget::Interface {
            interface: net.db,
            address: "10.0.2.20".parse().unwrap(),
        }),
        firewall: None,
    });
    let at = sg(net.db, INGRESS);
    let from = |source| header(source, "10.0.2.20", tcp(1, 22));
    assert!(net.passes(at, &from("10.0.1.10")));
    assert!(net.passes(at, &header("2001:db8::10", "2001:db8::20", tcp(1, 22))));
    assert!(!net.passes(at, &from("10.0.1.11")), "no member");
    assert!(!net.passes(at, &from("10.0.2.20")), "in another group");
    assert!(!net.passes(at, &from("203.0.113.10")), "its public address");
    net.network.vpcs[net.vpc].profile.security_group.group_reference = GroupReference::AllAddresses;
    assert!(net.passes(at, &from("203.0.113.10")));
    assert!(!net.passes(at, &from("203.0.113.11")));
    assert!(!net.passes(at, &from("203.0.113.20")), "the public address of no member");
}

#[test]
fn members_in_other_vpcs_count_only_across_an_active_peering_within_one_region() {
    let mut net = net(ProfileName::Aws);
    let clients = net.group(net.web, EGRESS, []);
    net.group(net.db, INGRESS, [allow().source(AddressMatch::SecurityGroup(clients)).rule()]);
    let other = add_vpc(&mut net.network, "other", ProfileName::Aws, "10.9.0.0/16");
    let subnet = add_subnet(&mut net.network, other, "10.9.1.0/24");
    let far = add_interface(&mut net.network, subnet, &["10.9.1.5"]);
    net.network.interfaces[far].security_groups.push(clients);
    let at = sg(net.db, INGRESS);
    let from_far = header("10.9.1.5", "10.0.2.20", tcp(1, 22));
    assert!(net.passes(at, &to_db(tcp(1, 22))), "a member of the same VPC");
    assert!(!net.passes(at, &from_far), "no peering");

    let peering = net.network.peerings.push(Peering {
        meta: meta("peering"),
        requester: other,
        accepter: net.vpc,
        status: PeeringStatus::PendingAcceptance,
        firewall: None,
    });
    assert!(!net.passes(at, &from_far), "not active");
    net.network.peerings[peering].status = PeeringStatus::Active;
    assert!(net.passes(at, &from_far));
    net.network.vpcs[net.vpc].meta.region = Some("eu-west-1".into());
    assert!(net.passes(at, &from_far), "one region is not known");
    net.network.vpcs[other].meta.region = Some("eu-west-2".into());
    assert!(!net.passes(at, &from_far), "two regions");
    net.network.vpcs[net.vpc].profile.security_group.reference_needs_peering = false;
    assert!(net.passes(at, &from_far));
}

#[test]
fn an_address_group_means_its_entries() {
    let mut net = net(ProfileName::Huawei);
    let office = net.address_group(&["192.0.2.7", "198.51.100.0/24", "10.0.1.5-10.0.1.10"]);
    let acl = net.acl(INGRESS, [allow().source(AddressMatch::AddressGroup(office)).rule()]);
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    for (source, passes) in [
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("198.51.100.255", true),
        ("10.0.1.10", true),
        ("10.0.1.11", false),
        ("10.0.1.4", false),
    ] {
        assert_eq!(net.passes(at, &header(source, "10.0.2.20", tcp(1, 2))), passes, "{source}");
    }
}

#[test]
fn exempt_packets_pass_both_ways_and_only_for_their_service() {
    let mut net = net(ProfileName::Huawei);
    let acl = net.acl(EGRESS, []);
    let at = crossing(Layer::NetworkAcl(acl, net.a), EGRESS);
    let metadata = |transport| header("10.0.1.10", "169.254.169.254", transport);
    assert!(net.passes(at, &metadata(tcp(40000, 80))), "metadata, TCP 80");
    assert!(!net.passes(at, &metadata(tcp(40000, 81))));
    assert!(!net.passes(at, &metadata(udp(40000, 80))));
    assert!(!net.passes(at, &metadata(tcp(80, 40000))));
    let back = header("169.254.169.254", "10.0.1.10", tcp(80, 40000));
    assert!(net.passes(at, &back), "and from there, from port 80");
    assert!(net.passes(at, &header("10.0.1.10", "100.125.3.4", udp(1, 53))), "public services");
    assert!(!net.passes(at, &header("10.0.1.10", "100.126.0.0", udp(1, 53))));
    assert!(!net.passes(sg(net.web, EGRESS), &metadata(tcp(40000, 80))), "groups exempt nothing");
}

#[test]
fn aws_exempts_link_local_services_in_groups_too() {
    let net = net(ProfileName::Aws);
    let resolver = header("10.0.1.10", "169.254.169.253", udp(40000, 53));
    assert!(net.passes(sg(net.web, EGRESS), &resolver));
    let neighbour = header("10.0.1.10", "169.254.169.252", udp(40000, 53));
    assert!(!net.passes(sg(net.web, EGRESS), &neighbour));
}

#[test]
fn a_request_needs_a_service_that_listens() {
    let mut net = net(ProfileName::Aws);
    let unknown = net.instance(None);
    let deaf = net.instance(Some(Vec::new()));
    let own = "10.0.2.20".parse().unwrap();
    let vm = net.instance(Some(vec![
        service(Protocol::TCP, 80, Listen::Any),
        service(Protocol::TCP, 81, Listen::AnyV4),
        service(Protocol::TCP, 82, Listen::AnyV6),
        service(Protocol::TCP, 83, Listen::Address("127.0.0.1".parse().unwrap())),
        service(Protocol::TCP, 84, Listen::Address(own)),
        service(Protocol::TCP, 85, Listen::Address("10.0.2.21".parse().unwrap())),
        service(Protocol::UDP, 53, Listen::Any),
    ]));
    let at = |instance| crossing(Layer::Listener(instance, Some(net.db)), INGRESS);
    assert!(net.passes(at(unknown), &to_db(tcp(1, 9))));
    assert!(!net.passes(at(deaf), &to_db(tcp(1, 9))));
    for (port, v4, v6) in [
        (80, true, true),
        (81, true, false),
        (82, false, true),
        (83, false, false),
        (84, true, false),
        (85, false, false),
        (53, false, false),
    ] {
        assert_eq!(net.passes(at(vm), &to_db(tcp(1, port))), v4, "{port}");
        let over_v6 = header("2001:db8::10", "2001:db8::20", tcp(1, port));
        assert_eq!(net.passes(at(vm), &over_v6), v6, "{port} over IPv6");
    }
    assert!(net.passes(at(vm), &to_db(udp(1, 53))));
    assert!(!net.passes(at(vm), &to_db(udp(1, 80))));
    for transport in [icmp(8, 0), Transport::Other(Protocol::GRE)] {
        assert!(net.passes(at(deaf), &to_db(transport)), "services do not judge {transport:?}");
    }
}

#[test]
fn a_service_of_one_interface_takes_what_arrived_there() {
    let mut net = net(ProfileName::Aws);
    let here = Listen::Interface(net.db);
    let vm = net.instance(Some(vec![
        service(Protocol::TCP, 80, here),
        service(Protocol::TCP, 81, Listen::Interface(net.web)),
        service(Protocol::TCP, 82, Listen::Any),
    ]));
    for (arrived, expected) in
        [(Some(net.db), [true, false]), (Some(net.web), [false, true]), (None, [false, false])]
    {
        let at = crossing(Layer::Listener(vm, arrived), INGRESS);
        let passes = |port| net.passes(at, &to_db(tcp(1, port)));
        assert_eq!([80, 81].map(passes), expected, "{arrived:?}");
        assert!(passes(82), "what the host keeps is judged like the rest");
        let v6 = header("2001:db8::10", "2001:db8::20", tcp(1, 80));
        assert_eq!(net.passes(at, &v6), expected[0], "both families");
    }
}

#[test]
fn a_reference_means_nobody_behind_an_instance_that_forwards_where_the_provider_says_so() {
    let mut net = net(ProfileName::Aws);
    let clients = net.group(net.web, EGRESS, []);
    let refers = allow().tcp(22).source(AddressMatch::SecurityGroup(clients)).rule();
    net.group(net.db, INGRESS, [refers, allow().tcp(23).from("10.0.1.10").rule()]);
    let ssh = to_db(tcp(1, 22));
    let direct = sg(net.db, INGRESS);
    let forwarded = Crossing { forwarded: true, ..direct };
    assert!(net.passes(direct, &ssh));
    assert!(!net.passes(forwarded, &ssh));
    assert!(net.passes(forwarded, &to_db(tcp(1, 23))), "an address is an address");
    net.network.vpcs[net.vpc].profile.security_group.reference_when_forwarded = true;
    assert!(net.passes(forwarded, &ssh));
}

#[test]
fn the_filtering_interfaces_own_profile_says_whether_references_hold() {
    let mut net = net(ProfileName::Huawei);
    let other = add_vpc(&mut net.network, "other", ProfileName::Aws, "10.9.0.0/16");
    let subnet = add_subnet(&mut net.network, other, "10.9.1.0/24");
    let far = add_interface(&mut net.network, subnet, &["10.9.1.5"]);
    let clients = net.group(net.web, EGRESS, []);
    let rule = || allow().source(AddressMatch::SecurityGroup(clients)).rule();
    net.group(net.db, INGRESS, [rule()]);
    net.group(far, INGRESS, [rule()]);
    net.network.vpcs[other].profile.security_group.reference_needs_peering = false;
    let forwarded = |at| Crossing { forwarded: true, ..sg(at, INGRESS) };
    assert!(net.passes(forwarded(net.db), &to_db(tcp(1, 2))));
    assert!(!net.passes(forwarded(far), &to_db(tcp(1, 2))));
}

#[test]
fn a_virtual_address_is_no_address_of_a_member() {
    let mut net = net(ProfileName::Generic);
    net.network.vpcs[net.vpc].profile.security_group.group_reference = GroupReference::AllAddresses;
    let clients = net.group(net.web, EGRESS, []);
    net.group(net.db, INGRESS, [allow().source(AddressMatch::SecurityGroup(clients)).rule()]);
    let held = net.network.virtual_addresses.push(VirtualAddress {
        meta: meta("vip"),
        subnet: net.a,
        address: "10.0.1.100".parse().unwrap(),
        interfaces: vec![net.web],
    });
    net.network.public_addresses.push(PublicAddress {
        meta: meta("eip"),
        address: "203.0.113.10".parse().unwrap(),
        target: Some(PublicAddressTarget::VirtualAddress(held)),
        firewall: None,
    });
    for source in ["10.0.1.100", "203.0.113.10"] {
        let packet = header(source, "10.0.2.20", tcp(1, 2));
        assert!(!net.passes(sg(net.db, INGRESS), &packet), "{source}");
    }
}

#[test]
fn a_reply_is_not_judged_by_services() {
    let mut net = net(ProfileName::Aws);
    let deaf = net.instance(Some(Vec::new()));
    let headers = only(&to_db(Transport::Tcp(Ports { source: 1, destination: 2 })));
    let back = of_reply(crossing(Layer::Listener(deaf, Some(net.db)), INGRESS));
    let trips = [trip(net.request(headers.clone(), vec![]), vec![net.reply(headers, vec![back])])];
    reachable(net.decide(&trips, crate::Aim::Answered));
}
