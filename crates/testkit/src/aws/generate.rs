//! Small random networks of AWS, determined by a seed: only what the provider's own calls can tell.

use std::net::IpAddr;

use canreach_model::{
    AttachedTo, BalancerListener, BalancerTarget, Forwarding, IcmpMatch, InterfaceId,
    InterfaceOwner, InternetGatewayId, LoadBalancerId, NatPlacement, NetworkAclId, PeeringStatus,
    Polarity, ProfileName, PublicAddressTarget, RouteTableId, RouteTarget, Rule, SubnetId,
    TransitTarget, VpcId,
};
use canreach_net::{Family, IpNet, PortRange, PortSet, Protocol};

use crate::{
    Builder, Random,
    builder::{ORIGIN, add_local_routes, allow, deny, far_side, prefix},
};

const V4_EVERYWHERE: &str = "0.0.0.0/0";
const V6_EVERYWHERE: &str = "::/0";

/// The largest port that any rule or listener names.
const LARGEST_PORT: u16 = 6;

/// The zones of a region; every one has an id of its own.
const ZONES: [&str; 2] = ["az1", "az2"];

/// A generated network, and what only the answers of AWS say of it.
#[derive(Clone, Debug)]
pub struct Network {
    /// The network.
    pub network: canreach_model::Network,
    /// Load balancers that balance across zones.
    pub cross_zone: Vec<LoadBalancerId>,
    /// The default ACL of each VPC.
    pub default_acls: Vec<(VpcId, NetworkAclId)>,
}

/// Returns the network of a seed.
#[must_use]
pub fn network(seed: u64) -> Network {
    let mut random = Random::new(seed ^ 0x00a5_0a5a);
    let ipv6 = random.chance(45);
    let mut maker = Maker {
        random,
        lab: Builder::new(ProfileName::Aws),
        ipv6,
        vpcs: Vec::new(),
        subnets: Vec::new(),
        hosts: Vec::new(),
        tables: Vec::new(),
        cross_zone: Vec::new(),
        default_acls: Vec::new(),
        next_public: 0,
    };
    for number in 0..maker.random.pick(&[1, 2, 2, 3]) {
        maker.add_vpc(number);
    }
    maker.add_gateways();
    maker.add_peerings();
    maker.add_transit();
    maker.add_balancer();
    maker.add_appliance();
    add_local_routes(&mut maker.lab.network);
    maker.add_filters();
    let Maker { lab, cross_zone, default_acls, .. } = maker;
    Network { network: lab.network, cross_zone, default_acls }
}

struct Maker {
    random: Random,
    lab: Builder,
    ipv6: bool,
    vpcs: Vec<VpcId>,
    subnets: Vec<SubnetId>,
    /// Interfaces of instances.
    hosts: Vec<InterfaceId>,
    /// The tables of each VPC, the main one first.
    tables: Vec<(VpcId, RouteTableId)>,
    cross_zone: Vec<LoadBalancerId>,
    default_acls: Vec<(VpcId, NetworkAclId)>,
    next_public: u16,
}

impl Maker {
    fn chance(&mut self, percent: u16) -> bool {
        self.random.chance(percent)
    }

    fn add_vpc(&mut self, number: u16) {
        let blocks =
            self.blocks(&format!("10.{number}.0.0/24"), &format!("2001:db8:{number}::/56"));
        let vpc = self.lab.vpc(&as_texts(&blocks));
        self.lab.network.vpcs[vpc].meta.region = Some(String::from("us-east-1"));
        self.vpcs.push(vpc);
        self.tables.push((vpc, self.lab.default_table(vpc)));
        if self.chance(60) {
            let table = self.lab.table(vpc);
            self.tables.push((vpc, table));
        }
        for part in 0..self.random.between(1, 2) {
            let v4 = format!("10.{number}.0.{}/28", 16 * part);
            let blocks = self.blocks(&v4, &format!("2001:db8:{number}:{part}::/64"));
            let subnet = self.lab.subnet(vpc, &as_texts(&blocks));
            self.lab.network.subnets[subnet].zone = Some(self.random.pick(&ZONES).to_owned());
            self.lab.network.subnets[subnet].route_table = self.table_of(vpc);
            self.subnets.push(subnet);
            for _ in 0..self.random.pick(&[1, 1, 2]) {
                let addresses = self.addresses_in(subnet);
                let host = self.lab.interface(subnet, &as_texts(&addresses));
                self.lab.network.interfaces[host].filtered = true;
                self.hosts.push(host);
            }
        }
    }

