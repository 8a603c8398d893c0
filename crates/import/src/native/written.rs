//! What a file says, before names are resolved.
//!
//! A field that is `None` although it must be there was wrong, and that has been said already.

mod balancers;
mod firewalls;
mod transit;

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{Action, Listen, PeeringStatus, ProfileName};
use canreach_net::{AddressRange, Family, IpNet, PortRange, Protocol};

use super::{
    node::{At, Name},
    values::End,
};
use crate::diagnostic::Place;

pub(in crate::native) use balancers::{
    Access, GatewayEndpoint, Listener, LoadBalancer, Target as BalancerTarget, TargetOf,
    VirtualAddress,
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
pub(in crate::native) struct Written {
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
}

/// An object with its name and tags.
#[derive(Debug)]
pub(in crate::native) struct Item<T> {
    pub(in crate::native) name: Name,
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
    pub(in crate::native) default_route_table: Option<Name>,
    pub(in crate::native) region: Option<String>,
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
    pub(in crate::native) routes: Vec<Route>,
}

#[derive(Debug)]
pub(in crate::native) struct Route {
    pub(in crate::native) place: Place,
    pub(in crate::native) destination: Option<At<IpNet>>,
    pub(in crate::native) target: Option<Target>,
}

#[derive(Debug)]
pub(in crate::native) enum Target {
    Blackhole,
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
            Self::Blackhole => None,
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
    pub(in crate::native) icmp_type: Option<At<u16>>,
    pub(in crate::native) icmp_code: Option<At<u16>>,
}

#[derive(Debug)]
pub(in crate::native) struct AddressGroup {
    pub(in crate::native) entries: Vec<At<AddressRange>>,
}

#[derive(Debug)]
pub(in crate::native) struct Instance {
    pub(in crate::native) running: bool,
    pub(in crate::native) interfaces: Vec<Item<Interface>>,
    pub(in crate::native) services: Option<Vec<Service>>,
    pub(in crate::native) firewall: Option<HostFirewall>,
    pub(in crate::native) forwarding: Option<At<bool>>,
    pub(in crate::native) routes: Vec<HostRoute>,
}

#[derive(Debug)]
pub(in crate::native) struct Service {
    pub(in crate::native) place: Place,
    pub(in crate::native) name: Option<String>,
    pub(in crate::native) protocol: Protocol,
    pub(in crate::native) ports: Vec<PortRange>,
    pub(in crate::native) listen: Listening,
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
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent setting")]
pub(in crate::native) struct Interface {
    pub(in crate::native) subnet: Option<Name>,
    pub(in crate::native) addresses: Vec<At<IpAddr>>,
    pub(in crate::native) security_groups: Option<Vec<Name>>,
    pub(in crate::native) port_security: bool,
    pub(in crate::native) internet_gateway_denied: bool,
    pub(in crate::native) source_dest_check: bool,
    pub(in crate::native) attached: bool,
    pub(in crate::native) instance: Option<Name>,
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
    pub(in crate::native) firewall: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct NatGateway {
    pub(in crate::native) vpc: Option<Name>,
    pub(in crate::native) subnet: Option<Name>,
    pub(in crate::native) private_address: Option<At<IpAddr>>,
    pub(in crate::native) snat: Vec<Snat>,
    pub(in crate::native) dnat: Vec<Dnat>,
    pub(in crate::native) firewall: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct Snat {
    pub(in crate::native) place: Place,
    pub(in crate::native) source: Option<SnatSource>,
    pub(in crate::native) addresses: Vec<At<IpAddr>>,
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
}

#[derive(Debug)]
pub(in crate::native) struct OutsideNetwork {
    pub(in crate::native) cidrs: Vec<At<IpNet>>,
}
