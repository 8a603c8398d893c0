//! Transit gateways and what is attached to them.

use std::collections::HashMap;

use canreach_model::{
    AttachedTo, TransitAttachment, TransitAttachmentId, TransitGateway, TransitGatewayId,
    TransitRouteTable, TransitRouteTableId, VpcId,
};

use super::Linker;
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::Name,
        written::{self, Item},
    },
};

/// The tables of transit gateways with what was written about them.
pub(super) type TransitTables<'a> =
    Vec<(TransitRouteTableId, &'a Item<written::TransitRouteTable>)>;

impl<'a> Linker<'a> {
    pub(super) fn add_transit_gateways(&mut self) {
        for model in self.models {
            for item in &model.written.transit_gateways {
                let firewall = self.firewall_of(item.body.firewall.as_ref());
                let meta = self.meta(item);
                let id = self.network.transit_gateways.push(TransitGateway {
                    meta,
                    firewall,
                    group_references: item.body.group_references,
                });
                self.transit_gateways.define(&item.name, Some(id));
            }
        }
    }

    /// Adds the tables, still without routes, and returns them with what was written.
    pub(super) fn add_transit_tables(&mut self) -> TransitTables<'a> {
        let mut tables = Vec::new();
        for model in self.models {
            for item in &model.written.transit_route_tables {
                let gateway = self.transit_gateway(item.body.gateway.as_ref());
                let id = gateway.map(|gateway| {
                    let (meta, routes) = (self.meta(item), Vec::new());
                    let table = TransitRouteTable { meta, gateway, routes };
                    self.network.transit_route_tables.push(table)
                });
                self.transit_route_tables.define(&item.name, id);
                tables.extend(id.map(|id| (id, item)));
            }
        }
        tables
    }

    fn transit_gateway(&mut self, name: Option<&Name>) -> Option<TransitGatewayId> {
        let found = self.transit_gateways.find(name?);
        self.resolved(found)
    }

    pub(super) fn add_transit_attachments(&mut self) {
        let mut peers = Vec::new();
        for model in self.models {
            for item in &model.written.transit_attachments {
                let id = self.transit_attachment(item);
                self.transit_attachments.define(&item.name, id);
                if let (Some(id), Some(written::AttachedTo::Peer(peer))) = (id, &item.body.to) {
                    peers.push((id, item, peer));
                }
            }
        }
        self.attached_once();
        for (id, item, peer) in peers {
            self.join_peers(id, item, peer);
        }
    }

    fn transit_attachment(
        &mut self,
        item: &'a Item<written::TransitAttachment>,
    ) -> Option<TransitAttachmentId> {
        let gateway = self.transit_gateway(item.body.gateway.as_ref());
        let to = item.body.to.as_ref().and_then(|to| self.attached_to(to));
        let gateway = gateway?;
        let route_table = match &item.body.route_table {
            Some(name) => Some(self.transit_table_of(name, gateway, &item.name)?),
            None => None,
        };
        let attachment = TransitAttachment { meta: self.meta(item), gateway, to: to?, route_table };
        let id = self.network.transit_attachments.push(attachment);
        self.attachment_places.insert(id, item.name.place);
        Some(id)
    }

    fn attached_to(&mut self, to: &written::AttachedTo) -> Option<AttachedTo> {
        match to {
            written::AttachedTo::Vpc { vpc: name, subnets, appliance_mode, group_references } => {
                let vpc = self.vpc(name)?;
                let subnets = self.attached_subnets(subnets, vpc, name.place);
                Some(AttachedTo::Vpc {
                    vpc,
                    subnets,
                    appliance_mode: *appliance_mode,
                    group_references: *group_references,
                })
            }
            written::AttachedTo::Connection(name) => {
                let found = self.connections.find(name);
                let connection = self.resolved(found)?;
                let ends = self.connection_vpcs.get(&connection).copied();
                if let Some(ends) = ends.filter(|_| !self.is_record(name.place)) {
                    let message = format!(
                        "connection `{}` ends in VPC `{}` and cannot be attached too",
                        name.value,
                        self.vpc_name(ends.value)
                    );
                    self.report(
                        Diagnostic::error("model::attachment", name.place, message)
                            .note(ends.place, "it ends here")
                            .help("leave `vpc` out of the connection, or remove the attachment"),
                    );
                }
                Some(AttachedTo::Connection(connection))
            }
            written::AttachedTo::Unmodelled(name) => self.fact(name).map(AttachedTo::Unmodelled),
            // Once all attachments are there, the right one takes the place of this.
            written::AttachedTo::Peer(_) => {
                self.network.transit_attachments.next_id().map(AttachedTo::Peering)
            }
        }
    }

    fn attached_subnets(
        &mut self,
        names: &[Name],
        vpc: VpcId,
        why: Place,
    ) -> Vec<canreach_model::SubnetId> {
        let mut zones: HashMap<String, Place> = HashMap::new();
        let mut subnets = Vec::new();
        for name in names {
            let found = self.subnets.find(name);
            let Some(subnet) = self.resolved(found) else { continue };
            let found = &self.network.subnets[subnet];
            let (belongs, zone) = (found.vpc, found.zone.clone());
            if belongs != vpc && !self.is_record(name.place) {
                self.elsewhere(name, "subnet", belongs, vpc, Some((why, "this VPC is attached")));
                continue;
            }
            subnets.push(subnet);
            let Some(zone) = zone else { continue };
            if let Some(before) = zones.insert(zone.clone(), name.place) {
                let message = format!("two subnets of zone `{zone}` in one attachment");
                self.report(
                    Diagnostic::error("model::zone_twice", name.place, message)
                        .label("the second one")
                        .note(before, "the first one")
                        .help("keep one subnet for each zone"),
                );
            }
        }
        subnets
    }

    fn transit_table_of(
        &mut self,
        name: &Name,
        gateway: TransitGatewayId,
        attachment: &Name,
    ) -> Option<TransitRouteTableId> {
        let found = self.transit_route_tables.find(name);
        let table = self.resolved(found)?;
        let belongs = self.network.transit_route_tables[table].gateway;
        if belongs != gateway && !self.is_record(name.place) {
            self.other_gateway(name, "route table", belongs, gateway, attachment.place);
            return None;
        }
        Some(table)
    }

    /// Notes an object of another transit gateway.
    pub(super) fn other_gateway(
        &mut self,
        name: &Name,
        kind: &str,
        belongs: TransitGatewayId,
        expected: TransitGatewayId,
        why: Place,
    ) {
        let label = |gateway| self.network.transit_gateways[gateway].meta.label().to_owned();
        let (belongs, expected) = (label(belongs), label(expected));
        let message = format!(
            "{kind} `{}` belongs to transit gateway `{belongs}`, not to `{expected}`",
            name.value
        );
        let note = format!("this belongs to `{expected}`");
        self.report(Diagnostic::error("model::other_gateway", name.place, message).note(why, note));
    }

    /// Notes a VPC attached twice to one gateway, and a connection attached twice at all.
    fn attached_once(&mut self) {
        let mut vpcs = HashMap::new();
        let mut connections = HashMap::new();
        let mut errors = Vec::new();
        for (id, attachment) in self.network.transit_attachments.iter() {
            let Some(place) = self.attachment_places.get(&id).copied() else { continue };
            let (before, what) = match &attachment.to {
                AttachedTo::Vpc { vpc, .. } => {
                    let gateway = self.network.transit_gateways[attachment.gateway].meta.label();
                    let name = self.network.vpcs[*vpc].meta.label();
                    let what = format!("VPC `{name}` is attached to `{gateway}` twice");
                    (vpcs.insert((attachment.gateway, *vpc), place), what)
                }
                AttachedTo::Connection(connection) => {
                    let name = self.network.connections[*connection].meta.label();
                    let what = format!("connection `{name}` is attached twice");
                    (connections.insert(*connection, place), what)
                }
                AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => continue,
            };
            if let Some(before) = before {
                errors.push(
                    Diagnostic::error("model::attachment_twice", place, what)
                        .label("the second attachment")
                        .note(before, "the first attachment"),
                );
            }
        }
        for error in errors {
            self.report(error);
        }
    }

    /// Joins an attachment with the one on the other side, which must name it in turn.
    fn join_peers(
        &mut self,
        id: TransitAttachmentId,
        item: &Item<written::TransitAttachment>,
        name: &Name,
    ) {
        let found = self.transit_attachments.find(name);
        let Some(peer) = self.resolved(found) else { return };
        self.network.transit_attachments[id].to = AttachedTo::Peering(peer);
        if self.is_record(name.place) {
            return;
        }
        let own = &item.name;
        let back =
            self.models.iter().flat_map(|model| &model.written.transit_attachments).find(|other| {
                self.transit_attachments.find(&other.name).is_ok_and(|found| found == peer)
            });
        let names_back = back.and_then(|other| match &other.body.to {
            Some(written::AttachedTo::Peer(back)) => Some((other, back)),
            Some(
                written::AttachedTo::Vpc { .. }
                | written::AttachedTo::Connection(_)
                | written::AttachedTo::Unmodelled(_),
            )
            | None => None,
        });
        let place = self.attachment_places.get(&peer).copied().unwrap_or(name.place);
        let error = |message: String| Diagnostic::error("model::peer", name.place, message);
        let returned = names_back.is_some_and(|(_, back)| {
            self.transit_attachments.find(back).is_ok_and(|found| found == id)
        });
        let report = if !returned {
            let message =
                format!("attachment `{}` does not name `{}` as its peer", name.value, own.value);
            error(message)
                .label("both sides name each other")
                .note(place, "the other side")
                .help(format!("write `peer: {}` in attachment `{}`", own.value, name.value))
        } else if self.network.transit_attachments[peer].gateway
            == self.network.transit_attachments[id].gateway
            && id <= peer
        {
            let gateway = self.network.transit_attachments[id].gateway;
            let gateway = self.network.transit_gateways[gateway].meta.label();
            error(format!("a peering joins transit gateway `{gateway}` with itself"))
                .note(place, "the other side belongs to the same gateway")
        } else {
            return;
        };
        self.report(report);
    }
}
