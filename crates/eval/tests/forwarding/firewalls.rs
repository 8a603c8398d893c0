//! §8b, and where the firewalls of hosts are asked (§§2, 6).

use canreach_eval::{End, Outcome, judge};
use canreach_model::{
    Chain, ChainRule, ChainVerdict, Checkpoint, ConnectionState, Direction, HookPoint, InterfaceId,
    Layer, Policy, ProfileName, RouteTarget, RuleOwner, RuleRef,
};
use canreach_net::{Header, Icmp, Protocol, Transport};

use crate::{
    lab::{Lab, Narrow, allow, at, outcomes, ping, plain, tcp, udp},
    parts::{base, chain, when},
};

const SSH: &str = "10.0.1.10:40000 -> 10.0.2.20:22";

struct Pair {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
}

/// Two hosts in two subnets.
fn pair() -> Pair {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8:0:1::/64");
    let far = lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:2::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8:0:1::10");
    let db = lab.host(far, "10.0.2.20 2001:db8:0:2::20");
    Pair { lab, web, db }
}

fn input(policy: Policy, rules: Vec<ChainRule>) -> Chain {
    base(HookPoint::Input, policy, rules)
}

/// A rule for TCP port 22, or any other.
fn ssh(verdict: ChainVerdict) -> ChainRule {
    when(allow().protocol(Protocol::TCP).ports("22"), verdict)
}

fn any(verdict: ChainVerdict) -> ChainRule {
    when(allow(), verdict)
}

/// What the chains decide about an SSH request that is received.
fn decide(chains: Vec<Chain>) -> (Outcome, canreach_model::InstanceId) {
    let Pair { mut lab, db, .. } = pair();
    let layer = lab.put_firewall(db, chains);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    (judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation), lab.instance(db))
}

/// The rule at a position of a chain lets the packet through, or stops it; `None` is the policy.
fn expect(chains: Vec<Chain>, passes: bool, chain: usize, index: Option<usize>) {
    let (outcome, instance) = decide(chains);
    let owner = RuleOwner::HostChain(instance, chain);
    let rule = |index| RuleRef { owner, direction: Direction::Ingress, index };
    let expected = match (index, passes) {
        (Some(index), true) => Outcome::Allowed(rule(index)),
        (Some(index), false) => Outcome::Denied(Some(rule(index))),
        (None, true) => Outcome::AllowedByDefault(owner),
        (None, false) => Outcome::DeniedByDefault(owner),
    };
    assert_eq!(outcome, expected);
    assert_eq!(outcome.passes(), passes);
}

#[test]
fn rules_are_tried_in_order_and_then_the_policy() {
    use ChainVerdict::{Accept, Drop, Reject};
    expect(vec![input(Policy::Drop, vec![ssh(Accept), any(Drop)])], true, 0, Some(0));
    expect(vec![input(Policy::Accept, vec![ssh(Drop), any(Accept)])], false, 0, Some(0));
    expect(vec![input(Policy::Accept, vec![ssh(Reject), any(Accept)])], false, 0, Some(0));
    let other = || when(allow().protocol(Protocol::UDP), Accept);
    expect(vec![input(Policy::Accept, vec![other(), any(Drop)])], false, 0, Some(1));
    expect(vec![input(Policy::Drop, vec![other()])], false, 0, None);
    expect(vec![input(Policy::Accept, vec![])], true, 0, None);
}

#[test]
fn a_hook_without_base_chains_lets_everything_through() {
    let drop = || vec![any(ChainVerdict::Drop)];
    let chains = vec![
        base(HookPoint::Output, Policy::Drop, drop()),
        base(HookPoint::Forward, Policy::Drop, drop()),
        chain(drop()),
    ];
    assert_eq!(decide(chains).0, Outcome::Unfiltered);
}

#[test]
fn each_base_chain_must_let_the_packet_pass() {
    use ChainVerdict::{Accept, Drop};
    let pass = || input(Policy::Drop, vec![ssh(Accept)]);
    let neutral = || input(Policy::Accept, vec![]);
    expect(vec![pass(), input(Policy::Accept, vec![any(Drop)])], false, 1, Some(0));
    expect(vec![input(Policy::Drop, vec![]), pass()], false, 0, None);
    // The last rule that someone wrote is told, before a policy.
    expect(vec![pass(), neutral()], true, 0, Some(0));
    expect(vec![neutral(), pass(), neutral()], true, 1, Some(0));
    expect(vec![pass(), pass()], true, 1, Some(0));
    expect(vec![neutral(), neutral()], true, 1, None);
}

