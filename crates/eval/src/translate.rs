//! NAT gateways: translations of sources and destinations, and the way back (§§5, 9, 10).

use std::net::IpAddr;

use canreach_model::{
    Border, Chooser, DestinationTranslation, Direction, InterfaceId, NatGatewayId, NatPlacement,
    Network, Obstacle, Place, TranslationSource, Translator, VpcId,
};
use canreach_net::{Family, Header, Ports, Protocol};

use crate::{
    lookup,
    trace::End,
    walk::{Came, Step, Stop, Walk, World},
};

impl Walk<'_> {
    /// §5, NAT gateway: a route leads to it.
    pub(crate) fn leave_by_nat(&mut self, vpc: VpcId, gateway: NatGatewayId) -> Step {
        let network = self.world.network;
        if network.nat_gateways[gateway].vpc != vpc {
            return Err(End::Stopped(Obstacle::NatElsewhere(gateway, vpc)));
        }
        self.arrive(Place::NatGateway(gateway));
        let protocol = self.header.transport.protocol();
        if self.header.family() == Family::V6 || !translates(network, gateway, protocol) {
            return Err(End::Stopped(Obstacle::NatProtocol(gateway)));
        }
        match network.nat_gateways[gateway].placement {
            NatPlacement::Subnet(interface) => self.pass_nat_in_subnet(gateway, interface),
            NatPlacement::Vpc => self.pass_nat_at_vpc(gateway, vpc),
        }
    }

    /// §5, NAT gateway in a subnet: it stands there as an interface of its own.
    fn pass_nat_in_subnet(&mut self, gateway: NatGatewayId, interface: InterfaceId) -> Step {
        let network = self.world.network;
        let subnet = network.interfaces[interface].subnet;
        self.check_acl_into(subnet)?;
        self.check_nat_border(gateway, Direction::Egress)?;
        if let Some(answer) =
            self.state.answer_on_record(Translator::NatGateway(gateway), &self.header)
        {
            self.rewrite(answer);
        } else {
            let own = network.interfaces[interface].addresses.iter().copied();
            let own: Vec<_> = own.filter(IpAddr::is_ipv4).collect();
            let chooser = Chooser::SourceTranslation(gateway);
            let Some(address) = self.world.pick(chooser, &own) else {
                return Err(End::Stopped(Obstacle::NoSourceTranslation(gateway)));
            };
            self.translate_source(gateway, address);
        }
        Ok(Stop::SentOn(interface))
    }

    /// §5, NAT gateway at the VPC.
    fn pass_nat_at_vpc(&mut self, gateway: NatGatewayId, vpc: VpcId) -> Step {
        self.check_nat_border(gateway, Direction::Egress)?;
        if let Some(answer) =
            self.state.answer_on_record(Translator::NatGateway(gateway), &self.header)
        {
            self.rewrite(answer);
            let is_public =
                lookup::is_public_address_of(self.world.network, gateway, answer.source);
            return Ok(if is_public { Stop::Internet } else { self.enter_from_nat(vpc) });
        }
        let Some(address) = self.chosen_address(gateway) else {
            return Err(End::Stopped(Obstacle::NoSourceTranslation(gateway)));
        };
        self.translate_source(gateway, address);
        Ok(Stop::Internet)
    }

    /// Returns the address that the first source translation that applies gives the packet.
    fn chosen_address(&self, gateway: NatGatewayId) -> Option<IpAddr> {
        let mut rules = self.world.network.nat_gateways[gateway].source_translations.iter();
        let rule = rules.find(|rule| self.is_translated(rule.source))?;
        self.world.pick(Chooser::SourceTranslation(gateway), &rule.addresses)
    }

    fn is_translated(&self, source: TranslationSource) -> bool {
        let network = self.world.network;
        match source {
            TranslationSource::Cidr(block) => block.contains(&self.header.source),
            TranslationSource::Subnet(subnet) => {
                // Sent in the subnet's VPC, not brought in across anything.
                let was_sent_there = match self.came {
                    Came::FromSubnet(from) => {
                        network.subnets[from].vpc == network.subnets[subnet].vpc
                    }
                    Came::FromOutside => false,
                };
                was_sent_there
                    && self.across.is_none()
                    && lookup::is_in_subnet(network, subnet, self.header.source)
            }
        }
    }

    fn translate_source(&mut self, gateway: NatGatewayId, address: IpAddr) {
        let before = self.header;
        let transport = match before.transport.ports() {
            Some(ports) => {
                let vpc = self.world.network.nat_gateways[gateway].vpc;
                let source = self.world.new_source_port(Translator::NatGateway(gateway), vpc);
                before.transport.with_ports(Ports { source, ..ports })
            }
            None => before.transport,
        };
        let after = Header { source: address, transport, ..before };
        self.sent_on_by = None;
        self.state.record(Translator::NatGateway(gateway), &before, &after);
        self.rewrite(after);
    }

    /// §9, a public address that stands for a NAT gateway at the VPC: a packet from the Internet.
    pub(crate) fn enter_by_nat(&mut self, gateway: NatGatewayId) -> Step {
        let row = &self.world.network.nat_gateways[gateway];
        self.arrive(Place::NatGateway(gateway));
        let at = Translator::NatGateway(gateway);
        let after = if let Some(answer) = self.state.answer_on_record(at, &self.header) {
            answer
        } else {
            let mut rules = row.destination_translations.iter();
            let Some(after) = rules.find_map(|rule| self.with_destination(gateway, rule)) else {
                return Err(End::Stopped(Obstacle::NoDestinationTranslation(gateway)));
            };
            self.sent_on_by = None;
            self.state.record(at, &self.header, &after);
            after
        };
        self.rewrite(after);
        self.check_nat_border(gateway, Direction::Ingress)?;
        Ok(self.enter_from_nat(row.vpc))
    }

    /// The cloud firewall in front of a gateway, where there is one, judges the packet on the
    /// gateway's private side.
    pub(crate) fn check_nat_border(
        &mut self,
        gateway: NatGatewayId,
        direction: Direction,
    ) -> Result<(), End> {
        let firewall = self.world.network.nat_gateways[gateway].firewall;
        self.check_border(firewall, Border::Nat, direction)
    }

    fn enter_from_nat(&mut self, vpc: VpcId) -> Stop {
        self.came = Came::FromOutside;
        self.across = None;
        Stop::Entering(vpc)
    }

    /// Returns the header after a destination translation, where it matches (§9).
    fn with_destination(
        &self,
        gateway: NatGatewayId,
        rule: &DestinationTranslation,
    ) -> Option<Header> {
        let before = self.header;
        if rule.public_address != before.destination {
            return None;
        }
        let protocol = before.transport.protocol();
        let transport = match rule.protocol {
            None => {
                translates(self.world.network, gateway, protocol).then_some(before.transport)?
            }
            Some(wanted) => {
                let ports = before.transport.ports().filter(|_| wanted == protocol)?;
                let destination = private_port(rule, ports.destination)?;
                before.transport.with_ports(Ports { destination, ..ports })
            }
        };
        Some(Header { destination: rule.private_address, transport, ..before })
    }
}

impl World<'_> {
    /// Returns the source port that a translator gives TCP and UDP packets, by the profile of its VPC.
    pub(crate) fn new_source_port(self, translator: Translator, vpc: VpcId) -> u16 {
        let first = self.network.vpcs[vpc].profile.translation.ports.first();
        self.choices.ports.get(&translator).copied().unwrap_or(first)
    }
}

/// Returns the private port for a public one, where the rule translates it; ranges map in order.
fn private_port(rule: &DestinationTranslation, public: u16) -> Option<u16> {
    let in_range = public <= rule.public_ports.last();
    let offset = public.checked_sub(rule.public_ports.first()).filter(|_| in_range)?;
    Some(rule.private_port.saturating_add(offset))
}

/// Whether a gateway translates a protocol at all.
fn translates(network: &Network, gateway: NatGatewayId, protocol: Protocol) -> bool {
    let vpc = network.nat_gateways[gateway].vpc;
    network.vpcs[vpc].profile.translation.protocols.contains(protocol.0)
}
