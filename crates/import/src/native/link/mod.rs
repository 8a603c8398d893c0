//! From what the files say to a network: names resolved, objects checked against each other.
//!
//! Objects are added in the order in which they refer to each other; the few circles (a VPC and
//! its default table, a NAT gateway and its interface) are closed afterwards. An object with an
//! error is left out, and what refers to it says nothing more.

mod balancers;
mod cloud_firewalls;
mod connections;
mod filters;
mod gateways;
mod host_firewalls;
mod instances;
mod interfaces;
mod overlap;
mod parameters;
mod profiles;
mod record;
mod routes;
mod transit;
mod transit_routes;
mod vpcs;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::IpAddr,
};

use canreach_model::{
    AddressGroupId, CloudFirewallId, ConnectionId, FactId, FileId, GatewayEndpointId, InstanceId,
    InterfaceId, InternetGatewayId, LoadBalancerId, Meta, NatGatewayId, Network, NetworkAclId,
    Origin, PeeringId, RemoteNetworkId, RouteTableId, SecurityGroupId, Span, SubnetId,
    TransitAttachmentId, TransitGatewayId, TransitRouteTableId, VirtualAddressId, VpcId,
};

pub(super) use self::instances::led_to;
use self::profiles::Profiles;
use super::{
    Model, Models,
    names::{Names, Unresolved},
    node::{At, Name},
    record::is_judgement,
    written::Item,
};
use crate::diagnostic::{Diagnostic, Place};

/// Everything that is known while linking.
#[derive(Debug)]
pub(super) struct Linker<'a> {
    models: &'a [Model],
    incomplete: bool,
    groups_given: bool,
    network: &'a mut Network,
    diagnostics: &'a mut Vec<Diagnostic>,
    profiles: Profiles,
    facts: Names<FactId>,
    /// The sources of the files that record others, by the index of the file.
    recorded: HashMap<usize, Vec<FileId>>,
    vpcs: Names<VpcId>,
    route_tables: Names<RouteTableId>,
    network_acls: Names<NetworkAclId>,
    security_groups: Names<SecurityGroupId>,
    address_groups: Names<AddressGroupId>,
    subnets: Names<SubnetId>,
    instances: Names<InstanceId>,
    interfaces: Names<InterfaceId>,
    peerings: Names<PeeringId>,
    internet_gateways: Names<InternetGatewayId>,
    nat_gateways: Names<NatGatewayId>,
    cloud_firewalls: Names<CloudFirewallId>,
    transit_gateways: Names<TransitGatewayId>,
    transit_attachments: Names<TransitAttachmentId>,
    transit_route_tables: Names<TransitRouteTableId>,
    connections: Names<ConnectionId>,
    remote_networks: Names<RemoteNetworkId>,
    virtual_addresses: Names<VirtualAddressId>,
    gateway_endpoints: Names<GatewayEndpointId>,
    load_balancers: Names<LoadBalancerId>,
    /// Where objects are written, for notes.
    subnet_places: HashMap<SubnetId, Place>,
    vpc_places: HashMap<VpcId, Place>,
    attachment_places: HashMap<TransitAttachmentId, Place>,
    /// Who has an address in a VPC.
    addresses: HashMap<(VpcId, IpAddr), Place>,
    instance_interfaces: HashMap<InstanceId, Own>,
    /// The VPCs that security groups and ACLs are bound to.
    group_vpcs: HashMap<SecurityGroupId, At<VpcId>>,
    acl_vpcs: HashMap<NetworkAclId, At<VpcId>>,
    /// The VPCs that connections end in.
    connection_vpcs: HashMap<ConnectionId, At<VpcId>>,
    /// The routes that tables have already, with their places; local routes have none.
    routes: HashMap<RouteTableId, BTreeMap<ipnet::IpNet, Option<Place>>>,
    /// The tables that have no local route by themselves.
    without_local_routes: HashSet<RouteTableId>,
}

/// The interfaces of an instance.
#[derive(Debug, Default)]
struct Own {
    /// How many were written, with or without errors.
    written: usize,
    /// Those without errors, with their names.
    found: Vec<(InterfaceId, String)>,
}

