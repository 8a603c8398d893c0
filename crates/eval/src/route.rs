//! Choosing a route (§4).

use std::net::IpAddr;

use canreach_model::{Network, Route, RouteRef, RouteTableId, RouteTarget, VpcId};

/// Returns the route of a table that wins for a destination, in the VPC whose profile governs.
pub(crate) fn winning(
    network: &Network,
    vpc: VpcId,
    table: RouteTableId,
    destination: IpAddr,
) -> Option<(RouteRef, &Route)> {
    let local_first = network.vpcs[vpc].profile.routing.local_beats_custom;
    let routes = network.route_tables[table].routes.iter().enumerate();
    let matching = routes.filter(|(_, route)| route.destination.contains(&destination));
    let best = matching.max_by_key(|(_, route)| {
        let is_local = route.target == RouteTarget::Local;
        (local_first && is_local, route.destination.prefix_len())
    });
    best.map(|(index, route)| (RouteRef { table, index }, route))
}
