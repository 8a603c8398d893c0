//! Edits of a network as phrases.
//!
//! An edit speaks of the network as it was asked; what it creates is found in the edited one.

use std::net::IpAddr;

use canreach_model::{
    DestinationTranslation, InstanceId, Network, PeeringId, PeeringStatus, RouteRef, RouteTarget,
    Rule, RuleOwner, RuleRef, Service, SourceTranslation, TranslationSource,
};
use canreach_net::PortSet;
use canreach_query::fix::Edit;

use super::{
    Named, Told, Words, and, ports,
    rule::{AnyRule, rule_name},
};

/// The words for edits: those of the network as it was asked, and of the edited one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EditWords<'n> {
    pub(crate) before: Words<'n>,
    pub(crate) after: Words<'n>,
}

impl<'n> EditWords<'n> {
    /// Returns the words for edits of a network that lead to another.
    pub(crate) fn new(before: Words<'n>, edited: &'n Network) -> Self {
        Self { before, after: before.of(edited) }
    }

    /// Returns what to do, and where what it is done to is written.
    pub(crate) fn edit(self, edit: &Edit) -> Told {
        let text = self.phrase(edit);
        match self.source(edit) {
            Some(source) => Told::new(text, source),
            None => Told { text, source: None },
        }
    }

    fn phrase(self, edit: &Edit) -> String {
        let Self { before: was, after } = self;
        match edit {
            Edit::AddRule { owner, direction, before, rule } => {
                let at = RuleRef { owner: *owner, direction: *direction, index: *before };
                self.added_rule(at, rule)
            }
            Edit::MoveRule { rule, before, number, priority } => {
                self.moved_rule(*rule, *before, *number, *priority)
            }
            Edit::RemoveRule(rule) => format!("remove {}", was.rule_of(*rule)),
            Edit::ChangeRule { rule, direction, into } => {
                let now = RuleRef { direction: *direction, ..*rule };
                self.changed_rule(*rule, now, into)
            }
            Edit::AddSecurityGroup(interface) => {
                let groups = &after.network.interfaces[*interface].security_groups;
                let name = groups.last().map_or(String::new(), |group| {
                    format!(" `{}`", after.security_group(*group).meta.label())
                });
                format!(
                    "put {} into a security group of its own,{name}",
                    was.machine_name(*interface)
                )
            }
            Edit::AddRoute { table, route } => format!(
                "add to {} a route {} {}",
                was.route_table(*table).words(),
                route.destination,
                after.target(route.target)
            ),
            Edit::ChangeRoute { route, target } => self.changed_route(*route, *target),
            Edit::RemoveRoute(route) => format!("remove {}", was.route_of(*route)),
            Edit::CreatePeering { requester, accepter } => {
                format!("peer {} with {}", was.vpc(*requester).words(), was.vpc(*accepter).words())
            }
            Edit::ActivatePeering(peering) => self.activated(*peering),
            Edit::AddService { instance, service } => format!(
                "let a service on {} listen on {}",
                was.instance(*instance).meta.label(),
                socket(was, service)
            ),
            Edit::RebindService { instance, index, listen } => format!(
                "let {} on {} listen on {}",
                self.service_words(*instance, *index),
                was.instance(*instance).meta.label(),
                was.listen(*listen).trim_start_matches("at ")
            ),
            Edit::RemoveService { instance, index } => format!(
                "stop {} on {}",
                self.service_words(*instance, *index),
                was.instance(*instance).meta.label()
            ),
            Edit::AssociatePublicAddress { public, address, interface, private } => {
                let machine = format!("{} ({private})", was.machine_name(*interface));
                public_address(public.is_some(), *address, &machine)
            }
            Edit::DisassociatePublicAddress(public) => {
                let public = &was.network.public_addresses[*public];
                format!("take away public address {}", public.address)
            }
            Edit::AttachInternetGateway { gateway, vpc } => format!(
                "attach {} to {}",
                was.internet_gateway(*gateway).words(),
                was.vpc(*vpc).words()
            ),
            Edit::CreateInternetGateway(vpc) => {
                format!("create an Internet gateway and attach it to {}", was.vpc(*vpc).words())
            }
            Edit::AllowInternetGateway(interface) => format!(
                "let the provider allow {} traffic through an Internet gateway",
                was.interface(*interface).words()
            ),
            Edit::AddNatAddress { public, address, gateway } => {
                public_address(public.is_some(), *address, &was.nat_gateway(*gateway).words())
            }
            Edit::AddSourceTranslation { gateway, translation } => format!(
                "add to {} a source translation of {} to {}",
                was.nat_gateway(*gateway).words(),
                self.translated(translation),
                and(&translation.addresses.iter().map(ToString::to_string).collect::<Vec<_>>())
            ),
            Edit::AddDestinationTranslation { gateway, translation } => {
                let gateway = was.nat_gateway(*gateway).words();
                let private = translation.private_address;
                format!(
                    "add to {gateway} a destination translation of {} to {private}",
                    socket_of(translation)
                )
            }
        }
    }

