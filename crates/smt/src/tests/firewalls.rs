//! Cloud firewalls (`docs/forwarding.md` §8a) and access lists of listeners (§8c), by single packets.

use canreach_model::{
    AccessList, Action, AddressMatch, BalancerListener, Border, BorderRules, CloudFirewall,
    CloudFirewallId, Forwarding, Layer, LoadBalancer, LoadBalancerId, Pass, Polarity, ProfileName,
    Rule, RuleSet,
};
use canreach_net::{PortRange, PortSet, Protocol};
use canreach_topology::Crossing;

use super::build::*;
use crate::{Aim, Decision, Element, Limits, blockers, corrections};

/// A firewall with these rules at its border between VPCs.
fn firewall(net: &mut Net, vpc: BorderRules) -> CloudFirewallId {
    net.network.cloud_firewalls.push(CloudFirewall {
        meta: meta("cfw"),
        stateful: true,
        internet: BorderRules::default(),
        vpc,
        nat: BorderRules::default(),
    })
}

fn at(firewall: CloudFirewallId, border: Border) -> Crossing {
    crossing(Layer::CloudFirewall(firewall, border), INGRESS)
}

/// Which of the ports 1 to 4 such rules let TCP requests through to.
fn passed(rules: BorderRules) -> Vec<u16> {
    let mut net = net(ProfileName::Huawei);
    let firewall = firewall(&mut net, rules);
    let at = at(firewall, Border::Vpc);
    (1..=4).filter(|port| net.passes(at, &to_db(tcp(40000, *port)))).collect()
}

fn ingress(rules: impl IntoIterator<Item = Rule>) -> RuleSet {
    RuleSet { ingress: rules.into_iter().collect(), egress: Vec::new() }
}

#[test]
fn what_nothing_matches_is_left_to_the_default() {
    let empty = BorderRules::default();
    assert_eq!(passed(empty.clone()), [1, 2, 3, 4]);
    assert_eq!(passed(BorderRules { default: Action::Deny, ..empty }), []);
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = ingress([
        deny().tcp(1).rule(),
        allow().protocol(Protocol::TCP).ports(1, 3).rule(),
        deny().tcp(2).rule(),
    ]);
    let border = |default| BorderRules { rules: rules.clone(), default, ..BorderRules::default() };
    assert_eq!(passed(border(Action::Deny)), [2, 3]);
    assert_eq!(passed(border(Action::Allow)), [2, 3, 4]);
}

#[test]
fn the_white_list_goes_before_the_black_one_and_both_before_the_rules() {
    let shut = BorderRules {
        white_list: vec![allow().tcp(1).rule()],
        black_list: vec![deny().protocol(Protocol::TCP).ports(1, 2).rule()],
        rules: ingress([deny().tcp(1).rule(), allow().protocol(Protocol::TCP).ports(2, 3).rule()]),
        default: Action::Deny,
    };
    assert_eq!(passed(shut.clone()), [1, 3]);
    assert_eq!(passed(BorderRules { default: Action::Allow, ..shut }), [1, 3, 4]);
}

#[test]
fn the_list_says_what_happens_and_not_its_entries() {
    let turned = BorderRules {
        white_list: vec![deny().tcp(1).rule()],
        black_list: vec![allow().tcp(2).rule()],
        ..BorderRules::default()
    };
    assert_eq!(passed(turned.clone()), [1, 3, 4]);
    assert_eq!(passed(BorderRules { default: Action::Deny, ..turned }), [1]);
}

