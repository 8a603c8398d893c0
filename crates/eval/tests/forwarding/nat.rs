//! §§5, 6, 9, 10: NAT gateways.

use canreach_eval::{End, Outcome};
use canreach_model::{
    Across, Checkpoint, Chooser, DestinationTranslation, Direction, Endpoint, ImpliedBy,
    InterfaceId, Layer, NatGatewayId, Obstacle, Origin, Place, ProfileName, PublicAddressTarget,
    RouteTarget, SourceTranslation, SubnetId, TransitTarget, TranslationSource, Translator, VpcId,
};
use canreach_net::{Header, PortRange, Protocol, Transport};

use crate::lab::{
    Lab, Narrow, allow, at, headers, of_layer, outcomes, ping, places, plain, tcp, udp,
};

const OUT: &str = "10.0.1.10:40000 -> 198.51.100.7:443";

/// `web` in a private subnet, its default route to a NAT gateway that stands in a public one.
struct InSubnet {
    lab: Lab,
    vpc: VpcId,
    web: InterfaceId,
    nat: NatGatewayId,
    nat_interface: InterfaceId,
    private: SubnetId,
    public: SubnetId,
}

fn in_subnet() -> InSubnet {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16");
    let (private, public) = (lab.subnet(vpc, "10.0.1.0/24"), lab.subnet(vpc, "10.0.2.0/24"));
    let web = lab.host(private, "10.0.1.10");
    let (nat, nat_interface) = lab.nat_in_subnet(public, "10.0.2.5");
    lab.public_address("203.0.113.20", nat_interface);
    let table = lab.table(vpc);
    lab.network.subnets[private].route_table = table;
    lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    let gateway = lab.internet_gateway(vpc);
    lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    InSubnet { lab, vpc, web, nat, nat_interface, private, public }
}

#[test]
fn a_gateway_in_a_subnet_translates_there_and_back() {
    let InSubnet { lab, vpc, web, nat, .. } = in_subnet();
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let igw = Place::InternetGateway(lab.network.internet_gateways.ids().next().unwrap());
    let (router, nat) = (Place::Router(vpc), Place::NatGateway(nat));
    let web = Place::Interface(web);
    assert_eq!(places(&trip.request), [web, router, nat, router, igw, Place::Internet]);
    // The first port of the profile where no choice is given.
    let expected = [
        "10.0.1.10:40000 -> 198.51.100.7:443 tcp",
        "10.0.1.10:40000 -> 198.51.100.7:443 tcp",
        "10.0.2.5:1024 -> 198.51.100.7:443 tcp",
        "10.0.2.5:1024 -> 198.51.100.7:443 tcp",
        "203.0.113.20:1024 -> 198.51.100.7:443 tcp",
        "203.0.113.20:1024 -> 198.51.100.7:443 tcp",
    ];
    assert_eq!(headers(&trip.request), expected);
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply), [Place::Internet, igw, router, nat, router, web]);
    let expected = [
        "198.51.100.7:443 -> 203.0.113.20:1024 tcp",
        "198.51.100.7:443 -> 10.0.2.5:1024 tcp",
        "198.51.100.7:443 -> 10.0.2.5:1024 tcp",
        "198.51.100.7:443 -> 10.0.1.10:40000 tcp",
        "198.51.100.7:443 -> 10.0.1.10:40000 tcp",
        "198.51.100.7:443 -> 10.0.1.10:40000 tcp",
    ];
    assert_eq!(headers(&reply), expected);
}

