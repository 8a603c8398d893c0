//! What blocks, and what would have to change.

use canreach_model::{Checkpoint, Layer, Obstacle, Pass, Polarity, ProfileName};
use canreach_net::{PortSet, Protocol};
use canreach_topology::{AddressView, Crossing, End, HeaderView, Trip};

use super::build::*;
use crate::{Aim, Blockers, Corrections, Element, Limits, blockers, corrections};

fn filter(pass: Pass, crossing: Crossing) -> Element {
    Element::Filter { pass, checkpoint: crossing.checkpoint }
}

fn request(crossing: Crossing) -> Element {
    filter(Pass::Request, crossing)
}

fn ask(net: &Net, trip: &Trip, reply: Option<usize>) -> Blockers {
    blockers(&net.network, trip, reply, Limits::default())
}

fn mend(net: &Net, trips: &[Trip], aim: Aim) -> Corrections {
    corrections(&net.network, trips, net.to(), aim, Limits::default())
}

/// Network ACLs at subnet `b`, one for each rule list.
fn layers<const N: usize>(net: &mut Net, rules: [Vec<canreach_model::Rule>; N]) -> [Crossing; N] {
    rules.map(|rules| {
        let acl = net.acl(INGRESS, rules);
        crossing(Layer::NetworkAcl(acl, net.b), INGRESS)
    })
}

#[test]
fn every_blocker_is_named_past_the_first_one() {
    let mut net = net(ProfileName::Aws);
    let lists: [Vec<_>; 12] = std::array::from_fn(|at| {
        if at % 3 == 0 {
            vec![allow().rule()]
        } else {
            vec![allow().tcp(at.try_into().unwrap()).rule()]
        }
    });
    let crossed = layers(&mut net, lists);
    let ssh = tcp_to(PortSet::single(22));
    let trip = trip(net.request(ssh, crossed.to_vec()), vec![]);
    let blocking: Vec<Element> = [1, 2, 4, 5, 7, 8, 10, 11].map(|at| request(crossed[at])).to_vec();
    let found = ask(&net, &trip, None);
    assert_eq!(found, Blockers { alone: blocking.clone(), ..Blockers::default() });
    let mended = mend(&net, &[trip], Aim::Delivered);
    assert_eq!(mended, Corrections { sets: vec![blocking], complete: true });
}

#[test]
fn filters_that_only_clash_are_named_together() {
    let mut net = net(ProfileName::Aws);
    let tcp = |first, last| vec![allow().protocol(Protocol::TCP).ports(first, last).rule()];
    // The third leaves room for the second, the first for neither.
    let [low, high, edge] = layers(&mut net, [tcp(0, 99), tcp(100, 200), tcp(150, 300)]);
    let trip = trip(net.request(tcp_to(PortSet::all()), vec![low, high, edge]), vec![]);
    let found = ask(&net, &trip, None);
    assert_eq!(found.alone, []);
    let [low, high, edge] = [low, high, edge].map(request);
    assert_eq!(found.together, [[low, high], [low, edge]]);
    assert!(!found.undecided);
    let mended = mend(&net, &[trip], Aim::Delivered);
    assert_eq!(mended.sets, [vec![low], vec![high, edge]]);
    assert!(mended.complete);
}

#[test]
fn a_filter_blocks_only_if_no_fact_opens_it() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    let [open, shut] = layers(&mut net, [vec![allow().given(fact).rule()], vec![]]);
    let trip = trip(net.request(web_to_db(), vec![open, shut]), vec![]);
    assert_eq!(ask(&net, &trip, None).alone, [request(shut)]);
    assert_eq!(mend(&net, &[trip], Aim::Delivered).sets, [[request(shut)]], "the fact may help");
}

#[test]
fn on_the_way_back_only_flows_that_take_it_count() {
    let mut net = net(ProfileName::Aws);
    let [there] = layers(&mut net, [vec![allow().tcp(22).rule()]]);
    let request = net.request(tcp_to(PortSet::range(1, 100)), vec![there]);
    // Some other way back takes port 22.
    let back = |ports| net.reply(tcp_to(ports), vec![]);
    let replies = vec![back(PortSet::range(23, 100)), back(PortSet::range(1, 22))];
    let trip = trip(request, replies);
    assert_eq!(ask(&net, &trip, None), Blockers::default(), "port 22 gets there");
    assert_eq!(ask(&net, &trip, Some(0)).alone, [self::request(there)]);
    assert_eq!(ask(&net, &trip, Some(1)), Blockers::default());
    let found = mend(&net, &[trip], Aim::Answered);
    assert_eq!(found.sets, [vec![]], "the way back of port 22 needs nothing");
}

