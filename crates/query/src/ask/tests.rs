//! Whole answers about networks made by hand; expected results are worked out from
//! `docs/forwarding.md`.

use canreach_model::{
    Action, Direction, FactId, IcmpMatch, InterfaceId, Layer, Polarity, ProfileName,
    PublicAddressTarget, RouteTarget, Rule, Setting, SourceTranslation, TranslationSource,
};
use canreach_net::{PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_testkit::{
    Builder,
    builder::{address, allow, deny, far_side, ports, prefix, translation},
};

use super::*;
use crate::{Blocking, DecidingFact, End, Open, Traffic};

const OPTIONS: Options = Options { rlimit: 50_000_000, explain: true };

/// One subnet with two interfaces; other things are added by each test.
struct Site {
    lab: Builder,
    subnet: canreach_model::SubnetId,
    a: InterfaceId,
    b: InterfaceId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
        let a = lab.interface(subnet, &["10.0.0.1"]);
        let other = lab.subnet(vpc, &["10.0.1.0/24"]);
        let b = lab.interface(other, &["10.0.1.2"]);
        Self { lab, subnet, a, b }
    }

    fn subnet_of_b(&self) -> canreach_model::SubnetId {
        self.lab.network.interfaces[self.b].subnet
    }

    fn ask(&self, sources: &[InterfaceId], destinations: &[InterfaceId]) -> Answer {
        self.asked(&question(&self.lab, sources, destinations))
    }

    /// The answer to a question, by default from the one interface to the other.
    fn asked(&self, question: &Question) -> Answer {
        ask(&self.lab.clone().build(), question, &OPTIONS).unwrap()
    }

    fn a_to_b(&self) -> Question {
        question(&self.lab, &[self.a], &[self.b])
    }
}

fn question(lab: &Builder, sources: &[InterfaceId], destinations: &[InterfaceId]) -> Question {
    let end = |id: &InterfaceId| End {
        label: format!("{id:?}"),
        endpoint: Endpoint::Interface(*id),
        addresses: lab.network.interfaces[*id].addresses.iter().copied().collect(),
    };
    Question {
        from: String::from("from"),
        to: String::from("to"),
        sources: sources.iter().map(end).collect(),
        destinations: destinations.iter().map(end).collect(),
        unowned: Vec::new(),
        traffic: traffic(Protocol::TCP),
        one_way: false,
    }
}

fn traffic(Protocol(number): Protocol) -> Traffic {
    Traffic {
        protocols: ProtocolSet::single(number),
        destination_ports: PortSet::all(),
        icmp_types: RangeSet::all(),
        icmp_codes: RangeSet::all(),
    }
}

fn internet(text: &str) -> End {
    End {
        label: String::from("internet"),
        endpoint: Endpoint::Internet,
        addresses: address(text).into(),
    }
}

/// A rule that applies only if a fact holds.
fn open(mut rule: Rule, fact: FactId) -> Rule {
    rule.matches.unresolved = Some(fact);
    rule
}

#[test]
fn a_question_about_sets_is_reachable_when_any_pair_is() {
    let mut site = Site::new();
    let c = site.lab.interface(site.subnet, &["10.0.0.3"]);
    let fact = site.lab.fact(Polarity::Helps);
    let from = |far| far_side(allow(), Direction::Ingress, far);
    let group = site.lab.group(&[site.b], vec![from("10.0.0.1")], Vec::new());
    let both = site.ask(&[site.a, c], &[site.b]);
    assert_eq!(both.verdict, Verdict::Reachable);
    let told: Vec<_> = both.ends.iter().map(|it| (it.source, it.destination, it.verdict)).collect();
    assert_eq!(told, [(0, 0, Verdict::Reachable), (1, 0, Verdict::Unreachable)]);
    assert_eq!(both.witness.unwrap().ends, (0, 0));
    // The order of the ends does not matter.
    let both = site.ask(&[c, site.a], &[site.b]);
    assert_eq!((both.verdict, both.witness.unwrap().ends), (Verdict::Reachable, (1, 0)));

    site.lab.network.security_groups[group].rules.ingress = vec![open(from("10.0.0.1"), fact)];
    assert_eq!(site.ask(&[c, site.a], &[site.b]).verdict, Verdict::Unknown);
    assert_eq!(site.ask(&[c], &[site.b]).verdict, Verdict::Unreachable);
    site.lab.network.security_groups[group].rules.ingress = Vec::new();
    assert_eq!(site.ask(&[c, site.a], &[site.b]).verdict, Verdict::Unreachable);
}