#[test]
fn the_acl_of_the_gateways_subnet_judges_each_packet_twice() {
    let InSubnet { mut lab, web, public, .. } = in_subnet();
    let acl = lab.acl(vec![allow()], vec![allow()]);
    let layer = lab.put_acl(public, acl);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let seen = |trace| {
        let decisions = of_layer(trace, layer);
        decisions.map(|it| (it.checkpoint.direction, it.header.to_string())).collect::<Vec<_>>()
    };
    let there = [
        (Direction::Ingress, String::from("10.0.1.10:40000 -> 198.51.100.7:443 tcp")),
        (Direction::Egress, String::from("10.0.2.5:1024 -> 198.51.100.7:443 tcp")),
    ];
    assert_eq!(seen(&trip.request), there);
    let back = [
        (Direction::Ingress, String::from("198.51.100.7:443 -> 10.0.2.5:1024 tcp")),
        (Direction::Egress, String::from("198.51.100.7:443 -> 10.0.1.10:40000 tcp")),
    ];
    assert_eq!(seen(trip.reply.as_ref().unwrap()), back);
}

#[test]
fn any_of_the_four_decisions_at_the_gateways_subnet_can_stop_the_flow() {
    // Ingress from web, egress to the Internet, ingress of the reply, egress of the reply.
    let cases = [
        (allow().from("198.51.100.0/24"), allow(), false, Direction::Ingress),
        (allow(), allow().to("10.0.0.0/16"), false, Direction::Egress),
        (allow().from("10.0.0.0/16"), allow(), true, Direction::Ingress),
        (allow(), allow().to("198.51.100.0/24"), true, Direction::Egress),
    ];
    for (ingress, egress, delivered, direction) in cases {
        let InSubnet { mut lab, web, public, .. } = in_subnet();
        let acl = lab.acl(vec![ingress], vec![egress]);
        let layer = lab.put_acl(public, acl);
        let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
        assert_eq!(trip.delivered(), delivered);
        let stopped = trip.reply.as_ref().unwrap_or(&trip.request);
        assert_eq!(stopped.end, End::Denied(Checkpoint { layer, direction }));
    }
}

#[test]
fn the_port_that_the_gateway_chooses_can_decide() {
    let InSubnet { mut lab, web, nat, public, .. } = in_subnet();
    let from_inside = allow().from("10.0.0.0/16");
    let acl = lab.acl(vec![from_inside, allow().ports("32768-65535")], vec![allow()]);
    lab.put_acl(public, acl);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.delivered() && !trip.answered(), "1024 is not allowed back");
    lab.choices.ports.insert(Translator::NatGateway(nat), 50000);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    assert_eq!(trip.request.last_header(), Some(tcp("203.0.113.20:50000 -> 198.51.100.7:443")));
}

#[test]
fn a_gateway_in_the_senders_own_subnet_is_reached_past_the_acl() {
    let InSubnet { mut lab, web, nat_interface, private, .. } = in_subnet();
    // The gateway moves next to web, and keeps its own way out by another table there.
    lab.network.interfaces[nat_interface].subnet = private;
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(private, closed);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    let inside =
        [(Direction::Egress, Outcome::SameSubnet), (Direction::Ingress, Outcome::SameSubnet)];
    assert_eq!(outcomes(&trip.request, layer)[..2], inside);
}

#[test]
fn a_gateway_that_routes_to_itself_is_a_loop() {
    let InSubnet { mut lab, vpc, web, nat_interface, private, .. } = in_subnet();
    lab.network.interfaces[nat_interface].subnet = private;
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::RoutingLoop(Place::Router(vpc))));
}

#[test]
fn a_gateway_in_a_subnet_takes_only_replies() {
    let InSubnet { lab, web, nat, nat_interface, .. } = in_subnet();
    let header = tcp("198.51.100.7:443 -> 203.0.113.20:1024");
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    let obstacle = Obstacle::NoDestinationTranslation(nat);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
    assert_eq!(trip.request.hops.last().unwrap().place, Place::NatGateway(nat));
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.2.5:443"), at(nat_interface));
    assert_eq!(trip.request.end, End::Stopped(obstacle));
}

