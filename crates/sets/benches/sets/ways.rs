//! The ways to keep sets that need no decision diagram.

use std::net::{IpAddr, Ipv4Addr};

use canreach_net::{
    AddressRange, AddressSet, Header, Icmp, PortSet, Ports, Protocol, ProtocolSet, RangeSet,
    Transport,
};
use canreach_sets::{Algebra, FlowSet, PacketSet, Runs};

use crate::workload::{Packet, Representation, Rule};

fn flows(rule: &Rule) -> FlowSet {
    let (first, last) = rule.destination_ports;
    let [kind, last_kind] = [first, last].map(|port| port.to_be_bytes()[0]);
    FlowSet::product(
        &ProtocolSet::range(rule.protocol.0, rule.protocol.1),
        &PortSet::range(rule.source_ports.0, rule.source_ports.1),
        &PortSet::range(first, last),
        &RangeSet::range(kind, last_kind),
        &RangeSet::all(),
    )
}

fn transport(packet: &Packet) -> Transport {
    let ports = Ports { source: packet.source_port, destination: packet.destination_port };
    let [kind, code] = packet.destination_port.to_be_bytes();
    Transport::new(Protocol(packet.protocol), ports, Icmp { kind, code })
}

/// Implements the operations by those of an algebra.
macro_rules! by_algebra {
    ($way:ty, $set:ty) => {
        type Set = $set;

        fn new() -> Self {
            Self
        }

        fn empty(&self) -> Self::Set {
            Algebra::empty()
        }

        fn full(&self) -> Self::Set {
            Algebra::full()
        }

        fn union(&self, a: &Self::Set, b: &Self::Set) -> Self::Set {
            Algebra::union(a, b)
        }

        fn intersection(&self, a: &Self::Set, b: &Self::Set) -> Self::Set {
            Algebra::intersection(a, b)
        }

        fn difference(&self, a: &Self::Set, b: &Self::Set) -> Self::Set {
            Algebra::difference(a, b)
        }
    };
}

/// What the crate does: one axis of protocol and destination port, source ports beside it.
pub(crate) struct Axis;

impl Representation for Axis {
    by_algebra!(Axis, FlowSet);

    fn of(&self, rule: &Rule) -> FlowSet {
        flows(rule)
    }

    fn holds(&self, set: &FlowSet, packet: &Packet) -> bool {
        set.contains(transport(packet))
    }
}

/// The axis alone, as sorted intervals: source ports are lost, so it answers less.
pub(crate) struct Intervals;

impl Intervals {
    fn begin(protocol: u8) -> u32 {
        u32::from(protocol) << 16
    }
}

impl Representation for Intervals {
    by_algebra!(Intervals, RangeSet<u32>);

    fn of(&self, rule: &Rule) -> RangeSet<u32> {
        let (first, last) = rule.destination_ports;
        RangeSet::range(
            Self::begin(rule.protocol.0) + u32::from(first),
            Self::begin(rule.protocol.1) + u32::from(last),
        )
    }

    fn holds(&self, set: &RangeSet<u32>, packet: &Packet) -> bool {
        set.contains(Self::begin(packet.protocol) + u32::from(packet.destination_port))
    }
}

/// Canonical products without the axis: protocol, then destination port, then source ports.
pub(crate) struct Nested;

impl Representation for Nested {
    by_algebra!(Nested, Runs<u8, Runs<u16, PortSet>>);

    fn of(&self, rule: &Rule) -> Self::Set {
        let ports = PortSet::range(rule.source_ports.0, rule.source_ports.1);
        let row = Runs::of(rule.destination_ports.0, rule.destination_ports.1, ports);
        Runs::of(rule.protocol.0, rule.protocol.1, row)
    }

    fn holds(&self, set: &Self::Set, packet: &Packet) -> bool {
        let row = set.at(packet.protocol).and_then(|row| row.at(packet.destination_port));
        row.is_some_and(|ports| ports.contains(packet.source_port))
    }
}

/// A box: a range for each field.
type Box5 = [(u32, u32); 5];

/// A list of boxes that do not overlap, in no canonical form: equal sets may be unequal values.
pub(crate) struct Boxes<const ADDRESSES: bool>;

