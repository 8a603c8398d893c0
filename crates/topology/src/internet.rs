//! The Internet and the ways to and from it: `docs/forwarding.md` §§5 and 9, for all packets at once.

use std::{net::IpAddr, rc::Rc, sync::LazyLock};

use canreach_model::{
    Border, Direction, InterfaceId, InternetAccess, InternetGatewayId, Obstacle, Pass, Place,
    PublicAddressTarget, VpcId,
};
use canreach_net::AddressSet;

use crate::{
    AddressView, HeaderView,
    divide::{split, split_among},
    explore::Explorer,
    packet::{Packet, Receiver},
    repair::LENT,
};

/// What the Internet routes.
static PUBLIC: LazyLock<AddressSet> = LazyLock::new(AddressSet::public_unicast);

impl Explorer<'_, '_> {
    /// §5: leaves a VPC through an Internet gateway.
    pub(crate) fn out_through_gateway(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        id: InternetGatewayId,
    ) {
        self.put(&mut packet, Place::InternetGateway(id));
        let gateway = &self.topology.network.internet_gateways[id];
        let (attached, egress_only) = (gateway.vpc == Some(vpc), gateway.egress_only);
        if !attached {
            let obstacle = Obstacle::GatewayNotAttached(id, vpc);
            if !self.may_assume(&packet, obstacle) {
                return self.stop(packet, obstacle);
            }
            packet.assume(obstacle);
        }
        let ipv4 = packet.values(packet.header.destination).first().is_some_and(|a| a.is_ipv4());
        if egress_only && ipv4 {
            return self.stop(packet, Obstacle::EgressOnly(id));
        }
        if packet.pass == Pass::Request {
            Rc::make_mut(&mut packet.gateways).insert(id);
        }
        if ipv4 {
            self.out_by_public_address(packet, vpc);
        } else if let Some(packet) = self.not_denied(packet, vpc, egress_only) {
            self.go_to_internet(packet);
        }
    }

    /// §5: leaves a VPC with its source replaced by the public address that stands for it.
    pub(crate) fn out_by_public_address(&mut self, packet: Packet, vpc: VpcId) {
        if let Some(packet) = self.not_denied(packet, vpc, false) {
            let view = packet.header.source;
            let pairs = self.topology.public_addresses_of(vpc, &packet.values(view));
            let known: AddressSet = pairs.iter().map(|(private, _)| *private).collect();
            for (private, public) in pairs {
                if let Some(mut packet) = packet.with_address(view, &private.into()) {
                    let source = AddressView::Fixed(public);
                    packet.rewrite(HeaderView { source, ..packet.header });
                    self.go_to_internet(packet);
                }
            }
            if let Some(packet) = split(packet, view, &known).1 {
                self.without_public_address(packet, vpc);
            }
        }
    }

    fn without_public_address(&mut self, mut packet: Packet, vpc: VpcId) {
        let Some(source) = packet.values(packet.header.source).first() else { return };
        let Some(interface) = self.topology.owner(vpc, source).or(packet.sender) else {
            return self.stop(packet, Obstacle::NobodyHas(vpc, source));
        };
        let obstacle = Obstacle::NoPublicAddress(interface);
        if !self.may_assume(&packet, obstacle) {
            return self.stop(packet, obstacle);
        }
        packet.assume(obstacle);
        let private = packet.header.source;
        Rc::make_mut(&mut packet.lent).push((vpc, private));
        packet.rewrite(HeaderView { source: AddressView::Fixed(LENT), ..packet.header });
        self.go_to_internet(packet);
    }

    /// Takes out the packets whose sender is denied Internet gateways, or egress-only ones, and returns
    /// the others.
    fn not_denied(&mut self, packet: Packet, vpc: VpcId, egress_only: bool) -> Option<Packet> {
        let view = packet.header.source;
        let owners = self.topology.owners_in(vpc, &packet.values(view));
        let mut rest = Some(packet);
        for (address, owner) in owners {
            if !self.is_denied(owner, egress_only) {
                continue;
            }
            let (denied, others) = split(rest?, view, &address.into());
            rest = others;
            if let Some(mut packet) = denied {
                let obstacle = Obstacle::InternetGatewayDenied(owner);
                if self.may_assume(&packet, obstacle) {
                    packet.assume(obstacle);
                    return Some(packet);
                }
                self.stop(packet, obstacle);
            }
        }
        rest
    }

    /// Whether an interface is denied Internet gateways, or egress-only ones.
    fn is_denied(&self, interface: InterfaceId, egress_only: bool) -> bool {
        let interface = &self.network().interfaces[interface];
        if egress_only {
            interface.egress_only_gateway_denied
        } else {
            interface.internet_gateway_denied
        }
    }

    pub(crate) fn go_to_internet(&mut self, mut packet: Packet) {
        packet.from_subnet = None;
        self.put(&mut packet, Place::Internet);
        // §8a: the firewall of the public address that the packet left with.
        let view = packet.header.source;
        let protected = self.topology.protected_in(&packet.values(view)).into_iter();
        let protected = protected.map(|(address, firewall)| (firewall, AddressSet::from(address)));
        let (divided, rest) = split_among(packet, view, protected);
        for (mut packet, firewall) in divided {
            let (border, direction) = (Border::Internet, Direction::Egress);
            self.cross_cloud_firewall(&mut packet, Some(firewall), border, direction);
            self.on_internet(packet);
        }
        if let Some(packet) = rest {
            self.on_internet(packet);
        }
    }