#[test]
fn among_sets_an_end_is_not_asked_about_itself() {
    let site = Site::new();
    assert_eq!(site.ask(&[site.a], &[site.a]).verdict, Verdict::Reachable);
    let answer = site.ask(&[site.a], &[site.a, site.b]);
    let told: Vec<_> = answer.ends.iter().map(|it| (it.source, it.destination)).collect();
    assert_eq!(told, [(0, 1)]);
}

#[test]
fn an_address_that_nobody_has_leaves_a_question_undecided() {
    let mut site = Site::new();
    site.lab.group(&[site.b], Vec::new(), Vec::new());
    let unowned = vec![String::from("10.0.1.77")];
    let answer = site.asked(&Question { unowned: unowned.clone(), ..site.a_to_b() });
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert_eq!(answer.warnings, [Warning::AddressWithoutOwner(String::from("10.0.1.77"))]);
    // It cannot undo what is open.
    site.lab.network.interfaces[site.b].filtered = false;
    let answer = site.asked(&Question { unowned, ..site.a_to_b() });
    assert_eq!(answer.verdict, Verdict::Reachable);
}

#[test]
fn a_request_that_arrives_without_an_answer_is_reachable_one_way_only() {
    let mut site = Site::new();
    let acl = site.lab.acl(&[site.subnet_of_b()], vec![allow()], vec![deny()]);
    let subnet = site.subnet_of_b();
    let answer = site.asked(&site.a_to_b());
    assert_eq!(answer.verdict, Verdict::Unreachable);
    assert_eq!((answer.delivered, answer.answered), (Verdict::Reachable, Verdict::Unreachable));
    let witness = answer.witness.unwrap();
    assert!(witness.trace.delivered() && !witness.trace.answered());
    assert_eq!(answer.causes, [Cause::AclReply]);
    let blocking: Vec<_> = answer.walks[0].blockers.iter().map(|it| it.blocking).collect();
    let layer = Layer::NetworkAcl(acl, subnet);
    let checkpoint = canreach_model::Checkpoint { layer, direction: Direction::Egress };
    let owner = canreach_model::RuleOwner::NetworkAcl(acl);
    let rule = canreach_model::RuleRef { owner, direction: Direction::Egress, index: 0 };
    assert_eq!(blocking, [Blocking::Filter { checkpoint, rule: Some(rule), default: None }]);

    let answer = site.asked(&Question { one_way: true, ..site.a_to_b() });
    assert_eq!(answer.verdict, Verdict::Reachable);
    assert_eq!((answer.delivered, answer.answered), (Verdict::Reachable, Verdict::Unreachable));
    assert_eq!(answer.ends[0].verdict, Verdict::Reachable);
    assert!(answer.walks.is_empty());
    // What is open is what arrives.
    assert!(answer.open.iter().all(|part| part.verdict == Verdict::Reachable));
    assert!(!answer.open.is_empty());
}

#[test]
fn the_open_part_of_the_traffic_is_told() {
    let mut site = Site::new();
    let rules =
        vec![ports(allow(), Protocol::TCP, 443, 443), ports(allow(), Protocol::TCP, 8000, 8010)];
    site.lab.group(&[site.b], rules, Vec::new());
    let answer = site.asked(&site.a_to_b());
    assert_eq!(answer.verdict, Verdict::Reachable);
    let of = |wanted: Verdict| {
        let parts = answer.open.iter().filter(|part: &&Open| part.verdict == wanted);
        parts.fold(PortSet::EMPTY, |all, part| all.union(&part.destination_ports))
    };
    let listed: PortSet = [(443, 443), (8000, 8010)].into_iter().collect();
    assert_eq!(of(Verdict::Reachable), listed);
    assert_eq!(of(Verdict::Unreachable), listed.complement());
    assert_eq!(of(Verdict::Unknown), PortSet::EMPTY);
}

#[test]
fn the_values_of_deciding_facts_are_those_that_let_the_flow_pass() {
    let mut site = Site::new();
    let (helps, hinders) = (site.lab.fact(Polarity::Helps), site.lab.fact(Polarity::Hinders));
    let acl = vec![open(deny(), hinders), allow()];
    site.lab.acl(&[site.subnet], vec![allow()], acl);
    let answer = site.asked(&site.a_to_b());
    assert_eq!(answer.verdict, Verdict::Unknown);
    let hindering = DecidingFact { fact: hinders, value: false };
    assert_eq!(answer.deciding, [vec![hindering]]);
    let witness = answer.witness.unwrap();
    assert!(!witness.valuation.is_true(hinders) && witness.trace.answered());

    site.lab.group(&[site.b], vec![open(allow(), helps)], Vec::new());
    let answer = site.asked(&site.a_to_b());
    let helping = DecidingFact { fact: helps, value: true };
    assert_eq!(answer.deciding, [vec![helping, hindering]]);
}

