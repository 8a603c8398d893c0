//! One step of a packet: §§2, 4, 5 and 6 of the page, sentence by sentence.

use std::net::IpAddr;

use canreach_model::{
    Checkpoint, Direction, Endpoint, EntryRouting, FactId, InstanceId, InterfaceId, InterfaceOwner,
    Layer, Listen, NatGatewayId, NatPlacement, Pass, PeeringId, PeeringStatus, PublicAddressTarget,
    RouteRef, RouteTableId, RouteTarget, SubnetId, VpcId,
};
use canreach_net::{Family, Header};

use super::{At, Came, Configuration, Lost, Next, Stop, Walk};

pub(super) type Step = Result<Next, Lost>;

pub(super) fn obstacle<T>(name: &'static str) -> Result<T, Lost> {
    Err(Lost::Obstacle(name))
}

#[expect(clippy::unnecessary_wraps, reason = "a step that nothing stops reads like the others")]
pub(super) fn go(at: At, header: Header) -> Step {
    Ok(Next::Go(Configuration { at, header }))
}

impl Walk<'_> {
    pub(super) fn step(&mut self, Configuration { at, header }: Configuration) -> Step {
        match at {
            At::Sending(interface) => self.sending(interface, header),
            At::SendingOn(interface) => self.sending_on(interface, header),
            At::NextStop(vpc, stop, came) => self.next_stop(vpc, stop, came, header),
            At::Entering(vpc, came) => self.entering(vpc, came, header),
            At::Delivering(vpc, from) => self.delivering(vpc, from, header),
            At::Internet => self.internet(header),
        }
    }

    // §2. Sending from interface i.

    fn sending(&mut self, i: InterfaceId, header: Header) -> Step {
        // Step 1.
        if let Some(keeper) = self.host_keeps(i, header.destination) {
            return self.listening(keeper, header);
        }
        // Step 2.
        if self.network.interfaces[i].filtered {
            self.security_groups(i, Direction::Egress, header)?;
        }
        self.sending_on(i, header)
    }

    /// The interface of the same host and VPC that has the address.
    fn host_keeps(&self, i: InterfaceId, destination: IpAddr) -> Option<InterfaceId> {
        let same_host = |j: InterfaceId| match self.network.interfaces[i].owner {
            InterfaceOwner::Instance(_) => {
                self.network.interfaces[j].owner == self.network.interfaces[i].owner
            }
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Detached => false,
        };
        let keeper = self.owner(self.network.vpc_of(i), destination)?;
        (keeper == i || same_host(keeper)).then_some(keeper)
    }

    fn sending_on(&mut self, i: InterfaceId, header: Header) -> Step {
        let subnet = self.network.interfaces[i].subnet;
        let vpc = self.network.vpc_of(i);
        // Step 3.
        let decided = self.route_of_sender(i, header);
        // Step 4.
        let next_interface = match decided {
            Ok(Stop::Route(_, RouteTarget::Local)) => self.owner(vpc, header.destination),
            Ok(Stop::Route(_, RouteTarget::NatGateway(n))) => self.interface_of_gateway(n),
            Ok(
                Stop::ByPublicAddress
                | Stop::Route(
                    _,
                    RouteTarget::Blackhole
                    | RouteTarget::InternetGateway(_)
                    | RouteTarget::Peering(_)
                    | RouteTarget::TransitGateway(_)
                    | RouteTarget::Connection(_)
                    | RouteTarget::Interface(_)
                    | RouteTarget::VirtualAddress(_)
                    | RouteTarget::GatewayEndpoint(_)
                    | RouteTarget::Unresolved(_),
                ),
            )
            | Err(_) => None,
        };
        let inside = next_interface.is_some_and(|j| self.network.interfaces[j].subnet == subnet);
        if !inside || self.filters_inside(vpc) {
            self.network_acl(subnet, Direction::Egress, header)?;
        }
        // Step 5.
        let came = Came { sender: Some(i), subnet: Some(subnet), across_peering: false };
        go(At::NextStop(vpc, decided?, came), header)
    }

    pub(super) fn filters_inside(&self, vpc: VpcId) -> bool {
        self.network.vpcs[vpc].profile.network_acl.filters_inside_subnet
    }

    fn interface_of_gateway(&self, n: NatGatewayId) -> Option<InterfaceId> {
        match self.network.nat_gateways[n].placement {
            NatPlacement::Subnet(m) => Some(m),
            NatPlacement::Vpc => None,
        }
    }

    /// The interface of the VPC that has the address.
    pub(super) fn owner(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        let mut all = self.network.interfaces.iter();
        all.find(|(i, interface)| {
            self.network.vpc_of(*i) == vpc && interface.addresses.contains(&address)
        })
        .map(|(i, _)| i)
    }

    // §4. The route.

    pub(super) fn route(
        &self,
        vpc: VpcId,
        table: RouteTableId,
        destination: IpAddr,
    ) -> Option<(RouteRef, RouteTarget, u8)> {
        let matching: Vec<(RouteRef, RouteTarget, u8)> = self.network.route_tables[table]
            .routes
            .iter()
            .enumerate()
            .filter(|(_, route)| route.destination.contains(&destination))
            .map(|(index, route)| {
                (RouteRef { table, index }, route.target, route.destination.prefix_len())
            })
            .collect();
        let longest = matching.iter().max_by_key(|(_, _, length)| *length).copied();
        let local = matching
            .iter()
            .filter(|(_, target, _)| *target == RouteTarget::Local)
            .max_by_key(|(_, _, length)| *length)
            .copied();
        if self.network.vpcs[vpc].profile.routing.local_beats_custom {
            local.or(longest)
        } else {
            longest
        }
    }

    fn route_of_sender(&self, i: InterfaceId, header: Header) -> Result<Stop, Lost> {
        let vpc = self.network.vpc_of(i);
        let table = self.network.subnets[self.network.interfaces[i].subnet].route_table;
        let winner = self.route(vpc, table, header.destination);
        let default_or_none = winner.is_none_or(|(_, _, length)| length == 0);
        let beats = self.network.vpcs[vpc].profile.routing.public_address_beats_default_route;
        if beats && default_or_none && self.has_public_address(i, header.source) {
            return Ok(Stop::ByPublicAddress);
        }
        match winner {
            Some((at, target, _)) => Ok(Stop::Route(at, target)),
            None => obstacle("NoRoute"),
        }
    }

    fn has_public_address(&self, i: InterfaceId, private: IpAddr) -> bool {
        let wanted = Some(PublicAddressTarget::Interface { interface: i, address: private });
        self.network.public_addresses.iter().any(|(_, public)| public.target == wanted)
    }

    // §5. The next stop, in VPC v.

    fn next_stop(&mut self, v: VpcId, stop: Stop, came: Came, header: Header) -> Step {
        match stop {
            Stop::ByPublicAddress => {
                let header = self.by_public_address(v, came, header)?;
                go(At::Internet, header)
            }
            Stop::Route(_, RouteTarget::Local) => go(At::Delivering(v, came.subnet), header),
            Stop::Route(_, RouteTarget::Blackhole) => obstacle("Blackhole"),
            Stop::Route(_, RouteTarget::InternetGateway(g)) => {
                self.internet_gateway(v, g, came, header)
            }
            Stop::Route(_, RouteTarget::NatGateway(n)) => self.nat_gateway(v, n, came, header),
            Stop::Route(_, RouteTarget::Peering(p)) => self.peering(v, p, came, header),
            Stop::Route(_, RouteTarget::Unresolved(fact)) => self.unmodelled(fact),
            Stop::Route(
                _,
                RouteTarget::TransitGateway(_)
                | RouteTarget::Connection(_)
                | RouteTarget::Interface(_)
                | RouteTarget::VirtualAddress(_)
                | RouteTarget::GatewayEndpoint(_),
            ) => obstacle("Unmodelled"),
        }
    }

    fn peering(&self, v: VpcId, p: PeeringId, came: Came, header: Header) -> Step {
        let peering = &self.network.peerings[p];
        if peering.status != PeeringStatus::Active {
            return obstacle("PeeringInactive");
        }
        match peering.other_side(v) {
            None => obstacle("PeeringElsewhere"),
            Some(w) => {
                go(At::Entering(w, Came { subnet: None, across_peering: true, ..came }), header)
            }
        }
    }

    // §5a. Entering VPC w.

    fn entering(&self, w: VpcId, came: Came, header: Header) -> Step {
        let vpc = &self.network.vpcs[w];
        let peering = &vpc.profile.peering;
        if vpc.profile.routing.entry == EntryRouting::LocalOnly {
            if vpc.cidrs.iter().any(|block| block.contains(&header.destination)) {
                return go(At::Delivering(w, None), header);
            }
            return obstacle(if came.across_peering { "PeeringNotTransitive" } else { "NoRoute" });
        }
        let Some((at, target, _)) = self.route(w, vpc.default_route_table, header.destination)
        else {
            return obstacle("NoRoute");
        };
        let may_go_on = match target {
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Unresolved(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_)
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_) => true,
            RouteTarget::Peering(_) => {
                !came.across_peering || peering.to_peering.value(self.valuation)
            }
            RouteTarget::InternetGateway(_) => !came.across_peering || peering.to_internet_gateway,
            RouteTarget::NatGateway(_) => !came.across_peering || peering.to_nat_gateway,
        };
        if may_go_on {
            go(At::NextStop(w, Stop::Route(at, target), came), header)
        } else {
            obstacle("PeeringNotTransitive")
        }
    }

    // §6. Delivering in VPC v.

    fn delivering(&mut self, v: VpcId, from: Option<SubnetId>, header: Header) -> Step {
        // Step 1.
        let Some(i) = self.owner(v, header.destination) else { return obstacle("NobodyHas") };
        let interface = &self.network.interfaces[i];
        // Step 2.
        if from != Some(interface.subnet) || self.filters_inside(v) {
            self.network_acl(interface.subnet, Direction::Ingress, header)?;
        }
        // Step 3.
        match interface.owner {
            InterfaceOwner::NatGateway(n) => {
                return match self.reply_on_record(n, header) {
                    Some(to_origin) => go(At::SendingOn(i), to_origin),
                    None => obstacle("NoDestinationTranslation"),
                };
            }
            InterfaceOwner::Detached => return obstacle("Detached"),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {}
        }
        // Step 4.
        if interface.filtered {
            self.security_groups(i, Direction::Ingress, header)?;
        }
        self.listening(i, header)
    }

    /// §5, "Unresolved".
    fn unmodelled(&self, fact: FactId) -> Step {
        if self.valuation.is_true(fact) { Ok(Next::Unmodelled) } else { obstacle("Unmodelled") }
    }

    /// The second half of §6 step 4: the listening services, then delivered.
    fn listening(&self, i: InterfaceId, header: Header) -> Step {
        if let InterfaceOwner::Unmodelled(fact) = self.network.interfaces[i].owner {
            return self.unmodelled(fact);
        }
        if let InterfaceOwner::Instance(instance) = self.network.interfaces[i].owner
            && !self.something_listens(instance, header)
        {
            let layer = Layer::Listener(instance, Some(i));
            return Err(Lost::Filter(Checkpoint { layer, direction: Direction::Ingress }));
        }
        Ok(Next::Delivered(Endpoint::Interface(i), header))
    }

    fn something_listens(&self, instance: InstanceId, header: Header) -> bool {
        let (Some(services), Some(ports), Pass::Request) =
            (&self.network.instances[instance].services, header.transport.ports(), self.pass)
        else {
            return true;
        };
        services.iter().any(|service| {
            let here = match service.listen {
                Listen::Any | Listen::Interface(_) => true,
                Listen::AnyV4 => header.family() == Family::V4,
                Listen::AnyV6 => header.family() == Family::V6,
                Listen::Address(address) => !address.is_loopback() && address == header.destination,
            };
            here && service.protocol == header.transport.protocol()
                && service.ports.first() <= ports.destination
                && ports.destination <= service.ports.last()
        })
    }
}
