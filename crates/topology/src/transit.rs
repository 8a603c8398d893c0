//! Transit gateways: `docs/forwarding.md` §§5 and 5b, for all packets at once.

use canreach_model::{
    Across, AttachedTo, Border, Chooser, Direction, Obstacle, Place, SubnetId, TransitAttachmentId,
    TransitGatewayId, TransitRouteTableId, TransitTarget, VpcId,
};

use crate::{
    explore::Explorer,
    packet::{Packet, Stop},
    send::Sender,
};

impl Explorer<'_, '_> {
    /// §5: a route leads to a transit gateway.
    pub(crate) fn by_transit_gateway(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        id: TransitGatewayId,
    ) {
        self.put(&mut packet, Place::TransitGateway(id));
        let Some(attachment) = self.topology.attachment(vpc, id) else {
            return self.stop_at_transit(packet, id, Obstacle::NotAttached(id, vpc));
        };
        for (mut packet, subnet) in self.enter_attachment(packet, attachment) {
            if let Some(subnet) = subnet {
                let inside = packet.from_subnet == Some(subnet);
                self.cross_acl(&mut packet, subnet, Direction::Ingress, inside);
            }
            packet.come_to_transit();
            self.at_transit(packet, attachment);
        }
    }

    /// The subnets of a VPC's attachment, none for anything else.
    fn subnets_of(&self, attachment: TransitAttachmentId) -> Vec<SubnetId> {
        match &self.network().transit_attachments[attachment].to {
            AttachedTo::Vpc { subnets, .. } => subnets.clone(),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {
                Vec::new()
            }
        }
    }

    /// Whether an attachment is in appliance mode.
    fn is_appliance(&self, attachment: TransitAttachmentId) -> bool {
        let to = &self.network().transit_attachments[attachment].to;
        matches!(to, AttachedTo::Vpc { appliance_mode: true, .. })
    }

    /// The first of some subnets in the zone of another; the outer `None` where a zone is not known.
    #[expect(clippy::option_option, reason = "no subnet, and no telling, are two things")]
    fn in_zone_of(&self, of: Option<SubnetId>, among: &[SubnetId]) -> Option<Option<SubnetId>> {
        let zone = |id: SubnetId| self.network().subnets[id].zone.as_deref();
        let own = zone(of?)?;
        if among.iter().any(|id| zone(*id).is_none()) {
            return None;
        }
        Some(among.iter().copied().find(|id| zone(*id) == Some(own)))
    }

    /// Divides packets by the subnet of their VPC's attachment through which they leave the VPC.
    fn enter_attachment(
        &mut self,
        packet: Packet,
        id: TransitAttachmentId,
    ) -> Vec<(Packet, Option<SubnetId>)> {
        let subnets = self.subnets_of(id);
        if subnets.is_empty() {
            return vec![(packet, None)];
        }
        match (self.in_zone_of(packet.from_subnet, &subnets), packet.from_subnet) {
            (Some(Some(subnet)), _) => vec![(packet, Some(subnet))],
            (Some(None), Some(from)) => {
                let mended = self.mend(packet, Obstacle::NotInZone(id, from));
                mended.map(|packet| (packet, subnets.first().copied())).into_iter().collect()
            }
            (Some(None) | None, _) => split_on_subnet(&packet, id, &subnets),
        }
    }

    /// §5b: packets at a transit gateway, from an attachment.
    pub(crate) fn at_transit(&mut self, mut packet: Packet, from: TransitAttachmentId) {
        if self.has_given_up() {
            return;
        }
        let attachment = &self.network().transit_attachments[from];
        let id = attachment.gateway;
        packet.from_subnet = None;
        packet.across = None;
        if packet.is_loop(Stop::Transit(from)) {
            return self.stop(packet, Obstacle::RoutingLoop(Place::TransitGateway(id)));
        }
        let firewall = self.network().transit_gateways[id].firewall;
        self.cross_cloud_firewall(&mut packet, firewall, Border::Vpc, Direction::Ingress);
        match attachment.route_table {
            Some(table) => self.route_transit(packet, id, table),
            None => self.stop_at_transit(packet, id, Obstacle::NotAssociated(from)),
        }
    }

    /// Divides packets by the route of a transit gateway's table that wins.
    fn route_transit(&mut self, packet: Packet, id: TransitGatewayId, table: TransitRouteTableId) {
        let network = self.network();
        let (divided, rest) = self.topology.routes.of_transit(network, table).divide(packet);
        for (mut packet, (reference, target)) in divided {
            packet.took_transit(reference);
            match target {
                TransitTarget::Attachment(to) => self.leave_transit(packet, to),
                TransitTarget::Unresolved(fact) => self.beyond(packet, fact),
                TransitTarget::Blackhole => {
                    self.stop_at_transit(packet, id, Obstacle::TransitBlackhole(reference));
                }
            }
        }
        if let Some(packet) = rest {
            self.stop_at_transit(packet, id, Obstacle::NoTransitRoute(table));
        }
    }

    /// Leaves a transit gateway by an attachment.
    pub(crate) fn leave_transit(&mut self, mut packet: Packet, id: TransitAttachmentId) {
        match self.network().transit_attachments[id].to {
            AttachedTo::Vpc { vpc, .. } => self.enter_by_attachment(packet, vpc, id),
            AttachedTo::Connection(connection) => self.through_connection(packet, connection),
            AttachedTo::Unmodelled(fact) => self.beyond(packet, fact),
            AttachedTo::Peering(other) => {
                let gateway = self.network().transit_attachments[other].gateway;
                self.put(&mut packet, Place::TransitGateway(gateway));
                self.at_transit(packet, other);
            }
        }
    }

    fn enter_by_attachment(&mut self, packet: Packet, vpc: VpcId, id: TransitAttachmentId) {
        let subnets = self.subnets_of(id);
        if subnets.is_empty() {
            return self.enter(packet, vpc, Some(Across::Transit(id)));
        }
        if self.is_appliance(id) {
            let picks = packet.split_on_pick(Chooser::ApplianceSubnet(id), subnets.len());
            for (packet, pick) in picks {
                if let Some(subnet) = subnets.get(pick) {
                    self.leave(packet, Sender::Attachment(id, *subnet));
                }
            }
            return;
        }
        let sent_from = packet.before_transit;
        let parts = match self.in_zone_of(sent_from, &subnets) {
            Some(Some(subnet)) => vec![(packet, Some(subnet))],
            Some(None) | None => split_on_subnet(&packet, id, &subnets),
        };
        for (packet, subnet) in parts {
            if let Some(subnet) = subnet {
                self.leave(packet, Sender::Attachment(id, subnet));
            }
        }
    }
}

/// Divides packets by the subnet of an attachment that the network picks in this pass.
fn split_on_subnet(
    packet: &Packet,
    id: TransitAttachmentId,
    subnets: &[SubnetId],
) -> Vec<(Packet, Option<SubnetId>)> {
    let chooser = Chooser::AttachmentSubnet(id, packet.pass);
    let picks = packet.split_on_pick(chooser, subnets.len());
    picks.into_iter().map(|(packet, pick)| (packet, subnets.get(pick).copied())).collect()
}
