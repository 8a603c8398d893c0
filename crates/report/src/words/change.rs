//! What would have to change, as a phrase; `edit` words the edits that do it.

use canreach_model::{Checkpoint, Layer, Obstacle, Pass, PeeringStatus};
use canreach_net::Header;
use canreach_query::{Blocker, Blocking};

use super::{Named, Words, decision::Told};

impl Words<'_> {
    /// Returns what to do about one filter, route or setting, and where that is written.
    pub(crate) fn change(self, blocker: &Blocker) -> Told {
        let mut told = match blocker.blocking {
            Blocking::Filter { checkpoint, .. } => {
                Told::new(self.allow(checkpoint), self.layer_source(checkpoint.layer))
            }
            Blocking::Obstacle { obstacle, route } => {
                let source = route.map(|route| self.route_source(route));
                Told {
                    text: self.mend(obstacle, blocker.header.as_ref()),
                    source: source.or_else(|| self.obstacle_source(obstacle)),
                }
            }
        };
        if blocker.pass == Pass::Reply {
            told.text = format!("for the reply, {}", told.text);
        }
        told
    }

    fn allow(self, checkpoint: Checkpoint) -> String {
        match checkpoint.layer {
            Layer::Listener(instance, _) => {
                format!("let a service on {} listen on it", self.instance(instance).meta.label())
            }
            Layer::SecurityGroups(_)
            | Layer::NetworkAcl(..)
            | Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::HostFirewall(_)
            | Layer::HostForwarding(..) => {
                format!("allow it in {}, {}", self.layer(checkpoint.layer), checkpoint.direction)
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one sentence for each obstacle")]
    fn mend(self, obstacle: Obstacle, header: Option<&Header>) -> String {
        let source = header.map_or(String::from("the source"), |header| header.source.to_string());
        let destination = self.destination(header);
        match obstacle {
            Obstacle::NoRoute(table) => {
                format!("give {} a route to {destination}", self.route_table(table).words())
            }
            Obstacle::Blackhole(route) => {
                format!("let this route lead somewhere: {}", self.route(route))
            }
            Obstacle::NoPeering(a, b) => {
                format!("peer {} with {}", self.vpc(a).words(), self.vpc(b).words())
            }
            Obstacle::PeeringInactive(peering) => {
                let verb = match self.network.peerings[peering].status {
                    PeeringStatus::Active | PeeringStatus::PendingAcceptance => "accept",
                    PeeringStatus::Rejected | PeeringStatus::Expired | PeeringStatus::Gone => {
                        "create again"
                    }
                };
                format!("{verb} {}", self.peering(peering).words())
            }
            Obstacle::PeeringElsewhere(peering, vpc) => format!(
                "route it elsewhere than to {}, which does not end in {}",
                self.peering(peering).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NotAttached(gateway, vpc) => format!(
                "attach {} to {}",
                self.vpc(vpc).words(),
                self.transit_gateway(gateway).words()
            ),
            Obstacle::NotInZone(attachment, subnet) => format!(
                "add a subnet in the zone of {} to {}",
                self.subnet(subnet).words(),
                self.transit_attachment(attachment).words()
            ),
            Obstacle::NotAssociated(attachment) => format!(
                "associate {} with a route table",
                self.transit_attachment(attachment).words()
            ),
            Obstacle::NoTransitRoute(table) => {
                format!("give {} a route to {destination}", self.transit_route_table(table).words())
            }
            Obstacle::TransitBlackhole(route) => {
                format!("let this route lead somewhere: {}", self.transit_route(route).text)
            }
            Obstacle::ConnectionDown(connection) => {
                format!("bring {} up", self.connection(connection).words())
            }
            Obstacle::ConnectionElsewhere(_, vpc) => {
                format!("route it to a connection of {}", self.vpc(vpc).words())
            }
            Obstacle::NotBehind(remote, address) => format!(
                "route it elsewhere than to {}, which does not have {address}",
                self.remote_network(remote).words()
            ),
            Obstacle::NotAdvertised(remote) => format!(
                "let {} learn a route to {destination}",
                self.remote_network(remote).words()
            ),
            Obstacle::EndpointElsewhere(_, vpc) => {
                format!("give {} a gateway endpoint of its own", self.vpc(vpc).words())
            }
            Obstacle::SourceDestCheck(interface) => format!(
                "switch the source/destination check of {} off",
                self.interface(interface).words()
            ),
            Obstacle::NotForwarding(interface) => {
                format!("let {} forward packets", self.machine(interface).words())
            }
            Obstacle::NoListener(balancer) => {
                format!("add a listener to {}", self.load_balancer(balancer).words())
            }
            Obstacle::NoTarget(balancer, listener) => format!(
                "add a target to listener {} of {}",
                listener.saturating_add(1),
                self.load_balancer(balancer).words()
            ),
            Obstacle::TargetIsClient(balancer) => format!(
                "let {} not keep the client's address, or pick another target",
                self.load_balancer(balancer).words()
            ),
            Obstacle::OnlyCarriesOn(interface) => format!(
                "send it to what lies behind the gateway, not to {}",
                self.interface(interface).words()
            ),
            Obstacle::NobodyHolds(address) => {
                format!("let an interface hold {}", self.virtual_address(address).words())
            }
            Obstacle::NotTransitive(_, vpc) => {
                format!("join the two networks directly, not through {}", self.vpc(vpc).words())
            }
            Obstacle::GatewayNotAttached(gateway, vpc) => format!(
                "attach {} to {}",
                self.internet_gateway(gateway).words(),
                self.vpc(vpc).words()
            ),
            Obstacle::NoInternetGateway(vpc) => {
                format!("attach an Internet gateway to {}", self.vpc(vpc).words())
            }
            Obstacle::EgressOnly(_) => {
                String::from("route it to an Internet gateway that is not egress-only")
            }
            Obstacle::NoPublicAddress(interface) => {
                format!("give {} a public address", self.machine_name(interface))
            }
            Obstacle::InternetGatewayDenied(interface) => format!(
                "let the provider allow {} traffic through an Internet gateway",
                self.interface(interface).words()
            ),
            Obstacle::NatElsewhere(_, vpc) => {
                format!("route it to a NAT gateway of {}", self.vpc(vpc).words())
            }
            Obstacle::NatProtocol(gateway) => format!(
                "route it elsewhere than to {}, which does not translate it",
                self.nat_gateway(gateway).words()
            ),
            Obstacle::NoSourceTranslation(gateway) => format!(
                "add a source translation for {source} to {}",
                self.nat_gateway(gateway).words()
            ),
            Obstacle::NoDestinationTranslation(gateway) => format!(
                "add a destination translation for {destination} to {}",
                self.nat_gateway(gateway).words()
            ),
            Obstacle::NobodyHas(vpc, address) => {
                format!("give an interface of {} the address {address}", self.vpc(vpc).words())
            }
            Obstacle::PublicAddressUnused(address) => {
                format!("let public address {address} stand for an interface")
            }
            Obstacle::AnotherHas(interface) => {
                let vpc = self.vpc(self.network.vpc_of(interface));
                format!("use an address that {} does not have", vpc.words())
            }
            Obstacle::Detached(interface) => {
                format!("attach {} to an instance", self.interface(interface).words())
            }
            Obstacle::NotRoutedOnInternet(address) => {
                format!("keep it off the Internet, which does not route {address}")
            }
            Obstacle::RoutingLoop(place) => {
                let place = self.place_object(place).map_or(self.place(place), Named::words);
                format!("change one of the routes that send it back to {place}")
            }
            Obstacle::ReplyChanged => {
                String::from("send the reply back through what translated the request")
            }
            Obstacle::NoAnswer => String::from("ask about a message that has an answer"),
        }
    }
}
