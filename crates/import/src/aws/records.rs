//! What the answers describe, before references are resolved: one record for each object, by its id.

pub(super) mod connections;
pub(super) mod transit;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{Direction, IcmpMatch, Meta, PeeringStatus, RuleSet, Span};
use canreach_net::{AddressRange, IpNet, PortSet, Protocol};

use super::keys::Kind;

mod balancers;

pub(super) use self::balancers::{
    Balancer, BalancerKind, Balancing, Handling, Health, Listener, Target as BalancerTarget,
    TargetGroup, TargetKind,
};

/// Records of one kind, by id.
pub(super) type Records<T> = BTreeMap<String, T>;

/// Everything the answers describe.
#[derive(Debug, Default)]
pub(super) struct Estate {
    /// The kinds of answers that were given at all, also where they are empty.
    pub(super) given: BTreeSet<Kind>,
    pub(super) vpcs: Records<Vpc>,
    pub(super) subnets: Records<Subnet>,
    pub(super) interfaces: Records<Interface>,
    /// Interfaces as the instances describe them, for those that are described nowhere else.
    pub(super) instance_interfaces: Records<Interface>,
    pub(super) instances: Records<Instance>,
    pub(super) security_groups: Records<SecurityGroup>,
    pub(super) security_group_rules: Vec<(String, Direction, GroupRule, Span)>,
    pub(super) network_acls: Records<NetworkAcl>,
    pub(super) route_tables: Records<RouteTable>,
    pub(super) internet_gateways: Records<InternetGateway>,
    pub(super) nat_gateways: Records<NatGateway>,
    pub(super) addresses: Records<Address>,
    pub(super) peerings: Records<Peering>,
    /// What accounts block, for VPCs and subnets whose answers do not say.
    pub(super) account_access: Vec<AccountAccess>,
    /// What is excluded from that, by the id of the VPC or subnet.
    pub(super) access_exclusions: BTreeMap<String, PublicAccess>,
    pub(super) transit: transit::Transit,
    pub(super) connections: connections::Connections,
    pub(super) prefix_lists: Records<PrefixList>,
    /// Entries by the id of their list, from answers of their own.
    pub(super) prefix_list_entries: Vec<(String, Vec<(AddressRange, Span)>)>,
    pub(super) balancing: Balancing,
    pub(super) endpoints: Records<Endpoint>,
    /// The accounts and regions whose interfaces were listed, as far as the files say which.
    pub(super) interfaces_of: BTreeSet<(Option<String>, Option<String>)>,
}

/// How much Internet traffic an account lets into the VPCs of a region.
#[derive(Debug)]
pub(super) struct AccountAccess {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) access: PublicAccess,
}

/// Whether the account keeps Internet traffic away from a VPC or subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PublicAccess {
    Open,
    IngressBlocked,
    Blocked,
}

#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) meta: Meta,
    pub(super) cidrs: Vec<IpNet>,
    /// `None` where the answer does not say.
    pub(super) public_access: Option<PublicAccess>,
}

#[derive(Debug)]
pub(super) struct Subnet {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) cidrs: Vec<IpNet>,
    pub(super) zone: Option<String>,
    /// `None` where the answer does not say.
    pub(super) public_access: Option<PublicAccess>,
}

/// What kind of interface it is, as far as that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InterfaceKind {
    /// One of a machine, or one that security groups filter like one.
    Ordinary,
    /// A NAT gateway's own.
    NatGateway,
    /// One of a load balancer, by what its description says after `ELB `.
    LoadBalancer(String),
    /// One of a service of AWS that answers like a host: a database, a function, an endpoint.
    Service,
    /// One that only carries packets on: a transit gateway's attachment.
    Gateway,
    /// One of something that is not modelled, and what that is.
    Unmodelled(String),
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent setting of the answer")]
pub(super) struct Interface {
    pub(super) meta: Meta,
    pub(super) subnet: Option<String>,
    /// Its addresses, the primary one first, each with the public address that stands for it.
    pub(super) addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// `None` where the answer does not say.
    pub(super) groups: Option<Vec<String>>,
    pub(super) kind: InterfaceKind,
    pub(super) instance: Option<String>,
    pub(super) attached: bool,
    /// Whether it is its instance's first.
    pub(super) primary: bool,
    pub(super) internet_gateway_denied: bool,
    /// Whether packets that are neither from nor for it are dropped.
    pub(super) source_dest_check: bool,
    /// The IPv6 prefixes delegated to it. The addresses of IPv4 ones are among its addresses.
    pub(super) prefixes: Vec<IpNet>,
    /// Addresses that stand for one of its own in a network beyond a carrier or local gateway.
    pub(super) beyond: Vec<IpAddr>,
}

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) meta: Meta,
    pub(super) running: bool,
}

/// Whom a security-group rule speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Range(AddressRange),
    Group(String),
    PrefixList(String),
}

/// A protocol with its ports or ICMP messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) protocol: Option<Protocol>,
    pub(super) ports: PortSet,
    pub(super) icmp: Option<IcmpMatch>,
}

