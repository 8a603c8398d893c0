//! §§8a and 8b: cloud firewalls, and the firewalls of hosts.

use super::*;
use crate::builder::{
    allow, base_chain, chain, chain_far_side, chain_ports, chain_rule, deny, far_side, in_states,
};

// §8b.

/// `b` with a Linux firewall.
fn behind(chains: Vec<Chain>) -> Pair {
    let mut pair = Pair::new(ProfileName::Generic);
    let instance = pair.builder.instance_of(pair.b);
    pair.builder.host_firewall(instance, chains);
    pair
}

fn input(policy: Policy, rules: Vec<ChainRule>) -> Chain {
    base_chain("input", HookPoint::Input, policy, rules)
}

fn passes(chains: Vec<Chain>) -> bool {
    behind(chains).ask() == ANSWERED
}

#[test]
fn the_first_rule_that_matches_decides_and_the_policy_where_none_does() {
    let (accept, drop) = (chain_rule(ChainVerdict::Accept), chain_rule(ChainVerdict::Drop));
    assert!(passes(vec![input(Policy::Drop, vec![accept.clone(), drop.clone()])]));
    assert!(!passes(vec![input(Policy::Accept, vec![drop, accept.clone()])]));
    let other = chain_ports(accept.clone(), Protocol::TCP, 4, 4);
    assert!(!passes(vec![input(Policy::Drop, vec![other])]));
    assert!(!passes(vec![input(Policy::Accept, vec![chain_rule(ChainVerdict::Reject)])]));
    let from_elsewhere = chain_far_side(accept, Direction::Ingress, "10.0.0.2");
    assert!(!passes(vec![input(Policy::Drop, vec![from_elsewhere])]));
    assert!(passes(vec![]), "a hook without base chains lets everything through");
}

#[test]
fn every_base_chain_of_the_hook_must_let_a_packet_pass() {
    let accept = || vec![chain_rule(ChainVerdict::Accept)];
    let drop = || vec![chain_rule(ChainVerdict::Drop)];
    assert!(!passes(vec![input(Policy::Accept, accept()), input(Policy::Accept, drop())]));
    let output = base_chain("output", HookPoint::Output, Policy::Accept, vec![]);
    assert!(passes(vec![input(Policy::Accept, accept()), output]));
}

#[test]
fn a_jump_comes_back_and_a_goto_does_not() {
    let accept = || chain_rule(ChainVerdict::Accept);
    let empty = || chain("empty", vec![]);
    let via = |verdict| vec![input(Policy::Drop, vec![chain_rule(verdict), accept()]), empty()];
    assert!(passes(via(ChainVerdict::Jump(1))));
    assert!(!passes(via(ChainVerdict::Goto(1))), "its end is the end of the base chain");
    let returns = chain("returns", vec![chain_rule(ChainVerdict::Return), accept()]);
    let jump = chain_rule(ChainVerdict::Jump(1));
    assert!(!passes(vec![input(Policy::Drop, vec![jump]), returns]));
    let accepts = chain("accepts", vec![accept()]);
    let goto = chain_rule(ChainVerdict::Goto(1));
    assert!(passes(vec![input(Policy::Drop, vec![goto]), accepts]));
    let leave = chain_rule(ChainVerdict::Return);
    assert!(!passes(vec![input(Policy::Drop, vec![leave, accept()])]), "in a base chain: policy");
}

#[test]
fn after_a_goto_a_packet_returns_to_where_the_chain_before_was_jumped_to_from() {
    // Base jumps to 1, which goes to 2, whose end leads back to the base.
    let chains = |last| {
        vec![
            input(Policy::Drop, vec![chain_rule(ChainVerdict::Jump(1)), chain_rule(last)]),
            chain("one", vec![chain_rule(ChainVerdict::Goto(2)), chain_rule(ChainVerdict::Drop)]),
            chain("two", vec![]),
        ]
    };
    assert!(passes(chains(ChainVerdict::Accept)));
    assert!(!passes(chains(ChainVerdict::Return)));
}

