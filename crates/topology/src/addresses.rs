//! Who has which address, and what is attached to what: look-ups made once for a network.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    AttachedTo, CloudFirewallId, ConnectionId, InstanceId, InterfaceId, NatGatewayId, Network,
    PublicAddressTarget, TransitAttachmentId, TransitGatewayId, VirtualAddressId, VpcId,
};
use canreach_net::AddressSet;

use crate::Topology;

/// The look-ups.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    owners: BTreeMap<(VpcId, IpAddr), InterfaceId>,
    held: BTreeMap<(VpcId, IpAddr), VirtualAddressId>,
    hosts: BTreeMap<InstanceId, Vec<InterfaceId>>,
    public: BTreeMap<IpAddr, Option<PublicAddressTarget>>,
    protected: BTreeMap<IpAddr, CloudFirewallId>,
    public_of: BTreeMap<(VpcId, IpAddr), IpAddr>,
    ipv6_owners: BTreeMap<IpAddr, InterfaceId>,
    ipv6_blocks: Vec<(VpcId, AddressSet)>,
    attachments: BTreeMap<(VpcId, TransitGatewayId), TransitAttachmentId>,
    connections: BTreeMap<ConnectionId, TransitAttachmentId>,
}

impl Addresses {
    /// Returns those of the interfaces that count, and of everything else.
    pub(crate) fn of(network: &Network, counts: impl Fn(InterfaceId) -> bool) -> Self {
        let mut addresses = Self::default();
        addresses.add_interfaces(network, &counts);
        addresses.add_public(network, &counts);
        addresses.add_attachments(network);
        for (id, vpc) in network.vpcs.iter() {
            let blocks: AddressSet =
                vpc.cidrs.iter().copied().filter(|cidr| cidr.addr().is_ipv6()).collect();
            if !blocks.is_empty() {
                addresses.ipv6_blocks.push((id, blocks));
            }
        }
        addresses
    }

    fn add_interfaces(&mut self, network: &Network, counts: &impl Fn(InterfaceId) -> bool) {
        for (id, interface) in network.interfaces.iter().filter(|(id, _)| counts(*id)) {
            let vpc = network.subnets[interface.subnet].vpc;
            for address in &interface.addresses {
                self.owners.entry((vpc, *address)).or_insert(id);
                if address.is_ipv6() {
                    // Where several VPCs have it, the first one counts (§9).
                    let first = self.ipv6_owners.entry(*address).or_insert(id);
                    if vpc < network.vpc_of(*first) {
                        *first = id;
                    }
                }
            }
            if let Some(instance) = network.instance_of(id) {
                self.hosts.entry(instance).or_default().push(id);
            }
        }
        for (id, held) in network.virtual_addresses.iter() {
            let key = (network.subnets[held.subnet].vpc, held.address);
            self.held.entry(key).or_insert(id);
        }
    }

    fn add_public(&mut self, network: &Network, counts: &impl Fn(InterfaceId) -> bool) {
        let counted = |target: Option<PublicAddressTarget>| match target {
            Some(PublicAddressTarget::Interface { interface, .. }) => counts(interface),
            Some(
                PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => true,
        };
        // Where an address is listed twice the first counts, whether its interface does or not.
        let mut listed = BTreeSet::new();
        for (_, public) in network.public_addresses.iter() {
            if !listed.insert(public.address) || !counted(public.target) {
                continue;
            }
            self.public.insert(public.address, public.target);
            if let Some(firewall) = public.firewall {
                self.protected.insert(public.address, firewall);
            }
        }
        for (_, public) in network.public_addresses.iter().filter(|(_, it)| counted(it.target)) {
            let private = match public.target {
                Some(PublicAddressTarget::Interface { interface, address }) => {
                    (network.vpc_of(interface), address)
                }
                Some(PublicAddressTarget::VirtualAddress(id)) => {
                    let held = &network.virtual_addresses[id];
                    (network.subnets[held.subnet].vpc, held.address)
                }
                Some(PublicAddressTarget::NatGateway(_) | PublicAddressTarget::Unresolved(_))
                | None => continue,
            };
            self.public_of.entry(private).or_insert(public.address);
        }
    }

    fn add_attachments(&mut self, network: &Network) {
        for (id, attachment) in network.transit_attachments.iter() {
            match attachment.to {
                AttachedTo::Vpc { vpc, .. } => {
                    self.attachments.entry((vpc, attachment.gateway)).or_insert(id);
                }
                AttachedTo::Connection(connection) => {
                    self.connections.entry(connection).or_insert(id);
                }
                AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {}
            }
        }
    }
}

impl Topology<'_> {
    /// Returns the interface of a VPC that has an address.
    #[must_use]
    pub fn owner(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        self.addresses.owners.get(&(vpc, address)).copied()
    }

    /// Returns the addresses of a VPC that interfaces have and that lie in `among`, with their owners.
    pub(crate) fn owners_in(&self, vpc: VpcId, among: &AddressSet) -> Vec<(IpAddr, InterfaceId)> {
        among
            .ranges()
            .flat_map(|range| {
                self.addresses.owners.range((vpc, range.first())..=(vpc, range.last()))
            })
            .map(|((_, address), interface)| (*address, *interface))
            .collect()
    }

    /// Returns the network's public addresses that lie in `among`, with what they stand for.
    pub(crate) fn public_in(
        &self,
        among: &AddressSet,
    ) -> Vec<(IpAddr, Option<PublicAddressTarget>)> {
        let ranges = among
            .ranges()
            .flat_map(|range| self.addresses.public.range(range.first()..=range.last()));
        ranges.map(|(address, target)| (*address, *target)).collect()
    }

