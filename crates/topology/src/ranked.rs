//! The routes of every table in the order in which they win, worked out when first asked for.

use std::{collections::BTreeMap, net::IpAddr, sync::OnceLock};

use canreach_model::{
    Network, RouteRef, RouteTableId, RouteTarget, TransitRouteRef, TransitRouteTableId,
    TransitTarget,
};
use canreach_net::{AddressSet, IpNet};

use crate::{divide::split_among, packet::Packet};

/// The routes of one table, the one that wins first.
#[derive(Debug)]
pub(crate) struct Ranked<R> {
    routes: Vec<(R, AddressSet)>,
    /// Where the best route to each prefix stands.
    best: BTreeMap<IpNet, usize>,
    /// The lengths of prefixes that occur.
    lengths: Vec<u8>,
}

impl<R: Copy> Ranked<R> {
    fn of(routes: impl Iterator<Item = (R, IpNet)>) -> Self {
        let mut ranked = Self { routes: Vec::new(), best: BTreeMap::new(), lengths: Vec::new() };
        for (at, (route, destination)) in routes.enumerate() {
            ranked.routes.push((route, destination.into()));
            ranked.best.entry(destination.trunc()).or_insert(at);
            ranked.lengths.push(destination.prefix_len());
        }
        ranked.lengths.sort_unstable();
        ranked.lengths.dedup();
        ranked
    }

    /// Divides packets by the route to their destination that wins; those without any come last.
    pub(crate) fn divide(&self, packet: Packet) -> (Vec<(Packet, R)>, Option<Packet>) {
        let view = packet.header.destination;
        if let Some(address) = packet.only_value(view) {
            let wins = self.best(address).and_then(|at| self.routes.get(at));
            return match wins {
                Some((route, _)) => (vec![(packet, *route)], None),
                None => (Vec::new(), Some(packet)),
            };
        }
        let sets = self.routes.iter().map(|(route, destinations)| (*route, destinations));
        split_among(packet, view, sets)
    }

    /// Returns where the route to an address stands that wins.
    fn best(&self, address: IpAddr) -> Option<usize> {
        let prefixes = self.lengths.iter().filter_map(|length| IpNet::new(address, *length).ok());
        prefixes.filter_map(|prefix| self.best.get(&prefix.trunc()).copied()).min()
    }
}

/// The routes of a table of a VPC.
type VpcRoutes = Ranked<(RouteRef, RouteTarget)>;
/// The routes of a table of a transit gateway.
type TransitRoutes = Ranked<(TransitRouteRef, TransitTarget)>;

/// The routes of all tables.
#[derive(Debug)]
pub(crate) struct Routes {
    tables: Vec<OnceLock<VpcRoutes>>,
    transit: Vec<OnceLock<TransitRoutes>>,
    /// Of a table that the network does not have.
    none: (VpcRoutes, TransitRoutes),
}

impl Routes {
    /// Makes room for every table.
    pub(crate) fn new(network: &Network) -> Self {
        let none = (Ranked::of(std::iter::empty()), Ranked::of(std::iter::empty()));
        let tables = network.route_tables.iter().map(|_| OnceLock::new()).collect();
        let transit = network.transit_route_tables.iter().map(|_| OnceLock::new()).collect();
        Self { tables, transit, none }
    }

    /// Returns the routes of a table of a VPC.
    pub(crate) fn of(&self, network: &Network, id: RouteTableId) -> &VpcRoutes {
        let slot = self.tables.get(id.index());
        slot.map_or(&self.none.0, |slot| slot.get_or_init(|| ranked(network, id)))
    }

    /// Returns the routes of a table of a transit gateway.
    pub(crate) fn of_transit(&self, network: &Network, id: TransitRouteTableId) -> &TransitRoutes {
        let slot = self.transit.get(id.index());
        slot.map_or(&self.none.1, |slot| slot.get_or_init(|| ranked_transit(network, id)))
    }
}

fn ranked(network: &Network, table: RouteTableId) -> VpcRoutes {
    let vpc = network.route_tables[table].vpc;
    let local_first = network.vpcs[vpc].profile.routing.local_beats_custom;
    let mut routes: Vec<_> = network.route_tables[table].routes.iter().enumerate().collect();
    routes.sort_by_key(|(index, route)| {
        let local = local_first && route.target == RouteTarget::Local;
        (!local, u8::MAX - route.destination.prefix_len(), *index)
    });
    Ranked::of(
        routes
            .into_iter()
            .map(|(index, route)| ((RouteRef { table, index }, route.target), route.destination)),
    )
}

fn ranked_transit(network: &Network, table: TransitRouteTableId) -> TransitRoutes {
    let mut routes: Vec<_> =
        network.transit_route_tables[table].routes.iter().enumerate().collect();
    routes.sort_by_key(|(_, route)| u8::MAX - route.destination.prefix_len());
    Ranked::of(routes.into_iter().map(|(index, route)| {
        ((TransitRouteRef { table, index }, route.target), route.destination)
    }))
}
