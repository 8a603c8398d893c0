//! Edits of a network as phrases.
//!
//! An edit speaks of the network as it was asked; what it creates is found in the edited one.

use canreach_model::{Direction, InstanceId, Network, RuleOwner, RuleRef};
use canreach_query::fix::Edit;

use super::{Named, Told, Words};

mod phrases;

use phrases::public_address;

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
            Edit::AddChainRule { instance, chain, before, rule } => {
                self.added_chain_rule(chain_rule(*instance, *chain, *before), rule)
            }
            Edit::RemoveChainRule { instance, chain, index } => {
                format!("remove {}", was.rule_of(chain_rule(*instance, *chain, *index)))
            }
            Edit::ChangeChainRule { instance, chain, index, into } => {
                let rule = chain_rule(*instance, *chain, *index);
                format!("change {} to {}", was.rule_of(rule), after.rule_body(rule, into))
            }
            Edit::AddSecurityGroup(interface) => self.new_group(*interface),
            Edit::AddRoute { table, route } => self.added_route(*table, route),
            Edit::ChangeRoute { route, target } => self.changed_route(*route, *target),
            Edit::RemoveRoute(route) => format!("remove {}", was.route_of(*route)),
            Edit::CreatePeering { requester, accepter } => {
                format!("peer {} with {}", was.vpc(*requester).words(), was.vpc(*accepter).words())
            }
            Edit::ActivatePeering(peering) => self.activated(*peering),
            Edit::MoveInterface { interface, subnet, from, to } => {
                self.moved_interface(*interface, *subnet, (*from, *to))
            }
            Edit::AddService { instance, service } => self.added_service(*instance, service),
            Edit::RebindService { instance, index, listen } => {
                self.rebound_service(*instance, *index, *listen)
            }
            Edit::RemoveService { instance, index } => self.stopped_service(*instance, *index),
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
            Edit::AddSourceTranslation { gateway, translation } => {
                self.added_source_translation(*gateway, translation)
            }
            Edit::AddDestinationTranslation { gateway, translation } => {
                self.added_destination_translation(*gateway, translation)
            }
            Edit::AttachTransit { gateway, vpc, subnets, table } => {
                self.attached(*gateway, *vpc, subnets, *table)
            }
            Edit::AddAttachmentSubnet { attachment, subnet } => {
                self.wider_attachment(*attachment, *subnet)
            }
            Edit::AssociateTransit { attachment, table } => self.associated(*attachment, *table),
            Edit::AddTransitRoute { table, route } => self.added_transit_route(*table, route),
            Edit::ChangeTransitRoute { route, target } => {
                let target = after.transit_target(*target);
                format!("let {} lead {target} instead", was.transit_route_of(*route))
            }
            Edit::RemoveTransitRoute(route) => format!("remove {}", was.transit_route_of(*route)),
            Edit::BringUpConnection(connection) => {
                format!("bring up {}", was.connection(*connection).words())
            }
            Edit::Advertise { connection, prefix } => {
                format!("advertise {prefix} through {}", was.connection(*connection).words())
            }
            Edit::SwitchOffSourceDestCheck(interface) => {
                let interface = was.interface(*interface).words();
                format!("switch off the source/destination check of {interface}")
            }
            Edit::SwitchOnForwarding(instance) => {
                format!("let {} forward packets", was.instance(*instance).meta.label())
            }
            Edit::AddListener { balancer, listener } => self.added_listener(*balancer, listener),
            Edit::AddTarget { balancer, listener, target } => {
                self.added_target(*balancer, *listener, target)
            }
        }
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
            | Edit::AttachTransit { vpc, .. }
            | Edit::CreateInternetGateway(vpc)
            | Edit::AttachInternetGateway { vpc, .. } => was.vpc(*vpc),
            Edit::ActivatePeering(peering) => was.peering(*peering),
            Edit::AddService { instance, .. }
            | Edit::AddChainRule { instance, .. }
            | Edit::RemoveChainRule { instance, .. }
            | Edit::ChangeChainRule { instance, .. }
            | Edit::SwitchOnForwarding(instance)
            | Edit::RebindService { instance, .. }
            | Edit::RemoveService { instance, .. } => was.instance(*instance),
            Edit::AddSecurityGroup(interface)
            | Edit::SwitchOffSourceDestCheck(interface)
            | Edit::MoveInterface { interface, .. }
            | Edit::AssociatePublicAddress { interface, .. }
            | Edit::AllowInternetGateway(interface) => was.interface(*interface),
            Edit::DisassociatePublicAddress(public) => was.public_address(*public),
            Edit::AddNatAddress { gateway, .. }
            | Edit::AddSourceTranslation { gateway, .. }
            | Edit::AddDestinationTranslation { gateway, .. } => was.nat_gateway(*gateway),
            Edit::AddAttachmentSubnet { attachment, .. }
            | Edit::AssociateTransit { attachment, .. } => {
                self.after.transit_attachment(*attachment)
            }
            Edit::AddTransitRoute { table, .. } => was.transit_route_table(*table),
            Edit::ChangeTransitRoute { route, .. } | Edit::RemoveTransitRoute(route) => {
                was.transit_route_table(route.table)
            }
            Edit::BringUpConnection(connection) | Edit::Advertise { connection, .. } => {
                was.connection(*connection)
            }
            Edit::AddListener { balancer, .. } | Edit::AddTarget { balancer, .. } => {
                was.load_balancer(*balancer)
            }
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
        if let Edit::RemoveChainRule { instance, chain, index }
        | Edit::ChangeChainRule { instance, chain, index, .. } = edit
        {
            return Some(was.rule_source(chain_rule(*instance, *chain, *index)));
        }
        if let Edit::ChangeTransitRoute { route, .. } | Edit::RemoveTransitRoute(route) = edit {
            return was.transit_route(*route).source;
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
        Edit::AddChainRule { .. } => "add-chain-rule",
        Edit::RemoveChainRule { .. } => "remove-chain-rule",
        Edit::ChangeChainRule { .. } => "change-chain-rule",
        Edit::AttachTransit { .. } => "attach-transit-gateway",
        Edit::AddAttachmentSubnet { .. } => "add-attachment-subnet",
        Edit::AssociateTransit { .. } => "associate-attachment",
        Edit::AddTransitRoute { .. } => "add-transit-route",
        Edit::ChangeTransitRoute { .. } => "change-transit-route",
        Edit::RemoveTransitRoute(_) => "remove-transit-route",
        Edit::BringUpConnection(_) => "bring-up-connection",
        Edit::Advertise { .. } => "advertise",
        Edit::SwitchOffSourceDestCheck(_) => "switch-off-source-dest-check",
        Edit::SwitchOnForwarding(_) => "switch-on-forwarding",
        Edit::AddListener { .. } => "add-listener",
        Edit::AddTarget { .. } => "add-target",
        Edit::MoveInterface { .. } => "move-interface",
    }
}

/// Returns the reference to a rule of a chain. Chains have no direction of their own; what a rule says
/// of the far side is worded as for what comes in.
pub(crate) fn chain_rule(instance: InstanceId, chain: usize, index: usize) -> RuleRef {
    RuleRef { owner: RuleOwner::HostChain(instance, chain), direction: Direction::Ingress, index }
}

#[cfg(test)]
mod tests;
