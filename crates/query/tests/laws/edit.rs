//! Changes to a generated network.

use canreach_model::{
    Action, AddressMatch, Border, BorderRules, Chain, CloudFirewall, Direction, Endpoint,
    FirewallList, InterfaceId, Network, Rule, RuleOwner, RuleSet,
};
use canreach_net::{AddressRange, PortSet, Protocol};
use canreach_query::End;
use canreach_testkit::{Random, builder};

/// Rules in one direction.
pub(crate) type RuleList = (RuleOwner, Direction);

pub(crate) const BOTH: [Direction; 2] = [Direction::Ingress, Direction::Egress];
pub(crate) const BORDERS: [Border; 3] = [Border::Internet, Border::Vpc, Border::Nat];

/// Every list of rules that are tried in order, or of which any may match.
pub(crate) fn rule_lists(network: &Network) -> Vec<RuleList> {
    let groups = network.security_groups.ids().map(RuleOwner::SecurityGroup);
    let owners = groups.chain(network.network_acls.ids().map(RuleOwner::NetworkAcl));
    let mut lists: Vec<RuleList> =
        owners.flat_map(|owner| BOTH.map(|direction| (owner, direction))).collect();
    for firewall in network.cloud_firewalls.ids() {
        for border in BORDERS {
            let owner = RuleOwner::CloudFirewall(firewall, border, FirewallList::Rules);
            lists.push((owner, Direction::Ingress));
            if border != Border::Vpc {
                lists.push((owner, Direction::Egress));
            }
        }
    }
    for (balancer, object) in network.load_balancers.iter() {
        for (listener, object) in object.listeners.iter().enumerate() {
            if object.access.is_some() {
                let owner = RuleOwner::ListenerAccess(balancer, listener);
                lists.push((owner, Direction::Ingress));
            }
        }
    }
    lists
}

/// Every white list of a cloud firewall, or every black list.
pub(crate) fn membership_lists(network: &Network, list: FirewallList) -> Vec<RuleList> {
    let owners = network.cloud_firewalls.ids().flat_map(|firewall| {
        BORDERS.map(|border| RuleOwner::CloudFirewall(firewall, border, list))
    });
    owners.map(|owner| (owner, Direction::Ingress)).collect()
}

pub(crate) fn rules_mut(network: &mut Network, (owner, direction): RuleList) -> &mut Vec<Rule> {
    match owner {
        RuleOwner::SecurityGroup(id) => of(&mut network.security_groups[id].rules, direction),
        RuleOwner::NetworkAcl(id) => of(&mut network.network_acls[id].rules, direction),
        RuleOwner::CloudFirewall(id, border, list) => {
            let border = border_mut(&mut network.cloud_firewalls[id], border);
            match list {
                FirewallList::White => &mut border.white_list,
                FirewallList::Black => &mut border.black_list,
                FirewallList::Rules => of(&mut border.rules, direction),
            }
        }
        RuleOwner::ListenerAccess(id, listener) => {
            let listeners = &mut network.load_balancers[id].listeners;
            let access = listeners.get_mut(listener).and_then(|it| it.access.as_mut());
            let Some(access) = access else { unreachable!("`rule_lists` names what is there") };
            &mut access.rules
        }
        RuleOwner::HostChain(..) => unreachable!("chains have rules of their own kind"),
    }
}

pub(crate) fn border_mut(firewall: &mut CloudFirewall, border: Border) -> &mut BorderRules {
    match border {
        Border::Internet => &mut firewall.internet,
        Border::Vpc => &mut firewall.vpc,
        Border::Nat => &mut firewall.nat,
    }
}

pub(crate) fn of(rules: &mut RuleSet, direction: Direction) -> &mut Vec<Rule> {
    match direction {
        Direction::Ingress => &mut rules.ingress,
        Direction::Egress => &mut rules.egress,
    }
}

/// Changes every chain of every host.
pub(crate) fn each_chain(network: &mut Network, mut change: impl FnMut(&mut Chain)) {
    for id in network.instances.ids() {
        if let Some(firewall) = &mut network.instances[id].firewall {
            firewall.chains.iter_mut().for_each(&mut change);
        }
    }
}

pub(crate) fn denies(rule: &Rule) -> bool {
    rule.action == Action::Deny
}

/// An allow rule for everything, or for some packets that the network may carry.
pub(crate) fn some_allow_rule(random: &mut Random, network: &Network) -> Rule {
    let mut rule = builder::allow();
    rule.priority = random.pick(&[None, Some(1), Some(2), Some(50), Some(100)]);
    if random.chance(50) {
        rule.matches.protocol = Some(random.pick(&[Protocol::TCP, Protocol::UDP, Protocol::ICMP]));
    }
    if rule.matches.protocol.is_some_and(Protocol::has_ports) && random.chance(50) {
        let first = random.between(0, 6);
        rule.matches.destination_ports = PortSet::range(first, random.between(first, 6));
    }
    let addresses: Vec<AddressRange> = network
        .interfaces
        .iter()
        .flat_map(|(_, interface)| interface.addresses.iter().copied().map(AddressRange::from))
        .collect();
    if random.chance(40)
        && let Some(range) = random.pick_any(&addresses)
    {
        rule.matches.source = AddressMatch::Range(range);
    }
    rule
}

/// The ends inside a network, each with its own addresses.
pub(crate) fn ends(network: &Network) -> Vec<End> {
    let end = |id: InterfaceId| End {
        label: format!("{id:?}"),
        endpoint: Endpoint::Interface(id),
        addresses: network.interfaces[id].addresses.iter().copied().collect(),
    };
    network.interfaces.ids().map(end).collect()
}
