//! The Internet, and entering a VPC from it (§9).

use std::net::IpAddr;

use canreach_model::{
    Border, Direction, Endpoint, InterfaceId, InternetAccess, InternetGatewayId, Obstacle, Place,
    PublicAddress, PublicAddressTarget, VpcId,
};
use canreach_net::{Header, is_public_unicast};

use crate::{
    lookup,
    trace::End,
    walk::{Came, Party, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §9, by destination.
    pub(crate) fn cross_internet(&mut self) -> Step {
        let network = self.world.network;
        let Header { source, destination, .. } = self.header;
        // Nothing that starts on the Internet has a public address of the network as its source.
        let left_with = lookup::public_address(network, source).and_then(|it| it.firewall);
        self.check_border(left_with, Border::Internet, Direction::Egress)?;
        self.arrive(Place::Internet);
        self.came = Came::FromOutside;
        self.across = None;
        if let Some(address) = [source, destination].into_iter().find(|it| !is_public_unicast(*it))
        {
            return Err(End::Stopped(Obstacle::NotRoutedOnInternet(address)));
        }
        if let Some(public) = lookup::public_address(network, destination) {
            self.check_border(public.firewall, Border::Internet, Direction::Ingress)?;
            return self.enter_by(public);
        }
        if let Some(owner) = lookup::ipv6_owner(self.world.owners, destination) {
            return self.enter_by_ipv6(owner);
        }
        match lookup::vpc_with_block(network, destination).filter(|_| destination.is_ipv6()) {
            Some(vpc) => self.miss_owner(vpc),
            None => self.receive(Party::Internet, Endpoint::Internet),
        }
    }

    /// §9, a public address of the network.
    fn enter_by(&mut self, public: &PublicAddress) -> Step {
        let network = self.world.network;
        match public.target {
            None => Err(End::Stopped(Obstacle::PublicAddressUnused(public.address))),
            Some(PublicAddressTarget::Interface { interface, address }) => {
                self.enter_by_public_address(network.vpc_of(interface), Some(interface), address)
            }
            Some(PublicAddressTarget::VirtualAddress(held)) => {
                let row = &network.virtual_addresses[held];
                let vpc = network.subnets[row.subnet].vpc;
                self.enter_by_public_address(vpc, None, row.address)
            }
            Some(PublicAddressTarget::NatGateway(gateway)) => self.enter_by_nat(gateway),
            Some(PublicAddressTarget::Unresolved(fact)) => self.leave_for_the_unmodelled(fact),
        }
    }

    /// §9, a public address that stands for an address in a VPC, of that interface or of none.
    fn enter_by_public_address(
        &mut self,
        vpc: VpcId,
        interface: Option<InterfaceId>,
        private: IpAddr,
    ) -> Step {
        let gateway = match self.world.network.vpcs[vpc].profile.routing.internet {
            // No gateway is needed, and none is passed.
            InternetAccess::PublicAddress => None,
            InternetAccess::Gateway => Some(self.gateway_into(vpc, |_| false)?),
        };
        if let Some(interface) = interface {
            self.refuse_denied(interface, gateway)?;
        }
        self.arrive(gateway.map_or(Place::Router(vpc), Place::InternetGateway));
        self.rewrite(Header { destination: private, ..self.header });
        match gateway {
            Some(gateway) => self.enter_through(gateway, vpc),
            None => Ok(Stop::Owner(vpc)),
        }
    }

    /// §9, the IPv6 address of an interface.
    fn enter_by_ipv6(&mut self, owner: InterfaceId) -> Step {
        let vpc = self.world.network.vpc_of(owner);
        let gateway =
            self.gateway_into(vpc, |gateway| self.state.is_reply_to_what_went_out(gateway))?;
        self.refuse_denied(owner, Some(gateway))?;
        self.arrive(Place::InternetGateway(gateway));
        self.enter_through(gateway, vpc)
    }

    /// Returns the first gateway that lets the packet into a VPC: one for both directions, or one
    /// that is egress-only, but `opened` by this very flow.
    fn gateway_into(
        &self,
        vpc: VpcId,
        opened: impl Fn(InternetGatewayId) -> bool,
    ) -> Result<InternetGatewayId, End> {
        let gateways = &self.world.network.internet_gateways;
        let lets_in = |gateway| !gateways[gateway].egress_only || opened(gateway);
        lookup::attached_gateway(self.world.network, vpc, lets_in)
            .ok_or(End::Stopped(Obstacle::NoInternetGateway(vpc)))
    }

    /// §§5 and 9: the provider may refuse an interface the way through a gateway, or that without
    /// one; egress-only gateways apart.
    pub(crate) fn refuse_denied(
        &self,
        interface: InterfaceId,
        gateway: Option<InternetGatewayId>,
    ) -> Result<(), End> {
        let network = self.world.network;
        let row = &network.interfaces[interface];
        let egress_only = gateway.is_some_and(|it| network.internet_gateways[it].egress_only);
        let denied =
            if egress_only { row.egress_only_gateway_denied } else { row.internet_gateway_denied };
        if denied {
            return Err(End::Stopped(Obstacle::InternetGatewayDenied(interface)));
        }
        Ok(())
    }

    /// §9, entering a VPC through an Internet gateway.
    fn enter_through(&mut self, gateway: InternetGatewayId, vpc: VpcId) -> Step {
        self.arrive(Place::Router(vpc));
        match self.world.network.internet_gateways[gateway].route_table {
            Some(table) => self.enter_by_table_of_gateway(vpc, table),
            None => Ok(Stop::Owner(vpc)),
        }
    }
}
