//! A small network, and trips through it as short as they can be: every crossing in one step.
//!
//! ```text
//! VPC `main` 10.0.0.0/16, 2001:db8::/56
//!   subnet `a` 10.0.1.0/24   web 10.0.1.10, 2001:db8::10
//!   subnet `b` 10.0.2.0/24   db  10.0.2.20, 2001:db8::20
//! ```

use canreach_model::{
    Action, AddressGroup, AddressGroupEntry, AddressGroupId, AddressMatch, Checkpoint, Choices,
    Direction, Endpoint, Fact, FactId, IcmpMatch, ImpliedBy, Instance, InstanceId, Interface,
    InterfaceId, InterfaceOwner, Layer, Listen, Meta, NatGateway, NatGatewayId, NatPlacement,
    Network, NetworkAcl, NetworkAclId, Origin, PacketMatch, Pass, Place, Polarity, Profile,
    ProfileName, RouteTable, Rule, RuleSet, SecurityGroup, SecurityGroupId, Service, Setting,
    Subnet, SubnetId, Translator, Valuation, Vpc, VpcId,
};
use canreach_net::{
    AddressSet, Family, Header, Icmp, IpNet, PortRange, PortSet, Ports, Protocol, ProtocolSet,
    RangeSet, Transport,
};
use canreach_topology::{
    AddressView, Condition, Crossing, End, Guard, HeaderSet, HeaderView, PortView, Step, Trip, Walk,
};
use petgraph::graph::NodeIndex;

use crate::{Aim, Decision, Groups, Limits, Subject, Undecided, Witness, decide};

pub(super) const INGRESS: Direction = Direction::Ingress;
pub(super) const EGRESS: Direction = Direction::Egress;

pub(super) struct Net {
    pub(super) network: Network,
    pub(super) vpc: VpcId,
    pub(super) a: SubnetId,
    pub(super) b: SubnetId,
    pub(super) web: InterfaceId,
    pub(super) db: InterfaceId,
}

pub(super) fn meta(id: &str) -> Meta {
    Meta::new(id, origin())
}

pub(super) fn origin() -> Origin {
    Origin::Implied(ImpliedBy::DefaultObject)
}

pub(super) fn net(profile: ProfileName) -> Net {
    let mut network = Network::default();
    let vpc = add_vpc(&mut network, "main", profile, "10.0.0.0/16");
    network.vpcs[vpc].cidrs.push("2001:db8::/56".parse().unwrap());
    let a = add_subnet(&mut network, vpc, "10.0.1.0/24");
    let b = add_subnet(&mut network, vpc, "10.0.2.0/24");
    let web = add_interface(&mut network, a, &["10.0.1.10", "2001:db8::10"]);
    let db = add_interface(&mut network, b, &["10.0.2.20", "2001:db8::20"]);
    Net { network, vpc, a, b, web, db }
}

pub(super) fn add_vpc(network: &mut Network, id: &str, profile: ProfileName, cidr: &str) -> VpcId {
    let profile = Profile::new(profile, &mut network.facts);
    let vpc = network.vpcs.next_id().unwrap();
    let default_route_table =
        network.route_tables.push(RouteTable { meta: meta(id), vpc, routes: Vec::new() });
    let cidrs = vec![cidr.parse().unwrap()];
    network.vpcs.push(Vpc { meta: meta(id), profile, cidrs, default_route_table, unlisted: None })
}

pub(super) fn add_subnet(network: &mut Network, vpc: VpcId, cidr: &str) -> SubnetId {
    let route_table = network.vpcs[vpc].default_route_table;
    let cidrs: Vec<IpNet> = vec![cidr.parse().unwrap()];
    network.subnets.push(Subnet {
        meta: meta(cidr),
        vpc,
        cidrs,
        route_table,
        network_acl: None,
        zone: None,
    })
}

pub(super) fn add_interface(
    network: &mut Network,
    subnet: SubnetId,
    addresses: &[&str],
) -> InterfaceId {
    network.interfaces.push(Interface {
        meta: meta(addresses[0]),
        subnet,
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        security_groups: Vec::new(),
        filtered: true,
        internet_gateway_denied: false,
        egress_only_gateway_denied: false,
        source_dest_check: true,
        owner: InterfaceOwner::Service,
    })
}

