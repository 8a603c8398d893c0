//! Transit gateways, connections and networks on premises.

use canreach_model::{
    AttachedTo, ConnectionId, ConnectionKind, Polarity, RemoteNetworkId, SubnetId,
    TransitAttachmentId, TransitGatewayId, TransitRoute, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_net::{AddressRange, IpNet};

use super::{Maker, features::Feature};
use crate::builder::{self, ORIGIN};

impl Maker {
    pub(super) fn add_transit(&mut self) {
        let both = self.has(Feature::Transit) && self.random.chance(30);
        if self.has(Feature::Connection) || both {
            self.add_connections();
        }
        if self.has(Feature::Transit) {
            self.add_zones();
            self.add_transit_gateways();
        }
    }

    fn add_zones(&mut self) {
        let subnets: Vec<SubnetId> = self.builder.network.subnets.ids().collect();
        let all_known = self.random.chance(60);
        for subnet in subnets {
            let zones = if all_known { &["a", "b"][..] } else { &["a", "b", ""][..] };
            let zone = self.random.pick(zones);
            self.network().subnets[subnet].zone = (!zone.is_empty()).then(|| zone.to_owned());
        }
    }

    fn add_connections(&mut self) {
        let transit = self.has(Feature::Transit);
        for number in 0..self.random.pick(&[1, 1, 1, 2]) {
            let mut cidrs = vec![format!("192.168.{number}.0/30")];
            if self.random.chance(10) {
                // Inside the blocks of a VPC, too.
                cidrs.push(String::from("10.0.0.8/30"));
            }
            if self.ipv6 {
                cidrs.push(format!("2001:db8:f:{number}::/126"));
            }
            let texts: Vec<&str> = cidrs.iter().map(String::as_str).collect();
            let remote = self.builder.remote_network(&texts);
            for _ in 0..self.random.pick(&[1, 1, 2]) {
                self.add_connection(remote, transit);
            }
        }
    }

    fn add_connection(&mut self, remote: RemoteNetworkId, transit: bool) {
        let vpcs = self.vpcs();
        let at_vpc = !self.random.chance(if transit { 70 } else { 4 });
        let vpc = if at_vpc { self.random.pick_any(&vpcs) } else { None };
        let down = self.random.chance(12);
        let mut advertised: Vec<IpNet> = Vec::new();
        for id in vpcs {
            if vpc == Some(id) || self.random.chance(65) {
                advertised.extend(&self.builder.network.vpcs[id].cidrs);
            }
        }
        if self.breaks() || self.random.chance(10) {
            advertised.truncate(1);
        }
        if self.random.chance(30) {
            let ranges = self.ranges();
            let prefixes: Vec<IpNet> =
                ranges.into_iter().filter_map(AddressRange::as_prefix).collect();
            advertised.push(self.random.pick(&prefixes));
        }
        let kind = self.random.pick(&[ConnectionKind::Vpn, ConnectionKind::DirectConnect]);
        let id = self.builder.connection(remote, vpc, &[]);
        let connection = &mut self.network().connections[id];
        connection.kind = kind;
        connection.up = !down;
        connection.advertised = advertised;
    }

    fn add_transit_gateways(&mut self) {
        let gateways: Vec<TransitGatewayId> =
            (0..self.random.pick(&[1, 1, 1, 2])).map(|_| self.builder.transit_gateway()).collect();
        let mut tables: Vec<(TransitGatewayId, TransitRouteTableId)> = Vec::new();
        for gateway in &gateways {
            for _ in 0..self.random.pick(&[1, 1, 2]) {
                tables.push((*gateway, self.builder.transit_table(*gateway)));
            }
        }
        if let [one, other] = gateways[..] {
            let own = [self.table_of(&tables, one), self.table_of(&tables, other)];
            self.builder.peer_transit_gateways([one, other], own);
        }
        for vpc in self.vpcs() {
            if self.random.chance(95) {
                let gateway = self.random.pick(&gateways);
                self.attach_vpc_somehow(gateway, vpc, &tables);
            }
        }
        let free: Vec<ConnectionId> = self
            .builder
            .network
            .connections
            .iter()
            .filter(|(_, connection)| connection.vpc.is_none())
            .map(|(id, _)| id)
            .collect();
        for connection in free {
            if self.random.chance(93) {
                let gateway = self.random.pick(&gateways);
                let table = self.table_of(&tables, gateway);
                self.builder.attach(gateway, AttachedTo::Connection(connection), table);
            }
        }
        if self.random.chance(15)
            && let Some(fact) = self.fact(Polarity::Helps)
        {
            let gateway = self.random.pick(&gateways);
            let table = self.table_of(&tables, gateway);
            self.builder.attach(gateway, AttachedTo::Unmodelled(fact), table);
        }
        for (gateway, table) in tables {
            self.add_transit_routes(gateway, table);
        }
    }

    /// A table to be associated with; at times none.
    fn table_of(
        &mut self,
        tables: &[(TransitGatewayId, TransitRouteTableId)],
        gateway: TransitGatewayId,
    ) -> Option<TransitRouteTableId> {
        let own: Vec<TransitRouteTableId> =
            tables.iter().filter(|(of, _)| *of == gateway).map(|(_, table)| *table).collect();
        if self.breaks() { None } else { self.random.pick_any(&own) }
    }

    fn attach_vpc_somehow(
        &mut self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        tables: &[(TransitGatewayId, TransitRouteTableId)],
    ) {
        let mut subnets: Vec<SubnetId> = Vec::new();
        if self.random.chance(60) {
            // One for each zone at most.
            for subnet in self.subnets_of(vpc) {
                let zone = |id: SubnetId| self.builder.network.subnets[id].zone.as_ref();
                let taken = subnets
                    .iter()
                    .any(|other| zone(*other).is_some() && zone(*other) == zone(subnet));
                if !taken && self.random.chance(75) {
                    subnets.push(subnet);
                }
            }
        }
        let table = self.table_of(tables, gateway);
        self.builder.attach_vpc(gateway, vpc, &subnets, table);
    }

    fn add_transit_routes(&mut self, gateway: TransitGatewayId, table: TransitRouteTableId) {
        // First what diverts, which must not take the place of what connects.
        if self.random.chance(35) || self.breaks() {
            let ranges = self.ranges();
            let prefixes: Vec<IpNet> =
                ranges.into_iter().filter_map(AddressRange::as_prefix).collect();
            let destination = self.random.pick(&prefixes);
            let target = self.other_transit_target(gateway);
            self.transit_route(table, destination, target);
        }
        let attachments: Vec<TransitAttachmentId> =
            self.builder.network.transit_attachments.ids().collect();
        for attachment in attachments {
            let Some(way) = self.way_to(gateway, attachment) else { continue };
            for block in self.blocks_behind(attachment) {
                let target = if self.breaks() || self.random.chance(8) {
                    self.other_transit_target(gateway)
                } else {
                    TransitTarget::Attachment(way)
                };
                if !self.random.chance(3) {
                    self.transit_route(table, block, target);
                }
            }
        }
        if self.random.chance(25) {
            let default = builder::prefix("0.0.0.0/0");
            let target = self.other_transit_target(gateway);
            self.transit_route(table, default, target);
        }
    }

    /// The attachment by which packets leave a gateway towards what is attached somewhere.
    fn way_to(
        &self,
        gateway: TransitGatewayId,
        attachment: TransitAttachmentId,
    ) -> Option<TransitAttachmentId> {
        let network = &self.builder.network;
        let far = network.transit_attachments[attachment].gateway;
        if far == gateway {
            return Some(attachment);
        }
        let mut own = network.transit_attachments.iter();
        own.find(|(_, it)| {
            it.gateway == gateway
                && matches!(it.to, AttachedTo::Peering(other)
                if network.transit_attachments[other].gateway == far)
        })
        .map(|(id, _)| id)
    }

    fn blocks_behind(&self, attachment: TransitAttachmentId) -> Vec<IpNet> {
        let network = &self.builder.network;
        match &network.transit_attachments[attachment].to {
            AttachedTo::Vpc { vpc, .. } => network.vpcs[*vpc].cidrs.clone(),
            AttachedTo::Connection(connection) => {
                network.remote_networks[network.connections[*connection].remote].cidrs.clone()
            }
            AttachedTo::Peering(_) => Vec::new(),
            AttachedTo::Unmodelled(_) => vec![builder::prefix("198.51.100.0/30")],
        }
    }

    /// Some attachment of the gateway, or a route that drops, or leads beyond the input.
    fn other_transit_target(&mut self, gateway: TransitGatewayId) -> TransitTarget {
        let attachments = self.builder.network.transit_attachments.iter();
        let own: Vec<TransitAttachmentId> =
            attachments.filter(|(_, it)| it.gateway == gateway).map(|(id, _)| id).collect();
        let unresolved = self.random.chance(25);
        match (self.random.chance(50), self.random.pick_any(&own)) {
            (true, Some(attachment)) => TransitTarget::Attachment(attachment),
            _ => match self.fact_if(unresolved, Polarity::Helps) {
                Some(fact) => TransitTarget::Unresolved(fact),
                None => TransitTarget::Blackhole,
            },
        }
    }

    /// Adds a route unless the table has one of that destination.
    fn transit_route(
        &mut self,
        table: TransitRouteTableId,
        destination: IpNet,
        target: TransitTarget,
    ) {
        let routes = &mut self.network().transit_route_tables[table].routes;
        if routes.iter().all(|route| route.destination != destination) {
            routes.push(TransitRoute { destination, target, origin: ORIGIN });
        }
    }
}
