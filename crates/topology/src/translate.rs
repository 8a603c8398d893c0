//! NAT gateways: `docs/forwarding.md` §§5, 6, 9 and 10, for all packets at once.

use std::net::IpAddr;

use canreach_model::{
    Border, Chooser, DestinationTranslation, Direction, InterfaceId, NatGatewayId, NatPlacement,
    Obstacle, Pass, Place, SourceTranslation, TranslationSource, Translator, VpcId,
};
use canreach_net::{AddressSet, Protocol, ProtocolSet};

use crate::{
    AddressView, HeaderView, PortView, divide::split, explore::Explorer, packet::Packet,
    send::Sender,
};

impl Explorer<'_, '_> {
    /// §5: a route leads to a NAT gateway.
    pub(crate) fn through_nat_gateway(&mut self, mut packet: Packet, vpc: VpcId, id: NatGatewayId) {
        if self.has_given_up() {
            return;
        }
        self.put(&mut packet, Place::NatGateway(id));
        let gateway = &self.topology.network.nat_gateways[id];
        if gateway.vpc != vpc {
            return self.stop_in(packet, vpc, Obstacle::NatElsewhere(id, vpc));
        }
        let placement = gateway.placement;
        let Some(mut packet) = self.translatable(packet, id) else { return };
        if let NatPlacement::Subnet(interface) = placement {
            let subnet = self.topology.network.interfaces[interface].subnet;
            let inside = packet.from_subnet == Some(subnet);
            self.cross_acl(&mut packet, subnet, Direction::Ingress, inside);
        }
        self.cross_nat_border(&mut packet, id, Direction::Egress);
        let (replies, fresh) = split_on_records(packet, Translator::NatGateway(id));
        for packet in replies {
            match placement {
                NatPlacement::Subnet(interface) => {
                    self.leave(packet, Sender::Interface(interface));
                }
                NatPlacement::Vpc => self.reply_from_gateway(packet, vpc, id),
            }
        }
        for packet in fresh {
            match placement {
                NatPlacement::Subnet(interface) => {
                    self.translate_to_interface(packet, id, interface);
                }
                NatPlacement::Vpc => self.translate_to_public(packet, vpc, id),
            }
        }
    }

    /// §8a: crosses the border of the cloud firewall in front of a gateway, where there is one.
    fn cross_nat_border(&self, packet: &mut Packet, id: NatGatewayId, direction: Direction) {
        let firewall = self.network().nat_gateways[id].firewall;
        self.cross_cloud_firewall(packet, firewall, Border::Nat, direction);
    }

    /// Takes out the packets of a protocol or family that the gateway does not translate.
    fn translatable(&mut self, packet: Packet, id: NatGatewayId) -> Option<Packet> {
        let ipv6 = packet.values(packet.header.destination).first().is_some_and(|a| a.is_ipv6());
        if ipv6 {
            self.stop(packet, Obstacle::NatProtocol(id));
            return None;
        }
        let protocols = self.protocols_of(id);
        if let Some(packet) = packet.with_protocol(&protocols.complement()) {
            self.stop(packet, Obstacle::NatProtocol(id));
        }
        packet.with_protocol(&protocols)
    }

    fn protocols_of(&self, id: NatGatewayId) -> ProtocolSet {
        let network = self.topology.network;
        network.vpcs[network.nat_gateways[id].vpc].profile.translation.protocols.clone()
    }

    /// A reply on record leaves a gateway at the VPC: outwards if its source is now one of the
    /// gateway's public addresses, inwards otherwise.
    fn reply_from_gateway(&mut self, packet: Packet, vpc: VpcId, id: NatGatewayId) {
        let public = self.topology.public_addresses_of_nat(id);
        let view = packet.header.source;
        let (outwards, inwards) = split(packet, view, &public);
        if let Some(packet) = outwards {
            self.go_to_internet(packet);
        }
        if let Some(packet) = inwards {
            self.enter(packet, vpc, None);
        }
    }

    fn translate_to_interface(&mut self, packet: Packet, id: NatGatewayId, interface: InterfaceId) {
        let addresses = self.topology.network.interfaces[interface].addresses.iter().copied();
        let addresses: Vec<IpAddr> = addresses.filter(IpAddr::is_ipv4).collect();
        if addresses.is_empty() {
            return self.stop(packet, Obstacle::NoSourceTranslation(id));
        }
        let picks = packet.split_on_pick(Chooser::SourceTranslation(id), addresses.len());
        for (packet, pick) in picks {
            if let Some(address) = addresses.get(pick) {
                let packet = translated(packet, id, *address);
                self.leave(packet, Sender::Interface(interface));
            }
        }
    }

