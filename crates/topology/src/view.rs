//! A header somewhere on the way, as a function of the original header.
//!
//! Every rewrite of the network replaces a field by a constant, by a port that a NAT gateway or load balancer
//! chose,
//! or shifts a port; replies swap fields. So each field is one of a few simple functions.

use std::net::IpAddr;

use canreach_model::Translator;
use canreach_net::{Header, Ports, Transport};

/// An address as a function of the original header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressView {
    /// The original source.
    Source,
    /// The original destination.
    Destination,
    /// Always this address.
    Fixed(IpAddr),
}

/// A port as a function of the original header and the network's choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PortView {
    /// The original source port.
    Source,
    /// The original destination port plus `shift`; the walk's guard keeps the sum a port.
    Destination {
        /// What is added.
        shift: i32,
    },
    /// Always this port.
    Fixed(u16),
    /// The port that a NAT gateway or load balancer chose, from the range of its VPC's profile.
    Chosen(Translator),
}

/// The ICMP type and code as a function of the original header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IcmpView {
    /// As in the original header.
    Original,
    /// The answer to the original: the reply type of its request type, with code 0. The walk's guard
    /// admits only requests with code 0 that have an answer.
    Answer,
}

/// A header as a function of the original header. The protocol never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HeaderView {
    /// The source address.
    pub source: AddressView,
    /// The destination address.
    pub destination: AddressView,
    /// The source port, where the protocol has ports.
    pub source_port: PortView,
    /// The destination port, where the protocol has ports.
    pub destination_port: PortView,
    /// The ICMP type and code, where the protocol is ICMP.
    pub icmp: IcmpView,
}

impl HeaderView {
    /// The original header itself.
    pub const ORIGINAL: Self = Self {
        source: AddressView::Source,
        destination: AddressView::Destination,
        source_port: PortView::Source,
        destination_port: PortView::Destination { shift: 0 },
        icmp: IcmpView::Original,
    };

    /// Returns the header that answers this one.
    #[must_use]
    pub fn reply(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            source_port: self.destination_port,
            destination_port: self.source_port,
            icmp: IcmpView::Answer,
        }
    }

    /// Returns the header that this one is for a given original header and the ports that the
    /// network chose.
    #[must_use]
    pub fn of(self, original: &Header, chosen: impl Fn(Translator) -> u16) -> Header {
        let address = |view: AddressView| match view {
            AddressView::Source => original.source,
            AddressView::Destination => original.destination,
            AddressView::Fixed(address) => address,
        };
        let transport = match (original.transport, self.icmp) {
            (Transport::Icmp(_) | Transport::Icmpv6(_), IcmpView::Answer) => {
                original.reply().map_or(original.transport, |reply| reply.transport)
            }
            (Transport::Tcp(ports) | Transport::Udp(ports), _) => {
                let port = |view: PortView| match view {
                    PortView::Source => ports.source,
                    PortView::Destination { shift } => {
                        u16::try_from(i32::from(ports.destination) + shift).unwrap_or_default()
                    }
                    PortView::Fixed(port) => port,
                    PortView::Chosen(translator) => chosen(translator),
                };
                original.transport.with_ports(Ports {
                    source: port(self.source_port),
                    destination: port(self.destination_port),
                })
            }
            (transport, _) => transport,
        };
        Header { source: address(self.source), destination: address(self.destination), transport }
    }
}