impl Net {
    /// Adds a security group to an interface.
    pub(super) fn group(
        &mut self,
        interface: InterfaceId,
        direction: Direction,
        rules: impl IntoIterator<Item = Rule>,
    ) -> SecurityGroupId {
        let rules = rule_set(direction, rules);
        let group = SecurityGroup { meta: meta("sg"), vpc: None, rules };
        let group = self.network.security_groups.push(group);
        self.network.interfaces[interface].security_groups.push(group);
        group
    }

    /// Adds a network ACL.
    pub(super) fn acl(
        &mut self,
        direction: Direction,
        rules: impl IntoIterator<Item = Rule>,
    ) -> NetworkAclId {
        let rules = rule_set(direction, rules);
        self.network.network_acls.push(NetworkAcl { meta: meta("acl"), rules })
    }

    /// Adds a fact.
    pub(super) fn fact(&mut self, polarity: Polarity) -> FactId {
        self.network.facts.push(Fact {
            statement: String::from("it is so"),
            settled_by: String::from("a look"),
            origin: origin(),
            polarity,
        })
    }

    pub(super) fn address_group(&mut self, entries: &[&str]) -> AddressGroupId {
        let entry =
            |text: &&str| AddressGroupEntry { range: text.parse().unwrap(), origin: origin() };
        let entries = entries.iter().map(entry).collect();
        self.network.address_groups.push(AddressGroup { meta: meta("group"), entries })
    }

    pub(super) fn instance(&mut self, services: Option<Vec<Service>>) -> InstanceId {
        self.network.instances.push(Instance {
            meta: meta("vm"),
            running: true,
            services,
            firewall: None,
            forwards: Setting::Decided(false),
            appliance: None,
            routes: Vec::new(),
        })
    }

    pub(super) fn nat(&mut self) -> NatGatewayId {
        self.network.nat_gateways.push(NatGateway {
            meta: meta("nat"),
            vpc: self.vpc,
            placement: NatPlacement::Vpc,
            source_translations: Vec::new(),
            destination_translations: Vec::new(),
            firewall: None,
        })
    }

    pub(super) fn to(&self) -> Endpoint {
        Endpoint::Interface(self.db)
    }

    pub(super) fn decide(&self, trips: &[Trip], aim: Aim) -> Decision {
        let (network, limits) = (&self.network, Limits::default());
        let (decision, _) = decide(network, trips, self.to(), aim, &[], limits);
        let groups = Groups::of(network);
        let indexed = Subject::new(network, &groups);
        assert_eq!(decide(indexed, trips, self.to(), aim, &[], limits).0, decision);
        decision
    }

    /// Whether one packet passes one crossing, asked alone and among all others of its protocol.
    pub(super) fn passes(&self, crossing: Crossing, header: &Header) -> bool {
        let alone = match self.judge(crossing, header) {
            Decision::Reachable(witness) => {
                assert_eq!(witness.header, *header);
                true
            }
            Decision::Unreachable => false,
            Decision::Unknown(why) => panic!("undecided: {why:?}"),
        };
        let mut request = self.request(all_of(header), vec![crossing]);
        request.guard.conditions = pins(header);
        let decision = self.decide(&[trip(request, vec![])], Aim::Delivered);
        assert_eq!(decision != Decision::Unreachable, alone, "what may be left out is");
        alone
    }

    /// Decides whether one packet passes one crossing.
    pub(super) fn judge(&self, crossing: Crossing, header: &Header) -> Decision {
        let request = self.request(only(header), vec![crossing]);
        self.decide(&[Trip { request, replies: Vec::new() }], Aim::Delivered)
    }

    /// A request that arrives at `db`.
    pub(super) fn request(&self, headers: HeaderSet, crossings: Vec<Crossing>) -> Walk {
        walk(Pass::Request, headers, crossings, End::Arrived(self.to()))
    }

    /// A reply that arrives at `web`.
    pub(super) fn reply(&self, headers: HeaderSet, crossings: Vec<Crossing>) -> Walk {
        walk(Pass::Reply, headers, crossings, End::Arrived(Endpoint::Interface(self.web)))
    }
}

