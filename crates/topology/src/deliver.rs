//! Delivering in a VPC: `docs/forwarding.md` §6, for all packets at once.

use std::net::IpAddr;

use canreach_model::{
    Chooser, Direction, Endpoint, FactId, InterfaceId, InterfaceOwner, Obstacle, Place, SubnetId,
    VirtualAddressId, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    End,
    explore::Explorer,
    packet::{Packet, Receiver},
};

/// Who has the destination of packets in a VPC.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    Interface(InterfaceId),
    /// The interface that holds the virtual address, if one does.
    Holder(VirtualAddressId, Option<InterfaceId>),
    /// An interface that the input does not list, if the fact is true; an example of the addresses.
    Unlisted(FactId, IpAddr),
    /// Nobody; an example of the addresses.
    Nobody(IpAddr),
}

impl Owner {
    /// The interface that receives the packets.
    pub(crate) fn interface(self) -> Option<InterfaceId> {
        match self {
            Self::Interface(id) => Some(id),
            Self::Holder(_, holder) => holder,
            Self::Unlisted(..) | Self::Nobody(_) => None,
        }
    }
}

impl Explorer<'_, '_> {
    /// §6 step 1 for packets of any destination in a VPC.
    pub(crate) fn deliver_locally(&mut self, packet: Packet, vpc: VpcId) {
        for (packet, owner) in self.split_by_owner(packet, vpc) {
            self.deliver(packet, vpc, owner);
        }
    }

    /// Divides packets by who has their destination in a VPC.
    pub(crate) fn split_by_owner(&self, packet: Packet, vpc: VpcId) -> Vec<(Packet, Owner)> {
        let view = packet.header.destination;
        let mut rest = packet.values(view);
        let owners = self.topology.owners_in(vpc, &rest);
        if let [(address, owner)] = *owners
            && packet.only_value(view) == Some(address)
        {
            return vec![(packet, Owner::Interface(owner))];
        }
        let mut found: AddressSet = owners.iter().map(|(address, _)| *address).collect();
        let mut divided = Vec::new();
        for (address, owner) in owners {
            let part = packet.with_address(view, &address.into());
            divided.extend(part.map(|part| (part, Owner::Interface(owner))));
        }
        let held = self.topology.virtual_in(vpc, &rest.difference(&found));
        found = found.union(&held.iter().map(|(address, _)| *address).collect());
        for (address, id) in held {
            let part = packet.with_address(view, &address.into());
            let parts = part.iter().flat_map(|part| self.split_by_holder(part, id));
            divided.extend(parts.map(|(part, holder)| (part, Owner::Holder(id, holder))));
        }
        rest = rest.difference(&found);
        let entered = &self.network().vpcs[vpc];
        if let Some(fact) = entered.unlisted {
            let blocks: AddressSet = entered.cidrs.iter().copied().collect();
            for (blocks, _) in self.by_subnet(vpc, &rest.intersection(&blocks)) {
                let Some(first) = blocks.first() else { continue };
                let part = packet.with_address(view, &blocks);
                divided.extend(part.map(|part| (part, Owner::Unlisted(fact, first))));
            }
            rest = rest.difference(&blocks);
        }
        if let Some(first) = rest.first() {
            divided
                .extend(packet.with_address(view, &rest).map(|part| (part, Owner::Nobody(first))));
        }
        divided
    }

    /// Divides addresses of a VPC by the subnet whose block they are in, if it is one.
    fn by_subnet(&self, vpc: VpcId, among: &AddressSet) -> Vec<(AddressSet, Option<SubnetId>)> {
        let mut rest = among.clone();
        let mut divided = Vec::new();
        for (id, subnet) in self.network().subnets.iter().filter(|(_, it)| it.vpc == vpc) {
            let inside = rest.intersection(&subnet.cidrs.iter().copied().collect());
            if !inside.is_empty() {
                rest = rest.difference(&inside);
                divided.push((inside, Some(id)));
            }
        }
        divided.push((rest, None));
        divided
    }

