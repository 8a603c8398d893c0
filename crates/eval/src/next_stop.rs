//! What the target of a route does with a packet, and entering a VPC (§§5, 5a).

use canreach_model::{
    Across, EntryRouting, InternetGatewayId, Obstacle, PeeringId, PeeringStatus, Place, RouteRef,
    RouteTarget, VpcId,
};
use canreach_net::{Family, Header};

use crate::{
    lookup, route,
    trace::End,
    walk::{Came, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5: follows a route in a VPC.
    pub(crate) fn follow(&mut self, vpc: VpcId, route: RouteRef, target: RouteTarget) -> Step {
        match target {
            RouteTarget::Local => Ok(Stop::Owner(vpc)),
            RouteTarget::Blackhole => Err(End::Stopped(Obstacle::Blackhole(route))),
            RouteTarget::InternetGateway(gateway) => self.leave_by_gateway(vpc, gateway),
            RouteTarget::NatGateway(gateway) => self.leave_by_nat(vpc, gateway),
            RouteTarget::Peering(peering) => self.cross_peering(vpc, peering),
            RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_)
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_) => Err(End::Stopped(Obstacle::Blackhole(route))),
            RouteTarget::Unresolved(fact) => {
                self.arrive(Place::Unmodelled);
                let delivered = self.world.valuation.is_true(fact);
                Err(End::Unmodelled { fact, delivered })
            }
        }
    }

    /// §5, Internet gateway.
    fn leave_by_gateway(&mut self, vpc: VpcId, gateway: InternetGatewayId) -> Step {
        let network = self.world.network;
        if network.internet_gateways[gateway].vpc != Some(vpc) {
            return Err(End::Stopped(Obstacle::GatewayNotAttached(gateway, vpc)));
        }
        self.arrive(Place::InternetGateway(gateway));
        let step = match self.header.family() {
            Family::V4 if network.internet_gateways[gateway].egress_only => {
                Err(End::Stopped(Obstacle::EgressOnly(gateway)))
            }
            Family::V4 => self.leave_by_public_address(vpc),
            Family::V6 => self.leave_with_own_address(vpc),
        }?;
        self.state.went_out(gateway);
        Ok(step)
    }

    /// §5, "by its public address": the packet leaves with the public address that stands for its
    /// source.
    pub(crate) fn leave_by_public_address(&mut self, vpc: VpcId) -> Step {
        let network = self.world.network;
        let source = self.header.source;
        if let Some(sender) = self.sender
            && network.interfaces[sender].internet_gateway_denied
        {
            return Err(End::Stopped(Obstacle::InternetGatewayDenied(sender)));
        }
        let is_here = |interface| network.vpc_of(interface) == vpc;
        let Some(public) = lookup::public_address_for(network, source, is_here) else {
            let without = lookup::owner(network, vpc, source).or(self.sender);
            // A packet that came from the Internet was sent by no interface.
            let obstacle =
                without.map_or(Obstacle::NobodyHas(vpc, source), Obstacle::NoPublicAddress);
            return Err(End::Stopped(obstacle));
        };
        self.rewrite(Header { source: public, ..self.header });
        Ok(Stop::Internet)
    }

    /// §5, Internet gateway, IPv6.
    fn leave_with_own_address(&self, vpc: VpcId) -> Step {
        let network = self.world.network;
        match lookup::owner(network, vpc, self.header.source) {
            Some(owner) if network.interfaces[owner].internet_gateway_denied => {
                Err(End::Stopped(Obstacle::InternetGatewayDenied(owner)))
            }
            Some(_) | None => Ok(Stop::Internet),
        }
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
        self.came = Came::AcrossPeering(peering);
        Ok(Stop::Entering(other))
    }

    /// §5a: from a peering, from a NAT gateway at the VPC, or from the Internet through one.
    pub(crate) fn enter(&mut self, vpc: VpcId) -> Step {
        self.arrive(Place::Router(vpc));
        match self.world.network.vpcs[vpc].profile.routing.entry {
            EntryRouting::LocalOnly => self.enter_to_local_only(vpc),
            EntryRouting::DefaultTable => self.enter_by_default_table(vpc),
        }
    }

    fn enter_to_local_only(&self, vpc: VpcId) -> Step {
        let network = self.world.network;
        if lookup::is_in_block_of(network, vpc, self.header.destination) {
            return Ok(Stop::Owner(vpc));
        }
        Err(End::Stopped(match self.came {
            Came::AcrossPeering(peering) => Obstacle::NotTransitive(Across::Peering(peering), vpc),
            Came::FromSubnet(_) | Came::FromOutside => {
                Obstacle::NoRoute(network.vpcs[vpc].default_route_table)
            }
        }))
    }

    fn enter_by_default_table(&mut self, vpc: VpcId) -> Step {
        let network = self.world.network;
        let table = network.vpcs[vpc].default_route_table;
        let Some((reference, route)) = route::winning(network, vpc, table, self.header.destination)
        else {
            return Err(End::Stopped(Obstacle::NoRoute(table)));
        };
        self.take_route(reference);
        if let Came::AcrossPeering(peering) = self.came
            && !self.may_leave_after_peering(vpc, route.target)
        {
            return Err(End::Stopped(Obstacle::NotTransitive(Across::Peering(peering), vpc)));
        }
        self.follow(vpc, reference, route.target)
    }

    /// Whether what came across a peering may go on to a target (§5a).
    fn may_leave_after_peering(&self, vpc: VpcId, target: RouteTarget) -> bool {
        let profile = self.world.network.vpcs[vpc].profile.peering;
        match target {
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => true,
            RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_) => profile.to_peering.value(self.world.valuation),
            RouteTarget::InternetGateway(_) => profile.to_internet_gateway,
            RouteTarget::NatGateway(_) => profile.to_nat_gateway,
        }
    }
}
