//! Internet gateways, public addresses and the Internet itself (§§5, 9).

use canreach_model::{
    Endpoint, InterfaceId, InternetAccess, InternetGatewayId, Obstacle, Place, ProfileName,
    RouteTableId, RouteTarget, VpcId,
};
use canreach_testkit::{Builder, builder::address};
use canreach_topology::{AddressView, End, Mode};

use crate::lab::{OUTSIDE, arrives, at, one, places};

const V6_OUTSIDE: &str = "2600::1";
const INTERNET: Endpoint = Endpoint::Internet;

/// A VPC of both families with an Internet gateway, to which every route leads.
struct Site {
    lab: Builder,
    vpc: VpcId,
    gateway: InternetGatewayId,
    table: RouteTableId,
    a: InterfaceId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16", "2001:db8::/56"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24", "2001:db8::/64"]);
        let a = lab.interface(subnet, &["10.0.0.1", "2001:db8::1"]);
        let gateway = lab.internet_gateway(vpc);
        let table = lab.default_table(vpc);
        lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        lab.route(table, "::/0", RouteTarget::InternetGateway(gateway));
        Self { lab, vpc, gateway, table, a }
    }

    /// How requests end that go out, in IPv4 and IPv6.
    fn out(&self) -> [End; 2] {
        let network = self.lab.clone().build();
        let end =
            |from, to| one(&network, (at(self.a), from), (INTERNET, to), Mode::Real).request.end;
        [end("10.0.0.1", OUTSIDE), end("2001:db8::1", V6_OUTSIDE)]
    }

    /// How requests end that come in for the public address, in IPv4, and the interface's own, in IPv6.
    fn inwards(&self) -> [End; 2] {
        let network = self.lab.clone().build();
        let end =
            |from, to| one(&network, (INTERNET, from), (at(self.a), to), Mode::Real).request.end;
        [end(OUTSIDE, "203.0.113.1"), end(V6_OUTSIDE, "2001:db8::1")]
    }
}

const GONE: End = End::Arrived(INTERNET);

#[test]
fn ipv4_goes_out_and_comes_in_by_its_public_address() {
    let mut site = Site::new();
    let none = End::Stopped(Obstacle::NoPublicAddress(site.a));
    assert_eq!(site.out(), [none, GONE]);
    site.lab.public_address("203.0.113.1", site.a);
    assert_eq!(site.out(), [GONE, GONE]);
    assert_eq!(site.inwards(), [arrives(site.a); 2]);

    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    let out = [
        Place::Interface(site.a),
        Place::Router(site.vpc),
        Place::InternetGateway(site.gateway),
        Place::Internet,
    ];
    assert_eq!(places(&trip.request), out);
    let sources: Vec<AddressView> =
        trip.request.steps.iter().map(|step| step.header.source).collect();
    let public = AddressView::Fixed(address("203.0.113.1"));
    assert_eq!(sources, [AddressView::Source, AddressView::Source, public, public]);
    assert_eq!(trip.replies.len(), 1);
    assert_eq!(trip.replies[0].end, arrives(site.a));
    let mut back = out;
    back.reverse();
    // The gateway hands to the router, so that these two stand the other way round as well.
    assert_eq!(places(&trip.replies[0]), back);
}

#[test]
fn a_gateway_of_another_vpc_takes_nothing() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    site.lab.network.internet_gateways[site.gateway].vpc = None;
    let detached = End::Stopped(Obstacle::GatewayNotAttached(site.gateway, site.vpc));
    assert_eq!(site.out(), [detached; 2]);
    assert_eq!(site.inwards(), [End::Stopped(Obstacle::NoInternetGateway(site.vpc)); 2]);
}

#[test]
fn a_denied_interface_neither_sends_nor_receives() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    site.lab.network.interfaces[site.a].internet_gateway_denied = true;
    let denied = End::Stopped(Obstacle::InternetGatewayDenied(site.a));
    assert_eq!(site.out(), [denied; 2]);
    assert_eq!(site.inwards(), [denied; 2]);
}

#[test]
fn an_egress_only_gateway_carries_ipv6_out_and_only_replies_in() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    site.lab.network.internet_gateways[site.gateway].egress_only = true;
    assert_eq!(site.out(), [End::Stopped(Obstacle::EgressOnly(site.gateway)), GONE]);
    assert_eq!(site.inwards(), [End::Stopped(Obstacle::NoInternetGateway(site.vpc)); 2]);
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "2001:db8::1"), (INTERNET, V6_OUTSIDE), Mode::Real);
    assert_eq!(trip.replies.len(), 1);
    assert_eq!(trip.replies[0].end, arrives(site.a));
}

