//! What the routes of transit gateways tell of the networks on premises attached to them: which blocks
//! they have, and which they are told of.

use canreach_model::{
    AttachedTo, ConnectionId, TransitAttachmentId, TransitRouteTableId, TransitTarget,
};
use canreach_net::IpNet;

use super::Builder;

impl Builder<'_> {
    /// Goes through the routes of all tables, which are complete by now.
    pub(super) fn beyond_transit(&mut self) {
        for table in self.network.transit_route_tables.ids() {
            self.blocks_behind(table);
        }
        for attachment in self.network.transit_attachments.ids() {
            self.told(attachment);
        }
    }

    /// A network on premises has what a table sends to it. A default route says only that it may know
    /// the way, which is a fact.
    fn blocks_behind(&mut self, table: TransitRouteTableId) {
        let mut elsewhere = self.attached_blocks(table);
        let routes = self.network.transit_route_tables[table].routes.clone();
        elsewhere.extend(routes.iter().filter_map(|route| {
            self.connection_of(route.target).is_none().then_some(route.destination)
        }));
        for (index, route) in routes.iter().enumerate() {
            let Some(connection) = self.connection_of(route.target) else { continue };
            if route.destination.prefix_len() > 0 {
                let remote = self.network.connections[connection].remote;
                self.note_blocks(remote, route.destination, &elsewhere);
                continue;
            }
            let id = self.network.connections[connection].meta.id.clone();
            let fact = self.fact(
                format!(
                    "what lies behind `{id}` delivers packets that a default route sends there"
                ),
                format!(
                    "find out where the router behind `{id}` sends them: it is not in the input"
                ),
                route.origin.clone(),
            );
            if let Some(route) = self.network.transit_route_tables[table].routes.get_mut(index) {
                route.target = TransitTarget::Unresolved(fact);
            }
        }
    }

    /// Returns the blocks of the VPCs attached to the gateway of a table.
    fn attached_blocks(&self, table: TransitRouteTableId) -> Vec<IpNet> {
        let gateway = self.network.transit_route_tables[table].gateway;
        let mut blocks = Vec::new();
        for (_, attachment) in self.network.transit_attachments.iter() {
            if let AttachedTo::Vpc { vpc, .. } = attachment.to
                && attachment.gateway == gateway
            {
                blocks.extend(&self.network.vpcs[vpc].cidrs);
            }
        }
        blocks
    }

    fn connection_of(&self, target: TransitTarget) -> Option<ConnectionId> {
        let TransitTarget::Attachment(attachment) = target else { return None };
        match self.network.transit_attachments[attachment].to {
            AttachedTo::Connection(connection) => Some(connection),
            AttachedTo::Vpc { .. } | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => None,
        }
    }

    /// A network on premises is told the destinations of the table that routes what comes from it, unless
    /// the input lists what it is told.
    fn told(&mut self, attachment: TransitAttachmentId) {
        let own = TransitTarget::Attachment(attachment);
        let Some(connection) = self.connection_of(own) else { return };
        let table = self.network.transit_attachments[attachment].route_table;
        let Some(table) = table else { return };
        if !self.network.connections[connection].advertised.is_empty() {
            return;
        }
        let routes = &self.network.transit_route_tables[table].routes;
        let told = routes.iter().filter(|route| route.target != own);
        let told: Vec<IpNet> = told.map(|route| route.destination).collect();
        self.network.connections[connection].advertised = told;
    }
}
