//! Making edits in a copy of a network.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Direction, InstanceId, InternetGateway, Meta, Network, Origin, Peering, PeeringStatus,
    PublicAddress, PublicAddressId, PublicAddressTarget, RouteRef, RouteTableId, Rule, RuleOwner,
    RuleRef, RuleSet, SecurityGroup, VpcId,
};

use super::Edit;

/// Returns the origin of what a proposal adds.
pub(super) fn proposed() -> Origin {
    Origin::Derived { how: String::from("proposed"), from: Vec::new() }
}

/// Returns a copy of a network with edits made, all of which speak of the network as given.
#[must_use]
pub fn apply(network: &Network, edits: &[Edit]) -> Network {
    let mut edited = network.clone();
    for edit in edits {
        objects(&mut edited, edit);
    }
    routes(&mut edited, edits);
    services(&mut edited, edits);
    rules(network, &mut edited, edits);
    edited
}

/// Changes objects other than lists, and creates new ones.
fn objects(network: &mut Network, edit: &Edit) {
    match edit {
        Edit::AddSecurityGroup(interface) => {
            let label = format!("sg-{}", network.interfaces[*interface].meta.label());
            let id = free_id(&label, network.security_groups.iter().map(|(_, it)| &it.meta));
            let meta = meta_beside(&network.interfaces[*interface].meta, id);
            let group = SecurityGroup { meta, vpc: None, rules: RuleSet::default() };
            let group = network.security_groups.push(group);
            network.interfaces[*interface].security_groups.push(group);
        }
        Edit::CreatePeering { requester, accepter } => {
            let label = |vpc: VpcId| network.vpcs[vpc].meta.label();
            let label = format!("{}-{}", label(*requester), label(*accepter));
            let id = free_id(&label, network.peerings.iter().map(|(_, it)| &it.meta));
            network.peerings.push(Peering {
                meta: meta_beside(&network.vpcs[*requester].meta, id),
                requester: *requester,
                accepter: *accepter,
                status: PeeringStatus::Active,
                firewall: None,
            });
        }
        Edit::ActivatePeering(peering) => {
            network.peerings[*peering].status = PeeringStatus::Active;
        }
        Edit::AssociatePublicAddress { public, address, interface, private } => {
            let target =
                PublicAddressTarget::Interface { interface: *interface, address: *private };
            let label = format!("eip-{}", network.interfaces[*interface].meta.label());
            associate(network, *public, *address, target, &label);
        }
        Edit::AddNatAddress { public, address, gateway } => {
            let label = format!("eip-{}", network.nat_gateways[*gateway].meta.label());
            let target = PublicAddressTarget::NatGateway(*gateway);
            associate(network, *public, *address, target, &label);
        }
        Edit::DisassociatePublicAddress(public) => {
            network.public_addresses[*public].target = None;
        }
        Edit::AttachInternetGateway { gateway, vpc } => {
            network.internet_gateways[*gateway].vpc = Some(*vpc);
        }
        Edit::CreateInternetGateway(vpc) => {
            let label = format!("igw-{}", network.vpcs[*vpc].meta.label());
            let id = free_id(&label, network.internet_gateways.iter().map(|(_, it)| &it.meta));
            network.internet_gateways.push(InternetGateway {
                meta: meta_beside(&network.vpcs[*vpc].meta, id),
                vpc: Some(*vpc),
                egress_only: false,
                route_table: None,
            });
        }
        Edit::AllowInternetGateway(interface) => {
            network.interfaces[*interface].internet_gateway_denied = false;
        }
        Edit::AddSourceTranslation { gateway, translation } => {
            network.nat_gateways[*gateway].source_translations.push(translation.clone());
        }
        Edit::AddDestinationTranslation { gateway, translation } => {
            network.nat_gateways[*gateway].destination_translations.push(translation.clone());
        }
        // Lists are changed as a whole, so that positions stay what they were.
        Edit::AddRule { .. }
        | Edit::MoveRule { .. }
        | Edit::RemoveRule(_)
        | Edit::ChangeRule { .. }
        | Edit::AddRoute { .. }
        | Edit::ChangeRoute { .. }
        | Edit::RemoveRoute(_)
        | Edit::AddService { .. }
        | Edit::RebindService { .. }
        | Edit::RemoveService { .. } => {}
    }
}