#[test]
fn a_gateway_translates_some_protocols_of_ipv4() {
    let InSubnet { mut lab, vpc, web, nat, private, .. } = in_subnet();
    let trip = lab.ask(at(web), ping("10.0.1.10 -> 198.51.100.7"), Endpoint::Internet);
    assert!(trip.answered(), "addresses only; ICMP has no ports");
    assert_eq!(trip.request.last_header(), Some(ping("203.0.113.20 -> 198.51.100.7")));
    assert!(lab.ask(at(web), udp(OUT), Endpoint::Internet).answered());
    let gre = plain("10.0.1.10 -> 198.51.100.7", Transport::Other(Protocol::GRE));
    let refused = End::Stopped(Obstacle::NatProtocol(nat));
    assert_eq!(lab.ask(at(web), gre, Endpoint::Internet).request.end, refused);

    lab.network.vpcs[vpc].cidrs.push("2001:db8::/56".parse().unwrap());
    lab.network.interfaces[web].addresses.push("2001:db8::10".parse().unwrap());
    let table = lab.network.subnets[private].route_table;
    lab.route(table, "::/0", RouteTarget::NatGateway(nat));
    let v6 = tcp("[2001:db8::10]:40000 -> [2600::7]:443");
    assert_eq!(lab.ask(at(web), v6, Endpoint::Internet).request.end, refused);
}

#[test]
fn a_gateway_serves_its_own_vpc() {
    let InSubnet { mut lab, nat, .. } = in_subnet();
    let other = lab.vpc("10.7.0.0/16");
    let subnet = lab.subnet(other, "10.7.1.0/24");
    let host = lab.host(subnet, "10.7.1.10");
    lab.route(lab.default_table(other), "0.0.0.0/0", RouteTarget::NatGateway(nat));
    let header = tcp("10.7.1.10:40000 -> 198.51.100.7:443");
    let trip = lab.ask(at(host), header, Endpoint::Internet);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NatElsewhere(nat, other)));
}

/// `web` in a VPC of a cloud whose NAT gateways stand at the VPC, with a default route to one.
struct AtVpc {
    lab: Lab,
    vpc: VpcId,
    subnet: SubnetId,
    web: InterfaceId,
    nat: NatGatewayId,
}

fn at_vpc() -> AtVpc {
    let mut lab = Lab::new(ProfileName::Huawei);
    let vpc = lab.vpc("10.0.0.0/16");
    let subnet = lab.subnet(vpc, "10.0.1.0/24");
    let web = lab.host(subnet, "10.0.1.10");
    let nat = lab.nat_at_vpc(vpc);
    lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::NatGateway(nat));
    for address in ["203.0.113.20", "203.0.113.21"] {
        lab.public_address_of(address, Some(PublicAddressTarget::NatGateway(nat)));
    }
    AtVpc { lab, vpc, subnet, web, nat }
}

fn snat(lab: &mut Lab, nat: NatGatewayId, source: TranslationSource, addresses: &[&str]) {
    lab.network.nat_gateways[nat].source_translations.push(SourceTranslation {
        source,
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        origin: Origin::Implied(ImpliedBy::MissingInput),
    });
}

fn dnat(lab: &mut Lab, nat: NatGatewayId, protocol: Option<Protocol>, ports: &str, private: u16) {
    lab.network.nat_gateways[nat].destination_translations.push(DestinationTranslation {
        public_address: "203.0.113.20".parse().unwrap(),
        protocol,
        public_ports: ports.parse::<PortRange>().unwrap(),
        private_address: "10.0.1.10".parse().unwrap(),
        private_port: private,
        origin: Origin::Implied(ImpliedBy::MissingInput),
    });
}

#[test]
fn a_gateway_at_the_vpc_translates_there_and_back() {
    let AtVpc { mut lab, vpc, subnet, web, nat } = at_vpc();
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &["203.0.113.20"]);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let (router, nat) = (Place::Router(vpc), Place::NatGateway(nat));
    assert_eq!(places(&trip.request), [Place::Interface(web), router, nat, Place::Internet]);
    assert_eq!(trip.request.last_header(), Some(tcp("203.0.113.20:1024 -> 198.51.100.7:443")));
    let back = [Place::Internet, nat, router, Place::Interface(web)];
    assert_eq!(places(trip.reply.as_ref().unwrap()), back);
}

