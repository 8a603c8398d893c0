//! Builds small networks and asks about them.

use canreach_eval::{Decision, Evaluator, Flow, Outcome, RoundTrip, Trace, round_trip};
use canreach_model::{
    Action, AddressMatch, Choices, Direction, Endpoint, Fact, FactId, IcmpMatch, ImpliedBy,
    Instance, Interface, InterfaceId, InterfaceOwner, InternetGateway, InternetGatewayId, Layer,
    LocalRoutes, Meta, NatGateway, NatGatewayId, NatPlacement, Network, NetworkAcl, NetworkAclId,
    Origin, PacketMatch, Peering, PeeringId, PeeringStatus, Place, Polarity, Profile, ProfileName,
    PublicAddress, PublicAddressTarget, Route, RouteTable, RouteTableId, RouteTarget, Rule,
    RuleOwner, RuleRef, RuleSet, SecurityGroup, SecurityGroupId, Service, Setting, Subnet,
    SubnetId, Valuation, Vpc, VpcId,
};
use canreach_net::{Header, Icmp, IpNet, PortRange, PortSet, Ports, Protocol, Transport};

/// A network in the making, with the facts and choices under which to ask.
pub(crate) struct Lab {
    pub(crate) network: Network,
    /// The profile of the VPCs to come.
    pub(crate) profile: Profile,
    pub(crate) valuation: Valuation,
    pub(crate) choices: Choices,
    /// A group that lets everything through.
    pub(crate) open: SecurityGroupId,
}

pub(crate) fn origin() -> Origin {
    Origin::Implied(ImpliedBy::MissingInput)
}

pub(crate) fn meta(id: &str) -> Meta {
    Meta::new(id, origin())
}

pub(crate) fn all<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &str) -> Vec<T> {
    texts.split_whitespace().map(|text| text.parse().unwrap()).collect()
}

impl Lab {
    pub(crate) fn new(profile: ProfileName) -> Self {
        let mut network = Network::default();
        let profile = Profile::new(profile, &mut network.facts);
        let rules = RuleSet { ingress: vec![allow()], egress: vec![allow()] };
        let open =
            network.security_groups.push(SecurityGroup { meta: meta("open"), vpc: None, rules });
        let (valuation, choices) = (Valuation::default(), Choices::default());
        Self { network, profile, valuation, choices, open }
    }

    pub(crate) fn vpc(&mut self, cidrs: &str) -> VpcId {
        let id = self.network.vpcs.next_id().unwrap();
        let table = RouteTable { meta: meta("table"), vpc: id, routes: Vec::new() };
        let default_route_table = self.network.route_tables.push(table);
        self.network.vpcs.push(Vpc {
            meta: meta("vpc"),
            profile: self.profile.clone(),
            cidrs: all(cidrs),
            default_route_table,
            unlisted: None,
        });
        self.add_local_routes(default_route_table);
        id
    }

    /// Adds a route table with its local routes.
    pub(crate) fn table(&mut self, vpc: VpcId) -> RouteTableId {
        let table = RouteTable { meta: meta("table"), vpc, routes: Vec::new() };
        let id = self.network.route_tables.push(table);
        self.add_local_routes(id);
        id
    }

    pub(crate) fn default_table(&self, vpc: VpcId) -> RouteTableId {
        self.network.vpcs[vpc].default_route_table
    }

    fn add_local_routes(&mut self, table: RouteTableId) {
        let vpc = self.network.route_tables[table].vpc;
        let blocks: Vec<IpNet> = match self.network.vpcs[vpc].profile.routing.local_routes {
            LocalRoutes::VpcCidrs => self.network.vpcs[vpc].cidrs.clone(),
            LocalRoutes::SubnetCidrs => {
                let subnets = self.network.subnets.iter().filter(|(_, it)| it.vpc == vpc);
                subnets.flat_map(|(_, it)| it.cidrs.clone()).collect()
            }
        };
        let routes = &mut self.network.route_tables[table].routes;
        for destination in blocks {
            if routes.iter().all(|route| route.destination != destination) {
                routes.push(Route { destination, target: RouteTarget::Local, origin: origin() });
            }
        }
    }

