//! Instances that forward (§6a).

use std::cmp::Reverse;

use canreach_model::{Direction, InstanceId, InterfaceId, InterfaceOwner, Layer, Obstacle};

use crate::{
    trace::End,
    walk::{Step, Stop, Walk},
};

impl Walk<'_> {
    /// §6a, at an interface that a route leads to.
    pub(crate) fn forward(&mut self, at: InterfaceId) -> Step {
        let network = self.world.network;
        let row = &network.interfaces[at];
        self.arrive_at(at);
        // Step 1.
        self.check_acl_into(row.subnet)?;
        let instance = match row.owner {
            InterfaceOwner::Instance(instance) => instance,
            InterfaceOwner::Unmodelled(fact) => return self.leave_the_model(fact),
            InterfaceOwner::Detached => return Err(End::Stopped(Obstacle::Detached(at))),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Gateway => return Err(End::Stopped(Obstacle::NotForwarding(at))),
        };
        // Step 2.
        if row.source_dest_check && !self.may_take(at) {
            return Err(End::Stopped(Obstacle::SourceDestCheck(at)));
        }
        // Step 3.
        self.check_groups(at, Direction::Ingress, false)?;
        if let Some(own) = self.world.own(at, self.header.destination) {
            return self.hand_to_host(own, at);
        }
        // Step 4.
        if let Some(fact) = network.instances[instance].appliance {
            return self.leave_the_model(fact);
        }
        if !network.instances[instance].forwards.value(self.world.valuation) {
            return Err(End::Stopped(Obstacle::NotForwarding(at)));
        }
        let out = self.leaves_by(instance).unwrap_or(at);
        if self.has_host_firewall(at) {
            self.check(Layer::HostForwarding(at, out), Direction::Ingress)?;
        }
        // Step 5.
        if out != at {
            self.arrive_at(out);
        }
        if network.interfaces[out].source_dest_check {
            return Err(End::Stopped(Obstacle::SourceDestCheck(out)));
        }
        self.check_groups(out, Direction::Egress, false)?;
        self.forwarded = true;
        self.sent_on_by = None;
        Ok(Stop::SentOn(out))
    }

    /// Whether the destination is an address that an interface has, or may hold.
    fn may_take(&self, interface: InterfaceId) -> bool {
        let network = self.world.network;
        let destination = self.header.destination;
        let mut held = network.virtual_addresses.iter().map(|(_, it)| it);
        network.interfaces[interface].addresses.contains(&destination)
            || held.any(|it| it.address == destination && it.interfaces.contains(&interface))
    }

    /// Returns the interface of the instance's own route with the longest prefix that holds the
    /// destination; the first among equals.
    fn leaves_by(&self, instance: InstanceId) -> Option<InterfaceId> {
        let routes = self.world.network.instances[instance].routes.iter();
        let matching = routes.filter(|it| it.destination.contains(&self.header.destination));
        // The smallest of several equal ones is the first.
        let first = matching.min_by_key(|it| Reverse(it.destination.prefix_len()));
        first.map(|it| it.interface)
    }
}
