//! The routes of transit gateways: those someone wrote, and those that attachments propagate.

use std::collections::BTreeMap;

use canreach_model::{
    AttachedTo, ConnectionKind, Origin, TransitAttachmentId, TransitGatewayId, TransitRoute,
    TransitRouteTableId, TransitTarget,
};
use canreach_net::IpNet;

use super::{Linker, transit::TransitTables};
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::Name,
        written::{self, Item},
    },
};

/// What a propagated route comes from; of two to one destination the first in this order counts.
///
/// Enterprise Router user guide, "route tables": static routes, then those of VPCs, Direct Connect and
/// VPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Vpc,
    DirectConnect,
    Vpn,
}

/// A propagated route that counts so far.
#[derive(Clone, Copy, Debug)]
struct Propagated<'n> {
    source: Source,
    attachment: TransitAttachmentId,
    name: &'n Name,
}

impl Linker<'_> {
    pub(super) fn add_transit_routes(&mut self, tables: &TransitTables<'_>) {
        for (table, item) in tables {
            let written = self.static_routes(*table, item);
            self.propagated_routes(*table, item, &written);
        }
    }

    /// Adds the routes someone wrote, and returns their destinations.
    fn static_routes(
        &mut self,
        table: TransitRouteTableId,
        item: &Item<written::TransitRouteTable>,
    ) -> BTreeMap<IpNet, Place> {
        let gateway = self.network.transit_route_tables[table].gateway;
        let mut seen: BTreeMap<IpNet, Place> = BTreeMap::new();
        for route in &item.body.routes {
            let target = match &route.target {
                Some(written::TransitTarget::Attachment(name)) => self
                    .attachment_of(name, gateway, item.name.place)
                    .map(TransitTarget::Attachment),
                Some(written::TransitTarget::Blackhole) => Some(TransitTarget::Blackhole),
                Some(written::TransitTarget::Unresolved(name)) => {
                    self.fact(name).map(TransitTarget::Unresolved)
                }
                None => None,
            };
            let Some(destination) = route.destination else { continue };
            if let Some(before) = seen.get(&destination.value) {
                let message = format!("two routes to `{}`", destination.value);
                let error = Diagnostic::error("model::duplicate_route", destination.place, message);
                self.diagnostics
                    .push(error.label("the second route").note(*before, "the first route"));
                continue;
            }
            seen.insert(destination.value, destination.place);
            let Some(target) = target else { continue };
            let origin = self.origin_of(route.place, route.origin.as_ref());
            let route = TransitRoute { destination: destination.value, target, origin };
            self.network.transit_route_tables[table].routes.push(route);
        }
        seen
    }

    fn attachment_of(
        &mut self,
        name: &Name,
        gateway: TransitGatewayId,
        why: Place,
    ) -> Option<TransitAttachmentId> {
        let found = self.transit_attachments.find(name);
        let attachment = self.resolved(found)?;
        let belongs = self.network.transit_attachments[attachment].gateway;
        if belongs != gateway && !self.is_record(name.place) {
            self.other_gateway(name, "attachment", belongs, gateway, why);
            return None;
        }
        Some(attachment)
    }

    /// Adds what attachments propagate, where nobody wrote a route to it.
    fn propagated_routes(
        &mut self,
        table: TransitRouteTableId,
        item: &Item<written::TransitRouteTable>,
        written: &BTreeMap<IpNet, Place>,
    ) {
        let gateway = self.network.transit_route_tables[table].gateway;
        let mut order: Vec<IpNet> = Vec::new();
        let mut best: BTreeMap<IpNet, Propagated<'_>> = BTreeMap::new();
        for name in &item.body.propagations {
            let Some(attachment) = self.attachment_of(name, gateway, item.name.place) else {
                continue;
            };
            let Some((source, blocks)) = self.propagates(attachment, name) else { continue };
            for block in blocks.into_iter().filter(|block| !written.contains_key(block)) {
                let new = Propagated { source, attachment, name };
                match best.get(&block).copied() {
                    None => {
                        order.push(block);
                        best.insert(block, new);
                    }
                    Some(before) if source < before.source => drop(best.insert(block, new)),
                    Some(before) if source == before.source => self.tie(block, before, name),
                    Some(_) => {}
                }
            }
        }
        for destination in order {
            let Some(route) = best.get(&destination) else { continue };
            let origin = self.propagated_from(route);
            let target = TransitTarget::Attachment(route.attachment);
            let route = TransitRoute { destination, target, origin };
            self.network.transit_route_tables[table].routes.push(route);
        }
    }

    fn propagated_from(&self, route: &Propagated<'_>) -> Origin {
        let how = format!("propagated from attachment `{}`", route.name.value);
        let attachment = self.attachment_places.get(&route.attachment).copied();
        let places = [Some(route.name.place), attachment];
        let from = places.into_iter().flatten().filter_map(|place| self.span(place)).collect();
        Origin::Derived { how, from }
    }

    /// Returns the blocks that an attachment propagates.
    fn propagates(
        &mut self,
        attachment: TransitAttachmentId,
        name: &Name,
    ) -> Option<(Source, Vec<IpNet>)> {
        match &self.network.transit_attachments[attachment].to {
            AttachedTo::Vpc { vpc, .. } => {
                Some((Source::Vpc, self.network.vpcs[*vpc].cidrs.clone()))
            }
            AttachedTo::Connection(connection) => {
                let connection = &self.network.connections[*connection];
                let source = match connection.kind {
                    ConnectionKind::DirectConnect => Source::DirectConnect,
                    ConnectionKind::Vpn => Source::Vpn,
                };
                Some((source, self.network.remote_networks[connection.remote].cidrs.clone()))
            }
            AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {
                let message =
                    format!("attachment `{}` leads to another transit gateway", name.value);
                let error = Diagnostic::error("model::propagation", name.place, message)
                    .label("such attachments propagate nothing")
                    .help(format!(
                        "write a route: `{{ destination: …, attachment: {} }}`",
                        name.value
                    ));
                self.report(error);
                None
            }
        }
    }

    fn tie(&mut self, block: IpNet, before: Propagated<'_>, name: &Name) {
        let message = format!("two attachments propagate `{block}`");
        let error = Diagnostic::error("model::propagated_twice", name.place, message)
            .label("the second of one kind")
            .note(before.name.place, "the first")
            .help(format!(
                "which one counts is open: write `{{ destination: {block}, attachment: … }}`"
            ));
        self.report(error);
    }
}