    pub(crate) fn route(&mut self, table: RouteTableId, destination: &str, target: RouteTarget) {
        let destination = destination.parse().unwrap();
        let route = Route { destination, target, origin: origin() };
        self.network.route_tables[table].routes.push(route);
    }

    /// Adds a subnet with the default table and without an ACL.
    pub(crate) fn subnet(&mut self, vpc: VpcId, cidrs: &str) -> SubnetId {
        let id = self.network.subnets.push(Subnet {
            meta: meta("subnet"),
            vpc,
            cidrs: all(cidrs),
            route_table: self.default_table(vpc),
            network_acl: None,
            zone: None,
        });
        for table in self.network.route_tables.ids() {
            if self.network.route_tables[table].vpc == vpc {
                self.add_local_routes(table);
            }
        }
        id
    }

    pub(crate) fn acl(&mut self, ingress: Vec<Rule>, egress: Vec<Rule>) -> NetworkAclId {
        let rules = RuleSet { ingress, egress };
        self.network.network_acls.push(NetworkAcl { meta: meta("acl"), rules })
    }

    pub(crate) fn put_acl(&mut self, subnet: SubnetId, acl: NetworkAclId) -> Layer {
        self.network.subnets[subnet].network_acl = Some(acl);
        Layer::NetworkAcl(acl, subnet)
    }

    pub(crate) fn group(&mut self, ingress: Vec<Rule>, egress: Vec<Rule>) -> SecurityGroupId {
        let rules = RuleSet { ingress, egress };
        let group = SecurityGroup { meta: meta("group"), vpc: None, rules };
        self.network.security_groups.push(group)
    }

    pub(crate) fn put_groups(&mut self, interface: InterfaceId, groups: &[SecurityGroupId]) {
        self.network.interfaces[interface].security_groups = groups.to_vec();
    }

    /// Adds an interface of an instance of its own, in the open group, services unknown.
    pub(crate) fn host(&mut self, subnet: SubnetId, addresses: &str) -> InterfaceId {
        let instance = Instance {
            meta: meta("instance"),
            running: true,
            services: None,
            firewall: None,
            forwards: Setting::Decided(false),
            appliance: None,
            routes: Vec::new(),
        };
        let instance = self.network.instances.push(instance);
        self.interface(subnet, addresses, InterfaceOwner::Instance(instance))
    }

    pub(crate) fn interface(
        &mut self,
        subnet: SubnetId,
        addresses: &str,
        owner: InterfaceOwner,
    ) -> InterfaceId {
        self.network.interfaces.push(Interface {
            meta: meta("interface"),
            subnet,
            addresses: all(addresses),
            security_groups: vec![self.open],
            filtered: true,
            internet_gateway_denied: false,
            egress_only_gateway_denied: false,
            source_dest_check: false,
            owner,
        })
    }

    pub(crate) fn put_services(&mut self, interface: InterfaceId, services: Vec<Service>) -> Layer {
        let InterfaceOwner::Instance(instance) = self.network.interfaces[interface].owner else {
            unreachable!("only instances have services");
        };
        self.network.instances[instance].services = Some(services);
        Layer::Listener(instance, Some(interface))
    }

    pub(crate) fn peering(&mut self, requester: VpcId, accepter: VpcId) -> PeeringId {
        let status = PeeringStatus::Active;
        self.network.peerings.push(Peering {
            meta: meta("peering"),
            requester,
            accepter,
            status,
            firewall: None,
        })
    }

    pub(crate) fn internet_gateway(&mut self, vpc: VpcId) -> InternetGatewayId {
        self.network.internet_gateways.push(InternetGateway {
            meta: meta("igw"),
            vpc: Some(vpc),
            egress_only: false,
            route_table: None,
        })
    }

