//! Virtual addresses (§§2, 6), and the firewalls of hosts and clouds (§§8a, 8b).

use canreach_model::{
    Border, Chooser, CloudFirewallId, Direction, Endpoint, InterfaceId, Layer, NatGatewayId,
    Obstacle, Place, ProfileName, PublicAddressTarget, RouteTarget, SourceTranslation, SubnetId,
    TranslationSource, VirtualAddressId, VpcId,
};
use canreach_net::Protocol;
use canreach_testkit::{
    Builder,
    builder::{address, prefix, translation},
};
use canreach_topology::{AddressView, End, Mode};

use crate::lab::{OUTSIDE, arrives, at, crossed, one, only, places, tcp};

const INTERNET: Endpoint = Endpoint::Internet;
const INGRESS: Direction = Direction::Ingress;
const EGRESS: Direction = Direction::Egress;

/// A client and two hosts that share a virtual address, in one subnet.
struct Shared {
    lab: Builder,
    vpc: VpcId,
    subnet: SubnetId,
    client: InterfaceId,
    hosts: [InterfaceId; 2],
    held: VirtualAddressId,
}

impl Shared {
    fn new(profile: ProfileName) -> Self {
        let mut lab = Builder::new(profile);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
        let client = lab.interface(subnet, &["10.0.0.1"]);
        let hosts = [2, 3].map(|n| lab.interface(subnet, &[&format!("10.0.0.{n}")]));
        let held = lab.virtual_address(subnet, "10.0.0.100", &hosts);
        Self { lab, vpc, subnet, client, hosts, held }
    }

    fn end(&self) -> Endpoint {
        Endpoint::VirtualAddress(self.held)
    }
}

#[test]
fn whoever_holds_it_receives_and_answers() {
    let site = Shared::new(ProfileName::Aws);
    let network = site.lab.clone().build();
    let trips =
        tcp(&network, (at(site.client), "10.0.0.1"), (site.end(), "10.0.0.100"), Mode::Real);
    assert_eq!(trips.len(), 2);
    for (pick, (trip, host)) in trips.iter().zip(site.hosts).enumerate() {
        assert_eq!(trip.request.end, End::Arrived(site.end()));
        assert_eq!(places(&trip.request).last(), Some(&Place::Interface(host)));
        assert_eq!(trip.request.guard.picks, [(Chooser::Holder(site.held), pick)]);
        let back = only(trip.replies.clone());
        assert_eq!(places(&back)[0], Place::Interface(host));
        assert_eq!(back.end, arrives(site.client));
    }
}

#[test]
fn a_host_keeps_what_it_holds_itself_and_sends_on_what_the_other_holds() {
    let mut site = Shared::new(ProfileName::Aws);
    let [own, other] = site.hosts;
    let instance = site.lab.instance_of(own);
    site.lab.network.instances[instance].services = Some(Vec::new());
    let network = site.lab.build();
    let trips = tcp(&network, (at(own), "10.0.0.2"), (at(own), "10.0.0.100"), Mode::Real);
    let told: Vec<_> = trips.iter().map(|it| (places(&it.request), it.request.end)).collect();
    let router = Place::Router(site.vpc);
    let end = End::Arrived(Endpoint::VirtualAddress(site.held));
    assert_eq!(
        told,
        [
            (vec![Place::Interface(own)], end),
            (vec![Place::Interface(own), router, Place::Interface(other)], end)
        ]
    );
    let kept = (Layer::Listener(instance, None), INGRESS, false);
    assert_eq!(crossed(&trips[0].request), [kept], "no filter sees what the host keeps");
}

#[test]
fn one_that_nobody_holds_is_an_obstacle_of_its_own() {
    let mut site = Shared::new(ProfileName::Aws);
    site.lab.network.virtual_addresses[site.held].interfaces.clear();
    let to = (site.end(), "10.0.0.100");
    let network = site.lab.build();
    let trip = one(&network, (at(site.client), "10.0.0.1"), to, Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NobodyHolds(site.held)));
}