fn meet(a: &Box5, b: &Box5) -> Option<Box5> {
    let mut both = *a;
    for (field, (first, last)) in both.iter_mut().zip(b) {
        *field = (field.0.max(*first), field.1.min(*last));
        if field.0 > field.1 {
            return None;
        }
    }
    Some(both)
}

/// Cuts what is left of a box without another into boxes, field by field.
fn cut(a: &Box5, b: &Box5, into: &mut Vec<Box5>) {
    let Some(both) = meet(a, b) else {
        into.push(*a);
        return;
    };
    let mut rest = *a;
    for at in 0..rest.len() {
        let (Some(&(first, last)), Some(&(from, to))) = (rest.get(at), both.get(at)) else {
            return;
        };
        for (low, high) in [(first, from.wrapping_sub(1)), (to.wrapping_add(1), last)] {
            if (low == first && from == first) || (high == last && to == last) {
                continue;
            }
            let mut piece = rest;
            if let Some(field) = piece.get_mut(at) {
                *field = (low, high);
            }
            into.push(piece);
        }
        if let Some(field) = rest.get_mut(at) {
            *field = (from, to);
        }
    }
}

impl<const ADDRESSES: bool> Representation for Boxes<ADDRESSES> {
    type Set = Vec<Box5>;

    fn new() -> Self {
        Self
    }

    fn empty(&self) -> Vec<Box5> {
        Vec::new()
    }

    fn full(&self) -> Vec<Box5> {
        let port = (0, u32::from(u16::MAX));
        vec![[(0, u32::MAX), (0, u32::MAX), (0, 255), port, port]]
    }

    fn of(&self, rule: &Rule) -> Vec<Box5> {
        let wide = |(first, last): (u16, u16)| (u32::from(first), u32::from(last));
        let all = (0, u32::MAX);
        vec![[
            if ADDRESSES { rule.from } else { all },
            if ADDRESSES { rule.to } else { all },
            (u32::from(rule.protocol.0), u32::from(rule.protocol.1)),
            wide(rule.destination_ports),
            wide(rule.source_ports),
        ]]
    }

    fn union(&self, a: &Vec<Box5>, b: &Vec<Box5>) -> Vec<Box5> {
        let mut sum = a.clone();
        sum.extend(self.difference(b, a));
        sum
    }

    fn intersection(&self, a: &Vec<Box5>, b: &Vec<Box5>) -> Vec<Box5> {
        a.iter().flat_map(|x| b.iter().filter_map(|y| meet(x, y))).collect()
    }

    fn difference(&self, a: &Vec<Box5>, b: &Vec<Box5>) -> Vec<Box5> {
        let mut rest = a.clone();
        for taken in b {
            let mut left = Vec::with_capacity(rest.len());
            for piece in &rest {
                cut(piece, taken, &mut left);
            }
            rest = left;
        }
        rest
    }

    fn holds(&self, set: &Vec<Box5>, packet: &Packet) -> bool {
        let values = [
            packet.from,
            packet.to,
            u32::from(packet.protocol),
            u32::from(packet.destination_port),
            u32::from(packet.source_port),
        ];
        let inside = |piece: &Box5| {
            piece.iter().zip(values).all(|(field, value)| field.0 <= value && value <= field.1)
        };
        set.iter().any(inside)
    }
}

/// What the crate does with addresses: rows by source, then destination, then the axis.
pub(crate) struct Rows;

fn block((first, last): (u32, u32)) -> AddressSet {
    let ends = [first, last].map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
    AddressRange::new(ends[0], ends[1]).map_or(AddressSet::EMPTY, AddressSet::from)
}

impl Representation for Rows {
    by_algebra!(Rows, PacketSet);

    fn of(&self, rule: &Rule) -> PacketSet {
        PacketSet::product(&block(rule.from), &block(rule.to), &flows(rule))
    }

    fn holds(&self, set: &PacketSet, packet: &Packet) -> bool {
        let [source, destination] =
            [packet.from, packet.to].map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
        set.contains(&Header { source, destination, transport: transport(packet) })
    }
}
