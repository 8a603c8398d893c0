//! What makes the difference between two networks for one flow: a witness, and the rule behind it.
//!
//! The flow comes from the difference of two sets. The solver has to find it too, and `eval` replays it
//! in the network where it passes; where one of them disagrees, nothing is told.

use std::collections::BTreeSet;

use canreach_eval::{Flow, Outcome, RoundTrip, Trace, round_trip};
use canreach_model::{
    AddressMatch, Checkpoint, Layer, Network, Obstacle, PacketMatch, RouteRef, Rule, RuleOwner,
    RuleRef,
};
use canreach_net::{AddressSet, Header, PortSet, Protocol, ProtocolSet, RangeSet, Transport};
use canreach_sets::End;
use canreach_smt::{Aim, Decision, Limits};
use canreach_topology::{HeaderSet, Mode, Question as Flows, Topology, explore};

use crate::Disagreement;

/// One of two networks, ready to be asked.
#[derive(Debug)]
pub struct Asked<'n> {
    /// The network.
    pub network: &'n Network,
    topology: Topology<'n>,
}

impl<'n> Asked<'n> {
    /// Prepares a network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        Self { network, topology: Topology::new(network) }
    }
}

/// A flow that passes in one network and is stopped in the other.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The request.
    pub header: Header,
    /// Its way in the network where it passes.
    pub passes: RoundTrip,
    /// Its way in the other one, as far as it comes; `None` where it has no such end.
    pub stopped: Option<RoundTrip>,
    /// What makes the difference, where it can be told.
    pub culprit: Option<Culprit>,
}

/// A rule or route that makes a difference, seen from the old network to the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// What became of it.
    pub how: How,
    /// It in the network where the flow passes: what lets it through.
    pub lets_through: Option<Which>,
    /// It in the other one: what stops the flow.
    pub stops: Option<Which>,
}

/// What became of a rule or route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Only the network where the flow passes has it.
    OnlyWherePassing,
    /// Only the network where the flow is stopped has it.
    OnlyWhereStopped,
    /// Both have one with this id or number, and they differ.
    Changed,
    /// Both have it, in another order.
    Reordered,
    /// The rules are the same: who is in which group, or which filter stands where, differs.
    Elsewhere,
}

/// What lets a flow through, or stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// A rule.
    Rule(RuleRef),
    /// A filter, for want of a rule.
    NoRule(Checkpoint),
    /// A route.
    Route(RouteRef),
    /// A route that is missing, or a setting.
    Obstacle(Obstacle, Option<RouteRef>),
}

/// Shows that a flow passes in one network and not in the other, and what makes the difference.
///
/// `ends` are those of the flow where it passes, `others` those where it is stopped.
///
/// # Errors
/// Fails when the engines disagree.
pub fn differ(
    passing: &Asked<'_>,
    other: &Asked<'_>,
    ends: (&End, &End),
    others: Option<(&End, &End)>,
    transport: Transport,
    answered: bool,
) -> Result<Option<Difference>, Disagreement> {
    let Some((source, destination)) = addresses(ends) else { return Ok(None) };
    let header = Header { source, destination, transport };
    let aim = if answered { Aim::Answered } else { Aim::Delivered };
    let passes = replayed(passing, ends, header, aim)?;
    let stopped = others.and_then(|others| {
        let (source, destination) = addresses(others)?;
        let start = others.0.endpoint;
        let flow = Flow { start, header: Header { source, destination, transport } };
        let (valuation, choices) = (helpful(other.network), canreach_model::Choices::default());
        Some(round_trip(other.network, &flow, others.1.endpoint, &valuation, &choices))
    });
    let culprit = stopped
        .as_ref()
        .and_then(|stopped| culprit((passing.network, &passes), (other.network, stopped)));
    Ok(Some(Difference { header, passes, stopped, culprit }))
}

/// Returns an address of each end, of one family.
fn addresses((from, to): (&End, &End)) -> Option<(std::net::IpAddr, std::net::IpAddr)> {
    Some((from.addresses.first()?, to.addresses.first()?))
}