#[test]
fn nothing_is_let_through_for_its_state_alone() {
    // The request is from `b`, its reply is received and dropped unless a rule lets it in.
    let story = |rules, transport| {
        let pair = behind(vec![
            base_chain("output", HookPoint::Output, Policy::Accept, vec![]),
            input(Policy::Drop, rules),
        ]);
        let header = Header { transport, ..tcp(("10.0.0.5", 0), ("10.0.0.1", 0)) };
        told(&pair.builder, inside(pair.b), header, inside(pair.a)).fate
    };
    let ports = Ports { source: 9, destination: 3 };
    let (tcp, udp) = (Transport::Tcp(ports), Transport::Udp(ports));
    assert_eq!(story(vec![], tcp), DELIVERED);
    let in_state = |state| vec![in_states(chain_rule(ChainVerdict::Accept), &[state])];
    assert_eq!(story(in_state(ConnectionState::Established), tcp), ANSWERED);
    assert_eq!(story(in_state(ConnectionState::New), udp), DELIVERED, "it saw the request");
}

#[test]
fn rules_name_the_interface_a_packet_came_to() {
    let rule = |f: fn(&mut ChainRule, InterfaceId)| {
        let mut pair = behind(vec![]);
        let mut rule = chain_rule(ChainVerdict::Accept);
        f(&mut rule, pair.b);
        let instance = pair.builder.instance_of(pair.b);
        pair.builder.host_firewall(instance, vec![input(Policy::Drop, vec![rule])]);
        pair.ask()
    };
    assert_eq!(rule(|_, _| ()), ANSWERED);
    assert_eq!(rule(|rule, b| rule.input = Some(b)), ANSWERED);
    assert_eq!(rule(|rule, b| rule.output = Some(b)), NOT_DELIVERED, "received, it leaves by none");
}

#[test]
fn a_windows_firewall_lets_out_and_lets_in_what_answers() {
    let mut pair = Pair::new(ProfileName::Generic);
    let instance = pair.builder.instance_of(pair.b);
    pair.builder.windows_firewall(instance, vec![], vec![]);
    assert_eq!(lost(&pair.story().request), "Filter");
    let out = tcp(("10.0.0.5", 9), ("10.0.0.1", 3));
    assert_eq!(ask(&pair.builder, inside(pair.b), out, inside(pair.a)), ANSWERED);
    let open = chain_ports(chain_rule(ChainVerdict::Accept), Protocol::TCP, 3, 3);
    pair.builder.windows_firewall(instance, vec![open.clone()], vec![]);
    assert_eq!(pair.ask(), ANSWERED);
    let block = chain_rule(ChainVerdict::Drop);
    pair.builder.windows_firewall(instance, vec![block, open], vec![]);
    assert_eq!(lost(&pair.story().request), "Filter", "block rules stand before allow rules");
}

// §6 step 4.

#[test]
fn a_service_bound_to_an_interface_hears_only_what_arrives_there() {
    let mut pair = Pair::new(ProfileName::Generic);
    let instance = pair.builder.instance_of(pair.b);
    let owner = InterfaceOwner::Instance(instance);
    let second = pair.builder.interface_owned_by(owner, pair.subnets[1], &["10.0.0.6"]);
    pair.builder.listens(instance, Protocol::TCP, PortRange::ALL, Listen::Interface(second));
    assert_eq!(lost(&pair.story().request), "Filter");
    let to_second = tcp(("10.0.0.1", 9), ("10.0.0.6", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), to_second, inside(second)), ANSWERED);
    let kept = tcp(("10.0.0.5", 9), ("10.0.0.6", 3));
    assert_eq!(ask(&pair.builder, inside(pair.b), kept, inside(second)), NOT_DELIVERED);
}

// §8a.

