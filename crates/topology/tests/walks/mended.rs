//! Walks on which obstacles count as removed ([`Mode::Repaired`]).

use canreach_model::{
    AttachedTo, Direction, Endpoint, Forwarding, InterfaceId, Layer, Obstacle, PeeringStatus,
    Place, ProfileName, RouteTarget, VpcId,
};
use canreach_net::{PortRange, Protocol};
use canreach_testkit::{
    Builder,
    builder::{address, allow},
};
use canreach_topology::{AddressView, End, Mode};

use crate::lab::{OUTSIDE, arrives, assumed, at, crossed, one, only, places};

const INTERNET: Endpoint = Endpoint::Internet;

/// Two VPCs with one interface each, and nothing between them.
fn two() -> (Builder, [VpcId; 2], [InterfaceId; 2]) {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpcs = [lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"])];
    let subnets = [lab.subnet(vpcs[0], &["10.0.0.0/24"]), lab.subnet(vpcs[1], &["10.1.0.0/24"])];
    let ends = [lab.interface(subnets[0], &["10.0.0.1"]), lab.interface(subnets[1], &["10.1.0.2"])];
    (lab, vpcs, ends)
}

#[test]
fn a_missing_peering_is_missed_once_and_each_missing_route_where_it_is() {
    let (lab, vpcs, [a, b]) = two();
    let tables = vpcs.map(|vpc| lab.default_table(vpc));
    let network = lab.build();
    let no_peering = Obstacle::NoPeering(vpcs[0], vpcs[1]);
    let there = one(&network, (at(a), "10.0.0.1"), (at(b), "10.1.0.2"), Mode::Repaired);
    assert_eq!(there.request.end, arrives(b));
    assert_eq!(assumed(&there.request), [Obstacle::NoRoute(tables[0]), no_peering]);
    let back = only(there.replies);
    assert_eq!(back.end, arrives(a));
    assert_eq!(assumed(&back), [Obstacle::NoRoute(tables[1])]);
    // From the other side it is the same peering that is missing.
    let there = one(&network, (at(b), "10.1.0.2"), (at(a), "10.0.0.1"), Mode::Repaired);
    assert_eq!(assumed(&there.request), [Obstacle::NoRoute(tables[1]), no_peering]);
    // In reality it ends where it did.
    let real = one(&network, (at(a), "10.0.0.1"), (at(b), "10.1.0.2"), Mode::Real);
    assert_eq!(real.request.end, End::Stopped(Obstacle::NoRoute(tables[0])));
    assert_eq!(assumed(&real.request), []);
}

#[test]
fn a_peering_that_is_not_active_is_taken_as_active() {
    let (mut lab, vpcs, [a, b]) = two();
    let peering = lab.peering(vpcs[0], vpcs[1]);
    lab.network.peerings[peering].status = PeeringStatus::PendingAcceptance;
    let tables = vpcs.map(|vpc| lab.default_table(vpc));
    lab.route(tables[0], "10.1.0.0/16", RouteTarget::Peering(peering));
    let network = lab.build();
    let inactive = Obstacle::PeeringInactive(peering);
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.1.0.2"), Mode::Repaired);
    assert_eq!((trip.request.end, assumed(&trip.request)), (arrives(b), vec![inactive]));
    assert_eq!(assumed(&only(trip.replies)), [Obstacle::NoRoute(tables[1])]);
    // Without the route either, it is the peering that a route would lead to.
    let trip = one(&network, (at(b), "10.1.0.2"), (at(a), "10.0.0.1"), Mode::Repaired);
    assert_eq!(assumed(&trip.request), [Obstacle::NoRoute(tables[1]), inactive]);
    assert!(places(&trip.request).contains(&Place::Peering(peering)));
}

#[test]
fn a_sender_without_a_public_address_is_lent_one_and_its_reply_comes_back() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let gateway = lab.internet_gateway(vpc);
    let table = lab.default_table(vpc);
    lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Repaired);
    assert_eq!(trip.request.end, End::Arrived(INTERNET));
    assert_eq!(assumed(&trip.request), [Obstacle::NoPublicAddress(a)]);
    let lent = trip.request.steps.last().expect("steps").header.source;
    assert!(matches!(lent, AddressView::Fixed(address) if address.is_ipv4()), "{lent:?}");
    let back = only(trip.replies);
    assert_eq!((back.end, assumed(&back)), (arrives(a), vec![]));
}

#[test]
fn everything_missing_on_the_way_out_is_named_in_order() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let table = lab.default_table(vpc);
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Repaired);
    assert_eq!(
        assumed(&trip.request),
        [Obstacle::NoRoute(table), Obstacle::NoInternetGateway(vpc), Obstacle::NoPublicAddress(a)]
    );
    assert_eq!(only(trip.replies).end, arrives(a));
}

#[test]
fn a_walk_that_cannot_be_mended_ends_at_the_end_asked_for() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let acl = lab.acl(&[subnet], vec![allow()], vec![allow()]);
    lab.group(&[b], vec![allow()], Vec::new());
    let instance = lab.instance_of(b);
    lab.network.instances[instance].services = Some(Vec::new());
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.0.9"), Mode::Repaired);
    let nobody = Obstacle::NobodyHas(vpc, address("10.0.0.9"));
    assert_eq!(trip.request.end, End::Stopped(nobody));
    assert_eq!(places(&trip.request).last(), Some(&Place::Interface(b)));
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    assert_eq!(
        crossed(&trip.request),
        [
            (Layer::NetworkAcl(acl, subnet), egress, false),
            (Layer::NetworkAcl(acl, subnet), ingress, false),
            (Layer::SecurityGroups(b), ingress, false),
            (Layer::Listener(instance, Some(b)), ingress, false)
        ]
    );
    assert!(trip.replies.is_empty());
}

