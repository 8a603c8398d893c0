//! Random chains, borders and packets: the formulas against rules read one after another.

use canreach_model::{
    Action, Border, BorderRules, Chain, ChainRule, ChainVerdict, CloudFirewall, ConnectionState,
    HookPoint, InterfaceId, Layer, PacketMatch, Pass, Policy, ProfileName, Rule, RuleSet,
};
use canreach_net::{
    Family, Header, Icmp, PortSet, Ports, Protocol, ProtocolSet, RangeSet, Transport,
};
use canreach_topology::{Crossing, HeaderSet};
use proptest::prelude::*;

use super::{
    build::*,
    chains::{called, host},
    matcher::{first_match, matches, packet, packet_match, rule, side},
};
use crate::{Aim, Decision};

/// A packet before a firewall of a host.
#[derive(Clone, Copy)]
struct Before<'c> {
    chains: &'c [Chain],
    header: &'c Header,
    state: ConnectionState,
    input: Option<InterfaceId>,
    output: Option<InterfaceId>,
}

impl Before<'_> {
    /// Whether the packet passes every base chain of the hook.
    fn passes(self, hook: HookPoint) -> bool {
        let bases = (0..self.chains.len())
            .filter(|at| self.chains[*at].base.is_some_and(|(point, _)| point == hook));
        let policy = |at: usize| self.chains[at].base.is_some_and(|(_, it)| it == Policy::Accept);
        bases.into_iter().all(|at| self.run(at).unwrap_or_else(|| policy(at)))
    }

    /// Runs through a chain: whether the packet is accepted there, or `None` if it comes back.
    fn run(self, at: usize) -> Option<bool> {
        for rule in self.chains[at].rules.iter().filter(|rule| self.matches(rule)) {
            match rule.verdict {
                ChainVerdict::Accept => return Some(true),
                ChainVerdict::Drop | ChainVerdict::Reject => return Some(false),
                ChainVerdict::Return => return None,
                ChainVerdict::Goto(to) => return self.run(to),
                ChainVerdict::Jump(to) => {
                    if let Some(decided) = self.run(to) {
                        return Some(decided);
                    }
                }
            }
        }
        None
    }

    fn matches(self, rule: &ChainRule) -> bool {
        matches(&rule.matches, self.header)
            && rule.states.as_ref().is_none_or(|states| states.contains(&self.state))
            && (rule.input.is_none() || rule.input == self.input)
            && (rule.output.is_none() || rule.output == self.output)
    }
}

const CHAINS: usize = 5;

/// Rules as of a host with two interfaces, of the chain at `at`: they lead only to later ones.
fn chain_rule(at: usize) -> impl Strategy<Value = ChainRule> {
    let later = move || at + 1..CHAINS + 1;
    let verdict = prop_oneof![
        4 => Just(ChainVerdict::Accept),
        3 => Just(ChainVerdict::Drop),
        1 => Just(ChainVerdict::Reject),
        2 => Just(ChainVerdict::Return),
        4 => later().prop_map(ChainVerdict::Jump),
        4 => later().prop_map(ChainVerdict::Goto),
    ];
    // There is no chain behind the last.
    let verdict = verdict.prop_map(|verdict| match verdict {
        ChainVerdict::Jump(CHAINS..) | ChainVerdict::Goto(CHAINS..) => ChainVerdict::Return,
        ChainVerdict::Accept
        | ChainVerdict::Drop
        | ChainVerdict::Reject
        | ChainVerdict::Jump(_)
        | ChainVerdict::Goto(_)
        | ChainVerdict::Return => verdict,
    });
    let states = [ConnectionState::New, ConnectionState::Established, ConnectionState::Invalid];
    let states = proptest::sample::subsequence(states.to_vec(), 1..3);
    let everything = || allow().rule().matches;
    let source = side().prop_map(move |source| PacketMatch { source, ..everything() });
    let port = (0..8_u16, 0..8_u16).prop_map(move |(first, last)| PacketMatch {
        destination_ports: PortSet::range(first, last),
        ..everything()
    });
    let matches = prop_oneof![1 => Just(everything()), 3 => source, 2 => port, 2 => packet_match()];
    let interface = || proptest::option::weighted(0.15, 0..2_usize);
    (matches, verdict, proptest::option::weighted(0.3, states), interface(), interface()).prop_map(
        |(matches, verdict, states, input, output)| {
            let ids = net(ProfileName::Generic);
            let interface = |at: usize| [ids.web, ids.db][at];
            ChainRule {
                name: None,
                matches,
                states,
                input: input.map(interface),
                output: output.map(interface),
                verdict,
                origin: origin(),
            }
        },
    )
}

