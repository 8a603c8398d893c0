//! What an edited network lets through, or stops, besides what was asked for.
//!
//! Looked at are all protocols and ports between the same two ends, and the question's own traffic
//! between other ends: those in the subnets of the two ends, those in the security groups of an end or
//! named by their rules, and the Internet. Each is asked of both networks like any other question.

use std::{cell::OnceCell, cmp::Ordering, collections::BTreeSet};

use canreach_model::{AddressMatch, Direction, Endpoint, InterfaceId, Network, SecurityGroupId};
use canreach_net::{AddressSet, Protocol, ProtocolSet, RangeSet};
use rayon::prelude::*;

use super::{Effort, search::asked_of};
use crate::{
    AskError, End, Open, Options, Question, Role, Session, Traffic, Verdict, pair,
    resolve::{end_of, outside_end},
};

/// What an edited network changes besides, as far as it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// Other protocols and ports between the same ends that become open.
    pub traffic_opened: Vec<Open>,
    /// Protocols and ports between the same ends that become closed.
    pub traffic_closed: Vec<Open>,
    /// Other pairs of ends between which the question's traffic becomes open.
    pub opened: Vec<Pairing>,
    /// Other pairs of ends between which it becomes closed.
    pub closed: Vec<Pairing>,
    /// How many other pairs were looked at.
    pub looked_at: usize,
    /// How many more there would have been.
    pub left_out: usize,
}

/// A pair of ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Where the flow starts.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// The verdict of the edited network.
    pub verdict: Verdict,
}

impl Besides {
    /// How much it is, to compare proposals.
    #[must_use]
    pub fn count(&self) -> usize {
        let traffic = self.traffic_opened.len().saturating_add(self.traffic_closed.len());
        traffic.saturating_add(self.opened.len()).saturating_add(self.closed.len())
    }
}

/// Two ends, as places rather than addresses: an edit may give an end another address.
type Ends = (Endpoint, Endpoint);

/// What is looked at, and what the network as it is says to it.
pub(super) struct Looked<'a> {
    network: &'a Network,
    question: &'a Question,
    options: Options,
    others: Vec<Ends>,
    left_out: usize,
    before: OnceCell<State>,
}

/// What one network lets through.
#[derive(Clone, Debug, Default)]
struct State {
    /// For each protocol number, the open ports or types; 0 alone where it has neither.
    traffic: Vec<RangeSet<u16>>,
    pairs: Vec<Verdict>,
}

impl<'a> Looked<'a> {
    /// Prepares to compare edited networks with this one, for a question about one pair of ends.
    pub(super) fn new(
        network: &'a Network,
        question: &'a Question,
        options: Options,
        effort: Effort,
    ) -> Self {
        let (others, left_out) = others(network, question, effort.neighbours);
        let options = Options { explain: false, ..options };
        Self { network, question, options, others, left_out, before: OnceCell::new() }
    }

    /// Returns what an edited network changes besides the question's own flow.
    pub(super) fn compare(&self, edited: &Network) -> Result<Besides, AskError> {
        if self.before.get().is_none() {
            let state = self.state(self.network)?;
            // Nobody else can have set it.
            let _ = self.before.set(state);
        }
        let Some(before) = self.before.get() else { return Ok(Besides::default()) };
        let after = self.state(edited)?;
        let asked = by_protocol(&[asked_part(&self.question.traffic)]);
        let mut besides = Besides {
            traffic_opened: parts(&without(&without(&after.traffic, &before.traffic), &asked)),
            traffic_closed: parts(&without(&without(&before.traffic, &after.traffic), &asked)),
            looked_at: self.others.len(),
            left_out: self.left_out,
            ..Besides::default()
        };
        let verdicts = before.pairs.iter().zip(&after.pairs);
        for (ends, (before, after)) in self.others.iter().zip(verdicts) {
            let pairing = || {
                let (sources, destinations) = (&self.question.sources, &self.question.destinations);
                let from = ends_of(edited, sources, ends.0, Role::Source).pop()?;
                let to = ends_of(edited, destinations, ends.1, Role::Destination).pop()?;
                Some(Pairing { from, to, verdict: *after })
            };
            match passes(*after).cmp(&passes(*before)) {
                Ordering::Greater => besides.opened.extend(pairing()),
                Ordering::Less => besides.closed.extend(pairing()),
                Ordering::Equal => {}
            }
        }
        Ok(besides)
    }

