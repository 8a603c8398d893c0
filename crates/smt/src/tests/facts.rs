//! What the input leaves open: one header must pass whatever it is.

use canreach_model::{Layer, Polarity, ProfileName, Translator};
use canreach_net::{PortSet, Protocol};
use canreach_topology::{Condition, End, HeaderSet, Trip};

use super::build::*;
use crate::{Aim, Decision, Undecided};

#[test]
fn an_allow_rule_that_may_match_decides() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    net.group(net.db, INGRESS, [allow().tcp(22).given(fact).rule()]);
    let at = sg(net.db, INGRESS);
    let (sets, if_so) = deciding(net.judge(at, &to_db(tcp(1, 22))));
    assert_eq!(sets, [[fact]]);
    assert_eq!(if_so.valuation, values(&[(fact, true)]));
    assert_eq!(
        net.judge(at, &to_db(tcp(1, 23))),
        Decision::Unreachable,
        "it does not matter there"
    );
    net.group(net.db, INGRESS, [allow().tcp(22).rule()]);
    let witness = reachable(net.judge(at, &to_db(tcp(1, 22))));
    assert!(!witness.valuation.is_true(fact), "it passes even if the fact is of no help");
}

#[test]
fn a_deny_rule_that_may_match_decides() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Hinders);
    let acl = net.acl(INGRESS, [deny().tcp(22).given(fact).rule(), allow().rule()]);
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    let (sets, if_so) = deciding(net.judge(at, &to_db(tcp(1, 22))));
    assert_eq!(sets, [[fact]]);
    assert_eq!(if_so.valuation, values(&[(fact, false)]));
    let witness = reachable(net.judge(at, &to_db(tcp(1, 23))));
    assert_eq!(witness.valuation, values(&[(fact, true)]), "the worst case, for the replay");
}

#[test]
fn a_flow_beside_the_open_rule_is_found() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Hinders);
    let acl = net.acl(
        INGRESS,
        [deny().protocol(Protocol::TCP).ports(0, 8999).given(fact).rule(), allow().rule()],
    );
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    let trips = [trip(net.request(tcp_to(PortSet::range(0, 9999)), vec![at]), vec![])];
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.header.transport, tcp(50000, 9000));
}

#[test]
fn the_sets_of_deciding_facts_are_minimal() {
    let mut net = net(ProfileName::Aws);
    let [a, b, c] = [(); 3].map(|()| net.fact(Polarity::Helps));
    // Passes if a, or if both b and c.
    net.group(net.web, EGRESS, [allow().given(a).rule(), allow().given(b).rule()]);
    net.group(net.db, INGRESS, [allow().given(a).rule(), allow().given(c).rule()]);
    let crossings = vec![sg(net.web, EGRESS), sg(net.db, INGRESS)];
    let trips = [trip(net.request(web_to_db(), crossings), vec![])];
    let (sets, if_so) = deciding(net.decide(&trips, Aim::Delivered));
    assert_eq!(sets, [vec![a], vec![b, c]]);
    assert_eq!(if_so.valuation, values(&[(a, true), (b, false), (c, false)]));
}

#[test]
fn beyond_what_the_input_describes_everything_hangs_on_the_fact() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    let mut request = net.request(web_to_db(), vec![]);
    request.end = End::Unmodelled(fact);
    let trips = [trip(request, vec![])];
    for aim in [Aim::Delivered, Aim::Answered] {
        let (sets, if_so) = deciding(net.decide(&trips, aim));
        assert_eq!(sets, [[fact]]);
        assert_eq!((if_so.trip, if_so.reply), (0, None));
    }
    let ssh = tcp_to(PortSet::single(22));
    let mut back = net.reply(ssh.clone(), vec![]);
    back.end = End::Unmodelled(fact);
    let trips = [trip(net.request(ssh, vec![]), vec![back])];
    let (sets, if_so) = deciding(net.decide(&trips, Aim::Answered));
    assert_eq!((sets, if_so.reply), (vec![vec![fact]], Some(0)));
}

/// Two ways, one if the fact is true and one if not, each with its own open port.
fn fork(net: &mut Net, fact: canreach_model::FactId, ports: [u16; 2]) -> [Trip; 2] {
    [true, false].map(|value| {
        let port = ports[usize::from(!value)];
        let acl = net.acl(INGRESS, [allow().tcp(port).rule()]);
        let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
        let mut request = net.request(tcp_to(PortSet::all()), vec![at]);
        request.guard.conditions = vec![Condition::Fact(fact, value)];
        trip(request, vec![])
    })
}

#[test]
fn one_header_must_pass_under_both_values_of_a_disputed_setting() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Neither);
    let same = fork(&mut net, fact, [443, 443]);
    let witness = reachable(net.decide(&same, Aim::Delivered));
    assert_eq!(witness.header.transport, tcp(50000, 443));
    assert_eq!(witness.valuation, values(&[(fact, false)]));
    assert_eq!(witness.trip, 1, "the way taken if the fact is false");

    let different = fork(&mut net, fact, [443, 80]);
    let (sets, if_so) = deciding(net.decide(&different, Aim::Delivered));
    assert_eq!(sets, [[fact]], "each value lets a flow pass, no flow passes under both");
    let open = if if_so.valuation.is_true(fact) { 443 } else { 80 };
    assert_eq!(if_so.header.transport, tcp(50000, open));
    assert_eq!(if_so.trip, usize::from(!if_so.valuation.is_true(fact)));
}

