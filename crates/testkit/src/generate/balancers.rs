//! Load balancers, virtual addresses and gateway endpoints.

use std::net::IpAddr;

use canreach_model::{
    AccessList, Action, AddressMatch, BalancerListener, BalancerTarget, Forwarding, InterfaceId,
    InterfaceOwner, LoadBalancerId, Rule, SubnetId, VpcId,
};
use canreach_net::{PortRange, Protocol};

use super::{LARGEST_PORT, Maker, features::Feature};
use crate::builder::{self, ORIGIN};

impl Maker {
    /// Interfaces, virtual addresses and all else that public addresses may stand for.
    pub(super) fn add_balancers(&mut self) {
        if self.has(Feature::VirtualAddress) {
            for _ in 0..self.random.pick(&[1, 1, 2]) {
                self.add_virtual_address();
            }
        }
        if self.has(Feature::LoadBalancer) {
            for _ in 0..self.random.pick(&[1, 1, 1, 2]) {
                self.add_load_balancer();
            }
        }
    }

    fn add_virtual_address(&mut self) {
        let subnets: Vec<SubnetId> = self.builder.network.subnets.ids().collect();
        let Some(subnet) = self.random.pick_any(&subnets) else { return };
        let ipv4 = !self.ipv6 || self.random.chance(70);
        let Some(address) = self.take_address(subnet, ipv4) else { return };
        let mut own = self.interfaces_of_instances(|maker, id| {
            maker.builder.network.interfaces[id].subnet == subnet
        });
        if own.is_empty() || self.random.chance(15) {
            let vpc = self.builder.network.subnets[subnet].vpc;
            own = self.interfaces_of_instances(|maker, id| maker.builder.network.vpc_of(id) == vpc);
        }
        let mut holders = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 1, 2, 2, 2]) {
            if let Some(holder) = self.random.pick_any(&own) {
                own.retain(|other| *other != holder);
                holders.push(holder);
            }
        }
        self.builder.virtual_address(subnet, &address.to_string(), &holders);
    }

    fn interfaces_of_instances(
        &self,
        wanted: impl Fn(&Self, InterfaceId) -> bool,
    ) -> Vec<InterfaceId> {
        let network = &self.builder.network;
        let all = network.interfaces.ids();
        all.filter(|id| network.instance_of(*id).is_some() && wanted(self, *id)).collect()
    }

    fn add_load_balancer(&mut self) {
        let subnets: Vec<SubnetId> = self.builder.network.subnets.ids().collect();
        let Some(subnet) = self.random.pick_any(&subnets) else { return };
        let addresses = self.addresses_of_balancer(subnet);
        if addresses.is_empty() {
            return;
        }
        let (balancer, interface) = self.builder.load_balancer(subnet, &[]);
        self.network().interfaces[interface].addresses = addresses;
        // Of a balancer's own check, sources and destinations say nothing.
        self.network().interfaces[interface].source_dest_check = false;
        if self.random.chance(20)
            && let Some(second) = self.random.pick_any(&subnets)
        {
            let more = self.addresses_of_balancer(second);
            if !more.is_empty() {
                let owner = InterfaceOwner::LoadBalancer(balancer);
                let interface = self.builder.interface_owned_by(owner, second, &[]);
                self.network().interfaces[interface].addresses = more;
            }
        }
        for _ in 0..self.random.pick(&[1, 1, 2, 2, 3]) {
            self.add_listener(balancer);
        }
    }

    fn addresses_of_balancer(&mut self, subnet: SubnetId) -> Vec<IpAddr> {
        let mut addresses: Vec<IpAddr> = self.take_address(subnet, true).into_iter().collect();
        if self.random.chance(60) {
            addresses.extend(self.take_address(subnet, false));
        }
        addresses
    }

    fn add_listener(&mut self, balancer: LoadBalancerId) {
        let forwarding = self.random.pick(&[
            Forwarding::Proxy,
            Forwarding::KeepClient { bypasses_filters: true },
            Forwarding::KeepClient { bypasses_filters: true },
            Forwarding::KeepClient { bypasses_filters: false },
            Forwarding::ReplaceClient,
            Forwarding::ReplaceClient,
        ]);
        let mut targets = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 1, 1, 2, 2, 3]) {
            targets.extend(self.target(balancer));
        }
        let first = self.random.between(0, LARGEST_PORT);
        let ports = match self.random.between(0, 9) {
            0..=4 => PortRange::ALL,
            5..=7 => PortRange::new(0, first).unwrap_or(PortRange::ALL),
            _ => PortRange::single(first),
        };
        let access = self.random.chance(30).then(|| self.access_list());
        let listener = BalancerListener {
            protocol: self.random.pick(&[
                Protocol::TCP,
                Protocol::TCP,
                Protocol::TCP,
                Protocol::UDP,
            ]),
            family: None,
            ports,
            forwarding,
            targets,
            access,
            origin: ORIGIN,
        };
        self.network().load_balancers[balancer].listeners.push(listener);
    }

    fn target(&mut self, balancer: LoadBalancerId) -> Option<BalancerTarget> {
        let own = self.vpc_of_balancer(balancer);
        let elsewhere = self.random.chance(35);
        let network = &self.builder.network;
        let interfaces: Vec<IpAddr> = network
            .interfaces
            .iter()
            .filter(|(id, it)| {
                // Seldom another balancer, or itself.
                let is_balancer = matches!(it.owner, InterfaceOwner::LoadBalancer(_));
                elsewhere || !is_balancer && Some(network.vpc_of(*id)) == own
            })
            .flat_map(|(_, it)| it.addresses.clone())
            .collect();
        let virtual_addresses: Vec<IpAddr> =
            network.virtual_addresses.iter().map(|(_, it)| it.address).collect();
        let beyond = ["192.168.0.1", "198.51.100.1", "10.0.0.3"].map(builder::address);
        let address = match self.random.between(0, 19) {
            0 => Some(self.random.pick(&beyond)),
            1..=3 => self.random.pick_any(&virtual_addresses),
            _ => None,
        };
        let address = address.or_else(|| self.random.pick_any(&interfaces))?;
        let port = self.random.chance(60).then(|| self.random.between(0, LARGEST_PORT));
        Some(BalancerTarget { address, port, nodes: None, origin: ORIGIN })
    }

    fn vpc_of_balancer(&self, balancer: LoadBalancerId) -> Option<VpcId> {
        let network = &self.builder.network;
        let owner = InterfaceOwner::LoadBalancer(balancer);
        let mut own = network.interfaces.iter().filter(|(_, it)| it.owner == owner);
        own.next().map(|(id, _)| network.vpc_of(id))
    }

    fn access_list(&mut self) -> AccessList {
        let white = self.random.chance(50);
        let rule = if white { builder::allow() } else { builder::deny() };
        let default = if white { Action::Deny } else { Action::Allow };
        let mut rules: Vec<Rule> = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let ranges = self.ranges();
            let mut rule = rule.clone();
            rule.matches.source = AddressMatch::Range(self.random.pick(&ranges));
            rules.push(rule);
        }
        AccessList { rules, default }
    }

    /// Gateway endpoints; their routes come with the others.
    pub(super) fn add_gateway_endpoints(&mut self) {
        if !self.has(Feature::GatewayEndpoint) {
            return;
        }
        for vpc in self.vpcs() {
            if self.random.chance(80) {
                self.builder.gateway_endpoint(vpc);
            }
        }
    }
}
