//! Classic load balancers, whose answer holds their listeners and targets.

use std::collections::BTreeMap;

use canreach_model::{Meta, Origin};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::add,
        records::{
            Balancer, BalancerKind, BalancerTarget as Target, Estate, Handling, Health, Listener,
            TargetGroup, TargetKind,
        },
    },
    balancers::{port, texts},
    instances::owned,
    meta, region_of_zone,
};

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
pub(super) fn balancer<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
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
        listener(reader, estate, raw, &id, &targets);
    }
    let mut meta = meta(reader, object, id.clone(), None, None);
    meta.name = Some(name.clone());
    // `name-1234567890.eu-west-1.elb.amazonaws.com`
    meta.region = meta.region.or_else(|| id.split('.').nth(1).and_then(region_of_zone));
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
fn listener<'a>(
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
