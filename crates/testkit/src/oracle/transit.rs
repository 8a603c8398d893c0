//! §§5, 5b and 5c: transit gateways, connections and networks on premises.

use canreach_model::{
    Across, AttachedTo, Border, Chooser, ConnectionId, Direction, Endpoint, RemoteNetworkId,
    SubnetId, TransitAttachmentId, TransitGatewayId, TransitTarget, VpcId,
};
use canreach_net::Header;

use super::{At, Came, Next, Step, Walk, go, obstacle};

/// In which subnet of an attachment a packet goes on.
enum Zone {
    /// The first one in the wanted zone.
    Same(SubnetId),
    /// All zones are known, and none is the wanted one.
    None,
    /// Some zone is not known.
    Unknown,
}

impl<'a> Walk<'a> {
    pub(super) fn transit_gateway(
        &mut self,
        v: VpcId,
        t: TransitGatewayId,
        came: Came,
        header: Header,
    ) -> Step {
        let Some((a, subnets)) = self.first_attachment(v, t) else {
            return obstacle("NotAttached");
        };
        let through = match self.in_zone_of(came.subnet, subnets) {
            Zone::Same(subnet) => Some(subnet),
            Zone::None if !subnets.is_empty() => return obstacle("NotInZone"),
            Zone::None | Zone::Unknown => self.any_subnet(a, subnets),
        };
        if let Some(subnet) = through
            && (came.subnet != Some(subnet) || self.filters_inside(v))
        {
            self.network_acl(subnet, Direction::Ingress, header)?;
        }
        let before_transit = if came.through_transit { came.before_transit } else { came.subnet };
        go(At::AtTransit(a, Came { through_transit: true, before_transit, ..came }), header)
    }

    fn first_attachment(
        &self,
        v: VpcId,
        t: TransitGatewayId,
    ) -> Option<(TransitAttachmentId, &'a [SubnetId])> {
        let mut all = self.network.transit_attachments.iter();
        all.find_map(|(id, attachment)| match &attachment.to {
            AttachedTo::Vpc { vpc, subnets, .. } if *vpc == v && attachment.gateway == t => {
                Some((id, subnets.as_slice()))
            }
            AttachedTo::Vpc { .. }
            | AttachedTo::Connection(_)
            | AttachedTo::Peering(_)
            | AttachedTo::Unmodelled(_) => None,
        })
    }

    fn in_zone_of(&self, wanted: Option<SubnetId>, subnets: &[SubnetId]) -> Zone {
        let zone = |subnet: SubnetId| self.network.subnets[subnet].zone.as_deref();
        let Some(wanted) = wanted.and_then(zone) else { return Zone::Unknown };
        if subnets.iter().any(|subnet| zone(*subnet).is_none()) {
            return Zone::Unknown;
        }
        let mut same = subnets.iter().filter(|subnet| zone(**subnet) == Some(wanted));
        same.next().map_or(Zone::None, |subnet| Zone::Same(*subnet))
    }

    fn any_subnet(&self, a: TransitAttachmentId, subnets: &[SubnetId]) -> Option<SubnetId> {
        self.pick(Chooser::AttachmentSubnet(a, self.pass), subnets).copied()
    }

    // §5b. At a transit gateway, from attachment a.

    pub(super) fn at_transit(
        &mut self,
        a: TransitAttachmentId,
        came: Came,
        header: Header,
    ) -> Step {
        let attachment = &self.network.transit_attachments[a];
        let firewall = self.network.transit_gateways[attachment.gateway].firewall;
        self.cloud_firewall(firewall, Border::Vpc, Direction::Ingress, header)?;
        let Some(table) = attachment.route_table else { return obstacle("NotAssociated") };
        let routes = &self.network.transit_route_tables[table].routes;
        let longest = routes
            .iter()
            .filter(|route| route.destination.contains(&header.destination))
            .max_by_key(|route| route.destination.prefix_len());
        match longest.map(|route| route.target) {
            None => obstacle("NoTransitRoute"),
            Some(TransitTarget::Blackhole) => obstacle("TransitBlackhole"),
            Some(TransitTarget::Unresolved(fact)) => self.unmodelled(fact),
            Some(TransitTarget::Attachment(b)) => self.leaving_transit(b, came, header),
        }
    }

    fn leaving_transit(&self, b: TransitAttachmentId, came: Came, header: Header) -> Step {
        match &self.network.transit_attachments[b].to {
            AttachedTo::Vpc { vpc, subnets, appliance_mode, .. } => {
                let came = Came { subnet: None, across: Some(Across::Transit(b)), ..came };
                let through = if *appliance_mode {
                    self.pick(Chooser::ApplianceSubnet(b), subnets).copied()
                } else {
                    match self.in_zone_of(came.before_transit, subnets) {
                        Zone::Same(subnet) => Some(subnet),
                        Zone::None | Zone::Unknown => self.any_subnet(b, subnets),
                    }
                };
                match through {
                    None => go(At::Entering(*vpc, came), header),
                    Some(subnet) => go(At::SendingFrom(b, subnet, came), header),
                }
            }
            AttachedTo::Connection(c) => go(At::Through(*c), header),
            AttachedTo::Peering(other) => go(At::AtTransit(*other, came), header),
            AttachedTo::Unmodelled(fact) => self.unmodelled(*fact),
        }
    }

    // §5c. Connections and networks on premises.

    pub(super) fn through(&self, c: ConnectionId, header: Header) -> Step {
        let connection = &self.network.connections[c];
        if !connection.up {
            return obstacle("ConnectionDown");
        }
        self.received_on_premises(connection.remote, header).unwrap_or(obstacle("NotBehind"))
    }

    fn received_on_premises(&self, r: RemoteNetworkId, header: Header) -> Option<Step> {
        let blocks = &self.network.remote_networks[r].cidrs;
        let inside = blocks.iter().any(|block| block.contains(&header.destination));
        inside.then_some(Ok(Next::Received(Endpoint::Remote(r), header)))
    }

    pub(super) fn on_premises(&self, r: RemoteNetworkId, header: Header) -> Step {
        if let Some(kept) = self.received_on_premises(r, header) {
            return kept;
        }
        let (mut best, mut down) = (None, false);
        for (c, connection) in self.network.connections.iter() {
            let advertised = connection.advertised.iter();
            let length = advertised
                .filter(|prefix| prefix.contains(&header.destination))
                .map(canreach_net::IpNet::prefix_len)
                .max();
            let (Some(length), true) = (length, connection.remote == r) else { continue };
            down |= !connection.up;
            if connection.up && best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, c));
            }
        }
        match best {
            Some((_, c)) => self.out_of_connection(c, header),
            None if down => obstacle("ConnectionDown"),
            None => obstacle("NotAdvertised"),
        }
    }

    fn out_of_connection(&self, c: ConnectionId, header: Header) -> Step {
        if let Some(vpc) = self.network.connections[c].vpc {
            let across = Some(Across::Connection(c));
            return go(At::Entering(vpc, Came { across, ..Came::default() }), header);
        }
        let mut attachments = self.network.transit_attachments.iter();
        match attachments.find(|(_, attachment)| attachment.to == AttachedTo::Connection(c)) {
            Some((a, _)) => {
                go(At::AtTransit(a, Came { through_transit: true, ..Came::default() }), header)
            }
            None => obstacle("NotAdvertised"),
        }
    }
}
