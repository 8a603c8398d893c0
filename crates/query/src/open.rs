//! Which part of a question's traffic is open, from exact sets: protocol by protocol, and within it by
//! destination port or ICMP type.

use canreach_net::{PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_sets::{Algebra, FlowSet, Flows, Span};
use canreach_topology::Trip;

use crate::{Open, Verdict};

/// Tells which part of the trips' traffic passes: always, or perhaps.
///
/// Together the parts hold every protocol, destination port and ICMP type of the trips, each once. A
/// part is reachable iff some flow of each of its values passes in any case, and unreachable iff none of
/// them does in any.
pub(crate) fn parts(trips: &[Trip], flows: &Flows, one_way: bool) -> Vec<Open> {
    let (certain, maybe) = if one_way {
        (&flows.delivered, &flows.maybe_delivered)
    } else {
        (&flows.answered, &flows.maybe_answered)
    };
    let mut rest = Values::of_trips(trips);
    let mut parts = Vec::new();
    for (set, verdict) in [(certain, Verdict::Reachable), (maybe, Verdict::Unknown)] {
        let found = Values::of(set).also_in(&rest);
        rest = rest.without(&found);
        parts.extend(found.parts(verdict));
    }
    parts.extend(rest.parts(Verdict::Unreachable));
    merged(parts)
}

/// The verdict that exact sets give: what passes in any case, and what does perhaps.
pub(crate) fn verdict(certain: &FlowSet, maybe: &FlowSet) -> Verdict {
    match (certain.is_empty(), maybe.is_empty()) {
        (false, _) => Verdict::Reachable,
        (true, true) => Verdict::Unreachable,
        (true, false) => Verdict::Unknown,
    }
}

/// Destination ports, ICMP types, and protocols that have neither.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Values {
    tcp: PortSet,
    udp: PortSet,
    icmp: RangeSet<u8>,
    icmpv6: RangeSet<u8>,
    bare: ProtocolSet,
}

impl Values {
    const NONE: Self = Self {
        tcp: PortSet::EMPTY,
        udp: PortSet::EMPTY,
        icmp: RangeSet::EMPTY,
        icmpv6: RangeSet::EMPTY,
        bare: ProtocolSet::EMPTY,
    };

    /// The values of the headers that take some walk.
    fn of_trips(trips: &[Trip]) -> Self {
        let headers = trips.iter().map(|trip| FlowSet::of(&trip.request.guard.headers));
        Self::of(&headers.fold(FlowSet::empty(), |all, set| all.union(&set)))
    }

    fn of(set: &FlowSet) -> Self {
        let mut values = Self::NONE;
        for (span, _) in set.spans() {
            match span {
                Span::Ports(Protocol::TCP, first, last) => add(&mut values.tcp, first, last),
                Span::Ports(_, first, last) => add(&mut values.udp, first, last),
                Span::Icmp(Protocol::ICMP, kind, ..) => add(&mut values.icmp, kind, kind),
                Span::Icmp(_, kind, ..) => add(&mut values.icmpv6, kind, kind),
                Span::Bare(first, last) => add(&mut values.bare, first, last),
            }
        }
        values
    }

    fn also_in(&self, other: &Self) -> Self {
        Self {
            tcp: self.tcp.intersection(&other.tcp),
            udp: self.udp.intersection(&other.udp),
            icmp: self.icmp.intersection(&other.icmp),
            icmpv6: self.icmpv6.intersection(&other.icmpv6),
            bare: self.bare.intersection(&other.bare),
        }
    }

    fn without(&self, other: &Self) -> Self {
        Self {
            tcp: self.tcp.difference(&other.tcp),
            udp: self.udp.difference(&other.udp),
            icmp: self.icmp.difference(&other.icmp),
            icmpv6: self.icmpv6.difference(&other.icmpv6),
            bare: self.bare.difference(&other.bare),
        }
    }

    /// Returns a part for each kind of protocol that has some value.
    fn parts(self, verdict: Verdict) -> impl Iterator<Item = Open> {
        let part = move |protocols, destination_ports, icmp_types| Open {
            protocols,
            destination_ports,
            icmp_types,
            verdict,
        };
        let single = |Protocol(number)| ProtocolSet::single(number);
        let (no_ports, no_types) = (PortSet::EMPTY, RangeSet::EMPTY);
        let icmp = [(Protocol::ICMP, self.icmp), (Protocol::ICMPV6, self.icmpv6)];
        let icmp = icmp.into_iter().filter(|(_, types)| !types.is_empty());
        let wide = [(Protocol::TCP, self.tcp), (Protocol::UDP, self.udp)];
        let wide = wide.into_iter().filter(|(_, ports)| !ports.is_empty());
        let bare = (!self.bare.is_empty()).then(|| part(self.bare, no_ports, no_types.clone()));
        bare.into_iter()
            .chain(icmp.map(move |(it, types)| part(single(it), PortSet::EMPTY, types)))
            .chain(wide.map(move |(it, ports)| part(single(it), ports, no_types.clone())))
    }
}

fn add<T: canreach_net::Discrete>(set: &mut RangeSet<T>, first: T, last: T) {
    *set = set.union(&RangeSet::range(first, last));
}

/// Joins parts with one answer as far as a product of sets can say it.
fn merged(parts: Vec<Open>) -> Vec<Open> {
    // First protocols with the same ports and types, then kinds.
    let same = join(parts, |a, b| {
        a.destination_ports == b.destination_ports && a.icmp_types == b.icmp_types
    });
    let mut parts = join(same, |a, b| {
        let no_ports = a.destination_ports.is_empty() || b.destination_ports.is_empty();
        let no_types = a.icmp_types.is_empty() || b.icmp_types.is_empty();
        (no_ports || a.destination_ports == b.destination_ports)
            && (no_types || a.icmp_types == b.icmp_types)
    });
    parts.sort_by(|a, b| (a.verdict, &a.protocols).cmp(&(b.verdict, &b.protocols)));
    parts
}

fn join(parts: Vec<Open>, may: impl Fn(&Open, &Open) -> bool) -> Vec<Open> {
    let mut joined: Vec<Open> = Vec::new();
    for part in parts {
        match joined.iter_mut().find(|other| other.verdict == part.verdict && may(other, &part)) {
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

#[cfg(test)]
mod tests;
