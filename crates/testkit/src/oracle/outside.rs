//! Leaving for the Internet (§5), and what happens there (§9).

use std::net::IpAddr;

use canreach_model::{
    Border, Direction, Endpoint, InterfaceId, InternetAccess, InternetGatewayId, Pass,
    PublicAddress, PublicAddressId, PublicAddressTarget, VpcId,
};
use canreach_net::{Family, Header, is_public_unicast};

use super::{At, Came, Lost, Next, Step, Stop, Walk, go, obstacle};

impl Walk<'_> {
    pub(super) fn internet_gateway(
        &mut self,
        v: VpcId,
        g: InternetGatewayId,
        came: Came,
        header: Header,
    ) -> Step {
        let gateway = &self.network.internet_gateways[g];
        if gateway.vpc != Some(v) {
            return obstacle("GatewayNotAttached");
        }
        if gateway.egress_only && header.family() == Family::V4 {
            return obstacle("EgressOnly");
        }
        let header = match header.family() {
            Family::V4 => self.by_public_address(v, came, header)?,
            Family::V6 => {
                let of_source = self.interface_with(v, header.source);
                if of_source.is_some_and(|i| self.denied_at(g, i)) {
                    return obstacle("InternetGatewayDenied");
                }
                header
            }
        };
        if self.pass == Pass::Request {
            self.memory.went_out.push(g);
        }
        go(At::Internet, header)
    }

    /// Replaces the source by the public address that stands for it.
    pub(super) fn by_public_address(
        &self,
        v: VpcId,
        came: Came,
        header: Header,
    ) -> Result<Header, Lost> {
        let of_source = self.interface_with(v, header.source);
        if of_source.is_some_and(|i| self.denied_at_gateway(i)) {
            return obstacle("InternetGatewayDenied");
        }
        for (_, public) in self.network.public_addresses.iter() {
            let stands_here = match public.target {
                Some(PublicAddressTarget::Interface { interface, address }) => {
                    self.network.vpc_of(interface) == v && address == header.source
                }
                Some(PublicAddressTarget::VirtualAddress(a)) => {
                    self.virtual_address(v, header.source) == Some(a)
                }
                Some(PublicAddressTarget::NatGateway(_) | PublicAddressTarget::Unresolved(_))
                | None => false,
            };
            if stands_here {
                return Ok(Header { source: public.address, ..header });
            }
        }
        // Told of the interface that has the source, or else of the one that last sent the packet.
        obstacle(if of_source.or(came.sender).is_some() { "NoPublicAddress" } else { "NobodyHas" })
    }

    pub(super) fn denied_at_gateway(&self, i: InterfaceId) -> bool {
        self.network.interfaces[i].internet_gateway_denied
    }

    /// Whether the provider refuses an interface the use of a gateway.
    fn denied_at(&self, g: InternetGatewayId, i: InterfaceId) -> bool {
        if self.network.internet_gateways[g].egress_only {
            self.network.interfaces[i].egress_only_gateway_denied
        } else {
            self.denied_at_gateway(i)
        }
    }

    // §9. The Internet.

    pub(super) fn internet(&mut self, header: Header) -> Step {
        // What left by a public address. Requests from the Internet have none of these as a source,
        // and replies from there neither: what is for one of them is not delivered there.
        self.firewall_of(header.source, Direction::Egress, header)?;
        if !is_public_unicast(header.source) || !is_public_unicast(header.destination) {
            return obstacle("NotRoutedOnInternet");
        }
        // A public address of the network.
        self.firewall_of(header.destination, Direction::Ingress, header)?;
        if let Some((_, public)) = self.public_address(header.destination) {
            return match public.target {
                None => obstacle("PublicAddressUnused"),
                Some(PublicAddressTarget::Interface { interface, address }) => {
                    let vpc = self.network.vpc_of(interface);
                    let denied = self.denied_at_gateway(interface);
                    self.arriving_at_public_address(vpc, address, denied, header)
                }
                Some(PublicAddressTarget::VirtualAddress(a)) => {
                    let it = &self.network.virtual_addresses[a];
                    let vpc = self.network.subnets[it.subnet].vpc;
                    self.arriving_at_public_address(vpc, it.address, false, header)
                }
                Some(PublicAddressTarget::Unresolved(fact)) => self.unmodelled(fact),
                Some(PublicAddressTarget::NatGateway(n)) => self.arriving_at_gateway(n, header),
            };
        }
        // The IPv6 address of an interface: the first VPC in the model's order.
        if header.family() == Family::V6 {
            for v in self.network.vpcs.ids() {
                if let Some(i) = self.interface_with(v, header.destination) {
                    return self.arriving_at_ipv6_address(v, i, header);
                }
            }
            // An IPv6 address inside a block of a VPC.
            let mut vpcs = self.network.vpcs.iter();
            let here = |block: &canreach_net::IpNet| block.contains(&header.destination);
            if let Some((v, _)) = vpcs.find(|(_, vpc)| vpc.cidrs.iter().any(here)) {
                return self.nobody(v, header.destination);
            }
        }
        // Any other address.
        Ok(Next::Received(Endpoint::Internet, header))
    }

    fn public_address(&self, address: IpAddr) -> Option<(PublicAddressId, &PublicAddress)> {
        let mut all = self.network.public_addresses.iter();
        all.find(|(_, public)| public.address == address)
    }

    /// The cloud firewall of a public address of the network, if the address is one, at its Internet
    /// border.
    fn firewall_of(
        &mut self,
        address: IpAddr,
        direction: Direction,
        header: Header,
    ) -> Result<(), Lost> {
        let firewall = self.public_address(address).and_then(|(_, public)| public.firewall);
        self.cloud_firewall(firewall, Border::Internet, direction, header)
    }

    /// The gateway through which a VPC lets in what is for a public address; none where it needs none.
    fn way_in(&self, v: VpcId) -> Result<Option<InternetGatewayId>, Lost> {
        let mut gateways = self.network.internet_gateways.iter();
        let gateway = gateways.find(|(_, g)| g.vpc == Some(v) && !g.egress_only);
        match (self.network.vpcs[v].profile.routing.internet, gateway) {
            (InternetAccess::PublicAddress, _) => Ok(None),
            (InternetAccess::Gateway, Some((g, _))) => Ok(Some(g)),
            (InternetAccess::Gateway, None) => obstacle("NoInternetGateway"),
        }
    }

    fn arriving_at_public_address(
        &self,
        v: VpcId,
        private: IpAddr,
        denied: bool,
        header: Header,
    ) -> Step {
        let way_in = self.way_in(v)?;
        if denied {
            return obstacle("InternetGatewayDenied");
        }
        let header = Header { destination: private, ..header };
        match way_in {
            None => go(At::Delivering(v, None), header),
            Some(g) => self.through_gateway(v, g, header),
        }
    }

    pub(super) fn arriving_at_ipv6_address(
        &self,
        v: VpcId,
        i: InterfaceId,
        header: Header,
    ) -> Step {
        let gateway = self.network.internet_gateways.iter().find(|(g, gateway)| {
            let saw = self.pass == Pass::Reply && self.memory.went_out.contains(g);
            gateway.vpc == Some(v) && (!gateway.egress_only || saw)
        });
        let Some((g, _)) = gateway else { return obstacle("NoInternetGateway") };
        if self.denied_at(g, i) {
            return obstacle("InternetGatewayDenied");
        }
        self.through_gateway(v, g, header)
    }

    /// The last paragraph of §9.
    pub(super) fn through_gateway(&self, v: VpcId, g: InternetGatewayId, header: Header) -> Step {
        let Some(table) = self.network.internet_gateways[g].route_table else {
            return go(At::Delivering(v, None), header);
        };
        match self.route(v, table, header.destination) {
            None => obstacle("NoRoute"),
            Some((at, target, _)) => {
                go(At::NextStop(v, Stop::Route(at, target), Came::default()), header)
            }
        }
    }
}
