//! Sets of transport headers: what passes between two addresses.
//!
//! Protocol and destination port, or ICMP type and code, lie on one axis; beside each point of it
//! stands the set of source ports. So a set is a sorted list of runs, and equal sets are equal
//! values. `docs/decisions/flow-sets.md` says why, with figures.

use std::fmt;

use canreach_net::{
    Discrete, Family, Icmp, PortSet, Ports, Protocol, ProtocolSet, RangeSet, Transport,
};
use canreach_topology::HeaderSet;

use crate::algebra::{Algebra, Runs};

/// A point of the axis: TCP and UDP by destination port, ICMP and ICMPv6 by type and code, then every
/// protocol by its number. The numbers of those four stand for nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point(u32);

/// How many points each of the four protocols has.
const WIDTH: u32 = 1 << 16;

/// The protocols that have points of their own, in the order of the axis.
const WIDE: [Protocol; 4] = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6];

/// The numbers of all other protocols: what is left between those of the four.
const NUMBERED: [(u8, u8); 5] = [(0, 0), (2, 5), (7, 16), (18, 57), (59, 255)];

/// The first point of the protocols by number.
const BARE: u32 = 4 * WIDTH;

impl Discrete for Point {
    const FIRST: Self = Self(0);
    const LAST: Self = Self(BARE + 255);

    fn successor(self) -> Option<Self> {
        (self < Self::LAST).then_some(Self(self.0 + 1))
    }

    fn predecessor(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

/// Points that belong to one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// TCP or UDP, with destination ports from one to the other.
    Ports(Protocol, u16, u16),
    /// ICMP or ICMPv6, with a type and codes from one to the other.
    Icmp(Protocol, u8, u8, u8),
    /// Protocols by their numbers.
    Bare(u8, u8),
}

/// A set of transport headers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FlowSet {
    // INVARIANT: where a protocol has no ports, all source ports stand beside it, and nothing stands
    // beside the numbers of the four wide protocols.
    runs: Runs<Point, PortSet>,
}

impl Algebra for FlowSet {
    fn empty() -> Self {
        Self { runs: Runs::empty() }
    }

    fn full() -> Self {
        Self::of_protocols(&ProtocolSet::all())
    }

    fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn union(&self, other: &Self) -> Self {
        Self { runs: self.runs.union(&other.runs) }
    }

    fn intersection(&self, other: &Self) -> Self {
        Self { runs: self.runs.intersection(&other.runs) }
    }

    fn difference(&self, other: &Self) -> Self {
        Self { runs: self.runs.difference(&other.runs) }
    }
}

impl FlowSet {
    /// Returns every header of these protocols.
    #[must_use]
    pub fn of_protocols(protocols: &ProtocolSet) -> Self {
        let all = PortSet::all();
        Self::product(protocols, &all, &all, &RangeSet::all(), &RangeSet::all())
    }

    /// Returns every header that packets of a family carry: those of the other family's ICMP are none.
    #[must_use]
    pub fn of_family(family: Family) -> Self {
        let Protocol(foreign) = match family {
            Family::V4 => Protocol::ICMPV6,
            Family::V6 => Protocol::ICMP,
        };
        Self::of_protocols(&ProtocolSet::single(foreign).complement())
    }

