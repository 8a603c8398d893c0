//! §§5, 9 and 10: Internet gateways, public addresses and NAT gateways.

use super::*;
use crate::builder::{ORIGIN, allow, far_side, prefix, translation};

// §5: Internet gateways and public addresses.

#[test]
fn an_internet_gateway_wants_a_public_address_and_to_be_attached() {
    let mut pair = Pair::new(ProfileName::Generic);
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let ask = |pair: &Pair| told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    assert_eq!(lost(&ask(&pair).request), "NoPublicAddress");
    pair.builder.public_address("203.0.113.1", pair.a);
    assert_eq!(ask(&pair).fate, ANSWERED);
    pair.builder.network.interfaces[pair.a].internet_gateway_denied = true;
    assert_eq!(lost(&ask(&pair).request), "InternetGatewayDenied");
    pair.builder.network.internet_gateways[gateway].egress_only = true;
    assert_eq!(lost(&ask(&pair).request), "EgressOnly");
    pair.builder.network.internet_gateways[gateway].vpc = None;
    assert_eq!(lost(&ask(&pair).request), "GatewayNotAttached");
}

#[test]
fn what_comes_from_the_internet_needs_a_way_in_and_a_way_back() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.public_address("203.0.113.1", pair.a);
    let request = tcp(("198.51.100.1", 9), ("203.0.113.1", 3));
    let ask = |pair: &Pair| told(&pair.builder, Endpoint::Internet, request, inside(pair.a));
    assert_eq!(lost(&ask(&pair).request), "NoInternetGateway");
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let story = ask(&pair);
    assert_eq!(story.fate, DELIVERED, "no default route for the reply");
    let arrived = tcp(("198.51.100.1", 9), ("10.0.0.1", 3));
    assert_eq!(story.request.end, End::Delivered(inside(pair.a), arrived));
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    assert_eq!(ask(&pair).fate, ANSWERED);
}

#[test]
fn with_a_public_address_alone_nothing_passes_the_gateways_own_table() {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.public_address("203.0.113.1", pair.a);
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let table = pair.builder.table(pair.vpc);
    pair.builder.network.internet_gateways[gateway].route_table = Some(table);
    pair.builder.route(table, "10.0.0.1/32", RouteTarget::Blackhole);
    let request = tcp(("198.51.100.1", 9), ("203.0.113.1", 3));
    let ask = |pair: &Pair| told(&pair.builder, Endpoint::Internet, request, inside(pair.a));
    assert_eq!(lost(&ask(&pair).request), "Blackhole");
    pair.builder.network.vpcs[pair.vpc].profile.routing.internet = InternetAccess::PublicAddress;
    assert_eq!(ask(&pair).fate, DELIVERED);
}

#[test]
fn an_unused_public_address_and_private_space_end_on_the_internet() {
    let mut pair = Pair::new(ProfileName::Huawei);
    pair.builder.public_address("203.0.113.1", pair.a);
    pair.builder.public_address_of("203.0.113.2", None);
    let ask = |destination| {
        let header = tcp(("10.0.0.1", 9), (destination, 3));
        told(&pair.builder, inside(pair.a), header, Endpoint::Internet)
    };
    assert_eq!(lost(&ask("203.0.113.2").request), "PublicAddressUnused");
    assert_eq!(lost(&ask("10.9.9.9").request), "NotRoutedOnInternet");
}

#[test]
fn an_egress_only_gateway_lets_replies_in_and_nothing_else() {
    let mut builder = Builder::new(ProfileName::Generic);
    let vpc = builder.vpc(&["2001:db8::/124"]);
    let subnet = builder.subnet(vpc, &["2001:db8::/126"]);
    let a = builder.interface(subnet, &["2001:db8::1"]);
    let gateway = builder.internet_gateway(vpc);
    builder.network.internet_gateways[gateway].egress_only = true;
    let table = builder.default_table(vpc);
    builder.route(table, "::/0", RouteTarget::InternetGateway(gateway));
    let out = tcp(("2001:db8::1", 9), ("2600::1", 3));
    assert_eq!(ask(&builder, inside(a), out, Endpoint::Internet), ANSWERED);
    let back = tcp(("2600::1", 9), ("2001:db8::1", 3));
    let story = told(&builder, Endpoint::Internet, back, inside(a));
    assert_eq!(lost(&story.request), "NoInternetGateway");
    let nobody = tcp(("2600::1", 9), ("2001:db8::2", 3));
    assert_eq!(lost(&told(&builder, Endpoint::Internet, nobody, inside(a)).request), "NobodyHas");
}

