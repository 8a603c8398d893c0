//! Load balancers but classic ones, their listeners and attributes.
//!
//! Answers about one load balancer or target group do not say whose they are. A collector wraps them
//! with the ARN, or a member beside the answer names it.

use std::{borrow::Cow, collections::BTreeMap};

use canreach_model::Meta;
use canreach_net::Protocol;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        keys::Kind,
        merge::add,
        records::{Balancer, BalancerKind, Estate, Handling, Listener},
    },
    Beside, PAGE,
    instances::owned,
    meta, paged, region_of_arn, targets,
};

/// What the tail of a load balancer's ARN begins after.
const TAIL: &str = ":loadbalancer/";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BalancerAnswer<'a> {
    #[serde(borrow)]
    load_balancer_arn: Leaf<'a>,
    load_balancer_name: Leaf<'a>,
    #[serde(rename = "DNSName")]
    dns_name: Leaf<'a>,
    #[serde(rename = "Type")]
    kind: Leaf<'a>,
    vpc_id: Leaf<'a>,
    state: Option<StateAnswer<'a>>,
    ip_address_type: Leaf<'a>,
    security_groups: List<'a>,
    availability_zones: Option<Vec<ZoneAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateAnswer<'a> {
    #[serde(borrow)]
    code: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneAnswer<'a> {
    #[serde(borrow)]
    zone_name: Leaf<'a>,
    subnet_id: Leaf<'a>,
    load_balancer_addresses: Option<Vec<ZoneAddressAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneAddressAnswer<'a> {
    #[serde(borrow)]
    ip_address: Leaf<'a>,
}

pub(super) fn balancer<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<BalancerAnswer<'a>>(object) else { return };
    let Some(arn) = reader.id(object, answer.load_balancer_arn, "LoadBalancerArn") else { return };
    let kind = match reader.text(answer.kind, "Type").as_deref() {
        Some("network") => BalancerKind::Network,
        Some("application") => BalancerKind::Application,
        Some("gateway") => BalancerKind::Gateway,
        Some(_) | None => BalancerKind::Other,
    };
    let state = answer.state.and_then(|state| reader.text(state.code, "Code"));
    let trouble = state.filter(|state| !matches!(&**state, "active" | "active_impaired"));
    let ip = reader.text(answer.ip_address_type, "IpAddressType");
    let groups = texts(reader, answer.security_groups, "SecurityGroups");
    let vpc = owned(reader.text(answer.vpc_id, "VpcId"));
    let (mut zones, mut public) = (BTreeMap::new(), Vec::new());
    for zone in answer.availability_zones.unwrap_or_default() {
        let name = reader.text(zone.zone_name, "ZoneName");
        if let (Some(name), Some(subnet)) = (name, reader.text(zone.subnet_id, "SubnetId")) {
            zones.insert(name.into_owned(), subnet.into_owned());
        }
        for address in zone.load_balancer_addresses.unwrap_or_default() {
            public.extend(reader.address(address.ip_address, "IpAddress"));
        }
    }
    let name = owned(reader.text(answer.load_balancer_name, "LoadBalancerName"));
    let dns = owned(reader.text(answer.dns_name, "DNSName"));
    let tail = arn.split_once(TAIL).map_or(arn.as_str(), |(_, tail)| tail);
    let balancer = Balancer {
        described_as: tail.to_owned(),
        meta: about(reader, object, &arn, name, dns),
        kind,
        vpc,
        trouble: trouble.map(Cow::into_owned),
        groups,
        dual_stack: ip.is_some_and(|ip| ip.starts_with("dualstack")),
        zones,
        public,
    };
    add(&mut estate.balancing.balancers, balancer, reader);
}

/// Returns what every record carries, of an object that an ARN names.
pub(super) fn about<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    arn: &str,
    name: Option<String>,
    alias: Option<String>,
) -> Meta {
    let mut meta = meta(reader, object, arn.to_owned(), None, None);
    meta.name = name;
    meta.aliases.extend(alias);
    let account = arn.split(':').nth(4).filter(|account| !account.is_empty());
    meta.account = account.map(str::to_owned).or(meta.account);
    meta.region = region_of_arn(arn).or(meta.region);
    meta
}

/// Reads a list of texts.
pub(super) fn texts<'a>(reader: &mut Reader<'_, 'a>, list: List<'a>, key: &str) -> Vec<String> {
    let texts = list.unwrap_or_default().into_iter();
    texts.filter_map(|raw| reader.text(Some(raw), key)).map(Cow::into_owned).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WrapperAnswer<'a> {
    #[serde(borrow)]
    load_balancer_arn: Leaf<'a>,
    target_group_arn: Leaf<'a>,
    listeners: List<'a>,
    attributes: List<'a>,
    target_health_descriptions: List<'a>,
    next_marker: Leaf<'a>,
    next_token: Leaf<'a>,
}

