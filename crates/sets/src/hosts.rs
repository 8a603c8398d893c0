//! What the firewalls of hosts let through (`docs/forwarding.md` §8b).
//!
//! What becomes of a packet in a chain does not depend on where it came from. So each chain is run
//! through once, with every packet, and a jump to it takes from the result what jumps.

use std::collections::BTreeMap;

use canreach_model::{
    Chain, ChainRule, ChainVerdict, ConnectionState, FactId, HookPoint, InterfaceId, Network, Pass,
    Policy,
};
use canreach_net::{Protocol, ProtocolSet};

use crate::{
    filters::{Filters, Packets},
    flow_set::FlowSet,
    store::{SetId, Sets},
};

/// Where packets meet the firewall of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Hook {
    /// Received at an interface.
    Input(InterfaceId),
    /// Sent from an interface.
    Output(InterfaceId),
    /// Forwarded from one interface to another, or the same.
    Forward(InterfaceId, InterfaceId),
}

impl Hook {
    fn point(self) -> HookPoint {
        match self {
            Self::Input(_) => HookPoint::Input,
            Self::Output(_) => HookPoint::Output,
            Self::Forward(..) => HookPoint::Forward,
        }
    }

    fn interface(self) -> InterfaceId {
        match self {
            Self::Input(at) | Self::Output(at) | Self::Forward(at, _) => at,
        }
    }

    /// Whether a rule speaks of the interfaces by which packets come and leave.
    fn is_named_by(self, rule: &ChainRule) -> bool {
        let (input, output) = match self {
            Self::Input(at) => (Some(at), None),
            Self::Output(at) => (None, Some(at)),
            Self::Forward(from, to) => (Some(from), Some(to)),
        };
        rule.input.is_none_or(|asked| input == Some(asked))
            && rule.output.is_none_or(|asked| output == Some(asked))
    }
}

/// What a host knows of the connection that packets belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Connection {
    /// They begin one.
    Request,
    /// They answer what the layer saw.
    KnownReply,
    /// They answer what it did not see.
    OtherReply,
}

impl Connection {
    pub(crate) fn of(pass: Pass, known: bool) -> Self {
        match (pass, known) {
            (Pass::Request, _) => Self::Request,
            (Pass::Reply, true) => Self::KnownReply,
            (Pass::Reply, false) => Self::OtherReply,
        }
    }

    /// Returns the headers whose connection is in one of these states.
    fn in_states(self, sets: &Sets<'_>, states: Option<&[ConnectionState]>) -> SetId {
        let Some(states) = states else { return SetId::FULL };
        let when = |state| states.contains(&state);
        let all = |holds| if holds { SetId::FULL } else { SetId::EMPTY };
        match self {
            Self::Request => all(when(ConnectionState::New)),
            Self::KnownReply => all(when(ConnectionState::Established)),
            Self::OtherReply => {
                match (when(ConnectionState::Invalid), when(ConnectionState::New)) {
                    (false, false) => SetId::EMPTY,
                    (true, true) => SetId::FULL,
                    (true, false) => sets.add(FlowSet::of_protocols(&tracked())),
                    (false, true) => sets.add(FlowSet::of_protocols(&tracked().complement())),
                }
            }
        }
    }
}

/// The protocols whose replies, where the request was not seen, belong to nothing.
fn tracked() -> ProtocolSet {
    let protocols = [Protocol::TCP, Protocol::ICMP, Protocol::ICMPV6];
    protocols.into_iter().map(|Protocol(number)| (number, number)).collect()
}

fn chains(network: &Network, hook: Hook) -> &[Chain] {
    let instance = network.instance_of(hook.interface()).map(|id| &network.instances[id]);
    let firewall = instance.and_then(|instance| instance.firewall.as_ref());
    firewall.map_or(&[], |firewall| firewall.chains.as_slice())
}

/// Returns the facts on which what passes may depend.
pub(crate) fn facts(network: &Network, hook: Hook) -> impl Iterator<Item = FactId> {
    let rules = chains(network, hook).iter().flat_map(|chain| &chain.rules);
    rules.filter_map(|rule| rule.matches.unresolved)
}

/// Returns the headers that the firewall of a host lets through.
pub(crate) fn passes(
    filters: &mut Filters<'_>,
    sets: &mut Sets<'_>,
    hook: Hook,
    connection: Connection,
    packets: &Packets<'_>,
) -> SetId {
    let chains = chains(filters.network(), hook);
    let mut host = Host { hook, connection, chains, known: BTreeMap::new() };
    let mut passes = SetId::FULL;
    for (at, chain) in chains.iter().enumerate() {
        let Some((point, policy)) = chain.base else { continue };
        if point != hook.point() {
            continue;
        }
        let fate = host.run(filters, sets, at, packets);
        let mut through = fate.accepted;
        if policy == Policy::Accept {
            through = sets.union(through, fate.ended);
        }
        passes = sets.intersection(passes, through);
    }
    passes
}

/// What becomes of packets in a chain; the others are dropped.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// They pass the base chain.
    accepted: SetId,
    /// They come to the end of the chain, or return.
    ended: SetId,
}

struct Host<'n> {
    hook: Hook,
    connection: Connection,
    chains: &'n [Chain],
    known: BTreeMap<usize, Fate>,
}

impl Host<'_> {
    /// Runs every packet through a chain.
    fn run(
        &mut self,
        filters: &mut Filters<'_>,
        sets: &mut Sets<'_>,
        at: usize,
        packets: &Packets<'_>,
    ) -> Fate {
        let mut fate = Fate { accepted: SetId::EMPTY, ended: SetId::EMPTY };
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        // No chain leads back to itself; if one did, this would end it.
        self.known.insert(at, fate);
        let Some(chain) = self.chains.get(at) else { return fate };
        let (mut rest, hook) = (SetId::FULL, self.hook);
        for rule in chain.rules.iter().filter(|rule| hook.is_named_by(rule)) {
            let in_state = self.connection.in_states(sets, rule.states.as_deref());
            let by_header = filters.matches(sets, &rule.matches, packets);
            let by_both = sets.intersection(by_header, in_state);
            let matched = sets.intersection(rest, by_both);
            if matched == SetId::EMPTY {
                continue;
            }
            rest = sets.difference(rest, matched);
            match rule.verdict {
                ChainVerdict::Accept => fate.accepted = sets.union(fate.accepted, matched),
                ChainVerdict::Drop | ChainVerdict::Reject => {}
                ChainVerdict::Return => fate.ended = sets.union(fate.ended, matched),
                ChainVerdict::Jump(to) | ChainVerdict::Goto(to) => {
                    let there = self.run(filters, sets, to, packets);
                    let accepted = sets.intersection(matched, there.accepted);
                    let ended = sets.intersection(matched, there.ended);
                    fate.accepted = sets.union(fate.accepted, accepted);
                    if matches!(rule.verdict, ChainVerdict::Jump(_)) {
                        rest = sets.union(rest, ended);
                    } else {
                        fate.ended = sets.union(fate.ended, ended);
                    }
                }
            }
        }
        fate.ended = sets.union(fate.ended, rest);
        self.known.insert(at, fate);
        fate
    }
}
