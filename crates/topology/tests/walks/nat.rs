//! NAT gateways and translations on record (§§5, 6, 9, 10).

use canreach_model::{
    Chooser, Direction, Endpoint, InterfaceId, Layer, NatGatewayId, NetworkAclId, Obstacle, Place,
    ProfileName, PublicAddressTarget, RouteTarget, SourceTranslation, SubnetId, TranslationSource,
    Translator, VpcId,
};
use canreach_net::{PortSet, Protocol, ProtocolSet};
use canreach_testkit::{
    Builder,
    builder::{address, allow, prefix, range, translation},
};
use canreach_topology::{AddressView, Condition, End, HeaderSet, Mode, PortView, Question};

use crate::lab::{OUTSIDE, arrives, at, crossed, one, only, places, tcp, trips};

const INTERNET: Endpoint = Endpoint::Internet;

/// A private subnet whose way out is a NAT gateway in a public one; each has the ACL.
struct Subnets {
    lab: Builder,
    vpc: VpcId,
    private: SubnetId,
    public: SubnetId,
    acl: NetworkAclId,
    nat: NatGatewayId,
    a: InterfaceId,
}

impl Subnets {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16", "2001:db8::/56"]);
        let private = lab.subnet(vpc, &["10.0.0.0/24", "2001:db8::/64"]);
        let public = lab.subnet(vpc, &["10.0.1.0/24"]);
        let acl = lab.acl(&[private, public], vec![allow()], vec![allow()]);
        let a = lab.interface(private, &["10.0.0.1", "2001:db8::1"]);
        let (nat, standing) = lab.nat_in_subnet(public, "10.0.1.9");
        lab.public_address("203.0.113.9", standing);
        let gateway = lab.internet_gateway(vpc);
        let default = lab.default_table(vpc);
        lab.route(default, "0.0.0.0/0", RouteTarget::NatGateway(nat));
        lab.route(default, "::/0", RouteTarget::NatGateway(nat));
        let outwards = lab.table(vpc);
        lab.route(outwards, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        lab.network.subnets[public].route_table = outwards;
        Self { lab, vpc, private, public, acl, nat, a }
    }
}

#[test]
fn a_gateway_in_a_subnet_translates_there_and_back() {
    let site = Subnets::new();
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    let (router, nat) = (Place::Router(site.vpc), Place::NatGateway(site.nat));
    let gateway = Place::InternetGateway(network.internet_gateways.ids().next().expect("one"));
    let a = Place::Interface(site.a);
    let there = [a, router, nat, router, gateway, Place::Internet];
    assert_eq!(places(&trip.request), there);
    let fixed = |text| AddressView::Fixed(address(text));
    let sources: Vec<_> = trip.request.steps.iter().map(|step| step.header.source).collect();
    let (own, public) = (fixed("10.0.1.9"), fixed("203.0.113.9"));
    assert_eq!(sources[..4], [AddressView::Source, AddressView::Source, own, own]);
    assert_eq!(sources[4..], [public, public]);
    let last = trip.request.steps.last().expect("steps").header;
    assert_eq!(last.source_port, PortView::Chosen(Translator::NatGateway(site.nat)));
    assert_eq!(last.destination_port, PortView::Destination { shift: 0 });

    let acl = |subnet| Layer::NetworkAcl(site.acl, subnet);
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    let across = [
        (acl(site.private), egress, false),
        (acl(site.public), ingress, false),
        (acl(site.public), egress, false),
    ];
    assert_eq!(crossed(&trip.request), across);
    let back = only(trip.replies);
    assert_eq!(places(&back), [Place::Internet, gateway, router, nat, router, a]);
    assert_eq!(back.end, arrives(site.a));
    let across = [
        (acl(site.public), ingress, false),
        (acl(site.public), egress, false),
        (acl(site.private), ingress, false),
    ];
    assert_eq!(crossed(&back), across);
}

