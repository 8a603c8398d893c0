//! Network load balancers, their listeners and target groups.
//!
//! Each listener has a target group of its own. One whose targets all interfaces send to balances across
//! zones. Targets that are the first address of an instance are registered as instances behind even
//! ports, and by address otherwise.

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, BalancerTarget, Forwarding, InterfaceId, InterfaceOwner, LoadBalancerId,
    VpcId,
};
use canreach_net::Protocol;
use serde_json::{Value, json};

use super::{ACCOUNT, About, Writer, zone_name};

const LISTENERS: About =
    About { wrapper: "LoadBalancerListeners", id: "LoadBalancerArn", list: "Listeners" };
const ATTRIBUTES: About =
    About { wrapper: "TargetGroupAttributes", id: "TargetGroupArn", list: "Attributes" };
const HEALTH: About = About {
    wrapper: "LoadBalancerTargetHealth",
    id: "TargetGroupArn",
    list: "TargetHealthDescriptions",
};

impl Writer<'_> {
    pub(super) fn balancers(&mut self) {
        for id in self.network.load_balancers.ids() {
            self.balancer(id);
        }
    }

    fn balancer(&mut self, id: LoadBalancerId) {
        let balancer = &self.network.load_balancers[id];
        let owner = InterfaceOwner::LoadBalancer(id);
        let all = self.network.interfaces.iter();
        let own: Vec<InterfaceId> =
            all.filter(|(_, it)| it.owner == owner).map(|(it, _)| it).collect();
        let Some(first) = own.first().copied() else { return };
        let vpc = self.network.vpc_of(first);
        let region = self.region_of(vpc);
        let zones: Vec<Value> = own
            .iter()
            .map(|node| {
                let subnet = &self.network.subnets[self.network.interfaces[*node].subnet];
                json!({
                    "ZoneName": zone_name(&region, subnet.zone.as_deref().unwrap_or_default()),
                    "SubnetId": subnet.meta.id,
                    "LoadBalancerAddresses": [],
                })
            })
            .collect();
        let groups = self.network.interfaces[first].security_groups.iter();
        let groups: Vec<String> =
            groups.map(|group| self.network.security_groups[*group].meta.id.clone()).collect();
        let arn = balancer.meta.id.clone();
        let answer = json!({
            "LoadBalancerArn": arn,
            "LoadBalancerName": arn.rsplit('/').nth(1),
            "Type": "network",
            "Scheme": "internal",
            "State": { "Code": "active" },
            "VpcId": self.network.vpcs[vpc].meta.id,
            "IpAddressType": "ipv4",
            "SecurityGroups": groups,
            "AvailabilityZones": zones,
        });
        self.add(&region, "LoadBalancers", &answer);
        let mut listeners = Vec::new();
        for (nth, listener) in balancer.listeners.iter().enumerate() {
            let tail = arn.split_once(":loadbalancer/").map_or("?", |(_, tail)| tail);
            let group = format!(
                "arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/{}-{nth}",
                tail.replace('/', "-")
            );
            listeners.push(json!({
                "ListenerArn": format!(
                    "arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:listener/{tail}/{nth}"
                ),
                "LoadBalancerArn": arn,
                "Port": listener.ports.first(),
                "Protocol": protocol(listener),
                "DefaultActions": [{ "Type": "forward", "TargetGroupArn": group }],
            }));
            self.target_group(vpc, &region, &group, listener);
        }
        self.about(&region, &LISTENERS, &arn, &listeners);
    }

    fn target_group(&mut self, vpc: VpcId, region: &str, arn: &str, listener: &BalancerListener) {
        let as_instances: Option<Vec<String>> = if listener.ports.first().is_multiple_of(2) {
            listener.targets.iter().map(|target| self.instance_at(vpc, target.address)).collect()
        } else {
            None
        };
        let answer = json!({
            "TargetGroupArn": arn,
            "TargetGroupName": arn.rsplit('/').next(),
            "TargetType": if as_instances.is_some() { "instance" } else { "ip" },
            "Protocol": protocol(listener),
            "Port": 80,
            "IpAddressType": "ipv4",
            "VpcId": self.network.vpcs[vpc].meta.id,
        });
        self.add(region, "TargetGroups", &answer);
        let keeps = matches!(listener.forwarding, Forwarding::KeepClient { .. });
        let inside = |target: &&BalancerTarget| self.zone_of(vpc, region, target.address).is_some();
        let crosses = listener.targets.iter().filter(inside).all(|target| target.nodes.is_none());
        let attribute = |key: &str, value: bool| json!({ "Key": key, "Value": value.to_string() });
        let attributes = vec![
            attribute("preserve_client_ip.enabled", keeps),
            attribute("load_balancing.cross_zone.enabled", crosses),
        ];
        let mut health = Vec::new();
        for (nth, target) in listener.targets.iter().enumerate() {
            let instance = as_instances.as_ref().and_then(|ids| ids.get(nth)).cloned();
            let zone = self.zone_of(vpc, region, target.address);
            let mut described = json!({ "Port": target.port });
            if let Some(members) = described.as_object_mut() {
                if instance.is_none() {
                    let zone = zone.unwrap_or_else(|| String::from("all"));
                    members.insert("AvailabilityZone".to_owned(), zone.into());
                }
                let id = instance.unwrap_or_else(|| target.address.to_string());
                members.insert("Id".to_owned(), id.into());
            }
            health.push(json!({ "Target": described, "TargetHealth": { "State": "healthy" } }));
        }
        self.about(region, &ATTRIBUTES, arn, &attributes);
        self.about(region, &HEALTH, arn, &health);
    }

    /// The instance of which this is the first address of its first interface.
    fn instance_at(&self, vpc: VpcId, address: IpAddr) -> Option<String> {
        let mut all = self.network.interfaces.iter();
        let (id, interface) = all.find(|(id, interface)| {
            self.network.vpc_of(*id) == vpc && interface.addresses.first() == Some(&address)
        })?;
        let InterfaceOwner::Instance(instance) = interface.owner else { return None };
        let first = self.interfaces_of(instance).first() == Some(&id);
        first.then(|| self.network.instances[instance].meta.id.clone())
    }

    /// The name of the zone in which an address of the VPC is.
    fn zone_of(&self, vpc: VpcId, region: &str, address: IpAddr) -> Option<String> {
        let subnets = self.network.subnets.iter().map(|(_, subnet)| subnet);
        let mut with = subnets
            .filter(|subnet| subnet.vpc == vpc)
            .filter(|subnet| subnet.cidrs.iter().any(|block| block.contains(&address)));
        Some(zone_name(region, with.next()?.zone.as_deref().unwrap_or_default()))
    }
}

fn protocol(listener: &BalancerListener) -> &'static str {
    match (listener.forwarding, listener.protocol) {
        (Forwarding::Proxy, _) => "TLS",
        (_, Protocol::UDP) => "UDP",
        (_, _) => "TCP",
    }
}