/// The values of the facts that let the most through.
fn helpful(network: &Network) -> canreach_model::Valuation {
    let helps = |polarity| polarity != canreach_model::Polarity::Hinders;
    network.facts.iter().map(|(id, fact)| (id, helps(fact.polarity))).collect()
}

/// Has the solver find a flow that the sets say passes, and `eval` replay it.
fn replayed(
    asked: &Asked<'_>,
    (from, to): (&End, &End),
    header: Header,
    aim: Aim,
) -> Result<RoundTrip, Disagreement> {
    let disagree = |what: &str| Disagreement {
        description: format!("the sets say that {header} is {aim:?}; {what}"),
    };
    let flows = Flows { from: from.endpoint, to: to.endpoint, headers: only(&header) };
    let trips = explore(&asked.topology, &flows, Mode::Real)
        .map_err(|limit| disagree(&format!("its walks cannot be enumerated: {limit}")))?;
    let limits = Limits::default();
    let (decision, _) = canreach_smt::decide(asked.network, &trips, to.endpoint, aim, &[], limits);
    let witness = match decision {
        Decision::Reachable(witness) => witness,
        Decision::Unreachable => return Err(disagree("the solver says that it is not")),
        Decision::Unknown(_) => return Err(disagree("the solver says that it is unknown")),
    };
    let flow = Flow { start: from.endpoint, header };
    let trip = round_trip(asked.network, &flow, to.endpoint, &witness.valuation, &witness.choices);
    let holds = match aim {
        Aim::Delivered => trip.delivered(),
        Aim::Answered => trip.answered(),
    };
    if holds { Ok(trip) } else { Err(disagree("eval ends it elsewhere")) }
}

/// Returns the set of one header.
fn only(header: &Header) -> HeaderSet {
    let transport = header.transport;
    let mut only = HeaderSet {
        protocols: ProtocolSet::single(transport.protocol().0),
        ..HeaderSet::between(header.source.into(), AddressSet::from(header.destination))
    };
    if let Some(ports) = transport.ports() {
        only.source_ports = PortSet::single(ports.source);
        only.destination_ports = PortSet::single(ports.destination);
    }
    if let Some(icmp) = transport.icmp() {
        only.icmp_types = RangeSet::single(icmp.kind);
        only.icmp_codes = RangeSet::single(icmp.code);
    }
    only
}

/// Returns what makes the difference between a trip that gets through and one that does not.
fn culprit(passes: (&Network, &RoundTrip), stopped: (&Network, &RoundTrip)) -> Option<Culprit> {
    let (there, back) = (&stopped.1.request, stopped.1.reply.as_ref());
    let arrived = matches!(there.end, canreach_eval::End::Delivered(at) if at == stopped.1.to);
    let (way, passing) = match back.filter(|_| arrived) {
        Some(back) => (back, passes.1.reply.as_ref()?),
        None => (there, &passes.1.request),
    };
    let last = way.decisions().last().filter(|decision| !decision.outcome.passes());
    match (way.end, last) {
        (canreach_eval::End::Denied(checkpoint), Some(decision)) => {
            let stops = if let Outcome::Denied(Some(rule)) = decision.outcome {
                Which::Rule(rule)
            } else {
                Which::NoRule(checkpoint)
            };
            let lets = lets_through(passes.0, passing, stopped.0, checkpoint);
            let how = compared(passes.0, lets, stopped.0, stops);
            Some(Culprit { how, lets_through: lets, stops: Some(stops) })
        }
        (canreach_eval::End::Stopped(obstacle), _) => {
            let before = way.hops.iter().rev().find_map(|hop| hop.route);
            let parted = parted_route(passes.0, passing, stopped.0, way);
            let stops = Which::Obstacle(obstacle, before);
            let how = parted.map_or(How::Elsewhere, |_| How::OnlyWherePassing);
            Some(Culprit { how, lets_through: parted.map(Which::Route), stops: Some(stops) })
        }
        _ => None,
    }
}

