//! What a file says, before names are resolved.
//!
//! A field that is `None` although it must be there was wrong, and that has been said already.

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

/// One file.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// What the file says of others, if it repeats what these say.
    pub(super) record: Option<Record>,
    pub(super) facts: Vec<(Name, Fact)>,
    pub(super) assumptions: Vec<Assumption>,
    pub(super) unplaced_addresses: Vec<At<IpAddr>>,
    pub(super) profile: Option<At<ProfileName>>,
    pub(super) settings: Settings,
    pub(super) vpcs: Vec<Item<Vpc>>,
    pub(super) subnets: Vec<Item<Subnet>>,
    pub(super) route_tables: Vec<Item<RouteTable>>,
    pub(super) network_acls: Vec<Item<Rules>>,
    pub(super) security_groups: Vec<Item<Rules>>,
    pub(super) address_groups: Vec<Item<AddressGroup>>,
    pub(super) instances: Vec<Item<Instance>>,
    pub(super) interfaces: Vec<Item<Interface>>,
    pub(super) peerings: Vec<Item<Peering>>,
    pub(super) internet_gateways: Vec<Item<InternetGateway>>,
    pub(super) public_addresses: Vec<Item<PublicAddress>>,
    pub(super) nat_gateways: Vec<Item<NatGateway>>,
    pub(super) outside_networks: Vec<Item<OutsideNetwork>>,
    pub(super) has_security_groups: bool,
    pub(super) has_network_acls: bool,
}

/// What a file says of the files it records.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) sources: Vec<Source>,
    pub(super) not_examined: Vec<LayerKind>,
}

#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) digest: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) recorded: Option<String>,
}

#[derive(Debug)]
pub(super) struct Fact {
    pub(super) statement: String,
    pub(super) settled_by: String,
    pub(super) polarity: Polarity,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) struct Assumption {
    pub(super) statement: String,
    pub(super) places: Vec<Spot>,
}

/// Where something comes from, if not from where it stands.
#[derive(Debug)]
pub(super) enum Origin {
    Written(Spot),
    Implied(ImpliedBy),
    Derived { how: String, from: Vec<Spot> },
}

/// A place in one of the sources of the file, by its position among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) source: usize,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// What every object may say about itself.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) origin: Option<Origin>,
}

/// An object with its name and tags.
#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) name: Name,
    pub(super) about: About,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) body: T,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Settings {
    pub(super) default_priority: Option<At<u16>>,
    pub(super) peering_to_peering: Option<At<bool>>,
}

#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) cidrs: Vec<At<IpNet>>,
    pub(super) profile: Option<At<ProfileName>>,
    pub(super) settings: OwnSettings,
    pub(super) parameters: Parameters,
    pub(super) default_route_table: Option<Name>,
}

/// Settings of one VPC.
#[derive(Debug, Default)]
pub(super) struct OwnSettings {
    pub(super) default_priority: Option<Setting<u16>>,
    pub(super) peering_to_peering: Option<Setting<bool>>,
}

#[derive(Debug)]
pub(super) enum Setting<T> {
    Decided(T),
    Open { fact: Name, if_true: T, if_false: T },
}

/// In what a VPC differs from its profile.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) combine: Option<Combine>,
    pub(super) groups_stateful: Option<bool>,
    pub(super) group_reference: Option<GroupReference>,
    pub(super) reference_needs_peering: Option<bool>,
    pub(super) groups_exempt: Option<Vec<Exemption>>,
    pub(super) acls_stateful: Option<bool>,
    pub(super) filters_inside_subnet: Option<bool>,
    pub(super) matches_source_port: Option<bool>,
    pub(super) numbered: Option<bool>,
    pub(super) acls_exempt: Option<Vec<Exemption>>,
    pub(super) local_routes: Option<LocalRoutes>,
    pub(super) local_beats_custom: Option<bool>,
    pub(super) entry: Option<EntryRouting>,
    pub(super) public_address_beats_default_route: Option<bool>,
    pub(super) internet: Option<InternetAccess>,
    pub(super) to_internet_gateway: Option<bool>,
    pub(super) to_nat_gateway: Option<bool>,
    pub(super) overlap_allowed: Option<bool>,
    pub(super) translated: Option<ProtocolSet>,
    pub(super) translation_ports: Option<PortRange>,
    pub(super) ephemeral_ports: Option<PortRange>,
}

#[derive(Debug)]
pub(super) struct Subnet {
    pub(super) vpc: Option<Name>,
    pub(super) cidrs: Vec<At<IpNet>>,
    pub(super) route_table: Option<Name>,
    pub(super) network_acl: Option<Name>,
}

