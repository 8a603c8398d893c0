//! Which part of a question's traffic is open: protocol by protocol, and within it by destination port
//! or ICMP type.
//!
//! Values that no rule on the way tells apart have one answer, so they are asked together. Facts and
//! limits count as in [`crate::decide()`].

use std::collections::BTreeMap;

use canreach_model::{
    Action, Checkpoint, Combine, Endpoint, Exemption, FirewallList, Layer, Network, PacketMatch,
    Pass, Rule, RuleOwner,
};
use canreach_net::{Discrete, Icmp, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_topology::{
    Condition, Crossing, HeaderSet, HeaderView, IcmpView, PortView, Trip, Walk,
};
use z3::ast::Bool;

use crate::{
    Aim, Limits, Part, Truth, host,
    possible::{port, shifted},
    problem::Problem,
    scope::{Scope, ports_of},
    session::{Check, Literal, Session, in_fresh_context},
    term::all,
    walk::Way,
};

/// The most checks for one question; what is left then is unknown.
const MOST_CHECKS: u64 = 2_000;
/// The share of the limit of one check that all checks together may cost: a table of what is open is
/// worth seconds, not minutes.
const SHARE_OF_LIMIT: u64 = 10;

/// Tells which part of the trips' traffic gets to `to` as `aim` says.
///
/// Together the parts hold every protocol, destination port and ICMP type of the question, each once.
/// A part is [`Truth::Closed`] iff no flow of it passes; it is [`Truth::Open`] only if one does.
#[must_use]
pub fn parts(
    network: &Network,
    trips: &[Trip],
    to: Endpoint,
    aim: Aim,
    limits: Limits,
) -> Vec<Part> {
    in_fresh_context(|| {
        let mut session = Session::new(limits);
        let mut problem = Problem::new(&mut session, network, trips, to, aim);
        let certain = problem.ask_for_certainty(&mut session).is_ok();
        let cuts = Cuts::of(&mut problem);
        let most_effort = u64::from(limits.rlimit) / SHARE_OF_LIMIT;
        let asker = Asker { problem: &problem, certain, most_effort };
        let classes = classes(&whole(trips), &cuts);
        // All formulas before the first check: the solver works them in anew after each assertion.
        let literals: Vec<Literal> =
            classes.iter().map(|class| session.literal(asker.is_in(class))).collect();
        let answered = classes.into_iter().zip(literals).map(|(class, in_class)| {
            let truth = asker.ask(&mut session, in_class.asks);
            Part { truth, ..class }
        });
        merged(answered.collect())
    })
}

/// The traffic of a question.
#[derive(Debug)]
struct Whole {
    protocols: ProtocolSet,
    ports: PortSet,
    types: RangeSet<u8>,
}

fn whole(trips: &[Trip]) -> Whole {
    let guards = || trips.iter().map(|trip| &trip.request.guard.headers);
    Whole {
        protocols: guards().fold(ProtocolSet::EMPTY, |all, set| all.union(&set.protocols)),
        ports: guards()
            .filter(|set| !set.with_ports().is_empty())
            .fold(PortSet::EMPTY, |all, set| all.union(&set.destination_ports)),
        types: guards()
            .filter(|set| !set.icmp_protocols().is_empty())
            .fold(RangeSet::EMPTY, |all, set| all.union(&set.icmp_types)),
    }
}

/// The sets of original values that rules, services and guards on the ways tell from others.
#[derive(Debug, Default)]
struct Cuts {
    protocols: Vec<ProtocolSet>,
    ports: Vec<PortSet>,
    types: Vec<RangeSet<u8>>,
}

impl Cuts {
    fn of(problem: &mut Problem<'_, '_>) -> Self {
        let mut cuts = Self::default();
        let walks: Vec<&Walk> = problem.ways.iter().flat_map(Way::walks).collect();
        let Some(copy) = problem.copies.first_mut() else { return cuts };
        for walk in walks {
            cuts.add_guard(copy.scope.network, walk);
            for crossing in walk.crossings().filter(|crossing| !crossing.as_reply) {
                cuts.add_crossing(&mut copy.scope, walk, crossing);
            }
        }
        cuts.protocols.sort_unstable();
        cuts.protocols.dedup();
        cuts.ports.sort_unstable();
        cuts.ports.dedup();
        cuts.types.sort_unstable();
        cuts.types.dedup();
        cuts
    }

    fn add_guard(&mut self, network: &Network, walk: &Walk) {
        let headers = &walk.guard.headers;
        self.protocols.push(headers.protocols.clone());
        self.ports.push(headers.destination_ports.clone());
        self.types.push(headers.icmp_types.clone());
        for condition in &walk.guard.conditions {
            if let Condition::SamePort(a, b, _) = *condition {
                // The destination port may have to equal one that is not every port.
                self.add_ports(&port(b, headers, |by| ports_of(network, by)), a);
                self.add_ports(&port(a, headers, |by| ports_of(network, by)), b);
            }
        }
    }

    fn add_crossing(&mut self, scope: &mut Scope<'_>, walk: &Walk, crossing: &Crossing) {
        let network = scope.network;
        if let (Layer::Listener(instance, _), Pass::Request) =
            (crossing.checkpoint.layer, walk.pass)
        {
            for service in network.instances[instance].services.iter().flatten() {
                self.protocols.push(single(service.protocol));
                self.add_ports(&service.ports.into(), crossing.header.destination_port);
            }
        }
        let rules = rules_at(network, crossing.checkpoint);
        let exempt = exempt_at(network, crossing.checkpoint.layer);
        self.add_rules(scope, crossing, &walk.guard.headers, rules, exempt);
    }

    fn add_rules(
        &mut self,
        scope: &mut Scope<'_>,
        crossing: &Crossing,
        headers: &HeaderSet,
        rules: Vec<&PacketMatch>,
        exempt: &[Exemption],
    ) {
        let packet = scope.packet(crossing, headers);
        let view = &crossing.header;
        for matches in rules.into_iter().filter(|rule| scope.may_match(rule, &packet).is_some()) {
            self.protocols.extend(matches.protocol.map(single));
            self.add_ports(&matches.source_ports, view.source_port);
            self.add_ports(&matches.destination_ports, view.destination_port);
            if let Some(kind) = matches.icmp.and_then(|icmp| icmp.kind) {
                self.add_type(kind, view);
            }
            if matches.icmp.is_some() {
                self.protocols.extend([single(Protocol::ICMP), single(Protocol::ICMPV6)]);
            }
        }
        for (protocol, port) in exempt.iter().filter_map(|exemption| exemption.service) {
            self.protocols.push(single(protocol));
            for end in [view.source_port, view.destination_port] {
                self.add_ports(&PortSet::single(port), end);
            }
        }
    }

    fn add_ports(&mut self, ports: &PortSet, view: PortView) {
        if let PortView::Destination { shift } = view
            && !ports.is_all()
        {
            self.ports.push(shifted(ports, -shift));
        }
    }

    fn add_type(&mut self, kind: u8, view: &HeaderView) {
        let pairs = Icmp::REPLIES_V4.into_iter().chain(Icmp::REPLIES_V6);
        match view.icmp {
            IcmpView::Original => self.types.push(RangeSet::single(kind)),
            IcmpView::Answer => {
                let asked = pairs.filter(|(_, reply)| *reply == kind).map(|(request, _)| request);
                self.types.extend(asked.map(RangeSet::single));
            }
        }
    }
}

/// Returns what the rules match that may decide at a checkpoint, in no order that counts.
fn rules_at(network: &Network, checkpoint: Checkpoint) -> Vec<&PacketMatch> {
    let direction = checkpoint.direction;
    let of = |owner| network.rules_of(owner, direction).iter();
    match checkpoint.layer {
        Layer::SecurityGroups(interface) => {
            let denies =
                network.profile_of(interface).security_group.combine == Combine::FirstMatch;
            let groups = network.interfaces[interface].security_groups.iter();
            let rules = groups.flat_map(|group| of(RuleOwner::SecurityGroup(*group)));
            rules.filter(|rule| denies || rule.action == Action::Allow).map(matches_of).collect()
        }
        Layer::NetworkAcl(acl, _) => of(RuleOwner::NetworkAcl(acl)).map(matches_of).collect(),
        Layer::CloudFirewall(firewall, border) => {
            let lists = FirewallList::ALL.into_iter();
            let owner = |list| RuleOwner::CloudFirewall(firewall, border, list);
            lists.flat_map(|list| of(owner(list))).map(matches_of).collect()
        }
        Layer::ListenerAccess(balancer, listener) => {
            of(RuleOwner::ListenerAccess(balancer, listener)).map(matches_of).collect()
        }
        layer @ (Layer::HostFirewall(_) | Layer::HostForwarding(..)) => {
            host::rules_at(network, layer, direction).map(|rule| &rule.matches).collect()
        }
        Layer::Listener(..) => Vec::new(),
    }
}

fn matches_of(rule: &Rule) -> &PacketMatch {
    &rule.matches
}

/// Returns the exemptions of a layer.
fn exempt_at(network: &Network, layer: Layer) -> &[Exemption] {
    match layer {
        Layer::SecurityGroups(interface) => &network.profile_of(interface).security_group.exempt,
        Layer::NetworkAcl(_, subnet) => {
            &network.vpcs[network.subnets[subnet].vpc].profile.network_acl.exempt
        }
        Layer::CloudFirewall(..)
        | Layer::ListenerAccess(..)
        | Layer::HostFirewall(_)
        | Layer::HostForwarding(..)
        | Layer::Listener(..) => &[],
    }
}

fn single(Protocol(number): Protocol) -> ProtocolSet {
    ProtocolSet::single(number)
}

/// Returns the classes of a question's traffic, not yet answered; each is of one kind of protocol.
fn classes(whole: &Whole, cuts: &Cuts) -> Vec<Part> {
    let part = |protocols, destination_ports, icmp_types| Part {
        protocols,
        destination_ports,
        icmp_types,
        truth: Truth::Unknown,
    };
    let none = || (PortSet::EMPTY, RangeSet::EMPTY);
    let mut found = Vec::new();
    for protocol in divide(&whole.protocols, &by_kind(cuts)) {
        let Some(number) = protocol.first().map(Protocol) else { continue };
        if number.has_ports() {
            let ports = divide(&whole.ports, &cuts.ports).into_iter();
            found.extend(ports.map(|ports| part(protocol.clone(), ports, none().1)));
        } else if number.is_icmp() {
            let types = divide(&whole.types, &cuts.types).into_iter();
            found.extend(types.map(|types| part(protocol.clone(), none().0, types)));
        } else {
            found.push(part(protocol, none().0, none().1));
        }
    }
    found
}

/// Returns the cuts of protocols, with TCP, UDP and both ICMPs always apart.
fn by_kind(cuts: &Cuts) -> Vec<ProtocolSet> {
    let apart = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6].map(single);
    cuts.protocols.iter().cloned().chain(apart).collect()
}