#[test]
fn a_disputed_setting_decides_by_the_value_of_the_flow_shown() {
    let mut lab = Builder::new(ProfileName::Huawei);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    // Without a priority: 1 if the fact is true, and then the deny rule comes after.
    let (mut first, mut denied) = (allow(), deny());
    first.priority = None;
    denied.priority = Some(50);
    lab.group(&[b], vec![first, denied], Vec::new());
    let priority = lab.profile.security_group.default_priority;
    let Setting::Disputed { fact, if_true: 1, if_false: 100 } = priority else {
        panic!("{priority:?}")
    };
    let asked = question(&lab, &[a], &[b]);
    let answer = ask(&lab.build(), &asked, &OPTIONS).unwrap();
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert_eq!(answer.deciding, [vec![DecidingFact { fact, value: true }]]);
}

#[test]
fn an_undecided_answer_shows_the_flow_that_would_be_answered() {
    let mut site = Site::new();
    let fact = site.lab.fact(Polarity::Helps);
    site.lab.acl(&[site.subnet_of_b()], vec![allow()], vec![open(allow(), fact)]);
    let answer = site.asked(&site.a_to_b());
    assert_eq!((answer.delivered, answer.answered), (Verdict::Reachable, Verdict::Unknown));
    let witness = answer.witness.unwrap();
    assert!(witness.valuation.is_true(fact) && witness.trace.answered());
    // One way, nothing is undecided, and the flow shown arrives whatever the fact is.
    let answer = site.asked(&Question { one_way: true, ..site.a_to_b() });
    assert_eq!(answer.verdict, Verdict::Reachable);
    assert!(!answer.witness.unwrap().valuation.is_true(fact));
}

