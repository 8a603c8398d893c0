//! A rule or route as one readable line.

use std::fmt::Write as _;

use canreach_model::{
    AddressMatch, Border, ChainRule, ChainVerdict, ConnectionState, Direction, FirewallList,
    HostFirewallKind, IcmpMatch, Origin, PacketMatch, Route, RouteRef, RouteTarget, Rule,
    RuleOwner, RuleRef, TransitRouteRef, TransitTarget,
};
use canreach_net::{Family, PortSet, Protocol};

use super::{Source, Told, Words, names::border_words, ports};

impl<'n> Words<'n> {
    /// Returns a rule, whoever's it is.
    pub(crate) fn find_rule(self, rule: RuleRef) -> Option<AnyRule<'n>> {
        if let RuleOwner::HostChain(instance, chain) = rule.owner {
            return self.network.chain_rule(instance, chain, rule.index).map(AnyRule::OfChain);
        }
        self.network.rule(rule).map(AnyRule::Listed)
    }

    pub(crate) fn find_route(self, route: RouteRef) -> Option<&'n Route> {
        self.network.route_tables[route.table].routes.get(route.index)
    }

    /// Returns a rule with its owner: "network ACL `acl-db`, ingress rule 100: deny tcp 5432 from
    /// 10.0.1.0/24".
    pub(crate) fn rule(self, reference: RuleRef) -> String {
        let owner = self.rule_list(reference.owner);
        let Some(rule) = self.find_rule(reference) else { return owner };
        format!("{owner}, {}: {}", rule_name(reference, rule), self.rule_body(reference, rule))
    }

    /// Returns the list a rule stands in: "network ACL `acl-db`", "host firewall of db-1".
    pub(crate) fn rule_list(self, owner: RuleOwner) -> String {
        match owner {
            RuleOwner::SecurityGroup(_) | RuleOwner::NetworkAcl(_) => {
                self.rule_owner(owner).words()
            }
            RuleOwner::CloudFirewall(_, border, _) => {
                format!("{} {}", self.rule_owner(owner).words(), border_words(border))
            }
            RuleOwner::ListenerAccess(..) => {
                format!("access list of {}", self.rule_owner(owner).words())
            }
            RuleOwner::HostChain(instance, chain) => {
                let instance = &self.network.instances[instance];
                let name = instance.meta.label();
                let firewall = instance.firewall.as_ref();
                let chain = firewall.and_then(|firewall| firewall.chains.get(chain));
                match (firewall.map(|firewall| firewall.kind), chain) {
                    (Some(HostFirewallKind::Windows), _) => format!("Windows firewall of {name}"),
                    (_, Some(chain)) => format!("host firewall of {name}, chain `{}`", chain.name),
                    (_, None) => format!("host firewall of {name}"),
                }
            }
        }
    }

    /// Returns what a rule does, without its name: "deny tcp 5432 from 10.0.1.0/24".
    pub(crate) fn rule_body<'r>(self, reference: RuleRef, rule: impl Into<AnyRule<'r>>) -> String {
        let rule = rule.into();
        let packets = self.packets(rule.matches(), reference.direction);
        let AnyRule::OfChain(of_chain) = rule else {
            return format!("{} {packets}", self.action(reference, rule));
        };
        let mut words = format!("{} {packets}", self.action(reference, rule));
        if let Some(states) = &of_chain.states {
            let states: Vec<String> =
                states.iter().map(|state| state_word(*state).into()).collect();
            let _ = write!(words, ", if the connection is {}", states.join(" or "));
        }
        for (interface, how) in [(of_chain.input, "coming in by"), (of_chain.output, "leaving by")]
        {
            if let Some(interface) = interface {
                let _ = write!(words, ", {how} {}", self.interface(interface).words());
            }
        }
        words
    }

    /// Returns what a rule does with a packet that matches.
    pub(crate) fn action(self, reference: RuleRef, rule: AnyRule<'_>) -> String {
        let chain_rule = match rule {
            AnyRule::Listed(rule) => return rule.action.to_string(),
            AnyRule::OfChain(rule) => rule,
        };
        let name = |at: usize| {
            let RuleOwner::HostChain(instance, _) = reference.owner else { return String::new() };
            let firewall = self.network.instances[instance].firewall.as_ref();
            let chain = firewall.and_then(|firewall| firewall.chains.get(at));
            chain.map_or(String::new(), |chain| format!("`{}` with", chain.name))
        };
        match chain_rule.verdict {
            ChainVerdict::Accept => String::from("accept"),
            ChainVerdict::Drop => String::from("drop"),
            ChainVerdict::Reject => String::from("reject"),
            ChainVerdict::Return => String::from("return"),
            ChainVerdict::Jump(chain) => format!("jump to {}", name(chain)),
            ChainVerdict::Goto(chain) => format!("go to {}", name(chain)),
        }
    }

    pub(crate) fn rule_source(self, reference: RuleRef) -> Source {
        let owner = self.rule_owner(reference.owner).meta;
        match self.find_rule(reference) {
            Some(rule) => self.source(rule.origin(), rule.id().or(Some(&owner.id))),
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
            RouteTarget::TransitGateway(id) => format!("to {}", self.transit_gateway(id).words()),
            RouteTarget::Connection(id) => format!("to {}", self.connection(id).words()),
            RouteTarget::Interface(id) => format!("to {}", self.interface(id).words()),
            RouteTarget::VirtualAddress(id) => format!("to {}", self.virtual_address(id).words()),
            RouteTarget::GatewayEndpoint(id) => format!("to {}", self.gateway_endpoint(id).words()),
            RouteTarget::Unresolved(_) => String::from("to something the input does not describe"),
        }
    }

    /// Returns a route of a transit gateway with its table.
    pub(crate) fn transit_route(self, reference: TransitRouteRef) -> Told {
        let table = self.transit_route_table(reference.table);
        let routes = &self.network.transit_route_tables[reference.table].routes;
        let Some(route) = routes.get(reference.index) else {
            return Told::new(table.words(), self.source_of(table.meta));
        };
        let target = self.transit_target(route.target);
        let gateway =
            self.transit_gateway(self.network.transit_route_tables[reference.table].gateway);
        Told::new(
            format!(
                "{} of {}, route {} {target}",
                table.words(),
                gateway.words(),
                route.destination
            ),
            self.source(&route.origin, Some(&table.meta.id)),
        )
    }

    pub(crate) fn transit_target(self, target: TransitTarget) -> String {
        match target {
            TransitTarget::Attachment(id) => format!("to {}", self.transit_attachment(id).words()),
            TransitTarget::Blackhole => String::from("to nowhere (blackhole)"),
            TransitTarget::Unresolved(_) => {
                String::from("to something the input does not describe")
            }
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

/// A rule of a list, or of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyRule<'n> {
    Listed(&'n Rule),
    OfChain(&'n ChainRule),
}

impl<'n> From<&'n Rule> for AnyRule<'n> {
    fn from(rule: &'n Rule) -> Self {
        Self::Listed(rule)
    }
}

impl<'n> From<&'n ChainRule> for AnyRule<'n> {
    fn from(rule: &'n ChainRule) -> Self {
        Self::OfChain(rule)
    }
}

impl<'n> AnyRule<'n> {
    pub(crate) fn matches(self) -> &'n PacketMatch {
        match self {
            Self::Listed(rule) => &rule.matches,
            Self::OfChain(rule) => &rule.matches,
        }
    }

    pub(crate) fn origin(self) -> &'n Origin {
        match self {
            Self::Listed(rule) => &rule.origin,
            Self::OfChain(rule) => &rule.origin,
        }
    }

    /// The rule number of an ACL.
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::Listed(rule) => rule.number,
            Self::OfChain(_) => None,
        }
    }

    /// The priority of a security-group rule.
    pub(crate) fn priority(self) -> Option<u16> {
        match self {
            Self::Listed(rule) => rule.priority,
            Self::OfChain(_) => None,
        }
    }

    fn id(self) -> Option<&'n str> {
        match self {
            Self::Listed(rule) => rule.id.as_deref(),
            Self::OfChain(_) => None,
        }
    }
}

