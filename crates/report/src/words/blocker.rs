//! What stops a flow: filters, routes and settings.

use canreach_model::{Layer, Obstacle, Pass, PeeringStatus, RouteRef};
use canreach_net::Header;
use canreach_query::{Blocker, Blocking};

use super::{Named, Source, Words, decision::Told};

impl<'n> Words<'n> {
    /// Returns what stops a flow, as one sentence with its place.
    pub(crate) fn blocker(self, blocker: &Blocker) -> Told {
        let mut told = self.blocking(&blocker.blocking, blocker.header.as_ref());
        if blocker.pass == Pass::Reply {
            told.text = format!("on the way back, {}", told.text);
        }
        if blocker.if_arrived {
            told.text.push_str(" (if it arrived)");
        }
        told
    }

    fn blocking(self, blocking: &Blocking, header: Option<&Header>) -> Told {
        match *blocking {
            Blocking::Filter { checkpoint, rule, default } => match checkpoint.layer {
                Layer::Listener(..) => self.not_listening(checkpoint.layer, header),
                Layer::SecurityGroups(_)
                | Layer::NetworkAcl(..)
                | Layer::CloudFirewall(..)
                | Layer::ListenerAccess(..)
                | Layer::HostFirewall(_)
                | Layer::HostForwarding(..) => match (rule, default) {
                    (None, Some(owner)) => self.by_default(owner, checkpoint.layer, "stops it"),
                    (rule, _) => self.denial(checkpoint, rule),
                },
            },
            Blocking::Obstacle { obstacle, route } => self.obstacle_by(obstacle, route, header),
        }
    }

    fn obstacle_by(
        self,
        obstacle: Obstacle,
        route: Option<RouteRef>,
        header: Option<&Header>,
    ) -> Told {
        let text = self.obstacle(obstacle, header);
        match route {
            // A blackhole names its route already.
            Some(route) if !matches!(obstacle, Obstacle::Blackhole(_)) => {
                let own = self.obstacle_source(obstacle).filter(|_| !is_of_route(obstacle));
                Told::new(
                    format!("{text}; it is sent there by {}", self.route(route)),
                    own.unwrap_or_else(|| self.route_source(route)),
                )
            }
            _ => Told { text, source: self.obstacle_source(obstacle) },
        }
    }

