//! Sets of original headers: a set for each field.

use canreach_net::{AddressSet, Family, Header, Icmp, PortSet, Protocol, ProtocolSet, RangeSet};

/// A product of field sets: the headers whose every field is in its set.
///
/// The port sets constrain only protocols with ports, the ICMP sets only ICMP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeaderSet {
    /// Source addresses.
    pub sources: AddressSet,
    /// Destination addresses.
    pub destinations: AddressSet,
    /// Protocols.
    pub protocols: ProtocolSet,
    /// Source ports.
    pub source_ports: PortSet,
    /// Destination ports.
    pub destination_ports: PortSet,
    /// ICMP types.
    pub icmp_types: RangeSet<u8>,
    /// ICMP codes.
    pub icmp_codes: RangeSet<u8>,
}

impl HeaderSet {
    /// Returns every header between these addresses.
    #[must_use]
    pub fn between(sources: AddressSet, destinations: AddressSet) -> Self {
        Self {
            sources,
            destinations,
            protocols: ProtocolSet::all(),
            source_ports: PortSet::all(),
            destination_ports: PortSet::all(),
            icmp_types: RangeSet::all(),
            icmp_codes: RangeSet::all(),
        }
    }

    /// Returns the headers of one address family; the two ends of a header always share theirs.
    #[must_use]
    pub fn of_family(&self, family: Family) -> Self {
        Self {
            sources: self.sources.of_family(family),
            destinations: self.destinations.of_family(family),
            ..self.clone()
        }
    }

    /// Whether the set holds no header.
    ///
    /// A set whose protocols have no ports is not empty for want of ports, and likewise for ICMP.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        if self.sources.is_empty() || self.destinations.is_empty() {
            return true;
        }
        let holds = |Protocol(number)| self.protocols.contains(number);
        let with_ports = WITH_PORTS.into_iter().any(holds)
            && !self.source_ports.is_empty()
            && !self.destination_ports.is_empty();
        let icmp = ICMP.into_iter().any(holds)
            && !self.icmp_types.is_empty()
            && !self.icmp_codes.is_empty();
        !with_ports && !icmp && !self.has_bare_protocols()
    }

    /// Whether a protocol of the set has neither ports nor ICMP types.
    fn has_bare_protocols(&self) -> bool {
        let wide = |number: u8| WITH_PORTS.into_iter().chain(ICMP).any(|it| it == Protocol(number));
        // No more than a few numbers are wide: the first others come soon.
        self.protocols.ranges().any(|(first, last)| (first..=last).any(|number| !wide(number)))
    }

    /// Whether the set holds `header`.
    #[must_use]
    pub fn contains(&self, header: &Header) -> bool {
        let Protocol(number) = header.transport.protocol();
        let ports = header.transport.ports().is_none_or(|ports| {
            self.source_ports.contains(ports.source)
                && self.destination_ports.contains(ports.destination)
        });
        let icmp = header.transport.icmp().is_none_or(|Icmp { kind, code }| {
            self.icmp_types.contains(kind) && self.icmp_codes.contains(code)
        });
        self.sources.contains(header.source)
            && self.destinations.contains(header.destination)
            && self.protocols.contains(number)
            && ports
            && icmp
    }

    /// Returns the protocols of the set that have ports.
    #[must_use]
    pub fn with_ports(&self) -> ProtocolSet {
        self.protocols.intersection(&protocols_with_ports())
    }

    /// Returns the protocols of the set that are ICMP.
    #[must_use]
    pub fn icmp_protocols(&self) -> ProtocolSet {
        self.protocols.intersection(&icmp_protocols())
    }

    /// Returns the protocols of the set that have neither ports nor ICMP types.
    #[must_use]
    pub fn bare_protocols(&self) -> ProtocolSet {
        self.protocols.difference(&protocols_with_ports()).difference(&icmp_protocols())
    }
}

/// The protocols with ports.
const WITH_PORTS: [Protocol; 2] = [Protocol::TCP, Protocol::UDP];
/// The protocols with types and codes.
const ICMP: [Protocol; 2] = [Protocol::ICMP, Protocol::ICMPV6];

/// Returns TCP and UDP.
pub(crate) fn protocols_with_ports() -> ProtocolSet {
    WITH_PORTS.into_iter().map(|Protocol(number)| (number, number)).collect()
}

/// Returns ICMP and ICMPv6.
fn icmp_protocols() -> ProtocolSet {
    ICMP.into_iter().map(|Protocol(number)| (number, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> AddressSet {
        text.parse::<canreach_net::AddressRange>().unwrap().into()
    }

    #[test]
    fn a_set_without_ports_still_holds_protocols_without_them() {
        let mut set = HeaderSet::between(addresses("10.0.0.1"), addresses("10.0.0.2"));
        assert!(!set.is_empty());
        set.destination_ports = PortSet::EMPTY;
        assert!(!set.is_empty(), "GRE and ICMP remain");
        set.protocols = ProtocolSet::single(Protocol::TCP.0);
        assert!(set.is_empty());
        set.protocols = ProtocolSet::single(Protocol::GRE.0);
        assert!(!set.is_empty());
        set.icmp_types = RangeSet::EMPTY;
        assert!(!set.is_empty(), "GRE has no types");
        set.protocols = ProtocolSet::single(Protocol::ICMP.0);
        assert!(set.is_empty());
    }
}