#[test]
fn its_public_address_leads_in_and_out() {
    let mut site = Shared::new(ProfileName::Aws);
    site.lab.network.virtual_addresses[site.held].interfaces.truncate(1);
    let target = PublicAddressTarget::VirtualAddress(site.held);
    site.lab.public_address_of("203.0.113.1", Some(target));
    let to = (site.end(), "203.0.113.1");
    let none = Obstacle::NoInternetGateway(site.vpc);
    let network = site.lab.clone().build();
    assert_eq!(one(&network, (INTERNET, OUTSIDE), to, Mode::Real).request.end, End::Stopped(none));
    let gateway = site.lab.internet_gateway(site.vpc);
    let table = site.lab.default_table(site.vpc);
    site.lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    // What is denied to the holder is not denied to the address.
    site.lab.network.interfaces[site.hosts[0]].internet_gateway_denied = true;
    let network = site.lab.clone().build();
    let trip = one(&network, (INTERNET, OUTSIDE), to, Mode::Real);
    assert_eq!(trip.request.end, End::Arrived(site.end()));
    let back = only(trip.replies);
    assert_eq!(back.end, End::Arrived(INTERNET));
    let header = back.steps.last().expect("steps").header;
    assert_eq!(header.source, AddressView::Fixed(address("203.0.113.1")));
}