    fn state(&self, network: &Network) -> Result<State, AskError> {
        let session = Session::new(network);
        let question = asked_of(network, self.network, self.question);
        let open = open_traffic(&session, &question, self.options)?;
        let options = self.options;
        let pairs: Result<Vec<Verdict>, AskError> = self
            .others
            .par_iter()
            .map(|ends| verdict_between(&session, &question, *ends, options))
            .collect();
        Ok(State { traffic: by_protocol(&open), pairs: pairs? })
    }
}

/// Every protocol and port that is open between the ends of a question.
fn open_traffic(
    session: &Session<'_>,
    question: &Question,
    options: Options,
) -> Result<Vec<Open>, AskError> {
    let everything = Question {
        traffic: Traffic::everything(),
        sources: whole(session.network(), &question.sources, Role::Source),
        destinations: whole(session.network(), &question.destinations, Role::Destination),
        ..question.clone()
    };
    let same = pair::decide(session, &everything, (0, 0), options)?;
    if same.asked(&everything) == Verdict::Unreachable {
        return Ok(Vec::new());
    }
    let mut parts = pair::open_parts(&everything, &same);
    parts.retain(|part| part.verdict == Verdict::Reachable);
    Ok(parts)
}

/// The ends with every address that they have, also those not asked about.
fn whole(network: &Network, ends: &[End], role: Role) -> Vec<End> {
    let all = |end: &End| {
        let own = self::end(network, end.endpoint, role);
        let own = own.map_or(AddressSet::EMPTY, |own| own.addresses);
        let addresses = match end.endpoint {
            Endpoint::Internet | Endpoint::Nobody => end.addresses.clone(),
            Endpoint::Interface(_)
            | Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Remote(_) => end.addresses.union(&own),
        };
        End { addresses, ..end.clone() }
    };
    ends.iter().map(all).collect()
}

/// The verdict on the question's traffic between other ends.
fn verdict_between(
    session: &Session<'_>,
    question: &Question,
    (from, to): Ends,
    options: Options,
) -> Result<Verdict, AskError> {
    let sources = ends_of(session.network(), &question.sources, from, Role::Source);
    let destinations = ends_of(session.network(), &question.destinations, to, Role::Destination);
    if sources.is_empty() || destinations.is_empty() {
        return Ok(Verdict::Unreachable);
    }
    let other = Question { sources, destinations, ..question.clone() };
    Ok(pair::decide(session, &other, (0, 0), options)?.asked(&other))
}

/// The end at an endpoint: as asked about, where it is that of the question.
fn ends_of(network: &Network, asked: &[End], endpoint: Endpoint, role: Role) -> Vec<End> {
    let own = asked.iter().find(|it| it.endpoint == endpoint).cloned();
    own.or_else(|| end(network, endpoint, role)).into_iter().collect()
}

/// How much passes: nothing, perhaps something, something.
fn passes(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unreachable => 0,
        Verdict::Unknown => 1,
        Verdict::Reachable => 2,
    }
}

fn end(network: &Network, endpoint: Endpoint, role: Role) -> Option<End> {
    match endpoint {
        Endpoint::Interface(id) => end_of(network, id, role),
        Endpoint::Internet => Some(outside_end(network)),
        Endpoint::LoadBalancer(_)
        | Endpoint::VirtualAddress(_)
        | Endpoint::Remote(_)
        | Endpoint::Nobody => None,
    }
}

/// Pairs of ends to look at besides, at most `most` for each side, and how many more there are.
fn others(network: &Network, question: &Question, most: usize) -> (Vec<Ends>, usize) {
    let (Some(from), Some(to)) = (question.sources.first(), question.destinations.first()) else {
        return (Vec::new(), 0);
    };
    let (from, to) = (from.endpoint, to.endpoint);
    let mut left_out = 0_usize;
    let mut some = |near: Vec<Endpoint>| {
        left_out = left_out.saturating_add(near.len().saturating_sub(most));
        near.into_iter().take(most)
    };
    let senders = [near(network, from, to), named(network, to, Direction::Ingress)].concat();
    let receivers = [near(network, to, from), named(network, from, Direction::Egress)].concat();
    let sources = some(others_than(senders, [from, to])).map(|other| (other, to));
    let mut all: Vec<Ends> = sources.collect();
    all.extend(some(others_than(receivers, [from, to])).map(|other| (from, other)));
    (all, left_out)
}