fn rule_set(direction: Direction, rules: impl IntoIterator<Item = Rule>) -> RuleSet {
    let rules = rules.into_iter().collect();
    match direction {
        Direction::Ingress => RuleSet { ingress: rules, egress: Vec::new() },
        Direction::Egress => RuleSet { ingress: Vec::new(), egress: rules },
    }
}

pub(super) fn walk(pass: Pass, headers: HeaderSet, crossings: Vec<Crossing>, end: End) -> Walk {
    let step = Step {
        place: Place::Internet,
        node: NodeIndex::new(0),
        header: HeaderView::ORIGINAL,
        crossings,
        route: None,
        transit_route: None,
        assumed: Vec::new(),
    };
    let guard = Guard { headers, conditions: Vec::new(), picks: Vec::new() };
    Walk { pass, steps: vec![step], guard, end }
}

/// A crossing of the original header.
pub(super) fn crossing(layer: Layer, direction: Direction) -> Crossing {
    let checkpoint = Checkpoint { layer, direction };
    Crossing {
        checkpoint,
        header: HeaderView::ORIGINAL,
        as_reply: false,
        known: false,
        forwarded: false,
        sent_on_by: None,
    }
}

/// The security groups of an interface.
pub(super) fn sg(interface: InterfaceId, direction: Direction) -> Crossing {
    crossing(Layer::SecurityGroups(interface), direction)
}

/// The same crossing by the header that answers.
pub(super) fn of_reply(crossing: Crossing) -> Crossing {
    Crossing { header: crossing.header.reply(), ..crossing }
}

pub(super) fn trip(request: Walk, replies: Vec<Walk>) -> Trip {
    Trip { request, replies }
}

pub(super) fn addresses(text: &str) -> AddressSet {
    text.parse::<canreach_net::AddressRange>().unwrap().into()
}

/// Every header from `web` to `db` of IPv4.
pub(super) fn web_to_db() -> HeaderSet {
    HeaderSet::between(addresses("10.0.1.10"), addresses("10.0.2.20"))
}

/// Every TCP header from `web` to `db`, to these ports.
pub(super) fn tcp_to(ports: PortSet) -> HeaderSet {
    HeaderSet {
        protocols: ProtocolSet::single(Protocol::TCP.0),
        destination_ports: ports,
        ..web_to_db()
    }
}

/// The set of one header.
pub(super) fn only(header: &Header) -> HeaderSet {
    let protocol = header.transport.protocol();
    let mut set = HeaderSet::between(header.source.into(), header.destination.into());
    set.protocols = ProtocolSet::single(protocol.0);
    if let Some(ports) = header.transport.ports() {
        set.source_ports = PortSet::single(ports.source);
        set.destination_ports = PortSet::single(ports.destination);
    }
    if let Some(icmp) = header.transport.icmp() {
        set.icmp_types = RangeSet::single(icmp.kind);
        set.icmp_codes = RangeSet::single(icmp.code);
    }
    set
}

/// All headers of a header's family and protocol, or message, so that the formula itself has to tell them apart.
pub(super) fn all_of(header: &Header) -> HeaderSet {
    let HeaderSet { protocols, icmp_types, icmp_codes, .. } = only(header);
    HeaderSet { protocols, icmp_types, icmp_codes, ..of_family(header.family()) }
}

/// All headers of a family.
pub(super) fn of_family(family: Family) -> HeaderSet {
    let all = AddressSet::from(family.everywhere());
    HeaderSet::between(all.clone(), all)
}

/// Pins addresses and ports by conditions, which no rule is left out for.
pub(super) fn pins(header: &Header) -> Vec<Condition> {
    let address = |view, address| Condition::SameAddress(view, AddressView::Fixed(address), true);
    let port = |view, port| Condition::SamePort(view, PortView::Fixed(port), true);
    let mut pins = vec![
        address(AddressView::Source, header.source),
        address(AddressView::Destination, header.destination),
    ];
    if let Some(ports) = header.transport.ports() {
        pins.push(port(PortView::Source, ports.source));
        pins.push(port(PortView::Destination { shift: 0 }, ports.destination));
    }
    pins
}

pub(super) fn header(source: &str, destination: &str, transport: Transport) -> Header {
    Header { source: source.parse().unwrap(), destination: destination.parse().unwrap(), transport }
}

pub(super) fn tcp(source: u16, destination: u16) -> Transport {
    Transport::Tcp(Ports { source, destination })
}

