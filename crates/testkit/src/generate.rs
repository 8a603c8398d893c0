//! Small random networks, determined by a seed.
//!
//! A network begins as one in which everything is allowed and connected, and is then broken in a few
//! random places: that way a good share of questions is reachable and most constructs decide some
//! answer. It keeps what importers guarantee: addresses are unique in a VPC and inside the blocks of
//! subnet and VPC, subnets do not overlap, no table has two routes of one destination, local routes are
//! there, and so on (the tests beside this list it). Constants are few and small, see
//! [`crate::oracle::Universe`].

pub mod aws;
mod balancers;
mod features;
mod filters;
mod firewalls;
mod gateways;
mod host_firewalls;
mod hosts;
mod layout;
mod profiles;
mod questions;
mod routes;
mod settings;
#[cfg(test)]
mod tests;
mod transit;

use std::net::IpAddr;

use canreach_model::{
    FactId, InterfaceId, Network, Polarity, ProfileName, Route, RouteTableId, RouteTarget,
    SubnetId, VpcId,
};
use canreach_net::{AddressRange, IpNet, PortRange};

use crate::{
    Builder, Random,
    builder::{self, ORIGIN},
};

use features::Feature;
pub use questions::questions;

/// The number of facts that a network has at most: the oracle tries every assignment of them.
pub const MOST_FACTS: usize = 4;

/// The largest port that any rule, service or translation names.
pub const LARGEST_PORT: u16 = 6;

/// The ports from which NAT gateways and load balancers choose.
const NAT_PORTS: (u16, u16) = (5, 6);

/// Returns the network of a seed.
#[must_use]
pub fn network(seed: u64) -> Network {
    let mut maker = Maker::new(seed);
    maker.lay_out();
    maker.add_balancers();
    maker.add_forwarding();
    maker.add_gateways();
    maker.add_gateway_endpoints();
    maker.add_transit();
    maker.add_routes();
    maker.add_filters();
    maker.add_settings();
    maker.add_host_firewalls();
    maker.add_cloud_firewalls();
    maker.builder.network
}

/// A block of IPv4, and one of IPv6 where the VPC has such.
type Blocks = (IpNet, Option<IpNet>);

/// A network under construction.
struct Maker {
    random: Random,
    builder: Builder,
    /// How many of a hundred places are broken.
    trouble: u16,
    /// Whether the network has IPv6 blocks.
    ipv6: bool,
    /// Blocks of which no subnet has been made yet: by VPC.
    free_blocks: Vec<(VpcId, Vec<Blocks>)>,
    /// Addresses that no interface has yet, by subnet.
    free_addresses: Vec<(SubnetId, Vec<IpAddr>)>,
    /// The route tables that are not those of gateways, by VPC.
    tables: Vec<(VpcId, RouteTableId)>,
    /// What it has besides the common constructs.
    features: Vec<Feature>,
    /// Instances that forward: the table whose routes lead to this interface of theirs.
    forwarders: Vec<(RouteTableId, InterfaceId)>,
    /// Public addresses not given away yet.
    free_public: Vec<IpAddr>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let trouble = random.pick(&[1, 2, 3, 6, 18]);
        let ipv6 = random.chance(40);
        let features = features::choose(&mut random);
        // The profile is replaced for each VPC; it must not leave facts behind.
        let mut builder = Builder::new(ProfileName::Generic);
        builder.profile.translation.ports = nat_ports();
        let free_public = (1..=6).map(|host| IpAddr::from([203, 0, 113, host])).collect();
        Self {
            random,
            builder,
            trouble,
            ipv6,
            free_blocks: Vec::new(),
            free_addresses: Vec::new(),
            tables: Vec::new(),
            features,
            forwarders: Vec::new(),
            free_public,
        }
    }

    fn network(&mut self) -> &mut Network {
        &mut self.builder.network
    }

    /// Whether to break something here.
    fn breaks(&mut self) -> bool {
        self.random.chance(self.trouble)
    }

    /// Returns a new fact, unless there are enough.
    fn fact(&mut self, polarity: Polarity) -> Option<FactId> {
        (self.builder.network.facts.len() < MOST_FACTS).then(|| self.builder.fact(polarity))
    }

    /// Adds a route unless the table has one of that destination.
    fn route(&mut self, table: RouteTableId, destination: IpNet, target: RouteTarget) {
        let routes = &mut self.network().route_tables[table].routes;
        if routes.iter().all(|route| route.destination != destination) {
            routes.push(Route { destination, target, origin: ORIGIN });
        }
    }

    fn vpcs(&self) -> Vec<VpcId> {
        self.builder.network.vpcs.ids().collect()
    }

    fn subnets_of(&self, vpc: VpcId) -> Vec<SubnetId> {
        let all = self.builder.network.subnets.iter();
        all.filter(|(_, subnet)| subnet.vpc == vpc).map(|(id, _)| id).collect()
    }

    fn tables_of(&self, vpc: VpcId) -> Vec<RouteTableId> {
        self.tables.iter().filter(|(of, _)| *of == vpc).map(|(_, table)| *table).collect()
    }

    /// Returns every prefix, address and range that makes a telling constant.
    fn ranges(&mut self) -> Vec<AddressRange> {
        let network = &self.builder.network;
        let mut ranges: Vec<AddressRange> = Vec::new();
        for (_, vpc) in network.vpcs.iter() {
            ranges.extend(vpc.cidrs.iter().copied().map(AddressRange::from));
        }
        for (_, subnet) in network.subnets.iter() {
            ranges.extend(subnet.cidrs.iter().copied().map(AddressRange::from));
        }
        for (_, interface) in network.interfaces.iter() {
            ranges.extend(interface.addresses.iter().copied().map(AddressRange::from));
        }
        for (_, public) in network.public_addresses.iter() {
            ranges.push(public.address.into());
        }
        for (_, it) in network.virtual_addresses.iter() {
            ranges.push(it.address.into());
        }
        for (_, remote) in network.remote_networks.iter() {
            ranges.extend(remote.cidrs.iter().copied().map(AddressRange::from));
        }
        let others =
            ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.1-10.0.0.6", "198.51.100.0/30", "203.0.113.0/29"];
        ranges.extend(others.map(builder::range));
        if self.ipv6 {
            ranges.extend(["::/0", "2001:db8::/32", "2600::/126"].map(builder::range));
        }
        ranges
    }
}

fn nat_ports() -> PortRange {
    PortRange::new(NAT_PORTS.0, NAT_PORTS.1).unwrap_or(PortRange::ALL)
}
