//! Whether a rule speaks of a packet (§§7, 8), references to groups resolved on the spot.

use std::{cell::OnceCell, net::IpAddr};

use canreach_model::{
    AddressMatch, AttachedTo, Direction, Exemption, GroupReference, InterfaceId, Network,
    PacketMatch, PeeringStatus, PublicAddressTarget, SecurityGroupId, TransitGatewayId, Valuation,
    VpcId,
};
use canreach_net::{Header, PortSet};

use crate::owners::Owners;

/// A packet as filters see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Its header.
    pub header: Header,
    /// Whether an instance, or a load balancer that keeps the client's address, forwarded it on its
    /// way (§§6a, 6b).
    pub forwarded: bool,
    /// The interface of the load balancer that keeps the client's address, where one sent it on
    /// and nothing forwarded or translated it since (§6b).
    pub sent_on_by: Option<InterfaceId>,
}

/// One that nothing forwarded.
impl From<Header> for Packet {
    fn from(header: Header) -> Self {
        Self { header, forwarded: false, sent_on_by: None }
    }
}

/// One that nothing forwarded.
impl From<&Header> for Packet {
    fn from(header: &Header) -> Self {
        Self::from(*header)
    }
}

/// From where a rule looks at packets: what its references to security groups depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The VPC of the filter: its profile says which addresses of the members a reference stands
    /// for, and whose members count. Filters outside VPCs, such as those of hosts, know no security
    /// groups: to them, a reference matches nothing.
    pub vpc: Option<VpcId>,
    /// The direction of the rules.
    pub direction: Direction,
}

/// Whether a rule of a filter matches a packet, as the `viewer` sees it.
#[must_use]
pub fn matches(
    network: &Network,
    viewer: Viewer,
    rule: &PacketMatch,
    packet: impl Into<Packet>,
    valuation: &Valuation,
) -> bool {
    View::new(network, viewer, packet.into(), valuation).matches(rule)
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

/// One packet as the rules of one direction in the filters of one VPC, or outside VPCs, see it.
///
/// Who has its addresses is found at the first rule that refers to a group, and kept: a list may
/// hold a thousand such rules.
#[derive(Debug)]
pub(crate) struct View<'a> {
    network: &'a Network,
    owners: Owners<'a>,
    viewer: Viewer,
    packet: Packet,
    valuation: &'a Valuation,
    source_holders: OnceCell<Vec<InterfaceId>>,
    destination_holders: OnceCell<Vec<InterfaceId>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        owners: impl Into<Owners<'a>>,
        viewer: Viewer,
        packet: Packet,
        valuation: &'a Valuation,
    ) -> Self {
        let owners = owners.into();
        Self {
            network: owners.network,
            owners,
            viewer,
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
            && (self.was_sent_on_by_member(rule.source)
                || self.matches_address(rule.source, header.source, &self.source_holders))
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
            AddressMatch::SecurityGroup(group) => self.viewer.vpc.is_some_and(|vpc| {
                let holders = holders.get_or_init(|| self.holders(vpc, address));
                self.sees_members(vpc)
                    && holders.iter().any(|holder| self.has_member(vpc, group, *holder))
            }),
        }
    }

    /// Whether the wanted source is a group of the interface from which a load balancer sent the
    /// packet on, seen from a rule of ingress.
    fn was_sent_on_by_member(&self, wanted: AddressMatch) -> bool {
        match (wanted, self.packet.sent_on_by) {
            (AddressMatch::SecurityGroup(group), Some(interface)) => {
                self.viewer.vpc.is_some()
                    && self.viewer.direction == Direction::Ingress
                    && self.network.interfaces[interface].security_groups.contains(&group)
            }
            (_, Some(_) | None) => false,
        }
    }

    /// Whether a reference to a group can match the packet by its addresses, seen from a VPC.
    fn sees_members(&self, vpc: VpcId) -> bool {
        !self.packet.forwarded
            || self.network.vpcs[vpc].profile.security_group.reference_when_forwarded
    }

    /// Returns the interfaces, of any VPC, for which an address stands in a group reference.
    fn holders(&self, vpc: VpcId, address: IpAddr) -> Vec<InterfaceId> {
        let own = self.owners.of(address);
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
            Some(
                PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => None,
        })
    }

    /// Whether an interface is a member of a group that counts here.
    fn has_member(&self, vpc: VpcId, group: SecurityGroupId, interface: InterfaceId) -> bool {
        self.network.interfaces[interface].security_groups.contains(&group)
            && self.counts_members_of(vpc, self.network.vpc_of(interface))
    }

    /// Whether members in another VPC count: where the profile wants a peering, only across an
    /// active one within a region, or, in rules of ingress, across a transit gateway.
    fn counts_members_of(&self, vpc: VpcId, other: VpcId) -> bool {
        if other == vpc
            || !self.network.vpcs[vpc].profile.security_group.reference_needs_peering
            || self.is_peered(vpc, other)
        {
            return true;
        }
        self.viewer.direction == Direction::Ingress && self.share_transit_gateway(vpc, other)
    }

    /// Whether an active peering within one region joins two VPCs.
    fn is_peered(&self, vpc: VpcId, other: VpcId) -> bool {
        let vpcs = &self.network.vpcs;
        let one_region = match (&vpcs[vpc].meta.region, &vpcs[other].meta.region) {
            (Some(here), Some(there)) => here == there,
            (None, _) | (_, None) => true,
        };
        one_region
            && self.network.peerings.iter().any(|(_, peering)| {
                peering.status == PeeringStatus::Active && peering.other_side(vpc) == Some(other)
            })
    }

    /// Whether a transit gateway that supports references joins two VPCs by attachments that do.
    fn share_transit_gateway(&self, vpc: VpcId, other: VpcId) -> bool {
        let mut gateways = self.network.transit_gateways.iter();
        gateways.any(|(gateway, row)| {
            row.group_references
                && [vpc, other].into_iter().all(|vpc| self.refers_across(gateway, vpc))
        })
    }

    fn refers_across(&self, gateway: TransitGatewayId, vpc: VpcId) -> bool {
        let mut attachments = self.network.transit_attachments.iter().map(|(_, it)| it);
        attachments.any(|it| match it.to {
            AttachedTo::Vpc { vpc: attached, group_references, .. } => {
                it.gateway == gateway && attached == vpc && group_references
            }
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => false,
        })
    }
}
