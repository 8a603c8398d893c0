//! The states of connections and the interfaces in the rules of a host (`docs/forwarding.md` §8b).

use canreach_model::{
    Chain, ChainRule, ChainVerdict,
    ChainVerdict::{Accept, Drop},
    ConnectionState::{Established, Invalid, New},
    HookPoint, InterfaceId, InterfaceOwner, Layer, Policy, ProfileName,
};
use canreach_net::{Header, Icmp, Protocol, ProtocolSet, Transport};
use canreach_topology::Crossing;

use super::{
    build::*,
    chains::{always, at_host, base, host, input, with},
};
use crate::{Aim, Decision};

fn in_state(states: &[canreach_model::ConnectionState], verdict: ChainVerdict) -> ChainRule {
    ChainRule { states: Some(states.to_vec()), ..always(verdict) }
}

/// Whether a reply passes the firewall on its way out of `db`.
fn leaves(chains: Vec<Chain>, known: bool, transport: Transport) -> bool {
    let mut net = with(chains);
    // What is answered: every request, at once.
    let at = Crossing { known, ..of_reply(crossing(Layer::HostFirewall(net.db), EGRESS)) };
    replied(&mut net, at, &to_db(transport))
}

fn replied(net: &mut Net, at: Crossing, request: &Header) -> bool {
    let headers = only(request);
    let trips = [trip(net.request(headers.clone(), vec![]), vec![net.reply(headers, vec![at])])];
    match net.decide(&trips, Aim::Answered) {
        Decision::Reachable(_) => true,
        Decision::Unreachable => false,
        Decision::Unknown(why) => panic!("{why:?}"),
    }
}

#[test]
fn a_connection_has_the_state_that_its_packet_and_the_record_say() {
    let ping = icmp(8, 0);
    let gre = Transport::Other(Protocol::GRE);
    for state in [New, Established, Invalid] {
        let only = |point| base(point, Policy::Drop, vec![in_state(&[state], Accept)]);
        let net = with(vec![only(HookPoint::Input)]);
        for transport in [tcp(1, 2), udp(1, 2), ping, gre] {
            let asked = net.passes(at_host(&net), &to_db(transport));
            assert_eq!(asked, state == New, "a request over {transport:?}, {state:?}");
        }
        for (transport, unseen) in [(tcp(1, 2), Invalid), (udp(1, 2), New), (ping, Invalid)] {
            let reply = |known| leaves(vec![only(HookPoint::Output)], known, transport);
            assert_eq!(reply(true), state == Established, "seen, {transport:?}, {state:?}");
            assert_eq!(reply(false), state == unseen, "not seen, {transport:?}, {state:?}");
        }
    }
    let gre_reply = |known| {
        leaves(
            vec![base(HookPoint::Output, Policy::Drop, vec![in_state(&[New], Accept)])],
            known,
            gre,
        )
    };
    assert!(gre_reply(false) && !gre_reply(true));
}

#[test]
fn icmpv6_is_invalid_too() {
    let mut net =
        with(vec![base(HookPoint::Output, Policy::Accept, vec![in_state(&[Invalid], Drop)])]);
    let at = of_reply(crossing(Layer::HostFirewall(net.db), EGRESS));
    let ping = Transport::Icmpv6(Icmp { kind: 128, code: 0 });
    let echo = header("2001:db8::10", "2001:db8::20", ping);
    assert!(!replied(&mut net, at, &echo));
    assert!(replied(&mut net, Crossing { known: true, ..at }, &echo));
}

#[test]
fn several_states_match_any_of_them_and_none_match_nothing() {
    let states = |states: &[_]| {
        let net = with(vec![input(Policy::Drop, vec![in_state(states, Accept)])]);
        net.passes(at_host(&net), &to_db(tcp(1, 2)))
    };
    assert!(states(&[Invalid, New]));
    assert!(!states(&[Invalid, Established]));
    assert!(!states(&[]));
}

