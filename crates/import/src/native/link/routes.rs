//! Routes: local ones, and those someone wrote.

use canreach_model::{
    ImpliedBy, LocalRoutes, Origin, ProfileName, Route, RouteTableId, RouteTarget, VpcId,
};
use canreach_net::IpNet;

use super::Linker;
use crate::{
    diagnostic::Diagnostic,
    native::{
        node::{At, Name},
        written::{self, Item, Target},
    },
};

impl<'a> Linker<'a> {
    /// Adds the local routes to every table of the models.
    pub(super) fn add_local_routes(&mut self) {
        let tables: Vec<RouteTableId> = self.network.route_tables.ids().collect();
        let mut blocks = std::collections::HashMap::new();
        for table in tables {
            if self.without_local_routes.contains(&table) {
                continue;
            }
            let vpc = self.network.route_tables[table].vpc;
            let blocks = blocks.entry(vpc).or_insert_with(|| self.local_blocks(vpc)).clone();
            let known = self.routes.entry(table).or_default();
            for destination in blocks {
                if known.insert(destination, None).is_none() {
                    let origin = Origin::Implied(ImpliedBy::LocalRoute);
                    let route = Route { destination, target: RouteTarget::Local, origin };
                    self.network.route_tables[table].routes.push(route);
                }
            }
        }
    }

    fn local_blocks(&self, vpc: VpcId) -> Vec<IpNet> {
        let vpc_object = &self.network.vpcs[vpc];
        match vpc_object.profile.routing.local_routes {
            LocalRoutes::VpcCidrs => vpc_object.cidrs.clone(),
            LocalRoutes::SubnetCidrs => self.subnet_blocks(vpc).collect(),
        }
    }

    fn subnet_blocks(&self, vpc: VpcId) -> impl Iterator<Item = IpNet> {
        let subnets = self.network.subnets.iter().filter(move |(_, subnet)| subnet.vpc == vpc);
        subnets.flat_map(|(_, subnet)| subnet.cidrs.iter().copied())
    }

