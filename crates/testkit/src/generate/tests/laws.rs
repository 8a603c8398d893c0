//! What importers guarantee holds of every generated network.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    Action, ImpliedBy, InterfaceOwner, NatPlacement, Network, Origin, Polarity,
    PublicAddressTarget, RouteTarget, Rule,
};
use canreach_net::{Icmp, IpNet, PortSet, Protocol};

use crate::{
    builder::{address, local_destinations},
    generate::{LARGEST_PORT, MOST_FACTS, network, questions},
    oracle::{Answer, Universe, brute_force, may_send},
    show,
};

const SEEDS: u64 = 500;

fn for_every_network(law: impl Fn(&Network) -> bool) {
    for seed in 0..SEEDS {
        let network = network(seed);
        assert!(law(&network), "seed {seed}:\n{}", show(&network));
    }
}

fn all_different<T: Ord>(values: impl IntoIterator<Item = T>) -> bool {
    let values: Vec<T> = values.into_iter().collect();
    let count = values.len();
    values.into_iter().collect::<BTreeSet<T>>().len() == count
}

fn rules(network: &Network) -> Vec<&Rule> {
    let groups = network.security_groups.iter().map(|(_, group)| &group.rules);
    let acls = network.network_acls.iter().map(|(_, acl)| &acl.rules);
    groups.chain(acls).flat_map(|rules| rules.ingress.iter().chain(&rules.egress)).collect()
}

#[test]
fn a_seed_determines_network_and_questions() {
    for seed in 0..20 {
        let (one, other) = (network(seed), network(seed));
        assert_eq!(show(&one), show(&other));
        let universe = Universe::of(&one);
        assert_eq!(questions(seed, &one, &universe, 5), questions(seed, &other, &universe, 5));
    }
    assert_ne!(show(&network(1)), show(&network(2)));
}

#[test]
fn addresses_are_unique_in_a_vpc_and_inside_their_blocks() {
    for_every_network(|network| {
        let unique = network.vpcs.ids().all(|vpc| {
            let own = network.interfaces.iter().filter(|(id, _)| network.vpc_of(*id) == vpc);
            all_different(own.flat_map(|(_, interface)| interface.addresses.clone()))
        });
        unique
            && network.interfaces.iter().all(|(_, interface)| {
                let blocks = &network.subnets[interface.subnet].cidrs;
                let inside = |address| blocks.iter().any(|block| block.contains(address));
                !interface.addresses.is_empty() && interface.addresses.iter().all(inside)
            })
    });
}

#[test]
fn subnets_lie_in_their_vpc_and_do_not_overlap() {
    let overlap = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
    for_every_network(|network| {
        network.vpcs.iter().all(|(vpc, object)| {
            let own = network.subnets.iter().filter(|(_, subnet)| subnet.vpc == vpc);
            let blocks: Vec<IpNet> = own.flat_map(|(_, subnet)| subnet.cidrs.clone()).collect();
            let apart = blocks
                .iter()
                .enumerate()
                .all(|(at, block)| blocks[..at].iter().all(|earlier| !overlap(block, earlier)));
            apart && blocks.iter().all(|block| object.cidrs.iter().any(|cidr| cidr.contains(block)))
        })
    });
}

#[test]
fn tables_belong_to_the_vpcs_that_use_them() {
    for_every_network(|network| {
        let of = |table| network.route_tables[table].vpc;
        network.vpcs.iter().all(|(vpc, object)| of(object.default_route_table) == vpc)
            && network.subnets.iter().all(|(_, subnet)| of(subnet.route_table) == subnet.vpc)
    });
}

#[test]
fn no_table_has_two_routes_of_one_destination_and_each_has_the_local_ones() {
    for_every_network(|network| {
        network.route_tables.iter().all(|(_, table)| {
            let implied = |destination: &IpNet| {
                table.routes.iter().any(|route| {
                    route.destination == *destination
                        && route.target == RouteTarget::Local
                        && route.origin == Origin::Implied(ImpliedBy::LocalRoute)
                })
            };
            all_different(table.routes.iter().map(|route| route.destination))
                && table.routes.iter().all(|route| route.destination == route.destination.trunc())
                && local_destinations(network, table.vpc).iter().all(implied)
        })
    });
}

#[test]
fn a_gateways_own_table_has_only_the_targets_it_may_have() {
    for_every_network(|network| {
        let of_gateways =
            network.internet_gateways.iter().filter_map(|(_, gateway)| gateway.route_table);
        let tables =
            of_gateways.chain(network.connections.iter().filter_map(|(_, it)| it.route_table));
        tables.flat_map(|table| &network.route_tables[table].routes).all(|route| {
            matches!(
                route.target,
                RouteTarget::Local
                    | RouteTarget::Blackhole
                    | RouteTarget::Interface(_)
                    | RouteTarget::Unresolved(_)
            )
        })
    });
}

