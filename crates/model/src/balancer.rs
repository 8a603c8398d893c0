//! What answers on behalf of others: load balancers, virtual addresses and gateway endpoints.

use std::net::IpAddr;

use canreach_net::{Family, PortRange, Protocol};

use crate::{Action, FactId, Id, InterfaceId, Meta, Origin, Rule, SubnetId, VpcId};

/// A key of a load balancer.
pub type LoadBalancerId = Id<LoadBalancer>;
/// A key of a virtual address.
pub type VirtualAddressId = Id<VirtualAddress>;
/// A key of a gateway endpoint.
pub type GatewayEndpointId = Id<GatewayEndpoint>;

/// A load balancer. Its interfaces are those it owns ([`crate::InterfaceOwner::LoadBalancer`]).
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// What it listens for; the first listener that takes a packet counts.
    pub listeners: Vec<BalancerListener>,
}

/// A listener of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancerListener {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The address family of what it takes; both when `None`.
    pub family: Option<Family>,
    /// The ports.
    pub ports: PortRange,
    /// What it does with a packet.
    pub forwarding: Forwarding,
    /// The targets, of which the balancer picks one for each connection. A proxy's do not matter for
    /// packets; answers name them.
    pub targets: Vec<BalancerTarget>,
    /// Who may use it; everybody when `None`.
    pub access: Option<AccessList>,
    /// Where it is written.
    pub origin: Origin,
}

/// What a listener does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forwarding {
    /// It ends the connection and answers for itself.
    Proxy,
    /// It sends the packet on to a target, with the client's address.
    KeepClient {
        /// Whether neither security groups nor network ACL of the target judge what it sends on, and
        /// the replies to it.
        bypasses_filters: bool,
    },
    /// It sends the packet on to a target, from an address and port of its own.
    ReplaceClient,
    /// It sends the packet on in a way that is not modelled; the fact says whether it is delivered.
    Unmodelled(FactId),
}

/// A target of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancerTarget {
    /// Its address.
    pub address: IpAddr,
    /// The port; the port that the packet arrived for when `None`.
    pub port: Option<u16>,
    /// Which interfaces of the load balancer send to it; all of them when `None`. A balancer that does
    /// not balance across zones sends only to targets in the zone of its own interface.
    pub nodes: Option<Vec<InterfaceId>>,
    /// Where it is written.
    pub origin: Origin,
}

/// Who may use a listener: the first rule that matches decides. It keeps state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessList {
    /// The rules, by source address.
    pub rules: Vec<Rule>,
    /// What happens to a packet that none matches: denied by a white list, allowed by a black list.
    pub default: Action,
}

/// An address that one of several interfaces holds, as VRRP does it.
#[derive(Clone, Debug)]
pub struct VirtualAddress {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The subnet it is in.
    pub subnet: SubnetId,
    /// The address; no interface has it as its own.
    pub address: IpAddr,
    /// The interfaces that may hold it.
    pub interfaces: Vec<InterfaceId>,
}

/// A gateway endpoint: the way from a VPC to a service of the provider that has public addresses,
/// without an Internet gateway. Interface endpoints are interfaces of a service.
#[derive(Clone, Debug)]
pub struct GatewayEndpoint {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it serves.
    pub vpc: VpcId,
}
