//! Delivered and answered, rewrites on the way, and limits.

use canreach_model::{Endpoint, Layer, Obstacle, ProfileName};
use canreach_net::{Family, Icmp, PortSet, Protocol, ProtocolSet, RangeSet, Transport};
use canreach_topology::{
    AddressView, Condition, Crossing, End, HeaderSet, HeaderView, IcmpView, PortView,
};

use super::{build::*, choices::through_nat};
use crate::{Aim, Decision, Limits, Undecided, decide};

#[test]
fn what_is_delivered_need_not_be_answered() {
    let mut net = net(ProfileName::Aws);
    let acl = net.acl(EGRESS, []);
    let back = of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS));
    let ssh = tcp_to(PortSet::single(22));
    let trips = [trip(net.request(ssh.clone(), vec![]), vec![net.reply(ssh, vec![back])])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!((witness.trip, witness.reply), (0, None));
    assert_eq!(net.decide(&trips, Aim::Answered), Decision::Unreachable);
}

#[test]
fn a_stateless_acl_lets_replies_to_its_port_range_back() {
    let mut net = net(ProfileName::Aws);
    let acl = net.acl(EGRESS, [allow().protocol(Protocol::TCP).ports(1024, 2047).rule()]);
    let back = of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS));
    let ssh = tcp_to(PortSet::single(22));
    let trips = [trip(net.request(ssh.clone(), vec![]), vec![net.reply(ssh, vec![back])])];
    let witness = reachable(net.decide(&trips, Aim::Answered));
    assert_eq!(witness.header, to_db(tcp(1024, 22)), "the smallest port that will do");
    assert_eq!(witness.reply, Some(0));
    assert_eq!(witness.intermittent, None);
}

#[test]
fn only_the_end_asked_for_counts() {
    let net = net(ProfileName::Aws);
    let mut elsewhere = net.request(web_to_db(), vec![]);
    elsewhere.end = End::Arrived(Endpoint::Internet);
    let mut stopped = net.request(web_to_db(), vec![]);
    stopped.end = End::Stopped(Obstacle::NobodyHas(net.vpc, "10.0.2.20".parse().unwrap()));
    let trips = [trip(elsewhere, vec![]), trip(stopped, vec![])];
    for aim in [Aim::Delivered, Aim::Answered] {
        assert_eq!(net.decide(&trips, aim), Decision::Unreachable);
    }
    assert_eq!(net.decide(&[], Aim::Delivered), Decision::Unreachable);
}

#[test]
fn a_reply_that_is_stopped_is_no_answer() {
    let net = net(ProfileName::Aws);
    let ssh = tcp_to(PortSet::single(22));
    let mut back = net.reply(ssh.clone(), vec![]);
    back.end = End::Stopped(Obstacle::ReplyChanged);
    let trips = [trip(net.request(ssh, vec![]), vec![back])];
    assert_eq!(net.decide(&trips, Aim::Answered), Decision::Unreachable);
    reachable(net.decide(&trips, Aim::Delivered));
}

#[test]
fn each_layer_sees_the_header_that_holds_there() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().tcp(8443).from("192.0.2.1").rule()]);
    let seen = HeaderView {
        source: AddressView::Fixed("192.0.2.1".parse().unwrap()),
        destination: AddressView::Fixed("10.0.2.20".parse().unwrap()),
        destination_port: PortView::Destination { shift: 8000 },
        ..HeaderView::ORIGINAL
    };
    let at = Crossing { header: seen, ..sg(net.db, INGRESS) };
    let headers = HeaderSet {
        protocols: ProtocolSet::single(Protocol::TCP.0),
        destination_ports: PortSet::range(1, 1000),
        ..HeaderSet::between(addresses("203.0.113.0/24"), addresses("198.51.100.1"))
    };
    let trips = [trip(net.request(headers, vec![at]), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.header, header("203.0.113.0", "198.51.100.1", tcp(50000, 443)));
}

#[test]
fn a_shift_may_go_down() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().tcp(80).rule()]);
    let seen = HeaderView {
        destination_port: PortView::Destination { shift: -8000 },
        ..HeaderView::ORIGINAL
    };
    let at = Crossing { header: seen, ..sg(net.db, INGRESS) };
    let trips = [trip(net.request(tcp_to(PortSet::range(8000, 9000)), vec![at]), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.header.transport, tcp(50000, 8080));
}

