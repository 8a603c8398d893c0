//! §4 (public addresses), §5 (Internet gateways) and §9.

use canreach_eval::{End, Flow, Outcome};
use canreach_model::{
    Direction, Endpoint, InterfaceId, InternetGatewayId, Obstacle, Place, ProfileName, RouteRef,
    RouteTarget, VpcId,
};

use crate::lab::{Lab, acl_rule, allow, at, headers, outcomes, places, tcp};

const OUT: &str = "10.0.1.10:40000 -> 198.51.100.7:443";
const OUT_V6: &str = "[2001:db8::10]:40000 -> [2600::7]:443";
const IN_V6: &str = "[2600::7]:40000 -> [2001:db8::10]:443";

/// A VPC with an Internet gateway, a default route to it in both families, and a host.
struct Site {
    lab: Lab,
    web: InterfaceId,
    vpc: VpcId,
    gateway: InternetGatewayId,
}

fn site() -> Site {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let subnet = lab.subnet(vpc, "10.0.1.0/24 2001:db8::/64");
    let web = lab.host(subnet, "10.0.1.10 2001:db8::10");
    let gateway = lab.internet_gateway(vpc);
    for everywhere in ["0.0.0.0/0", "::/0"] {
        lab.route(lab.default_table(vpc), everywhere, RouteTarget::InternetGateway(gateway));
    }
    Site { lab, web, vpc, gateway }
}

fn stopped(obstacle: Obstacle) -> End {
    End::Stopped(obstacle)
}

#[test]
fn through_a_gateway_the_public_address_stands_for_the_private_one() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.public_address("203.0.113.10", web);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let there = [
        Place::Interface(web),
        Place::Router(vpc),
        Place::InternetGateway(gateway),
        Place::Internet,
    ];
    assert_eq!(places(&trip.request), there);
    let private = "10.0.1.10:40000 -> 198.51.100.7:443 tcp";
    let public = "203.0.113.10:40000 -> 198.51.100.7:443 tcp";
    assert_eq!(headers(&trip.request), [private, private, public, public]);
    let reply = trip.reply.unwrap();
    let back = [
        Place::Internet,
        Place::InternetGateway(gateway),
        Place::Router(vpc),
        Place::Interface(web),
    ];
    assert_eq!(places(&reply), back);
    let public = "198.51.100.7:443 -> 203.0.113.10:40000 tcp";
    let private = "198.51.100.7:443 -> 10.0.1.10:40000 tcp";
    assert_eq!(headers(&reply), [public, private, private, private]);
}

#[test]
fn without_a_public_address_nothing_leaves_through_a_gateway() {
    let Site { lab, web, .. } = site();
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(trip.request.end, stopped(Obstacle::NoPublicAddress(web)));
}

#[test]
fn a_public_address_stands_for_one_private_address_only() {
    let Site { mut lab, web, .. } = site();
    lab.public_address("203.0.113.10", web);
    lab.network.interfaces[web].addresses.push("10.0.1.11".parse().unwrap());
    let header = tcp("10.0.1.11:40000 -> 198.51.100.7:443");
    let trip = lab.ask(at(web), header, Endpoint::Internet);
    assert_eq!(trip.request.end, stopped(Obstacle::NoPublicAddress(web)));
}

#[test]
fn a_gateway_serves_only_the_vpc_it_is_attached_to() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.public_address("203.0.113.10", web);
    lab.network.internet_gateways[gateway].vpc = None;
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(trip.request.end, stopped(Obstacle::GatewayNotAttached(gateway, vpc)));
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:443");
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    assert_eq!(trip.request.end, stopped(Obstacle::NoInternetGateway(vpc)));
}