/// Divides a set into the largest parts that each cut holds wholly or not at all.
fn divide<T: Discrete>(set: &RangeSet<T>, cuts: &[RangeSet<T>]) -> Vec<RangeSet<T>> {
    let all = || std::iter::once(set).chain(cuts).flat_map(RangeSet::ranges);
    let mut starts: Vec<T> = all().map(|(first, _)| first).collect();
    starts.extend(all().filter_map(|(_, last)| last.successor()));
    starts.sort_unstable();
    starts.dedup();
    let before = |next: Option<&T>| next.and_then(|next| next.predecessor()).unwrap_or(T::LAST);
    let mut parts: BTreeMap<Vec<bool>, Vec<(T, T)>> = BTreeMap::new();
    for (at, first) in starts.iter().enumerate().filter(|(_, first)| set.contains(**first)) {
        let signature = cuts.iter().map(|cut| cut.contains(*first)).collect();
        parts.entry(signature).or_default().push((*first, before(starts.get(at + 1))));
    }
    let mut parts: Vec<RangeSet<T>> = parts.into_values().map(RangeSet::from_iter).collect();
    parts.sort_unstable();
    parts
}

/// Asks about one class at a time.
struct Asker<'p, 'n, 't> {
    problem: &'p Problem<'n, 't>,
    /// Whether the question of what is certain could be put at all.
    certain: bool,
    most_effort: u64,
}

