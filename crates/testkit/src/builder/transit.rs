//! Transit gateways, connections and networks on premises.

use canreach_model::{
    AttachedTo, Connection, ConnectionId, ConnectionKind, RemoteNetwork, RemoteNetworkId, SubnetId,
    TransitAttachment, TransitAttachmentId, TransitGateway, TransitGatewayId, TransitRoute,
    TransitRouteTable, TransitRouteTableId, TransitTarget, VpcId,
};

use super::{Builder, ORIGIN, meta, prefix};

impl Builder {
    /// Adds a transit gateway without a firewall.
    pub fn transit_gateway(&mut self) -> TransitGatewayId {
        let number = self.network.transit_gateways.len();
        self.network.transit_gateways.push(TransitGateway {
            meta: meta("tgw", number),
            firewall: None,
            group_references: false,
        })
    }

    /// Adds a route table of a transit gateway.
    pub fn transit_table(&mut self, gateway: TransitGatewayId) -> TransitRouteTableId {
        let number = self.network.transit_route_tables.len();
        self.network.transit_route_tables.push(TransitRouteTable {
            meta: meta("tgw-rtb", number),
            gateway,
            routes: Vec::new(),
        })
    }

    /// Adds a route of a transit gateway.
    pub fn transit_route(
        &mut self,
        table: TransitRouteTableId,
        destination: &str,
        target: TransitTarget,
    ) {
        let route = TransitRoute { destination: prefix(destination), target, origin: ORIGIN };
        self.network.transit_route_tables[table].routes.push(route);
    }

    /// Attaches something, associated with a route table where one is given.
    pub fn attach(
        &mut self,
        gateway: TransitGatewayId,
        to: AttachedTo,
        route_table: Option<TransitRouteTableId>,
    ) -> TransitAttachmentId {
        let number = self.network.transit_attachments.len();
        let meta = meta("tgw-attach", number);
        self.network.transit_attachments.push(TransitAttachment { meta, gateway, to, route_table })
    }

    /// Attaches a VPC, through these subnets, or at its edge where there are none.
    pub fn attach_vpc(
        &mut self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        subnets: &[SubnetId],
        route_table: Option<TransitRouteTableId>,
    ) -> TransitAttachmentId {
        let to = AttachedTo::Vpc {
            vpc,
            subnets: subnets.to_vec(),
            appliance_mode: false,
            group_references: false,
        };
        self.attach(gateway, to, route_table)
    }

    /// Attaches two transit gateways to each other, and returns the attachment of each.
    ///
    /// # Panics
    /// When there are 2³² attachments.
    #[expect(clippy::expect_used, reason = "for tests; a network has few attachments")]
    pub fn peer_transit_gateways(
        &mut self,
        gateways: [TransitGatewayId; 2],
        tables: [Option<TransitRouteTableId>; 2],
    ) -> [TransitAttachmentId; 2] {
        let [one, other] = gateways;
        let [table, other_table] = tables;
        let itself = self.network.transit_attachments.next_id().expect("few attachments");
        let first = self.attach(one, AttachedTo::Peering(itself), table);
        let second = self.attach(other, AttachedTo::Peering(first), other_table);
        self.network.transit_attachments[first].to = AttachedTo::Peering(second);
        [first, second]
    }

    /// Adds a network on premises.
    pub fn remote_network(&mut self, cidrs: &[&str]) -> RemoteNetworkId {
        let number = self.network.remote_networks.len();
        let cidrs = cidrs.iter().map(|text| prefix(text)).collect();
        self.network.remote_networks.push(RemoteNetwork { meta: meta("site", number), cidrs })
    }

    /// Adds a VPN that is up and ends in a VPC, or in none, with the prefixes that the network on
    /// premises sends through it.
    pub fn connection(
        &mut self,
        remote: RemoteNetworkId,
        vpc: Option<VpcId>,
        advertised: &[&str],
    ) -> ConnectionId {
        let number = self.network.connections.len();
        self.network.connections.push(Connection {
            meta: meta("vpn", number),
            kind: ConnectionKind::Vpn,
            up: true,
            remote,
            vpc,
            advertised: advertised.iter().map(|text| prefix(text)).collect(),
            route_table: None,
        })
    }
}
