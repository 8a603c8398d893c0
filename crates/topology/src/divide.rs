//! Dividing packets: by their headers, by facts, and by what the network picks.

use std::{borrow::Borrow, net::IpAddr, rc::Rc};

use canreach_model::{Chooser, FactId, Setting};
use canreach_net::{AddressSet, PortSet, Protocol, ProtocolSet, RangeSet};

use crate::{
    AddressView, Condition, HeaderView, PortView, header_set::protocols_with_ports, packet::Packet,
};

impl Packet {
    /// Returns the values an address of the header may have.
    pub(crate) fn values(&self, view: AddressView) -> AddressSet {
        match view {
            AddressView::Source => self.guard.headers.sources.clone(),
            AddressView::Destination => self.guard.headers.destinations.clone(),
            AddressView::Fixed(address) => address.into(),
        }
    }

    /// Returns the value of an address of the header, if they all have one.
    pub(crate) fn only_value(&self, view: AddressView) -> Option<IpAddr> {
        let values = match view {
            AddressView::Source => &self.guard.headers.sources,
            AddressView::Destination => &self.guard.headers.destinations,
            AddressView::Fixed(address) => return Some(address),
        };
        let mut ranges = values.ranges();
        let only = ranges.next().filter(|range| range.first() == range.last())?;
        ranges.next().is_none().then(|| only.first())
    }

    /// Returns those of the packets whose address lies in `set`.
    pub(crate) fn with_address(&self, view: AddressView, set: &AddressSet) -> Option<Self> {
        let values = self.values(view).intersection(set);
        if values.is_empty() {
            return None;
        }
        Some(self.clone().narrowed(view, values))
    }

    /// Returns those of the packets whose address has one of these values, some of its own.
    fn narrowed(mut self, view: AddressView, values: AddressSet) -> Self {
        match view {
            AddressView::Source => Rc::make_mut(&mut self.guard).headers.sources = values,
            AddressView::Destination => Rc::make_mut(&mut self.guard).headers.destinations = values,
            AddressView::Fixed(_) => {}
        }
        self
    }

    /// Returns those of the packets whose protocol lies in `set`.
    pub(crate) fn with_protocol(&self, set: &ProtocolSet) -> Option<Self> {
        let mut part = self.clone();
        let headers = &mut Rc::make_mut(&mut part.guard).headers;
        headers.protocols = headers.protocols.intersection(set);
        part.non_empty()
    }

    /// Returns those of the packets whose ICMP type and code lie in these sets, and those that are no
    /// ICMP messages.
    pub(crate) fn with_icmp(&self, types: &RangeSet<u8>, codes: &RangeSet<u8>) -> Option<Self> {
        let mut part = self.clone();
        let headers = &mut Rc::make_mut(&mut part.guard).headers;
        headers.icmp_types = headers.icmp_types.intersection(types);
        headers.icmp_codes = headers.icmp_codes.intersection(codes);
        part.non_empty()
    }

    /// Whether the ICMP messages among the packets are all of one family's ICMP.
    pub(crate) fn carries_one_icmp(&self) -> bool {
        let carries = |Protocol(number)| self.guard.headers.protocols.contains(number);
        !(carries(Protocol::ICMP) && carries(Protocol::ICMPV6))
    }

    /// Returns those of the packets that have ports and whose destination port lies in `set`; the
    /// outer `None` when the port is one that the network chose.
    #[expect(clippy::option_option, reason = "no packets, and no answer, are two things")]
    pub(crate) fn with_destination_port(&self, set: &PortSet) -> Option<Option<Self>> {
        let mut part = self.clone();
        let headers = &mut Rc::make_mut(&mut part.guard).headers;
        headers.protocols = headers.protocols.intersection(&protocols_with_ports());
        match self.header.destination_port {
            PortView::Source => headers.source_ports = headers.source_ports.intersection(set),
            PortView::Destination { shift } => {
                headers.destination_ports =
                    headers.destination_ports.intersection(&shifted(set, -shift));
            }
            PortView::Fixed(fixed) if set.contains(fixed) => {}
            PortView::Fixed(_) => return Some(None),
            PortView::Chosen(_) => return None,
        }
        Some(part.non_empty())
    }

    /// Returns those of the packets for which a fact has a value.
    pub(crate) fn with_fact(&self, fact: FactId, value: bool) -> Option<Self> {
        self.with_condition(Condition::Fact(fact, value))
    }

    /// Returns those of the packets for which a condition holds besides.
    pub(crate) fn with_condition(&self, condition: Condition) -> Option<Self> {
        if self.guard.conditions.contains(&condition.negated()) {
            return None;
        }
        let mut part = self.clone();
        if !part.guard.conditions.contains(&condition) {
            Rc::make_mut(&mut part.guard).conditions.push(condition);
        }
        Some(part)
    }

    fn non_empty(self) -> Option<Self> {
        (!self.guard.headers.is_empty()).then_some(self)
    }