#[test]
fn the_first_source_translation_that_applies_decides() {
    let AtVpc { mut lab, web, nat, .. } = at_vpc();
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    let none = End::Stopped(Obstacle::NoSourceTranslation(nat));
    assert_eq!(trip.request.end, none);
    let cidr = |text: &str| TranslationSource::Cidr(text.parse().unwrap());
    snat(&mut lab, nat, cidr("10.0.9.0/24"), &["203.0.113.21"]);
    assert_eq!(lab.ask(at(web), tcp(OUT), Endpoint::Internet).request.end, none);
    snat(&mut lab, nat, cidr("10.0.1.0/24"), &["203.0.113.20"]);
    snat(&mut lab, nat, cidr("10.0.0.0/16"), &["203.0.113.21"]);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(trip.request.last_header(), Some(tcp("203.0.113.20:1024 -> 198.51.100.7:443")));
}

#[test]
fn the_address_that_the_gateway_chooses_can_decide() {
    let AtVpc { mut lab, subnet, web, nat, .. } = at_vpc();
    let addresses = ["203.0.113.21", "203.0.113.77"];
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &addresses);
    assert!(lab.ask(at(web), tcp(OUT), Endpoint::Internet).answered());
    // A choice that the rule does not offer falls back to its first address.
    lab.choices.picks.insert(Chooser::SourceTranslation(nat), 2);
    assert!(lab.ask(at(web), tcp(OUT), Endpoint::Internet).answered());
    // The second address is not the gateway's: its replies stay outside.
    lab.choices.picks.insert(Chooser::SourceTranslation(nat), 1);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.delivered() && !trip.answered());
    assert_eq!(trip.reply.unwrap().end, End::Stopped(Obstacle::ReplyChanged));
}

/// A peered VPC whose default route leads into the VPC of the gateway.
fn peered_with(lab: &mut Lab, vpc: VpcId, cidr: &str, address: &str) -> InterfaceId {
    let spoke = lab.vpc(cidr);
    let subnet = lab.subnet(spoke, cidr);
    let host = lab.host(subnet, address);
    let peering = lab.peering(spoke, vpc);
    lab.route(lab.default_table(spoke), "0.0.0.0/0", RouteTarget::Peering(peering));
    lab.route(lab.default_table(vpc), cidr, RouteTarget::Peering(peering));
    host
}

#[test]
fn a_peered_vpc_uses_the_gateway_by_its_block_where_the_profile_says_so() {
    for to_nat_gateway in [true, false] {
        let AtVpc { mut lab, vpc, nat, .. } = at_vpc();
        let host = peered_with(&mut lab, vpc, "10.7.0.0/16", "10.7.0.10");
        lab.network.vpcs[vpc].profile.peering.to_nat_gateway = to_nat_gateway;
        let block = TranslationSource::Cidr("10.7.0.0/16".parse().unwrap());
        snat(&mut lab, nat, block, &["203.0.113.20"]);
        let header = tcp("10.7.0.10:40000 -> 198.51.100.7:443");
        let trip = lab.ask(at(host), header, Endpoint::Internet);
        assert_eq!(trip.answered(), to_nat_gateway);
        let peering = lab.network.peerings.ids().next().unwrap();
        let forbidden = End::Stopped(Obstacle::NotTransitive(Across::Peering(peering), vpc));
        assert_eq!(trip.request.end == forbidden, !to_nat_gateway);
    }
}

#[test]
fn a_translation_of_a_subnet_is_for_what_was_sent_in_its_vpc() {
    let AtVpc { mut lab, vpc, subnet, nat, .. } = at_vpc();
    // The same block on the other side of a peering.
    let host = peered_with(&mut lab, vpc, "10.0.1.0/24", "10.0.1.66");
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &["203.0.113.20"]);
    let header = tcp("10.0.1.66:40000 -> 198.51.100.7:443");
    let trip = lab.ask(at(host), header, Endpoint::Internet);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoSourceTranslation(nat)));
}

const HTTPS: &str = "198.51.100.7:40000 -> 203.0.113.20:8443";