#[test]
fn the_internet_reaches_a_public_address() {
    let Site { mut lab, web, .. } = site();
    lab.public_address("203.0.113.10", web);
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:443");
    assert!(lab.ask(Endpoint::Internet, header, at(web)).answered());
    // Without a route to the gateway the reply does not leave.
    let vpc = lab.network.vpc_of(web);
    let table = lab.default_table(vpc);
    lab.network.route_tables[table].routes.retain(|route| route.target == RouteTarget::Local);
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    assert!(trip.delivered() && !trip.answered());
    assert_eq!(trip.reply.unwrap().end, stopped(Obstacle::NoRoute(table)));
}

#[test]
fn the_provider_may_deny_an_interface_the_internet() {
    let Site { mut lab, web, .. } = site();
    lab.public_address("203.0.113.10", web);
    lab.network.interfaces[web].internet_gateway_denied = true;
    let denied = stopped(Obstacle::InternetGatewayDenied(web));
    for header in [OUT, OUT_V6] {
        assert_eq!(lab.ask(at(web), tcp(header), Endpoint::Internet).request.end, denied);
    }
    for header in ["198.51.100.7:40000 -> 203.0.113.10:443", IN_V6] {
        assert_eq!(lab.ask(Endpoint::Internet, tcp(header), at(web)).request.end, denied);
    }
}

#[test]
fn a_hairpin_passes_the_gateway_twice() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.public_address("203.0.113.10", web);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 203.0.113.10:443"), at(web));
    assert!(trip.answered());
    let way = [
        Place::Interface(web),
        Place::Router(vpc),
        Place::InternetGateway(gateway),
        Place::Internet,
        Place::InternetGateway(gateway),
        Place::Router(vpc),
        Place::Interface(web),
    ];
    assert_eq!(places(&trip.request), way);
    assert_eq!(
        trip.request.last_header(),
        Some(tcp("203.0.113.10:40000 -> 10.0.1.10:443")),
        "the host sees its own public address as the source"
    );
}

#[test]
fn a_public_address_without_a_target_reaches_nothing() {
    let Site { mut lab, web, .. } = site();
    lab.public_address_of("203.0.113.99", None);
    let header = tcp("198.51.100.7:40000 -> 203.0.113.99:443");
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    let unused = Obstacle::PublicAddressUnused("203.0.113.99".parse().unwrap());
    assert_eq!(trip.request.end, stopped(unused));
}

#[test]
fn the_internet_does_not_route_private_addresses() {
    let Site { mut lab, web, .. } = site();
    lab.public_address("203.0.113.10", web);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 192.168.1.1:443"), Endpoint::Internet);
    let obstacle = Obstacle::NotRoutedOnInternet("192.168.1.1".parse().unwrap());
    assert_eq!(trip.request.end, stopped(obstacle));
    lab.network.interfaces[web].addresses.push("fd00::10".parse().unwrap());
    let trip = lab.ask(at(web), tcp("[fd00::10]:40000 -> [2600::7]:443"), Endpoint::Internet);
    let obstacle = Obstacle::NotRoutedOnInternet("fd00::10".parse().unwrap());
    assert_eq!(trip.request.end, stopped(obstacle));
}

#[test]
fn a_flow_starts_with_a_source_of_its_start() {
    let Site { mut lab, web, .. } = site();
    lab.public_address("203.0.113.10", web);
    let possible = |start, header| Flow { start, header: tcp(header) }.is_possible(&lab.network);
    assert!(possible(at(web), OUT));
    assert!(possible(at(web), OUT_V6));
    assert!(!possible(at(web), "10.0.1.11:40000 -> 198.51.100.7:443"));
    assert!(possible(Endpoint::Internet, "198.51.100.7:1 -> 203.0.113.10:443"));
    assert!(!possible(Endpoint::Internet, "10.0.1.10:1 -> 203.0.113.10:443"));
    assert!(!possible(Endpoint::Internet, "203.0.113.10:1 -> 203.0.113.10:443"));
    assert!(!possible(Endpoint::Internet, "[2001:db8::10]:1 -> [2001:db8::10]:443"));
    assert!(possible(Endpoint::Internet, "[2001:db8::11]:1 -> [2001:db8::10]:443"));
}

