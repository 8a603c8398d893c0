use canreach_model::{
    AccessList, Action, AddressMatch, BalancerListener, Border, ChainVerdict, ConnectionState,
    Direction, FirewallList, Forwarding, HookPoint, IcmpMatch, Layer, LayerKind, LoadBalancer,
    Policy, ProfileName, Rule, SecurityGroupId,
};
use canreach_net::{Family, Header, Icmp, PortRange, PortSet, Ports, Protocol, Transport};
use canreach_testkit::{
    Builder,
    builder::{
        address, allow, base_chain, chain, chain_far_side, chain_ports, chain_rule, deny, far_side,
        in_states, ports, range,
    },
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
) -> Vec<(Direction, usize, Vec<Difference>)> {
    let mut lab = Builder::new(profile);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let b = lab.interface(subnet, &["10.0.0.2"]);
    lab.group(&[b], ingress, egress);
    let network = lab.build();
    let (source, destination) = (address("10.0.0.1"), address("10.0.0.2"));
    let header = Header { source, destination, transport };
    let checkpoint = Checkpoint { layer: Layer::SecurityGroups(b), direction: INGRESS };
    let packet = Packet::from(header);
    let stopped = Stopped { pass: Pass::Request, checkpoint, packet, known: false };
    let found = near_misses(&network, stopped, &Valuation::default());
    found.into_iter().map(|miss| (miss.rule.direction, miss.rule.index, miss.differs)).collect()
}

fn of_tcp(ingress: Vec<Rule>) -> Vec<(Direction, usize, Vec<Difference>)> {
    near(ProfileName::Aws, tcp(), ingress, Vec::new())
}

fn of_ping(ingress: Vec<Rule>) -> Vec<(Direction, usize, Vec<Difference>)> {
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
    let is = |difference| [(INGRESS, 0, vec![difference])];
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
    assert_eq!(of_tcp(vec![rule]), [(INGRESS, 0, vec![Difference::Family])]);
}

#[test]
fn several_fields_are_told_in_the_order_of_the_guide() {
    let one = |rule: Rule| of_tcp(vec![rule]);
    let is = |differences: &[Difference]| [(INGRESS, 0, differences.to_vec())];
    let of =
        |protocol, port, far: &str| far_side(ports(allow(), protocol, port, port), INGRESS, far);
    // The address is the packet's.
    let rule = of(Protocol::UDP, 53, "10.0.0.1");
    assert_eq!(one(rule), is(&[Difference::Protocol, Difference::Port]));
    // The protocol is the packet's.
    let rule = of(Protocol::TCP, 22, "10.0.0.9");
    assert_eq!(one(rule), is(&[Difference::Port, Difference::Address]));
    let mut rule = of(Protocol::TCP, 22, "10.0.0.9");
    rule.matches.source_ports = PortSet::range(1, 1000);
    let three = [Difference::Port, Difference::SourcePort, Difference::Address];
    assert_eq!(one(rule), is(&three));
    let mut rule = from("10.0.0.9");
    rule.matches.destination = AddressMatch::Range(range("10.0.0.9"));
    assert_eq!(one(rule), is(&[Difference::Address, Difference::Address]), "on both sides");
}

#[test]
fn a_rule_that_differs_in_all_is_not_near() {
    let is = |differences: &[Difference]| [(INGRESS, 0, differences.to_vec())];
    let rule = far_side(ports(allow(), Protocol::UDP, 53, 53), INGRESS, "10.0.0.9");
    let three = [Difference::Protocol, Difference::Port, Difference::Address];
    assert_eq!(of_tcp(vec![rule.clone()]), is(&three), "the direction is the packet's");
    let misplaced = |rule: Rule| near(ProfileName::Aws, tcp(), Vec::new(), vec![rule]);
    assert_eq!(misplaced(far_side(rule, EGRESS, "10.0.0.9")), []);
    assert_eq!(misplaced(far_side(udp(), EGRESS, "10.0.0.9")), [], "in all it names");
    // Nor one that differs in four fields.
    let mut rule = far_side(ports(allow(), Protocol::TCP, 22, 22), INGRESS, "10.0.0.9");
    rule.matches.destination = AddressMatch::Range(range("10.0.0.9"));
    rule.matches.source_ports = PortSet::range(1, 1000);
    assert_eq!(of_tcp(vec![rule]), []);
}