#[test]
fn a_nat_gateway_in_a_subnet_is_an_unfiltered_interface_of_its_vpc() {
    for_every_network(|network| {
        let owned = network.interfaces.iter().all(|(id, interface)| match interface.owner {
            InterfaceOwner::NatGateway(gateway) => {
                network.nat_gateways[gateway].placement == NatPlacement::Subnet(id)
            }
            InterfaceOwner::Instance(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => true,
        });
        owned
            && network.nat_gateways.iter().all(|(id, gateway)| match gateway.placement {
                NatPlacement::Vpc => true,
                NatPlacement::Subnet(own) => {
                    let interface = &network.interfaces[own];
                    interface.owner == InterfaceOwner::NatGateway(id)
                        && !interface.filtered
                        && network.vpc_of(own) == gateway.vpc
                        && interface.addresses.iter().any(IpAddr::is_ipv4)
                }
            })
    });
}

#[test]
fn public_addresses_are_unique_and_stand_for_what_is_there() {
    for_every_network(|network| {
        let publics = || network.public_addresses.iter().map(|(_, public)| public);
        let stands = publics().all(|public| match public.target {
            None
            | Some(PublicAddressTarget::VirtualAddress(_) | PublicAddressTarget::Unresolved(_)) => {
                true
            }
            Some(PublicAddressTarget::Interface { interface, address }) => {
                network.interfaces[interface].addresses.contains(&address)
            }
            Some(PublicAddressTarget::NatGateway(gateway)) => {
                network.nat_gateways[gateway].placement == NatPlacement::Vpc
            }
        });
        let one_each = publics().filter_map(|public| match public.target {
            Some(PublicAddressTarget::Interface { interface, address }) => {
                Some((interface, address))
            }
            Some(
                PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => None,
        });
        stands && all_different(publics().map(|public| public.address)) && all_different(one_each)
    });
}

#[test]
fn overlapping_vpcs_are_peered_only_where_both_profiles_allow_it() {
    let overlap = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
    for_every_network(|network| {
        network.peerings.iter().all(|(_, peering)| {
            let ends = [peering.requester, peering.accepter].map(|vpc| &network.vpcs[vpc]);
            let apart = ends[0].cidrs.iter().all(|a| ends[1].cidrs.iter().all(|b| !overlap(a, b)));
            apart || ends.iter().all(|vpc| vpc.profile.peering.overlap_allowed)
        })
    });
}

#[test]
fn constants_are_small_so_that_a_few_ports_stand_for_all() {
    let small = |set: &PortSet| set.is_all() || set.last().is_some_and(|last| last <= LARGEST_PORT);
    for_every_network(|network| {
        let in_rules = rules(network).into_iter().all(|rule| {
            small(&rule.matches.source_ports) && small(&rule.matches.destination_ports)
        });
        let in_translations = network
            .nat_gateways
            .iter()
            .flat_map(|(_, gateway)| &gateway.destination_translations)
            .all(|rule| small(&rule.public_ports.into()) && small(&rule.private_ports()));
        let choices = network.vpcs.iter().map(|(_, vpc)| vpc.profile.translation.ports);
        let in_choices = choices.into_iter().all(|ports| ports.last() <= LARGEST_PORT);
        in_rules && in_translations && in_choices
    });
}

#[test]
fn facts_are_few_and_have_the_polarity_of_their_rule() {
    for_every_network(|network| {
        let right = rules(network).into_iter().all(|rule| {
            let expected = match rule.action {
                Action::Allow => Polarity::Helps,
                Action::Deny => Polarity::Hinders,
            };
            rule.matches.unresolved.is_none_or(|fact| network.facts[fact].polarity == expected)
        });
        let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
        let helps = routes.into_iter().all(|route| match route.target {
            RouteTarget::Unresolved(fact) => network.facts[fact].polarity == Polarity::Helps,
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::InternetGateway(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::Peering(_)
            | RouteTarget::TransitGateway(_)
            | RouteTarget::Connection(_)
            | RouteTarget::Interface(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_) => true,
        });
        right && helps && network.facts.len() <= MOST_FACTS
    });
}

#[test]
fn questions_ask_what_can_be_asked() {
    for seed in 0..SEEDS {
        let network = network(seed);
        let universe = Universe::of(&network);
        for question in questions(seed, &network, &universe, 4) {
            assert!(
                question.from != question.to || question.from != canreach_model::Endpoint::Internet
            );
            assert!(!question.sources.is_empty(), "seed {seed}");
            for source in &question.sources {
                assert!(may_send(&network, question.from, *source), "seed {seed}: {source}");
            }
        }
    }
}

/// Values that should be no news: more ports, more types, more protocols, and for every address from
/// which a question may come its neighbours.
#[test]
fn a_larger_universe_gives_the_same_answers() {
    for seed in 0..40 {
        let network = network(seed);
        let universe = Universe::of(&network);
        let mut larger = universe.clone();
        larger.ports.extend([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4711]);
        larger.protocols.extend([Protocol(2), Protocol(132)]);
        larger.icmp.extend([4, 6, 16, 17, 18, 130].map(|kind| Icmp { kind, code: 0 }));
        let more = (1..7).map(|host| IpAddr::from([198, 51, 100, host]));
        larger.addresses.extend(more.chain(["8.8.8.8", "2600::9", "3000::1"].map(address)));
        for question in questions(seed, &network, &universe, 2) {
            let mut other = question.clone();
            other.sources = larger.sources(&network, question.from);
            let one = brute_force(&network, &question, &universe);
            let two = brute_force(&network, &other, &larger);
            let truths = |answer: Answer| (answer.delivered, answer.answered);
            assert_eq!(truths(one), truths(two), "seed {seed} {question:?}:\n{}", show(&network));
        }
    }
}
