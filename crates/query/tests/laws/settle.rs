//! Deciding facts of a generated network.

use std::collections::BTreeSet;

use canreach_model::{
    AttachedTo, FactId, FirewallList, Forwarding, InterfaceOwner, Network, Polarity,
    PublicAddressTarget, RouteTarget, Setting, TransitAttachmentId, TransitTarget,
};

use crate::edit;

/// The facts of some polarity.
pub(crate) fn facts(network: &Network, wanted: impl Fn(Polarity) -> bool) -> Vec<FactId> {
    network.facts.iter().filter(|(_, fact)| wanted(fact.polarity)).map(|(id, _)| id).collect()
}

/// The facts that stand for a disputed setting.
pub(crate) fn disputed_settings(network: &Network) -> Vec<FactId> {
    facts(network, |polarity| polarity == Polarity::Neither)
}

/// The facts about what the input does not describe.
pub(crate) fn facts_beyond_the_input(network: &Network) -> BTreeSet<FactId> {
    let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
    let targets = routes.filter_map(|route| match route.target {
        RouteTarget::Unresolved(fact) => Some(fact),
        RouteTarget::Local
        | RouteTarget::Blackhole
        | RouteTarget::InternetGateway(_)
        | RouteTarget::NatGateway(_)
        | RouteTarget::Peering(_)
        | RouteTarget::TransitGateway(_)
        | RouteTarget::Connection(_)
        | RouteTarget::Interface(_)
        | RouteTarget::VirtualAddress(_)
        | RouteTarget::GatewayEndpoint(_) => None,
    });
    let owners = network.interfaces.iter().filter_map(|(_, interface)| match interface.owner {
        InterfaceOwner::Unmodelled(fact) => Some(fact),
        InterfaceOwner::Instance(_)
        | InterfaceOwner::NatGateway(_)
        | InterfaceOwner::LoadBalancer(_)
        | InterfaceOwner::Service
        | InterfaceOwner::Gateway
        | InterfaceOwner::Detached => None,
    });
    let transit = network.transit_route_tables.iter().flat_map(|(_, table)| &table.routes);
    let transit = transit.filter_map(|route| match route.target {
        TransitTarget::Unresolved(fact) => Some(fact),
        TransitTarget::Attachment(_) | TransitTarget::Blackhole => None,
    });
    let attached = network.transit_attachments.iter().filter_map(|(_, it)| match it.to {
        AttachedTo::Unmodelled(fact) => Some(fact),
        AttachedTo::Vpc { .. } | AttachedTo::Connection(_) | AttachedTo::Peering(_) => None,
    });
    let appliances = network.instances.iter().filter_map(|(_, it)| it.appliance);
    let unlisted = network.vpcs.iter().filter_map(|(_, it)| it.unlisted);
    let public = network.public_addresses.iter().filter_map(|(_, it)| match it.target {
        Some(PublicAddressTarget::Unresolved(fact)) => Some(fact),
        Some(
            PublicAddressTarget::Interface { .. }
            | PublicAddressTarget::VirtualAddress(_)
            | PublicAddressTarget::NatGateway(_),
        )
        | None => None,
    });
    let listeners = network.load_balancers.iter().flat_map(|(_, it)| &it.listeners);
    let listeners = listeners.filter_map(|listener| match listener.forwarding {
        Forwarding::Unmodelled(fact) => Some(fact),
        Forwarding::Proxy | Forwarding::KeepClient { .. } | Forwarding::ReplaceClient => None,
    });
    let inside = targets.chain(owners).chain(appliances).chain(unlisted).chain(listeners);
    inside.chain(public).chain(transit).chain(attached).collect()
}

/// Whether the network leads to anything that the input does not describe.
pub(crate) fn leads_beyond_the_input(network: &Network) -> bool {
    !facts_beyond_the_input(network).is_empty()
}

