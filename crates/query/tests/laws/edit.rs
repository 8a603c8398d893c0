//! Changes to a generated network.

use std::collections::BTreeSet;

use canreach_model::{
    Action, AddressMatch, BorderRules, Checkpoint, Direction, Endpoint, FactId, InterfaceId,
    InterfaceOwner, Layer, Network, NetworkAcl, NetworkAclId, Polarity, RouteTarget, Rule,
    RuleOwner, RuleSet, SecurityGroup, SecurityGroupId, Setting, SubnetId,
};
use canreach_net::{AddressRange, PortSet, Protocol};
use canreach_query::End;
use canreach_testkit::{Random, builder};

/// Rules in one direction.
pub(crate) type RuleList = (RuleOwner, Direction);

const BOTH: [Direction; 2] = [Direction::Ingress, Direction::Egress];

/// Every list of rules.
pub(crate) fn rule_lists(network: &Network) -> Vec<RuleList> {
    let groups = network.security_groups.ids().map(RuleOwner::SecurityGroup);
    let owners = groups.chain(network.network_acls.ids().map(RuleOwner::NetworkAcl));
    owners.flat_map(|owner| BOTH.map(|direction| (owner, direction))).collect()
}

pub(crate) fn rules_mut(network: &mut Network, (owner, direction): RuleList) -> &mut Vec<Rule> {
    let rules = match owner {
        RuleOwner::SecurityGroup(id) => &mut network.security_groups[id].rules,
        RuleOwner::NetworkAcl(id) => &mut network.network_acls[id].rules,
        RuleOwner::CloudFirewall(..) | RuleOwner::ListenerAccess(..) | RuleOwner::HostChain(..) => {
            unreachable!("`rule_lists` names no such list")
        }
    };
    of(rules, direction)
}

fn of(rules: &mut RuleSet, direction: Direction) -> &mut Vec<Rule> {
    match direction {
        Direction::Ingress => &mut rules.ingress,
        Direction::Egress => &mut rules.egress,
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

/// Lets everything through a filter in one direction, wherever else it stands, too.
pub(crate) fn open(network: &mut Network, Checkpoint { layer, direction }: Checkpoint) {
    match layer {
        Layer::SecurityGroups(interface) => {
            let group = open_group(network, direction);
            network.interfaces[interface].security_groups.insert(0, group);
        }
        Layer::NetworkAcl(acl, _) => {
            of(&mut network.network_acls[acl].rules, direction).insert(0, builder::allow());
        }
        Layer::CloudFirewall(firewall, _) => {
            let firewall = &mut network.cloud_firewalls[firewall];
            firewall.internet = BorderRules::default();
            firewall.vpc = BorderRules::default();
            firewall.nat = BorderRules::default();
        }
        Layer::ListenerAccess(balancer, listener) => {
            network.load_balancers[balancer].listeners[listener].access = None;
        }
        Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => {
            if let Some(instance) = network.instance_of(interface) {
                network.instances[instance].firewall = None;
            }
        }
        Layer::Listener(instance, _) => network.instances[instance].services = None,
    }
}

/// A new group that lets everything through in one direction before any other rule is asked.
fn open_group(network: &mut Network, direction: Direction) -> SecurityGroupId {
    let mut rules = RuleSet::default();
    let first = Rule { priority: Some(0), ..builder::allow() };
    of(&mut rules, direction).push(first);
    let meta = canreach_model::Meta::new("sg-open", origin());
    network.security_groups.push(SecurityGroup { meta, vpc: None, rules })
}

fn origin() -> canreach_model::Origin {
    builder::allow().origin
}

/// The network with every filter open except one, in one direction.
pub(crate) fn open_all_but(network: &Network, kept: Checkpoint) -> Network {
    let mut open_network = network.clone();
    let mut open_unless_kept = |checkpoint: Checkpoint| {
        if checkpoint != kept {
            open(&mut open_network, checkpoint);
        }
    };
    for layer in network.interfaces.ids().map(Layer::SecurityGroups) {
        for direction in BOTH {
            open_unless_kept(Checkpoint { layer, direction });
        }
    }
    for instance in network.instances.ids() {
        // Whichever interface they arrive at, packets come to the same services.
        let arrived = match kept.layer {
            Layer::Listener(of, arrived) if of == instance => arrived,
            _ => None,
        };
        let layer = Layer::Listener(instance, arrived);
        open_unless_kept(Checkpoint { layer, direction: Direction::Ingress });
    }
    for (subnet, acl) in acls(network) {
        let own = own_acl(&mut open_network, subnet, acl);
        for direction in BOTH {
            let layer = Layer::NetworkAcl(acl, subnet);
            if (Checkpoint { layer, direction }) != kept {
                open(&mut open_network, Checkpoint { layer: own, direction });
            }
        }
    }
    open_network
}

fn acls(network: &Network) -> Vec<(SubnetId, NetworkAclId)> {
    let subnets = network.subnets.iter();
    subnets.filter_map(|(id, subnet)| Some((id, subnet.network_acl?))).collect()
}

/// Gives a subnet an ACL of its own, so that another subnet's does not change with it.
fn own_acl(network: &mut Network, subnet: SubnetId, acl: NetworkAclId) -> Layer {
    let copy: NetworkAcl = network.network_acls[acl].clone();
    let own = network.network_acls.push(copy);
    network.subnets[subnet].network_acl = Some(own);
    Layer::NetworkAcl(own, subnet)
}

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
        | InterfaceOwner::Detached => None,
    });
    targets.chain(owners).collect()
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
    for list in rule_lists(&network) {
        let rules = rules_mut(&mut network, list);
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
        for id in network.interfaces.ids() {
            let owner = &mut network.interfaces[id].owner;
            if *owner == InterfaceOwner::Unmodelled(fact) {
                *owner = InterfaceOwner::Detached;
            }
        }
    }
    network
}

fn decide<T: Copy>(setting: &mut Setting<T>, known: FactId, value: bool) {
    if let Setting::Disputed { fact, if_true, if_false } = *setting
        && fact == known
    {
        *setting = Setting::Decided(if value { if_true } else { if_false });
    }
}
