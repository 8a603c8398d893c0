//! Security groups, network ACLs, address groups and their rules.

use canreach_model::{AddressMatch, IcmpMatch, PacketMatch, Rule};
use canreach_net::{Family, PortRange, PortSet};

use super::{Writer, list, origins::text};
use crate::native::notation::{
    AclEnd, AclRule, Action, AddressGroup, AddressGroupEnd, EgressRule, Entry,
    Family as WrittenFamily, GroupEnd, GroupRule, IcmpNumber, IngressRule, NetworkAcl,
    OddGroupRule, OneOrMore, Ports, ProtocolName, Range, SecurityGroup, SecurityGroupEnd,
    ServiceMatch, ToldEntry,
};

impl Writer<'_> {
    pub(super) fn network_acl(&self, name: &str, acl: &canreach_model::NetworkAcl) -> NetworkAcl {
        fields!(acl => canreach_model::NetworkAcl { meta, rules });
        NetworkAcl {
            vpc: None,
            ingress: list(&acl.rules.ingress, |rule| self.acl_rule(rule)),
            egress: list(&acl.rules.egress, |rule| self.acl_rule(rule)),
            about: self.origins.about(&acl.meta, name),
        }
    }

    pub(super) fn security_group(
        &self,
        name: &str,
        group: &canreach_model::SecurityGroup,
    ) -> SecurityGroup {
        fields!(group => canreach_model::SecurityGroup { meta, vpc, rules });
        SecurityGroup {
            vpc: group.vpc.map(|vpc| self.names.vpcs.of(vpc)),
            ingress: list(&group.rules.ingress, |rule| IngressRule {
                head: head(rule),
                source: self.group_end(rule.matches.source),
                destination: self.group_end(rule.matches.destination),
                service: service(&rule.matches),
                odd: odd(rule),
                rest: self.rest(&rule.matches, &rule.origin),
            }),
            egress: list(&group.rules.egress, |rule| EgressRule {
                head: head(rule),
                source: self.group_end(rule.matches.source),
                destination: self.group_end(rule.matches.destination),
                service: service(&rule.matches),
                odd: odd(rule),
                rest: self.rest(&rule.matches, &rule.origin),
            }),
            about: self.origins.about(&group.meta, name),
        }
    }

    pub(super) fn address_group(
        &self,
        name: &str,
        group: &canreach_model::AddressGroup,
    ) -> AddressGroup {
        fields!(group => canreach_model::AddressGroup { meta, entries });
        let entry = |entry: &canreach_model::AddressGroupEntry| {
            let range = Range::from(entry.range);
            Entry::Told(ToldEntry { range, origin: self.origins.origin(&entry.origin) })
        };
        AddressGroup {
            entries: group.entries.iter().map(entry).collect(),
            about: self.origins.about(&group.meta, name),
        }
    }

    fn acl_rule(&self, rule: &Rule) -> AclRule {
        fields!(rule => Rule { id, number, priority, action, matches, origin });
        let head = head(rule);
        AclRule {
            id: head.id,
            number: rule.number,
            priority: rule.priority,
            action: action(rule),
            family: head.family,
            protocol: head.protocol,
            source: self.acl_end(rule.matches.source),
            destination: self.acl_end(rule.matches.destination),
            source_ports: ports(&rule.matches.source_ports),
            service: service(&rule.matches),
            rest: self.rest(&rule.matches, &rule.origin),
        }
    }

    fn group_end(&self, end: AddressMatch) -> Option<GroupEnd> {
        match end {
            AddressMatch::Any => None,
            AddressMatch::Range(range) => Some(GroupEnd::Range(Range::from(range))),
            AddressMatch::SecurityGroup(id) => Some(GroupEnd::SecurityGroup(SecurityGroupEnd {
                security_group: self.names.security_groups.of(id),
            })),
            AddressMatch::AddressGroup(id) => Some(GroupEnd::AddressGroup(AddressGroupEnd {
                address_group: self.names.address_groups.of(id),
            })),
        }
    }

    pub(super) fn acl_end(&self, end: AddressMatch) -> Option<AclEnd> {
        Some(match self.group_end(end)? {
            GroupEnd::Range(range) => AclEnd::Range(range),
            GroupEnd::AddressGroup(group) => AclEnd::AddressGroup(group),
            GroupEnd::SecurityGroup(group) => AclEnd::SecurityGroup(group),
        })
    }
}

fn head(rule: &Rule) -> GroupRule {
    let action = action(rule);
    GroupRule {
        id: text(rule.id.as_ref()),
        action: (action == Action::Deny).then_some(action),
        priority: rule.priority,
        family: rule.matches.family.map(family),
        protocol: rule.matches.protocol.map(ProtocolName),
    }
}

pub(super) fn family(family: Family) -> WrittenFamily {
    match family {
        Family::V4 => WrittenFamily::Ipv4,
        Family::V6 => WrittenFamily::Ipv6,
    }
}

pub(super) fn action(rule: &Rule) -> Action {
    match rule.action {
        canreach_model::Action::Allow => Action::Allow,
        canreach_model::Action::Deny => Action::Deny,
    }
}

fn odd(rule: &Rule) -> OddGroupRule {
    OddGroupRule { number: rule.number, source_ports: ports(&rule.matches.source_ports) }
}

pub(super) fn service(matches: &PacketMatch) -> ServiceMatch {
    let (icmp_type, icmp_code) = matches.icmp.map_or((None, None), icmp);
    ServiceMatch { ports: ports(&matches.destination_ports), icmp_type, icmp_code }
}

/// Either of the two says that only ICMP matches, so that one of them must be there.
fn icmp(icmp: IcmpMatch) -> (Option<IcmpNumber>, Option<IcmpNumber>) {
    match (icmp.kind, icmp.code) {
        (None, None) => (Some(IcmpNumber::Any), None),
        (kind, code) => (kind.map(IcmpNumber::Is), code.map(IcmpNumber::Is)),
    }
}

/// Returns the ports, unless they are all.
pub(super) fn ports(set: &PortSet) -> Option<OneOrMore<Ports>> {
    let ranges = set.ranges().filter_map(|(first, last)| PortRange::new(first, last).ok());
    (!set.is_all()).then(|| OneOrMore(ranges.map(Ports).collect()))
}
