//! Ways round an obstacle, towards the end asked for: the walks of [`crate::Mode::Repaired`] where a
//! route is missing or leads elsewhere.

use canreach_model::{
    AttachedTo, Border, ConnectionId, Direction, Endpoint, InterfaceId, InternetAccess, Obstacle,
    PeeringStatus, Place, RemoteNetworkId, TransitGatewayId, VpcId,
};
use canreach_net::AddressSet;

use crate::{deliver::Owner, explore::Explorer, packet::Packet};

impl Explorer<'_, '_> {
    /// Ends packets at an obstacle in a VPC's routing, or sends them towards the goal as if it were
    /// removed.
    pub(crate) fn stop_in(&mut self, mut packet: Packet, vpc: VpcId, obstacle: Obstacle) {
        if !self.may_assume(&packet, obstacle) {
            return self.stop(packet, obstacle);
        }
        let towards = packet.values(packet.header.destination);
        if let Some(goal) = self.interface_of_goal(&towards) {
            packet.assume(obstacle);
            return self.detour_inside(packet, vpc, goal);
        }
        if let Some(remote) = self.remote_goal(&towards) {
            return self.detour_to_remote(packet, vpc, remote, obstacle);
        }
        if towards.is_subset(&AddressSet::public_unicast()) {
            packet.assume(obstacle);
            return self.detour_outside(&packet, vpc);
        }
        self.stop(packet, obstacle);
    }

    /// Likewise at a transit gateway.
    pub(crate) fn stop_at_transit(
        &mut self,
        mut packet: Packet,
        id: TransitGatewayId,
        obstacle: Obstacle,
    ) {
        if !self.may_assume(&packet, obstacle) {
            return self.stop(packet, obstacle);
        }
        let towards = packet.values(packet.header.destination);
        packet.from_subnet = None;
        packet.across = None;
        if let Some(goal) = self.interface_of_goal(&towards) {
            packet.assume(obstacle);
            let vpc = self.network().vpc_of(goal);
            let Some(attachment) = self.topology.attachment(vpc, id) else {
                packet.assume(Obstacle::NotAttached(id, vpc));
                return self.deliver(packet, vpc, self.goal_at(goal));
            };
            return self.leave_transit(packet, attachment);
        }
        match self.remote_goal(&towards).and_then(|remote| self.line_from(id, remote)) {
            Some(connection) => {
                packet.assume(obstacle);
                self.through_connection(packet, connection);
            }
            None => self.stop(packet, obstacle),
        }
    }

    /// Ends packets that a network on premises has no way for, or sends them by its first connection.
    pub(crate) fn stop_on_premises(&mut self, mut packet: Packet, remote: RemoteNetworkId) {
        let obstacle = Obstacle::NotAdvertised(remote);
        let leads = |id| {
            let vpc = self.network().connections[id].vpc;
            vpc.is_some() || self.topology.attachment_of_connection(id).is_some()
        };
        let way = self.lines_of(remote).into_iter().find(|id| leads(*id));
        match way {
            Some(connection) if self.may_assume(&packet, obstacle) => {
                packet.assume(obstacle);
                if !self.network().connections[connection].up {
                    packet.assume(Obstacle::ConnectionDown(connection));
                }
                self.come_through(packet, connection);
            }
            Some(_) | None => self.stop(packet, obstacle),
        }
    }

    /// The connections of a network on premises, those that are up first.
    fn lines_of(&self, remote: RemoteNetworkId) -> Vec<ConnectionId> {
        let connections = &self.network().connections;
        let all = connections.iter().filter(|(_, it)| it.remote == remote);
        let mut all: Vec<_> = all.map(|(id, _)| id).collect();
        all.sort_by_key(|id| !connections[*id].up);
        all
    }

    /// A connection of a network on premises that is attached to a transit gateway.
    fn line_from(&self, id: TransitGatewayId, remote: RemoteNetworkId) -> Option<ConnectionId> {
        let attachments = &self.network().transit_attachments;
        let attached = |connection: ConnectionId| {
            let here = attachments.iter().filter(|(_, it)| it.gateway == id);
            here.into_iter().any(|(_, it)| it.to == AttachedTo::Connection(connection))
        };
        self.lines_of(remote).into_iter().find(|connection| attached(*connection))
    }

