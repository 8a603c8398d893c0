//! The firewalls of hosts: which packets their chains let through (`docs/forwarding.md` §8b).
//!
//! What a chain does with a packet depends on what happens at its end, and only so that a packet which
//! passes although the end denies also passes if the end lets it through. So each chain is encoded
//! twice at most, once for either end, and a jump to it is put together from the two: what passes for
//! sure, or reaches the end and passes there. The formula grows with the rules, not with the ways
//! through the chains.

use std::collections::BTreeMap;

use canreach_model::{
    Chain, ChainRule, ChainVerdict, ConnectionState, Direction, HookPoint, InterfaceId, Layer,
    Network, Pass, Policy,
};
use canreach_net::{Protocol, ProtocolSet};
use canreach_topology::Crossing;
use z3::ast::Bool;

use crate::{
    rule::Packet,
    scope::Scope,
    term::{self, all, any, choose},
};

/// The protocols whose replies, where the request was not seen, belong to nothing.
const TRACKED: [Protocol; 3] = [Protocol::TCP, Protocol::ICMP, Protocol::ICMPV6];

/// Where a packet meets the firewall of a host.
#[derive(Clone, Copy, Debug)]
struct Hook {
    point: HookPoint,
    /// The interface the packet came to.
    input: Option<InterfaceId>,
    /// The interface it leaves by.
    output: Option<InterfaceId>,
}

impl Hook {
    /// Returns the hook of a layer; `None` for what is no firewall of a host.
    fn of(layer: Layer, direction: Direction) -> Option<Self> {
        match (layer, direction) {
            (Layer::HostFirewall(at), Direction::Ingress) => {
                Some(Self { point: HookPoint::Input, input: Some(at), output: None })
            }
            (Layer::HostFirewall(at), Direction::Egress) => {
                Some(Self { point: HookPoint::Output, input: None, output: Some(at) })
            }
            (Layer::HostForwarding(from, to), _) => {
                Some(Self { point: HookPoint::Forward, input: Some(from), output: Some(to) })
            }
            (
                Layer::SecurityGroups(_)
                | Layer::NetworkAcl(..)
                | Layer::CloudFirewall(..)
                | Layer::ListenerAccess(..)
                | Layer::Listener(..),
                _,
            ) => None,
        }
    }

    /// Whether a rule speaks of the interfaces by which the packet comes and leaves.
    fn is_named_by(&self, rule: &ChainRule) -> bool {
        let named = |asked: Option<InterfaceId>, at| asked.is_none_or(|asked| Some(asked) == at);
        named(rule.input, self.input) && named(rule.output, self.output)
    }
}

/// Returns the chains of the firewall of a host at a layer; none where nothing is known of it.
fn chains_at(network: &Network, layer: Layer) -> &[Chain] {
    let (Layer::HostFirewall(at) | Layer::HostForwarding(at, _)) = layer else { return &[] };
    let instance = network.instance_of(at).map(|instance| &network.instances[instance]);
    let firewall = instance.and_then(|instance| instance.firewall.as_ref());
    firewall.map_or(&[], |firewall| firewall.chains.as_slice())
}

impl Scope<'_> {
    /// Returns a formula that is true iff the firewall of the host, where it is known, lets the packet
    /// through.
    pub(crate) fn host_firewall(
        &mut self,
        pass: Pass,
        crossing: &Crossing,
        packet: &Packet,
    ) -> Bool {
        let checkpoint = crossing.checkpoint;
        let Some(hook) = Hook::of(checkpoint.layer, checkpoint.direction) else {
            return term::constant(true);
        };
        let chains = chains_at(self.network, checkpoint.layer);
        let connection = Connection::of(pass, crossing.known, packet);
        let known = BTreeMap::new();
        let mut host = Host { scope: self, packet, hook, connection, chains, known };
        let bases = (0..).zip(chains).filter_map(|(at, chain)| match chain.base {
            Some((point, policy)) if point == hook.point => Some((at, policy == Policy::Accept)),
            Some(_) | None => None,
        });
        all(bases.map(|(at, end)| host.chain(at, end)))
    }
}

/// How a packet relates to what the host has seen.
#[derive(Debug)]
enum Connection {
    Is(ConnectionState),
    /// It is a reply to something that was not seen: invalid where this is true, new elsewhere.
    InvalidIf(Bool),
}