impl<'a> Linker<'a> {
    pub(super) fn new(
        models: &'a Models,
        groups_given: bool,
        network: &'a mut Network,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            models: &models.files,
            incomplete: models.incomplete,
            groups_given,
            network,
            diagnostics,
            profiles: Profiles::default(),
            facts: Names::new("fact"),
            recorded: HashMap::new(),
            vpcs: Names::new("VPC"),
            route_tables: Names::new("route table"),
            network_acls: Names::new("network ACL"),
            security_groups: Names::new("security group"),
            address_groups: Names::new("address group"),
            subnets: Names::new("subnet"),
            instances: Names::new("instance"),
            interfaces: Names::new("interface"),
            peerings: Names::new("peering"),
            internet_gateways: Names::new("Internet gateway"),
            nat_gateways: Names::new("NAT gateway"),
            cloud_firewalls: Names::new("cloud firewall"),
            transit_gateways: Names::new("transit gateway"),
            transit_attachments: Names::new("transit attachment"),
            transit_route_tables: Names::new("transit route table"),
            connections: Names::new("connection"),
            remote_networks: Names::new("remote network"),
            virtual_addresses: Names::new("virtual address"),
            gateway_endpoints: Names::new("gateway endpoint"),
            load_balancers: Names::new("load balancer"),
            subnet_places: HashMap::new(),
            vpc_places: HashMap::new(),
            attachment_places: HashMap::new(),
            addresses: HashMap::new(),
            instance_interfaces: HashMap::new(),
            group_vpcs: HashMap::new(),
            acl_vpcs: HashMap::new(),
            connection_vpcs: HashMap::new(),
            routes: HashMap::new(),
            without_local_routes: HashSet::new(),
        }
    }

    pub(super) fn link(mut self) {
        self.add_sources();
        self.add_facts();
        self.settings();
        self.add_vpcs();
        let tables = self.add_route_tables();
        self.default_tables();
        let acls = self.add_network_acls();
        let groups = self.add_security_groups();
        self.add_address_groups();
        self.add_cloud_firewalls();
        self.add_subnets();
        self.check_subnets();
        self.add_instances();
        let balancers = self.add_load_balancers();
        self.add_interfaces(&balancers);
        self.add_virtual_addresses();
        self.complete_instances();
        self.add_internet_gateways();
        self.add_peerings();
        self.add_nat_gateways();
        self.add_listeners(&balancers);
        self.check_services();
        self.add_public_addresses();
        self.check_translations();
        self.add_gateway_endpoints();
        self.beyond();
        self.add_outside_networks();
        self.add_local_routes();
        self.add_routes(&tables);
        self.check_gateway_tables();
        self.set_forwarding();
        self.add_acl_rules(&acls);
        self.add_group_rules(&groups);
        self.add_remarks();
    }

    /// Adds the networks beyond one VPC.
    fn beyond(&mut self) {
        self.add_transit_gateways();
        self.add_remote_networks();
        self.add_connections();
        let tables = self.add_transit_tables();
        self.add_transit_attachments();
        self.add_transit_routes(&tables);
        self.advertise();
    }

    /// Returns what to call a place once reading is over.
    fn span(&self, place: Place) -> Option<Span> {
        let model = self.models.iter().find(|model| model.index == place.file)?;
        let offset = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Some(Span { file: model.id, start: offset(place.start), end: offset(place.end) })
    }

    /// Returns the origin of something written at a place.
    fn origin(&self, place: Place) -> Origin {
        match self.span(place) {
            Some(span) => Origin::Written(span),
            // Every place lies in one of the models.
            None => Origin::Implied(canreach_model::ImpliedBy::MissingInput),
        }
    }

    fn meta<T>(&self, item: &Item<T>) -> Meta {
        let about = &item.about;
        Meta {
            id: about.id.as_ref().unwrap_or(&item.name.value).clone(),
            name: about.name.clone(),
            aliases: about.aliases.clone(),
            tags: item.tags.clone(),
            account: about.account.clone(),
            region: about.region.clone(),
            origin: self.origin_of(item.name.place, about.origin.as_ref()),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        let in_record = diagnostic.file.is_some_and(|file| self.recorded.contains_key(&file));
        if !(in_record && is_judgement(&diagnostic)) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Returns what a look-up found, and notes why it found nothing.
    fn resolved<T>(&mut self, found: Result<T, Unresolved>) -> Option<T> {
        match found {
            Ok(target) => Some(target),
            Err(Unresolved::Broken) => None,
            Err(Unresolved::Ambiguous(error)) => {
                self.report(*error);
                None
            }
            Err(Unresolved::Missing(error)) => {
                // A file that could not be read may define it.
                if !self.incomplete {
                    self.report(*error);
                }
                None
            }
        }
    }

    fn vpc(&mut self, name: &Name) -> Option<VpcId> {
        let found = self.vpcs.find(name);
        self.resolved(found)
    }

    /// Returns the label of a VPC for messages.
    fn vpc_name(&self, vpc: VpcId) -> String {
        self.network.vpcs[vpc].meta.label().to_owned()
    }

    /// Notes an object of another VPC.
    fn elsewhere(
        &mut self,
        name: &Name,
        kind: &str,
        belongs: VpcId,
        expected: VpcId,
        why: Option<(Place, &str)>,
    ) {
        let (belongs, expected) = (self.vpc_name(belongs), self.vpc_name(expected));
        let message =
            format!("{kind} `{}` belongs to VPC `{belongs}`, not to `{expected}`", name.value);
        let mut error = Diagnostic::error("model::other_vpc", name.place, message);
        if let Some((place, label)) = why {
            error = error.note(place, label);
        }
        self.report(error);
    }
}
