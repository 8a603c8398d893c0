//! Transit gateways: attachments, route tables, associations, propagations and routes.
//!
//! Answers about one table do not name it in the AWS CLI's output; a `TransitGatewayRouteTableId`
//! beside the list, or around it, does.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::{add, add_as},
        records::{
            Destination, Estate,
            transit::{
                AttachmentKind, IntoVpc, Propagation, Stage, TransitAttachment, TransitGateway,
                TransitRank, TransitRoute, TransitTable, TransitWay, attachment_key,
            },
        },
    },
    Beside, Tag, meta, region_of_arn,
};

/// The member that names a table.
const TABLE: &str = "TransitGatewayRouteTableId";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_id: Leaf<'a>,
    transit_gateway_arn: Leaf<'a>,
    owner_id: Leaf<'a>,
    state: Leaf<'a>,
    options: Option<OptionsAnswer<'a>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionsAnswer<'a> {
    #[serde(borrow)]
    appliance_mode_support: Leaf<'a>,
    security_group_referencing_support: Leaf<'a>,
    ipv6_support: Leaf<'a>,
}

pub(super) fn gateway<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<GatewayAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.transit_gateway_id, "TransitGatewayId");
    let stage = stage(reader, answer.state);
    let options = answer.options.and_then(|options| options.security_group_referencing_support);
    let group_references = enabled(reader, options, "SecurityGroupReferencingSupport");
    let arn = reader.text(answer.transit_gateway_arn, "TransitGatewayArn");
    let Some(id) = id else { return };
    let mut meta = meta(reader, object, id, answer.owner_id, answer.tags);
    meta.region = arn.as_deref().and_then(region_of_arn).or(meta.region);
    let gateway = TransitGateway { meta, stage, group_references };
    add(&mut estate.transit.gateways, gateway, reader);
}

/// Reads how far a gateway, attachment or table has come.
fn stage<'a>(reader: &mut Reader<'_, 'a>, state: Leaf<'a>) -> Stage {
    match reader.text(state, "State").as_deref() {
        None | Some("available" | "modifying") => Stage::Available,
        Some("deleted" | "failed" | "failing" | "rejected" | "rejecting" | "pendingAcceptance") => {
            Stage::Gone
        }
        Some("initiating" | "initiatingRequest") => Stage::Gone,
        Some(_) => Stage::Changing,
    }
}

/// Reads `enable` or `disable`.
fn enabled<'a>(reader: &mut Reader<'_, 'a>, leaf: Leaf<'a>, key: &str) -> Option<bool> {
    reader.text(leaf, key).map(|text| text == "enable")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachmentAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_attachment_id: Leaf<'a>,
    transit_gateway_id: Leaf<'a>,
    transit_gateway_owner_id: Leaf<'a>,
    resource_type: Leaf<'a>,
    resource_id: Leaf<'a>,
    vpc_id: Leaf<'a>,
    state: Leaf<'a>,
    creation_time: Leaf<'a>,
    association: Option<AssociationAnswer<'a>>,
    subnet_ids: List<'a>,
    options: Option<OptionsAnswer<'a>>,
    requester_tgw_info: Option<SideAnswer<'a>>,
    accepter_tgw_info: Option<SideAnswer<'a>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_route_table_id: Leaf<'a>,
    state: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SideAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    region: Leaf<'a>,
}

/// An attachment of any kind, as `describe-transit-gateway-attachments` lists it.
pub(super) fn attachment<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<AttachmentAnswer<'a>>(object) else { return };
    let gateway = reader.id(object, answer.transit_gateway_id, "TransitGatewayId");
    let kind = match reader.id(object, answer.resource_type, "ResourceType").as_deref() {
        None => return,
        Some("vpc") => AttachmentKind::Vpc,
        Some("vpn") => AttachmentKind::Vpn,
        Some("direct-connect-gateway") => AttachmentKind::DirectConnect,
        Some("peering" | "tgw-peering") => AttachmentKind::Peering,
        Some(other) => AttachmentKind::Other(other.to_owned()),
    };
    let resource = reader.text(answer.resource_id, "ResourceId").map(Cow::into_owned);
    let association = answer.association.as_ref().and_then(|association| {
        let state = reader.text(association.state, "State");
        let holds = state.is_none_or(|state| matches!(&*state, "associated" | "associating"));
        let table = reader.text(association.transit_gateway_route_table_id, TABLE)?;
        holds.then(|| table.into_owned())
    });
    let Some(gateway) = gateway else { return };
    one(reader, estate, object, answer, Named { gateway, kind, resource, association });
}

