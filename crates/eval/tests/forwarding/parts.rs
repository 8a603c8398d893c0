//! The rarer parts of a network: transit, premises, balancers, firewalls, virtual addresses.

use canreach_model::{
    AccessList, Action, AttachedTo, BalancerListener, BalancerTarget, BorderRules, Chain,
    ChainRule, ChainVerdict, CloudFirewall, CloudFirewallId, Connection, ConnectionId,
    ConnectionKind, Forwarding, GatewayEndpoint, GatewayEndpointId, HookPoint, HostFirewall,
    HostFirewallKind, HostRoute, InstanceId, InterfaceId, InterfaceOwner, Layer, LoadBalancer,
    LoadBalancerId, Policy, RemoteNetwork, RemoteNetworkId, Rule, Setting, SubnetId,
    TransitAttachment, TransitAttachmentId, TransitGateway, TransitGatewayId, TransitRoute,
    TransitRouteTable, TransitRouteTableId, TransitTarget, VirtualAddress, VirtualAddressId, VpcId,
};
use canreach_net::{PortRange, Protocol};

use crate::lab::{Lab, all, meta, origin};

impl Lab {
    pub(crate) fn zone(&mut self, subnet: SubnetId, zone: &str) {
        self.network.subnets[subnet].zone = Some(zone.to_owned());
    }

    pub(crate) fn transit(&mut self) -> TransitGatewayId {
        self.network.transit_gateways.push(TransitGateway {
            meta: meta("tgw"),
            firewall: None,
            group_references: false,
        })
    }

    pub(crate) fn transit_table(&mut self, gateway: TransitGatewayId) -> TransitRouteTableId {
        let table = TransitRouteTable { meta: meta("tgw-table"), gateway, routes: Vec::new() };
        self.network.transit_route_tables.push(table)
    }

    pub(crate) fn attach(
        &mut self,
        gateway: TransitGatewayId,
        to: AttachedTo,
        route_table: TransitRouteTableId,
    ) -> TransitAttachmentId {
        let route_table = Some(route_table);
        let row = TransitAttachment { meta: meta("attachment"), gateway, to, route_table };
        self.network.transit_attachments.push(row)
    }

    /// Attaches a VPC, through subnets or, without any, at its edge.
    pub(crate) fn attach_vpc(
        &mut self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        subnets: &[SubnetId],
        table: TransitRouteTableId,
    ) -> TransitAttachmentId {
        self.attach(gateway, to_vpc(vpc, subnets.to_vec()), table)
    }

    pub(crate) fn transit_route(
        &mut self,
        table: TransitRouteTableId,
        destination: &str,
        target: TransitTarget,
    ) {
        let destination = destination.parse().unwrap();
        let route = TransitRoute { destination, target, origin: origin() };
        self.network.transit_route_tables[table].routes.push(route);
    }

    pub(crate) fn remote(&mut self, cidrs: &str) -> RemoteNetworkId {
        let row = RemoteNetwork { meta: meta("premises"), cidrs: all(cidrs) };
        self.network.remote_networks.push(row)
    }

    pub(crate) fn connection(
        &mut self,
        remote: RemoteNetworkId,
        vpc: Option<VpcId>,
        advertised: &str,
    ) -> ConnectionId {
        self.network.connections.push(Connection {
            meta: meta("vpn"),
            kind: ConnectionKind::Vpn,
            up: true,
            remote,
            vpc,
            advertised: all(advertised),
            route_table: None,
        })
    }

    /// Adds a load balancer with one interface.
    pub(crate) fn balancer(
        &mut self,
        subnet: SubnetId,
        addresses: &str,
        listeners: Vec<BalancerListener>,
    ) -> (LoadBalancerId, InterfaceId) {
        let row = LoadBalancer { meta: meta("balancer"), listeners };
        let balancer = self.network.load_balancers.push(row);
        (balancer, self.interface(subnet, addresses, InterfaceOwner::LoadBalancer(balancer)))
    }

    pub(crate) fn virtual_address(
        &mut self,
        subnet: SubnetId,
        address: &str,
        interfaces: &[InterfaceId],
    ) -> VirtualAddressId {
        self.network.virtual_addresses.push(VirtualAddress {
            meta: meta("vip"),
            subnet,
            address: address.parse().unwrap(),
            interfaces: interfaces.to_vec(),
        })
    }