#[test]
fn an_egress_only_gateway_cannot_be_mended_for_ipv4() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let gateway = lab.internet_gateway(vpc);
    lab.network.internet_gateways[gateway].egress_only = true;
    let table = lab.default_table(vpc);
    lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Repaired);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::EgressOnly(gateway)));
}

#[test]
fn a_reply_that_cannot_be_mended_is_not_judged_by_services_at_its_end() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let other = lab.subnet(vpc, &["10.0.1.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(other, &["10.0.1.2"]));
    lab.group(&[a], Vec::new(), vec![allow()]);
    let instance = lab.instance_of(a);
    lab.network.instances[instance].services = Some(Vec::new());
    let gateway = lab.internet_gateway(vpc);
    lab.network.internet_gateways[gateway].egress_only = true;
    let table = lab.table(vpc);
    lab.network.subnets[other].route_table = table;
    lab.route(table, "10.0.0.1/32", RouteTarget::InternetGateway(gateway));
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.2"), Mode::Repaired);
    assert_eq!(trip.request.end, arrives(b));
    let back = only(trip.replies);
    assert_eq!(back.end, End::Stopped(Obstacle::EgressOnly(gateway)));
    // The group saw the request and keeps state.
    assert_eq!(crossed(&back), [(Layer::SecurityGroups(a), Direction::Ingress, true)]);
}

#[test]
fn a_load_balancer_beyond_a_missing_peering_is_reached_by_its_listener() {
    let (mut lab, vpcs, [a, _]) = two();
    let subnet = lab.subnet(vpcs[1], &["10.1.9.0/24"]);
    let (balancer, front) = lab.load_balancer(subnet, &["10.1.9.1"]);
    lab.listener(balancer, Protocol::TCP, PortRange::ALL, Forwarding::Proxy, &[]);
    lab.group(&[front], vec![allow()], Vec::new());
    let tables = vpcs.map(|vpc| lab.default_table(vpc));
    let network = lab.build();
    let to = (Endpoint::LoadBalancer(balancer), "10.1.9.1");
    let trip = one(&network, (at(a), "10.0.0.1"), to, Mode::Repaired);
    let missing = [Obstacle::NoRoute(tables[0]), Obstacle::NoPeering(vpcs[0], vpcs[1])];
    assert_eq!((assumed(&trip.request), trip.request.end), (missing.to_vec(), End::Arrived(to.0)));
    let back = only(trip.replies);
    assert_eq!((assumed(&back), back.end), (vec![Obstacle::NoRoute(tables[1])], arrives(a)));
}

#[test]
fn a_virtual_address_that_cannot_be_reached_is_judged_at_its_first_holder() {
    let (mut lab, vpcs, [a, b]) = two();
    let subnet = lab.network.interfaces[b].subnet;
    let held = lab.virtual_address(subnet, "10.1.0.100", &[b]);
    lab.group(&[b], vec![allow()], Vec::new());
    let instance = lab.instance_of(b);
    lab.host_firewall(instance, Vec::new());
    let network = lab.build();
    let to = (Endpoint::VirtualAddress(held), "10.1.0.9");
    let trip = one(&network, (at(a), "10.0.0.1"), to, Mode::Repaired);
    let table = network.vpcs[vpcs[0]].default_route_table;
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
    let ingress = Direction::Ingress;
    assert_eq!(
        crossed(&trip.request),
        [(Layer::SecurityGroups(b), ingress, false), (Layer::HostFirewall(b), ingress, false)]
    );
}

#[test]
fn premises_behind_a_transit_gateway_are_reached_past_every_gap_on_the_way() {
    let (mut lab, vpcs, [a, _]) = two();
    let remote = lab.remote_network(&["192.168.0.0/24"]);
    let line = lab.connection(remote, None, &["10.0.0.0/8"]);
    lab.network.connections[line].up = false;
    let gateway = lab.transit_gateway();
    let transit = lab.transit_table(gateway);
    lab.attach(gateway, AttachedTo::Connection(line), Some(transit));
    let table = lab.default_table(vpcs[0]);
    let to = (Endpoint::Remote(remote), "192.168.0.1");
    let network = lab.clone().build();
    let trip = one(&network, (at(a), "10.0.0.1"), to, Mode::Repaired);
    assert_eq!(
        assumed(&trip.request),
        [
            Obstacle::NoRoute(table),
            Obstacle::NotAttached(gateway, vpcs[0]),
            Obstacle::ConnectionDown(line)
        ]
    );
    assert_eq!(trip.request.end, End::Arrived(to.0));
    // On the way back the line is mended already; the gateway still has no route, and still does not
    // know the VPC, which is mended too.
    let back = only(trip.replies);
    assert_eq!((assumed(&back), back.end), (vec![Obstacle::NoTransitRoute(transit)], arrives(a)));
}
