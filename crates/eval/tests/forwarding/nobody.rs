//! Words, §6 step 1 and §9: addresses that nobody has, and those of whom the input says nothing.

use canreach_eval::{End, Flow, Outcome};
use canreach_model::{
    Border, Checkpoint, CloudFirewallId, Direction, Endpoint, FactId, InterfaceId, InterfaceOwner,
    Layer, Obstacle, Place, ProfileName, PublicAddressTarget, RouteTarget, SubnetId, VpcId,
};

use crate::lab::{Lab, allow, at, deny, outcomes, places, tcp};

const TO_NOBODY: &str = "10.0.1.10:40000 -> 10.0.2.99:22";
const TO_NOBODY_V6: &str = "[2001:db8::10]:40000 -> [2001:db8:0:1::99]:22";
const FROM_OUTSIDE: &str = "[2600::7]:40000 -> [2001:db8:0:1::99]:22";
const TO_PUBLIC: &str = "198.51.100.7:40000 -> 203.0.113.99:22";

/// A host in a VPC with an Internet gateway.
struct Site {
    lab: Lab,
    web: InterfaceId,
    vpc: VpcId,
    near: SubnetId,
}

fn site() -> Site {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8::/64");
    lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:1::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8::10");
    let gateway = lab.internet_gateway(vpc);
    for everywhere in ["0.0.0.0/0", "::/0"] {
        lab.route(lab.default_table(vpc), everywhere, RouteTarget::InternetGateway(gateway));
    }
    Site { lab, web, vpc, near }
}

impl Site {
    fn unlisted(&mut self) -> FactId {
        let fact = self.lab.fact();
        self.lab.network.vpcs[self.vpc].unlisted = Some(fact);
        fact
    }

    fn end(&self, from: Endpoint, header: &str) -> End {
        self.lab.ask(from, tcp(header), Endpoint::Nobody).request.end
    }
}

fn nobody(vpc: VpcId, address: &str) -> End {
    End::Stopped(Obstacle::NobodyHas(vpc, address.parse().unwrap()))
}

#[test]
fn no_flow_starts_at_nobody() {
    let Site { lab, web, .. } = site();
    let flow = Flow { start: Endpoint::Nobody, header: tcp(TO_NOBODY) };
    assert!(!flow.is_possible(&lab.network));
    let (valuation, choices) = (&lab.valuation, &lab.choices);
    let trip = canreach_eval::round_trip(&lab.network, &flow, at(web), valuation, choices);
    assert!(!trip.delivered() && matches!(trip.request.end, End::Stopped(_)));
}

#[test]
fn nothing_is_delivered_at_nobody() {
    let it = site();
    for (from, header, address) in [
        (at(it.web), TO_NOBODY, "10.0.2.99"),
        (at(it.web), TO_NOBODY_V6, "2001:db8:0:1::99"),
        (Endpoint::Internet, FROM_OUTSIDE, "2001:db8:0:1::99"),
    ] {
        assert_eq!(it.end(from, header), nobody(it.vpc, address));
    }
    // What arrives somewhere does not arrive at nobody.
    let other = tcp("10.0.1.10:40000 -> 198.51.100.7:443");
    let public = it.lab.ask(at(it.web), other, Endpoint::Nobody);
    assert!(!public.delivered());
}

#[test]
fn who_is_not_listed_may_have_an_address_of_the_blocks() {
    let mut it = site();
    let fact = it.unlisted();
    for known in [false, true] {
        it.lab.valuation.set(fact, known);
        for (from, header) in [
            (at(it.web), TO_NOBODY),
            (at(it.web), TO_NOBODY_V6),
            (Endpoint::Internet, FROM_OUTSIDE),
        ] {
            let trip = it.lab.ask(from, tcp(header), Endpoint::Nobody);
            assert_eq!(trip.request.end, End::Unmodelled { fact, delivered: known });
            assert_eq!((trip.delivered(), trip.answered()), (known, known));
            assert_eq!(places(&trip.request).last(), Some(&Place::Unmodelled));
        }
    }
}

#[test]
fn beyond_the_blocks_nobody_is_missing() {
    let mut it = site();
    it.unlisted();
    it.lab.route(it.lab.default_table(it.vpc), "10.7.0.0/16", RouteTarget::Local);
    let header = "10.0.1.10:40000 -> 10.7.0.1:22";
    assert_eq!(it.end(at(it.web), header), nobody(it.vpc, "10.7.0.1"));
    // And an interface that is listed is found.
    let db = it.lab.host(it.near, "10.0.1.20");
    assert!(it.lab.ask(at(it.web), tcp("10.0.1.10:1 -> 10.0.1.20:22"), at(db)).answered());
}

#[test]
fn of_two_vpcs_with_a_block_the_first_counts() {
    let mut it = site();
    let second = it.lab.vpc("2001:db8::/56");
    let fact = it.lab.fact();
    it.lab.network.vpcs[second].unlisted = Some(fact);
    assert_eq!(it.end(Endpoint::Internet, FROM_OUTSIDE), nobody(it.vpc, "2001:db8:0:1::99"));
    let first = it.unlisted();
    let end = End::Unmodelled { fact: first, delivered: false };
    assert_eq!(it.end(Endpoint::Internet, FROM_OUTSIDE), end);
}

