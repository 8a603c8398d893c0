//! Peerings, gateways, public addresses, load balancers, virtual addresses and endpoints.

use canreach_model::{
    BalancerListener, Forwarding, InterfaceOwner, NatPlacement, Network, PeeringStatus,
    PublicAddressTarget, RouteTarget,
};
use canreach_net::IpNet;

use super::{Construct, construct, each, each_of, keep_first, put, remove};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("peering: active", |network| {
        each(&mut network.peerings, |peering| {
            peering.status == PeeringStatus::Active && put(&mut peering.status, PeeringStatus::Gone)
        })
    }),
    construct("peering: pending", |network| accept(network, PeeringStatus::PendingAcceptance)),
    construct("peering: rejected", |network| accept(network, PeeringStatus::Rejected)),
    construct("peering: expired", |network| accept(network, PeeringStatus::Expired)),
    construct("peering: overlapping blocks", |network| {
        let overlap = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
        let mut changed = false;
        for id in network.peerings.ids() {
            let peering = &network.peerings[id];
            let (one, other) =
                (&network.vpcs[peering.requester].cidrs, &network.vpcs[peering.accepter].cidrs);
            if one.iter().any(|a| other.iter().any(|b| overlap(a, b))) {
                changed |= put(&mut network.peerings[id].status, PeeringStatus::Gone);
            }
        }
        changed
    }),
    construct("blackhole route", |network| routes(network, |it| it == RouteTarget::Blackhole)),
    construct("unresolved route", |network| {
        routes(network, |target| matches!(target, RouteTarget::Unresolved(_)))
    }),
    construct("Internet gateway", |network| {
        each(&mut network.internet_gateways, |gateway| put(&mut gateway.vpc, None))
    }),
    construct("Internet gateway: egress only", |network| {
        each(&mut network.internet_gateways, |gateway| put(&mut gateway.egress_only, false))
    }),
    construct("Internet gateway: table of its own", |network| {
        each(&mut network.internet_gateways, |gateway| put(&mut gateway.route_table, None))
    }),
    construct("Internet gateway: traffic denied", |network| {
        each(&mut network.interfaces, |it| put(&mut it.internet_gateway_denied, false))
    }),
    construct("public address of an interface", |network| {
        public_addresses(network, |it| matches!(it, PublicAddressTarget::Interface { .. }))
    }),
    construct("public address of a virtual address", |network| {
        public_addresses(network, |it| matches!(it, PublicAddressTarget::VirtualAddress(_)))
    }),
    construct("nat gateway in a subnet", |network| {
        let nats = &network.nat_gateways;
        let in_subnet: Vec<_> = nats
            .iter()
            .filter(|(_, it)| it.placement != NatPlacement::Vpc)
            .map(|(id, _)| id)
            .collect();
        routes(
            network,
            |target| matches!(target, RouteTarget::NatGateway(gateway) if in_subnet.contains(&gateway)),
        )
    }),
    construct("nat gateway: source translations", |network| {
        each(&mut network.nat_gateways, |it| remove(&mut it.source_translations, |_| true))
    }),
    construct("nat gateway: destination translations", |network| {
        each(&mut network.nat_gateways, |it| remove(&mut it.destination_translations, |_| true))
    }),
    construct("load balancer: proxy", |network| {
        balancers(network, |it| it.forwarding == Forwarding::Proxy)
    }),
    construct("load balancer: keeps the client's address", |network| {
        balancers(network, |it| matches!(it.forwarding, Forwarding::KeepClient { .. }))
    }),
    construct("load balancer: replaces the client's address", |network| {
        balancers(network, |it| it.forwarding == Forwarding::ReplaceClient)
    }),
    construct("load balancer: bypasses filters", |network| {
        listeners(network, |listener| match &mut listener.forwarding {
            Forwarding::KeepClient { bypasses_filters } => put(bypasses_filters, false),
            Forwarding::Proxy | Forwarding::ReplaceClient | Forwarding::Unmodelled(_) => false,
        })
    }),
    construct("load balancer: targets of some nodes", |network| {
        listeners(network, |listener| {
            each_of(&mut listener.targets, |target| put(&mut target.nodes, None))
        })
    }),
    construct("load balancer: family of a listener", |network| {
        listeners(network, |listener| put(&mut listener.family, None))
    }),
    construct("load balancer: unmodelled listener", |network| {
        listeners(network, |listener| match listener.forwarding {
            Forwarding::Unmodelled(_) => put(&mut listener.forwarding, Forwarding::Proxy),
            Forwarding::Proxy | Forwarding::KeepClient { .. } | Forwarding::ReplaceClient => false,
        })
    }),
    construct("load balancer: groups of its own", |network| {
        each(&mut network.interfaces, |interface| {
            matches!(interface.owner, InterfaceOwner::LoadBalancer(_))
                && remove(&mut interface.security_groups, |_| true)
                && put(&mut interface.filtered, false)
        })
    }),
    construct("interfaces that are not listed", |network| {
        each(&mut network.vpcs, |vpc| put(&mut vpc.unlisted, None))
    }),
    construct("interface of a gateway", |network| {
        each(&mut network.interfaces, |interface| {
            interface.owner == InterfaceOwner::Gateway
                && put(&mut interface.owner, InterfaceOwner::Service)
        })
    }),
    construct("public address of nobody known", |network| {
        each(&mut network.public_addresses, |it| {
            matches!(it.target, Some(PublicAddressTarget::Unresolved(_)))
                && put(&mut it.target, None)
        })
    }),
    construct("nat gateway: several addresses", |network| {
        each(&mut network.interfaces, |interface| {
            matches!(interface.owner, InterfaceOwner::NatGateway(_))
                && keep_first(&mut interface.addresses)
        })
    }),
    construct("egress-only gateways denied", |network| {
        each(&mut network.interfaces, |it| put(&mut it.egress_only_gateway_denied, false))
    }),
    construct("appliance", |network| {
        each(&mut network.instances, |instance| put(&mut instance.appliance, None))
    }),
    construct("load balancer: access list", |network| {
        listeners(network, |listener| put(&mut listener.access, None))
    }),
    construct("load balancer: several targets", |network| {
        listeners(network, |listener| keep_first(&mut listener.targets))
    }),
    construct("load balancer: order of listeners", |network| {
        each(&mut network.load_balancers, |balancer| {
            balancer.listeners.reverse();
            balancer.listeners.len() > 1
        })
    }),
    construct("load balancer: target's own port", |network| {
        listeners(network, |listener| {
            each_of(&mut listener.targets, |target| put(&mut target.port, None))
        })
    }),
    construct("load balancer: target in another VPC", |network| {
        let targets = far_targets(network);
        listeners(network, |listener| {
            remove(&mut listener.targets, |target| targets.contains(&target.address))
        })
    }),
    construct("virtual address", |network| {
        each(&mut network.virtual_addresses, |it| remove(&mut it.interfaces, |_| true))
    }),
    construct("virtual address: several holders", |network| {
        each(&mut network.virtual_addresses, |it| keep_first(&mut it.interfaces))
    }),
    construct("virtual address: as next hop", |network| {
        routes(network, |target| matches!(target, RouteTarget::VirtualAddress(_)))
    }),
    construct("gateway endpoint", |network| {
        routes(network, |target| matches!(target, RouteTarget::GatewayEndpoint(_)))
    }),
    construct("interface of a service (interface endpoint)", |network| {
        each(&mut network.interfaces, |interface| {
            interface.owner == InterfaceOwner::Service
                && put(&mut interface.owner, InterfaceOwner::Detached)
        })
    }),
    construct("interface of something unmodelled", |network| {
        each(&mut network.interfaces, |interface| {
            matches!(interface.owner, InterfaceOwner::Unmodelled(_))
                && put(&mut interface.owner, InterfaceOwner::Detached)
        })
    }),
];