    /// Lets a public address stand for the first address of an interface.
    pub(crate) fn public_address(&mut self, address: &str, interface: InterfaceId) {
        let private = *self.network.interfaces[interface].addresses.first().unwrap();
        let target = PublicAddressTarget::Interface { interface, address: private };
        self.public_address_of(address, Some(target));
    }

    pub(crate) fn public_address_of(&mut self, address: &str, target: Option<PublicAddressTarget>) {
        let address = address.parse().unwrap();
        let row = PublicAddress { meta: meta("eip"), address, target, firewall: None };
        self.network.public_addresses.push(row);
    }

    /// Adds a NAT gateway at the VPC, without translations and public addresses.
    pub(crate) fn nat_at_vpc(&mut self, vpc: VpcId) -> NatGatewayId {
        self.nat(vpc, NatPlacement::Vpc)
    }

    /// Adds a NAT gateway in a subnet and its interface there.
    pub(crate) fn nat_in_subnet(
        &mut self,
        subnet: SubnetId,
        address: &str,
    ) -> (NatGatewayId, InterfaceId) {
        let gateway = self.network.nat_gateways.next_id().unwrap();
        let interface = self.interface(subnet, address, InterfaceOwner::NatGateway(gateway));
        self.network.interfaces[interface].filtered = false;
        let vpc = self.network.subnets[subnet].vpc;
        (self.nat(vpc, NatPlacement::Subnet(interface)), interface)
    }

    fn nat(&mut self, vpc: VpcId, placement: NatPlacement) -> NatGatewayId {
        self.network.nat_gateways.push(NatGateway {
            meta: meta("nat"),
            vpc,
            placement,
            source_translations: Vec::new(),
            destination_translations: Vec::new(),
            firewall: None,
        })
    }

    pub(crate) fn fact(&mut self) -> FactId {
        self.network.facts.push(Fact {
            statement: String::from("it holds"),
            settled_by: String::from("look"),
            origin: origin(),
            polarity: Polarity::Neither,
        })
    }

    pub(crate) fn ask(&self, from: Endpoint, header: Header, to: Endpoint) -> RoundTrip {
        let flow = Flow { start: from, header };
        assert!(flow.is_possible(&self.network), "the start cannot send {header}");
        let trip = round_trip(&self.network, &flow, to, &self.valuation, &self.choices);
        let indexed = Evaluator::new(&self.network);
        assert_eq!(indexed.round_trip(&flow, to, &self.valuation, &self.choices), trip);
        trip
    }
}

/// The end at an interface.
pub(crate) fn at(interface: InterfaceId) -> Endpoint {
    Endpoint::Interface(interface)
}

/// Reads `10.0.1.10:40000 -> 10.0.2.20:22`.
fn sockets(text: &str) -> (std::net::SocketAddr, std::net::SocketAddr) {
    let (source, destination) = text.split_once(" -> ").unwrap();
    (source.parse().unwrap(), destination.parse().unwrap())
}

fn with_ports(text: &str, transport: fn(Ports) -> Transport) -> Header {
    let (source, destination) = sockets(text);
    Header {
        source: source.ip(),
        destination: destination.ip(),
        transport: transport(Ports { source: source.port(), destination: destination.port() }),
    }
}

pub(crate) fn tcp(text: &str) -> Header {
    with_ports(text, Transport::Tcp)
}

pub(crate) fn udp(text: &str) -> Header {
    with_ports(text, Transport::Udp)
}

/// Reads `10.0.1.10 -> 10.0.2.20`.
pub(crate) fn plain(text: &str, transport: Transport) -> Header {
    let (source, destination) = text.split_once(" -> ").unwrap();
    let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
    Header { source, destination, transport }
}

pub(crate) fn icmp(text: &str, kind: u8, code: u8) -> Header {
    plain(text, Transport::Icmp(Icmp { kind, code }))
}

pub(crate) fn ping(text: &str) -> Header {
    icmp(text, 8, 0)
}

