//! Edits that remove obstacles: routes, peerings, gateways, public addresses and translations.
//!
//! Which target a route should have is found out by trying those there are: a proposal counts only
//! once the edited network has been asked.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    DestinationTranslation, Endpoint, InterfaceId, InternetGatewayId, NatGatewayId, NatPlacement,
    Network, Obstacle, Pass, PublicAddressId, PublicAddressTarget, RouteRef, RouteTableId,
    SourceTranslation, Subnet, SubnetId, TranslationSource, VpcId,
};
use canreach_net::{AddressSet, Family, Header, IpNet, PortRange, Protocol};
use canreach_topology::LENT;

use super::{Edit, apply::proposed, matching::Wanted};
use crate::End;

/// An obstacle on the way of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met<'a> {
    pub(super) pass: Pass,
    pub(super) obstacle: Obstacle,
    /// The route that led there.
    pub(super) route: Option<RouteRef>,
    pub(super) header: &'a Header,
    /// The network with what is to be changed besides.
    pub(super) edited: &'a Network,
}

impl Wanted<'_> {
    /// Returns ways to remove an obstacle, the preferred first.
    pub(super) fn remove_obstacle(&self, met: Met<'_>) -> Vec<Vec<Edit>> {
        let reroute = |table: Option<RouteTableId>| self.reroute(met, table);
        let led = met.route.map(|route| route.table);
        match met.obstacle {
            Obstacle::NoRoute(table) => reroute(Some(table)),
            Obstacle::Blackhole(route) => {
                let mut ways = reroute(Some(route.table));
                ways.push(vec![Edit::RemoveRoute(route)]);
                ways
            }
            Obstacle::NoPeering(requester, accepter) => {
                vec![vec![Edit::CreatePeering { requester, accepter }]]
            }
            Obstacle::PeeringInactive(peering) => vec![vec![Edit::ActivatePeering(peering)]],
            Obstacle::NotTransitive(..) | Obstacle::RoutingLoop(_) => {
                let direct = self.join(met);
                if direct.is_empty() { reroute(led) } else { vec![direct] }
            }
            Obstacle::PeeringElsewhere(..)
            | Obstacle::EgressOnly(_)
            | Obstacle::NatElsewhere(..)
            | Obstacle::NatProtocol(_)
            | Obstacle::ConnectionElsewhere(..)
            | Obstacle::EndpointElsewhere(..) => reroute(led),
            Obstacle::GatewayNotAttached(gateway, vpc) => self.attach(met, gateway, vpc),
            Obstacle::NoInternetGateway(vpc) => Self::gateway_for(met.edited, vpc),
            Obstacle::NoPublicAddress(interface) => self.associate(met, interface),
            Obstacle::InternetGatewayDenied(interface) => {
                vec![vec![Edit::AllowInternetGateway(interface)]]
            }
            Obstacle::NoSourceTranslation(gateway) => self.translate_source(met, gateway),
            Obstacle::NoDestinationTranslation(gateway) => {
                self.translate_destination(met, gateway).into_iter().collect()
            }
            Obstacle::PublicAddressUnused(address) => self.give(met, address),
            Obstacle::NotRoutedOnInternet(address) => self.not_routed(met, address),
            Obstacle::NotAttached(gateway, vpc) => self.attach_transit(met, gateway, vpc),
            Obstacle::NotInZone(attachment, subnet) => {
                vec![vec![Edit::AddAttachmentSubnet { attachment, subnet }]]
            }
            Obstacle::NotAssociated(attachment) => Self::associate_transit(met, attachment),
            Obstacle::NoTransitRoute(table) => self.transit_routes(met, table, None),
            Obstacle::TransitBlackhole(route) => self.transit_routes(met, route.table, Some(route)),
            Obstacle::ConnectionDown(connection) => {
                vec![vec![Edit::BringUpConnection(connection)]]
            }
            Obstacle::NotAdvertised(remote) => self.advertise(met, remote),
            Obstacle::SourceDestCheck(interface) => {
                vec![vec![Edit::SwitchOffSourceDestCheck(interface)]]
            }
            Obstacle::NotForwarding(interface) => {
                let forward = met.edited.instance_of(interface);
                let mut ways: Vec<Vec<Edit>> =
                    forward.map(|it| vec![Edit::SwitchOnForwarding(it)]).into_iter().collect();
                ways.extend(reroute(led));
                ways
            }
            Obstacle::NoListener(balancer) => {
                self.add_listener(met, balancer).into_iter().collect()
            }
            Obstacle::NoTarget(balancer, listener) => {
                Self::add_targets(met, balancer, listener).into_iter().collect()
            }
            Obstacle::NobodyHas(..) | Obstacle::AnotherHas(_) => {
                self.move_receiver(met).into_iter().collect()
            }
            Obstacle::ReplyChanged => self.same_way_back(met),
            // What is asked about does not exist as it is asked about.
            Obstacle::NobodyHolds(_)
            | Obstacle::TargetIsClient(_)
            | Obstacle::OnlyCarriesOn(_)
            | Obstacle::NotBehind(..)
            | Obstacle::Detached(_)
            | Obstacle::NoAnswer => Vec::new(),
        }
    }

    /// The end a packet comes from.
    pub(super) fn sender(&self, pass: Pass) -> &End {
        match pass {
            Pass::Request => self.from,
            Pass::Reply => self.to,
        }
    }

    /// The end a packet goes to.
    pub(super) fn receiver(&self, pass: Pass) -> &End {
        match pass {
            Pass::Request => self.to,
            Pass::Reply => self.from,
        }
    }

    /// A gateway that is attached elsewhere, or nowhere.
    fn attach(&self, met: Met<'_>, gateway: InternetGatewayId, vpc: VpcId) -> Vec<Vec<Edit>> {
        match met.edited.internet_gateways[gateway].vpc {
            None => vec![vec![Edit::AttachInternetGateway { gateway, vpc }]],
            Some(_) => self.reroute(met, met.route.map(|route| route.table)),
        }
    }

    /// A gateway for a VPC: one that is attached to none, or a new one.
    fn gateway_for(network: &Network, vpc: VpcId) -> Vec<Vec<Edit>> {
        let mut unused = network
            .internet_gateways
            .iter()
            .filter(|(_, gateway)| gateway.vpc.is_none() && !gateway.egress_only);
        let attach = unused.next().map(|(gateway, _)| Edit::AttachInternetGateway { gateway, vpc });
        attach.into_iter().chain([Edit::CreateInternetGateway(vpc)]).map(|it| vec![it]).collect()
    }

    /// A public address for an interface: one that stands for nothing, or a new one.
    fn associate(&self, met: Met<'_>, interface: InterfaceId) -> Vec<Vec<Edit>> {
        let sender = &self.sender(met.pass).addresses;
        let own = &met.edited.interfaces[interface].addresses;
        let v4 = || own.iter().copied().filter(IpAddr::is_ipv4);
        let Some(private) = v4().find(|it| sender.contains(*it)).or_else(|| v4().next()) else {
            return Vec::new();
        };
        public_for(met.edited, interface, private)
    }

    /// The public address asked for is there, but stands for nothing.
    fn give(&self, met: Met<'_>, address: IpAddr) -> Vec<Vec<Edit>> {
        let Endpoint::Interface(interface) = self.receiver(met.pass).endpoint else {
            return Vec::new();
        };
        let all = met.edited.public_addresses.iter();
        let public = all.filter(|(_, it)| it.address == address).map(|(id, _)| id).next();
        let own = &met.edited.interfaces[interface].addresses;
        let private = own.iter().copied().find(|it| it.is_ipv4() == address.is_ipv4());
        let Some(private) = private else { return Vec::new() };
        vec![vec![Edit::AssociatePublicAddress { public, address, interface, private }]]
    }

    /// A private address was to be reached through the Internet.
    fn not_routed(&self, met: Met<'_>, address: IpAddr) -> Vec<Vec<Edit>> {
        let direct = self.join(met);
        if !direct.is_empty() {
            return vec![direct];
        }
        let Endpoint::Interface(interface) = self.receiver(met.pass).endpoint else {
            return Vec::new();
        };
        if met.pass == Pass::Request && self.receiver(met.pass).addresses.contains(address) {
            // Asked for by its name, it is reached at its public address as well.
            return public_for(met.edited, interface, address);
        }
        Vec::new()
    }

    /// The receiver moved out of what its VPC shares with the sender's: another one has its address
    /// there, or its subnet's block.
    fn move_receiver(&self, met: Met<'_>) -> Option<Vec<Edit>> {
        let network = met.edited;
        let (Endpoint::Interface(sender), Endpoint::Interface(interface)) =
            (self.sender(met.pass).endpoint, self.receiver(met.pass).endpoint)
        else {
            return None;
        };
        let from = met.header.destination;
        let (here, there) = (network.vpc_of(sender), network.vpc_of(interface));
        if here == there || !network.interfaces[interface].addresses.contains(&from) {
            return None;
        }
        let shared: AddressSet =
            subnets_of(network, here).flat_map(|(_, it)| &it.cidrs).copied().collect();
        let mut elsewhere = subnets_of(network, there).filter_map(|(id, subnet)| {
            let block =
                subnet.cidrs.iter().find(|block| block.addr().is_ipv4() == from.is_ipv4())?;
            let apart = AddressSet::from(*block).is_disjoint(&shared);
            apart.then(|| Some((id, free_address(network, there, *block, from)?))).flatten()
        });
        let (subnet, to) = elsewhere.next()?;
        Some(vec![Edit::MoveInterface { interface, subnet, from, to }])
    }

    /// Ways to have the reply go back by what translated the request: past public addresses of the
    /// machine's own, or by another route.
    fn same_way_back(&self, met: Met<'_>) -> Vec<Vec<Edit>> {
        let Endpoint::Interface(replies) = self.to.endpoint else { return Vec::new() };
        // Not one that this very proposal lets stand for it.
        let all = self.network.public_addresses.iter();
        let own = all.filter(|(_, public)| {
            let asked = self.to.addresses.contains(public.address);
            !asked
                && matches!(public.target, Some(PublicAddressTarget::Interface { interface, .. }) if interface == replies)
        });
        let mut ways: Vec<Vec<Edit>> =
            own.map(|(id, _)| vec![Edit::DisassociatePublicAddress(id)]).collect();
        let table = met.edited.subnets[met.edited.interfaces[replies].subnet].route_table;
        ways.extend(self.reroute(met, Some(table)));
        ways
    }

    /// A source translation for the sender, with an address of the gateway.
    fn translate_source(&self, met: Met<'_>, gateway: NatGatewayId) -> Vec<Vec<Edit>> {
        // As it was sent: beyond the obstacle it has an address of the gateway.
        let sent = self.sender(met.pass).addresses.of_family(Family::V4).first();
        let Some(source) = sent else { return Vec::new() };
        if met.edited.nat_gateways[gateway].placement != NatPlacement::Vpc {
            return Vec::new();
        }
        let mut edits = Vec::new();
        let address = if let Some(address) = address_of(met.edited, gateway) {
            address
        } else {
            let unused = unused_address(met.edited).map(|(id, address)| (Some(id), address));
            let new = || new_address(met.edited).map(|address| (None, address));
            let Some((public, address)) = unused.or_else(new) else { return Vec::new() };
            edits.push(Edit::AddNatAddress { public, address, gateway });
            address
        };
        let translation = SourceTranslation {
            source: TranslationSource::Cidr(source.into()),
            addresses: vec![address],
            origin: proposed(),
        };
        edits.push(Edit::AddSourceTranslation { gateway, translation });
        vec![edits]
    }

    /// A destination translation to the receiver.
    fn translate_destination(&self, met: Met<'_>, gateway: NatGatewayId) -> Option<Vec<Edit>> {
        let gateway_object = &met.edited.nat_gateways[gateway];
        let Endpoint::Interface(interface) = self.receiver(met.pass).endpoint else { return None };
        if gateway_object.placement != NatPlacement::Vpc
            || met.edited.vpc_of(interface) != gateway_object.vpc
        {
            return None;
        }
        let own = &met.edited.interfaces[interface].addresses;
        let private_address = own.iter().copied().find(IpAddr::is_ipv4)?;
        let protocol = met.header.transport.protocol();
        let ports = match met.header.transport.ports() {
            Some(ports) => self.asked_range(ports.destination),
            None => PortRange::ALL,
        };
        let with_ports = matches!(protocol, Protocol::TCP | Protocol::UDP);
        // As it was sent: beyond the obstacle it has the private address.
        let stands_for = Some(PublicAddressTarget::NatGateway(gateway));
        let mut own = met.edited.public_addresses.iter().filter(|(_, it)| it.target == stands_for);
        let (_, public) =
            own.find(|(_, it)| self.receiver(met.pass).addresses.contains(it.address))?;
        let translation = DestinationTranslation {
            public_address: public.address,
            protocol: with_ports.then_some(protocol),
            public_ports: ports,
            private_address,
            private_port: ports.first(),
            origin: proposed(),
        };
        Some(vec![Edit::AddDestinationTranslation { gateway, translation }])
    }

    /// The range of the ports asked about that holds a port.
    pub(super) fn asked_range(&self, port: u16) -> PortRange {
        let asked = &self.traffic.destination_ports;
        let mut ranges =
            asked.ranges().filter_map(|(first, last)| PortRange::new(first, last).ok());
        ranges
            .find(|range| {
                (range.first()..=range.last()).contains(&port) && *range != PortRange::ALL
            })
            .unwrap_or(PortRange::single(port))
    }
}

