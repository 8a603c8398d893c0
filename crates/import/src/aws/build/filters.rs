//! Network ACLs, prefix lists and security groups.

use canreach_model::{
    Action, AddressGroup, AddressGroupEntry, AddressMatch, Direction, FactId, ImpliedBy, Meta,
    NetworkAcl, Origin, PacketMatch, Rule, RuleSet, SecurityGroup, SecurityGroupId, Span,
};
use canreach_net::{Family, PortSet};

use super::{
    super::records::{self, GroupRule, Peer, PrefixList, Records},
    Builder,
    vpcs::placed,
};

impl Builder<'_> {
    pub(super) fn network_acls(&mut self, acls: &Records<records::NetworkAcl>) {
        for (id, acl) in acls {
            let meta = self.in_vpc(&acl.meta, Some(&acl.vpc));
            let rules = acl.rules.clone();
            let key = self.network.network_acls.push(NetworkAcl { meta, rules });
            self.keys.network_acls.insert(id.clone(), key);
        }
    }

    /// Makes an address group of every prefix list whose entries are known.
    pub(super) fn prefix_lists(&mut self, lists: &Records<PrefixList>) {
        for (id, list) in lists {
            let Some(entries) = &list.entries else { continue };
            let entries = entries.iter().map(|(range, span)| AddressGroupEntry {
                range: *range,
                origin: Origin::Written(*span),
            });
            let group = AddressGroup { meta: list.meta.clone(), entries: entries.collect() };
            let key = self.network.address_groups.push(group);
            self.keys.prefix_lists.insert(id.clone(), key);
        }
    }

    /// Makes every group described, then their rules, which refer to each other.
    pub(super) fn security_groups(
        &mut self,
        groups: Records<records::SecurityGroup>,
        lists: &Records<PrefixList>,
    ) {
        for (id, group) in &groups {
            let meta = self.in_vpc(&group.meta, group.vpc.as_ref());
            let vpc = group.vpc.as_ref().and_then(|vpc| self.keys.vpcs.get(vpc)).copied();
            let rules = RuleSet::default();
            let key = self.network.security_groups.push(SecurityGroup { meta, vpc, rules });
            self.keys.security_groups.insert(id.clone(), key);
        }
        for (id, group) in groups {
            let Some(key) = self.keys.security_groups.get(&id).copied() else { continue };
            let ingress = self.group_rules(Direction::Ingress, group.ingress, lists);
            let egress = self.group_rules(Direction::Egress, group.egress, lists);
            self.network.security_groups[key].rules = RuleSet { ingress, egress };
        }
    }

    fn group_rules(
        &mut self,
        direction: Direction,
        rules: Vec<(GroupRule, Span)>,
        lists: &Records<PrefixList>,
    ) -> Vec<Rule> {
        let mut made = Vec::with_capacity(rules.len());
        for (rule, span) in rules {
            let (address, unresolved) = self.peer(direction, &rule.peer, span, lists);
            let (source, destination) = match direction {
                Direction::Ingress => (address, AddressMatch::Any),
                Direction::Egress => (AddressMatch::Any, address),
            };
            let family = match rule.peer {
                Peer::Range(range) => Some(Family::of(range.first())),
                Peer::Group(_) | Peer::PrefixList(_) => None,
            };
            let matches = PacketMatch {
                family,
                protocol: rule.service.protocol,
                source,
                destination,
                source_ports: PortSet::all(),
                destination_ports: rule.service.ports,
                icmp: rule.service.icmp,
                unresolved,
            };
            made.push(Rule {
                id: rule.id,
                number: None,
                priority: None,
                action: Action::Allow,
                matches,
                origin: Origin::Written(span),
            });
        }
        made
    }

    /// Resolves whom a rule speaks of; what no answer describes may be anybody or nobody.
    fn peer(
        &mut self,
        direction: Direction,
        peer: &Peer,
        span: Span,
        lists: &Records<PrefixList>,
    ) -> (AddressMatch, Option<FactId>) {
        let side = match direction {
            Direction::Ingress => "source",
            Direction::Egress => "destination",
        };
        let (statement, settled_by) = match peer {
            Peer::Range(range) => return (AddressMatch::Range(*range), None),
            Peer::Group(id) => match self.keys.security_groups.get(id) {
                Some(key) => return (AddressMatch::SecurityGroup(*key), None),
                None => (
                    format!(
                        "security group `{id}`, which no answer describes, holds the packet's {side}"
                    ),
                    format!(
                        "give the answers of `describe-security-groups` and `describe-network-interfaces` for `{id}`"
                    ),
                ),
            },
            Peer::PrefixList(id) => match self.keys.prefix_lists.get(id) {
                Some(key) => return (AddressMatch::AddressGroup(*key), None),
                None => (
                    format!("prefix list `{id}` holds the packet's {side}"),
                    settles_prefix_list(id, lists),
                ),
            },
        };
        let fact = self.fact(statement, settled_by, Origin::Written(span));
        (AddressMatch::Any, Some(fact))
    }

    /// Returns what stands for a group that an interface has and no answer describes.
    pub(super) fn unknown_group(&mut self, id: &str, interface: &Meta) -> SecurityGroupId {
        if let Some(key) = self.keys.stub_groups.get(id) {
            return *key;
        }
        let settled = format!("give the answer of `aws ec2 describe-security-groups` for `{id}`");
        let mut open = |direction: &str| {
            let statement = format!("`{id}`, which no answer describes, allows {direction}");
            let fact = self.fact(statement, settled.clone(), interface.origin.clone());
            vec![open_rule(fact)]
        };
        let rules = RuleSet { ingress: open("ingress"), egress: open("egress") };
        let meta = Meta::new(id, Origin::Implied(ImpliedBy::MissingInput));
        let group = SecurityGroup { meta: placed(&meta, interface), vpc: None, rules };
        let key = self.network.security_groups.push(group);
        self.keys.stub_groups.insert(id.to_owned(), key);
        key
    }

    /// Returns a description, completed by that of the VPC.
    pub(super) fn in_vpc(&self, meta: &Meta, vpc: Option<&String>) -> Meta {
        match vpc.and_then(|vpc| self.keys.vpcs.get(vpc)) {
            Some(vpc) => placed(meta, &self.network.vpcs[*vpc].meta),
            None => meta.clone(),
        }
    }
}

/// Returns what would tell the entries of a prefix list.
pub(super) fn settles_prefix_list(id: &str, lists: &Records<PrefixList>) -> String {
    if lists.contains_key(id) {
        format!(
            "give the answer of `aws ec2 get-managed-prefix-list-entries` for `{id}`, \
             with `\"PrefixListId\": \"{id}\"` beside `Entries`"
        )
    } else {
        format!("give the answer of `aws ec2 describe-prefix-lists` for `{id}`")
    }
}

/// Returns a rule that allows everything if a fact is true.
pub(super) fn open_rule(fact: FactId) -> Rule {
    Rule {
        id: None,
        number: None,
        priority: None,
        action: Action::Allow,
        matches: PacketMatch { unresolved: Some(fact), ..PacketMatch::everything() },
        origin: Origin::Implied(ImpliedBy::MissingInput),
    }
}
