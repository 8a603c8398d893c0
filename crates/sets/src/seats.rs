//! Seats: holders between which packets find the same ways, so that one of them stands for all.
//!
//! A walk between two ends depends on everything that decides where packets go next, and on which
//! filters they meet, but not on what these filters say. Holders that agree in all of that share a
//! seat. What anything in the network refers to by name or by address sits alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    CloudFirewallId, Endpoint, FactId, InstanceId, InterfaceId, InterfaceOwner, NatPlacement,
    Network, PublicAddressTarget, RemoteNetworkId, RouteTarget, SubnetId,
};
use canreach_net::Family;

use crate::{
    cells::{Cell, Cells},
    holders::{self, Holder},
};

/// The position of a seat.
pub(crate) type SeatAt = usize;

/// A seat, and who shares it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// The holders, by their positions.
    pub(crate) members: Vec<usize>,
    /// The one that stands for all.
    pub(crate) first: usize,
    /// Another one, for what passes between two of them.
    pub(crate) second: Option<usize>,
}

/// What decides the ways of a holder's packets, and which filters they meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Interface(Box<InterfaceKind>),
    Remote(RemoteNetworkId, Cell),
    Internet(Cell),
    Alone(usize),
}

/// Likewise, for an interface that nothing refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct InterfaceKind {
    subnet: SubnetId,
    cell: Cell,
    /// What it is plugged into: an instance, or something not modelled, with its fact.
    is_instance: bool,
    unmodelled: Option<FactId>,
    /// Whether it has a public address, where that lies, and the cloud firewall before it.
    public: Option<(Cell, Option<CloudFirewallId>)>,
    denied: (bool, bool),
    filtered: bool,
    /// Whether it has a host firewall, and services, that packets are judged by.
    judged: (bool, bool),
}

/// Returns the seats of all holders.
pub(crate) fn seats(network: &Network, holders: &[Holder], by_ways: &Cells) -> Vec<Seat> {
    let named = Named::of(network, holders);
    let mut by_kind: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (at, holder) in holders.iter().enumerate() {
        let kind = kind(network, holder, at, by_ways, &named);
        by_kind.entry(kind).or_default().push(at);
    }
    with_representatives(holders, by_kind.into_values().collect())
}

fn kind(network: &Network, holder: &Holder, at: usize, by_ways: &Cells, named: &Named) -> Kind {
    let cell = by_ways.of(holder.address);
    let Some(id) = holder.interface else {
        return match (holder.end, holder.start) {
            (Endpoint::Remote(remote), Some(_)) => Kind::Remote(remote, cell),
            (Endpoint::Internet, Some(_)) => Kind::Internet(cell),
            _ => Kind::Alone(at),
        };
    };
    if holder.start.is_none()
        || named.interfaces.contains(&id)
        || named.addresses.contains(&holder.address)
        || holder.public.len() > 1
    {
        return Kind::Alone(at);
    }
    let interface = &network.interfaces[id];
    let instance = network.instance_of(id).map(|instance| &network.instances[instance]);
    Kind::Interface(Box::new(InterfaceKind {
        subnet: interface.subnet,
        cell,
        is_instance: instance.is_some(),
        unmodelled: match interface.owner {
            InterfaceOwner::Unmodelled(fact) => Some(fact),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => None,
        },
        public: holder
            .public
            .first()
            .map(|public| (by_ways.of(*public), named.protected.get(public).copied())),
        denied: (interface.internet_gateway_denied, interface.egress_only_gateway_denied),
        filtered: interface.filtered,
        judged: (
            instance.is_some_and(|it| it.firewall.is_some()),
            instance.is_some_and(|it| it.services.is_some()),
        ),
    }))
}

/// What something in the network refers to, by name or by address.
struct Named {
    interfaces: BTreeSet<InterfaceId>,
    addresses: BTreeSet<IpAddr>,
    /// The cloud firewalls before public addresses.
    protected: BTreeMap<IpAddr, CloudFirewallId>,
}

