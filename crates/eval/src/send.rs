//! Leaving an interface, or a subnet as if from one (§2).

use canreach_model::{
    Direction, InterfaceId, NatPlacement, Obstacle, Place, RouteRef, RouteTarget, SubnetId, VpcId,
};

use crate::{
    lookup, route,
    trace::End,
    walk::{Came, FirstTransit, Step, Stop, Walk},
};

/// What the router of a subnet does with a packet.
enum Way {
    /// It goes out by the sender's public address, past the table (§4).
    PublicAddress,
    /// It follows a route.
    Route(RouteRef, RouteTarget),
    /// The table has no route for it.
    None,
}

impl Walk<'_> {
    /// §2, from the start.
    pub(crate) fn send(&mut self, from: InterfaceId) -> Step {
        self.arrive_at(from);
        // Step 0.
        if let Some(kept) = self.state.kept_client(&self.header) {
            return self.go_back_to_balancer(from, kept);
        }
        // Step 1: the host keeps what is its own.
        if let Some(own) = self.world.own(from, self.header.destination) {
            if own.interface != from {
                self.arrive_at(own.interface);
            }
            return self.hand_to_service(own, None);
        }
        self.send_out(from)
    }

    /// §2 steps 2 to 5.
    pub(crate) fn send_out(&mut self, from: InterfaceId) -> Step {
        self.check_host(from, Direction::Egress)?;
        self.check_groups(from, Direction::Egress, false)?;
        Ok(Stop::SentOn(from))
    }

    /// §2 steps 3 to 5: past the security groups.
    pub(crate) fn send_on(&mut self, from: InterfaceId) -> Step {
        let subnet = self.world.network.interfaces[from].subnet;
        self.sender = Some(from);
        // What it came across before no longer matters (§5a).
        self.across = None;
        self.route_from(subnet)
    }

    /// §5b: as [`Walk::send_on`], as if an interface without a public address had sent it, with what
    /// it came across still in mind.
    pub(crate) fn send_on_from(&mut self, subnet: SubnetId) -> Step {
        self.sender = None;
        self.route_from(subnet)
    }

    fn route_from(&mut self, subnet: SubnetId) -> Step {
        let network = self.world.network;
        let vpc = network.subnets[subnet].vpc;
        self.came = Came::FromSubnet(subnet);
        self.first_transit = FirstTransit::Ahead;
        // Step 3 finds the next stop; step 4 asks the ACL, before any obstacle on the route.
        let way = self.choose_way(vpc, subnet);
        self.check_acl(subnet, Direction::Egress, self.stays_in_subnet(&way, vpc, subnet))?;
        // Step 5.
        self.arrive(Place::Router(vpc));
        match way {
            Way::PublicAddress => self.leave_by_public_address(vpc, None),
            Way::Route(route, target) => {
                self.take_route(route);
                self.follow(vpc, route, target)
            }
            Way::None => {
                let table = network.subnets[subnet].route_table;
                Err(End::Stopped(Obstacle::NoRoute(table)))
            }
        }
    }

    /// §4, for a packet that an interface sends.
    fn choose_way(&self, vpc: VpcId, subnet: SubnetId) -> Way {
        let network = self.world.network;
        let table = network.subnets[subnet].route_table;
        let winner = route::winning(network, vpc, table, self.header.destination);
        let only_by_default = winner.is_none_or(|(_, route)| route.destination.prefix_len() == 0);
        if only_by_default
            && network.vpcs[vpc].profile.routing.public_address_beats_default_route
            && self.sender_has_public_address(vpc)
        {
            return Way::PublicAddress;
        }
        winner.map_or(Way::None, |(reference, route)| Way::Route(reference, route.target))
    }

    /// Whether the sender has a public address for the packet's source: for this address of it, or
    /// for a virtual address in its VPC.
    fn sender_has_public_address(&self, vpc: VpcId) -> bool {
        let is_sender = |interface| self.sender == Some(interface);
        let network = self.world.network;
        self.sender.is_some()
            && lookup::public_address_for(network, vpc, self.header.source, is_sender).is_some()
    }

    /// Whether the next stop is an interface of the sender's subnet, or may be one that is not listed
    /// (§2 step 4).
    fn stays_in_subnet(&self, way: &Way, vpc: VpcId, subnet: SubnetId) -> bool {
        let network = self.world.network;
        let destination = self.header.destination;
        let next = match *way {
            Way::Route(_, RouteTarget::Local) => match self.world.owner(vpc, destination) {
                Ok(owner) => Some(owner.interface),
                Err(Obstacle::NobodyHas(..)) => {
                    return self.world.unlisted(vpc, destination).is_some()
                        && lookup::is_in_subnet(network, subnet, destination);
                }
                Err(_) => None,
            },
            Way::Route(_, RouteTarget::NatGateway(gateway)) => {
                match network.nat_gateways[gateway].placement {
                    NatPlacement::Subnet(interface) => Some(interface),
                    NatPlacement::Vpc => None,
                }
            }
            Way::Route(_, RouteTarget::Interface(interface)) => Some(interface),
            Way::Route(_, RouteTarget::VirtualAddress(held)) => self.world.holder(held).ok(),
            Way::Route(..) | Way::PublicAddress | Way::None => None,
        };
        next.is_some_and(|interface| network.interfaces[interface].subnet == subnet)
    }
}
