//! What routes tell of the networks on premises that they lead to: which blocks they have, which they
//! are told of, and where a router there may send packets back to the cloud.

use canreach_model::{
    AttachedTo, ConnectionId, FactId, Origin, Route, RouteTarget, TransitAttachmentId,
    TransitRoute, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_net::IpNet;

use super::Builder;

impl Builder<'_> {
    /// Goes through the routes of all tables, which are complete by now.
    pub(super) fn beyond_transit(&mut self) {
        for table in self.network.transit_route_tables.ids() {
            self.blocks_behind(table);
        }
        for attachment in self.network.transit_attachments.ids() {
            self.told(attachment);
        }
    }

    /// A network on premises has what a table sends to it. A default route says only that it may know
    /// the way, which is a fact; and so does a route to blocks that a VPC of the input has.
    fn blocks_behind(&mut self, table: TransitRouteTableId) {
        let routes = self.network.transit_route_tables[table].routes.clone();
        let cloud: Vec<IpNet> = self.vpc_blocks(None).iter().map(|(_, one)| *one).collect();
        let mut elsewhere = cloud.clone();
        elsewhere.extend(routes.iter().filter_map(|route| {
            self.connection_of(route.target).is_none().then_some(route.destination)
        }));
        let mut left = Vec::new();
        let mut open = Vec::new();
        let destinations: Vec<IpNet> = routes.iter().map(|route| route.destination).collect();
        for mut route in routes {
            let Some(connection) = self.connection_of(route.target) else {
                left.push(route);
                continue;
            };
            if route.destination.prefix_len() == 0 {
                let fact = self.default_behind(connection, &route.origin);
                route.target = TransitTarget::Unresolved(fact);
                left.push(route);
                continue;
            }
            if !cloud.iter().any(|block| block.contains(&route.destination)) {
                let remote = self.network.connections[connection].remote;
                self.note_blocks(remote, route.destination, &elsewhere);
            }
            for (destination, vpc) in self.carried_on(None, &destinations, route.destination) {
                let fact = self.on_again(connection, vpc, &route.origin);
                let target = TransitTarget::Unresolved(fact);
                if destination == route.destination {
                    route.target = target;
                } else {
                    let origin = route.origin.clone();
                    open.push(TransitRoute { destination, target, origin });
                }
            }
            left.push(route);
        }
        left.append(&mut open);
        self.network.transit_route_tables[table].routes = left;
    }

    fn default_behind(&mut self, connection: ConnectionId, origin: &Origin) -> FactId {
        let id = self.network.connections[connection].meta.id.clone();
        self.fact(
            format!("what lies behind `{id}` delivers packets that a default route sends there"),
            format!("find out where the router behind `{id}` sends them: it is not in the input"),
            origin.clone(),
        )
    }

    /// A router on premises may send packets on to a VPC, which no answer of the cloud tells.
    fn on_again(&mut self, connection: ConnectionId, vpc: VpcId, origin: &Origin) -> FactId {
        let id = self.network.connections[connection].meta.id.clone();
        let vpc = self.network.vpcs[vpc].meta.id.clone();
        self.fact(
            format!(
                "what lies behind `{id}` carries packets on to `{vpc}`, and their answers back"
            ),
            format!(
                "find out whether the router behind `{id}` sends them on: it is not in the input"
            ),
            origin.clone(),
        )
    }

    /// Opens the routes of a VPC's table that lead through a connection to blocks of another VPC.
    pub(super) fn open_ways_on(&mut self, vpc: VpcId, routes: &mut Vec<Route>) {
        let destinations: Vec<IpNet> = routes.iter().map(|route| route.destination).collect();
        let mut open = Vec::new();
        for route in routes.iter_mut() {
            let RouteTarget::Connection(connection) = route.target else { continue };
            for (destination, other) in self.carried_on(Some(vpc), &destinations, route.destination)
            {
                if !self.may_hold(connection, &destination) {
                    continue;
                }
                let target =
                    RouteTarget::Unresolved(self.on_again(connection, other, &route.origin));
                if destination == route.destination {
                    route.target = target;
                } else {
                    open.push(Route { destination, target, origin: route.origin.clone() });
                }
            }
        }
        routes.append(&mut open);
    }

    /// Whether something behind a connection may have an address of a prefix.
    fn may_hold(&self, connection: ConnectionId, prefix: &IpNet) -> bool {
        let Some(behind) = self.behind.get(&connection) else { return true };
        let overlaps = |(one, _): &(IpNet, _)| one.contains(prefix) || prefix.contains(one);
        !behind.complete || behind.prefixes.iter().any(overlaps)
    }

    /// Returns the parts of a route's destination that are blocks of VPCs, where the route is the one that
    /// takes packets to them.
    fn carried_on(
        &self,
        but: Option<VpcId>,
        destinations: &[IpNet],
        route: IpNet,
    ) -> Vec<(IpNet, VpcId)> {
        let mut parts: Vec<(IpNet, VpcId)> = Vec::new();
        for (vpc, block) in self.vpc_blocks(but) {
            let part = if block.contains(&route) { route } else { block };
            let taken = |one: &IpNet| *one != route && route.contains(one) && one.contains(&part);
            if route.contains(&part)
                && !destinations.iter().any(taken)
                && !parts.iter().any(|(known, _)| *known == part)
            {
                parts.push((part, vpc));
            }
        }
        parts
    }

    /// Returns the blocks of all VPCs but one.
    fn vpc_blocks(&self, but: Option<VpcId>) -> Vec<(VpcId, IpNet)> {
        let vpcs = self.network.vpcs.iter().filter(|(vpc, _)| Some(*vpc) != but);
        vpcs.flat_map(|(vpc, one)| one.cidrs.iter().map(move |block| (vpc, *block))).collect()
    }

    fn connection_of(&self, target: TransitTarget) -> Option<ConnectionId> {
        let TransitTarget::Attachment(attachment) = target else { return None };
        match self.network.transit_attachments[attachment].to {
            AttachedTo::Connection(connection) => Some(connection),
            AttachedTo::Vpc { .. } | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => None,
        }
    }

    /// A network on premises is told the destinations of the table that routes what comes from it, unless
    /// the input lists what it is told.
    fn told(&mut self, attachment: TransitAttachmentId) {
        let own = TransitTarget::Attachment(attachment);
        let Some(connection) = self.connection_of(own) else { return };
        let table = self.network.transit_attachments[attachment].route_table;
        let Some(table) = table else { return };
        if !self.network.connections[connection].advertised.is_empty() {
            return;
        }
        let routes = &self.network.transit_route_tables[table].routes;
        let told = routes.iter().filter(|route| route.target != own);
        let told: Vec<IpNet> = told.map(|route| route.destination).collect();
        self.network.connections[connection].advertised = told;
    }
}
