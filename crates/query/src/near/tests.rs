use canreach_model::{
    AddressMatch, Direction, IcmpMatch, LayerKind, ProfileName, Rule, SecurityGroupId,
};
use canreach_net::{Family, Icmp, Ports, Transport};
use canreach_testkit::{
    Builder,
    builder::{address, allow, deny, far_side, ports, range},
};

use super::*;

const INGRESS: Direction = Direction::Ingress;
const EGRESS: Direction = Direction::Egress;

/// TCP from 10.0.0.1 to port 5432 of 10.0.0.2.
fn tcp() -> Transport {
    Transport::Tcp(Ports { source: 40_000, destination: 5432 })
}

fn ping() -> Transport {
    Transport::Icmp(Icmp { kind: 8, code: 0 })
}

/// The near misses at the group of 10.0.0.2 for a packet towards it, as direction, position and
/// difference.
fn near(
    profile: ProfileName,
    transport: Transport,
    ingress: Vec<Rule>,
    egress: Vec<Rule>,
) -> Vec<(Direction, usize, Difference)> {
    let mut lab = Builder::new(profile);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let b = lab.interface(subnet, &["10.0.0.2"]);
    lab.group(&[b], ingress, egress);
    let network = lab.build();
    let (source, destination) = (address("10.0.0.1"), address("10.0.0.2"));
    let header = Header { source, destination, transport };
    let checkpoint = Checkpoint { layer: Layer::SecurityGroups(b), direction: INGRESS };
    let stopped = Stopped { pass: Pass::Request, checkpoint, header: &header };
    let found = near_misses(&network, stopped, &Valuation::default());
    found.into_iter().map(|miss| (miss.rule.direction, miss.rule.index, miss.differs)).collect()
}

fn of_tcp(ingress: Vec<Rule>) -> Vec<(Direction, usize, Difference)> {
    near(ProfileName::Aws, tcp(), ingress, Vec::new())
}

fn of_ping(ingress: Vec<Rule>) -> Vec<(Direction, usize, Difference)> {
    near(ProfileName::Aws, ping(), ingress, Vec::new())
}

fn from(range: &str) -> Rule {
    far_side(ports(allow(), Protocol::TCP, 5432, 5432), INGRESS, range)
}

fn icmp(kind: u8) -> Rule {
    let mut rule = allow();
    rule.matches.protocol = Some(Protocol::ICMP);
    rule.matches.icmp = Some(IcmpMatch { kind: Some(kind), code: None });
    rule
}

fn udp() -> Rule {
    ports(allow(), Protocol::UDP, 0, u16::MAX)
}

#[test]
fn each_field_is_told_when_it_alone_differs() {
    let one = |rule: Rule| of_tcp(vec![rule]);
    let is = |difference| [(INGRESS, 0, difference)];
    assert_eq!(one(ports(allow(), Protocol::UDP, 5432, 5432)), is(Difference::Protocol));
    assert_eq!(one(ports(allow(), Protocol::TCP, 5433, 6000)), is(Difference::Port));
    assert_eq!(one(from("10.0.0.3")), is(Difference::Address));
    let mut rule = from("10.0.0.1");
    rule.matches.source_ports = PortSet::range(1, 1000);
    assert_eq!(one(rule), is(Difference::SourcePort));
    let mut rule = from("10.0.0.1");
    rule.matches.source = AddressMatch::SecurityGroup(group());
    assert_eq!(one(rule), is(Difference::Group), "10.0.0.1 is in no group");
    assert_eq!(of_ping(vec![icmp(13)]), is(Difference::IcmpType));
}

/// The key of the first group of any network.
fn group() -> SecurityGroupId {
    Builder::new(ProfileName::Aws).group(&[], Vec::new(), Vec::new())
}

#[test]
fn a_rule_for_the_other_family_differs_by_family_alone() {
    let mut rule = ports(allow(), Protocol::TCP, 5432, 5432);
    rule.matches.family = Some(Family::V6);
    rule.matches.source = AddressMatch::Range(range("::/0"));
    assert_eq!(of_tcp(vec![rule]), [(INGRESS, 0, Difference::Family)]);
}

#[test]
fn a_rule_that_differs_in_two_fields_is_not_near() {
    assert_eq!(of_tcp(vec![ports(allow(), Protocol::UDP, 53, 53)]), []);
    assert_eq!(of_tcp(vec![far_side(udp(), INGRESS, "10.0.0.9")]), []);
    let mut rule = from("10.0.0.9");
    rule.matches.destination = AddressMatch::Range(range("10.0.0.9"));
    assert_eq!(of_tcp(vec![rule]), []);
}

