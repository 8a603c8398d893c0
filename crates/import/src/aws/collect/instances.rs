//! Instances, in the reservations they were started by.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, LeftOut, List, Reader},
        merge::add,
        records::{Estate, Instance},
    },
    Tag,
    interfaces::{self, OfInstance},
    meta, region_of_zone,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReservationAnswer<'a> {
    #[serde(borrow)]
    owner_id: Leaf<'a>,
    instances: List<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceAnswer<'a> {
    #[serde(borrow)]
    instance_id: Leaf<'a>,
    state: Option<StateAnswer<'a>>,
    placement: Option<PlacementAnswer<'a>>,
    network_interfaces: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateAnswer<'a> {
    #[serde(borrow)]
    name: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PlacementAnswer<'a> {
    #[serde(borrow)]
    availability_zone: Leaf<'a>,
}

const TERMINATED: LeftOut = LeftOut {
    one: "terminated instance",
    several: "terminated instances",
    effect: "no interface is left",
};

/// An instance with its interfaces.
pub(super) struct Started<'a> {
    instance: Instance,
    interfaces: Vec<OfInstance<'a>>,
}

/// Reads the instances of a reservation.
pub(super) fn reservation<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
) -> Option<Vec<Started<'a>>> {
    let answer = reader.parse::<ReservationAnswer<'a>>(object)?;
    let instances = answer.instances.unwrap_or_default().into_iter();
    Some(instances.filter_map(|instance| one(reader, instance, answer.owner_id)).collect())
}

/// Adds the instances of a reservation, and those of their interfaces that nothing else describes.
pub(super) fn add_started<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    started: Vec<Started<'a>>,
) {
    for Started { instance, interfaces } in started {
        for interface in interfaces {
            interfaces::of_instance(reader, estate, interface, &instance.meta.id);
        }
        add(&mut estate.instances, instance, reader);
    }
}

fn one<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    owner: Leaf<'a>,
) -> Option<Started<'a>> {
    let answer = reader.parse::<InstanceAnswer<'a>>(object)?;
    let id = reader.id(object, answer.instance_id, "InstanceId")?;
    let state = answer.state.and_then(|state| reader.text(state.name, "Name"));
    if matches!(state.as_deref(), Some("terminated" | "shutting-down")) {
        let span = reader.span(object);
        reader.left_out(TERMINATED, &id, span);
        return None;
    }
    let zone = answer
        .placement
        .and_then(|placement| reader.text(placement.availability_zone, "AvailabilityZone"));
    let interfaces = answer.network_interfaces.unwrap_or_default().into_iter();
    let interfaces = interfaces.map(|interface| interfaces::named(reader, interface)).collect();
    let mut meta = meta(reader, object, id, owner, answer.tags);
    meta.region = zone.as_deref().and_then(region_of_zone).or(meta.region);
    // `stopped` and `stopping` keep their interfaces; a verdict does not depend on it.
    let running = state.is_none_or(|state| matches!(&*state, "running" | "pending"));
    Some(Started { instance: Instance { meta, running }, interfaces })
}

/// Returns an owned copy of what an answer says, unless it is empty.
pub(super) fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}