#[test]
fn a_rule_in_the_other_direction_names_the_far_side_on_its_other_side() {
    let misplaced = |rule: Rule| near(ProfileName::Aws, tcp(), Vec::new(), vec![rule]);
    let direction = |others: &[Difference]| {
        let differs = [&[Difference::Direction], others].concat();
        [(EGRESS, 0, differs)]
    };
    let rule = |far: &str| far_side(ports(allow(), Protocol::TCP, 5432, 5432), EGRESS, far);
    assert_eq!(misplaced(rule("10.0.0.1")), direction(&[]));
    let elsewhere = misplaced(rule("10.0.0.2"));
    assert_eq!(elsewhere, direction(&[Difference::Address]), "about another far side");
    assert_eq!(misplaced(ports(allow(), Protocol::TCP, 5432, 5432)), direction(&[]), "for all");
    assert_eq!(misplaced(far_side(allow(), EGRESS, "10.0.0.1")), direction(&[]), "everything");
    let other_port = misplaced(ports(allow(), Protocol::TCP, 80, 80));
    assert_eq!(other_port, direction(&[Difference::Port]));
    assert_eq!(misplaced(ports(allow(), Protocol::UDP, 53, 53)), [], "nothing in common");
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
    assert_eq!(found, [(INGRESS, 1, vec![Difference::Priority])]);
    let rules = vec![with(ports(deny(), Protocol::TCP, 1, 2), 1)];
    assert_eq!(near(ProfileName::Huawei, tcp(), rules, Vec::new()), []);
}

#[test]
fn a_rule_with_ports_is_less_near_a_ping_than_one_without() {
    let ssh = || ports(allow(), Protocol::TCP, 22, 22);
    let protocol = |at| (INGRESS, at, vec![Difference::Protocol]);
    assert_eq!(of_ping(vec![ssh()]), [protocol(0)]);
    assert_eq!(of_ping(vec![ssh(), udp()]), [protocol(1), protocol(0)]);
    let mut from_port = allow();
    from_port.matches.protocol = Some(Protocol::UDP);
    from_port.matches.source_ports = PortSet::single(53);
    assert_eq!(of_ping(vec![from_port]), [protocol(0)]);
    // The other way round, for TCP, a rule about pings.
    assert_eq!(of_tcp(vec![icmp(8)]), [protocol(0)]);
    assert_eq!(of_tcp(vec![icmp(8), udp()]), [protocol(1), protocol(0)]);
    // Another type of message is as near as another protocol without ports.
    let kind = (INGRESS, 0, vec![Difference::IcmpType]);
    assert_eq!(of_ping(vec![icmp(3), udp()]), [protocol(1), kind]);
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
        (INGRESS, 3, vec![Difference::Protocol]),
        (INGRESS, 2, vec![Difference::Port]),
        (INGRESS, 0, vec![Difference::Address]),
    ];
    assert_eq!(of_tcp(rules), expected);
}

#[test]
fn fewer_fields_come_before_more() {
    let rules = vec![
        far_side(ports(allow(), Protocol::TCP, 22, 22), INGRESS, "10.0.0.9"),
        far_side(ports(allow(), Protocol::UDP, 53, 53), INGRESS, "10.0.0.1"),
        from("10.0.0.9"),
    ];
    let expected = [
        (INGRESS, 2, vec![Difference::Address]),
        (INGRESS, 1, vec![Difference::Protocol, Difference::Port]),
        (INGRESS, 0, vec![Difference::Port, Difference::Address]),
    ];
    assert_eq!(of_tcp(rules), expected);
}