#[test]
fn a_destination_translation_lets_the_internet_in_and_the_reply_out() {
    let AtVpc { mut lab, vpc, web, nat, .. } = at_vpc();
    dnat(&mut lab, nat, Some(Protocol::TCP), "8443", 443);
    let trip = lab.ask(Endpoint::Internet, tcp(HTTPS), at(web));
    assert!(trip.answered());
    let (router, gateway) = (Place::Router(vpc), Place::NatGateway(nat));
    let there = [Place::Internet, gateway, router, Place::Interface(web)];
    assert_eq!(places(&trip.request), there);
    assert_eq!(trip.request.last_header(), Some(tcp("198.51.100.7:40000 -> 10.0.1.10:443")));
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply), [Place::Interface(web), router, gateway, Place::Internet]);
    assert_eq!(reply.last_header(), Some(tcp("203.0.113.20:8443 -> 198.51.100.7:40000")));
    for header in [
        udp(HTTPS),
        tcp("198.51.100.7:1 -> 203.0.113.20:8444"),
        tcp("198.51.100.7:1 -> 203.0.113.21:8443"),
    ] {
        let trip = lab.ask(Endpoint::Internet, header, at(web));
        let none = Obstacle::NoDestinationTranslation(nat);
        assert_eq!(trip.request.end, End::Stopped(none), "{header}");
    }
}

#[test]
fn ranges_of_ports_map_in_order_and_the_first_match_counts() {
    let AtVpc { mut lab, web, nat, .. } = at_vpc();
    dnat(&mut lab, nat, Some(Protocol::TCP), "8000-8010", 80);
    dnat(&mut lab, nat, None, "1-1", 7);
    let arrived = |header: Header| {
        lab.ask(Endpoint::Internet, header, at(web)).request.last_header().unwrap().to_string()
    };
    let tcp_to = |port| arrived(tcp(&format!("198.51.100.7:9 -> 203.0.113.20:{port}")));
    assert_eq!(tcp_to(8000), "198.51.100.7:9 -> 10.0.1.10:80 tcp");
    assert_eq!(tcp_to(8003), "198.51.100.7:9 -> 10.0.1.10:83 tcp");
    assert_eq!(tcp_to(8010), "198.51.100.7:9 -> 10.0.1.10:90 tcp");
    assert_eq!(tcp_to(8011), "198.51.100.7:9 -> 10.0.1.10:8011 tcp", "every port, unchanged");
    assert_eq!(
        arrived(ping("198.51.100.7 -> 203.0.113.20")),
        "198.51.100.7 -> 10.0.1.10 icmp type 8 code 0"
    );
    let gre = plain("198.51.100.7 -> 203.0.113.20", Transport::Other(Protocol::GRE));
    let trip = lab.ask(Endpoint::Internet, gre, at(web));
    let none = Obstacle::NoDestinationTranslation(nat);
    assert_eq!(trip.request.end, End::Stopped(none), "no protocol that the gateway translates");
}

#[test]
fn a_public_address_of_the_host_takes_the_reply_off_the_gateway() {
    let AtVpc { mut lab, web, nat, .. } = at_vpc();
    dnat(&mut lab, nat, Some(Protocol::TCP), "8443", 443);
    lab.public_address("203.0.113.10", web);
    let trip = lab.ask(Endpoint::Internet, tcp(HTTPS), at(web));
    assert!(trip.delivered() && !trip.answered());
    let reply = trip.reply.unwrap();
    assert_eq!(reply.last_header(), Some(tcp("203.0.113.10:443 -> 198.51.100.7:40000")));
    assert_eq!(reply.end, End::Stopped(Obstacle::ReplyChanged));
}

#[test]
fn a_reply_that_no_translation_knows_is_translated_as_a_source() {
    let AtVpc { mut lab, subnet, web, nat, .. } = at_vpc();
    // The request comes by the public address of web; the reply, forced through the gateway by a
    // longer route, leaves with another address.
    lab.public_address("203.0.113.10", web);
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &["203.0.113.20"]);
    let table = lab.network.subnets[subnet].route_table;
    lab.route(table, "198.51.100.0/24", RouteTarget::NatGateway(nat));
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:443");
    let trip = lab.ask(Endpoint::Internet, header, at(web));
    let reply = trip.reply.unwrap();
    assert_eq!(reply.last_header(), Some(tcp("203.0.113.20:1024 -> 198.51.100.7:40000")));
    assert_eq!(reply.end, End::Stopped(Obstacle::ReplyChanged));
}

