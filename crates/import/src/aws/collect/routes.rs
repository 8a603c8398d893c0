//! Route tables.

use std::{borrow::Cow, collections::BTreeSet};

use canreach_model::Span;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::add,
        records::{Destination, Estate, Route, RouteState, RouteTable, Target},
    },
    Tag, meta,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableAnswer<'a> {
    #[serde(borrow)]
    route_table_id: Leaf<'a>,
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    associations: Option<Vec<AssociationAnswer<'a>>>,
    propagating_vgws: Option<Vec<PropagatingAnswer<'a>>>,
    routes: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationAnswer<'a> {
    #[serde(borrow)]
    main: Leaf<'a>,
    subnet_id: Leaf<'a>,
    gateway_id: Leaf<'a>,
    association_state: Option<StateAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PropagatingAnswer<'a> {
    #[serde(borrow)]
    gateway_id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateAnswer<'a> {
    #[serde(borrow)]
    state: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RouteAnswer<'a> {
    #[serde(borrow)]
    destination_cidr_block: Leaf<'a>,
    destination_ipv6_cidr_block: Leaf<'a>,
    destination_prefix_list_id: Leaf<'a>,
    gateway_id: Leaf<'a>,
    nat_gateway_id: Leaf<'a>,
    vpc_peering_connection_id: Leaf<'a>,
    egress_only_internet_gateway_id: Leaf<'a>,
    transit_gateway_id: Leaf<'a>,
    network_interface_id: Leaf<'a>,
    instance_id: Leaf<'a>,
    local_gateway_id: Leaf<'a>,
    carrier_gateway_id: Leaf<'a>,
    core_network_arn: Leaf<'a>,
    odb_network_arn: Leaf<'a>,
    state: Leaf<'a>,
    origin: Leaf<'a>,
}

pub(super) fn route_table<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<TableAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.route_table_id, "RouteTableId");
    let vpc = reader.id(object, answer.vpc_id, "VpcId");
    let (mut main, mut subnets, mut gateways) = (false, BTreeSet::new(), BTreeSet::new());
    for association in answer.associations.unwrap_or_default() {
        let state = association.association_state;
        let state = state.and_then(|state| reader.text(state.state, "State"));
        let subnet = reader.text(association.subnet_id, "SubnetId");
        let gateway = reader.text(association.gateway_id, "GatewayId");
        let is_main = reader.flag(association.main, "Main");
        // Also `associating` counts: it is what will hold. What is taken away does not.
        if state
            .is_some_and(|state| matches!(&*state, "disassociating" | "disassociated" | "failed"))
        {
            continue;
        }
        main |= is_main;
        subnets.extend(subnet.map(Cow::into_owned));
        gateways.extend(gateway.map(Cow::into_owned));
    }
    let propagating = answer.propagating_vgws.unwrap_or_default();
    let propagating = propagating
        .into_iter()
        .filter_map(|one| reader.text(one.gateway_id, "GatewayId"))
        .map(Cow::into_owned)
        .collect();
    let mut routes = Vec::new();
    for raw in answer.routes.unwrap_or_default() {
        routes.extend(route(reader, raw));
    }
    let (Some(id), Some(vpc)) = (id, vpc) else { return };
    let meta = meta(reader, object, id, answer.owner_id, answer.tags);
    let table = RouteTable { meta, vpc, main, subnets, gateways, propagating, routes };
    add(&mut estate.route_tables, table, reader);
}

fn route<'a>(reader: &mut Reader<'_, 'a>, raw: &'a RawValue) -> Option<(Route, Span)> {
    let answer = reader.parse::<RouteAnswer<'a>>(raw)?;
    let destination = destination(reader, raw, &answer);
    let state = match reader.text(answer.state, "State").as_deref() {
        None | Some("active") => RouteState::Active,
        Some("blackhole") => RouteState::Blackhole,
        Some(_) => RouteState::Unknown,
    };
    let origin = reader.text(answer.origin, "Origin");
    let propagated = origin.is_some_and(|origin| origin == "EnableVgwRoutePropagation");
    let target = target(reader, &answer);
    let route = Route { destination: destination?, target, state, propagated };
    Some((route, reader.span(raw)))
}

fn destination<'a>(
    reader: &mut Reader<'_, 'a>,
    raw: &'a RawValue,
    answer: &RouteAnswer<'a>,
) -> Option<Destination> {
    if let Some(list) = answer.destination_prefix_list_id {
        let list = reader.text(Some(list), "DestinationPrefixListId")?;
        return Some(Destination::PrefixList(list.into_owned()));
    }
    let (v4, v6) = (answer.destination_cidr_block, answer.destination_ipv6_cidr_block);
    if v4.is_none() && v6.is_none() {
        reader.missing(raw, "DestinationCidrBlock");
    }
    let prefix = reader.prefix(v4, "DestinationCidrBlock");
    prefix.or(reader.prefix(v6, "DestinationIpv6CidrBlock")).map(Destination::Cidr)
}

/// Returns where a route leads. `InstanceId` comes with the interface it stands for.
fn target<'a>(reader: &mut Reader<'_, 'a>, answer: &RouteAnswer<'a>) -> Target {
    let mut named = |leaf: Leaf<'a>, key: &str| reader.text(leaf, key).map(Cow::into_owned);
    if let Some(gateway) = named(answer.gateway_id, "GatewayId") {
        return gateway_target(gateway);
    }
    if let Some(id) = named(answer.nat_gateway_id, "NatGatewayId") {
        return Target::NatGateway(id);
    }
    if let Some(id) = named(answer.vpc_peering_connection_id, "VpcPeeringConnectionId") {
        return Target::Peering(id);
    }
    let egress_only = answer.egress_only_internet_gateway_id;
    if let Some(id) = named(egress_only, "EgressOnlyInternetGatewayId") {
        return Target::InternetGateway(id);
    }
    if let Some(id) = named(answer.transit_gateway_id, "TransitGatewayId") {
        return Target::TransitGateway(id);
    }
    if let Some(id) = named(answer.network_interface_id, "NetworkInterfaceId") {
        return Target::Interface(id);
    }
    if let Some(id) = named(answer.instance_id, "InstanceId") {
        return Target::Instance(id);
    }
    let others = [
        (answer.local_gateway_id, "LocalGatewayId", "local gateway"),
        (answer.carrier_gateway_id, "CarrierGatewayId", "carrier gateway"),
        (answer.core_network_arn, "CoreNetworkArn", "core network"),
        (answer.odb_network_arn, "OdbNetworkArn", "database network"),
    ];
    for (leaf, key, noun) in others {
        if let Some(id) = named(leaf, key) {
            return Target::Other(noun, id);
        }
    }
    Target::Other("target", String::from("?"))
}

fn gateway_target(gateway: String) -> Target {
    match gateway.split_once('-').map_or(gateway.as_str(), |(kind, _)| kind) {
        "local" => Target::Local,
        "igw" | "eigw" => Target::InternetGateway(gateway),
        "vgw" => Target::VpnGateway(gateway),
        "vpce" => Target::Endpoint(gateway),
        _ => Target::Other("gateway", gateway),
    }
}
