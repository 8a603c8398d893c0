//! Which cause is told of what stops a flow; expected results are worked out from
//! `docs/forwarding.md`.

use canreach_model::{
    Direction, InterfaceId, Obstacle, ProfileName, PublicAddressTarget, RouteTarget,
};
use canreach_net::{PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_testkit::{
    Builder,
    builder::{address, allow, deny, far_side, ports, translation},
};

use super::*;
use crate::{Answer, Cause, End, Traffic, Verdict};

/// An interface as an end, with its own addresses or another.
fn end(lab: &Builder, id: InterfaceId, addresses: Option<&str>) -> End {
    let own = || lab.network.interfaces[id].addresses.iter().copied().collect();
    End {
        label: format!("{id:?}"),
        endpoint: Endpoint::Interface(id),
        addresses: addresses.map_or_else(own, |text| address(text).into()),
    }
}

/// The answer for TCP to a port.
fn asked(lab: &Builder, from: End, to: End, port: u16) -> Answer {
    let traffic = Traffic {
        protocols: ProtocolSet::single(Protocol::TCP.0),
        destination_ports: PortSet::single(port),
        icmp_types: RangeSet::all(),
        icmp_codes: RangeSet::all(),
    };
    let question = Question {
        from: String::from("from"),
        to: String::from("to"),
        sources: vec![from],
        destinations: vec![to],
        unowned: Vec::new(),
        traffic,
        one_way: false,
    };
    let options = Options { rlimit: 50_000_000, explain: true };
    crate::ask(&lab.clone().build(), &question, &options).unwrap()
}

/// What stops the first walk: each cause, and whether it is met only if the packet arrived.
fn told(answer: &Answer) -> Vec<(Pass, Cause, bool)> {
    let walk = &answer.walks[0];
    walk.blockers.iter().map(|it| (it.pass, it.cause, it.if_arrived)).collect()
}

/// Two peered VPCs with one block, and one machine in each.
struct Overlap {
    lab: Builder,
    left: InterfaceId,
    right: InterfaceId,
}

impl Overlap {
    fn new(routes: [&str; 2]) -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpcs = [lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.0.0.0/16"])];
        let peering = lab.peering(vpcs[0], vpcs[1]);
        for (vpc, route) in vpcs.into_iter().zip(routes) {
            lab.route(lab.default_table(vpc), route, RouteTarget::Peering(peering));
        }
        let subnets = vpcs.map(|vpc| lab.subnet(vpc, &["10.0.0.0/24"]));
        let left = lab.interface(subnets[0], &["10.0.0.1"]);
        let right = lab.interface(subnets[1], &["10.0.0.2"]);
        Self { lab, left, right }
    }

    fn answer(&self) -> Answer {
        let (left, right) = (end(&self.lab, self.left, None), end(&self.lab, self.right, None));
        asked(&self.lab, left, right, 443)
    }
}

#[test]
fn a_block_with_the_same_addresses_keeps_the_packet() {
    // The local route is longer than the one across the peering; nobody has 10.0.0.2 on the left.
    let mut overlap = Overlap::new(["10.0.0.0/8", "10.0.0.0/8"]);
    let answer = overlap.answer();
    assert_eq!(
        (answer.delivered, answer.causes.as_slice()),
        (Verdict::Unreachable, &[Cause::OverlappingCidr][..])
    );
    // The layers at the end asked for are judged all the same.
    overlap.lab.group(&[overlap.right], Vec::new(), Vec::new());
    let expected =
        [(Pass::Request, Cause::OverlappingCidr, false), (Pass::Request, Cause::SgNoRule, true)];
    assert_eq!(told(&overlap.answer()), expected);
}

#[test]
fn another_machine_with_the_same_address_takes_the_packet() {
    let mut overlap = Overlap::new(["10.0.0.0/8", "10.0.0.0/8"]);
    let subnet = overlap.lab.network.interfaces[overlap.left].subnet;
    let twin = overlap.lab.interface(subnet, &["10.0.0.2"]);
    let answer = overlap.answer();
    assert_eq!(answer.causes, [Cause::OverlappingCidr]);
    let blocking = answer.walks[0].blockers[0].blocking;
    let obstacle = Obstacle::AnotherHas(twin);
    assert!(matches!(blocking, Blocking::Obstacle { obstacle: it, .. } if it == obstacle));
    assert_eq!(answer.corrections, [], "no change on the way leads there");
}

#[test]
fn the_reply_alone_may_be_kept() {
    // AWS lets a longer route than the local one win.
    let mut overlap = Overlap::new(["10.0.0.2/32", "10.0.0.0/8"]);
    let answer = overlap.answer();
    assert_eq!(
        (answer.delivered, answer.causes.as_slice()),
        (Verdict::Reachable, &[Cause::OverlappingCidr][..])
    );
    assert_eq!(told(&answer), [(Pass::Reply, Cause::OverlappingCidr, false)]);
    let subnet = overlap.lab.network.interfaces[overlap.right].subnet;
    overlap.lab.interface(subnet, &["10.0.0.1"]);
    assert_eq!(told(&overlap.answer()), [(Pass::Reply, Cause::OverlappingCidr, false)]);
}

#[test]
fn a_block_of_public_addresses_keeps_what_is_for_the_internet() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["198.51.0.0/16"]);
    let subnet = lab.subnet(vpc, &["198.51.0.0/24"]);
    let a = lab.interface(subnet, &["198.51.0.1"]);
    let outside = End {
        label: String::from("internet"),
        endpoint: Endpoint::Internet,
        addresses: address("198.51.7.7").into(),
    };
    assert_eq!(asked(&lab, end(&lab, a, None), outside, 443).causes, [Cause::OverlappingCidr]);
}

#[test]
fn an_address_that_nobody_has_anywhere_overlaps_with_nothing() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let answer = asked(&lab, end(&lab, a, None), end(&lab, b, Some("10.0.0.9")), 443);
    assert_eq!(answer.causes, [Cause::NoSuchAddress]);
}

#[test]
fn a_translation_that_leads_to_another_machine_is_none_to_this_one() {
    let mut lab = Builder::new(ProfileName::Huawei);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let c = lab.interface(subnet, &["10.0.0.3"]);
    lab.public_address("203.0.113.1", a);
    let gateway = lab.nat_at_vpc(vpc);
    lab.public_address_of("203.0.113.2", Some(PublicAddressTarget::NatGateway(gateway)));
    lab.network.nat_gateways[gateway].destination_translations =
        vec![translation(("203.0.113.2", 443), ("10.0.0.2", 443), Protocol::TCP)];
    let to = |id| asked(&lab, end(&lab, a, None), end(&lab, id, Some("203.0.113.2")), 443);
    assert_eq!(to(c).causes, [Cause::NoTranslation]);
    assert_eq!(to(b).delivered, Verdict::Reachable);
}

#[test]
fn only_a_rule_that_differs_in_one_field_decides_the_cause_of_a_group() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let rule = |protocol, port, far| {
        far_side(ports(allow(), protocol, port, port), Direction::Ingress, far)
    };
    let two = rule(Protocol::UDP, 53, "10.0.0.1");
    let group = lab.group(&[b], vec![deny(), two], Vec::new());
    let causes = |lab: &Builder| asked(lab, end(lab, a, None), end(lab, b, None), 443).causes;
    assert_eq!(causes(&lab), [Cause::SgNoRule]);
    let one = rule(Protocol::TCP, 53, "10.0.0.1");
    lab.network.security_groups[group].rules.ingress.push(one);
    assert_eq!(causes(&lab), [Cause::SgPort]);
}
