//! Sending, routing, entering and delivering: `docs/forwarding.md` §§2 to 8, for all packets at once.

use std::net::IpAddr;

use canreach_model::{
    Across, Checkpoint, Direction, EntryRouting, InterfaceId, InterfaceOwner, Layer, NatPlacement,
    Network, Obstacle, PeeringId, PeeringStatus, Place, RouteRef, RouteTableId, RouteTarget,
    Setting, SubnetId, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    AddressView, End,
    explore::{Explorer, Limit},
    packet::Packet,
};

/// Where the route table sends packets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NextHop {
    /// To a route's target.
    Route(RouteRef, RouteTarget),
    /// Out by the sender's public address, past the table.
    PublicAddress,
    /// Nowhere.
    None(RouteTableId),
}

impl Explorer<'_, '_> {
    fn network(&self) -> &Network {
        self.topology.network
    }

    /// §2: sends from an interface.
    pub(crate) fn send(&mut self, mut packet: Packet, sender: InterfaceId) {
        self.put(&mut packet, Place::Interface(sender));
        let vpc = self.network().vpc_of(sender);
        let mut elsewhere = Some(packet);
        // Step 1: the host keeps what is for itself.
        for (address, owner) in self.addresses_of_host(sender) {
            let Some(packet) = elsewhere.take() else { break };
            let (own, rest) = split(&packet, packet.header.destination, &address.into());
            if let Some(own) = own {
                self.receive(own, owner);
            }
            elsewhere = rest;
        }
        let Some(mut packet) = elsewhere else { return };
        if self.network().interfaces[sender].filtered {
            let stateful = self.network().vpcs[vpc].profile.security_group.stateful;
            let layer = Layer::SecurityGroups(sender);
            packet.cross(
                self.network(),
                Checkpoint { layer, direction: Direction::Egress },
                stateful,
            );
        }
        self.leave(&packet, sender);
    }

    /// The addresses in its VPC of the host that an interface belongs to, each with its interface.
    fn addresses_of_host(&self, sender: InterfaceId) -> Vec<(IpAddr, InterfaceId)> {
        let network = self.network();
        let vpc = network.vpc_of(sender);
        let owner = network.interfaces[sender].owner;
        let same_host = |id: InterfaceId| {
            id == sender
                || (matches!(owner, InterfaceOwner::Instance(_))
                    && network.interfaces[id].owner == owner
                    && network.vpc_of(id) == vpc)
        };
        let ids = network.interfaces.ids().filter(|id| same_host(*id));
        ids.flat_map(|id| {
            network.interfaces[id].addresses.iter().map(move |address| (*address, id))
        })
        .collect()
    }

    /// §2 steps 3 to 5: leaves an interface's subnet, by its route table.
    pub(crate) fn leave(&mut self, packet: &Packet, sender: InterfaceId) {
        if self.has_given_up() {
            return;
        }
        let subnet = self.network().interfaces[sender].subnet;
        let (vpc, table) = {
            let subnet = &self.network().subnets[subnet];
            (subnet.vpc, subnet.route_table)
        };
        for (mut packet, hop) in self.route_from(packet, table, vpc, sender) {
            packet.across = None;
            if let NextHop::Route(route, RouteTarget::Local) = hop {
                for (packet, owner) in self.split_by_owner(&packet, vpc) {
                    self.leave_to(
                        packet,
                        subnet,
                        vpc,
                        Some(route),
                        |explorer, packet| {
                            explorer.deliver(packet, vpc, owner);
                        },
                        owner.ok(),
                    );
                }
                continue;
            }
            let standing_here = match hop {
                NextHop::Route(_, RouteTarget::NatGateway(id)) => {
                    match self.network().nat_gateways[id].placement {
                        NatPlacement::Subnet(interface) => Some(interface),
                        NatPlacement::Vpc => None,
                    }
                }
                NextHop::Route(..) | NextHop::PublicAddress | NextHop::None(_) => None,
            };
            let route = match hop {
                NextHop::Route(route, _) => Some(route),
                NextHop::PublicAddress | NextHop::None(_) => None,
            };
            self.leave_to(
                packet,
                subnet,
                vpc,
                route,
                |explorer, packet| {
                    explorer.next_stop(packet, vpc, hop, Some(sender));
                },
                standing_here,
            );
        }
    }

