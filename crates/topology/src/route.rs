//! Routes, and where they lead: `docs/forwarding.md` §§4 and 5, for all packets at once.

use std::sync::OnceLock;

use canreach_model::{
    Across, FactId, InterfaceId, Network, Obstacle, Place, RouteRef, RouteTableId, RouteTarget,
    Setting, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    End, Topology,
    divide::{split, split_among, under},
    explore::Explorer,
    packet::Packet,
};

/// A route, as it is compared with others.
#[derive(Debug)]
pub(crate) struct RankedRoute {
    route: RouteRef,
    target: RouteTarget,
    destinations: AddressSet,
}

/// The routes of each table in the order in which they win, once they were asked for.
#[derive(Debug)]
pub(crate) struct RankedRoutes {
    of: Vec<OnceLock<Vec<RankedRoute>>>,
}

impl RankedRoutes {
    /// Makes room for every table.
    pub(crate) fn of(network: &Network) -> Self {
        Self { of: network.route_tables.iter().map(|_| OnceLock::new()).collect() }
    }
}

impl Topology<'_> {
    /// Returns the routes of a table, the one that wins first.
    fn ranked_routes(&self, table: RouteTableId) -> &[RankedRoute] {
        let slot = self.routes.of.get(table.index());
        slot.map_or(&[], |slot| slot.get_or_init(|| ranked_routes(self.network, table)))
    }
}

fn ranked_routes(network: &Network, table: RouteTableId) -> Vec<RankedRoute> {
    let vpc = network.route_tables[table].vpc;
    let local_first = network.vpcs[vpc].profile.routing.local_beats_custom;
    let mut routes: Vec<_> = network.route_tables[table].routes.iter().enumerate().collect();
    routes.sort_by_key(|(index, route)| {
        let local = local_first && route.target == RouteTarget::Local;
        (!local, u8::MAX - route.destination.prefix_len(), *index)
    });
    let ranked = routes.into_iter().map(|(index, route)| RankedRoute {
        route: RouteRef { table, index },
        target: route.target,
        destinations: route.destination.into(),
    });
    ranked.collect()
}

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
        packet: &Packet,
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
            let (with, without) = split(&packet, packet.header.source, &public);
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
    pub(crate) fn route(&self, packet: &Packet, table: RouteTableId) -> Vec<(Packet, NextHop)> {
        let routes = self.topology.ranked_routes(table).iter();
        let hops = routes.map(|it| (NextHop::Route(it.route, it.target), &it.destinations));
        let (mut divided, rest) = split_among(packet, packet.header.destination, hops);
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
                    for (packet, allowed) in under(&packet, self.may_leave(across, vpc, target)) {
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
            RouteTarget::Local => self.deliver_locally(&packet, vpc),
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