/// A VPC's attachment, with its subnets and options.
pub(super) fn vpc_attachment<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<AttachmentAnswer<'a>>(object) else { return };
    let gateway = reader.id(object, answer.transit_gateway_id, "TransitGatewayId");
    let resource = reader.id(object, answer.vpc_id, "VpcId");
    let (Some(gateway), kind) = (gateway, AttachmentKind::Vpc) else { return };
    one(reader, estate, object, answer, Named { gateway, kind, resource, association: None });
}

/// An attachment whose answer names no table and no subnets.
pub(super) fn connect<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<AttachmentAnswer<'a>>(object) else { return };
    let Some(gateway) = reader.id(object, answer.transit_gateway_id, "TransitGatewayId") else {
        return;
    };
    let kind = AttachmentKind::Other(String::from("connect"));
    one(reader, estate, object, answer, Named { gateway, kind, resource: None, association: None });
}

/// An attachment between two gateways, which each has under one id.
pub(super) fn peering<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    for nth in [0, 1] {
        let Some(answer) = reader.parse::<AttachmentAnswer<'a>>(object) else { return };
        let id = reader.id(object, answer.transit_gateway_attachment_id, ATTACHMENT);
        let stage = stage(reader, answer.state);
        let created = reader.text(answer.creation_time, "CreationTime").map(Cow::into_owned);
        let (Some(requester), Some(accepter)) =
            (&answer.requester_tgw_info, &answer.accepter_tgw_info)
        else {
            reader.missing(object, "RequesterTgwInfo");
            return;
        };
        let (own, other) = if nth == 0 { (requester, accepter) } else { (accepter, requester) };
        let gateway = reader.id(object, own.transit_gateway_id, "TransitGatewayId");
        let resource = reader.text(other.transit_gateway_id, "TransitGatewayId");
        let resource = resource.map(Cow::into_owned);
        let region = reader.text(own.region, "Region").map(Cow::into_owned);
        let owner = own.owner_id;
        let (Some(id), Some(gateway)) = (id, gateway) else { return };
        let mut meta = meta(reader, object, id, owner, answer.tags);
        meta.region = region.or(meta.region);
        let kind = AttachmentKind::Peering;
        let key = attachment_key(&meta.id, &kind, &gateway);
        let attachment = TransitAttachment {
            meta,
            gateway,
            kind,
            resource,
            stage,
            created,
            association: None,
            tells_association: false,
            into_vpc: None,
        };
        add_as(&mut estate.transit.attachments, key, attachment, reader);
    }
}

const ATTACHMENT: &str = "TransitGatewayAttachmentId";

/// What an answer names in a way of its own.
struct Named {
    gateway: String,
    kind: AttachmentKind,
    resource: Option<String>,
    association: Option<String>,
}

fn one<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
    answer: AttachmentAnswer<'a>,
    named: Named,
) {
    let id = reader.id(object, answer.transit_gateway_attachment_id, ATTACHMENT);
    let stage = stage(reader, answer.state);
    let created = reader.text(answer.creation_time, "CreationTime").map(Cow::into_owned);
    let into_vpc = answer.subnet_ids.map(|subnets| into_vpc(reader, subnets, answer.options));
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, answer.transit_gateway_owner_id, answer.tags);
    let key = attachment_key(&meta.id, &named.kind, &named.gateway);
    let attachment = TransitAttachment {
        meta,
        gateway: named.gateway,
        kind: named.kind,
        resource: named.resource,
        stage,
        created,
        association: named.association,
        tells_association: answer.resource_type.is_some(),
        into_vpc,
    };
    add_as(&mut estate.transit.attachments, key, attachment, reader);
}

