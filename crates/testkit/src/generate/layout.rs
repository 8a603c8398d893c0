//! VPCs, route tables without routes, subnets, interfaces and instances.

use std::net::IpAddr;

use canreach_model::{InstanceId, InterfaceOwner, Listen, Polarity, Service, SubnetId, VpcId};
use canreach_net::{IpNet, PortRange, Protocol};

use super::{Blocks, LARGEST_PORT, Maker, features::Feature};
use crate::builder::{self, ORIGIN};

impl Maker {
    pub(super) fn lay_out(&mut self) {
        let shared = self.profile();
        let one_profile = self.random.chance(75);
        let (least, most) = match (self.has(Feature::Transit), self.is_special()) {
            (true, _) => (2, 3),
            (false, true) => (1, 2),
            (false, false) => (1, 3),
        };
        let vpcs = self.random.pick(&[least, 2, 2, 2, most, 3]);
        for number in 0..vpcs {
            self.builder.profile =
                if one_profile || number == 0 { shared.clone() } else { self.profile() };
            self.add_vpc(number);
        }
        for vpc in self.vpcs() {
            let subnets: &[u8] = match (self.has(Feature::Forwarding), self.is_special()) {
                (true, _) => &[2, 2, 3],
                (false, true) => &[1, 2, 2],
                (false, false) => &[1, 2, 2, 3],
            };
            for _ in 0..self.random.pick(subnets) {
                self.add_subnet(vpc);
            }
        }
        let subnets: Vec<SubnetId> = self.builder.network.subnets.ids().collect();
        for subnet in subnets {
            let crowded = self.has(Feature::VirtualAddress) || !self.is_special();
            let most = if crowded || self.random.chance(30) { 2 } else { 1 };
            for _ in 0..self.random.between(1, most) {
                self.add_interface(subnet);
            }
        }
    }

    fn add_vpc(&mut self, number: u16) {
        // Blocks overlap at times; whether such VPCs may be peered is decided with the peering.
        let third = if self.random.chance(15) { 0 } else { number };
        let sixth = if self.random.chance(8) { 0 } else { number };
        let ipv6 = self.ipv6 && self.random.chance(90);
        let mut cidrs = vec![format!("10.0.{third}.0/28")];
        let mut blocks: Vec<String> =
            (0..4).map(|slot| format!("10.0.{third}.{}/30", 4 * slot)).collect();
        if self.random.chance(15) {
            cidrs.push(format!("10.1.{third}.0/30"));
            blocks.insert(0, format!("10.1.{third}.0/30"));
        }
        if ipv6 {
            cidrs.push(format!("2001:db8:0:{sixth}::/124"));
        }
        // Each slot holds four addresses of each family.
        let ipv6_block = |slot: usize| format!("2001:db8:0:{sixth}::{:x}/126", 4 * slot);
        let blocks: Vec<Blocks> = blocks
            .iter()
            .enumerate()
            .map(|(slot, block)| {
                let second = (ipv6 && slot < 4).then(|| builder::prefix(&ipv6_block(slot)));
                (builder::prefix(block), second)
            })
            .collect();
        let texts: Vec<&str> = cidrs.iter().map(String::as_str).collect();
        let vpc = self.builder.vpc(&texts);
        let region = self.random.pick(&[None, None, Some("r1"), Some("r1"), Some("r2")]);
        self.network().vpcs[vpc].meta.region = region.map(str::to_owned);
        self.free_blocks.push((vpc, blocks));
        let default = self.builder.default_table(vpc);
        self.tables.push((vpc, default));
        if self.has(Feature::Forwarding) || self.random.chance(60) {
            let other = self.builder.table(vpc);
            self.tables.push((vpc, other));
        }
    }

    fn take_block(&mut self, vpc: VpcId) -> Option<Blocks> {
        let (_, blocks) = self.free_blocks.iter_mut().find(|(of, _)| *of == vpc)?;
        let at =
            usize::from(self.random.between(0, u16::try_from(blocks.len()).ok()?.checked_sub(1)?));
        Some(blocks.remove(at))
    }

    fn add_subnet(&mut self, vpc: VpcId) {
        let Some((v4, v6)) = self.take_block(vpc) else { return };
        let subnet = self.builder.subnet(vpc, &[]);
        let mut cidrs = vec![v4];
        cidrs.extend(v6);
        if self.random.chance(8) {
            cidrs.extend(self.take_block(vpc).map(|(more, _)| more));
        }
        let tables = self.tables_of(vpc);
        let table = self.random.pick(&tables);
        self.network().subnets[subnet].route_table = table;
        let free = cidrs.iter().flat_map(hosts).collect();
        self.network().subnets[subnet].cidrs = cidrs;
        self.free_addresses.push((subnet, free));
    }

