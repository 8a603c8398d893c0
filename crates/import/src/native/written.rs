//! What a file says, before names are resolved.
//!
//! A field that is `None` although it must be there was wrong, and that has been said already.

mod balancers;
mod firewalls;
mod transit;

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{
    Action, Combine, EntryRouting, Exemption, GroupReference, ImpliedBy, InternetAccess, LayerKind,
    Listen, LocalRoutes, PeeringStatus, Polarity, ProfileName,
};
use canreach_net::{AddressRange, Family, IpNet, PortRange, Protocol, ProtocolSet};

use super::{
    node::{At, Name},
    values::End,
};
use crate::diagnostic::Place;

pub(in crate::native) use balancers::{
    Access, GatewayEndpoint, Listener, LoadBalancer, Target as BalancerTarget, TargetOf,
    VirtualAddress, Way,
};
pub(in crate::native) use firewalls::{
    Border, BorderRule, Chain, ChainRule, CloudFirewall, HostFirewall, Verdict,
};
pub(in crate::native) use transit::{
    AttachedTo, Connection, RemoteNetwork, TransitAttachment, TransitGateway, TransitRoute,
    TransitRouteTable, TransitTarget,
};

/// One file.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about other sections")]
pub(in crate::native) struct Written {
    /// What the file says of others, if it repeats what these say.
    pub(in crate::native) record: Option<Record>,
    pub(in crate::native) facts: Vec<(Name, Fact)>,
    pub(in crate::native) assumptions: Vec<Assumption>,
    pub(in crate::native) profile: Option<At<ProfileName>>,
    pub(in crate::native) settings: Settings,
    pub(in crate::native) vpcs: Vec<Item<Vpc>>,
    pub(in crate::native) subnets: Vec<Item<Subnet>>,
    pub(in crate::native) route_tables: Vec<Item<RouteTable>>,
    pub(in crate::native) network_acls: Vec<Item<Rules>>,
    pub(in crate::native) security_groups: Vec<Item<Rules>>,
    pub(in crate::native) address_groups: Vec<Item<AddressGroup>>,
    pub(in crate::native) instances: Vec<Item<Instance>>,
    pub(in crate::native) interfaces: Vec<Item<Interface>>,
    pub(in crate::native) peerings: Vec<Item<Peering>>,
    pub(in crate::native) internet_gateways: Vec<Item<InternetGateway>>,
    pub(in crate::native) public_addresses: Vec<Item<PublicAddress>>,
    pub(in crate::native) nat_gateways: Vec<Item<NatGateway>>,
    pub(in crate::native) load_balancers: Vec<Item<LoadBalancer>>,
    pub(in crate::native) virtual_addresses: Vec<Item<VirtualAddress>>,
    pub(in crate::native) gateway_endpoints: Vec<Item<GatewayEndpoint>>,
    pub(in crate::native) endpoints: Vec<Item<Interface>>,
    pub(in crate::native) cloud_firewalls: Vec<Item<CloudFirewall>>,
    pub(in crate::native) transit_gateways: Vec<Item<TransitGateway>>,
    pub(in crate::native) transit_attachments: Vec<Item<TransitAttachment>>,
    pub(in crate::native) transit_route_tables: Vec<Item<TransitRouteTable>>,
    pub(in crate::native) connections: Vec<Item<Connection>>,
    pub(in crate::native) remote_networks: Vec<Item<RemoteNetwork>>,
    pub(in crate::native) outside_networks: Vec<Item<OutsideNetwork>>,
    pub(in crate::native) has_security_groups: bool,
    pub(in crate::native) has_network_acls: bool,
    pub(in crate::native) has_cloud_firewalls: bool,
    /// Whether a section is no mapping, so that names may be missing.
    pub(in crate::native) broken_sections: bool,
}

/// What a file says of the files it records.
#[derive(Debug)]
pub(in crate::native) struct Record {
    pub(in crate::native) sources: Vec<Source>,
    pub(in crate::native) not_examined: Vec<LayerKind>,
}

