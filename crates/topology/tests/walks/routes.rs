//! Sending and routing inside one VPC (§§2, 4, 6, 8).

use canreach_model::{
    Direction, InterfaceOwner, Layer, NetworkAclId, Obstacle, Place, Polarity, ProfileName,
    RouteRef, RouteTarget,
};
use canreach_net::AddressSet;
use canreach_testkit::{
    Builder,
    builder::{address, allow, range},
};
use canreach_topology::{Condition, End, Mode};

use crate::lab::{arrives, at, crossed, destinations_ending, one, only, places, tcp};

#[test]
fn the_longest_prefix_divides_the_destinations() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let table = lab.default_table(vpc);
    let beyond = lab.fact(Polarity::Helps);
    lab.route(table, "192.168.0.0/16", RouteTarget::Blackhole);
    lab.route(table, "192.168.1.0/24", RouteTarget::Unresolved(beyond));
    let network = lab.build();

    let trips =
        tcp(&network, (at(a), "10.0.0.1"), (at(a), "192.167.255.255-192.168.255.255"), Mode::Real);
    let set = |texts: &[&str]| -> AddressSet { texts.iter().map(|text| range(text)).collect() };
    assert_eq!(trips.len(), 3);
    assert_eq!(
        destinations_ending(&trips, End::Stopped(Obstacle::NoRoute(table))),
        set(&["192.167.255.255"])
    );
    let hole = Obstacle::Blackhole(RouteRef { table, index: 0 });
    assert_eq!(
        destinations_ending(&trips, End::Stopped(hole)),
        set(&["192.168.0.0/24", "192.168.2.0-192.168.255.255"])
    );
    assert_eq!(destinations_ending(&trips, End::Unmodelled(beyond)), set(&["192.168.1.0/24"]));
    // The fact is part of how the walk ends, not of who takes it.
    let conditions: Vec<Condition> =
        trips.iter().flat_map(|trip| trip.request.guard.conditions.clone()).collect();
    assert!(conditions.is_empty(), "{conditions:?}");
}

#[test]
fn a_local_route_beats_a_longer_one_only_where_the_profile_says_so() {
    for local_beats_custom in [false, true] {
        let mut lab = Builder::new(ProfileName::Aws);
        lab.profile.routing.local_beats_custom = local_beats_custom;
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
        let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
        let table = lab.default_table(vpc);
        lab.route(table, "10.0.0.2/32", RouteTarget::Blackhole);
        let network = lab.build();
        let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.2"), Mode::Real);
        let hole = End::Stopped(Obstacle::Blackhole(RouteRef { table, index: 0 }));
        assert_eq!(trip.request.end, if local_beats_custom { arrives(b) } else { hole });
    }
}

#[test]
fn a_host_keeps_what_is_for_its_other_interface_in_the_vpc() {
    let mut lab = Builder::new(ProfileName::Aws);
    let (here, elsewhere) = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
    let subnet = lab.subnet(here, &["10.0.0.0/24"]);
    let other = lab.subnet(elsewhere, &["10.1.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let owner = lab.network.interfaces[a].owner;
    let (b, c) = (lab.interface(subnet, &["10.0.0.2"]), lab.interface(other, &["10.1.0.3"]));
    lab.network.interfaces[b].owner = owner;
    lab.network.interfaces[c].owner = owner;
    lab.group(&[a, b, c], Vec::new(), Vec::new());
    let network = lab.build();

    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.2"), Mode::Real);
    assert_eq!(trip.request.end, arrives(b));
    assert_eq!(crossed(&trip.request), []);
    assert_eq!(trip.replies.len(), 1);
    assert_eq!(crossed(&trip.replies[0]), []);
    // In another VPC its own interface is as far as anybody else's.
    let trip = one(&network, (at(a), "10.0.0.1"), (at(c), "10.1.0.3"), Mode::Real);
    let table = network.vpcs[here].default_route_table;
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
    assert_eq!(crossed(&trip.request), [(Layer::SecurityGroups(a), Direction::Egress, false)]);
}

/// The ACL crossings of a request from one interface to another, and of the reply.
fn acl_crossings(stateful: bool, inside: bool, one_subnet: bool) -> [Vec<(Direction, bool)>; 2] {
    let mut lab = Builder::new(ProfileName::Aws);
    lab.profile.network_acl.filters_inside_subnet = inside;
    lab.profile.network_acl.stateful = stateful;
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let other = lab.subnet(vpc, &["10.0.1.0/24"]);
    lab.acl(&[subnet], vec![allow()], vec![allow()]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let (at_b, b) = if one_subnet {
        ("10.0.0.2", lab.interface(subnet, &["10.0.0.2"]))
    } else {
        ("10.0.1.2", lab.interface(other, &["10.0.1.2"]))
    };
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), at_b), Mode::Real);
    let told = |walk| {
        let crossed = crossed(walk).into_iter();
        crossed.map(|(_, direction, as_reply)| (direction, as_reply)).collect()
    };
    [told(&trip.request), told(&only(trip.replies))]
}