/// The ends near one end of a question: the Internet, and what shares a subnet or group with it.
fn near(network: &Network, end: Endpoint, far: Endpoint) -> Vec<Endpoint> {
    let Endpoint::Interface(own) = end else { return Vec::new() };
    let interface = &network.interfaces[own];
    let shares = |id: &InterfaceId| {
        let other = &network.interfaces[*id];
        let groups = &other.security_groups;
        *id != own
            && Endpoint::Interface(*id) != far
            && (other.subnet == interface.subnet
                || groups.iter().any(|group| interface.security_groups.contains(group)))
    };
    let internet = (far != Endpoint::Internet).then_some(Endpoint::Internet);
    let mut inside: Vec<InterfaceId> = network.interfaces.ids().filter(shares).collect();
    inside.sort_by_key(|id| network.interfaces[*id].subnet != interface.subnet);
    internet.into_iter().chain(inside.into_iter().map(Endpoint::Interface)).collect()
}

/// The members of the groups that the rules of an end's own groups name.
fn named(network: &Network, end: Endpoint, direction: Direction) -> Vec<Endpoint> {
    let Endpoint::Interface(own) = end else { return Vec::new() };
    let groups = &network.interfaces[own].security_groups;
    let rules = groups.iter().flat_map(|group| network.security_groups[*group].rules.of(direction));
    let sides = rules.flat_map(|rule| [rule.matches.source, rule.matches.destination]);
    let named: BTreeSet<SecurityGroupId> = sides
        .filter_map(|side| match side {
            AddressMatch::SecurityGroup(group) => Some(group),
            AddressMatch::Any | AddressMatch::Range(_) | AddressMatch::AddressGroup(_) => None,
        })
        .collect();
    let members = network.interfaces.iter().filter(|(_, interface)| {
        interface.security_groups.iter().any(|group| named.contains(group))
    });
    members.map(|(id, _)| Endpoint::Interface(id)).collect()
}

/// Leaves out the two ends themselves, and what is listed already.
fn others_than(listed: Vec<Endpoint>, ends: [Endpoint; 2]) -> Vec<Endpoint> {
    let mut seen: BTreeSet<Endpoint> = ends.into_iter().collect();
    listed.into_iter().filter(|endpoint| seen.insert(*endpoint)).collect()
}

fn asked_part(traffic: &Traffic) -> Open {
    Open {
        protocols: traffic.protocols.clone(),
        destination_ports: traffic.destination_ports.clone(),
        icmp_types: traffic.icmp_types.clone(),
        verdict: Verdict::Reachable,
    }
}

fn by_protocol(open: &[Open]) -> Vec<RangeSet<u16>> {
    let of = |number: u8| {
        let protocol = Protocol(number);
        let with = open.iter().filter(|part| part.protocols.contains(number));
        with.map(|part| {
            if protocol.has_ports() {
                part.destination_ports.clone()
            } else if protocol.is_icmp() {
                let types = part.icmp_types.ranges();
                types.map(|(first, last)| (u16::from(first), u16::from(last))).collect()
            } else {
                RangeSet::single(0)
            }
        })
        .fold(RangeSet::EMPTY, |all, part| all.union(&part))
    };
    (0..=u8::MAX).map(of).collect()
}

fn without(all: &[RangeSet<u16>], less: &[RangeSet<u16>]) -> Vec<RangeSet<u16>> {
    all.iter().zip(less).map(|(all, less)| all.difference(less)).collect()
}

/// Puts protocols with the same open ports or types together again.
fn parts(sets: &[RangeSet<u16>]) -> Vec<Open> {
    let mut parts: Vec<(bool, bool, RangeSet<u16>, ProtocolSet)> = Vec::new();
    for (number, set) in (0..=u8::MAX).zip(sets).filter(|(_, set)| !set.is_empty()) {
        let protocol = Protocol(number);
        let kind = (protocol.has_ports(), protocol.is_icmp());
        let same = parts.iter_mut().find(|it| (it.0, it.1) == kind && it.2 == *set);
        match same {
            Some(part) => part.3 = part.3.union(&ProtocolSet::single(number)),
            None => parts.push((kind.0, kind.1, set.clone(), ProtocolSet::single(number))),
        }
    }
    let open =
        |(with_ports, icmp, set, protocols): (bool, bool, RangeSet<u16>, ProtocolSet)| Open {
            protocols,
            destination_ports: if with_ports { set.clone() } else { RangeSet::all() },
            icmp_types: if icmp { types(&set) } else { RangeSet::all() },
            verdict: Verdict::Reachable,
        };
    parts.into_iter().map(open).collect()
}

fn types(set: &RangeSet<u16>) -> RangeSet<u8> {
    let narrow = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
    set.ranges().map(|(first, last)| (narrow(first), narrow(last))).collect()
}
