//! Names for objects: their ids where these tell them apart.

use std::collections::HashSet;

use canreach_model::{Fact, Id, Meta, Network, Table};

use crate::native::notation::Name;

/// The names of the objects of one table.
#[derive(Debug)]
pub(super) struct Named<T> {
    names: Vec<String>,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T> Named<T> {
    fn new(names: Vec<String>) -> Self {
        Self { names, of: std::marker::PhantomData }
    }

    /// Returns the name of an object.
    pub(super) fn text(&self, id: Id<T>) -> String {
        self.names.get(id.index()).cloned().unwrap_or_default()
    }

    /// Returns the name of an object, to refer to it.
    pub(super) fn of(&self, id: Id<T>) -> Name {
        Name(self.text(id))
    }
}

/// The names of all objects.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) facts: Named<Fact>,
    pub(super) vpcs: Named<canreach_model::Vpc>,
    pub(super) subnets: Named<canreach_model::Subnet>,
    pub(super) route_tables: Named<canreach_model::RouteTable>,
    pub(super) network_acls: Named<canreach_model::NetworkAcl>,
    pub(super) security_groups: Named<canreach_model::SecurityGroup>,
    pub(super) address_groups: Named<canreach_model::AddressGroup>,
    pub(super) instances: Named<canreach_model::Instance>,
    pub(super) interfaces: Named<canreach_model::Interface>,
    pub(super) peerings: Named<canreach_model::Peering>,
    pub(super) internet_gateways: Named<canreach_model::InternetGateway>,
    pub(super) public_addresses: Named<canreach_model::PublicAddress>,
    pub(super) nat_gateways: Named<canreach_model::NatGateway>,
    pub(super) cloud_firewalls: Named<canreach_model::CloudFirewall>,
    pub(super) transit_gateways: Named<canreach_model::TransitGateway>,
    pub(super) transit_attachments: Named<canreach_model::TransitAttachment>,
    pub(super) transit_route_tables: Named<canreach_model::TransitRouteTable>,
    pub(super) connections: Named<canreach_model::Connection>,
    pub(super) remote_networks: Named<canreach_model::RemoteNetwork>,
    pub(super) load_balancers: Named<canreach_model::LoadBalancer>,
    pub(super) virtual_addresses: Named<canreach_model::VirtualAddress>,
    pub(super) gateway_endpoints: Named<canreach_model::GatewayEndpoint>,
    pub(super) outside_networks: Named<canreach_model::OutsideNetwork>,
}

impl Names {
    pub(super) fn new(network: &Network) -> Self {
        let facts = (1..=network.facts.len()).map(|number| format!("fact-{number}")).collect();
        Self {
            facts: Named::new(facts),
            vpcs: named(&network.vpcs, |it| &it.meta),
            subnets: named(&network.subnets, |it| &it.meta),
            route_tables: named(&network.route_tables, |it| &it.meta),
            network_acls: named(&network.network_acls, |it| &it.meta),
            security_groups: named(&network.security_groups, |it| &it.meta),
            address_groups: named(&network.address_groups, |it| &it.meta),
            instances: named(&network.instances, |it| &it.meta),
            interfaces: named(&network.interfaces, |it| &it.meta),
            peerings: named(&network.peerings, |it| &it.meta),
            internet_gateways: named(&network.internet_gateways, |it| &it.meta),
            public_addresses: named(&network.public_addresses, |it| &it.meta),
            nat_gateways: named(&network.nat_gateways, |it| &it.meta),
            cloud_firewalls: named(&network.cloud_firewalls, |it| &it.meta),
            transit_gateways: named(&network.transit_gateways, |it| &it.meta),
            transit_attachments: named(&network.transit_attachments, |it| &it.meta),
            transit_route_tables: named(&network.transit_route_tables, |it| &it.meta),
            connections: named(&network.connections, |it| &it.meta),
            remote_networks: named(&network.remote_networks, |it| &it.meta),
            load_balancers: named(&network.load_balancers, |it| &it.meta),
            virtual_addresses: named(&network.virtual_addresses, |it| &it.meta),
            gateway_endpoints: named(&network.gateway_endpoints, |it| &it.meta),
            outside_networks: named(&network.outside_networks, |it| &it.meta),
        }
    }
}

fn named<T>(table: &Table<T>, meta: impl Fn(&T) -> &Meta) -> Named<T> {
    let ids: Vec<&str> = table.iter().map(|(_, object)| &*meta(object).id).collect();
    Named::new(unique(&ids))
}

/// Returns a name for each id: the id itself for the first that has it, and one that nobody has for the
/// others.
fn unique(ids: &[&str]) -> Vec<String> {
    let all: HashSet<&str> = ids.iter().copied().collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::with_capacity(ids.len());
    for id in ids {
        let mut name = (*id).to_owned();
        let made_up = (2_usize..).map(|number| format!("{id}~{number}"));
        // A name made up must not be what a later object is called.
        let mut others = made_up.filter(|name| !all.contains(&**name));
        while !taken.insert(name.clone()) {
            name = others.next().unwrap_or_default();
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_twice_gives_two_names() {
        let ids = ["web", "web", "db", "web~2", "web"];
        assert_eq!(unique(&ids), ["web", "web~3", "db", "web~2", "web~4"]);
    }
}