    /// Returns the headers whose every field is in its set; ports count where the protocol has them,
    /// types and codes where it is ICMP.
    #[must_use]
    pub fn product(
        protocols: &ProtocolSet,
        source_ports: &PortSet,
        destination_ports: &PortSet,
        icmp_types: &RangeSet<u8>,
        icmp_codes: &RangeSet<u8>,
    ) -> Self {
        // In the order of the axis, so that each run only has to be put behind the others.
        let mut runs = Runs::empty();
        for (begin, protocol) in begins().filter(|(_, Protocol(at))| protocols.contains(*at)) {
            if protocol.has_ports() {
                for (first, last) in destination_ports.ranges() {
                    let (first, last) = (begin + u32::from(first), begin + u32::from(last));
                    runs.push(Point(first), Point(last), source_ports.clone());
                }
                continue;
            }
            for (kind, last_kind) in icmp_types.ranges() {
                if icmp_codes.is_all() {
                    let first = begin + u32::from(kind) * 256;
                    let last = begin + u32::from(last_kind) * 256 + 255;
                    runs.push(Point(first), Point(last), PortSet::all());
                    continue;
                }
                for kind in kind..=last_kind {
                    let begin = begin + u32::from(kind) * 256;
                    for (first, last) in icmp_codes.ranges() {
                        let (first, last) = (begin + u32::from(first), begin + u32::from(last));
                        runs.push(Point(first), Point(last), PortSet::all());
                    }
                }
            }
        }
        for (first, last) in protocols.ranges() {
            let parts = NUMBERED.map(|(from, to)| (first.max(from), last.min(to)));
            for (first, last) in parts.into_iter().filter(|(first, last)| first <= last) {
                let (first, last) = (BARE + u32::from(first), BARE + u32::from(last));
                runs.push(Point(first), Point(last), PortSet::all());
            }
        }
        Self { runs }
    }

    /// Returns the headers of a protocol that has ports, from and to these.
    #[must_use]
    pub fn of_ports(protocol: Protocol, sources: &PortSet, destinations: &PortSet) -> Self {
        let protocols = ProtocolSet::single(protocol.0);
        Self::product(&protocols, sources, destinations, &RangeSet::all(), &RangeSet::all())
    }

    /// Returns the headers of ICMP or ICMPv6 of these types and codes.
    #[must_use]
    pub fn of_icmp(protocol: Protocol, types: &RangeSet<u8>, codes: &RangeSet<u8>) -> Self {
        let protocols = ProtocolSet::single(protocol.0);
        Self::product(&protocols, &PortSet::all(), &PortSet::all(), types, codes)
    }

    /// Returns the transport headers of a set of headers.
    #[must_use]
    pub fn of(headers: &HeaderSet) -> Self {
        Self::product(
            &headers.protocols,
            &headers.source_ports,
            &headers.destination_ports,
            &headers.icmp_types,
            &headers.icmp_codes,
        )
    }

    /// Whether the set holds a header.
    #[must_use]
    pub fn contains(&self, transport: Transport) -> bool {
        let beside = self.runs.at(point_of(transport));
        let source = transport.ports().map(|ports| ports.source);
        beside.is_some_and(|ports| source.is_none_or(|source| ports.contains(source)))
    }