#[test]
fn a_ping_is_answered_by_its_own_reply_type() {
    let mut net = net(ProfileName::Aws);
    let answers = |net: &mut Net, kind| {
        let acl = net.acl(EGRESS, [allow().icmp(Some(kind), Some(0)).rule()]);
        of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS))
    };
    let mut ping = web_to_db();
    ping.protocols = ProtocolSet::single(Protocol::ICMP.0);
    ping.icmp_types = [8, 13, 15, 17].into_iter().map(|kind| (kind, kind)).collect();
    ping.icmp_codes = RangeSet::single(0);
    for (request, reply) in Icmp::REPLIES_V4 {
        let back = answers(&mut net, reply);
        assert_eq!(back.header.icmp, IcmpView::Answer);
        let trips =
            [trip(net.request(ping.clone(), vec![]), vec![net.reply(ping.clone(), vec![back])])];
        let witness = reachable(net.decide(&trips, Aim::Answered));
        assert_eq!(witness.header.transport, icmp(request, 0));
    }
    let back = answers(&mut net, 3);
    let trips = [trip(net.request(ping.clone(), vec![]), vec![net.reply(ping, vec![back])])];
    assert_eq!(net.decide(&trips, Aim::Answered), Decision::Unreachable);
}

#[test]
fn icmpv6_answers_echo_with_129() {
    let mut net = net(ProfileName::Aws);
    let acl = net.acl(EGRESS, [allow().icmp(Some(129), None).rule()]);
    let back = of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS));
    let mut ping = HeaderSet::between(addresses("2001:db8::10"), addresses("2001:db8::20"));
    ping.protocols = ProtocolSet::single(Protocol::ICMPV6.0);
    ping.icmp_types = RangeSet::single(128);
    ping.icmp_codes = RangeSet::single(0);
    let trips = [trip(net.request(ping.clone(), vec![]), vec![net.reply(ping, vec![back])])];
    let witness = reachable(net.decide(&trips, Aim::Answered));
    let echo = Transport::Icmpv6(Icmp { kind: 128, code: 0 });
    assert_eq!(witness.header, header("2001:db8::10", "2001:db8::20", echo));
}

#[test]
fn conditions_compare_ports_and_addresses() {
    let net = net(ProfileName::Aws);
    let with = |conditions: Vec<Condition>, headers: HeaderSet| {
        let mut request = net.request(headers, vec![]);
        request.guard.conditions = conditions;
        net.decide(&[trip(request, vec![])], Aim::Delivered)
    };
    let destination = PortView::Destination { shift: 0 };
    let same = |equal| Condition::SamePort(PortView::Source, destination, equal);
    let witness = reachable(with(vec![same(true)], tcp_to(PortSet::single(500))));
    assert_eq!(witness.header.transport, tcp(500, 500));
    let mut one = tcp_to(PortSet::single(500));
    one.source_ports = PortSet::single(500);
    assert_eq!(with(vec![same(false)], one), Decision::Unreachable);
    let gre = only(&to_db(Transport::Other(Protocol::GRE)));
    reachable(with(vec![same(true)], gre.clone()));
    assert_eq!(with(vec![same(false)], gre), Decision::Unreachable, "no ports count as equal");

    let fixed = AddressView::Fixed("10.0.1.77".parse().unwrap());
    let wide = HeaderSet { sources: addresses("10.0.1.0/24"), ..tcp_to(PortSet::single(500)) };
    let source = |equal| Condition::SameAddress(AddressView::Source, fixed, equal);
    let witness = reachable(with(vec![source(true)], wide.clone()));
    assert_eq!(witness.header.source, "10.0.1.77".parse::<std::net::IpAddr>().unwrap());
    let witness = reachable(with(vec![source(false)], wide));
    assert_eq!(witness.header.source, "10.0.1.0".parse::<std::net::IpAddr>().unwrap());
}

#[test]
fn walks_of_both_families_may_be_asked_together() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().family(Family::V6).rule()]);
    let at = sg(net.db, INGRESS);
    let v6 = HeaderSet::between(addresses("2001:db8::10"), addresses("2001:db8::20"));
    let trips =
        [trip(net.request(web_to_db(), vec![at]), vec![]), trip(net.request(v6, vec![at]), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.trip, 1);
    assert_eq!(witness.header, header("2001:db8::10", "2001:db8::20", tcp(50000, 443)));
}

#[test]
fn a_fixed_port_is_seen_as_such() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().tcp(8080).rule()]);
    let seen =
        |port| HeaderView { destination_port: PortView::Fixed(port), ..HeaderView::ORIGINAL };
    let ask = |port| {
        let at = Crossing { header: seen(port), ..sg(net.db, INGRESS) };
        net.decide(
            &[trip(net.request(tcp_to(PortSet::single(80)), vec![at]), vec![])],
            Aim::Delivered,
        )
    };
    assert_eq!(reachable(ask(8080)).header.transport, tcp(50000, 80));
    assert_eq!(ask(80), Decision::Unreachable);
}

