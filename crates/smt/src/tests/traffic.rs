//! Which part of the traffic is open, and the formula as text.

use canreach_model::{Exemption, Layer, Listen, Polarity, ProfileName, Setting, Translator};
use canreach_net::{PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_topology::{Condition, Crossing, HeaderSet, HeaderView, PortView, Trip};
use z3::{SatResult, Solver};

use super::build::*;
use crate::{Aim, Decision, Limits, Part, Truth, parts, smtlib};

fn ask(net: &Net, trips: &[Trip], aim: Aim) -> Vec<Part> {
    parts(&net.network, trips, net.to(), aim, Limits::default())
}

fn protocols(numbers: &[u8]) -> ProtocolSet {
    numbers.iter().map(|number| (*number, *number)).collect()
}

fn ports(ranges: &[(u16, u16)]) -> PortSet {
    ranges.iter().copied().collect()
}

/// The answer for one protocol with one port or type.
fn truth(parts: &[Part], Protocol(number): Protocol, value: u16) -> Truth {
    let protocol = Protocol(number);
    let holds = |part: &&Part| {
        let kind = u8::try_from(value).is_ok_and(|kind| part.icmp_types.contains(kind));
        part.protocols.contains(number)
            && (!protocol.has_ports() || part.destination_ports.contains(value))
            && (!protocol.is_icmp() || kind)
    };
    let found: Vec<&Part> = parts.iter().filter(holds).collect();
    assert_eq!(found.len(), 1, "{protocol} {value}: each value is in one part");
    found[0].truth
}

#[test]
fn parts_say_what_is_open_in_few_words() {
    let mut net = net(ProfileName::Aws);
    let rules = [
        allow().protocol(Protocol::TCP).ports(22, 22).rule(),
        allow().protocol(Protocol::TCP).ports(8000, 8080).rule(),
        allow().protocol(Protocol::ICMP).icmp(Some(8), None).rule(),
        allow().protocol(Protocol::GRE).rule(),
    ];
    net.group(net.db, INGRESS, rules);
    let trips = [trip(net.request(web_to_db(), vec![sg(net.db, INGRESS)]), vec![])];
    let found = ask(&net, &trips, Aim::Delivered);
    let open = Part {
        protocols: protocols(&[1, 6, 47]),
        destination_ports: ports(&[(22, 22), (8000, 8080)]),
        icmp_types: RangeSet::single(8),
        truth: Truth::Open,
    };
    assert_eq!(found[0], open);
    assert!(found[1..].iter().all(|part| part.truth == Truth::Closed));
    for (protocol, value, expected) in [
        (Protocol::TCP, 22, Truth::Open),
        (Protocol::TCP, 23, Truth::Closed),
        (Protocol::TCP, 8080, Truth::Open),
        (Protocol::TCP, 8081, Truth::Closed),
        (Protocol::UDP, 22, Truth::Closed),
        (Protocol::ICMP, 8, Truth::Open),
        (Protocol::ICMP, 0, Truth::Closed),
        (Protocol::ICMPV6, 8, Truth::Closed),
        (Protocol::GRE, 0, Truth::Open),
        (Protocol(50), 0, Truth::Closed),
    ] {
        assert_eq!(truth(&found, protocol, value), expected, "{protocol} {value}");
    }
}

#[test]
fn one_answer_for_everything_is_one_part() {
    let mut net = net(ProfileName::Aws);
    let shut = [trip(net.request(web_to_db(), vec![sg(net.db, INGRESS)]), vec![])];
    let whole = |truth| Part {
        protocols: ProtocolSet::all(),
        destination_ports: PortSet::all(),
        icmp_types: RangeSet::all(),
        truth,
    };
    assert_eq!(ask(&net, &shut, Aim::Delivered), [whole(Truth::Closed)]);
    net.group(net.db, INGRESS, [allow().rule()]);
    assert_eq!(ask(&net, &shut, Aim::Delivered), [whole(Truth::Open)]);
    assert_eq!(ask(&net, &shut, Aim::Answered), [whole(Truth::Closed)], "there is no way back");
}

#[test]
fn what_hangs_on_a_fact_is_unknown() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    let rules = [allow().tcp(80).rule(), allow().tcp(443).given(fact).rule()];
    net.group(net.db, INGRESS, rules);
    let tcp = tcp_to(PortSet::all());
    let trips = [trip(net.request(tcp, vec![sg(net.db, INGRESS)]), vec![])];
    let found = ask(&net, &trips, Aim::Delivered);
    for (port, expected) in [(80, Truth::Open), (443, Truth::Unknown), (81, Truth::Closed)] {
        assert_eq!(truth(&found, Protocol::TCP, port), expected, "{port}");
    }
    assert_eq!(found.len(), 3);
}

#[test]
fn ports_are_those_of_the_question_where_the_network_shifts_them() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().protocol(Protocol::TCP).ports(80, 90).rule()]);
    let vm = net.instance(Some(vec![service(Protocol::TCP, 85, Listen::Any)]));
    let seen = HeaderView {
        destination_port: PortView::Destination { shift: -8000 },
        ..HeaderView::ORIGINAL
    };
    let group = Crossing { header: seen, ..sg(net.db, INGRESS) };
    let question = tcp_to(PortSet::range(8000, 8100));
    let trips = [trip(net.request(question.clone(), vec![group]), vec![])];
    let found = ask(&net, &trips, Aim::Delivered);
    assert_eq!(found[0].destination_ports, PortSet::range(8080, 8090));
    assert_eq!(found[1].destination_ports, ports(&[(8000, 8079), (8091, 8100)]));
    let listener =
        Crossing { header: seen, ..crossing(Layer::Listener(vm, Some(net.db)), INGRESS) };
    let trips = [trip(net.request(question, vec![group, listener]), vec![])];
    let found = ask(&net, &trips, Aim::Delivered);
    assert_eq!(found[0].destination_ports, PortSet::single(8085));
}

