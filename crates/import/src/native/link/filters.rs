//! Security groups, network ACLs and address groups, and what a cloud allows in their rules.

use std::collections::{BTreeMap, HashMap};

use canreach_model::{
    Action, AddressGroup, AddressGroupEntry, AddressMatch, Combine, Direction, IcmpMatch,
    NetworkAcl, NetworkAclId, PacketMatch, Profile, ProfileName, Rule, RuleSet, SecurityGroup,
    SecurityGroupId, Table, VpcId,
};
use canreach_net::{PortRange, PortSet};

use super::Linker;
use crate::{
    diagnostic::Diagnostic,
    native::{
        Model,
        node::At,
        values::End,
        written::{self, Item},
    },
};

/// A group or ACL with what was written about it, and the file.
pub(super) struct Pending<'a, T> {
    id: T,
    item: &'a Item<written::Rules>,
    model: &'a Model,
}

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

impl<'a> Linker<'a> {
    /// Adds the ACLs, still without rules.
    pub(super) fn add_network_acls(&mut self) -> Vec<Pending<'a, NetworkAclId>> {
        let mut pending = Vec::new();
        for model in self.models {
            for item in &model.written.network_acls {
                let meta = self.meta(item);
                let id =
                    self.network.network_acls.push(NetworkAcl { meta, rules: RuleSet::default() });
                self.network_acls.define(&item.name, Some(id));
                if let Some(bound) = self.bound(item) {
                    self.acl_vpcs.insert(id, bound);
                }
                pending.push(Pending { id, item, model });
            }
        }
        pending
    }

    /// Adds the security groups, still without rules, since these may refer to any of them.
    pub(super) fn add_security_groups(&mut self) -> Vec<Pending<'a, SecurityGroupId>> {
        let mut pending = Vec::new();
        for model in self.models {
            for item in &model.written.security_groups {
                let bound = self.bound(item);
                let meta = self.meta(item);
                let vpc = bound.map(|bound| bound.value);
                let group = SecurityGroup { meta, vpc, rules: RuleSet::default() };
                let id = self.network.security_groups.push(group);
                self.security_groups.define(&item.name, Some(id));
                if let Some(bound) = bound {
                    self.group_vpcs.insert(id, bound);
                }
                pending.push(Pending { id, item, model });
            }
        }
        pending
    }

    fn bound(&mut self, item: &Item<written::Rules>) -> Option<At<VpcId>> {
        let name = item.body.vpc.as_ref()?;
        Some(At { value: self.vpc(name)?, place: name.place })
    }

    pub(super) fn add_address_groups(&mut self) {
        for model in self.models {
            for item in &model.written.address_groups {
                let entries = item.body.entries.iter();
                let entries = entries
                    .map(|entry| AddressGroupEntry {
                        range: entry.range.value,
                        origin: self.origin_of(entry.range.place, entry.origin.as_ref()),
                    })
                    .collect();
                let meta = self.meta(item);
                let id = self.network.address_groups.push(AddressGroup { meta, entries });
                self.address_groups.define(&item.name, Some(id));
            }
        }
    }

    pub(super) fn add_acl_rules(&mut self, acls: &[Pending<'a, NetworkAclId>]) {
        let mut used: HashMap<NetworkAclId, BTreeMap<ProfileName, VpcId>> = HashMap::new();
        for (_, subnet) in self.network.subnets.iter() {
            if let Some(acl) = subnet.network_acl {
                let name = self.network.vpcs[subnet.vpc].profile.name;
                used.entry(acl).or_default().insert(name, subnet.vpc);
            }
        }
        for acl in acls {
            let profiles = self.governing(used.get(&acl.id), acl.model);
            for direction in DIRECTIONS {
                let rules = acl.item.body.of(direction);
                for profile in &profiles {
                    self.check_acl_rules(rules, profile);
                }
                let mut rules = self.rules(rules);
                let numbered = profiles.iter().any(|profile| profile.network_acl.numbered);
                if numbered && acl.model.written.record.is_none() {
                    rules.sort_by_key(|rule| rule.number);
                }
                *of_mut(&mut self.network.network_acls[acl.id].rules, direction) = rules;
            }
        }
    }

    pub(super) fn add_group_rules(&mut self, groups: &[Pending<'a, SecurityGroupId>]) {
        let mut used: HashMap<SecurityGroupId, BTreeMap<ProfileName, VpcId>> = HashMap::new();
        for (id, interface) in self.network.interfaces.iter() {
            let vpc = self.network.vpc_of(id);
            let name = self.network.vpcs[vpc].profile.name;
            for group in &interface.security_groups {
                used.entry(*group).or_default().insert(name, vpc);
            }
        }
        for group in groups {
            let profiles = self.governing(used.get(&group.id), group.model);
            for direction in DIRECTIONS {
                let rules = group.item.body.of(direction);
                for profile in &profiles {
                    self.check_group_rules(rules, profile);
                }
                let rules = self.rules(rules);
                *of_mut(&mut self.network.security_groups[group.id].rules, direction) = rules;
            }
        }
    }

    /// Returns the profiles of the VPCs in which a filter is used, or else that of its file.
    fn governing(
        &self,
        used: Option<&BTreeMap<ProfileName, VpcId>>,
        model: &Model,
    ) -> Vec<Profile> {
        if let Some(vpcs) = used {
            return vpcs.values().map(|vpc| self.network.vpcs[*vpc].profile.clone()).collect();
        }
        let name = model.written.profile.map(|profile| profile.value);
        name.map(|name| Profile::new(name, &mut Table::default())).into_iter().collect()
    }

    fn check_group_rules(&mut self, rules: &[written::Rule], profile: &Profile) {
        if profile.security_group.combine != Combine::AnyAllow {
            return;
        }
        let name = profile.name;
        for rule in rules {
            if let Some(action) = rule.action.filter(|action| action.value == Action::Deny) {
                self.report(
                    Diagnostic::error("model::deny_rule", action.place, format!("security groups of `{name}` have no deny rules"))
                        .help("leave the rule out: what no rule allows is denied; or deny it in a network ACL"),
                );
            }
            if let Some(priority) = rule.priority {
                self.report(
                    Diagnostic::error(
                        "model::priority",
                        priority.place,
                        format!("security-group rules of `{name}` have no priority"),
                    )
                    .help("leave `priority` out: a packet passes when any rule allows it"),
                );
            }
        }
    }

    fn check_acl_rules(&mut self, rules: &[written::Rule], profile: &Profile) {
        let name = profile.name;
        for rule in rules {
            if let (Some(ports), false) =
                (&rule.source_ports, profile.network_acl.matches_source_port)
            {
                self.report(
                    Diagnostic::error(
                        "model::source_ports",
                        ports.place,
                        format!("network ACLs of `{name}` do not match the source port"),
                    )
                    .help("leave `source_ports` out"),
                );
            }
            if !rule.has_number && profile.network_acl.numbered && !rule.is_record {
                self.report(
                    Diagnostic::error("model::missing_key", rule.place, format!("a rule of a network ACL of `{name}` needs the key `number`"))
                        .label("has no `number`")
                        .help("write for example `number: 100`; rules are tried by number, the smallest first"),
                );
            }
        }
        self.check_numbers(rules, profile.network_acl.numbered);
    }

    /// Numbers that order rules are unique; others are labels, which must not belie the order.
    fn check_numbers(&mut self, rules: &[written::Rule], numbered: bool) {
        let mut seen: BTreeMap<u16, crate::diagnostic::Place> = BTreeMap::new();
        for number in rules.iter().filter_map(|rule| rule.number) {
            let conflict = if numbered {
                seen.get_key_value(&number.value)
            } else {
                seen.last_key_value().filter(|(last, _)| **last >= number.value)
            };
            if let Some((before, place)) = conflict {
                let error = if before == &number.value {
                    Diagnostic::error(
                        "model::rule_number",
                        number.place,
                        format!("two rules with number {before}"),
                    )
                    .note(*place, "the first one")
                } else {
                    let message = format!("rule {} stands after rule {before}", number.value);
                    Diagnostic::error("model::rule_number", number.place, message)
                        .note(*place, "this one is tried first")
                        .help("in this cloud rules are tried as listed: put them in the order of their numbers")
                };
                self.report(error);
            }
            seen.entry(number.value).or_insert(number.place);
        }
    }

    pub(super) fn rules(&mut self, rules: &[written::Rule]) -> Vec<Rule> {
        rules.iter().filter_map(|rule| self.rule(rule)).collect()
    }

    pub(super) fn rule(&mut self, rule: &written::Rule) -> Option<Rule> {
        Some(Rule {
            id: rule.id.clone(),
            number: rule.number.map(|number| u32::from(number.value)),
            priority: rule.priority.map(|priority| priority.value),
            action: rule.action.map_or(Action::Allow, |action| action.value),
            matches: self.packet_match(rule)?,
            origin: self.origin_of(rule.place, rule.origin.as_ref()),
        })
    }

    /// Returns which packets a rule speaks of.
    pub(super) fn packet_match(&mut self, rule: &written::Rule) -> Option<PacketMatch> {
        let source = self.address_match(rule.source.as_ref());
        let destination = self.address_match(rule.destination.as_ref());
        let byte = |number: Option<At<u16>>| number.and_then(|it| u8::try_from(it.value).ok());
        let icmp = rule
            .has_icmp
            .then(|| IcmpMatch { kind: byte(rule.icmp_type), code: byte(rule.icmp_code) });
        let unresolved = match &rule.unresolved {
            Some(name) => Some(self.fact(name)?),
            None => None,
        };
        Some(PacketMatch {
            family: rule.stated_family(),
            protocol: rule.protocol.map(|protocol| protocol.value),
            source: source?,
            destination: destination?,
            source_ports: ports(rule.source_ports.as_ref()),
            destination_ports: ports(rule.ports.as_ref()),
            icmp,
            unresolved,
        })
    }

    pub(super) fn address_match(&mut self, end: Option<&At<End>>) -> Option<AddressMatch> {
        match end.map(|end| &end.value) {
            None => Some(AddressMatch::Any),
            Some(End::Range(range)) => Some(AddressMatch::Range(*range)),
            Some(End::SecurityGroup(name)) => {
                let found = self.security_groups.find(name);
                self.resolved(found).map(AddressMatch::SecurityGroup)
            }
            Some(End::AddressGroup(name)) => {
                let found = self.address_groups.find(name);
                self.resolved(found).map(AddressMatch::AddressGroup)
            }
        }
    }
}

fn of_mut(rules: &mut RuleSet, direction: Direction) -> &mut Vec<Rule> {
    match direction {
        Direction::Ingress => &mut rules.ingress,
        Direction::Egress => &mut rules.egress,
    }
}

fn ports(written: Option<&At<Vec<PortRange>>>) -> PortSet {
    written.map_or_else(PortSet::all, |ranges| ranges.value.iter().copied().collect())
}
