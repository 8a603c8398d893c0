//! Firewalls of hosts (`docs/forwarding.md` §8b), by single packets.

use canreach_model::{
    Chain, ChainRule, ChainVerdict,
    ChainVerdict::{Accept, Drop, Goto, Jump, Reject, Return},
    ConnectionState::Established,
    FactId, HookPoint, HostFirewall, HostFirewallKind, InstanceId, InterfaceOwner, Layer, Pass,
    Polarity, Policy, ProfileName,
};
use canreach_net::{PortSet, Protocol};
use canreach_topology::Crossing;

use super::build::*;
use crate::{Aim, Decision, Element, Limits, blockers, corrections, smtlib};

/// A rule of a chain.
pub(super) fn then(verdict: ChainVerdict, matches: Write) -> ChainRule {
    let rule = matches.rule();
    ChainRule {
        name: None,
        matches: rule.matches,
        states: None,
        input: None,
        output: None,
        verdict,
        origin: origin(),
    }
}

/// A rule for every packet.
pub(super) fn always(verdict: ChainVerdict) -> ChainRule {
    then(verdict, allow())
}

/// A rule for TCP to a port.
fn tcp_port(port: u16, verdict: ChainVerdict) -> ChainRule {
    then(verdict, allow().tcp(port))
}

fn chain(name: &str, base: Option<(HookPoint, Policy)>, rules: Vec<ChainRule>) -> Chain {
    Chain { name: name.into(), base, rules, origin: origin() }
}

pub(super) fn base(hook: HookPoint, policy: Policy, rules: Vec<ChainRule>) -> Chain {
    chain("base", Some((hook, policy)), rules)
}

/// What enters the host, with a policy.
pub(super) fn input(policy: Policy, rules: Vec<ChainRule>) -> Chain {
    base(HookPoint::Input, policy, rules)
}

/// A chain that others lead to.
pub(super) fn called(rules: Vec<ChainRule>) -> Chain {
    chain("called", None, rules)
}

/// Makes `db` an interface of an instance with such a firewall.
pub(super) fn host(net: &mut Net, chains: Vec<Chain>) -> InstanceId {
    let kind = HostFirewallKind::Linux;
    let vm = net.instance(None);
    net.network.instances[vm].firewall = Some(HostFirewall { kind, chains, origin: origin() });
    net.network.interfaces[net.db].owner = InterfaceOwner::Instance(vm);
    vm
}

pub(super) fn with(chains: Vec<Chain>) -> Net {
    let mut net = net(ProfileName::Generic);
    host(&mut net, chains);
    net
}

pub(super) fn at_host(net: &Net) -> Crossing {
    crossing(Layer::HostFirewall(net.db), INGRESS)
}

/// Which of the ports 1 to 4 a TCP request may enter by.
fn entered(chains: Vec<Chain>) -> Vec<u16> {
    let net = with(chains);
    let passes = |port: &u16| net.passes(at_host(&net), &to_db(tcp(40000, *port)));
    (1..=4).filter(passes).collect()
}

#[test]
fn an_unknown_firewall_and_a_hook_without_chains_let_everything_through() {
    let mut net = net(ProfileName::Generic);
    let packet = to_db(tcp(1, 2));
    assert!(net.passes(at_host(&net), &packet), "no instance");
    let vm = net.instance(None);
    net.network.interfaces[net.db].owner = InterfaceOwner::Instance(vm);
    assert!(net.passes(at_host(&net), &packet), "nothing known");
    let shut = |point| base(point, Policy::Drop, vec![]);
    host(&mut net, vec![shut(HookPoint::Output), shut(HookPoint::Forward), called(vec![])]);
    assert!(net.passes(at_host(&net), &packet), "no chain for what enters");
    assert!(!net.passes(crossing(Layer::HostFirewall(net.db), EGRESS), &packet));
    let forwarding = crossing(Layer::HostForwarding(net.db, net.db), INGRESS);
    assert!(!net.passes(forwarding, &packet));
}

