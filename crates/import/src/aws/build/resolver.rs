//! The resolver that AWS runs in every VPC, at the base of its primary IPv4 block plus two.
//!
//! It is no interface, and no answer describes it. Neither security groups nor network ACLs filter
//! what goes there (Amazon VPC user guide, "Amazon DNS server"; "network ACLs"). Whether it is
//! switched on is an attribute of the VPC that `describe-vpcs` does not tell: a fact.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use canreach_model::{Exemption, ImpliedBy, Origin, Route, RouteTableId, RouteTarget, Vpc, VpcId};
use canreach_net::IpNet;

use super::Builder;

impl Builder<'_> {
    /// Makes the resolver of each VPC, unless an interface has its address.
    pub(super) fn resolvers(&mut self) {
        let ids: Vec<VpcId> = self.network.vpcs.ids().collect();
        for id in ids {
            let address = resolver_of(&self.network.vpcs[id]);
            if let Some(address) = address.filter(|address| !self.is_taken(id, *address)) {
                self.resolver(id, address);
            }
        }
    }

    fn is_taken(&self, vpc: VpcId, address: IpAddr) -> bool {
        let mut interfaces = self.network.interfaces.iter();
        interfaces.any(|(id, it)| it.addresses.contains(&address) && self.network.vpc_of(id) == vpc)
    }

    fn resolver(&mut self, id: VpcId, address: IpAddr) {
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
        for table in self.inner_tables(id) {
            let routes = &mut self.network.route_tables[table].routes;
            if routes.iter().all(|route| route.destination != prefix) {
                let origin = Origin::Implied(ImpliedBy::LocalRoute);
                let target = RouteTarget::Unresolved(fact);
                routes.push(Route { destination: prefix, target, origin });
            }
        }
    }

    /// Returns the tables of a VPC that are no gateway's own: nobody outside reaches the resolver.
    fn inner_tables(&self, vpc: VpcId) -> Vec<RouteTableId> {
        let gateways = self.network.internet_gateways.iter();
        let connections = self.network.connections.iter();
        let edge: BTreeSet<RouteTableId> = gateways
            .filter_map(|(_, it)| it.route_table)
            .chain(connections.filter_map(|(_, it)| it.route_table))
            .collect();
        let tables = self.network.route_tables.iter();
        let inner = tables.filter(|(id, table)| table.vpc == vpc && !edge.contains(id));
        inner.map(|(id, _)| id).collect()
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