/// Returns the rule by which a packet passes the filter that, in another network, stops it.
fn lets_through(
    network: &Network,
    way: &Trace,
    other: &Network,
    checkpoint: Checkpoint,
) -> Option<Which> {
    let wanted = layer_name(other, checkpoint.layer);
    let same = way.decisions().find(|decision| {
        decision.checkpoint.direction == checkpoint.direction
            && layer_name(network, decision.checkpoint.layer) == wanted
    });
    if let Outcome::Allowed(rule) = same?.outcome { Some(Which::Rule(rule)) } else { None }
}

/// Returns the route by which a way first leaves the one of another network.
fn parted_route(
    network: &Network,
    way: &Trace,
    other: &Network,
    stopped: &Trace,
) -> Option<RouteRef> {
    let text = |network: &Network, route: Option<RouteRef>| {
        let route = route?;
        let table = &network.route_tables[route.table];
        let route = table.routes.get(route.index)?;
        Some(format!("{} {} {:?}", table.meta.id, route.destination, route.target))
    };
    let taken: BTreeSet<String> =
        stopped.hops.iter().filter_map(|hop| text(other, hop.route)).collect();
    let routes = way.hops.iter().filter_map(|hop| hop.route);
    routes
        .into_iter()
        .find(|route| text(network, Some(*route)).is_some_and(|text| !taken.contains(&text)))
}

/// Returns a name for a layer that is the same in two networks.
fn layer_name(network: &Network, layer: Layer) -> String {
    let interface = |id: canreach_model::InterfaceId| &network.interfaces[id].meta.id;
    match layer {
        Layer::SecurityGroups(id) => format!("groups {}", interface(id)),
        Layer::NetworkAcl(_, subnet) => format!("acl {}", network.subnets[subnet].meta.id),
        Layer::CloudFirewall(id, border) => {
            format!("firewall {} {border:?}", network.cloud_firewalls[id].meta.id)
        }
        Layer::ListenerAccess(id, at) => {
            format!("access {} {at}", network.load_balancers[id].meta.id)
        }
        Layer::HostFirewall(id) => format!("host {}", interface(id)),
        Layer::HostForwarding(from, to) => {
            format!("forwarding {} {}", interface(from), interface(to))
        }
        Layer::Listener(id, _) => format!("listener {}", network.instances[id].meta.id),
    }
}

/// Returns what became of the rule behind a difference.
fn compared(network: &Network, lets: Option<Which>, other: &Network, stops: Which) -> How {
    let has = |network: &Network, rule: RuleRef, of: &Network| {
        let text = rule_text(of, rule);
        let owner = owner_name(of, rule.owner);
        rules_of(network, rule, &owner).into_iter().any(|it| Some(it) == text)
    };
    match (lets, stops) {
        (Some(Which::Rule(lets)), Which::Rule(stops)) => {
            match (has(other, lets, network), has(network, stops, other)) {
                (true, true) => How::Reordered,
                (true, false) => How::OnlyWhereStopped,
                (false, true) => How::OnlyWherePassing,
                (false, false) => How::Changed,
            }
        }
        (Some(Which::Rule(lets)), _) => {
            if has(other, lets, network) {
                How::Elsewhere
            } else if same_place(network, lets, other) {
                How::Changed
            } else {
                How::OnlyWherePassing
            }
        }
        (_, Which::Rule(stops)) => {
            if has(network, stops, other) {
                How::Elsewhere
            } else {
                How::OnlyWhereStopped
            }
        }
        _ => How::Elsewhere,
    }
}

/// Whether the other network has a rule with the same id or number that says something else.
fn same_place(network: &Network, rule: RuleRef, other: &Network) -> bool {
    let Some(mine) = network.rule(rule) else { return false };
    let named = |it: &&Rule| {
        (mine.id.is_some() && it.id == mine.id)
            || (mine.number.is_some() && it.number == mine.number)
    };
    let owner = owner_name(network, rule.owner);
    owners_named(other, rule.owner, &owner)
        .into_iter()
        .any(|owner| other.rules_of(owner, rule.direction).iter().any(|it| named(&it)))
}