#[test]
fn causes_come_from_the_walks_that_are_nearest_to_open() {
    // The NAT gateway only lacks a route; the Internet gateway lacks a public address besides.
    let mut site = Site::new();
    let vpc = site.lab.network.subnets[site.subnet].vpc;
    let public = site.lab.subnet(vpc, &["10.0.9.0/24"]);
    let (_, standing) = site.lab.nat_in_subnet(public, "10.0.9.9");
    site.lab.public_address("203.0.113.9", standing);
    let gateway = site.lab.internet_gateway(vpc);
    let outwards = site.lab.table(vpc);
    site.lab.route(outwards, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    site.lab.network.subnets[public].route_table = outwards;
    let question = Question { destinations: vec![internet("198.51.100.1")], ..site.a_to_b() };
    let answer = site.asked(&question);
    assert_eq!(answer.verdict, Verdict::Unreachable);
    assert_eq!(answer.causes, [Cause::NoRoute]);
    let counts: Vec<usize> = answer.walks.iter().map(|walk| walk.blockers.len()).collect();
    assert!(counts.iter().any(|count| *count > 1), "the other way is told as well: {counts:?}");
    assert_eq!(answer.corrections[0].changes.len(), 1);
}

#[test]
fn a_group_without_a_rule_is_not_blamed_on_the_rule_that_lets_everything_out() {
    let mut site = Site::new();
    site.lab.group(&[site.b], Vec::new(), vec![allow()]);
    assert_eq!(site.asked(&site.a_to_b()).causes, [Cause::SgNoRule]);
}

#[test]
fn the_acl_is_blamed_for_what_the_group_behind_it_allows() {
    let mut site = Site::new();
    site.lab.acl(&[site.subnet_of_b()], vec![deny()], vec![allow()]);
    let group = site.lab.group(&[site.b], vec![allow()], vec![allow()]);
    assert_eq!(site.asked(&site.a_to_b()).causes, [Cause::AclOverridesSg]);
    site.lab.network.security_groups[group].rules.ingress = Vec::new();
    assert_eq!(site.asked(&site.a_to_b()).causes, [Cause::SgNoRule, Cause::AclDeny]);
}

#[test]
fn what_lies_behind_an_obstacle_is_met_only_if_it_arrived() {
    let mut site = Site::new();
    let vpc = site.lab.vpc(&["10.1.0.0/16"]);
    let subnet = site.lab.subnet(vpc, &["10.1.0.0/24"]);
    let c = site.lab.interface(subnet, &["10.1.0.3"]);
    site.lab.group(&[site.a], Vec::new(), Vec::new());
    site.lab.group(&[c], Vec::new(), Vec::new());
    let answer = site.asked(&Question { one_way: true, ..question(&site.lab, &[site.a], &[c]) });
    let told: Vec<_> =
        answer.walks[0].blockers.iter().map(|it| (it.cause, it.if_arrived)).collect();
    let expected = [
        (Cause::SgNoRule, false),
        (Cause::NoRoute, false),
        (Cause::NoPeering, true),
        (Cause::SgNoRule, true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_flow_that_no_client_would_send_by_itself_is_warned_of() {
    let mut site = Site::new();
    let mut rule = allow();
    rule.matches.source_ports = PortSet::range(100, 200);
    let group = site.lab.group(&[site.b], vec![rule], Vec::new());
    let answer = site.asked(&site.a_to_b());
    assert_eq!(
        (answer.verdict, answer.warnings),
        (Verdict::Reachable, vec![Warning::NoEphemeralPort])
    );
    // The last port of the range is the first from which clients send.
    let rules = &mut site.lab.network.security_groups[group].rules.ingress;
    rules[0].matches.source_ports = PortSet::range(100, 32768);
    assert_eq!(site.asked(&site.a_to_b()).warnings, []);
}

#[test]
fn from_the_internet_clients_send_from_any_unprivileged_port() {
    for (port, warnings) in [(1023, vec![Warning::NoEphemeralPort]), (1024, vec![])] {
        let mut site = Site::new();
        let vpc = site.lab.network.subnets[site.subnet].vpc;
        let gateway = site.lab.internet_gateway(vpc);
        let table = site.lab.default_table(vpc);
        site.lab.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        site.lab.public_address("203.0.113.1", site.b);
        let mut rule = allow();
        rule.matches.source_ports = PortSet::single(port);
        site.lab.group(&[site.b], vec![rule], Vec::new());
        let mut asked = site.a_to_b();
        asked.sources = vec![internet("198.51.100.1")];
        asked.destinations[0].addresses = address("203.0.113.1").into();
        let answer = site.asked(&asked);
        assert_eq!((answer.verdict, answer.warnings), (Verdict::Reachable, warnings));
    }
}

#[test]
fn other_messages_than_pings_are_warned_of() {
    for (kind, warnings) in [(13, vec![Warning::NotPing]), (8, vec![])] {
        let mut site = Site::new();
        let mut rule = allow();
        rule.matches.protocol = Some(Protocol::ICMP);
        rule.matches.icmp = Some(IcmpMatch { kind: Some(kind), code: Some(0) });
        site.lab.group(&[site.b], vec![rule], Vec::new());
        let asked = Question { traffic: traffic(Protocol::ICMP), ..site.a_to_b() };
        let answer = site.asked(&asked);
        assert_eq!((answer.verdict, answer.warnings), (Verdict::Reachable, warnings));
    }
}

#[test]
fn ends_without_a_common_family_cannot_meet() {
    let mut site = Site::new();
    site.lab.network.interfaces[site.b].addresses = vec![address("2001:db8::2")];
    let answer = site.asked(&site.a_to_b());
    assert_eq!(answer.verdict, Verdict::Unreachable);
    assert_eq!(answer.warnings, [Warning::NoCommonFamily(0, 0)]);
}

#[test]
fn stopped_instances_and_hosts_with_several_interfaces_are_warned_of() {
    let mut site = Site::new();
    let (of_a, of_b) = (site.lab.instance_of(site.a), site.lab.instance_of(site.b));
    site.lab.network.instances[of_a].running = false;
    assert_eq!(site.asked(&site.a_to_b()).warnings, [Warning::NotRunning(false, 0)]);
    site.lab.network.instances[of_b].running = false;
    let second = site.lab.interface(site.subnet, &["10.0.0.7"]);
    site.lab.network.interfaces[second].owner = InterfaceOwner::Instance(of_b);
    let answer = site.asked(&site.a_to_b());
    let expected = [
        Warning::NotRunning(false, 0),
        Warning::NotRunning(true, 0),
        Warning::SeveralInterfaces(0),
    ];
    assert_eq!((answer.verdict, answer.warnings.as_slice()), (Verdict::Reachable, &expected[..]));
}

#[test]
fn a_limit_of_the_solver_leaves_the_question_undecided() {
    let mut site = Site::new();
    let rule = |number: u16| {
        let action = if number.is_multiple_of(2) { Action::Allow } else { Action::Deny };
        let rule = Rule { action, ..allow() };
        ports(rule, Protocol::TCP, number * 3, number * 7 + 1)
    };
    let rules: Vec<Rule> = (1..40).map(rule).collect();
    site.lab.acl(&[site.subnet_of_b()], rules.clone(), rules);
    let network = site.lab.clone().build();
    let answer = ask(&network, &site.a_to_b(), &Options { rlimit: 1, explain: false }).unwrap();
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert!(
        matches!(answer.warnings.as_slice(), [Warning::LimitReached(_)]),
        "{:?}",
        answer.warnings
    );
}

#[test]
fn walks_that_cannot_be_told_leave_the_question_undecided() {
    // The reply comes to a gateway that would translate by the port that another one chose.
    let mut site = Site::new();
    let vpc = site.lab.network.subnets[site.subnet].vpc;
    let (first, other) = (site.lab.nat_at_vpc(vpc), site.lab.nat_at_vpc(vpc));
    let source = TranslationSource::Cidr(prefix("10.0.0.0/24"));
    let origin = allow().origin;
    let addresses = vec![address("203.0.113.1")];
    site.lab.network.nat_gateways[first].source_translations =
        vec![SourceTranslation { source, addresses, origin }];
    site.lab.network.nat_gateways[other].destination_translations =
        vec![translation(("203.0.113.1", 2000), ("10.0.0.1", 2000), Protocol::TCP)];
    site.lab.public_address_of("203.0.113.1", Some(PublicAddressTarget::NatGateway(other)));
    let table = site.lab.default_table(vpc);
    site.lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(first));
    let question = Question { destinations: vec![internet("198.51.100.1")], ..site.a_to_b() };
    let answer = site.asked(&question);
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert!(
        matches!(answer.warnings.as_slice(), [Warning::LimitReached(_)]),
        "{:?}",
        answer.warnings
    );
}

#[test]
fn a_rule_about_one_code_lets_no_other_code_through() {
    let mut site = Site::new();
    let mut rule = allow();
    rule.matches.protocol = Some(Protocol::ICMP);
    rule.matches.icmp = Some(IcmpMatch { kind: Some(8), code: Some(1) });
    site.lab.group(&[site.b], vec![rule], Vec::new());
    let asked = Question { traffic: traffic(Protocol::ICMP), ..site.a_to_b() };
    // A request with another code than 0 has no answer.
    let answer = site.asked(&asked);
    assert_eq!((answer.delivered, answer.answered), (Verdict::Reachable, Verdict::Unreachable));
    let message = answer.witness.unwrap().header.transport.icmp().unwrap();
    assert_eq!((message.kind, message.code), (8, 1));
}

#[test]
fn each_of_several_denials_in_a_row_stops_what_it_names() {
    let mut site = Site::new();
    let deny = |port| ports(deny(), Protocol::TCP, port, port);
    site.lab.acl(&[site.subnet_of_b()], vec![deny(80), deny(82), allow()], vec![allow()]);
    let mut asked = site.a_to_b();
    for (ports, verdict) in [
        (PortSet::single(80), Verdict::Unreachable),
        (PortSet::single(82), Verdict::Unreachable),
        ([(80, 80), (82, 82)].into_iter().collect(), Verdict::Unreachable),
        (PortSet::range(80, 82), Verdict::Reachable),
    ] {
        asked.traffic.destination_ports = ports;
        assert_eq!(site.asked(&asked).verdict, verdict);
    }
}

#[test]
fn only_the_addresses_asked_about_send() {
    let mut site = Site::new();
    site.lab.network.interfaces[site.a].addresses.push(address("10.0.0.4"));
    let from = |far| far_side(allow(), Direction::Ingress, far);
    site.lab.group(&[site.b], vec![from("10.0.0.4"), from("10.0.0.7")], Vec::new());
    let everything = site.a_to_b();
    let any = site.asked(&everything);
    assert_eq!(any.verdict, Verdict::Reachable);
    assert_eq!(any.witness.unwrap().header.source, address("10.0.0.4"));
    // The other address matches no rule, and 10.0.0.7 is not its own.
    let mut pinned = everything;
    pinned.sources[0].addresses = address("10.0.0.1").into();
    assert_eq!(site.asked(&pinned).verdict, Verdict::Unreachable);
}