#[test]
fn an_egress_only_gateway_that_saw_only_the_reply_does_not_let_it_in() {
    // The request is local; a longer route sends the reply out and, it hopes, in again.
    let mut site = Site::new();
    site.lab.network.internet_gateways[site.gateway].egress_only = true;
    let subnet = site.lab.subnet(site.vpc, &["2001:db8:0:1::/64"]);
    let b = site.lab.interface(subnet, &["2001:db8:0:1::2"]);
    let table = site.lab.table(site.vpc);
    site.lab.network.subnets[subnet].route_table = table;
    site.lab.route(table, "2001:db8::1/128", RouteTarget::InternetGateway(site.gateway));
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "2001:db8::1"), (at(b), "2001:db8:0:1::2"), Mode::Real);
    assert_eq!(trip.request.end, arrives(b));
    assert_eq!(trip.replies.len(), 1);
    assert_eq!(trip.replies[0].end, End::Stopped(Obstacle::NoInternetGateway(site.vpc)));
}

#[test]
fn an_egress_only_gateway_lets_no_request_in_that_it_has_seen_itself() {
    let mut site = Site::new();
    site.lab.network.internet_gateways[site.gateway].egress_only = true;
    let subnet = site.lab.subnet(site.vpc, &["2001:db8:0:1::/64"]);
    let b = site.lab.interface(subnet, &["2001:db8:0:1::2"]);
    let target = RouteTarget::InternetGateway(site.gateway);
    site.lab.route(site.table, "2001:db8:0:1::2/128", target);
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "2001:db8::1"), (at(b), "2001:db8:0:1::2"), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoInternetGateway(site.vpc)));
}

#[test]
fn the_table_of_a_gateway_leads_only_inwards() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    let other = site.lab.vpc(&["10.1.0.0/16"]);
    let peering = site.lab.peering(site.vpc, other);
    let table = site.lab.table(site.vpc);
    site.lab.network.internet_gateways[site.gateway].route_table = Some(table);
    assert_eq!(site.inwards(), [arrives(site.a); 2], "by the local routes");
    site.lab.route(table, "10.0.0.1/32", RouteTarget::Peering(peering));
    assert_eq!(site.inwards(), [End::Stopped(Obstacle::NoRoute(table)), arrives(site.a)]);
}

#[test]
fn a_public_address_alone_passes_no_gateway() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    site.lab.network.vpcs[site.vpc].profile.routing.internet = InternetAccess::PublicAddress;
    // Its table would stop the packet, if it went that way.
    let table = site.lab.table(site.vpc);
    site.lab.network.internet_gateways[site.gateway].route_table = Some(table);
    site.lab.route(table, "10.0.0.1/32", RouteTarget::Blackhole);
    assert_eq!(site.inwards(), [arrives(site.a); 2]);
    site.lab.network.internet_gateways[site.gateway].vpc = None;
    let none = End::Stopped(Obstacle::NoInternetGateway(site.vpc));
    assert_eq!(site.inwards(), [arrives(site.a), none], "IPv6 needs a gateway all the same");
}

#[test]
fn the_internet_routes_neither_private_sources_nor_private_destinations() {
    let mut site = Site::new();
    site.lab.network.vpcs[site.vpc].cidrs.push(canreach_testkit::builder::prefix("fd00::/56"));
    site.lab.network.interfaces[site.a].addresses.push(address("fd00::1"));
    let network = site.lab.clone().build();
    let end = |from, to| one(&network, (at(site.a), from), (INTERNET, to), Mode::Real).request.end;
    let not_routed = |text| End::Stopped(Obstacle::NotRoutedOnInternet(address(text)));
    assert_eq!(end("fd00::1", V6_OUTSIDE), not_routed("fd00::1"));
    assert_eq!(end("2001:db8::1", "fd99::1"), not_routed("fd99::1"));
}

