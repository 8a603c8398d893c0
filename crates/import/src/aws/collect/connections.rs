//! Virtual private gateways, VPN connections, and Direct Connect, whose answers have lower-case keys.

use std::borrow::Cow;

use canreach_model::{Meta, Span};
use canreach_net::IpNet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::add,
        records::{
            Estate,
            connections::{
                CustomerGateway, DirectAssociation, DirectGateway, Tunnels, VirtualInterface, Vpn,
                VpnGateway,
            },
            transit::Stage,
        },
    },
    Tag,
    instances::owned,
    meta,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayAnswer<'a> {
    #[serde(borrow)]
    vpn_gateway_id: Leaf<'a>,
    state: Leaf<'a>,
    vpc_attachments: Option<Vec<AttachmentAnswer<'a>>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachmentAnswer<'a> {
    #[serde(borrow)]
    state: Leaf<'a>,
    vpc_id: Leaf<'a>,
}

pub(super) fn gateway<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<GatewayAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.vpn_gateway_id, "VpnGatewayId");
    let stage = stage(reader, answer.state, "State");
    let mut vpc = None;
    for attachment in answer.vpc_attachments.unwrap_or_default() {
        let attaching = reader.text(attachment.state, "State");
        let attached = reader.text(attachment.vpc_id, "VpcId");
        if attaching.is_none_or(|state| matches!(&*state, "attached" | "attaching")) {
            vpc = attached.map(Cow::into_owned);
        }
    }
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, None, answer.tags);
    add(&mut estate.connections.gateways, VpnGateway { meta, stage, vpc }, reader);
}

fn stage<'a>(reader: &mut Reader<'_, 'a>, state: Leaf<'a>, key: &str) -> Stage {
    match reader.text(state, key).as_deref() {
        None | Some("available" | "associated" | "modifying") => Stage::Available,
        Some("deleted" | "rejected" | "disassociated") => Stage::Gone,
        Some(_) => Stage::Changing,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VpnAnswer<'a> {
    #[serde(borrow)]
    vpn_connection_id: Leaf<'a>,
    state: Leaf<'a>,
    vpn_gateway_id: Leaf<'a>,
    customer_gateway_id: Leaf<'a>,
    options: Option<OptionsAnswer<'a>>,
    routes: List<'a>,
    vgw_telemetry: Option<Vec<TunnelAnswer<'a>>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionsAnswer<'a> {
    #[serde(borrow)]
    static_routes_only: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TunnelAnswer<'a> {
    #[serde(borrow)]
    status: Leaf<'a>,
    accepted_route_count: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RouteAnswer<'a> {
    #[serde(borrow)]
    destination_cidr_block: Leaf<'a>,
    state: Leaf<'a>,
}

pub(super) fn vpn<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<VpnAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.vpn_connection_id, "VpnConnectionId");
    let stage = stage(reader, answer.state, "State");
    let gateway = owned(reader.text(answer.vpn_gateway_id, "VpnGatewayId"));
    let customer = owned(reader.text(answer.customer_gateway_id, "CustomerGatewayId"));
    let options = answer.options.and_then(|options| options.static_routes_only);
    let static_only = reader.flag(options, "StaticRoutesOnly");
    let mut routes = Vec::new();
    for raw in answer.routes.unwrap_or_default() {
        routes.extend(route(reader, raw));
    }
    let tunnels = answer.vgw_telemetry.unwrap_or_default();
    let (mut tunnels_down, mut learned_nothing) = (!tunnels.is_empty(), !tunnels.is_empty());
    for tunnel in tunnels {
        let status = reader.text(tunnel.status, "Status");
        tunnels_down &= status.is_some_and(|status| status == "DOWN");
        let key = "AcceptedRouteCount";
        let accepted = reader.integer(tunnel.accepted_route_count, key, (0, i64::MAX));
        learned_nothing &= accepted == Some(0);
    }
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, None, answer.tags);
    let tunnels = Tunnels { down: tunnels_down, learned_nothing };
    let vpn = Vpn { meta, stage, gateway, customer, static_only, routes, tunnels };
    add(&mut estate.connections.vpns, vpn, reader);
}