impl Named {
    fn of(network: &Network, holders: &[Holder]) -> Self {
        let mut named = Self {
            interfaces: BTreeSet::new(),
            addresses: BTreeSet::new(),
            protected: BTreeMap::new(),
        };
        named.add_routes(network);
        named.add_hosts(network);
        named.add_balancers(network);
        for (_, gateway) in network.nat_gateways.iter() {
            if let NatPlacement::Subnet(interface) = gateway.placement {
                named.interfaces.insert(interface);
                named.addresses.extend(network.interfaces[interface].addresses.iter().copied());
            }
            let private = gateway.destination_translations.iter().map(|it| it.private_address);
            named.addresses.extend(private);
        }
        // On the Internet, the first interface that has an IPv6 address stands for all that do.
        let mut once = BTreeSet::new();
        let ipv6 = network.interfaces.iter().flat_map(|(_, it)| it.addresses.iter().copied());
        let twice = ipv6.filter(|address| address.is_ipv6() && !once.insert(*address));
        named.addresses.extend(twice.collect::<Vec<_>>());
        let held = network.virtual_addresses.iter();
        named.interfaces.extend(held.flat_map(|(_, it)| it.interfaces.iter().copied()));
        let beyond = holders::beyond(network);
        let own = holders.iter().filter(|it| it.interface.is_some()).map(|it| it.address);
        named.addresses.extend(own.filter(|address| beyond.contains(*address)));
        let mut listed = BTreeSet::new();
        for (_, public) in network.public_addresses.iter() {
            if let Some(firewall) = public.firewall {
                named.protected.entry(public.address).or_insert(firewall);
            }
            // Of two entries for one address only the first is reached by it, but both send from it.
            let twice = !listed.insert(public.address);
            if let Some(PublicAddressTarget::Interface { interface, address }) = public.target
                && (twice || !network.interfaces[interface].addresses.contains(&address))
            {
                named.interfaces.insert(interface);
                named.addresses.insert(address);
            }
        }
        named
    }

    fn add_routes(&mut self, network: &Network) {
        let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
        self.interfaces.extend(routes.filter_map(|route| match route.target {
            RouteTarget::Interface(id) => Some(id),
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::InternetGateway(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => None,
        }));
    }

    /// Hosts with several addresses of one family keep what they send to another of these.
    fn add_hosts(&mut self, network: &Network) {
        let mut of_host: BTreeMap<InstanceId, Vec<InterfaceId>> = BTreeMap::new();
        for (id, interface) in network.interfaces.iter() {
            let several = |family| {
                let own = interface.addresses.iter().filter(|it| Family::of(**it) == family);
                own.count() > 1
            };
            if several(Family::V4) || several(Family::V6) {
                self.interfaces.insert(id);
            }
            if let InterfaceOwner::Instance(instance) = interface.owner {
                of_host.entry(instance).or_default().push(id);
            }
        }
        self.interfaces.extend(of_host.into_values().filter(|all| all.len() > 1).flatten());
        for (_, instance) in network.instances.iter() {
            self.interfaces.extend(instance.routes.iter().map(|route| route.interface));
        }
    }

    fn add_balancers(&mut self, network: &Network) {
        for (id, interface) in network.interfaces.iter() {
            if matches!(interface.owner, InterfaceOwner::LoadBalancer(_)) {
                self.interfaces.insert(id);
            }
        }
        let listeners = network.load_balancers.iter().flat_map(|(_, it)| &it.listeners);
        for target in listeners.flat_map(|listener| &listener.targets) {
            self.addresses.insert(target.address);
            self.interfaces.extend(target.nodes.iter().flatten().copied());
        }
    }
}

/// Picks who stands for each seat. An address of theirs means nobody else on a walk; where that cannot
/// be had, because blocks overlap, members sit alone.
fn with_representatives(holders: &[Holder], mut groups: Vec<Vec<usize>>) -> Vec<Seat> {
    loop {
        // Few members first: they have the least to choose from.
        groups.sort_by_key(|members| (members.len(), members.first().copied()));
        let mut used: BTreeSet<IpAddr> = BTreeSet::new();
        let mut seats = Vec::with_capacity(groups.len());
        let mut crowded = BTreeSet::new();
        for (at, members) in groups.iter().enumerate() {
            let free = |member: &usize| {
                holders.get(*member).is_some_and(|it| it.reached_at().all(|a| !used.contains(&a)))
            };
            let mut picked: Vec<usize> = match members.as_slice() {
                [only] => vec![*only],
                several => several.iter().copied().filter(free).take(2).collect(),
            };
            if picked.len() < members.len().min(2) {
                crowded.insert(at);
                picked = members.iter().copied().take(2).collect();
            }
            for member in &picked {
                used.extend(holders.get(*member).into_iter().flat_map(Holder::reached_at));
            }
            let mut picked = picked.into_iter();
            if let Some(first) = picked.next() {
                seats.push(Seat { members: members.clone(), first, second: picked.next() });
            }
        }
        if crowded.is_empty() {
            return seats;
        }
        let split = groups.into_iter().enumerate().flat_map(|(at, members)| {
            if crowded.contains(&at) {
                members.into_iter().map(|member| vec![member]).collect()
            } else {
                vec![members]
            }
        });
        groups = split.collect();
    }
}