    fn translate_to_public(&mut self, packet: Packet, vpc: VpcId, id: NatGatewayId) {
        let network = self.topology.network;
        let mut rest = Some(packet);
        for translation in &network.nat_gateways[id].source_translations {
            let Some(packet) = rest.take() else { return };
            let sources = self.sources_of(translation, &packet, vpc);
            let view = packet.header.source;
            let (matched, others) = split(packet, view, &sources);
            rest = others;
            if let Some(packet) = matched {
                self.translate_by(packet, id, &translation.addresses);
            }
        }
        if let Some(packet) = rest {
            self.without_source_translation(packet, id);
        }
    }

    /// The sources that a translation applies to, among these packets.
    fn sources_of(
        &self,
        translation: &SourceTranslation,
        packet: &Packet,
        vpc: VpcId,
    ) -> AddressSet {
        match translation.source {
            TranslationSource::Cidr(block) => block.into(),
            TranslationSource::Subnet(id) => {
                let subnet = &self.topology.network.subnets[id];
                if packet.across.is_some() || subnet.vpc != vpc {
                    return AddressSet::EMPTY;
                }
                subnet.cidrs.iter().copied().collect()
            }
        }
    }

    /// Translates to the address the gateway chooses: once for each it may choose.
    fn translate_by(&mut self, packet: Packet, id: NatGatewayId, addresses: &[IpAddr]) {
        let Some(first) = addresses.first() else {
            return self.without_source_translation(packet, id);
        };
        let chooser = Chooser::SourceTranslation(id);
        // Another of its translations, met later on the same trip, may have more to pick from.
        let lists = &self.topology.network.nat_gateways[id].source_translations;
        let most = lists.iter().map(|it| it.addresses.len()).max().unwrap_or(addresses.len());
        for (packet, pick) in packet.split_on_pick(chooser, most) {
            let address = *addresses.get(pick).unwrap_or(first);
            self.go_to_internet(translated(packet, id, address));
        }
    }

    fn without_source_translation(&mut self, mut packet: Packet, id: NatGatewayId) {
        let obstacle = Obstacle::NoSourceTranslation(id);
        let public = self.topology.public_addresses_of_nat(id).first();
        match public {
            Some(address) if self.may_assume(&packet, obstacle) => {
                packet.assume(obstacle);
                self.go_to_internet(translated(packet, id, address));
            }
            Some(_) | None => self.stop(packet, obstacle),
        }
    }

    /// §9: packets from the Internet for a public address of a gateway at the VPC.
    pub(crate) fn reach_nat_gateway(&mut self, mut packet: Packet, id: NatGatewayId) {
        self.put(&mut packet, Place::NatGateway(id));
        let vpc = self.topology.network.nat_gateways[id].vpc;
        let (replies, fresh) = split_on_records(packet, Translator::NatGateway(id));
        for packet in replies {
            self.enter_behind(packet, vpc, id);
        }
        for packet in fresh {
            self.translate_destination(packet, vpc, id);
        }
    }

    /// Enters the VPC of a gateway past the firewall in front of it.
    fn enter_behind(&mut self, mut packet: Packet, vpc: VpcId, id: NatGatewayId) {
        self.cross_nat_border(&mut packet, id, Direction::Ingress);
        self.enter(packet, vpc, None);
    }

    fn translate_destination(&mut self, packet: Packet, vpc: VpcId, id: NatGatewayId) {
        let network = self.topology.network;
        let mut rest = vec![packet];
        for translation in &network.nat_gateways[id].destination_translations {
            let mut still = Vec::new();
            for packet in rest {
                let Some((matched, others)) = self.split_on_translation(packet, id, translation)
                else {
                    return self.cannot_tell();
                };
                still.extend(others);
                if let Some(packet) = matched {
                    let packet = with_destination(packet, id, translation);
                    self.enter_behind(packet, vpc, id);
                }
            }
            rest = still;
        }
        for packet in rest {
            self.without_destination_translation(packet, vpc, id);
        }
    }