    /// Divides the packets into those whose two addresses are equal, and the others.
    pub(crate) fn split_on_addresses(
        self,
        a: AddressView,
        b: AddressView,
    ) -> (Vec<Self>, Vec<Self>) {
        if a == b {
            return (vec![self], Vec::new());
        }
        if self.values(a).is_disjoint(&self.values(b)) {
            return (Vec::new(), vec![self]);
        }
        // One side is a constant: the other side's values divide.
        let divide = |packet: Self, view: AddressView, value: IpAddr| {
            let (same, rest) = split(packet, view, &value.into());
            (same.into_iter().collect(), rest.into_iter().collect())
        };
        match (self.only_value(a), self.only_value(b)) {
            (Some(value), _) => divide(self, b, value),
            (None, Some(value)) => divide(self, a, value),
            (None, None) => self.split_on(Condition::SameAddress(a, b, true)),
        }
    }

    /// Divides the packets into those whose two ports are equal (or that have none), and the others.
    pub(crate) fn split_on_ports(self, a: PortView, b: PortView) -> (Vec<Self>, Vec<Self>) {
        if a == b || self.guard.headers.with_ports().is_empty() {
            return (vec![self], Vec::new());
        }
        if let (PortView::Fixed(_), PortView::Fixed(_)) = (a, b) {
            let with_ports = protocols_with_ports();
            let without = self.with_protocol(&with_ports.complement());
            let with = self.with_protocol(&with_ports);
            return (without.into_iter().collect(), with.into_iter().collect());
        }
        self.split_on(Condition::SamePort(a, b, true))
    }

    fn split_on(&self, condition: Condition) -> (Vec<Self>, Vec<Self>) {
        (
            self.with_condition(condition).into_iter().collect(),
            self.with_condition(condition.negated()).into_iter().collect(),
        )
    }

    /// Divides the packets into those whose header equals `other`, and the others. Protocols are
    /// equal, and so are ICMP messages: both headers are replies to one request.
    pub(crate) fn split_on_header(self, other: HeaderView) -> (Vec<Self>, Vec<Self>) {
        let mine = self.header;
        let mut equal = vec![self];
        let mut others = Vec::new();
        for (a, b) in [(mine.source, other.source), (mine.destination, other.destination)] {
            let mut still = Vec::new();
            for packet in equal {
                let (same, different) = packet.split_on_addresses(a, b);
                still.extend(same);
                others.extend(different);
            }
            equal = still;
        }
        let ports = [
            (mine.source_port, other.source_port),
            (mine.destination_port, other.destination_port),
        ];
        for (a, b) in ports {
            let mut still = Vec::new();
            for packet in equal {
                let (same, different) = packet.split_on_ports(a, b);
                still.extend(same);
                others.extend(different);
            }
            equal = still;
        }
        (equal, others)
    }

    /// Divides the packets by what the network picks of `count` things; what it picked before, it
    /// picks again.
    pub(crate) fn split_on_pick(&self, chooser: Chooser, count: usize) -> Vec<(Self, usize)> {
        if count <= 1 {
            return (0..count).map(|only| (self.clone(), only)).collect();
        }
        if let Some((_, made)) = self.guard.picks.iter().find(|(other, _)| *other == chooser) {
            // A pick past the end means the first.
            return vec![(self.clone(), if *made < count { *made } else { 0 })];
        }
        let with = |pick| {
            let mut part = self.clone();
            Rc::make_mut(&mut part.guard).picks.push((chooser, pick));
            (part, pick)
        };
        (0..count).map(with).collect()
    }
}

/// Divides packets by whether an address of theirs lies in `set`.
pub(crate) fn split(
    packet: Packet,
    view: AddressView,
    set: &AddressSet,
) -> (Option<Packet>, Option<Packet>) {
    let (divided, rest) = split_among(packet, view, [((), set)]);
    (divided.into_iter().next().map(|(packet, ())| packet), rest)
}

/// Divides packets among sets, by the first that holds an address of theirs; what none holds comes
/// last.
pub(crate) fn split_among<T>(
    packet: Packet,
    view: AddressView,
    sets: impl IntoIterator<Item = (T, impl Borrow<AddressSet>)>,
) -> (Vec<(Packet, T)>, Option<Packet>) {
    let mut divided = Vec::new();
    let mut rest = packet.values(view);
    for (what, set) in sets {
        let held = rest.intersection(set.borrow());
        if held.is_empty() {
            continue;
        }
        rest = rest.difference(&held);
        if rest.is_empty() {
            divided.push((packet.narrowed(view, held), what));
            return (divided, None);
        }
        divided.push((packet.clone().narrowed(view, held), what));
    }
    (divided, Some(packet.narrowed(view, rest)))
}

/// Divides packets by the value of a setting.
pub(crate) fn under(packet: Packet, setting: Setting<bool>) -> Vec<(Packet, bool)> {
    match setting {
        Setting::Decided(value) => vec![(packet, value)],
        Setting::Disputed { fact, if_true, if_false } => {
            let values = [(true, if_true), (false, if_false)];
            values
                .into_iter()
                .filter_map(|(value, meaning)| Some((packet.with_fact(fact, value)?, meaning)))
                .collect()
        }
    }
}

