//! The variables of the original header, and a header as some filter sees it.

use canreach_net::{Family, Header, Icmp, Ports, Protocol, Transport};
use canreach_topology::HeaderSet;
use z3::{Model, ast::Bool};

use crate::term::{self, Address, Byte, Port, all, any};

/// The variables that stand for the original header.
///
/// Walks of both families may meet in one formula, so each family has address variables of its own,
/// and one more variable says which family counts.
#[derive(Clone, Debug)]
pub(crate) struct Original {
    is_v6: Bool,
    v4: (Address, Address),
    v6: (Address, Address),
    /// The protocol.
    pub(crate) protocol: Byte,
    /// The source port; means nothing where the protocol has none.
    pub(crate) source_port: Port,
    /// The destination port; likewise.
    pub(crate) destination_port: Port,
    /// The ICMP type; likewise.
    pub(crate) icmp_type: Byte,
    /// The ICMP code; likewise.
    pub(crate) icmp_code: Byte,
}

impl Original {
    /// Returns the variables of the present context.
    pub(crate) fn variables() -> Self {
        let ends = |family, suffix: &str| {
            let source = Address::variable(&format!("source_{suffix}"), family);
            (source, Address::variable(&format!("destination_{suffix}"), family))
        };
        Self {
            is_v6: Bool::new_const("is_ipv6"),
            v4: ends(Family::V4, "v4"),
            v6: ends(Family::V6, "v6"),
            protocol: Byte::variable("protocol"),
            source_port: Port::variable("source_port"),
            destination_port: Port::variable("destination_port"),
            icmp_type: Byte::variable("icmp_type"),
            icmp_code: Byte::variable("icmp_code"),
        }
    }

    /// Returns one header as terms without variables.
    pub(crate) fn constant(header: &Header) -> Self {
        let (source, destination) =
            (Address::constant(header.source), Address::constant(header.destination));
        let variables = Self::variables();
        let ports = header.transport.ports().unwrap_or(Ports { source: 0, destination: 0 });
        let icmp = header.transport.icmp().unwrap_or(Icmp { kind: 0, code: 0 });
        let Protocol(protocol) = header.transport.protocol();
        let (v4, v6) = match header.family() {
            Family::V4 => ((source, destination), variables.v6),
            Family::V6 => (variables.v4, (source, destination)),
        };
        Self {
            is_v6: term::constant(header.family() == Family::V6),
            v4,
            v6,
            protocol: Byte::constant(protocol),
            source_port: Port::constant(ports.source),
            destination_port: Port::constant(ports.destination),
            icmp_type: Byte::constant(icmp.kind),
            icmp_code: Byte::constant(icmp.code),
        }
    }

    /// Returns the source and the destination of a header of `family`.
    pub(crate) fn ends(&self, family: Family) -> (&Address, &Address) {
        let (source, destination) = match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        };
        (source, destination)
    }

    /// Returns a formula that is true iff the header is of `family`.
    pub(crate) fn is_of(&self, family: Family) -> Bool {
        term::equals(&self.is_v6, family == Family::V6)
    }

    /// Returns a formula that is true iff the header is in `set`.
    pub(crate) fn is_in(&self, set: &HeaderSet) -> Bool {
        let addresses = Family::BOTH.map(|family| {
            let of_family = set.of_family(family);
            let (source, destination) = self.ends(family);
            all([
                self.is_of(family),
                source.is_in(&of_family.sources),
                destination.is_in(&of_family.destinations),
            ])
        });
        let ports = all([
            self.source_port.is_in(&set.source_ports),
            self.destination_port.is_in(&set.destination_ports),
        ]);
        let icmp =
            all([self.icmp_type.is_in(&set.icmp_types), self.icmp_code.is_in(&set.icmp_codes)]);
        // Parts for protocols that the set does not hold would only be ballast.
        let ports = any([self.protocol.is_in(&set.with_ports().complement()), ports]);
        let icmp = any([self.protocol.is_in(&set.icmp_protocols().complement()), icmp]);
        all([any(addresses), self.protocol.is_in(&set.protocols), ports, icmp])
    }

    /// Returns the header of a model, of `family`.
    pub(crate) fn read(&self, model: &Model, family: Family) -> Option<Header> {
        let (source, destination) = self.ends(family);
        let ports = Ports {
            source: self.source_port.read(model)?,
            destination: self.destination_port.read(model)?,
        };
        let icmp = Icmp { kind: self.icmp_type.read(model)?, code: self.icmp_code.read(model)? };
        Some(Header {
            source: source.read(model)?,
            destination: destination.read(model)?,
            transport: Transport::new(Protocol(self.protocol.read(model)?), ports, icmp),
        })
    }
}

/// A header somewhere on the way, as terms over the original header and the network's choices.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The source address.
    pub(crate) source: Address,
    /// The destination address.
    pub(crate) destination: Address,
    /// The protocol.
    pub(crate) protocol: Byte,
    /// The source port.
    pub(crate) source_port: Port,
    /// The destination port.
    pub(crate) destination_port: Port,
    /// The ICMP type.
    pub(crate) icmp_type: Byte,
    /// The ICMP code.
    pub(crate) icmp_code: Byte,
}

impl Seen {
    /// Returns the address family.
    pub(crate) fn family(&self) -> Family {
        self.destination.family()
    }
}

/// Returns a formula that is true iff a protocol has ports.
pub(crate) fn has_ports(protocol: &Byte) -> Bool {
    any([protocol.is(Protocol::TCP.0), protocol.is(Protocol::UDP.0)])
}

/// Returns a formula that is true iff a protocol is ICMP of either family.
pub(crate) fn is_icmp(protocol: &Byte) -> Bool {
    any([protocol.is(Protocol::ICMP.0), protocol.is(Protocol::ICMPV6.0)])
}

/// Returns the type of the message that answers a request of type `kind`; any term where no message
/// does, which the guard of a walk rules out.
pub(crate) fn answering_type(protocol: &Byte, kind: &Byte) -> Byte {
    let v4 = Icmp::REPLIES_V4.map(|pair| (Protocol::ICMP, pair));
    let v6 = Icmp::REPLIES_V6.map(|pair| (Protocol::ICMPV6, pair));
    v4.into_iter().chain(v6).fold(
        kind.clone(),
        |otherwise, (Protocol(number), (request, reply))| {
            let applies = all([protocol.is(number), kind.is(request)]);
            otherwise.unless(&applies, &Byte::constant(reply))
        },
    )
}

/// Returns the family of the headers of a guard, which are all of one.
pub(crate) fn family_of(headers: &HeaderSet) -> Family {
    if headers.of_family(Family::V4).is_empty() { Family::V6 } else { Family::V4 }
}
