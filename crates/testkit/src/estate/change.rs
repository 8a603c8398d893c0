//! Changes of one rule, for measuring what a small change costs.

use std::cmp::Reverse;

use canreach_model::{AddressMatch, Direction, Network, RuleOwner, RuleRef, SecurityGroupId};
use canreach_net::Family;

/// Removes the first ingress rule of the group that most interfaces carry and that has several, and
/// returns where it was; `None` where no group has one.
pub fn remove_rule(network: &mut Network) -> Option<RuleRef> {
    let group = most_carried(network)?;
    let rule = first_of(group);
    network.security_groups[group].rules.ingress.remove(rule.index);
    Some(rule)
}

/// Opens the first ingress rule of the group that most interfaces carry to all of IPv4, and returns
/// which it is; `None` where no group has one.
pub fn widen_rule(network: &mut Network) -> Option<RuleRef> {
    let group = most_carried(network)?;
    let rule = network.security_groups[group].rules.ingress.first_mut()?;
    rule.matches.source = AddressMatch::Range(Family::V4.everywhere().into());
    rule.matches.family = Some(Family::V4);
    Some(first_of(group))
}

fn first_of(group: SecurityGroupId) -> RuleRef {
    let owner = RuleOwner::SecurityGroup(group);
    RuleRef { owner, direction: Direction::Ingress, index: 0 }
}

/// Returns the group with ingress rules that most interfaces carry, the first of several.
fn most_carried(network: &Network) -> Option<SecurityGroupId> {
    let mut carried = vec![0_usize; network.security_groups.len()];
    for (_, interface) in network.interfaces.iter() {
        for group in &interface.security_groups {
            if let Some(count) = carried.get_mut(group.index()) {
                *count += 1;
            }
        }
    }
    let groups = network.security_groups.iter().zip(carried);
    let groups = groups.filter(|((_, group), _)| !group.rules.ingress.is_empty());
    let groups = groups.map(|((id, _), count)| (count, Reverse(id)));
    groups.max().map(|(_, Reverse(id))| id)
}
