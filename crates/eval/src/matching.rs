//! Whether a rule speaks of a packet (§§7, 8), references to groups resolved on the spot.

use std::{cell::OnceCell, net::IpAddr};

use canreach_model::{
    AddressMatch, Exemption, GroupReference, InterfaceId, Network, PacketMatch, PeeringStatus,
    PublicAddressTarget, SecurityGroupId, Valuation, VpcId,
};
use canreach_net::{Header, PortSet};

/// A packet as filters see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Its header.
    pub header: Header,
    /// Whether an instance forwarded it on its way (§6a).
    pub forwarded: bool,
}

/// One that no instance forwarded.
impl From<Header> for Packet {
    fn from(header: Header) -> Self {
        Self { header, forwarded: false }
    }
}

/// One that no instance forwarded.
impl From<&Header> for Packet {
    fn from(header: &Header) -> Self {
        Self::from(*header)
    }
}

/// Whether a rule of a filter in VPC `viewer` matches a packet.
///
/// The VPC matters for references to security groups: its profile says which addresses of the
/// members they stand for, and whose members count. Filters outside VPCs, such as those of hosts,
/// know no security groups: to them, such a reference matches nothing.
#[must_use]
pub fn matches(
    network: &Network,
    viewer: impl Into<Option<VpcId>>,
    rule: &PacketMatch,
    packet: impl Into<Packet>,
    valuation: &Valuation,
) -> bool {
    View::new(network, viewer.into(), packet.into(), valuation).matches(rule)
}

/// Whether an exemption names a packet (§8): by its destination, or by its source for the way back.
pub(crate) fn is_exempt(exemptions: &[Exemption], header: &Header) -> bool {
    let ports = header.transport.ports();
    exemptions.iter().any(|exemption| {
        let names = |address: IpAddr, port: Option<u16>| {
            exemption.prefix.contains(&address)
                && exemption.service.is_none_or(|(protocol, of_service)| {
                    header.transport.protocol() == protocol && port == Some(of_service)
                })
        };
        names(header.destination, ports.map(|ports| ports.destination))
            || names(header.source, ports.map(|ports| ports.source))
    })
}

/// One packet as the filters of one VPC, or those outside VPCs, see it.
///
/// Who has its addresses is found at the first rule that refers to a group, and kept: a list may
/// hold a thousand such rules.
#[derive(Debug)]
pub(crate) struct View<'a> {
    network: &'a Network,
    vpc: Option<VpcId>,
    packet: Packet,
    valuation: &'a Valuation,
    source_holders: OnceCell<Vec<InterfaceId>>,
    destination_holders: OnceCell<Vec<InterfaceId>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        network: &'a Network,
        vpc: Option<VpcId>,
        packet: Packet,
        valuation: &'a Valuation,
    ) -> Self {
        Self {
            network,
            vpc,
            packet,
            valuation,
            source_holders: OnceCell::new(),
            destination_holders: OnceCell::new(),
        }
    }

    /// Returns the values of the facts.
    pub(crate) fn valuation(&self) -> &Valuation {
        self.valuation
    }

    /// Whether every part of a rule matches (§7).
    pub(crate) fn matches(&self, rule: &PacketMatch) -> bool {
        let header = &self.packet.header;
        rule.family.is_none_or(|family| family == header.family())
            && rule.protocol.is_none_or(|protocol| protocol == header.transport.protocol())
            && self.matches_ports(rule)
            && self.matches_icmp(rule)
            && rule.unresolved.is_none_or(|fact| self.valuation.is_true(fact))
            && self.matches_address(rule.source, header.source, &self.source_holders)
            && self.matches_address(rule.destination, header.destination, &self.destination_holders)
    }

    fn matches_ports(&self, rule: &PacketMatch) -> bool {
        let ports = self.packet.header.transport.ports();
        let fits = |set: &PortSet, port: Option<u16>| {
            set.is_all() || port.is_some_and(|port| set.contains(port))
        };
        fits(&rule.source_ports, ports.map(|ports| ports.source))
            && fits(&rule.destination_ports, ports.map(|ports| ports.destination))
    }

    fn matches_icmp(&self, rule: &PacketMatch) -> bool {
        let Some(wanted) = rule.icmp else { return true };
        self.packet.header.transport.icmp().is_some_and(|icmp| {
            wanted.kind.is_none_or(|kind| kind == icmp.kind)
                && wanted.code.is_none_or(|code| code == icmp.code)
        })
    }

    fn matches_address(
        &self,
        wanted: AddressMatch,
        address: IpAddr,
        holders: &OnceCell<Vec<InterfaceId>>,
    ) -> bool {
        match wanted {
            AddressMatch::Any => true,
            AddressMatch::Range(range) => range.contains(address),
            AddressMatch::AddressGroup(group) => {
                let entries = &self.network.address_groups[group].entries;
                entries.iter().any(|entry| entry.range.contains(address))
            }
            AddressMatch::SecurityGroup(group) => self.vpc.is_some_and(|vpc| {
                let holders = holders.get_or_init(|| self.holders(vpc, address));
                self.sees_members(vpc)
                    && holders.iter().any(|holder| self.has_member(vpc, group, *holder))
            }),
        }
    }

    /// Whether a reference to a group can match the packet at all, seen from a VPC.
    fn sees_members(&self, vpc: VpcId) -> bool {
        !self.packet.forwarded
            || self.network.vpcs[vpc].profile.security_group.reference_when_forwarded
    }

    /// Returns the interfaces, of any VPC, for which an address stands in a group reference.
    fn holders(&self, vpc: VpcId, address: IpAddr) -> Vec<InterfaceId> {
        let interfaces = self.network.interfaces.iter();
        let own = interfaces.filter(|(_, it)| it.addresses.contains(&address)).map(|(id, _)| id);
        match self.network.vpcs[vpc].profile.security_group.group_reference {
            GroupReference::PrivateAddresses => own.collect(),
            GroupReference::AllAddresses => own.chain(self.holders_in_public(address)).collect(),
        }
    }

    fn holders_in_public(&self, address: IpAddr) -> impl Iterator<Item = InterfaceId> {
        let public = self.network.public_addresses.iter().map(|(_, it)| it);
        public.filter(move |it| it.address == address).filter_map(|it| match it.target {
            // It stands for a member only through one of the member's own addresses.
            Some(PublicAddressTarget::Interface { interface, address }) => {
                self.network.interfaces[interface].addresses.contains(&address).then_some(interface)
            }
            Some(PublicAddressTarget::VirtualAddress(_) | PublicAddressTarget::NatGateway(_))
            | None => None,
        })
    }

    /// Whether an interface is a member of a group that counts here.
    fn has_member(&self, vpc: VpcId, group: SecurityGroupId, interface: InterfaceId) -> bool {
        self.network.interfaces[interface].security_groups.contains(&group)
            && self.counts_members_of(vpc, self.network.vpc_of(interface))
    }

    /// Whether members in another VPC count: where the profile wants a peering, only across an
    /// active one within a region.
    fn counts_members_of(&self, vpc: VpcId, other: VpcId) -> bool {
        let vpcs = &self.network.vpcs;
        if other == vpc || !vpcs[vpc].profile.security_group.reference_needs_peering {
            return true;
        }
        let one_region = match (&vpcs[vpc].meta.region, &vpcs[other].meta.region) {
            (Some(here), Some(there)) => here == there,
            (None, _) | (_, None) => true,
        };
        one_region
            && self.network.peerings.iter().any(|(_, peering)| {
                peering.status == PeeringStatus::Active && peering.other_side(vpc) == Some(other)
            })
    }
}
