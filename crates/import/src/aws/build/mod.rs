//! From records to the network: references are resolved, and what does not resolve becomes a fact.
//!
//! Everything is made in the order of its id. Objects that cannot be asked about without a parent
//! that no answer describes (a subnet without its VPC) are left out and listed. Groups and ACLs that no answer
//! describes are there, and may allow anything or nothing.

mod balancers;
mod connections;
mod endpoints;
mod filters;
mod gateways;
mod interfaces;
mod on_premises;
mod private_gateways;
mod public;
mod resolver;
mod routes;
mod targets;
mod transit;
mod transit_routes;
mod vpcs;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

use canreach_model::{
    AddressGroupId, ConnectionId, Fact, FactId, GatewayEndpointId, InstanceId, InterfaceId,
    InternetGatewayId, LoadBalancerId, Meta, NatGatewayId, Network, NetworkAclId, Origin,
    PeeringId, Polarity, Profile, ProfileName, RemoteNetworkId, RouteTableId, SecurityGroupId,
    SubnetId, VpcId,
};

use self::{
    balancers::OfBalancer, connections::Behind, private_gateways::VpnWays, transit::TransitKeys,
};
use super::{
    json::{Findings, LeftOut},
    keys::Kind,
    records::{Estate, NatState, Peering, PublicAccess, Records},
};

/// Writes what the records describe into the network.
pub(super) fn build(estate: Estate, network: &mut Network, findings: &mut Findings) {
    let profile = Profile::new(ProfileName::Aws, &mut network.facts);
    let mut builder = Builder {
        network,
        findings,
        profile,
        given: estate.given,
        facts: BTreeMap::new(),
        keys: Keys::default(),
        behind: BTreeMap::new(),
        unplaced: Vec::new(),
    };
    let access =
        vpcs::Access { accounts: estate.account_access, exclusions: estate.access_exclusions };
    builder.vpcs(estate.vpcs, &estate.subnets, &estate.peerings, &estate.route_tables, &access);
    builder.route_tables(&estate.route_tables);
    builder.network_acls(&estate.network_acls);
    builder.prefix_lists(&estate.prefix_lists);
    builder.security_groups(estate.security_groups, &estate.prefix_lists);
    builder.subnets(estate.subnets, &estate.route_tables, &estate.network_acls);
    builder.instances(estate.instances);
    builder.load_balancers(&estate.balancing, &estate.interfaces);
    builder.endpoints(&estate.endpoints);
    builder.interfaces(&estate.interfaces);
    builder.unlisted(&estate.interfaces, &estate.interfaces_of);
    builder.nat_gateways(&estate.nat_gateways);
    builder.listeners(&estate.balancing);
    builder.peerings(&estate.peerings, &estate.route_tables);
    builder.internet_gateways(estate.internet_gateways, &estate.route_tables);
    builder.undescribed_internet_gateways(&estate.route_tables);
    builder.connections(&estate.connections, &estate.transit, &estate.route_tables);
    builder.transit(&estate.transit);
    builder.transit_routes(&estate.transit, &estate.prefix_lists);
    builder.beyond_transit();
    builder.routes(&estate.route_tables, &estate.prefix_lists);
    builder.resolvers();
    builder.public_addresses(&estate.addresses, &estate.interfaces, &estate.nat_gateways);
}

