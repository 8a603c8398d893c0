//! Transit gateways with their attachments and associations; routes are in `transit_routes`.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    AttachedTo, ImpliedBy, Meta, Origin, RouteTarget, Span, TransitAttachment, TransitAttachmentId,
    TransitGateway, TransitGatewayId, TransitRoute, TransitRouteTable, TransitRouteTableId,
    TransitTarget, VpcId,
};
use canreach_net::Family;

use super::{
    super::{
        keys::Kind,
        records::transit::{self as records, AttachmentKind, Stage, Transit, attachment_key},
    },
    Builder,
    vpcs::placed,
};

/// The keys of what belongs to transit gateways.
#[derive(Default)]
pub(super) struct TransitKeys {
    pub(super) gateways: BTreeMap<String, TransitGatewayId>,
    /// The gateways that are deleted.
    pub(super) gone: BTreeSet<String>,
    /// Attachments, by what `attachment_key` says.
    pub(super) attachments: BTreeMap<String, TransitAttachmentId>,
    pub(super) tables: BTreeMap<String, TransitRouteTableId>,
}

impl Builder<'_> {
    /// Makes every gateway described, its route tables and its attachments.
    pub(super) fn transit(&mut self, transit: &Transit) {
        self.transit_gateways(transit);
        for (key, attachment) in &transit.attachments {
            self.transit_attachment(key, attachment);
        }
        for (key, attachment) in &transit.attachments {
            self.transit_peering(key, attachment);
        }
        for (id, table) in &transit.tables {
            self.transit_table(id, table);
        }
        for (key, attachment) in &transit.attachments {
            self.transit_association(key, attachment, transit);
        }
    }

    fn transit_gateways(&mut self, transit: &Transit) {
        for (id, gateway) in &transit.gateways {
            if gateway.stage == Stage::Gone {
                self.keys.transit.gone.insert(id.clone());
                continue;
            }
            let key = self.network.transit_gateways.push(TransitGateway {
                meta: gateway.meta.clone(),
                firewall: None,
                group_references: gateway.group_references.unwrap_or(false),
            });
            self.keys.transit.gateways.insert(id.clone(), key);
        }
        let attachments = transit.attachments.values();
        let named: BTreeMap<&str, &Meta> =
            attachments.map(|one| (one.gateway.as_str(), &one.meta)).collect();
        for (id, meta) in named {
            let known = &self.keys.transit;
            if !known.gateways.contains_key(id) && !known.gone.contains(id) {
                let what =
                    format!("attachments of transit gateway `{id}`, which no answer describes");
                self.unread(meta, what, "routes to it are unresolved facts");
            }
        }
    }

    /// Makes an attachment that may forward. What it is attached to may be open.
    fn transit_attachment(&mut self, key: &str, attachment: &records::TransitAttachment) {
        let Some(gateway) = self.keys.transit.gateways.get(&attachment.gateway).copied() else {
            return;
        };
        if attachment.stage == Stage::Gone {
            return;
        }
        let Some(own) = self.network.transit_attachments.next_id() else { return };
        let to = self.attached(attachment, own);
        let meta = placed(&attachment.meta, &self.network.transit_gateways[gateway].meta);
        let made = TransitAttachment { meta, gateway, to, route_table: None };
        let made = self.network.transit_attachments.push(made);
        self.keys.transit.attachments.insert(key.to_owned(), made);
    }

    /// Resolves what is attached.
    fn attached(
        &mut self,
        attachment: &records::TransitAttachment,
        own: TransitAttachmentId,
    ) -> AttachedTo {
        let (meta, id) = (&attachment.meta, &attachment.meta.id);
        let resource = attachment.resource.as_deref().unwrap_or("?");
        if attachment.stage == Stage::Changing {
            let settled = "dump the attachments again when it is available";
            return self.open_attachment(meta, "which is being made or taken away,", settled);
        }
        match &attachment.kind {
            AttachmentKind::Vpc => self.attached_vpc(attachment).unwrap_or_else(|missing| {
                self.open_attachment(meta, "which is not described in full,", &missing)
            }),
            AttachmentKind::Vpn | AttachmentKind::DirectConnect => {
                let connection = self.keys.connections.get(id);
                let connection = connection.or_else(|| self.keys.connections.get(resource));
                if let Some(connection) = connection {
                    return AttachedTo::Connection(*connection);
                }
                let call = if attachment.kind == AttachmentKind::Vpn {
                    "aws ec2 describe-vpn-connections"
                } else {
                    "aws directconnect describe-direct-connect-gateways"
                };
                let settled = format!("give the answer of `{call}` for `{resource}`");
                self.open_attachment(meta, &format!("to `{resource}`,"), &settled)
            }
            // The other side takes its place when both are made.
            AttachmentKind::Peering => AttachedTo::Peering(own),
            AttachmentKind::Other(noun) => {
                let settled = format!(
                    "follow the way beyond `{id}` by hand: this kind of attachment is not modelled"
                );
                self.open_attachment(meta, &format!("of type `{noun}`,"), &settled)
            }
        }
    }

    /// Returns the VPC with the subnets through which packets go, or which answer lacks.
    fn attached_vpc(&self, attachment: &records::TransitAttachment) -> Result<AttachedTo, String> {
        let resource = attachment.resource.as_deref().unwrap_or("?");
        let Some(vpc) = self.keys.vpcs.get(resource).copied() else {
            return Err(format!("give the answers about `{resource}` and what is in it"));
        };
        let call = "describe-transit-gateway-vpc-attachments";
        let into = attachment.into_vpc.as_ref().filter(|into| !into.subnets.is_empty());
        let into = into.ok_or_else(|| {
            format!("give the answer of `aws ec2 {call}` for `{}`", attachment.meta.id)
        })?;
        let mut subnets = Vec::new();
        for id in &into.subnets {
            let subnet = self.keys.subnets.get(id).copied();
            let subnet = subnet.filter(|subnet| self.network.subnets[*subnet].vpc == vpc);
            let missing = || format!("give the answer of `aws ec2 describe-subnets` for `{id}`");
            subnets.push(subnet.ok_or_else(missing)?);
        }
        let (appliance_mode, group_references) = (into.appliance_mode, into.group_references);
        Ok(AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references })
    }

    fn open_attachment(&mut self, meta: &Meta, which: &str, settled: &str) -> AttachedTo {
        let id = &meta.id;
        let statement = format!("transit gateway attachment `{id}`, {which} delivers the packet");
        AttachedTo::Unmodelled(self.fact(statement, settled.to_owned(), meta.origin.clone()))
    }

    /// Joins the two sides of an attachment between two gateways.
    fn transit_peering(&mut self, key: &str, attachment: &records::TransitAttachment) {
        if attachment.kind != AttachmentKind::Peering || attachment.stage != Stage::Available {
            return;
        }
        let Some(own) = self.keys.transit.attachments.get(key).copied() else { return };
        let resource = attachment.resource.as_deref().unwrap_or("?");
        let other = attachment_key(&attachment.meta.id, &attachment.kind, resource);
        let other = self.keys.transit.attachments.get(&other).copied();
        let open = || {
            let settled = format!(
                "give the answers of `describe-transit-gateways` and `describe-transit-gateway-attachments` for `{resource}`"
            );
            self.open_attachment(&attachment.meta, &format!("to `{resource}`,"), &settled)
        };
        let to = other.map_or_else(open, AttachedTo::Peering);
        self.network.transit_attachments[own].to = to;
    }

    fn transit_table(&mut self, id: &str, table: &records::TransitTable) {
        let Some(gateway) = self.keys.transit.gateways.get(&table.gateway).copied() else {
            if !self.keys.transit.gone.contains(&table.gateway) {
                let what = format!(
                    "transit gateway route table `{id}`, whose gateway `{}` no answer describes",
                    table.gateway
                );
                self.unread(&table.meta, what, "it takes no part");
            }
            return;
        };
        if table.stage == Stage::Gone {
            return;
        }
        let meta = placed(&table.meta, &self.network.transit_gateways[gateway].meta);
        let made = TransitRouteTable { meta, gateway, routes: Vec::new() };
        let made = self.network.transit_route_tables.push(made);
        self.keys.transit.tables.insert(id.to_owned(), made);
    }

    /// Gives an attachment its route table, which may be unknown: only the account that owns the gateway
    /// is told.
    fn transit_association(
        &mut self,
        key: &str,
        attachment: &records::TransitAttachment,
        transit: &Transit,
    ) {
        let Some(made) = self.keys.transit.attachments.get(key).copied() else { return };
        let gateway = self.network.transit_attachments[made].gateway;
        let table = match &attachment.association {
            Some(table) => Some(self.associated_table(table, gateway, &attachment.meta)),
            None if self.tells_associations(attachment, transit) => None,
            None => Some(self.unknown_table(gateway, &attachment.meta)),
        };
        self.network.transit_attachments[made].route_table = table;
    }

    /// Whether an attachment without a table certainly has none: whoever is shown the tables of the gateway
    /// is shown the associations.
    fn tells_associations(
        &self,
        attachment: &records::TransitAttachment,
        transit: &Transit,
    ) -> bool {
        let tables = || transit.tables.iter().filter(|(_, one)| one.gateway == attachment.gateway);
        let listed = self.given.contains(&Kind::TransitGatewayAttachments);
        (listed && attachment.tells_association && tables().next().is_some())
            || (tables().next().is_some()
                && tables().all(|(id, _)| transit.associations_of.contains(id)))
    }

    fn associated_table(
        &mut self,
        id: &str,
        gateway: TransitGatewayId,
        attachment: &Meta,
    ) -> TransitRouteTableId {
        match self.keys.transit.tables.get(id).copied() {
            Some(table) if self.network.transit_route_tables[table].gateway == gateway => table,
            Some(_) | None => self.stub_table(id.to_owned(), gateway, attachment),
        }
    }

    /// Makes what stands for the table of an attachment of which nobody says whether it has one.
    fn unknown_table(
        &mut self,
        gateway: TransitGatewayId,
        attachment: &Meta,
    ) -> TransitRouteTableId {
        let id = &attachment.id;
        let fact = self.fact(
            format!("the transit gateway route table of `{id}`, which no answer names, delivers the packet"),
            format!("give the answer of `aws ec2 describe-transit-gateway-attachments` for `{id}`, by the account that owns the gateway"),
            attachment.origin.clone(),
        );
        let open = Family::BOTH.map(|family| TransitRoute {
            destination: family.everywhere(),
            target: TransitTarget::Unresolved(fact),
            origin: Origin::Implied(ImpliedBy::MissingInput),
        });
        let meta = Meta::new(format!("{id}/table"), Origin::Implied(ImpliedBy::MissingInput));
        let meta = placed(&meta, attachment);
        let made = TransitRouteTable { meta, gateway, routes: open.to_vec() };
        self.network.transit_route_tables.push(made)
    }

    /// Makes a table that no answer describes; what is known of its routes comes later.
    fn stub_table(
        &mut self,
        id: String,
        gateway: TransitGatewayId,
        attachment: &Meta,
    ) -> TransitRouteTableId {
        let origin = match attachment.origin.span() {
            Some(span) => {
                let how = format!("route table of `{}`", attachment.id);
                Origin::Derived { how, from: vec![span] }
            }
            None => Origin::Implied(ImpliedBy::MissingInput),
        };
        let meta = Meta::new(id.clone(), origin);
        let meta = placed(&meta, &self.network.transit_gateways[gateway].meta);
        let made = TransitRouteTable { meta, gateway, routes: Vec::new() };
        let made = self.network.transit_route_tables.push(made);
        self.keys.transit.tables.insert(id, made);
        made
    }

    /// A route of a VPC to a gateway. It is active only where the VPC is attached, so that an attachment
    /// that no answer describes is missing from the input.
    pub(super) fn transit_gateway_target(
        &mut self,
        id: &str,
        vpc: VpcId,
        span: Span,
    ) -> RouteTarget {
        if self.keys.transit.gone.contains(id) {
            return RouteTarget::Blackhole;
        }
        let Some(gateway) = self.keys.transit.gateways.get(id).copied() else {
            return self.unresolved(
                format!("transit gateway `{id}`, which no answer describes, delivers the packet"),
                format!("give the answers of `describe-transit-gateways` and its kin for `{id}`"),
                span,
            );
        };
        let attached = self.network.transit_attachments.iter().any(|(_, one)| {
            one.gateway == gateway && matches!(one.to, AttachedTo::Vpc { vpc: of, .. } if of == vpc)
        });
        if attached {
            return RouteTarget::TransitGateway(gateway);
        }
        let vpc = self.network.vpcs[vpc].meta.id.clone();
        self.unresolved(
            format!(
                "transit gateway `{id}`, whose attachment of `{vpc}` no answer describes in full, delivers the packet"
            ),
            format!(
                "give the answer of `aws ec2 describe-transit-gateway-vpc-attachments` for `{vpc}`"
            ),
            span,
        )
    }
}