#[test]
fn a_way_back_that_nobody_takes_has_no_blockers() {
    let mut net = net(ProfileName::Aws);
    let [there] = layers(&mut net, [vec![]]);
    let request = net.request(tcp_to(PortSet::range(1, 100)), vec![there]);
    let mut back = net.reply(tcp_to(PortSet::range(1, 100)), vec![]);
    let ports = |equal| {
        let destination = canreach_topology::PortView::Destination { shift: 0 };
        canreach_topology::Condition::SamePort(destination, destination, equal)
    };
    back.guard.conditions = vec![ports(false)];
    let trip = trip(request, vec![back]);
    assert_eq!(ask(&net, &trip, None).alone, [self::request(there)]);
    assert_eq!(ask(&net, &trip, Some(0)), Blockers { vacant: true, ..Blockers::default() });
}

#[test]
fn both_directions_and_obstacles_come_in_packet_order() {
    let mut net = net(ProfileName::Aws);
    let [there, behind] = layers(&mut net, [vec![], vec![]]);
    let acl = net.acl(EGRESS, [allow().protocol(Protocol::UDP).rule()]);
    let back = of_reply(crossing(Layer::NetworkAcl(acl, net.b), EGRESS));
    let ssh = tcp_to(PortSet::single(22));
    let table = net.network.vpcs[net.vpc].default_route_table;
    let mut way = net.request(ssh.clone(), vec![there]);
    way.steps[0].assumed = vec![Obstacle::NoRoute(table)];
    let mut last = way.steps[0].clone();
    (last.crossings, last.assumed) = (vec![behind], vec![]);
    way.steps.push(last);
    let mended = trip(way.clone(), vec![net.reply(ssh, vec![back])]);
    let no_route = Element::Obstacle { pass: Pass::Request, obstacle: Obstacle::NoRoute(table) };
    let all = vec![request(there), no_route, request(behind), filter(Pass::Reply, back)];
    assert_eq!(ask(&net, &mended, Some(0)).alone, all);
    assert_eq!(ask(&net, &mended, None).alone, all[..3]);
    let trips = [mended];
    assert_eq!(mend(&net, &trips, Aim::Answered).sets, std::slice::from_ref(&all));
    assert_eq!(mend(&net, &trips, Aim::Delivered).sets, [all[..3].to_vec()]);

    way.end = End::Stopped(Obstacle::Detached(net.db));
    let stuck = trip(way, vec![]);
    let detached = Element::Obstacle { pass: Pass::Request, obstacle: Obstacle::Detached(net.db) };
    assert_eq!(ask(&net, &stuck, None).alone.last(), Some(&detached));
    let none = Corrections { sets: vec![], complete: true };
    assert_eq!(mend(&net, &[stuck], Aim::Delivered), none, "that obstacle stays");
}

#[test]
fn corrections_of_several_walks_keep_only_the_smallest() {
    let mut net = net(ProfileName::Aws);
    let [one, two, three] = layers(&mut net, [vec![], vec![], vec![]]);
    let way = |crossings: Vec<Crossing>| trip(net.request(web_to_db(), crossings), vec![]);
    let trips = [way(vec![one, two]), way(vec![one, two, three]), way(vec![three])];
    let sets = mend(&net, &trips, Aim::Delivered).sets;
    assert_eq!(sets, [vec![request(three)], vec![request(one), request(two)]]);
}

#[test]
fn more_corrections_than_are_listed_are_cut_off_and_said_so() {
    let mut net = net(ProfileName::Aws);
    // Forty ports, each let through by all but two filters of its own: forty pairs to remove.
    let pairs: Vec<Trip> = (1..=40)
        .map(|port| {
            let crossed = layers(&mut net, [vec![], vec![]]);
            trip(net.request(tcp_to(PortSet::single(port)), crossed.to_vec()), vec![])
        })
        .collect();
    let found = mend(&net, &pairs, Aim::Delivered);
    assert_eq!((found.sets.len(), found.complete), (32, false));
    assert!(found.sets.iter().all(|set| set.len() == 2));
}

#[test]
fn a_filter_met_twice_is_one_element() {
    let mut net = net(ProfileName::Aws);
    let [acl] = layers(&mut net, [vec![]]);
    let trip = trip(net.request(web_to_db(), vec![acl, acl]), vec![]);
    assert_eq!(ask(&net, &trip, None).alone, [request(acl)]);
}