#[test]
fn addresses_of_the_network_that_stand_for_nothing_are_told_apart() {
    let mut site = Site::new();
    site.lab.public_address_of("203.0.113.9", None);
    let network = site.lab.build();
    let end = |from, to| one(&network, (INTERNET, from), (at(site.a), to), Mode::Real).request.end;
    let unused = Obstacle::PublicAddressUnused(address("203.0.113.9"));
    assert_eq!(end(OUTSIDE, "203.0.113.9"), End::Stopped(unused));
    assert_eq!(
        end(V6_OUTSIDE, "2001:db8::7"),
        End::Stopped(Obstacle::NobodyHas(site.vpc, address("2001:db8::7")))
    );
    let elsewhere = one(&network, (INTERNET, OUTSIDE), (at(site.a), "203.0.113.10"), Mode::Real);
    assert_eq!(elsewhere.request.end, GONE, "not one of the network's");
    assert!(elsewhere.replies.is_empty(), "it did not come where it should");
}

#[test]
fn a_public_address_beats_the_default_route_where_the_profile_says_so() {
    for beats in [false, true] {
        let mut site = Site::new();
        site.lab.network.vpcs[site.vpc].profile.routing.public_address_beats_default_route = beats;
        site.lab.public_address("203.0.113.1", site.a);
        let routes = &mut site.lab.network.route_tables[site.table].routes;
        routes[0].target = RouteTarget::Blackhole;
        let hole = canreach_model::RouteRef { table: site.table, index: 0 };
        let stopped = End::Stopped(Obstacle::Blackhole(hole));
        assert_eq!(site.out()[0], if beats { GONE } else { stopped });
        // A longer route is no default route.
        site.lab.route(site.table, "198.51.100.0/24", RouteTarget::Blackhole);
        let index = 2;
        let hole = canreach_model::RouteRef { table: site.table, index };
        assert_eq!(site.out()[0], End::Stopped(Obstacle::Blackhole(hole)));
    }
}

#[test]
fn an_interface_is_denied_each_kind_of_gateway_apart() {
    for egress_only in [false, true] {
        for denied in [false, true] {
            let mut site = Site::new();
            site.lab.public_address("203.0.113.1", site.a);
            site.lab.network.internet_gateways[site.gateway].egress_only = egress_only;
            let interface = &mut site.lab.network.interfaces[site.a];
            // Each time only one of the two, which is or is not that of the gateway.
            interface.egress_only_gateway_denied = denied;
            interface.internet_gateway_denied = !denied;
            let stopped = End::Stopped(Obstacle::InternetGatewayDenied(site.a));
            let v6 = if egress_only == denied { stopped } else { GONE };
            let v4 = match (egress_only, denied) {
                (true, _) => End::Stopped(Obstacle::EgressOnly(site.gateway)),
                (false, true) => GONE,
                (false, false) => stopped,
            };
            assert_eq!(site.out(), [v4, v6]);
            if v6 == GONE {
                let network = site.lab.build();
                let from = (at(site.a), "2001:db8::1");
                let trip = one(&network, from, (INTERNET, V6_OUTSIDE), Mode::Real);
                assert_eq!(trip.replies[0].end, arrives(site.a), "the reply comes the same way");
            }
        }
    }
}

#[test]
fn the_table_of_a_gateway_may_lead_past_an_appliance() {
    let mut site = Site::new();
    site.lab.public_address("203.0.113.1", site.a);
    let subnet = site.lab.subnet(site.vpc, &["10.0.1.0/24"]);
    let m = site.lab.interface(subnet, &["10.0.1.9"]);
    let instance = site.lab.instance_of(m);
    site.lab.forwards(instance);
    site.lab.network.interfaces[m].source_dest_check = false;
    let table = site.lab.table(site.vpc);
    site.lab.network.internet_gateways[site.gateway].route_table = Some(table);
    site.lab.route(table, "10.0.0.0/24", RouteTarget::Interface(m));
    let network = site.lab.clone().build();
    let trip = one(&network, (INTERNET, OUTSIDE), (at(site.a), "203.0.113.1"), Mode::Real);
    let router = Place::Router(site.vpc);
    let [by, a] = [m, site.a].map(Place::Interface);
    let gateway = Place::InternetGateway(site.gateway);
    assert_eq!(places(&trip.request), [Place::Internet, gateway, router, by, router, a]);
    assert_eq!(trip.request.end, arrives(site.a));
    // What the instance does with it may not be known.
    let fact = site.lab.fact(canreach_model::Polarity::Helps);
    site.lab.network.instances[instance].appliance = Some(fact);
    assert_eq!(site.inwards()[0], End::Unmodelled(fact));
}
