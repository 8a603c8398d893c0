//! §§1, 2, 4, 5, 6, 9: virtual addresses, and gateway endpoints of §5.

use canreach_eval::{End, Outcome};
use canreach_model::{
    Chooser, DestinationTranslation, Direction, Endpoint, InterfaceId, InterfaceOwner, Layer,
    Obstacle, Place, ProfileName, PublicAddressTarget, RouteTarget, SubnetId, VirtualAddressId,
    VpcId,
};
use canreach_net::PortRange;

use crate::lab::{Lab, allow, at, headers, origin, outcomes, places, tcp};

const SSH: &str = "10.0.1.10:40000 -> 10.0.2.100:22";

/// `web`, and two hosts in another subnet that hold an address between them.
struct Pair {
    lab: Lab,
    vpc: VpcId,
    web: InterfaceId,
    one: InterfaceId,
    two: InterfaceId,
    far: SubnetId,
    held: VirtualAddressId,
}

fn pair(profile: ProfileName) -> Pair {
    let mut lab = Lab::new(profile);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8:0:1::/64");
    let far = lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:2::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8:0:1::10");
    let one = lab.host(far, "10.0.2.11");
    let two = lab.host(far, "10.0.2.12");
    let held = lab.virtual_address(far, "10.0.2.100", &[one, two]);
    Pair { lab, vpc, web, one, two, far, held }
}

fn end_at(held: VirtualAddressId) -> Endpoint {
    Endpoint::VirtualAddress(held)
}

#[test]
fn whoever_holds_the_address_receives_and_answers() {
    let Pair { mut lab, vpc, web, one, two, held, .. } = pair(ProfileName::Aws);
    for (pick, holder) in [(0, one), (1, two), (2, one)] {
        lab.choices.picks.insert(Chooser::Holder(held), pick);
        let trip = lab.ask(at(web), tcp(SSH), end_at(held));
        assert!(trip.answered());
        assert_eq!(trip.request.end, End::Delivered(end_at(held)));
        let there = [Place::Interface(web), Place::Router(vpc), Place::Interface(holder)];
        assert_eq!(places(&trip.request), there);
        let reply = trip.reply.unwrap();
        assert_eq!(reply.end, End::Delivered(at(web)));
        assert_eq!(reply.hops[0].place, Place::Interface(holder));
        assert!(!lab.ask(at(web), tcp(SSH), at(holder)).delivered());
    }
}

#[test]
fn an_ipv6_address_may_be_virtual_too() {
    let Pair { mut lab, web, one, far, .. } = pair(ProfileName::Aws);
    let held = lab.virtual_address(far, "2001:db8:0:2::100", &[one]);
    let header = tcp("[2001:db8:0:1::10]:40000 -> [2001:db8:0:2::100]:22");
    assert!(lab.ask(at(web), header, end_at(held)).answered());
    // From the Internet, only what an interface has is found.
    lab.internet_gateway(lab.network.vpc_of(web));
    let header = tcp("[2600::7]:40000 -> [2001:db8:0:2::100]:22");
    let request = lab.ask(Endpoint::Internet, header, end_at(held)).request;
    let address = "2001:db8:0:2::100".parse().unwrap();
    let nobody = Obstacle::NobodyHas(lab.network.vpc_of(web), address);
    assert_eq!(request.end, End::Stopped(nobody));
}

#[test]
fn an_address_that_nobody_holds_is_not_reached() {
    let Pair { mut lab, vpc, web, held, .. } = pair(ProfileName::Aws);
    lab.network.virtual_addresses[held].interfaces.clear();
    let request = lab.ask(at(web), tcp(SSH), end_at(held)).request;
    assert_eq!(request.end, End::Stopped(Obstacle::NobodyHolds(held)));
    // One of another VPC is no address of this one.
    let other = lab.vpc("10.0.0.0/16");
    lab.network.virtual_addresses[held].subnet = lab.subnet(other, "10.0.2.0/24");
    let request = lab.ask(at(web), tcp(SSH), end_at(held)).request;
    let nobody = Obstacle::NobodyHas(vpc, "10.0.2.100".parse().unwrap());
    assert_eq!(request.end, End::Stopped(nobody));
}