/// Three near misses at one filter, one of them found on both of two walks.
#[test]
fn what_several_walks_found_at_one_filter_is_told_once_and_never_more_than_three() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let b = lab.interface(subnet, &["10.0.0.2"]);
    let owner = RuleOwner::SecurityGroup(lab.group(&[b], Vec::new(), Vec::new()));
    let layer = Layer::SecurityGroups(b);
    let miss = |direction, index, differs: &[Difference]| NearMiss {
        pass: Pass::Request,
        checkpoint: Checkpoint { layer, direction },
        rule: RuleRef { owner, direction, index },
        differs: differs.to_vec(),
    };
    let two = [Difference::Protocol, Difference::Port];
    let one = [Difference::Address];
    let other_filter = miss(EGRESS, 0, &two);
    let walks = vec![
        miss(INGRESS, 0, &two),
        miss(INGRESS, 1, &two),
        other_filter.clone(),
        miss(INGRESS, 2, &one),
        miss(INGRESS, 0, &two),
        miss(INGRESS, 3, &two),
    ];
    let expected =
        [miss(INGRESS, 2, &one), miss(INGRESS, 0, &two), miss(INGRESS, 1, &two), other_filter];
    assert_eq!(merged(walks), expected);
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
        let packet = Packet::from(header);
        let stopped = Stopped { pass: Pass::Request, checkpoint, packet, known: false };
        let told = decider(&network, stopped, &Valuation::default()).rule;
        (told.map(|rule| rule.index), near_misses(&network, stopped, &Valuation::default()).len())
    };
    assert_eq!(deciding(80, INGRESS).0, None, "it passes");
    // Rule 0 differs by port.
    assert_eq!(deciding(5432, INGRESS), (Some(1), 1));
    assert_eq!(deciding(443, INGRESS), (None, 1));
    // Rule 0 stands in the other direction, for another port.
    assert_eq!(deciding(443, EGRESS), (None, 1));
}

/// What decides, and what comes near, for TCP from 10.0.0.1 to port 5432 of 10.0.0.2 at a filter.
fn at(lab: Builder, layer: Layer) -> (Decider, Vec<(RuleRef, Vec<Difference>)>) {
    let (source, destination) = (address("10.0.0.1"), address("10.0.0.2"));
    let packet = Packet::from(Header { source, destination, transport: tcp() });
    let checkpoint = Checkpoint { layer, direction: INGRESS };
    let stopped = Stopped { pass: Pass::Request, checkpoint, packet, known: false };
    let network = lab.build();
    let near = near_misses(&network, stopped, &Valuation::default());
    let near = near.into_iter().map(|miss| (miss.rule, miss.differs)).collect();
    (decider(&network, stopped, &Valuation::default()), near)
}

/// A host at 10.0.0.2.
fn host() -> (Builder, canreach_model::InterfaceId, canreach_model::InstanceId) {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let interface = lab.interface(subnet, &["10.0.0.2"]);
    let instance = lab.instance_of(interface);
    (lab, interface, instance)
}

#[test]
fn the_policy_of_a_chain_decides_where_no_rule_matches_and_answers_are_not_near() {
    let (mut lab, interface, instance) = host();
    let answers = in_states(chain_rule(ChainVerdict::Accept), &[ConnectionState::Established]);
    let udp = chain_ports(chain_rule(ChainVerdict::Accept), Protocol::UDP, 5432, 5432);
    let rules = vec![answers, udp];
    let input = base_chain("INPUT", HookPoint::Input, Policy::Drop, rules);
    lab.host_firewall(instance, vec![input]);
    let owner = RuleOwner::HostChain(instance, 0);
    let (decider, near) = at(lab, Layer::HostFirewall(interface));
    assert_eq!(decider, Decider { rule: None, default: Some(owner) });
    let udp = RuleRef { owner, direction: INGRESS, index: 1 };
    assert_eq!(near, [(udp, vec![Difference::Protocol])]);
}