    pub(super) fn add_routes(&mut self, tables: &[(RouteTableId, &'a Item<written::RouteTable>)]) {
        for (table, item) in tables {
            for route in &item.body.routes {
                self.add_route(*table, route);
            }
        }
    }

    fn add_route(&mut self, table: RouteTableId, route: &written::Route) {
        let vpc = self.network.route_tables[table].vpc;
        let target = route.target.as_ref().and_then(|target| self.target(target, vpc));
        let Some(destination) = route.destination else { return };
        if !self.free(table, destination) {
            return;
        }
        self.routes.entry(table).or_default().insert(destination.value, Some(destination.place));
        self.near_local(table, destination);
        let Some(target) = target else { return };
        let origin = self.origin_of(route.place, route.origin.as_ref());
        self.network.route_tables[table].routes.push(Route {
            destination: destination.value,
            target,
            origin,
        });
    }

    fn target(&mut self, target: &Target, vpc: VpcId) -> Option<RouteTarget> {
        match target {
            Target::Local => Some(RouteTarget::Local),
            Target::Blackhole => Some(RouteTarget::Blackhole),
            Target::Unresolved(name) => self.fact(name).map(RouteTarget::Unresolved),
            Target::InternetGateway(name) => {
                let found = self.internet_gateways.find(name);
                self.resolved(found).map(RouteTarget::InternetGateway)
            }
            Target::NatGateway(name) => {
                let found = self.nat_gateways.find(name);
                self.resolved(found).map(RouteTarget::NatGateway)
            }
            Target::Peering(name) => {
                let found = self.peerings.find(name);
                self.resolved(found).map(RouteTarget::Peering)
            }
            Target::TransitGateway(name) => {
                let found = self.transit_gateways.find(name);
                self.resolved(found).map(RouteTarget::TransitGateway)
            }
            Target::Connection(name) => self.connection_target(name, vpc),
            Target::Interface(name) => {
                let id = self.interface_or_instance(name)?;
                let belongs = self.network.vpc_of(id);
                self.inside(name, "interface", belongs, vpc)?;
                Some(RouteTarget::Interface(id))
            }
            Target::VirtualAddress(name) => {
                let found = self.virtual_addresses.find(name);
                let id = self.resolved(found)?;
                let subnet = self.network.virtual_addresses[id].subnet;
                let belongs = self.network.subnets[subnet].vpc;
                self.inside(name, "virtual address", belongs, vpc)?;
                Some(RouteTarget::VirtualAddress(id))
            }
            Target::GatewayEndpoint(name) => {
                let found = self.gateway_endpoints.find(name);
                let id = self.resolved(found)?;
                let belongs = self.network.gateway_endpoints[id].vpc;
                self.inside(name, "gateway endpoint", belongs, vpc)?;
                Some(RouteTarget::GatewayEndpoint(id))
            }
        }
    }

    fn connection_target(&mut self, name: &Name, vpc: VpcId) -> Option<RouteTarget> {
        let found = self.connections.find(name);
        let id = self.resolved(found)?;
        if self.is_record(name.place) {
            return Some(RouteTarget::Connection(id));
        }
        let Some(ends) = self.network.connections[id].vpc else {
            let message = format!("connection `{}` does not end in a VPC", name.value);
            self.report(
                Diagnostic::error("model::other_vpc", name.place, message)
                    .label("a route of a VPC cannot lead to it")
                    .help("lead to the transit gateway that it is attached to, or add `vpc` to the connection"),
            );
            return None;
        };
        self.inside(name, "connection", ends, vpc)?;
        Some(RouteTarget::Connection(id))
    }

    /// Notes a target of another VPC than the table.
    fn inside(&mut self, name: &Name, kind: &str, belongs: VpcId, vpc: VpcId) -> Option<()> {
        if belongs == vpc || self.is_record(name.place) {
            return Some(());
        }
        let place = self.vpc_places.get(&vpc).copied();
        self.elsewhere(
            name,
            kind,
            belongs,
            vpc,
            place.map(|place| (place, "the VPC of the table")),
        );
        None
    }

    /// Whether the table has no route for a destination yet; notes it if it has.
    fn free(&mut self, table: RouteTableId, destination: At<IpNet>) -> bool {
        let known =
            self.routes.get(&table).and_then(|routes| routes.get(&destination.value)).copied();
        let Some(before) = known else { return true };
        let message = format!("two routes to `{}`", destination.value);
        let error = Diagnostic::error("model::duplicate_route", destination.place, message);
        self.report(match before {
            Some(place) => error.label("the second route").note(place, "the first route"),
            None => error
                .label("this is a local route, which every table has by itself")
                .help("remove this route"),
        });
        false
    }

    /// Notes a route within a local one, where the provider treats it in its own way.
    fn near_local(&mut self, table: RouteTableId, destination: At<IpNet>) {
        let vpc = self.network.route_tables[table].vpc;
        let local = self.routes.get(&table).and_then(|routes| {
            routes
                .iter()
                .filter(|(block, place)| place.is_none() && **block != destination.value)
                .find(|(block, _)| block.contains(&destination.value))
                .map(|(block, _)| *block)
        });
        let Some(local) = local else { return };
        let profile = &self.network.vpcs[vpc].profile;
        let message = format!("`{}` lies within the local route `{local}`", destination.value);
        if profile.routing.local_beats_custom {
            self.report(
                Diagnostic::warning("model::route_never_used", destination.place, message)
                    .label("local routes win in this cloud, so this one is never used"),
            );
        } else if profile.name == ProfileName::Aws
            && !self.subnet_blocks(vpc).any(|block| block == destination.value)
        {
            // Amazon VPC user guide, "route tables": a destination more specific than the local
            // route must be the whole block of a subnet.
            self.report(
                Diagnostic::error("model::route_in_local", destination.place, message)
                    .label("AWS refuses this route")
                    .help(
                        "a route within the VPC must be for the whole block of one of its subnets",
                    ),
            );
        }
    }

    /// Notes routes that a gateway's own table cannot have.
    pub(super) fn check_gateway_tables(&mut self) {
        let tables: Vec<RouteTableId> = self
            .network
            .internet_gateways
            .iter()
            .filter_map(|(_, gateway)| gateway.route_table)
            .chain(self.network.connections.iter().filter_map(|(_, it)| it.route_table))
            .collect();
        for model in self.models {
            for item in &model.written.route_tables {
                let Ok(table) = self.route_tables.find(&item.name) else { continue };
                if tables.contains(&table) {
                    self.check_gateway_table(item);
                }
            }
        }
    }

    fn check_gateway_table(&mut self, item: &Item<written::RouteTable>) {
        for route in &item.body.routes {
            let target = route.target.as_ref();
            if matches!(target, Some(Target::Interface(_))) {
                continue;
            }
            let Some(target) = target.and_then(Target::name) else { continue };
            let message = format!(
                "route table `{}` belongs to a gateway and leads to interfaces alone",
                item.name.value
            );
            self.report(
                Diagnostic::error("model::gateway_table", target.place, message)
                    .label("not a target for packets that enter the VPC")
                    .help("keep local routes, `interface: …` and `blackhole: true` alone in this table"),
            );
        }
    }
}