#[test]
fn lists_serve_both_directions_and_rules_one() {
    let mut net = net(ProfileName::Huawei);
    let border = BorderRules {
        white_list: vec![allow().tcp(1).rule()],
        black_list: vec![deny().tcp(2).rule()],
        rules: RuleSet {
            ingress: vec![allow().protocol(Protocol::TCP).ports(1, 3).rule()],
            egress: vec![allow().protocol(Protocol::TCP).ports(4, 4).rule()],
        },
        default: Action::Deny,
    };
    let firewall = net.network.cloud_firewalls.push(CloudFirewall {
        meta: meta("cfw"),
        stateful: true,
        internet: border,
        vpc: BorderRules::default(),
        nat: BorderRules { default: Action::Deny, ..BorderRules::default() },
    });
    let ports = |border, direction| -> Vec<u16> {
        let at = crossing(Layer::CloudFirewall(firewall, border), direction);
        (1..=4).filter(|port| net.passes(at, &to_db(tcp(40000, *port)))).collect()
    };
    assert_eq!(ports(Border::Internet, INGRESS), [1, 3]);
    assert_eq!(ports(Border::Internet, EGRESS), [1, 4]);
    assert_eq!(ports(Border::Vpc, INGRESS), [1, 2, 3, 4], "each border has rules of its own");
    assert_eq!(ports(Border::Nat, EGRESS), []);
}

#[test]
fn a_reply_passes_unjudged_only_as_such() {
    let mut net = net(ProfileName::Huawei);
    let rules = ingress([allow().tcp(22).rule()]);
    let border = BorderRules { rules, default: Action::Deny, ..BorderRules::default() };
    let firewall = firewall(&mut net, border);
    let back = of_reply(at(firewall, Border::Vpc));
    let ssh = tcp_to(PortSet::single(22));
    let asked = |back| {
        let back = net.reply(ssh.clone(), vec![back]);
        net.decide(&[trip(net.request(ssh.clone(), vec![]), vec![back])], Aim::Answered)
    };
    reachable(asked(Crossing { as_reply: true, known: true, ..back }));
    let witness = reachable(asked(Crossing { known: true, ..back }));
    assert_eq!(witness.header.transport, tcp(22, 22), "a firewall without state judges its port");
}

#[test]
fn rules_know_address_groups_and_no_security_groups() {
    let mut net = net(ProfileName::Huawei);
    let office = net.address_group(&["10.0.1.10"]);
    let clients = net.group(net.web, EGRESS, []);
    let from = |source| allow().source(source).rule();
    let border = |rule: Rule| BorderRules {
        rules: ingress([rule]),
        default: Action::Deny,
        ..BorderRules::default()
    };
    let named = firewall(&mut net, border(from(AddressMatch::AddressGroup(office))));
    let referring = firewall(&mut net, border(from(AddressMatch::SecurityGroup(clients))));
    assert!(net.passes(at(named, Border::Vpc), &to_db(tcp(1, 2))));
    assert!(!net.passes(at(named, Border::Vpc), &header("10.0.1.11", "10.0.2.20", tcp(1, 2))));
    assert!(!net.passes(at(referring, Border::Vpc), &to_db(tcp(1, 2))));
}

#[test]
fn nothing_is_exempt_from_a_cloud_firewall() {
    let mut net = net(ProfileName::Huawei);
    let shut = BorderRules { default: Action::Deny, ..BorderRules::default() };
    let firewall = firewall(&mut net, shut);
    let metadata = header("10.0.1.10", "169.254.169.254", tcp(1, 80));
    assert!(!net.passes(at(firewall, Border::Vpc), &metadata));
}

#[test]
fn entries_that_may_match_leave_the_answer_open() {
    let mut net = net(ProfileName::Huawei);
    let facts = [Polarity::Helps, Polarity::Hinders, Polarity::Hinders].map(|it| net.fact(it));
    let [white, black, rule] = facts;
    let border = BorderRules {
        white_list: vec![allow().tcp(1).given(white).rule()],
        black_list: vec![deny().protocol(Protocol::TCP).ports(1, 2).given(black).rule()],
        rules: ingress([deny().protocol(Protocol::TCP).ports(1, 3).given(rule).rule()]),
        default: Action::Allow,
    };
    let firewall = firewall(&mut net, border);
    let ask = |port| deciding(net.judge(at(firewall, Border::Vpc), &to_db(tcp(9, port)))).0;
    assert_eq!(ask(1), [vec![white], vec![black, rule]]);
    assert_eq!(ask(2), [vec![black, rule]]);
    assert_eq!(ask(3), [vec![rule]]);
    let witness = reachable(net.judge(at(firewall, Border::Vpc), &to_db(tcp(9, 4))));
    assert_eq!(witness.header.transport, tcp(9, 4));
}