/// The options of an attachment: groups may be referred to unless that is switched off, for the gateway
/// decides first (API reference, `CreateTransitGatewayVpcAttachmentRequestOptions`).
fn into_vpc<'a>(
    reader: &mut Reader<'_, 'a>,
    subnets: Vec<&'a RawValue>,
    options: Option<OptionsAnswer<'a>>,
) -> IntoVpc {
    let subnets = subnets.into_iter().filter_map(|id| reader.text(Some(id), "SubnetIds"));
    let subnets: BTreeSet<String> = subnets.map(Cow::into_owned).collect();
    let mut option = |leaf: fn(&OptionsAnswer<'a>) -> Leaf<'a>, key: &str, otherwise: bool| {
        let leaf = options.as_ref().and_then(leaf);
        enabled(reader, leaf, key).unwrap_or(otherwise)
    };
    IntoVpc {
        subnets,
        appliance_mode: option(|one| one.appliance_mode_support, "ApplianceModeSupport", false),
        group_references: option(
            |one| one.security_group_referencing_support,
            "SecurityGroupReferencingSupport",
            true,
        ),
        ipv6: option(|one| one.ipv6_support, "Ipv6Support", false),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_route_table_id: Leaf<'a>,
    transit_gateway_id: Leaf<'a>,
    state: Leaf<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

pub(super) fn table<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<TableAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.transit_gateway_route_table_id, TABLE);
    let gateway = reader.id(object, answer.transit_gateway_id, "TransitGatewayId");
    let stage = stage(reader, answer.state);
    let (Some(id), Some(gateway)) = (id, gateway) else { return };
    let meta = meta(reader, object, id, None, answer.tags);
    add(&mut estate.transit.tables, TransitTable { meta, gateway, stage }, reader);
}

/// The lists of one table, with the table around them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapped<'a> {
    #[serde(borrow)]
    transit_gateway_route_table_id: Leaf<'a>,
    transit_gateway_route_table_propagations: List<'a>,
    associations: List<'a>,
    routes: List<'a>,
    additional_routes_available: Leaf<'a>,
}

/// One of the lists of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListOf {
    Associations,
    Propagations,
    Routes,
    References,
}

/// Reads objects of which each holds a list of one table.
pub(super) fn wrapped<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
    list_of: ListOf,
) {
    let Some(answer) = reader.parse::<Wrapped<'a>>(object) else { return };
    let Some(table) = reader.id(object, answer.transit_gateway_route_table_id, TABLE) else {
        return;
    };
    let more = reader.flag(answer.additional_routes_available, "AdditionalRoutesAvailable");
    let (list, key) = match list_of {
        ListOf::Associations => (answer.associations, "Associations"),
        ListOf::Propagations => {
            let key = "TransitGatewayRouteTablePropagations";
            (answer.transit_gateway_route_table_propagations, key)
        }
        ListOf::Routes | ListOf::References => (answer.routes, "Routes"),
    };
    match list {
        None => reader.missing(object, key),
        Some(list) => of_table(reader, estate, &table, list, list_of, more),
    }
}

/// Reads the list of the table that a member beside it, or each object in it, names.
pub(super) fn raw<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    key: &str,
    objects: Vec<&'a RawValue>,
    beside: &Beside,
    list_of: ListOf,
) {
    if let Some(table) = beside.text(TABLE) {
        let more = beside.flag("AdditionalRoutesAvailable");
        return of_table(reader, estate, table, objects, list_of, more);
    }
    let mut unnamed = 0_usize;
    for object in objects {
        let answer = reader.parse::<Wrapped<'a>>(object);
        let table = answer.and_then(|one| reader.text(one.transit_gateway_route_table_id, TABLE));
        match table {
            Some(table) => of_table(reader, estate, &table, vec![object], list_of, false),
            None => unnamed = unnamed.saturating_add(1),
        }
    }
    if unnamed > 0 {
        let what = format!("`{key}` of a transit gateway route table that is not named");
        let effect = "put `\"TransitGatewayRouteTableId\": \"tgw-rtb-…\"` beside the list; \
                      until then routes of the table are unresolved facts";
        reader.unread(reader.span_of(key), what, effect);
    }
}

