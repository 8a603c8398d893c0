//! Peerings, Internet gateways, NAT gateways and public addresses.

use std::net::IpAddr;

use canreach_model::{
    DestinationTranslation, InterfaceOwner, InternetAccess, InternetGatewayId, NatGatewayId,
    PeeringStatus, PublicAddressTarget, RouteTarget, SourceTranslation, TranslationSource, VpcId,
};
use canreach_net::{IpNet, PortRange, Protocol};

use super::{LARGEST_PORT, Maker, features::Feature};
use crate::builder::{self, ORIGIN};

impl Maker {
    pub(super) fn add_gateways(&mut self) {
        // Before all other routes, which must not take their destinations.
        builder::add_local_routes(self.network());
        self.add_peerings();
        for vpc in self.vpcs() {
            self.add_internet_gateways(vpc);
        }
        for vpc in self.vpcs() {
            let likely = if self.has(Feature::CloudFirewall) { 70 } else { 45 };
            if self.random.chance(likely) {
                self.add_nat_gateway(vpc);
            }
        }
        self.add_public_addresses();
    }

    fn add_peerings(&mut self) {
        let vpcs = self.vpcs();
        for (number, one) in vpcs.iter().enumerate() {
            for other in vpcs.iter().skip(number + 1) {
                let likely = if self.has(Feature::Transit) { 25 } else { 70 };
                if !self.may_be_peered(*one, *other) || !self.random.chance(likely) {
                    continue;
                }
                let ends = if self.random.chance(50) { (*one, *other) } else { (*other, *one) };
                let peering = self.builder.peering(ends.0, ends.1);
                if self.breaks() {
                    let others = [
                        PeeringStatus::PendingAcceptance,
                        PeeringStatus::Rejected,
                        PeeringStatus::Expired,
                        PeeringStatus::Gone,
                    ];
                    let status = self.random.pick(&others);
                    self.network().peerings[peering].status = status;
                }
            }
        }
    }

    fn may_be_peered(&self, one: VpcId, other: VpcId) -> bool {
        let (one, other) = (&self.builder.network.vpcs[one], &self.builder.network.vpcs[other]);
        let overlap = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
        let overlapping = one.cidrs.iter().any(|a| other.cidrs.iter().any(|b| overlap(a, b)));
        !overlapping || one.profile.peering.overlap_allowed && other.profile.peering.overlap_allowed
    }

    fn add_internet_gateways(&mut self, vpc: VpcId) {
        if self.random.chance(65) {
            let gateway = self.builder.internet_gateway(vpc);
            if self.breaks() {
                let elsewhere = self.random.pick(&[None, Some(vpc)]);
                self.network().internet_gateways[gateway].vpc = elsewhere;
            }
            if self.random.chance(15) {
                self.add_gateway_table(gateway, vpc);
            }
        }
        if self.random.chance(if self.ipv6 { 35 } else { 10 }) {
            let gateway = self.builder.internet_gateway(vpc);
            self.network().internet_gateways[gateway].egress_only = true;
        }
    }

    /// A gateway's own table; only targets that it may have.
    fn add_gateway_table(&mut self, gateway: InternetGatewayId, vpc: VpcId) {
        let table = self.builder.table(vpc);
        self.network().internet_gateways[gateway].route_table = Some(table);
        builder::add_local_routes(self.network());
        let network = &self.builder.network;
        let mut destinations: Vec<IpNet> = Vec::new();
        let inside = network.interfaces.ids();
        let inside: Vec<_> = inside.filter(|id| network.vpc_of(*id) == vpc).collect();
        for (id, interface) in network.interfaces.iter() {
            if network.vpc_of(id) == vpc {
                destinations.extend(interface.addresses.iter().copied().map(IpNet::from));
                destinations.extend(&network.subnets[interface.subnet].cidrs);
            }
        }
        for _ in 0..self.random.between(0, 2) {
            let target = match self.random.between(0, 9) {
                0..=3 => self.dead_end(),
                4..=5 => RouteTarget::Local,
                _ => {
                    self.random.pick_any(&inside).map_or(RouteTarget::Local, RouteTarget::Interface)
                }
            };
            let destination = self.random.pick_any(&destinations);
            if let Some(destination) = destination {
                self.route(table, destination, target);
            }
        }
    }

    fn add_nat_gateway(&mut self, vpc: VpcId) {
        let by_address_alone = self.builder.network.vpcs[vpc].profile.routing.internet
            == InternetAccess::PublicAddress;
        let at_vpc = self.random.chance(if by_address_alone { 80 } else { 20 });
        if at_vpc {
            self.add_nat_at_vpc(vpc);
        } else {
            self.add_nat_in_subnet(vpc);
        }
    }

    fn add_nat_in_subnet(&mut self, vpc: VpcId) {
        let subnets = self.subnets_of(vpc);
        let Some(subnet) = self.random.pick_any(&subnets) else { return };
        let Some(own) = self.take_address(subnet, true) else { return };
        let (_, interface) = self.builder.nat_in_subnet(subnet, &own.to_string());
        if !self.breaks()
            && let Some(public) = self.take_public()
        {
            let target = PublicAddressTarget::Interface { interface, address: own };
            self.builder.public_address_of(&public.to_string(), Some(target));
        }
        // The customary layout: the gateway's subnet by one table, all others by another.
        if let [first, second] = self.tables_of(vpc)[..]
            && self.random.chance(75)
        {
            for other in subnets {
                let table = if other == subnet { first } else { second };
                self.network().subnets[other].route_table = table;
            }
        }
    }