    pub(crate) fn endpoint(&mut self, vpc: VpcId) -> GatewayEndpointId {
        self.network.gateway_endpoints.push(GatewayEndpoint { meta: meta("endpoint"), vpc })
    }

    /// Adds a stateful cloud firewall that lets everything through.
    pub(crate) fn cloud_firewall(&mut self) -> CloudFirewallId {
        self.network.cloud_firewalls.push(CloudFirewall {
            meta: meta("cfw"),
            stateful: true,
            internet: BorderRules::default(),
            vpc: BorderRules::default(),
            nat: BorderRules::default(),
        })
    }

    /// Adds an interface of an instance that forwards.
    pub(crate) fn forwarder(&mut self, subnet: SubnetId, addresses: &str) -> InterfaceId {
        let interface = self.host(subnet, addresses);
        let instance = self.instance(interface);
        self.network.instances[instance].forwards = Setting::Decided(true);
        interface
    }

    /// Adds another interface to the instance of an interface.
    pub(crate) fn sibling(
        &mut self,
        of: InterfaceId,
        subnet: SubnetId,
        addresses: &str,
    ) -> InterfaceId {
        let owner = self.network.interfaces[of].owner;
        self.interface(subnet, addresses, owner)
    }

    pub(crate) fn instance(&self, interface: InterfaceId) -> InstanceId {
        self.network.instance_of(interface).unwrap()
    }

    /// Adds a route of the instance of an interface itself.
    pub(crate) fn host_route(&mut self, destination: &str, interface: InterfaceId) {
        let instance = self.instance(interface);
        let destination = destination.parse().unwrap();
        let route = HostRoute { destination, interface, origin: origin() };
        self.network.instances[instance].routes.push(route);
    }

    /// Gives the instance of an interface a firewall; returns the layer at that interface.
    pub(crate) fn put_firewall(&mut self, interface: InterfaceId, chains: Vec<Chain>) -> Layer {
        let instance = self.instance(interface);
        let kind = HostFirewallKind::Linux;
        self.network.instances[instance].firewall =
            Some(HostFirewall { kind, chains, origin: origin() });
        Layer::HostFirewall(interface)
    }
}

/// A VPC as it is attached: in no appliance mode, without references to groups.
pub(crate) fn to_vpc(vpc: VpcId, subnets: Vec<SubnetId>) -> AttachedTo {
    AttachedTo::Vpc { vpc, subnets, appliance_mode: false, group_references: false }
}

/// A listener for one TCP port, with targets such as `10.0.2.20` or `10.0.2.20:8080`.
pub(crate) fn listener(port: u16, forwarding: Forwarding, targets: &str) -> BalancerListener {
    let target = |text: &str| {
        let (address, port) = match text.parse::<std::net::SocketAddr>() {
            Ok(socket) => (socket.ip(), Some(socket.port())),
            Err(_) => (text.parse().unwrap(), None),
        };
        BalancerTarget { address, port, nodes: None, origin: origin() }
    };
    BalancerListener {
        protocol: Protocol::TCP,
        family: None,
        ports: PortRange::single(port),
        forwarding,
        targets: targets.split_whitespace().map(target).collect(),
        access: None,
        origin: origin(),
    }
}

pub(crate) fn access(rules: Vec<Rule>, default: Action) -> AccessList {
    AccessList { rules, default }
}

/// A base chain.
pub(crate) fn base(hook: HookPoint, policy: Policy, rules: Vec<ChainRule>) -> Chain {
    Chain { base: Some((hook, policy)), ..chain(rules) }
}

/// A chain that only other chains lead to.
pub(crate) fn chain(rules: Vec<ChainRule>) -> Chain {
    Chain { name: String::from("chain"), base: None, rules, origin: origin() }
}

/// A rule of a chain for what a rule matches.
pub(crate) fn when(rule: Rule, verdict: ChainVerdict) -> ChainRule {
    ChainRule {
        name: None,
        matches: rule.matches,
        states: None,
        input: None,
        output: None,
        verdict,
        origin: origin(),
    }
}
