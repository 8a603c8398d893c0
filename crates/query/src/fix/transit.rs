//! Edits of transit gateways, and of connections to networks on premises.

use canreach_model::{
    AttachedTo, Endpoint, Network, RemoteNetworkId, SubnetId, TransitAttachmentId,
    TransitGatewayId, TransitRoute, TransitRouteRef, TransitRouteTableId, TransitTarget, VpcId,
};

use super::{
    Edit,
    apply::proposed,
    matching::{Wanted, block},
    obstacles::Met,
    routes::home,
};

impl Wanted<'_> {
    /// Attaches a VPC to a transit gateway as others are attached to it.
    pub(super) fn attach_transit(
        &self,
        met: Met<'_>,
        gateway: TransitGatewayId,
        vpc: VpcId,
    ) -> Vec<Vec<Edit>> {
        let network = met.edited;
        let others = || network.transit_attachments.iter().filter(|(_, it)| it.gateway == gateway);
        let through_subnets = others().any(
            |(_, it)| matches!(&it.to, AttachedTo::Vpc { subnets, .. } if !subnets.is_empty()),
        );
        let subnets = if through_subnets { self.subnet_in(network, vpc) } else { Vec::new() };
        let table = others().find_map(|(_, it)| it.route_table);
        let own = network.transit_route_tables.iter();
        let table =
            table.or_else(|| own.filter(|(_, it)| it.gateway == gateway).map(|(id, _)| id).next());
        vec![vec![Edit::AttachTransit { gateway, vpc, subnets, table }]]
    }

    /// The subnet of an end in a VPC, or else any.
    fn subnet_in(&self, network: &Network, vpc: VpcId) -> Vec<SubnetId> {
        let of_end = |endpoint| match endpoint {
            Endpoint::Interface(id) => Some(network.interfaces[id].subnet),
            Endpoint::VirtualAddress(id) => Some(network.virtual_addresses[id].subnet),
            Endpoint::LoadBalancer(_)
            | Endpoint::Remote(_)
            | Endpoint::Internet
            | Endpoint::Nobody => None,
        };
        let own = [self.from.endpoint, self.to.endpoint].into_iter().filter_map(of_end);
        let any = network.subnets.iter().map(|(id, _)| id);
        let mut inside = own.chain(any).filter(|id| network.subnets[*id].vpc == vpc);
        inside.next().into_iter().collect()
    }

    /// Each route table that an attachment may be associated with.
    pub(super) fn associate_transit(
        met: Met<'_>,
        attachment: TransitAttachmentId,
    ) -> Vec<Vec<Edit>> {
        let gateway = met.edited.transit_attachments[attachment].gateway;
        let tables = met.edited.transit_route_tables.iter();
        let own = tables.filter(|(_, it)| it.gateway == gateway);
        own.map(|(table, _)| vec![Edit::AssociateTransit { attachment, table }]).collect()
    }

    /// A route of a transit gateway to where the packet should go; or that route changed.
    pub(super) fn transit_routes(
        &self,
        met: Met<'_>,
        table: TransitRouteTableId,
        instead_of: Option<TransitRouteRef>,
    ) -> Vec<Vec<Edit>> {
        let gateway = met.edited.transit_route_tables[table].gateway;
        let destination = self.block_of(met);
        let targets = self.attachments_towards(met, gateway);
        let edit = |attachment| {
            let target = TransitTarget::Attachment(attachment);
            let same = |route: TransitRouteRef| {
                let routes = &met.edited.transit_route_tables[route.table].routes;
                routes.get(route.index).is_some_and(|it| it.destination == destination)
            };
            if let Some(route) = instead_of.filter(|route| same(*route)) {
                Edit::ChangeTransitRoute { route, target }
            } else {
                let route = TransitRoute { destination, target, origin: proposed() };
                Edit::AddTransitRoute { table, route }
            }
        };
        targets.into_iter().map(|attachment| vec![edit(attachment)]).collect()
    }

    /// The attachments of a gateway that lead to the receiver, directly or by another gateway.
    fn attachments_towards(
        &self,
        met: Met<'_>,
        gateway: TransitGatewayId,
    ) -> Vec<TransitAttachmentId> {
        let network = met.edited;
        let receiver = self.receiver(met.pass).endpoint;
        let vpc = home(network, receiver, met.header.destination).map(|(vpc, _)| vpc);
        let leads = |to: &AttachedTo| match to {
            AttachedTo::Vpc { vpc: attached, .. } => Some(*attached) == vpc,
            AttachedTo::Connection(connection) => {
                Endpoint::Remote(network.connections[*connection].remote) == receiver
            }
            AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => false,
        };
        let here = || network.transit_attachments.iter().filter(|(_, it)| it.gateway == gateway);
        let direct: Vec<_> = here().filter(|(_, it)| leads(&it.to)).map(|(id, _)| id).collect();
        if !direct.is_empty() {
            return direct;
        }
        let peers = here().filter(|(_, it)| matches!(it.to, AttachedTo::Peering(_)));
        peers.map(|(id, _)| id).collect()
    }

    /// The block of the receiver advertised by a connection of the network on premises.
    pub(super) fn advertise(&self, met: Met<'_>, remote: RemoteNetworkId) -> Vec<Vec<Edit>> {
        let destination = met.header.destination;
        let receiver = self.receiver(met.pass);
        let inside = home(met.edited, receiver.endpoint, destination).map(|(_, block)| block);
        let prefix = inside.or_else(|| block(receiver, destination).as_prefix());
        let prefix = prefix.unwrap_or(destination.into());
        let own = met.edited.connections.iter().filter(|(_, it)| it.remote == remote);
        own.map(|(connection, _)| vec![Edit::Advertise { connection, prefix }]).collect()
    }
}
