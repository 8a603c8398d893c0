//! §§4, 5 and 5a: the route, the next stop, and entering a VPC.

use std::net::IpAddr;

use canreach_model::{
    Across, Border, Direction, Endpoint, EntryRouting, FactId, GatewayEndpointId, InterfaceId,
    Pass, PeeringId, PeeringStatus, PublicAddressTarget, RouteRef, RouteTableId, RouteTarget,
    VpcId,
};
use canreach_net::Header;

use super::{At, Came, Lost, Next, Step, Stop, Walk, go, obstacle};

impl Walk<'_> {
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

    pub(super) fn route_or_none(
        &self,
        vpc: VpcId,
        table: RouteTableId,
        destination: IpAddr,
    ) -> Result<Stop, Lost> {
        match self.route(vpc, table, destination) {
            Some((at, target, _)) => Ok(Stop::Route(at, target)),
            None => obstacle("NoRoute"),
        }
    }

    pub(super) fn route_of_sender(&self, i: InterfaceId, header: Header) -> Result<Stop, Lost> {
        let vpc = self.network.vpc_of(i);
        let table = self.network.subnets[self.network.interfaces[i].subnet].route_table;
        let winner = self.route(vpc, table, header.destination);
        let default_or_none = winner.is_none_or(|(_, _, length)| length == 0);
        let beats = self.network.vpcs[vpc].profile.routing.public_address_beats_default_route;
        if beats && default_or_none && self.has_public_address(i, header.source) {
            return Ok(Stop::ByPublicAddress);
        }
        self.route_or_none(vpc, table, header.destination)
    }

    /// Whether a public address stands for an address of the interface, or for a virtual address in
    /// its VPC.
    fn has_public_address(&self, i: InterfaceId, private: IpAddr) -> bool {
        let network = self.network;
        network.public_addresses.iter().any(|(_, public)| match public.target {
            Some(PublicAddressTarget::Interface { interface, address }) => {
                interface == i && address == private
            }
            Some(PublicAddressTarget::VirtualAddress(a)) => {
                let virtual_address = &network.virtual_addresses[a];
                virtual_address.address == private
                    && network.subnets[virtual_address.subnet].vpc == network.vpc_of(i)
            }
            Some(PublicAddressTarget::NatGateway(_) | PublicAddressTarget::Unresolved(_))
            | None => false,
        })
    }

    // §5. The next stop, in VPC v.

    pub(super) fn next_stop(&mut self, v: VpcId, stop: Stop, came: Came, header: Header) -> Step {
        let target = match stop {
            Stop::ByPublicAddress => {
                let header = self.by_public_address(v, came, header)?;
                return go(At::Internet, header);
            }
            Stop::Route(_, target) => target,
        };
        if !self.may_leave(v, target, came) {
            return obstacle("NotTransitive");
        }
        match target {
            RouteTarget::Local => go(At::Delivering(v, came.subnet), header),
            RouteTarget::Blackhole => obstacle("Blackhole"),
            RouteTarget::InternetGateway(g) => self.internet_gateway(v, g, came, header),
            RouteTarget::NatGateway(n) => self.nat_gateway(v, n, came, header),
            RouteTarget::Peering(p) => self.peering(v, p, came, header),
            RouteTarget::TransitGateway(t) => self.transit_gateway(v, t, came, header),
            RouteTarget::Connection(c) => {
                if self.network.connections[c].vpc == Some(v) {
                    go(At::Through(c), header)
                } else {
                    obstacle("ConnectionElsewhere")
                }
            }
            RouteTarget::Interface(m) => self.to_interface(v, m, came, header),
            RouteTarget::VirtualAddress(a) => match self.holder(a) {
                Some(m) => self.to_interface(v, m, came, header),
                None => obstacle("NobodyHolds"),
            },
            RouteTarget::GatewayEndpoint(e) => self.gateway_endpoint(v, e, came, header),
            RouteTarget::Unresolved(fact) => self.unmodelled(fact),
        }
    }

    /// §5a, last paragraph: what came into the VPC across something leaves it only as allowed.
    fn may_leave(&self, v: VpcId, target: RouteTarget, came: Came) -> bool {
        let Some(across) = came.across else { return true };
        let peering = &self.network.vpcs[v].profile.peering;
        match target {
            RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_) => self.value(peering.to_peering),
            RouteTarget::InternetGateway(_) => peering.to_internet_gateway,
            RouteTarget::NatGateway(_) => {
                peering.to_nat_gateway || matches!(across, Across::Transit(_))
            }
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => true,
        }
    }

    fn peering(&mut self, v: VpcId, p: PeeringId, came: Came, header: Header) -> Step {
        let peering = &self.network.peerings[p];
        if peering.status != PeeringStatus::Active {
            return obstacle("PeeringInactive");
        }
        let Some(w) = peering.other_side(v) else { return obstacle("PeeringElsewhere") };
        self.cloud_firewall(peering.firewall, Border::Vpc, Direction::Ingress, header)?;
        let came = Came { subnet: None, across: Some(Across::Peering(p)), ..came };
        go(At::Entering(w, came), header)
    }

    fn to_interface(&self, v: VpcId, m: InterfaceId, came: Came, header: Header) -> Step {
        if self.network.vpc_of(m) != v {
            return obstacle("NobodyHas");
        }
        go(At::Forwarding(m, came.subnet), header)
    }

    fn gateway_endpoint(
        &mut self,
        v: VpcId,
        e: GatewayEndpointId,
        came: Came,
        header: Header,
    ) -> Step {
        let elsewhere = self.network.gateway_endpoints[e].vpc != v;
        if elsewhere || came.subnet.is_none() || came.across.is_some() {
            return obstacle("EndpointElsewhere");
        }
        if self.pass == Pass::Request {
            self.memory.endpoint = Some(e);
        }
        Ok(Next::Received(Endpoint::Internet, header))
    }

    /// §5, "Unresolved".
    pub(super) fn unmodelled(&self, fact: FactId) -> Step {
        if self.is_true(fact) { Ok(Next::Unmodelled) } else { obstacle("Unmodelled") }
    }

    // §5a. Entering VPC w.

    pub(super) fn entering(&self, w: VpcId, came: Came, header: Header) -> Step {
        let vpc = &self.network.vpcs[w];
        if let Some(Across::Connection(c)) = came.across
            && let Some(table) = self.network.connections[c].route_table
        {
            let stop = self.route_or_none(w, table, header.destination)?;
            return go(At::NextStop(w, stop, came), header);
        }
        match vpc.profile.routing.entry {
            EntryRouting::LocalOnly => {
                if vpc.cidrs.iter().any(|block| block.contains(&header.destination)) {
                    return go(At::Delivering(w, None), header);
                }
                obstacle(if came.across.is_some() { "NotTransitive" } else { "NoRoute" })
            }
            EntryRouting::DefaultTable => {
                let stop = self.route_or_none(w, vpc.default_route_table, header.destination)?;
                go(At::NextStop(w, stop, came), header)
            }
        }
    }
}