/// Removes the routes to some targets.
pub(super) fn routes(network: &mut Network, unwanted: impl Fn(RouteTarget) -> bool) -> bool {
    each(&mut network.route_tables, |table| {
        remove(&mut table.routes, |route| unwanted(route.target))
    })
}

fn accept(network: &mut Network, status: PeeringStatus) -> bool {
    each(&mut network.peerings, |peering| {
        peering.status == status && put(&mut peering.status, PeeringStatus::Active)
    })
}

fn public_addresses(network: &mut Network, unwanted: fn(PublicAddressTarget) -> bool) -> bool {
    each(&mut network.public_addresses, |public| {
        public.target.is_some_and(unwanted) && put(&mut public.target, None)
    })
}

fn balancers(network: &mut Network, unwanted: fn(&BalancerListener) -> bool) -> bool {
    each(&mut network.load_balancers, |balancer| remove(&mut balancer.listeners, unwanted))
}

fn listeners(network: &mut Network, mut change: impl FnMut(&mut BalancerListener) -> bool) -> bool {
    each(&mut network.load_balancers, |balancer| each_of(&mut balancer.listeners, &mut change))
}

/// The addresses that only VPCs without a load balancer have.
fn far_targets(network: &Network) -> Vec<std::net::IpAddr> {
    let of_balancer = |owner| matches!(owner, InterfaceOwner::LoadBalancer(_));
    let near: Vec<_> = network
        .interfaces
        .iter()
        .filter(|(_, it)| of_balancer(it.owner))
        .map(|(id, _)| network.vpc_of(id))
        .collect();
    let elsewhere =
        network.interfaces.iter().filter(|(id, _)| !near.contains(&network.vpc_of(*id)));
    elsewhere.flat_map(|(_, it)| it.addresses.clone()).collect()
}