impl Asker<'_, '_, '_> {
    fn ask(&self, session: &mut Session, in_class: Bool) -> Truth {
        if self.problem.ways.is_empty() {
            return Truth::Closed;
        }
        let spent = session.stats();
        if spent.checks >= MOST_CHECKS || spent.rlimit > self.most_effort {
            return Truth::Unknown;
        }
        match session.check(&[self.problem.possible.clone(), in_class.clone()]) {
            Check::Unsat => return Truth::Closed,
            Check::Limit => return Truth::Unknown,
            Check::Sat(_) if self.certain && self.problem.keeps.is_empty() => return Truth::Open,
            Check::Sat(_) => {}
        }
        let mut assumptions = self.problem.certainty_without(&[]);
        assumptions.push(in_class);
        match session.check(&assumptions) {
            Check::Sat(_) if self.certain => Truth::Open,
            Check::Sat(_) | Check::Unsat | Check::Limit => Truth::Unknown,
        }
    }

    /// Returns a formula that is true iff the original header is in the class.
    fn is_in(&self, class: &Part) -> Bool {
        let original = &self.problem.original;
        let mut parts = vec![original.protocol.is_in(&class.protocols)];
        if !class.destination_ports.is_empty() {
            parts.push(original.destination_port.is_in(&class.destination_ports));
        }
        if !class.icmp_types.is_empty() {
            parts.push(original.icmp_type.is_in(&class.icmp_types));
        }
        all(parts)
    }
}

/// Joins parts with one answer as far as a product of sets can say it.
fn merged(parts: Vec<Part>) -> Vec<Part> {
    // First the ports and types of each protocol, then protocols with the same ones, then kinds.
    let by_protocol = join(parts, |a, b| a.protocols == b.protocols);
    let same = join(by_protocol, |a, b| {
        a.destination_ports == b.destination_ports && a.icmp_types == b.icmp_types
    });
    let mut parts = join(same, |a, b| {
        let no_ports = a.destination_ports.is_empty() || b.destination_ports.is_empty();
        let no_types = a.icmp_types.is_empty() || b.icmp_types.is_empty();
        (no_ports || a.destination_ports == b.destination_ports)
            && (no_types || a.icmp_types == b.icmp_types)
    });
    parts.sort_by(|a, b| (a.truth, &a.protocols).cmp(&(b.truth, &b.protocols)));
    parts
}

fn join(parts: Vec<Part>, may: impl Fn(&Part, &Part) -> bool) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.iter_mut().find(|other| other.truth == part.truth && may(other, &part)) {
            Some(other) => {
                other.protocols = other.protocols.union(&part.protocols);
                other.destination_ports = other.destination_ports.union(&part.destination_ports);
                other.icmp_types = other.icmp_types.union(&part.icmp_types);
            }
            None => joined.push(part),
        }
    }
    joined
}
