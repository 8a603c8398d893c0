//! From a network to one file of the notation, which is read back as the same network.
//!
//! The file records the inputs: it lists them as `sources`, and everything says where in them it comes
//! from. It leaves nothing to be filled in by the reader that the reader might fill in otherwise;
//! objects stand in the order of the network, since some choices go by it.

mod balancers;
mod filters;
mod firewalls;
mod gateways;
mod hosts;
mod names;
mod origins;
mod profile;
mod routes;
mod transit;
mod yaml;

use std::collections::BTreeSet;

use canreach_model::{Id, InstanceId, LayerKind, Network, Polarity, Table};

use self::{
    names::{Named, Names},
    origins::Origins,
};
use super::{
    link::led_to,
    notation::{
        Address, Assumption, Block, Fact, LayerName, Model, OneOrMore, Polarity as WrittenPolarity,
        Section, Subnet, Text, Vpc,
    },
};

/// Returns a network as one file of the native notation.
///
/// Reading that file gives the same network: the same objects with the same ids in the same order,
/// and the same facts. What was written at a place of an input is still reported there.
#[must_use]
pub fn write(network: &Network) -> String {
    let mut origins = Origins::new(network, &BTreeSet::new());
    let mut model = Writer::new(network, &origins).model();
    let idle = origins.idle_records();
    if !idle.is_empty() {
        origins = Origins::new(network, &idle);
        model = Writer::new(network, &origins).model();
    }
    yaml::print(&model)
}

/// What is needed to write any object.
#[derive(Debug)]
struct Writer<'n> {
    network: &'n Network,
    names: Names,
    origins: &'n Origins<'n>,
    /// The instances that routes lead to.
    led_to: BTreeSet<InstanceId>,
}

impl<'n> Writer<'n> {
    fn new(network: &'n Network, origins: &'n Origins<'n>) -> Self {
        Self { network, names: Names::new(network), origins, led_to: led_to(network) }
    }

    #[expect(clippy::too_many_lines, reason = "one line for each section of a file")]
    fn model(&self) -> Model {
        let (network, names) = (self.network, &self.names);
        let profile = self.common_profile();
        Model {
            canreach: 1,
            profile: profile.map(profile::name),
            settings: None,
            not_examined: list(&network.not_examined, |kind| layer(*kind)),
            unplaced_addresses: list(&network.unplaced_addresses, |it| Address::from(*it)),
            sources: Some(self.origins.sources()),
            assumptions: list(&network.assumptions, |it| Assumption {
                statement: Text::from(&*it.statement),
                places: self.origins.spots(&it.places),
            }),
            facts: section(&network.facts, &names.facts, |_, _, it| self.fact(it)),
            vpcs: section(&network.vpcs, &names.vpcs, |name, _, it| {
                self.vpc(name, it, profile.is_none())
            }),
            subnets: section(&network.subnets, &names.subnets, |name, _, it| self.subnet(name, it)),
            route_tables: section(&network.route_tables, &names.route_tables, |name, _, it| {
                self.route_table(name, it)
            }),
            network_acls: section(&network.network_acls, &names.network_acls, |name, _, it| {
                self.network_acl(name, it)
            }),
            security_groups: section(
                &network.security_groups,
                &names.security_groups,
                |name, _, it| self.security_group(name, it),
            ),
            address_groups: section(
                &network.address_groups,
                &names.address_groups,
                |name, _, it| self.address_group(name, it),
            ),
            instances: section(&network.instances, &names.instances, |name, id, it| {
                self.instance(name, id, it)
            }),
            interfaces: section(&network.interfaces, &names.interfaces, |name, _, it| {
                self.interface(name, it)
            }),
            peerings: section(&network.peerings, &names.peerings, |name, _, it| {
                self.peering(name, it)
            }),
            internet_gateways: section(
                &network.internet_gateways,
                &names.internet_gateways,
                |name, _, it| self.internet_gateway(name, it),
            ),
            public_addresses: section(
                &network.public_addresses,
                &names.public_addresses,
                |name, _, it| self.public_address(name, it),
            ),
            nat_gateways: section(&network.nat_gateways, &names.nat_gateways, |name, _, it| {
                self.nat_gateway(name, it)
            }),
            cloud_firewalls: section(
                &network.cloud_firewalls,
                &names.cloud_firewalls,
                |name, _, it| self.cloud_firewall(name, it),
            ),
            transit_gateways: section(
                &network.transit_gateways,
                &names.transit_gateways,
                |name, _, it| self.transit_gateway(name, it),
            ),
            transit_attachments: section(
                &network.transit_attachments,
                &names.transit_attachments,
                |name, _, it| self.transit_attachment(name, it),
            ),
            transit_route_tables: section(
                &network.transit_route_tables,
                &names.transit_route_tables,
                |name, _, it| self.transit_route_table(name, it),
            ),
            connections: section(&network.connections, &names.connections, |name, _, it| {
                self.connection(name, it)
            }),
            remote_networks: section(
                &network.remote_networks,
                &names.remote_networks,
                |name, _, it| self.remote_network(name, it),
            ),
            load_balancers: section(
                &network.load_balancers,
                &names.load_balancers,
                |name, _, it| self.load_balancer(name, it),
            ),
            virtual_addresses: section(
                &network.virtual_addresses,
                &names.virtual_addresses,
                |name, _, it| self.virtual_address(name, it),
            ),
            gateway_endpoints: section(
                &network.gateway_endpoints,
                &names.gateway_endpoints,
                |name, _, it| self.gateway_endpoint(name, it),
            ),
            outside_networks: section(
                &network.outside_networks,
                &names.outside_networks,
                |name, _, it| self.outside_network(name, it),
            ),
            // Each is an interface of a service of the provider.
            endpoints: None,
        }
    }