/// Returns the set with `by` added to each port; ports that leave the range are dropped.
fn shifted(set: &PortSet, by: i32) -> PortSet {
    let move_port = |port: u16| u16::try_from(i32::from(port) + by);
    set.ranges()
        .filter_map(|(first, last)| match (move_port(first), move_port(last)) {
            (Ok(first), Ok(last)) => Some((first, last)),
            // The range crosses an end of the port space: keep what remains inside.
            (Err(_), Ok(last)) if by < 0 => Some((0, last)),
            (Ok(first), Err(_)) if by > 0 => Some((first, u16::MAX)),
            (Ok(_) | Err(_), Err(_)) | (Err(_), Ok(_)) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use canreach_net::{Protocol, RangeSet};
    use canreach_testkit::builder::address;

    use super::*;
    use crate::HeaderSet;

    fn packet(protocol: Protocol) -> Packet {
        let mut headers =
            HeaderSet::between(address("10.0.0.1").into(), address("10.0.0.2").into());
        headers.protocols = RangeSet::single(protocol.0);
        Packet::new(headers)
    }

    #[test]
    fn moving_a_set_of_ports_drops_what_leaves_the_range() {
        let set = PortSet::range(80, 90);
        assert_eq!(shifted(&set, 8000), PortSet::range(8080, 8090));
        assert_eq!(shifted(&set, -85), PortSet::range(0, 5));
        assert_eq!(shifted(&set, -91), PortSet::EMPTY);
        assert_eq!(shifted(&set, 65_450), PortSet::range(65_530, 65_535));
        assert_eq!(shifted(&set, 65_456), PortSet::EMPTY);
    }

    #[test]
    fn a_port_that_was_shifted_is_asked_for_before_its_shift() {
        let mut packet = packet(Protocol::TCP);
        packet.header.destination_port = PortView::Destination { shift: 10 };
        let part = packet.with_destination_port(&PortSet::single(100)).unwrap().unwrap();
        assert_eq!(part.guard.headers.destination_ports, PortSet::single(90));
        packet.header.destination_port = PortView::Source;
        let part = packet.with_destination_port(&PortSet::single(100)).unwrap().unwrap();
        assert_eq!(part.guard.headers.source_ports, PortSet::single(100));
        assert!(part.guard.headers.destination_ports.is_all());
    }

    #[test]
    fn packets_without_ports_do_not_differ_in_them() {
        let ports = (PortView::Source, PortView::Destination { shift: 0 });
        let split = |protocol| {
            let (equal, others) = packet(protocol).split_on_ports(ports.0, ports.1);
            (equal.len(), others.len())
        };
        assert_eq!(split(Protocol::ICMP), (1, 0));
        assert_eq!(split(Protocol::UDP), (1, 1));
    }

    #[test]
    fn a_condition_is_divided_by_once() {
        let condition =
            Condition::SamePort(PortView::Source, PortView::Destination { shift: 0 }, true);
        let part = packet(Protocol::TCP).with_condition(condition).unwrap();
        assert!(part.with_condition(condition.negated()).is_none());
        let again = part.with_condition(condition).unwrap();
        assert_eq!(again.guard.conditions, [condition]);
    }

    #[test]
    fn a_port_that_was_fixed_is_in_a_set_or_not() {
        let mut packet = packet(Protocol::TCP);
        packet.header.destination_port = PortView::Fixed(8080);
        let part = |set: &PortSet| packet.with_destination_port(set).unwrap();
        assert!(part(&PortSet::single(80)).is_none());
        let inside = part(&PortSet::range(8000, 8100)).unwrap();
        assert!(inside.guard.headers.destination_ports.is_all(), "whatever it was before");
        let (equal, others) = packet.split_on_ports(PortView::Fixed(80), PortView::Fixed(81));
        assert_eq!((equal.len(), others.len()), (0, 1));
    }

    #[test]
    fn what_was_picked_once_is_picked_again() {
        let mut network = canreach_testkit::Builder::new(canreach_model::ProfileName::Aws);
        let vpc = network.vpc(&["10.0.0.0/16"]);
        let chooser = Chooser::SourceTranslation(network.nat_at_vpc(vpc));
        let packet = packet(Protocol::TCP);
        let picks = |parts: &[(Packet, usize)]| -> Vec<usize> {
            parts.iter().map(|(_, pick)| *pick).collect()
        };
        assert!(picks(&packet.split_on_pick(chooser, 0)).is_empty());
        let only = packet.split_on_pick(chooser, 1);
        assert_eq!(picks(&only), [0]);
        assert!(only[0].0.guard.picks.is_empty(), "there was nothing to pick");
        let parts = packet.split_on_pick(chooser, 3);
        assert_eq!(picks(&parts), [0, 1, 2]);
        assert_eq!(picks(&parts[2].0.split_on_pick(chooser, 3)), [2]);
        assert_eq!(picks(&parts[2].0.split_on_pick(chooser, 2)), [0], "past the end of the list");
    }
}
