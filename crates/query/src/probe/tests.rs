use std::net::IpAddr;

use canreach_model::{Endpoint, ProfileName, Rule};
use canreach_testkit::{
    Builder,
    builder::{address, allow, far_side, ports, range},
};
use canreach_topology::{Mode, Topology, explore};

use super::*;

/// The probes for TCP from 10.0.0.1-10.0.0.99 to any port of 10.0.0.2, whose group has the rules.
fn probes_at(rules: Vec<Rule>) -> Vec<Flow> {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    lab.group(&[b], rules, Vec::new());
    let network = lab.build();
    let sources = range("10.0.0.16-10.0.0.99").into();
    let mut headers = HeaderSet::between(sources, address("10.0.0.2").into());
    headers.protocols = RangeSet::single(Protocol::TCP.0);
    let flows = Flows { from: Endpoint::Interface(a), to: Endpoint::Interface(b), headers };
    let trips = explore(&Topology::new(&network), &flows, Mode::Real).unwrap();
    let probes = probes(&network, std::slice::from_ref(&flows), &trips);
    assert!(probes.iter().all(|flow| flows.headers.contains(&flow.header)), "all asked about");
    probes
}

fn destination_ports(probes: &[Flow]) -> BTreeSet<u16> {
    let ports = probes.iter().filter_map(|flow| flow.header.transport.ports());
    ports.map(|ports| ports.destination).collect()
}

#[test]
fn the_ports_at_both_sides_of_each_edge_are_tried() {
    let rules = vec![
        ports(allow(), Protocol::TCP, 1000, 2000),
        ports(allow(), Protocol::TCP, 65535, 65535),
        ports(allow(), Protocol::TCP, 0, 0),
    ];
    let tried = destination_ports(&probes_at(rules));
    for port in [0, 1, 999, 1000, 2000, 2001, 65534, 65535] {
        assert!(tried.contains(&port), "{port} of {tried:?}");
    }
    let mut rule = allow();
    rule.matches.source_ports = PortSet::range(50, 60);
    let sources: BTreeSet<u16> = probes_at(vec![rule])
        .iter()
        .filter_map(|flow| flow.header.transport.ports())
        .map(|ports| ports.source)
        .collect();
    for port in [49, 50, 60, 61] {
        assert!(sources.contains(&port), "{port} of {sources:?}");
    }
}

#[test]
fn the_addresses_at_both_sides_of_each_edge_are_tried() {
    let rule = far_side(allow(), Direction::Ingress, "10.0.0.32/28");
    let probes = probes_at(vec![rule]);
    let tried: BTreeSet<IpAddr> = probes.iter().map(|flow| flow.header.source).collect();
    for text in ["10.0.0.31", "10.0.0.32", "10.0.0.47", "10.0.0.48"] {
        assert!(tried.contains(&address(text)), "{text} of {tried:?}");
    }
}

#[test]
fn every_rule_adds_as_many_probes_as_the_one_before() {
    let count = |rules: u16| {
        let rule = |number: u16| ports(allow(), Protocol::TCP, number * 10, number * 10 + 5);
        probes_at((1..=rules).map(rule).collect()).len()
    };
    let (ten, twenty, thirty) = (count(10), count(20), count(30));
    assert!(ten < twenty);
    assert_eq!(thirty - twenty, twenty - ten);
}

#[test]
fn messages_of_the_type_that_a_rule_names_are_tried() {
    let mut rule = PacketMatch::everything();
    rule.protocol = Some(Protocol::ICMP);
    rule.icmp = Some(canreach_model::IcmpMatch { kind: Some(11), code: Some(1) });
    let mut headers = HeaderSet::between(address("10.0.0.1").into(), address("10.0.0.2").into());
    headers.protocols = RangeSet::single(Protocol::ICMP.0);
    let corners = Corners::of(&headers, Some(&rule));
    let tried: BTreeSet<Icmp> =
        corners.headers().filter_map(|header| header.transport.icmp()).collect();
    assert!(tried.contains(&Icmp { kind: 11, code: 1 }), "{tried:?}");
    assert!(tried.contains(&Icmp { kind: 8, code: 1 }), "{tried:?}");
}
