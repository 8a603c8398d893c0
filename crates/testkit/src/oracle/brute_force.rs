//! The answer to a question, by trying every packet under every assignment of facts and choices.

use std::net::IpAddr;

use canreach_model::{
    AttachedTo, Choices, Chooser, Endpoint, Forwarding, InterfaceOwner, LoadBalancerId,
    NatPlacement, Network, Pass, Translator, Valuation, VpcId,
};
use canreach_net::{Family, Header, PortRange, PortSet, Protocol};

use super::{Universe, explore::Flow, may_send};

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
    headers(network, question, universe).into_iter().map(move |header| {
        let ports = &universe.nat_ports;
        let flow = Flow { network, from: question.from, header, to: question.to, ports };
        let fates = flow.fates(&valuations);
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

/// Returns every choice of the network: each port of a translator's profile that is among `ports` (the
/// first one if none is), and each position among the most that may stand to be picked from.
#[must_use]
pub fn all_choices(network: &Network, ports: &[u16]) -> Vec<Choices> {
    let mut all = vec![Choices::default()];
    for (translator, range) in translators(network) {
        all = combined(&all, &choosable(range, ports), |choices, port| {
            choices.ports.insert(translator, port);
        });
    }
    for (chooser, count) in choosers(network) {
        all = combined(&all, &(0..count.max(1)).collect::<Vec<_>>(), |choices, index| {
            choices.picks.insert(chooser, index);
        });
    }
    all
}

fn combined<T: Copy>(
    all: &[Choices],
    values: &[T],
    put: impl Fn(&mut Choices, T) + Copy,
) -> Vec<Choices> {
    let with = |choices: &Choices, value: T| {
        let mut choices = choices.clone();
        put(&mut choices, value);
        choices
    };
    all.iter().flat_map(|choices| values.iter().map(move |value| with(choices, *value))).collect()
}

fn translators(network: &Network) -> Vec<(Translator, PortRange)> {
    let ports = |vpc: VpcId| network.vpcs[vpc].profile.translation.ports;
    let gateways = network.nat_gateways.iter();
    let gateways = gateways.map(|(id, it)| (Translator::NatGateway(id), ports(it.vpc)));
    let interfaces = network.interfaces.iter();
    let balancers = interfaces
        .filter(|(_, it)| {
            matches!(it.owner, InterfaceOwner::LoadBalancer(id) if replaces_client(network, id))
        })
        .map(|(id, _)| (Translator::LoadBalancer(id), ports(network.vpc_of(id))));
    gateways.chain(balancers).collect()
}

fn replaces_client(network: &Network, balancer: LoadBalancerId) -> bool {
    let mut listeners = network.load_balancers[balancer].listeners.iter();
    listeners.any(|listener| listener.forwarding == Forwarding::ReplaceClient)
}

/// Whoever picks one of several, with how many there are at most.
fn choosers(network: &Network) -> Vec<(Chooser, usize)> {
    let mut all = Vec::new();
    for (id, gateway) in network.nat_gateways.iter() {
        let lists = gateway.source_translations.iter().map(|rule| rule.addresses.len());
        let own = match gateway.placement {
            NatPlacement::Subnet(m) => network.interfaces[m].addresses.len(),
            NatPlacement::Vpc => 1,
        };
        all.push((Chooser::SourceTranslation(id), lists.max().unwrap_or(1).max(own)));
    }
    for (id, attachment) in network.transit_attachments.iter() {
        if let AttachedTo::Vpc { subnets, .. } = &attachment.to {
            for pass in [Pass::Request, Pass::Reply] {
                all.push((Chooser::AttachmentSubnet(id, pass), subnets.len()));
            }
            all.push((Chooser::ApplianceSubnet(id), subnets.len()));
        }
    }
    for (id, balancer) in network.load_balancers.iter() {
        for (number, listener) in balancer.listeners.iter().enumerate() {
            let of = |family| {
                let own = listener.targets.iter();
                own.filter(|target| Family::of(target.address) == family).count()
            };
            let most = Family::BOTH.map(of).into_iter().max().unwrap_or(0);
            all.push((Chooser::Target(id, number), most));
        }
    }
    for (id, address) in network.virtual_addresses.iter() {
        all.push((Chooser::Holder(id), address.interfaces.len()));
    }
    all.retain(|(_, count)| *count > 1);
    all
}

fn choosable(range: PortRange, ports: &[u16]) -> Vec<u16> {
    let inside = |port: &u16| range.first() <= *port && *port <= range.last();
    let found: Vec<u16> = ports.iter().copied().filter(inside).collect();
    if found.is_empty() { vec![range.first()] } else { found }
}
