//! Addresses of the network that nothing is known to have (§6 step 1, §9), and interfaces that only
//! carry others' traffic.

use canreach_model::{
    Direction, Endpoint, FactId, InterfaceId, InterfaceOwner, Layer, Obstacle, Polarity,
    ProfileName, PublicAddressTarget, RouteTarget, SubnetId, VpcId,
};
use canreach_testkit::{
    Builder,
    builder::{address, allow},
};
use canreach_topology::{End, Mode};

use crate::lab::{OUTSIDE, arrives, assumed, at, crossed, destinations_ending, one, tcp, trips};

const V6_OUTSIDE: &str = "2600::1";

/// A VPC of two subnets, each with an interface, part of whose block belongs to no subnet.
struct Site {
    lab: Builder,
    vpc: VpcId,
    subnets: [SubnetId; 2],
    ends: [InterfaceId; 2],
    fact: FactId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16", "2001:db8::/56"]);
        let subnets = [0, 1].map(|n| lab.subnet(vpc, &[&format!("10.0.{n}.0/24")]));
        let ends = [0, 1].map(|n| lab.interface(subnets[n], &[&format!("10.0.{n}.1")]));
        let fact = lab.fact(Polarity::Helps);
        Self { lab, vpc, subnets, ends, fact }
    }

    fn unlisted(mut self) -> Self {
        self.lab.network.vpcs[self.vpc].unlisted = Some(self.fact);
        self
    }

    /// How a request from the first interface ends.
    fn end(&self, to: &str) -> End {
        let network = self.lab.clone().build();
        one(&network, (at(self.ends[0]), "10.0.0.1"), (at(self.ends[1]), to), Mode::Real)
            .request
            .end
    }
}

fn nobody(vpc: VpcId, text: &str) -> End {
    End::Stopped(Obstacle::NobodyHas(vpc, address(text)))
}

#[test]
fn an_address_of_the_vpc_that_nobody_has_may_be_of_an_interface_that_is_not_listed() {
    let site = Site::new();
    assert_eq!(site.end("10.0.1.7"), nobody(site.vpc, "10.0.1.7"));
    let site = site.unlisted();
    assert_eq!(site.end("10.0.1.7"), End::Unmodelled(site.fact));
    assert_eq!(site.end("10.0.99.7"), End::Unmodelled(site.fact), "in no subnet");
    assert_eq!(site.end("10.0.1.1"), arrives(site.ends[1]), "this one is listed");
}

#[test]
fn it_lies_in_a_block_of_the_vpc() {
    // A peering leads what is for 10.9.0.0/16 into this VPC, whose block that is not.
    let mut site = Site::new().unlisted();
    site.lab.network.vpcs[site.vpc].profile.routing.entry =
        canreach_model::EntryRouting::DefaultTable;
    let other = site.lab.vpc(&["10.1.0.0/16"]);
    let subnet = site.lab.subnet(other, &["10.1.0.0/24"]);
    let far = site.lab.interface(subnet, &["10.1.0.1"]);
    let peering = site.lab.peering(other, site.vpc);
    let table = site.lab.default_table(other);
    site.lab.route(table, "10.0.0.0/8", RouteTarget::Peering(peering));
    let inside = site.lab.default_table(site.vpc);
    site.lab.route(inside, "10.9.0.0/16", RouteTarget::Local);
    let network = site.lab.build();
    let end =
        |to| one(&network, (at(far), "10.1.0.1"), (Endpoint::Nobody, to), Mode::Real).request.end;
    assert_eq!(end("10.0.1.7"), End::Unmodelled(site.fact));
    assert_eq!(end("10.9.0.7"), nobody(site.vpc, "10.9.0.7"));
}

#[test]
fn it_stands_in_the_subnet_of_its_address() {
    let mut site = Site::new().unlisted();
    let acl = site.lab.acl(&site.subnets, vec![allow()], vec![allow()]);
    let network = site.lab.build();
    let to = |text| {
        let there = (at(site.ends[1]), text);
        crossed(&one(&network, (at(site.ends[0]), "10.0.0.1"), there, Mode::Real).request)
    };
    let out = (Layer::NetworkAcl(acl, site.subnets[0]), Direction::Egress, false);
    assert_eq!(to("10.0.0.7"), [], "it does not leave the subnet");
    assert_eq!(to("10.0.1.7"), [out]);
    assert_eq!(to("10.0.99.7"), [out], "in no subnet");
}