#[test]
fn who_is_not_listed_may_stand_in_the_senders_subnet() {
    let mut it = site();
    let acl = it.lab.acl(vec![allow()], vec![deny()]);
    let layer = it.lab.put_acl(it.near, acl);
    let denied = End::Denied(Checkpoint { layer, direction: Direction::Egress });
    let in_subnet = "10.0.1.10:40000 -> 10.0.1.99:22";
    // Nobody is no next stop inside.
    assert_eq!(it.end(at(it.web), in_subnet), denied);
    let fact = it.unlisted();
    let may_be = End::Unmodelled { fact, delivered: false };
    assert_eq!(it.end(at(it.web), in_subnet), may_be);
    assert_eq!(it.end(at(it.web), TO_NOBODY), denied, "in another subnet");
    let held = it.lab.virtual_address(it.near, "10.0.1.99", &[]);
    assert_eq!(it.end(at(it.web), in_subnet), denied, "{held:?} is held by nobody");
    it.lab.network.virtual_addresses[held].address = "10.0.1.98".parse().unwrap();
    it.lab.network.vpcs[it.vpc].profile.network_acl.filters_inside_subnet = true;
    assert_eq!(it.end(at(it.web), in_subnet), denied);
}

#[test]
fn a_reply_to_who_is_not_listed_is_a_fact_too() {
    // An office uses addresses of the VPC's own block: the reply stays inside.
    let mut it = site();
    let fact = it.unlisted();
    let office = it.lab.remote("10.0.2.0/24");
    it.lab.connection(office, Some(it.vpc), "10.0.0.0/16");
    let header = tcp("10.0.2.99:40000 -> 10.0.1.10:22");
    for known in [false, true] {
        it.lab.valuation.set(fact, known);
        let trip = it.lab.ask(Endpoint::Remote(office), header, at(it.web));
        assert!(trip.delivered());
        assert_eq!(trip.answered(), known);
    }
}

#[test]
fn a_public_address_of_whom_nobody_says_whose_it_is_is_a_fact() {
    let mut it = site();
    let fact = it.lab.fact();
    it.lab.public_address_of("203.0.113.99", Some(PublicAddressTarget::Unresolved(fact)));
    for known in [false, true] {
        it.lab.valuation.set(fact, known);
        for to in [Endpoint::Internet, Endpoint::Nobody, at(it.web)] {
            let trip = it.lab.ask(Endpoint::Internet, tcp(TO_PUBLIC), to);
            assert_eq!(trip.request.end, End::Unmodelled { fact, delivered: known });
            assert_eq!(trip.answered(), known);
        }
    }
    // It stands for no address that a sender has.
    let out = it.lab.ask(at(it.web), tcp("10.0.1.10:1 -> 198.51.100.7:443"), Endpoint::Internet);
    assert_eq!(out.request.end, End::Stopped(Obstacle::NoPublicAddress(it.web)));
    // Nobody on the Internet has it.
    let header = tcp("203.0.113.99:40000 -> 198.51.100.7:22");
    assert!(!Flow { start: Endpoint::Internet, header }.is_possible(&it.lab.network));
}

#[test]
fn the_cloud_firewall_of_an_unresolved_address_judges_first() {
    let mut it = site();
    let fact = it.lab.fact();
    it.lab.valuation.set(fact, true);
    it.lab.public_address_of("203.0.113.99", Some(PublicAddressTarget::Unresolved(fact)));
    let firewall: CloudFirewallId = it.lab.cloud_firewall();
    it.lab.network.cloud_firewalls[firewall].internet.rules.ingress.push(deny());
    let address = it.lab.network.public_addresses.ids().next().unwrap();
    it.lab.network.public_addresses[address].firewall = Some(firewall);
    let layer = Layer::CloudFirewall(firewall, Border::Internet);
    let trip = it.lab.ask(Endpoint::Internet, tcp(TO_PUBLIC), Endpoint::Internet);
    let denied = End::Denied(Checkpoint { layer, direction: Direction::Ingress });
    assert_eq!(trip.request.end, denied);
}

#[test]
fn what_is_for_a_gateways_interface_is_taken_by_nobody() {
    let mut it = site();
    let own = it.lab.interface(it.near, "10.0.1.7", InterfaceOwner::Gateway);
    it.lab.network.interfaces[own].filtered = false;
    let header = tcp("10.0.1.10:40000 -> 10.0.1.7:22");
    let trip = it.lab.ask(at(it.web), header, at(own));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::OnlyCarriesOn(own)));
    assert_eq!(places(&trip.request).last(), Some(&Place::Interface(own)));
    // The subnet's ACL is asked before, the interface's groups are not.
    it.lab.network.interfaces[own].filtered = true;
    let acl = it.lab.acl(vec![deny()], vec![allow()]);
    let layer = it.lab.put_acl(it.near, acl);
    it.lab.network.vpcs[it.vpc].profile.network_acl.filters_inside_subnet = true;
    let request = it.lab.ask(at(it.web), header, at(own)).request;
    assert_eq!(request.end, End::Denied(Checkpoint { layer, direction: Direction::Ingress }));
    it.lab.network.subnets[it.near].network_acl = None;
    it.lab.put_groups(own, &[]);
    let request = it.lab.ask(at(it.web), header, at(own)).request;
    assert_eq!(request.end, End::Stopped(Obstacle::OnlyCarriesOn(own)));
    let asked: Vec<(Direction, Outcome)> = outcomes(&request, Layer::SecurityGroups(own));
    assert_eq!(asked, []);
    // Nor does it forward what a route leads to it.
    let table = it.lab.default_table(it.vpc);
    it.lab.route(table, "10.9.0.0/16", RouteTarget::Interface(own));
    let request =
        it.lab.ask(at(it.web), tcp("10.0.1.10:1 -> 10.9.0.1:22"), Endpoint::Nobody).request;
    assert_eq!(request.end, End::Stopped(Obstacle::NotForwarding(own)));
}