pub(super) fn udp(source: u16, destination: u16) -> Transport {
    Transport::Udp(Ports { source, destination })
}

pub(super) fn icmp(kind: u8, code: u8) -> Transport {
    Transport::Icmp(Icmp { kind, code })
}

/// A packet from `web` to `db`.
pub(super) fn to_db(transport: Transport) -> Header {
    header("10.0.1.10", "10.0.2.20", transport)
}

pub(super) fn service(protocol: Protocol, port: u16, listen: Listen) -> Service {
    Service { name: None, protocol, ports: PortRange::single(port), listen, origin: origin() }
}

/// Rules, written as `allow().tcp(22).from("10.0.0.0/8").rule()`.
pub(super) struct Write(Rule);

pub(super) fn allow() -> Write {
    write(Action::Allow)
}

pub(super) fn deny() -> Write {
    write(Action::Deny)
}

fn write(action: Action) -> Write {
    Write(Rule {
        id: None,
        number: None,
        priority: None,
        action,
        matches: PacketMatch::everything(),
        origin: origin(),
    })
}

impl From<Write> for Rule {
    fn from(write: Write) -> Self {
        write.0
    }
}

impl Write {
    pub(super) fn rule(self) -> Rule {
        self.0
    }

    pub(super) fn protocol(mut self, protocol: Protocol) -> Self {
        self.0.matches.protocol = Some(protocol);
        self
    }

    pub(super) fn ports(mut self, first: u16, last: u16) -> Self {
        self.0.matches.destination_ports = PortSet::range(first, last);
        self
    }

    pub(super) fn source_ports(mut self, first: u16, last: u16) -> Self {
        self.0.matches.source_ports = PortSet::range(first, last);
        self
    }

    pub(super) fn tcp(self, port: u16) -> Self {
        self.protocol(Protocol::TCP).ports(port, port)
    }

    pub(super) fn icmp(mut self, kind: Option<u8>, code: Option<u8>) -> Self {
        self.0.matches.icmp = Some(IcmpMatch { kind, code });
        self
    }

    pub(super) fn family(mut self, family: Family) -> Self {
        self.0.matches.family = Some(family);
        self
    }

    pub(super) fn from(self, range: &str) -> Self {
        self.source(AddressMatch::Range(range.parse().unwrap()))
    }

    pub(super) fn to(mut self, range: &str) -> Self {
        self.0.matches.destination = AddressMatch::Range(range.parse().unwrap());
        self
    }

    pub(super) fn destination(mut self, destination: AddressMatch) -> Self {
        self.0.matches.destination = destination;
        self
    }

    pub(super) fn source(mut self, source: AddressMatch) -> Self {
        self.0.matches.source = source;
        self
    }

    pub(super) fn priority(mut self, priority: u16) -> Self {
        self.0.priority = Some(priority);
        self
    }

    pub(super) fn given(mut self, fact: FactId) -> Self {
        self.0.matches.unresolved = Some(fact);
        self
    }
}

pub(super) fn reachable(decision: Decision) -> Witness {
    match decision {
        Decision::Reachable(witness) => witness,
        Decision::Unreachable | Decision::Unknown(_) => panic!("{decision:?}"),
    }
}

/// The sets of deciding facts without their values, and the flow that passes with the first set.
pub(super) fn deciding(decision: Decision) -> (Vec<Vec<FactId>>, Witness) {
    match decision {
        Decision::Unknown(Undecided::Facts { sets, if_so }) => {
            let facts = |set: &Vec<(FactId, bool)>| set.iter().map(|(fact, _)| *fact).collect();
            (sets.iter().map(facts).collect(), if_so)
        }
        Decision::Reachable(_)
        | Decision::Unreachable
        | Decision::Unknown(Undecided::Limit { .. }) => {
            panic!("{decision:?}")
        }
    }
}

pub(super) fn values(values: &[(FactId, bool)]) -> Valuation {
    values.iter().copied().collect()
}

pub(super) fn chosen(ports: &[(NatGatewayId, u16)]) -> Choices {
    let ports = ports.iter().map(|(gateway, port)| (Translator::NatGateway(*gateway), *port));
    Choices { ports: ports.collect(), ..Choices::default() }
}
