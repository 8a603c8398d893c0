//! Target groups of load balancers, and the health of targets.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, Reader},
        merge::add,
        records::{BalancerTarget as Target, Estate, Health, TargetGroup, TargetKind},
    },
    balancers::{about, port},
    instances::owned,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupAnswer<'a> {
    #[serde(borrow)]
    target_group_arn: Leaf<'a>,
    target_group_name: Leaf<'a>,
    target_type: Leaf<'a>,
    protocol: Leaf<'a>,
    port: Leaf<'a>,
    ip_address_type: Leaf<'a>,
}

pub(super) fn group<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<GroupAnswer<'a>>(object) else { return };
    let Some(arn) = reader.id(object, answer.target_group_arn, "TargetGroupArn") else { return };
    let name = owned(reader.text(answer.target_group_name, "TargetGroupName"));
    let protocol = reader.text(answer.protocol, "Protocol");
    let kind = match reader.text(answer.target_type, "TargetType").as_deref() {
        Some("ip") => TargetKind::Address,
        Some("alb") => TargetKind::Balancer,
        Some("lambda") => TargetKind::Function,
        Some(_) | None => TargetKind::Instance,
    };
    let ip = reader.text(answer.ip_address_type, "IpAddressType");
    let group = TargetGroup {
        meta: about(reader, object, &arn, name, None),
        kind,
        port: port(reader, answer.port, "Port"),
        takes_udp: protocol.is_some_and(|one| one.contains("UDP") || one.contains("QUIC")),
        ipv6: ip.is_some_and(|ip| ip == "ipv6"),
    };
    add(&mut estate.balancing.groups, group, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HealthAnswer<'a> {
    #[serde(borrow)]
    target: Option<TargetAnswer<'a>>,
    target_health: Option<TargetStateAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetAnswer<'a> {
    #[serde(borrow)]
    id: Leaf<'a>,
    port: Leaf<'a>,
    availability_zone: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetStateAnswer<'a> {
    #[serde(borrow)]
    state: Leaf<'a>,
}

pub(super) fn targets<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    list: Vec<&'a RawValue>,
    arn: String,
) {
    let mut targets = Vec::new();
    for raw in list {
        let Some(answer) = reader.parse::<HealthAnswer<'a>>(raw) else { continue };
        let Some(target) = answer.target else {
            reader.missing(raw, "Target");
            continue;
        };
        let state = answer.target_health.and_then(|health| reader.text(health.state, "State"));
        let port = port(reader, target.port, "Port");
        let zone = owned(reader.text(target.availability_zone, "AvailabilityZone"));
        let health = health_of(state.as_deref().unwrap_or_default());
        let span = reader.span(raw);
        if let Some(id) = reader.id(raw, target.id, "Id") {
            targets.push(Target { id, port, zone, health, span });
        }
    }
    let Some(known) = estate.balancing.targets.get(&arn) else {
        estate.balancing.targets.insert(arn, targets);
        return;
    };
    let same = known.len() == targets.len()
        && known.iter().zip(&targets).all(|(one, another)| one.says_the_same(another));
    if !same {
        let places = known.iter().take(1).chain(targets.first()).map(|target| target.span);
        let places = places.collect();
        let statement =
            format!("the targets of `{arn}` are listed twice and differ; the first list holds");
        reader.findings.assume(statement, places);
    }
}

/// What the state of a target means for new connections. One that is not checked gets them.
fn health_of(state: &str) -> Health {
    match state {
        "healthy" | "unavailable" => Health::Healthy,
        "draining" | "unused" => Health::Out,
        _ => Health::Unhealthy,
    }
}