    /// Returns the IPv6 addresses of interfaces that lie in `among`; each with the interface
    /// of the first VPC in the model's order that has it.
    pub(crate) fn ipv6_in(&self, among: &AddressSet) -> Vec<(IpAddr, InterfaceId)> {
        let ranges = among
            .ranges()
            .flat_map(|range| self.addresses.ipv6_owners.range(range.first()..=range.last()));
        ranges.map(|(address, interface)| (*address, *interface)).collect()
    }

    /// Returns the IPv6 blocks of each VPC that has any.
    pub(crate) fn ipv6_blocks(&self) -> &[(VpcId, AddressSet)] {
        &self.addresses.ipv6_blocks
    }

    /// Returns the private addresses of a VPC that have a public address, with it.
    pub(crate) fn public_addresses_of(
        &self,
        vpc: VpcId,
        among: &AddressSet,
    ) -> Vec<(IpAddr, IpAddr)> {
        among
            .ranges()
            .flat_map(|range| {
                self.addresses.public_of.range((vpc, range.first())..=(vpc, range.last()))
            })
            .map(|((_, private), public)| (*private, *public))
            .collect()
    }

    /// Returns the public addresses that stand for a NAT gateway at the VPC.
    pub(crate) fn public_addresses_of_nat(&self, gateway: NatGatewayId) -> AddressSet {
        let of_gateway = |target: &Option<PublicAddressTarget>| {
            *target == Some(PublicAddressTarget::NatGateway(gateway))
        };
        self.addresses
            .public
            .iter()
            .filter(|(_, target)| of_gateway(target))
            .map(|(address, _)| *address)
            .collect()
    }

    /// Returns the virtual addresses of a VPC that lie in `among`.
    pub(crate) fn virtual_in(
        &self,
        vpc: VpcId,
        among: &AddressSet,
    ) -> Vec<(IpAddr, VirtualAddressId)> {
        let held = &self.addresses.held;
        if held.is_empty() {
            return Vec::new();
        }
        among
            .ranges()
            .flat_map(|range| held.range((vpc, range.first())..=(vpc, range.last())))
            .map(|((_, address), id)| (*address, *id))
            .collect()
    }

    /// Returns the virtual addresses of a VPC.
    pub(crate) fn virtual_addresses_of(&self, vpc: VpcId) -> AddressSet {
        let held = self.addresses.held.keys();
        held.filter(|(of, _)| *of == vpc).map(|(_, address)| *address).collect()
    }

    /// Returns the interfaces in its VPC of the host that an interface belongs to.
    pub(crate) fn interfaces_of_host(&self, interface: InterfaceId) -> Vec<InterfaceId> {
        let vpc = self.network.vpc_of(interface);
        let instance = self.network.instance_of(interface);
        match instance.and_then(|instance| self.addresses.hosts.get(&instance)) {
            None => vec![interface],
            Some(all) => all.iter().copied().filter(|id| self.network.vpc_of(*id) == vpc).collect(),
        }
    }

    /// Returns the addresses of these interfaces, each with its interface.
    pub(crate) fn addresses_of_host(&self, interface: InterfaceId) -> Vec<(IpAddr, InterfaceId)> {
        let interfaces = &self.network.interfaces;
        let own = self.interfaces_of_host(interface).into_iter();
        own.flat_map(|id| interfaces[id].addresses.iter().map(move |it| (*it, id))).collect()
    }

    /// Returns the virtual addresses in its VPC that the instance of an interface may hold.
    pub(crate) fn virtual_in_reach(
        &self,
        interface: InterfaceId,
        among: &AddressSet,
    ) -> Vec<(IpAddr, VirtualAddressId)> {
        if self.network.instance_of(interface).is_none() {
            return Vec::new();
        }
        let mut held = self.virtual_in(self.network.vpc_of(interface), among);
        if !held.is_empty() {
            let own = self.interfaces_of_host(interface);
            let may_hold = |id: InterfaceId| own.contains(&id);
            held.retain(|(_, id)| {
                self.network.virtual_addresses[*id].interfaces.iter().any(|id| may_hold(*id))
            });
        }
        held
    }

    /// Returns the public addresses in `among` that a cloud firewall protects, with it.
    pub(crate) fn protected_in(&self, among: &AddressSet) -> Vec<(IpAddr, CloudFirewallId)> {
        let protected = &self.addresses.protected;
        if protected.is_empty() {
            return Vec::new();
        }
        let ranges = among.ranges().flat_map(|range| protected.range(range.first()..=range.last()));
        ranges.map(|(address, firewall)| (*address, *firewall)).collect()
    }

    /// Returns the cloud firewall that protects a public address, if one does.
    pub(crate) fn firewall_of(&self, address: IpAddr) -> Option<CloudFirewallId> {
        self.addresses.protected.get(&address).copied()
    }

    /// Returns the first attachment of a VPC to a transit gateway.
    pub(crate) fn attachment(
        &self,
        vpc: VpcId,
        gateway: TransitGatewayId,
    ) -> Option<TransitAttachmentId> {
        self.addresses.attachments.get(&(vpc, gateway)).copied()
    }

    /// Returns the first transit gateway that two VPCs are attached to.
    pub(crate) fn transit_between(&self, a: VpcId, b: VpcId) -> Option<TransitGatewayId> {
        let gateways = self.network.transit_gateways.ids();
        let attached = |vpc, id| self.attachment(vpc, id).is_some();
        gateways.into_iter().find(|id| attached(a, *id) && attached(b, *id))
    }

    /// Returns the first attachment of a connection to a transit gateway.
    pub(crate) fn attachment_of_connection(&self, id: ConnectionId) -> Option<TransitAttachmentId> {
        self.addresses.connections.get(&id).copied()
    }
}
