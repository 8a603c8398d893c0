//! Small networks by hand: one call for each object, addresses as text.
//!
//! It fills in what importers fill in: every VPC has a default route table, every table the local
//! routes of its VPC's profile, every interface an instance of its own. What a test does not
//! mention filters nothing.

mod balancer;
mod firewall;
mod transit;

use std::net::IpAddr;

use canreach_model::{
    Action, AddressMatch, DestinationTranslation, Direction, Fact, FactId, ImpliedBy, Instance,
    InstanceId, Interface, InterfaceId, InterfaceOwner, InternetGateway, InternetGatewayId,
    LocalRoutes, Meta, NatGateway, NatGatewayId, NatPlacement, Network, NetworkAcl, NetworkAclId,
    Origin, PacketMatch, Peering, PeeringId, PeeringStatus, Polarity, Profile, ProfileName,
    PublicAddress, PublicAddressId, PublicAddressTarget, Route, RouteTable, RouteTableId,
    RouteTarget, Rule, RuleSet, SecurityGroup, SecurityGroupId, Setting, Subnet, SubnetId, Vpc,
    VpcId,
};
use canreach_net::{AddressRange, IpNet, PortRange, PortSet, Protocol};

pub use firewall::{base_chain, chain, chain_far_side, chain_ports, chain_rule, in_states};

/// Where everything here comes from.
pub(crate) const ORIGIN: Origin = Origin::Implied(ImpliedBy::DefaultObject);

/// A network under construction.
#[derive(Clone, Debug)]
pub struct Builder {
    /// What there is so far; anything can be changed by hand.
    pub network: Network,
    /// The profile of VPCs to come.
    pub profile: Profile,
}

impl Builder {
    /// Returns an empty network whose VPCs have this profile, with the facts it brings along.
    #[must_use]
    pub fn new(profile: ProfileName) -> Self {
        let mut network = Network::default();
        let profile = Profile::new(profile, &mut network.facts);
        Self { network, profile }
    }

    /// Returns the network, with local routes in every table.
    #[must_use]
    pub fn build(mut self) -> Network {
        add_local_routes(&mut self.network);
        self.network
    }

    /// Adds a VPC with a default route table.
    ///
    /// # Panics
    /// When there are 2³² VPCs.
    #[expect(clippy::expect_used, reason = "for tests; a network has few VPCs")]
    pub fn vpc(&mut self, cidrs: &[&str]) -> VpcId {
        let id = self.network.vpcs.next_id().expect("few VPCs");
        let default_route_table = self.table(id);
        self.network.vpcs.push(Vpc {
            meta: meta("vpc", id.index()),
            profile: self.profile.clone(),
            cidrs: cidrs.iter().map(|text| prefix(text)).collect(),
            default_route_table,
            unlisted: None,
        })
    }

    /// Adds a route table.
    pub fn table(&mut self, vpc: VpcId) -> RouteTableId {
        let number = self.network.route_tables.len();
        self.network.route_tables.push(RouteTable {
            meta: meta("rt", number),
            vpc,
            routes: Vec::new(),
        })
    }

    /// Adds a route.
    pub fn route(&mut self, table: RouteTableId, destination: &str, target: RouteTarget) {
        let route = Route { destination: prefix(destination), target, origin: ORIGIN };
        self.network.route_tables[table].routes.push(route);
    }

    /// Returns the default route table of a VPC.
    #[must_use]
    pub fn default_table(&self, vpc: VpcId) -> RouteTableId {
        self.network.vpcs[vpc].default_route_table
    }

    /// Adds a subnet with the default route table and no ACL.
    pub fn subnet(&mut self, vpc: VpcId, cidrs: &[&str]) -> SubnetId {
        let number = self.network.subnets.len();
        self.network.subnets.push(Subnet {
            meta: meta("subnet", number),
            vpc,
            cidrs: cidrs.iter().map(|text| prefix(text)).collect(),
            route_table: self.network.vpcs[vpc].default_route_table,
            network_acl: None,
            zone: None,
        })
    }

    /// Adds an unfiltered interface with an instance of its own, of whose services nothing is known.
    pub fn interface(&mut self, subnet: SubnetId, addresses: &[&str]) -> InterfaceId {
        let owner = InterfaceOwner::Instance(self.instance());
        self.interface_owned_by(owner, subnet, addresses)
    }