#[test]
fn a_jump_comes_back_after_it() {
    use ChainVerdict::{Accept, Drop, Jump, Return};
    let first = |rest| input(Policy::Drop, vec![ssh(Jump(1)), rest]);
    expect(vec![first(any(Drop)), chain(vec![any(Accept)])], true, 1, Some(0));
    expect(vec![first(any(Accept)), chain(vec![any(Drop)])], false, 1, Some(0));
    expect(vec![first(any(Accept)), chain(vec![])], true, 0, Some(1));
    expect(vec![first(any(Accept)), chain(vec![any(Return), any(Drop)])], true, 0, Some(1));
    // Only the rule that matches jumps.
    let other = when(allow().protocol(Protocol::UDP), Jump(1));
    expect(vec![input(Policy::Drop, vec![other]), chain(vec![any(Accept)])], false, 0, None);
    // Two levels down and back.
    let chains = vec![
        first(any(Drop)),
        chain(vec![any(Jump(2)), any(Accept)]),
        chain(vec![any(Return), any(Drop)]),
    ];
    expect(chains, true, 1, Some(1));
}

#[test]
fn a_goto_comes_back_to_where_its_chain_was_jumped_to_from() {
    use ChainVerdict::{Accept, Drop, Goto, Jump, Return};
    // From a base chain: its policy.
    let first = |policy| input(policy, vec![any(Goto(1)), any(Drop)]);
    expect(vec![first(Policy::Accept), chain(vec![])], true, 0, None);
    expect(vec![first(Policy::Drop), chain(vec![any(Return)])], false, 0, None);
    expect(vec![first(Policy::Drop), chain(vec![any(Accept)])], true, 1, Some(0));
    expect(vec![first(Policy::Accept), chain(vec![any(Drop)])], false, 1, Some(0));
    // From another chain: to the rule after the jump.
    let chains = vec![
        input(Policy::Drop, vec![any(Jump(1)), any(Accept)]),
        chain(vec![any(Goto(2)), any(Drop)]),
        chain(vec![]),
    ];
    expect(chains, true, 0, Some(1));
}

#[test]
fn a_return_in_a_base_chain_is_its_policy() {
    use ChainVerdict::{Accept, Drop, Return};
    expect(vec![input(Policy::Drop, vec![ssh(Return), any(Accept)])], false, 0, None);
    expect(vec![input(Policy::Accept, vec![ssh(Return), any(Drop)])], true, 0, None);
}

#[test]
fn a_rule_of_interfaces_wants_those_of_the_packet() {
    let Pair { mut lab, web, db } = pair();
    let named = |input, output| ChainRule { input, output, ..any(ChainVerdict::Accept) };
    for (hook, direction) in
        [(HookPoint::Input, Direction::Ingress), (HookPoint::Output, Direction::Egress)]
    {
        let received = direction == Direction::Ingress;
        for (rule, matches) in [
            (named(Some(db), None), received),
            (named(None, Some(db)), !received),
            (named(Some(web), None), false),
            (named(None, Some(web)), false),
            (named(Some(db), Some(db)), false),
            (named(None, None), true),
        ] {
            let layer = lab.put_firewall(db, vec![base(hook, Policy::Drop, vec![rule])]);
            let checkpoint = Checkpoint { layer, direction };
            let outcome = judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation);
            assert_eq!(outcome.passes(), matches);
        }
    }
}

#[test]
fn hosts_know_no_security_groups() {
    let Pair { mut lab, db, .. } = pair();
    let open = lab.open;
    let of_group = when(allow().source_group(open), ChainVerdict::Accept);
    let layer = lab.put_firewall(db, vec![input(Policy::Drop, vec![of_group])]);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert!(!judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation).passes());
}

#[test]
fn what_is_no_instance_or_has_no_known_firewall_is_not_examined() {
    let Pair { mut lab, db, .. } = pair();
    let checkpoint = Checkpoint { layer: Layer::HostFirewall(db), direction: Direction::Ingress };
    let outcome = judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation);
    assert_eq!(outcome, Outcome::NotExamined);
    lab.network.interfaces[db].owner = canreach_model::InterfaceOwner::Service;
    let outcome = judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation);
    assert_eq!(outcome, Outcome::NotExamined);
}

#[test]
fn a_request_is_new() {
    for (states, passes) in [
        (vec![ConnectionState::New], true),
        (vec![ConnectionState::Established, ConnectionState::New], true),
        (vec![ConnectionState::Established, ConnectionState::Invalid], false),
        (vec![], false),
    ] {
        let rule = ChainRule { states: Some(states), ..any(ChainVerdict::Accept) };
        let (outcome, _) = decide(vec![input(Policy::Drop, vec![rule])]);
        assert_eq!(outcome.passes(), passes);
    }
}

