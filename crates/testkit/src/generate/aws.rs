//! Small random networks that AWS can express, determined by a seed.
//!
//! Like the other networks they begin with everything allowed and connected, and are broken in a few
//! random places. They keep what AWS keeps: groups belong to a VPC, every subnet has an ACL, a NAT
//! gateway stands in a subnet, a route leads only to targets that AWS knows. What no answer of AWS tells
//! (what an instance does with packets of others) is a fact.

mod balancers;
mod estate;
mod filters;
mod gateways;
mod layout;
mod routes;
mod transit;

use std::net::IpAddr;

use canreach_model::{
    InterfaceId, InterfaceOwner, Network, ProfileName, Route, RouteTableId, RouteTarget, SubnetId,
    VpcId,
};
use canreach_net::IpNet;

use crate::{
    Builder, Random,
    builder::{self, ORIGIN},
};

pub use estate::estate;

/// Returns the network of a seed.
#[must_use]
pub fn network(seed: u64) -> Network {
    let mut maker = Maker::new(seed);
    maker.lay_out();
    maker.add_gateways();
    maker.add_transit();
    maker.add_routes();
    maker.add_appliances();
    maker.add_filters();
    maker.add_balancers();
    builder::add_local_routes(&mut maker.builder.network);
    maker.builder.network
}

/// A network under construction.
struct Maker {
    random: Random,
    builder: Builder,
    /// How many of a hundred places are broken.
    trouble: u16,
    ipv6: bool,
    /// How many addresses each subnet has given away.
    taken: Vec<(SubnetId, u16)>,
    /// How many public addresses are given away.
    public: u8,
}

impl Maker {
    fn new(seed: u64) -> Self {
        // Another stream than that of the other networks.
        let mut random = Random::new(seed ^ 0xa3e5_0000_0000_0000);
        let trouble = random.pick(&[1, 3, 6, 15]);
        let ipv6 = random.chance(45);
        let builder = Builder::new(ProfileName::Aws);
        Self { random, builder, trouble, ipv6, taken: Vec::new(), public: 0 }
    }

    fn network(&mut self) -> &mut Network {
        &mut self.builder.network
    }

    fn breaks(&mut self) -> bool {
        self.random.chance(self.trouble)
    }

    fn vpcs(&self) -> Vec<VpcId> {
        self.builder.network.vpcs.ids().collect()
    }

    fn subnets_of(&self, vpc: VpcId) -> Vec<SubnetId> {
        let all = self.builder.network.subnets.iter();
        all.filter(|(_, subnet)| subnet.vpc == vpc).map(|(id, _)| id).collect()
    }

    /// The tables of a VPC that route what its subnets send.
    fn tables_of(&self, vpc: VpcId) -> Vec<RouteTableId> {
        let network = &self.builder.network;
        let of_gateways: Vec<RouteTableId> = network
            .internet_gateways
            .iter()
            .filter_map(|(_, gateway)| gateway.route_table)
            .collect();
        let all = network.route_tables.iter();
        all.filter(|(id, table)| table.vpc == vpc && !of_gateways.contains(id))
            .map(|(id, _)| id)
            .collect()
    }

    /// The interfaces of instances, of one VPC or of all.
    fn hosts(&self, vpc: Option<VpcId>) -> Vec<InterfaceId> {
        let network = &self.builder.network;
        let all = network.interfaces.iter();
        all.filter(|(id, it)| {
            matches!(it.owner, InterfaceOwner::Instance(_))
                && vpc.is_none_or(|vpc| network.vpc_of(*id) == vpc)
        })
        .map(|(id, _)| id)
        .collect()
    }

    /// Takes the next addresses of a subnet: one of IPv4, and on demand one of IPv6.
    fn take_addresses(&mut self, subnet: SubnetId, ipv6: bool) -> Vec<IpAddr> {
        let Some((_, count)) = self.taken.iter_mut().find(|(id, _)| *id == subnet) else {
            return Vec::new();
        };
        // AWS keeps the first four for itself.
        let host = 4 + u128::from(*count);
        *count += 1;
        let blocks = self.builder.network.subnets[subnet].cidrs.iter();
        blocks
            .filter(|block| ipv6 || block.addr().is_ipv4())
            .filter_map(|block| nth(block, host))
            .collect()
    }

    /// Adds a route unless the table has one of that destination.
    fn route(&mut self, table: RouteTableId, destination: IpNet, target: RouteTarget) {
        let routes = &mut self.network().route_tables[table].routes;
        if routes.iter().all(|route| route.destination != destination) {
            routes.push(Route { destination, target, origin: ORIGIN });
        }
    }

    fn take_public(&mut self) -> String {
        self.public += 1;
        format!("203.0.113.{}", self.public)
    }
}

/// Returns the address at a position of a block.
fn nth(block: &IpNet, position: u128) -> Option<IpAddr> {
    match block {
        IpNet::V4(block) => {
            let bits = block.network().to_bits().checked_add(u32::try_from(position).ok()?)?;
            Some(IpAddr::V4(bits.into()))
        }
        IpNet::V6(block) => {
            Some(IpAddr::V6(block.network().to_bits().checked_add(position)?.into()))
        }
    }
}
