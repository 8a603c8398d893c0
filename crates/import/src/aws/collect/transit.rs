//! Transit gateways, their attachments and their route tables.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::{add, add_as},
        records::{
            Estate,
            transit::{
                AttachmentKind, IntoVpc, Stage, TransitAttachment, TransitGateway, TransitTable,
                attachment_key,
            },
        },
    },
    Tag, meta, region_of_arn,
    transit_lists::{ATTACHMENT, TABLE},
};

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
struct OptionsAnswer<'a> {
    #[serde(borrow, rename = "ApplianceModeSupport")]
    appliance_mode: Leaf<'a>,
    #[serde(borrow, rename = "SecurityGroupReferencingSupport")]
    group_references: Leaf<'a>,
    #[serde(borrow, rename = "Ipv6Support")]
    ipv6: Leaf<'a>,
}

pub(super) fn gateway<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<GatewayAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.transit_gateway_id, "TransitGatewayId");
    let stage = stage(reader, answer.state);
    let options = answer.options.and_then(|options| options.group_references);
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
        // Nothing passes before it is accepted.
        Some(
            "deleted" | "failed" | "failing" | "rejected" | "rejecting" | "pendingAcceptance"
            | "initiating" | "initiatingRequest",
        ) => Stage::Gone,
        Some(_) => Stage::Changing,
    }
}

/// Reads a time, which is written with a `T` or a space in it.
fn created<'a>(reader: &mut Reader<'_, 'a>, time: Leaf<'a>) -> Option<String> {
    reader.text(time, "CreationTime").map(|time| time.replace(' ', "T"))
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
        let created = created(reader, answer.creation_time);
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
    let created = created(reader, answer.creation_time);
    let into_vpc =
        answer.subnet_ids.map(|subnets| into_vpc(reader, subnets, answer.options.as_ref()));
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
    options: Option<&OptionsAnswer<'a>>,
) -> IntoVpc {
    let subnets = subnets.into_iter().filter_map(|id| reader.text(Some(id), "SubnetIds"));
    let subnets: BTreeSet<String> = subnets.map(Cow::into_owned).collect();
    let mut option = |leaf: fn(&OptionsAnswer<'a>) -> Leaf<'a>, key: &str, otherwise: bool| {
        let leaf = options.and_then(leaf);
        enabled(reader, leaf, key).unwrap_or(otherwise)
    };
    IntoVpc {
        subnets,
        appliance_mode: option(|one| one.appliance_mode, "ApplianceModeSupport", false),
        group_references: option(
            |one| one.group_references,
            "SecurityGroupReferencingSupport",
            true,
        ),
        ipv6: option(|one| one.ipv6, "Ipv6Support", false),
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
