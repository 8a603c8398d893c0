//! Network load balancers.

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, BalancerTarget, Forwarding, InterfaceId, InterfaceOwner, LoadBalancer,
    LoadBalancerId, Meta, SubnetId, VpcId,
};
use canreach_net::{PortRange, Protocol};

use super::{super::LARGEST_PORT, Maker};
use crate::builder::ORIGIN;

impl Maker {
    pub(super) fn add_balancers(&mut self) {
        if !self.random.chance(40) {
            return;
        }
        let vpcs = self.vpcs();
        let vpc = self.random.pick(&vpcs);
        let number = self.builder.network.load_balancers.len();
        let region = self.builder.network.vpcs[vpc].meta.region.clone().unwrap_or_default();
        let arn = format!(
            "arn:aws:elasticloadbalancing:{region}:111122223333:loadbalancer/net/lb-{number}/50dc6c495c0c919{number}"
        );
        let made = LoadBalancer { meta: Meta::new(arn, ORIGIN), listeners: Vec::new() };
        let balancer = self.network().load_balancers.push(made);
        let nodes = self.add_nodes(vpc, balancer);
        // One listener for each port.
        for port in 1..=self.random.pick(&[1_u16, 2, 3]) {
            let listener = self.listener(vpc, port, &nodes);
            self.network().load_balancers[balancer].listeners.push(listener);
        }
    }

    /// One interface for each of some zones.
    fn add_nodes(&mut self, vpc: VpcId, balancer: LoadBalancerId) -> Vec<InterfaceId> {
        let mut subnets: Vec<SubnetId> = Vec::new();
        for subnet in self.subnets_of(vpc) {
            let zone = |id: &SubnetId| self.builder.network.subnets[*id].zone.clone();
            let taken = subnets.iter().any(|other| zone(other) == zone(&subnet));
            if !taken && (subnets.is_empty() || self.random.chance(80)) {
                subnets.push(subnet);
            }
        }
        let all = self.builder.network.security_groups.iter();
        let groups: Vec<_> =
            all.filter(|(_, group)| group.vpc == Some(vpc)).map(|(id, _)| id).collect();
        let group = if self.random.chance(50) { self.random.pick_any(&groups) } else { None };
        let mut nodes = Vec::new();
        for subnet in subnets {
            let addresses = self.take_addresses(subnet, false);
            let owner = InterfaceOwner::LoadBalancer(balancer);
            let node = self.builder.interface_owned_by(owner, subnet, &[]);
            let made = &mut self.network().interfaces[node];
            made.addresses = addresses;
            made.source_dest_check = false;
            made.filtered = group.is_some();
            made.security_groups = group.into_iter().collect();
            nodes.push(node);
        }
        nodes
    }

    fn listener(&mut self, vpc: VpcId, port: u16, nodes: &[InterfaceId]) -> BalancerListener {
        let protocol = self.random.pick(&[Protocol::TCP, Protocol::TCP, Protocol::UDP]);
        let keep = Forwarding::KeepClient { bypasses_filters: false };
        let forwarding = match (protocol, self.random.between(0, 9)) {
            (Protocol::TCP, 0) => Forwarding::Proxy,
            (Protocol::TCP, 1..=4) => Forwarding::ReplaceClient,
            // The targets of a listener for UDP always see the client's address.
            (_, _) => keep,
        };
        let crosses = self.random.chance(45);
        let mut targets: Vec<BalancerTarget> = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let Some(target) = self.target(vpc, nodes, crosses) else { continue };
            let known =
                |one: &BalancerTarget| one.address == target.address && one.port == target.port;
            if !targets.iter().any(known) {
                targets.push(target);
            }
        }
        if forwarding == Forwarding::Proxy {
            for target in &mut targets {
                target.nodes = None;
            }
        }
        BalancerListener {
            protocol,
            family: None,
            ports: PortRange::single(port),
            forwarding,
            targets,
            access: None,
            origin: ORIGIN,
        }
    }

    fn target(
        &mut self,
        vpc: VpcId,
        nodes: &[InterfaceId],
        crosses: bool,
    ) -> Option<BalancerTarget> {
        let outside = self.random.chance(20);
        let hosts = self.hosts(if outside { None } else { Some(vpc) });
        let host = self.random.pick_any(&hosts)?;
        let network = &self.builder.network;
        let mut own = network.interfaces[host].addresses.iter().copied();
        let address = own.find(IpAddr::is_ipv4)?;
        let zone = |id: InterfaceId| network.subnets[network.interfaces[id].subnet].zone.as_ref();
        let near: Vec<InterfaceId> =
            nodes.iter().copied().filter(|node| zone(*node) == zone(host)).collect();
        // Those elsewhere are in no zone: all interfaces send to them.
        let everywhere = crosses || network.vpc_of(host) != vpc || near.len() == nodes.len();
        let nodes = (!everywhere).then_some(near);
        let port = Some(self.random.between(0, LARGEST_PORT));
        Some(BalancerTarget { address, port, nodes, origin: ORIGIN })
    }
}
