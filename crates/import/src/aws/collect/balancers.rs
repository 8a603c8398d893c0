//! Load balancers of every kind, their listeners, target groups and the health of targets.
//!
//! Answers about one load balancer or target group do not say whose they are. A collector wraps them
//! with the ARN, or a member beside the answer names it.

use std::{borrow::Cow, collections::BTreeMap};

use canreach_model::{Meta, Origin};
use canreach_net::Protocol;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        keys::Kind,
        merge::add,
        records::{
            Balancer, BalancerKind, BalancerTarget as Target, Estate, Handling, Health, Listener,
            TargetGroup, TargetKind,
        },
    },
    Beside,
    instances::owned,
    meta, region_of_arn,
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
fn about<'a>(
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
fn texts<'a>(reader: &mut Reader<'_, 'a>, list: List<'a>, key: &str) -> Vec<String> {
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
    for one in answer.listeners.unwrap_or_default() {
        listener(reader, estate, one);
    }
    if let Some(list) = answer.attributes {
        attributes(reader, estate, list, arn.clone());
    }
    if let Some(list) = answer.target_health_descriptions {
        targets(reader, estate, list, arn);
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
fn port<'a>(reader: &mut Reader<'_, 'a>, leaf: Leaf<'a>, key: &str) -> Option<u16> {
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
        (Some(arn), _) => targets(reader, estate, objects, arn),
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

pub(super) fn target_group<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
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

fn targets<'a>(
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicAnswer<'a> {
    #[serde(borrow)]
    load_balancer_name: Leaf<'a>,
    #[serde(rename = "DNSName")]
    dns_name: Leaf<'a>,
    #[serde(rename = "VPCId")]
    vpc_id: Leaf<'a>,
    security_groups: List<'a>,
    instances: Option<Vec<ClassicInstanceAnswer<'a>>>,
    listener_descriptions: Option<Vec<ClassicListenersAnswer<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicInstanceAnswer<'a> {
    #[serde(borrow)]
    instance_id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicListenersAnswer<'a> {
    #[serde(borrow)]
    listener: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicListenerAnswer<'a> {
    #[serde(borrow)]
    load_balancer_port: Leaf<'a>,
    instance_port: Leaf<'a>,
}

/// Reads a classic load balancer, which describes its listeners and targets itself. Every listener
/// ends the connection, whatever its protocol.
pub(super) fn classic<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<ClassicAnswer<'a>>(object) else { return };
    let name = reader.id(object, answer.load_balancer_name, "LoadBalancerName");
    let dns = owned(reader.text(answer.dns_name, "DNSName"));
    let vpc = owned(reader.text(answer.vpc_id, "VPCId"));
    let groups = texts(reader, answer.security_groups, "SecurityGroups");
    let mut targets = Vec::new();
    for instance in answer.instances.unwrap_or_default() {
        let Some(raw) = instance.instance_id else { continue };
        let id = owned(reader.text(Some(raw), "InstanceId"));
        let (span, health) = (reader.span(raw), Health::Healthy);
        targets.extend(id.map(|id| Target { id, port: None, zone: None, health, span }));
    }
    let Some(name) = name else { return };
    let id = dns.unwrap_or_else(|| name.clone());
    for raw in answer.listener_descriptions.into_iter().flatten().filter_map(|one| one.listener) {
        classic_listener(reader, estate, raw, &id, &targets);
    }
    let mut meta = meta(reader, object, id.clone(), None, None);
    meta.name = Some(name.clone());
    // `name-1234567890.eu-west-1.elb.amazonaws.com`
    meta.region = meta.region.or_else(|| id.split('.').nth(1).and_then(super::region_of_zone));
    estate.balancing.listened.insert(id);
    let balancer = Balancer {
        meta,
        kind: BalancerKind::Classic,
        vpc,
        described_as: name,
        trouble: None,
        groups,
        dual_stack: false,
        zones: BTreeMap::new(),
        public: Vec::new(),
    };
    add(&mut estate.balancing.balancers, balancer, reader);
}

/// Adds a listener of a classic load balancer, with a target group of its own.
fn classic_listener<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    raw: &'a RawValue,
    balancer: &str,
    targets: &[Target],
) {
    let Some(answer) = reader.parse::<ClassicListenerAnswer<'a>>(raw) else { return };
    let at = port(reader, answer.load_balancer_port, "LoadBalancerPort");
    let to = port(reader, answer.instance_port, "InstancePort");
    let Some(at) = at else {
        if answer.load_balancer_port.is_none() {
            reader.missing(raw, "LoadBalancerPort");
        }
        return;
    };
    let id = format!("{balancer}/{at}");
    let meta = Meta::new(id.clone(), Origin::Written(reader.span(raw)));
    estate.balancing.targets.entry(id.clone()).or_insert_with(|| targets.to_vec());
    let kind = TargetKind::Instance;
    let group = TargetGroup { meta: meta.clone(), kind, port: to, takes_udp: false, ipv6: false };
    add(&mut estate.balancing.groups, group, reader);
    let listener = Listener {
        meta,
        balancer: balancer.to_owned(),
        port: Some(at),
        handling: Handling::Ends,
        groups: vec![id],
    };
    add(&mut estate.balancing.listeners, listener, reader);
}
