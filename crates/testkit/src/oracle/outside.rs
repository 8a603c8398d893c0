//! Leaving for the Internet (§5), and what happens there (§9).

use std::net::IpAddr;

use canreach_model::{
    Endpoint, InterfaceId, InternetAccess, InternetGatewayId, Pass, PublicAddressTarget, VpcId,
};
use canreach_net::{Family, Header, is_public_unicast};

use super::{
    At, Came, Lost, Next, Stop, Walk,
    steps::{Step, go, obstacle},
};

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
                if self.owner(v, header.source).is_some_and(|i| self.denied_at_gateway(i)) {
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
        if came.sender.is_some_and(|i| self.denied_at_gateway(i)) {
            return obstacle("InternetGatewayDenied");
        }
        for (_, public) in self.network.public_addresses.iter() {
            if let Some(PublicAddressTarget::Interface { interface, address }) = public.target
                && self.network.vpc_of(interface) == v
                && address == header.source
            {
                return Ok(Header { source: public.address, ..header });
            }
        }
        obstacle("NoPublicAddress")
    }

    pub(super) fn denied_at_gateway(&self, i: InterfaceId) -> bool {
        self.network.interfaces[i].internet_gateway_denied
    }

    // §9. The Internet.

    pub(super) fn internet(&mut self, header: Header) -> Step {
        if !is_public_unicast(header.source) || !is_public_unicast(header.destination) {
            return obstacle("NotRoutedOnInternet");
        }
        // A public address of the network.
        let public = self
            .network
            .public_addresses
            .iter()
            .find(|(_, public)| public.address == header.destination);
        if let Some((_, public)) = public {
            return match public.target {
                None => obstacle("PublicAddressUnused"),
                Some(PublicAddressTarget::Interface { interface, address }) => {
                    self.arriving_at_public_address(interface, address, header)
                }
                Some(PublicAddressTarget::VirtualAddress(_)) => obstacle("Unmodelled"),
                Some(PublicAddressTarget::NatGateway(n)) => self.arriving_at_gateway(n, header),
            };
        }
        // The IPv6 address of an interface: the first VPC in the model's order.
        if header.family() == Family::V6 {
            for v in self.network.vpcs.ids() {
                if let Some(i) = self.owner(v, header.destination) {
                    return self.arriving_at_ipv6_address(v, i, header);
                }
            }
            // An IPv6 address inside a block of a VPC.
            let mut vpcs = self.network.vpcs.iter();
            if vpcs
                .any(|(_, vpc)| vpc.cidrs.iter().any(|block| block.contains(&header.destination)))
            {
                return obstacle("NobodyHas");
            }
        }
        // Any other address.
        Ok(Next::Delivered(Endpoint::Internet, header))
    }

    pub(super) fn arriving_at_public_address(
        &self,
        i: InterfaceId,
        private: IpAddr,
        header: Header,
    ) -> Step {
        let v = self.network.vpc_of(i);
        let mut gateways = self.network.internet_gateways.iter();
        let gateway = gateways.find(|(_, g)| g.vpc == Some(v) && !g.egress_only);
        let way_in = match (self.network.vpcs[v].profile.routing.internet, gateway) {
            (InternetAccess::PublicAddress, _) => None,
            (InternetAccess::Gateway, Some((g, _))) => Some(g),
            (InternetAccess::Gateway, None) => return obstacle("NoInternetGateway"),
        };
        if self.denied_at_gateway(i) {
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
        if self.denied_at_gateway(i) {
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