    fn blocks(&self, v4: &str, v6: &str) -> Vec<String> {
        let all = [v4, v6].into_iter().take(if self.ipv6 { 2 } else { 1 });
        all.map(str::to_owned).collect()
    }

    fn table_of(&mut self, vpc: VpcId) -> RouteTableId {
        let own: Vec<RouteTableId> =
            self.tables.iter().filter(|(of, _)| *of == vpc).map(|(_, table)| *table).collect();
        self.random.pick(&own)
    }

    /// The next free address of each family in a subnet; sometimes a second one of IPv4.
    fn addresses_in(&mut self, subnet: SubnetId) -> Vec<String> {
        let blocks = self.lab.network.subnets[subnet].cidrs.clone();
        let several = self.chance(10);
        let mut addresses = Vec::new();
        for block in blocks {
            let family = Family::of(block.addr());
            addresses.extend(self.free_address(block, &addresses));
            if several && family == Family::V4 {
                addresses.extend(self.free_address(block, &addresses));
            }
        }
        addresses.iter().map(ToString::to_string).collect()
    }

    fn free_address(&self, block: IpNet, taken: &[IpAddr]) -> Option<IpAddr> {
        // As in AWS, the first four of a block are nobody's.
        let used = |address: &IpAddr| {
            self.lab.network.interfaces.iter().any(|(_, it)| it.addresses.contains(address))
        };
        let mut hosts = block.hosts().skip(4);
        hosts.find(|address| !taken.contains(address) && !used(address))
    }

    fn public(&mut self) -> String {
        self.next_public += 1;
        format!("203.0.113.{}", self.next_public)
    }

    fn route(&mut self, table: RouteTableId, destination: &str, target: RouteTarget) {
        let known = &self.lab.network.route_tables[table].routes;
        if known.iter().all(|route| route.destination != prefix(destination)) {
            self.lab.route(table, destination, target);
        }
    }

    fn tables_of(&self, vpc: VpcId) -> Vec<RouteTableId> {
        self.tables.iter().filter(|(of, _)| *of == vpc).map(|(_, table)| *table).collect()
    }

    fn add_gateways(&mut self) {
        for vpc in self.vpcs.clone() {
            if !self.chance(65) {
                continue;
            }
            let gateway = self.lab.internet_gateway(vpc);
            let nat = self.chance(45).then(|| self.add_nat(vpc)).flatten();
            let egress_only = (self.ipv6 && self.chance(40)).then(|| {
                let id = self.lab.internet_gateway(vpc);
                self.lab.network.internet_gateways[id].egress_only = true;
                id
            });
            for (position, table) in self.tables_of(vpc).into_iter().enumerate() {
                let outwards = RouteTarget::InternetGateway(gateway);
                match (nat, position) {
                    (Some(nat), 1) => self.route(table, V4_EVERYWHERE, nat),
                    _ if self.chance(85) => self.route(table, V4_EVERYWHERE, outwards),
                    _ => {}
                }
                if self.ipv6 && self.chance(80) {
                    let target = match egress_only {
                        Some(id) if position == 1 => RouteTarget::InternetGateway(id),
                        Some(_) | None => outwards,
                    };
                    self.route(table, V6_EVERYWHERE, target);
                }
                if self.chance(8) {
                    self.route(table, "198.51.100.0/30", RouteTarget::Blackhole);
                }
            }
        }
        for host in self.hosts.clone() {
            if self.chance(40) {
                let public = self.public();
                self.lab.public_address(&public, host);
            }
        }
        if self.chance(15) {
            let public = self.public();
            self.lab.public_address_of(&public, None);
        }
    }

