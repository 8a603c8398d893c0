//! Security groups, address groups and network ACLs.

use canreach_model::{
    Action, AddressGroup, AddressGroupEntry, AddressGroupId, AddressMatch, Direction, FactId,
    IcmpMatch, InterfaceId, InterfaceOwner, Meta, NetworkAclId, PacketMatch, Polarity, Rule,
    SecurityGroupId, SubnetId,
};
use canreach_net::{AddressRange, Family, PortSet, Protocol};

use super::{LARGEST_PORT, Maker, features::Feature};
use crate::builder::{self, ORIGIN};

/// What kind of filter a rule is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    SecurityGroup,
    NetworkAcl,
}

impl Maker {
    pub(super) fn add_filters(&mut self) {
        for number in 0..self.random.between(0, 2) {
            self.add_address_group(number);
        }
        // All groups first, so that rules can refer to any of them.
        let groups: Vec<SecurityGroupId> = (0..self.random.between(1, 4))
            .map(|_| self.builder.group(&[], Vec::new(), Vec::new()))
            .collect();
        for group in &groups {
            let ingress = self.rules(Kind::SecurityGroup, Direction::Ingress);
            let egress = self.rules(Kind::SecurityGroup, Direction::Egress);
            let vpcs = self.vpcs();
            let vpc = if self.random.chance(50) { None } else { Some(self.random.pick(&vpcs)) };
            let group = &mut self.network().security_groups[*group];
            group.rules.ingress = ingress;
            group.rules.egress = egress;
            group.vpc = vpc;
        }
        let interfaces: Vec<InterfaceId> = self.builder.network.interfaces.ids().collect();
        for interface in interfaces {
            self.put_into_groups(interface, &groups);
        }
        self.add_acls();
    }

    fn add_address_group(&mut self, number: u16) {
        let ranges = self.ranges();
        let entries = (0..self.random.between(0, 3))
            .map(|_| AddressGroupEntry { range: self.random.pick(&ranges), origin: ORIGIN })
            .collect();
        let meta = Meta::new(format!("pl-{number}"), ORIGIN);
        self.network().address_groups.push(AddressGroup { meta, entries });
    }

    fn put_into_groups(&mut self, interface: InterfaceId, groups: &[SecurityGroupId]) {
        let of_gateway = matches!(
            self.builder.network.interfaces[interface].owner,
            InterfaceOwner::NatGateway(_)
        );
        if of_gateway || self.random.chance(8) {
            return;
        }
        let count =
            if self.breaks() { self.random.pick(&[0, 3]) } else { self.random.pick(&[1, 1, 2, 3]) };
        let mut left = groups.to_vec();
        let mut own = Vec::new();
        for _ in 0..count {
            if let Some(group) = self.random.pick_any(&left) {
                left.retain(|other| *other != group);
                own.push(group);
            }
        }
        let interface = &mut self.network().interfaces[interface];
        interface.security_groups = own;
        interface.filtered = true;
    }

    fn add_acls(&mut self) {
        let subnets: Vec<SubnetId> = self.builder.network.subnets.ids().collect();
        let mut acls: Vec<NetworkAclId> = Vec::new();
        for subnet in subnets {
            if !self.random.chance(50) {
                continue;
            }
            if !acls.is_empty() && self.random.chance(40) {
                let shared = self.random.pick(&acls);
                self.network().subnets[subnet].network_acl = Some(shared);
                continue;
            }
            let ingress = self.rules(Kind::NetworkAcl, Direction::Ingress);
            let egress = self.rules(Kind::NetworkAcl, Direction::Egress);
            acls.push(self.builder.acl(&[subnet], ingress, egress));
        }
    }

