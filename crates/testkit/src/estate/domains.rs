//! Routing domains: transit gateways with the VPCs around them, the shared services, and peerings.

use canreach_model::{
    InterfaceOwner, Origin, RouteTarget, TransitAttachmentId, TransitGatewayId, TransitRoute,
    TransitRouteTableId, TransitTarget,
};

use super::{Made, Maker, VPCS_OF_DOMAIN, blocks, hosts};
use crate::{builder, dump::HOME};

/// All VPCs of an estate.
const ALL: &str = "10.0.0.0/8";
/// Of how many VPCs two are peered.
const TWO_PEERED_IN: usize = 20;
/// The subnets through which a VPC is attached, one in each zone.
const ATTACHED_THROUGH: [usize; 3] = [3, 4, 5];

/// A transit gateway with its only route table.
#[derive(Clone, Copy)]
struct Hub {
    gateway: TransitGatewayId,
    table: TransitRouteTableId,
}

impl Maker {
    /// Puts each domain's VPCs around a gateway, and lets each reach the shared services behind another.
    pub(super) fn add_domains(&mut self) {
        let center = self.add_hub();
        self.attach(center, 0);
        let others: Vec<usize> = (1..self.made.len()).collect();
        for domain in others.chunks(VPCS_OF_DOMAIN) {
            let hub = self.add_hub();
            for nth in domain {
                self.attach(hub, *nth);
            }
            self.connect(center, hub, domain);
        }
    }

    fn add_hub(&mut self) -> Hub {
        let gateway = self.builder.transit_gateway();
        self.network().transit_gateways[gateway].meta.region = Some(HOME.to_owned());
        Hub { gateway, table: self.builder.transit_table(gateway) }
    }

    /// Attaches a VPC, which propagates its block, and routes to the gateway whatever may lie behind it.
    fn attach(&mut self, hub: Hub, nth: usize) {
        let Some(Made { vpc, cidr, tables, subnets, .. }) = self.made.get(nth).cloned() else {
            return;
        };
        let through: Vec<_> = ATTACHED_THROUGH
            .iter()
            .filter_map(|number| Some((*number, *subnets.get(*number)?)))
            .collect();
        let ids: Vec<_> = through.iter().map(|(_, subnet)| *subnet).collect();
        let attachment = self.builder.attach_vpc(hub.gateway, vpc, &ids, Some(hub.table));
        for (number, subnet) in through {
            let own = hosts::of_attachment(nth, number);
            let interface =
                self.builder.interface_owned_by(InterfaceOwner::Gateway, subnet, &[&own]);
            self.network().interfaces[interface].source_dest_check = false;
        }
        let origin = Origin::Derived { how: String::from("propagated"), from: Vec::new() };
        let target = TransitTarget::Attachment(attachment);
        let route = TransitRoute { destination: builder::prefix(&cidr), target, origin };
        self.network().transit_route_tables[hub.table].routes.push(route);
        for table in tables {
            self.builder.route(table, ALL, RouteTarget::TransitGateway(hub.gateway));
        }
    }

    /// Joins the gateway of a domain to that of the shared services, with routes both ways.
    fn connect(&mut self, center: Hub, hub: Hub, domain: &[usize]) {
        let gateways = [center.gateway, hub.gateway];
        let tables = [Some(center.table), Some(hub.table)];
        let [out, back] = self.builder.peer_transit_gateways(gateways, tables);
        self.give_one_id(out, back);
        let to = TransitTarget::Attachment;
        self.builder.transit_route(hub.table, &blocks::of_vpc(0), to(back));
        for nth in domain {
            self.builder.transit_route(center.table, &blocks::of_vpc(*nth), to(out));
        }
    }

    /// Gives both sides of a peering of gateways one id.
    fn give_one_id(&mut self, one: TransitAttachmentId, other: TransitAttachmentId) {
        let id = self.builder.network.transit_attachments[one].meta.id.clone();
        self.network().transit_attachments[other].meta.id = id;
    }

    /// Peers a tenth of the VPCs, each with one of the next domain where there is one.
    pub(super) fn add_peerings(&mut self) {
        let count = self.made.len();
        for pair in 0..count.div_ceil(TWO_PEERED_IN) {
            let one = 1 + pair * TWO_PEERED_IN;
            let other = (one + VPCS_OF_DOMAIN).min(count.saturating_sub(1));
            if one < other {
                self.peer(one, other);
            }
        }
    }

    fn peer(&mut self, one: usize, other: usize) {
        let (Some(near), Some(far)) = (self.made.get(one).cloned(), self.made.get(other).cloned())
        else {
            return;
        };
        let peering = self.builder.peering(near.vpc, far.vpc);
        for (from, to) in [(&near, &far), (&far, &near)] {
            for table in from.tables {
                self.builder.route(table, &to.cidr, RouteTarget::Peering(peering));
            }
        }
        for (nth, peer) in [(one, other), (other, one)] {
            if let Some(made) = self.made.get_mut(nth) {
                made.peer = Some(peer);
            }
        }
    }
}
