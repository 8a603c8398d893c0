//! One phrase for each kind of edit.

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, BalancerTarget, Border, ChainRule, DestinationTranslation, Direction,
    FirewallList, InstanceId, InterfaceId, Listen, LoadBalancerId, NatGatewayId, PeeringId,
    PeeringStatus, Route, RouteRef, RouteTableId, RouteTarget, Rule, RuleOwner, RuleRef, Service,
    SourceTranslation, SubnetId, TransitAttachmentId, TransitGatewayId, TransitRoute,
    TransitRouteRef, TransitRouteTableId, TranslationSource, VpcId,
};
use canreach_net::PortSet;

use super::EditWords;
use crate::words::{AnyRule, Words, and, ports, rule::rule_name};

impl<'n> EditWords<'n> {
    pub(super) fn changed_rule(self, rule: RuleRef, now: RuleRef, into: &Rule) -> String {
        let other = if rule.direction == now.direction {
            String::new()
        } else {
            format!("an {} rule: ", now.direction)
        };
        let body = self.after.rule_body(now, into);
        format!("change {} to {other}{body}", self.before.rule_of(rule))
    }

    pub(super) fn activated(self, peering: PeeringId) -> String {
        let words = self.before.peering(peering).words();
        match self.before.network.peerings[peering].status {
            PeeringStatus::Active | PeeringStatus::PendingAcceptance => format!("accept {words}"),
            PeeringStatus::Rejected | PeeringStatus::Expired | PeeringStatus::Gone => {
                format!("create {words} again, and have it accepted")
            }
        }
    }

    pub(super) fn added_rule(self, at: RuleRef, rule: &Rule) -> String {
        let list = self.after.rule_list(at.owner);
        let what = match at.owner {
            RuleOwner::SecurityGroup(_) | RuleOwner::NetworkAcl(_) => {
                match (rule.number, rule.priority) {
                    (Some(number), _) => format!("{} rule {number}", at.direction),
                    (None, Some(priority)) => {
                        format!("an {} rule with priority {priority}", at.direction)
                    }
                    (None, None) => format!("an {} rule", at.direction),
                }
            }
            RuleOwner::CloudFirewall(_, _, FirewallList::White) => {
                String::from("to the white list")
            }
            RuleOwner::CloudFirewall(_, _, FirewallList::Black) => {
                String::from("to the black list")
            }
            RuleOwner::CloudFirewall(_, Border::Vpc, FirewallList::Rules)
            | RuleOwner::ListenerAccess(..)
            | RuleOwner::HostChain(..) => String::from("a rule"),
            RuleOwner::CloudFirewall(_, _, FirewallList::Rules) => match at.direction {
                Direction::Ingress => String::from("an inbound rule"),
                Direction::Egress => String::from("an outbound rule"),
            },
        };
        let of = if what.starts_with("to ") { "of" } else { "to" };
        let next = self.next(at);
        format!("add {what} {of} {list}{next}: {}", self.after.rule_body(at, rule))
    }

    pub(super) fn added_chain_rule(self, at: RuleRef, rule: &ChainRule) -> String {
        let list = self.after.rule_list(at.owner);
        format!("add a rule to {list}{}: {}", self.next(at), self.after.rule_body(at, rule))
    }

    /// Returns before which rule another one goes, where the order of the list counts.
    fn next(self, at: RuleRef) -> String {
        let ordered = match at.owner {
            RuleOwner::SecurityGroup(_)
            | RuleOwner::CloudFirewall(_, _, FirewallList::White | FirewallList::Black) => false,
            RuleOwner::NetworkAcl(_)
            | RuleOwner::CloudFirewall(_, _, FirewallList::Rules)
            | RuleOwner::ListenerAccess(..)
            | RuleOwner::HostChain(..) => true,
        };
        let next = ordered.then(|| self.before.find_rule(at)).flatten();
        next.map_or(String::new(), |next| format!(", before {}", short_name(at, next)))
    }

    pub(super) fn new_group(self, interface: InterfaceId) -> String {
        let groups = &self.after.network.interfaces[interface].security_groups;
        let name = groups.last().map_or(String::new(), |group| {
            format!(", `{}`", self.after.security_group(*group).meta.label())
        });
        let machine = self.before.machine_name(interface);
        format!("put {machine} into a security group of its own{name}")
    }

    pub(super) fn added_route(self, table: RouteTableId, route: &Route) -> String {
        let table = self.before.route_table(table).words();
        let target = self.after.target(route.target);
        format!("add to {table} a route {} {target}", route.destination)
    }