    /// Rules that let everything through in the end, after a few others; or, where it breaks, only
    /// those few.
    fn rules(&mut self, kind: Kind, direction: Direction) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        // What is not let out never meets anything else, so that is broken less often.
        let open = !self.breaks() && (direction == Direction::Egress || !self.breaks());
        let most = if open { self.random.pick(&[0, 0, 1, 2]) } else { 3 };
        for _ in 0..self.random.between(0, most) {
            rules.push(self.rule(kind, direction));
        }
        if open {
            let mut last = builder::allow();
            last.priority = self.random.pick(&[None, None, Some(2), Some(100)]);
            if self.random.chance(9) {
                self.narrow_protocol(&mut last.matches);
            }
            let likely = match direction {
                Direction::Ingress if self.has(Feature::Forwarding) => 45,
                Direction::Ingress => 14,
                Direction::Egress => 6,
            };
            if kind == Kind::SecurityGroup && self.random.chance(likely) {
                let groups: Vec<SecurityGroupId> =
                    self.builder.network.security_groups.ids().collect();
                let member = AddressMatch::SecurityGroup(self.random.pick(&groups));
                match direction {
                    Direction::Ingress => last.matches.source = member,
                    Direction::Egress => last.matches.destination = member,
                }
            }
            let unresolved = self.random.chance(6);
            last.matches.unresolved = self.fact_if(unresolved, Polarity::Helps);
            rules.push(last);
        }
        for (number, rule) in (1_u32..).zip(&mut rules) {
            match kind {
                Kind::NetworkAcl => {
                    rule.number = Some(number);
                    rule.priority = None;
                }
                Kind::SecurityGroup => {}
            }
        }
        rules
    }

    fn rule(&mut self, kind: Kind, direction: Direction) -> Rule {
        let mut rule = if self.random.chance(60) { builder::allow() } else { builder::deny() };
        rule.priority = self.random.pick(&[None, None, Some(1), Some(2), Some(3), Some(100)]);
        let far = self.side(kind);
        let near = if self.random.chance(12) { self.side(kind) } else { AddressMatch::Any };
        (rule.matches.source, rule.matches.destination) = match direction {
            Direction::Ingress => (far, near),
            Direction::Egress => (near, far),
        };
        self.narrow_protocol(&mut rule.matches);
        let source_ports = match kind {
            Kind::SecurityGroup => self.random.chance(4),
            Kind::NetworkAcl => self.source_ports_allowed() && self.random.chance(25),
        };
        if source_ports {
            rule.matches.source_ports = self.ports();
        }
        if self.random.chance(10) {
            rule.matches.family = Some(self.random.pick(&Family::BOTH));
        }
        let unresolved = self.random.chance(12);
        rule.matches.unresolved = self.fact_if(unresolved, polarity_of(rule.action));
        rule
    }

    pub(super) fn narrow_protocol(&mut self, matches: &mut PacketMatch) {
        if !self.random.chance(60) {
            return;
        }
        let (tcp, icmp) = (Protocol::TCP, Protocol::ICMP);
        let protocols = [tcp, tcp, tcp, Protocol::UDP, icmp, Protocol::ICMPV6, Protocol::GRE];
        let protocol = self.random.pick(&protocols);
        if !self.random.chance(10) {
            matches.protocol = Some(protocol);
        }
        if protocol.has_ports() && self.random.chance(70) {
            matches.destination_ports = self.ports();
        }
        if protocol.is_icmp() && self.random.chance(70) {
            let kinds = [None, Some(0), Some(3), Some(8), Some(8), Some(13), Some(128), Some(129)];
            let kind = self.random.pick(&kinds);
            let code = self.random.pick(&[None, None, Some(0), Some(1)]);
            matches.icmp = Some(IcmpMatch { kind, code });
        }
    }

    fn side(&mut self, kind: Kind) -> AddressMatch {
        if self.random.chance(40) {
            return AddressMatch::Any;
        }
        let groups: Vec<SecurityGroupId> = self.builder.network.security_groups.ids().collect();
        if kind == Kind::SecurityGroup && self.random.chance(30) {
            return self
                .random
                .pick_any(&groups)
                .map_or(AddressMatch::Any, AddressMatch::SecurityGroup);
        }
        let lists: Vec<AddressGroupId> = self.builder.network.address_groups.ids().collect();
        if self.random.chance(20) {
            return self
                .random
                .pick_any(&lists)
                .map_or(AddressMatch::Any, AddressMatch::AddressGroup);
        }
        let ranges: Vec<AddressRange> = self.ranges();
        AddressMatch::Range(self.random.pick(&ranges))
    }

    fn ports(&mut self) -> PortSet {
        let first = self.random.between(0, LARGEST_PORT);
        let one = PortSet::range(first, self.random.between(first, LARGEST_PORT));
        if self.random.chance(15) {
            one.union(&PortSet::single(self.random.between(0, LARGEST_PORT)))
        } else {
            one
        }
    }

    /// Importers write source ports only where the cloud can match them; an ACL may be shared.
    fn source_ports_allowed(&self) -> bool {
        self.builder.network.vpcs.iter().all(|(_, vpc)| vpc.profile.network_acl.matches_source_port)
    }

    pub(super) fn fact_if(&mut self, wanted: bool, polarity: Polarity) -> Option<FactId> {
        if wanted { self.fact(polarity) } else { None }
    }
}

/// A rule that may match or not helps where it allows, and hinders where it denies.
fn polarity_of(action: Action) -> Polarity {
    match action {
        Action::Allow => Polarity::Helps,
        Action::Deny => Polarity::Hinders,
    }
}