/// `a` with a public address behind a firewall at its Internet border.
fn behind_border(change: impl Fn(&mut BorderRules)) -> (Pair, CloudFirewallId) {
    let mut pair = Pair::new(ProfileName::Generic);
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let public = pair.builder.public_address("203.0.113.1", pair.a);
    let firewall = pair.builder.cloud_firewall();
    pair.builder.network.public_addresses[public].firewall = Some(firewall);
    change(pair.builder.border(firewall, Border::Internet));
    (pair, firewall)
}

fn from_outside(pair: &Pair) -> Fate {
    let header = tcp(("198.51.100.1", 9), ("203.0.113.1", 3));
    ask(&pair.builder, Endpoint::Internet, header, inside(pair.a))
}

#[test]
fn white_list_black_list_rules_and_default_are_tried_in_this_order() {
    let enters = |change: fn(&mut BorderRules)| from_outside(&behind_border(change).0) == ANSWERED;
    assert!(enters(|_| ()));
    assert!(!enters(|border| border.default = Action::Deny));
    assert!(!enters(|border| border.rules.ingress.push(deny())));
    assert!(!enters(|border| {
        border.black_list.push(deny());
        border.rules.ingress.push(allow());
    }));
    assert!(enters(|border| {
        border.white_list.push(allow());
        border.black_list.push(deny());
    }));
    assert!(enters(|border| {
        border.default = Action::Deny;
        border.rules.ingress.extend([allow(), deny()]);
    }));
}

#[test]
fn the_internet_border_sees_public_addresses() {
    let only_public = |border: &mut BorderRules| {
        border.default = Action::Deny;
        let mut rule = allow();
        rule.matches.destination = AddressMatch::Range(address("203.0.113.1").into());
        border.rules.ingress.push(rule);
        border.rules.egress.push(far_side(allow(), Direction::Ingress, "203.0.113.1"));
    };
    let (pair, _) = behind_border(only_public);
    assert_eq!(from_outside(&pair), ANSWERED);
    let out = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    assert_eq!(ask(&pair.builder, inside(pair.a), out, Endpoint::Internet), ANSWERED);
}

#[test]
fn a_border_that_keeps_no_state_judges_replies_as_well() {
    let (mut pair, firewall) = behind_border(|border| border.rules.egress.push(deny()));
    assert_eq!(from_outside(&pair), ANSWERED);
    pair.builder.network.cloud_firewalls[firewall].stateful = false;
    assert_eq!(from_outside(&pair), DELIVERED);
}

#[test]
fn the_vpc_border_stands_at_peerings_and_has_one_direction() {
    let mut peered = peerings::peered();
    let firewall = peered.builder.cloud_firewall();
    peered.builder.network.peerings[peered.peering].firewall = Some(firewall);
    peered.builder.border(firewall, Border::Vpc).rules.egress.push(deny());
    assert_eq!(peered.story().fate, ANSWERED);
    let to_b = far_side(deny(), Direction::Egress, "10.0.1.1");
    peered.builder.border(firewall, Border::Vpc).rules.ingress.push(to_b);
    assert_eq!(lost(&peered.story().request), "Filter");
}

#[test]
fn the_nat_border_sees_private_addresses() {
    let mut pair = gateways::behind_nat();
    let firewall = pair.builder.cloud_firewall();
    let nat = pair.builder.network.nat_gateways.ids().next().unwrap();
    pair.builder.network.nat_gateways[nat].firewall = Some(firewall);
    let header = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let story = |pair: &Pair| told(&pair.builder, inside(pair.a), header, Endpoint::Internet);
    assert_eq!(story(&pair).fate, ANSWERED);
    let border = pair.builder.border(firewall, Border::Nat);
    border.default = Action::Deny;
    border.rules.egress.push(far_side(allow(), Direction::Ingress, "10.0.0.1"));
    assert_eq!(story(&pair).fate, ANSWERED, "and the reply passes as one");
    pair.builder.network.cloud_firewalls[firewall].stateful = false;
    let without_state = story(&pair);
    assert_eq!(without_state.fate, DELIVERED);
    assert_eq!(lost(without_state.reply.as_ref().unwrap()), "Filter", "ingress, as it is then");
}
