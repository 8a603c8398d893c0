//! Network load balancers, in the collector's layout: what belongs to one stands beside its ARN.

use canreach_model::{
    BalancerListener, BalancerTarget, Forwarding, InterfaceOwner, LoadBalancerId, Network,
};
use canreach_net::Protocol;
use serde_json::{Value, json};

use super::{ACCOUNT, REGION, answer, id, zone_name};

pub(super) fn answers(estate: &crate::aws::Network) -> Vec<(String, Value)> {
    let network = &estate.network;
    let all: Vec<LoadBalancerId> = network.load_balancers.ids().collect();
    let each =
        |describe: &dyn Fn(LoadBalancerId) -> Value| all.iter().map(|it| describe(*it)).collect();
    let groups: Vec<Group<'_>> = (network.load_balancers.iter())
        .flat_map(|(key, it)| it.listeners.iter().enumerate().map(move |(at, of)| (key, at, of)))
        .map(|(balancer, at, listener)| Group { balancer, at, listener })
        .collect();
    vec![
        answer("LoadBalancers", each(&|it| balancer(network, it))),
        answer("LoadBalancerAttributes", each(&|it| attributes(estate, it))),
        answer("LoadBalancerListeners", each(&|it| listeners(network, it))),
        answer("TargetGroups", groups.iter().map(|it| target_group(network, it)).collect()),
        answer("TargetGroupAttributes", groups.iter().map(|it| it.attributes(network)).collect()),
        answer("LoadBalancerTargetHealth", groups.iter().map(|it| health(network, it)).collect()),
    ]
}

/// The target group of a listener.
struct Group<'a> {
    balancer: LoadBalancerId,
    at: usize,
    listener: &'a BalancerListener,
}

impl Group<'_> {
    fn arn(&self, network: &Network) -> String {
        group_arn(network, self.balancer, self.at)
    }

    /// Listeners with odd positions have address targets where the client's address is kept; those
    /// that replace it always do.
    fn by_address(&self) -> bool {
        self.listener.forwarding == Forwarding::ReplaceClient || self.at % 2 == 1
    }

    fn attributes(&self, network: &Network) -> Value {
        let keeps = self.listener.forwarding != Forwarding::ReplaceClient;
        json!({ "TargetGroupArn": self.arn(network), "Attributes": [
            { "Key": "preserve_client_ip.enabled", "Value": keeps.to_string() },
            { "Key": "load_balancing.cross_zone.enabled", "Value": "use_load_balancer_configuration" },
        ] })
    }
}

fn arn(network: &Network, balancer: LoadBalancerId) -> String {
    let name = &network.load_balancers[balancer].meta.id;
    let number = balancer.index();
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/{name}/{number:016x}")
}

fn group_arn(network: &Network, balancer: LoadBalancerId, listener: usize) -> String {
    let name = &network.load_balancers[balancer].meta.id;
    format!(
        "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}-{listener}/{listener:016x}"
    )
}

fn balancer(network: &Network, key: LoadBalancerId) -> Value {
    let nodes = || {
        let all = network.interfaces.iter().map(|(_, it)| it);
        all.filter(move |it| it.owner == InterfaceOwner::LoadBalancer(key))
    };
    let zones = nodes().map(|node| {
        let subnet = &network.subnets[node.subnet];
        let zone = zone_name(subnet.zone.as_deref());
        json!({ "SubnetId": id(&subnet.meta), "ZoneName": zone, "LoadBalancerAddresses": [] })
    });
    let vpc = nodes().next().map(|node| id(&network.vpcs[network.subnets[node.subnet].vpc].meta));
    let mut answer = json!({
        "LoadBalancerArn": arn(network, key), "LoadBalancerName": id(&network.load_balancers[key].meta),
        "Type": "network", "Scheme": "internal", "IpAddressType": "ipv4",
        "State": { "Code": "active" }, "VpcId": vpc, "AvailabilityZones": zones.collect::<Vec<_>>(),
    });
    let filtered = nodes().find(|node| node.filtered);
    if let (Some(node), Some(answer)) = (filtered, answer.as_object_mut()) {
        let groups = node.security_groups.iter().map(|it| id(&network.security_groups[*it].meta));
        answer.insert(String::from("SecurityGroups"), groups.collect());
    }
    answer
}

fn attributes(estate: &crate::aws::Network, key: LoadBalancerId) -> Value {
    let across = estate.cross_zone.contains(&key).to_string();
    json!({ "LoadBalancerArn": arn(&estate.network, key), "Attributes": [
        { "Key": "load_balancing.cross_zone.enabled", "Value": across },
    ] })
}

fn word(protocol: Protocol) -> &'static str {
    if protocol == Protocol::UDP { "UDP" } else { "TCP" }
}

fn listeners(network: &Network, key: LoadBalancerId) -> Value {
    let all = network.load_balancers[key].listeners.iter().enumerate();
    let all = all.map(|(at, listener)| {
        let group = group_arn(network, key, at);
        json!({
            "ListenerArn": format!("{}/{at:016x}", arn(network, key).replace(":loadbalancer/", ":listener/")),
            "LoadBalancerArn": arn(network, key), "Port": listener.ports.first(),
            "Protocol": word(listener.protocol),
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": group }],
        })
    });
    json!({ "LoadBalancerArn": arn(network, key), "Listeners": all.collect::<Vec<_>>() })
}

fn target_group(network: &Network, group: &Group<'_>) -> Value {
    json!({
        "TargetGroupArn": group.arn(network), "TargetGroupName": format!("tg-{}", group.at),
        "Protocol": word(group.listener.protocol), "Port": 1, "IpAddressType": "ipv4",
        "TargetType": if group.by_address() { "ip" } else { "instance" },
        "LoadBalancerArns": [arn(network, group.balancer)],
    })
}

fn health(network: &Network, group: &Group<'_>) -> Value {
    let describe = |target: &BalancerTarget| {
        let mut owners = network.interfaces.iter();
        let owner = owners.find(|(_, it)| it.addresses.contains(&target.address));
        let instance = owner.and_then(|(key, _)| network.instance_of(key));
        let who = match (group.by_address(), instance) {
            (false, Some(instance)) => id(&network.instances[instance].meta),
            (true, _) | (false, None) => json!(target.address),
        };
        let mut description = json!({ "Id": who, "Port": target.port });
        if let (true, Some((_, owner)), Some(description)) =
            (group.by_address(), owner, description.as_object_mut())
        {
            let zone = zone_name(network.subnets[owner.subnet].zone.as_deref());
            description.insert(String::from("AvailabilityZone"), json!(zone));
        }
        json!({ "Target": description, "TargetHealth": { "State": "healthy" } })
    };
    json!({
        "TargetGroupArn": group.arn(network),
        "TargetHealthDescriptions": group.listener.targets.iter().map(describe).collect::<Vec<_>>(),
    })
}
