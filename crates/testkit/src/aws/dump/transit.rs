//! Transit gateways, in the collector's layout: what belongs to a route table stands beside its id.

use canreach_model::{
    AttachedTo, Network, TransitAttachmentId, TransitRouteTableId, TransitTarget, VpcId,
};
use serde_json::{Value, json};

use super::{ACCOUNT, answer, id};

/// The VPC of an attachment, with what else is said of it.
struct Attached<'a> {
    key: TransitAttachmentId,
    vpc: VpcId,
    subnets: &'a [canreach_model::SubnetId],
    appliance_mode: bool,
    group_references: bool,
}

pub(super) fn answers(network: &Network) -> Vec<(String, Value)> {
    let attached: Vec<Attached<'_>> = (network.transit_attachments.iter())
        .filter_map(|(key, attachment)| match &attachment.to {
            AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references } => Some(Attached {
                key,
                vpc: *vpc,
                subnets,
                appliance_mode: *appliance_mode,
                group_references: *group_references,
            }),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => None,
        })
        .collect();
    let tables: Vec<TransitRouteTableId> = network.transit_route_tables.ids().collect();
    let propagating = |table| -> Vec<&Attached<'_>> {
        attached.iter().filter(|it| propagates(network, table, it)).collect()
    };
    vec![
        answer("TransitGateways", gateways(network)),
        answer("TransitGatewayAttachments", attachments(network, &attached)),
        answer("TransitGatewayVpcAttachments", vpc_attachments(network, &attached)),
        answer("TransitGatewayRouteTables", route_tables(network)),
        answer(
            "TransitGatewayPropagations",
            tables.iter().map(|it| propagations(network, *it, &propagating(*it))).collect(),
        ),
        answer(
            "TransitGatewayStaticRoutes",
            tables.iter().map(|it| static_routes(network, *it, &propagating(*it))).collect(),
        ),
    ]
}

fn gateways(network: &Network) -> Vec<Value> {
    let all = network.transit_gateways.iter().map(|(_, gateway)| {
        let references = if gateway.group_references { "enable" } else { "disable" };
        json!({
            "TransitGatewayId": id(&gateway.meta), "State": "available", "OwnerId": ACCOUNT,
            "Options": { "SecurityGroupReferencingSupport": references },
        })
    });
    all.collect()
}

fn attachments(network: &Network, attached: &[Attached<'_>]) -> Vec<Value> {
    let all = attached.iter().map(|it| {
        let attachment = &network.transit_attachments[it.key];
        let association = attachment.route_table.map(|table| {
            let table = id(&network.transit_route_tables[table].meta);
            json!({ "State": "associated", "TransitGatewayRouteTableId": table })
        });
        let mut answer = json!({
            "TransitGatewayAttachmentId": id(&attachment.meta), "State": "available",
            "TransitGatewayId": id(&network.transit_gateways[attachment.gateway].meta),
            "ResourceType": "vpc", "ResourceId": id(&network.vpcs[it.vpc].meta),
            "ResourceOwnerId": ACCOUNT, "TransitGatewayOwnerId": ACCOUNT,
        });
        if let (Some(association), Some(answer)) = (association, answer.as_object_mut()) {
            answer.insert(String::from("Association"), association);
        }
        answer
    });
    all.collect()
}

fn vpc_attachments(network: &Network, attached: &[Attached<'_>]) -> Vec<Value> {
    let word = |on: bool| if on { "enable" } else { "disable" };
    let all = attached.iter().map(|it| {
        let attachment = &network.transit_attachments[it.key];
        let subnets = it.subnets.iter().map(|subnet| id(&network.subnets[*subnet].meta));
        json!({
            "TransitGatewayAttachmentId": id(&attachment.meta), "State": "available",
            "TransitGatewayId": id(&network.transit_gateways[attachment.gateway].meta),
            "VpcId": id(&network.vpcs[it.vpc].meta), "VpcOwnerId": ACCOUNT,
            "SubnetIds": subnets.collect::<Vec<_>>(),
            "Options": {
                "ApplianceModeSupport": word(it.appliance_mode),
                "SecurityGroupReferencingSupport": word(it.group_references),
                "Ipv6Support": "enable", "DnsSupport": "enable",
            },
        })
    });
    all.collect()
}

fn route_tables(network: &Network) -> Vec<Value> {
    let all = network.transit_route_tables.iter().map(|(_, table)| {
        json!({
            "TransitGatewayRouteTableId": id(&table.meta), "State": "available",
            "TransitGatewayId": id(&network.transit_gateways[table.gateway].meta),
        })
    });
    all.collect()
}

/// Whether every block of a VPC has a route: to the attachment, or a static one that beats it.
fn propagates(network: &Network, table: TransitRouteTableId, it: &Attached<'_>) -> bool {
    let routes = &network.transit_route_tables[table].routes;
    let blocks = &network.vpcs[it.vpc].cidrs;
    blocks.iter().all(|block| routes.iter().any(|route| route.destination == *block))
}

fn propagations(network: &Network, table: TransitRouteTableId, from: &[&Attached<'_>]) -> Value {
    let all = from.iter().map(|it| {
        json!({
            "TransitGatewayAttachmentId": id(&network.transit_attachments[it.key].meta),
            "ResourceId": id(&network.vpcs[it.vpc].meta), "ResourceType": "vpc",
            "State": "enabled",
        })
    });
    json!({
        "TransitGatewayRouteTableId": id(&network.transit_route_tables[table].meta),
        "TransitGatewayRouteTablePropagations": all.collect::<Vec<_>>(),
    })
}

/// The routes that no propagation gives.
fn static_routes(network: &Network, table: TransitRouteTableId, from: &[&Attached<'_>]) -> Value {
    let table = &network.transit_route_tables[table];
    let given = |destination, target| {
        from.iter().any(|it| {
            target == TransitTarget::Attachment(it.key)
                && network.vpcs[it.vpc].cidrs.contains(&destination)
        })
    };
    let routes = table.routes.iter().filter(|route| !given(route.destination, route.target));
    let routes = routes.map(|route| {
        let attachments = match route.target {
            TransitTarget::Attachment(to) => {
                let to = &network.transit_attachments[to].meta;
                vec![json!({ "TransitGatewayAttachmentId": id(to), "ResourceType": "vpc" })]
            }
            TransitTarget::Blackhole | TransitTarget::Unresolved(_) => Vec::new(),
        };
        let state = if attachments.is_empty() { "blackhole" } else { "active" };
        json!({
            "DestinationCidrBlock": route.destination.to_string(), "Type": "static", "State": state,
            "TransitGatewayAttachments": attachments,
        })
    });
    json!({
        "TransitGatewayRouteTableId": id(&table.meta), "AdditionalRoutesAvailable": false,
        "Routes": routes.collect::<Vec<_>>(),
    })
}
