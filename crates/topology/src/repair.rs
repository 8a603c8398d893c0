//! What would happen if an obstacle were removed: the walks of [`Mode::Repaired`].
//!
//! They exist to name what would have to change, never to prove anything; whatever is proposed from
//! them is asked again of a changed network.

use std::net::{IpAddr, Ipv4Addr};

use canreach_model::{
    Direction, Endpoint, InterfaceId, InterfaceOwner, LoadBalancerId, Obstacle, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    End, Mode,
    explore::Explorer,
    packet::{Packet, Receiver},
};

/// The public address lent to a sender that has none: which one it would get is not known. It is the
/// last of a block that was withdrawn from use (RFC 7526), so that no rule is likely to name it.
pub const LENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 88, 99, 255));

/// The most obstacles taken as removed on one way.
const MOST_ASSUMED: usize = 4;

impl Explorer<'_, '_> {
    /// Whether packets may go on as if an obstacle were removed.
    pub(crate) fn may_assume(&self, packet: &Packet, obstacle: Obstacle) -> bool {
        let assumed = || packet.steps.backwards().flat_map(|step| &step.assumed);
        // A setting that was mended once, such as the check of an interface that packets come to and
        // leave by, is mended for good.
        let new = || assumed().count() < MOST_ASSUMED && assumed().all(|other| *other != obstacle);
        self.mode == Mode::Repaired && (packet.has_mended(obstacle) || new())
    }

    /// Returns packets that go on as if an obstacle were removed, or else ends them there.
    pub(crate) fn mend(&mut self, mut packet: Packet, obstacle: Obstacle) -> Option<Packet> {
        if !self.may_assume(&packet, obstacle) {
            self.stop(packet, obstacle);
            return None;
        }
        packet.assume(obstacle);
        Some(packet)
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

    /// Ends packets at a load balancer that has no listener or target for them, or, where it is the end
    /// asked for, takes them as if it had.
    pub(crate) fn stop_at_balancer(
        &mut self,
        mut packet: Packet,
        balancer: LoadBalancerId,
        at: InterfaceId,
        obstacle: Obstacle,
    ) {
        let end = Endpoint::LoadBalancer(balancer);
        packet.come_by(end);
        if packet.by_way_of != Some(end) || self.goal != end {
            return self.stop(packet, obstacle);
        }
        if let Some(packet) = self.mend(packet, obstacle) {
            self.arrive(packet, Receiver::Interface(at));
        }
    }

    /// The interface at which packets arrive that end where they should, if all have an address of it.
    pub(crate) fn interface_of_goal(&self, towards: &AddressSet) -> Option<InterfaceId> {
        let network = self.network();
        let has_all = |id: InterfaceId| {
            let own = network.interfaces[id].addresses.iter().copied();
            towards.is_subset(&own.collect())
        };
        match self.goal {
            Endpoint::Interface(goal) => Some(goal).filter(|id| has_all(*id)),
            Endpoint::LoadBalancer(goal) => {
                self.interfaces_of_balancer(goal).into_iter().find(|id| has_all(*id))
            }
            Endpoint::VirtualAddress(goal) => {
                let held = &network.virtual_addresses[goal];
                let first = held.interfaces.first().copied();
                first.filter(|_| towards.is_subset(&AddressSet::from(held.address)))
            }
            Endpoint::Remote(_) | Endpoint::Internet | Endpoint::Nobody => None,
        }
    }

    fn interfaces_of_balancer(&self, balancer: LoadBalancerId) -> Vec<InterfaceId> {
        let owner = InterfaceOwner::LoadBalancer(balancer);
        let interfaces = self.network().interfaces.iter();
        interfaces.filter(|(_, it)| it.owner == owner).map(|(id, _)| id).collect()
    }

    /// The first IPv4 address of the end asked for, if it is in this VPC.
    pub(crate) fn address_of_goal(&self, vpc: VpcId) -> Option<IpAddr> {
        let network = self.network();
        let first_of = |id: InterfaceId| {
            let addresses = network.interfaces[id].addresses.iter().copied();
            addresses.filter(|_| network.vpc_of(id) == vpc).find(IpAddr::is_ipv4)
        };
        match self.goal {
            Endpoint::Interface(goal) => first_of(goal),
            Endpoint::LoadBalancer(goal) => {
                self.interfaces_of_balancer(goal).into_iter().find_map(first_of)
            }
            Endpoint::VirtualAddress(goal) => {
                let held = &network.virtual_addresses[goal];
                let inside = network.subnets[held.subnet].vpc == vpc;
                Some(held.address).filter(|address| inside && address.is_ipv4())
            }
            Endpoint::Remote(_) | Endpoint::Internet | Endpoint::Nobody => None,
        }
    }

    /// Adds the checkpoints at the end asked for, which packets would cross if they arrived.
    fn judge_at_goal(&self, packet: &mut Packet) {
        let towards = packet.values(packet.header.destination);
        let goal = match self.goal {
            Endpoint::Interface(goal) => Some(goal),
            Endpoint::LoadBalancer(goal) => {
                let first = || self.interfaces_of_balancer(goal).first().copied();
                self.interface_of_goal(&towards).or_else(first)
            }
            Endpoint::VirtualAddress(goal) => {
                self.network().virtual_addresses[goal].interfaces.first().copied()
            }
            Endpoint::Remote(_) | Endpoint::Internet | Endpoint::Nobody => None,
        };
        let Some(goal) = goal else { return };
        let subnet = self.network().interfaces[goal].subnet;
        self.put(packet, self.place_of(goal));
        self.cross_acl(packet, subnet, Direction::Ingress, false);
        self.cross_groups(packet, goal, Direction::Ingress);
        self.cross_host(packet, goal, Direction::Ingress);
        self.cross_services(packet, goal, Some(goal));
    }
}