    pub(super) fn added_transit_route(
        self,
        table: TransitRouteTableId,
        route: &TransitRoute,
    ) -> String {
        let gateway = self.before.network.transit_route_tables[table].gateway;
        let gateway = self.before.transit_gateway(gateway).words();
        let table = self.before.transit_route_table(table).words();
        let target = self.after.transit_target(route.target);
        format!("add to {table} of {gateway} a route {} {target}", route.destination)
    }

    pub(super) fn attached(
        self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        subnets: &[SubnetId],
        table: Option<TransitRouteTableId>,
    ) -> String {
        let (vpc, gateway) =
            (self.before.vpc(vpc).words(), self.before.transit_gateway(gateway).words());
        let through: Vec<String> =
            subnets.iter().map(|it| self.before.subnet(*it).words()).collect();
        let through = match through.as_slice() {
            [] => String::new(),
            some => format!(" through {}", and(some)),
        };
        let table = table.map_or(String::new(), |table| {
            format!(", associated with {}", self.before.transit_route_table(table).words())
        });
        format!("attach {vpc} to {gateway}{through}{table}")
    }

    pub(super) fn wider_attachment(
        self,
        attachment: TransitAttachmentId,
        subnet: SubnetId,
    ) -> String {
        let attachment = self.before.transit_attachment(attachment).words();
        format!("let {attachment} go through {} too", self.before.subnet(subnet).words())
    }

    pub(super) fn associated(
        self,
        attachment: TransitAttachmentId,
        table: TransitRouteTableId,
    ) -> String {
        let attachment = self.after.transit_attachment(attachment).words();
        format!("associate {attachment} with {}", self.before.transit_route_table(table).words())
    }

    pub(super) fn added_listener(
        self,
        balancer: LoadBalancerId,
        listener: &BalancerListener,
    ) -> String {
        let balancer = self.before.load_balancer(balancer).words();
        let targets: Vec<String> =
            listener.targets.iter().map(|target| target.address.to_string()).collect();
        let targets = match targets.as_slice() {
            [] => String::new(),
            some => format!(", with target {}", and(some)),
        };
        let numbers: PortSet = listener.ports.into();
        format!(
            "add to {balancer} a listener for {}/{}{targets}",
            ports(&numbers),
            listener.protocol
        )
    }

    pub(super) fn added_target(
        self,
        balancer: LoadBalancerId,
        listener: usize,
        target: &BalancerTarget,
    ) -> String {
        let (number, address) = (listener.saturating_add(1), target.address);
        let balancer = self.before.load_balancer(balancer).words();
        format!("add target {address} to listener {number} of {balancer}")
    }

    pub(super) fn moved_interface(
        self,
        interface: InterfaceId,
        subnet: SubnetId,
        (from, to): (IpAddr, IpAddr),
    ) -> String {
        let machine = self.before.machine_name(interface);
        let subnet = self.before.subnet(subnet).words();
        format!("move {machine} to {subnet}, with {to} instead of {from}")
    }

    pub(super) fn added_service(self, instance: InstanceId, service: &Service) -> String {
        let machine = self.before.instance(instance).meta.label();
        format!("let a service on {machine} listen on {}", socket(self.before, service))
    }

    pub(super) fn rebound_service(
        self,
        instance: InstanceId,
        index: usize,
        listen: Listen,
    ) -> String {
        let service = self.service_words(instance, index);
        let machine = self.before.instance(instance).meta.label();
        format!(
            "let {service} on {machine} listen on {}",
            self.before.listen(listen).trim_start_matches("at ")
        )
    }

    pub(super) fn stopped_service(self, instance: InstanceId, index: usize) -> String {
        let machine = self.before.instance(instance).meta.label();
        format!("stop {} on {machine}", self.service_words(instance, index))
    }

    pub(super) fn added_source_translation(
        self,
        gateway: NatGatewayId,
        translation: &SourceTranslation,
    ) -> String {
        let gateway = self.before.nat_gateway(gateway).words();
        let addresses: Vec<String> =
            translation.addresses.iter().map(ToString::to_string).collect();
        let what = self.translated(translation);
        format!("add to {gateway} a source translation of {what} to {}", and(&addresses))
    }

    pub(super) fn added_destination_translation(
        self,
        gateway: NatGatewayId,
        translation: &DestinationTranslation,
    ) -> String {
        let gateway = self.before.nat_gateway(gateway).words();
        let (what, private) = (socket_of(translation), translation.private_address);
        let same = translation.private_port == translation.public_ports.first();
        let port = if same { String::new() } else { format!(" port {}", translation.private_port) };
        format!("add to {gateway} a destination translation of {what} to {private}{port}")
    }

