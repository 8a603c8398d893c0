//! Routes: first what diverts, then what connects; and appliances that routes lead to.

use canreach_model::{
    AttachedTo, InterfaceOwner, NatPlacement, Polarity, RouteTableId, RouteTarget, VpcId,
};
use canreach_net::{Family, IpNet};

use super::Maker;
use crate::builder;

/// So many instances at most get packets of others.
const APPLIANCES: usize = 2;

impl Maker {
    pub(super) fn add_routes(&mut self) {
        for vpc in self.vpcs() {
            for table in self.tables_of(vpc) {
                self.add_detour(vpc, table);
                self.add_peering_routes(vpc, table);
                self.add_transit_gateway_routes(vpc, table);
                self.add_default_routes(vpc, table);
            }
        }
    }

    fn add_detour(&mut self, vpc: VpcId, table: RouteTableId) {
        if !self.breaks() {
            return;
        }
        let others = self.blocks_but(vpc);
        let mut destinations = vec![builder::prefix("198.51.100.0/30")];
        destinations.extend(others);
        let destination = self.random.pick(&destinations);
        let targets = self.targets(vpc);
        let target = self.random.pick_any(&targets).unwrap_or(RouteTarget::Blackhole);
        self.route(table, destination, target);
    }

    /// Everything that a route of a VPC may lead to in AWS, whatever its destination.
    fn targets(&self, vpc: VpcId) -> Vec<RouteTarget> {
        let network = &self.builder.network;
        let mut targets = vec![RouteTarget::Blackhole];
        let peerings = network.peerings.iter();
        let own = peerings.filter(|(_, peering)| peering.other_side(vpc).is_some());
        targets.extend(own.map(|(id, _)| RouteTarget::Peering(id)));
        targets.extend(self.nat_gateways_of(vpc));
        let attachments = network.transit_attachments.iter();
        let own = attachments
            .filter(|(_, one)| matches!(one.to, AttachedTo::Vpc { vpc: of, .. } if of == vpc));
        targets.extend(own.map(|(_, one)| RouteTarget::TransitGateway(one.gateway)));
        targets
    }

    fn nat_gateways_of(&self, vpc: VpcId) -> Vec<RouteTarget> {
        let all = self.builder.network.nat_gateways.iter();
        let own = all.filter(|(_, gateway)| gateway.vpc == vpc);
        own.map(|(id, _)| RouteTarget::NatGateway(id)).collect()
    }

    fn blocks_but(&self, vpc: VpcId) -> Vec<IpNet> {
        let others = self.builder.network.vpcs.iter().filter(|(id, _)| *id != vpc);
        others.flat_map(|(_, other)| other.cidrs.clone()).collect()
    }

    fn add_peering_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        let peerings: Vec<_> = self.builder.network.peerings.ids().collect();
        for peering in peerings {
            let Some(other) = self.builder.network.peerings[peering].other_side(vpc) else {
                continue;
            };
            for block in self.builder.network.vpcs[other].cidrs.clone() {
                if !self.breaks() && !self.random.chance(12) {
                    self.route(table, block, RouteTarget::Peering(peering));
                }
            }
        }
        // Through a neighbour to what lies beyond it, which AWS does not carry.
        if self.random.chance(20) {
            let targets = self.targets(vpc);
            let peerings = targets.into_iter().filter(|it| matches!(it, RouteTarget::Peering(_)));
            let peerings: Vec<RouteTarget> = peerings.collect();
            if let Some(target) = self.random.pick_any(&peerings) {
                let blocks = self.blocks_but(vpc);
                let block = self.random.pick(&blocks);
                self.route(table, block, target);
            }
        }
    }

    fn add_transit_gateway_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        let targets = self.targets(vpc);
        let mut gateways =
            targets.into_iter().filter(|it| matches!(it, RouteTarget::TransitGateway(_)));
        let Some(target) = gateways.next() else { return };
        for block in self.blocks_but(vpc) {
            if !self.breaks() {
                self.route(table, block, target);
            }
        }
    }

    fn add_default_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        for family in Family::BOTH {
            if self.random.chance(8) || self.breaks() {
                continue;
            }
            let targets = self.exits(vpc, table, family);
            if let Some(target) = self.random.pick_any(&targets) {
                self.route(table, family.everywhere(), target);
            }
        }
    }

    /// The ways out of a VPC.
    fn exits(&mut self, vpc: VpcId, table: RouteTableId, family: Family) -> Vec<RouteTarget> {
        let across = self.random.chance(20);
        let network = &self.builder.network;
        let stands_here = network.nat_gateways.iter().any(|(_, gateway)| match gateway.placement {
            NatPlacement::Subnet(own) => {
                network.subnets[network.interfaces[own].subnet].route_table == table
            }
            NatPlacement::Vpc => false,
        });
        let nats = self.nat_gateways_of(vpc);
        if family == Family::V4 && !stands_here && !nats.is_empty() {
            return nats;
        }
        if across {
            return self.targets(vpc);
        }
        let gateways = network.internet_gateways.iter();
        let own = gateways.filter(|(_, gateway)| {
            gateway.vpc == Some(vpc) && (family == Family::V6 || !gateway.egress_only)
        });
        own.map(|(id, _)| RouteTarget::InternetGateway(id)).collect()
    }

    /// Instances that get packets of others by routes.
    pub(super) fn add_appliances(&mut self) {
        for vpc in self.vpcs() {
            let hosts = self.hosts(Some(vpc));
            let Some(appliance) = self.random.pick_any(&hosts) else { continue };
            if self.builder.network.facts.len() >= APPLIANCES || !self.random.chance(30) {
                continue;
            }
            let InterfaceOwner::Instance(instance) =
                self.builder.network.interfaces[appliance].owner
            else {
                continue;
            };
            let fact = self.builder.fact(Polarity::Helps);
            self.network().instances[instance].appliance = Some(fact);
            if self.random.chance(80) {
                self.network().interfaces[appliance].source_dest_check = false;
            }
            self.lead_to(vpc, RouteTarget::Interface(appliance));
        }
    }

    /// Routes to an appliance, from a table of the VPC or from its Internet gateway's.
    fn lead_to(&mut self, vpc: VpcId, target: RouteTarget) {
        let subnets = self.subnets_of(vpc);
        let inside: Vec<IpNet> = subnets
            .iter()
            .flat_map(|subnet| self.builder.network.subnets[*subnet].cidrs.clone())
            .collect();
        let mut gateways = self.builder.network.internet_gateways.iter();
        let gateway = gateways
            .find(|(_, one)| one.vpc == Some(vpc) && !one.egress_only)
            .map(|(gateway, _)| gateway);
        drop(gateways);
        if let Some(gateway) = gateway
            && self.random.chance(35)
        {
            let table = self.builder.table(vpc);
            self.network().internet_gateways[gateway].route_table = Some(table);
            let block = self.random.pick(&inside);
            self.route(table, block, target);
            return;
        }
        let tables = self.tables_of(vpc);
        let table = self.random.pick(&tables);
        let mut destinations = inside;
        destinations.extend(self.blocks_but(vpc));
        destinations.extend(Family::BOTH.map(Family::everywhere));
        let destination = self.random.pick(&destinations);
        let routes = &mut self.network().route_tables[table].routes;
        routes.retain(|route| route.destination != destination);
        self.route(table, destination, target);
    }
}
