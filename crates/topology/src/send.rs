//! Sending: `docs/forwarding.md` §2, for all packets at once.

use canreach_model::{
    Across, Direction, Endpoint, InterfaceId, NatPlacement, Obstacle, Place, RouteTableId,
    RouteTarget, SubnetId, TransitAttachmentId, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    divide::split_among,
    explore::Explorer,
    packet::{Packet, Stop},
    route::NextHop,
};

/// Who sends packets into a subnet's routing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender {
    Interface(InterfaceId),
    /// A transit gateway, from a subnet of its attachment.
    Attachment(TransitAttachmentId, SubnetId),
}

/// Where packets leave a subnet.
#[derive(Clone, Copy, Debug)]
struct Exit {
    sender: Sender,
    subnet: SubnetId,
    vpc: VpcId,
    table: RouteTableId,
}

impl Explorer<'_, '_> {
    /// §2: sends from an interface.
    pub(crate) fn send(&mut self, mut packet: Packet, sender: InterfaceId) {
        self.put(&mut packet, self.place_of(sender));
        for packet in self.back_to_balancers(packet, sender) {
            for mut packet in self.keep(packet, sender, None) {
                self.cross_host(&mut packet, sender, Direction::Egress);
                self.send_on(packet, sender);
            }
        }
    }

    /// §2 steps 2 to 5, without the firewall of a host.
    pub(crate) fn send_on(&mut self, mut packet: Packet, sender: InterfaceId) {
        self.cross_groups(&mut packet, sender, Direction::Egress);
        self.leave(packet, Sender::Interface(sender));
    }

    /// §2 step 0: takes out the replies that go back to a load balancer that kept the client's
    /// address, and returns the others.
    fn back_to_balancers(&mut self, packet: Packet, sender: InterfaceId) -> Vec<Packet> {
        if !Self::is_reply(&packet) {
            return vec![packet];
        }
        let records = packet.records.clone();
        let mut rest = vec![packet];
        for record in records.iter() {
            let Some(back) = record.comes_back else { continue };
            let mut others = Vec::new();
            for packet in rest {
                let (equal, different) = packet.split_on_header(record.after.reply());
                others.extend(different);
                for packet in equal {
                    self.back_to_balancer(packet, sender, back.interface, back.filtered);
                }
            }
            rest = others;
        }
        rest
    }

    fn back_to_balancer(
        &mut self,
        mut packet: Packet,
        sender: InterfaceId,
        balancer: InterfaceId,
        filtered: bool,
    ) {
        self.cross_host(&mut packet, sender, Direction::Egress);
        let subnet = self.network().interfaces[sender].subnet;
        if filtered {
            self.cross_groups(&mut packet, sender, Direction::Egress);
            let inside = self.network().interfaces[balancer].subnet == subnet;
            self.cross_acl(&mut packet, subnet, Direction::Egress, inside);
        }
        packet.from_subnet = Some(subnet);
        self.deliver_to(packet, balancer);
    }

    /// Takes out the packets for the host's own addresses, which it keeps, and returns the others.
    /// `at` is the interface at which they arrived, if they came from elsewhere.
    pub(crate) fn keep(
        &mut self,
        packet: Packet,
        interface: InterfaceId,
        at: Option<InterfaceId>,
    ) -> Vec<Packet> {
        let view = packet.header.destination;
        let own = self.topology.addresses_of_host(interface).into_iter();
        let own = own.map(|(address, owner)| (owner, AddressSet::from(address)));
        let (kept, rest) = split_among(packet, view, own);
        for (packet, owner) in kept {
            self.receive(packet, owner, at);
        }
        rest.map(|packet| self.keep_virtual(packet, interface, at)).unwrap_or_default()
    }

    /// Likewise for the virtual addresses that the host holds.
    fn keep_virtual(
        &mut self,
        packet: Packet,
        interface: InterfaceId,
        at: Option<InterfaceId>,
    ) -> Vec<Packet> {
        let view = packet.header.destination;
        let reach = self.topology.virtual_in_reach(interface, &packet.values(view));
        if reach.is_empty() {
            return vec![packet];
        }
        let own = self.topology.interfaces_of_host(interface);
        let mut others = Vec::new();
        let reach = reach.into_iter().map(|(address, id)| (id, AddressSet::from(address)));
        let (divided, rest) = split_among(packet, view, reach);
        for (packet, id) in divided {
            for (mut packet, holder) in self.split_by_holder(&packet, id) {
                match holder {
                    Some(holder) if own.contains(&holder) => {
                        packet.come_by(Endpoint::VirtualAddress(id));
                        self.receive(packet, holder, at);
                    }
                    Some(_) | None => others.push(packet),
                }
            }
        }
        others.extend(rest);
        others
    }