    fn fact(&self, fact: &canreach_model::Fact) -> Fact {
        Fact {
            statement: Text::from(&*fact.statement),
            settled_by: Text::from(&*fact.settled_by),
            polarity: match fact.polarity {
                Polarity::Helps => WrittenPolarity::Helps,
                Polarity::Hinders => WrittenPolarity::Hinders,
                Polarity::Neither => WrittenPolarity::Neither,
            },
            origin: Some(self.origins.origin(&fact.origin)),
        }
    }

    fn vpc(&self, name: &str, vpc: &canreach_model::Vpc, with_profile: bool) -> Vpc {
        Vpc {
            cidrs: blocks(&vpc.cidrs),
            profile: with_profile.then(|| profile::name(vpc.profile.name)),
            settings: self.settings(&vpc.profile),
            parameters: profile::parameters(&vpc.profile),
            default_route_table: Some(self.names.route_tables.of(vpc.default_route_table)),
            about: self.origins.about(&vpc.meta, name),
        }
    }

    fn subnet(&self, name: &str, subnet: &canreach_model::Subnet) -> Subnet {
        let default = self.network.vpcs[subnet.vpc].default_route_table;
        let own = (subnet.route_table != default).then_some(subnet.route_table);
        Subnet {
            vpc: self.names.vpcs.of(subnet.vpc),
            cidrs: blocks(&subnet.cidrs),
            route_table: own.map(|table| self.names.route_tables.of(table)),
            network_acl: subnet.network_acl.map(|acl| self.names.network_acls.of(acl)),
            zone: origins::text(subnet.zone.as_ref()),
            about: self.origins.about(&subnet.meta, name),
        }
    }
}

/// Returns the section of a table, unless that is empty.
fn section<T, W>(
    table: &Table<T>,
    names: &Named<T>,
    write: impl Fn(&str, Id<T>, &T) -> W,
) -> Option<Section<W>> {
    let objects = table.iter().map(|(id, object)| {
        let name = names.text(id);
        let written = write(&name, id, object);
        (name, written)
    });
    (!table.is_empty()).then(|| Section(objects.collect()))
}

/// Returns a list, unless it is empty.
fn list<T, W>(items: &[T], write: impl Fn(&T) -> W) -> Option<Vec<W>> {
    (!items.is_empty()).then(|| items.iter().map(write).collect())
}

fn blocks(blocks: &[canreach_net::IpNet]) -> OneOrMore<Block> {
    OneOrMore(blocks.iter().map(|block| Block::from(*block)).collect())
}

fn addresses(addresses: &[std::net::IpAddr]) -> OneOrMore<Address> {
    OneOrMore(addresses.iter().map(|address| Address::from(*address)).collect())
}

/// Returns `true` where something does not hold that holds without a word.
fn unless(usual: bool, value: bool) -> Option<bool> {
    (value != usual).then_some(value)
}

fn layer(kind: LayerKind) -> LayerName {
    match kind {
        LayerKind::SecurityGroup => LayerName::SecurityGroup,
        LayerKind::NetworkAcl => LayerName::NetworkAcl,
        LayerKind::CloudFirewall => LayerName::CloudFirewall,
        LayerKind::ListenerAccess => LayerName::ListenerAccess,
        LayerKind::HostFirewall => LayerName::HostFirewall,
        LayerKind::Listener => LayerName::Listener,
    }
}