#[test]
fn a_holder_that_is_plugged_into_nothing_receives_nothing() {
    let Pair { mut lab, web, one, held, .. } = pair(ProfileName::Aws);
    lab.network.interfaces[one].owner = InterfaceOwner::Detached;
    let request = lab.ask(at(web), tcp(SSH), end_at(held)).request;
    assert_eq!(request.end, End::Stopped(Obstacle::Detached(one)));
}

#[test]
fn a_host_keeps_what_is_for_an_address_it_holds() {
    let Pair { mut lab, one, two, far, held, .. } = pair(ProfileName::Aws);
    lab.put_groups(one, &[]);
    let own = tcp("10.0.2.11:40000 -> 10.0.2.100:22");
    let trip = lab.ask(at(one), own, end_at(held));
    assert!(trip.answered(), "no filter sees it");
    assert_eq!(places(&trip.request), [Place::Interface(one)]);
    // The other holds it: it goes out, and is filtered.
    lab.choices.picks.insert(Chooser::Holder(held), 1);
    let layer = Layer::SecurityGroups(one);
    let trip = lab.ask(at(one), own, end_at(held));
    assert_eq!(outcomes(&trip.request, layer), [(Direction::Egress, Outcome::Denied(None))]);
    // Another interface of the same host holds it.
    let inner = lab.sibling(one, far, "10.0.2.13");
    lab.network.virtual_addresses[held].interfaces = vec![inner];
    let trip = lab.ask(at(one), own, end_at(held));
    assert!(trip.answered());
    assert_eq!(places(&trip.request), [Place::Interface(one), Place::Interface(inner)]);
    assert_eq!(
        places(trip.reply.as_ref().unwrap()),
        [Place::Interface(inner), Place::Interface(one)]
    );
    // In another VPC, it is no longer the host's own here.
    let other = lab.vpc("10.0.0.0/16");
    lab.network.interfaces[inner].subnet = lab.subnet(other, "10.0.2.0/24");
    let trip = lab.ask(at(one), own, end_at(held));
    assert_eq!(outcomes(&trip.request, layer).len(), 1);
    // What is no instance keeps only what it has.
    lab.network.virtual_addresses[held].interfaces = vec![two];
    lab.network.interfaces[two].owner = InterfaceOwner::Service;
    lab.put_groups(two, &[]);
    let trip = lab.ask(at(two), tcp("10.0.2.12:40000 -> 10.0.2.100:22"), end_at(held));
    let layer = Layer::SecurityGroups(two);
    assert_eq!(outcomes(&trip.request, layer), [(Direction::Egress, Outcome::Denied(None))]);
    assert!(lab.ask(at(two), tcp("10.0.2.12:40000 -> 10.0.2.12:22"), at(two)).answered());
}

#[test]
fn two_interfaces_of_nothing_are_not_one_host() {
    let Pair { mut lab, one, two, .. } = pair(ProfileName::Aws);
    for interface in [one, two] {
        lab.network.interfaces[interface].owner = InterfaceOwner::Service;
    }
    let trip = lab.ask(at(one), tcp("10.0.2.11:40000 -> 10.0.2.12:22"), at(two));
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(one)).len(), 1);
}

#[test]
fn inside_the_holders_subnet_the_acl_does_not_filter() {
    let Pair { mut lab, two, far, held, .. } = pair(ProfileName::Aws);
    let acl = lab.acl(vec![], vec![]);
    let layer = lab.put_acl(far, acl);
    let trip = lab.ask(at(two), tcp("10.0.2.12:40000 -> 10.0.2.100:22"), end_at(held));
    assert!(trip.answered());
    let inside =
        [(Direction::Egress, Outcome::SameSubnet), (Direction::Ingress, Outcome::SameSubnet)];
    assert_eq!(outcomes(&trip.request, layer), inside);
}