fn route<'a>(reader: &mut Reader<'_, 'a>, raw: &'a RawValue) -> Option<(IpNet, Span)> {
    let answer = reader.parse::<RouteAnswer<'a>>(raw)?;
    let state = reader.text(answer.state, "State");
    let prefix = reader.prefix(answer.destination_cidr_block, "DestinationCidrBlock")?;
    let holds = state.is_none_or(|state| matches!(&*state, "available" | "pending"));
    holds.then(|| (prefix, reader.span(raw)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomerAnswer<'a> {
    #[serde(borrow)]
    customer_gateway_id: Leaf<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

pub(super) fn customer<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<CustomerAnswer<'a>>(object) else { return };
    let Some(id) = reader.id(object, answer.customer_gateway_id, "CustomerGatewayId") else {
        return;
    };
    let meta = meta(reader, object, id, None, answer.tags);
    add(&mut estate.connections.customers, CustomerGateway { meta }, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InterfaceAnswer<'a> {
    #[serde(borrow)]
    virtual_interface_id: Leaf<'a>,
    virtual_interface_name: Leaf<'a>,
    virtual_interface_state: Leaf<'a>,
    owner_account: Leaf<'a>,
    region: Leaf<'a>,
    virtual_gateway_id: Leaf<'a>,
    direct_connect_gateway_id: Leaf<'a>,
    bgp_peers: Option<Vec<PeerAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PeerAnswer<'a> {
    #[serde(borrow)]
    bgp_status: Leaf<'a>,
}

pub(super) fn virtual_interface<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<InterfaceAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.virtual_interface_id, "virtualInterfaceId");
    let stage = stage(reader, answer.virtual_interface_state, "virtualInterfaceState");
    let gateway = owned(reader.text(answer.virtual_gateway_id, "virtualGatewayId"));
    let direct_gateway =
        owned(reader.text(answer.direct_connect_gateway_id, "directConnectGatewayId"));
    let peers = answer.bgp_peers.unwrap_or_default();
    let told = !peers.is_empty();
    let mut down = peers.into_iter().map(|peer| reader.text(peer.bgp_status, "bgpStatus"));
    let peers_down = told && down.all(|status| status.is_some_and(|status| status == "down"));
    let up = stage == Stage::Available && !peers_down;
    let Some(id) = id else { return };
    let named = Named { name: answer.virtual_interface_name, region: answer.region };
    let meta = direct_meta(reader, object, id, answer.owner_account, named);
    let interface = VirtualInterface { meta, stage, up, gateway, direct_gateway };
    add(&mut estate.connections.interfaces, interface, reader);
}

/// What answers of Direct Connect say instead of tags.
#[derive(Clone, Copy)]
struct Named<'a> {
    name: Leaf<'a>,
    region: Leaf<'a>,
}

fn direct_meta<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    id: String,
    owner: Leaf<'a>,
    named: Named<'a>,
) -> Meta {
    let name = owned(reader.text(named.name, "name"));
    let region = owned(reader.text(named.region, "region"));
    let mut meta = meta(reader, object, id, owner, None);
    meta.name = name;
    meta.region = region.or(meta.region);
    meta
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectGatewayAnswer<'a> {
    #[serde(borrow)]
    direct_connect_gateway_id: Leaf<'a>,
    direct_connect_gateway_name: Leaf<'a>,
    owner_account: Leaf<'a>,
}

pub(super) fn direct_gateway<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<DirectGatewayAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.direct_connect_gateway_id, "directConnectGatewayId");
    let Some(id) = id else { return };
    let named = Named { name: answer.direct_connect_gateway_name, region: None };
    let mut meta = direct_meta(reader, object, id, answer.owner_account, named);
    // It is in no region.
    meta.region = None;
    add(&mut estate.connections.direct_gateways, DirectGateway { meta }, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectAssociationAnswer<'a> {
    #[serde(borrow)]
    association_id: Leaf<'a>,
    association_state: Leaf<'a>,
    direct_connect_gateway_id: Leaf<'a>,
    associated_gateway: Option<AssociatedAnswer<'a>>,
    virtual_gateway_id: Leaf<'a>,
    allowed_prefixes_to_direct_connect_gateway: Option<Vec<PrefixAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssociatedAnswer<'a> {
    #[serde(borrow)]
    id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PrefixAnswer<'a> {
    #[serde(borrow)]
    cidr: Leaf<'a>,
}

pub(super) fn direct_association<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<DirectAssociationAnswer<'a>>(object) else { return };
    let key = "directConnectGatewayId";
    let direct_gateway = reader.id(object, answer.direct_connect_gateway_id, key);
    let stage = stage(reader, answer.association_state, "associationState");
    let associated = answer.associated_gateway.and_then(|gateway| gateway.id);
    let associated = owned(reader.text(associated, "id"));
    let associated =
        associated.or_else(|| owned(reader.text(answer.virtual_gateway_id, "virtualGatewayId")));
    let mut allowed = Vec::new();
    for prefix in answer.allowed_prefixes_to_direct_connect_gateway.unwrap_or_default() {
        allowed.extend(reader.prefix(prefix.cidr, "cidr"));
    }
    let id = owned(reader.text(answer.association_id, "associationId"));
    let (Some(direct_gateway), Some(associated)) = (direct_gateway, associated) else { return };
    if stage == Stage::Gone {
        return;
    }
    let id = id.unwrap_or_else(|| format!("{direct_gateway}/{associated}"));
    let meta = meta(reader, object, id, None, None);
    let association = DirectAssociation { meta, direct_gateway, associated, allowed };
    add(&mut estate.connections.direct_associations, association, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectAttachmentAnswer<'a> {
    #[serde(borrow)]
    direct_connect_gateway_id: Leaf<'a>,
    virtual_interface_id: Leaf<'a>,
    attachment_state: Leaf<'a>,
}

pub(super) fn direct_attachment<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<DirectAttachmentAnswer<'a>>(object) else { return };
    let key = "directConnectGatewayId";
    let gateway = reader.id(object, answer.direct_connect_gateway_id, key);
    let interface = reader.id(object, answer.virtual_interface_id, "virtualInterfaceId");
    let state = reader.text(answer.attachment_state, "attachmentState");
    if let (Some(gateway), Some(interface)) = (gateway, interface)
        && state.is_none_or(|state| matches!(&*state, "attached" | "attaching"))
    {
        estate.connections.direct_attachments.insert((gateway, interface));
    }
}