    fn add_nat_at_vpc(&mut self, vpc: VpcId) {
        let gateway = self.builder.nat_at_vpc(vpc);
        let mut own = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            if let Some(public) = self.take_public() {
                let target = PublicAddressTarget::NatGateway(gateway);
                self.builder.public_address_of(&public.to_string(), Some(target));
                own.push(public);
            }
        }
        for _ in 0..self.random.between(1, 2) {
            let translation = self.source_translation(vpc, &own);
            self.network().nat_gateways[gateway].source_translations.extend(translation);
        }
        for _ in 0..self.random.between(0, 3) {
            let translation = self.destination_translation(gateway, vpc, &own);
            self.network().nat_gateways[gateway].destination_translations.extend(translation);
        }
    }

    fn source_translation(&mut self, vpc: VpcId, own: &[IpAddr]) -> Option<SourceTranslation> {
        let mut subnets = self.subnets_of(vpc);
        if self.breaks() {
            subnets = self.builder.network.subnets.ids().collect();
        }
        let source = if self.random.chance(50) {
            TranslationSource::Subnet(self.random.pick_any(&subnets)?)
        } else {
            let mut blocks = self.builder.network.vpcs[vpc].cidrs.clone();
            blocks.extend(
                ["10.0.0.0/8", "10.0.0.0/8", "10.0.1.0/28", "0.0.0.0/0"].map(builder::prefix),
            );
            TranslationSource::Cidr(self.random.pick(&blocks))
        };
        let mut addresses = vec![self.random.pick_any(own)?];
        if self.random.chance(30) {
            addresses = own.to_vec();
        }
        if self.breaks() {
            // An address that is nobody's: replies to it get lost.
            addresses.insert(0, builder::address("203.0.113.7"));
        }
        Some(SourceTranslation { source, addresses, origin: ORIGIN })
    }

    fn destination_translation(
        &mut self,
        gateway: NatGatewayId,
        vpc: VpcId,
        own: &[IpAddr],
    ) -> Option<DestinationTranslation> {
        let anywhere = self.random.chance(15);
        let network = &self.builder.network;
        let private: Vec<IpAddr> = network
            .interfaces
            .iter()
            .filter(|(id, _)| anywhere || network.vpc_of(*id) == vpc)
            .flat_map(|(_, interface)| interface.addresses.clone())
            .filter(IpAddr::is_ipv4)
            .collect();
        let first = self.random.between(0, LARGEST_PORT);
        let last = self.random.between(first, LARGEST_PORT.min(first + 2));
        let private_port = self.random.between(0, LARGEST_PORT - (last - first));
        let protocols = [Some(Protocol::TCP), Some(Protocol::TCP), Some(Protocol::UDP), None];
        let protocol = self.random.pick(&protocols);
        let earlier = &self.builder.network.nat_gateways[gateway].destination_translations;
        // All ports of an address at once: nothing may stand behind it.
        let taken = |address: &IpAddr| {
            earlier.iter().any(|rule| rule.public_address == *address && rule.protocol.is_none())
        };
        let free: Vec<IpAddr> = own.iter().copied().filter(|address| !taken(address)).collect();
        Some(DestinationTranslation {
            public_address: self.random.pick_any(&free)?,
            protocol,
            public_ports: PortRange::new(first, last).unwrap_or(PortRange::ALL),
            private_address: self.random.pick_any(&private)?,
            private_port,
            origin: ORIGIN,
        })
    }

    fn add_public_addresses(&mut self) {
        let virtual_addresses = self.builder.network.virtual_addresses.iter();
        let mut wanted: Vec<PublicAddressTarget> = virtual_addresses
            .filter(|(_, it)| it.address.is_ipv4())
            .map(|(id, _)| PublicAddressTarget::VirtualAddress(id))
            .collect();
        wanted.extend(self.without_public_address());
        for target in wanted {
            if self.random.chance(45)
                && let Some(public) = self.take_public()
            {
                self.builder.public_address_of(&public.to_string(), Some(target));
            }
        }
        if self.random.chance(25)
            && let Some(public) = self.take_public()
        {
            self.builder.public_address_of(&public.to_string(), None);
        }
    }

    /// The private IPv4 addresses for which no public one stands, but those of NAT gateways.
    fn without_public_address(&self) -> Vec<PublicAddressTarget> {
        let network = &self.builder.network;
        let others = network
            .interfaces
            .iter()
            .filter(|(_, interface)| !matches!(interface.owner, InterfaceOwner::NatGateway(_)));
        others
            .flat_map(|(id, interface)| {
                interface.addresses.iter().map(move |address| (id, *address))
            })
            .filter(|(_, address)| address.is_ipv4())
            .map(|(interface, address)| PublicAddressTarget::Interface { interface, address })
            .collect()
    }

    pub(super) fn take_public(&mut self) -> Option<IpAddr> {
        let address = self.random.pick_any(&self.free_public.clone())?;
        self.free_public.retain(|other| *other != address);
        Some(address)
    }
}
