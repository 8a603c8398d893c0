//! From a network to one file of the notation, which is read back as the same network.
//!
//! The file records the inputs: it lists them as `sources`, and everything says where in them it comes
//! from. It leaves nothing to be filled in by the reader that the reader might fill in otherwise;
//! objects stand in the order of the network, since some choices go by it.

/// Names every field of an object of the model, so that a new one stops the compiler where it must
/// be written.
macro_rules! fields {
    ($object:expr => $kind:path { $($field:ident),+ $(,)? }) => {
        let $kind { $($field: _),+ } = $object;
    };
}

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

use canreach_model::{Id, InstanceId, LayerKind, Network, Polarity, ProfileName, Table};

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
    /// The profile that all VPCs began as, if it is one.
    profile: Option<ProfileName>,
}

impl<'n> Writer<'n> {
    fn new(network: &'n Network, origins: &'n Origins<'n>) -> Self {
        let profile = profile::common(network);
        Self { network, names: Names::new(network), origins, led_to: led_to(network), profile }
    }

    fn model(&self) -> Model {
        fields!(self.network => Network {
            vpcs, subnets, route_tables, network_acls, security_groups, address_groups, interfaces,
            instances, peerings, internet_gateways, public_addresses, nat_gateways, load_balancers,
            virtual_addresses, gateway_endpoints, cloud_firewalls, transit_gateways,
            transit_attachments, transit_route_tables, connections, remote_networks, outside_networks,
            facts, assumptions, not_examined, sources,
        });
        let (it, names) = (self.network, &self.names);
        Model {
            canreach: 1,
            profile: self.profile.map(profile::name),
            settings: None,
            not_examined: list(&it.not_examined, |kind| layer(*kind)),
            sources: Some(self.origins.sources()),
            assumptions: list(&it.assumptions, |it| self.assumption(it)),
            facts: self.section(&it.facts, &names.facts, Self::fact),
            vpcs: self.section(&it.vpcs, &names.vpcs, Self::vpc),
            subnets: self.section(&it.subnets, &names.subnets, Self::subnet),
            route_tables: self.section(&it.route_tables, &names.route_tables, Self::route_table),
            network_acls: self.section(&it.network_acls, &names.network_acls, Self::network_acl),
            security_groups: self.section(
                &it.security_groups,
                &names.security_groups,
                Self::security_group,
            ),
            address_groups: self.section(
                &it.address_groups,
                &names.address_groups,
                Self::address_group,
            ),
            instances: section(&it.instances, &names.instances, |name, id, it| {
                self.instance(name, id, it)
            }),
            interfaces: self.section(&it.interfaces, &names.interfaces, Self::interface),
            peerings: self.section(&it.peerings, &names.peerings, Self::peering),
            internet_gateways: self.section(
                &it.internet_gateways,
                &names.internet_gateways,
                Self::internet_gateway,
            ),
            public_addresses: self.section(
                &it.public_addresses,
                &names.public_addresses,
                Self::public_address,
            ),
            nat_gateways: self.section(&it.nat_gateways, &names.nat_gateways, Self::nat_gateway),
            cloud_firewalls: self.section(
                &it.cloud_firewalls,
                &names.cloud_firewalls,
                Self::cloud_firewall,
            ),
            transit_gateways: self.section(
                &it.transit_gateways,
                &names.transit_gateways,
                Self::transit_gateway,
            ),
            transit_attachments: self.section(
                &it.transit_attachments,
                &names.transit_attachments,
                Self::transit_attachment,
            ),
            transit_route_tables: self.section(
                &it.transit_route_tables,
                &names.transit_route_tables,
                Self::transit_route_table,
            ),
            connections: self.section(&it.connections, &names.connections, Self::connection),
            remote_networks: self.section(
                &it.remote_networks,
                &names.remote_networks,
                Self::remote_network,
            ),
            load_balancers: self.section(
                &it.load_balancers,
                &names.load_balancers,
                Self::load_balancer,
            ),
            virtual_addresses: self.section(
                &it.virtual_addresses,
                &names.virtual_addresses,
                Self::virtual_address,
            ),
            gateway_endpoints: self.section(
                &it.gateway_endpoints,
                &names.gateway_endpoints,
                Self::gateway_endpoint,
            ),
            outside_networks: self.section(
                &it.outside_networks,
                &names.outside_networks,
                Self::outside_network,
            ),
            // Each is an interface of a service of the provider.
            endpoints: None,
        }
    }

    /// Returns the section of a table whose objects need no key to be written.
    fn section<T, W>(
        &self,
        table: &Table<T>,
        names: &Named<T>,
        write: impl Fn(&Self, &str, &T) -> W,
    ) -> Option<Section<W>> {
        section(table, names, |name, _, object| write(self, name, object))
    }

    fn assumption(&self, assumption: &canreach_model::Assumption) -> Assumption {
        fields!(assumption => canreach_model::Assumption { statement, places });
        Assumption {
            statement: Text::from(&*assumption.statement),
            places: self.origins.spots(&assumption.places),
        }
    }

    fn fact(&self, _: &str, fact: &canreach_model::Fact) -> Fact {
        fields!(fact => canreach_model::Fact { statement, settled_by, origin, polarity });
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

    fn vpc(&self, name: &str, vpc: &canreach_model::Vpc) -> Vpc {
        fields!(vpc => canreach_model::Vpc {
            meta, profile, cidrs, default_route_table, unlisted,
        });
        let own_profile = self.profile.is_none();
        Vpc {
            cidrs: blocks(&vpc.cidrs),
            profile: own_profile.then(|| profile::name(vpc.profile.name)),
            settings: self.settings(&vpc.profile),
            parameters: profile::parameters(&vpc.profile),
            default_route_table: Some(self.names.route_tables.of(vpc.default_route_table)),
            unlisted: vpc.unlisted.map(|fact| self.names.facts.of(fact)),
            about: self.origins.about(&vpc.meta, name),
        }
    }

    fn subnet(&self, name: &str, subnet: &canreach_model::Subnet) -> Subnet {
        fields!(subnet => canreach_model::Subnet {
            meta, vpc, cidrs, route_table, network_acl, zone,
        });
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