#[derive(Debug)]
pub(in crate::native) struct Source {
    pub(in crate::native) path: String,
    pub(in crate::native) digest: String,
    pub(in crate::native) account: Option<String>,
    pub(in crate::native) region: Option<String>,
    pub(in crate::native) recorded: Option<String>,
}

#[derive(Debug)]
pub(in crate::native) struct Fact {
    pub(in crate::native) statement: String,
    pub(in crate::native) settled_by: String,
    pub(in crate::native) polarity: Polarity,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) struct Assumption {
    pub(in crate::native) statement: String,
    pub(in crate::native) places: Vec<Spot>,
}

/// Where something comes from, if not from where it stands.
#[derive(Debug)]
pub(in crate::native) enum Origin {
    Written(Spot),
    Implied(ImpliedBy),
    Derived { how: String, from: Vec<Spot> },
}

/// A place in one of the sources of the file, by its position among them.
#[derive(Clone, Copy, Debug)]
pub(in crate::native) struct Spot {
    pub(in crate::native) source: usize,
    pub(in crate::native) line: u32,
    pub(in crate::native) column: u32,
}

/// What every object may say about itself.
#[derive(Debug, Default)]
pub(in crate::native) struct About {
    pub(in crate::native) id: Option<String>,
    pub(in crate::native) name: Option<String>,
    pub(in crate::native) aliases: Vec<String>,
    pub(in crate::native) account: Option<String>,
    pub(in crate::native) region: Option<String>,
    pub(in crate::native) origin: Option<Origin>,
}

/// An object with its name and tags.
#[derive(Debug)]
pub(in crate::native) struct Item<T> {
    pub(in crate::native) name: Name,
    pub(in crate::native) about: About,
    pub(in crate::native) tags: BTreeMap<String, String>,
    pub(in crate::native) body: T,
}

#[derive(Debug, Default, Clone, Copy)]
pub(in crate::native) struct Settings {
    pub(in crate::native) default_priority: Option<At<u16>>,
    pub(in crate::native) peering_to_peering: Option<At<bool>>,
    pub(in crate::native) cloud_firewall_stateful: Option<At<bool>>,
}

#[derive(Debug)]
pub(in crate::native) struct Vpc {
    pub(in crate::native) cidrs: Vec<At<IpNet>>,
    pub(in crate::native) profile: Option<At<ProfileName>>,
    pub(in crate::native) settings: OwnSettings,
    pub(in crate::native) parameters: Parameters,
    pub(in crate::native) default_route_table: Option<Name>,
    pub(in crate::native) unlisted: Option<Name>,
}

/// Settings of one VPC.
#[derive(Debug, Default)]
pub(in crate::native) struct OwnSettings {
    pub(in crate::native) default_priority: Option<Setting<u16>>,
    pub(in crate::native) peering_to_peering: Option<Setting<bool>>,
}

#[derive(Debug)]
pub(in crate::native) enum Setting<T> {
    Decided(T),
    Open { fact: Name, if_true: T, if_false: T },
}

/// In what a VPC differs from its profile.
#[derive(Debug, Default)]
pub(in crate::native) struct Parameters {
    pub(in crate::native) combine: Option<Combine>,
    pub(in crate::native) groups_stateful: Option<bool>,
    pub(in crate::native) group_reference: Option<GroupReference>,
    pub(in crate::native) reference_needs_peering: Option<bool>,
    pub(in crate::native) reference_when_forwarded: Option<bool>,
    pub(in crate::native) groups_exempt: Option<Vec<Exemption>>,
    pub(in crate::native) acls_stateful: Option<bool>,
    pub(in crate::native) filters_inside_subnet: Option<bool>,
    pub(in crate::native) matches_source_port: Option<bool>,
    pub(in crate::native) numbered: Option<bool>,
    pub(in crate::native) acls_exempt: Option<Vec<Exemption>>,
    pub(in crate::native) local_routes: Option<LocalRoutes>,
    pub(in crate::native) local_beats_custom: Option<bool>,
    pub(in crate::native) entry: Option<EntryRouting>,
    pub(in crate::native) public_address_beats_default_route: Option<bool>,
    pub(in crate::native) internet: Option<InternetAccess>,
    pub(in crate::native) to_internet_gateway: Option<bool>,
    pub(in crate::native) to_nat_gateway: Option<bool>,
    pub(in crate::native) overlap_allowed: Option<bool>,
    pub(in crate::native) translated: Option<ProtocolSet>,
    pub(in crate::native) translation_ports: Option<PortRange>,
    pub(in crate::native) ephemeral_ports: Option<PortRange>,
    pub(in crate::native) high_risk_ports: Option<Vec<(Protocol, PortRange)>>,
}

