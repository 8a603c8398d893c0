//! Who holds a virtual address, and which addresses are a host's own (Words, §6 step 1).

use std::net::IpAddr;

use canreach_model::{Chooser, FactId, InterfaceId, Obstacle, VirtualAddressId, VpcId};

use crate::{lookup, walk::World};

/// The interface that takes what is sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) interface: InterfaceId,
    /// The virtual address, where the interface holds the address and does not have it.
    pub(crate) holds: Option<VirtualAddressId>,
}

impl World<'_> {
    /// Returns what the network picks among several; the first where the choice names none of them.
    pub(crate) fn pick<T: Copy>(self, chooser: Chooser, among: &[T]) -> Option<T> {
        let choice = self.choices.picks.get(&chooser).copied().unwrap_or(0);
        among.get(choice).or_else(|| among.first()).copied()
    }

    /// Returns the interface that holds a virtual address.
    pub(crate) fn holder(self, address: VirtualAddressId) -> Result<InterfaceId, Obstacle> {
        let listed = &self.network.virtual_addresses[address].interfaces;
        self.pick(Chooser::Holder(address), listed).ok_or(Obstacle::NobodyHolds(address))
    }

    /// §6 step 1: returns the interface of a VPC that has an address, or holds it.
    pub(crate) fn owner(self, vpc: VpcId, address: IpAddr) -> Result<Owner, Obstacle> {
        if let Some(interface) = lookup::owner(self.owners, vpc, address) {
            return Ok(Owner { interface, holds: None });
        }
        let found = lookup::virtual_address(self.network, vpc, address);
        let held = found.ok_or(Obstacle::NobodyHas(vpc, address))?;
        Ok(Owner { interface: self.holder(held)?, holds: Some(held) })
    }

    /// §6 step 1: returns the fact that an interface which the input lacks has an address of a VPC,
    /// where there may be one.
    pub(crate) fn unlisted(self, vpc: VpcId, address: IpAddr) -> Option<FactId> {
        let in_block = lookup::is_in_block_of(self.network, vpc, address);
        self.network.vpcs[vpc].unlisted.filter(|_| in_block)
    }

    /// Returns the interface of an interface's own host that has or holds an address: its own
    /// addresses, and where it is plugged into an instance, those of the other interfaces of the
    /// instance in the VPC too, and the virtual addresses that one of these holds.
    pub(crate) fn own(self, interface: InterfaceId, address: IpAddr) -> Option<Owner> {
        let network = self.network;
        if network.interfaces[interface].addresses.contains(&address) {
            return Some(Owner { interface, holds: None });
        }
        let instance = network.instance_of(interface)?;
        let vpc = network.vpc_of(interface);
        let owner = self.owner(vpc, address).ok()?;
        let of_same_host = network.instance_of(owner.interface) == Some(instance);
        (of_same_host && network.vpc_of(owner.interface) == vpc).then_some(owner)
    }
}