#[test]
fn the_smallest_port_is_found_wherever_it_lies() {
    for first in [1, 2, 3, 5, 1000, 1025, 40001, 65534, 65535] {
        let mut net = net(ProfileName::Huawei);
        let acl = net.acl(INGRESS, [allow().source_ports(first, u16::MAX).ports(9, 9).rule()]);
        let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
        let trips = [trip(net.request(tcp_to(PortSet::all()), vec![at]), vec![])];
        let prefer = [HeaderSet { source_ports: PortSet::range(1, u16::MAX), ..web_to_db() }];
        let limits = Limits::default();
        let (decision, _) = decide(&net.network, &trips, net.to(), Aim::Delivered, &prefer, limits);
        assert_eq!(reachable(decision).header.transport, tcp(first, 9));
    }
}

#[test]
fn preferred_headers_are_tried_in_order() {
    let mut net = net(ProfileName::Aws);
    let rules = [allow().protocol(Protocol::UDP).ports(53, 53).rule(), allow().tcp(9000).rule()];
    net.group(net.db, INGRESS, rules);
    let trips = [trip(net.request(web_to_db(), vec![sg(net.db, INGRESS)]), vec![])];
    let everywhere =
        HeaderSet::between(canreach_net::AddressSet::all(), canreach_net::AddressSet::all());
    let ping = HeaderSet { protocols: ProtocolSet::single(Protocol::ICMP.0), ..everywhere.clone() };
    let ephemeral = HeaderSet { source_ports: PortSet::range(32768, 60999), ..everywhere };
    let prefer = [ping, ephemeral];
    let ask = |prefer: &[HeaderSet]| {
        let (decision, _) =
            decide(&net.network, &trips, net.to(), Aim::Delivered, prefer, Limits::default());
        reachable(decision).header.transport
    };
    assert_eq!(ask(&prefer), tcp(32768, 9000));
    assert_eq!(ask(&[]), tcp(50000, 9000));
    let udp_only =
        HeaderSet { protocols: ProtocolSet::single(Protocol::UDP.0), ..prefer[1].clone() };
    assert_eq!(ask(&[udp_only]), udp(32768, 53));
}

#[test]
fn a_tiny_limit_leaves_a_question_undecided() {
    let mut net = net(ProfileName::Aws);
    // Overlapping ranges that the solver has to search through.
    let rules = (0..200_u16).map(|at| {
        let rule = if at % 2 == 0 { allow() } else { deny() };
        rule.protocol(Protocol::TCP)
            .ports(at, 40000 - at * 7)
            .source_ports(at * 3, 50000 - at)
            .rule()
    });
    let acl = net.acl(INGRESS, rules.collect::<Vec<_>>());
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    let trips = [trip(net.request(web_to_db(), vec![at]), vec![])];
    let limits = Limits { rlimit: 1 };
    let (decision, stats) = decide(&net.network, &trips, net.to(), Aim::Delivered, &[], limits);
    let Decision::Unknown(Undecided::Limit { reason }) = decision else { panic!("{decision:?}") };
    assert_eq!(reason, "the solver's resource limit was reached");
    assert_eq!(stats.checks, 1);
    reachable(net.decide(&trips, Aim::Delivered));
}

#[test]
fn the_same_question_has_the_same_answer_at_the_same_cost() {
    let mut net = net(ProfileName::Aws);
    let (_, trip) = through_nat(&mut net, (32768, 61000));
    let ask = || {
        decide(
            &net.network,
            std::slice::from_ref(&trip),
            net.to(),
            Aim::Answered,
            &[],
            Limits::default(),
        )
    };
    let first = ask();
    assert!(first.1.rlimit > 0);
    // Other questions in between, on this thread and on others, change nothing.
    net.passes(sg(net.db, INGRESS), &to_db(tcp(1, 2)));
    assert_eq!(ask(), first);
    let elsewhere = std::thread::scope(|scope| scope.spawn(ask).join().unwrap());
    assert_eq!(elsewhere, first);
}

#[test]
fn other_protocols_have_neither_ports_nor_types() {
    let mut net = net(ProfileName::Aws);
    net.group(net.db, INGRESS, [allow().protocol(Protocol(132)).rule()]);
    let trips = [trip(net.request(web_to_db(), vec![sg(net.db, INGRESS)]), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.header, to_db(Transport::Other(Protocol(132))));
}