#[test]
fn each_hook_has_its_own_chains() {
    let only = |point, port| base(point, Policy::Drop, vec![tcp_port(port, Accept)]);
    let net = with(vec![
        only(HookPoint::Input, 1),
        only(HookPoint::Output, 2),
        only(HookPoint::Forward, 3),
    ]);
    for (at, port) in [
        (at_host(&net), 1),
        (crossing(Layer::HostFirewall(net.db), EGRESS), 2),
        (crossing(Layer::HostForwarding(net.db, net.db), INGRESS), 3),
    ] {
        for tried in 1..=3 {
            assert_eq!(net.passes(at, &to_db(tcp(9, tried))), tried == port, "{at:?} {tried}");
        }
    }
}

#[test]
fn a_policy_decides_at_the_end_of_a_base_chain() {
    assert_eq!(entered(vec![input(Policy::Accept, vec![])]), [1, 2, 3, 4]);
    assert_eq!(entered(vec![input(Policy::Drop, vec![])]), []);
    let rules = vec![tcp_port(1, Drop), tcp_port(2, Reject), tcp_port(3, Accept)];
    assert_eq!(entered(vec![input(Policy::Accept, rules.clone())]), [3, 4]);
    assert_eq!(entered(vec![input(Policy::Drop, rules)]), [3]);
}

#[test]
fn rules_are_tried_in_order() {
    let rules = vec![
        tcp_port(1, Drop),
        tcp_port(1, Accept),
        tcp_port(2, Accept),
        tcp_port(2, Drop),
        always(Reject),
        tcp_port(3, Accept),
    ];
    assert_eq!(entered(vec![input(Policy::Accept, rules)]), [2]);
}

#[test]
fn every_base_chain_of_the_hook_must_let_a_packet_pass() {
    let first = input(Policy::Drop, vec![tcp_port(1, Accept), tcp_port(2, Accept)]);
    let second = input(Policy::Accept, vec![tcp_port(2, Drop), tcp_port(3, Accept)]);
    assert_eq!(entered(vec![first.clone(), second.clone()]), [1]);
    assert_eq!(entered(vec![second, first]), [1], "to accept is to pass one chain only");
}

#[test]
fn a_jump_comes_back_to_the_next_rule() {
    let rules = vec![always(Jump(1)), tcp_port(3, Accept)];
    let sub = called(vec![tcp_port(1, Accept), tcp_port(2, Drop), tcp_port(3, Return)]);
    assert_eq!(entered(vec![input(Policy::Drop, rules.clone()), sub.clone()]), [1, 3]);
    assert_eq!(entered(vec![input(Policy::Accept, rules), sub]), [1, 3, 4]);
    let narrow = vec![tcp_port(2, Jump(1)), tcp_port(2, Drop)];
    let sub = called(vec![always(Accept)]);
    assert_eq!(entered(vec![input(Policy::Drop, narrow), sub]), [2], "only what the rule matches");
}

#[test]
fn a_jump_or_goto_for_some_packets_leaves_the_others_alone() {
    let sub = || called(vec![tcp_port(1, Accept), tcp_port(2, Drop)]);
    for verdict in [Jump(1), Goto(1)] {
        let some = vec![then(verdict, allow().protocol(Protocol::TCP).ports(1, 3))];
        assert_eq!(entered(vec![input(Policy::Accept, some.clone()), sub()]), [1, 3, 4]);
        assert_eq!(entered(vec![input(Policy::Drop, some), sub()]), [1]);
    }
}

#[test]
fn a_return_skips_the_rest_of_its_chain_alone() {
    let sub = called(vec![tcp_port(1, Return), always(Drop)]);
    let rules = vec![always(Jump(1)), always(Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), sub]), [1]);
    let in_base = vec![tcp_port(1, Return), always(Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, in_base)]), [2, 3, 4], "its policy");
    let in_base = vec![tcp_port(1, Return), always(Drop)];
    assert_eq!(entered(vec![input(Policy::Accept, in_base)]), [1]);
}

