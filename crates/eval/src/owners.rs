//! Which interfaces have an address: read from the model, or looked up in an index of it.

use std::net::IpAddr;

use canreach_model::{InterfaceId, Network};

/// The addresses of all interfaces, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    sorted: Vec<(IpAddr, InterfaceId)>,
}

impl Index {
    pub(crate) fn of(network: &Network) -> Self {
        let each = network.interfaces.iter();
        let mut sorted: Vec<_> = each
            .flat_map(|(id, it)| it.addresses.iter().map(move |address| (*address, id)))
            .collect();
        // Models list neighbours side by side: a stable sort merges such runs.
        sorted.sort();
        sorted.dedup();
        Self { sorted }
    }

    /// Returns the interfaces that have an address, in the model's order.
    fn having(&self, address: IpAddr) -> impl Iterator<Item = InterfaceId> {
        let start = self.sorted.partition_point(|(other, _)| *other < address);
        let from_there = self.sorted.get(start..).unwrap_or_default().iter();
        from_there.take_while(move |(other, _)| *other == address).map(|(_, id)| *id)
    }
}

/// Tells which interfaces have an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owners<'n> {
    pub(crate) network: &'n Network,
    /// Made once for many walks; without it, each look-up reads the table.
    index: Option<&'n Index>,
}

/// Those read from the model.
impl<'n> From<&'n Network> for Owners<'n> {
    fn from(network: &'n Network) -> Self {
        Self { network, index: None }
    }
}

impl<'n> Owners<'n> {
    /// Returns those that an index of the network lists.
    pub(crate) fn listed(network: &'n Network, index: &'n Index) -> Self {
        Self { network, index: Some(index) }
    }

    /// Returns the interfaces that have an address, in the model's order.
    pub(crate) fn of(self, address: IpAddr) -> impl Iterator<Item = InterfaceId> + use<'n> {
        let listed = self.index.map(|index| index.having(address));
        let read = self.index.is_none().then(|| {
            let all = self.network.interfaces.iter();
            all.filter(move |(_, it)| it.addresses.contains(&address)).map(|(id, _)| id)
        });
        listed.into_iter().flatten().chain(read.into_iter().flatten())
    }
}
