//! §2: sending a packet, and sending it on.

use canreach_model::{
    Direction, HookPoint, InterfaceId, NatGatewayId, NatPlacement, RouteTarget, SubnetId, VpcId,
};
use canreach_net::Header;

use super::{At, Came, Lost, Step, Stop, Walk, go};

impl Walk<'_> {
    pub(super) fn sending(&mut self, i: InterfaceId, header: Header) -> Step {
        // Step 0.
        if let Some((m, bypasses)) = self.balancer_to_answer(header) {
            return self.back_to_balancer(i, m, bypasses, header);
        }
        // Step 1.
        if self.own_addresses(i).contains(&header.destination) {
            self.note_virtual_address(self.network.vpc_of(i), header.destination);
            return self.received_by_host(i, None, header);
        }
        // Step 2.
        self.host_firewall(HookPoint::Output, None, Some(i), header)?;
        self.groups_where_filtered(i, Direction::Egress, header)?;
        go(At::SendingOn(i), header)
    }

    /// Step 0: without a look at any route.
    fn back_to_balancer(
        &mut self,
        i: InterfaceId,
        m: InterfaceId,
        bypasses: bool,
        header: Header,
    ) -> Step {
        let subnet = self.network.interfaces[i].subnet;
        self.host_firewall(HookPoint::Output, None, Some(i), header)?;
        if !bypasses {
            self.groups_where_filtered(i, Direction::Egress, header)?;
            let inside = self.network.interfaces[m].subnet == subnet;
            if !inside || self.filters_inside(self.network.vpc_of(i)) {
                self.network_acl(subnet, Direction::Egress, header)?;
            }
        }
        go(At::AtInterface(m, Some(subnet)), header)
    }

    pub(super) fn sending_on(&mut self, i: InterfaceId, header: Header) -> Step {
        let subnet = self.network.interfaces[i].subnet;
        // Step 3.
        let decided = self.route_of_sender(i, header);
        let came = Came { sender: Some(i), subnet: Some(subnet), ..Came::default() };
        self.leaving_subnet(subnet, decided, came, header)
    }

    /// §5b: as if an interface of the subnet without a public address had sent it.
    pub(super) fn sending_from(&mut self, s: SubnetId, came: Came, header: Header) -> Step {
        // Step 3.
        let subnet = &self.network.subnets[s];
        let decided = self.route_or_none(subnet.vpc, subnet.route_table, header.destination);
        let came = Came { subnet: Some(s), across: came.across, ..Came::default() };
        self.leaving_subnet(s, decided, came, header)
    }

    fn leaving_subnet(
        &mut self,
        subnet: SubnetId,
        decided: Result<Stop, Lost>,
        came: Came,
        header: Header,
    ) -> Step {
        let vpc = self.network.subnets[subnet].vpc;
        // Step 4.
        let next = decided.as_ref().ok().and_then(|stop| self.next_interface(vpc, *stop, header));
        let inside = match next {
            Some(j) => self.network.interfaces[j].subnet == subnet,
            None => decided.as_ref().is_ok_and(|stop| self.may_be_unlisted(subnet, *stop, header)),
        };
        if !inside || self.filters_inside(vpc) {
            self.network_acl(subnet, Direction::Egress, header)?;
        }
        // Step 5.
        go(At::NextStop(vpc, decided?, came), header)
    }

    /// Whether the next stop is nobody known, at an address of the subnet that may be somebody's.
    fn may_be_unlisted(&self, subnet: SubnetId, stop: Stop, header: Header) -> bool {
        let subnet = &self.network.subnets[subnet];
        matches!(stop, Stop::Route(_, RouteTarget::Local))
            && self.virtual_address(subnet.vpc, header.destination).is_none()
            && self.unlisted(subnet.vpc, header.destination).is_some()
            && subnet.cidrs.iter().any(|block| block.contains(&header.destination))
    }

    /// The interface that is the next stop, if it is one.
    fn next_interface(&self, vpc: VpcId, stop: Stop, header: Header) -> Option<InterfaceId> {
        match stop {
            Stop::Route(_, RouteTarget::Local) => self.owner(vpc, header.destination),
            Stop::Route(_, RouteTarget::NatGateway(n)) => self.interface_of_gateway(n),
            Stop::Route(_, RouteTarget::Interface(m)) => Some(m),
            Stop::Route(_, RouteTarget::VirtualAddress(a)) => self.holder(a),
            Stop::ByPublicAddress
            | Stop::Route(
                _,
                RouteTarget::Blackhole
                | RouteTarget::InternetGateway(_)
                | RouteTarget::Peering(_)
                | RouteTarget::TransitGateway(_)
                | RouteTarget::Connection(_)
                | RouteTarget::GatewayEndpoint(_)
                | RouteTarget::Unresolved(_),
            ) => None,
        }
    }

    fn interface_of_gateway(&self, n: NatGatewayId) -> Option<InterfaceId> {
        match self.network.nat_gateways[n].placement {
            NatPlacement::Subnet(m) => Some(m),
            NatPlacement::Vpc => None,
        }
    }

    pub(super) fn filters_inside(&self, vpc: VpcId) -> bool {
        self.network.vpcs[vpc].profile.network_acl.filters_inside_subnet
    }

    pub(super) fn groups_where_filtered(
        &mut self,
        i: InterfaceId,
        direction: Direction,
        header: Header,
    ) -> Result<(), Lost> {
        if self.network.interfaces[i].filtered {
            self.security_groups(i, direction, header)?;
        }
        Ok(())
    }
}