/// The keys of the objects made so far, by their ids.
#[derive(Default)]
struct Keys {
    vpcs: BTreeMap<String, VpcId>,
    subnets: BTreeMap<String, SubnetId>,
    route_tables: BTreeMap<String, RouteTableId>,
    network_acls: BTreeMap<String, NetworkAclId>,
    security_groups: BTreeMap<String, SecurityGroupId>,
    prefix_lists: BTreeMap<String, AddressGroupId>,
    instances: HashMap<String, InstanceId>,
    interfaces: HashMap<String, InterfaceId>,
    /// The first interface of each instance.
    primary_interfaces: HashMap<String, InterfaceId>,
    load_balancers: BTreeMap<String, LoadBalancerId>,
    /// What stands behind each interface of the load balancers described.
    of_balancers: BTreeMap<String, OfBalancer>,
    gateway_endpoints: BTreeMap<String, GatewayEndpointId>,
    /// The endpoints through which nothing passes.
    gone_endpoints: BTreeSet<String>,
    /// Other endpoints, of which it is not known what they do, with the fact that decides it.
    doubtful_endpoints: BTreeMap<String, FactId>,
    /// The interfaces of which an endpoint says that it is not modelled.
    doubtful_interfaces: BTreeMap<String, FactId>,
    internet_gateways: BTreeMap<String, InternetGatewayId>,
    nat_gateways: BTreeMap<String, NatGatewayId>,
    /// The state of every NAT gateway described, also of those left out.
    nat_states: BTreeMap<String, NatState>,
    /// The NAT gateways that stand in no subnet.
    regional_nats: BTreeSet<String>,
    peerings: BTreeMap<String, PeeringId>,
    /// VPN connections by their id; those of Direct Connect also by the attachment they are known with.
    connections: BTreeMap<String, ConnectionId>,
    remote_networks: BTreeMap<String, RemoteNetworkId>,
    vpn_gateways: BTreeMap<String, VpnWays>,
    transit: TransitKeys,
    /// The peerings described of which a side is not.
    half_peerings: BTreeMap<String, HalfPeering>,
    /// What stands in for a group that no answer describes.
    stub_groups: BTreeMap<String, SecurityGroupId>,
    /// The subnets that keep traffic of Internet gateways away from their interfaces, with how much of it.
    closed_subnets: BTreeMap<String, PublicAccess>,
}

/// A peering that is not described in full: whether it certainly forwards nothing, and what is missing.
#[derive(Clone, Debug)]
struct HalfPeering {
    inactive: bool,
    missing: String,
}

struct Builder<'n> {
    network: &'n mut Network,
    findings: &'n mut Findings,
    profile: Profile,
    given: BTreeSet<Kind>,
    facts: BTreeMap<String, FactId>,
    keys: Keys,
    /// What is known of the prefixes behind each connection.
    behind: BTreeMap<ConnectionId, Behind>,
    /// Public addresses of what is gone or not described: each with what it was known with, and where.
    unplaced: Vec<(IpAddr, String, Meta)>,
}

impl Builder<'_> {
    /// Returns the fact with this statement. More packets pass while it is true.
    fn fact(&mut self, statement: String, settled_by: String, origin: Origin) -> FactId {
        let facts = &mut self.network.facts;
        *self.facts.entry(statement).or_insert_with_key(|statement| {
            let statement = statement.clone();
            facts.push(Fact { statement, settled_by, origin, polarity: Polarity::Helps })
        })
    }

    /// Lists an object that is rightly left out.
    fn left_out(&mut self, meta: &Meta, kind: LeftOut) {
        let span = meta.origin.span();
        let path = span.map(|span| self.network.sources.location(span).path).unwrap_or_default();
        self.findings.left_out(kind, &meta.id, &path, span);
    }

    /// Lists an object that is not modelled.
    fn unread(&mut self, meta: &Meta, what: String, effect: &str) {
        let span = meta.origin.span();
        let path = span.map(|span| self.network.sources.location(span).path).unwrap_or_default();
        self.findings.unread.push(crate::Unread { path, span, what, effect: effect.to_owned() });
    }
}

/// Which object an id belongs to, where several objects each name the ids that belong to them.
struct Belonging<'a> {
    owners: BTreeMap<&'a str, &'a str>,
    /// The ids that a second object names too, with the first object and the second.
    twice: Vec<[&'a str; 3]>,
}

fn belonging<'a, T>(
    records: &'a Records<T>,
    named: impl Fn(&'a T) -> &'a BTreeSet<String>,
) -> Belonging<'a> {
    let mut belonging = Belonging { owners: BTreeMap::new(), twice: Vec::new() };
    for (id, record) in records {
        for member in named(record) {
            let first = *belonging.owners.entry(member.as_str()).or_insert(id.as_str());
            if first != id.as_str() {
                belonging.twice.push([member.as_str(), first, id.as_str()]);
            }
        }
    }
    belonging
}

/// Returns the region of each VPC that a peering names.
fn peering_regions(peerings: &Records<Peering>) -> BTreeMap<&str, &str> {
    let sides = peerings.values().flat_map(|peering| [&peering.requester, &peering.accepter]);
    sides.filter_map(|side| Some((side.vpc.as_str(), side.region.as_deref()?))).collect()
}
