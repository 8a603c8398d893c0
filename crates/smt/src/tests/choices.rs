//! What the network chooses by itself: ports, addresses, targets.

use canreach_model::{
    Choices, Chooser, Layer, LoadBalancer, Obstacle, ProfileName, Translator, VirtualAddress,
};
use canreach_net::{PortSet, Protocol};
use canreach_topology::{
    AddressView, Condition, Crossing, End, HeaderSet, HeaderView, PortView, Trip,
};

use super::build::*;
use crate::{Aim, Decision};

/// A trip through a NAT gateway whose own subnet's ACL judges the reply by the port it chose.
pub(super) fn through_nat(
    net: &mut Net,
    replies: (u16, u16),
) -> (canreach_model::NatGatewayId, Trip) {
    let nat = net.nat();
    let (first, last) = replies;
    let acl = net.acl(INGRESS, [allow().protocol(Protocol::TCP).ports(first, last).rule()]);
    let translated = HeaderView {
        source: AddressView::Fixed("10.0.1.5".parse().unwrap()),
        source_port: PortView::Chosen(Translator::NatGateway(nat)),
        ..HeaderView::ORIGINAL
    };
    let back =
        Crossing { header: translated.reply(), ..crossing(Layer::NetworkAcl(acl, net.a), INGRESS) };
    let https = tcp_to(PortSet::single(443));
    (nat, trip(net.request(https.clone(), vec![]), vec![net.reply(https, vec![back])]))
}

#[test]
fn a_flow_that_depends_on_the_port_a_gateway_chose_is_intermittent() {
    let mut net = net(ProfileName::Aws);
    let (nat, trip) = through_nat(&mut net, (32768, 61000));
    let witness = reachable(net.decide(&[trip], Aim::Answered));
    assert_eq!(witness.header, to_db(tcp(50000, 443)));
    assert_eq!(witness.choices, chosen(&[(nat, 32768)]));
    assert_eq!(witness.intermittent, Some(chosen(&[(nat, 1024)])));
}

#[test]
fn a_flow_that_passes_under_every_choice_is_not_intermittent() {
    let mut net = net(ProfileName::Aws);
    let (nat, trip) = through_nat(&mut net, (1024, 65535));
    let witness = reachable(net.decide(&[trip], Aim::Answered));
    assert_eq!(witness.choices, chosen(&[(nat, 1024)]));
    assert_eq!(witness.intermittent, None);
}

#[test]
fn a_gateway_chooses_only_from_its_range() {
    let mut net = net(ProfileName::Aws);
    let (_, trip) = through_nat(&mut net, (0, 1023));
    assert_eq!(net.decide(&[trip], Aim::Answered), Decision::Unreachable);
}

#[test]
fn a_gateways_choice_is_not_among_the_source_ports_of_the_question() {
    for (first, last, passes) in
        [(1024, 2047, true), (49_999, 50_001, true), (80, 80, false), (0, 1023, false)]
    {
        let mut net = net(ProfileName::Aws);
        let nat = net.nat();
        let acl = net.acl(INGRESS, [allow().source_ports(first, last).rule()]);
        let source_port = PortView::Chosen(Translator::NatGateway(nat));
        let header = HeaderView { source_port, ..HeaderView::ORIGINAL };
        let at = Crossing { header, ..crossing(Layer::NetworkAcl(acl, net.b), INGRESS) };
        // The client may send from one port alone, which the gateway need not keep.
        let from = |source| HeaderSet {
            source_ports: PortSet::single(source),
            ..tcp_to(PortSet::single(443))
        };
        for source in [80, 50_000] {
            let trips = [trip(net.request(from(source), vec![at]), vec![])];
            let decision = net.decide(&trips, Aim::Delivered);
            if passes {
                let witness = reachable(decision);
                assert_eq!(witness.header.transport, tcp(source, 443));
                assert_eq!(witness.choices, chosen(&[(nat, first.max(1024))]));
                let failing = witness.intermittent.unwrap().ports[&Translator::NatGateway(nat)];
                assert!(!(first..=last).contains(&failing), "{failing}");
            } else {
                assert_eq!(decision, Decision::Unreachable, "{first} to {last}");
            }
        }
    }
}

