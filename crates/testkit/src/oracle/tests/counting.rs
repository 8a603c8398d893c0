//! The brute force: every value of the facts, every choice.

use super::{gateways::behind_nat, *};
use crate::builder::{allow, deny, far_side, ports};

// The brute force.

#[test]
fn reachable_means_one_flow_for_every_value_of_the_facts() {
    // Port 3 passes if the fact is true, port 4 if it is false: no one flow passes always.
    let mut pair = Pair::new(ProfileName::Huawei);
    pair.builder.network.vpcs[pair.vpc].profile.security_group.default_priority =
        Setting::Decided(100);
    let fact = pair.builder.fact(Polarity::Neither);
    let only = |mut rule: Rule, port, unresolved| {
        rule = ports(rule, Protocol::TCP, port, port);
        rule.matches.unresolved = unresolved;
        rule
    };
    let rules =
        vec![only(allow(), 3, Some(fact)), only(deny(), 4, Some(fact)), only(allow(), 4, None)];
    pair.builder.group(&[pair.b], rules, vec![]);
    let network = pair.builder.build();
    let mut question = Question::new(
        inside(pair.a),
        vec![address("10.0.0.1")],
        inside(pair.b),
        vec![address("10.0.0.5")],
    );
    let universe = Universe::of(&network);
    assert_eq!(brute_force(&network, &question, &universe).answered, Truth::Unknown);
    question.ports = PortSet::single(5);
    assert_eq!(brute_force(&network, &question, &universe).answered, Truth::Unreachable);
    assert_eq!(
        all_valuations(&network).len(),
        8,
        "and the two facts that the profile brought along"
    );
}

#[test]
fn every_choice_is_tried() {
    // The gateway's ACL lets only replies to port 6 back in: only that choice is answered.
    let mut pair = behind_nat();
    pair.builder.network.vpcs[pair.vpc].profile.network_acl.stateful = false;
    let inside_only = far_side(allow(), Direction::Ingress, "10.0.0.0/28");
    let ingress = vec![inside_only, ports(allow(), Protocol::TCP, 6, 6)];
    pair.builder.acl(&[pair.subnets[1]], ingress, vec![allow()]);
    let network = pair.builder.build();
    let question = Question::new(
        inside(pair.a),
        vec![address("10.0.0.1")],
        Endpoint::Internet,
        vec![address("198.51.100.1")],
    );
    let universe = Universe::of(&network);
    assert_eq!(all_choices(&network, &universe.nat_ports).len(), 2);
    let answer = brute_force(&network, &question, &universe);
    assert_eq!(answer.answered, Truth::Reachable);
    let witness = answer.answered_by.unwrap();
    assert_eq!(witness.transport.protocol(), Protocol::TCP);
    let first = fate(
        &network,
        question.from,
        witness,
        question.to,
        &Valuation::default(),
        &Choices::default(),
    );
    assert_eq!(first, DELIVERED, "not with the first port");
}

#[test]
fn a_port_that_only_the_question_names_is_asked() {
    let pair = Pair::new(ProfileName::Generic);
    let network = pair.builder.build();
    let universe = Universe::of(&network);
    assert!(!universe.ports.contains(&443));
    let own = (vec![address("10.0.0.1")], vec![address("10.0.0.5")]);
    let mut question = Question::new(inside(pair.a), own.0, inside(pair.b), own.1);
    question.ports = PortSet::single(443);
    let asked = headers(&network, &question, &universe);
    let ports: Vec<u16> = asked
        .iter()
        .filter_map(|header| header.transport.ports())
        .map(|ports| ports.destination)
        .collect();
    assert!(!ports.is_empty() && ports.iter().all(|port| *port == 443));
    assert_eq!(ports.len(), asked.len(), "a port leaves only protocols that have ports");
    assert_eq!(brute_force(&network, &question, &universe).answered, Truth::Reachable);
}
