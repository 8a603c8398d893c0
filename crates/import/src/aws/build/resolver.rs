//! The resolver that AWS runs in every VPC, at the base of its primary IPv4 block plus two.
//!
//! It is no interface, and no answer describes it. Neither security groups nor network ACLs filter
//! what goes there (Amazon VPC user guide, "Amazon DNS server"; "network ACLs"). Whether it is
//! switched on is an attribute of the VPC that `describe-vpcs` does not tell: a fact.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

use canreach_model::{Exemption, ImpliedBy, Origin, Route, RouteTableId, RouteTarget, Vpc, VpcId};
use canreach_net::IpNet;

use super::Builder;

impl Builder<'_> {
    /// Makes the resolver of each VPC, unless an interface has its address.
    pub(super) fn resolvers(&mut self) {
        let vpcs = self.network.vpcs.iter();
        let mut free: BTreeMap<VpcId, IpAddr> =
            vpcs.filter_map(|(id, vpc)| Some((id, resolver_of(vpc)?))).collect();
        for (id, interface) in self.network.interfaces.iter() {
            let vpc = self.network.vpc_of(id);
            if free.get(&vpc).is_some_and(|address| interface.addresses.contains(address)) {
                free.remove(&vpc);
            }
        }
        let tables = self.inner_tables();
        for (id, address) in free {
            self.resolver(id, address, tables.get(&id).map_or(&[], Vec::as_slice));
        }
    }

    fn resolver(&mut self, id: VpcId, address: IpAddr, tables: &[RouteTableId]) {
        let vpc = &self.network.vpcs[id];
        let (name, origin) = (vpc.meta.id.clone(), vpc.meta.origin.clone());
        let fact = self.fact(
            format!("the Amazon resolver of `{name}`, at {address}, takes the packet and answers it"),
            format!(
                "see whether `aws ec2 describe-vpc-attribute --attribute enableDnsSupport` says so of \
                 `{name}`; it answers DNS, over TCP and UDP, and nothing else"
            ),
            origin,
        );
        let prefix = IpNet::from(address);
        let exempt = Exemption { prefix, service: None };
        let profile = &mut self.network.vpcs[id].profile;
        profile.security_group.exempt.push(exempt);
        profile.network_acl.exempt.push(exempt);
        for table in tables {
            let routes = &mut self.network.route_tables[*table].routes;
            if routes.iter().all(|route| route.destination != prefix) {
                let origin = Origin::Implied(ImpliedBy::LocalRoute);
                let target = RouteTarget::Unresolved(fact);
                routes.push(Route { destination: prefix, target, origin });
            }
        }
    }

    /// Returns the tables of each VPC that are no gateway's own: nobody outside reaches the resolver.
    fn inner_tables(&self) -> BTreeMap<VpcId, Vec<RouteTableId>> {
        let gateways = self.network.internet_gateways.iter();
        let connections = self.network.connections.iter();
        let edge: BTreeSet<RouteTableId> = gateways
            .filter_map(|(_, it)| it.route_table)
            .chain(connections.filter_map(|(_, it)| it.route_table))
            .collect();
        let mut inner: BTreeMap<VpcId, Vec<RouteTableId>> = BTreeMap::new();
        for (id, table) in self.network.route_tables.iter() {
            if !edge.contains(&id) {
                inner.entry(table.vpc).or_default().push(id);
            }
        }
        inner
    }
}

/// Returns the address of the resolver of a VPC.
fn resolver_of(vpc: &Vpc) -> Option<IpAddr> {
    let primary = vpc.cidrs.iter().find_map(|cidr| match cidr {
        IpNet::V4(block) => Some(*block),
        IpNet::V6(_) => None,
    })?;
    let address = Ipv4Addr::from_bits(primary.network().to_bits().checked_add(2)?);
    primary.contains(&address).then_some(IpAddr::V4(address))
}
