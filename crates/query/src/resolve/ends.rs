//! From objects to the interfaces behind them.

use std::collections::BTreeSet;

use canreach_model::{
    Endpoint, Interface, InterfaceId, InterfaceOwner, NatPlacement, Network, PublicAddressTarget,
    VirtualAddressId,
};
use canreach_net::AddressSet;

use super::{
    End, ResolveError, Role, Selection, address,
    names::{self, Object},
};

/// Returns the ends behind the objects that one name stands for.
///
/// # Errors
/// Fails when they are several, or when no interface stands behind them.
pub(super) fn of_named(
    network: &Network,
    text: &str,
    named: &[Object],
    role: Role,
) -> Result<Selection, ResolveError> {
    let named = without_parts(network, named);
    match named.as_slice() {
        [] => Err(ResolveError::not_found(text, Vec::new())),
        [object] => of_object(network, *object, role),
        several => {
            let text = text.to_owned();
            let spelled =
                several.iter().map(|object| spelled_out(network, *object, &text, several));
            let candidates: Vec<String> = spelled.collect();
            let distinct: BTreeSet<&String> = candidates.iter().collect();
            if distinct.len() < candidates.len() {
                let places = several.iter().filter_map(|object| place_of(network, *object));
                return Err(ResolveError::DefinedTwice { text, places: places.collect() });
            }
            Err(ResolveError::Ambiguous { text, candidates })
        }
    }
}

/// Leaves out interfaces and public addresses of an instance or NAT gateway that has the same name.
fn without_parts(network: &Network, named: &[Object]) -> Vec<Object> {
    let belongs = |part: Object| {
        let Some(interface) = interface_of_part(network, part) else { return false };
        named.iter().any(|whole| match (*whole, network.interfaces[interface].owner) {
            (Object::Instance(instance), InterfaceOwner::Instance(owner)) => instance == owner,
            (Object::NatGateway(gateway), InterfaceOwner::NatGateway(owner)) => gateway == owner,
            (Object::LoadBalancer(balancer), InterfaceOwner::LoadBalancer(owner)) => {
                balancer == owner
            }
            _ => false,
        })
    };
    named.iter().copied().filter(|object| !belongs(*object)).collect()
}

fn interface_of_part(network: &Network, part: Object) -> Option<InterfaceId> {
    match part {
        Object::Interface(interface) => Some(interface),
        Object::PublicAddress(public) => match network.public_addresses[public].target? {
            PublicAddressTarget::Interface { interface, .. } => Some(interface),
            PublicAddressTarget::VirtualAddress(_)
            | PublicAddressTarget::NatGateway(_)
            | PublicAddressTarget::Unresolved(_) => None,
        },
        Object::Instance(_)
        | Object::NatGateway(_)
        | Object::LoadBalancer(_)
        | Object::VirtualAddress(_)
        | Object::Subnet(_)
        | Object::Vpc(_)
        | Object::SecurityGroup(_)
        | Object::Remote(_)
        | Object::Outside(_) => None,
    }
}

/// Returns where an object is written.
fn place_of(network: &Network, object: Object) -> Option<String> {
    let span = object.meta(network).origin.span()?;
    Some(network.sources.location(span).to_string())
}

/// Returns what to write for one of several objects of the same name: its kind and the name, or its
/// kind and id where the kind alone does not tell them apart.
fn spelled_out(network: &Network, object: Object, text: &str, several: &[Object]) -> String {
    let same_kind = several.iter().filter(|other| other.kind() == object.kind()).count();
    let name = if same_kind > 1 { object.meta(network).id.as_str() } else { text };
    format!("{}:{name}", object.kind().prefix())
}