#[test]
fn a_public_address_may_stand_for_a_virtual_one() {
    for profile in [ProfileName::Aws, ProfileName::Huawei] {
        let Pair { mut lab, vpc, one, two, held, .. } = pair(profile);
        let target = PublicAddressTarget::VirtualAddress(held);
        lab.public_address_of("203.0.113.100", Some(target));
        let header = tcp("198.51.100.7:40000 -> 203.0.113.100:22");
        let aws = profile == ProfileName::Aws;
        if aws {
            let request = lab.ask(Endpoint::Internet, header, end_at(held)).request;
            assert_eq!(request.end, End::Stopped(Obstacle::NoInternetGateway(vpc)));
            let gateway = lab.internet_gateway(vpc);
            lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        } else {
            // The public address goes before a default route elsewhere, whoever holds it.
            lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::Blackhole);
        }
        for pick in [0, 1] {
            lab.choices.picks.insert(Chooser::Holder(held), pick);
            let trip = lab.ask(Endpoint::Internet, header, end_at(held));
            assert!(trip.answered(), "{profile}");
            let inside = String::from("198.51.100.7:40000 -> 10.0.2.100:22 tcp");
            assert_eq!(headers(&trip.request).last(), Some(&inside));
        }
        // It is the holder's other address that is refused, not this one.
        for interface in [one, two] {
            lab.network.interfaces[interface].internet_gateway_denied = true;
        }
        assert!(lab.ask(Endpoint::Internet, header, end_at(held)).answered(), "{profile}");
        // In the VPC of the address, not elsewhere.
        for interface in [one, two] {
            lab.network.interfaces[interface].internet_gateway_denied = false;
        }
        let far = lab.network.virtual_addresses[held].subnet;
        // Nor for other addresses there.
        let outside = tcp("10.0.2.11:40000 -> 198.51.100.7:443");
        let end = lab.ask(at(one), outside, Endpoint::Internet).request.end;
        assert!(!matches!(end, End::Delivered(_)), "{profile}");
        let other = lab.vpc("10.0.0.0/16");
        lab.network.virtual_addresses[held].subnet = lab.subnet(other, "10.0.2.0/24");
        lab.network.interfaces[one].addresses.push("10.0.2.100".parse().unwrap());
        let outside = tcp("10.0.2.100:40000 -> 198.51.100.7:443");
        let end = lab.ask(at(one), outside, Endpoint::Internet).request.end;
        assert!(!matches!(end, End::Delivered(_)), "{profile}");
        lab.network.virtual_addresses[held].subnet = far;
    }
}

#[test]
fn nothing_starts_at_a_virtual_address_or_a_load_balancer() {
    let Pair { mut lab, web, far, held, .. } = pair(ProfileName::Aws);
    let (balancer, _) = lab.balancer(far, "10.0.2.50", Vec::new());
    for start in [end_at(held), Endpoint::LoadBalancer(balancer)] {
        let header = tcp("10.0.2.100:40000 -> 10.0.1.10:22");
        let flow = canreach_eval::Flow { start, header };
        assert!(!flow.is_possible(&lab.network));
        let (valuation, choices) = (&lab.valuation, &lab.choices);
        let trip = canreach_eval::round_trip(&lab.network, &flow, at(web), valuation, choices);
        assert!(!trip.delivered() && trip.reply.is_none());
    }
}

const STORE: &str = "10.0.1.10:40000 -> 198.51.100.50:443";

#[test]
fn a_gateway_endpoint_leads_to_a_public_service_and_back() {
    let Pair { mut lab, vpc, web, .. } = pair(ProfileName::Aws);
    let endpoint = lab.endpoint(vpc);
    lab.route(lab.default_table(vpc), "198.51.100.0/24", RouteTarget::GatewayEndpoint(endpoint));
    let acl = lab.acl(vec![allow()], vec![allow()]);
    let near = lab.network.interfaces[web].subnet;
    let layer = lab.put_acl(near, acl);
    let trip = lab.ask(at(web), tcp(STORE), Endpoint::Internet);
    assert!(trip.answered());
    let service = Place::GatewayEndpoint(endpoint);
    let there = [Place::Interface(web), Place::Router(vpc), service, Place::Internet];
    assert_eq!(places(&trip.request), there);
    assert!(headers(&trip.request).iter().all(|it| *it == format!("{STORE} tcp")));
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply), [service, Place::Interface(web)]);
    assert!(matches!(outcomes(&reply, layer)[..], [(Direction::Ingress, Outcome::Allowed(_))]));
    // Its own addresses may be public ones of the network all the same: there is no Internet between.
    lab.public_address_of("198.51.100.50", None);
    assert!(lab.ask(at(web), tcp(STORE), Endpoint::Internet).answered());
}

