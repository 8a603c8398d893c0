//! The network as a graph of places, with indexes of its addresses.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{
    Endpoint, InterfaceId, InternetGatewayId, NatGatewayId, Network, PeeringId, PeeringStatus,
    Place, PublicAddressTarget, VpcId,
};
use canreach_net::AddressSet;
use petgraph::graph::{NodeIndex, UnGraph};

/// How two places are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// An interface plugged into its VPC's router, through its subnet.
    Plugged,
    /// A gateway that serves a VPC.
    Attached,
    /// A side of a peering.
    Peered,
    /// A way to the Internet.
    Outward,
}

/// The places of a network, what joins them, and who has which address.
#[derive(Debug)]
pub struct Topology<'n> {
    /// The network it was built from.
    pub network: &'n Network,
    graph: UnGraph<Place, Link>,
    nodes: BTreeMap<Place, NodeIndex>,
    owners: BTreeMap<(VpcId, IpAddr), InterfaceId>,
    public: BTreeMap<IpAddr, Option<PublicAddressTarget>>,
    public_of: BTreeMap<(VpcId, IpAddr), IpAddr>,
    ipv6_owners: BTreeMap<IpAddr, InterfaceId>,
    ipv6_blocks: Vec<(VpcId, AddressSet)>,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each look-up wants one kind of place; a new kind is none of theirs"
)]
impl<'n> Topology<'n> {
    /// Builds the graph and the indexes; linear in the size of the network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        let mut topology = Self {
            network,
            graph: UnGraph::default(),
            nodes: BTreeMap::new(),
            owners: BTreeMap::new(),
            public: BTreeMap::new(),
            public_of: BTreeMap::new(),
            ipv6_owners: BTreeMap::new(),
            ipv6_blocks: Vec::new(),
        };
        topology.add_places();
        topology.add_addresses();
        topology
    }

    fn add_places(&mut self) {
        let network = self.network;
        for (id, interface) in network.interfaces.iter() {
            let vpc = network.subnets[interface.subnet].vpc;
            self.join(Place::Interface(id), Place::Router(vpc), Link::Plugged);
        }
        for (id, gateway) in network.internet_gateways.iter() {
            self.join(Place::InternetGateway(id), Place::Internet, Link::Outward);
            if let Some(vpc) = gateway.vpc {
                self.join(Place::InternetGateway(id), Place::Router(vpc), Link::Attached);
            }
        }
        for (id, gateway) in network.nat_gateways.iter() {
            self.join(Place::NatGateway(id), Place::Router(gateway.vpc), Link::Attached);
        }
        for (id, peering) in network.peerings.iter() {
            for side in [peering.requester, peering.accepter] {
                self.join(Place::Peering(id), Place::Router(side), Link::Peered);
            }
        }
        for place in [Place::Internet, Place::Unmodelled] {
            self.add_place(place);
        }
        for id in network.vpcs.ids() {
            self.add_place(Place::Router(id));
        }
    }

    fn join(&mut self, a: Place, b: Place, link: Link) {
        let (a, b) = (self.add_place(a), self.add_place(b));
        self.graph.add_edge(a, b, link);
    }

    fn add_place(&mut self, place: Place) -> NodeIndex {
        *self.nodes.entry(place).or_insert_with(|| self.graph.add_node(place))
    }

    fn add_addresses(&mut self) {
        let network = self.network;
        for (id, interface) in network.interfaces.iter() {
            let vpc = network.subnets[interface.subnet].vpc;
            for address in &interface.addresses {
                self.owners.entry((vpc, *address)).or_insert(id);
                if address.is_ipv6() {
                    self.ipv6_owners.entry(*address).or_insert(id);
                }
            }
        }
        for (_, public) in network.public_addresses.iter() {
            self.public.entry(public.address).or_insert(public.target);
            if let Some(PublicAddressTarget::Interface { interface, address }) = public.target {
                let key = (network.vpc_of(interface), address);
                self.public_of.entry(key).or_insert(public.address);
            }
        }
        for (id, vpc) in network.vpcs.iter() {
            let blocks: AddressSet =
                vpc.cidrs.iter().copied().filter(|cidr| cidr.addr().is_ipv6()).collect();
            if !blocks.is_empty() {
                self.ipv6_blocks.push((id, blocks));
            }
        }
    }

    /// Returns the graph: places, and what joins them.
    #[must_use]
    pub fn graph(&self) -> &UnGraph<Place, Link> {
        &self.graph
    }

    /// Returns a place's node.
    ///
    /// Every place of the network has one; the node of `Unmodelled` stands in for others.
    #[must_use]
    pub fn node(&self, place: Place) -> NodeIndex {
        let beyond = || self.nodes.get(&Place::Unmodelled).copied().unwrap_or_default();
        self.nodes.get(&place).copied().unwrap_or_else(beyond)
    }

    /// Returns what `pick` takes of the places joined to a VPC's router, in the model's order.
    fn joined_to<T: Ord>(&self, vpc: VpcId, pick: impl Fn(Place) -> Option<T>) -> Vec<T> {
        let neighbours = self.graph.neighbors(self.node(Place::Router(vpc)));
        let places = neighbours.filter_map(|node| self.graph.node_weight(node).copied());
        let mut found: Vec<T> = places.filter_map(pick).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Returns the peerings that join two VPCs, active ones first.
    pub(crate) fn peerings_between(&self, a: VpcId, b: VpcId) -> Vec<PeeringId> {
        let peerings = &self.network.peerings;
        let mut found = self.joined_to(a, |place| match place {
            Place::Peering(id) if peerings[id].other_side(a) == Some(b) => Some(id),
            _ => None,
        });
        found.sort_by_key(|id| peerings[*id].status != PeeringStatus::Active);
        found
    }

    /// Returns the Internet gateways attached to a VPC, in the model's order.
    pub(crate) fn internet_gateways(&self, vpc: VpcId) -> Vec<InternetGatewayId> {
        self.joined_to(vpc, |place| match place {
            Place::InternetGateway(id) => Some(id),
            _ => None,
        })
    }

    /// Returns the NAT gateways of a VPC, in the model's order.
    pub(crate) fn nat_gateways(&self, vpc: VpcId) -> Vec<NatGatewayId> {
        self.joined_to(vpc, |place| match place {
            Place::NatGateway(id) => Some(id),
            _ => None,
        })
    }

    /// Returns the interface of a VPC that has an address.
    #[must_use]
    pub fn owner(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        self.owners.get(&(vpc, address)).copied()
    }

    /// Returns the addresses of a VPC that interfaces have and that lie in `among`, with their owners.
    pub(crate) fn owners_in(&self, vpc: VpcId, among: &AddressSet) -> Vec<(IpAddr, InterfaceId)> {
        among
            .ranges()
            .flat_map(|range| self.owners.range((vpc, range.first())..=(vpc, range.last())))
            .map(|((_, address), interface)| (*address, *interface))
            .collect()
    }

    /// Returns the network's public addresses that lie in `among`, with what they stand for.
    pub(crate) fn public_in(
        &self,
        among: &AddressSet,
    ) -> Vec<(IpAddr, Option<PublicAddressTarget>)> {
        let ranges =
            among.ranges().flat_map(|range| self.public.range(range.first()..=range.last()));
        ranges.map(|(address, target)| (*address, *target)).collect()
    }

    /// Returns the IPv6 addresses of interfaces that lie in `among`; each with the first interface
    /// in the model's order that has it.
    pub(crate) fn ipv6_in(&self, among: &AddressSet) -> Vec<(IpAddr, InterfaceId)> {
        let ranges =
            among.ranges().flat_map(|range| self.ipv6_owners.range(range.first()..=range.last()));
        ranges.map(|(address, interface)| (*address, *interface)).collect()
    }

    /// Returns the IPv6 blocks of each VPC that has any.
    pub(crate) fn ipv6_blocks(&self) -> &[(VpcId, AddressSet)] {
        &self.ipv6_blocks
    }

    /// Returns the private addresses of a VPC that have a public address, with it.
    pub(crate) fn public_addresses_of(
        &self,
        vpc: VpcId,
        among: &AddressSet,
    ) -> Vec<(IpAddr, IpAddr)> {
        among
            .ranges()
            .flat_map(|range| self.public_of.range((vpc, range.first())..=(vpc, range.last())))
            .map(|((_, private), public)| (*private, *public))
            .collect()
    }

    /// Returns the public addresses that stand for a NAT gateway at the VPC.
    pub(crate) fn public_addresses_of_nat(&self, gateway: NatGatewayId) -> AddressSet {
        let of_gateway = |target: &Option<PublicAddressTarget>| {
            *target == Some(PublicAddressTarget::NatGateway(gateway))
        };
        self.public
            .iter()
            .filter(|(_, target)| of_gateway(target))
            .map(|(address, _)| *address)
            .collect()
    }

    /// Returns the place of an end.
    #[must_use]
    pub fn place_of(endpoint: Endpoint) -> Place {
        match endpoint {
            Endpoint::Interface(id) => Place::Interface(id),
            Endpoint::LoadBalancer(id) => Place::LoadBalancer(id),
            Endpoint::VirtualAddress(_) => Place::Unmodelled,
            Endpoint::Remote(id) => Place::Remote(id),
            Endpoint::Internet => Place::Internet,
        }
    }
}