#[derive(Clone, Debug)]
pub(super) struct GroupRule {
    pub(super) id: Option<String>,
    pub(super) service: Service,
    pub(super) peer: Peer,
}

impl GroupRule {
    /// Whether two rules say the same.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.service == other.service && self.peer == other.peer
    }
}

#[derive(Debug)]
pub(super) struct SecurityGroup {
    pub(super) meta: Meta,
    pub(super) vpc: Option<String>,
    pub(super) ingress: Vec<(GroupRule, Span)>,
    pub(super) egress: Vec<(GroupRule, Span)>,
}

impl SecurityGroup {
    /// Returns the rules of one direction.
    pub(super) fn rules_mut(&mut self, direction: Direction) -> &mut Vec<(GroupRule, Span)> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
}

#[derive(Debug)]
pub(super) struct NetworkAcl {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) is_default: bool,
    pub(super) subnets: BTreeSet<String>,
    pub(super) rules: RuleSet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Cidr(IpNet),
    PrefixList(String),
}

/// Where a route leads, by the key that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Local,
    InternetGateway(String),
    NatGateway(String),
    Peering(String),
    TransitGateway(String),
    /// A virtual private gateway, which VPN and Direct Connect connections end at.
    VpnGateway(String),
    /// A VPC endpoint of any type.
    Endpoint(String),
    Interface(String),
    /// An instance, by its primary interface.
    Instance(String),
    /// Something that is not modelled: what it is called, and its id.
    Other(&'static str, String),
}

impl Target {
    /// Returns what to call it, and its id.
    pub(super) fn named(&self) -> (&'static str, &str) {
        match self {
            Self::Local => ("the VPC", "local"),
            Self::InternetGateway(id) => ("Internet gateway", id),
            Self::NatGateway(id) => ("NAT gateway", id),
            Self::Peering(id) => ("peering", id),
            Self::TransitGateway(id) => ("transit gateway", id),
            Self::VpnGateway(id) => ("virtual private gateway", id),
            Self::Endpoint(id) => ("VPC endpoint", id),
            Self::Interface(id) => ("interface", id),
            Self::Instance(id) => ("instance", id),
            Self::Other(noun, id) => (noun, id),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RouteState {
    Active,
    Blackhole,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) destination: Destination,
    pub(super) target: Target,
    pub(super) state: RouteState,
    pub(super) propagated: bool,
}

#[derive(Debug)]
pub(super) struct RouteTable {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) main: bool,
    pub(super) subnets: BTreeSet<String>,
    pub(super) gateways: BTreeSet<String>,
    /// The virtual private gateways whose routes it takes.
    pub(super) propagating: BTreeSet<String>,
    pub(super) routes: Vec<(Route, Span)>,
}

#[derive(Debug)]
pub(super) struct InternetGateway {
    pub(super) meta: Meta,
    pub(super) vpc: Option<String>,
    pub(super) egress_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NatState {
    Available,
    /// Being made or taken away: it may or may not forward.
    Changing,
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NatAddress {
    pub(super) interface: Option<String>,
    pub(super) private: Option<IpAddr>,
    pub(super) public: Option<IpAddr>,
}

#[derive(Debug)]
pub(super) struct NatGateway {
    pub(super) meta: Meta,
    pub(super) subnet: Option<String>,
    /// Whether it serves every zone of its VPC, from no subnet.
    pub(super) regional: bool,
    pub(super) state: NatState,
    /// Its addresses, the primary one first.
    pub(super) addresses: Vec<NatAddress>,
}

/// What kind of VPC endpoint it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EndpointKind {
    /// One that routes lead to: to S3 or `DynamoDB`.
    Gateway,
    /// One that answers at interfaces of its own.
    Interface,
    /// Anything else, and what it is called.
    Other(String),
}

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) meta: Meta,
    pub(super) kind: EndpointKind,
    pub(super) vpc: Option<String>,
    /// The state, where it is one in which nothing passes for sure.
    pub(super) trouble: Option<String>,
    pub(super) interfaces: BTreeSet<String>,
    /// Whether its policy is one that somebody wrote.
    pub(super) restricted: bool,
}

#[derive(Debug)]
pub(super) struct Address {
    pub(super) meta: Meta,
    pub(super) public: IpAddr,
    /// Whether the address is one beyond a carrier or local gateway, and not of the Internet.
    pub(super) beyond: bool,
    pub(super) interface: Option<String>,
    pub(super) instance: Option<String>,
    pub(super) private: Option<IpAddr>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) vpc: String,
    pub(super) region: Option<String>,
}

#[derive(Debug)]
pub(super) struct Peering {
    pub(super) meta: Meta,
    pub(super) requester: Side,
    pub(super) accepter: Side,
    /// `None` for a status this reader does not know.
    pub(super) status: Option<PeeringStatus>,
}

#[derive(Debug)]
pub(super) struct PrefixList {
    pub(super) meta: Meta,
    /// `None` where no answer lists them.
    pub(super) entries: Option<Vec<(AddressRange, Span)>>,
}
