//! The network as a graph of places.

use std::collections::BTreeMap;

use canreach_model::{
    AttachedTo, Endpoint, InterfaceId, InterfaceOwner, InternetGatewayId, NatGatewayId, Network,
    PeeringId, PeeringStatus, Place, VpcId,
};
use petgraph::graph::{NodeIndex, UnGraph};

use crate::{addresses::Addresses, ranked::Routes};

/// How two places are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// An interface plugged into its VPC's router, through its subnet.
    Plugged,
    /// A gateway that serves a VPC, or something attached to a transit gateway.
    Attached,
    /// A side of a peering, or of two transit gateways.
    Peered,
    /// A way to the Internet, or to a network on premises.
    Outward,
}

/// The places of a network, what joins them, and who has which address.
#[derive(Debug)]
pub struct Topology<'n> {
    /// The network it was built from.
    pub network: &'n Network,
    graph: UnGraph<Place, Link>,
    nodes: BTreeMap<Place, NodeIndex>,
    pub(crate) addresses: Addresses,
    /// The gateways of each VPC, in the model's order.
    internet_gateways: BTreeMap<VpcId, Vec<InternetGatewayId>>,
    nat_gateways: BTreeMap<VpcId, Vec<NatGatewayId>>,
    pub(crate) routes: Routes,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each look-up wants one kind of place; a new kind is none of theirs"
)]
impl<'n> Topology<'n> {
    /// Builds the graph and the indexes; linear in the size of the network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        Self::among(network, |_| true)
    }

    /// Builds them as if the other interfaces, with their public addresses, were not there: the walks
    /// between two ends that `counts` holds for are the same, if everything counts that others refer to.
    #[must_use]
    pub fn among(network: &'n Network, counts: impl Fn(InterfaceId) -> bool) -> Self {
        let mut topology = Self {
            network,
            graph: UnGraph::default(),
            nodes: BTreeMap::new(),
            addresses: Addresses::of(network, counts),
            internet_gateways: BTreeMap::new(),
            nat_gateways: BTreeMap::new(),
            routes: Routes::new(network),
        };
        topology.add_places();
        topology.add_places_between();
        topology
    }

    fn add_places(&mut self) {
        let network = self.network;
        for (id, interface) in network.interfaces.iter() {
            let vpc = network.subnets[interface.subnet].vpc;
            self.join(Place::Interface(id), Place::Router(vpc), Link::Plugged);
            if let InterfaceOwner::LoadBalancer(balancer) = interface.owner {
                self.join(Place::LoadBalancer(balancer), Place::Router(vpc), Link::Attached);
            }
        }
        for (id, gateway) in network.internet_gateways.iter() {
            self.join(Place::InternetGateway(id), Place::Internet, Link::Outward);
            if let Some(vpc) = gateway.vpc {
                self.join(Place::InternetGateway(id), Place::Router(vpc), Link::Attached);
                self.internet_gateways.entry(vpc).or_default().push(id);
            }
        }
        for (id, gateway) in network.nat_gateways.iter() {
            self.join(Place::NatGateway(id), Place::Router(gateway.vpc), Link::Attached);
            self.nat_gateways.entry(gateway.vpc).or_default().push(id);
        }
        for (id, peering) in network.peerings.iter() {
            for side in [peering.requester, peering.accepter] {
                self.join(Place::Peering(id), Place::Router(side), Link::Peered);
            }
        }
        for (id, endpoint) in network.gateway_endpoints.iter() {
            let place = Place::GatewayEndpoint(id);
            self.join(place, Place::Router(endpoint.vpc), Link::Attached);
            self.join(place, Place::Internet, Link::Outward);
        }
        for place in [Place::Internet, Place::Unmodelled] {
            self.add_place(place);
        }
        for id in network.vpcs.ids() {
            self.add_place(Place::Router(id));
        }
    }

    /// Adds what lies between VPCs and networks on premises.
    fn add_places_between(&mut self) {
        let network = self.network;
        for (id, connection) in network.connections.iter() {
            let place = Place::Connection(id);
            self.join(place, Place::Remote(connection.remote), Link::Outward);
            if let Some(vpc) = connection.vpc {
                self.join(place, Place::Router(vpc), Link::Attached);
            }
        }
        for (_, attachment) in network.transit_attachments.iter() {
            let gateway = Place::TransitGateway(attachment.gateway);
            match attachment.to {
                AttachedTo::Vpc { vpc, .. } => {
                    self.join(gateway, Place::Router(vpc), Link::Attached);
                }
                AttachedTo::Connection(id) => {
                    self.join(gateway, Place::Connection(id), Link::Attached);
                }
                AttachedTo::Peering(other) => {
                    let other = network.transit_attachments[other].gateway;
                    self.join(gateway, Place::TransitGateway(other), Link::Peered);
                }
                AttachedTo::Unmodelled(_) => {}
            }
        }
        for id in network.transit_gateways.ids() {
            self.add_place(Place::TransitGateway(id));
        }
        for id in network.load_balancers.ids() {
            self.add_place(Place::LoadBalancer(id));
        }
        for id in network.remote_networks.ids() {
            self.add_place(Place::Remote(id));
        }
    }

    fn join(&mut self, a: Place, b: Place, link: Link) {
        let (a, b) = (self.add_place(a), self.add_place(b));
        self.graph.add_edge(a, b, link);
    }

    fn add_place(&mut self, place: Place) -> NodeIndex {
        *self.nodes.entry(place).or_insert_with(|| self.graph.add_node(place))
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
    pub(crate) fn internet_gateways(&self, vpc: VpcId) -> &[InternetGatewayId] {
        self.internet_gateways.get(&vpc).map_or(&[], Vec::as_slice)
    }

    /// Returns the NAT gateways of a VPC, in the model's order.
    pub(crate) fn nat_gateways(&self, vpc: VpcId) -> &[NatGatewayId] {
        self.nat_gateways.get(&vpc).map_or(&[], Vec::as_slice)
    }

    /// Returns the place of an end; for a virtual address, the first interface that may hold it; for
    /// nobody, the one beyond what the input describes.
    #[must_use]
    pub fn place_of(&self, endpoint: Endpoint) -> Place {
        match endpoint {
            Endpoint::Interface(id) => Place::Interface(id),
            Endpoint::LoadBalancer(id) => Place::LoadBalancer(id),
            Endpoint::VirtualAddress(id) => {
                let holder = self.network.virtual_addresses[id].interfaces.first();
                holder.map_or(Place::Unmodelled, |id| Place::Interface(*id))
            }
            Endpoint::Remote(id) => Place::Remote(id),
            Endpoint::Internet => Place::Internet,
            Endpoint::Nobody => Place::Unmodelled,
        }
    }
}