#[test]
fn a_holder_without_a_default_route_answers_by_the_public_address_it_shares() {
    let mut site = Shared::new(ProfileName::HuaweiAllowOnly);
    site.lab.network.virtual_addresses[site.held].interfaces.truncate(1);
    let target = PublicAddressTarget::VirtualAddress(site.held);
    site.lab.public_address_of("203.0.113.1", Some(target));
    let network = site.lab.clone().build();
    let trip = one(&network, (INTERNET, OUTSIDE), (site.end(), "203.0.113.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Arrived(site.end()));
    assert_eq!(only(trip.replies).end, End::Arrived(INTERNET));
    // The client next to it has none.
    let trip = one(&network, (at(site.client), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    let table = network.subnets[site.subnet].route_table;
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
}

/// A VPC whose NAT gateway at its edge has a public address; both stand behind cloud firewalls.
struct Behind {
    lab: Builder,
    a: InterfaceId,
    nat: NatGatewayId,
    before_nat: CloudFirewallId,
    before_address: CloudFirewallId,
}

impl Behind {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::HuaweiAllowOnly);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
        let a = lab.interface(subnet, &["10.0.0.1"]);
        let nat = lab.nat_at_vpc(vpc);
        let target = Some(PublicAddressTarget::NatGateway(nat));
        let public = lab.public_address_of("203.0.113.9", target);
        let rule = translation(("203.0.113.9", 80), ("10.0.0.1", 8080), Protocol::TCP);
        let source = TranslationSource::Cidr(prefix("10.0.0.0/16"));
        let (addresses, origin) = (vec![address("203.0.113.9")], rule.origin.clone());
        let gateway = &mut lab.network.nat_gateways[nat];
        gateway.source_translations = vec![SourceTranslation { source, addresses, origin }];
        gateway.destination_translations = vec![rule];
        let table = lab.default_table(vpc);
        lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(nat));
        let [before_nat, before_address] = [(); 2].map(|()| lab.cloud_firewall());
        lab.network.nat_gateways[nat].firewall = Some(before_nat);
        lab.network.public_addresses[public].firewall = Some(before_address);
        Self { lab, a, nat, before_nat, before_address }
    }
}

#[test]
fn a_cloud_firewall_sees_private_addresses_at_a_nat_gateway_and_public_ones_outside() {
    let site = Behind::new();
    let network = site.lab.clone().build();
    let nat = Layer::CloudFirewall(site.before_nat, Border::Nat);
    let outside = Layer::CloudFirewall(site.before_address, Border::Internet);
    let trip = one(&network, (at(site.a), "10.0.0.1"), (INTERNET, OUTSIDE), Mode::Real);
    assert_eq!(crossed(&trip.request), [(nat, EGRESS, false), (outside, EGRESS, false)]);
    let sources: Vec<_> = trip.request.crossings().map(|it| it.header.source).collect();
    let public = AddressView::Fixed(address("203.0.113.9"));
    assert_eq!(sources, [AddressView::Source, public]);
    let back = only(trip.replies);
    assert_eq!(crossed(&back), [(outside, INGRESS, true), (nat, INGRESS, true)]);
    let destinations: Vec<_> = back.crossings().map(|it| it.header.destination).collect();
    assert_eq!(destinations, [public, AddressView::Source]);
    assert_eq!(places(&back)[1], Place::NatGateway(site.nat));
}

#[test]
fn what_comes_in_is_seen_before_and_after_its_translation() {
    let site = Behind::new();
    let network = site.lab.build();
    let trips = tcp(&network, (INTERNET, OUTSIDE), (at(site.a), "203.0.113.9"), Mode::Real);
    let nat = Layer::CloudFirewall(site.before_nat, Border::Nat);
    let outside = Layer::CloudFirewall(site.before_address, Border::Internet);
    let trip = only(trips.into_iter().filter(|it| it.request.end == arrives(site.a)).collect());
    assert_eq!(crossed(&trip.request), [(outside, INGRESS, false), (nat, INGRESS, false)]);
    let destinations: Vec<_> = trip.request.crossings().map(|it| it.header.destination).collect();
    assert_eq!(destinations[1], AddressView::Fixed(address("10.0.0.1")));
    // The reply goes out through the gateway, with its public address again.
    let back = only(trip.replies);
    assert_eq!(crossed(&back), [(nat, EGRESS, true), (outside, EGRESS, true)]);
}

#[test]
fn a_host_firewall_knows_what_it_saw_but_is_never_passed_without_a_look() {
    let mut site = Shared::new(ProfileName::Aws);
    let [host, other] = site.hosts;
    for interface in [site.client, host] {
        let instance = site.lab.instance_of(interface);
        site.lab.host_firewall(instance, Vec::new());
    }
    let network = site.lab.build();
    let trip = one(&network, (at(site.client), "10.0.0.1"), (at(host), "10.0.0.2"), Mode::Real);
    let layer = Layer::HostFirewall;
    assert_eq!(
        crossed(&trip.request),
        [(layer(site.client), EGRESS, false), (layer(host), INGRESS, false)]
    );
    let back = only(trip.replies);
    assert_eq!(
        crossed(&back),
        [(layer(host), EGRESS, false), (layer(site.client), INGRESS, false)]
    );
    assert!(back.crossings().all(|it| it.known));
    // Where nothing is known of a host's firewall there is none to cross.
    let trip = one(&network, (at(other), "10.0.0.3"), (at(other), "10.0.0.3"), Mode::Real);
    assert_eq!(crossed(&trip.request), []);
}

#[test]
fn a_peering_has_a_firewall_between_its_vpcs() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpcs = [0, 1].map(|n| lab.vpc(&[&format!("10.{n}.0.0/16")]));
    let ends = [0, 1].map(|n| {
        let subnet = lab.subnet(vpcs[n], &[&format!("10.{n}.0.0/24")]);
        lab.interface(subnet, &[&format!("10.{n}.0.1")])
    });
    let peering = lab.peering(vpcs[0], vpcs[1]);
    for n in [0, 1] {
        let table = lab.default_table(vpcs[n]);
        lab.route(table, &format!("10.{}.0.0/16", 1 - n), RouteTarget::Peering(peering));
    }
    let firewall = lab.cloud_firewall();
    lab.network.peerings[peering].firewall = Some(firewall);
    let network = lab.build();
    let trip = one(&network, (at(ends[0]), "10.0.0.1"), (at(ends[1]), "10.1.0.1"), Mode::Real);
    let layer = Layer::CloudFirewall(firewall, Border::Vpc);
    assert_eq!(crossed(&trip.request), [(layer, INGRESS, false)]);
    assert_eq!(crossed(&only(trip.replies)), [(layer, INGRESS, true)]);
}