    fn changed_rule(self, rule: RuleRef, now: RuleRef, into: &Rule) -> String {
        let other = if rule.direction == now.direction {
            String::new()
        } else {
            format!("an {} rule: ", now.direction)
        };
        let body = self.after.rule_body(now, into);
        format!("change {} to {other}{body}", self.before.rule_of(rule))
    }

    fn activated(self, peering: PeeringId) -> String {
        let words = self.before.peering(peering).words();
        match self.before.network.peerings[peering].status {
            PeeringStatus::Active | PeeringStatus::PendingAcceptance => format!("accept {words}"),
            PeeringStatus::Rejected | PeeringStatus::Expired | PeeringStatus::Gone => {
                format!("create {words} again, and have it accepted")
            }
        }
    }

    fn added_rule(self, at: RuleRef, rule: &Rule) -> String {
        let owner = self.after.rule_owner(at.owner).words();
        let position = match (rule.number, rule.priority) {
            (Some(number), _) => format!("{} rule {number}", at.direction),
            (None, Some(priority)) => {
                format!("an {} rule with priority {priority}", at.direction)
            }
            (None, None) => format!("an {} rule", at.direction),
        };
        let next = matches!(at.owner, RuleOwner::NetworkAcl(_))
            .then(|| self.before.find_rule(at))
            .flatten()
            .map_or(String::new(), |next| format!(", before {}", short_name(at, next)));
        format!("add {position} to {owner}{next}: {}", self.after.rule_body(at, rule))
    }

    fn moved_rule(
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
        let number = number.map_or(String::new(), |number| format!(" to number {number}"));
        format!("move {rule}{place}{number}")
    }

    fn changed_route(self, route: RouteRef, target: RouteTarget) -> String {
        let target = self.after.target(target);
        format!("let {} lead {target} instead", self.before.route_of(route))
    }

    fn translated(self, translation: &SourceTranslation) -> String {
        match translation.source {
            TranslationSource::Cidr(block) if block.prefix_len() == block.max_prefix_len() => {
                block.addr().to_string()
            }
            TranslationSource::Cidr(block) => block.to_string(),
            TranslationSource::Subnet(subnet) => self.before.subnet(subnet).words(),
        }
    }

    fn service_words(self, instance: InstanceId, index: usize) -> String {
        self.service(instance, index)
            .map_or(String::from("the service"), |service| service_words(self.before, service))
    }