fn state_word(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::New => "new",
        ConnectionState::Established => "established",
        ConnectionState::Invalid => "invalid",
    }
}

/// Returns how to find a rule in its list: "ingress rule 100", "egress rule 2 (priority 5)".
pub(crate) fn rule_name<'r>(reference: RuleRef, rule: impl Into<AnyRule<'r>>) -> String {
    let rule = rule.into();
    let at = reference.index.saturating_add(1);
    let rule = match rule {
        AnyRule::OfChain(ChainRule { name: Some(name), .. }) => return format!("rule `{name}`"),
        AnyRule::OfChain(_) => return format!("rule {at}"),
        AnyRule::Listed(rule) => rule,
    };
    match reference.owner {
        RuleOwner::CloudFirewall(_, _, FirewallList::White) => return format!("white list {at}"),
        RuleOwner::CloudFirewall(_, _, FirewallList::Black) => return format!("black list {at}"),
        RuleOwner::CloudFirewall(_, Border::Vpc, FirewallList::Rules)
        | RuleOwner::ListenerAccess(..) => return format!("rule {at}"),
        RuleOwner::CloudFirewall(_, _, FirewallList::Rules) => {
            let way = match reference.direction {
                Direction::Ingress => "inbound",
                Direction::Egress => "outbound",
            };
            return format!("{way} rule {at}");
        }
        RuleOwner::SecurityGroup(_) | RuleOwner::NetworkAcl(_) | RuleOwner::HostChain(..) => {}
    }
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