/// Reads an object in which a collector wrapped an answer with the ARN it belongs to.
pub(super) fn wrapped<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
    kind: Kind,
) {
    let Some(answer) = reader.parse::<WrapperAnswer<'a>>(object) else { return };
    let of_group = matches!(kind, Kind::TargetGroupAttributes | Kind::TargetHealth);
    let (leaf, key) = if of_group {
        (answer.target_group_arn, "TargetGroupArn")
    } else {
        (answer.load_balancer_arn, "LoadBalancerArn")
    };
    let Some(arn) = reader.id(object, leaf, key) else { return };
    if kind == Kind::LoadBalancerListeners {
        estate.balancing.listened.insert(arn.clone());
    }
    if let Some(raw) = answer.next_marker.or(answer.next_token) {
        paged(reader, raw.get(), &PAGE);
    }
    for one in answer.listeners.unwrap_or_default() {
        listener(reader, estate, one);
    }
    if let Some(list) = answer.attributes {
        attributes(reader, estate, list, arn.clone());
    }
    if let Some(list) = answer.target_health_descriptions {
        targets::targets(reader, estate, list, arn);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListenerAnswer<'a> {
    #[serde(borrow)]
    listener_arn: Leaf<'a>,
    load_balancer_arn: Leaf<'a>,
    protocol: Leaf<'a>,
    port: Leaf<'a>,
    default_actions: Option<Vec<ActionAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ActionAnswer<'a> {
    #[serde(borrow)]
    target_group_arn: Leaf<'a>,
    forward_config: Option<ForwardAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ForwardAnswer<'a> {
    #[serde(borrow)]
    target_groups: Option<Vec<WeightAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WeightAnswer<'a> {
    #[serde(borrow)]
    target_group_arn: Leaf<'a>,
    weight: Leaf<'a>,
}

pub(super) fn listener<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<ListenerAnswer<'a>>(object) else { return };
    let arn = reader.id(object, answer.listener_arn, "ListenerArn");
    if arn.as_ref().is_some_and(|arn| arn.contains(":globalaccelerator:")) {
        let (span, what) = (reader.span(object), String::from("a listener of Global Accelerator"));
        return reader.unread(span, what, "where it sends packets is not examined");
    }
    let balancer = reader.id(object, answer.load_balancer_arn, "LoadBalancerArn");
    let handling = reader.text(answer.protocol, "Protocol");
    let handling = handling_of(handling.as_deref().unwrap_or_default());
    let port = port(reader, answer.port, "Port");
    let mut groups = Vec::new();
    for action in answer.default_actions.unwrap_or_default() {
        let weighted = action.forward_config.and_then(|forward| forward.target_groups);
        for group in weighted.unwrap_or_default() {
            let weight = reader.integer(group.weight, "Weight", (0, 999));
            let group = reader.text(group.target_group_arn, "TargetGroupArn");
            groups.extend(group.filter(|_| weight != Some(0)).map(Cow::into_owned));
        }
        if groups.is_empty() {
            groups.extend(owned(reader.text(action.target_group_arn, "TargetGroupArn")));
        }
    }
    let (Some(arn), Some(balancer)) = (arn, balancer) else { return };
    let meta = about(reader, object, &arn, None, None);
    estate.balancing.listened.insert(balancer.clone());
    let listener = Listener { meta, balancer, port, handling, groups };
    add(&mut estate.balancing.listeners, listener, reader);
}

/// Returns what a listener of a protocol does, of a load balancer of any kind but a classic one.
fn handling_of(protocol: &str) -> Handling {
    match protocol {
        "TCP" => Handling::Passes(&[Protocol::TCP]),
        "UDP" | "QUIC" => Handling::Passes(&[Protocol::UDP]),
        "TCP_UDP" | "TCP_QUIC" => Handling::Passes(&[Protocol::TCP, Protocol::UDP]),
        "TLS" | "HTTP" | "HTTPS" => Handling::Ends,
        other => Handling::Unknown(other.to_owned()),
    }
}

/// Reads a port.
pub(super) fn port<'a>(reader: &mut Reader<'_, 'a>, leaf: Leaf<'a>, key: &str) -> Option<u16> {
    reader.integer(leaf, key, (0, 65535)).and_then(|port| u16::try_from(port).ok())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeAnswer<'a> {
    #[serde(borrow)]
    key: Leaf<'a>,
    value: Leaf<'a>,
}

fn attributes<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    list: Vec<&'a RawValue>,
    arn: String,
) {
    let known = estate.balancing.attributes.entry(arn).or_default();
    for raw in list {
        let Some(answer) = reader.parse::<AttributeAnswer<'a>>(raw) else { continue };
        let value = reader.text(answer.value, "Value").unwrap_or_default();
        if let Some(key) = reader.id(raw, answer.key, "Key") {
            known.entry(key).or_insert_with(|| value.into_owned());
        }
    }
}

/// Reads an answer of which a member beside it says whose it is.
pub(super) fn of_one<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    key: &str,
    objects: Vec<&'a RawValue>,
    beside: &Beside,
) {
    let arn = ["TargetGroupArn", "LoadBalancerArn"]
        .iter()
        .find_map(|key| beside.text(key))
        .map(str::to_owned);
    match (arn, key) {
        (Some(arn), "Attributes") => attributes(reader, estate, objects, arn),
        (Some(arn), _) => targets::targets(reader, estate, objects, arn),
        (None, _) if objects.is_empty() => {}
        (None, "Attributes") => {
            let effect = "put `\"TargetGroupArn\": \"arn:…\"` or `\"LoadBalancerArn\": \"arn:…\"` \
                          beside `Attributes`; until then the defaults are taken to hold";
            let what = String::from("attributes of a load balancer or target group not named");
            reader.unread(reader.span_of(key), what, effect);
        }
        (None, _) => {
            let effect = "put `\"TargetGroupArn\": \"arn:…\"` beside `TargetHealthDescriptions`; \
                          until then what their load balancers do is an unresolved fact";
            let what = String::from("targets of a target group that is not named");
            reader.unread(reader.span_of(key), what, effect);
        }
    }
}
