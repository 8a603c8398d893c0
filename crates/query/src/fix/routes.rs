//! Edits of routes: where a packet should be sent instead.

use std::net::IpAddr;

use canreach_model::{
    AttachedTo, Endpoint, InterfaceId, InterfaceOwner, Network, PeeringId, PeeringStatus, Route,
    RouteRef, RouteTableId, RouteTarget, VpcId,
};
use canreach_net::{IpNet, is_public_unicast};

use super::{
    Edit,
    apply::proposed,
    matching::{Wanted, block},
    obstacles::Met,
};

impl Wanted<'_> {
    /// Routes in a table to where the packet should go, one way for each target there is.
    pub(super) fn reroute(&self, met: Met<'_>, table: Option<RouteTableId>) -> Vec<Vec<Edit>> {
        let Some(table) = table else { return Vec::new() };
        let destination = met.header.destination;
        let vpc = met.edited.route_tables[table].vpc;
        let block = self.block_of(met);
        let mut ways: Vec<Vec<Edit>> = Vec::new();
        for target in self.targets(met, vpc) {
            let [exact, change] = [
                lead(met.edited, table, destination, block, target),
                turn(met.edited, table, destination, target),
            ];
            for edit in exact.into_iter().chain(change) {
                if !ways.iter().any(|way| way.as_slice() == [edit.clone()]) {
                    ways.push(vec![edit]);
                }
            }
        }
        if ways.is_empty() {
            // Nothing leads there yet.
            let direct = self.join(met);
            ways.extend((!direct.is_empty()).then_some(direct));
        }
        ways
    }

    /// Where packets from a VPC may go to come to the receiver.
    fn targets(&self, met: Met<'_>, vpc: VpcId) -> Vec<RouteTarget> {
        let destination = met.header.destination;
        let receiver = self.receiver(met.pass).endpoint;
        if let Some((other, _)) = home(met.edited, receiver, destination) {
            let joined = peerings_between(met.edited, vpc, other);
            let peerings = joined.into_iter().map(RouteTarget::Peering);
            return peerings.chain(transit_gateways(met.edited, vpc)).collect();
        }
        if let Endpoint::Remote(remote) = receiver {
            let own = met.edited.connections.iter();
            let own = own.filter(|(_, it)| it.vpc == Some(vpc) && it.remote == remote);
            let connections = own.map(|(id, _)| RouteTarget::Connection(id));
            return connections.chain(transit_gateways(met.edited, vpc)).collect();
        }
        if !is_public_unicast(destination) {
            return Vec::new();
        }
        let gateways = met.edited.internet_gateways.iter().filter(|(_, gateway)| {
            gateway.vpc == Some(vpc) && (!gateway.egress_only || destination.is_ipv6())
        });
        let gateways = gateways.map(|(id, _)| RouteTarget::InternetGateway(id));
        let nat = met.edited.nat_gateways.iter().filter(|(_, gateway)| gateway.vpc == vpc);
        let nat = nat.map(|(id, _)| RouteTarget::NatGateway(id));
        gateways.chain(nat.filter(|_| destination.is_ipv4())).collect()
    }

    /// The block that a route to the receiver should have.
    pub(super) fn block_of(&self, met: Met<'_>) -> IpNet {
        let destination = met.header.destination;
        let receiver = self.receiver(met.pass);
        if let Some((_, block)) = home(met.edited, receiver.endpoint, destination) {
            return block;
        }
        block(receiver, destination).as_prefix().unwrap_or(destination.into())
    }

    /// Joins the VPCs of both ends by a peering with a route on each side, as far as these are missing.
    pub(super) fn join(&self, met: Met<'_>) -> Vec<Edit> {
        let (from, to) = (self.sender(met.pass), self.receiver(met.pass));
        let (Endpoint::Interface(from), Endpoint::Interface(to)) = (from.endpoint, to.endpoint)
        else {
            return Vec::new();
        };
        let network = met.edited;
        let (requester, accepter) = (network.vpc_of(from), network.vpc_of(to));
        if requester == accepter {
            return Vec::new();
        }
        let mut edits = Vec::new();
        let known = peerings_between(network, requester, accepter).first().copied();
        let peering = match known {
            Some(peering) if network.peerings[peering].status == PeeringStatus::Active => peering,
            Some(peering) => {
                edits.push(Edit::ActivatePeering(peering));
                peering
            }
            None => {
                let Some(peering) = network.peerings.next_id() else { return Vec::new() };
                edits.push(Edit::CreatePeering { requester, accepter });
                peering
            }
        };
        let target = RouteTarget::Peering(peering);
        for (here, there, addresses) in
            [(from, to, self.receiver(met.pass)), (to, from, self.sender(met.pass))]
        {
            let own = network.interfaces[there].addresses.iter().copied();
            let mut own = own.filter(|address| addresses.addresses.contains(*address));
            let Some(address) = own.find(|it| it.is_ipv4() == met.header.source.is_ipv4()) else {
                continue;
            };
            let table = network.subnets[network.interfaces[here].subnet].route_table;
            let block = subnet_block(network, there, address);
            edits.extend(lead(network, table, address, block, target));
        }
        edits
    }
}