    /// Adds an unfiltered interface of an owner that is there already.
    pub fn interface_owned_by(
        &mut self,
        owner: InterfaceOwner,
        subnet: SubnetId,
        addresses: &[&str],
    ) -> InterfaceId {
        let number = self.network.interfaces.len();
        self.network.interfaces.push(Interface {
            meta: meta("eni", number),
            subnet,
            addresses: addresses.iter().map(|text| address(text)).collect(),
            security_groups: Vec::new(),
            filtered: false,
            internet_gateway_denied: false,
            egress_only_gateway_denied: false,
            source_dest_check: true,
            owner,
        })
    }

    /// Adds an instance without an interface, of whose services nothing is known.
    pub fn instance(&mut self) -> InstanceId {
        let number = self.network.instances.len();
        self.network.instances.push(Instance {
            meta: meta("i", number),
            running: true,
            services: None,
            firewall: None,
            forwards: Setting::Decided(false),
            appliance: None,
            routes: Vec::new(),
        })
    }

    /// Returns the instance that owns an interface.
    ///
    /// # Panics
    /// When none does.
    #[must_use]
    #[expect(clippy::panic, reason = "for tests")]
    pub fn instance_of(&self, interface: InterfaceId) -> InstanceId {
        match self.network.instance_of(interface) {
            Some(instance) => instance,
            None => panic!("interface {interface:?} belongs to no instance"),
        }
    }

    /// Adds a security group and puts the interfaces into it; they are filtered from now on.
    pub fn group(
        &mut self,
        members: &[InterfaceId],
        ingress: Vec<Rule>,
        egress: Vec<Rule>,
    ) -> SecurityGroupId {
        let number = self.network.security_groups.len();
        let rules = RuleSet { ingress, egress };
        let group = SecurityGroup { meta: meta("sg", number), vpc: None, rules };
        let id = self.network.security_groups.push(group);
        for member in members {
            self.network.interfaces[*member].security_groups.push(id);
            self.network.interfaces[*member].filtered = true;
        }
        id
    }

    /// Adds a network ACL and gives it to the subnets.
    pub fn acl(
        &mut self,
        subnets: &[SubnetId],
        ingress: Vec<Rule>,
        egress: Vec<Rule>,
    ) -> NetworkAclId {
        let number = self.network.network_acls.len();
        let rules = RuleSet { ingress, egress };
        let id = self.network.network_acls.push(NetworkAcl { meta: meta("acl", number), rules });
        for subnet in subnets {
            self.network.subnets[*subnet].network_acl = Some(id);
        }
        id
    }

    /// Adds an active peering.
    pub fn peering(&mut self, requester: VpcId, accepter: VpcId) -> PeeringId {
        let number = self.network.peerings.len();
        let status = PeeringStatus::Active;
        self.network.peerings.push(Peering {
            meta: meta("pcx", number),
            requester,
            accepter,
            status,
            firewall: None,
        })
    }

    /// Adds an attached Internet gateway.
    pub fn internet_gateway(&mut self, vpc: VpcId) -> InternetGatewayId {
        let number = self.network.internet_gateways.len();
        self.network.internet_gateways.push(InternetGateway {
            meta: meta("igw", number),
            vpc: Some(vpc),
            egress_only: false,
            route_table: None,
        })
    }

    /// Adds a public address that stands for the first IPv4 address of an interface.
    ///
    /// # Panics
    /// When the interface has none.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn public_address(&mut self, text: &str, interface: InterfaceId) -> PublicAddressId {
        let mut own = self.network.interfaces[interface].addresses.iter().copied();
        let private = own.find(IpAddr::is_ipv4).expect("an IPv4 address");
        let target = PublicAddressTarget::Interface { interface, address: private };
        self.public_address_of(text, Some(target))
    }

    /// Adds a public address with any target.
    pub fn public_address_of(
        &mut self,
        text: &str,
        target: Option<PublicAddressTarget>,
    ) -> PublicAddressId {
        let number = self.network.public_addresses.len();
        let meta = meta("eip", number);
        self.network.public_addresses.push(PublicAddress {
            meta,
            address: address(text),
            target,
            firewall: None,
        })
    }

    /// Adds a NAT gateway that stands in a subnet, and returns it with its interface.
    ///
    /// # Panics
    /// When there are 2³² gateways.
    #[expect(clippy::expect_used, reason = "for tests; a network has few gateways")]
    pub fn nat_in_subnet(&mut self, subnet: SubnetId, own: &str) -> (NatGatewayId, InterfaceId) {
        let id = self.network.nat_gateways.next_id().expect("few gateways");
        let owner = InterfaceOwner::NatGateway(id);
        let interface = self.interface_owned_by(owner, subnet, &[own]);
        let vpc = self.network.subnets[subnet].vpc;
        self.nat(vpc, NatPlacement::Subnet(interface));
        (id, interface)
    }

    /// Adds a NAT gateway at the VPC, without translations.
    pub fn nat_at_vpc(&mut self, vpc: VpcId) -> NatGatewayId {
        self.nat(vpc, NatPlacement::Vpc)
    }

    fn nat(&mut self, vpc: VpcId, placement: NatPlacement) -> NatGatewayId {
        let number = self.network.nat_gateways.len();
        self.network.nat_gateways.push(NatGateway {
            meta: meta("nat", number),
            vpc,
            placement,
            source_translations: Vec::new(),
            destination_translations: Vec::new(),
            firewall: None,
        })
    }

    /// Adds a fact.
    pub fn fact(&mut self, polarity: Polarity) -> FactId {
        let number = self.network.facts.len();
        self.network.facts.push(Fact {
            statement: format!("fact {number} holds"),
            settled_by: String::from("decide it"),
            origin: ORIGIN,
            polarity,
        })
    }
}