    /// The subnet that the receiver stands in, where there is one or may be one.
    pub(crate) fn subnet_of(&self, vpc: VpcId, owner: Owner) -> Option<SubnetId> {
        match owner {
            Owner::Unlisted(_, address) => {
                self.by_subnet(vpc, &address.into()).first().and_then(|(_, subnet)| *subnet)
            }
            Owner::Interface(_) | Owner::Holder(..) | Owner::Nobody(_) => {
                owner.interface().map(|id| self.network().interfaces[id].subnet)
            }
        }
    }

    /// Divides packets by the interface that holds a virtual address.
    pub(crate) fn split_by_holder(
        &self,
        packet: &Packet,
        id: VirtualAddressId,
    ) -> Vec<(Packet, Option<InterfaceId>)> {
        let holders = &self.network().virtual_addresses[id].interfaces;
        if holders.is_empty() {
            return vec![(packet.clone(), None)];
        }
        let picks = packet.split_on_pick(Chooser::Holder(id), holders.len());
        picks.into_iter().map(|(packet, pick)| (packet, holders.get(pick).copied())).collect()
    }

    /// §6: delivers packets to the owner of their destination.
    pub(crate) fn deliver(&mut self, mut packet: Packet, vpc: VpcId, owner: Owner) {
        match owner {
            Owner::Interface(id) => self.deliver_to(packet, id),
            Owner::Holder(address, Some(id)) => {
                packet.come_by(Endpoint::VirtualAddress(address));
                self.deliver_to(packet, id);
            }
            Owner::Holder(address, None) => self.stop(packet, Obstacle::NobodyHolds(address)),
            Owner::Unlisted(fact, _) => self.beyond(packet, fact),
            Owner::Nobody(address) => self.stop(packet, Obstacle::NobodyHas(vpc, address)),
        }
    }

    /// §6 steps 2 to 4.
    pub(crate) fn deliver_to(&mut self, mut packet: Packet, owner: InterfaceId) {
        self.put(&mut packet, self.place_of(owner));
        if !packet.bypasses {
            self.cross_acl_at(&mut packet, owner);
        }
        match self.network().interfaces[owner].owner {
            InterfaceOwner::NatGateway(gateway) => {
                self.back_through_nat_interface(packet, gateway, owner);
            }
            InterfaceOwner::LoadBalancer(balancer) => self.balance(packet, balancer, owner),
            InterfaceOwner::Detached => self.stop(packet, Obstacle::Detached(owner)),
            InterfaceOwner::Gateway => self.stop(packet, Obstacle::OnlyCarriesOn(owner)),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {
                if !packet.bypasses {
                    self.cross_groups(&mut packet, owner, Direction::Ingress);
                }
                self.receive(packet, owner, Some(owner));
            }
        }
    }

    /// §6 step 4 after the security groups: the host, and arrival at the interface that has the
    /// address. `at` is the interface at which the packets arrived; `None` where the host sent them
    /// itself.
    pub(crate) fn receive(
        &mut self,
        mut packet: Packet,
        interface: InterfaceId,
        at: Option<InterfaceId>,
    ) {
        if let Some(at) = at {
            self.cross_host(&mut packet, at, Direction::Ingress);
        }
        self.cross_services(&mut packet, interface, at);
        match self.network().interfaces[interface].owner {
            InterfaceOwner::Unmodelled(fact) => self.finish(packet, End::Unmodelled(fact)),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => self.arrive(packet, Receiver::Interface(interface)),
        }
    }

    /// Ends packets where they were received, or at what they came by on their way there.
    pub(crate) fn arrive(&mut self, mut packet: Packet, receiver: Receiver) {
        packet.received = Some(receiver);
        let end = packet.by_way_of.unwrap_or(receiver.endpoint());
        self.finish(packet, End::Arrived(end));
    }

    /// The place of an interface: what it belongs to, where that stands for it.
    pub(crate) fn place_of(&self, interface: InterfaceId) -> Place {
        match self.network().interfaces[interface].owner {
            InterfaceOwner::NatGateway(id) => Place::NatGateway(id),
            InterfaceOwner::LoadBalancer(id) => Place::LoadBalancer(id),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => Place::Interface(interface),
        }
    }
}