    fn add_nat(&mut self, vpc: VpcId) -> Option<RouteTarget> {
        let own: Vec<SubnetId> = self.subnets_of(vpc);
        let subnet = self.random.pick_any(&own)?;
        let block = *self.lab.network.subnets[subnet].cidrs.first()?;
        let first = self.free_address(block, &[])?;
        let (nat, interface) = self.lab.nat_in_subnet(subnet, &first.to_string());
        self.lab.network.interfaces[interface].source_dest_check = false;
        if self.chance(30) {
            let further = self.free_address(block, &[])?;
            self.lab.network.interfaces[interface].addresses.push(further);
        }
        let public = !self.chance(15);
        for private in self.lab.network.interfaces[interface].addresses.clone() {
            if public {
                let target = PublicAddressTarget::Interface { interface, address: private };
                let public = self.public();
                self.lab.public_address_of(&public, Some(target));
            }
        }
        // The gateway's subnet goes out by the main table.
        let main = self.lab.default_table(vpc);
        self.lab.network.subnets[subnet].route_table = main;
        Some(RouteTarget::NatGateway(nat))
    }

    fn subnets_of(&self, vpc: VpcId) -> Vec<SubnetId> {
        let all = self.lab.network.subnets.iter();
        all.filter(|(_, subnet)| subnet.vpc == vpc).map(|(id, _)| id).collect()
    }

    fn cidrs(&self, vpc: VpcId) -> Vec<String> {
        self.lab.network.vpcs[vpc].cidrs.iter().map(ToString::to_string).collect()
    }

    fn add_peerings(&mut self) {
        let [one, other, ..] = self.vpcs[..] else { return };
        if !self.chance(55) {
            return;
        }
        let peering = self.lab.peering(one, other);
        if self.chance(12) {
            let status =
                self.random.pick(&[PeeringStatus::PendingAcceptance, PeeringStatus::Rejected]);
            self.lab.network.peerings[peering].status = status;
        }
        for (near, far) in [(one, other), (other, one)] {
            for table in self.tables_of(near) {
                for block in self.cidrs(far) {
                    if self.chance(92) {
                        self.route(table, &block, RouteTarget::Peering(peering));
                    }
                }
            }
        }
    }

    fn add_transit(&mut self) {
        if self.vpcs.len() < 2 || !self.chance(55) {
            return;
        }
        let gateway = self.lab.transit_gateway();
        self.lab.network.transit_gateways[gateway].group_references = self.chance(60);
        let table = self.lab.transit_table(gateway);
        let mut attached = Vec::new();
        for vpc in self.vpcs.clone() {
            let mut through: Vec<SubnetId> = Vec::new();
            for subnet in self.subnets_of(vpc) {
                let zone = |id: SubnetId| self.lab.network.subnets[id].zone.clone();
                if through.iter().all(|other| zone(*other) != zone(subnet)) {
                    through.push(subnet);
                }
            }
            if self.chance(40) {
                through.truncate(1);
            }
            let associated = (!self.chance(5)).then_some(table);
            let attachment = self.lab.attach_vpc(gateway, vpc, &through, associated);
            let (appliance, references) = (self.chance(20), self.chance(80));
            let to = &mut self.lab.network.transit_attachments[attachment].to;
            if let AttachedTo::Vpc { appliance_mode, group_references, .. } = to {
                (*appliance_mode, *group_references) = (appliance, references);
            }
            attached.push((vpc, attachment));
        }
        for (vpc, attachment) in &attached {
            // A static route at times, which beats the propagated one.
            let target = match self.random.between(0, 9) {
                0 => TransitTarget::Blackhole,
                _ => TransitTarget::Attachment(*attachment),
            };
            for block in self.cidrs(*vpc) {
                if self.chance(93) {
                    self.lab.transit_route(table, &block, target);
                }
            }
        }
        for (vpc, _) in attached {
            for own in self.tables_of(vpc) {
                if self.chance(85) {
                    self.route(own, "10.0.0.0/8", RouteTarget::TransitGateway(gateway));
                }
                if self.ipv6 && self.chance(70) {
                    self.route(own, "2001:db8::/32", RouteTarget::TransitGateway(gateway));
                }
            }
        }
    }

