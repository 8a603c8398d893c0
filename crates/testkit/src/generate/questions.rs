//! Questions about a generated network.

use std::net::IpAddr;

use canreach_model::{
    Endpoint, InterfaceId, InterfaceOwner, LoadBalancerId, Network, PublicAddressTarget,
    RouteTarget, VirtualAddressId,
};

use canreach_net::{PortSet, Protocol};

use super::LARGEST_PORT;
use crate::{
    Random, builder,
    oracle::{Question, Universe},
};

/// Returns so many questions about a network, determined by the seed.
#[must_use]
pub fn questions(seed: u64, network: &Network, universe: &Universe, count: usize) -> Vec<Question> {
    // Another stream than that of the network itself.
    let mut random = Random::new(seed ^ 0x5eed_0f0e_571a_0000);
    let all: Vec<Endpoint> = network.interfaces.ids().map(Endpoint::Interface).collect();
    let hosts = network.interfaces.iter().filter(|(_, it)| receives(it.owner));
    let hosts: Vec<Endpoint> = hosts.map(|(id, _)| Endpoint::Interface(id)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let mut ask = || {
        // Seldom an interface that takes nothing as its own.
        let inside = if hosts.is_empty() || random.chance(10) { &all } else { &hosts };
        let (from, to) = ends(&mut random, network, inside);
        let sources = universe.sources(network, from);
        let destinations = destinations(&mut random, network, from, to);
        let mut question = Question::new(from, sources, to, destinations);
        narrow(&mut random, &mut question);
        question
    };
    (0..count).map(|_| ask()).collect()
}

fn receives(owner: InterfaceOwner) -> bool {
    match owner {
        InterfaceOwner::Instance(_) | InterfaceOwner::Service | InterfaceOwner::Unmodelled(_) => {
            true
        }
        InterfaceOwner::NatGateway(_)
        | InterfaceOwner::LoadBalancer(_)
        | InterfaceOwner::Gateway
        | InterfaceOwner::Detached => false,
    }
}

fn ends(random: &mut Random, network: &Network, inside: &[Endpoint]) -> (Endpoint, Endpoint) {
    if random.chance(40)
        && let Some(ends) = past_a_forwarder(random, network)
    {
        return ends;
    }
    let (one, other) = (random.pick(inside), random.pick(inside));
    let (from, to) = match random.between(0, 9) {
        0 | 1 => (one, Endpoint::Internet),
        2 | 3 => (Endpoint::Internet, reachable_from_outside(random, network).unwrap_or(one)),
        _ => (one, other),
    };
    let remotes: Vec<Endpoint> = network.remote_networks.ids().map(Endpoint::Remote).collect();
    let from = match random.pick_any(&remotes) {
        Some(remote) if random.chance(30) => remote,
        _ => from,
    };
    // What answers on behalf of others, and networks on premises, are asked about often where there
    // are any.
    let balancers = network.load_balancers.ids().map(Endpoint::LoadBalancer);
    let virtual_addresses = network.virtual_addresses.ids().map(Endpoint::VirtualAddress);
    let special: Vec<Endpoint> = balancers.chain(virtual_addresses).chain(remotes).collect();
    let to = match random.pick_any(&special) {
        Some(special) if special != from && random.chance(45) => special,
        _ => to,
    };
    let to = if random.chance(4) { Endpoint::Nobody } else { to };
    if from == to && from == Endpoint::Internet { (one, to) } else { (from, to) }
}

/// Two ends between which a route leads by an instance that forwards.
fn past_a_forwarder(random: &mut Random, network: &Network) -> Option<(Endpoint, Endpoint)> {
    let mut all = Vec::new();
    for (table, routes) in network.route_tables.iter().map(|(id, table)| (id, &table.routes)) {
        let forwarding = routes.iter().filter(|route| {
            matches!(route.target, RouteTarget::Interface(_) | RouteTarget::VirtualAddress(_))
        });
        all.extend(forwarding.map(|route| (table, route.destination)));
    }
    let (table, destination) = random.pick_any(&all)?;
    let network_of = |id: InterfaceId| &network.subnets[network.interfaces[id].subnet];
    let senders: Vec<InterfaceId> =
        network.interfaces.ids().filter(|id| network_of(*id).route_table == table).collect();
    let receivers: Vec<InterfaceId> = network
        .interfaces
        .iter()
        .filter(|(id, it)| {
            network_of(*id).route_table != table
                && it.addresses.iter().any(|address| destination.contains(address))
        })
        .map(|(id, _)| id)
        .collect();
    let to = random.pick_any(&receivers).map_or(Endpoint::Internet, Endpoint::Interface);
    Some((Endpoint::Interface(random.pick_any(&senders)?), to))
}

/// Mostly an interface that has an address of which the Internet may know.
fn reachable_from_outside(random: &mut Random, network: &Network) -> Option<Endpoint> {
    let interfaces = network.interfaces.iter();
    let known: Vec<Endpoint> = interfaces
        .filter(|(id, interface)| {
            interface.addresses.iter().any(IpAddr::is_ipv6)
                || !public_addresses(network, *id).is_empty()
        })
        .map(|(id, _)| Endpoint::Interface(id))
        .collect();
    if random.chance(10) { None } else { random.pick_any(&known) }
}

/// Asks for a protocol and port at times: a question about everything finds a way past most rules.
fn narrow(random: &mut Random, question: &mut Question) {
    let port = random.between(0, LARGEST_PORT + 1);
    let others = [Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6, Protocol::GRE];
    match random.between(0, 9) {
        0..=3 => {
            question.protocol = Some(random.pick(&[Protocol::TCP, Protocol::TCP, Protocol::UDP]));
            question.ports = PortSet::range(port, port + random.pick(&[0, 0, 0, 1]));
        }
        4 => question.ports = PortSet::single(port),
        5 => question.protocol = Some(Protocol::TCP),
        6..=7 => question.protocol = Some(random.pick(&others)),
        _ => {}
    }
    let ipv6 = |addresses: &[IpAddr]| addresses.iter().any(IpAddr::is_ipv6);
    if ipv6(&question.sources) && ipv6(&question.destinations) && random.chance(45) {
        question.sources.retain(IpAddr::is_ipv6);
        question.destinations.retain(IpAddr::is_ipv6);
    }
}

fn destinations(
    random: &mut Random,
    network: &Network,
    from: Endpoint,
    to: Endpoint,
) -> Vec<IpAddr> {
    let interface = match to {
        Endpoint::Interface(interface) => interface,
        Endpoint::LoadBalancer(balancer) => return addresses_of_balancer(network, balancer),
        Endpoint::VirtualAddress(id) => return addresses_of_virtual_address(network, id),
        Endpoint::Remote(remote) => {
            let blocks = network.remote_networks[remote].cidrs.iter();
            return blocks.map(canreach_net::IpNet::addr).collect();
        }
        Endpoint::Nobody => return addresses_of_nobody(network),
        Endpoint::Internet => {
            let outside = ["198.51.100.1", "198.51.100.9", "2600::1"].map(builder::address);
            let unknown: Vec<IpAddr> = (network.public_addresses.iter())
                .filter(|(_, it)| matches!(it.target, Some(PublicAddressTarget::Unresolved(_))))
                .map(|(_, it)| it.address)
                .collect();
            if let (Some(unknown), true) = (random.pick_any(&unknown), random.chance(50)) {
                return vec![unknown];
            }
            let all = random.chance(60);
            return if all { outside.to_vec() } else { vec![random.pick(&outside)] };
        }
    };
    let own = network.interfaces[interface].addresses.clone();
    let public = public_addresses(network, interface);
    let mut all = own.clone();
    all.extend(&public);
    if random.chance(3) {
        // One that stands for something else, or for nothing.
        let any: Vec<IpAddr> =
            network.public_addresses.iter().map(|(_, public)| public.address).collect();
        all.extend(random.pick_any(&any));
        return all.split_off(all.len() - 1);
    }
    match (from, random.between(0, 9)) {
        (_, 0) => vec![random.pick(&all)],
        (Endpoint::Internet, 1..=8) | (Endpoint::Interface(_), 1..=2) => {
            let routed = own.into_iter().filter(IpAddr::is_ipv6);
            routed.chain(public).collect()
        }
        (Endpoint::Interface(_), 3..=7) => own,
        (_, _) => all,
    }
}

/// Addresses of the network that nothing has: some of its blocks, and public ones that stand for
/// nothing.
fn addresses_of_nobody(network: &Network) -> Vec<IpAddr> {
    let taken = |address: &IpAddr| {
        network.interfaces.iter().any(|(_, it)| it.addresses.contains(address))
            || network.virtual_addresses.iter().any(|(_, it)| it.address == *address)
    };
    let blocks = network.vpcs.iter().flat_map(|(_, vpc)| &vpc.cidrs);
    let last = blocks.map(canreach_net::IpNet::broadcast).filter(|address| !taken(address));
    let unused = network.public_addresses.iter().filter(|(_, it)| it.target.is_none());
    last.chain(unused.map(|(_, it)| it.address)).collect()
}

/// The public addresses under which an interface may be reached.
fn public_addresses(network: &Network, interface: InterfaceId) -> Vec<IpAddr> {
    let own = &network.interfaces[interface].addresses;
    let one_to_one = network.public_addresses.iter().filter(|(_, public)| match public.target {
        Some(PublicAddressTarget::Interface { interface: target, .. }) => target == interface,
        Some(
            PublicAddressTarget::NatGateway(_)
            | PublicAddressTarget::VirtualAddress(_)
            | PublicAddressTarget::Unresolved(_),
        )
        | None => false,
    });
    let mut addresses: Vec<IpAddr> = one_to_one.map(|(_, public)| public.address).collect();
    for (_, gateway) in network.nat_gateways.iter() {
        let rules = gateway.destination_translations.iter();
        addresses.extend(
            rules
                .filter(|rule| own.contains(&rule.private_address))
                .map(|rule| rule.public_address),
        );
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn addresses_of_balancer(network: &Network, balancer: LoadBalancerId) -> Vec<IpAddr> {
    let owner = InterfaceOwner::LoadBalancer(balancer);
    let mut addresses = Vec::new();
    for (id, interface) in network.interfaces.iter().filter(|(_, it)| it.owner == owner) {
        addresses.extend(&interface.addresses);
        addresses.extend(public_addresses(network, id));
    }
    addresses
}

fn addresses_of_virtual_address(network: &Network, id: VirtualAddressId) -> Vec<IpAddr> {
    let target = Some(PublicAddressTarget::VirtualAddress(id));
    let public = network.public_addresses.iter().filter(|(_, public)| public.target == target);
    let public = public.map(|(_, public)| public.address);
    std::iter::once(network.virtual_addresses[id].address).chain(public).collect()
}
