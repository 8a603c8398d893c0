//! Routes: first what connects everything, then random ones that divert.

use canreach_model::{
    AttachedTo, ConnectionId, GatewayEndpointId, InterfaceId, InternetGatewayId, NatGatewayId,
    NatPlacement, PeeringId, Polarity, RouteTableId, RouteTarget, TransitGatewayId,
    VirtualAddressId, VpcId,
};
use canreach_net::{AddressRange, Family, IpNet};

use super::Maker;
use crate::builder;

impl Maker {
    pub(super) fn add_routes(&mut self) {
        self.add_forwarding_routes();
        for (vpc, table) in self.tables.clone() {
            self.add_detours(vpc, table);
            self.add_endpoint_routes(vpc, table);
            self.add_routes_on_premises(vpc, table);
            self.add_transit_routes_of(vpc, table);
            self.add_peering_routes(vpc, table);
            self.add_routes_through_others(vpc, table);
            self.add_default_routes(vpc, table);
        }
    }

    fn add_peering_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        let peerings: Vec<PeeringId> = self.builder.network.peerings.ids().collect();
        for peering in peerings {
            let Some(other) = self.builder.network.peerings[peering].other_side(vpc) else {
                continue;
            };
            for block in self.builder.network.vpcs[other].cidrs.clone() {
                let wanted = RouteTarget::Peering(peering);
                let target = if self.breaks() { self.wrong_target(vpc) } else { Some(wanted) };
                if let Some(target) = target {
                    self.route(table, block, target);
                }
            }
        }
    }

    fn add_endpoint_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        let endpoints: Vec<GatewayEndpointId> =
            self.builder.network.gateway_endpoints.ids().collect();
        let of =
            |maker: &Self, id: GatewayEndpointId| maker.builder.network.gateway_endpoints[id].vpc;
        for endpoint in endpoints {
            let own = of(self, endpoint) == vpc;
            if !self.random.chance(if own { 75 } else { 12 }) {
                continue;
            }
            let mut services = vec!["198.51.100.0/30", "198.51.100.8/30"];
            if self.ipv6 {
                services.push("2600::/126");
            }
            let destination = builder::prefix(self.random.pick(&services));
            self.route(table, destination, RouteTarget::GatewayEndpoint(endpoint));
        }
    }

    /// Routes to the networks on premises: through a connection, or by another VPC that has one.
    fn add_routes_on_premises(&mut self, vpc: VpcId, table: RouteTableId) {
        let connections: Vec<ConnectionId> = self.builder.network.connections.ids().collect();
        for connection in connections {
            let network = &self.builder.network;
            let own = network.connections[connection].vpc == Some(vpc);
            let blocks =
                network.remote_networks[network.connections[connection].remote].cidrs.clone();
            for block in blocks {
                let target = if own || self.random.chance(5) {
                    Some(RouteTarget::Connection(connection))
                } else if self.random.chance(40) {
                    self.peering_of(vpc)
                } else {
                    None
                };
                let target = if self.breaks() { self.wrong_target(vpc) } else { target };
                if let Some(target) = target {
                    self.route(table, block, target);
                }
            }
        }
    }

    /// Routes by a transit gateway, to other VPCs and to networks on premises.
    fn add_transit_routes_of(&mut self, vpc: VpcId, table: RouteTableId) {
        let gateways: Vec<TransitGatewayId> = self.builder.network.transit_gateways.ids().collect();
        let careless = self.random.chance(5);
        let attached = self.attached_to(vpc).filter(|_| !careless);
        let gateway = attached.or_else(|| self.random.pick_any(&gateways));
        let Some(gateway) = gateway else { return };
        let mut blocks: Vec<IpNet> = Vec::new();
        for (id, other) in self.builder.network.vpcs.iter() {
            if id != vpc {
                blocks.extend(&other.cidrs);
            }
        }
        for (_, remote) in self.builder.network.remote_networks.iter() {
            blocks.extend(&remote.cidrs);
        }
        if self.random.chance(20) {
            blocks.push(Family::V4.everywhere());
        }
        if self.random.chance(10) {
            // Through the transit gateway and back.
            blocks.extend(self.builder.network.vpcs[vpc].cidrs.first());
        }
        for block in blocks {
            if !self.random.chance(88) {
                continue;
            }
            let wanted = Some(RouteTarget::TransitGateway(gateway));
            let target = if self.breaks() { self.wrong_target(vpc) } else { wanted };
            if let Some(target) = target {
                self.route(table, block, target);
            }
        }
    }

    fn attached_to(&self, vpc: VpcId) -> Option<TransitGatewayId> {
        let mut all = self.builder.network.transit_attachments.iter();
        all.find(|(_, it)| matches!(it.to, AttachedTo::Vpc { vpc: of, .. } if of == vpc))
            .map(|(_, it)| it.gateway)
    }

    /// No route at all, or one to any peering or anything.
    fn wrong_target(&mut self, vpc: VpcId) -> Option<RouteTarget> {
        let peerings: Vec<PeeringId> = self.builder.network.peerings.ids().collect();
        match self.random.between(0, 2) {
            0 => None,
            1 => self.random.pick_any(&peerings).map(RouteTarget::Peering),
            _ => Some(self.any_target(vpc)),
        }
    }

    /// Routes to VPCs that have no peering with this one, through one that has a peering with both.
    fn add_routes_through_others(&mut self, vpc: VpcId, table: RouteTableId) {
        for far in self.vpcs() {
            if far == vpc || self.random.chance(20) {
                continue;
            }
            let middle = self.peerings_of(vpc).into_iter().find(|(_, middle)| {
                *middle != far && self.peerings_of(*middle).iter().any(|(_, end)| *end == far)
            });
            let Some((peering, _)) = middle else { continue };
            for block in self.builder.network.vpcs[far].cidrs.clone() {
                // Where there is a peering with the far one itself, its route is there already.
                self.route(table, block, RouteTarget::Peering(peering));
            }
        }
    }

    /// The peerings of a VPC, each with the VPC on its other side.
    fn peerings_of(&self, vpc: VpcId) -> Vec<(PeeringId, VpcId)> {
        let all = self.builder.network.peerings.iter();
        all.filter_map(|(id, peering)| Some((id, peering.other_side(vpc)?))).collect()
    }

    fn add_default_routes(&mut self, vpc: VpcId, table: RouteTableId) {
        for family in Family::BOTH {
            if family == Family::V6 && !self.ipv6 || self.random.chance(10) || self.breaks() {
                continue;
            }
            let target = self.default_target(vpc, table, family);
            let target = if self.random.chance(4) { Some(self.dead_end()) } else { target };
            if let Some(target) = target {
                self.route(table, family.everywhere(), target);
            }
        }
    }

    fn default_target(
        &mut self,
        vpc: VpcId,
        table: RouteTableId,
        family: Family,
    ) -> Option<RouteTarget> {
        let gateways = self.internet_gateways_of(vpc, family);
        let gateway = self.random.pick_any(&gateways).map(RouteTarget::InternetGateway);
        let nat = self.nat_gateway_for(vpc, table).map(RouteTarget::NatGateway);
        let across = self.exit_across_peering(vpc, family);
        match family {
            Family::V4 => across.or(nat).or(gateway),
            Family::V6 => across.or(gateway),
        }
    }

    /// At times, a peering with a VPC that has an exit of its own to share.
    fn exit_across_peering(&mut self, vpc: VpcId, family: Family) -> Option<RouteTarget> {
        let network = &self.builder.network;
        let has_exit = |other: VpcId| match family {
            Family::V4 => network.nat_gateways.iter().any(|(_, gateway)| gateway.vpc == other),
            Family::V6 => {
                network.internet_gateways.iter().any(|(_, gateway)| gateway.vpc == Some(other))
            }
        };
        let peerings = self.peerings_of(vpc).into_iter();
        let shared: Vec<PeeringId> =
            peerings.filter(|(_, other)| has_exit(*other)).map(|(peering, _)| peering).collect();
        let wanted = self.random.chance(35);
        let exit = if wanted { self.random.pick_any(&shared) } else { None };
        exit.map(RouteTarget::Peering)
    }

    fn peering_of(&mut self, vpc: VpcId) -> Option<RouteTarget> {
        let own = self.peerings_of(vpc);
        self.random.pick_any(&own).map(|(peering, _)| RouteTarget::Peering(peering))
    }

    fn internet_gateways_of(&mut self, vpc: VpcId, family: Family) -> Vec<InternetGatewayId> {
        let careless = self.random.chance(10);
        let gateways = self.builder.network.internet_gateways.iter();
        gateways
            .filter(|(_, g)| {
                careless || g.vpc == Some(vpc) && (family == Family::V6 || !g.egress_only)
            })
            .map(|(id, _)| id)
            .collect()
    }

    /// A NAT gateway of the VPC, but not for a subnet in which it stands itself, most of the time.
    fn nat_gateway_for(&mut self, vpc: VpcId, table: RouteTableId) -> Option<NatGatewayId> {
        let careless = self.breaks();
        let network = &self.builder.network;
        let stands_here = |placement| match placement {
            NatPlacement::Subnet(m) => {
                network.subnets[network.interfaces[m].subnet].route_table == table
            }
            NatPlacement::Vpc => false,
        };
        let fitting: Vec<NatGatewayId> = network
            .nat_gateways
            .iter()
            .filter(|(_, gateway)| {
                careless || gateway.vpc == vpc && !stands_here(gateway.placement)
            })
            .map(|(id, _)| id)
            .collect();
        self.random.pick_any(&fitting)
    }

    /// Routes to anything for random prefixes, mostly longer than the routes that connect.
    fn add_detours(&mut self, vpc: VpcId, table: RouteTableId) {
        let ranges = self.ranges();
        let prefixes: Vec<IpNet> = ranges.into_iter().filter_map(AddressRange::as_prefix).collect();
        for _ in 0..2 {
            if self.breaks() || self.random.chance(5) {
                let destination = self.random.pick(&prefixes);
                let target = self.any_target(vpc);
                self.route(table, destination, target);
            }
        }
    }

    fn any_target(&mut self, vpc: VpcId) -> RouteTarget {
        let network = &self.builder.network;
        let peerings: Vec<PeeringId> = network.peerings.ids().collect();
        let gateways: Vec<InternetGatewayId> = network.internet_gateways.ids().collect();
        let nats: Vec<NatGatewayId> = network.nat_gateways.ids().collect();
        let transits: Vec<TransitGatewayId> = network.transit_gateways.ids().collect();
        let connections: Vec<ConnectionId> = network.connections.ids().collect();
        let endpoints: Vec<GatewayEndpointId> = network.gateway_endpoints.ids().collect();
        let virtual_addresses: Vec<VirtualAddressId> = network.virtual_addresses.ids().collect();
        let interfaces: Vec<InterfaceId> = network.interfaces.ids().collect();
        let target = match self.random.between(0, 13) {
            7 => self.random.pick_any(&transits).map(RouteTarget::TransitGateway),
            8 => self.random.pick_any(&connections).map(RouteTarget::Connection),
            9 => self.random.pick_any(&endpoints).map(RouteTarget::GatewayEndpoint),
            10 => self.random.pick_any(&virtual_addresses).map(RouteTarget::VirtualAddress),
            11 | 12 => self.random.pick_any(&interfaces).map(RouteTarget::Interface),
            0 => Some(RouteTarget::Local),
            1 => self.random.pick_any(&peerings).map(RouteTarget::Peering),
            2 => self.peering_of(vpc),
            3 => self.random.pick_any(&gateways).map(RouteTarget::InternetGateway),
            4 => self.random.pick_any(&nats).map(RouteTarget::NatGateway),
            _ => None,
        };
        target.unwrap_or_else(|| self.dead_end())
    }

    /// A route that drops, or leads to something the input does not describe.
    pub(super) fn dead_end(&mut self) -> RouteTarget {
        let unresolved = self.random.chance(60);
        match self.fact_if(unresolved, Polarity::Helps) {
            Some(fact) => RouteTarget::Unresolved(fact),
            None => RouteTarget::Blackhole,
        }
    }
}