#[test]
fn a_gateway_reaches_a_host_of_its_own_vpc_by_the_public_address() {
    let AtVpc { mut lab, subnet, web, nat, .. } = at_vpc();
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &["203.0.113.21"]);
    dnat(&mut lab, nat, Some(Protocol::TCP), "8443", 443);
    let other = lab.host(subnet, "10.0.1.11");
    let trip = lab.ask(at(other), tcp("10.0.1.11:40000 -> 203.0.113.20:8443"), at(web));
    // Out by the source translation, in by the destination translation, and all of it undone.
    assert_eq!(trip.request.last_header(), Some(tcp("203.0.113.21:1024 -> 10.0.1.10:443")));
    assert!(trip.answered());
    let layer = Layer::SecurityGroups(other);
    let by_state = [(Direction::Ingress, Outcome::AllowedAsReply)];
    assert_eq!(outcomes(trip.reply.as_ref().unwrap(), layer), by_state);
}

#[test]
fn what_came_from_a_hub_is_not_translated_as_its_subnets_own() {
    let AtVpc { mut lab, vpc, subnet, nat, .. } = at_vpc();
    snat(&mut lab, nat, TranslationSource::Subnet(subnet), &["203.0.113.21"]);
    // Another VPC uses the same blocks.
    let other = lab.vpc("10.0.0.0/16");
    let near = lab.subnet(other, "10.0.1.0/24");
    let host = lab.host(near, "10.0.1.77");
    let hub = lab.transit();
    let table = lab.transit_table(hub);
    lab.attach_vpc(hub, other, &[], table);
    let through = lab.subnet(vpc, "10.0.9.0/24");
    let into = lab.attach_vpc(hub, vpc, &[through], table);
    lab.transit_route(table, "0.0.0.0/0", TransitTarget::Attachment(into));
    lab.route(lab.default_table(other), "0.0.0.0/0", RouteTarget::TransitGateway(hub));
    let header = tcp("10.0.1.77:40000 -> 198.51.100.7:443");
    let end = |lab: &Lab| lab.ask(at(host), header, Endpoint::Internet).request.end;
    assert_eq!(end(&lab), End::Stopped(Obstacle::NoSourceTranslation(nat)));
    // Once an instance of the VPC sends it on, it was sent there.
    let fw = lab.forwarder(subnet, "10.0.1.5");
    let own = lab.table(vpc);
    lab.network.subnets[through].route_table = own;
    lab.route(own, "0.0.0.0/0", RouteTarget::Interface(fw));
    assert_eq!(end(&lab), End::Delivered(Endpoint::Internet));
}

#[test]
fn a_gateway_in_a_subnet_picks_one_of_its_ipv4_addresses() {
    let InSubnet { mut lab, web, nat, nat_interface, .. } = in_subnet();
    lab.network.interfaces[nat_interface].addresses =
        ["2001:db8::5", "10.0.2.5", "10.0.2.6"].map(|it| it.parse().unwrap()).to_vec();
    let second = "10.0.2.6".parse().unwrap();
    let target = PublicAddressTarget::Interface { interface: nat_interface, address: second };
    lab.public_address_of("203.0.113.21", Some(target));
    for (pick, public) in [(0, "203.0.113.20"), (1, "203.0.113.21")] {
        lab.choices.picks.insert(Chooser::SourceTranslation(nat), pick);
        let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
        assert!(trip.answered(), "{pick}");
        let source = trip.request.last_header().unwrap().source;
        assert_eq!(source.to_string(), public);
    }
    lab.network.interfaces[nat_interface].addresses.truncate(1);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoSourceTranslation(nat)));
}
