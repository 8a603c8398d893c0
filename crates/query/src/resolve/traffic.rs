//! Protocols and ports, as a user writes them.

use canreach_net::{
    PortRange, PortRangeError, PortSet, Protocol, ProtocolError, ProtocolSet, RangeSet,
};

/// Protocols and ports that a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// The protocols.
    pub protocols: ProtocolSet,
    /// The destination ports, where the protocols have ports.
    pub destination_ports: PortSet,
    /// The ICMP types, where the protocols are ICMP.
    pub icmp_types: RangeSet<u8>,
    /// The ICMP codes, where the protocols are ICMP.
    pub icmp_codes: RangeSet<u8>,
}

/// Why a text is no traffic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrafficError {
    /// The protocol has no name like that.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The port is none.
    #[error(transparent)]
    Port(#[from] PortRangeError),
    /// A port was given for a protocol that has none.
    #[error("{protocol} has no ports: leave out port `{port}`, or ask about tcp or udp")]
    NoPorts {
        /// The protocol.
        protocol: Protocol,
        /// The port as written.
        port: String,
    },
    /// A type and code that ICMP does not have.
    #[error(
        "`{text}` is no ICMP type and code; write for example `icmp/8` or `icmp/3/4`, with numbers from 0 to 255"
    )]
    IcmpType {
        /// The whole text.
        text: String,
    },
    /// A slash after a protocol that is not ICMP.
    #[error(
        "{protocol} has no type to write after the slash; write protocol `{protocol}` and port `{rest}` apart"
    )]
    NotIcmp {
        /// The protocol.
        protocol: Protocol,
        /// What stands after the slash.
        rest: String,
    },
}

impl Traffic {
    /// Returns every protocol and port.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            protocols: ProtocolSet::all(),
            destination_ports: PortSet::all(),
            icmp_types: RangeSet::all(),
            icmp_codes: RangeSet::all(),
        }
    }

    /// Returns the traffic that a protocol and a port stand for: everything if neither is given, TCP
    /// if only a port is.
    ///
    /// A protocol is a name or a number, and for ICMP may name a type and code: `icmp/8`, `icmp/3/4`.
    /// A port is one, or a range such as `8000-8080`.
    ///
    /// # Errors
    /// Fails when a text is malformed, or when the protocol has no ports and one is given.
    pub fn parse(protocol: Option<&str>, port: Option<&str>) -> Result<Self, TrafficError> {
        let mut traffic = protocol.map_or_else(|| Ok(Self::everything()), Self::of_protocol)?;
        let Some(port) = port else { return Ok(traffic) };
        if protocol.is_none() {
            traffic.protocols = single(Protocol::TCP);
        }
        if let Some(protocol) = traffic.only_protocol()
            && !protocol.has_ports()
        {
            return Err(TrafficError::NoPorts { protocol, port: port.to_owned() });
        }
        traffic.destination_ports = port.parse::<PortRange>()?.into();
        Ok(traffic)
    }

    /// Returns the protocol, where it is a single one.
    #[must_use]
    pub fn only_protocol(&self) -> Option<Protocol> {
        let (first, last) = (self.protocols.first()?, self.protocols.last()?);
        (first == last).then_some(Protocol(first))
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::everything()
    }

    fn of_protocol(text: &str) -> Result<Self, TrafficError> {
        let (name, rest) =
            text.split_once('/').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let protocol: Protocol = name.parse()?;
        let mut traffic = Self { protocols: single(protocol), ..Self::everything() };
        let Some(rest) = rest else { return Ok(traffic) };
        if !protocol.is_icmp() {
            return Err(TrafficError::NotIcmp { protocol, rest: rest.to_owned() });
        }
        let malformed = || TrafficError::IcmpType { text: text.to_owned() };
        let (kind, code) =
            rest.split_once('/').map_or((rest, None), |(kind, code)| (kind, Some(code)));
        traffic.icmp_types = RangeSet::single(number(kind).ok_or_else(malformed)?);
        if let Some(code) = code {
            traffic.icmp_codes = RangeSet::single(number(code).ok_or_else(malformed)?);
        }
        Ok(traffic)
    }
}

fn single(protocol: Protocol) -> ProtocolSet {
    ProtocolSet::single(protocol.0)
}

/// Reads digits alone; `u8::from_str` would accept a sign.
fn number(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(protocol: Option<&str>, port: Option<&str>) -> String {
        Traffic::parse(protocol, port).unwrap_err().to_string()
    }

    #[test]
    fn nothing_written_means_everything() {
        assert!(Traffic::parse(None, None).unwrap().is_everything());
    }

    #[test]
    fn a_port_alone_means_tcp() {
        let traffic = Traffic::parse(None, Some("5432")).unwrap();
        assert_eq!(traffic.only_protocol(), Some(Protocol::TCP));
        assert_eq!(traffic.destination_ports, PortSet::single(5432));
        assert_eq!(traffic, Traffic::parse(Some("TCP"), Some("5432-5432")).unwrap());
    }

    #[test]
    fn a_protocol_alone_means_all_its_ports_and_types() {
        let traffic = Traffic::parse(Some("udp"), None).unwrap();
        assert_eq!(traffic.only_protocol(), Some(Protocol::UDP));
        assert!(traffic.destination_ports.is_all());
        assert_eq!(Traffic::parse(Some("47"), None).unwrap().only_protocol(), Some(Protocol::GRE));
    }

    #[test]
    fn icmp_may_name_type_and_code() {
        let echo = Traffic::parse(Some("icmp/8"), None).unwrap();
        assert_eq!(echo.icmp_types, RangeSet::single(8));
        assert!(echo.icmp_codes.is_all());
        let exact = Traffic::parse(Some("icmpv6/128/0"), None).unwrap();
        assert_eq!(exact.only_protocol(), Some(Protocol::ICMPV6));
        assert_eq!(
            (exact.icmp_types, exact.icmp_codes),
            (RangeSet::single(128), RangeSet::single(0))
        );
    }

    #[test]
    fn says_what_to_write_instead() {
        assert_eq!(
            message(Some("icmp"), Some("443")),
            "icmp has no ports: leave out port `443`, or ask about tcp or udp"
        );
        assert_eq!(
            message(Some("tcp/443"), None),
            "tcp has no type to write after the slash; write protocol `tcp` and port `443` apart"
        );
        for text in ["icmp/", "icmp/256", "icmp/8/", "icmp/+8", "icmp/8/0/0"] {
            assert!(
                matches!(Traffic::parse(Some(text), None), Err(TrafficError::IcmpType { .. })),
                "{text}"
            );
        }
        assert!(message(Some("http"), None).starts_with("`http` is no protocol"));
        assert_eq!(message(None, Some("90-80")), "port range `90-80` is reversed; write `80-90`");
    }
}