#[test]
fn a_rule_in_the_other_direction_names_the_far_side_on_its_other_side() {
    let misplaced = |rule: Rule| near(ProfileName::Aws, tcp(), Vec::new(), vec![rule]);
    let direction = [(EGRESS, 0, Difference::Direction)];
    let rule = |far: &str| far_side(ports(allow(), Protocol::TCP, 5432, 5432), EGRESS, far);
    assert_eq!(misplaced(rule("10.0.0.1")), direction);
    assert_eq!(misplaced(rule("10.0.0.2")), [], "it would have been about another far side");
    assert_eq!(misplaced(ports(allow(), Protocol::TCP, 5432, 5432)), direction, "for everybody");
    assert_eq!(misplaced(far_side(allow(), EGRESS, "10.0.0.1")), direction, "for everything");
}

#[test]
fn letting_everything_out_is_not_meant_for_the_other_direction() {
    let misplaced = |rule: Rule| near(ProfileName::Aws, tcp(), Vec::new(), vec![rule]);
    assert_eq!(misplaced(allow()), []);
    assert_eq!(misplaced(far_side(allow(), EGRESS, "0.0.0.0/0")), []);
}

#[test]
fn a_rule_that_matches_but_comes_too_late_differs_by_priority_and_denials_are_never_near() {
    let with = |mut rule: Rule, priority| {
        rule.priority = Some(priority);
        rule
    };
    let rules = vec![with(deny(), 1), with(from("10.0.0.1"), 2)];
    let found = near(ProfileName::Huawei, tcp(), rules, Vec::new());
    assert_eq!(found, [(INGRESS, 1, Difference::Priority)]);
    let rules = vec![with(ports(deny(), Protocol::TCP, 1, 2), 1)];
    assert_eq!(near(ProfileName::Huawei, tcp(), rules, Vec::new()), []);
}

#[test]
fn a_rule_with_ports_is_near_a_ping_only_where_nothing_is_nearer() {
    let ssh = || ports(allow(), Protocol::TCP, 22, 22);
    let protocol = |at| (INGRESS, at, Difference::Protocol);
    assert_eq!(of_ping(vec![ssh()]), [protocol(0)]);
    assert_eq!(of_ping(vec![ssh(), udp()]), [protocol(1)]);
    let mut from_port = allow();
    from_port.matches.protocol = Some(Protocol::UDP);
    from_port.matches.source_ports = PortSet::single(53);
    assert_eq!(of_ping(vec![from_port]), [protocol(0)]);
    // The other way round, for TCP, a rule about pings.
    assert_eq!(of_tcp(vec![icmp(8)]), [protocol(0)]);
    assert_eq!(of_tcp(vec![icmp(8), udp()]), [protocol(1)]);
    // Another type of message is as near as another protocol without ports.
    assert_eq!(of_ping(vec![icmp(3), udp()]), [protocol(1), (INGRESS, 0, Difference::IcmpType)]);
}

#[test]
fn the_nearest_three_are_told_in_the_order_of_the_guide() {
    let rules = vec![
        from("10.0.0.8"),
        from("10.0.0.9"),
        ports(allow(), Protocol::TCP, 80, 80),
        ports(allow(), Protocol::UDP, 5432, 5432),
    ];
    let expected = [
        (INGRESS, 3, Difference::Protocol),
        (INGRESS, 2, Difference::Port),
        (INGRESS, 0, Difference::Address),
    ];
    assert_eq!(of_tcp(rules), expected);
}

#[test]
fn the_rule_that_denies_is_named_and_a_missing_rule_is_not() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let acl = lab.acl(
        &[subnet],
        vec![ports(allow(), Protocol::TCP, 80, 80), ports(deny(), Protocol::TCP, 5432, 5432)],
        Vec::new(),
    );
    let network = lab.build();
    let deciding = |destination, direction| {
        let (from, to) = (address("10.0.0.1"), address("10.0.0.2"));
        let transport = Transport::Tcp(Ports { source: 40_000, destination });
        let header = Header { source: from, destination: to, transport };
        let checkpoint = Checkpoint { layer: Layer::NetworkAcl(acl, subnet), direction };
        assert_eq!(checkpoint.layer.kind(), LayerKind::NetworkAcl);
        let stopped = Stopped { pass: Pass::Request, checkpoint, header: &header };
        let told = deciding_rule(&network, stopped, &Valuation::default());
        (told.map(|rule| rule.index), near_misses(&network, stopped, &Valuation::default()).len())
    };
    assert_eq!(deciding(80, INGRESS).0, None, "it passes");
    // Rule 0 differs by port.
    assert_eq!(deciding(5432, INGRESS), (Some(1), 1));
    assert_eq!(deciding(443, INGRESS), (None, 1));
    // Rule 0 stands in the other direction, for another port.
    assert_eq!(deciding(443, EGRESS), (None, 0));
}