fn associate(
    network: &mut Network,
    public: Option<PublicAddressId>,
    address: std::net::IpAddr,
    target: PublicAddressTarget,
    label: &str,
) {
    if let Some(public) = public {
        network.public_addresses[public].target = Some(target);
        return;
    }
    let id = free_id(label, network.public_addresses.iter().map(|(_, it)| &it.meta));
    let meta = Meta::new(id, proposed());
    network.public_addresses.push(PublicAddress {
        meta,
        address,
        target: Some(target),
        firewall: None,
    });
}

/// Returns a name that nothing of its kind has yet.
fn free_id<'m>(wanted: &str, taken: impl Iterator<Item = &'m Meta>) -> String {
    let taken: BTreeSet<&str> = taken.map(|meta| meta.id.as_str()).collect();
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(name.as_str())).unwrap_or_else(|| wanted.to_owned())
}

/// Returns the description of a new object that belongs where another one does.
fn meta_beside(other: &Meta, id: String) -> Meta {
    let (account, region) = (other.account.clone(), other.region.clone());
    Meta { account, region, ..Meta::new(id, proposed()) }
}

fn routes(network: &mut Network, edits: &[Edit]) {
    let mut removed: BTreeMap<RouteTableId, BTreeSet<usize>> = BTreeMap::new();
    for edit in edits {
        if let Edit::AddRoute { table, route } = edit {
            network.route_tables[*table].routes.push(route.clone());
        }
        if let Edit::ChangeRoute { route, target } = edit
            && let Some(route) = network.route_tables[route.table].routes.get_mut(route.index)
        {
            route.target = *target;
        }
        if let Edit::RemoveRoute(route) = edit {
            removed.entry(route.table).or_default().insert(route.index);
        }
    }
    for (table, indexes) in removed {
        remove(&mut network.route_tables[table].routes, &indexes);
    }
}

fn services(network: &mut Network, edits: &[Edit]) {
    let mut removed: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for edit in edits {
        if let Edit::AddService { instance, service } = edit {
            let services = &mut network.instances[*instance].services;
            services.get_or_insert_default().push(service.clone());
        }
        if let Edit::RebindService { instance, index, listen } = edit
            && let Some(services) = &mut network.instances[*instance].services
            && let Some(service) = services.get_mut(*index)
        {
            service.listen = *listen;
        }
        if let Edit::RemoveService { instance, index } = edit {
            removed.entry(*instance).or_default().insert(*index);
        }
    }
    for (instance, indexes) in removed {
        if let Some(services) = &mut network.instances[instance].services {
            remove(services, &indexes);
        }
    }
}

fn remove<T>(list: &mut Vec<T>, indexes: &BTreeSet<usize>) {
    let mut at = 0..;
    list.retain(|_| at.next().is_none_or(|at| !indexes.contains(&at)));
}

/// What happens to one list of rules.
#[derive(Debug, Default)]
struct ListEdits {
    /// Rules that go before a position, in order.
    inserted: BTreeMap<usize, Vec<Rule>>,
    replaced: BTreeMap<usize, Rule>,
    removed: BTreeSet<usize>,
}

fn rules(before: &Network, network: &mut Network, edits: &[Edit]) {
    for ((owner, direction), edits) in edited_lists(before, edits) {
        let Some(list) = list_mut(network, owner, direction) else { continue };
        *list = edits.applied(list).into_iter().map(|(_, rule)| rule).collect();
    }
}

type EditedLists = BTreeMap<(RuleOwner, Direction), ListEdits>;

fn edited_lists(before: &Network, edits: &[Edit]) -> EditedLists {
    let mut lists = EditedLists::new();
    for edit in edits {
        note(before, &mut lists, edit);
    }
    lists
}