/// The network with one fact decided. That something beyond the input delivers cannot be written down;
/// it stays open.
pub(crate) fn settled(network: &Network, fact: FactId, value: bool) -> Network {
    let mut network = network.clone();
    for id in network.vpcs.ids() {
        let profile = &mut network.vpcs[id].profile;
        decide(&mut profile.security_group.default_priority, fact, value);
        decide(&mut profile.peering.to_peering, fact, value);
    }
    for id in network.instances.ids() {
        decide(&mut network.instances[id].forwards, fact, value);
    }
    edit::each_chain(&mut network, |chain| {
        chain.rules.retain(|rule| value || rule.matches.unresolved != Some(fact));
        for rule in &mut chain.rules {
            rule.matches.unresolved = rule.matches.unresolved.filter(|it| *it != fact);
        }
    });
    let mut lists = edit::rule_lists(&network);
    for list in [FirewallList::White, FirewallList::Black] {
        lists.extend(edit::membership_lists(&network, list));
    }
    for list in lists {
        let rules = edit::rules_mut(&mut network, list);
        rules.retain(|rule| value || rule.matches.unresolved != Some(fact));
        for rule in rules.iter_mut().filter(|rule| rule.matches.unresolved == Some(fact)) {
            rule.matches.unresolved = None;
        }
    }
    if !value {
        for table in network.route_tables.ids() {
            for route in &mut network.route_tables[table].routes {
                if route.target == RouteTarget::Unresolved(fact) {
                    route.target = RouteTarget::Blackhole;
                }
            }
        }
        for table in network.transit_route_tables.ids() {
            for route in &mut network.transit_route_tables[table].routes {
                if route.target == TransitTarget::Unresolved(fact) {
                    route.target = TransitTarget::Blackhole;
                }
            }
        }
        for id in network.transit_attachments.ids() {
            if network.transit_attachments[id].to == AttachedTo::Unmodelled(fact) {
                leads_nowhere(&mut network, id);
            }
        }
        for id in network.interfaces.ids() {
            let owner = &mut network.interfaces[id].owner;
            if *owner == InterfaceOwner::Unmodelled(fact) {
                *owner = InterfaceOwner::Detached;
            }
        }
        nothing_is_left_out(&mut network, fact);
    }
    network
}

/// The network where a fact about what the input leaves out does not hold: an appliance forwards
/// nothing, nobody has the addresses that nobody is listed with, a listener sends nothing on.
fn nothing_is_left_out(network: &mut Network, fact: FactId) {
    for id in network.instances.ids() {
        let instance = &mut network.instances[id];
        if instance.appliance == Some(fact) {
            instance.appliance = None;
            instance.forwards = Setting::Decided(false);
        }
    }
    for id in network.vpcs.ids() {
        let unlisted = &mut network.vpcs[id].unlisted;
        *unlisted = unlisted.filter(|it| *it != fact);
    }
    for id in network.public_addresses.ids() {
        let target = &mut network.public_addresses[id].target;
        *target = target.filter(|it| *it != PublicAddressTarget::Unresolved(fact));
    }
    for id in network.load_balancers.ids() {
        for listener in &mut network.load_balancers[id].listeners {
            if listener.forwarding == Forwarding::Unmodelled(fact) {
                listener.forwarding = Forwarding::ReplaceClient;
                listener.targets.clear();
            }
        }
    }
}

fn decide<T: Copy>(setting: &mut Setting<T>, known: FactId, value: bool) {
    if let Setting::Disputed { fact, if_true, if_false } = *setting
        && fact == known
    {
        *setting = Setting::Decided(if value { if_true } else { if_false });
    }
}

fn leads_nowhere(network: &mut Network, attachment: TransitAttachmentId) {
    for table in network.transit_route_tables.ids() {
        for route in &mut network.transit_route_tables[table].routes {
            if route.target == TransitTarget::Attachment(attachment) {
                route.target = TransitTarget::Blackhole;
            }
        }
    }
}
