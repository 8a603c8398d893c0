//! Ways into a VPC: `docs/forwarding.md` §§5 and 5a, for all packets at once.

use canreach_model::{
    Across, Border, Direction, EntryRouting, Obstacle, PeeringId, PeeringStatus, Place,
    RouteTableId, RouteTarget, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    divide::split,
    explore::Explorer,
    packet::{Packet, Stop},
    route::NextHop,
};

impl Explorer<'_, '_> {
    /// §5: a route leads to a peering.
    pub(crate) fn across_peering(&mut self, mut packet: Packet, vpc: VpcId, id: PeeringId) {
        self.put(&mut packet, Place::Peering(id));
        let peering = &self.network().peerings[id];
        let (active, other) = (peering.status == PeeringStatus::Active, peering.other_side(vpc));
        if !active {
            let obstacle = Obstacle::PeeringInactive(id);
            match other {
                Some(_) if self.may_assume(&packet, obstacle) => packet.assume(obstacle),
                Some(_) | None => return self.stop(packet, obstacle),
            }
        }
        match other {
            Some(other) => {
                let firewall = peering.firewall;
                self.cross_cloud_firewall(&mut packet, firewall, Border::Vpc, Direction::Ingress);
                self.enter(packet, other, Some(Across::Peering(id)));
            }
            None => self.stop_in(packet, vpc, Obstacle::PeeringElsewhere(id, vpc)),
        }
    }

    /// §5a: enters a VPC, across something or from a gateway at its edge.
    pub(crate) fn enter(&mut self, mut packet: Packet, vpc: VpcId, across: Option<Across>) {
        if self.has_given_up() {
            return;
        }
        packet.from_subnet = None;
        packet.across = across;
        self.put(&mut packet, Place::Router(vpc));
        if packet.is_loop(Stop::Entering(vpc)) {
            return self.stop(packet, Obstacle::RoutingLoop(Place::Router(vpc)));
        }
        if let Some(Across::Connection(id)) = across
            && let Some(table) = self.network().connections[id].route_table
        {
            return self.route_at_edge(packet, vpc, table);
        }
        match self.network().vpcs[vpc].profile.routing.entry {
            EntryRouting::LocalOnly => self.enter_own_blocks(packet, vpc),
            EntryRouting::DefaultTable => {
                let table = self.network().vpcs[vpc].default_route_table;
                for (mut packet, hop) in self.route(packet, table) {
                    if let NextHop::Route(route, _) = hop {
                        packet.took(route);
                    }
                    self.next_stop(packet, vpc, hop);
                }
            }
        }
    }

    /// Routes what enters a VPC by the route table of the gateway that it came through; only some targets
    /// are possible there.
    pub(crate) fn route_at_edge(&mut self, packet: Packet, vpc: VpcId, table: RouteTableId) {
        for (mut packet, hop) in self.route(packet, table) {
            let hop = match hop {
                NextHop::Route(
                    route,
                    RouteTarget::Local
                    | RouteTarget::Blackhole
                    | RouteTarget::Interface(_)
                    | RouteTarget::Unresolved(_),
                ) => {
                    packet.took(route);
                    hop
                }
                NextHop::Route(route, _) => {
                    packet.took(route);
                    NextHop::None(table)
                }
                NextHop::PublicAddress | NextHop::None(_) => NextHop::None(table),
            };
            self.next_stop(packet, vpc, hop);
        }
    }

    fn enter_own_blocks(&mut self, packet: Packet, vpc: VpcId) {
        let entered = &self.network().vpcs[vpc];
        let own: AddressSet = entered.cidrs.iter().copied().collect();
        let view = packet.header.destination;
        let (inside, outside) = split(packet, view, &own);
        if let Some(packet) = inside {
            self.deliver_locally(packet, vpc);
        }
        if let Some(packet) = outside {
            let obstacle = match packet.across {
                Some(across) => Obstacle::NotTransitive(across, vpc),
                None => Obstacle::NoRoute(entered.default_route_table),
            };
            self.stop_in(packet, vpc, obstacle);
        }
    }
}
