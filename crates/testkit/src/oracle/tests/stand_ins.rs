//! §§2, 6 and 6a: virtual addresses, gateway endpoints, and instances that forward.

use super::*;
use crate::builder::{address, allow, base_chain, chain_rule, deny, in_states};

// §6 step 1: virtual addresses.

#[test]
fn a_virtual_address_is_answered_by_whoever_holds_it() {
    let mut pair = Pair::new(ProfileName::Generic);
    let c = pair.builder.interface(pair.subnets[1], &["10.0.0.6"]);
    let held = pair.builder.virtual_address(pair.subnets[1], "10.0.0.7", &[c, pair.b]);
    pair.builder.group(&[c], vec![], vec![]);
    let header = tcp(("10.0.0.1", 9), ("10.0.0.7", 3));
    let to = Endpoint::VirtualAddress(held);
    let network = pair.builder.clone().build();
    let ask = |to, holder| {
        let choices =
            Choices { picks: [(Chooser::Holder(held), holder)].into(), ..Choices::default() };
        fate(&network, inside(pair.a), header, to, &Valuation::default(), &choices)
    };
    assert_eq!(ask(to, 0), NOT_DELIVERED, "the first is closed");
    assert_eq!(ask(to, 1), ANSWERED);
    assert_eq!(ask(inside(pair.b), 1), NOT_DELIVERED, "it ends at the virtual address");
    pair.builder.network.virtual_addresses[held].interfaces.clear();
    assert_eq!(lost(&told(&pair.builder, inside(pair.a), header, to).request), "NobodyHolds");
}

#[test]
fn a_host_keeps_what_is_for_a_virtual_address_that_it_holds() {
    let mut pair = Pair::new(ProfileName::Generic);
    let held = pair.builder.virtual_address(pair.subnets[0], "10.0.0.2", &[pair.a]);
    pair.builder.group(&[pair.a], vec![], vec![]);
    let header = tcp(("10.0.0.1", 9), ("10.0.0.2", 3));
    let to = Endpoint::VirtualAddress(held);
    assert_eq!(ask(&pair.builder, inside(pair.a), header, to), ANSWERED);
}

#[test]
fn a_virtual_address_may_have_a_public_one() {
    let mut pair = Pair::new(ProfileName::Generic);
    let held = pair.builder.virtual_address(pair.subnets[1], "10.0.0.7", &[pair.b]);
    let target = Some(PublicAddressTarget::VirtualAddress(held));
    pair.builder.public_address_of("203.0.113.1", target);
    let gateway = pair.builder.internet_gateway(pair.vpc);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let header = tcp(("198.51.100.1", 9), ("203.0.113.1", 3));
    let to = Endpoint::VirtualAddress(held);
    assert_eq!(ask(&pair.builder, Endpoint::Internet, header, to), ANSWERED);
    // Denied is what an interface is; a virtual address is none.
    pair.builder.network.interfaces[pair.b].internet_gateway_denied = true;
    assert_eq!(ask(&pair.builder, Endpoint::Internet, header, to), ANSWERED);
}

// §5: gateway endpoints.

#[test]
fn a_gateway_endpoint_reaches_the_internet_without_a_public_address() {
    let mut pair = Pair::new(ProfileName::Generic);
    let endpoint = pair.builder.gateway_endpoint(pair.vpc);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "198.51.100.0/30", RouteTarget::GatewayEndpoint(endpoint));
    let header = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let ask = |pair: &Pair| told(&pair.builder, inside(pair.a), header, Endpoint::Internet);
    assert_eq!(ask(&pair).fate, ANSWERED);
    let other = pair.builder.vpc(&["10.0.1.0/28"]);
    pair.builder.network.gateway_endpoints[endpoint].vpc = other;
    assert_eq!(lost(&ask(&pair).request), "EndpointElsewhere");
}

#[test]
fn a_gateway_endpoint_does_not_serve_another_vpc() {
    let mut peered = peerings::peered();
    let [v, w] = peered.vpcs;
    let endpoint = peered.builder.gateway_endpoint(w);
    peered.builder.network.vpcs[w].profile.routing.entry = EntryRouting::DefaultTable;
    let tables = [v, w].map(|vpc| peered.builder.default_table(vpc));
    let range = "198.51.100.0/30";
    peered.builder.route(tables[0], range, RouteTarget::Peering(peered.peering));
    peered.builder.route(tables[1], range, RouteTarget::GatewayEndpoint(endpoint));
    let header = tcp(("10.0.0.1", 9), ("198.51.100.1", 3));
    let story = told(&peered.builder, inside(peered.a), header, Endpoint::Internet);
    assert_eq!(lost(&story.request), "EndpointElsewhere");
}