    /// §2 step 4: crosses the subnet's ACL, unless the next stop is an interface of the same subnet;
    /// then goes on through the VPC's router.
    fn leave_to(
        &mut self,
        mut packet: Packet,
        subnet: SubnetId,
        vpc: VpcId,
        route: Option<RouteRef>,
        go_on: impl FnOnce(&mut Self, Packet),
        next_interface: Option<InterfaceId>,
    ) {
        let stays = next_interface.is_some_and(|id| self.network().interfaces[id].subnet == subnet);
        self.cross_acl(&mut packet, subnet, Direction::Egress, stays);
        packet.from_subnet = Some(subnet);
        self.put(&mut packet, Place::Router(vpc));
        if let Some(route) = route {
            packet.took(route);
        }
        if packet.is_loop(Place::Router(vpc)) {
            return self.stop(packet, Obstacle::RoutingLoop(Place::Router(vpc)));
        }
        go_on(self, packet);
    }

    /// §8: crosses the ACL of a subnet, unless the packets stay inside it and it does not look then.
    pub(crate) fn cross_acl(
        &self,
        packet: &mut Packet,
        subnet: SubnetId,
        direction: Direction,
        inside: bool,
    ) {
        let network = self.network();
        let profile = &network.vpcs[network.subnets[subnet].vpc].profile.network_acl;
        if inside && !profile.filters_inside_subnet {
            return;
        }
        if let Some(acl) = network.subnets[subnet].network_acl {
            let layer = Layer::NetworkAcl(acl, subnet);
            packet.cross(self.network(), Checkpoint { layer, direction }, profile.stateful);
        }
    }

    /// §4 with the rule about public addresses: divides the packets by next hop.
    fn route_from(
        &self,
        packet: &Packet,
        table: RouteTableId,
        vpc: VpcId,
        sender: InterfaceId,
    ) -> Vec<(Packet, NextHop)> {
        let hops = self.route(packet, table);
        let network = self.network();
        if !network.vpcs[vpc].profile.routing.public_address_beats_default_route {
            return hops;
        }
        let own = network.interfaces[sender].addresses.iter().copied().collect();
        let public: AddressSet = self
            .topology
            .public_addresses_of(vpc, &own)
            .into_iter()
            .map(|(private, _)| private)
            .collect();
        let mut divided = Vec::new();
        for (packet, hop) in hops {
            let beaten = match hop {
                NextHop::Route(route, _) => {
                    self.destination_of(route).is_some_and(|length| length == 0)
                }
                NextHop::None(_) => true,
                NextHop::PublicAddress => false,
            };
            if !beaten {
                divided.push((packet, hop));
                continue;
            }
            let (with, without) = split(&packet, packet.header.source, &public);
            divided.extend(with.map(|packet| (packet, NextHop::PublicAddress)));
            divided.extend(without.map(|packet| (packet, hop)));
        }
        divided
    }

    /// The prefix length of a route.
    fn destination_of(&self, route: RouteRef) -> Option<u8> {
        let routes = &self.network().route_tables[route.table].routes;
        routes.get(route.index).map(|route| route.destination.prefix_len())
    }

    /// §4: divides the packets by the route that wins.
    pub(crate) fn route(&self, packet: &Packet, table: RouteTableId) -> Vec<(Packet, NextHop)> {
        let network = self.network();
        let vpc = network.route_tables[table].vpc;
        let local_first = network.vpcs[vpc].profile.routing.local_beats_custom;
        let mut routes: Vec<_> = network.route_tables[table].routes.iter().enumerate().collect();
        routes.sort_by_key(|(index, route)| {
            let local = local_first && route.target == RouteTarget::Local;
            (!local, u8::MAX - route.destination.prefix_len(), *index)
        });
        let mut divided = Vec::new();
        let mut rest = Some(packet.clone());
        for (index, route) in routes {
            let Some(packet) = rest.take() else { break };
            let (matched, unmatched) =
                split(&packet, packet.header.destination, &route.destination.into());
            let hop = NextHop::Route(RouteRef { table, index }, route.target);
            divided.extend(matched.map(|packet| (packet, hop)));
            rest = unmatched;
        }
        divided.extend(rest.map(|packet| (packet, NextHop::None(table))));
        divided
    }

