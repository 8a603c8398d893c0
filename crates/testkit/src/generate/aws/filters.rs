//! Security groups, prefix lists and network ACLs, as AWS can write them.

use canreach_model::{
    AddressGroup, AddressGroupEntry, AddressGroupId, AddressMatch, AttachedTo, Direction,
    IcmpMatch, InterfaceOwner, Meta, PacketMatch, Rule, SecurityGroupId, SubnetId, VpcId,
};
use canreach_net::{AddressRange, Family, PortSet, Protocol};

use super::{super::LARGEST_PORT, Maker};
use crate::{
    builder::{self, ORIGIN},
    dump::HOME,
};

impl Maker {
    pub(super) fn add_filters(&mut self) {
        for number in 0..self.random.pick(&[0, 1, 1]) {
            self.add_prefix_list(number);
        }
        for vpc in self.vpcs() {
            for _ in 0..self.random.pick(&[1, 2, 2, 3]) {
                let group = self.builder.group(&[], Vec::new(), Vec::new());
                self.network().security_groups[group].vpc = Some(vpc);
            }
        }
        let groups: Vec<SecurityGroupId> = self.builder.network.security_groups.ids().collect();
        for group in groups {
            self.fill_group(group);
        }
        for vpc in self.vpcs() {
            self.give_groups(vpc);
            self.add_acls(vpc);
        }
    }

    fn add_prefix_list(&mut self, number: usize) {
        let ranges = self.ranges();
        let mut entries: Vec<AddressGroupEntry> = Vec::new();
        let family = if self.ipv6 { self.random.pick(&Family::BOTH) } else { Family::V4 };
        for _ in 0..self.random.pick(&[1, 2, 3]) {
            let range = self.random.pick(&ranges);
            // A list has one family, and each block once.
            if Family::of(range.first()) == family && entries.iter().all(|it| it.range != range) {
                entries.push(AddressGroupEntry { range, origin: ORIGIN });
            }
        }
        let meta = Meta::new(format!("pl-{number}"), ORIGIN);
        self.network().address_groups.push(AddressGroup { meta, entries });
    }

    /// The blocks and addresses that make telling constants.
    fn ranges(&self) -> Vec<AddressRange> {
        let network = &self.builder.network;
        let mut ranges: Vec<AddressRange> =
            ["0.0.0.0/0", "198.51.100.0/30", "203.0.113.0/29"].map(builder::range).to_vec();
        if self.ipv6 {
            ranges.extend(["::/0", "2600::/126"].map(builder::range));
        }
        for (_, vpc) in network.vpcs.iter() {
            ranges.extend(vpc.cidrs.iter().copied().map(AddressRange::from));
        }
        for (_, subnet) in network.subnets.iter() {
            ranges.extend(subnet.cidrs.iter().copied().map(AddressRange::from));
        }
        for (_, interface) in network.interfaces.iter() {
            ranges.extend(interface.addresses.iter().copied().map(AddressRange::from));
        }
        ranges
    }

    fn fill_group(&mut self, group: SecurityGroupId) {
        let ingress = self.group_rules(group, Direction::Ingress);
        let egress = self.group_rules(group, Direction::Egress);
        let rules = &mut self.network().security_groups[group].rules;
        (rules.ingress, rules.egress) = (ingress, egress);
    }

    fn group_rules(&mut self, group: SecurityGroupId, direction: Direction) -> Vec<Rule> {
        let open = match direction {
            Direction::Ingress => self.random.chance(45),
            Direction::Egress => !self.random.chance(15) && !self.breaks(),
        };
        let most = if open { 1 } else { 3 };
        let mut rules = Vec::new();
        for _ in 0..self.random.between(0, most) {
            let mut rule = builder::allow();
            let side = self.side(group);
            place(&mut rule.matches, direction, side);
            self.narrow(&mut rule.matches);
            rules.push(rule);
        }
        if open {
            for family in Family::BOTH {
                let mut rule = builder::allow();
                place(
                    &mut rule.matches,
                    direction,
                    AddressMatch::Range(family.everywhere().into()),
                );
                rules.push(rule);
            }
        }
        rules
    }

    fn side(&mut self, group: SecurityGroupId) -> AddressMatch {
        let vpc = self.builder.network.security_groups[group].vpc;
        let kind = self.random.between(0, 9);
        let lists: Vec<AddressGroupId> = self.builder.network.address_groups.ids().collect();
        // A prefix list is one of its region.
        let at_home = vpc
            .is_some_and(|vpc| self.builder.network.vpcs[vpc].meta.region.as_deref() == Some(HOME));
        if kind < 5
            && let Some(vpc) = vpc
        {
            let groups = self.groups_to_refer_to(vpc);
            if let Some(group) = self.random.pick_any(&groups) {
                return AddressMatch::SecurityGroup(group);
            }
        }
        if kind == 5
            && at_home
            && let Some(list) = self.random.pick_any(&lists)
        {
            return AddressMatch::AddressGroup(list);
        }
        let ranges = self.ranges();
        AddressMatch::Range(self.random.pick(&ranges))
    }