    /// Returns what is missing or wrong, as a sentence.
    #[expect(clippy::too_many_lines, reason = "one sentence for each obstacle")]
    pub(crate) fn obstacle(self, obstacle: Obstacle, header: Option<&Header>) -> String {
        let source = header.map_or(String::from("this source"), |header| header.source.to_string());
        let destination = self.destination(header);
        match obstacle {
            Obstacle::NoRoute(table) => {
                format!("{} has no route to {destination}", self.route_table(table).words())
            }
            Obstacle::Blackhole(route) => format!("{}, drops what it matches", self.route(route)),
            Obstacle::NoPeering(a, b) => {
                format!("no peering joins {} and {}", self.vpc(a).words(), self.vpc(b).words())
            }
            Obstacle::PeeringInactive(peering) => {
                let status = status(self.network.peerings[peering].status);
                format!("{} is not active: {status}", self.peering(peering).words())
            }
            Obstacle::PeeringElsewhere(peering, vpc) => format!(
                "{} does not end in {}",
                self.peering(peering).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NotTransitive(across, vpc) => format!(
                "what comes by {} may not leave {} again: the provider does not carry it on",
                self.across(across).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NotAttached(gateway, vpc) => format!(
                "{} has no attachment to {}",
                self.vpc(vpc).words(),
                self.transit_gateway(gateway).words()
            ),
            Obstacle::NotInZone(attachment, subnet) => format!(
                "{} has no subnet in the zone of {}",
                self.transit_attachment(attachment).words(),
                self.subnet(subnet).words()
            ),
            Obstacle::NotAssociated(attachment) => format!(
                "{} is associated with no route table",
                self.transit_attachment(attachment).words()
            ),
            Obstacle::NoTransitRoute(table) => format!(
                "{} of {} has no route to {destination}",
                self.transit_route_table(table).words(),
                self.transit_gateway(self.network.transit_route_tables[table].gateway).words()
            ),
            Obstacle::TransitBlackhole(route) => {
                format!("{}, drops what it matches", self.transit_route(route).text)
            }
            Obstacle::ConnectionDown(connection) => {
                format!("{} is down", self.connection(connection).words())
            }
            Obstacle::ConnectionElsewhere(connection, vpc) => format!(
                "{} does not end in {}",
                self.connection(connection).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NotBehind(remote, address) => {
                format!("{} does not have {address}", self.remote_network(remote).words())
            }
            Obstacle::NotAdvertised(remote) => format!(
                "{} has no connection that leads to {destination}",
                self.remote_network(remote).words()
            ),
            Obstacle::EndpointElsewhere(endpoint, vpc) => format!(
                "{} serves only what is sent in its own VPC, and this comes to it in {} from elsewhere",
                self.gateway_endpoint(endpoint).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::SourceDestCheck(interface) => format!(
                "{} drops what is neither from nor for itself: its source/destination check is on",
                self.interface(interface).words()
            ),
            Obstacle::NotForwarding(interface) => {
                format!("{} does not forward packets", self.machine(interface).words())
            }
            Obstacle::NoListener(balancer) => format!(
                "{} has no listener for what arrives at {destination}",
                self.load_balancer(balancer).words()
            ),
            Obstacle::NoTarget(balancer, listener) => format!(
                "listener {} of {} has no target",
                listener.saturating_add(1),
                self.load_balancer(balancer).words()
            ),
            Obstacle::TargetIsClient(balancer) => format!(
                "the target that {} picks is the client itself, whose address it keeps",
                self.load_balancer(balancer).words()
            ),
            Obstacle::OnlyCarriesOn(interface) => format!(
                "{} belongs to a gateway, which takes nothing for itself",
                self.interface(interface).words()
            ),
            Obstacle::NobodyHolds(address) => {
                format!("no interface may hold {}", self.virtual_address(address).words())
            }
            Obstacle::GatewayNotAttached(gateway, vpc) => format!(
                "{} is not attached to {}",
                self.internet_gateway(gateway).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NoInternetGateway(vpc) => {
                format!("{} has no Internet gateway that would let it in", self.vpc(vpc).words())
            }
            Obstacle::EgressOnly(gateway) => format!(
                "{} carries only IPv6 packets out, and replies to them",
                self.internet_gateway(gateway).words()
            ),
            Obstacle::NoPublicAddress(interface) => {
                format!("{} has no public address", self.machine_name(interface))
            }
            Obstacle::InternetGatewayDenied(interface) => format!(
                "the provider refuses {} any traffic through an Internet gateway",
                self.interface(interface).words()
            ),
            Obstacle::NatElsewhere(gateway, vpc) => format!(
                "{} serves another VPC than {}",
                self.nat_gateway(gateway).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NatProtocol(gateway) => {
                let what = header.map_or(String::from("this protocol"), |header| {
                    format!("{} {}", header.family(), header.transport.protocol())
                });
                format!("{} does not translate {what}", self.nat_gateway(gateway).words())
            }
            Obstacle::NoSourceTranslation(gateway) => format!(
                "{} has no source translation for {source}",
                self.nat_gateway(gateway).words()
            ),
            Obstacle::NoDestinationTranslation(gateway) => format!(
                "{} has no destination translation for what arrives at {destination}",
                self.nat_gateway(gateway).words()
            ),
            Obstacle::NobodyHas(vpc, address) => {
                format!("nobody in {} has {address}", self.vpc(vpc).words())
            }
            Obstacle::AnotherHas(interface) => {
                let vpc = self.vpc(self.network.vpc_of(interface));
                let machine = self.machine_name(interface);
                format!("in {}, {destination} is {machine}: it arrives there", vpc.words())
            }
            Obstacle::PublicAddressUnused(address) => {
                format!("public address {address} stands for nothing")
            }
            Obstacle::Detached(interface) => {
                format!("{} is plugged into nothing", self.interface(interface).words())
            }
            Obstacle::NotRoutedOnInternet(address) => {
                format!("the Internet does not route {address}")
            }
            Obstacle::RoutingLoop(place) => {
                let place = self.place_object(place).map_or(self.place(place), Named::words);
                format!("the packet comes back to {place} unchanged, again and again")
            }
            Obstacle::ReplyChanged => String::from(
                "the reply does not return from the address and port that the request went to",
            ),
            Obstacle::NoAnswer => {
                String::from("such a message has no answer: it is an ICMP error, or a reply itself")
            }
        }
    }

    /// Returns the object that is missing something, or where something is wrong.
    pub(crate) fn obstacle_object(self, obstacle: Obstacle) -> Option<Named<'n>> {
        match obstacle {
            Obstacle::NoRoute(table) => Some(self.route_table(table)),
            Obstacle::Blackhole(route) => Some(self.route_table(route.table)),
            Obstacle::PeeringInactive(peering) | Obstacle::PeeringElsewhere(peering, _) => {
                Some(self.peering(peering))
            }
            Obstacle::NotTransitive(across, _) => Some(self.across(across)),
            Obstacle::NotInZone(attachment, _) | Obstacle::NotAssociated(attachment) => {
                Some(self.transit_attachment(attachment))
            }
            Obstacle::NoTransitRoute(table) => Some(self.transit_route_table(table)),
            Obstacle::TransitBlackhole(route) => Some(self.transit_route_table(route.table)),
            Obstacle::ConnectionDown(connection) | Obstacle::ConnectionElsewhere(connection, _) => {
                Some(self.connection(connection))
            }
            Obstacle::NotBehind(remote, _) | Obstacle::NotAdvertised(remote) => {
                Some(self.remote_network(remote))
            }
            Obstacle::EndpointElsewhere(endpoint, _) => Some(self.gateway_endpoint(endpoint)),
            Obstacle::NotForwarding(interface) => Some(self.machine(interface)),
            Obstacle::NoListener(balancer)
            | Obstacle::NoTarget(balancer, _)
            | Obstacle::TargetIsClient(balancer) => Some(self.load_balancer(balancer)),
            Obstacle::NobodyHolds(address) => Some(self.virtual_address(address)),
            Obstacle::RoutingLoop(place) => self.place_object(place),
            Obstacle::GatewayNotAttached(gateway, _) | Obstacle::EgressOnly(gateway) => {
                Some(self.internet_gateway(gateway))
            }
            Obstacle::NoPublicAddress(interface)
            | Obstacle::InternetGatewayDenied(interface)
            | Obstacle::AnotherHas(interface)
            | Obstacle::SourceDestCheck(interface)
            | Obstacle::OnlyCarriesOn(interface)
            | Obstacle::Detached(interface) => Some(self.interface(interface)),
            Obstacle::NatElsewhere(gateway, _)
            | Obstacle::NatProtocol(gateway)
            | Obstacle::NoSourceTranslation(gateway)
            | Obstacle::NoDestinationTranslation(gateway) => Some(self.nat_gateway(gateway)),
            Obstacle::NoPeering(vpc, _)
            | Obstacle::NoInternetGateway(vpc)
            | Obstacle::NobodyHas(vpc, _)
            | Obstacle::NotAttached(_, vpc) => Some(self.vpc(vpc)),
            Obstacle::PublicAddressUnused(_)
            | Obstacle::NotRoutedOnInternet(_)
            | Obstacle::ReplyChanged
            | Obstacle::NoAnswer => None,
        }
    }

    pub(crate) fn obstacle_source(self, obstacle: Obstacle) -> Option<Source> {
        if let Obstacle::Blackhole(route) = obstacle {
            return Some(self.route_source(route));
        }
        if let Obstacle::TransitBlackhole(route) = obstacle {
            return self.transit_route(route).source;
        }
        self.obstacle_object(obstacle).map(|object| self.source_of(object.meta))
    }
}

/// Whether the route that led to an obstacle is what is wrong, rather than what it led to.
fn is_of_route(obstacle: Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::PeeringElsewhere(..)
            | Obstacle::ConnectionElsewhere(..)
            | Obstacle::NatElsewhere(..)
            | Obstacle::NatProtocol(_)
            | Obstacle::EgressOnly(_)
            | Obstacle::NotTransitive(..)
            | Obstacle::NotBehind(..)
            | Obstacle::EndpointElsewhere(..)
            | Obstacle::RoutingLoop(_)
    )
}

fn status(status: PeeringStatus) -> &'static str {
    match status {
        PeeringStatus::Active => "active",
        PeeringStatus::PendingAcceptance => "the other side has not accepted it",
        PeeringStatus::Rejected => "the other side rejected it",
        PeeringStatus::Expired => "nobody accepted it in time",
        PeeringStatus::Gone => "it was deleted, or failed",
    }
}
