//! Who has which address: everything that flows start from or go to, one address at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    Endpoint, InterfaceId, InterfaceOwner, NatPlacement, Network, PublicAddressTarget,
};
use canreach_net::{AddressSet, Family};

use crate::{cells::Cells, mentions};

/// Something with one address, or with addresses that nothing tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Where its flows start, if any do.
    pub(crate) start: Option<Endpoint>,
    /// Where flows for it end.
    pub(crate) end: Endpoint,
    /// Its address; one of them where it has several.
    pub(crate) address: IpAddr,
    /// All of them.
    pub(crate) addresses: AddressSet,
    /// The public addresses that stand for it one to one.
    pub(crate) public: Vec<IpAddr>,
    /// Its interface, where it is one.
    pub(crate) interface: Option<InterfaceId>,
}

impl Holder {
    pub(crate) fn at(end: Endpoint, address: IpAddr) -> Self {
        Self {
            start: None,
            end,
            address,
            addresses: address.into(),
            public: Vec::new(),
            interface: None,
        }
    }

    /// Returns the addresses at which flows reach it, its own first.
    pub(crate) fn reached_at(&self) -> impl Iterator<Item = IpAddr> + '_ {
        std::iter::once(self.address).chain(self.public.iter().copied())
    }
}

/// Address space as ways and filters cut it.
#[derive(Debug)]
pub(crate) struct Cuts<'c> {
    pub(crate) by_ways: &'c Cells,
    pub(crate) by_filters: &'c Cells,
}

/// Returns the cells along which packets find different ways.
pub(crate) fn cells_of_ways(network: &Network) -> Cells {
    let mut mentioned = mentions::of_ways(network);
    // Where machines beyond the network could have an address that something in it has, that one
    // address goes another way than those around it.
    let beyond = beyond(network);
    let own = own_addresses(network).into_iter().filter(|address| beyond.contains(*address));
    mentioned.extend(own.map(canreach_net::AddressRange::from));
    Cells::along(mentioned)
}

/// Returns the addresses of machines beyond the network: on premises, and on the Internet.
pub(crate) fn beyond(network: &Network) -> AddressSet {
    let remote = network.remote_networks.iter().flat_map(|(_, it)| it.cidrs.iter().copied());
    remote.collect::<AddressSet>().union(&outside(network))
}

/// Returns the addresses that something in the network has.
fn own_addresses(network: &Network) -> BTreeSet<IpAddr> {
    let interfaces = network.interfaces.iter().flat_map(|(_, it)| it.addresses.iter().copied());
    let held = network.virtual_addresses.iter().map(|(_, it)| it.address);
    let public = network.public_addresses.iter().map(|(_, it)| it.address);
    interfaces.chain(held).chain(public).collect()
}

/// Returns the addresses of machines on the Internet: public space without the network's own public
/// addresses and IPv6 blocks.
pub(crate) fn outside(network: &Network) -> AddressSet {
    let listed = network.public_addresses.iter().map(|(_, it)| it.address);
    let translated = network.nat_gateways.iter().flat_map(|(_, gateway)| {
        let sources = gateway.source_translations.iter().flat_map(|it| it.addresses.iter());
        let destinations = gateway.destination_translations.iter().map(|it| &it.public_address);
        sources.chain(destinations).copied()
    });
    let own: AddressSet = listed.chain(translated).collect();
    let blocks = network.vpcs.iter().flat_map(|(_, vpc)| vpc.cidrs.iter().copied());
    let ipv6: AddressSet = blocks.filter(|block| Family::of(block.addr()) == Family::V6).collect();
    AddressSet::public_unicast().difference(&ipv6).difference(&own)
}

/// Returns everything that has an address, in the model's order.
pub(crate) fn all(network: &Network, cuts: &Cuts<'_>) -> Vec<Holder> {
    let public = public(network);
    let mut holders = interfaces(network, &public);
    holders.extend(virtual_addresses(network, &public));
    holders.extend(translated(network, &public));
    holders.extend(unresolved(&public));
    for (id, remote) in network.remote_networks.iter() {
        let blocks: AddressSet = remote.cidrs.iter().copied().collect();
        holders.extend(parts(Endpoint::Remote(id), &blocks, cuts));
    }
    holders.extend(parts(Endpoint::Internet, &outside(network), cuts));
    holders
}

/// What public addresses stand for; where one is listed twice, the first counts.
type Public = BTreeMap<IpAddr, Option<PublicAddressTarget>>;