#[test]
fn a_goto_does_not_come_back() {
    let sub = || called(vec![tcp_port(1, Accept), tcp_port(2, Drop), tcp_port(3, Return)]);
    let rules = vec![always(Goto(1)), always(Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), sub()]), [1], "from a base chain: policy");
    let rules = vec![always(Goto(1)), always(Drop)];
    assert_eq!(entered(vec![input(Policy::Accept, rules), sub()]), [1, 3, 4]);
    // Only what the rule matches is gone.
    let some = || then(Goto(1), allow().protocol(Protocol::TCP).ports(1, 3));
    let rules = vec![some(), always(Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), sub()]), [1, 4]);
    let rules = vec![always(Jump(2)), tcp_port(3, Accept)];
    let between = called(vec![some(), always(Drop)]);
    assert_eq!(entered(vec![input(Policy::Accept, rules), sub(), between]), [1, 3]);
    // From a chain that was jumped to, behind the jump.
    let middle = called(vec![tcp_port(4, Return), always(Goto(2)), always(Accept)]);
    let rules = vec![always(Jump(1)), tcp_port(3, Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), middle.clone(), sub()]), [1, 3]);
    // From a chain that was itself gone to.
    let rules = vec![always(Goto(1)), always(Accept)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), middle, sub()]), [1]);
}

#[test]
fn one_chain_does_different_things_behind_different_jumps() {
    let sub = called(vec![tcp_port(1, Return), tcp_port(2, Accept)]);
    let rules = vec![
        tcp_port(1, Jump(1)),
        tcp_port(1, Accept),
        always(Jump(1)),
        tcp_port(3, Accept),
        always(Goto(1)),
    ];
    assert_eq!(entered(vec![input(Policy::Drop, rules), sub]), [1, 2, 3]);
}

#[test]
fn a_rule_that_always_jumps_hides_nothing_behind_it() {
    let rules = vec![always(Jump(1)), always(Accept), always(Drop)];
    assert_eq!(entered(vec![input(Policy::Drop, rules), called(vec![])]), [1, 2, 3, 4]);
}

#[test]
fn a_chain_that_led_back_to_itself_or_nowhere_would_deny() {
    let round = vec![input(Policy::Accept, vec![tcp_port(1, Jump(0)), tcp_port(2, Jump(7))])];
    assert_eq!(entered(round), [3, 4]);
}

#[test]
fn what_a_rule_matches_is_what_the_packet_is_there() {
    let rule = then(Accept, allow().tcp(22).from("10.0.1.0/24").source_ports(1000, 2000));
    let net = with(vec![input(Policy::Drop, vec![rule])]);
    assert!(net.passes(at_host(&net), &to_db(tcp(2000, 22))));
    assert!(!net.passes(at_host(&net), &to_db(tcp(2001, 22))));
    assert!(!net.passes(at_host(&net), &to_db(udp(2000, 22))));
    assert!(!net.passes(at_host(&net), &header("10.0.2.1", "10.0.2.20", tcp(2000, 22))));
}

fn given(fact: FactId, verdict: ChainVerdict) -> ChainRule {
    then(verdict, allow().given(fact))
}

#[test]
fn a_rule_that_may_match_leaves_the_answer_open() {
    let mut net = net(ProfileName::Generic);
    let (helps, hinders) = (net.fact(Polarity::Helps), net.fact(Polarity::Hinders));
    let sub = called(vec![given(helps, Accept)]);
    let rules = vec![given(hinders, Drop), tcp_port(80, Accept), always(Jump(1))];
    host(&mut net, vec![input(Policy::Drop, rules), sub]);
    let ask = |port| deciding(net.judge(at_host(&net), &to_db(tcp(1, port)))).0;
    assert_eq!(ask(80), [[hinders]]);
    assert_eq!(ask(81), [[helps, hinders]]);
}

#[test]
fn a_fact_in_a_rule_for_another_state_does_not_matter() {
    let mut net = net(ProfileName::Generic);
    let fact = net.fact(Polarity::Helps);
    let rule = ChainRule { states: Some(vec![Established]), ..given(fact, Accept) };
    host(&mut net, vec![input(Policy::Drop, vec![rule, tcp_port(80, Accept)])]);
    let witness = reachable(net.judge(at_host(&net), &to_db(tcp(1, 80))));
    assert_eq!(witness.valuation, values(&[]));
    assert_eq!(net.judge(at_host(&net), &to_db(tcp(1, 81))), Decision::Unreachable);
}