#[test]
fn ipv6_keeps_its_addresses() {
    let Site { lab, web, .. } = site();
    let out = lab.ask(at(web), tcp(OUT_V6), Endpoint::Internet);
    assert!(out.answered());
    assert_eq!(out.request.last_header(), Some(tcp(OUT_V6)));
    assert!(lab.ask(Endpoint::Internet, tcp(IN_V6), at(web)).answered());
}

#[test]
fn an_egress_only_gateway_lets_in_only_replies_of_ipv6() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.public_address("203.0.113.10", web);
    lab.network.internet_gateways[gateway].egress_only = true;
    assert!(lab.ask(at(web), tcp(OUT_V6), Endpoint::Internet).answered());
    let none = stopped(Obstacle::NoInternetGateway(vpc));
    assert_eq!(lab.ask(Endpoint::Internet, tcp(IN_V6), at(web)).request.end, none);
    let v4 = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(v4.request.end, stopped(Obstacle::EgressOnly(gateway)));
}

#[test]
fn an_ipv6_address_of_a_block_that_nobody_has_is_not_outside() {
    let Site { lab, web, vpc, .. } = site();
    let header = tcp("[2600::7]:40000 -> [2001:db8::99]:443");
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    let nobody = Obstacle::NobodyHas(vpc, "2001:db8::99".parse().unwrap());
    assert_eq!(trip.request.end, stopped(nobody));
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.99:443"), at(web));
    let nobody = Obstacle::NobodyHas(vpc, "10.0.1.99".parse().unwrap());
    assert_eq!(trip.request.end, stopped(nobody));
}

#[test]
fn a_gateway_with_a_table_routes_what_enters_by_it() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.public_address("203.0.113.10", web);
    let table = lab.table(vpc);
    lab.network.internet_gateways[gateway].route_table = Some(table);
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:443");
    assert!(lab.ask(Endpoint::Internet, header, at(web)).answered());
    // The table holds a local route per block at 0 and 1.
    lab.route(table, "10.0.1.0/24", RouteTarget::Blackhole);
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    let blackhole = Obstacle::Blackhole(RouteRef { table, index: 2 });
    assert_eq!(trip.request.end, stopped(blackhole));
}

/// A cloud in which a public address alone is enough.
fn public_address_cloud() -> (Lab, InterfaceId, VpcId) {
    let mut lab = Lab::new(ProfileName::Huawei);
    let vpc = lab.vpc("10.0.0.0/16");
    let subnet = lab.subnet(vpc, "10.0.1.0/24");
    let web = lab.host(subnet, "10.0.1.10");
    lab.public_address("203.0.113.10", web);
    (lab, web, vpc)
}

#[test]
fn where_a_public_address_is_enough_there_is_no_gateway() {
    let (lab, web, vpc) = public_address_cloud();
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    assert_eq!(places(&trip.request), [Place::Interface(web), Place::Router(vpc), Place::Internet]);
    assert_eq!(
        places(trip.reply.as_ref().unwrap()),
        [Place::Internet, Place::Router(vpc), Place::Interface(web)]
    );
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:443");
    assert!(lab.ask(Endpoint::Internet, header, at(web)).answered());
}

