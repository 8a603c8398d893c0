//! Leaving an interface (§2).

use std::net::IpAddr;

use canreach_model::{
    Direction, InterfaceId, InterfaceOwner, Layer, NatPlacement, Network, Obstacle, Place,
    RouteRef, RouteTarget, SubnetId,
};

use crate::{
    lookup, route,
    trace::End,
    walk::{Came, Step, Stop, Walk},
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
        self.arrive(Place::Interface(from));
        // Step 1: the host keeps what is its own.
        if let Some(own) = self.interface_of_same_host(from) {
            if own != from {
                self.arrive(Place::Interface(own));
            }
            return self.hand_to_service(own);
        }
        // Step 2.
        self.check(Layer::SecurityGroups(from), Direction::Egress)?;
        Ok(Stop::SentOn(from))
    }

    /// Returns the interface of the sender's own host that has the destination address.
    fn interface_of_same_host(&self, from: InterfaceId) -> Option<InterfaceId> {
        let network = self.world.network;
        let owner = lookup::owner(network, network.vpc_of(from), self.header.destination)?;
        let instance_of = |interface| match network.interfaces[interface].owner {
            InterfaceOwner::Instance(instance) => Some(instance),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Detached => None,
        };
        let is_same_host = instance_of(from).is_some_and(|own| instance_of(owner) == Some(own));
        (owner == from || is_same_host).then_some(owner)
    }

    /// §2 steps 3 to 5: past the security groups.
    pub(crate) fn send_on(&mut self, from: InterfaceId) -> Step {
        let network = self.world.network;
        let subnet = network.interfaces[from].subnet;
        let vpc = network.subnets[subnet].vpc;
        self.sender = Some(from);
        self.came = Came::FromSubnet(subnet);
        // Step 3 finds the next stop; step 4 asks the ACL, before any obstacle on the route.
        let way = self.choose_way(from, subnet);
        self.check_acl(subnet, Direction::Egress, self.stays_in_subnet(&way, subnet))?;
        // Step 5.
        self.arrive(Place::Router(vpc));
        match way {
            Way::PublicAddress => self.leave_by_public_address(vpc),
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
    fn choose_way(&self, from: InterfaceId, subnet: SubnetId) -> Way {
        let network = self.world.network;
        let vpc = network.subnets[subnet].vpc;
        let table = network.subnets[subnet].route_table;
        let winner = route::winning(network, vpc, table, self.header.destination);
        let only_by_default = winner.is_none_or(|(_, route)| route.destination.prefix_len() == 0);
        if only_by_default
            && network.vpcs[vpc].profile.routing.public_address_beats_default_route
            && has_public_address(network, from, self.header.source)
        {
            return Way::PublicAddress;
        }
        winner.map_or(Way::None, |(reference, route)| Way::Route(reference, route.target))
    }

    /// Whether the next stop is an interface of the sender's subnet (§2 step 4).
    fn stays_in_subnet(&self, way: &Way, subnet: SubnetId) -> bool {
        let network = self.world.network;
        let next = match way {
            Way::Route(_, RouteTarget::Local) => {
                lookup::owner(network, network.subnets[subnet].vpc, self.header.destination)
            }
            Way::Route(_, RouteTarget::NatGateway(gateway)) => {
                match network.nat_gateways[*gateway].placement {
                    NatPlacement::Subnet(interface) => Some(interface),
                    NatPlacement::Vpc => None,
                }
            }
            Way::Route(..) | Way::PublicAddress | Way::None => None,
        };
        next.is_some_and(|interface| network.interfaces[interface].subnet == subnet)
    }
}

fn has_public_address(network: &Network, sender: InterfaceId, source: IpAddr) -> bool {
    lookup::public_address_for(network, source, |interface| interface == sender).is_some()
}
