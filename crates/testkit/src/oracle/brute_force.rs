//! The answer to a question, by trying every packet under every assignment of facts and choices.

use std::net::IpAddr;

use canreach_model::{Choices, Chooser, Endpoint, NatPlacement, Network, Translator, Valuation};
use canreach_net::{Family, Header, PortRange, PortSet, Protocol};

use super::{Fate, Universe, fate, may_send};

/// A question: does a packet from one end, with one of these sources, to one of these destinations,
/// end at the other end?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where the request starts.
    pub from: Endpoint,
    /// The sources it may have; those that `from` may not use do not count.
    pub sources: Vec<IpAddr>,
    /// Where it should end.
    pub to: Endpoint,
    /// The destinations it may have.
    pub destinations: Vec<IpAddr>,
    /// The protocol it must have, if one is asked for.
    pub protocol: Option<Protocol>,
    /// The destination ports it may have; a set other than every port leaves only TCP and UDP.
    pub ports: PortSet,
}

impl Question {
    /// Returns the question about every packet that `from` can send to one of the destinations.
    #[must_use]
    pub fn new(
        from: Endpoint,
        sources: Vec<IpAddr>,
        to: Endpoint,
        destinations: Vec<IpAddr>,
    ) -> Self {
        Self { from, sources, to, destinations, protocol: None, ports: PortSet::all() }
    }
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether the request arrives.
    pub delivered: Truth,
    /// Whether it arrives and its reply returns.
    pub answered: Truth,
    /// A header that shows `delivered`, unless it is unreachable.
    pub delivered_by: Option<Header>,
    /// A header that shows `answered`, unless it is unreachable.
    pub answered_by: Option<Header>,
}

/// What is true of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// No flow passes, whatever the facts and the choices are.
    Unreachable,
    /// Neither.
    Unknown,
    /// Some one flow passes whatever the facts are, each time with some choice.
    Reachable,
}

/// How far a flow passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// Under no value of the facts.
    Never,
    /// Under some values of the facts, with some choice.
    Sometimes,
    /// Under every value of the facts, each with some choice.
    Always,
}

/// One flow with what was found out about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The header of the request.
    pub header: Header,
    /// Whether it is delivered.
    pub delivered: Extent,
    /// Whether it is answered.
    pub answered: Extent,
}

/// Answers a question by trying every header of the universe under every assignment.
#[must_use]
pub fn brute_force(network: &Network, question: &Question, universe: &Universe) -> Answer {
    let mut best = (Extent::Never, None);
    let mut best_answered = (Extent::Never, None);
    for judged in judged(network, question, universe) {
        if judged.delivered > best.0 {
            best = (judged.delivered, Some(judged.header));
        }
        if judged.answered > best_answered.0 {
            best_answered = (judged.answered, Some(judged.header));
        }
        // What is answered is delivered: nothing better can follow.
        if best_answered.0 == Extent::Always {
            break;
        }
    }
    Answer {
        delivered: truth(best.0),
        answered: truth(best_answered.0),
        delivered_by: best.1,
        answered_by: best_answered.1,
    }
}

/// Returns every flow of a question that is delivered at least sometimes.
#[must_use]
pub fn survey(network: &Network, question: &Question, universe: &Universe) -> Vec<Judged> {
    judged(network, question, universe).filter(|judged| judged.delivered > Extent::Never).collect()
}

fn truth(extent: Extent) -> Truth {
    match extent {
        Extent::Never => Truth::Unreachable,
        Extent::Sometimes => Truth::Unknown,
        Extent::Always => Truth::Reachable,
    }
}

fn judged<'a>(
    network: &'a Network,
    question: &'a Question,
    universe: &'a Universe,
) -> impl Iterator<Item = Judged> + 'a {
    let valuations = all_valuations(network);
    let choices = all_choices(network, &universe.nat_ports);
    headers(network, question, universe).into_iter().map(move |header| {
        // Per valuation, what some choice brings about.
        let fates: Vec<Fate> = valuations
            .iter()
            .map(|valuation| {
                let mut best = Fate::default();
                for choices in &choices {
                    let fate =
                        fate(network, question.from, header, question.to, valuation, choices);
                    best.delivered |= fate.delivered;
                    best.answered |= fate.answered;
                    if best.answered {
                        break;
                    }
                }
                best
            })
            .collect();
        let delivered = extent(&fates.iter().map(|fate| fate.delivered).collect::<Vec<bool>>());
        let answered = extent(&fates.iter().map(|fate| fate.answered).collect::<Vec<bool>>());
        Judged { header, delivered, answered }
    })
}

fn extent(passes: &[bool]) -> Extent {
    if passes.iter().all(|passes| *passes) {
        Extent::Always
    } else if passes.contains(&true) {
        Extent::Sometimes
    } else {
        Extent::Never
    }
}

/// Returns every header of the universe that a question is about.
#[must_use]
pub fn headers(network: &Network, question: &Question, universe: &Universe) -> Vec<Header> {
    let mut headers = Vec::new();
    for destination in &question.destinations {
        for source in &question.sources {
            if Family::of(*source) != Family::of(*destination)
                || !may_send(network, question.from, *source)
            {
                continue;
            }
            let transports = universe.transports(question.protocol, &question.ports).into_iter();
            let transports = transports.filter(|transport| transport.fits(Family::of(*source)));
            headers.extend(transports.map(|transport| Header {
                source: *source,
                destination: *destination,
                transport,
            }));
        }
    }
    headers
}

/// Returns every assignment of the facts: 2ⁿ.
#[must_use]
pub fn all_valuations(network: &Network) -> Vec<Valuation> {
    network.facts.ids().fold(vec![Valuation::default()], |valuations, fact| {
        let with = |value: bool| {
            valuations.iter().cloned().map(move |mut valuation| {
                valuation.set(fact, value);
                valuation
            })
        };
        with(false).chain(with(true)).collect()
    })
}

/// Returns every choice of the network: for each NAT gateway each port of its profile that is among
/// `ports` (the first one if none is), and for one at the VPC each position in its longest list of
/// addresses.
#[must_use]
pub fn all_choices(network: &Network, ports: &[u16]) -> Vec<Choices> {
    let mut all = vec![Choices::default()];
    for (id, gateway) in network.nat_gateways.iter() {
        let range = network.vpcs[gateway.vpc].profile.translation.ports;
        let addresses = match gateway.placement {
            NatPlacement::Subnet(_) => 1,
            NatPlacement::Vpc => gateway
                .source_translations
                .iter()
                .map(|rule| rule.addresses.len())
                .max()
                .unwrap_or(1),
        };
        let mut extended = Vec::new();
        for choices in &all {
            for port in choosable(range, ports) {
                for address in 0..addresses.max(1) {
                    let mut choices = choices.clone();
                    choices.ports.insert(Translator::NatGateway(id), port);
                    choices.picks.insert(Chooser::SourceTranslation(id), address);
                    extended.push(choices);
                }
            }
        }
        all = extended;
    }
    all
}

fn choosable(range: PortRange, ports: &[u16]) -> Vec<u16> {
    let inside = |port: &u16| range.first() <= *port && *port <= range.last();
    let found: Vec<u16> = ports.iter().copied().filter(inside).collect();
    if found.is_empty() { vec![range.first()] } else { found }
}