    /// §5: goes to the next stop from a VPC's router. `sender` is the interface that sent the
    /// packets inside this VPC, if one did.
    pub(crate) fn next_stop(
        &mut self,
        packet: Packet,
        vpc: VpcId,
        hop: NextHop,
        sender: Option<InterfaceId>,
    ) {
        match hop {
            NextHop::PublicAddress => self.out_by_public_address(packet, vpc, sender),
            NextHop::None(table) => self.stop_in(packet, vpc, Obstacle::NoRoute(table)),
            NextHop::Route(route, target) => match target {
                RouteTarget::Local => self.deliver_locally(&packet, vpc),
                RouteTarget::Blackhole => self.stop_in(packet, vpc, Obstacle::Blackhole(route)),
                RouteTarget::InternetGateway(id) => {
                    self.out_through_gateway(packet, vpc, id, sender);
                }
                RouteTarget::NatGateway(id) => self.through_nat_gateway(packet, vpc, id),
                RouteTarget::Peering(id) => self.across_peering(packet, vpc, id),
                RouteTarget::TransitGateway(_)
                | RouteTarget::Connection(_)
                | RouteTarget::Interface(_)
                | RouteTarget::VirtualAddress(_)
                | RouteTarget::GatewayEndpoint(_) => {
                    self.stop(packet, Obstacle::Blackhole(route));
                }
                RouteTarget::Unresolved(fact) => {
                    let mut packet = packet;
                    self.put(&mut packet, Place::Unmodelled);
                    self.finish(packet, End::Unmodelled(fact));
                }
            },
        }
    }

    fn across_peering(&mut self, mut packet: Packet, vpc: VpcId, id: PeeringId) {
        self.put(&mut packet, Place::Peering(id));
        let peering = &self.network().peerings[id];
        let (active, other) = (peering.status == PeeringStatus::Active, peering.other_side(vpc));
        if !active {
            let obstacle = Obstacle::PeeringInactive(id);
            match other {
                Some(_) if self.may_assume(&packet, obstacle) => packet.assume(obstacle),
                Some(_) | None => return self.stop(packet, obstacle),
            }
        }
        match other {
            Some(other) => self.enter(packet, other, Some(id)),
            None => self.stop_in(packet, vpc, Obstacle::PeeringElsewhere(id, vpc)),
        }
    }

    /// §5a: enters a VPC, across a peering or from a gateway at its edge.
    pub(crate) fn enter(&mut self, mut packet: Packet, vpc: VpcId, across: Option<PeeringId>) {
        if self.has_given_up() {
            return;
        }
        packet.from_subnet = None;
        packet.across = across.map(Across::Peering);
        self.put(&mut packet, Place::Router(vpc));
        if packet.is_loop(Place::Router(vpc)) {
            return self.stop(packet, Obstacle::RoutingLoop(Place::Router(vpc)));
        }
        let table = self.network().vpcs[vpc].default_route_table;
        match self.network().vpcs[vpc].profile.routing.entry {
            EntryRouting::LocalOnly => {
                let own: AddressSet = self.network().vpcs[vpc].cidrs.iter().copied().collect();
                let (inside, outside) = split(&packet, packet.header.destination, &own);
                if let Some(packet) = inside {
                    self.deliver_locally(&packet, vpc);
                }
                if let Some(packet) = outside {
                    let obstacle = across.map_or(Obstacle::NoRoute(table), |peering| {
                        Obstacle::NotTransitive(Across::Peering(peering), vpc)
                    });
                    self.stop_in(packet, vpc, obstacle);
                }
            }
            EntryRouting::DefaultTable => {
                for (mut packet, hop) in self.route(&packet, table) {
                    if let NextHop::Route(route, _) = hop {
                        packet.took(route);
                    }
                    self.pass_through(packet, vpc, hop, across);
                }
            }
        }
    }

