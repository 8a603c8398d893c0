//! Instances that forward: `docs/forwarding.md` §6a, for all packets at once.

use canreach_model::{
    Direction, InterfaceId, InterfaceOwner, Obstacle, Setting, VirtualAddressId, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    divide::{split, split_among, under},
    explore::Explorer,
    packet::Packet,
    send::Sender,
};

impl Explorer<'_, '_> {
    /// §5: a route leads to the holder of a virtual address.
    pub(crate) fn relay_at_holder(&mut self, packet: &Packet, vpc: VpcId, id: VirtualAddressId) {
        for (packet, holder) in self.split_by_holder(packet, id) {
            match holder {
                Some(holder) => self.relay(packet, vpc, holder),
                None => self.stop_in(packet, vpc, Obstacle::NobodyHolds(id)),
            }
        }
    }

    /// §§5 and 6a: a route leads to an interface.
    pub(crate) fn relay(&mut self, mut packet: Packet, vpc: VpcId, id: InterfaceId) {
        if self.has_given_up() {
            return;
        }
        let interface = &self.network().interfaces[id];
        if self.network().vpc_of(id) != vpc {
            let obstacle = match interface.addresses.first() {
                Some(address) => Obstacle::NobodyHas(vpc, *address),
                None => Obstacle::NotForwarding(id),
            };
            return self.stop_in(packet, vpc, obstacle);
        }
        self.put(&mut packet, self.place_of(id));
        self.cross_acl_at(&mut packet, id);
        match interface.owner {
            InterfaceOwner::Instance(_) => self.check_destination(packet, id),
            InterfaceOwner::Detached => self.stop(packet, Obstacle::Detached(id)),
            InterfaceOwner::Unmodelled(fact) => self.beyond(packet, fact),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Service => self.stop_in(packet, vpc, Obstacle::NotForwarding(id)),
        }
    }

    /// §6a step 2.
    fn check_destination(&mut self, packet: Packet, id: InterfaceId) {
        if !self.network().interfaces[id].source_dest_check {
            return self.take_in(packet, id);
        }
        let (own, view) = (self.may_have(id), packet.header.destination);
        let (own, others) = split(packet, view, &own);
        if let Some(packet) = own {
            self.take_in(packet, id);
        }
        if let Some(packet) = others
            && let Some(packet) = self.mend(packet, Obstacle::SourceDestCheck(id))
        {
            self.take_in(packet, id);
        }
    }

    /// The addresses of an interface, and the virtual addresses that it may hold.
    fn may_have(&self, id: InterfaceId) -> AddressSet {
        let network = self.network();
        let held = network.virtual_addresses.iter();
        let held = held.filter(|(_, it)| it.interfaces.contains(&id)).map(|(_, it)| it.address);
        network.interfaces[id].addresses.iter().copied().chain(held).collect()
    }

    /// §6a step 3.
    fn take_in(&mut self, mut packet: Packet, id: InterfaceId) {
        self.cross_groups(&mut packet, id, Direction::Ingress);
        let instance = self.network().instance_of(id);
        let appliance = instance.and_then(|instance| self.network().instances[instance].appliance);
        for packet in self.keep(packet, id, Some(id)) {
            if let Some(fact) = appliance {
                self.beyond(packet, fact);
                continue;
            }
            for (packet, forwards) in under(packet, self.forwards(id)) {
                let obstacle = Obstacle::NotForwarding(id);
                let packet = if forwards { Some(packet) } else { self.mend(packet, obstacle) };
                if let Some(packet) = packet {
                    self.pass_on(packet, id);
                }
            }
        }
    }

    fn forwards(&self, id: InterfaceId) -> Setting<bool> {
        let network = self.network();
        let instance = network.instance_of(id);
        instance.map_or(Setting::Decided(false), |instance| network.instances[instance].forwards)
    }

    /// §6a step 4, once it is clear that the instance forwards: by which interface.
    fn pass_on(&mut self, packet: Packet, from: InterfaceId) {
        let network = self.network();
        let Some(instance) = network.instance_of(from) else { return };
        let view = packet.header.destination;
        let mut routes: Vec<_> = network.instances[instance].routes.iter().collect();
        routes.sort_by_key(|route| u8::MAX - route.destination.prefix_len());
        let routes =
            routes.into_iter().map(|route| (route.interface, AddressSet::from(route.destination)));
        let (divided, rest) = split_among(packet, view, routes);
        for (packet, by) in divided {
            self.pass_on_by(packet, from, by);
        }
        if let Some(packet) = rest {
            self.pass_on_by(packet, from, from);
        }
    }

    /// §6a steps 4 and 5: by this interface.
    fn pass_on_by(&mut self, mut packet: Packet, from: InterfaceId, by: InterfaceId) {
        self.cross_forwarding(&mut packet, from, by);
        if by != from {
            self.put(&mut packet, self.place_of(by));
        }
        if self.network().interfaces[by].source_dest_check {
            let Some(mended) = self.mend(packet, Obstacle::SourceDestCheck(by)) else { return };
            packet = mended;
        }
        self.cross_groups(&mut packet, by, Direction::Egress);
        packet.forwarded = true;
        packet.sent_on_by = None;
        self.leave(packet, Sender::Interface(by));
    }
}
