//! Entering a VPC at its edge, and what may leave it again (§5a).

use canreach_model::{Across, EntryRouting, Obstacle, Place, RouteTableId, RouteTarget, VpcId};

use crate::{
    lookup, route,
    trace::End,
    walk::{Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5a: from another network, or from a NAT gateway at the VPC.
    pub(crate) fn enter(&mut self, vpc: VpcId) -> Step {
        self.arrive(Place::Router(vpc));
        if let Some(table) = self.table_of_connection() {
            return self.enter_by_table_of_gateway(vpc, table);
        }
        match self.world.network.vpcs[vpc].profile.routing.entry {
            EntryRouting::LocalOnly => self.enter_to_local_only(vpc),
            EntryRouting::DefaultTable => self.enter_by_default_table(vpc),
        }
    }

    /// Returns the table of the connection that the packet comes across, where it has one of its own.
    fn table_of_connection(&self) -> Option<RouteTableId> {
        match self.across? {
            Across::Connection(connection) => {
                self.world.network.connections[connection].route_table
            }
            Across::Peering(_) | Across::Transit(_) => None,
        }
    }

    /// §§5a and 9: by the table that a gateway has for what enters by it.
    pub(crate) fn enter_by_table_of_gateway(&mut self, vpc: VpcId, table: RouteTableId) -> Step {
        let winner = route::winning(self.world.network, vpc, table, self.header.destination);
        let Some((reference, route)) = winner else {
            return Err(End::Stopped(Obstacle::NoRoute(table)));
        };
        match route.target {
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Interface(_)
            | RouteTarget::Unresolved(_) => {
                self.take_route(reference);
                self.follow(vpc, reference, route.target)
            }
            // Providers refuse such routes in the table of a gateway; following one could go
            // round without ever being routed.
            RouteTarget::InternetGateway(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_) => Err(End::Stopped(Obstacle::NoRoute(table))),
        }
    }

    fn enter_to_local_only(&self, vpc: VpcId) -> Step {
        let network = self.world.network;
        if lookup::is_in_block_of(network, vpc, self.header.destination) {
            return Ok(Stop::Owner(vpc));
        }
        Err(End::Stopped(match self.across {
            Some(across) => Obstacle::NotTransitive(across, vpc),
            None => Obstacle::NoRoute(network.vpcs[vpc].default_route_table),
        }))
    }

    fn enter_by_default_table(&mut self, vpc: VpcId) -> Step {
        let network = self.world.network;
        let table = network.vpcs[vpc].default_route_table;
        let Some((reference, route)) = route::winning(network, vpc, table, self.header.destination)
        else {
            return Err(End::Stopped(Obstacle::NoRoute(table)));
        };
        self.take_route(reference);
        self.follow(vpc, reference, route.target)
    }

    /// What came into a VPC across something may leave it again only as its profile allows.
    pub(crate) fn refuse_transit(&self, vpc: VpcId, target: RouteTarget) -> Result<(), End> {
        match self.across {
            Some(across) if !self.may_leave(vpc, across, target) => {
                Err(End::Stopped(Obstacle::NotTransitive(across, vpc)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn may_leave(&self, vpc: VpcId, across: Across, target: RouteTarget) -> bool {
        let profile = self.world.network.vpcs[vpc].profile.peering;
        match target {
            RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_) => profile.to_peering.value(self.world.valuation),
            RouteTarget::InternetGateway(_) => profile.to_internet_gateway,
            RouteTarget::NatGateway(_) => match across {
                Across::Transit(_) => true,
                Across::Peering(_) | Across::Connection(_) => profile.to_nat_gateway,
            },
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => true,
        }
    }
}