/// Returns ways to give an address of an interface a public one: one that stands for nothing, or a new
/// one.
fn public_for(edited: &Network, interface: InterfaceId, private: IpAddr) -> Vec<Vec<Edit>> {
    if private.is_ipv6() {
        return Vec::new();
    }
    let with = |public, address| {
        vec![Edit::AssociatePublicAddress { public, address, interface, private }]
    };
    let unused = unused_address(edited).map(|(id, address)| with(Some(id), address));
    let new = new_address(edited).map(|address| with(None, address));
    unused.into_iter().chain(new).collect()
}

fn subnets_of(network: &Network, vpc: VpcId) -> impl Iterator<Item = (SubnetId, &Subnet)> {
    network.subnets.iter().filter(move |(_, subnet)| subnet.vpc == vpc)
}

/// Returns an address of a block that nobody in the VPC has: with the same end as the old one, if
/// that is free.
fn free_address(network: &Network, vpc: VpcId, block: IpNet, like: IpAddr) -> Option<IpAddr> {
    let own = network.interfaces.iter().filter(|(id, _)| network.vpc_of(*id) == vpc);
    let taken: BTreeSet<IpAddr> =
        own.flat_map(|(_, interface)| interface.addresses.iter().copied()).collect();
    let (IpNet::V4(block), IpAddr::V4(like)) = (block, like) else { return None };
    let alike = block.network().to_bits() | (like.to_bits() & block.hostmask().to_bits());
    // Providers keep the first few of a subnet and the last one for themselves.
    let usual = block.hosts().skip(RESERVED).take(taken.len().saturating_add(1));
    let mut candidates = std::iter::once(alike.into()).chain(usual).map(IpAddr::V4);
    candidates.find(|address| !taken.contains(address))
}

