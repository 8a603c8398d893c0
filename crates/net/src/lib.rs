//! Ports, protocols, prefixes and headers: the words a packet is described with.
//!
//! This crate owns the values every other crate speaks in and the exact set algebra over them. It
//! knows no network, no rule and no cloud. Addresses and ports are discrete, so sets are canonical
//! sorted ranges: equal sets are equal values.

mod address;
mod header;
mod port;
mod protocol;
mod range_set;

pub use address::{AddressRange, AddressRangeError, AddressSet, Family, is_public_unicast};
pub use header::{Header, Icmp, Ports, Transport};
pub use ipnet::{IpNet, Ipv4Net, Ipv6Net};
pub use port::{PortRange, PortRangeError, PortSet};
pub use protocol::{Protocol, ProtocolError, ProtocolSet};
pub use range_set::{Discrete, RangeSet};