#[test]
fn a_filter_met_twice_must_pass_both_times() {
    let mut net = net(ProfileName::Aws);
    let [acl] = layers(&mut net, [vec![allow().from("192.0.2.1").rule()]]);
    let source = AddressView::Fixed("192.0.2.1".parse().unwrap());
    let translated = Crossing { header: HeaderView { source, ..HeaderView::ORIGINAL }, ..acl };
    let trip = trip(net.request(web_to_db(), vec![acl, translated]), vec![]);
    assert_eq!(ask(&net, &trip, None).alone, [request(acl)]);
}

#[test]
fn filters_that_exclude_each_other_clash_in_pairs() {
    let mut net = net(ProfileName::Aws);
    let tcp = |first, last| vec![allow().protocol(Protocol::TCP).ports(first, last).rule()];
    let crossed = layers(&mut net, [tcp(0, 99), tcp(100, 199), tcp(200, 299)]);
    let trip = trip(net.request(tcp_to(PortSet::all()), crossed.to_vec()), vec![]);
    let [a, b, c] = crossed.map(request);
    assert_eq!(ask(&net, &trip, None).together, [[a, b], [a, c], [b, c]]);
    assert_eq!(mend(&net, &[trip], Aim::Delivered).sets, [[a, b], [a, c], [b, c]]);
}

#[test]
fn forty_ways_to_open_one_walk_are_cut_off_at_thirty_two() {
    let mut net = net(ProfileName::Aws);
    // Filter n stops port n alone, so together they stop every port of the question.
    let rules: [Vec<_>; 40] =
        std::array::from_fn(|at| vec![deny().tcp(at.try_into().unwrap()).rule(), allow().rule()]);
    let crossed = layers(&mut net, rules);
    let trip = trip(net.request(tcp_to(PortSet::range(0, 39)), crossed.to_vec()), vec![]);
    let found = ask(&net, &trip, None);
    assert_eq!(found.together, [crossed.map(request).to_vec()]);
    assert!(!found.undecided);
    let mended = mend(&net, &[trip], Aim::Delivered);
    assert_eq!((mended.sets.len(), mended.complete), (32, false));
    assert!(mended.sets.iter().all(|set| set.len() == 1));
}

#[test]
fn a_walk_that_nobody_takes_has_no_blockers() {
    let mut net = net(ProfileName::Aws);
    let [acl] = layers(&mut net, [vec![]]);
    let fact = net.fact(Polarity::Helps);
    let mut way = net.request(web_to_db(), vec![acl]);
    let condition = |value| canreach_topology::Condition::Fact(fact, value);
    way.guard.conditions = vec![condition(true), condition(false)];
    let found = ask(&net, &trip(way, vec![]), None);
    assert_eq!(found, Blockers { vacant: true, ..Blockers::default() });
}

#[test]
fn an_open_walk_has_neither_blockers_nor_corrections() {
    let mut net = net(ProfileName::Aws);
    let [acl] = layers(&mut net, [vec![allow().rule()]]);
    let trip = trip(net.request(web_to_db(), vec![acl]), vec![]);
    assert_eq!(ask(&net, &trip, None), Blockers::default());
    assert_eq!(mend(&net, &[trip], Aim::Delivered).sets, [vec![]], "nothing to remove");
}

#[test]
fn a_tiny_limit_is_told() {
    let mut net = net(ProfileName::Aws);
    let rules = (0..100_u16).map(|at| {
        let rule = if at % 2 == 0 { allow() } else { deny() };
        rule.protocol(Protocol::TCP)
            .ports(at, 40000 - at * 7)
            .source_ports(at * 3, 50000 - at)
            .rule()
    });
    let [acl] = layers(&mut net, [rules.collect()]);
    let trip = trip(net.request(web_to_db(), vec![acl]), vec![]);
    let limits = Limits { rlimit: 1 };
    assert!(blockers(&net.network, &trip, None, limits).undecided);
    let found = corrections(&net.network, &[trip], net.to(), Aim::Delivered, limits);
    assert!(!found.complete);
}

#[test]
fn elements_say_which_checkpoint() {
    let net = net(ProfileName::Aws);
    let at = sg(net.db, INGRESS);
    let trip = trip(net.request(web_to_db(), vec![at]), vec![]);
    let checkpoint = Checkpoint { layer: Layer::SecurityGroups(net.db), direction: INGRESS };
    let expected = Element::Filter { pass: Pass::Request, checkpoint };
    assert_eq!(ask(&net, &trip, None).alone, [expected]);
}