/// Returns the rules of the owner of that name, in words that do not depend on keys.
fn rules_of(network: &Network, like: RuleRef, owner: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for owner in owners_named(network, like.owner, owner) {
        let count = match owner {
            RuleOwner::HostChain(instance, chain) => {
                let firewall = network.instances[instance].firewall.as_ref();
                firewall.and_then(|it| it.chains.get(chain)).map_or(0, |chain| chain.rules.len())
            }
            RuleOwner::SecurityGroup(_)
            | RuleOwner::NetworkAcl(_)
            | RuleOwner::CloudFirewall(..)
            | RuleOwner::ListenerAccess(..) => network.rules_of(owner, like.direction).len(),
        };
        let rules = (0..count).map(|index| RuleRef { owner, index, ..like });
        texts.extend(rules.filter_map(|rule| rule_text(network, rule)));
    }
    texts
}

/// Returns the owners like another one that have a name.
fn owners_named(network: &Network, like: RuleOwner, name: &str) -> Vec<RuleOwner> {
    let all: Vec<RuleOwner> = match like {
        RuleOwner::SecurityGroup(_) => {
            network.security_groups.ids().map(RuleOwner::SecurityGroup).collect()
        }
        RuleOwner::NetworkAcl(_) => network.network_acls.ids().map(RuleOwner::NetworkAcl).collect(),
        RuleOwner::CloudFirewall(_, border, list) => {
            let ids = network.cloud_firewalls.ids();
            ids.map(|id| RuleOwner::CloudFirewall(id, border, list)).collect()
        }
        RuleOwner::ListenerAccess(_, at) => {
            network.load_balancers.ids().map(|id| RuleOwner::ListenerAccess(id, at)).collect()
        }
        RuleOwner::HostChain(_, chain) => {
            network.instances.ids().map(|id| RuleOwner::HostChain(id, chain)).collect()
        }
    };
    all.into_iter().filter(|owner| owner_name(network, *owner) == name).collect()
}

fn owner_name(network: &Network, owner: RuleOwner) -> String {
    match owner {
        RuleOwner::SecurityGroup(id) => network.security_groups[id].meta.id.clone(),
        RuleOwner::NetworkAcl(id) => network.network_acls[id].meta.id.clone(),
        RuleOwner::CloudFirewall(id, ..) => network.cloud_firewalls[id].meta.id.clone(),
        RuleOwner::ListenerAccess(id, _) => network.load_balancers[id].meta.id.clone(),
        RuleOwner::HostChain(id, _) => network.instances[id].meta.id.clone(),
    }
}

/// Returns what a rule says, in words that do not depend on keys, ids of rules or places.
fn rule_text(network: &Network, rule: RuleRef) -> Option<String> {
    if let RuleOwner::HostChain(instance, chain) = rule.owner {
        let rule = network.chain_rule(instance, chain, rule.index)?;
        let interface = |id: Option<canreach_model::InterfaceId>| {
            id.map(|id| network.interfaces[id].meta.id.clone())
        };
        let at = (interface(rule.input), interface(rule.output));
        let matches = match_text(network, &rule.matches);
        return Some(format!("{:?} {:?} {at:?} {matches}", rule.verdict, rule.states));
    }
    let rule = network.rule(rule)?;
    Some(format!("{:?} {:?} {}", rule.action, rule.priority, match_text(network, &rule.matches)))
}

fn match_text(network: &Network, matches: &PacketMatch) -> String {
    let side = |side: AddressMatch| match side {
        AddressMatch::Any => "any".to_owned(),
        AddressMatch::Range(range) => range.to_string(),
        AddressMatch::SecurityGroup(id) => network.security_groups[id].meta.id.clone(),
        AddressMatch::AddressGroup(id) => network.address_groups[id].meta.id.clone(),
    };
    let fact = matches.unresolved.map(|fact| &network.facts[fact].statement);
    let protocol = matches.protocol.map(|Protocol(number)| number);
    format!(
        "{:?} {protocol:?} {} {} {:?} {:?} {:?} {fact:?}",
        matches.family,
        side(matches.source),
        side(matches.destination),
        matches.source_ports,
        matches.destination_ports,
        matches.icmp
    )
}