#[test]
fn a_gateway_endpoint_serves_only_what_its_vpc_sends() {
    let Pair { mut lab, vpc, web, .. } = pair(ProfileName::Huawei);
    let other = lab.vpc("10.1.0.0/16");
    let subnet = lab.subnet(other, "10.1.1.0/24");
    let host = lab.host(subnet, "10.1.1.30");
    let endpoint = lab.endpoint(vpc);
    let target = RouteTarget::GatewayEndpoint(endpoint);
    let elsewhere = |vpc| End::Stopped(Obstacle::EndpointElsewhere(endpoint, vpc));
    let from_other = tcp("10.1.1.30:40000 -> 198.51.100.50:443");
    let end = |lab: &Lab| lab.ask(at(host), from_other, Endpoint::Internet).request.end;
    lab.route(lab.default_table(other), "198.51.100.0/24", target);
    assert_eq!(end(&lab), elsewhere(other));
    let outward = lab.default_table(other);
    lab.network.route_tables[outward].routes.pop();
    // Across a peering, at the edge.
    let peering = lab.peering(other, vpc);
    lab.route(lab.default_table(other), "198.51.100.0/24", RouteTarget::Peering(peering));
    lab.route(lab.default_table(vpc), "198.51.100.0/24", target);
    assert_eq!(end(&lab), elsewhere(vpc));
    assert!(lab.ask(at(web), tcp(STORE), Endpoint::Internet).answered());
    // Across a transit gateway, through a subnet.
    let hub = lab.transit();
    let table = lab.transit_table(hub);
    lab.attach_vpc(hub, other, &[], table);
    let near = lab.network.interfaces[web].subnet;
    let into = lab.attach_vpc(hub, vpc, &[near], table);
    lab.transit_route(table, "0.0.0.0/0", canreach_model::TransitTarget::Attachment(into));
    let outward = lab.default_table(other);
    lab.network.route_tables[outward].routes.pop();
    lab.route(lab.default_table(other), "198.51.100.0/24", RouteTarget::TransitGateway(hub));
    assert_eq!(end(&lab), elsewhere(vpc));
    // From the Internet, by a NAT gateway at the VPC.
    let nat = lab.nat_at_vpc(vpc);
    lab.public_address_of("203.0.113.20", Some(PublicAddressTarget::NatGateway(nat)));
    lab.network.nat_gateways[nat].destination_translations.push(DestinationTranslation {
        public_address: "203.0.113.20".parse().unwrap(),
        protocol: None,
        public_ports: PortRange::ALL,
        private_address: "198.51.100.50".parse().unwrap(),
        private_port: 0,
        origin: origin(),
    });
    let request = tcp("198.51.100.7:40000 -> 203.0.113.20:443");
    let came_in = lab.ask(Endpoint::Internet, request, Endpoint::Internet).request.end;
    assert_eq!(came_in, elsewhere(vpc));
    // Forwarded by an instance of the VPC, it was sent there.
    let default = lab.default_table(vpc);
    lab.network.route_tables[default].routes.pop();
    let middle = lab.subnet(vpc, "10.0.5.0/24");
    let fw = lab.forwarder(middle, "10.0.5.5");
    let own = lab.table(vpc);
    lab.network.subnets[middle].route_table = own;
    lab.route(own, "198.51.100.0/24", target);
    lab.route(default, "198.51.100.0/24", RouteTarget::Interface(fw));
    assert_eq!(end(&lab), End::Delivered(Endpoint::Internet));
}