// §6a: forwarding.

/// `a` reaches `b` by a route through `f` 10.0.0.9 in a third subnet.
struct Forwarded {
    pair: Pair,
    f: InterfaceId,
    instance: InstanceId,
}

fn forwarded() -> Forwarded {
    let mut pair = Pair::new(ProfileName::Generic);
    let subnet = pair.builder.subnet(pair.vpc, &["10.0.0.8/30"]);
    let f = pair.builder.interface(subnet, &["10.0.0.9"]);
    let instance = pair.builder.instance_of(f);
    pair.builder.forwards(instance);
    let table = pair.builder.table(pair.vpc);
    pair.builder.network.subnets[pair.subnets[0]].route_table = table;
    pair.builder.route(table, "10.0.0.4/30", RouteTarget::Interface(f));
    Forwarded { pair, f, instance }
}

#[test]
fn an_instance_forwards_where_nothing_checks_and_it_is_switched_on() {
    let mut forwarded = forwarded();
    assert_eq!(forwarded.pair.ask(), ANSWERED);
    forwarded.pair.builder.network.instances[forwarded.instance].forwards = Setting::Decided(false);
    assert_eq!(lost(&forwarded.pair.story().request), "NotForwarding");
    forwarded.pair.builder.network.interfaces[forwarded.f].source_dest_check = true;
    assert_eq!(lost(&forwarded.pair.story().request), "SourceDestCheck");
    forwarded.pair.builder.network.interfaces[forwarded.f].owner = InterfaceOwner::Service;
    assert_eq!(lost(&forwarded.pair.story().request), "NotForwarding");
    forwarded.pair.builder.network.interfaces[forwarded.f].owner = InterfaceOwner::Detached;
    assert_eq!(lost(&forwarded.pair.story().request), "Detached");
}

#[test]
fn a_virtual_address_as_next_hop_leads_to_whoever_holds_it() {
    let mut forwarded = forwarded();
    let subnet = forwarded.pair.builder.network.interfaces[forwarded.f].subnet;
    let held = forwarded.pair.builder.virtual_address(subnet, "10.0.0.10", &[forwarded.f]);
    for table in forwarded.pair.builder.network.route_tables.ids() {
        for route in &mut forwarded.pair.builder.network.route_tables[table].routes {
            if route.target == RouteTarget::Interface(forwarded.f) {
                route.target = RouteTarget::VirtualAddress(held);
            }
        }
    }
    assert_eq!(forwarded.pair.ask(), ANSWERED);
    forwarded.pair.builder.network.virtual_addresses[held].interfaces.clear();
    assert_eq!(lost(&forwarded.pair.story().request), "NobodyHolds");
}

#[test]
fn the_hosts_own_routes_say_by_which_interface_a_packet_leaves() {
    let mut forwarded = forwarded();
    let Forwarded { pair, instance, .. } = &mut forwarded;
    let owner = InterfaceOwner::Instance(*instance);
    let second = pair.builder.interface_owned_by(owner, pair.subnets[1], &["10.0.0.6"]);
    pair.builder.network.interfaces[second].source_dest_check = false;
    pair.builder.group(&[second], vec![], vec![]);
    assert_eq!(pair.ask(), ANSWERED, "it leaves by the interface that it came to");
    pair.builder.host_route(*instance, "10.0.0.0/28", second);
    assert_eq!(lost(&pair.story().request), "Filter", "the groups of the second let nothing out");
    pair.builder.network.interfaces[second].source_dest_check = true;
    assert_eq!(lost(&pair.story().request), "SourceDestCheck");
}

#[test]
fn what_is_forwarded_is_judged_by_the_forward_chains_alone() {
    let mut forwarded = forwarded();
    let drop = || vec![chain_rule(ChainVerdict::Drop)];
    let input = base_chain("input", HookPoint::Input, Policy::Accept, drop());
    let output = base_chain("output", HookPoint::Output, Policy::Accept, drop());
    let instance = forwarded.instance;
    forwarded.pair.builder.host_firewall(instance, vec![input.clone(), output]);
    assert_eq!(forwarded.pair.ask(), ANSWERED);
    let forward = base_chain("forward", HookPoint::Forward, Policy::Accept, drop());
    forwarded.pair.builder.host_firewall(instance, vec![input, forward]);
    assert_eq!(lost(&forwarded.pair.story().request), "Filter");
}

