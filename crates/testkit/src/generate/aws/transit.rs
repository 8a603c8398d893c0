//! Transit gateways with associations, propagations and static routes.

use canreach_model::{
    AttachedTo, InterfaceOwner, Origin, SubnetId, TransitAttachmentId, TransitGatewayId,
    TransitRoute, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_net::IpNet;

use super::Maker;
use crate::{
    builder::{self, ORIGIN},
    dump::HOME,
};

impl Maker {
    pub(super) fn add_transit(&mut self) {
        if self.vpcs().len() < 2 || !self.random.chance(55) {
            return;
        }
        let mut gateways = vec![self.add_transit_gateway()];
        if self.random.chance(20) {
            gateways.push(self.add_transit_gateway());
        }
        let tables: Vec<(TransitGatewayId, TransitRouteTableId)> = gateways
            .iter()
            .flat_map(|gateway| vec![*gateway; usize::from(self.random.pick(&[1_u16, 1, 2]))])
            .map(|gateway| (gateway, self.builder.transit_table(gateway)))
            .collect();
        for vpc in self.vpcs() {
            let at_home = self.builder.network.vpcs[vpc].meta.region.as_deref() == Some(HOME);
            if at_home && !self.breaks() {
                let gateway = self.random.pick(&gateways);
                self.attach(gateway, vpc, &tables);
            }
        }
        if let [one, other] = gateways[..] {
            let own = [one, other].map(|gateway| self.table_of(&tables, gateway));
            let [first, second] = self.builder.peer_transit_gateways([one, other], own);
            // Both sides have one id.
            let id = self.builder.network.transit_attachments[first].meta.id.clone();
            self.network().transit_attachments[second].meta.id = id;
        }
        for (gateway, table) in tables {
            self.add_static_routes(gateway, table);
            self.add_propagated_routes(gateway, table);
        }
    }

    fn add_transit_gateway(&mut self) -> TransitGatewayId {
        let gateway = self.builder.transit_gateway();
        let references = self.random.chance(60);
        let made = &mut self.network().transit_gateways[gateway];
        made.group_references = references;
        made.meta.region = Some(HOME.to_owned());
        gateway
    }

    fn table_of(
        &mut self,
        tables: &[(TransitGatewayId, TransitRouteTableId)],
        gateway: TransitGatewayId,
    ) -> Option<TransitRouteTableId> {
        let own = tables.iter().filter(|(of, _)| *of == gateway).map(|(_, table)| *table);
        let own: Vec<TransitRouteTableId> = own.collect();
        if self.breaks() { None } else { self.random.pick_any(&own) }
    }

    /// Attaches a VPC, through one subnet for each of some of its zones.
    fn attach(
        &mut self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        tables: &[(TransitGatewayId, TransitRouteTableId)],
    ) {
        let mut subnets: Vec<SubnetId> = Vec::new();
        for subnet in self.subnets_of(vpc) {
            let zone = |id: &SubnetId| self.builder.network.subnets[*id].zone.clone();
            let taken = subnets.iter().any(|other| zone(other) == zone(&subnet));
            if !taken && (subnets.is_empty() || self.random.chance(75)) {
                subnets.push(subnet);
            }
        }
        let table = self.table_of(tables, gateway);
        let attachment = self.builder.attach_vpc(gateway, vpc, &subnets, table);
        let (appliance, references) = (self.random.chance(30), self.random.chance(80));
        if let AttachedTo::Vpc { appliance_mode, group_references, .. } =
            &mut self.network().transit_attachments[attachment].to
        {
            (*appliance_mode, *group_references) = (appliance, references);
        }
        for subnet in subnets {
            let addresses = self.take_addresses(subnet, false);
            let interface = self.builder.interface_owned_by(InterfaceOwner::Gateway, subnet, &[]);
            let made = &mut self.network().interfaces[interface];
            made.addresses = addresses;
            made.source_dest_check = false;
        }
    }

    fn attachments_of(&self, gateway: TransitGatewayId) -> Vec<TransitAttachmentId> {
        let all = self.builder.network.transit_attachments.iter();
        all.filter(|(_, one)| one.gateway == gateway).map(|(id, _)| id).collect()
    }

    fn add_static_routes(&mut self, gateway: TransitGatewayId, table: TransitRouteTableId) {
        let own = self.attachments_of(gateway);
        if self.random.chance(30) || self.breaks() {
            let mut destinations: Vec<IpNet> = ["0.0.0.0/0", "::/0"].map(builder::prefix).to_vec();
            for (_, vpc) in self.builder.network.vpcs.iter() {
                destinations.extend(&vpc.cidrs);
            }
            for (_, subnet) in self.builder.network.subnets.iter() {
                destinations.extend(&subnet.cidrs);
            }
            let destination = self.random.pick(&destinations);
            let somewhere = self.random.pick_any(&own).filter(|_| !self.random.chance(30));
            let target = somewhere.map_or(TransitTarget::Blackhole, TransitTarget::Attachment);
            self.transit_route(table, destination, target, ORIGIN);
        }
        // Between gateways nothing is propagated.
        for attachment in own {
            let AttachedTo::Peering(other) =
                self.builder.network.transit_attachments[attachment].to
            else {
                continue;
            };
            let beyond = self.builder.network.transit_attachments[other].gateway;
            for behind in self.attachments_of(beyond) {
                for block in self.blocks_behind(behind) {
                    let target = TransitTarget::Attachment(attachment);
                    self.transit_route(table, block, target, ORIGIN);
                }
            }
        }
    }

    fn blocks_behind(&self, attachment: TransitAttachmentId) -> Vec<IpNet> {
        match self.builder.network.transit_attachments[attachment].to {
            AttachedTo::Vpc { vpc, .. } => self.builder.network.vpcs[vpc].cidrs.clone(),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {
                Vec::new()
            }
        }
    }

    /// The blocks of the VPCs that propagate to a table; static routes come before them.
    fn add_propagated_routes(&mut self, gateway: TransitGatewayId, table: TransitRouteTableId) {
        for attachment in self.attachments_of(gateway) {
            if self.breaks() || self.random.chance(8) {
                continue;
            }
            for block in self.blocks_behind(attachment) {
                let how = String::from("propagated");
                let origin = Origin::Derived { how, from: Vec::new() };
                let target = TransitTarget::Attachment(attachment);
                self.transit_route(table, block, target, origin);
            }
        }
    }

    fn transit_route(
        &mut self,
        table: TransitRouteTableId,
        destination: IpNet,
        target: TransitTarget,
        origin: Origin,
    ) {
        let routes = &mut self.network().transit_route_tables[table].routes;
        if routes.iter().all(|route| route.destination != destination) {
            routes.push(TransitRoute { destination, target, origin });
        }
    }
}
