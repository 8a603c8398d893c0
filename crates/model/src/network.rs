//! The objects of a network.
//!
//! Each is what the field calls it. References are keys into the tables of one [`Network`].

use std::net::IpAddr;

use canreach_net::{AddressRange, IpNet, PortRange, PortSet, Protocol};

use crate::{
    Assumption, ChainRule, CloudFirewall, CloudFirewallId, Connection, ConnectionId, Direction,
    Fact, FactId, GatewayEndpoint, GatewayEndpointId, HostFirewall, Id, Layer, LayerKind,
    LoadBalancer, LoadBalancerId, Meta, Origin, PacketMatch, Profile, RemoteNetwork, Rule,
    RuleOwner, RuleRef, RuleSet, Setting, SourceMap, Table, TransitAttachment, TransitGateway,
    TransitGatewayId, TransitRouteTable, VirtualAddress, VirtualAddressId,
};

/// A key of a VPC.
pub type VpcId = Id<Vpc>;
/// A key of a subnet.
pub type SubnetId = Id<Subnet>;
/// A key of a route table.
pub type RouteTableId = Id<RouteTable>;
/// A key of a network ACL.
pub type NetworkAclId = Id<NetworkAcl>;
/// A key of a security group.
pub type SecurityGroupId = Id<SecurityGroup>;
/// A key of an address group.
pub type AddressGroupId = Id<AddressGroup>;
/// A key of an interface.
pub type InterfaceId = Id<Interface>;
/// A key of an instance.
pub type InstanceId = Id<Instance>;
/// A key of a peering.
pub type PeeringId = Id<Peering>;
/// A key of an Internet gateway.
pub type InternetGatewayId = Id<InternetGateway>;
/// A key of a public address.
pub type PublicAddressId = Id<PublicAddress>;
/// A key of a NAT gateway.
pub type NatGatewayId = Id<NatGateway>;
/// A key of an outside network.
pub type OutsideNetworkId = Id<OutsideNetwork>;

/// Everything the inputs say, merged.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Virtual private clouds.
    pub vpcs: Table<Vpc>,
    /// Subnets.
    pub subnets: Table<Subnet>,
    /// Route tables.
    pub route_tables: Table<RouteTable>,
    /// Network ACLs.
    pub network_acls: Table<NetworkAcl>,
    /// Security groups.
    pub security_groups: Table<SecurityGroup>,
    /// Address groups and prefix lists.
    pub address_groups: Table<AddressGroup>,
    /// Network interfaces.
    pub interfaces: Table<Interface>,
    /// Instances.
    pub instances: Table<Instance>,
    /// Peerings between two VPCs.
    pub peerings: Table<Peering>,
    /// Internet gateways.
    pub internet_gateways: Table<InternetGateway>,
    /// Public addresses.
    pub public_addresses: Table<PublicAddress>,
    /// NAT gateways.
    pub nat_gateways: Table<NatGateway>,
    /// Load balancers.
    pub load_balancers: Table<LoadBalancer>,
    /// Virtual addresses, each held by one of several interfaces.
    pub virtual_addresses: Table<VirtualAddress>,
    /// Gateway endpoints of services of the provider.
    pub gateway_endpoints: Table<GatewayEndpoint>,
    /// Cloud firewalls.
    pub cloud_firewalls: Table<CloudFirewall>,
    /// Transit gateways and enterprise routers.
    pub transit_gateways: Table<TransitGateway>,
    /// What is attached to transit gateways.
    pub transit_attachments: Table<TransitAttachment>,
    /// The route tables of transit gateways.
    pub transit_route_tables: Table<TransitRouteTable>,
    /// VPN and Direct Connect connections.
    pub connections: Table<Connection>,
    /// Networks on premises, behind connections.
    pub remote_networks: Table<RemoteNetwork>,
    /// Named networks on the Internet.
    pub outside_networks: Table<OutsideNetwork>,
    /// What the input leaves open.
    pub facts: Table<Fact>,
    /// What was taken for granted while reading.
    pub assumptions: Vec<Assumption>,
    /// The kinds of layers of which no data was given at all; answers name them.
    pub not_examined: Vec<LayerKind>,
    /// The input files.
    pub sources: SourceMap,
}

impl Network {
    /// Returns the VPC an interface is in.
    #[must_use]
    pub fn vpc_of(&self, interface: InterfaceId) -> VpcId {
        self.subnets[self.interfaces[interface].subnet].vpc
    }

    /// Returns the profile that governs an interface.
    #[must_use]
    pub fn profile_of(&self, interface: InterfaceId) -> &Profile {
        &self.vpcs[self.vpc_of(interface)].profile
    }

    /// Returns the instance that an interface is plugged into, where it is one.
    #[must_use]
    pub fn instance_of(&self, interface: InterfaceId) -> Option<InstanceId> {
        match self.interfaces[interface].owner {
            InterfaceOwner::Instance(instance) => Some(instance),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => None,
        }
    }

