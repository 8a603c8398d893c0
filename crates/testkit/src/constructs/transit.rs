//! Transit gateways, connections and networks on premises.

use canreach_model::{
    AttachedTo, Network, RouteTarget, TransitAttachment, TransitRoute, TransitTarget,
};
use canreach_net::Family;

use super::{Construct, construct, each, places, put, remove};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("transit gateway", |network| {
        attachments(network, |attachment| put(&mut attachment.route_table, None))
    }),
    construct("transit: missing association", |network| {
        let tables: Vec<_> =
            network.transit_route_tables.iter().map(|(id, table)| (table.gateway, id)).collect();
        attachments(network, |attachment| {
            let own = tables.iter().find(|(gateway, _)| *gateway == attachment.gateway);
            attachment.route_table.is_none()
                && put(&mut attachment.route_table, own.map(|(_, table)| *table))
        })
    }),
    construct("transit: blackhole route", |network| {
        transit_routes(network, |route| route.target == TransitTarget::Blackhole)
    }),
    construct("transit: unresolved route", |network| {
        transit_routes(network, |route| matches!(route.target, TransitTarget::Unresolved(_)))
    }),
    construct("transit: something unmodelled attached", |network| {
        without_ways_to(network, |to| matches!(to, AttachedTo::Unmodelled(_)))
    }),
    construct("transit: two gateways peered", |network| {
        without_ways_to(network, |to| matches!(to, AttachedTo::Peering(_)))
    }),
    construct("transit: connection attached", |network| {
        without_ways_to(network, |to| matches!(to, AttachedTo::Connection(_)))
    }),
    construct("transit: zones", |network| {
        each(&mut network.subnets, |subnet| put(&mut subnet.zone, None))
    }),
    construct("transit: attachment subnets", |network| {
        attachments(network, |attachment| match &mut attachment.to {
            AttachedTo::Vpc { subnets, .. } => remove(subnets, |_| true),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => false,
        })
    }),
    construct("transit: appliance mode", |network| {
        attachments(network, |attachment| match &mut attachment.to {
            AttachedTo::Vpc { appliance_mode, .. } => put(appliance_mode, false),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => false,
        })
    }),
    construct("transit: references to groups", |network| {
        each(&mut network.transit_gateways, |gateway| put(&mut gateway.group_references, false))
    }),
    construct("connection's own route table", |network| {
        each(&mut network.connections, |connection| put(&mut connection.route_table, None))
    }),
    construct("connection that is down", |network| {
        each(&mut network.connections, |connection| put(&mut connection.up, true))
    }),
    construct("connection that is up", |network| {
        each(&mut network.connections, |connection| put(&mut connection.up, false))
    }),
    construct("connection at a VPC", |network| {
        places::routes(network, |target| matches!(target, RouteTarget::Connection(_)))
    }),
    construct("advertised prefixes", |network| {
        each(&mut network.connections, |connection| {
            put(&mut connection.advertised, Family::BOTH.map(Family::everywhere).to_vec())
        })
    }),
];

fn attachments(network: &mut Network, change: impl FnMut(&mut TransitAttachment) -> bool) -> bool {
    each(&mut network.transit_attachments, change)
}

fn transit_routes(network: &mut Network, unwanted: impl Fn(&TransitRoute) -> bool) -> bool {
    each(&mut network.transit_route_tables, |table| remove(&mut table.routes, &unwanted))
}

/// Removes the routes that lead to attachments of some kind.
fn without_ways_to(network: &mut Network, unwanted: fn(&AttachedTo) -> bool) -> bool {
    let all = network.transit_attachments.iter();
    let unwanted: Vec<_> =
        all.filter(|(_, attachment)| unwanted(&attachment.to)).map(|(id, _)| id).collect();
    transit_routes(network, |route| match route.target {
        TransitTarget::Attachment(attachment) => unwanted.contains(&attachment),
        TransitTarget::Blackhole | TransitTarget::Unresolved(_) => false,
    })
}
