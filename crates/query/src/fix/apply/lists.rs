//! Lists of rules with edits made in them: positions are those of the list as it was.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Border, ChainRule, Direction, FirewallList, InstanceId, Network, RouteRef, Rule, RuleOwner,
    RuleRef, TransitRouteRef,
};

use super::Edit;

/// What happens to one list.
#[derive(Debug)]
struct ListEdits<T> {
    /// What goes before a position, in order.
    inserted: BTreeMap<usize, Vec<T>>,
    replaced: BTreeMap<usize, T>,
    removed: BTreeSet<usize>,
}

impl<T> Default for ListEdits<T> {
    fn default() -> Self {
        Self { inserted: BTreeMap::new(), replaced: BTreeMap::new(), removed: BTreeSet::new() }
    }
}

impl<T: Clone> ListEdits<T> {
    fn insert(&mut self, before: usize, item: &T) {
        self.inserted.entry(before).or_default().push(item.clone());
    }

    /// The items as they will be, each with the position it had if it is where it was.
    fn applied(mut self, list: &[T]) -> Vec<(Option<usize>, T)> {
        let mut result = Vec::new();
        let new = |item| (None, item);
        for (index, item) in list.iter().enumerate() {
            result.extend(self.inserted.remove(&index).into_iter().flatten().map(new));
            if !self.removed.contains(&index) {
                let item = self.replaced.remove(&index).unwrap_or_else(|| item.clone());
                result.push((Some(index), item));
            }
        }
        result.extend(self.inserted.into_values().flatten().map(new));
        result
    }
}

/// A list of rules, by its owner and direction. Some owners have one list for both.
type Key = (RuleOwner, Direction);
type RuleLists = BTreeMap<Key, ListEdits<Rule>>;
type ChainLists = BTreeMap<(InstanceId, usize), ListEdits<ChainRule>>;

fn key(owner: RuleOwner, direction: Direction) -> Key {
    match owner {
        RuleOwner::SecurityGroup(_)
        | RuleOwner::NetworkAcl(_)
        | RuleOwner::CloudFirewall(_, _, FirewallList::Rules) => (owner, direction),
        RuleOwner::CloudFirewall(_, _, FirewallList::White | FirewallList::Black)
        | RuleOwner::ListenerAccess(..)
        | RuleOwner::HostChain(..) => (owner, Direction::Ingress),
    }
}

/// Makes the edits of rules in a copy of the network that they speak of.
pub(super) fn edit_rules(before: &Network, network: &mut Network, edits: &[Edit]) {
    for ((owner, direction), edits) in rule_lists(before, edits) {
        if let Some(list) = list_mut(network, owner, direction) {
            *list = edits.applied(list).into_iter().map(|(_, rule)| rule).collect();
        }
    }
    for ((instance, chain), edits) in chain_lists(edits) {
        let firewall = network.instances[instance].firewall.as_mut();
        if let Some(chain) = firewall.and_then(|it| it.chains.get_mut(chain)) {
            chain.rules = edits.applied(&chain.rules).into_iter().map(|(_, rule)| rule).collect();
        }
    }
}

fn rule_lists(before: &Network, edits: &[Edit]) -> RuleLists {
    let mut lists = RuleLists::new();
    for edit in edits {
        note(before, &mut lists, edit);
    }
    lists
}

fn list(lists: &mut RuleLists, owner: RuleOwner, direction: Direction) -> &mut ListEdits<Rule> {
    lists.entry(key(owner, direction)).or_default()
}

fn note(before: &Network, lists: &mut RuleLists, edit: &Edit) {
    if let Edit::AddRule { owner, direction, before, rule } = edit {
        list(lists, *owner, *direction).insert(*before, rule);
    }
    if let Edit::RemoveRule(rule) = edit {
        list(lists, rule.owner, rule.direction).removed.insert(rule.index);
    }
    if let Edit::MoveRule { rule: moved, before: to, number, priority } = edit
        && let Some(rule) = before.rule(*moved)
    {
        let rule = Rule { number: *number, priority: *priority, ..rule.clone() };
        let list = list(lists, moved.owner, moved.direction);
        list.removed.insert(moved.index);
        list.insert(*to, &rule);
    }
    if let Edit::ChangeRule { rule: changed, direction, into } = edit {
        if key(changed.owner, changed.direction) == key(changed.owner, *direction) {
            list(lists, changed.owner, *direction).replaced.insert(changed.index, into.clone());
        } else {
            list(lists, changed.owner, changed.direction).removed.insert(changed.index);
            list(lists, changed.owner, *direction).insert(usize::MAX, into);
        }
    }
}