fn public(network: &Network) -> Public {
    let mut public = Public::new();
    for (_, it) in network.public_addresses.iter() {
        public.entry(it.address).or_insert(it.target);
    }
    public
}

fn interfaces(network: &Network, listed: &Public) -> Vec<Holder> {
    let mut public: BTreeMap<(InterfaceId, IpAddr), Vec<IpAddr>> = BTreeMap::new();
    for (public_address, target) in listed {
        if let Some(PublicAddressTarget::Interface { interface, address }) = *target {
            public.entry((interface, address)).or_default().push(*public_address);
        }
    }
    let mut holders = Vec::new();
    for (id, interface) in network.interfaces.iter() {
        let end = match interface.owner {
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => Endpoint::Interface(id),
            InterfaceOwner::LoadBalancer(balancer) => Endpoint::LoadBalancer(balancer),
            // Nobody means these by a set of machines.
            InterfaceOwner::NatGateway(_) | InterfaceOwner::Gateway | InterfaceOwner::Detached => {
                continue;
            }
        };
        for address in &interface.addresses {
            holders.push(Holder {
                start: Some(Endpoint::Interface(id)),
                public: public.remove(&(id, *address)).unwrap_or_default(),
                interface: Some(id),
                ..Holder::at(end, *address)
            });
        }
    }
    holders
}

fn virtual_addresses<'n>(
    network: &'n Network,
    public: &'n Public,
) -> impl Iterator<Item = Holder> + 'n {
    network.virtual_addresses.iter().map(|(id, held)| {
        let target = Some(PublicAddressTarget::VirtualAddress(id));
        let public = public.iter().filter(|(_, it)| **it == target);
        Holder {
            public: public.map(|(address, _)| *address).collect(),
            ..Holder::at(Endpoint::VirtualAddress(id), held.address)
        }
    })
}

/// What stands behind the public addresses of NAT gateways at the VPC.
fn translated(network: &Network, public: &Public) -> Vec<Holder> {
    let mut holders = Vec::new();
    for (id, gateway) in network.nat_gateways.iter() {
        if gateway.placement != NatPlacement::Vpc {
            continue;
        }
        let arrives = Some(Some(PublicAddressTarget::NatGateway(id)));
        let pairs: BTreeSet<(IpAddr, IpAddr)> = gateway
            .destination_translations
            .iter()
            .filter(|it| public.get(&it.public_address).copied() == arrives)
            .map(|it| (it.public_address, it.private_address))
            .collect();
        for (public, private) in pairs {
            let behind = network.interfaces.iter().filter(|(id, it)| {
                network.vpc_of(*id) == gateway.vpc && it.addresses.contains(&private)
            });
            holders.extend(behind.map(|(id, it)| {
                let end = match it.owner {
                    InterfaceOwner::LoadBalancer(balancer) => Endpoint::LoadBalancer(balancer),
                    InterfaceOwner::Instance(_)
                    | InterfaceOwner::NatGateway(_)
                    | InterfaceOwner::Service
                    | InterfaceOwner::Unmodelled(_)
                    | InterfaceOwner::Gateway
                    | InterfaceOwner::Detached => Endpoint::Interface(id),
                };
                Holder { interface: Some(id), ..Holder::at(end, public) }
            }));
        }
    }
    // Two translations may lead to one machine.
    let mut once = BTreeSet::new();
    holders.retain(|it| once.insert((it.end, it.address)));
    holders
}

/// Public addresses of the network of which the input does not say whose they are.
fn unresolved(public: &Public) -> impl Iterator<Item = Holder> + '_ {
    let unresolved = public
        .iter()
        .filter(|(_, target)| matches!(target, Some(PublicAddressTarget::Unresolved(_))));
    unresolved.map(|(address, _)| Holder::at(Endpoint::Internet, *address))
}

/// Machines beyond the network, as far as ways or filters tell them apart.
fn parts(end: Endpoint, addresses: &AddressSet, cuts: &Cuts<'_>) -> Vec<Holder> {
    let ways = cuts.by_ways.divide(addresses).into_iter();
    let both = ways.flat_map(|(_, part)| cuts.by_filters.divide(&part));
    both.filter_map(|(_, part)| {
        Some(Holder { start: Some(end), addresses: part.clone(), ..Holder::at(end, part.first()?) })
    })
    .collect()
}
