//! Which cause stands behind what stops a packet.

use canreach_model::{Endpoint, InterfaceId, InterfaceOwner, Network, Obstacle, Pass, VpcId};
use canreach_net::Header;

use crate::{Cause, Difference, NearMiss, near};

/// Classifies a security group that stops a packet, by the rule that comes nearest.
pub(super) fn of_group(denied_by_rule: bool, near: &[NearMiss]) -> Cause {
    if denied_by_rule {
        return Cause::SgDeny;
    }
    match near::single_difference(near) {
        Some(Difference::Direction) => Cause::SgDirection,
        Some(Difference::Protocol) => Cause::SgProtocol,
        Some(Difference::Port | Difference::SourcePort | Difference::IcmpType) => Cause::SgPort,
        Some(Difference::Address | Difference::Group | Difference::Family) => Cause::SgPeer,
        Some(Difference::Priority) => Cause::SgDeny,
        None => Cause::SgNoRule,
    }
}

/// An obstacle, the packet before it, and the end that the packet was for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub(super) pass: Pass,
    pub(super) obstacle: Obstacle,
    pub(super) header: Option<Header>,
    pub(super) goal: Endpoint,
}

/// Classifies an obstacle.
pub(super) fn of_obstacle(network: &Network, met: Met) -> Cause {
    match met.obstacle {
        Obstacle::NoRoute(_) | Obstacle::NoTransitRoute(_) | Obstacle::NotAdvertised(_) => {
            if met.pass == Pass::Reply { Cause::NoReturnRoute } else { Cause::NoRoute }
        }
        Obstacle::Blackhole(_) | Obstacle::TransitBlackhole(_) => Cause::RouteBlackhole,
        Obstacle::NoPeering(..) => Cause::NoPeering,
        Obstacle::PeeringInactive(_) => Cause::PeeringInactive,
        Obstacle::PeeringElsewhere(..) | Obstacle::NotTransitive(..) => Cause::PeeringNotTransitive,
        Obstacle::NotAttached(..) | Obstacle::NotInZone(..) | Obstacle::NotAssociated(_) => {
            Cause::NotAttached
        }
        Obstacle::ConnectionDown(_)
        | Obstacle::ConnectionElsewhere(..)
        | Obstacle::NotBehind(..) => Cause::ConnectionDown,
        Obstacle::SourceDestCheck(_) => Cause::SourceDestCheck,
        Obstacle::NotForwarding(_) => Cause::NoForwarding,
        Obstacle::NoListener(_) | Obstacle::NoTarget(..) => Cause::LoadBalancer,
        Obstacle::TargetIsClient(_) => Cause::LbHairpin,
        Obstacle::OnlyCarriesOn(_) => Cause::GatewayInterface,
        Obstacle::GatewayNotAttached(..)
        | Obstacle::NoInternetGateway(_)
        | Obstacle::EgressOnly(_)
        | Obstacle::InternetGatewayDenied(_)
        | Obstacle::NatElsewhere(..)
        | Obstacle::EndpointElsewhere(..) => Cause::NoGateway,
        Obstacle::NoPublicAddress(_) => Cause::NoPublicAddress,
        Obstacle::NobodyHas(vpc, _) if overlaps(network, met, vpc) => Cause::OverlappingCidr,
        Obstacle::AnotherHas(other) if overlaps(network, met, network.vpc_of(other)) => {
            Cause::OverlappingCidr
        }
        Obstacle::AnotherHas(_) if met.pass == Pass::Reply => Cause::AsymmetricReply,
        // What arrives elsewhere and not by an address of both was translated.
        Obstacle::AnotherHas(_)
        | Obstacle::NatProtocol(_)
        | Obstacle::NoSourceTranslation(_)
        | Obstacle::NoDestinationTranslation(_) => Cause::NoTranslation,
        Obstacle::NobodyHas(..)
        | Obstacle::NobodyHolds(_)
        | Obstacle::PublicAddressUnused(_)
        | Obstacle::Detached(_) => Cause::NoSuchAddress,
        Obstacle::NotRoutedOnInternet(_) => Cause::NotRoutedOnInternet,
        Obstacle::RoutingLoop(_) => Cause::RoutingLoop,
        Obstacle::ReplyChanged => Cause::AsymmetricReply,
        Obstacle::NoAnswer => Cause::NoAnswer,
    }
}

/// Whether a packet ended in `vpc` only because a block there holds its address, which is also that of
/// the end it was for.
fn overlaps(network: &Network, met: Met, vpc: VpcId) -> bool {
    let Some(Header { destination, .. }) = met.header else { return false };
    let own = |id: InterfaceId| {
        network.vpc_of(id) != vpc && network.interfaces[id].addresses.contains(&destination)
    };
    let elsewhere = match met.goal {
        Endpoint::Interface(goal) => own(goal),
        Endpoint::LoadBalancer(goal) => {
            let owner = InterfaceOwner::LoadBalancer(goal);
            network.interfaces.iter().any(|(id, interface)| interface.owner == owner && own(id))
        }
        Endpoint::VirtualAddress(goal) => {
            let virtual_address = &network.virtual_addresses[goal];
            virtual_address.address == destination
                && network.subnets[virtual_address.subnet].vpc != vpc
        }
        Endpoint::Remote(goal) => {
            network.remote_networks[goal].cidrs.iter().any(|cidr| cidr.contains(&destination))
        }
        // A block of public addresses, used inside.
        Endpoint::Internet => true,
        Endpoint::Nobody => false,
    };
    elsewhere && network.vpcs[vpc].cidrs.iter().any(|cidr| cidr.contains(&destination))
}