    /// Returns the set's parts, in order: points of one protocol, and the source ports beside them.
    pub fn spans(&self) -> impl Iterator<Item = (Span, &PortSet)> + '_ {
        self.runs.iter().flat_map(|(first, last, ports)| {
            spans_between(first, last).into_iter().map(move |span| (span, ports))
        })
    }

    /// Builds a set from such parts, which may come in any order and overlap.
    #[must_use]
    pub fn from_spans(spans: impl IntoIterator<Item = (Span, PortSet)>) -> Self {
        let runs = spans.into_iter().map(|(span, ports)| {
            let (first, last) = span.points();
            let ports = if matches!(span, Span::Ports(..)) { ports } else { PortSet::all() };
            (first, last, ports)
        });
        let set = Self { runs: runs.collect() };
        set.intersection(&Self::full())
    }

    /// Returns the headers of a protocol.
    #[must_use]
    pub fn of_protocol(&self, protocol: Protocol) -> Self {
        self.intersection(&Self::of_protocols(&ProtocolSet::single(protocol.0)))
    }

    /// Returns the protocols of the set.
    #[must_use]
    pub fn protocols(&self) -> ProtocolSet {
        let numbers = self.spans().map(|(span, _)| match span {
            Span::Ports(Protocol(number), ..) | Span::Icmp(Protocol(number), ..) => {
                (number, number)
            }
            Span::Bare(first, last) => (first, last),
        });
        numbers.collect()
    }

    /// Returns one header of the set, the one a reader would like to see best: TCP, an ephemeral
    /// source port, an echo request.
    #[must_use]
    pub fn example(&self) -> Option<Transport> {
        let echo = [(Protocol::ICMP, 8), (Protocol::ICMPV6, 128)];
        let echo = echo.map(|(protocol, kind)| Transport::new(protocol, NO_PORTS, icmp(kind, 0)));
        let tcp = self.spans().find(|(span, _)| matches!(span, Span::Ports(..)));
        if let Some((Span::Ports(protocol, first, _), ports)) = tcp {
            let ephemeral = ports.intersection(&PortSet::range(32768, 60999));
            let source = ephemeral.first().or(ports.last())?;
            return Some(Transport::new(
                protocol,
                Ports { source, destination: first },
                icmp(0, 0),
            ));
        }
        if let Some(echo) = echo.into_iter().find(|echo| self.contains(*echo)) {
            return Some(echo);
        }
        let (span, _) = self.spans().next()?;
        Some(match span {
            Span::Ports(protocol, first, _) => {
                Transport::new(protocol, Ports { source: first, destination: first }, icmp(0, 0))
            }
            Span::Icmp(protocol, kind, first, _) => {
                Transport::new(protocol, NO_PORTS, icmp(kind, first))
            }
            Span::Bare(first, _) => Transport::new(Protocol(first), NO_PORTS, icmp(0, 0)),
        })
    }

    /// Replaces the ports of what has ports by a function of the runs of one protocol, and the rest by
    /// another; the building block of looking through rewrites.
    #[must_use]
    pub fn map_ports(&self, change: impl Fn(&Runs<u16, PortSet>) -> Runs<u16, PortSet>) -> Self {
        let mut runs: Vec<(Point, Point, PortSet)> = Vec::new();
        for (begin, protocol) in begins() {
            if protocol.has_ports() {
                let changed = change(&self.ports_of(begin));
                runs.extend(changed.iter().map(|(first, last, ports)| {
                    let (first, last) = (begin + u32::from(first), begin + u32::from(last));
                    (Point(first), Point(last), ports.clone())
                }));
            }
        }
        let without = self.runs.between(Point(2 * WIDTH), Point::LAST);
        Self { runs: runs.into_iter().collect::<Runs<_, _>>().union(&without) }
    }

    /// Returns the destination ports of the protocol whose points begin at `begin`, each with the
    /// source ports beside it.
    fn ports_of(&self, begin: u32) -> Runs<u16, PortSet> {
        let runs = self.runs.between(Point(begin), Point(begin + WIDTH - 1));
        let port = |Point(at): Point| u16::try_from(at - begin).unwrap_or(u16::MAX);
        runs.iter().map(|(first, last, ports)| (port(first), port(last), ports.clone())).collect()
    }

    /// Returns the ports at which what passes may change: where destination ports begin and end, and
    /// where source ports do.
    #[must_use]
    pub fn port_edges(&self) -> (Vec<u16>, Vec<u16>) {
        let (mut destinations, mut sources) = (Vec::new(), Vec::new());
        let edges = |first: u16, last: u16| std::iter::once(first).chain(last.checked_add(1));
        for (begin, protocol) in begins() {
            if !protocol.has_ports() {
                continue;
            }
            for (first, last, beside) in self.ports_of(begin).iter() {
                destinations.extend(edges(first, last));
                sources.extend(beside.ranges().flat_map(|(first, last)| edges(first, last)));
            }
        }
        for ports in [&mut destinations, &mut sources] {
            ports.sort_unstable();
            ports.dedup();
        }
        (destinations, sources)
    }

    /// Returns the set of the headers with source and destination port swapped; ICMP stays.
    #[must_use]
    pub fn with_ports_swapped(&self) -> Self {
        self.map_ports(|runs| {
            let swapped = runs.iter().flat_map(|(first, last, ports)| {
                let destinations = PortSet::range(first, last);
                ports.ranges().map(move |(first, last)| (first, last, destinations.clone()))
            });
            swapped.collect()
        })
    }

    /// Returns the ICMP requests whose answer is in the set; what is no ICMP stays.
    #[must_use]
    pub fn answered_by(&self) -> Self {
        let replies = [
            (Protocol::ICMP, Icmp::REPLIES_V4.as_slice()),
            (Protocol::ICMPV6, Icmp::REPLIES_V6.as_slice()),
        ];
        let requests = replies.iter().flat_map(|(protocol, pairs)| {
            let answered = pairs.iter().filter(|(_, reply)| {
                self.contains(Transport::new(*protocol, NO_PORTS, icmp(*reply, 0)))
            });
            answered.map(|(request, _)| (Span::Icmp(*protocol, *request, 0, 0), PortSet::all()))
        });
        let requests = Self::from_spans(requests);
        let mut icmp = ProtocolSet::single(Protocol::ICMP.0);
        icmp = icmp.union(&ProtocolSet::single(Protocol::ICMPV6.0));
        self.difference(&Self::of_protocols(&icmp)).union(&requests)
    }
}

