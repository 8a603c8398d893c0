//! Connections, networks on premises and gateway endpoints (§§5, 5c).

use canreach_model::{
    Across, AttachedTo, ConnectionId, Endpoint, InterfaceId, Obstacle, Place, ProfileName,
    RemoteNetworkId, RouteTarget, VpcId,
};
use canreach_testkit::{Builder, builder::address};
use canreach_topology::{End, Mode, Trip};

use crate::lab::{OUTSIDE, arrives, assumed, at, one, only, places};

const SITE: &str = "192.168.0.1";

/// A VPC with an interface, and a network on premises behind a connection that ends there.
struct Site {
    lab: Builder,
    vpc: VpcId,
    a: InterfaceId,
    remote: RemoteNetworkId,
    connection: ConnectionId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
        let a = lab.interface(subnet, &["10.0.0.1"]);
        let remote = lab.remote_network(&["192.168.0.0/24"]);
        let connection = lab.connection(remote, Some(vpc), &["10.0.0.0/16"]);
        let table = lab.default_table(vpc);
        lab.route(table, "192.168.0.0/16", RouteTarget::Connection(connection));
        Self { lab, vpc, a, remote, connection }
    }

    fn there(&self, destination: &str, mode: Mode) -> Trip {
        let network = self.lab.clone().build();
        let to = (Endpoint::Remote(self.remote), destination);
        one(&network, (at(self.a), "10.0.0.1"), to, mode)
    }

    fn out_of_there(&self, mode: Mode) -> Trip {
        let network = self.lab.clone().build();
        one(&network, (Endpoint::Remote(self.remote), SITE), (at(self.a), "10.0.0.1"), mode)
    }
}

#[test]
fn a_connection_leads_there_and_back() {
    let site = Site::new();
    let line = Place::Connection(site.connection);
    let (remote, router, a) =
        (Place::Remote(site.remote), Place::Router(site.vpc), Place::Interface(site.a));
    let trip = site.there(SITE, Mode::Real);
    assert_eq!(trip.request.end, End::Arrived(Endpoint::Remote(site.remote)));
    assert_eq!(places(&trip.request), [a, router, line, remote]);
    let back = only(trip.replies);
    assert_eq!((places(&back), back.end), (vec![remote, line, router, a], arrives(site.a)));
    let trip = site.out_of_there(Mode::Real);
    assert_eq!(places(&trip.request), [remote, line, router, a]);
    assert_eq!(only(trip.replies).end, End::Arrived(Endpoint::Remote(site.remote)));
    let behind = Obstacle::NotBehind(site.remote, address("192.168.9.9"));
    assert_eq!(site.there("192.168.9.9", Mode::Real).request.end, End::Stopped(behind));
}

#[test]
fn the_longest_prefix_that_is_up_counts_then_the_first() {
    let mut site = Site::new();
    let other = site.lab.vpc(&["10.0.0.0/16"]);
    let subnet = site.lab.subnet(other, &["10.0.0.0/24"]);
    let b = site.lab.interface(subnet, &["10.0.0.1"]);
    let longer = site.lab.connection(site.remote, Some(other), &["10.0.0.0/24"]);
    assert_eq!(site.out_of_there(Mode::Real).request.end, arrives(b));
    site.lab.network.connections[longer].advertised =
        site.lab.network.connections[site.connection].advertised.clone();
    assert_eq!(site.out_of_there(Mode::Real).request.end, arrives(site.a));
    site.lab.network.connections[site.connection].up = false;
    assert_eq!(site.out_of_there(Mode::Real).request.end, arrives(b));
}

#[test]
fn a_connection_that_is_down_is_missed_on_both_ways_but_mended_once() {
    let mut site = Site::new();
    site.lab.network.connections[site.connection].up = false;
    let down = Obstacle::ConnectionDown(site.connection);
    assert_eq!(site.there(SITE, Mode::Real).request.end, End::Stopped(down));
    assert_eq!(site.out_of_there(Mode::Real).request.end, End::Stopped(down));
    let trip = site.there(SITE, Mode::Repaired);
    assert_eq!(assumed(&trip.request), [down]);
    assert_eq!(trip.request.end, End::Arrived(Endpoint::Remote(site.remote)));
    let back = only(trip.replies);
    assert_eq!((assumed(&back), back.end), (vec![], arrives(site.a)));
}

#[test]
fn what_is_not_advertised_has_no_way_out_of_there() {
    let mut site = Site::new();
    site.lab.network.connections[site.connection].advertised.clear();
    let obstacle = Obstacle::NotAdvertised(site.remote);
    let trip = site.there(SITE, Mode::Real);
    assert_eq!(only(trip.replies).end, End::Stopped(obstacle));
    let back = only(site.there(SITE, Mode::Repaired).replies);
    assert_eq!((assumed(&back), back.end), (vec![obstacle], arrives(site.a)));
    // A connection that ends nowhere leads nowhere.
    site.lab.network.connections[site.connection].vpc = None;
    assert_eq!(site.out_of_there(Mode::Repaired).request.end, End::Stopped(obstacle));
}

#[test]
fn a_missing_route_is_missed_towards_premises_too() {
    let mut site = Site::new();
    let table = site.lab.default_table(site.vpc);
    site.lab.network.route_tables[table].routes.clear();
    let trip = site.there(SITE, Mode::Repaired);
    assert_eq!(assumed(&trip.request), [Obstacle::NoRoute(table)]);
    assert_eq!(trip.request.end, End::Arrived(Endpoint::Remote(site.remote)));
}

