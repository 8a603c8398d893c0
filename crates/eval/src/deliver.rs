//! Arriving at the owner of an address, and at what listens there (§6).

use canreach_model::{
    Direction, Endpoint, InterfaceId, InterfaceOwner, Layer, NatGatewayId, Obstacle, Translator,
    VpcId,
};

use crate::{
    holder::Owner,
    trace::End,
    walk::{Party, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §6.
    pub(crate) fn deliver(&mut self, vpc: VpcId) -> Step {
        let network = self.world.network;
        // Step 1.
        let owner = match self.world.owner(vpc, self.header.destination) {
            Err(Obstacle::NobodyHas(..)) => return self.miss_owner(vpc),
            found => found.map_err(End::Stopped)?,
        };
        if let Some(held) = owner.holds {
            self.come_by(Endpoint::VirtualAddress(held));
        }
        let interface = owner.interface;
        let row = &network.interfaces[interface];
        self.arrive_at(interface);
        // Step 2.
        if self.bypasses {
            self.bypass_acl(row.subnet, Direction::Ingress);
        } else {
            self.check_acl_into(row.subnet)?;
        }
        // Step 3.
        match row.owner {
            InterfaceOwner::NatGateway(gateway) => self.return_through_nat(gateway, interface),
            InterfaceOwner::LoadBalancer(balancer) => self.pass_balancer(balancer, interface),
            InterfaceOwner::Detached => Err(End::Stopped(Obstacle::Detached(interface))),
            InterfaceOwner::Gateway => Err(End::Stopped(Obstacle::OnlyCarriesOn(interface))),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {
                // Step 4.
                self.check_groups(interface, Direction::Ingress, self.bypasses)?;
                self.hand_to_host(owner, interface)
            }
        }
    }

    /// §6 step 1, no such address: an interface that the input lacks may have it.
    pub(crate) fn miss_owner(&mut self, vpc: VpcId) -> Step {
        let address = self.header.destination;
        match self.world.unlisted(vpc, address) {
            Some(fact) => self.leave_for_the_unmodelled(fact),
            None => Err(End::Stopped(Obstacle::NobodyHas(vpc, address))),
        }
    }

    /// §6 step 3: a NAT gateway in a subnet takes only replies to what it translated.
    fn return_through_nat(&mut self, gateway: NatGatewayId, own: InterfaceId) -> Step {
        let at = Translator::NatGateway(gateway);
        let Some(answer) = self.state.answer_on_record(at, &self.header) else {
            return Err(End::Stopped(Obstacle::NoDestinationTranslation(gateway)));
        };
        self.rewrite(answer);
        self.check_nat_border(gateway, Direction::Ingress)?;
        Ok(Stop::SentOn(own))
    }

    /// §6 step 4, past the security groups, for what arrived at an interface of the owner's host.
    pub(crate) fn hand_to_host(&mut self, owner: Owner, arrived: InterfaceId) -> Step {
        self.check_host(arrived, Direction::Ingress)?;
        self.hand_to_service(owner, Some(arrived))
    }

    /// §6 step 4, past all filters; the host keeps what arrived nowhere.
    pub(crate) fn hand_to_service(&mut self, owner: Owner, arrived: Option<InterfaceId>) -> Step {
        match self.world.network.interfaces[owner.interface].owner {
            InterfaceOwner::Instance(instance) => {
                self.check(Layer::Listener(instance, arrived), Direction::Ingress)?;
            }
            InterfaceOwner::Unmodelled(fact) => return self.leave_the_model(fact),
            // They answer for themselves, or, when they send to themselves, have no services.
            InterfaceOwner::Service
            | InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => {}
        }
        if let Some(held) = owner.holds {
            self.come_by(Endpoint::VirtualAddress(held));
        }
        self.receive(Party::Interface(owner.interface), Endpoint::Interface(owner.interface))
    }
}