    /// Takes a free address of a subnet, of the wanted family.
    pub(super) fn take_address(&mut self, subnet: SubnetId, ipv4: bool) -> Option<IpAddr> {
        let (_, free) = self.free_addresses.iter_mut().find(|(of, _)| *of == subnet)?;
        let fitting: Vec<IpAddr> =
            free.iter().copied().filter(|address| address.is_ipv4() == ipv4).collect();
        let address = self.random.pick_any(&fitting)?;
        free.retain(|other| *other != address);
        Some(address)
    }

    fn add_interface(&mut self, subnet: SubnetId) {
        let mut addresses = Vec::new();
        if !self.ipv6 || self.random.chance(92) {
            addresses.extend(self.take_address(subnet, true));
        }
        if self.random.chance(12) {
            addresses.extend(self.take_address(subnet, true));
        }
        if self.random.chance(80) {
            addresses.extend(self.take_address(subnet, false));
        }
        if self.random.chance(20) {
            addresses.reverse();
        }
        if addresses.is_empty() {
            return;
        }
        let owner = self.owner();
        let interface = self.builder.interface(subnet, &[]);
        let denied = self.random.chance(self.trouble / 3);
        let new = &mut self.builder.network.interfaces[interface];
        new.addresses = addresses;
        new.internet_gateway_denied = denied;
        if let Some(owner) = owner {
            new.owner = owner;
        }
        if let InterfaceOwner::Instance(instance) = new.owner {
            self.add_services(instance);
        }
    }

    /// An owner other than an instance of its own.
    fn owner(&mut self) -> Option<InterfaceOwner> {
        let instances: Vec<InstanceId> = self.builder.network.instances.ids().collect();
        if self.random.chance(18) {
            // A second interface of an instance, at times in another VPC.
            return self.random.pick_any(&instances).map(InterfaceOwner::Instance);
        }
        if self.random.chance(10) {
            return Some(InterfaceOwner::Service);
        }
        if self.random.chance(self.trouble / 4)
            && let Some(fact) = self.fact(Polarity::Helps)
        {
            return Some(InterfaceOwner::Unmodelled(fact));
        }
        self.random.chance(self.trouble / 3).then_some(InterfaceOwner::Detached)
    }

    fn add_services(&mut self, instance: InstanceId) {
        let likely = if self.has(Feature::LoadBalancer) { 65 } else { 40 };
        if !self.random.chance(likely) {
            return;
        }
        let mut services = Vec::new();
        for _ in 0..self.random.between(0, 2) {
            services.push(self.service(instance));
        }
        if !self.breaks() {
            let protocol = self.random.pick(&[Protocol::TCP, Protocol::TCP, Protocol::UDP]);
            let narrow = self.service(instance).listen;
            let listen = if self.random.chance(15) { narrow } else { Listen::Any };
            services.push(Service {
                name: None,
                protocol,
                ports: PortRange::ALL,
                listen,
                origin: ORIGIN,
            });
        }
        self.network().instances[instance].services = Some(services);
    }

    fn service(&mut self, instance: InstanceId) -> Service {
        let first = self.random.between(0, LARGEST_PORT);
        let last =
            if self.random.chance(60) { first } else { self.random.between(first, LARGEST_PORT) };
        let interfaces = self.builder.network.interfaces.iter();
        let own: Vec<IpAddr> = interfaces
            .filter(|(_, interface)| interface.owner == InterfaceOwner::Instance(instance))
            .flat_map(|(_, interface)| interface.addresses.clone())
            .collect();
        let one = self.random.pick_any(&own).map(Listen::Address);
        let interfaces = self.interfaces_of(instance);
        let bound = self.random.pick_any(&interfaces).map(Listen::Interface);
        let loopback = self.random.pick(&["127.0.0.1", "::1"]);
        let loopback = Listen::Address(builder::address(loopback));
        let listen = [
            Listen::Any,
            Listen::AnyV4,
            Listen::AnyV4,
            Listen::AnyV6,
            loopback,
            one.unwrap_or(Listen::Any),
            bound.unwrap_or(Listen::Any),
        ];
        Service {
            name: None,
            protocol: self.random.pick(&[Protocol::TCP, Protocol::TCP, Protocol::UDP]),
            ports: PortRange::new(first, last).unwrap_or(PortRange::single(first)),
            listen: self.random.pick(&listen),
            origin: ORIGIN,
        }
    }
}

fn hosts(block: &IpNet) -> Vec<IpAddr> {
    match block {
        // `hosts` of ipnet leaves out the first and last address; here every one counts.
        IpNet::V4(block) => (block.network().to_bits()..=block.broadcast().to_bits())
            .map(|bits| IpAddr::V4(bits.into()))
            .collect(),
        IpNet::V6(block) => (block.network().to_bits()..=block.broadcast().to_bits())
            .map(|bits| IpAddr::V6(bits.into()))
            .collect(),
    }
}