    /// §2 steps 3 to 5: leaves a subnet, by its route table.
    pub(crate) fn leave(&mut self, mut packet: Packet, sender: Sender) {
        if self.has_given_up() {
            return;
        }
        let exit = self.exit_of(sender);
        packet.in_transit = false;
        packet.before_transit = None;
        match sender {
            Sender::Interface(id) => {
                packet.sender = Some(id);
                packet.across = None;
            }
            Sender::Attachment(id, _) => packet.across = Some(Across::Transit(id)),
        }
        for (packet, hop) in self.route_from(packet, exit.table, exit.vpc, sender.interface()) {
            self.leave_by(packet, exit, hop);
        }
    }

    fn exit_of(&self, sender: Sender) -> Exit {
        let network = self.network();
        let subnet = match sender {
            Sender::Interface(id) => network.interfaces[id].subnet,
            Sender::Attachment(_, subnet) => subnet,
        };
        let (vpc, table) = (network.subnets[subnet].vpc, network.subnets[subnet].route_table);
        Exit { sender, subnet, vpc, table }
    }

    /// Divides packets by who they go to next inside the VPC.
    fn leave_by(&mut self, packet: Packet, exit: Exit, hop: NextHop) {
        match hop {
            NextHop::Route(_, RouteTarget::Local) => {
                for (packet, owner) in self.split_by_owner(packet, exit.vpc) {
                    let next = self.subnet_of(exit.vpc, owner);
                    if let Some(packet) = self.pass_acl(packet, exit, hop, next) {
                        self.deliver(packet, exit.vpc, owner);
                    }
                }
            }
            NextHop::Route(_, RouteTarget::VirtualAddress(id)) => {
                for (packet, holder) in self.split_by_holder(&packet, id) {
                    self.leave_to(packet, exit, hop, holder);
                }
            }
            NextHop::Route(_, RouteTarget::Interface(id)) => {
                self.leave_to(packet, exit, hop, Some(id));
            }
            NextHop::Route(_, RouteTarget::NatGateway(id)) => {
                let next = match self.network().nat_gateways[id].placement {
                    NatPlacement::Subnet(interface) => Some(interface),
                    NatPlacement::Vpc => None,
                };
                self.leave_to(packet, exit, hop, next);
            }
            NextHop::Route(..) | NextHop::PublicAddress | NextHop::None(_) => {
                self.leave_to(packet, exit, hop, None);
            }
        }
    }

    fn leave_to(&mut self, packet: Packet, exit: Exit, hop: NextHop, next: Option<InterfaceId>) {
        let next = next.map(|id| self.network().interfaces[id].subnet);
        if let Some(packet) = self.pass_acl(packet, exit, hop, next) {
            self.next_stop(packet, exit.vpc, hop);
        }
    }

    /// §2 step 4: crosses the subnet's ACL, unless the next stop stands in the same subnet, and comes to
    /// the VPC's router.
    fn pass_acl(
        &mut self,
        mut packet: Packet,
        exit: Exit,
        hop: NextHop,
        next: Option<SubnetId>,
    ) -> Option<Packet> {
        let stays = next == Some(exit.subnet);
        self.cross_acl(&mut packet, exit.subnet, Direction::Egress, stays);
        packet.from_subnet = Some(exit.subnet);
        self.put(&mut packet, Place::Router(exit.vpc));
        if let NextHop::Route(route, _) = hop {
            packet.took(route);
        }
        if packet.is_loop(exit.sender.stop()) {
            self.stop(packet, Obstacle::RoutingLoop(Place::Router(exit.vpc)));
            return None;
        }
        Some(packet)
    }
}

impl Sender {
    /// The interface that sends, where one does.
    fn interface(self) -> Option<InterfaceId> {
        match self {
            Self::Interface(id) => Some(id),
            Self::Attachment(..) => None,
        }
    }

    fn stop(self) -> Stop {
        match self {
            Self::Interface(id) => Stop::Sent(id),
            Self::Attachment(id, subnet) => Stop::SentFrom(id, subnet),
        }
    }
}