#[test]
fn choices_may_differ_between_the_values_of_a_disputed_setting() {
    use canreach_topology::{Crossing, HeaderView, PortView};
    let mut net = net(ProfileName::Aws);
    let (fact, nat) = (net.fact(Polarity::Neither), net.nat());
    let trips = [(true, 2000), (false, 3000)].map(|(value, port)| {
        let acl = net.acl(INGRESS, [allow().source_ports(port, port).rule()]);
        let header = HeaderView {
            source_port: PortView::Chosen(Translator::NatGateway(nat)),
            ..HeaderView::ORIGINAL
        };
        let at = Crossing { header, ..crossing(Layer::NetworkAcl(acl, net.b), INGRESS) };
        let mut request = net.request(tcp_to(PortSet::single(22)), vec![at]);
        request.guard.conditions = vec![Condition::Fact(fact, value)];
        trip(request, vec![])
    });
    let witness = reachable(net.decide(&trips, Aim::Delivered));
    assert_eq!(witness.choices, chosen(&[(nat, 3000)]));
    assert_eq!(witness.intermittent, Some(chosen(&[(nat, 1024)])));
}

#[test]
fn too_many_disputed_settings_are_a_limit() {
    let mut net = net(ProfileName::Aws);
    let facts = [(); 7].map(|()| net.fact(Polarity::Neither));
    let acl = net.acl(INGRESS, facts.map(|fact| allow().given(fact).rule()));
    let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
    let decision = net.judge(at, &to_db(tcp(1, 2)));
    let Decision::Unknown(Undecided::Limit { reason }) = decision else { panic!("{decision:?}") };
    assert_eq!(reason, "7 disputed settings matter together");
    let six = net.acl(INGRESS, facts.into_iter().take(6).map(|fact| allow().given(fact).rule()));
    let at = crossing(Layer::NetworkAcl(six, net.b), INGRESS);
    let (sets, _) = deciding(net.judge(at, &to_db(tcp(1, 2))));
    assert_eq!(sets.len(), 6, "each alone");
}

#[test]
fn a_disputed_default_priority_decides_only_where_order_matters() {
    // Huawei: without a priority a rule has 1 if the fact is true, 100 if not.
    let mut net = net(ProfileName::Huawei);
    let fact = net.network.facts.ids().next().unwrap();
    let rules = [allow().tcp(22).rule(), deny().priority(50).rule()];
    net.group(net.db, INGRESS, rules);
    let at = sg(net.db, INGRESS);
    let (sets, if_so) = deciding(net.judge(at, &to_db(tcp(1, 22))));
    assert_eq!(sets, [[fact]]);
    assert!(if_so.valuation.is_true(fact), "1 comes before 50");
    assert_eq!(net.judge(at, &to_db(tcp(1, 23))), Decision::Unreachable);

    let mut other = self::net(ProfileName::Huawei);
    other.group(other.db, INGRESS, [allow().tcp(22).rule(), allow().priority(50).rule()]);
    let witness = reachable(other.judge(sg(other.db, INGRESS), &to_db(tcp(1, 22))));
    assert_eq!(witness.valuation, values(&[]), "nothing denies, so no order matters");
}

#[test]
fn disputed_settings_and_open_rules_mix() {
    let mut net = net(ProfileName::Aws);
    let (either, helps) = (net.fact(Polarity::Neither), net.fact(Polarity::Helps));
    let trips = fork(&mut net, either, [443, 80]).map(|mut it| {
        net.group(net.db, INGRESS, [allow().given(helps).rule()]);
        it.request.steps[0].crossings.push(sg(net.db, INGRESS));
        it
    });
    let (sets, if_so) = deciding(net.decide(&trips, Aim::Delivered));
    assert_eq!(sets, [[either, helps]]);
    assert!(if_so.valuation.is_true(helps));
}

#[test]
fn one_header_is_of_one_family() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Neither);
    let v6 = HeaderSet::between(addresses("2001:db8::10"), addresses("2001:db8::20"));
    let trips = [(true, web_to_db()), (false, v6)].map(|(value, headers)| {
        let mut request = net.request(headers, vec![]);
        request.guard.conditions = vec![Condition::Fact(fact, value)];
        trip(request, vec![])
    });
    let (sets, _) = deciding(net.decide(&trips, Aim::Delivered));
    assert_eq!(sets, [[fact]], "over IPv4 if it is true, over IPv6 if not, never both");
}

#[test]
fn each_set_of_deciding_facts_tells_its_own_values() {
    let mut net = net(ProfileName::Aws);
    let facts = [(); 2].map(|()| net.fact(Polarity::Neither));
    // Each disputed setting opens the port by itself, one when it is true, one when it is false.
    let [a, b] = facts;
    let trips = [(a, true), (b, false)].map(|(fact, value)| {
        let mut request = net.request(tcp_to(PortSet::single(22)), vec![]);
        request.guard.conditions = vec![Condition::Fact(fact, value)];
        trip(request, vec![])
    });
    let decision = net.decide(&trips, Aim::Delivered);
    let Decision::Unknown(Undecided::Facts { sets, .. }) = decision else { panic!("{decision:?}") };
    assert_eq!(sets, [vec![(a, true)], vec![(b, false)]]);
}
