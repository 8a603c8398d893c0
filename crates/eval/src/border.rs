//! How a cloud firewall at one of its borders (§8a), or the access list of a listener (§8c), decides.

use canreach_model::{
    AccessList, Action, Border, CloudFirewallId, Direction, FirewallList, LoadBalancerId, Network,
    Rule, RuleOwner, RuleRef, Valuation,
};

use crate::{
    filter::{Judged, by_rule},
    matching::{View, Viewer},
    trace::Outcome,
};

/// §8a: white list, black list, rules in order, default.
pub(crate) fn cloud_firewall(
    network: &Network,
    (firewall, border): (CloudFirewallId, Border),
    direction: Direction,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let row = &network.cloud_firewalls[firewall];
    if judged.saw && row.stateful {
        return Outcome::AllowedAsReply;
    }
    // Their rules do not refer to security groups.
    let view = View::new(network, Viewer { vpc: None, direction }, judged.packet, valuation);
    let rules = row.at(border);
    for list in FirewallList::ALL {
        let owner = RuleOwner::CloudFirewall(firewall, border, list);
        if let Some((index, rule)) = first_match(rules.list(list, direction), &view) {
            let action = match list {
                FirewallList::White => Action::Allow,
                FirewallList::Black => Action::Deny,
                FirewallList::Rules => rule.action,
            };
            return by_rule(action, RuleRef { owner, direction, index });
        }
    }
    by_default(rules.default, RuleOwner::CloudFirewall(firewall, border, FirewallList::Rules))
}

/// §8c.
pub(crate) fn listener_access(
    network: &Network,
    (balancer, index): (LoadBalancerId, usize),
    direction: Direction,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let listener = network.load_balancers[balancer].listeners.get(index);
    let Some(access) = listener.and_then(|listener| listener.access.as_ref()) else {
        return Outcome::Unfiltered;
    };
    if judged.saw {
        return Outcome::AllowedAsReply;
    }
    let AccessList { rules, default } = access;
    let owner = RuleOwner::ListenerAccess(balancer, index);
    let view = View::new(network, Viewer { vpc: None, direction }, judged.packet, valuation);
    match first_match(rules, &view) {
        Some((index, rule)) => by_rule(rule.action, RuleRef { owner, direction, index }),
        None => by_default(*default, owner),
    }
}

fn first_match<'r>(rules: &'r [Rule], view: &View<'_>) -> Option<(usize, &'r Rule)> {
    rules.iter().enumerate().find(|(_, rule)| view.matches(&rule.matches))
}

fn by_default(action: Action, owner: RuleOwner) -> Outcome {
    match action {
        Action::Allow => Outcome::AllowedByDefault(owner),
        Action::Deny => Outcome::DeniedByDefault(owner),
    }
}