    pub(super) fn moved_rule(
        self,
        moved: RuleRef,
        before: usize,
        number: Option<u32>,
        priority: Option<u16>,
    ) -> String {
        let rule = self.before.rule_of(moved);
        if let Some(priority) = priority {
            return format!("give priority {priority} to {rule}");
        }
        let at = RuleRef { index: before, ..moved };
        let next = self.before.find_rule(at).filter(|_| before != moved.index);
        let place = next.map_or(String::new(), |next| format!(" before {}", short_name(at, next)));
        let number = number.map_or(String::new(), |number| format!(", as number {number}"));
        format!("move {rule}{place}{number}")
    }

    pub(super) fn changed_route(self, route: RouteRef, target: RouteTarget) -> String {
        let target = self.after.target(target);
        format!("let {} lead {target} instead", self.before.route_of(route))
    }

    pub(super) fn translated(self, translation: &SourceTranslation) -> String {
        match translation.source {
            TranslationSource::Cidr(block) if block.prefix_len() == block.max_prefix_len() => {
                block.addr().to_string()
            }
            TranslationSource::Cidr(block) => block.to_string(),
            TranslationSource::Subnet(subnet) => self.before.subnet(subnet).words(),
        }
    }

    pub(super) fn service_words(self, instance: InstanceId, index: usize) -> String {
        self.service(instance, index)
            .map_or(String::from("the service"), |service| service_words(self.before, service))
    }

    pub(super) fn service(self, instance: InstanceId, index: usize) -> Option<&'n Service> {
        self.before.network.instances[instance].services.as_ref()?.get(index)
    }
}

/// Returns the number of a rule, or its position where it has none.
fn short_name<'r>(at: RuleRef, rule: impl Into<AnyRule<'r>>) -> String {
    match rule.into().number() {
        Some(number) => format!("rule {number}"),
        None => format!("rule {}", at.index.saturating_add(1)),
    }
}

fn service_words(words: Words<'_>, service: &Service) -> String {
    match &service.name {
        Some(name) => format!("`{name}`"),
        None => format!("what listens on {}", socket(words, service)),
    }
}

fn socket(words: Words<'_>, service: &Service) -> String {
    let numbers: PortSet = service.ports.into();
    format!(
        "{}/{}, {}",
        ports(&numbers),
        service.protocol,
        words.listen(service.listen).trim_start_matches("at ")
    )
}

/// Returns who gets a public address: one that is there, or one yet to be allotted.
pub(super) fn public_address(is_there: bool, address: IpAddr, whose: &str) -> String {
    if is_there {
        format!("let public address {address} stand for {whose}")
    } else {
        format!("give {whose} a public address (written as {address} here)")
    }
}

/// Returns the public address, protocol and ports of a destination translation.
fn socket_of(translation: &DestinationTranslation) -> String {
    let what = translation
        .protocol
        .map_or(String::new(), |protocol| format!(" {protocol} {}", translation.public_ports));
    format!("{}{what}", translation.public_address)
}

impl Words<'_> {
    /// Returns a rule with its owner: "ingress rule 2 of security group `sg-db` (allow tcp 22 …)".
    pub(super) fn rule_of(self, reference: RuleRef) -> String {
        let owner = self.rule_list(reference.owner);
        let Some(rule) = self.find_rule(reference) else { return owner };
        let body = self.rule_body(reference, rule);
        format!("{} of {owner} ({body})", rule_name(reference, rule))
    }

    /// Returns a route of a transit gateway with its table likewise.
    pub(super) fn transit_route_of(self, reference: TransitRouteRef) -> String {
        let table = &self.network.transit_route_tables[reference.table];
        let gateway = self.transit_gateway(table.gateway).words();
        let name = self.transit_route_table(reference.table).words();
        let Some(route) = table.routes.get(reference.index) else { return name };
        let target = self.transit_target(route.target);
        format!("route {} of {name} of {gateway} ({target})", route.destination)
    }

    /// Returns a route with its table: "route 10.1.0.0/16 of route table `main` (to peering `p`)".
    pub(super) fn route_of(self, reference: RouteRef) -> String {
        let table = self.route_table(reference.table).words();
        let Some(route) = self.find_route(reference) else { return table };
        format!("route {} of {table} ({})", route.destination, self.target(route.target))
    }
}