// §5: NAT gateways, and §10.

/// `a` in a private subnet whose default route leads to a NAT gateway at 10.0.0.6 in the other, which
/// has the public address 203.0.113.9 and an Internet gateway.
pub(super) fn behind_nat() -> Pair {
    let mut pair = Pair::new(ProfileName::Generic);
    pair.builder.network.vpcs[pair.vpc].profile.translation.ports = PortRange::new(5, 6).unwrap();
    let (nat, interface) = pair.builder.nat_in_subnet(pair.subnets[1], "10.0.0.6");
    pair.builder.public_address("203.0.113.9", interface);
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let public = pair.builder.default_table(pair.vpc);
    pair.builder.route(public, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let private = pair.builder.table(pair.vpc);
    pair.builder.route(private, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    pair.builder.network.subnets[pair.subnets[0]].route_table = private;
    pair
}

#[test]
fn a_nat_gateway_in_a_subnet_translates_there_and_back() {
    let pair = behind_nat();
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let story = told(&pair.builder, inside(pair.a), outside, Endpoint::Internet);
    // The first port of the profile, and the public address of the gateway's interface.
    let arrived = tcp(("203.0.113.9", 5), ("198.51.100.1", 3));
    assert_eq!(story.request.end, End::Delivered(Endpoint::Internet, arrived));
    assert_eq!(story.fate, ANSWERED);
}

#[test]
fn the_acl_of_the_gateways_subnet_sees_every_leg() {
    let tcp_9 = |direction| far_side(allow(), direction, "10.0.0.0/30");
    let world = |direction| far_side(allow(), direction, "198.51.100.0/24");
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let ask = |ingress, egress, stateful| {
        let mut pair = behind_nat();
        pair.builder.network.vpcs[pair.vpc].profile.network_acl.stateful = stateful;
        pair.builder.acl(&[pair.subnets[1]], ingress, egress);
        ask(&pair.builder, inside(pair.a), outside, Endpoint::Internet)
    };
    // Request: in from 10.0.0.1, out to the world. Reply: in from the world, out to 10.0.0.1.
    assert_eq!(ask(vec![tcp_9(ingress)], vec![world(egress)], true), ANSWERED);
    assert_eq!(ask(vec![tcp_9(ingress)], vec![world(egress)], false), DELIVERED);
    assert_eq!(ask(vec![tcp_9(ingress), world(ingress)], vec![world(egress)], false), DELIVERED);
    let all = (vec![tcp_9(ingress), world(ingress)], vec![world(egress), tcp_9(egress)]);
    assert_eq!(ask(all.0, all.1, false), ANSWERED);
    assert_eq!(ask(vec![world(ingress)], vec![world(egress)], true), NOT_DELIVERED);
}

#[test]
fn a_nat_gateway_takes_nothing_uninvited_and_not_every_protocol() {
    let pair = behind_nat();
    let uninvited = tcp(("198.51.100.1", 3), ("203.0.113.9", 5));
    let story = told(&pair.builder, Endpoint::Internet, uninvited, inside(pair.a));
    assert_eq!(lost(&story.request), "NoDestinationTranslation");
    let gre = Header {
        transport: Transport::Other(Protocol::GRE),
        ..tcp(("10.0.0.1", 0), ("198.51.100.1", 0))
    };
    let story = told(&pair.builder, inside(pair.a), gre, Endpoint::Internet);
    assert_eq!(lost(&story.request), "NatProtocol");
}

/// Huawei: `a` behind a NAT gateway at the VPC with the public address 203.0.113.9.
fn behind_nat_at_vpc() -> (Pair, NatGatewayId) {
    let mut pair = Pair::new(ProfileName::Huawei);
    pair.builder.network.vpcs[pair.vpc].profile.translation.ports = PortRange::new(5, 6).unwrap();
    let nat = pair.builder.nat_at_vpc(pair.vpc);
    pair.builder.public_address_of("203.0.113.9", Some(PublicAddressTarget::NatGateway(nat)));
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    (pair, nat)
}

#[test]
fn source_translation_at_the_vpc_applies_to_what_it_names() {
    let (mut pair, nat) = behind_nat_at_vpc();
    let outside = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let ask = |pair: &Pair, choices: &Choices| {
        let network = pair.builder.clone().build();
        story(&network, inside(pair.a), outside, Endpoint::Internet, &Valuation::default(), choices)
    };
    let first = Choices::default();
    assert_eq!(lost(&ask(&pair, &first).request), "NoSourceTranslation");
    let rule = |source| SourceTranslation {
        source,
        addresses: vec![address("203.0.113.9"), address("203.0.113.10")],
        origin: ORIGIN,
    };
    let other = TranslationSource::Subnet(pair.subnets[1]);
    pair.builder.network.nat_gateways[nat].source_translations = vec![rule(other)];
    assert_eq!(lost(&ask(&pair, &first).request), "NoSourceTranslation");
    let own = TranslationSource::Subnet(pair.subnets[0]);
    pair.builder.network.nat_gateways[nat].source_translations = vec![rule(other), rule(own)];
    assert_eq!(ask(&pair, &first).fate, ANSWERED);
    // The second address is not the network's: the reply to it ends at a machine on the Internet.
    let second = Choices {
        picks: [(Chooser::SourceTranslation(nat), 1)].into(),
        ports: [(Translator::NatGateway(nat), 6)].into(),
    };
    let story = ask(&pair, &second);
    let arrived = tcp(("203.0.113.10", 6), ("198.51.100.1", 3));
    assert_eq!(story.request.end, End::Delivered(Endpoint::Internet, arrived));
    assert_eq!(story.fate, DELIVERED);
}

#[test]
fn destination_translation_shifts_ports_and_its_reply_returns() {
    let (mut pair, nat) = behind_nat_at_vpc();
    let mut rule = translation(("203.0.113.9", 2), ("10.0.0.1", 4), Protocol::TCP);
    rule.public_ports = PortRange::new(2, 3).unwrap();
    pair.builder.network.nat_gateways[nat].destination_translations = vec![rule];
    let ask = |port| {
        told(
            &pair.builder,
            Endpoint::Internet,
            tcp(("198.51.100.1", 9), ("203.0.113.9", port)),
            inside(pair.a),
        )
    };
    let story = ask(3);
    let arrived = tcp(("198.51.100.1", 9), ("10.0.0.1", 5));
    assert_eq!(story.request.end, End::Delivered(inside(pair.a), arrived));
    // The reply is on record at the gateway, so that it needs no source translation.
    assert_eq!(story.fate, ANSWERED);
    assert_eq!(lost(&ask(4).request), "NoDestinationTranslation");
    assert_eq!(lost(&ask(1).request), "NoDestinationTranslation");
}

#[test]
fn a_public_address_of_its_own_breaks_the_reply_to_a_translated_request() {
    // §4: the public address of `a` beats the default route to the gateway, so the reply leaves with
    // the wrong source (`ReplyChanged`).
    let (mut pair, nat) = behind_nat_at_vpc();
    let rule = translation(("203.0.113.9", 3), ("10.0.0.1", 3), Protocol::TCP);
    pair.builder.network.nat_gateways[nat].destination_translations = vec![rule];
    pair.builder.public_address("203.0.113.1", pair.a);
    let request = tcp(("198.51.100.1", 9), ("203.0.113.9", 3));
    let story = told(&pair.builder, Endpoint::Internet, request, inside(pair.a));
    assert_eq!(story.fate, DELIVERED);
    let answer = tcp(("203.0.113.1", 3), ("198.51.100.1", 9));
    assert_eq!(story.reply.unwrap().end, End::Delivered(Endpoint::Internet, answer));
}

#[test]
fn a_hairpin_through_one_gateway_is_undone_twice() {
    // `a` asks 203.0.113.9:3, which is `b`: source, then destination are translated, both at one gateway.
    let (mut pair, nat) = behind_nat_at_vpc();
    let source = SourceTranslation {
        source: TranslationSource::Cidr(prefix("10.0.0.0/28")),
        addresses: vec![address("203.0.113.9")],
        origin: ORIGIN,
    };
    pair.builder.network.nat_gateways[nat].source_translations = vec![source];
    let rule = translation(("203.0.113.9", 3), ("10.0.0.5", 3), Protocol::TCP);
    pair.builder.network.nat_gateways[nat].destination_translations = vec![rule];
    let request = tcp(("10.0.0.1", 9), ("203.0.113.9", 3));
    let story = told(&pair.builder, inside(pair.a), request, inside(pair.b));
    let arrived = tcp(("203.0.113.9", 5), ("10.0.0.5", 3));
    assert_eq!(story.request.end, End::Delivered(inside(pair.b), arrived));
    assert_eq!(story.fate, ANSWERED);
}
