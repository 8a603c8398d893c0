//! Networks beyond one VPC.

use canreach_model::{AttachedTo, TransitTarget};

use super::{Writer, blocks, list, unless};
use crate::native::notation::{
    Block, Connection, ConnectionKind, RemoteNetwork, TransitAttachment, TransitGateway,
    TransitRoute, TransitRouteTable,
};

impl Writer<'_> {
    pub(super) fn transit_gateway(
        &self,
        name: &str,
        gateway: &canreach_model::TransitGateway,
    ) -> TransitGateway {
        fields!(gateway => canreach_model::TransitGateway {
            meta, firewall, group_references,
        });
        TransitGateway {
            firewall: gateway.firewall.map(|id| self.names.cloud_firewalls.of(id)),
            group_references: unless(false, gateway.group_references),
            about: self.origins.about(&gateway.meta, name),
        }
    }

    pub(super) fn transit_attachment(
        &self,
        name: &str,
        attachment: &canreach_model::TransitAttachment,
    ) -> TransitAttachment {
        fields!(attachment => canreach_model::TransitAttachment { meta, gateway, to, route_table });
        let names = &self.names;
        let mut written = TransitAttachment {
            transit_gateway: names.transit_gateways.of(attachment.gateway),
            vpc: None,
            subnets: None,
            appliance_mode: None,
            group_references: None,
            connection: None,
            peer: None,
            unmodelled: None,
            route_table: attachment.route_table.map(|id| names.transit_route_tables.of(id)),
            about: self.origins.about(&attachment.meta, name),
        };
        match &attachment.to {
            AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references } => {
                written.vpc = Some(names.vpcs.of(*vpc));
                written.subnets = list(subnets, |id| names.subnets.of(*id));
                written.appliance_mode = unless(false, *appliance_mode);
                written.group_references = unless(false, *group_references);
            }
            AttachedTo::Connection(id) => written.connection = Some(names.connections.of(*id)),
            AttachedTo::Peering(id) => written.peer = Some(names.transit_attachments.of(*id)),
            AttachedTo::Unmodelled(fact) => written.unmodelled = Some(names.facts.of(*fact)),
        }
        written
    }

    pub(super) fn transit_route_table(
        &self,
        name: &str,
        table: &canreach_model::TransitRouteTable,
    ) -> TransitRouteTable {
        fields!(table => canreach_model::TransitRouteTable { meta, gateway, routes });
        TransitRouteTable {
            transit_gateway: self.names.transit_gateways.of(table.gateway),
            // What they gave is among the routes.
            propagations: None,
            routes: list(&table.routes, |route| self.transit_route(route)),
            about: self.origins.about(&table.meta, name),
        }
    }

    fn transit_route(&self, route: &canreach_model::TransitRoute) -> TransitRoute {
        fields!(route => canreach_model::TransitRoute { destination, target, origin });
        let (mut attachment, mut blackhole, mut unresolved) = (None, None, None);
        match route.target {
            TransitTarget::Attachment(id) => {
                attachment = Some(self.names.transit_attachments.of(id));
            }
            TransitTarget::Blackhole => blackhole = Some(true),
            TransitTarget::Unresolved(fact) => unresolved = Some(self.names.facts.of(fact)),
        }
        TransitRoute {
            destination: Block::from(route.destination),
            attachment,
            blackhole,
            unresolved,
            origin: Some(self.origins.origin(&route.origin)),
        }
    }

    pub(super) fn connection(
        &self,
        name: &str,
        connection: &canreach_model::Connection,
    ) -> Connection {
        fields!(connection => canreach_model::Connection {
            meta, kind, up, remote, vpc, advertised, route_table,
        });
        let advertised = connection.advertised.iter();
        Connection {
            kind: match connection.kind {
                canreach_model::ConnectionKind::Vpn => ConnectionKind::Vpn,
                canreach_model::ConnectionKind::DirectConnect => ConnectionKind::DirectConnect,
            },
            remote_network: self.names.remote_networks.of(connection.remote),
            vpc: connection.vpc.map(|vpc| self.names.vpcs.of(vpc)),
            up: unless(true, connection.up),
            advertised: Some(advertised.map(|block| Block::from(*block)).collect()),
            route_table: connection.route_table.map(|table| self.names.route_tables.of(table)),
            about: self.origins.about(&connection.meta, name),
        }
    }

    pub(super) fn remote_network(
        &self,
        name: &str,
        remote: &canreach_model::RemoteNetwork,
    ) -> RemoteNetwork {
        fields!(remote => canreach_model::RemoteNetwork { meta, cidrs });
        RemoteNetwork {
            cidrs: blocks(&remote.cidrs),
            about: self.origins.about(&remote.meta, name),
        }
    }
}