/// Adds to every table the local routes that its VPC's profile says it has, except where it already
/// has a route of that destination.
pub(crate) fn add_local_routes(network: &mut Network) {
    for table in network.route_tables.ids() {
        let vpc = network.route_tables[table].vpc;
        for destination in local_destinations(network, vpc) {
            let routes = &mut network.route_tables[table].routes;
            if routes.iter().all(|route| route.destination != destination) {
                let origin = Origin::Implied(ImpliedBy::LocalRoute);
                routes.push(Route { destination, target: RouteTarget::Local, origin });
            }
        }
    }
}

/// The destinations of the local routes of a VPC.
pub(crate) fn local_destinations(network: &Network, vpc: VpcId) -> Vec<IpNet> {
    match network.vpcs[vpc].profile.routing.local_routes {
        LocalRoutes::VpcCidrs => network.vpcs[vpc].cidrs.clone(),
        LocalRoutes::SubnetCidrs => {
            let own = network.subnets.iter().filter(|(_, subnet)| subnet.vpc == vpc);
            own.flat_map(|(_, subnet)| subnet.cidrs.clone()).collect()
        }
    }
}

/// Returns a rule that matches everything and lets it through.
#[must_use]
pub fn allow() -> Rule {
    rule(Action::Allow)
}

/// Returns a rule that matches everything and stops it.
#[must_use]
pub fn deny() -> Rule {
    rule(Action::Deny)
}

fn rule(action: Action) -> Rule {
    Rule {
        id: None,
        number: None,
        priority: None,
        action,
        matches: PacketMatch::everything(),
        origin: ORIGIN,
    }
}

/// Narrows a rule: only packets of this protocol to these ports.
#[must_use]
pub fn ports(mut rule: Rule, protocol: Protocol, first: u16, last: u16) -> Rule {
    narrow_to_ports(&mut rule.matches, protocol, first, last);
    rule
}

fn narrow_to_ports(matches: &mut PacketMatch, protocol: Protocol, first: u16, last: u16) {
    matches.protocol = Some(protocol);
    matches.destination_ports = PortSet::range(first, last);
}

/// Narrows a rule: only packets whose far side, seen from the filter, is in the range.
#[must_use]
pub fn far_side(mut rule: Rule, direction: Direction, range: &str) -> Rule {
    narrow_far_side(&mut rule.matches, direction, range);
    rule
}

fn narrow_far_side(matches: &mut PacketMatch, direction: Direction, range: &str) {
    let side = AddressMatch::Range(self::range(range));
    match direction {
        Direction::Ingress => matches.source = side,
        Direction::Egress => matches.destination = side,
    }
}

/// Returns a destination translation of one port.
#[must_use]
pub fn translation(
    public: (&str, u16),
    private: (&str, u16),
    protocol: Protocol,
) -> DestinationTranslation {
    DestinationTranslation {
        public_address: address(public.0),
        protocol: Some(protocol),
        public_ports: PortRange::single(public.1),
        private_address: address(private.0),
        private_port: private.1,
        origin: ORIGIN,
    }
}

/// Reads an address.
///
/// # Panics
/// When it is none.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests, which write the text themselves")]
pub fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Reads a prefix.
///
/// # Panics
/// When it is none.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests, which write the text themselves")]
pub fn prefix(text: &str) -> IpNet {
    text.parse().expect("a prefix")
}

/// Reads an address, prefix or range.
///
/// # Panics
/// When it is none.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests, which write the text themselves")]
pub fn range(text: &str) -> AddressRange {
    text.parse().expect("a range")
}

fn meta(kind: &str, number: usize) -> Meta {
    Meta::new(format!("{kind}-{number}"), ORIGIN)
}