#[test]
fn a_connection_of_another_vpc_is_not_this_ones() {
    let mut site = Site::new();
    site.lab.network.connections[site.connection].vpc = None;
    let elsewhere = Obstacle::ConnectionElsewhere(site.connection, site.vpc);
    assert_eq!(site.there(SITE, Mode::Real).request.end, End::Stopped(elsewhere));
}

#[test]
fn by_a_transit_gateway_it_comes_from_no_subnet() {
    let mut site = Site::new();
    let gateway = site.lab.transit_gateway();
    let table = site.lab.transit_table(gateway);
    let through: Vec<_> =
        ["10.0.8.0/24", "10.0.9.0/24"].map(|block| site.lab.subnet(site.vpc, &[block])).to_vec();
    for (subnet, zone) in through.iter().zip(["a", "b"]) {
        site.lab.network.subnets[*subnet].zone = Some(zone.to_owned());
    }
    let own = site.lab.attach_vpc(gateway, site.vpc, &through, Some(table));
    let line = AttachedTo::Connection(site.connection);
    site.lab.attach(gateway, line, Some(table));
    site.lab.network.connections[site.connection].vpc = None;
    site.lab.transit_route(table, "10.0.0.0/16", canreach_model::TransitTarget::Attachment(own));
    let network = site.lab.clone().build();
    let from = (Endpoint::Remote(site.remote), SITE);
    let trips = crate::lab::tcp(&network, from, (at(site.a), "10.0.0.1"), Mode::Real);
    assert_eq!(trips.len(), 2, "either subnet, whatever their zones");
    assert!(trips.iter().all(|trip| trip.request.end == arrives(site.a)));
}

#[test]
fn what_comes_across_a_connection_leaves_only_as_the_profile_allows() {
    let mut site = Site::new();
    let prefix = canreach_testkit::builder::prefix("0.0.0.0/0");
    site.lab.network.connections[site.connection].advertised.push(prefix);
    let network = site.lab.clone().build();
    let from = (Endpoint::Remote(site.remote), SITE);
    let trip = one(&network, from, (Endpoint::Internet, OUTSIDE), Mode::Real);
    let across = Across::Connection(site.connection);
    let obstacle = Obstacle::NotTransitive(across, site.vpc);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
}

#[test]
fn a_gateway_endpoint_delivers_to_services_and_the_reply_comes_back_by_it() {
    let mut site = Site::new();
    let endpoint = site.lab.gateway_endpoint(site.vpc);
    let table = site.lab.default_table(site.vpc);
    site.lab.route(table, "198.51.100.0/24", RouteTarget::GatewayEndpoint(endpoint));
    let network = site.lab.clone().build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (Endpoint::Internet, OUTSIDE), Mode::Real);
    let by = Place::GatewayEndpoint(endpoint);
    let (a, router) = (Place::Interface(site.a), Place::Router(site.vpc));
    assert_eq!(places(&trip.request), [a, router, by, Place::Internet]);
    assert_eq!(trip.request.end, End::Arrived(Endpoint::Internet));
    let back = only(trip.replies);
    assert_eq!(places(&back), [Place::Internet, by, router, a]);
    assert_eq!(back.end, arrives(site.a));
    // It serves its own VPC alone.
    let other = site.lab.vpc(&["10.9.0.0/16"]);
    site.lab.network.gateway_endpoints[endpoint].vpc = other;
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (Endpoint::Internet, OUTSIDE), Mode::Real);
    let obstacle = Obstacle::EndpointElsewhere(endpoint, site.vpc);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
}

#[test]
fn the_table_of_a_connection_routes_what_enters_by_it() {
    let mut site = Site::new();
    let subnet = site.lab.subnet(site.vpc, &["10.0.1.0/24"]);
    let m = site.lab.interface(subnet, &["10.0.1.9"]);
    let instance = site.lab.instance_of(m);
    site.lab.forwards(instance);
    site.lab.network.interfaces[m].source_dest_check = false;
    let table = site.lab.table(site.vpc);
    site.lab.network.connections[site.connection].route_table = Some(table);
    let way = |site: &Site| {
        let request = site.out_of_there(Mode::Real).request;
        (places(&request)[2..].to_vec(), request.end)
    };
    let (router, a) = (Place::Router(site.vpc), Place::Interface(site.a));
    assert_eq!(way(&site), (vec![router, a], arrives(site.a)), "by the local route");
    site.lab.route(table, "10.0.0.0/24", RouteTarget::Interface(m));
    let past = vec![router, Place::Interface(m), router, a];
    assert_eq!(way(&site), (past, arrives(site.a)));
    // Other targets are not possible there.
    let index = site.lab.network.route_tables[table].routes.len() - 1;
    let hole = canreach_model::RouteRef { table, index };
    for (target, end) in [
        (RouteTarget::Blackhole, Obstacle::Blackhole(hole)),
        (RouteTarget::Connection(site.connection), Obstacle::NoRoute(table)),
    ] {
        site.lab.network.route_tables[table].routes[index].target = target;
        assert_eq!(way(&site).1, End::Stopped(end));
    }
}