    /// §5a, `DefaultTable`: what came across a peering may leave again only as the profile allows.
    fn pass_through(
        &mut self,
        packet: Packet,
        vpc: VpcId,
        hop: NextHop,
        across: Option<PeeringId>,
    ) {
        let NextHop::Route(_, target) = hop else {
            return self.next_stop(packet, vpc, hop, None);
        };
        let Some(peering) = across else {
            return self.next_stop(packet, vpc, hop, None);
        };
        let profile = self.network().vpcs[vpc].profile.peering;
        let allowed = match target {
            RouteTarget::Local | RouteTarget::Blackhole | RouteTarget::Unresolved(_) => {
                Setting::Decided(true)
            }
            RouteTarget::InternetGateway(_) => Setting::Decided(profile.to_internet_gateway),
            RouteTarget::NatGateway(_) => Setting::Decided(profile.to_nat_gateway),
            RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_) => profile.to_peering,
            RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_) => Setting::Decided(true),
        };
        for (packet, allowed) in under(&packet, allowed) {
            if allowed {
                self.next_stop(packet, vpc, hop, None);
            } else {
                self.stop_in(packet, vpc, Obstacle::NotTransitive(Across::Peering(peering), vpc));
            }
        }
    }

    /// §6 step 1 for packets of any destination in a VPC.
    pub(crate) fn deliver_locally(&mut self, packet: &Packet, vpc: VpcId) {
        for (packet, owner) in self.split_by_owner(packet, vpc) {
            self.deliver(packet, vpc, owner);
        }
    }

    /// Divides packets by who has their destination in a VPC; `Err` is an address nobody has.
    fn split_by_owner(
        &self,
        packet: &Packet,
        vpc: VpcId,
    ) -> Vec<(Packet, Result<InterfaceId, IpAddr>)> {
        let view = packet.header.destination;
        let owners = self.topology.owners_in(vpc, &packet.values(view));
        let owned: AddressSet = owners.iter().map(|(address, _)| *address).collect();
        let mut divided = Vec::new();
        for (address, owner) in owners {
            divided
                .extend(packet.with_address(view, &address.into()).map(|part| (part, Ok(owner))));
        }
        let nobody = packet.values(view).difference(&owned);
        if let Some(first) = nobody.first() {
            divided.extend(packet.with_address(view, &nobody).map(|part| (part, Err(first))));
        }
        divided
    }

    /// §6: delivers packets to the owner of their destination.
    pub(crate) fn deliver(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        owner: Result<InterfaceId, IpAddr>,
    ) {
        let owner = match owner {
            Ok(owner) => owner,
            Err(address) => return self.stop(packet, Obstacle::NobodyHas(vpc, address)),
        };
        let interface = &self.network().interfaces[owner];
        let (subnet, plugged) = (interface.subnet, interface.owner);
        let inside = packet.from_subnet == Some(subnet);
        match plugged {
            InterfaceOwner::NatGateway(gateway) => {
                self.put(&mut packet, Place::NatGateway(gateway));
                self.cross_acl(&mut packet, subnet, Direction::Ingress, inside);
                self.back_through_nat_interface(packet, gateway, owner);
            }
            InterfaceOwner::Detached => {
                self.put(&mut packet, Place::Interface(owner));
                self.cross_acl(&mut packet, subnet, Direction::Ingress, inside);
                self.stop(packet, Obstacle::Detached(owner));
            }
            InterfaceOwner::Instance(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {
                self.put(&mut packet, Place::Interface(owner));
                self.cross_acl(&mut packet, subnet, Direction::Ingress, inside);
                if self.network().interfaces[owner].filtered {
                    let stateful = self.network().vpcs[vpc].profile.security_group.stateful;
                    let layer = Layer::SecurityGroups(owner);
                    packet.cross(
                        self.network(),
                        Checkpoint { layer, direction: Direction::Ingress },
                        stateful,
                    );
                }
                self.receive(packet, owner);
            }
        }
    }

    /// §6 step 4, its end: the listening services, and arrival.
    pub(crate) fn receive(&mut self, mut packet: Packet, interface: InterfaceId) {
        let network = self.network();
        if let InterfaceOwner::Instance(instance) = network.interfaces[interface].owner
            && network.instances[instance].services.is_some()
            && !Self::is_reply(&packet)
        {
            let layer = Layer::Listener(instance, Some(interface));
            packet.cross(
                self.network(),
                Checkpoint { layer, direction: Direction::Ingress },
                false,
            );
        }
        if let InterfaceOwner::Unmodelled(fact) = network.interfaces[interface].owner {
            return self.finish(packet, End::Unmodelled(fact));
        }
        self.finish(packet, End::Arrived(canreach_model::Endpoint::Interface(interface)));
    }

    /// Gives up: the destination port to look at is one that a NAT gateway chose.
    pub(crate) fn cannot_tell(&mut self) {
        self.give_up(Limit::ChosenPort);
    }
}

/// Divides packets by whether an address of theirs lies in `set`.
pub(crate) fn split(
    packet: &Packet,
    view: AddressView,
    set: &AddressSet,
) -> (Option<Packet>, Option<Packet>) {
    let rest = packet.values(view).difference(set);
    (packet.with_address(view, set), packet.with_address(view, &rest))
}

/// Divides packets by the value of a setting.
pub(crate) fn under(packet: &Packet, setting: Setting<bool>) -> Vec<(Packet, bool)> {
    match setting {
        Setting::Decided(value) => vec![(packet.clone(), value)],
        Setting::Disputed { fact, if_true, if_false } => {
            let values = [(true, if_true), (false, if_false)];
            values
                .into_iter()
                .filter_map(|(value, meaning)| Some((packet.with_fact(fact, value)?, meaning)))
                .collect()
        }
    }
}