#[test]
fn a_host_blocks_and_is_mended_like_any_filter() {
    let net = with(vec![input(Policy::Drop, vec![tcp_port(80, Accept)])]);
    let at = at_host(&net);
    let trips = [trip(net.request(tcp_to(PortSet::single(22)), vec![at]), vec![])];
    let element = Element::Filter { pass: Pass::Request, checkpoint: at.checkpoint };
    let limits = Limits::default();
    assert_eq!(blockers(&net.network, &trips[0], None, limits).alone, [element]);
    let mended = corrections(&net.network, &trips, net.to(), Aim::Delivered, limits);
    assert_eq!(mended.sets, [[element]]);
    let open = [trip(net.request(tcp_to(PortSet::single(80)), vec![at]), vec![])];
    assert_eq!(blockers(&net.network, &open[0], None, limits).alone, []);
}

#[test]
fn a_chain_of_a_thousand_rules_is_quick() {
    // Accept and drop by turns, each a little wider: nothing can be left out.
    let rules = (0..1000_u16).map(|at| {
        let verdict = if at % 2 == 0 { Drop } else { Accept };
        let range = allow().protocol(Protocol::TCP).ports(20_000 - 20 * at, 20_000 + 20 * at);
        then(verdict, range.source_ports(at, 65_535 - at))
    });
    let net = with(vec![input(Policy::Drop, rules.collect())]);
    let trips = [trip(net.request(web_to_db(), vec![at_host(&net)]), vec![])];
    let question =
        |limits| crate::decide(&net.network, &trips, net.to(), Aim::Delivered, &[], limits);
    let (decision, stats) = question(Limits::default());
    reachable(decision);
    assert!(stats.rlimit < 2_000_000, "{stats:?}");
}

/// Thirty chains, each of which jumps twice to the next: two to the thirtieth ways.
fn jungle(behind: Vec<ChainRule>, last: Vec<ChainRule>) -> Net {
    let first = std::iter::once(always(Jump(1))).chain(behind).collect();
    let mut chains = vec![input(Policy::Drop, first)];
    for at in 1..30_usize {
        let port = u16::try_from(at).unwrap();
        let odd = then(Jump(at + 1), allow().source_ports(port, 60_000));
        let even = then(Jump(at + 1), allow().ports(port, 50_000));
        chains.push(called(vec![odd, tcp_port(1000 + port, Return), even]));
    }
    chains.push(called(last));
    with(chains)
}

#[test]
fn two_jumps_from_each_of_thirty_chains_are_no_explosion() {
    let net = jungle(vec![tcp_port(7, Accept)], vec![tcp_port(443, Accept), tcp_port(444, Drop)]);
    let passes = |source, port| net.passes(at_host(&net), &to_db(tcp(source, port)));
    assert!(passes(40_000, 443));
    assert!(!passes(40_000, 444));
    assert!(passes(40_000, 7), "comes back from all of them");
    assert!(!passes(40_000, 8));
    assert!(!passes(0, 60_000), "no chain is jumped to but the first");
    let request = net.request(web_to_db(), vec![at_host(&net)]);
    let trips = [trip(request, vec![])];
    let (decision, stats) =
        crate::decide(&net.network, &trips, net.to(), Aim::Delivered, &[], Limits::default());
    assert_eq!(reachable(decision).header.transport, tcp(50_000, 443));
    assert!(stats.rlimit < 100_000, "{stats:?}");
    let text = smtlib(&net.network, &trips, net.to(), Aim::Delivered);
    assert!(text.len() < 60_000, "{}", text.len());
}

#[test]
fn no_flow_is_found_in_a_jungle_that_has_none() {
    let net = jungle(vec![], vec![always(Return)]);
    let trips = [trip(net.request(web_to_db(), vec![at_host(&net)]), vec![])];
    assert_eq!(net.decide(&trips, Aim::Delivered), Decision::Unreachable);
}
