//! A rule or route as one readable line.

use std::fmt::Write as _;

use canreach_model::{
    AddressMatch, Direction, IcmpMatch, PacketMatch, Route, RouteRef, RouteTarget, Rule, RuleOwner,
    RuleRef,
};
use canreach_net::{Family, PortSet, Protocol};

use super::{Source, Words, ports};

impl<'n> Words<'n> {
    pub(crate) fn find_rule(self, rule: RuleRef) -> Option<&'n Rule> {
        let rules = match rule.owner {
            RuleOwner::SecurityGroup(id) => &self.network.security_groups[id].rules,
            RuleOwner::NetworkAcl(id) => &self.network.network_acls[id].rules,
        };
        rules.of(rule.direction).get(rule.index)
    }

    pub(crate) fn find_route(self, route: RouteRef) -> Option<&'n Route> {
        self.network.route_tables[route.table].routes.get(route.index)
    }

    /// Returns a rule with its owner: "network ACL `acl-db`, ingress rule 100: deny tcp 5432 from
    /// 10.0.1.0/24".
    pub(crate) fn rule(self, reference: RuleRef) -> String {
        let owner = self.rule_owner(reference.owner).words();
        let Some(rule) = self.find_rule(reference) else { return owner };
        format!("{owner}, {}: {}", rule_name(reference, rule), self.rule_body(reference, rule))
    }

    /// Returns what a rule does, without its name: "deny tcp 5432 from 10.0.1.0/24".
    pub(crate) fn rule_body(self, reference: RuleRef, rule: &Rule) -> String {
        format!("{} {}", rule.action, self.packets(&rule.matches, reference.direction))
    }

    pub(crate) fn rule_source(self, reference: RuleRef) -> Source {
        let owner = self.rule_owner(reference.owner).meta;
        match self.find_rule(reference) {
            Some(rule) => self.source(&rule.origin, rule.id.as_deref().or(Some(&owner.id))),
            None => self.source_of(owner),
        }
    }

    /// Returns a route with its table: "route table `main`, route 10.1.0.0/16 to peering `p`".
    pub(crate) fn route(self, reference: RouteRef) -> String {
        let table = self.route_table(reference.table).words();
        match self.find_route(reference) {
            None => table,
            Some(route) => {
                format!("{table}, route {} {}", route.destination, self.target(route.target))
            }
        }
    }

    pub(crate) fn route_source(self, reference: RouteRef) -> Source {
        let table = self.route_table(reference.table).meta;
        match self.find_route(reference) {
            Some(route) => self.source(&route.origin, Some(&table.id)),
            None => self.source_of(table),
        }
    }

    pub(crate) fn target(self, target: RouteTarget) -> String {
        match target {
            RouteTarget::Local => String::from("inside the VPC"),
            RouteTarget::Blackhole => String::from("to nowhere (blackhole)"),
            RouteTarget::InternetGateway(id) => format!("to {}", self.internet_gateway(id).words()),
            RouteTarget::NatGateway(id) => format!("to {}", self.nat_gateway(id).words()),
            RouteTarget::Peering(id) => format!("to {}", self.peering(id).words()),
            RouteTarget::Unresolved(_) => String::from("to something the input does not describe"),
        }
    }

    fn packets(self, matches: &PacketMatch, direction: Direction) -> String {
        let mut words = what(matches);
        if !matches.source_ports.is_all() {
            let _ = write!(words, " from port {}", ports(&matches.source_ports));
        }
        let source = self.side("from", matches.source, matches.family);
        let destination = self.side("to", matches.destination, matches.family);
        let (far, near, near_match) = match direction {
            Direction::Ingress => (source, destination, matches.destination),
            Direction::Egress => (destination, source, matches.source),
        };
        words.push(' ');
        words.push_str(&far);
        if near_match != AddressMatch::Any {
            words.push(' ');
            words.push_str(&near);
        }
        if let Some(fact) = matches.unresolved {
            let _ = write!(words, ", if {}", self.network.facts[fact].statement);
        }
        words
    }

    fn side(self, preposition: &str, side: AddressMatch, family: Option<Family>) -> String {
        match (side, family) {
            (AddressMatch::Any, None) => format!("{preposition} anywhere"),
            (AddressMatch::Any, Some(family)) => format!("{preposition} any {family} address"),
            (AddressMatch::Range(range), _) => format!("{preposition} {range}"),
            (AddressMatch::SecurityGroup(id), _) => {
                format!("{preposition} members of {}", self.security_group(id).words())
            }
            (AddressMatch::AddressGroup(id), _) => {
                format!("{preposition} {}", self.address_group(id).words())
            }
        }
    }
}

/// Returns how to find a rule in its list: "ingress rule 100", "egress rule 2 (priority 5)".
pub(crate) fn rule_name(reference: RuleRef, rule: &Rule) -> String {
    let position = rule
        .number
        .map_or_else(|| reference.index.saturating_add(1).to_string(), |it| it.to_string());
    let priority =
        rule.priority.map_or(String::new(), |priority| format!(" (priority {priority})"));
    format!("{} rule {position}{priority}", reference.direction)
}

fn what(matches: &PacketMatch) -> String {
    let every_port = matches.destination_ports.is_all();
    if let Some(icmp) = matches.icmp {
        return icmp_words(matches.protocol, icmp);
    }
    match matches.protocol {
        None if every_port && matches.source_ports.is_all() => String::from("everything"),
        None => with_ports("tcp and udp", &matches.destination_ports),
        Some(protocol) => with_ports(&protocol.to_string(), &matches.destination_ports),
    }
}

fn with_ports(protocol: &str, set: &PortSet) -> String {
    if set.is_all() { protocol.to_owned() } else { format!("{protocol} {}", ports(set)) }
}

fn icmp_words(protocol: Option<Protocol>, icmp: IcmpMatch) -> String {
    let protocol = protocol.unwrap_or(Protocol::ICMP);
    let kind = icmp.kind.map_or(String::new(), |kind| format!(" type {kind}"));
    let code = icmp.code.map_or(String::new(), |code| format!(" code {code}"));
    format!("{protocol}{kind}{code}")
}