fn note(before: &Network, lists: &mut EditedLists, edit: &Edit) {
    if let Edit::AddRule { owner, direction, before, rule } = edit {
        let list = lists.entry((*owner, *direction)).or_default();
        list.inserted.entry(*before).or_default().push(rule.clone());
    }
    if let Edit::RemoveRule(rule) = edit {
        lists.entry((rule.owner, rule.direction)).or_default().removed.insert(rule.index);
    }
    if let Edit::MoveRule { rule: moved, before: to, number, priority } = edit
        && let Some(rule) = find(before, *moved)
    {
        let list = lists.entry((moved.owner, moved.direction)).or_default();
        list.removed.insert(moved.index);
        let rule = Rule { number: *number, priority: *priority, ..rule.clone() };
        list.inserted.entry(*to).or_default().push(rule);
    }
    if let Edit::ChangeRule { rule: changed, direction, into } = edit {
        let list = lists.entry((changed.owner, changed.direction)).or_default();
        if changed.direction == *direction {
            list.replaced.insert(changed.index, into.clone());
        } else {
            list.removed.insert(changed.index);
            let other = lists.entry((changed.owner, *direction)).or_default();
            other.inserted.entry(usize::MAX).or_default().push(into.clone());
        }
    }
}

impl ListEdits {
    /// The rules as they will be, each with the position it had if it is where it was.
    fn applied(mut self, list: &[Rule]) -> Vec<(Option<usize>, Rule)> {
        let mut result = Vec::new();
        let new = |rule| (None, rule);
        for (index, rule) in list.iter().enumerate() {
            result.extend(self.inserted.remove(&index).into_iter().flatten().map(new));
            if !self.removed.contains(&index) {
                let rule = self.replaced.remove(&index).unwrap_or_else(|| rule.clone());
                result.push((Some(index), rule));
            }
        }
        result.extend(self.inserted.into_values().flatten().map(new));
        result
    }
}

/// Returns a rule of the edited network as one of the network that the edits are for; `None` for one
/// that they add or move.
pub(super) fn rule_before(network: &Network, edits: &[Edit], rule: RuleRef) -> Option<RuleRef> {
    let Some(edits) = edited_lists(network, edits).remove(&(rule.owner, rule.direction)) else {
        return Some(rule);
    };
    let all = edits.applied(list(network, rule.owner, rule.direction));
    let index = all.get(rule.index)?.0?;
    Some(RuleRef { index, ..rule })
}

/// Returns a route of the edited network as one of the network that the edits are for.
pub(super) fn route_before(edits: &[Edit], route: RouteRef) -> RouteRef {
    let removed = edits.iter().filter_map(|edit| {
        let Edit::RemoveRoute(removed) = edit else { return None };
        (removed.table == route.table).then_some(removed.index)
    });
    RouteRef { index: index_before(removed.collect(), route.index), ..route }
}

/// Returns the position that a service of the edited network had before.
pub(super) fn service_before(edits: &[Edit], of: InstanceId, index: usize) -> usize {
    let removed = edits.iter().filter_map(|edit| {
        let Edit::RemoveService { instance, index } = edit else { return None };
        (*instance == of).then_some(*index)
    });
    index_before(removed.collect(), index)
}

/// Returns the position that something had before others were removed.
fn index_before(removed: BTreeSet<usize>, index: usize) -> usize {
    // In ascending order, each one at or before it had moved it by one.
    removed.into_iter().fold(index, |at, gone| if gone <= at { at.saturating_add(1) } else { at })
}

/// Returns a rule, where there is one.
pub(super) fn find(network: &Network, rule: RuleRef) -> Option<&Rule> {
    list(network, rule.owner, rule.direction).get(rule.index)
}

/// Returns the rules of one direction.
pub(super) fn list(network: &Network, owner: RuleOwner, direction: Direction) -> &[Rule] {
    network.rules_of(owner, direction)
}

fn list_mut(
    network: &mut Network,
    owner: RuleOwner,
    direction: Direction,
) -> Option<&mut Vec<Rule>> {
    let rules = match owner {
        RuleOwner::SecurityGroup(id) => &mut network.security_groups[id].rules,
        RuleOwner::NetworkAcl(id) => &mut network.network_acls[id].rules,
        RuleOwner::CloudFirewall(..) | RuleOwner::ListenerAccess(..) | RuleOwner::HostChain(..) => {
            return None;
        }
    };
    Some(match direction {
        Direction::Ingress => &mut rules.ingress,
        Direction::Egress => &mut rules.egress,
    })
}

#[cfg(test)]
mod tests;