    /// Returns the layer under which what a layer saw is remembered: a host keeps one record of what
    /// it forwards, whichever interfaces it came and went by.
    #[must_use]
    pub fn remembered_as(&self, layer: Layer) -> Layer {
        match layer {
            Layer::HostForwarding(from, _) => {
                let owner = self.interfaces[from].owner;
                let mut same = self.interfaces.iter().filter(|(_, it)| it.owner == owner);
                let first = same.next().map_or(from, |(id, _)| id);
                Layer::HostForwarding(first, first)
            }
            Layer::SecurityGroups(_)
            | Layer::NetworkAcl(..)
            | Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::HostFirewall(_)
            | Layer::Listener(..) => layer,
        }
    }

    /// Returns what a rule matches.
    #[must_use]
    pub fn matches_of(&self, rule: RuleRef) -> Option<&PacketMatch> {
        if let RuleOwner::HostChain(instance, chain) = rule.owner {
            return self.chain_rule(instance, chain, rule.index).map(|rule| &rule.matches);
        }
        self.rule(rule).map(|rule| &rule.matches)
    }

    /// Returns where a rule is written.
    #[must_use]
    pub fn origin_of(&self, rule: RuleRef) -> Option<&Origin> {
        if let RuleOwner::HostChain(instance, chain) = rule.owner {
            return self.chain_rule(instance, chain, rule.index).map(|rule| &rule.origin);
        }
        self.rule(rule).map(|rule| &rule.origin)
    }

    /// Returns a rule; `None` for one of a host's chain, which is a [`ChainRule`].
    #[must_use]
    pub fn rule(&self, rule: RuleRef) -> Option<&Rule> {
        self.rules_of(rule.owner, rule.direction).get(rule.index)
    }

    /// Returns the rules of an owner in one direction; none for a host's chain.
    #[must_use]
    pub fn rules_of(&self, owner: RuleOwner, direction: Direction) -> &[Rule] {
        match owner {
            RuleOwner::SecurityGroup(id) => self.security_groups[id].rules.of(direction),
            RuleOwner::NetworkAcl(id) => self.network_acls[id].rules.of(direction),
            RuleOwner::CloudFirewall(id, border, list) => {
                self.cloud_firewalls[id].at(border).list(list, direction)
            }
            RuleOwner::ListenerAccess(id, listener) => {
                let listener = self.load_balancers[id].listeners.get(listener);
                let access = listener.and_then(|listener| listener.access.as_ref());
                access.map_or(&[], |access| access.rules.as_slice())
            }
            RuleOwner::HostChain(..) => &[],
        }
    }

    /// Returns a rule of a chain of an instance's firewall.
    #[must_use]
    pub fn chain_rule(
        &self,
        instance: InstanceId,
        chain: usize,
        index: usize,
    ) -> Option<&ChainRule> {
        let firewall = self.instances[instance].firewall.as_ref()?;
        firewall.chains.get(chain)?.rules.get(index)
    }
}

/// A virtual private cloud: one address space with one router.
#[derive(Clone, Debug)]
pub struct Vpc {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// How this cloud treats packets.
    pub profile: Profile,
    /// The address blocks, of either family.
    pub cidrs: Vec<IpNet>,
    /// The table that subnets without one of their own use, and that serves entering traffic where
    /// the profile says so.
    pub default_route_table: RouteTableId,
    /// Where the input may lack interfaces: whether one that it does not describe has the address,
    /// takes the packet and answers it, for every address in the blocks that no interface has.
    pub unlisted: Option<FactId>,
}

/// A subnet: interfaces that share a route table and at most one network ACL.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// The address blocks, of either family.
    pub cidrs: Vec<IpNet>,
    /// The table that routes what leaves its interfaces.
    pub route_table: RouteTableId,
    /// The ACL that filters what enters and leaves, where there is one.
    pub network_acl: Option<NetworkAclId>,
    /// The availability zone, where known.
    pub zone: Option<String>,
}

/// A route table.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// Every route, local routes included; no two have one destination.
    pub routes: Vec<Route>,
}

/// A route: where packets to a prefix go next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The prefix of the destinations.
    pub destination: IpNet,
    /// Where matching packets go.
    pub target: RouteTarget,
    /// Where the route is written.
    pub origin: Origin,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteTarget {
    /// To the owner of the address inside the VPC.
    Local,
    /// Nowhere: the target is gone, or the route says to drop.
    Blackhole,
    /// To an Internet gateway.
    InternetGateway(InternetGatewayId),
    /// To a NAT gateway.
    NatGateway(NatGatewayId),
    /// Across a peering.
    Peering(PeeringId),
    /// To a transit gateway.
    TransitGateway(TransitGatewayId),
    /// Through a VPN or Direct Connect connection.
    Connection(ConnectionId),
    /// To an interface, whose instance forwards.
    Interface(InterfaceId),
    /// To the interface that holds a virtual address, whose instance forwards.
    VirtualAddress(VirtualAddressId),
    /// To a service of the provider, through a gateway endpoint.
    GatewayEndpoint(GatewayEndpointId),
    /// To something the input does not describe; the fact says whether it delivers the packet.
    Unresolved(FactId),
}