#[test]
fn a_public_address_beats_a_default_route_but_no_longer_one() {
    let (mut lab, web, vpc) = public_address_cloud();
    let table = lab.default_table(vpc);
    lab.route(table, "0.0.0.0/0", RouteTarget::Blackhole);
    assert!(lab.ask(at(web), tcp(OUT), Endpoint::Internet).answered());
    lab.route(table, "198.51.100.0/24", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    let blackhole = Obstacle::Blackhole(RouteRef { table, index: 2 });
    assert_eq!(trip.request.end, stopped(blackhole));
}

#[test]
fn a_sender_without_a_public_address_keeps_to_the_table() {
    let (mut lab, web, vpc) = public_address_cloud();
    let subnet = lab.network.interfaces[web].subnet;
    let other = lab.host(subnet, "10.0.1.11");
    let header = tcp("10.0.1.11:40000 -> 198.51.100.7:443");
    let trip = lab.ask(at(other), header, Endpoint::Internet);
    assert_eq!(trip.request.end, stopped(Obstacle::NoRoute(lab.default_table(vpc))));
}

#[test]
fn the_internet_answers_for_every_other_address() {
    let (lab, _, _) = public_address_cloud();
    let header = tcp("198.51.100.7:40000 -> 198.51.100.8:443");
    let trip = lab.ask(Endpoint::Internet, header, Endpoint::Internet);
    assert!(trip.answered());
}

#[test]
fn a_neighbour_reached_by_its_public_address_is_not_inside_the_subnet() {
    let Site { mut lab, web, .. } = site();
    let subnet = lab.network.interfaces[web].subnet;
    let neighbour = lab.host(subnet, "10.0.1.11");
    lab.public_address("203.0.113.10", web);
    lab.public_address("203.0.113.11", neighbour);
    let acl = lab.acl(Vec::new(), vec![allow()]);
    let layer = lab.put_acl(subnet, acl);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 203.0.113.11:22"), at(neighbour));
    let by = Outcome::Allowed(acl_rule(acl, Direction::Egress, 0));
    let expected = [(Direction::Egress, by), (Direction::Ingress, Outcome::Denied(None))];
    assert_eq!(outcomes(&trip.request, layer), expected);
}

#[test]
fn an_ipv6_address_of_two_vpcs_belongs_to_the_first() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (first, second) = (lab.vpc("2001:db8::/56"), lab.vpc("2001:db8::/56"));
    let subnets = [second, first].map(|vpc| lab.subnet(vpc, "2001:db8::/64"));
    let [_, in_first] = subnets.map(|subnet| lab.host(subnet, "2001:db8::10"));
    for vpc in [first, second] {
        lab.internet_gateway(vpc);
    }
    let trip = lab.ask(Endpoint::Internet, tcp(IN_V6), at(in_first));
    assert!(trip.delivered());
}

#[test]
fn an_egress_only_gateway_lets_in_no_reply_whose_request_it_did_not_see() {
    let Site { mut lab, web, vpc, gateway } = site();
    lab.network.internet_gateways[gateway].egress_only = true;
    let other = lab.vpc("2600:1::/56");
    let subnet = lab.subnet(other, "2600:1::/64");
    let db = lab.host(subnet, "2600:1::20");
    // There by a peering, back over the Internet.
    let peering = lab.peering(vpc, other);
    lab.route(lab.default_table(vpc), "2600:1::/56", RouteTarget::Peering(peering));
    let open = lab.internet_gateway(other);
    lab.route(lab.default_table(other), "::/0", RouteTarget::InternetGateway(open));
    let trip = lab.ask(at(web), tcp("[2001:db8::10]:40000 -> [2600:1::20]:22"), at(db));
    assert!(trip.delivered());
    assert_eq!(trip.reply.unwrap().end, stopped(Obstacle::NoInternetGateway(vpc)));
}

#[test]
fn egress_only_gateways_are_denied_apart() {
    let Site { mut lab, web, gateway, .. } = site();
    let denied = stopped(Obstacle::InternetGatewayDenied(web));
    for egress_only in [false, true] {
        lab.network.internet_gateways[gateway].egress_only = egress_only;
        for (ordinary, apart) in [(false, false), (true, false), (false, true), (true, true)] {
            let row = &mut lab.network.interfaces[web];
            row.internet_gateway_denied = ordinary;
            row.egress_only_gateway_denied = apart;
            let trip = lab.ask(at(web), tcp(OUT_V6), Endpoint::Internet);
            if if egress_only { apart } else { ordinary } {
                assert_eq!(trip.request.end, denied);
            } else {
                // Nor is the reply refused, that comes in by the same gateway.
                assert!(trip.answered(), "{egress_only} {ordinary} {apart}");
            }
        }
    }
}