#[test]
fn a_sender_beside_the_gateway_crosses_no_acl_on_its_way_to_it() {
    let mut site = Subnets::new();
    let b = site.lab.interface(site.public, &["10.0.1.2"]);
    // The gateway uses the subnet's table as well, so its own packets come back to it.
    let outwards = site.lab.network.subnets[site.public].route_table;
    site.lab.network.route_tables[outwards].routes[0].target = RouteTarget::NatGateway(site.nat);
    let network = site.lab.build();
    let trip = one(&network, (at(b), "10.0.1.2"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::RoutingLoop(Place::Router(site.vpc))));
    assert_eq!(crossed(&trip.request), []);
}

#[test]
fn the_interface_of_a_gateway_takes_only_replies_on_record() {
    let mut site = Subnets::new();
    let b = site.lab.interface(site.private, &["10.0.0.2"]);
    let network = site.lab.build();
    let trip = one(&network, (at(b), "10.0.0.2"), (at(site.a), "10.0.1.9"), Mode::Real);
    let none = Obstacle::NoDestinationTranslation(site.nat);
    assert_eq!(trip.request.end, End::Stopped(none));
    let acl = |subnet| Layer::NetworkAcl(site.acl, subnet);
    assert_eq!(
        crossed(&trip.request),
        [
            (acl(site.private), Direction::Egress, false),
            (acl(site.public), Direction::Ingress, false)
        ]
    );
}

#[test]
fn only_some_protocols_and_only_ipv4_are_translated() {
    let site = Subnets::new();
    let network = site.lab.build();
    let not_translated = End::Stopped(Obstacle::NatProtocol(site.nat));
    let trip = one(&network, (at(site.a), "2001:db8::1"), (INTERNET, "2600::1"), Mode::Real);
    assert_eq!(trip.request.end, not_translated);
    let headers = HeaderSet::between(range("10.0.0.1").into(), range(OUTSIDE).into());
    let all = trips(&network, &Question { from: at(site.a), to: INTERNET, headers }, Mode::Real);
    let numbers = |wanted: &dyn Fn(End) -> bool| {
        let walks = all.iter().map(|trip| &trip.request).filter(|walk| wanted(walk.end));
        walks.fold(ProtocolSet::EMPTY, |set, walk| set.union(&walk.guard.headers.protocols))
    };
    let translated = [Protocol::ICMP, Protocol::TCP, Protocol::UDP];
    let translated: ProtocolSet = translated.into_iter().map(|Protocol(n)| (n, n)).collect();
    assert_eq!(numbers(&|end| end == End::Arrived(INTERNET)), translated);
    assert_eq!(numbers(&|end| end == not_translated), translated.complement());
}

#[test]
fn a_gateway_of_another_vpc_is_no_next_stop() {
    let mut site = Subnets::new();
    let other = site.lab.vpc(&["10.1.0.0/16"]);
    site.lab.network.nat_gateways[site.nat].vpc = other;
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NatElsewhere(site.nat, site.vpc)));
}

/// A VPC with a NAT gateway at its edge, to which the default route leads.
fn at_the_edge() -> (Builder, VpcId, NatGatewayId, InterfaceId) {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let nat = lab.nat_at_vpc(vpc);
    for text in ["203.0.113.1", "203.0.113.2"] {
        lab.public_address_of(text, Some(PublicAddressTarget::NatGateway(nat)));
    }
    let table = lab.default_table(vpc);
    lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    (lab, vpc, nat, a)
}