impl Connection {
    /// `known` says whether a reply answers a request that the layer saw.
    fn of(pass: Pass, known: bool, packet: &Packet) -> Self {
        match (pass, known) {
            (Pass::Request, _) => Self::Is(ConnectionState::New),
            (Pass::Reply, true) => Self::Is(ConnectionState::Established),
            (Pass::Reply, false) => {
                let tracked: ProtocolSet =
                    TRACKED.into_iter().map(|Protocol(number)| (number, number)).collect();
                let possible = &packet.possible.protocols;
                if possible.is_subset(&tracked) {
                    Self::Is(ConnectionState::Invalid)
                } else if possible.is_disjoint(&tracked) {
                    Self::Is(ConnectionState::New)
                } else {
                    Self::InvalidIf(packet.seen.protocol.is_in(&tracked))
                }
            }
        }
    }

    /// Returns a formula that is true iff the state is one of `states`; any will do where these are
    /// not given.
    fn is_in(&self, states: Option<&[ConnectionState]>) -> Bool {
        let Some(states) = states else { return term::constant(true) };
        let has = |state| term::constant(states.contains(&state));
        match self {
            Self::Is(state) => has(*state),
            Self::InvalidIf(invalid) => {
                choose(invalid, has(ConnectionState::Invalid), has(ConnectionState::New))
            }
        }
    }
}

/// A packet at the firewall of a host.
struct Host<'h, 'n> {
    scope: &'h mut Scope<'n>,
    packet: &'h Packet,
    hook: Hook,
    connection: Connection,
    chains: &'n [Chain],
    /// What is encoded already: a chain, by what happens at its end.
    known: BTreeMap<(usize, bool), Bool>,
}

impl<'n> Host<'_, 'n> {
    /// Returns a formula that is true iff the packet passes the chain, where its end has the value
    /// `end`.
    fn chain(&mut self, at: usize, end: bool) -> Bool {
        if let Some(known) = self.known.get(&(at, end)) {
            return known.clone();
        }
        // No chain leads back to itself; if one did, this would end it.
        self.known.insert((at, end), term::constant(false));
        let Some(chain) = self.chains.get(at) else { return term::constant(false) };
        let rules = self.rules(chain);
        let together = |a: &Matched, b: &Matched| {
            let (a, b) = (decides(a.1, end), decides(b.1, end));
            a.is_some() && a == b
        };
        // From the last rule to the first: what a rule leaves over is decided by those behind it.
        let mut passes = term::constant(end);
        for run in rules.chunk_by(together).rev() {
            let Some((_, verdict)) = run.first() else { continue };
            let then = match *verdict {
                ChainVerdict::Accept => term::constant(true),
                ChainVerdict::Drop | ChainVerdict::Reject => term::constant(false),
                ChainVerdict::Return => term::constant(end),
                ChainVerdict::Goto(to) => self.chain(to, end),
                ChainVerdict::Jump(to) => self.through(to, passes.clone()),
            };
            passes = choose(&any(run.iter().map(|(matches, _)| matches.clone())), then, passes);
        }
        self.known.insert((at, end), passes.clone());
        passes
    }

    /// Returns a formula that is true iff the packet passes the chain, where at its end `then` decides.
    fn through(&mut self, at: usize, then: Bool) -> Bool {
        let for_sure = self.chain(at, false);
        let if_end_passes = self.chain(at, true);
        any([for_sure, all([if_end_passes, then])])
    }

    /// Returns the rules that may match the packet, with formulas that are true iff they do; none
    /// behind one that always does and does not come back.
    fn rules(&mut self, chain: &'n Chain) -> Vec<Matched> {
        let mut rules = Vec::new();
        for rule in chain.rules.iter().filter(|rule| self.hook.is_named_by(rule)) {
            let in_state = self.connection.is_in(rule.states.as_deref());
            let Some(open) = self.scope.may_match(&rule.matches, self.packet) else { continue };
            if in_state.as_bool() == Some(false) {
                continue;
            }
            let matches = all([in_state, self.scope.matches(&open, &self.packet.seen)]);
            let always = matches.as_bool() == Some(true);
            rules.push((matches, rule.verdict));
            if always && !matches!(rule.verdict, ChainVerdict::Jump(_)) {
                break;
            }
        }
        rules
    }
}

/// A formula that is true iff a rule matches, with what the rule does.
type Matched = (Bool, ChainVerdict);

/// Returns whether a packet passes by a verdict, where no other chain decides it.
fn decides(verdict: ChainVerdict, end: bool) -> Option<bool> {
    match verdict {
        ChainVerdict::Accept => Some(true),
        ChainVerdict::Drop | ChainVerdict::Reject => Some(false),
        ChainVerdict::Return => Some(end),
        ChainVerdict::Jump(_) | ChainVerdict::Goto(_) => None,
    }
}