/// The states in which a firewall sees a reply: that of `web`, which saw the request, and that of
/// another interface of `db`, which sends the reply to what the first one received.
fn reply_states(header: Header) -> [Vec<ConnectionState>; 2] {
    let states = [ConnectionState::New, ConnectionState::Established, ConnectionState::Invalid];
    let passes = |state: &ConnectionState, saw: bool| {
        let Pair { mut lab, web, db } = pair();
        let far = lab.network.interfaces[db].subnet;
        let inner = lab.sibling(db, far, "10.0.2.99 2001:db8:0:2::99");
        let table = lab.default_table(lab.network.vpc_of(web));
        for block in ["10.0.2.99/32", "2001:db8:0:2::99/128"] {
            lab.route(table, block, RouteTarget::Interface(db));
        }
        let rules = vec![ChainRule { states: Some(vec![*state]), ..any(ChainVerdict::Accept) }];
        if saw {
            lab.put_firewall(web, vec![input(Policy::Drop, rules)]);
        } else {
            lab.put_firewall(db, vec![base(HookPoint::Output, Policy::Drop, rules)]);
        }
        let trip = lab.ask(at(web), header, at(inner));
        assert!(trip.delivered());
        trip.answered()
    };
    [true, false].map(|saw| states.iter().copied().filter(|it| passes(it, saw)).collect())
}

#[test]
fn the_state_of_a_reply_is_what_the_layer_saw() {
    use ConnectionState::{Established, Invalid, New};
    let ports = "10.0.1.10:40000 -> 10.0.2.99:22";
    let v4 = "10.0.1.10 -> 10.0.2.99";
    let v6 = "2001:db8:0:1::10 -> 2001:db8:0:2::99";
    let echo = Icmp { kind: 128, code: 0 };
    for (header, unseen) in [
        (tcp(ports), Invalid),
        (udp(ports), New),
        (ping(v4), Invalid),
        (plain(v6, Transport::Icmpv6(echo)), Invalid),
        (plain(v4, Transport::Other(Protocol::GRE)), New),
    ] {
        assert_eq!(reply_states(header), [vec![Established], vec![unseen]], "{header}");
    }
}

#[test]
fn no_reply_passes_for_its_state_alone() {
    let Pair { mut lab, web, db } = pair();
    let layer = lab.put_firewall(web, vec![input(Policy::Drop, vec![])]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.reply.unwrap().end, End::Denied(checkpoint));
}

#[test]
fn on_the_way_out_the_host_comes_before_its_groups_and_on_the_way_in_after() {
    let Pair { mut lab, web, db } = pair();
    let out = lab.put_firewall(web, vec![base(HookPoint::Output, Policy::Accept, vec![])]);
    let into = lab.put_firewall(db, vec![input(Policy::Accept, vec![])]);
    let layers = |lab: &Lab| {
        let request = lab.ask(at(web), tcp(SSH), at(db)).request;
        let layers: Vec<_> = request.decisions().map(|it| it.checkpoint.layer).collect();
        layers
    };
    let groups = [web, db].map(Layer::SecurityGroups);
    let listener = Layer::Listener(lab.instance(db), Some(db));
    assert_eq!(layers(&lab), [out, groups[0], groups[1], into, listener]);
    for (interface, layer, direction, chain) in [
        (web, out, Direction::Egress, HookPoint::Output),
        (db, into, Direction::Ingress, HookPoint::Input),
    ] {
        let kept = lab.network.instances[lab.instance(interface)].firewall.clone();
        lab.put_firewall(interface, vec![base(chain, Policy::Drop, vec![])]);
        let end = lab.ask(at(web), tcp(SSH), at(db)).request.end;
        assert_eq!(end, End::Denied(Checkpoint { layer, direction }));
        let instance = lab.instance(interface);
        lab.network.instances[instance].firewall = kept;
    }
}

#[test]
fn no_firewall_judges_what_the_host_keeps() {
    let Pair { mut lab, web, .. } = pair();
    let drop = |hook| base(hook, Policy::Drop, vec![]);
    let layer = lab.put_firewall(web, vec![drop(HookPoint::Input), drop(HookPoint::Output)]);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.10:22"), at(web));
    assert!(trip.answered());
    assert!(outcomes(&trip.request, layer).is_empty());
}

#[test]
fn a_jump_that_leads_nowhere_or_round_comes_to_its_end() {
    use ChainVerdict::{Accept, Goto, Jump};
    expect(vec![input(Policy::Drop, vec![any(Jump(7)), any(Accept)])], true, 0, Some(1));
    expect(vec![input(Policy::Accept, vec![any(Goto(7))])], true, 0, None);
    let round = vec![
        input(Policy::Drop, vec![any(Jump(1)), any(Accept)]),
        chain(vec![any(Jump(2))]),
        chain(vec![any(Jump(1))]),
    ];
    expect(round, true, 0, Some(1));
}
