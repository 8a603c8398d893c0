//! §§1, 2, 4 and 6: questions, sending, routes and delivering.

use super::*;
use crate::builder::ORIGIN;

// §1.

#[test]
fn a_request_from_an_interface_has_one_of_its_addresses() {
    let pair = Pair::new(ProfileName::Generic);
    let foreign = tcp(("10.0.0.2", 9), ("10.0.0.5", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), foreign, inside(pair.b)), NOT_DELIVERED);
}

#[test]
fn a_request_from_the_internet_has_a_public_source_that_is_not_the_networks_own() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.public_address("203.0.113.1", pair.a);
    let network = pair.builder.build();
    let may = |text| may_send(&network, Endpoint::Internet, address(text));
    assert!(may("198.51.100.1"));
    assert!(!may("203.0.113.1"));
    assert!(!may("10.9.9.9"));
}

#[test]
fn only_icmp_requests_of_code_0_have_an_answer() {
    let pair = Pair::new(ProfileName::Generic);
    let ping = |kind, code| {
        let transport = Transport::Icmp(Icmp { kind, code });
        let header = Header { transport, ..tcp(("10.0.0.1", 0), ("10.0.0.5", 0)) };
        ask(&pair.builder, inside(pair.a), header, inside(pair.b))
    };
    assert_eq!(ping(8, 0), ANSWERED);
    assert_eq!(ping(13, 0), ANSWERED);
    assert_eq!(ping(8, 1), DELIVERED);
    assert_eq!(ping(3, 0), DELIVERED);
    assert_eq!(ping(0, 0), DELIVERED);
}

// §2.

#[test]
fn a_host_keeps_packets_to_itself_and_no_filter_sees_them() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.group(&[pair.a], vec![], vec![]);
    pair.builder.acl(&[pair.subnets[0]], vec![], vec![]);
    let to_itself = tcp(("10.0.0.1", 9), ("10.0.0.1", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), to_itself, inside(pair.a)), ANSWERED);
    // Only the listening services judge it.
    let instance = pair.builder.instance_of(pair.a);
    pair.builder.network.instances[instance].services = Some(vec![]);
    assert_eq!(ask(&pair.builder, inside(pair.a), to_itself, inside(pair.a)), NOT_DELIVERED);
}

#[test]
fn a_host_keeps_packets_to_its_other_interface_only_in_the_same_vpc() {
    let mut pair = Pair::new(ProfileName::Generic);
    let owner = pair.builder.network.interfaces[pair.a].owner;
    pair.builder.network.interfaces[pair.b].owner = owner;
    pair.builder.group(&[pair.a, pair.b], vec![], vec![]);
    assert_eq!(pair.ask(), ANSWERED);
    let vpc = pair.builder.vpc(&["10.0.9.0/28"]);
    let elsewhere = pair.builder.subnet(vpc, &["10.0.9.0/30"]);
    let c = pair.builder.interface(elsewhere, &["10.0.9.1"]);
    pair.builder.network.interfaces[c].owner = owner;
    let header = tcp(("10.0.0.1", 9), ("10.0.9.1", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(c)), NOT_DELIVERED);
}

#[test]
fn the_acl_does_not_see_what_stays_in_its_subnet_unless_the_profile_says_so() {
    let mut pair = Pair::new(ProfileName::Generic);
    let c = pair.builder.interface(pair.subnets[0], &["10.0.0.2"]);
    pair.builder.acl(&pair.subnets, vec![], vec![]);
    let header = tcp(("10.0.0.1", 9), ("10.0.0.2", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(c)), ANSWERED);
    assert_eq!(pair.ask(), NOT_DELIVERED, "between subnets it does");
    pair.builder.network.vpcs[pair.vpc].profile.network_acl.filters_inside_subnet = true;
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(c)), NOT_DELIVERED);
}

// §4.

#[test]
fn the_longest_prefix_wins_unless_local_routes_come_first() {
    let mut pair = Pair::new(ProfileName::Generic);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "10.0.0.5/32", RouteTarget::Blackhole);
    assert_eq!(lost(&pair.story().request), "Blackhole");
    pair.builder.network.vpcs[pair.vpc].profile.routing.local_beats_custom = true;
    assert_eq!(pair.ask(), ANSWERED);
}

#[test]
fn without_a_route_the_acl_is_told_first() {
    let mut pair = Pair::new(ProfileName::Generic);
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let story = told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    assert_eq!(lost(&story.request), "NoRoute");
    pair.builder.acl(&[pair.subnets[0]], vec![], vec![]);
    let story = told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    assert_eq!(lost(&story.request), "Filter");
}

#[test]
fn a_public_address_beats_the_default_route_and_no_longer_one() {
    let mut pair = Pair::new(ProfileName::Huawei);
    pair.builder.public_address("203.0.113.1", pair.a);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::Blackhole);
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let story = told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    assert_eq!(story.fate, ANSWERED);
    let arrived = tcp(("203.0.113.1", 9), ("198.51.100.1", 3));
    assert_eq!(story.request.end, End::Delivered(Endpoint::Internet, arrived));
    pair.builder.route(table, "198.51.100.0/24", RouteTarget::Blackhole);
    let story = told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    assert_eq!(lost(&story.request), "Blackhole");
}

// §6.

#[test]
fn services_decide_about_requests_with_ports() {
    let mut pair = Pair::new(ProfileName::Generic);
    let instance = pair.builder.instance_of(pair.b);
    let mut listen = |listen: Option<Listen>| {
        let service = listen.map(|listen| Service {
            name: None,
            protocol: Protocol::TCP,
            ports: PortRange::single(3),
            listen,
            origin: ORIGIN,
        });
        pair.builder.network.instances[instance].services = Some(service.into_iter().collect());
        pair.ask()
    };
    assert_eq!(listen(None), NOT_DELIVERED);
    assert_eq!(listen(Some(Listen::Any)), ANSWERED);
    assert_eq!(listen(Some(Listen::AnyV4)), ANSWERED);
    assert_eq!(listen(Some(Listen::AnyV6)), NOT_DELIVERED);
    assert_eq!(listen(Some(Listen::Address(address("10.0.0.5")))), ANSWERED);
    assert_eq!(listen(Some(Listen::Address(address("10.0.0.6")))), NOT_DELIVERED);
    assert_eq!(listen(Some(Listen::Address(address("127.0.0.1")))), NOT_DELIVERED);
    // The reply needs no service at `a`, and ICMP needs none at all.
    let nothing = pair.builder.instance_of(pair.a);
    pair.builder.network.instances[nothing].services = Some(vec![]);
    pair.builder.network.instances[instance].services = Some(vec![]);
    let ping = Transport::Icmp(Icmp { kind: 8, code: 0 });
    let header = Header { transport: ping, ..tcp(("10.0.0.1", 0), ("10.0.0.5", 0)) };
    assert_eq!(ask(&pair.builder, inside(pair.a), header, inside(pair.b)), ANSWERED);
}

#[test]
fn a_detached_interface_receives_nothing() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.network.interfaces[pair.b].owner = InterfaceOwner::Detached;
    assert_eq!(lost(&pair.story().request), "Detached");
}