    /// A network load balancer with a node in one or two subnets of a VPC.
    fn add_balancer(&mut self) {
        if !self.chance(40) {
            return;
        }
        let vpc = self.random.pick(&self.vpcs);
        let mut nodes = Vec::new();
        let mut balancer = None;
        for subnet in self.subnets_of(vpc) {
            let Some(block) = self.lab.network.subnets[subnet].cidrs.first().copied() else {
                continue;
            };
            let zone = |id: SubnetId| self.lab.network.subnets[id].zone.clone();
            let taken = nodes.iter().any(|(other, _)| zone(*other) == zone(subnet));
            let Some(address) = self.free_address(block, &[]).filter(|_| !taken) else { continue };
            let text = address.to_string();
            let (id, node) = match balancer {
                None => self.lab.load_balancer(subnet, &[&text]),
                Some(id) => {
                    let owner = InterfaceOwner::LoadBalancer(id);
                    (id, self.lab.interface_owned_by(owner, subnet, &[&text]))
                }
            };
            self.lab.network.interfaces[node].source_dest_check = false;
            balancer = Some(id);
            nodes.push((subnet, node));
            if self.chance(40) {
                let public = self.public();
                self.lab.public_address(&public, node);
            }
        }
        let Some(id) = balancer else { return };
        let filtered = self.chance(35);
        for (_, node) in &nodes {
            self.lab.network.interfaces[*node].filtered = filtered;
        }
        if self.chance(40) {
            self.cross_zone.push(id);
        }
        for number in 0..self.random.between(1, 2) {
            self.add_listener(id, number, &nodes);
        }
    }

    fn add_listener(&mut self, id: LoadBalancerId, number: u16, nodes: &[(SubnetId, InterfaceId)]) {
        let ip_targets = self.chance(50);
        let protocol = if self.chance(75) { Protocol::TCP } else { Protocol::UDP };
        let replaces = ip_targets && protocol == Protocol::TCP && self.chance(60);
        let vpc = nodes.first().map(|(subnet, _)| self.lab.network.subnets[*subnet].vpc);
        let hosts: Vec<InterfaceId> = (self.hosts.iter().copied())
            .filter(|host| Some(self.lab.network.vpc_of(*host)) == vpc)
            .collect();
        let mut targets: Vec<BalancerTarget> = Vec::new();
        for _ in 0..self.random.pick(&[1, 1, 2]) {
            let Some(host) = self.random.pick_any(&hosts) else { continue };
            let own = self.lab.network.interfaces[host].addresses.iter().copied();
            let Some(address) = own.into_iter().find(IpAddr::is_ipv4) else { continue };
            let port = Some(self.random.between(1, LARGEST_PORT));
            let zone = |subnet: SubnetId| self.lab.network.subnets[subnet].zone.clone();
            let own = zone(self.lab.network.interfaces[host].subnet);
            let same = nodes.iter().filter(|(subnet, _)| zone(*subnet) == own);
            let near: Vec<InterfaceId> = same.map(|(_, node)| *node).collect();
            let nodes = (!self.cross_zone.contains(&id)).then_some(near);
            if targets.iter().all(|known| known.address != address) {
                targets.push(BalancerTarget { address, port, nodes, origin: ORIGIN });
            }
        }
        let forwarding = if replaces {
            Forwarding::ReplaceClient
        } else {
            Forwarding::KeepClient { bypasses_filters: false }
        };
        let ports = PortRange::single(2 * number + self.random.between(1, 2));
        let listeners = &mut self.lab.network.load_balancers[id].listeners;
        listeners.push(BalancerListener {
            protocol,
            family: None,
            ports,
            forwarding,
            targets,
            access: None,
            origin: ORIGIN,
        });
    }