#[test]
fn the_internet_knows_no_more_of_ipv6_addresses() {
    let mut site = Site::new();
    let end = |site: &Site| {
        let network = site.lab.clone().build();
        let to = (at(site.ends[0]), "2001:db8::7");
        one(&network, (Endpoint::Internet, V6_OUTSIDE), to, Mode::Real).request.end
    };
    assert_eq!(end(&site), nobody(site.vpc, "2001:db8::7"));
    site = site.unlisted();
    assert_eq!(end(&site), End::Unmodelled(site.fact));
    // The first VPC that has the block counts.
    let mut lab = Builder::new(ProfileName::Aws);
    let first = lab.vpc(&["2001:db8::/56"]);
    let second = lab.vpc(&["2001:db8::/48"]);
    lab.network.vpcs[second].unlisted = Some(lab.fact(Polarity::Helps));
    let fact = lab.network.vpcs[second].unlisted;
    let network = lab.build();
    let end = |to| {
        let there = (Endpoint::Nobody, to);
        one(&network, (Endpoint::Internet, V6_OUTSIDE), there, Mode::Real).request.end
    };
    assert_eq!(end("2001:db8::7"), nobody(first, "2001:db8::7"));
    assert_eq!(Some(end("2001:db8:0:100::7")), fact.map(End::Unmodelled));
}

#[test]
fn what_a_public_address_stands_for_may_be_open() {
    let mut site = Site::new();
    let target = PublicAddressTarget::Unresolved(site.fact);
    site.lab.public_address_of("203.0.113.7", Some(target));
    site.lab.public_address("203.0.113.1", site.ends[0]);
    let gateway = site.lab.internet_gateway(site.vpc);
    let table = site.lab.default_table(site.vpc);
    site.lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let network = site.lab.build();
    let end = |from| one(&network, from, (at(site.ends[1]), "203.0.113.7"), Mode::Real).request.end;
    assert_eq!(end((Endpoint::Internet, OUTSIDE)), End::Unmodelled(site.fact));
    assert_eq!(end((at(site.ends[0]), "10.0.0.1")), End::Unmodelled(site.fact));
}

#[test]
fn towards_nobody_every_walk_ends_at_an_obstacle() {
    let site = Site::new();
    let network = site.lab.build();
    let goal = (Endpoint::Nobody, "10.0.1.7");
    for mode in [Mode::Real, Mode::Repaired] {
        let trip = one(&network, (at(site.ends[0]), "10.0.0.1"), goal, mode);
        assert_eq!(trip.request.end, nobody(site.vpc, "10.0.1.7"));
        assert_eq!((assumed(&trip.request), trip.replies), (vec![], vec![]));
        let question = canreach_topology::Question {
            from: Endpoint::Nobody,
            to: at(site.ends[0]),
            headers: canreach_topology::HeaderSet::between(
                canreach_testkit::builder::range("10.0.1.7").into(),
                canreach_testkit::builder::range("10.0.0.1").into(),
            ),
        };
        assert!(trips(&network, &question, mode).is_empty(), "nothing starts at nobody");
    }
}

#[test]
fn an_interface_of_another_kind_of_gateway_receives_and_forwards_nothing() {
    let mut site = Site::new();
    let carrier =
        site.lab.interface_owned_by(InterfaceOwner::Gateway, site.subnets[1], &["10.0.1.9"]);
    site.lab.group(&[carrier], vec![], vec![]);
    let acl = site.lab.acl(&site.subnets, vec![allow()], vec![allow()]);
    let (from, router) = ((at(site.ends[0]), "10.0.0.1"), site.lab.default_table(site.vpc));
    let across = [
        (Layer::NetworkAcl(acl, site.subnets[0]), Direction::Egress, false),
        (Layer::NetworkAcl(acl, site.subnets[1]), Direction::Ingress, false),
    ];
    let network = site.lab.clone().build();
    let only_carries_on = End::Stopped(Obstacle::OnlyCarriesOn(carrier));
    for mode in [Mode::Real, Mode::Repaired] {
        let trips = tcp(&network, from, (at(carrier), "10.0.1.9"), mode);
        let all = destinations_ending(&trips, only_carries_on);
        assert_eq!(all, address("10.0.1.9").into());
    }
    let real = one(&network, from, (at(carrier), "10.0.1.9"), Mode::Real).request;
    assert_eq!(crossed(&real), across, "not its groups");
    site.lab.route(router, "192.0.2.0/24", RouteTarget::Interface(carrier));
    let network = site.lab.build();
    let trip = one(&network, from, (Endpoint::Internet, "192.0.2.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NotForwarding(carrier)));
    assert_eq!(crossed(&trip.request), across);
}
