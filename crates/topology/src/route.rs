//! Routes, and where they lead: `docs/forwarding.md` §§4 and 5, for all packets at once.

use canreach_model::{
    Across, FactId, InterfaceId, Obstacle, Place, RouteRef, RouteTableId, RouteTarget, Setting,
    VpcId,
};
use canreach_net::AddressSet;

use crate::{
    End,
    divide::{split, under},
    explore::Explorer,
    packet::Packet,
};

/// Where the route table sends packets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NextHop {
    /// To a route's target.
    Route(RouteRef, RouteTarget),
    /// Out by the sender's public address, past the table.
    PublicAddress,
    /// Nowhere.
    None(RouteTableId),
}

impl Explorer<'_, '_> {
    /// §4 with the rule about public addresses: divides the packets by next hop.
    pub(crate) fn route_from(
        &self,
        packet: Packet,
        table: RouteTableId,
        vpc: VpcId,
        sender: Option<InterfaceId>,
    ) -> Vec<(Packet, NextHop)> {
        let hops = self.route(packet, table);
        let network = self.network();
        let Some(sender) = sender else { return hops };
        if !network.vpcs[vpc].profile.routing.public_address_beats_default_route {
            return hops;
        }
        let own: AddressSet = network.interfaces[sender].addresses.iter().copied().collect();
        let own = own.union(&self.topology.virtual_addresses_of(vpc));
        let public: AddressSet = self
            .topology
            .public_addresses_of(vpc, &own)
            .into_iter()
            .map(|(private, _)| private)
            .collect();
        let mut divided = Vec::new();
        for (packet, hop) in hops {
            let beaten = match hop {
                NextHop::Route(route, _) => {
                    self.destination_of(route).is_some_and(|length| length == 0)
                }
                NextHop::None(_) => true,
                NextHop::PublicAddress => false,
            };
            if !beaten {
                divided.push((packet, hop));
                continue;
            }
            let view = packet.header.source;
            let (with, without) = split(packet, view, &public);
            divided.extend(with.map(|packet| (packet, NextHop::PublicAddress)));
            divided.extend(without.map(|packet| (packet, hop)));
        }
        divided
    }

    /// The prefix length of a route.
    fn destination_of(&self, route: RouteRef) -> Option<u8> {
        let routes = &self.network().route_tables[route.table].routes;
        routes.get(route.index).map(|route| route.destination.prefix_len())
    }

    /// §4: divides the packets by the route that wins.
    pub(crate) fn route(&self, packet: Packet, table: RouteTableId) -> Vec<(Packet, NextHop)> {
        let network = self.network();
        let (divided, rest) = self.topology.routes.of(network, table).divide(packet);
        let mut divided: Vec<_> = divided
            .into_iter()
            .map(|(packet, (route, to))| (packet, NextHop::Route(route, to)))
            .collect();
        divided.extend(rest.map(|packet| (packet, NextHop::None(table))));
        divided
    }

    /// §5: goes to the next stop from a VPC's router.
    pub(crate) fn next_stop(&mut self, packet: Packet, vpc: VpcId, hop: NextHop) {
        match hop {
            NextHop::PublicAddress => self.out_by_public_address(packet, vpc),
            NextHop::None(table) => self.stop_in(packet, vpc, Obstacle::NoRoute(table)),
            NextHop::Route(route, target) => match packet.across {
                None => self.follow(packet, vpc, (route, target)),
                Some(across) => {
                    for (packet, allowed) in under(packet, self.may_leave(across, vpc, target)) {
                        if allowed {
                            self.follow(packet, vpc, (route, target));
                        } else {
                            self.stop_in(packet, vpc, Obstacle::NotTransitive(across, vpc));
                        }
                    }
                }
            },
        }
    }

    /// §5a: whether what came into a VPC across something may leave it again to a target.
    fn may_leave(&self, across: Across, vpc: VpcId, target: RouteTarget) -> Setting<bool> {
        let profile = &self.network().vpcs[vpc].profile.peering;
        match target {
            RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_) => profile.to_peering,
            RouteTarget::InternetGateway(_) => Setting::Decided(profile.to_internet_gateway),
            RouteTarget::NatGateway(_) => {
                let from_transit = matches!(across, Across::Transit(_));
                Setting::Decided(profile.to_nat_gateway || from_transit)
            }
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => Setting::Decided(true),
        }
    }

    fn follow(&mut self, packet: Packet, vpc: VpcId, (route, target): (RouteRef, RouteTarget)) {
        match target {
            RouteTarget::Local => self.deliver_locally(packet, vpc),
            RouteTarget::Blackhole => self.stop_in(packet, vpc, Obstacle::Blackhole(route)),
            RouteTarget::InternetGateway(id) => self.out_through_gateway(packet, vpc, id),
            RouteTarget::NatGateway(id) => self.through_nat_gateway(packet, vpc, id),
            RouteTarget::Peering(id) => self.across_peering(packet, vpc, id),
            RouteTarget::TransitGateway(id) => self.by_transit_gateway(packet, vpc, id),
            RouteTarget::Connection(id) => self.by_connection(packet, vpc, id),
            RouteTarget::Interface(id) => self.relay(packet, vpc, id),
            RouteTarget::VirtualAddress(id) => self.relay_at_holder(&packet, vpc, id),
            RouteTarget::GatewayEndpoint(id) => self.by_gateway_endpoint(packet, vpc, id),
            RouteTarget::Unresolved(fact) => self.beyond(packet, fact),
        }
    }

    /// Ends packets where the input does not say what follows.
    pub(crate) fn beyond(&mut self, mut packet: Packet, fact: FactId) {
        self.put(&mut packet, Place::Unmodelled);
        self.finish(packet, End::Unmodelled(fact));
    }
}