#[test]
fn a_border_blocks_and_is_mended() {
    let mut net = net(ProfileName::Huawei);
    let border = BorderRules {
        white_list: vec![allow().tcp(1).rule()],
        black_list: vec![deny().protocol(Protocol::TCP).ports(10, 19).rule()],
        rules: ingress([allow().protocol(Protocol::TCP).ports(15, 29).rule()]),
        default: Action::Deny,
    };
    let firewall = firewall(&mut net, border);
    let at = at(firewall, Border::Vpc);
    let request = |ports| vec![trip(net.request(tcp_to(ports), vec![at]), vec![])];
    let limits = Limits::default();
    let element = Element::Filter { pass: Pass::Request, checkpoint: at.checkpoint };
    let shut = request(PortSet::range(10, 19));
    assert_eq!(blockers(&net.network, &shut[0], None, limits).alone, [element]);
    let mended = corrections(&net.network, &shut, net.to(), Aim::Delivered, limits);
    assert_eq!(mended.sets, [[element]]);
}

/// A load balancer with two listeners, of which the second has this access list.
fn balancer(net: &mut Net, access: Option<AccessList>) -> LoadBalancerId {
    let listener = |access| BalancerListener {
        family: None,
        protocol: Protocol::TCP,
        ports: PortRange::single(443),
        forwarding: Forwarding::Proxy,
        targets: Vec::new(),
        access,
        origin: origin(),
    };
    let nobody = AccessList { rules: Vec::new(), default: Action::Deny };
    let listeners = vec![listener(Some(nobody)), listener(access)];
    net.network.load_balancers.push(LoadBalancer { meta: meta("elb"), listeners })
}

#[test]
fn the_first_rule_of_an_access_list_that_matches_decides_and_else_its_default() {
    let from = |write: Write, range: &str| write.from(range).rule();
    let rules =
        [from(deny(), "10.0.1.10"), from(allow(), "10.0.1.0/28"), from(deny(), "10.0.1.0/24")];
    for (default, expected) in
        [(Action::Deny, ["10.0.1.9"].as_slice()), (Action::Allow, &["10.0.1.9", "10.0.9.9"])]
    {
        let mut net = net(ProfileName::Huawei);
        let list = AccessList { rules: rules.to_vec(), default };
        let balancer = balancer(&mut net, Some(list));
        let at = crossing(Layer::ListenerAccess(balancer, 1), INGRESS);
        let passes = |source: &&str| net.passes(at, &header(source, "10.0.2.20", tcp(1, 443)));
        let sources = ["10.0.1.9", "10.0.1.10", "10.0.1.16", "10.0.9.9"];
        let found: Vec<&str> = sources.into_iter().filter(passes).collect();
        assert_eq!(found, expected, "{default:?}");
    }
}

#[test]
fn a_listener_has_its_own_list_or_none() {
    let mut net = net(ProfileName::Huawei);
    let balancer = balancer(&mut net, None);
    let at = |listener| crossing(Layer::ListenerAccess(balancer, listener), INGRESS);
    let packet = to_db(tcp(1, 443));
    assert!(!net.passes(at(0), &packet));
    assert!(net.passes(at(1), &packet), "without a list everybody may use it");
    let reply = Crossing { as_reply: true, ..at(0) };
    assert!(net.passes(reply, &packet), "a reply to what the list saw");
}

#[test]
fn an_access_list_that_may_name_the_source_leaves_the_answer_open() {
    let mut net = net(ProfileName::Huawei);
    let fact = net.fact(Polarity::Helps);
    let rules = vec![allow().given(fact).rule()];
    let balancer = balancer(&mut net, Some(AccessList { rules, default: Action::Deny }));
    let at = crossing(Layer::ListenerAccess(balancer, 1), INGRESS);
    assert_eq!(deciding(net.judge(at, &to_db(tcp(1, 443)))).0, [[fact]]);
    let trips = [trip(net.request(tcp_to(PortSet::all()), vec![at]), vec![])];
    assert_ne!(net.decide(&trips, Aim::Delivered), Decision::Unreachable);
}
