//! What would happen if an obstacle were removed: the walks of [`Mode::Repaired`].
//!
//! They exist to name what would have to change, never to prove anything; whatever is proposed from
//! them is asked again of a changed network.

use std::net::{IpAddr, Ipv4Addr};

use canreach_model::Checkpoint;
use canreach_model::{
    Direction, Endpoint, InterfaceId, InterfaceOwner, InternetAccess, Layer, Obstacle,
    PeeringStatus, Place, VpcId,
};
use canreach_net::AddressSet;

use crate::{End, Mode, explore::Explorer, packet::Packet};

/// The public address lent to a sender that has none: which one it would get is not known. It is the
/// last of a block that was withdrawn from use (RFC 7526), so that no rule is likely to name it.
pub const LENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 88, 99, 255));

/// The most obstacles taken as removed on one way.
const MOST_ASSUMED: usize = 4;

impl Explorer<'_, '_> {
    /// Whether packets may go on as if an obstacle were removed.
    pub(crate) fn may_assume(&self, packet: &Packet, obstacle: Obstacle) -> bool {
        let assumed = || packet.steps.iter().flat_map(|step| &step.assumed);
        self.mode == Mode::Repaired
            && assumed().count() < MOST_ASSUMED
            && assumed().all(|other| *other != obstacle)
    }

    /// Ends packets at an obstacle that nobody can remove.
    pub(crate) fn stop(&mut self, mut packet: Packet, obstacle: Obstacle) {
        if self.mode == Mode::Repaired {
            self.judge_at_goal(&mut packet);
        }
        self.finish(packet, End::Stopped(obstacle));
    }

    /// Returns how a walk ends for the question: another interface than the one asked for is an
    /// obstacle too, which nobody can remove.
    pub(crate) fn seen_from_goal(&self, packet: &mut Packet, end: End) -> End {
        let End::Arrived(Endpoint::Interface(other)) = end else { return end };
        if self.mode == Mode::Real || self.goal == Endpoint::Interface(other) {
            return end;
        }
        self.judge_at_goal(packet);
        End::Stopped(Obstacle::AnotherHas(other))
    }

    /// Ends packets at an obstacle in a VPC's routing, or sends them towards the goal as if it were
    /// removed.
    pub(crate) fn stop_in(&mut self, mut packet: Packet, vpc: VpcId, obstacle: Obstacle) {
        if !self.may_assume(&packet, obstacle) {
            return self.stop(packet, obstacle);
        }
        let towards = packet.values(packet.header.destination);
        match self.goal {
            Endpoint::Interface(goal) if self.has_all(goal, &towards) => {
                packet.assume(obstacle);
                self.detour_inside(packet, vpc, goal);
            }
            _ if towards.is_subset(&AddressSet::public_unicast()) => {
                packet.assume(obstacle);
                self.detour_outside(&packet, vpc);
            }
            _ => self.stop(packet, obstacle),
        }
    }

    fn has_all(&self, interface: InterfaceId, addresses: &AddressSet) -> bool {
        let own = self.topology.network.interfaces[interface].addresses.iter().copied();
        addresses.is_subset(&own.collect())
    }

    /// Goes to an interface by its private address: across a peering, where it is in another VPC.
    fn detour_inside(&mut self, mut packet: Packet, vpc: VpcId, goal: InterfaceId) {
        let network = self.topology.network;
        let other = network.vpc_of(goal);
        if other != vpc {
            packet.from_subnet = None;
            match self.topology.peerings_between(vpc, other).first() {
                Some(id) => {
                    self.put(&mut packet, Place::Peering(*id));
                    if network.peerings[*id].status != PeeringStatus::Active {
                        packet.assume(Obstacle::PeeringInactive(*id));
                    }
                }
                // In one order, so that what is missing on the way there is not missed again on
                // the way back.
                None => packet.assume(Obstacle::NoPeering(vpc.min(other), vpc.max(other))),
            }
        }
        self.deliver(packet, other, Ok(goal));
    }

    /// Goes to a public address: through a gateway of the VPC, or through one it does not have yet.
    fn detour_outside(&mut self, packet: &Packet, vpc: VpcId) {
        for gateway in self.topology.nat_gateways(vpc) {
            self.through_nat_gateway(packet.clone(), vpc, gateway);
        }
        let internet = self.topology.network.vpcs[vpc].profile.routing.internet;
        let gateways = self.topology.internet_gateways(vpc);
        match (internet, gateways.first()) {
            (InternetAccess::PublicAddress, _) => {
                self.out_by_public_address(packet.clone(), vpc, None);
            }
            (InternetAccess::Gateway, Some(gateway)) => {
                self.out_through_gateway(packet.clone(), vpc, *gateway, None);
            }
            (InternetAccess::Gateway, None) => {
                let mut packet = packet.clone();
                packet.assume(Obstacle::NoInternetGateway(vpc));
                self.out_by_public_address(packet, vpc, None);
            }
        }
    }

    /// The first IPv4 address of the interface asked for, if it is in this VPC.
    pub(crate) fn address_of_goal(&self, vpc: VpcId) -> Option<IpAddr> {
        match self.goal {
            Endpoint::Interface(goal) if self.topology.network.vpc_of(goal) == vpc => {
                let addresses = &self.topology.network.interfaces[goal].addresses;
                addresses.iter().copied().find(IpAddr::is_ipv4)
            }
            _ => None,
        }
    }

    /// Adds the checkpoints at the end asked for, which packets would cross if they arrived.
    fn judge_at_goal(&self, packet: &mut Packet) {
        let Endpoint::Interface(goal) = self.goal else { return };
        let network = self.topology.network;
        let interface = &network.interfaces[goal];
        let profile = &network.vpcs[network.vpc_of(goal)].profile;
        self.put(packet, Place::Interface(goal));
        self.cross_acl(packet, interface.subnet, Direction::Ingress, false);
        let direction = Direction::Ingress;
        if interface.filtered {
            let layer = Layer::SecurityGroups(goal);
            packet.cross(
                self.topology.network,
                Checkpoint { layer, direction },
                profile.security_group.stateful,
            );
        }
        if let InterfaceOwner::Instance(instance) = interface.owner
            && network.instances[instance].services.is_some()
            && !Self::is_reply(packet)
        {
            packet.cross(
                self.topology.network,
                Checkpoint { layer: Layer::Listener(instance, Some(goal)), direction },
                false,
            );
        }
    }
}