    /// The network on premises asked for, if it has all addresses.
    fn remote_goal(&self, towards: &AddressSet) -> Option<RemoteNetworkId> {
        match self.goal {
            Endpoint::Remote(remote) if towards.is_subset(&self.blocks_of(remote)) => Some(remote),
            Endpoint::Remote(_)
            | Endpoint::Interface(_)
            | Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Internet
            | Endpoint::Nobody => None,
        }
    }

    /// The interface asked for as the owner of the destination.
    fn goal_at(&self, interface: InterfaceId) -> Owner {
        match self.goal {
            Endpoint::VirtualAddress(id) => Owner::Holder(id, Some(interface)),
            Endpoint::Interface(_)
            | Endpoint::LoadBalancer(_)
            | Endpoint::Remote(_)
            | Endpoint::Internet
            | Endpoint::Nobody => Owner::Interface(interface),
        }
    }

    /// Goes to an interface by its private address: where it is in another VPC, across a peering or by
    /// a transit gateway that joins the two.
    fn detour_inside(&mut self, mut packet: Packet, vpc: VpcId, goal: InterfaceId) {
        let network = self.network();
        let other = network.vpc_of(goal);
        if other != vpc {
            let peering = self.topology.peerings_between(vpc, other).first().copied();
            let active = |id| network.peerings[id].status == PeeringStatus::Active;
            // What came across something would come back to where it is.
            if packet.across.is_none()
                && !peering.is_some_and(active)
                && let Some(gateway) = self.topology.transit_between(vpc, other)
            {
                return self.by_transit_gateway(packet, vpc, gateway);
            }
            packet.from_subnet = None;
            match peering {
                Some(id) => {
                    self.put(&mut packet, Place::Peering(id));
                    if !active(id) {
                        packet.assume(Obstacle::PeeringInactive(id));
                    }
                    let (firewall, border) = (network.peerings[id].firewall, Border::Vpc);
                    self.cross_cloud_firewall(&mut packet, firewall, border, Direction::Ingress);
                }
                // In one order, so that what is missing on the way there is not missed again on
                // the way back.
                None => packet.assume(Obstacle::NoPeering(vpc.min(other), vpc.max(other))),
            }
        }
        self.deliver(packet, other, self.goal_at(goal));
    }

    /// Goes to a network on premises: through a connection of the VPC, or by a transit gateway.
    fn detour_to_remote(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        remote: RemoteNetworkId,
        obstacle: Obstacle,
    ) {
        let network = self.network();
        let lines = self.lines_of(remote);
        let own = lines.iter().find(|id| network.connections[**id].vpc == Some(vpc));
        if let Some(connection) = own {
            packet.assume(obstacle);
            return self.through_connection(packet, *connection);
        }
        let attached = lines.iter().filter_map(|id| self.topology.attachment_of_connection(*id));
        let mut gateways: Vec<_> =
            attached.map(|id| network.transit_attachments[id].gateway).collect();
        // One that the VPC is attached to already comes first.
        gateways.sort_by_key(|id| self.topology.attachment(vpc, *id).is_none());
        match gateways.first() {
            Some(gateway) => {
                packet.assume(obstacle);
                self.by_transit_gateway(packet, vpc, *gateway);
            }
            None => self.stop(packet, obstacle),
        }
    }

    /// Goes to a public address: through a gateway of the VPC, or through one it does not have yet.
    fn detour_outside(&mut self, packet: &Packet, vpc: VpcId) {
        for gateway in self.topology.nat_gateways(vpc) {
            self.through_nat_gateway(packet.clone(), vpc, *gateway);
        }
        let internet = self.topology.network.vpcs[vpc].profile.routing.internet;
        let gateways = self.topology.internet_gateways(vpc);
        match (internet, gateways.first()) {
            (InternetAccess::PublicAddress, _) => {
                self.out_by_public_address(packet.clone(), vpc);
            }
            (InternetAccess::Gateway, Some(gateway)) => {
                self.out_through_gateway(packet.clone(), vpc, *gateway);
            }
            (InternetAccess::Gateway, None) => {
                let mut packet = packet.clone();
                packet.assume(Obstacle::NoInternetGateway(vpc));
                self.out_by_public_address(packet, vpc);
            }
        }
    }
}