fn of_object(network: &Network, object: Object, role: Role) -> Result<Selection, ResolveError> {
    let nothing = |why| Err(ResolveError::NoInterface { object: object.words(network), why });
    match object {
        Object::PublicAddress(public) => {
            return address::pinned(network, network.public_addresses[public].address, role);
        }
        Object::Outside(outside) => {
            let outside = &network.outside_networks[outside];
            let blocks: AddressSet = outside.cidrs.iter().copied().collect();
            let addresses = blocks.intersection(&address::outside(network));
            if addresses.is_empty() {
                return nothing("has no address that the Internet routes");
            }
            let label = outside.meta.label().to_owned();
            return Ok(Selection::of(vec![End { label, endpoint: Endpoint::Internet, addresses }]));
        }
        Object::Remote(remote) => {
            let remote_network = &network.remote_networks[remote];
            let label = remote_network.meta.label().to_owned();
            let addresses: AddressSet = remote_network.cidrs.iter().copied().collect();
            let endpoint = Endpoint::Remote(remote);
            return Ok(Selection::of(vec![End { label, endpoint, addresses }]));
        }
        Object::VirtualAddress(id) if role == Role::Destination => {
            return Ok(Selection::of(vec![virtual_end(network, id)]));
        }
        Object::VirtualAddress(_) => {
            return nothing("sends nothing by itself; name one of the interfaces that may hold it");
        }
        Object::NatGateway(gateway)
            if network.nat_gateways[gateway].placement == NatPlacement::Vpc =>
        {
            return nothing("stands at the edge of its VPC and has no interface");
        }
        Object::Instance(_)
        | Object::Interface(_)
        | Object::NatGateway(_)
        | Object::LoadBalancer(_)
        | Object::Subnet(_)
        | Object::Vpc(_)
        | Object::SecurityGroup(_) => {}
    }
    let ends = whole_ends(network, members(network, object).into_iter(), role);
    if ends.is_empty() {
        return nothing("has no interface with an address");
    }
    Ok(Selection::of(ends))
}

/// Returns the interfaces that an object stands for.
fn members(network: &Network, object: Object) -> Vec<InterfaceId> {
    if let Object::Interface(id) = object {
        return vec![id];
    }
    let interfaces = network.interfaces.iter();
    interfaces.filter(|(id, it)| is_member(network, object, *id, it)).map(|(id, _)| id).collect()
}

/// Whether an object that is no interface itself stands for one.
fn is_member(network: &Network, object: Object, id: InterfaceId, interface: &Interface) -> bool {
    match object {
        Object::Instance(instance) => interface.owner == InterfaceOwner::Instance(instance),
        Object::NatGateway(gateway) => {
            network.nat_gateways[gateway].placement == NatPlacement::Subnet(id)
        }
        Object::Subnet(subnet) => selectable(interface) && interface.subnet == subnet,
        Object::Vpc(vpc) => selectable(interface) && network.vpc_of(id) == vpc,
        Object::SecurityGroup(group) => {
            selectable(interface) && interface.security_groups.contains(&group)
        }
        Object::LoadBalancer(balancer) => interface.owner == InterfaceOwner::LoadBalancer(balancer),
        Object::Interface(_)
        | Object::PublicAddress(_)
        | Object::VirtualAddress(_)
        | Object::Remote(_)
        | Object::Outside(_) => false,
    }
}

/// Whether selectors of several interfaces count this one: those of gateways and those plugged
/// into nothing are asked about only by their own name or address.
pub(super) fn selectable(interface: &Interface) -> bool {
    match interface.owner {
        InterfaceOwner::Instance(_)
        | InterfaceOwner::LoadBalancer(_)
        | InterfaceOwner::Service
        | InterfaceOwner::Unmodelled(_) => true,
        InterfaceOwner::NatGateway(_) | InterfaceOwner::Gateway | InterfaceOwner::Detached => false,
    }
}

/// Returns the ends for the interfaces that have a tag, or whose instance has it.
///
/// # Errors
/// Fails when there is none.
pub(super) fn tagged(network: &Network, tag: &str, role: Role) -> Result<Selection, ResolveError> {
    let wanted = Tag::new(tag);
    let has = |interface: &Interface| {
        let instance = match interface.owner {
            InterfaceOwner::Instance(instance) => Some(&network.instances[instance].meta.tags),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => None,
        };
        wanted.is_in(&interface.meta.tags) || instance.is_some_and(|tags| wanted.is_in(tags))
    };
    let members = network.interfaces.iter().filter(|(_, it)| selectable(it) && has(it));
    let ends = whole_ends(network, members.map(|(id, _)| id), role);
    if ends.is_empty() {
        return Err(ResolveError::NoTag {
            tag: tag.to_owned(),
            nearest: near_tag(network, tag, &wanted),
        });
    }
    Ok(Selection::of(ends))
}

