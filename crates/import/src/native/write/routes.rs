//! Route tables.

use canreach_model::{ImpliedBy, LocalRoutes, Origin, RouteTarget as Target, VpcId};
use canreach_net::IpNet;

use super::{Writer, list, unless};
use crate::native::notation::{Block, Route, RouteTable, RouteTarget};

impl Writer<'_> {
    pub(super) fn route_table(&self, name: &str, table: &canreach_model::RouteTable) -> RouteTable {
        fields!(table => canreach_model::RouteTable { meta, vpc, routes });
        let (by_itself, routes) = self.split(table);
        RouteTable {
            vpc: self.names.vpcs.of(table.vpc),
            local_routes: unless(true, by_itself),
            routes: list(routes, |route| Route {
                destination: Block::from(route.destination),
                target: self.target(route.target),
                origin: Some(self.origins.origin(&route.origin)),
            }),
            about: self.origins.about(&table.meta, name),
        }
    }

    /// Returns whether the table begins with exactly the local routes that the reader gives to every
    /// table, and the routes that must be written.
    fn split<'t>(
        &self,
        table: &'t canreach_model::RouteTable,
    ) -> (bool, &'t [canreach_model::Route]) {
        let mut local: Vec<IpNet> = Vec::new();
        for block in self.local_blocks(table.vpc) {
            if !local.contains(&block) {
                local.push(block);
            }
        }
        let (first, rest) = table.routes.split_at(local.len().min(table.routes.len()));
        let implied = Origin::Implied(ImpliedBy::LocalRoute);
        let same = first.len() == local.len()
            && first.iter().zip(&local).all(|(route, block)| {
                route.destination == *block
                    && route.target == Target::Local
                    && route.origin == implied
            });
        if same { (true, rest) } else { (false, &table.routes) }
    }

    fn local_blocks(&self, vpc: VpcId) -> Vec<IpNet> {
        match self.network.vpcs[vpc].profile.routing.local_routes {
            LocalRoutes::VpcCidrs => self.network.vpcs[vpc].cidrs.clone(),
            LocalRoutes::SubnetCidrs => {
                let own = self.network.subnets.iter().filter(|(_, subnet)| subnet.vpc == vpc);
                own.flat_map(|(_, subnet)| subnet.cidrs.iter().copied()).collect()
            }
        }
    }

    fn target(&self, target: Target) -> RouteTarget {
        let (names, mut written) = (&self.names, RouteTarget::default());
        match target {
            Target::Local => written.local = Some(true),
            Target::Blackhole => written.blackhole = Some(true),
            Target::InternetGateway(id) => {
                written.internet_gateway = Some(names.internet_gateways.of(id));
            }
            Target::NatGateway(id) => written.nat_gateway = Some(names.nat_gateways.of(id)),
            Target::Peering(id) => written.peering = Some(names.peerings.of(id)),
            Target::TransitGateway(id) => {
                written.transit_gateway = Some(names.transit_gateways.of(id));
            }
            Target::Connection(id) => written.connection = Some(names.connections.of(id)),
            Target::Interface(id) => written.interface = Some(names.interfaces.of(id)),
            Target::VirtualAddress(id) => {
                written.virtual_address = Some(names.virtual_addresses.of(id));
            }
            Target::GatewayEndpoint(id) => {
                written.gateway_endpoint = Some(names.gateway_endpoints.of(id));
            }
            Target::Unresolved(fact) => written.unresolved = Some(names.facts.of(fact)),
        }
        written
    }
}