#[derive(Debug)]
pub(in crate::native) struct Subnet {
    pub(in crate::native) vpc: Option<Name>,
    pub(in crate::native) cidrs: Vec<At<IpNet>>,
    pub(in crate::native) route_table: Option<Name>,
    pub(in crate::native) network_acl: Option<Name>,
    pub(in crate::native) zone: Option<String>,
}

#[derive(Debug)]
pub(in crate::native) struct RouteTable {
    pub(in crate::native) vpc: Option<Name>,
    /// Whether it has the local routes by itself.
    pub(in crate::native) local_routes: bool,
    pub(in crate::native) routes: Vec<Route>,
}

#[derive(Debug)]
pub(in crate::native) struct Route {
    pub(in crate::native) place: Place,
    pub(in crate::native) destination: Option<At<IpNet>>,
    pub(in crate::native) target: Option<Target>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) enum Target {
    Local,
    Blackhole,
    Unresolved(Name),
    InternetGateway(Name),
    NatGateway(Name),
    Peering(Name),
    TransitGateway(Name),
    Connection(Name),
    Interface(Name),
    VirtualAddress(Name),
    GatewayEndpoint(Name),
}

impl Target {
    /// The name of what the route leads to, where it leads anywhere.
    pub(in crate::native) fn name(&self) -> Option<&Name> {
        match self {
            Self::Local | Self::Blackhole | Self::Unresolved(_) => None,
            Self::InternetGateway(name)
            | Self::NatGateway(name)
            | Self::Peering(name)
            | Self::TransitGateway(name)
            | Self::Connection(name)
            | Self::Interface(name)
            | Self::VirtualAddress(name)
            | Self::GatewayEndpoint(name) => Some(name),
        }
    }
}

/// A security group or network ACL.
#[derive(Debug)]
pub(in crate::native) struct Rules {
    pub(in crate::native) vpc: Option<Name>,
    pub(in crate::native) ingress: Vec<Rule>,
    pub(in crate::native) egress: Vec<Rule>,
}

#[derive(Debug, Default)]
pub(in crate::native) struct Rule {
    pub(in crate::native) place: Place,
    pub(in crate::native) id: Option<String>,
    pub(in crate::native) number: Option<At<u16>>,
    /// Whether a number was written, right or wrong.
    pub(in crate::native) has_number: bool,
    pub(in crate::native) priority: Option<At<u16>>,
    pub(in crate::native) action: Option<At<Action>>,
    pub(in crate::native) family: Option<At<Family>>,
    pub(in crate::native) protocol: Option<At<Protocol>>,
    pub(in crate::native) source: Option<At<End>>,
    pub(in crate::native) destination: Option<At<End>>,
    pub(in crate::native) source_ports: Option<At<Vec<PortRange>>>,
    pub(in crate::native) ports: Option<At<Vec<PortRange>>>,
    /// Whether anything was written about ICMP types and codes, `any` included.
    pub(in crate::native) has_icmp: bool,
    pub(in crate::native) icmp_type: Option<At<u16>>,
    pub(in crate::native) icmp_code: Option<At<u16>>,
    pub(in crate::native) unresolved: Option<Name>,
    pub(in crate::native) origin: Option<Origin>,
    /// Whether it stands in a record, and says exactly what it says.
    pub(in crate::native) is_record: bool,
}

