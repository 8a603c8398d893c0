//! The lists of transit gateway route tables: associations, propagations, routes.
//!
//! In the AWS CLI's output they do not name their table; a `TransitGatewayRouteTableId` beside the list,
//! or around it, does.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        records::{
            Destination, Estate,
            transit::{Propagation, TransitRank, TransitRoute, TransitWay},
        },
    },
    Beside, MORE_ROUTES, PAGE, PART, paged,
};

/// The member that names a table.
pub(super) const TABLE: &str = "TransitGatewayRouteTableId";
/// The member that names an attachment.
pub(super) const ATTACHMENT: &str = "TransitGatewayAttachmentId";

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
    next_token: Leaf<'a>,
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
    let more = reader.flag(answer.additional_routes_available, MORE_ROUTES);
    if let Some(raw) = answer.additional_routes_available.filter(|_| more) {
        paged(reader, raw.get(), &PART);
    }
    if let Some(raw) = answer.next_token {
        paged(reader, raw.get(), &PAGE);
    }
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
        let more = beside.flag(MORE_ROUTES);
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