#[derive(Debug)]
pub(super) struct RouteTable {
    pub(super) vpc: Option<Name>,
    /// Whether it has the local routes by itself.
    pub(super) local_routes: bool,
    pub(super) routes: Vec<Route>,
}

#[derive(Debug)]
pub(super) struct Route {
    pub(super) place: Place,
    pub(super) destination: Option<At<IpNet>>,
    pub(super) target: Option<Target>,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) enum Target {
    Local,
    Blackhole,
    Unresolved(Name),
    InternetGateway(Name),
    NatGateway(Name),
    Peering(Name),
}

/// A security group or network ACL.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) vpc: Option<Name>,
    pub(super) ingress: Vec<Rule>,
    pub(super) egress: Vec<Rule>,
}

#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) place: Place,
    pub(super) id: Option<String>,
    pub(super) number: Option<At<u16>>,
    /// Whether a number was written, right or wrong.
    pub(super) has_number: bool,
    pub(super) priority: Option<At<u16>>,
    pub(super) action: Option<At<Action>>,
    pub(super) family: Option<At<Family>>,
    pub(super) protocol: Option<At<Protocol>>,
    pub(super) source: Option<At<End>>,
    pub(super) destination: Option<At<End>>,
    pub(super) source_ports: Option<At<Vec<PortRange>>>,
    pub(super) ports: Option<At<Vec<PortRange>>>,
    /// Whether anything was written about ICMP types and codes, `any` included.
    pub(super) has_icmp: bool,
    pub(super) icmp_type: Option<At<u16>>,
    pub(super) icmp_code: Option<At<u16>>,
    pub(super) unresolved: Option<Name>,
    pub(super) origin: Option<Origin>,
    /// Whether it stands in a record, and says exactly what it says.
    pub(super) is_record: bool,
}

#[derive(Debug)]
pub(super) struct AddressGroup {
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) range: At<AddressRange>,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) running: bool,
    pub(super) interfaces: Vec<Item<Interface>>,
    pub(super) services: Option<Vec<Service>>,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) place: Place,
    pub(super) name: Option<String>,
    pub(super) protocol: Protocol,
    pub(super) ports: Vec<PortRange>,
    pub(super) listen: At<Listen>,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) struct Interface {
    pub(super) subnet: Option<Name>,
    pub(super) addresses: Vec<At<IpAddr>>,
    pub(super) security_groups: Option<Vec<Name>>,
    pub(super) port_security: bool,
    pub(super) internet_gateway_denied: bool,
    pub(super) attached: bool,
    pub(super) unmodelled: Option<Name>,
    pub(super) instance: Option<Name>,
}

#[derive(Debug)]
pub(super) struct Peering {
    pub(super) requester: Option<Name>,
    pub(super) accepter: Option<Name>,
    pub(super) status: PeeringStatus,
}

#[derive(Debug)]
pub(super) struct InternetGateway {
    pub(super) vpc: Option<Name>,
    pub(super) egress_only: bool,
    pub(super) route_table: Option<Name>,
}

#[derive(Debug)]
pub(super) struct PublicAddress {
    pub(super) address: Option<At<IpAddr>>,
    pub(super) interface: Option<Name>,
    pub(super) private_address: Option<At<IpAddr>>,
    pub(super) nat_gateway: Option<Name>,
}

#[derive(Debug)]
pub(super) struct NatGateway {
    pub(super) vpc: Option<Name>,
    pub(super) subnet: Option<Name>,
    pub(super) private_address: Option<At<IpAddr>>,
    pub(super) interface: Option<Name>,
    pub(super) snat: Vec<Snat>,
    pub(super) dnat: Vec<Dnat>,
}

#[derive(Debug)]
pub(super) struct Snat {
    pub(super) place: Place,
    pub(super) source: Option<SnatSource>,
    pub(super) addresses: Vec<At<IpAddr>>,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) enum SnatSource {
    Subnet(Name),
    Cidr(IpNet),
}

#[derive(Debug)]
pub(super) struct Dnat {
    pub(super) place: Place,
    pub(super) address: At<IpAddr>,
    pub(super) protocol: Option<Protocol>,
    pub(super) ports: PortRange,
    pub(super) private_address: IpAddr,
    pub(super) private_port: u16,
    pub(super) origin: Option<Origin>,
}

#[derive(Debug)]
pub(super) struct OutsideNetwork {
    pub(super) cidrs: Vec<At<IpNet>>,
}