#[test]
fn a_state_alone_lets_nothing_through() {
    let shut = vec![base(HookPoint::Output, Policy::Drop, vec![])];
    assert!(!leaves(shut, true, tcp(1, 2)), "established, and no rule for it");
}

/// Replies of every protocol to a request that the host did not see, with such rules.
fn unseen(rules: Vec<ChainRule>) -> (Net, Vec<canreach_topology::Trip>) {
    let net = with(vec![base(HookPoint::Output, Policy::Drop, rules)]);
    let at = of_reply(crossing(Layer::HostFirewall(net.db), EGRESS));
    let mut headers = web_to_db();
    // Only what has an answer.
    headers.icmp_types = canreach_net::RangeSet::single(8);
    headers.icmp_codes = canreach_net::RangeSet::single(0);
    let back = net.reply(headers.clone(), vec![at]);
    let trips = vec![trip(net.request(headers, vec![]), vec![back])];
    (net, trips)
}

#[test]
fn the_state_of_a_reply_depends_on_its_protocol() {
    let open = |rules| {
        let (net, trips) = unseen(rules);
        let open = |number: u8| {
            let mut trips = trips.clone();
            for trip in &mut trips {
                for walk in std::iter::once(&mut trip.request).chain(&mut trip.replies) {
                    walk.guard.headers.protocols = ProtocolSet::single(number);
                }
            }
            net.decide(&trips, Aim::Answered) != Decision::Unreachable
        };
        [6, 17, 1, 58, 47].map(open)
    };
    assert_eq!(open(vec![in_state(&[New], Accept)]), [false, true, false, false, true]);
    assert_eq!(open(vec![in_state(&[Invalid], Accept)]), [true, false, true, true, false]);
    assert_eq!(open(vec![in_state(&[New, Invalid], Accept)]), [true; 5]);
    assert_eq!(open(vec![in_state(&[Established], Accept)]), [false; 5]);
    let (net, trips) = unseen(vec![in_state(&[New], Accept)]);
    let witness = reachable(net.decide(&trips, Aim::Answered));
    assert_eq!(witness.header.transport, udp(50000, 443), "the first that is not tracked");
}

#[test]
fn interfaces_are_those_by_which_a_packet_comes_and_leaves() {
    let mut net = net(ProfileName::Generic);
    let inside = add_interface(&mut net.network, net.a, &["10.0.1.99"]);
    let (db, other) = (net.db, inside);
    let rule = |input, output| ChainRule { input, output, ..always(Accept) };
    // Whether the rule matches on the way in, out, from `db` to `inside`, and back.
    let cases: [(Option<InterfaceId>, Option<InterfaceId>, [bool; 4]); 8] = [
        (None, None, [true, true, true, true]),
        (Some(db), None, [true, false, true, false]),
        (None, Some(db), [false, true, false, true]),
        (Some(other), None, [false, false, false, true]),
        (None, Some(other), [false, false, true, false]),
        (Some(db), Some(other), [false, false, true, false]),
        (Some(db), Some(db), [false, false, false, false]),
        (Some(other), Some(db), [false, false, false, true]),
    ];
    for (input, output, expected) in cases {
        let points = [HookPoint::Input, HookPoint::Output, HookPoint::Forward];
        let chains = points.map(|point| base(point, Policy::Drop, vec![rule(input, output)]));
        let vm = host(&mut net, chains.to_vec());
        net.network.interfaces[inside].owner = InterfaceOwner::Instance(vm);
        let found = [
            crossing(Layer::HostFirewall(db), INGRESS),
            crossing(Layer::HostFirewall(db), EGRESS),
            crossing(Layer::HostForwarding(db, inside), INGRESS),
            crossing(Layer::HostForwarding(inside, db), INGRESS),
        ]
        .map(|at| net.passes(at, &to_db(tcp(1, 2))));
        assert_eq!(found, expected, "{input:?} {output:?}");
    }
}