/// A network ACL.
#[derive(Clone, Debug)]
pub struct NetworkAcl {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The rules, in the order in which they are tried.
    pub rules: RuleSet,
}

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it belongs to, for clouds that bind groups to one.
    pub vpc: Option<VpcId>,
    /// The rules, as listed; the profile says how they combine.
    pub rules: RuleSet,
}

/// A named list of addresses that rules refer to.
#[derive(Clone, Debug)]
pub struct AddressGroup {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The addresses.
    pub entries: Vec<AddressGroupEntry>,
}

/// One entry of an address group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressGroupEntry {
    /// The addresses.
    pub range: AddressRange,
    /// Where the entry is written.
    pub origin: Origin,
}

/// A network interface.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Interface {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The subnet it is in.
    pub subnet: SubnetId,
    /// Its own addresses inside the VPC, the primary one first; unique within a VPC.
    pub addresses: Vec<IpAddr>,
    /// Its security groups, in attachment order.
    pub security_groups: Vec<SecurityGroupId>,
    /// Whether security groups filter it at all: not a NAT gateway's own interface, nor one with
    /// port security switched off.
    pub filtered: bool,
    /// Whether the provider refuses it any traffic through an Internet gateway
    /// (AWS `DenyAllIgwTraffic`).
    pub internet_gateway_denied: bool,
    /// Whether the provider refuses it traffic through egress-only gateways too.
    pub egress_only_gateway_denied: bool,
    /// Whether packets that are neither from nor for one of its addresses are dropped
    /// (AWS `SourceDestCheck`).
    pub source_dest_check: bool,
    /// What it is plugged into.
    pub owner: InterfaceOwner,
}

/// What an interface is plugged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InterfaceOwner {
    /// An instance.
    Instance(InstanceId),
    /// A NAT gateway placed in the subnet.
    NatGateway(NatGatewayId),
    /// A load balancer.
    LoadBalancer(LoadBalancerId),
    /// A service of the provider, such as a managed database or an interface endpoint, that answers
    /// for itself.
    Service,
    /// Something whose ways are not modelled, such as a load balancer: the fact says whether it takes
    /// and answers what its filters let through.
    Unmodelled(FactId),
    /// A gateway that only carries packets on, such as a transit gateway's attachment: nobody takes
    /// what is for the interface itself.
    Gateway,
    /// Nothing: no packet is received.
    Detached,
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// Whether it runs. Verdicts are about the configuration and do not depend on it; answers warn.
    pub running: bool,
    /// The services that listen, or `None` where nothing is known about them.
    pub services: Option<Vec<Service>>,
    /// Its firewall, or `None` where nothing is known about it.
    pub firewall: Option<HostFirewall>,
    /// Whether it forwards packets that are not for itself (`net.ipv4.ip_forward`).
    pub forwards: Setting<bool>,
    /// Where it is not known what it does with packets that are not for itself, which it may drop,
    /// change or forward: whether it delivers the packet and an answer to it comes back.
    pub appliance: Option<FactId>,
    /// By which of its interfaces forwarded packets leave; the longest prefix wins, and what none
    /// holds leaves by the interface it came to.
    pub routes: Vec<HostRoute>,
}

/// A route of an instance itself, for what it forwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRoute {
    /// The prefix of the destinations.
    pub destination: IpNet,
    /// The interface of the instance by which they leave.
    pub interface: InterfaceId,
    /// Where the route is written.
    pub origin: Origin,
}

/// A service that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// A name, such as `postgres`.
    pub name: Option<String>,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The ports.
    pub ports: PortRange,
    /// The addresses it listens on.
    pub listen: Listen,
    /// Where it is written.
    pub origin: Origin,
}

/// The addresses a service listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listen {
    /// Every address of both families (`*`, or `::` of a dual-stack socket).
    Any,
    /// Every IPv4 address (`0.0.0.0`).
    AnyV4,
    /// Every IPv6 address (`[::]` with `IPV6_V6ONLY`).
    AnyV6,
    /// Every address, but only of packets that arrive at this interface (`SO_BINDTODEVICE`).
    Interface(InterfaceId),
    /// One address; a loopback address is never reached from outside.
    Address(IpAddr),
}