/// How many addresses at the beginning of a subnet are not given to machines.
const RESERVED: usize = 4;

/// Returns a public address that stands for nothing.
fn unused_address(network: &Network) -> Option<(PublicAddressId, IpAddr)> {
    let mut all = network.public_addresses.iter();
    let (id, public) = all.find(|(_, it)| it.target.is_none() && it.address.is_ipv4())?;
    Some((id, public.address))
}

/// Returns an address that stands for a public address yet to be allotted.
fn new_address(network: &Network) -> Option<IpAddr> {
    let IpAddr::V4(lent) = LENT else { return None };
    let first = lent.to_bits();
    let candidates = (0..=255_u32).map(|less| IpAddr::V4(first.saturating_sub(less).into()));
    let known =
        |address: &IpAddr| network.public_addresses.iter().any(|(_, it)| it.address == *address);
    candidates.into_iter().find(|address| !known(address))
}

/// Returns a public address of a NAT gateway at the VPC.
fn address_of(network: &Network, gateway: NatGatewayId) -> Option<IpAddr> {
    let mut all = network.public_addresses.iter();
    let own = all.find(|(_, it)| it.target == Some(PublicAddressTarget::NatGateway(gateway)));
    own.map(|(_, public)| public.address)
}

/// Returns the header as it will be with the public address that a sender gets.
pub(super) fn as_it_will_be(edits: &[Edit], header: &Header) -> Header {
    let address = edits.iter().find_map(|edit| {
        if let Edit::AssociatePublicAddress { address, .. } = edit { Some(*address) } else { None }
    });
    let Some(address) = address else { return *header };
    let real = |it: IpAddr| if it == LENT { address } else { it };
    Header { source: real(header.source), destination: real(header.destination), ..*header }
}