fn base() -> impl Strategy<Value = (HookPoint, Policy)> {
    let hooks = [HookPoint::Input, HookPoint::Output, HookPoint::Forward];
    let policy = prop_oneof![Just(Policy::Accept), Just(Policy::Drop)];
    (proptest::sample::select(hooks.to_vec()), policy)
}

fn chain(at: usize) -> impl Strategy<Value = Chain> {
    proptest::collection::vec(chain_rule(at), 0..5).prop_map(called)
}

fn firewall() -> impl Strategy<Value = Vec<Chain>> {
    let chains = (chain(0), chain(1), chain(2), chain(3), chain(4));
    (base(), proptest::option::of(base()), chains).prop_map(|(one, other, (a, b, c, d, e))| {
        let mut chains = vec![a, b, c, d, e];
        chains[0].base = Some(one);
        chains[1].base = other;
        // No chain leads to a base chain.
        let is_base: Vec<bool> = chains.iter().map(|chain| chain.base.is_some()).collect();
        for rule in chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            if let ChainVerdict::Jump(to) | ChainVerdict::Goto(to) = &mut rule.verdict
                && is_base[*to]
            {
                *to += 1;
            }
        }
        chains
    })
}

/// A packet that has an answer.
fn answerable() -> impl Strategy<Value = Header> {
    let ping = |header: &Header| match header.family() {
        Family::V4 => Transport::Icmp(Icmp { kind: 8, code: 0 }),
        Family::V6 => Transport::Icmpv6(Icmp { kind: 128, code: 0 }),
    };
    (packet(), 0..4_u8).prop_map(move |(header, kind)| {
        let ports = header.transport.ports().unwrap_or(Ports { source: 3, destination: 4 });
        let transport = match kind {
            0 => Transport::Tcp(ports),
            1 => Transport::Udp(ports),
            2 => ping(&header),
            _ => Transport::Other(Protocol::GRE),
        };
        Header { transport, ..header }
    })
}

/// What a host makes of a reply whose request it saw, or not.
fn state_of(reply: &Header, known: bool) -> ConnectionState {
    match reply.transport {
        _ if known => ConnectionState::Established,
        Transport::Tcp(_) | Transport::Icmp(_) | Transport::Icmpv6(_) => ConnectionState::Invalid,
        Transport::Udp(_) | Transport::Other(_) => ConnectionState::New,
    }
}

/// All headers of a family that have an answer.
fn answered(family: Family) -> HeaderSet {
    let (kind, Protocol(absent)) = match family {
        Family::V4 => (8, Protocol::ICMPV6),
        Family::V6 => (128, Protocol::ICMP),
    };
    HeaderSet {
        protocols: ProtocolSet::single(absent).complement(),
        icmp_types: RangeSet::single(kind),
        icmp_codes: RangeSet::single(0),
        ..of_family(family)
    }
}