#[test]
fn a_rule_of_a_chain_is_as_near_as_the_way_to_it() {
    let (mut lab, interface, instance) = host();
    // INPUT: tcp 80 to WEB; drop. WEB: accept from 10.0.0.1, accept from 10.0.9.0/24.
    let jump = chain_ports(chain_rule(ChainVerdict::Jump(1)), Protocol::TCP, 80, 80);
    let input = vec![jump, chain_rule(ChainVerdict::Drop)];
    let from = |far| chain_far_side(chain_rule(ChainVerdict::Accept), INGRESS, far);
    let web = vec![from("10.0.0.1"), from("10.0.9.0/24")];
    let chains = vec![
        base_chain("INPUT", HookPoint::Input, Policy::Accept, input),
        chain("WEB", web),
        base_chain(
            "OUTPUT",
            HookPoint::Output,
            Policy::Accept,
            vec![chain_ports(chain_rule(ChainVerdict::Accept), Protocol::TCP, 5432, 5432)],
        ),
    ];
    lab.host_firewall(instance, chains);
    let rule = |chain, direction, index| RuleRef {
        owner: RuleOwner::HostChain(instance, chain),
        direction,
        index,
    };
    let (decider, near) = at(lab, Layer::HostFirewall(interface));
    assert_eq!(decider, Decider { rule: Some(rule(0, INGRESS, 1)), default: None });
    let expected = [
        (rule(2, EGRESS, 0), vec![Difference::Direction]),
        (rule(1, INGRESS, 0), vec![Difference::Port]),
        (rule(1, INGRESS, 1), vec![Difference::Port, Difference::Address]),
    ];
    assert_eq!(near, expected);
}

#[test]
fn a_cloud_firewall_has_a_white_list_rules_and_a_default() {
    let (mut lab, ..) = host();
    let firewall = lab.cloud_firewall();
    let border = lab.border(firewall, Border::Vpc);
    border.white_list = vec![from("10.0.0.7")];
    border.rules.ingress = vec![ports(allow(), Protocol::TCP, 80, 80)];
    border.default = Action::Deny;
    let owner = |list| RuleOwner::CloudFirewall(firewall, Border::Vpc, list);
    let (decider, near) = at(lab.clone(), Layer::CloudFirewall(firewall, Border::Vpc));
    assert_eq!(decider.rule, None);
    assert!(decider.default.is_some());
    let rule = |list| RuleRef { owner: owner(list), direction: INGRESS, index: 0 };
    let expected = [
        (rule(FirewallList::Rules), vec![Difference::Port]),
        (rule(FirewallList::White), vec![Difference::Address]),
    ];
    assert_eq!(near, expected);
    // The black list comes before the rules.
    lab.border(firewall, Border::Vpc).black_list = vec![far_side(deny(), INGRESS, "10.0.0.1")];
    let (decider, _) = at(lab, Layer::CloudFirewall(firewall, Border::Vpc));
    assert_eq!(decider.rule, Some(rule(FirewallList::Black)));
}

#[test]
fn an_access_list_admits_by_source_address() {
    let (mut lab, ..) = host();
    let access =
        AccessList { rules: vec![far_side(allow(), INGRESS, "10.0.0.9")], default: Action::Deny };
    let listener = BalancerListener {
        protocol: Protocol::TCP,
        family: None,
        ports: PortRange::single(5432),
        forwarding: Forwarding::Proxy,
        targets: Vec::new(),
        access: Some(access),
        origin: allow().origin,
    };
    let meta = canreach_model::Meta::new("lb", allow().origin);
    let balancer =
        lab.network.load_balancers.push(LoadBalancer { meta, listeners: vec![listener] });
    let owner = RuleOwner::ListenerAccess(balancer, 0);
    let (decider, near) = at(lab, Layer::ListenerAccess(balancer, 0));
    assert_eq!(decider, Decider { rule: None, default: Some(owner) });
    let rule = RuleRef { owner, direction: INGRESS, index: 0 };
    assert_eq!(near, [(rule, vec![Difference::Address])]);
}