    /// §9: what the Internet does with packets.
    pub(crate) fn on_internet(&mut self, packet: Packet) {
        if self.has_given_up() {
            return;
        }
        let view = packet.header.destination;
        if let (AddressView::Fixed(LENT), Some((vpc, private))) =
            (view, packet.lent.first().copied())
        {
            let mut packet = packet;
            packet.rewrite(HeaderView { destination: private, ..packet.header });
            return self.deliver_locally(packet, vpc);
        }
        let Some(packet) = self.routed_on_internet(packet) else { return };
        let values = packet.values(view);
        let public = self.topology.public_in(&values);
        let mut inside: AddressSet = public.iter().map(|(address, _)| *address).collect();
        for (address, target) in public {
            if let Some(mut packet) = packet.with_address(view, &address.into()) {
                let firewall = self.topology.firewall_of(address);
                let (border, direction) = (Border::Internet, Direction::Ingress);
                self.cross_cloud_firewall(&mut packet, firewall, border, direction);
                self.reach_public_address(packet, address, target);
            }
        }
        let owned = self.topology.ipv6_in(&values.difference(&inside));
        inside = inside.union(&owned.iter().map(|(address, _)| *address).collect());
        for (address, owner) in owned {
            if let Some(packet) = packet.with_address(view, &address.into()) {
                let vpc = self.network().vpc_of(owner);
                self.come_in(packet, vpc, Some(owner), None);
            }
        }
        for (vpc, blocks) in self.topology.ipv6_blocks().to_vec() {
            let nobody = blocks.difference(&inside);
            inside = inside.union(&blocks);
            if let Some(packet) = packet.with_address(view, &nobody)
                && let Some(address) = packet.values(view).first()
            {
                match self.network().vpcs[vpc].unlisted {
                    Some(fact) => self.beyond(packet, fact),
                    None => self.stop(packet, Obstacle::NobodyHas(vpc, address)),
                }
            }
        }
        if let Some(packet) = split(packet, view, &inside).1 {
            self.arrive(packet, Receiver::Internet);
        }
    }

    /// Takes out the packets whose source or destination the Internet does not route.
    fn routed_on_internet(&mut self, packet: Packet) -> Option<Packet> {
        let public = &*PUBLIC;
        let mut rest = Some(packet);
        for part in
            [|packet: &Packet| packet.header.source, |packet: &Packet| packet.header.destination]
        {
            let packet = rest?;
            let view = part(&packet);
            let (routed, dropped) = split(packet, view, public);
            if let Some(packet) = dropped
                && let Some(address) = packet.values(view).first()
            {
                self.stop(packet, Obstacle::NotRoutedOnInternet(address));
            }
            rest = routed;
        }
        rest
    }

    fn reach_public_address(
        &mut self,
        packet: Packet,
        address: IpAddr,
        target: Option<PublicAddressTarget>,
    ) {
        match target {
            None => self.stop(packet, Obstacle::PublicAddressUnused(address)),
            Some(PublicAddressTarget::Unresolved(fact)) => self.beyond(packet, fact),
            Some(PublicAddressTarget::Interface { interface, address }) => {
                let vpc = self.network().vpc_of(interface);
                self.come_in(packet, vpc, Some(interface), Some(address));
            }
            Some(PublicAddressTarget::VirtualAddress(id)) => {
                let held = &self.network().virtual_addresses[id];
                let vpc = self.network().subnets[held.subnet].vpc;
                self.come_in(packet, vpc, None, Some(held.address));
            }
            Some(PublicAddressTarget::NatGateway(gateway)) => {
                self.reach_nat_gateway(packet, gateway);
            }
        }
    }

    /// §9: comes in to a VPC, for an interface of it or for a virtual address; `private` replaces the
    /// public destination.
    fn come_in(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        interface: Option<InterfaceId>,
        private: Option<IpAddr>,
    ) {
        let network = self.topology.network;
        let gateway = self.way_in(&packet, vpc);
        let needs_gateway = private.is_none()
            || network.vpcs[vpc].profile.routing.internet == InternetAccess::Gateway;
        if needs_gateway && gateway.is_none() {
            let obstacle = Obstacle::NoInternetGateway(vpc);
            if !self.may_assume(&packet, obstacle) {
                return self.stop(packet, obstacle);
            }
            packet.assume(obstacle);
        }
        let gateway = gateway.filter(|_| needs_gateway);
        if let Some(gateway) = gateway {
            self.put(&mut packet, Place::InternetGateway(gateway));
        }
        let egress_only = gateway.is_some_and(|id| network.internet_gateways[id].egress_only);
        if let Some(interface) = interface
            && self.is_denied(interface, egress_only)
        {
            let obstacle = Obstacle::InternetGatewayDenied(interface);
            if !self.may_assume(&packet, obstacle) {
                return self.stop(packet, obstacle);
            }
            packet.assume(obstacle);
        }
        if let Some(private) = private {
            let destination = AddressView::Fixed(private);
            packet.rewrite(HeaderView { destination, ..packet.header });
        }
        packet.across = None;
        self.put(&mut packet, Place::Router(vpc));
        match gateway.and_then(|gateway| network.internet_gateways[gateway].route_table) {
            None => self.deliver_locally(packet, vpc),
            Some(table) => self.route_at_edge(packet, vpc, table),
        }
    }

    /// The Internet gateway that lets packets into a VPC: the first one for both directions, or that
    /// is egress-only and saw the request.
    fn way_in(&self, packet: &Packet, vpc: VpcId) -> Option<InternetGatewayId> {
        let gateways = self.topology.internet_gateways(vpc);
        let egress_only =
            |id: InternetGatewayId| self.topology.network.internet_gateways[id].egress_only;
        let saw = |id: InternetGatewayId| Self::is_reply(packet) && packet.gateways.contains(&id);
        gateways.iter().find(|id| !egress_only(**id) || saw(**id)).copied()
    }
}
