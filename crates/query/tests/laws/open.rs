//! Opening filters of a generated network.

use canreach_model::{
    BorderRules, Checkpoint, Direction, HookPoint, Layer, Network, NetworkAcl, NetworkAclId, Rule,
    RuleSet, SecurityGroup, SecurityGroupId, SubnetId,
};
use canreach_testkit::builder;

use crate::edit::{BORDERS, BOTH, border_mut, of};

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
        Layer::CloudFirewall(firewall, border) => {
            *border_mut(&mut network.cloud_firewalls[firewall], border) = BorderRules::default();
        }
        Layer::ListenerAccess(balancer, listener) => {
            if let Some(it) = network.load_balancers[balancer].listeners.get_mut(listener) {
                it.access = None;
            }
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
        let arrived = if let Layer::Listener(of, arrived) = kept.layer
            && of == instance
        {
            arrived
        } else {
            None
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
    open_borders(&mut open_network, kept);
    open_hosts(&mut open_network, kept);
    open_network
}

/// Lists have no direction: those of the border that is kept stay for the other direction, too.
fn open_borders(network: &mut Network, kept: Checkpoint) {
    for id in network.cloud_firewalls.ids() {
        for border in BORDERS {
            let rules = border_mut(&mut network.cloud_firewalls[id], border);
            if kept.layer == Layer::CloudFirewall(id, border) {
                for direction in BOTH.into_iter().filter(|it| *it != kept.direction) {
                    of(&mut rules.rules, direction).insert(0, builder::allow());
                }
            } else {
                *rules = BorderRules::default();
            }
        }
    }
    for id in network.load_balancers.ids() {
        for (position, listener) in network.load_balancers[id].listeners.iter_mut().enumerate() {
            if kept.layer != Layer::ListenerAccess(id, position) {
                listener.access = None;
            }
        }
    }
}

/// A host has one firewall for all its interfaces: where one is kept, its hook stays for the others,
/// too.
fn open_hosts(network: &mut Network, kept: Checkpoint) {
    for id in network.instances.ids() {
        let hook = match kept.layer {
            Layer::HostFirewall(at) if network.instance_of(at) == Some(id) => {
                match kept.direction {
                    Direction::Ingress => Some(HookPoint::Input),
                    Direction::Egress => Some(HookPoint::Output),
                }
            }
            Layer::HostForwarding(at, _) if network.instance_of(at) == Some(id) => {
                Some(HookPoint::Forward)
            }
            Layer::SecurityGroups(_)
            | Layer::NetworkAcl(..)
            | Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::HostFirewall(_)
            | Layer::HostForwarding(..)
            | Layer::Listener(..) => None,
        };
        let firewall = &mut network.instances[id].firewall;
        for chain in firewall.iter_mut().flat_map(|firewall| &mut firewall.chains) {
            if chain.base.is_some_and(|(own, _)| Some(own) != hook) {
                chain.base = None;
            }
        }
    }
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
