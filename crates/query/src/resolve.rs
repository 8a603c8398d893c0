//! From what a user writes to the ends and traffic it stands for.
//!
//! Owns the meaning of names, addresses, blocks and selectors. It decides nothing about packets: a
//! selector that stands for nothing is an error here, so that no question is answered for want of
//! ends.

mod address;
mod ends;
mod error;
mod names;
mod traffic;

use std::net::IpAddr;

use canreach_model::{Endpoint, InterfaceId, Network};
use canreach_net::AddressSet;

pub use error::ResolveError;
pub use traffic::{Traffic, TrafficError};

use names::Kind;

/// One end that a selector stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What to call it: the name of its instance or interface, `internet`, or an outside network.
    pub label: String,
    /// The interface or whatever else has the addresses; nobody, or the Internet.
    pub endpoint: Endpoint,
    /// The source addresses it sends from, or the destination addresses it is asked for.
    pub addresses: AddressSet,
}

/// The ends that a selector stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The ends, in the order of the model.
    pub ends: Vec<End>,
    /// Addresses that the input mentions, but does not say enough of; a question about them is
    /// undecided.
    pub unowned: Vec<String>,
}

/// Which side of the question a selector is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Where the flow starts.
    Source,
    /// Where it should end.
    Destination,
}

/// The word for every machine on the Internet.
pub(crate) const INTERNET: &str = "internet";

/// Returns the ends that `text` stands for.
///
/// Either ends or addresses without an owner come back, never nothing at all.
///
/// # Errors
/// Fails when it stands for nothing, for several things, or for several owners of one address.
pub fn resolve(network: &Network, text: &str, role: Role) -> Result<Selection, ResolveError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ResolveError::Blank);
    }
    if text == INTERNET {
        return Ok(internet(network));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return address::pinned(network, address, role);
    }
    if text.split_once('/').is_some_and(|(head, _)| head.parse::<IpAddr>().is_ok()) {
        return address::block(network, text, role);
    }
    let named = names::find(network, None, text);
    if !named.is_empty() {
        return ends::of_named(network, text, &named, role);
    }
    if let Some((kind, value)) = text.split_once(':') {
        return by_kind(network, kind, value, role);
    }
    if let Some((vpc, address)) = text.rsplit_once('/')
        && let Ok(address) = address.parse()
    {
        return address::in_vpc(network, vpc, address, role);
    }
    Err(ResolveError::not_found(text, names::nearest(network, None, text)))
}

fn internet(network: &Network) -> Selection {
    Selection::of(vec![outside_end(network)])
}

/// Returns the end that stands for every machine on the Internet.
pub(crate) fn outside_end(network: &Network) -> End {
    End {
        label: INTERNET.to_owned(),
        endpoint: Endpoint::Internet,
        addresses: address::outside(network),
    }
}

/// Returns the end that an interface is by its name; `None` where it has no address.
pub(crate) fn end_of(network: &Network, interface: InterfaceId, role: Role) -> Option<End> {
    ends::whole_ends(network, std::iter::once(interface), role).pop()
}

fn by_kind(
    network: &Network,
    kind: &str,
    value: &str,
    role: Role,
) -> Result<Selection, ResolveError> {
    match kind {
        "cidr" => return address::block(network, value, role),
        "tag" => return ends::tagged(network, value, role),
        _ => {}
    }
    let Some(kind) = Kind::from_prefix(kind) else {
        return Err(ResolveError::UnknownKind { written: kind.to_owned() });
    };
    let named = names::find(network, Some(kind), value);
    if named.is_empty() {
        let nearest = names::nearest(network, Some(kind), value);
        return Err(ResolveError::NoneOfKind {
            kind: kind.name(),
            text: value.to_owned(),
            nearest,
        });
    }
    ends::of_named(network, value, &named, role)
}

impl Selection {
    fn of(ends: Vec<End>) -> Self {
        Self { ends, unowned: Vec::new() }
    }

    fn unowned(text: impl Into<String>) -> Self {
        Self { ends: Vec::new(), unowned: vec![text.into()] }
    }
}

#[cfg(test)]
mod tests;
