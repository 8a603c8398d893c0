//! What the target of a route does with a packet (§5): a table of targets, each with its stage.

use canreach_model::{
    Across, Border, Direction, Endpoint, FactId, GatewayEndpointId, InterfaceId, Obstacle,
    PeeringId, PeeringStatus, Place, RouteRef, RouteTarget, VpcId,
};

use crate::{
    trace::End,
    walk::{Came, Party, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5: follows a route in a VPC.
    pub(crate) fn follow(&mut self, vpc: VpcId, route: RouteRef, target: RouteTarget) -> Step {
        self.refuse_transit(vpc, target)?;
        match target {
            RouteTarget::Local => Ok(Stop::Owner(vpc)),
            RouteTarget::Blackhole => Err(End::Stopped(Obstacle::Blackhole(route))),
            RouteTarget::InternetGateway(gateway) => self.leave_by_gateway(vpc, gateway),
            RouteTarget::NatGateway(gateway) => self.leave_by_nat(vpc, gateway),
            RouteTarget::Peering(peering) => self.cross_peering(vpc, peering),
            RouteTarget::TransitGateway(gateway) => self.leave_by_transit(vpc, gateway),
            RouteTarget::Connection(connection) => self.leave_by_connection(vpc, connection),
            RouteTarget::Interface(interface) => self.leave_to_interface(vpc, interface),
            RouteTarget::VirtualAddress(held) => {
                let holder = self.world.holder(held).map_err(End::Stopped)?;
                self.leave_to_interface(vpc, holder)
            }
            RouteTarget::GatewayEndpoint(endpoint) => self.leave_by_endpoint(vpc, endpoint),
            RouteTarget::Unresolved(fact) => self.leave_for_the_unmodelled(fact),
        }
    }

    /// §5, unresolved.
    pub(crate) fn leave_for_the_unmodelled(&mut self, fact: FactId) -> Step {
        self.arrive(Place::Unmodelled);
        self.leave_the_model(fact)
    }

    /// §5, peering.
    fn cross_peering(&mut self, vpc: VpcId, peering: PeeringId) -> Step {
        let row = &self.world.network.peerings[peering];
        if row.status != PeeringStatus::Active {
            return Err(End::Stopped(Obstacle::PeeringInactive(peering)));
        }
        let Some(other) = row.other_side(vpc) else {
            return Err(End::Stopped(Obstacle::PeeringElsewhere(peering, vpc)));
        };
        self.arrive(Place::Peering(peering));
        self.check_border(row.firewall, Border::Vpc, Direction::Ingress)?;
        self.came = Came::FromOutside;
        self.across = Some(Across::Peering(peering));
        Ok(Stop::Entering(other))
    }

    /// §5, interface.
    fn leave_to_interface(&mut self, vpc: VpcId, interface: InterfaceId) -> Step {
        let network = self.world.network;
        if network.vpc_of(interface) == vpc {
            return self.forward(interface);
        }
        let address = network.interfaces[interface].addresses.first().copied();
        let address = address.unwrap_or(self.header.destination);
        Err(End::Stopped(Obstacle::NobodyHas(vpc, address)))
    }

    /// §5, gateway endpoint.
    fn leave_by_endpoint(&mut self, vpc: VpcId, endpoint: GatewayEndpointId) -> Step {
        let serves = self.world.network.gateway_endpoints[endpoint].vpc == vpc;
        if !serves || self.came == Came::FromOutside || self.across.is_some() {
            return Err(End::Stopped(Obstacle::EndpointElsewhere(endpoint, vpc)));
        }
        self.arrive(Place::GatewayEndpoint(endpoint));
        self.arrive(Place::Internet);
        self.receive(Party::Service(endpoint), Endpoint::Internet)
    }
}