#[test]
fn each_address_a_gateway_may_choose_is_a_walk_of_its_own() {
    let (mut lab, vpc, nat, a) = at_the_edge();
    let addresses = vec![address("203.0.113.1"), address("203.0.113.2")];
    let source = TranslationSource::Cidr(prefix("10.0.0.0/24"));
    lab.network.nat_gateways[nat].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let network = lab.build();
    let found = tcp(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    let told: Vec<_> = found
        .iter()
        .map(|trip| {
            let last = trip.request.steps.last().expect("steps").header;
            (trip.request.guard.picks.clone(), last.source, last.source_port)
        })
        .collect();
    let fixed = |text| AddressView::Fixed(address(text));
    let (chosen, pool) =
        (PortView::Chosen(Translator::NatGateway(nat)), Chooser::SourceTranslation(nat));
    assert_eq!(
        told,
        [
            (vec![(pool, 0)], fixed("203.0.113.1"), chosen),
            (vec![(pool, 1)], fixed("203.0.113.2"), chosen)
        ]
    );
    for trip in found {
        let back = only(trip.replies);
        assert_eq!(back.end, arrives(a));
        let (router, nat) = (Place::Router(vpc), Place::NatGateway(nat));
        assert_eq!(places(&back), [Place::Internet, nat, router, Place::Interface(a)]);
    }
}

#[test]
fn a_gateway_chooses_its_address_once_for_both_ways() {
    // The request leaves by the gateway and comes in for a public address of its own VPC; the reply is
    // not the reply to what the gateway sent, so it is translated afresh, to the same address.
    let (mut lab, vpc, nat, a) = at_the_edge();
    let addresses = vec![address("203.0.113.1"), address("203.0.113.2")];
    let source = TranslationSource::Cidr(prefix("10.0.0.0/16"));
    lab.network.nat_gateways[nat].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let subnet = lab.subnet(vpc, &["10.0.1.0/24"]);
    let b = lab.interface(subnet, &["10.0.1.2"]);
    lab.public_address("203.0.113.5", b);
    lab.internet_gateway(vpc);
    let network = lab.build();
    let found = tcp(&network, (at(a), "10.0.0.1"), (at(b), "203.0.113.5"), Mode::Real);
    assert_eq!(found.len(), 2);
    for (index, trip) in found.into_iter().enumerate() {
        assert_eq!(trip.request.end, arrives(b));
        let back = only(trip.replies);
        assert_eq!(back.end, End::Stopped(Obstacle::NoDestinationTranslation(nat)));
        assert_eq!(back.guard.picks, [(Chooser::SourceTranslation(nat), index)]);
    }
}

#[test]
fn a_translation_for_a_subnet_of_another_vpc_does_not_apply() {
    let (mut lab, _, nat, a) = at_the_edge();
    // Its block holds the sender's address: blocks of two VPCs may overlap.
    let other = lab.vpc(&["10.0.0.0/16"]);
    let source = TranslationSource::Subnet(lab.subnet(other, &["10.0.0.0/24"]));
    let addresses = vec![address("203.0.113.1")];
    lab.network.nat_gateways[nat].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoSourceTranslation(nat)));
}

#[test]
fn a_destination_translation_shifts_ports_and_its_reply_is_shifted_back() {
    let (mut lab, vpc, nat, a) = at_the_edge();
    lab.network.nat_gateways[nat].destination_translations =
        vec![translation(("203.0.113.1", 8443), ("10.0.0.1", 443), Protocol::TCP)];
    let network = lab.build();
    let mut headers = HeaderSet::between(range(OUTSIDE).into(), range("203.0.113.1").into());
    let numbers = [Protocol::TCP, Protocol::UDP].map(|Protocol(number)| (number, number));
    headers.protocols = numbers.into_iter().collect();
    headers.destination_ports = PortSet::range(8442, 8443);
    let question = Question { from: INTERNET, to: at(a), headers };
    let (arrived, stopped): (Vec<_>, Vec<_>) = trips(&network, &question, Mode::Real)
        .into_iter()
        .partition(|trip| trip.request.end == arrives(a));
    let trip = only(arrived);
    let taken = &trip.request.guard.headers;
    assert_eq!(taken.protocols, ProtocolSet::single(Protocol::TCP.0));
    assert_eq!(taken.destination_ports, PortSet::single(8443));
    let last = trip.request.steps.last().expect("steps").header;
    assert_eq!(last.destination, AddressView::Fixed(address("10.0.0.1")));
    assert_eq!(last.destination_port, PortView::Destination { shift: 443 - 8443 });
    let back = only(trip.replies);
    assert_eq!(back.end, End::Arrived(INTERNET));
    let (router, gateway) = (Place::Router(vpc), Place::NatGateway(nat));
    assert_eq!(places(&back), [Place::Interface(a), router, gateway, Place::Internet]);
    // UDP, and the other port, stand for nothing.
    let none = End::Stopped(Obstacle::NoDestinationTranslation(nat));
    assert!(stopped.iter().all(|trip| trip.request.end == none));
    let udp = |trip: &&canreach_topology::Trip| {
        trip.request.guard.headers.protocols.contains(Protocol::UDP.0)
            && trip.request.guard.headers.destination_ports.contains(8443)
    };
    assert_eq!(stopped.iter().filter(udp).count(), 1);
}

