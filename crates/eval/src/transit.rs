//! Transit gateways (§§5, 5b).

use canreach_model::{
    Across, AttachedTo, Border, Chooser, Direction, Obstacle, Place, SubnetId, TransitAttachmentId,
    TransitGatewayId, TransitRouteRef, TransitRouteTableId, TransitTarget, VpcId,
};

use crate::{
    trace::End,
    walk::{Came, FirstTransit, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5, transit gateway: a route of a VPC leads to it.
    pub(crate) fn leave_by_transit(&mut self, vpc: VpcId, gateway: TransitGatewayId) -> Step {
        let network = self.world.network;
        let attachment = network.transit_attachments.iter().find_map(|(id, it)| match &it.to {
            AttachedTo::Vpc { vpc: attached, subnets, .. } => {
                (it.gateway == gateway && *attached == vpc).then_some((id, subnets))
            }
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => None,
        });
        let Some((attachment, subnets)) = attachment else {
            return Err(End::Stopped(Obstacle::NotAttached(gateway, vpc)));
        };
        if let Some(subnet) = self.subnet_out(attachment, subnets)? {
            self.check_acl_into(subnet)?;
        }
        Ok(Stop::Transit(attachment))
    }

    /// Returns the subnet through which the packet goes to an attachment; `None` where it has none.
    fn subnet_out(
        &self,
        attachment: TransitAttachmentId,
        subnets: &[SubnetId],
    ) -> Result<Option<SubnetId>, End> {
        let Came::FromSubnet(from) = self.came else {
            return Ok(self.any_subnet(attachment, subnets));
        };
        if subnets.is_empty() || !self.zones_are_known(from, subnets) {
            return Ok(self.any_subnet(attachment, subnets));
        }
        let found = self.in_same_zone(from, subnets);
        found.map(Some).ok_or(End::Stopped(Obstacle::NotInZone(attachment, from)))
    }

    /// §5b, at a transit gateway, from an attachment.
    pub(crate) fn pass_transit(&mut self, from: TransitAttachmentId) -> Step {
        let network = self.world.network;
        let row = &network.transit_attachments[from];
        if self.first_transit == FirstTransit::Ahead {
            self.first_transit = FirstTransit::From(match self.came {
                Came::FromSubnet(subnet) => Some(subnet),
                Came::FromOutside => None,
            });
        }
        self.came = Came::FromOutside;
        self.arrive(Place::TransitGateway(row.gateway));
        let firewall = network.transit_gateways[row.gateway].firewall;
        self.check_border(firewall, Border::Vpc, Direction::Ingress)?;
        let Some(table) = row.route_table else {
            return Err(End::Stopped(Obstacle::NotAssociated(from)));
        };
        let Some((route, target)) = self.transit_route(table) else {
            return Err(End::Stopped(Obstacle::NoTransitRoute(table)));
        };
        self.take_transit_route(route);
        match target {
            TransitTarget::Attachment(attachment) => self.leave_transit(attachment),
            TransitTarget::Blackhole => Err(End::Stopped(Obstacle::TransitBlackhole(route))),
            TransitTarget::Unresolved(fact) => self.leave_for_the_unmodelled(fact),
        }
    }

    /// Returns the route with the longest prefix that holds the destination.
    fn transit_route(
        &self,
        table: TransitRouteTableId,
    ) -> Option<(TransitRouteRef, TransitTarget)> {
        let routes = self.world.network.transit_route_tables[table].routes.iter().enumerate();
        let matching = routes.filter(|(_, it)| it.destination.contains(&self.header.destination));
        let (index, route) = matching.max_by_key(|(_, it)| it.destination.prefix_len())?;
        Some((TransitRouteRef { table, index }, route.target))
    }

    /// §5b: the packet leaves a transit gateway by an attachment.
    fn leave_transit(&mut self, by: TransitAttachmentId) -> Step {
        let network = self.world.network;
        match &network.transit_attachments[by].to {
            AttachedTo::Vpc { vpc, subnets, appliance_mode, .. } => {
                self.across = Some(Across::Transit(by));
                let subnet = if *appliance_mode {
                    self.world.pick(Chooser::ApplianceSubnet(by), subnets)
                } else {
                    self.subnet_in(by, subnets)
                };
                Ok(subnet.map_or(Stop::Entering(*vpc), Stop::SentOnFrom))
            }
            AttachedTo::Connection(connection) => self.go_through(*connection),
            AttachedTo::Peering(other_side) => Ok(Stop::Transit(*other_side)),
            AttachedTo::Unmodelled(fact) => self.leave_for_the_unmodelled(*fact),
        }
    }

    /// Returns the subnet through which the packet goes from an attachment; `None` where it has
    /// none.
    fn subnet_in(&self, by: TransitAttachmentId, subnets: &[SubnetId]) -> Option<SubnetId> {
        let of_origin = match self.first_transit {
            FirstTransit::From(Some(origin)) if self.zones_are_known(origin, subnets) => {
                self.in_same_zone(origin, subnets)
            }
            FirstTransit::From(_) | FirstTransit::Ahead => None,
        };
        of_origin.or_else(|| self.any_subnet(by, subnets))
    }

    fn any_subnet(&self, of: TransitAttachmentId, subnets: &[SubnetId]) -> Option<SubnetId> {
        self.world.pick(Chooser::AttachmentSubnet(of, self.state.pass()), subnets)
    }

    fn zones_are_known(&self, from: SubnetId, subnets: &[SubnetId]) -> bool {
        let rows = &self.world.network.subnets;
        rows[from].zone.is_some() && subnets.iter().all(|subnet| rows[*subnet].zone.is_some())
    }

    fn in_same_zone(&self, from: SubnetId, subnets: &[SubnetId]) -> Option<SubnetId> {
        let rows = &self.world.network.subnets;
        subnets.iter().copied().find(|subnet| rows[*subnet].zone == rows[from].zone)
    }
}