/// A rule that allows everything.
pub(crate) fn allow() -> Rule {
    rule(Action::Allow)
}

/// A rule that denies everything.
pub(crate) fn deny() -> Rule {
    rule(Action::Deny)
}

fn rule(action: Action) -> Rule {
    Rule {
        id: None,
        number: None,
        priority: None,
        action,
        matches: PacketMatch::everything(),
        origin: origin(),
    }
}

/// Narrows a rule, part by part.
pub(crate) trait Narrow: Sized {
    fn protocol(self, protocol: Protocol) -> Self;
    fn ports(self, ports: &str) -> Self;
    fn source_ports(self, ports: &str) -> Self;
    fn icmp(self, kind: Option<u8>, code: Option<u8>) -> Self;
    fn from(self, range: &str) -> Self;
    fn to(self, range: &str) -> Self;
    fn source_group(self, group: SecurityGroupId) -> Self;
    fn destination_group(self, group: SecurityGroupId) -> Self;
    fn priority(self, priority: u16) -> Self;
    fn if_fact(self, fact: FactId) -> Self;
}

impl Narrow for Rule {
    fn protocol(mut self, protocol: Protocol) -> Self {
        self.matches.protocol = Some(protocol);
        self
    }

    fn ports(mut self, ports: &str) -> Self {
        self.matches.destination_ports = PortSet::from(ports.parse::<PortRange>().unwrap());
        self
    }

    fn source_ports(mut self, ports: &str) -> Self {
        self.matches.source_ports = PortSet::from(ports.parse::<PortRange>().unwrap());
        self
    }

    fn icmp(mut self, kind: Option<u8>, code: Option<u8>) -> Self {
        self.matches.icmp = Some(IcmpMatch { kind, code });
        self
    }

    fn from(mut self, range: &str) -> Self {
        self.matches.source = AddressMatch::Range(range.parse().unwrap());
        self
    }

    fn to(mut self, range: &str) -> Self {
        self.matches.destination = AddressMatch::Range(range.parse().unwrap());
        self
    }

    fn source_group(mut self, group: SecurityGroupId) -> Self {
        self.matches.source = AddressMatch::SecurityGroup(group);
        self
    }

    fn destination_group(mut self, group: SecurityGroupId) -> Self {
        self.matches.destination = AddressMatch::SecurityGroup(group);
        self
    }

    fn priority(mut self, priority: u16) -> Self {
        self.priority = Some(priority);
        self
    }

    fn if_fact(mut self, fact: FactId) -> Self {
        self.matches.unresolved = Some(fact);
        self
    }
}

pub(crate) fn group_rule(group: SecurityGroupId, direction: Direction, index: usize) -> RuleRef {
    RuleRef { owner: RuleOwner::SecurityGroup(group), direction, index }
}

pub(crate) fn acl_rule(acl: NetworkAclId, direction: Direction, index: usize) -> RuleRef {
    RuleRef { owner: RuleOwner::NetworkAcl(acl), direction, index }
}

/// The places of a trace.
pub(crate) fn places(trace: &Trace) -> Vec<Place> {
    trace.hops.iter().map(|hop| hop.place).collect()
}

/// The headers with which a packet leaves the places of a trace, as printed.
pub(crate) fn headers(trace: &Trace) -> Vec<String> {
    trace.hops.iter().map(|hop| hop.header.to_string()).collect()
}

/// The decisions of the layers of one kind, as direction and outcome, in order.
pub(crate) fn outcomes(trace: &Trace, layer: Layer) -> Vec<(Direction, Outcome)> {
    of_layer(trace, layer).map(|it| (it.checkpoint.direction, it.outcome)).collect()
}

/// The decisions of one layer, in order.
pub(crate) fn of_layer(trace: &Trace, layer: Layer) -> impl Iterator<Item = &Decision> {
    trace.decisions().filter(move |it| it.checkpoint.layer == layer)
}