/// Returns the route that has a packet to `destination` go to a target: a route for the block, unless
/// it goes there already.
fn lead(
    network: &Network,
    table: RouteTableId,
    destination: IpAddr,
    block: IpNet,
    target: RouteTarget,
) -> Option<Edit> {
    let winner = winner(network, table, destination);
    match winner {
        Some((_, route)) if route.target == target => None,
        Some((reference, route)) if route.destination.prefix_len() >= block.prefix_len() => {
            changeable(route).then_some(Edit::ChangeRoute { route: reference, target })
        }
        Some(_) | None => {
            let route = Route { destination: block, target, origin: proposed() };
            Some(Edit::AddRoute { table, route })
        }
    }
}

/// Returns the change of the route that decides now.
fn turn(
    network: &Network,
    table: RouteTableId,
    destination: IpAddr,
    target: RouteTarget,
) -> Option<Edit> {
    let (reference, route) = winner(network, table, destination)?;
    let other = route.target != target && changeable(route);
    other.then_some(Edit::ChangeRoute { route: reference, target })
}

/// Whether someone wrote the route, so that it can lead elsewhere.
fn changeable(route: &Route) -> bool {
    route.target != RouteTarget::Local
}

/// Returns the route with the longest prefix.
fn winner(
    network: &Network,
    table: RouteTableId,
    destination: IpAddr,
) -> Option<(RouteRef, &Route)> {
    let routes = network.route_tables[table].routes.iter().enumerate();
    let matching = routes.filter(|(_, route)| route.destination.contains(&destination));
    let (index, route) = matching.max_by_key(|(_, route)| route.destination.prefix_len())?;
    Some((RouteRef { table, index }, route))
}

/// Returns the block of an interface's subnet that holds an address, or the address alone.
fn subnet_block(network: &Network, interface: InterfaceId, address: IpAddr) -> IpNet {
    let blocks = &network.subnets[network.interfaces[interface].subnet].cidrs;
    blocks.iter().copied().find(|block| block.contains(&address)).unwrap_or(address.into())
}

/// Returns the VPC that an end is in, and the block of its subnet that holds an address of it; `None`
/// for an address that is none of its own.
pub(super) fn home(
    network: &Network,
    endpoint: Endpoint,
    address: IpAddr,
) -> Option<(VpcId, IpNet)> {
    let of_interface = |id: InterfaceId| {
        let own = network.interfaces[id].addresses.contains(&address);
        own.then(|| (network.vpc_of(id), subnet_block(network, id, address)))
    };
    match endpoint {
        Endpoint::Interface(id) => of_interface(id),
        Endpoint::LoadBalancer(balancer) => {
            let owner = InterfaceOwner::LoadBalancer(balancer);
            let own = network.interfaces.iter().filter(|(_, it)| it.owner == owner);
            own.map(|(id, _)| id).find_map(of_interface)
        }
        Endpoint::VirtualAddress(id) => {
            let held = &network.virtual_addresses[id];
            let subnet = &network.subnets[held.subnet];
            let block = subnet.cidrs.iter().find(|block| block.contains(&address));
            (held.address == address)
                .then(|| (subnet.vpc, block.copied().unwrap_or(address.into())))
        }
        Endpoint::Remote(_) | Endpoint::Internet | Endpoint::Nobody => None,
    }
}

/// Returns the transit gateways that a VPC is attached to.
fn transit_gateways(network: &Network, vpc: VpcId) -> Vec<RouteTarget> {
    let attached = network.transit_attachments.iter().filter_map(|(_, it)| {
        let here = matches!(it.to, AttachedTo::Vpc { vpc: attached, .. } if attached == vpc);
        here.then_some(RouteTarget::TransitGateway(it.gateway))
    });
    attached.collect()
}

/// Returns the peerings between two VPCs, active ones first.
fn peerings_between(network: &Network, one: VpcId, other: VpcId) -> Vec<PeeringId> {
    let all = network.peerings.iter();
    let between = all.filter(|(_, peering)| peering.other_side(one) == Some(other));
    let mut found: Vec<PeeringId> = between.map(|(id, _)| id).collect();
    found.sort_by_key(|id| network.peerings[*id].status);
    found
}