#[test]
fn the_way_back_closes_ports_too() {
    let mut net = net(ProfileName::Huawei);
    // On the way back the port of the question is the source port.
    let acl = net.acl(EGRESS, [deny().source_ports(25, 25).rule(), allow().rule()]);
    let back = of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS));
    let tcp = tcp_to(PortSet::range(1, 1000));
    let trips = [trip(net.request(tcp.clone(), vec![]), vec![net.reply(tcp, vec![back])])];
    let found = ask(&net, &trips, Aim::Answered);
    assert_eq!(found[0].destination_ports, ports(&[(1, 24), (26, 1000)]));
    assert_eq!(found[1].destination_ports, PortSet::single(25));
    assert_eq!((found[0].truth, found[1].truth), (Truth::Open, Truth::Closed));
}

#[test]
fn deny_rules_and_exemptions_of_groups_cut_too() {
    let mut net = net(ProfileName::Huawei);
    let profile = &mut net.network.vpcs[net.vpc].profile.security_group;
    profile.default_priority = Setting::Decided(1);
    let prefix = "10.0.2.20/32".parse().unwrap();
    profile.exempt = vec![Exemption { prefix, service: Some((Protocol::TCP, 53)) }];
    let rules = [
        deny().protocol(Protocol::TCP).ports(50, 59).rule(),
        allow().protocol(Protocol::TCP).ports(1, 100).rule(),
    ];
    net.group(net.db, INGRESS, rules);
    let trips = [trip(net.request(tcp_to(PortSet::all()), vec![sg(net.db, INGRESS)]), vec![])];
    let found = ask(&net, &trips, Aim::Delivered);
    let open = ports(&[(1, 49), (53, 53), (60, 100)]);
    assert_eq!((found[0].truth, &found[0].destination_ports), (Truth::Open, &open));
    assert_eq!((found.len(), found[1].truth), (2, Truth::Closed));
}

#[test]
fn exemptions_of_acls_cut_too() {
    let mut net = net(ProfileName::Huawei);
    let acl = net.acl(EGRESS, [allow().protocol(Protocol::TCP).ports(443, 443).rule()]);
    let at = crossing(Layer::NetworkAcl(acl, net.a), EGRESS);
    let metadata = HeaderSet {
        protocols: ProtocolSet::single(Protocol::TCP.0),
        ..HeaderSet::between(addresses("10.0.1.10"), addresses("169.254.169.254"))
    };
    let found = ask(&net, &[trip(net.request(metadata, vec![at]), vec![])], Aim::Delivered);
    let open = ports(&[(80, 80), (443, 443)]);
    assert_eq!((found[0].truth, &found[0].destination_ports), (Truth::Open, &open));
    assert_eq!((found.len(), found[1].truth), (2, Truth::Closed));
}

#[test]
fn ports_that_must_equal_another_are_told_from_those_that_need_not() {
    let mut net = net(ProfileName::Aws);
    let nat = Translator::NatGateway(net.nat());
    let open = |port, shift| {
        let mut request = net.request(tcp_to(PortSet::range(0, 9000)), vec![]);
        let asked = PortView::Destination { shift };
        request.guard.headers.source_ports = PortSet::range(500, 599);
        request.guard.conditions = vec![Condition::SamePort(port, asked, true)];
        let turned = Condition::SamePort(asked, port, true);
        let found = ask(&net, &[trip(request.clone(), vec![])], Aim::Delivered);
        request.guard.conditions = vec![turned];
        assert_eq!(ask(&net, &[trip(request, vec![])], Aim::Delivered), found);
        assert_eq!((found.len(), found[0].truth, found[1].truth), (2, Truth::Open, Truth::Closed));
        found[0].destination_ports.clone()
    };
    assert_eq!(open(PortView::Fixed(8080), 0), PortSet::single(8080));
    assert_eq!(open(PortView::Fixed(8080), 80), PortSet::single(8000));
    assert_eq!(open(PortView::Source, 0), PortSet::range(500, 599));
    assert_eq!(open(PortView::Chosen(nat), 0), PortSet::range(1024, 9000));
}

#[test]
fn a_tiny_limit_leaves_parts_unknown() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().protocol(Protocol::TCP).ports(22, 23).rule()]);
    let trips = [trip(net.request(web_to_db(), vec![sg(net.db, INGRESS)]), vec![])];
    let found = parts(&net.network, &trips, net.to(), Aim::Delivered, Limits { rlimit: 1 });
    assert!(found.iter().any(|part| part.truth == Truth::Unknown), "{found:?}");
}

#[test]
fn the_formula_as_text_means_the_same() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    let rules = [allow().tcp(22).rule(), allow().from("10.9.0.0/16").given(fact).rule()];
    net.group(net.db, INGRESS, rules);
    for (port, expected) in [(22, SatResult::Sat), (23, SatResult::Unsat)] {
        let way = net.request(tcp_to(PortSet::single(port)), vec![sg(net.db, INGRESS)]);
        let trips = [trip(way, vec![])];
        let text = smtlib(&net.network, &trips, net.to(), Aim::Delivered);
        assert!(text.contains("(set-logic QF_BV)") && text.ends_with("(check-sat)\n"), "{text}");
        let solver = Solver::new();
        solver.from_string(text);
        assert_eq!(solver.check(), expected);
        let unreachable = net.decide(&trips, Aim::Delivered) == Decision::Unreachable;
        assert_eq!(unreachable, expected == SatResult::Unsat);
    }
}
