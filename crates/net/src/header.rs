//! One packet's header.

use std::{fmt, net::IpAddr};

use crate::{Family, Protocol};

/// The header of one unfragmented packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Header {
    /// The source address; of the same family as the destination.
    pub source: IpAddr,
    /// The destination address.
    pub destination: IpAddr,
    /// What follows the IP header.
    pub transport: Transport,
}

/// The transport header of a packet.
///
/// Ports exist only where the protocol has them, so "ICMP to port 443" cannot be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// A TCP segment.
    Tcp(Ports),
    /// A UDP datagram.
    Udp(Ports),
    /// An ICMP message of IPv4.
    Icmp(Icmp),
    /// An ICMP message of IPv6.
    Icmpv6(Icmp),
    /// Any other protocol; never one of the numbers above.
    Other(Protocol),
}

/// The ports of a TCP or UDP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ports {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
}

/// The type and code of an ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Icmp {
    /// The message type, such as 8 for an echo request.
    pub kind: u8,
    /// The code within the type.
    pub code: u8,
}

impl Transport {
    /// Returns the transport header of `protocol` with the given ports, or type and code.
    ///
    /// Parts that the protocol does not have are dropped.
    #[must_use]
    pub fn new(protocol: Protocol, ports: Ports, icmp: Icmp) -> Self {
        match protocol {
            Protocol::TCP => Self::Tcp(ports),
            Protocol::UDP => Self::Udp(ports),
            Protocol::ICMP => Self::Icmp(icmp),
            Protocol::ICMPV6 => Self::Icmpv6(icmp),
            other => Self::Other(other),
        }
    }

    /// Whether packets of a family carry it: ICMP belongs to IPv4, ICMPv6 to IPv6.
    #[must_use]
    pub fn fits(self, family: Family) -> bool {
        match self {
            Self::Icmp(_) => family == Family::V4,
            Self::Icmpv6(_) => family == Family::V6,
            Self::Tcp(_) | Self::Udp(_) | Self::Other(_) => true,
        }
    }

    /// Returns the protocol.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Tcp(_) => Protocol::TCP,
            Self::Udp(_) => Protocol::UDP,
            Self::Icmp(_) => Protocol::ICMP,
            Self::Icmpv6(_) => Protocol::ICMPV6,
            Self::Other(protocol) => protocol,
        }
    }

    /// Returns the ports, where the protocol has them.
    #[must_use]
    pub fn ports(self) -> Option<Ports> {
        match self {
            Self::Tcp(ports) | Self::Udp(ports) => Some(ports),
            Self::Icmp(_) | Self::Icmpv6(_) | Self::Other(_) => None,
        }
    }

    /// Returns the ICMP type and code, where the protocol is ICMP.
    #[must_use]
    pub fn icmp(self) -> Option<Icmp> {
        match self {
            Self::Icmp(icmp) | Self::Icmpv6(icmp) => Some(icmp),
            Self::Tcp(_) | Self::Udp(_) | Self::Other(_) => None,
        }
    }

    /// Returns the same transport header with other ports; unchanged where there are none.
    #[must_use]
    pub fn with_ports(self, ports: Ports) -> Self {
        match self {
            Self::Tcp(_) => Self::Tcp(ports),
            Self::Udp(_) => Self::Udp(ports),
            Self::Icmp(_) | Self::Icmpv6(_) | Self::Other(_) => self,
        }
    }
}

impl Icmp {
    /// The pairs of request and reply types of ICMP for IPv4: echo (RFC 792), timestamp (RFC 792),
    /// information (RFC 792), address mask (RFC 950).
    pub const REPLIES_V4: [(u8, u8); 4] = [(8, 0), (13, 14), (15, 16), (17, 18)];
    /// The pair of request and reply types of ICMPv6: echo (RFC 4443).
    pub const REPLIES_V6: [(u8, u8); 1] = [(128, 129)];
}

impl Header {
    /// Returns the address family.
    #[must_use]
    pub fn family(&self) -> Family {
        Family::of(self.destination)
    }

    /// Returns the header that a receiver which answers sends back, or `None` for a message that
    /// has no answer.
    ///
    /// An ICMP request is answered by its reply type with code 0; an ICMP error answers nothing.
    #[must_use]
    pub fn reply(&self) -> Option<Self> {
        let transport = match self.transport {
            Transport::Tcp(ports) => Transport::Tcp(ports.swapped()),
            Transport::Udp(ports) => Transport::Udp(ports.swapped()),
            Transport::Icmp(icmp) => Transport::Icmp(reply_of(icmp, &Icmp::REPLIES_V4)?),
            Transport::Icmpv6(icmp) => Transport::Icmpv6(reply_of(icmp, &Icmp::REPLIES_V6)?),
            Transport::Other(protocol) => Transport::Other(protocol),
        };
        Some(Self { source: self.destination, destination: self.source, transport })
    }
}

fn reply_of(request: Icmp, replies: &[(u8, u8)]) -> Option<Icmp> {
    let (_, reply) = replies.iter().find(|(kind, _)| *kind == request.kind)?;
    (request.code == 0).then_some(Icmp { kind: *reply, code: 0 })
}

impl Ports {
    /// Returns the ports of a packet that goes the other way.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { source: self.destination, destination: self.source }
    }
}

/// Prints `10.0.1.10:40000 -> 10.0.2.20:5432 tcp`, and `10.0.1.10 -> 10.0.2.20 icmp type 8 code 0`.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = self.transport.protocol();
        if let Some(ports) = self.transport.ports() {
            let source = std::net::SocketAddr::new(self.source, ports.source);
            let destination = std::net::SocketAddr::new(self.destination, ports.destination);
            return write!(f, "{source} -> {destination} {protocol}");
        }
        write!(f, "{} -> {} {protocol}", self.source, self.destination)?;
        match self.transport.icmp() {
            Some(icmp) => write!(f, " type {} code {}", icmp.kind, icmp.code),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(transport: Transport) -> Header {
        Header {
            source: "10.0.0.1".parse().unwrap(),
            destination: "10.0.0.2".parse().unwrap(),
            transport,
        }
    }

    #[test]
    fn a_reply_swaps_addresses_and_ports() {
        let request = header(Transport::Tcp(Ports { source: 40000, destination: 22 }));
        let reply = request.reply().unwrap();
        assert_eq!(reply.to_string(), "10.0.0.2:22 -> 10.0.0.1:40000 tcp");
        assert_eq!(reply.reply(), Some(request));
    }

    #[test]
    fn only_icmp_requests_are_answered() {
        let echo = header(Transport::Icmp(Icmp { kind: 8, code: 0 }));
        let answer = echo.reply().unwrap();
        assert_eq!(answer.transport, Transport::Icmp(Icmp { kind: 0, code: 0 }));
        assert_eq!(answer.reply(), None, "a reply is not answered");
        let unreachable = header(Transport::Icmp(Icmp { kind: 3, code: 1 }));
        assert_eq!(unreachable.reply(), None, "an error is not answered");
    }

    #[test]
    fn ports_exist_only_where_the_protocol_has_them() {
        let ports = Ports { source: 1, destination: 2 };
        let icmp = Icmp { kind: 8, code: 0 };
        assert_eq!(Transport::new(Protocol::GRE, ports, icmp), Transport::Other(Protocol::GRE));
        assert_eq!(Transport::new(Protocol::TCP, ports, icmp).ports(), Some(ports));
        assert_eq!(Transport::new(Protocol::ICMP, ports, icmp).icmp(), Some(icmp));
    }
}
