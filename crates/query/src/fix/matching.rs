//! Which packets a proposed rule speaks of: those of the question as they are at the filter, and no
//! others.

use std::net::IpAddr;

use canreach_model::{
    AddressMatch, Direction, Endpoint, IcmpMatch, Network, PacketMatch, Pass, PublicAddressTarget,
};
use canreach_net::{AddressRange, Family, Header, PortSet, Protocol};

use crate::{End, Traffic, resolve::INTERNET};

/// The one pair of ends, and the traffic, that proposals are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) network: &'a Network,
    pub(super) from: &'a End,
    pub(super) to: &'a End,
    pub(super) traffic: &'a Traffic,
}

/// Which sides of a packet the rules of a filter speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// The far side alone, as in security groups.
    Far,
    /// The far side, and the source port.
    FarAndPorts,
    /// Both, and the source port.
    Both,
}

/// More ranges than this are no block that someone asked about, but all of the Internet.
const MOST_RANGES: usize = 8;

impl Wanted<'_> {
    /// Returns the match of the question's packets as one of them stood at a filter.
    pub(super) fn packets(
        &self,
        pass: Pass,
        header: &Header,
        direction: Direction,
        sides: Sides,
    ) -> PacketMatch {
        let everything = PacketMatch::everything();
        let (source, destination) =
            (self.side(pass, Role::Sender, header), self.side(pass, Role::Receiver, header));
        let near = |side| if sides == Sides::Both { side } else { AddressMatch::Any };
        let (source, destination) = match direction {
            Direction::Ingress => (source, near(destination)),
            Direction::Egress => (near(source), destination),
        };
        let Some(protocol) = self.protocol(header) else {
            return PacketMatch { source, destination, ..everything };
        };
        let icmp = header.transport.icmp().filter(|_| !self.traffic.icmp_types.is_all());
        let code_is_open = pass == Pass::Request && self.traffic.icmp_codes.is_all();
        let (source_ports, destination_ports) = self.ports(pass, header);
        PacketMatch {
            protocol: Some(protocol),
            source,
            destination,
            source_ports: if sides == Sides::Far { PortSet::all() } else { source_ports },
            destination_ports,
            icmp: icmp.map(|icmp| IcmpMatch {
                kind: Some(icmp.kind),
                code: (!code_is_open).then_some(icmp.code),
            }),
            ..everything
        }
    }

    /// The protocol, unless every one is asked about.
    fn protocol(&self, header: &Header) -> Option<Protocol> {
        let traffic = self.traffic;
        let any = traffic.protocols.is_all() && traffic.destination_ports.is_all();
        (!any).then(|| header.transport.protocol())
    }

    fn side(&self, pass: Pass, role: Role, header: &Header) -> AddressMatch {
        let (end, address) = match (pass, role) {
            (Pass::Request, Role::Sender) => (self.from, header.source),
            (Pass::Request, Role::Receiver) => (self.to, header.destination),
            (Pass::Reply, Role::Sender) => (self.to, header.source),
            (Pass::Reply, Role::Receiver) => (self.from, header.destination),
        };
        AddressMatch::Range(block(end, address))
    }

    /// The source and destination ports.
    fn ports(&self, pass: Pass, header: &Header) -> (PortSet, PortSet) {
        let Some(ports) = header.transport.ports() else {
            return (PortSet::all(), PortSet::all());
        };
        let asked = |port| {
            let asked = &self.traffic.destination_ports;
            if asked.contains(port) { asked.clone() } else { PortSet::single(port) }
        };
        match pass {
            Pass::Request => (PortSet::all(), asked(ports.destination)),
            Pass::Reply => (asked(ports.source), self.client_ports(header.destination)),
        }
    }

    /// The ports that a client sends from, as the reply to `address` is sent to them.
    fn client_ports(&self, address: IpAddr) -> PortSet {
        let Endpoint::Interface(client) = self.from.endpoint else {
            // Any operating system may be out there.
            return PortSet::range(1024, u16::MAX);
        };
        let stands_for = self.network.public_addresses.iter().any(|(_, public)| {
            public.address == address
                && matches!(public.target, Some(PublicAddressTarget::Interface { interface, .. }) if interface == client)
        });
        let profile = self.network.profile_of(client);
        if self.from.addresses.contains(address) || stands_for {
            profile.ephemeral_ports.into()
        } else {
            // A NAT gateway has chosen the port.
            profile.translation.ports.into()
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Sender,
    Receiver,
}

/// Returns the block of an end that holds an address: the address itself, the block asked about, or
/// all of the Internet.
pub(super) fn block(end: &End, address: IpAddr) -> AddressRange {
    let outside = matches!(end.endpoint, Endpoint::Internet | Endpoint::Remote(_));
    if !outside || !end.addresses.contains(address) {
        return address.into();
    }
    if end.label == INTERNET || end.addresses.ranges().count() > MOST_RANGES {
        return Family::of(address).everywhere().into();
    }
    end.addresses.ranges().find(|range| range.contains(address)).unwrap_or(address.into())
}