const NO_PORTS: Ports = Ports { source: 0, destination: 0 };

fn icmp(kind: u8, code: u8) -> Icmp {
    Icmp { kind, code }
}

/// Returns the four wide protocols with their first points.
fn begins() -> impl Iterator<Item = (u32, Protocol)> {
    WIDE.into_iter().zip(0..).map(|(protocol, at)| (at * WIDTH, protocol))
}

/// Returns the point of a header.
fn point_of(transport: Transport) -> Point {
    Point(match transport {
        Transport::Tcp(ports) => u32::from(ports.destination),
        Transport::Udp(ports) => WIDTH + u32::from(ports.destination),
        Transport::Icmp(icmp) => 2 * WIDTH + u32::from(icmp.kind) * 256 + u32::from(icmp.code),
        Transport::Icmpv6(icmp) => 3 * WIDTH + u32::from(icmp.kind) * 256 + u32::from(icmp.code),
        Transport::Other(Protocol(number)) => BARE + u32::from(number),
    })
}

/// Cuts the points between two into parts of one protocol, ICMP by type.
fn spans_between(first: Point, last: Point) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = first.0;
    while at <= last.0 {
        let span = span_at(at, last.0);
        spans.push(span);
        at = span.points().1.0 + 1;
    }
    spans
}

/// Returns the longest part that begins at a point and ends at `last` or before.
fn span_at(at: u32, last: u32) -> Span {
    let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
    let port = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    if at >= BARE {
        return Span::Bare(byte(at - BARE), byte(last - BARE));
    }
    let (begin, protocol) =
        begins().filter(|(begin, _)| *begin <= at).last().unwrap_or((0, Protocol::TCP));
    let (from, to) = (at - begin, last.min(begin + WIDTH - 1) - begin);
    if protocol.has_ports() {
        return Span::Ports(protocol, port(from), port(to));
    }
    let to = to.min(from | 0xff);
    Span::Icmp(protocol, byte(from >> 8), byte(from & 0xff), byte(to & 0xff))
}

impl Span {
    /// Returns its first and last point.
    fn points(self) -> (Point, Point) {
        let begin = |protocol: Protocol| {
            begins().find(|(_, other)| *other == protocol).map_or(0, |(begin, _)| begin)
        };
        let (first, last) = match self {
            Self::Ports(protocol, first, last) => {
                (begin(protocol) + u32::from(first), begin(protocol) + u32::from(last))
            }
            Self::Icmp(protocol, kind, first, last) => {
                let begin = begin(protocol) + u32::from(kind) * 256;
                (begin + u32::from(first), begin + u32::from(last))
            }
            Self::Bare(first, last) => (BARE + u32::from(first), BARE + u32::from(last)),
        };
        (Point(first), Point(last))
    }
}

impl fmt::Debug for FlowSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.spans()).finish()
    }
}