#[derive(Debug)]
pub(in crate::native) struct AddressGroup {
    pub(in crate::native) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(in crate::native) struct Entry {
    pub(in crate::native) range: At<AddressRange>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) struct Instance {
    pub(in crate::native) running: bool,
    pub(in crate::native) interfaces: Vec<Item<Interface>>,
    /// How many further interfaces could not be read.
    pub(in crate::native) unread: usize,
    pub(in crate::native) services: Option<Vec<Service>>,
    pub(in crate::native) firewall: Option<HostFirewall>,
    pub(in crate::native) forwarding: Option<At<Setting<bool>>>,
    pub(in crate::native) appliance: Option<Name>,
    pub(in crate::native) routes: Vec<HostRoute>,
}

#[derive(Debug)]
pub(in crate::native) struct Service {
    pub(in crate::native) place: Place,
    pub(in crate::native) name: Option<String>,
    pub(in crate::native) protocol: Protocol,
    pub(in crate::native) ports: Vec<PortRange>,
    pub(in crate::native) listen: Listening,
    pub(in crate::native) origin: Option<Origin>,
}

/// Where a service listens.
#[derive(Debug)]
pub(in crate::native) enum Listening {
    At(At<Listen>),
    Interface(Name),
}

/// A route of an instance itself.
#[derive(Debug)]
pub(in crate::native) struct HostRoute {
    pub(in crate::native) place: Place,
    pub(in crate::native) destination: Option<At<IpNet>>,
    pub(in crate::native) interface: Option<Name>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent setting")]
pub(in crate::native) struct Interface {
    pub(in crate::native) subnet: Option<Name>,
    pub(in crate::native) addresses: Vec<At<IpAddr>>,
    pub(in crate::native) security_groups: Option<Vec<Name>>,
    pub(in crate::native) port_security: bool,
    pub(in crate::native) internet_gateway_denied: bool,
    pub(in crate::native) egress_only_gateway_denied: bool,
    pub(in crate::native) source_dest_check: bool,
    pub(in crate::native) attached: bool,
    pub(in crate::native) unmodelled: Option<Name>,
    pub(in crate::native) instance: Option<Name>,
    pub(in crate::native) load_balancer: Option<Name>,
    pub(in crate::native) gateway: bool,
}

#[derive(Debug)]
pub(in crate::native) struct Peering {
    pub(in crate::native) requester: Option<Name>,
    pub(in crate::native) accepter: Option<Name>,
    pub(in crate::native) status: PeeringStatus,
    pub(in crate::native) firewall: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct InternetGateway {
    pub(in crate::native) vpc: Option<Name>,
    /// Whether a VPC was written, right or wrong.
    pub(in crate::native) has_vpc: bool,
    pub(in crate::native) egress_only: bool,
    pub(in crate::native) route_table: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct PublicAddress {
    pub(in crate::native) address: Option<At<IpAddr>>,
    pub(in crate::native) interface: Option<Name>,
    pub(in crate::native) private_address: Option<At<IpAddr>>,
    pub(in crate::native) nat_gateway: Option<Name>,
    pub(in crate::native) virtual_address: Option<Name>,
    pub(in crate::native) unresolved: Option<Name>,
    /// Whether what it stands for could not be read.
    pub(in crate::native) broken: bool,
    pub(in crate::native) firewall: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct NatGateway {
    pub(in crate::native) vpc: Option<Name>,
    pub(in crate::native) subnet: Option<Name>,
    pub(in crate::native) private_address: Option<At<IpAddr>>,
    pub(in crate::native) interface: Option<Name>,
    pub(in crate::native) snat: Vec<Snat>,
    pub(in crate::native) dnat: Vec<Dnat>,
    pub(in crate::native) firewall: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct Snat {
    pub(in crate::native) place: Place,
    pub(in crate::native) source: Option<SnatSource>,
    pub(in crate::native) addresses: Vec<At<IpAddr>>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) enum SnatSource {
    Subnet(Name),
    Cidr(IpNet),
}

#[derive(Debug)]
pub(in crate::native) struct Dnat {
    pub(in crate::native) place: Place,
    pub(in crate::native) address: At<IpAddr>,
    pub(in crate::native) protocol: Option<Protocol>,
    pub(in crate::native) ports: PortRange,
    pub(in crate::native) private_address: IpAddr,
    pub(in crate::native) private_port: u16,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) struct OutsideNetwork {
    pub(in crate::native) cidrs: Vec<At<IpNet>>,
}