    /// The groups of a VPC, of those it has a peering with, and of those at its transit gateways.
    fn groups_to_refer_to(&self, vpc: VpcId) -> Vec<SecurityGroupId> {
        let network = &self.builder.network;
        let attached = |vpc: VpcId| {
            network.transit_attachments.iter().filter_map(move |(_, one)| match one.to {
                AttachedTo::Vpc { vpc: of, .. } if of == vpc => Some(one.gateway),
                AttachedTo::Vpc { .. }
                | AttachedTo::Connection(_)
                | AttachedTo::Peering(_)
                | AttachedTo::Unmodelled(_) => None,
            })
        };
        let near = |other: VpcId| {
            let peered = network.peerings.iter().any(|(_, it)| it.other_side(vpc) == Some(other));
            let shared = attached(vpc).any(|one| attached(other).any(|another| one == another));
            // AWS tells the status of a peering where there is one, and then that counts.
            let inactive = network.peerings.iter().any(|(_, it)| {
                it.other_side(vpc) == Some(other)
                    && it.status != canreach_model::PeeringStatus::Active
            });
            other == vpc || (peered && !(inactive && shared)) || (shared && !peered)
        };
        let all = network.security_groups.iter();
        all.filter(|(_, group)| group.vpc.is_some_and(near)).map(|(id, _)| id).collect()
    }

    fn narrow(&mut self, matches: &mut PacketMatch) {
        if self.random.chance(35) {
            return;
        }
        let protocols = [
            Protocol::TCP,
            Protocol::TCP,
            Protocol::UDP,
            Protocol::ICMP,
            Protocol::ICMPV6,
            Protocol::GRE,
        ];
        let protocol = self.random.pick(&protocols);
        matches.protocol = Some(protocol);
        if protocol.has_ports() && self.random.chance(75) {
            let first = self.random.between(0, LARGEST_PORT);
            matches.destination_ports =
                PortSet::range(first, self.random.between(first, LARGEST_PORT));
        }
        if protocol.is_icmp() && self.random.chance(60) {
            let kind = self.random.pick(&[Some(0), Some(8), Some(8), Some(128), Some(129)]);
            let code = self.random.pick(&[None, None, Some(0), Some(1)]);
            matches.icmp = Some(IcmpMatch { kind, code });
        }
    }

    fn give_groups(&mut self, vpc: VpcId) {
        let all = self.builder.network.security_groups.iter();
        let groups: Vec<SecurityGroupId> =
            all.filter(|(_, group)| group.vpc == Some(vpc)).map(|(id, _)| id).collect();
        for id in self.builder.network.interfaces.ids() {
            let network = &self.builder.network;
            let filtered = matches!(
                network.interfaces[id].owner,
                InterfaceOwner::Instance(_) | InterfaceOwner::Service | InterfaceOwner::Detached
            );
            if network.vpc_of(id) != vpc || !filtered {
                continue;
            }
            let first = self.random.pick(&groups);
            let mut own = vec![first];
            let second = self.random.pick(&groups);
            if second != first && self.random.chance(25) {
                own.push(second);
            }
            let interface = &mut self.network().interfaces[id];
            interface.filtered = true;
            interface.security_groups = own;
        }
    }

    /// Every subnet has an ACL: that of the VPC, or one of its own.
    fn add_acls(&mut self, vpc: VpcId) {
        let mut shared: Vec<SubnetId> = Vec::new();
        for subnet in self.subnets_of(vpc) {
            if self.random.chance(55) {
                shared.push(subnet);
                continue;
            }
            let ingress = self.acl_rules(Direction::Ingress);
            let egress = self.acl_rules(Direction::Egress);
            self.builder.acl(&[subnet], ingress, egress);
        }
        if !shared.is_empty() {
            let open = [Direction::Ingress, Direction::Egress].map(|it| numbered(everything(it)));
            let [ingress, egress] = open;
            self.builder.acl(&shared, ingress, egress);
        }
    }

    fn acl_rules(&mut self, direction: Direction) -> Vec<Rule> {
        let mut rules = Vec::new();
        let open = !self.breaks();
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let mut rule = if self.random.chance(45) { builder::allow() } else { builder::deny() };
            let ranges = self.ranges();
            let side = AddressMatch::Range(self.random.pick(&ranges));
            place(&mut rule.matches, direction, side);
            self.narrow(&mut rule.matches);
            rules.push(rule);
        }
        if open {
            rules.extend(everything(direction));
        } else {
            // What answers need.
            let mut rule = builder::allow();
            let side = AddressMatch::Range(Family::V4.everywhere().into());
            place(&mut rule.matches, direction, side);
            rule.matches.protocol = Some(Protocol::TCP);
            rule.matches.destination_ports = PortSet::range(1024, u16::MAX);
            rules.push(rule);
        }
        numbered(rules)
    }
}

fn place(matches: &mut PacketMatch, direction: Direction, side: AddressMatch) {
    if let AddressMatch::Range(range) = side {
        matches.family = Some(Family::of(range.first()));
    }
    match direction {
        Direction::Ingress => matches.source = side,
        Direction::Egress => matches.destination = side,
    }
}

fn everything(direction: Direction) -> Vec<Rule> {
    let rules = Family::BOTH.map(|family| {
        let mut rule = builder::allow();
        place(&mut rule.matches, direction, AddressMatch::Range(family.everywhere().into()));
        rule
    });
    rules.to_vec()
}

fn numbered(mut rules: Vec<Rule>) -> Vec<Rule> {
    for (nth, rule) in (1_u32..).zip(&mut rules) {
        rule.number = Some(nth * 10);
    }
    rules
}