fn of_table<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    table: &str,
    objects: Vec<&'a RawValue>,
    list_of: ListOf,
    more: bool,
) {
    let transit = &mut estate.transit;
    match list_of {
        ListOf::Associations => {
            transit.associations_of.insert(table.to_owned());
        }
        ListOf::Propagations => {
            transit.propagations_of.insert(table.to_owned());
        }
        ListOf::Routes => *transit.routes_of.entry(table.to_owned()).or_default() |= more,
        ListOf::References => {}
    }
    for object in objects {
        match list_of {
            ListOf::Associations => association(reader, estate, table, object),
            ListOf::Propagations => propagation(reader, estate, table, object),
            ListOf::Routes | ListOf::References => {
                if let Some(route) = route(reader, object, list_of) {
                    estate.transit.routes.push((table.to_owned(), route));
                }
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MemberAnswer<'a> {
    #[serde(borrow)]
    transit_gateway_attachment_id: Leaf<'a>,
    state: Leaf<'a>,
}

fn association<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    table: &str,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<MemberAnswer<'a>>(object) else { return };
    let attachment = reader.id(object, answer.transit_gateway_attachment_id, ATTACHMENT);
    let state = reader.text(answer.state, "State");
    if let Some(attachment) = attachment
        && state.is_none_or(|state| matches!(&*state, "associated" | "associating"))
    {
        estate.transit.associations.push((attachment, table.to_owned()));
    }
}

fn propagation<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    table: &str,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<MemberAnswer<'a>>(object) else { return };
    let attachment = reader.id(object, answer.transit_gateway_attachment_id, ATTACHMENT);
    let state = reader.text(answer.state, "State");
    let settled = match state.as_deref() {
        Some("disabled") => return,
        None | Some("enabled") => true,
        Some(_) => false,
    };
    let Some(attachment) = attachment else { return };
    let (table, span) = (table.to_owned(), reader.span(object));
    estate.transit.propagations.push(Propagation { table, attachment, settled, span });
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RouteAnswer<'a> {
    #[serde(borrow)]
    destination_cidr_block: Leaf<'a>,
    prefix_list_id: Leaf<'a>,
    r#type: Leaf<'a>,
    state: Leaf<'a>,
    blackhole: Leaf<'a>,
    transit_gateway_attachments: List<'a>,
    transit_gateway_attachment: Option<&'a RawValue>,
}

/// Reads a route, or a reference to a prefix list, which is a route to each of its blocks.
fn route<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    list_of: ListOf,
) -> Option<TransitRoute> {
    let answer = reader.parse::<RouteAnswer<'a>>(object)?;
    let list = reader.text(answer.prefix_list_id, "PrefixListId").map(Cow::into_owned);
    let rank = match (reader.text(answer.r#type, "Type").as_deref(), &list) {
        (Some("propagated"), _) => TransitRank::Propagated,
        (_, Some(_)) => TransitRank::PrefixList,
        (_, None) => TransitRank::Static,
    };
    let destination = match (answer.destination_cidr_block, list) {
        (None, Some(list)) => Destination::PrefixList(list),
        (None, None) => {
            reader.missing(object, "DestinationCidrBlock");
            return None;
        }
        (block, _) => Destination::Cidr(reader.prefix(block, "DestinationCidrBlock")?),
    };
    let state = reader.text(answer.state, "State");
    let mut attachments = BTreeSet::new();
    let one = answer.transit_gateway_attachment;
    for raw in answer.transit_gateway_attachments.unwrap_or_default().into_iter().chain(one) {
        let attachment = reader.parse::<MemberAnswer<'a>>(raw)?;
        let id = reader.id(raw, attachment.transit_gateway_attachment_id, ATTACHMENT)?;
        attachments.insert(id);
    }
    let blackhole = reader.flag(answer.blackhole, "Blackhole");
    let way = match state.as_deref() {
        Some("deleted") => return None,
        _ if blackhole => TransitWay::Blackhole,
        Some("blackhole") => TransitWay::Blackhole,
        None | Some("active") => TransitWay::Attachments(attachments),
        Some("available" | "modifying") if list_of == ListOf::References => {
            TransitWay::Attachments(attachments)
        }
        Some(_) => TransitWay::Changing,
    };
    Some(TransitRoute { destination, rank, way, span: reader.span(object) })
}

/// Gives attachments the associations that came in answers of their own.
pub(super) fn join_associations(estate: &mut Estate) {
    let transit = &mut estate.transit;
    for (id, table) in std::mem::take(&mut transit.associations) {
        // An attachment between two gateways has one on each side; the table tells which it is.
        let gateway = transit.tables.get(&table).map(|table| table.gateway.as_str());
        let mut known = transit.attachments.values_mut().filter(|one| one.meta.id == id);
        let own = known.find(|one| gateway.is_none_or(|gateway| one.gateway == gateway));
        if let Some(attachment) = own {
            attachment.association.get_or_insert(table);
        }
    }
}
