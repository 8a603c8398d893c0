//! Route tables.

use canreach_model::{ImpliedBy, LocalRoutes, Origin, VpcId};
use canreach_net::IpNet;

use super::{Writer, list, unless};
use crate::native::notation::{Block, Route, RouteTable, RouteTarget};

impl Writer<'_> {
    pub(super) fn route_table(&self, name: &str, table: &canreach_model::RouteTable) -> RouteTable {
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
                    && route.target == canreach_model::RouteTarget::Local
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

    fn target(&self, target: canreach_model::RouteTarget) -> RouteTarget {
        let (names, none) = (&self.names, RouteTarget::default());
        match target {
            canreach_model::RouteTarget::Local => RouteTarget { local: Some(true), ..none },
            canreach_model::RouteTarget::Blackhole => RouteTarget { blackhole: Some(true), ..none },
            canreach_model::RouteTarget::InternetGateway(id) => {
                RouteTarget { internet_gateway: Some(names.internet_gateways.of(id)), ..none }
            }
            canreach_model::RouteTarget::NatGateway(id) => {
                RouteTarget { nat_gateway: Some(names.nat_gateways.of(id)), ..none }
            }
            canreach_model::RouteTarget::Peering(id) => {
                RouteTarget { peering: Some(names.peerings.of(id)), ..none }
            }
            canreach_model::RouteTarget::TransitGateway(_)
            | canreach_model::RouteTarget::Connection(_)
            | canreach_model::RouteTarget::Interface(_)
            | canreach_model::RouteTarget::VirtualAddress(_)
            | canreach_model::RouteTarget::GatewayEndpoint(_) => none,
            canreach_model::RouteTarget::Unresolved(fact) => {
                RouteTarget { unresolved: Some(names.facts.of(fact)), ..none }
            }
        }
    }
}