    /// Divides packets by whether a destination translation applies; `None` when their destination
    /// port is one that a NAT gateway chose.
    fn split_on_translation(
        &self,
        packet: Packet,
        id: NatGatewayId,
        translation: &DestinationTranslation,
    ) -> Option<(Option<Packet>, Vec<Packet>)> {
        let address = AddressSet::from(translation.public_address);
        let view = packet.header.destination;
        let (at_address, elsewhere) = split(packet, view, &address);
        let mut others: Vec<Packet> = elsewhere.into_iter().collect();
        let Some(packet) = at_address else { return Some((None, others)) };
        let protocols = match translation.protocol {
            None => self.protocols_of(id),
            Some(Protocol(number)) => ProtocolSet::single(number),
        };
        others.extend(packet.with_protocol(&protocols.complement()));
        let Some(packet) = packet.with_protocol(&protocols) else { return Some((None, others)) };
        if !translation.protocol.is_some_and(Protocol::has_ports) {
            return Some((Some(packet), others));
        }
        let ports = translation.public_ports.into();
        let matched = packet.with_destination_port(&ports)?;
        others.extend(packet.with_destination_port(&ports.complement())?);
        Some((matched, others))
    }

    fn without_destination_translation(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        id: NatGatewayId,
    ) {
        let obstacle = Obstacle::NoDestinationTranslation(id);
        let target = self.address_of_goal(vpc);
        match target {
            Some(address) if self.may_assume(&packet, obstacle) => {
                packet.assume(obstacle);
                let destination = AddressView::Fixed(address);
                let after = HeaderView { destination, ..packet.header };
                packet.translate(Translator::NatGateway(id), after, None);
                self.enter_behind(packet, vpc, id);
            }
            Some(_) | None => self.stop(packet, obstacle),
        }
    }

    /// §6 step 3: packets for the interface of a gateway in a subnet.
    pub(crate) fn back_through_nat_interface(
        &mut self,
        packet: Packet,
        id: NatGatewayId,
        interface: InterfaceId,
    ) {
        let (replies, fresh) = split_on_records(packet, Translator::NatGateway(id));
        for mut packet in replies {
            self.cross_nat_border(&mut packet, id, Direction::Ingress);
            self.leave(packet, Sender::Interface(interface));
        }
        for packet in fresh {
            self.stop(packet, Obstacle::NoDestinationTranslation(id));
        }
    }
}

/// §10: divides packets into replies to translations on record, turned into replies to their
/// origin, and the others.
pub(crate) fn split_on_records(
    packet: Packet,
    translator: Translator,
) -> (Vec<Packet>, Vec<Packet>) {
    let mut replies = Vec::new();
    if packet.pass == Pass::Request {
        return (replies, vec![packet]);
    }
    let records = packet.records.clone();
    let mut fresh = vec![packet];
    for record in records.iter().filter(|record| record.translator == translator) {
        let mut still = Vec::new();
        for packet in fresh {
            let (equal, others) = packet.split_on_header(record.after.reply());
            still.extend(others);
            for mut packet in equal {
                packet.rewrite(record.before.reply());
                replies.push(packet);
            }
        }
        fresh = still;
    }
    (replies, fresh)
}

/// Packets with their source translated to `address`, and a port that the gateway chooses.
fn translated(mut packet: Packet, id: NatGatewayId, address: IpAddr) -> Packet {
    let (source, translator) = (AddressView::Fixed(address), Translator::NatGateway(id));
    let source_port = PortView::Chosen(translator);
    let after = HeaderView { source, source_port, ..packet.header };
    packet.translate(translator, after, None);
    packet
}

fn with_destination(
    mut packet: Packet,
    id: NatGatewayId,
    translation: &DestinationTranslation,
) -> Packet {
    let shift = match translation.protocol {
        Some(protocol) if protocol.has_ports() => {
            i32::from(translation.private_port) - i32::from(translation.public_ports.first())
        }
        Some(_) | None => 0,
    };
    let destination_port = match packet.header.destination_port {
        PortView::Destination { shift: before } => PortView::Destination { shift: before + shift },
        // Without a shift the port stays; with one, `split_on_translation` has given up already, or
        // the reply of another flow is on its way to nowhere.
        other @ (PortView::Source | PortView::Chosen(_)) => other,
        PortView::Fixed(port) => {
            PortView::Fixed(u16::try_from(i32::from(port) + shift).unwrap_or_default())
        }
    };
    let destination = AddressView::Fixed(translation.private_address);
    let after = HeaderView { destination, destination_port, ..packet.header };
    packet.translate(Translator::NatGateway(id), after, None);
    packet
}