    /// An instance that a route leads to; what it does with packets for others nobody knows.
    fn add_appliance(&mut self) {
        if !self.chance(25) {
            return;
        }
        let host = self.random.pick(&self.hosts);
        let vpc = self.lab.network.vpc_of(host);
        let table = self.table_of(vpc);
        self.lab.network.interfaces[host].source_dest_check = self.chance(25);
        let fact = self.lab.fact(Polarity::Helps);
        let instance = self.lab.instance_of(host);
        self.lab.network.instances[instance].appliance = Some(fact);
        self.route(table, "192.168.0.0/28", RouteTarget::Interface(host));
        if let Some(gateway) = self.internet_gateway_of(vpc)
            && self.chance(50)
        {
            let edge = self.lab.table(vpc);
            self.lab.network.internet_gateways[gateway].route_table = Some(edge);
            let others = self.subnets_of(vpc);
            let inspected = self.random.pick(&others);
            let block = self.lab.network.subnets[inspected].cidrs.first().map(ToString::to_string);
            if let Some(block) = block {
                self.route(edge, &block, RouteTarget::Interface(host));
            }
        }
    }

    fn internet_gateway_of(&self, vpc: VpcId) -> Option<InternetGatewayId> {
        let mut gateways = self.lab.network.internet_gateways.iter();
        let found = gateways.find(|(_, it)| it.vpc == Some(vpc) && !it.egress_only);
        found.map(|(id, _)| id)
    }

    fn add_filters(&mut self) {
        for vpc in self.vpcs.clone() {
            let (ingress, egress) = (vec![number(allow(), 100)], vec![number(allow(), 100)]);
            let subnets = self.subnets_of(vpc);
            let default = self.lab.acl(&subnets, with_both(ingress), with_both(egress));
            self.default_acls.push((vpc, default));
            for subnet in subnets {
                if self.chance(30) {
                    let (ingress, egress) = (self.entries(true), self.entries(false));
                    self.lab.acl(&[subnet], ingress, egress);
                }
            }
        }
        let mut members = self.hosts.clone();
        let nodes = self.lab.network.interfaces.iter();
        let nodes = nodes.filter(|(_, it)| matches!(it.owner, InterfaceOwner::LoadBalancer(_)));
        members.extend(nodes.filter(|(_, it)| it.filtered).map(|(id, _)| id));
        for vpc in self.vpcs.clone() {
            let own: Vec<InterfaceId> = (members.iter().copied())
                .filter(|id| self.lab.network.vpc_of(*id) == vpc)
                .collect();
            let group = self.lab.group(&[], Vec::new(), Vec::new());
            self.lab.network.security_groups[group].vpc = Some(vpc);
            let second = self.lab.group(&[], Vec::new(), Vec::new());
            self.lab.network.security_groups[second].vpc = Some(vpc);
            for member in own {
                let groups = match self.random.between(0, 5) {
                    0..=2 => vec![group],
                    3..=4 => vec![second],
                    _ => vec![group, second],
                };
                self.lab.network.interfaces[member].security_groups = groups;
            }
        }
        for group in self.lab.network.security_groups.ids() {
            let (ingress, egress) = (self.permissions(true), self.permissions(false));
            let rules = &mut self.lab.network.security_groups[group].rules;
            (rules.ingress, rules.egress) = (ingress, egress);
        }
        for (_, gateway) in self.lab.network.nat_gateways.clone().iter() {
            if let NatPlacement::Subnet(interface) = gateway.placement {
                self.lab.network.interfaces[interface].filtered = false;
            }
        }
    }

    fn entries(&mut self, ingress: bool) -> Vec<Rule> {
        let mut entries = Vec::new();
        for position in 1..=self.random.between(1, 3) {
            let mut entry = if self.chance(70) { allow() } else { deny() };
            entry = self.narrow(entry, 60);
            let block = self.block();
            let direction = direction(ingress);
            entry = far_side(entry, direction, &block);
            entries.push(number(entry, 10 * position));
        }
        if self.chance(75) {
            entries.extend(with_both(vec![number(allow(), 1000)]));
        }
        entries
    }