/// The layers of a host with the interfaces `web` and `db`, and what a packet meets there.
fn layers(net: &Net) -> [(Crossing, HookPoint, Option<InterfaceId>, Option<InterfaceId>); 4] {
    let (web, db) = (net.web, net.db);
    let forwarding = |from, to| crossing(Layer::HostForwarding(from, to), INGRESS);
    [
        (crossing(Layer::HostFirewall(db), INGRESS), HookPoint::Input, Some(db), None),
        (crossing(Layer::HostFirewall(db), EGRESS), HookPoint::Output, None, Some(db)),
        (forwarding(db, web), HookPoint::Forward, Some(db), Some(web)),
        (forwarding(web, web), HookPoint::Forward, Some(web), Some(web)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chains_decide_requests_as_their_rules_do_one_after_another(
        chains in firewall(),
        packets in proptest::collection::vec(packet(), 1..3),
    ) {
        let mut net = net(ProfileName::Generic);
        let vm = host(&mut net, chains.clone());
        net.network.interfaces[net.web].owner = canreach_model::InterfaceOwner::Instance(vm);
        for header in &packets {
            for (at, hook, input, output) in layers(&net) {
                let state = ConnectionState::New;
                let before = Before { chains: &chains, header, state, input, output };
                prop_assert_eq!(net.passes(at, header), before.passes(hook), "{:?} {}", hook, header);
            }
        }
    }

    #[test]
    fn chains_decide_replies_of_every_protocol_at_once_as_one_after_another(
        chains in firewall(),
        header in answerable(),
        known in any::<bool>(),
    ) {
        let mut net = net(ProfileName::Generic);
        let vm = host(&mut net, chains.clone());
        net.network.interfaces[net.web].owner = canreach_model::InterfaceOwner::Instance(vm);
        for (at, hook, input, output) in layers(&net) {
            let at = Crossing { known, ..of_reply(at) };
            let passes = |request: &Header| {
                let reply = request.reply().unwrap();
                let state = state_of(&reply, known);
                Before { chains: &chains, header: &reply, state, input, output }.passes(hook)
            };
            let ask = |headers: HeaderSet| {
                let mut back = net.reply(headers.clone(), vec![at]);
                back.pass = Pass::Reply;
                net.decide(&[trip(net.request(headers, vec![]), vec![back])], Aim::Answered)
            };
            let alone = ask(only(&header));
            prop_assert_eq!(alone != Decision::Unreachable, passes(&header), "{:?} {}", hook, header);
            match ask(answered(header.family())) {
                Decision::Reachable(witness) => prop_assert!(passes(&witness.header)),
                Decision::Unreachable => prop_assert!(!passes(&header)),
                Decision::Unknown(why) => prop_assert!(false, "{:?}", why),
            }
        }
    }

    #[test]
    fn a_border_decides_as_its_lists_do_one_after_another(
        lists in proptest::collection::vec(proptest::collection::vec(rule(), 0..4), 4),
        allows in any::<bool>(),
        packets in proptest::collection::vec(packet(), 1..4),
    ) {
        let mut net = net(ProfileName::Huawei);
        let [white, black, ingress, egress]: [Vec<Rule>; 4] = lists.try_into().unwrap();
        let default = if allows { Action::Allow } else { Action::Deny };
        let border = BorderRules {
            white_list: white.clone(),
            black_list: black.clone(),
            rules: RuleSet { ingress: ingress.clone(), egress: egress.clone() },
            default,
        };
        let firewall = net.network.cloud_firewalls.push(CloudFirewall {
            meta: meta("cfw"),
            stateful: true,
            internet: BorderRules::default(),
            vpc: BorderRules::default(),
            nat: border,
        });
        let names = |list: &[Rule], header: &Header| {
            list.iter().any(|rule| matches(&rule.matches, header))
        };
        for header in packets {
            for (direction, rules) in [(INGRESS, &ingress), (EGRESS, &egress)] {
                let at = crossing(Layer::CloudFirewall(firewall, Border::Nat), direction);
                let expected = names(&white, &header)
                    || (!names(&black, &header) && first_match(rules, default, &header));
                prop_assert_eq!(net.passes(at, &header), expected, "{:?} {}", direction, header);
            }
        }
    }
}
