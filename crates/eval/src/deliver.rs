//! Arriving at the owner of an address, and at what listens there (§6).

use canreach_model::{
    Direction, Endpoint, InterfaceId, InterfaceOwner, Layer, NatGatewayId, Obstacle, Place, VpcId,
};

use crate::{
    lookup,
    trace::End,
    walk::{Came, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §6.
    pub(crate) fn deliver(&mut self, vpc: VpcId) -> Step {
        let network = self.world.network;
        let destination = self.header.destination;
        // Step 1.
        let Some(owner) = lookup::owner(network, vpc, destination) else {
            return Err(End::Stopped(Obstacle::NobodyHas(vpc, destination)));
        };
        let interface = &network.interfaces[owner];
        self.arrive(match interface.owner {
            InterfaceOwner::NatGateway(gateway) => Place::NatGateway(gateway),
            InterfaceOwner::LoadBalancer(balancer) => Place::LoadBalancer(balancer),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Detached => Place::Interface(owner),
        });
        // Step 2.
        let stays_inside = self.came == Came::FromSubnet(interface.subnet);
        self.check_acl(interface.subnet, Direction::Ingress, stays_inside)?;
        // Step 3.
        match interface.owner {
            InterfaceOwner::NatGateway(gateway) => self.return_through_nat(gateway, owner),
            InterfaceOwner::LoadBalancer(_) => Err(End::Stopped(Obstacle::NotForwarding(owner))),
            InterfaceOwner::Detached => Err(End::Stopped(Obstacle::Detached(owner))),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {
                // Step 4.
                self.check(Layer::SecurityGroups(owner), Direction::Ingress)?;
                self.hand_to_service(owner)
            }
        }
    }

    /// §6 step 3: a NAT gateway in a subnet takes only replies to what it translated.
    fn return_through_nat(&mut self, gateway: NatGatewayId, own: InterfaceId) -> Step {
        let Some(answer) = self.state.answer_on_record(gateway, &self.header) else {
            return Err(End::Stopped(Obstacle::NoDestinationTranslation(gateway)));
        };
        self.rewrite(answer);
        Ok(Stop::SentOn(own))
    }

    /// §6 step 4, past the security groups.
    pub(crate) fn hand_to_service(&mut self, interface: InterfaceId) -> Step {
        match self.world.network.interfaces[interface].owner {
            InterfaceOwner::Instance(instance) => {
                self.check(Layer::Listener(instance, Some(interface)), Direction::Ingress)?;
            }
            InterfaceOwner::Unmodelled(fact) => {
                let delivered = self.world.valuation.is_true(fact);
                return Err(End::Unmodelled { fact, delivered });
            }
            // They answer for themselves, or, when they send to themselves, have no services.
            InterfaceOwner::Service
            | InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Detached => {}
        }
        Err(End::Delivered(Endpoint::Interface(interface)))
    }
}