    fn service(self, instance: InstanceId, index: usize) -> Option<&'n Service> {
        self.before.network.instances[instance].services.as_ref()?.get(index)
    }

    /// Returns the object that an edit is made to.
    pub(crate) fn object(self, edit: &Edit) -> Named<'n> {
        let was = self.before;
        match edit {
            Edit::AddRule { owner, .. } => self.after.rule_owner(*owner),
            Edit::MoveRule { rule, .. }
            | Edit::RemoveRule(rule)
            | Edit::ChangeRule { rule, .. } => was.rule_owner(rule.owner),
            Edit::AddRoute { table, .. } => was.route_table(*table),
            Edit::ChangeRoute { route, .. } | Edit::RemoveRoute(route) => {
                was.route_table(route.table)
            }
            Edit::CreatePeering { requester: vpc, .. }
            | Edit::CreateInternetGateway(vpc)
            | Edit::AttachInternetGateway { vpc, .. } => was.vpc(*vpc),
            Edit::ActivatePeering(peering) => was.peering(*peering),
            Edit::AddService { instance, .. }
            | Edit::RebindService { instance, .. }
            | Edit::RemoveService { instance, .. } => was.instance(*instance),
            Edit::AddSecurityGroup(interface)
            | Edit::AssociatePublicAddress { interface, .. }
            | Edit::AllowInternetGateway(interface) => was.interface(*interface),
            Edit::DisassociatePublicAddress(public) => was.public_address(*public),
            Edit::AddNatAddress { gateway, .. }
            | Edit::AddSourceTranslation { gateway, .. }
            | Edit::AddDestinationTranslation { gateway, .. } => was.nat_gateway(*gateway),
        }
    }

    /// Returns where what is edited is written.
    pub(crate) fn source(self, edit: &Edit) -> Option<super::Source> {
        let was = self.before;
        if let Edit::MoveRule { rule, .. }
        | Edit::RemoveRule(rule)
        | Edit::ChangeRule { rule, .. } = edit
        {
            return Some(was.rule_source(*rule));
        }
        if let Edit::ChangeRoute { route, .. } | Edit::RemoveRoute(route) = edit {
            return Some(was.route_source(*route));
        }
        if let Edit::RebindService { instance, index, .. }
        | Edit::RemoveService { instance, index } = edit
        {
            let service = self.service(*instance, *index)?;
            return Some(was.source(&service.origin, Some(&was.instance(*instance).meta.id)));
        }
        Some(was.source_of(self.object(edit).meta))
    }
}

/// Returns the name of an edit, as JSON spells it.
pub(crate) fn edit_code(edit: &Edit) -> &'static str {
    match edit {
        Edit::AddRule { .. } => "add-rule",
        Edit::MoveRule { .. } => "move-rule",
        Edit::RemoveRule(_) => "remove-rule",
        Edit::ChangeRule { .. } => "change-rule",
        Edit::AddSecurityGroup(_) => "add-security-group",
        Edit::AddRoute { .. } => "add-route",
        Edit::ChangeRoute { .. } => "change-route",
        Edit::RemoveRoute(_) => "remove-route",
        Edit::CreatePeering { .. } => "create-peering",
        Edit::ActivatePeering(_) => "activate-peering",
        Edit::AddService { .. } => "add-service",
        Edit::RebindService { .. } => "rebind-service",
        Edit::RemoveService { .. } => "remove-service",
        Edit::AssociatePublicAddress { .. } => "associate-public-address",
        Edit::DisassociatePublicAddress(_) => "disassociate-public-address",
        Edit::AttachInternetGateway { .. } => "attach-internet-gateway",
        Edit::CreateInternetGateway(_) => "create-internet-gateway",
        Edit::AllowInternetGateway(_) => "allow-internet-gateway",
        Edit::AddNatAddress { .. } => "add-nat-address",
        Edit::AddSourceTranslation { .. } => "add-source-translation",
        Edit::AddDestinationTranslation { .. } => "add-destination-translation",
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
fn public_address(is_there: bool, address: IpAddr, whose: &str) -> String {
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
    fn rule_of(self, reference: RuleRef) -> String {
        let owner = self.rule_owner(reference.owner).words();
        let Some(rule) = self.find_rule(reference) else { return owner };
        let body = self.rule_body(reference, rule);
        format!("{} of {owner} ({body})", rule_name(reference, rule))
    }

    /// Returns a route with its table: "route 10.1.0.0/16 of route table `main` (to peering `p`)".
    fn route_of(self, reference: RouteRef) -> String {
        let table = self.route_table(reference.table).words();
        let Some(route) = self.find_route(reference) else { return table };
        format!("route {} of {table} ({})", route.destination, self.target(route.target))
    }
}
