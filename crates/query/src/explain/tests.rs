//! Which cause is told of what stops a flow; expected results are worked out from
//! `docs/forwarding.md`.

use canreach_model::{
    AccessList, Action, Border, Direction, Forwarding, HookPoint, InterfaceId, Obstacle,
    PeeringStatus, Policy, ProfileName, PublicAddressTarget, RouteTarget, Setting, TransitTarget,
    VpcId,
};
use canreach_net::{PortRange, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_testkit::{
    Builder,
    builder::{address, allow, base_chain, deny, far_side, ports, translation},
};

use super::*;
use crate::{Answer, Cause, End, Traffic, Verdict, Warning};

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

/// Two VPCs that do not overlap, with a machine in each, in a subnet of its own.
struct Site {
    lab: Builder,
    vpcs: [VpcId; 2],
    left: InterfaceId,
    right: InterfaceId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpcs = [lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"])];
        let subnets =
            [lab.subnet(vpcs[0], &["10.0.0.0/24"]), lab.subnet(vpcs[1], &["10.1.0.0/24"])];
        let left = lab.interface(subnets[0], &["10.0.0.1"]);
        let right = lab.interface(subnets[1], &["10.1.0.2"]);
        Self { lab, vpcs, left, right }
    }

    /// Adds a route on the left, and one on the right, to the other side.
    fn routes(&mut self, target: RouteTarget) {
        for (vpc, other) in [(0, "10.1.0.0/16"), (1, "10.0.0.0/16")] {
            self.lab.route(self.lab.default_table(self.vpcs[vpc]), other, target);
        }
    }

    fn causes(&self) -> Vec<Cause> {
        asked(&self.lab, end(&self.lab, self.left, None), end(&self.lab, self.right, None), 443)
            .causes
    }

    /// The causes of TCP to port 443 of an address that belongs to an end.
    fn causes_to(&self, endpoint: Endpoint, text: &str) -> Vec<Cause> {
        let to = End { label: String::from("to"), endpoint, addresses: address(text).into() };
        asked(&self.lab, end(&self.lab, self.left, None), to, 443).causes
    }
}

#[test]
fn a_transit_gateway_needs_attachments_associations_and_routes() {
    let mut site = Site::new();
    let gateway = site.lab.transit_gateway();
    site.routes(RouteTarget::TransitGateway(gateway));
    assert_eq!(site.causes()[0], Cause::NotAttached);
    let table = site.lab.transit_table(gateway);
    let left = site.lab.attach_vpc(gateway, site.vpcs[0], &[], None);
    let right = site.lab.attach_vpc(gateway, site.vpcs[1], &[], Some(table));
    assert_eq!(site.causes()[0], Cause::NotAttached, "not associated");
    site.lab.network.transit_attachments[left].route_table = Some(table);
    assert_eq!(site.causes(), [Cause::NoRoute, Cause::NoReturnRoute]);
    site.lab.transit_route(table, "10.1.0.0/16", TransitTarget::Attachment(right));
    assert_eq!(site.causes(), [Cause::NoReturnRoute]);
    site.lab.transit_route(table, "10.0.0.0/16", TransitTarget::Blackhole);
    assert_eq!(site.causes(), [Cause::RouteBlackhole]);
}

#[test]
fn a_connection_is_down_or_leads_elsewhere() {
    let mut site = Site::new();
    let remote = site.lab.remote_network(&["192.168.0.0/16"]);
    let connection = site.lab.connection(remote, Some(site.vpcs[0]), &["10.0.0.0/16"]);
    let table = site.lab.default_table(site.vpcs[0]);
    site.lab.route(table, "192.168.0.0/16", RouteTarget::Connection(connection));
    let to = Endpoint::Remote(remote);
    assert_eq!(site.causes_to(to, "192.168.1.1"), []);
    site.lab.network.connections[connection].up = false;
    assert_eq!(site.causes_to(to, "192.168.1.1"), [Cause::ConnectionDown]);
    site.lab.network.connections[connection].up = true;
    site.lab.network.connections[connection].vpc = Some(site.vpcs[1]);
    assert!(site.causes_to(to, "192.168.1.1").contains(&Cause::ConnectionDown));
    // Back again, but the network on premises sends nothing for the VPC through it.
    site.lab.network.connections[connection].vpc = Some(site.vpcs[0]);
    site.lab.network.connections[connection].advertised.clear();
    assert_eq!(site.causes_to(to, "192.168.1.1"), [Cause::NoReturnRoute]);
}

#[test]
fn an_instance_on_the_way_must_forward_and_its_interface_let_it() {
    let mut site = Site::new();
    let vpc = site.vpcs[0];
    let between = site.lab.subnet(vpc, &["10.0.9.0/24"]);
    let router = site.lab.interface(between, &["10.0.9.9"]);
    let target = site.lab.subnet(vpc, &["10.0.2.0/24"]);
    let server = site.lab.interface(target, &["10.0.2.2"]);
    // The way there leads through the instance; the way back does not.
    let table = site.lab.table(vpc);
    site.lab.route(table, "10.0.2.0/24", RouteTarget::Interface(router));
    let subnet = site.lab.network.interfaces[site.left].subnet;
    site.lab.network.subnets[subnet].route_table = table;
    let causes = |site: &Site| site.causes_to(Endpoint::Interface(server), "10.0.2.2");
    let instance = site.lab.instance_of(router);
    site.lab.forwards(instance);
    assert_eq!(causes(&site), []);
    site.lab.network.interfaces[router].source_dest_check = true;
    // The packet comes to the interface and leaves by it: one setting to change.
    assert_eq!(causes(&site), [Cause::SourceDestCheck]);
    let (from, to) = (end(&site.lab, site.left, None), end(&site.lab, server, None));
    assert_eq!(asked(&site.lab, from, to, 443).corrections[0].changes.len(), 1);
    site.lab.network.interfaces[router].source_dest_check = false;
    site.lab.network.instances[instance].forwards = Setting::Decided(false);
    assert_eq!(causes(&site), [Cause::NoForwarding]);
}

#[test]
fn a_load_balancer_needs_a_listener_a_target_and_to_admit_the_client() {
    let mut site = Site::new();
    let subnet = site.lab.network.interfaces[site.left].subnet;
    let (balancer, _) = site.lab.load_balancer(subnet, &["10.0.0.9"]);
    let causes = |site: &Site| site.causes_to(Endpoint::LoadBalancer(balancer), "10.0.0.9");
    assert_eq!(causes(&site), [Cause::LoadBalancer], "no listener");
    let listener = site.lab.listener(
        balancer,
        Protocol::TCP,
        PortRange::single(443),
        Forwarding::ReplaceClient,
        &[],
    );
    assert_eq!(causes(&site), [Cause::LoadBalancer], "no target");
    let listeners = &mut site.lab.network.load_balancers[balancer].listeners;
    listeners[listener].forwarding = Forwarding::Proxy;
    assert_eq!(causes(&site), []);
    let listeners = &mut site.lab.network.load_balancers[balancer].listeners;
    listeners[listener].access = Some(AccessList { rules: Vec::new(), default: Action::Deny });
    assert_eq!(causes(&site), [Cause::LoadBalancer], "the access list");
}

#[test]
fn firewalls_of_hosts_and_clouds_are_causes_of_their_own() {
    let mut site = Site::new();
    let peering = site.lab.peering(site.vpcs[0], site.vpcs[1]);
    site.routes(RouteTarget::Peering(peering));
    assert_eq!(site.causes(), []);
    let instance = site.lab.instance_of(site.right);
    let input = base_chain("INPUT", HookPoint::Input, Policy::Drop, Vec::new());
    site.lab.host_firewall(instance, vec![input]);
    assert_eq!(site.causes(), [Cause::HostFirewall]);
    let firewall = site.lab.cloud_firewall();
    site.lab.network.peerings[peering].firewall = Some(firewall);
    site.lab.border(firewall, Border::Vpc).default = Action::Deny;
    assert_eq!(site.causes(), [Cause::HostFirewall, Cause::CloudFirewall]);
    // At the end asked for, the host's firewall is judged also where nothing gets there.
    site.lab.network.peerings[peering].firewall = None;
    site.lab.network.peerings[peering].status = PeeringStatus::Rejected;
    let (left, right) = (end(&site.lab, site.left, None), end(&site.lab, site.right, None));
    let answer = asked(&site.lab, left, right, 443);
    assert!(told(&answer).contains(&(Pass::Request, Cause::HostFirewall, true)));
}

#[test]
fn a_port_that_carriers_block_is_a_warning_on_an_answer_that_is_reachable() {
    let mut lab = Builder::new(ProfileName::Huawei);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let a = lab.interface(subnet, &["10.0.0.1"]);
    let b = lab.interface(subnet, &["10.0.0.2"]);
    lab.public_address("203.0.113.1", a);
    let client = || End {
        label: String::from("internet"),
        endpoint: Endpoint::Internet,
        addresses: address("198.51.100.7").into(),
    };
    let warned = |lab: &Builder, port| {
        let answer = asked(lab, client(), end(lab, a, Some("203.0.113.1")), port);
        (answer.verdict, answer.warnings)
    };
    let risk = |port| vec![Warning::HighRiskPort(Protocol::TCP, port)];
    assert_eq!(warned(&lab, 445), (Verdict::Reachable, risk(445)));
    assert_eq!(warned(&lab, 443), (Verdict::Reachable, Vec::new()));
    // Outwards as well; but not inside the VPC.
    let out = asked(&lab, end(&lab, a, None), client(), 25);
    assert_eq!((out.verdict, out.warnings), (Verdict::Reachable, risk(25)));
    let inside = asked(&lab, end(&lab, a, None), end(&lab, b, None), 445);
    assert_eq!((inside.verdict, inside.warnings), (Verdict::Reachable, Vec::new()));
    // What does not pass is not warned of.
    lab.group(&[a], Vec::new(), Vec::new());
    assert_eq!(warned(&lab, 445), (Verdict::Unreachable, Vec::new()));
}
