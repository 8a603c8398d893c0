//! From what a user writes to the ends and traffic it stands for.

use canreach_model::{Endpoint, Network};
use canreach_net::{AddressSet, PortSet, ProtocolSet, RangeSet};

/// One end that a selector stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What to call it: the name of its instance or interface, `internet`, or an outside network.
    pub label: String,
    /// The interface, or the Internet.
    pub endpoint: Endpoint,
    /// The source addresses it sends from, or the destination addresses it is asked for.
    pub addresses: AddressSet,
}

/// The ends that a selector stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The ends, in the order of the model.
    pub ends: Vec<End>,
    /// Addresses that the input mentions, but that nobody has; a question about them is undecided.
    pub unowned: Vec<String>,
}

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
pub enum TrafficError {}

/// Why a selector stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {}

/// Which side of the question a selector is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Where the flow starts.
    Source,
    /// Where it should end.
    Destination,
}

/// Returns the ends that `text` stands for.
///
/// # Errors
/// Fails when it stands for nothing, or for several owners of one address.
pub fn resolve(_network: &Network, _text: &str, _role: Role) -> Result<Selection, ResolveError> {
    Ok(Selection::default())
}