#[test]
fn a_reply_that_is_forwarded_without_its_request_is_new_or_invalid() {
    let answered = |transport, state| {
        let Forwarded { mut pair, f, instance } = forwarded();
        // The other way round: only what `b` sends is forwarded.
        let [ours, theirs] = pair.subnets;
        let table = pair.builder.table(pair.vpc);
        pair.builder.network.subnets[theirs].route_table = table;
        pair.builder.network.subnets[ours].route_table = pair.builder.default_table(pair.vpc);
        pair.builder.route(table, "10.0.0.0/30", RouteTarget::Interface(f));
        let allowed = vec![in_states(chain_rule(ChainVerdict::Accept), &[state])];
        let forward = base_chain("forward", HookPoint::Forward, Policy::Drop, allowed);
        pair.builder.host_firewall(instance, vec![forward]);
        let header = Header { transport, ..tcp(("10.0.0.1", 0), ("10.0.0.5", 0)) };
        ask(&pair.builder, inside(pair.a), header, inside(pair.b)) == ANSWERED
    };
    let ports = Ports { source: 9, destination: 3 };
    let (tcp, udp) = (Transport::Tcp(ports), Transport::Udp(ports));
    let ping = Transport::Icmp(Icmp { kind: 8, code: 0 });
    for (transport, expected) in [
        (tcp, ConnectionState::Invalid),
        (ping, ConnectionState::Invalid),
        (udp, ConnectionState::New),
    ] {
        for state in [ConnectionState::New, ConnectionState::Established, ConnectionState::Invalid]
        {
            assert_eq!(answered(transport, state), state == expected, "{transport:?} {state:?}");
        }
    }
}

#[test]
fn what_a_route_leads_to_may_be_the_destination_itself() {
    // Received at `f`, which checks sources and destinations but is the destination.
    let mut forwarded = forwarded();
    let f = forwarded.f;
    forwarded.pair.builder.network.interfaces[f].source_dest_check = true;
    let table = forwarded.pair.builder.network.subnets[forwarded.pair.subnets[0]].route_table;
    forwarded.pair.builder.route(table, "10.0.0.9/32", RouteTarget::Interface(f));
    let header = tcp(("10.0.0.1", 9), ("10.0.0.9", 3));
    assert_eq!(ask(&forwarded.pair.builder, inside(forwarded.pair.a), header, inside(f)), ANSWERED);
}

#[test]
fn a_reference_may_miss_what_an_instance_forwarded() {
    let mut forwarded = forwarded();
    let Forwarded { pair, .. } = &mut forwarded;
    let members = pair.builder.group(&[pair.a], vec![allow()], vec![allow()]);
    let mut rule = allow();
    rule.matches.source = AddressMatch::SecurityGroup(members);
    pair.builder.group(&[pair.b], vec![rule], vec![]);
    assert_eq!(pair.ask(), ANSWERED);
    pair.builder.network.vpcs[pair.vpc].profile.security_group.reference_when_forwarded = false;
    assert_eq!(lost(&pair.story().request), "Filter");
}

#[test]
fn two_that_forward_to_each_other_are_a_loop() {
    let mut forwarded = forwarded();
    let f = forwarded.f;
    let subnet = forwarded.pair.builder.network.interfaces[f].subnet;
    let table = forwarded.pair.builder.table(forwarded.pair.vpc);
    forwarded.pair.builder.network.subnets[subnet].route_table = table;
    forwarded.pair.builder.route(table, "10.0.0.4/30", RouteTarget::Interface(f));
    assert_eq!(lost(&forwarded.pair.story().request), "RoutingLoop");
}

#[test]
fn the_acl_of_the_forwarders_subnet_judges_what_comes_and_goes() {
    let mut forwarded = forwarded();
    let subnet = forwarded.pair.builder.network.interfaces[forwarded.f].subnet;
    forwarded.pair.builder.acl(&[subnet], vec![allow()], vec![deny()]);
    assert_eq!(lost(&forwarded.pair.story().request), "Filter");
    let to_address = address("10.0.0.5");
    assert_eq!(forwarded.pair.story().request.been[0].header.destination, to_address);
}