#[test]
fn an_acl_is_crossed_at_the_edge_of_its_subnet_and_inside_where_the_profile_says_so() {
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    assert_eq!(acl_crossings(false, false, true), [vec![], vec![]]);
    let both = |as_reply| vec![(egress, as_reply), (ingress, as_reply)];
    assert_eq!(acl_crossings(false, true, true), [both(false), both(false)]);
    assert_eq!(acl_crossings(true, true, true), [both(false), both(true)]);
    let across = |as_reply| [vec![(egress, false)], vec![(ingress, as_reply)]];
    assert_eq!(acl_crossings(false, false, false), across(false));
    assert_eq!(acl_crossings(true, true, false), across(true));
}

#[test]
fn a_layer_that_did_not_see_the_request_judges_the_reply() {
    // The request stays inside the subnet; a route leads the reply out of it and back.
    let mut lab = Builder::new(ProfileName::Aws);
    lab.profile.network_acl.stateful = true;
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let public = lab.subnet(vpc, &["10.0.9.0/24"]);
    let acl: NetworkAclId = lab.acl(&[subnet], vec![allow()], vec![allow()]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let (nat, _) = lab.nat_in_subnet(public, "10.0.9.9");
    let table = lab.default_table(vpc);
    lab.route(table, "10.0.0.1/32", RouteTarget::NatGateway(nat));
    let outside = lab.table(vpc);
    lab.network.subnets[public].route_table = outside;
    let network = lab.build();

    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.2"), Mode::Real);
    assert_eq!((trip.request.end, crossed(&trip.request)), (arrives(b), vec![]));
    assert_eq!(trip.replies.len(), 1);
    let layer = Layer::NetworkAcl(acl, subnet);
    assert_eq!(
        crossed(&trip.replies[0]),
        [(layer, Direction::Egress, false), (layer, Direction::Ingress, false)]
    );
    // It comes back with the gateway's address as its source.
    assert_eq!(trip.replies[0].end, End::Stopped(Obstacle::ReplyChanged));
}

#[test]
fn replies_are_not_judged_by_services_but_requests_are() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let (of_a, of_b) = (lab.instance_of(a), lab.instance_of(b));
    for instance in [of_a, of_b] {
        lab.network.instances[instance].services = Some(Vec::new());
    }
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.2"), Mode::Real);
    assert_eq!(
        crossed(&trip.request),
        [(Layer::Listener(of_b, Some(b)), Direction::Ingress, false)]
    );
    assert_eq!(crossed(&trip.replies[0]), []);
}

#[test]
fn nobody_and_what_is_plugged_into_nothing_do_not_receive() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let other = lab.subnet(vpc, &["10.0.1.0/24"]);
    let acl = lab.acl(&[other], vec![allow()], vec![allow()]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(other, &["10.0.1.2"]));
    lab.network.interfaces[b].owner = InterfaceOwner::Detached;
    let network = lab.build();
    let trips = tcp(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.2-10.0.1.3"), Mode::Real);
    assert_eq!(trips.len(), 2);
    let detached = End::Stopped(Obstacle::Detached(b));
    let stopped = trips.iter().find(|trip| trip.request.end == detached);
    let walk = &stopped.expect("a walk to the detached interface").request;
    // §6: the ACL is asked before anybody notices.
    let layer = Layer::NetworkAcl(acl, other);
    assert_eq!(crossed(walk), [(layer, Direction::Ingress, false)]);
    let nobody = End::Stopped(Obstacle::NobodyHas(vpc, address("10.0.1.3")));
    assert_eq!(destinations_ending(&trips, nobody), address("10.0.1.3").into());
}

#[test]
fn a_walk_names_its_places_and_the_route_taken() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let table = lab.default_table(vpc);
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.2"), Mode::Real);
    let (start, router, end) = (Place::Interface(a), Place::Router(vpc), Place::Interface(b));
    assert_eq!(places(&trip.request), [start, router, end]);
    assert_eq!(places(&trip.replies[0]), [end, router, start]);
    let taken: Vec<_> = trip.request.steps.iter().map(|step| step.route).collect();
    assert_eq!(taken, [None, Some(RouteRef { table, index: 0 }), None]);
}
