//! What a file says, before names are resolved.
//!
//! A field that is `None` although it must be there was wrong, and that has been said already.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{Action, Listen, PeeringStatus, ProfileName};
use canreach_net::{AddressRange, Family, IpNet, PortRange, Protocol};

use super::{
    node::{At, Name},
    values::End,
};
use crate::diagnostic::Place;

/// One file.
#[derive(Debug, Default)]
pub(super) struct Written {
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

/// An object with its name and tags.
#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) name: Name,
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
    pub(super) default_route_table: Option<Name>,
    pub(super) region: Option<String>,
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
    pub(super) routes: Vec<Route>,
}

#[derive(Debug)]
pub(super) struct Route {
    pub(super) place: Place,
    pub(super) destination: Option<At<IpNet>>,
    pub(super) target: Option<Target>,
}

#[derive(Debug)]
pub(super) enum Target {
    Blackhole,
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
    pub(super) icmp_type: Option<At<u16>>,
    pub(super) icmp_code: Option<At<u16>>,
}

#[derive(Debug)]
pub(super) struct AddressGroup {
    pub(super) entries: Vec<At<AddressRange>>,
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
}

#[derive(Debug)]
pub(super) struct Interface {
    pub(super) subnet: Option<Name>,
    pub(super) addresses: Vec<At<IpAddr>>,
    pub(super) security_groups: Option<Vec<Name>>,
    pub(super) port_security: bool,
    pub(super) internet_gateway_denied: bool,
    pub(super) attached: bool,
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
    pub(super) snat: Vec<Snat>,
    pub(super) dnat: Vec<Dnat>,
}

#[derive(Debug)]
pub(super) struct Snat {
    pub(super) place: Place,
    pub(super) source: Option<SnatSource>,
    pub(super) addresses: Vec<At<IpAddr>>,
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
}

#[derive(Debug)]
pub(super) struct OutsideNetwork {
    pub(super) cidrs: Vec<At<IpNet>>,
}