#[test]
fn a_reply_by_another_gateway_answers_only_if_that_chooses_the_very_port() {
    let (mut lab, vpc, nat, a) = at_the_edge();
    lab.network.nat_gateways[nat].destination_translations =
        vec![translation(("203.0.113.1", 80), ("10.0.0.1", 80), Protocol::TCP)];
    // Replies leave by a gateway that translates to the same address.
    let other = lab.nat_at_vpc(vpc);
    let source = TranslationSource::Cidr(prefix("10.0.0.0/24"));
    let addresses = vec![address("203.0.113.1")];
    lab.network.nat_gateways[other].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let table = lab.default_table(vpc);
    lab.network.route_tables[table].routes[0].target = RouteTarget::NatGateway(other);
    let network = lab.build();
    let found = tcp(&network, (INTERNET, OUTSIDE), (at(a), "203.0.113.1"), Mode::Real);
    let trip = only(found.into_iter().filter(|trip| trip.request.end == arrives(a)).collect());
    let (chosen, asked) =
        (PortView::Chosen(Translator::NatGateway(other)), PortView::Destination { shift: 0 });
    let told: Vec<_> =
        trip.replies.iter().map(|walk| (walk.guard.conditions.clone(), walk.end)).collect();
    assert_eq!(
        told,
        [
            (vec![Condition::SamePort(chosen, asked, true)], End::Arrived(INTERNET)),
            (vec![Condition::SamePort(chosen, asked, false)], End::Stopped(Obstacle::ReplyChanged))
        ]
    );
}

#[test]
fn a_record_counts_only_at_the_gateway_that_made_it() {
    // Two gateways; the reply comes to the one that did not translate the request.
    let (mut lab, vpc, nat, a) = at_the_edge();
    let source = TranslationSource::Cidr(prefix("10.0.0.0/24"));
    let addresses = vec![address("203.0.113.1")];
    lab.network.nat_gateways[nat].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let other = lab.nat_at_vpc(vpc);
    let first = lab.network.public_addresses.ids().next().expect("one");
    lab.network.public_addresses[first].target = Some(PublicAddressTarget::NatGateway(other));
    let network = lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(trip.request.end, End::Arrived(INTERNET));
    let back = only(trip.replies);
    assert_eq!(back.end, End::Stopped(Obstacle::NoDestinationTranslation(other)));
}

#[test]
fn a_gateway_in_a_subnet_picks_any_of_its_ipv4_addresses() {
    let mut site = Subnets::new();
    let standing = site.lab.network.interfaces.ids().last().expect("the gateway's");
    let own = &mut site.lab.network.interfaces[standing].addresses;
    own.splice(.., ["2001:db8:0:1::9", "10.0.1.9", "10.0.1.10"].map(address));
    let network = site.lab.clone().build();
    let end_of = |text| tcp(&network, (at(site.a), "10.0.0.1"), (INTERNET, text), Mode::Real);
    let trips = end_of(OUTSIDE);
    let chooser = Chooser::SourceTranslation(site.nat);
    let told: Vec<_> = trips
        .iter()
        .map(|trip| (trip.request.guard.picks.clone(), trip.request.steps[2].header.source))
        .collect();
    let source = |text| AddressView::Fixed(address(text));
    let expected =
        [(vec![(chooser, 0)], source("10.0.1.9")), (vec![(chooser, 1)], source("10.0.1.10"))];
    assert_eq!(told, expected);
    // Only the first of them has a public address.
    let none = End::Stopped(Obstacle::NoPublicAddress(standing));
    assert_eq!([0, 1].map(|n| trips[n].request.end), [End::Arrived(INTERNET), none]);
    site.lab.network.interfaces[standing].addresses.truncate(1);
    let network = site.lab.build();
    let trip = one(&network, (at(site.a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoSourceTranslation(site.nat)));
}