    fn permissions(&mut self, ingress: bool) -> Vec<Rule> {
        let likely_open = if ingress { 35 } else { 75 };
        if self.chance(likely_open) {
            return with_both(vec![allow()]);
        }
        (0..self.random.between(0, 3)).map(|_| self.permission(ingress)).collect()
    }

    fn permission(&mut self, ingress: bool) -> Rule {
        let rule = self.narrow(allow(), 50);
        let groups: Vec<_> = self.lab.network.security_groups.ids().collect();
        if self.chance(45)
            && let Some(group) = self.random.pick_any(&groups)
        {
            let mut rule = rule;
            let peer = canreach_model::AddressMatch::SecurityGroup(group);
            if ingress {
                rule.matches.source = peer;
            } else {
                rule.matches.destination = peer;
            }
            return rule;
        }
        let block = self.block();
        far_side(rule, direction(ingress), &block)
    }

    /// Narrows a rule down to a protocol, and that to ports or messages.
    fn narrow(&mut self, mut rule: Rule, percent: u16) -> Rule {
        if !self.chance(percent) {
            return rule;
        }
        let protocol =
            self.random.pick(&[Protocol::TCP, Protocol::TCP, Protocol::UDP, Protocol::ICMP]);
        rule.matches.protocol = Some(protocol);
        if protocol == Protocol::ICMP {
            let code = self.chance(50).then_some(0);
            let kinds = [None, Some(IcmpMatch { kind: Some(8), code })];
            rule.matches.icmp = self.random.pick(&kinds);
        } else if self.chance(70) {
            let first = self.random.between(1, LARGEST_PORT);
            let last = self.random.between(first, LARGEST_PORT);
            rule.matches.destination_ports = PortSet::range(first, last);
        }
        rule
    }

    /// A CIDR block that cuts something.
    fn block(&mut self) -> String {
        let network = &self.lab.network;
        let mut all: Vec<String> = vec![V4_EVERYWHERE.into(), "10.0.0.0/8".into()];
        all.extend(network.vpcs.iter().flat_map(|(_, it)| &it.cidrs).map(ToString::to_string));
        all.extend(network.subnets.iter().flat_map(|(_, it)| &it.cidrs).map(ToString::to_string));
        let addresses = network.interfaces.iter().flat_map(|(_, it)| &it.addresses);
        all.extend(addresses.map(|address| IpNet::from(*address).to_string()));
        let publics = network.public_addresses.iter().map(|(_, it)| it.address);
        all.extend(publics.map(|address| IpNet::from(address).to_string()));
        all.push("198.51.100.0/30".into());
        if self.ipv6 {
            all.push(V6_EVERYWHERE.into());
        }
        self.random.pick(&all)
    }
}

fn direction(ingress: bool) -> canreach_model::Direction {
    if ingress { canreach_model::Direction::Ingress } else { canreach_model::Direction::Egress }
}

fn number(mut rule: Rule, number: u16) -> Rule {
    rule.number = Some(number.into());
    rule
}

/// Each rule once for each family: an answer of AWS has one block for each.
fn with_both(rules: Vec<Rule>) -> Vec<Rule> {
    let mut all = Vec::new();
    for rule in rules {
        for (family, more) in [(Family::V4, 0), (Family::V6, 1)] {
            let mut rule = rule.clone();
            rule.matches.family = Some(family);
            rule.number = rule.number.map(|number| number + more);
            all.push(rule);
        }
    }
    all
}

fn as_texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::address;

    #[test]
    fn a_seed_determines_the_network() {
        assert_eq!(format!("{:?}", network(7)), format!("{:?}", network(7)));
        assert_ne!(format!("{:?}", network(7)), format!("{:?}", network(8)));
    }

    #[test]
    fn the_first_four_addresses_of_a_subnet_are_nobodys() {
        let lab = network(3).network;
        let all = lab.interfaces.iter().flat_map(|(_, it)| &it.addresses);
        for taken in all {
            assert_ne!(*taken, address("10.0.0.1"));
            assert_ne!(*taken, address("10.0.0.3"));
        }
    }
}
