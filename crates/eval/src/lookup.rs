//! Who has an address, and which subnet or gateway stands where.
//!
//! Each look-up reads one table once, in the model's order, or an index of it; the first that fits
//! counts.

use std::net::IpAddr;

use canreach_model::{
    InterfaceId, InternetGatewayId, NatGatewayId, Network, PublicAddress, PublicAddressTarget,
    SubnetId, VirtualAddress, VirtualAddressId, VpcId,
};

use crate::owners::Owners;

/// Returns the interface of a VPC that has an address.
pub(crate) fn owner(owners: Owners<'_>, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
    owners.of(address).find(|id| owners.network.vpc_of(*id) == vpc)
}

/// Returns the first virtual address of a VPC's subnets that an address is.
pub(crate) fn virtual_address(
    network: &Network,
    vpc: VpcId,
    address: IpAddr,
) -> Option<VirtualAddressId> {
    let mut rows = network.virtual_addresses.iter();
    let is_it =
        |row: &VirtualAddress| row.address == address && network.subnets[row.subnet].vpc == vpc;
    rows.find(|(_, row)| is_it(row)).map(|(id, _)| id)
}

/// Returns the interface that has an IPv6 address, which is the same inside and outside; that of
/// the first VPC where several have it (§9).
pub(crate) fn ipv6_owner(owners: Owners<'_>, address: IpAddr) -> Option<InterfaceId> {
    if address.is_ipv4() {
        return None;
    }
    owners.of(address).min_by_key(|id| owners.network.vpc_of(*id))
}

/// Returns the first VPC that has an address in one of its blocks.
pub(crate) fn vpc_with_block(network: &Network, address: IpAddr) -> Option<VpcId> {
    network.vpcs.ids().find(|vpc| is_in_block_of(network, *vpc, address))
}

/// Whether an address lies in a block of a VPC.
pub(crate) fn is_in_block_of(network: &Network, vpc: VpcId, address: IpAddr) -> bool {
    network.vpcs[vpc].cidrs.iter().any(|block| block.contains(&address))
}

/// Whether an address lies in a block of a subnet.
pub(crate) fn is_in_subnet(network: &Network, subnet: SubnetId, address: IpAddr) -> bool {
    network.subnets[subnet].cidrs.iter().any(|block| block.contains(&address))
}

/// Returns the public address of the network that an address is.
pub(crate) fn public_address(network: &Network, address: IpAddr) -> Option<&PublicAddress> {
    network.public_addresses.iter().map(|(_, it)| it).find(|it| it.address == address)
}

/// Returns the public address that stands for a private one: of an interface that `fits`, or a
/// virtual address of a VPC.
pub(crate) fn public_address_for(
    network: &Network,
    vpc: VpcId,
    private: IpAddr,
    fits: impl Fn(InterfaceId) -> bool,
) -> Option<IpAddr> {
    let mut addresses = network.public_addresses.iter().map(|(_, it)| it);
    let found = addresses.find(|it| match it.target {
        Some(PublicAddressTarget::Interface { interface, address }) => {
            address == private && fits(interface)
        }
        Some(PublicAddressTarget::VirtualAddress(held)) => {
            let row = &network.virtual_addresses[held];
            row.address == private && network.subnets[row.subnet].vpc == vpc
        }
        Some(PublicAddressTarget::NatGateway(_) | PublicAddressTarget::Unresolved(_)) | None => {
            false
        }
    });
    found.map(|it| it.address)
}

/// Whether an address is one of a NAT gateway's public addresses.
pub(crate) fn is_public_address_of(
    network: &Network,
    gateway: NatGatewayId,
    address: IpAddr,
) -> bool {
    let target = Some(PublicAddressTarget::NatGateway(gateway));
    network.public_addresses.iter().any(|(_, it)| it.target == target && it.address == address)
}

/// Returns the first Internet gateway attached to a VPC that `fits`.
pub(crate) fn attached_gateway(
    network: &Network,
    vpc: VpcId,
    fits: impl Fn(InternetGatewayId) -> bool,
) -> Option<InternetGatewayId> {
    let mut attached = network.internet_gateways.iter().filter(|(_, it)| it.vpc == Some(vpc));
    attached.find(|(id, _)| fits(*id)).map(|(id, _)| id)
}