fn chain_lists(edits: &[Edit]) -> ChainLists {
    let mut lists = ChainLists::new();
    for edit in edits {
        if let Edit::AddChainRule { instance, chain, before, rule } = edit {
            lists.entry((*instance, *chain)).or_default().insert(*before, rule);
        }
        if let Edit::RemoveChainRule { instance, chain, index } = edit {
            lists.entry((*instance, *chain)).or_default().removed.insert(*index);
        }
        if let Edit::ChangeChainRule { instance, chain, index, into } = edit {
            lists.entry((*instance, *chain)).or_default().replaced.insert(*index, into.clone());
        }
    }
    lists
}

/// Returns a rule of the edited network as one of the network that the edits are for; `None` for one
/// that they add or move.
pub(in crate::fix) fn rule_before(
    network: &Network,
    edits: &[Edit],
    rule: RuleRef,
) -> Option<RuleRef> {
    let index = if let RuleOwner::HostChain(instance, chain) = rule.owner {
        let Some(edits) = chain_lists(edits).remove(&(instance, chain)) else { return Some(rule) };
        let firewall = network.instances[instance].firewall.as_ref()?;
        edits.applied(&firewall.chains.get(chain)?.rules).get(rule.index)?.0?
    } else {
        let key = key(rule.owner, rule.direction);
        let Some(edits) = rule_lists(network, edits).remove(&key) else { return Some(rule) };
        edits.applied(network.rules_of(rule.owner, rule.direction)).get(rule.index)?.0?
    };
    Some(RuleRef { index, ..rule })
}

/// Returns a route of the edited network as one of the network that the edits are for.
pub(in crate::fix) fn route_before(edits: &[Edit], route: RouteRef) -> RouteRef {
    let removed = edits.iter().filter_map(|edit| {
        let Edit::RemoveRoute(removed) = edit else { return None };
        (removed.table == route.table).then_some(removed.index)
    });
    RouteRef { index: index_before(removed.collect(), route.index), ..route }
}

/// Returns a route of a transit gateway likewise.
pub(in crate::fix) fn transit_route_before(
    edits: &[Edit],
    route: TransitRouteRef,
) -> TransitRouteRef {
    let removed = edits.iter().filter_map(|edit| {
        let Edit::RemoveTransitRoute(removed) = edit else { return None };
        (removed.table == route.table).then_some(removed.index)
    });
    TransitRouteRef { index: index_before(removed.collect(), route.index), ..route }
}

/// Returns the position that a service of the edited network had before.
pub(in crate::fix) fn service_before(edits: &[Edit], of: InstanceId, index: usize) -> usize {
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

fn list_mut(
    network: &mut Network,
    owner: RuleOwner,
    direction: Direction,
) -> Option<&mut Vec<Rule>> {
    let rules = match owner {
        RuleOwner::SecurityGroup(id) => &mut network.security_groups[id].rules,
        RuleOwner::NetworkAcl(id) => &mut network.network_acls[id].rules,
        RuleOwner::CloudFirewall(id, border, list) => {
            let firewall = &mut network.cloud_firewalls[id];
            let rules = match border {
                Border::Internet => &mut firewall.internet,
                Border::Vpc => &mut firewall.vpc,
                Border::Nat => &mut firewall.nat,
            };
            match list {
                FirewallList::White => return Some(&mut rules.white_list),
                FirewallList::Black => return Some(&mut rules.black_list),
                FirewallList::Rules => &mut rules.rules,
            }
        }
        RuleOwner::ListenerAccess(id, listener) => {
            let listener = network.load_balancers[id].listeners.get_mut(listener)?;
            return Some(&mut listener.access.as_mut()?.rules);
        }
        RuleOwner::HostChain(..) => return None,
    };
    Some(match direction {
        Direction::Ingress => &mut rules.ingress,
        Direction::Egress => &mut rules.egress,
    })
}