struct Tag<'t> {
    key: &'t str,
    value: Option<&'t str>,
}

impl<'t> Tag<'t> {
    fn new(text: &'t str) -> Self {
        match text.split_once('=') {
            Some((key, value)) => Self { key, value: Some(value) },
            None => Self { key: text, value: None },
        }
    }

    fn is_in(&self, tags: &std::collections::BTreeMap<String, String>) -> bool {
        tags.get(self.key).is_some_and(|value| self.value.is_none_or(|wanted| wanted == value))
    }
}

/// Returns subnets, VPCs and groups that have the tag themselves, or else tags that look like it.
fn near_tag(network: &Network, text: &str, wanted: &Tag<'_>) -> Vec<String> {
    let holders =
        names::objects(network, None).filter(|object| wanted.is_in(&object.meta(network).tags));
    let others: Vec<String> = holders
        .take(3)
        .map(|object| format!("{}:{}", object.kind().prefix(), object.meta(network).id))
        .collect();
    if !others.is_empty() {
        return others;
    }
    let interfaces = network.interfaces.iter().map(|(_, it)| &it.meta.tags);
    let instances = network.instances.iter().map(|(_, it)| &it.meta.tags);
    let tags: BTreeSet<String> = interfaces
        .chain(instances)
        .flatten()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let near = names::closest(tags.iter().map(String::as_str), text);
    near.into_iter().map(|tag| format!("tag:{tag}")).collect()
}

pub(super) fn whole_ends(
    network: &Network,
    interfaces: impl Iterator<Item = InterfaceId>,
    role: Role,
) -> Vec<End> {
    interfaces
        .map(|id| interface_end(network, id, all_addresses(network, id, role), role))
        .filter(|end| !end.addresses.is_empty())
        .collect()
}

/// Returns the addresses that an interface's name stands for: its own, and as a destination also
/// the public ones that stand for one of them one to one.
fn all_addresses(network: &Network, id: InterfaceId, role: Role) -> AddressSet {
    let own: AddressSet = network.interfaces[id].addresses.iter().copied().collect();
    match role {
        Role::Source => own,
        Role::Destination => {
            own.union(&address::public_of(network, id).map(|(public, _)| public).collect())
        }
    }
}

/// Returns the end that an interface is with these addresses, named after its instance. What is sent
/// to a load balancer's interface ends at the load balancer.
pub(super) fn interface_end(
    network: &Network,
    id: InterfaceId,
    addresses: AddressSet,
    role: Role,
) -> End {
    let endpoint = match (network.interfaces[id].owner, role) {
        (InterfaceOwner::LoadBalancer(balancer), Role::Destination) => {
            Endpoint::LoadBalancer(balancer)
        }
        _ => Endpoint::Interface(id),
    };
    End { label: label(network, id), endpoint, addresses }
}

/// Returns the end that whoever holds a virtual address is, with its public addresses.
pub(super) fn virtual_end(network: &Network, id: VirtualAddressId) -> End {
    let row = &network.virtual_addresses[id];
    let target = Some(PublicAddressTarget::VirtualAddress(id));
    let public = network.public_addresses.iter().filter(|(_, it)| it.target == target);
    let public: AddressSet = public.map(|(_, it)| it.address).collect();
    End {
        label: row.meta.label().to_owned(),
        endpoint: Endpoint::VirtualAddress(id),
        addresses: AddressSet::from(row.address).union(&public),
    }
}

/// Returns the name of the instance, with that of the interface where the instance has several.
fn label(network: &Network, id: InterfaceId) -> String {
    let interface = &network.interfaces[id];
    if let InterfaceOwner::LoadBalancer(balancer) = interface.owner {
        return network.load_balancers[balancer].meta.label().to_owned();
    }
    let InterfaceOwner::Instance(instance) = interface.owner else {
        return interface.meta.label().to_owned();
    };
    let name = network.instances[instance].meta.label();
    let siblings = network.interfaces.iter().filter(|(_, it)| it.owner == interface.owner).count();
    if siblings > 1 && interface.meta.label() != name {
        format!("{name} ({})", interface.meta.label())
    } else {
        name.to_owned()
    }
}