/// A peering between two VPCs.
#[derive(Clone, Debug)]
pub struct Peering {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC that asked for it.
    pub requester: VpcId,
    /// The VPC that was asked.
    pub accepter: VpcId,
    /// How far it has come.
    pub status: PeeringStatus,
    /// The cloud firewall between the two, where there is one (its border between VPCs).
    pub firewall: Option<CloudFirewallId>,
}

impl Peering {
    /// Returns the VPC on the other side, or `None` when `vpc` is on neither.
    #[must_use]
    pub fn other_side(&self, vpc: VpcId) -> Option<VpcId> {
        if vpc == self.requester {
            Some(self.accepter)
        } else if vpc == self.accepter {
            Some(self.requester)
        } else {
            None
        }
    }
}

/// How far a peering has come; only an active one forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeeringStatus {
    /// Forwards.
    Active,
    /// Waits for the other side to accept.
    PendingAcceptance,
    /// The other side said no.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// Deleted, or failed.
    Gone,
}

/// An Internet gateway.
#[derive(Clone, Debug)]
pub struct InternetGateway {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it is attached to.
    pub vpc: Option<VpcId>,
    /// Whether it carries only IPv6 packets out and their replies back.
    pub egress_only: bool,
    /// The table that routes what enters through it (a gateway route table), where it has one.
    pub route_table: Option<RouteTableId>,
}

/// A public address and what it stands for.
#[derive(Clone, Debug)]
pub struct PublicAddress {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The address.
    pub address: IpAddr,
    /// What packets to it reach; nothing when `None`.
    pub target: Option<PublicAddressTarget>,
    /// The cloud firewall that protects it, where one does (its Internet border).
    pub firewall: Option<CloudFirewallId>,
}

/// What a public address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicAddressTarget {
    /// One private address of an interface, one to one.
    Interface {
        /// The interface.
        interface: InterfaceId,
        /// The private address on it.
        address: IpAddr,
    },
    /// A virtual address, one to one.
    VirtualAddress(VirtualAddressId),
    /// A NAT gateway placed at the VPC ([`NatPlacement::Vpc`]).
    NatGateway(NatGatewayId),
    /// Something the input does not describe; the fact says whether it takes the packet and answers.
    Unresolved(FactId),
}

/// A NAT gateway, for IPv4.
#[derive(Clone, Debug)]
pub struct NatGateway {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// The VPC it serves.
    pub vpc: VpcId,
    /// Where it stands.
    pub placement: NatPlacement,
    /// Which sources are translated, and to what; the first that matches counts. Not used by a
    /// gateway in a subnet, which translates every source to one of its own addresses.
    pub source_translations: Vec<SourceTranslation>,
    /// Which public address and port is translated to which private one; used by a gateway at the
    /// VPC; the first that matches counts.
    pub destination_translations: Vec<DestinationTranslation>,
    /// The cloud firewall in front of it, where there is one (its NAT border).
    pub firewall: Option<CloudFirewallId>,
}

/// Where a NAT gateway stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NatPlacement {
    /// In a subnet, as an interface of its own: the subnet's ACL and route table apply to what it
    /// sends on, from one of the interface's IPv4 addresses, which it picks for each connection; and
    /// the public address of that one is used on the Internet (AWS).
    Subnet(InterfaceId),
    /// At the VPC's edge, outside every subnet, with public addresses of its own (Huawei).
    Vpc,
}

/// A source translation (SNAT) of a gateway at the VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTranslation {
    /// Which packets.
    pub source: TranslationSource,
    /// The public addresses used; the gateway picks one.
    pub addresses: Vec<IpAddr>,
    /// Where it is written.
    pub origin: Origin,
}

/// Which packets a source translation applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranslationSource {
    /// Those whose source address is in the subnet's blocks and that were sent in its VPC.
    Subnet(SubnetId),
    /// Those whose source address is in the block.
    Cidr(IpNet),
}

/// A destination translation (DNAT) of a gateway at the VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationTranslation {
    /// The public address that packets arrive for.
    pub public_address: IpAddr,
    /// TCP or UDP; every protocol, with every port unchanged, when `None`.
    pub protocol: Option<Protocol>,
    /// The ports that packets arrive for.
    pub public_ports: PortRange,
    /// The private address they go to.
    pub private_address: IpAddr,
    /// The first private port; ports map one to one, in order.
    pub private_port: u16,
    /// Where it is written.
    pub origin: Origin,
}

/// A named network on the Internet.
#[derive(Clone, Debug)]
pub struct OutsideNetwork {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// Its public address blocks.
    pub cidrs: Vec<IpNet>,
}

impl DestinationTranslation {
    /// Returns the private ports, first to last.
    #[must_use]
    pub fn private_ports(&self) -> PortSet {
        let length = self.public_ports.last().saturating_sub(self.public_ports.first());
        PortSet::range(self.private_port, self.private_port.saturating_add(length))
    }
}