#[test]
fn a_load_balancer_chooses_from_the_ports_of_its_own_vpc() {
    let mut net = net(ProfileName::Aws);
    let other = add_vpc(&mut net.network, "other", ProfileName::Aws, "10.9.0.0/16");
    net.network.vpcs[other].profile.translation.ports =
        canreach_net::PortRange::new(5000, 5999).unwrap();
    let subnet = add_subnet(&mut net.network, other, "10.9.1.0/24");
    let front = add_interface(&mut net.network, subnet, &["10.9.1.5"]);
    let nat = net.nat();
    let acl = net.acl(INGRESS, [allow().source_ports(0, 5499).rule()]);
    let by = |by| {
        let header = HeaderView { source_port: PortView::Chosen(by), ..HeaderView::ORIGINAL };
        Crossing { header, ..crossing(Layer::NetworkAcl(acl, net.b), INGRESS) }
    };
    let (balancer, gateway) = (Translator::LoadBalancer(front), Translator::NatGateway(nat));
    let crossings = vec![by(balancer), by(gateway)];
    let trips = [trip(net.request(tcp_to(PortSet::single(443)), crossings), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    let ports = [(gateway, 1024), (balancer, 5000)].into_iter().collect();
    assert_eq!(witness.choices.ports, ports);
    assert!(witness.intermittent.is_some());
}

#[test]
fn a_gateway_and_a_load_balancer_choose_apart() {
    let mut net = net(ProfileName::Aws);
    let (gateway, front) = (net.nat(), net.web);
    assert_eq!(gateway.index(), front.index());
    let ports =
        [Translator::NatGateway(gateway), Translator::LoadBalancer(front)].map(PortView::Chosen);
    let mut request = net.request(tcp_to(PortSet::single(443)), vec![]);
    request.guard.conditions = vec![Condition::SamePort(ports[0], ports[1], false)];
    let witness = reachable(net.decide(&[trip(request, vec![])], Aim::Delivered));
    let chosen: Vec<u16> = witness.choices.ports.into_values().collect();
    assert_eq!(chosen.len(), 2);
    assert_ne!(chosen[0], chosen[1]);
    assert!(witness.intermittent.is_none(), "no walk fails, the others only do not occur");
}

#[test]
fn what_was_picked_there_and_back_is_told_with_the_flow() {
    let mut net = net(ProfileName::Aws);
    let held = net.network.virtual_addresses.push(VirtualAddress {
        meta: meta("vip"),
        subnet: net.b,
        address: "10.0.2.100".parse().unwrap(),
        interfaces: vec![net.web, net.db],
    });
    let elb = LoadBalancer { meta: meta("elb"), listeners: Vec::new() };
    let target = Chooser::Target(net.network.load_balancers.push(elb), 3);
    let holder = Chooser::Holder(held);
    let ssh = tcp_to(PortSet::single(22));
    // The second holder answers by its second target alone.
    let way = |holds: usize, picked: usize| {
        let mut back = net.reply(ssh.clone(), vec![]);
        back.guard.picks = vec![(holder, holds), (target, picked)];
        if (holds, picked) != (1, 1) {
            back.end = End::Stopped(Obstacle::ReplyChanged);
        }
        back
    };
    let trips = [0, 1].map(|holds| {
        let mut request = net.request(ssh.clone(), vec![]);
        request.guard.picks = vec![(holder, holds)];
        trip(request, vec![way(holds, 0), way(holds, 1)])
    });
    let witness = reachable(net.decide(&trips, Aim::Answered));
    assert_eq!((witness.trip, witness.reply), (1, Some(1)));
    let picks = |holds, picked| [(holder, holds), (target, picked)].into_iter().collect();
    assert_eq!(witness.choices, Choices { picks: picks(1, 1), ..Choices::default() });
    let failing = witness.intermittent.unwrap();
    assert_eq!(failing, Choices { picks: picks(0, 0), ..Choices::default() });
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.choices.picks, [(holder, 0)].into_iter().collect());
    assert_eq!(witness.intermittent, None, "it is delivered to either");
}

#[test]
fn a_port_that_no_gateway_chooses_opens_and_closes_nothing() {
    let mut net = net(ProfileName::Aws);
    let nat = net.nat();
    let chosen = |equal| {
        let asked = PortView::Destination { shift: 0 };
        Condition::SamePort(PortView::Chosen(Translator::NatGateway(nat)), asked, equal)
    };
    let with = |equal, end| {
        let mut request = net.request(tcp_to(PortSet::single(443)), vec![]);
        request.guard.conditions = vec![chosen(equal)];
        request.end = end;
        trip(request, vec![])
    };
    let arrived = End::Arrived(net.to());
    let equal = [with(true, arrived)];
    assert_eq!(net.decide(&equal, Aim::Delivered), Decision::Unreachable, "443 is below 1024");
    let trips = [with(false, arrived), with(true, End::Stopped(Obstacle::ReplyChanged))];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.intermittent, None);
}

#[test]
fn another_address_that_fails_makes_a_flow_intermittent() {
    let mut net = net(ProfileName::Aws);
    let nat = net.nat();
    net.group(net.db, INGRESS, [allow().from("203.0.113.21").rule()]);
    let through = |address: &str, index| {
        let source = AddressView::Fixed(address.parse().unwrap());
        let header = HeaderView { source, ..HeaderView::ORIGINAL };
        let at = Crossing { header, ..sg(net.db, INGRESS) };
        let mut request = net.request(tcp_to(PortSet::single(443)), vec![at]);
        request.guard.picks = vec![(Chooser::SourceTranslation(nat), index)];
        trip(request, vec![])
    };
    let trips = [through("203.0.113.20", 0), through("203.0.113.21", 1)];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.trip, 1);
    let picked = Chooser::SourceTranslation(nat);
    assert_eq!(witness.choices.picks[&picked], 1);
    assert_eq!(witness.intermittent.unwrap().picks[&picked], 0);
}

#[test]
fn a_choice_on_the_way_back_alone_makes_a_flow_intermittent() {
    let mut net = net(ProfileName::Aws);
    let elb = LoadBalancer { meta: meta("elb"), listeners: Vec::new() };
    let target = Chooser::Target(net.network.load_balancers.push(elb), 0);
    let ssh = tcp_to(PortSet::single(22));
    let back = |picked, end| {
        let mut back = net.reply(ssh.clone(), vec![]);
        back.guard.picks = vec![(target, picked)];
        back.end = end;
        back
    };
    let arrived = net.reply(ssh.clone(), vec![]).end;
    let replies = vec![back(0, arrived), back(1, End::Stopped(Obstacle::ReplyChanged))];
    let trips = [trip(net.request(ssh.clone(), vec![]), replies)];
    let witness = reachable(net.decide(&trips, Aim::Answered));
    assert_eq!(witness.choices.picks[&target], 0);
    assert_eq!(witness.intermittent.unwrap().picks[&target], 1);
    assert_eq!(reachable(net.decide(&trips, Aim::Delivered)).intermittent, None);
}
