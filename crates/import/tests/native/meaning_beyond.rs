//! What transit gateways, connections, load balancers, virtual addresses and endpoints mean.

use canreach_model::{
    Action, AddressMatch, AttachedTo, ConnectionKind, Forwarding, InterfaceOwner, Network, Origin,
    PublicAddressTarget, RouteTarget, TransitRoute, TransitTarget,
};

use crate::common::one;

const BEYOND: &str = "
canreach: 1
profile: aws
vpcs: { v: { cidrs: [10.0.0.0/16, 10.2.0.0/16] }, w: { cidrs: 10.1.0.0/16 } }
subnets:
  a: { vpc: v, cidrs: 10.0.0.0/24, zone: one }
  b: { vpc: v, cidrs: 10.0.1.0/24, zone: two }
transit_gateways: { t: {}, u: {} }
remote_networks: { office: { cidrs: [172.16.0.0/16, 10.1.0.0/16] }, plant: { cidrs: 172.17.0.0/16 } }
connections:
  vpn: { kind: vpn, remote_network: office }
  dx: { kind: direct-connect, remote_network: plant, vpc: w }
  spare: { kind: vpn, remote_network: plant, vpc: w, up: false, advertised: [10.1.7.0/24] }
transit_attachments:
  v: { transit_gateway: t, vpc: v, subnets: [b, a], route_table: main }
  w: { transit_gateway: t, vpc: w }
  office: { transit_gateway: t, connection: vpn, route_table: main }
  there: { transit_gateway: t, peer: here }
  here: { transit_gateway: u, peer: there }
transit_route_tables:
  main:
    transit_gateway: t
    propagations: [office, v, w]
    routes:
      - { destination: 10.2.0.0/16, blackhole: true }
      - { destination: 0.0.0.0/0, attachment: there }
";

fn routes(network: &Network) -> &[TransitRoute] {
    let mut tables = network.transit_route_tables.iter();
    tables.next().map_or(&[], |(_, table)| &table.routes)
}

fn target(network: &Network, route: &TransitRoute) -> String {
    let target = match route.target {
        TransitTarget::Attachment(id) => network.transit_attachments[id].meta.label(),
        TransitTarget::Blackhole => "nowhere",
        TransitTarget::Unresolved(_) => "?",
    };
    format!("{} {target}", route.destination)
}

#[test]
fn static_routes_beat_propagated_ones_and_vpcs_beat_connections() {
    let network = one(BEYOND);
    let found: Vec<String> = routes(&network).iter().map(|route| target(&network, route)).collect();
    let expected = [
        "10.2.0.0/16 nowhere",
        "0.0.0.0/0 there",
        "172.16.0.0/16 office",
        "10.1.0.0/16 w",
        "10.0.0.0/16 v",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_propagated_route_is_derived_from_its_attachment() {
    let network = one(BEYOND);
    let line = |span| network.sources.location(span).line;
    let Origin::Derived { how, from } = &routes(&network)[4].origin else { panic!("derived") };
    assert_eq!(how, "propagated from attachment `v`");
    let lines: Vec<usize> = from.iter().map(|span| line(*span)).collect();
    assert_eq!(lines, [23, 15], "where the table learns it, and the attachment");
    assert!(matches!(routes(&network)[0].origin, Origin::Written(span) if line(span) == 25));
}

#[test]
fn attachments_keep_their_subnets_in_order_and_peers_are_joined() {
    let network = one(BEYOND);
    let attached: Vec<String> = network
        .transit_attachments
        .iter()
        .map(|(_, attachment)| match &attachment.to {
            AttachedTo::Vpc { vpc, subnets, .. } => {
                let names: Vec<_> =
                    subnets.iter().map(|subnet| network.subnets[*subnet].meta.label()).collect();
                format!("{} {names:?}", network.vpcs[*vpc].meta.label())
            }
            AttachedTo::Connection(id) => network.connections[*id].meta.label().to_owned(),
            AttachedTo::Peering(id) => network.transit_attachments[*id].meta.label().to_owned(),
            AttachedTo::Unmodelled(_) => String::from("?"),
        })
        .collect();
    assert_eq!(attached, ["v [\"b\", \"a\"]", "w []", "vpn", "here", "there"]);
    let tables: Vec<bool> = network
        .transit_attachments
        .iter()
        .map(|(_, attachment)| attachment.route_table.is_some())
        .collect();
    assert_eq!(tables, [true, false, true, false, false]);
}

#[test]
fn a_connection_advertises_the_vpc_it_ends_in_or_the_routes_it_is_associated_with() {
    let network = one(BEYOND);
    let advertised: Vec<(&str, Vec<String>)> = network
        .connections
        .iter()
        .map(|(_, connection)| {
            let blocks = connection.advertised.iter().map(ToString::to_string).collect();
            (connection.meta.label(), blocks)
        })
        .collect();
    let of = |blocks: &[&str]| blocks.iter().map(|block| (*block).to_owned()).collect::<Vec<_>>();
    let table = ["10.2.0.0/16", "0.0.0.0/0", "172.16.0.0/16", "10.1.0.0/16", "10.0.0.0/16"];
    let expected =
        [("vpn", of(&table)), ("dx", of(&["10.1.0.0/16"])), ("spare", of(&["10.1.7.0/24"]))];
    assert_eq!(advertised, expected);
    let kinds: Vec<_> = network.connections.iter().map(|(_, one)| (one.kind, one.up)).collect();
    let expected = [
        (ConnectionKind::Vpn, true),
        (ConnectionKind::DirectConnect, true),
        (ConnectionKind::Vpn, false),
    ];
    assert_eq!(kinds, expected);
}

const EDGE: &str = "
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16, '2001:db8::/56'] } }
subnets: { s: { vpc: v, cidrs: [10.0.0.0/24, '2001:db8::/64'] }, t: { vpc: v, cidrs: 10.0.1.0/24 } }
security_groups: { g: {} }
address_groups: { office: { entries: [203.0.113.0/24] } }
transit_gateways: { t: {} }
remote_networks: { r: { cidrs: 172.16.0.0/16 } }
connections: { line: { kind: direct-connect, remote_network: r, vpc: v } }
instances:
  a:
    interfaces:
      - { subnet: s, addresses: ['2001:db8::4', 10.0.0.4, 10.0.0.5], security_groups: [g] }
      - { subnet: t, addresses: [10.0.1.4], security_groups: [g] }
  b: { interfaces: [{ subnet: s, addresses: [10.0.0.6], security_groups: [g] }] }
load_balancers:
  lb:
    interfaces:
      - { subnet: s, addresses: [10.0.0.200], security_groups: [g] }
      - { subnet: t, name: two, addresses: [10.0.1.200], port_security: false }
    listeners:
      - protocol: tcp
        ports: 80-81
        forwarding: keep-client
        bypasses_filters: true
        targets: [{ instance: a }, { address: 10.0.0.6, port: 8080 }, { address: 192.168.0.1 }]
        access: { white_list: [203.0.113.7, { address_group: office }] }
      - { protocol: udp, ports: 53, forwarding: replace-client, targets: [], access: { black_list: [192.0.2.0/24] } }
      - { protocol: tcp, ports: 443, forwarding: proxy }
  six:
    interfaces: [{ subnet: s, addresses: ['2001:db8::200', 10.0.0.201], security_groups: [] }]
    listeners:
      - { protocol: tcp, ports: 80, forwarding: keep-client, targets: [{ instance: a, port: 1 }, { instance: b }] }
virtual_addresses:
  vip: { subnet: s, address: 10.0.0.100, interfaces: [a/s, b] }
  nobody: { subnet: s, address: 10.0.0.101 }
gateway_endpoints: { storage: { vpc: v } }
endpoints: { kms: { subnet: s, addresses: [10.0.0.250], security_groups: [g] } }
public_addresses:
  p: { address: 203.0.113.1, virtual_address: vip }
  q: { address: 203.0.113.2, interface: lb/s }
route_tables:
  default:
    vpc: v
    routes:
      - { destination: 10.3.0.0/16, interface: b }
      - { destination: 10.4.0.0/16, virtual_address: vip }
      - { destination: 10.5.0.0/16, gateway_endpoint: storage }
      - { destination: 10.6.0.0/16, transit_gateway: t }
      - { destination: 10.7.0.0/16, connection: line }
";

#[test]
fn routes_lead_to_what_they_name() {
    let network = one(EDGE);
    let (_, table) = network.route_tables.iter().next().unwrap();
    let targets: Vec<String> = table
        .routes
        .iter()
        .filter_map(|route| match route.target {
            RouteTarget::Interface(id) => Some(network.interfaces[id].meta.id.clone()),
            RouteTarget::VirtualAddress(id) => Some(network.virtual_addresses[id].meta.id.clone()),
            RouteTarget::GatewayEndpoint(id) => Some(network.gateway_endpoints[id].meta.id.clone()),
            RouteTarget::TransitGateway(id) => Some(network.transit_gateways[id].meta.id.clone()),
            RouteTarget::Connection(id) => Some(network.connections[id].meta.id.clone()),
            RouteTarget::Local
            | RouteTarget::Blackhole
            | RouteTarget::InternetGateway(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::Peering(_)
            | RouteTarget::Unresolved(_) => None,
        })
        .collect();
    assert_eq!(targets, ["b", "vip", "storage", "t", "line"]);
}

#[test]
fn interfaces_of_balancers_and_endpoints_are_named_filtered_and_owned() {
    let network = one(EDGE);
    let interfaces: Vec<(&str, bool, &str)> = network
        .interfaces
        .iter()
        .map(|(_, interface)| {
            let owner = match interface.owner {
                InterfaceOwner::Instance(id) => network.instances[id].meta.label(),
                InterfaceOwner::LoadBalancer(id) => network.load_balancers[id].meta.label(),
                InterfaceOwner::Service => "service",
                InterfaceOwner::NatGateway(_)
                | InterfaceOwner::Unmodelled(_)
                | InterfaceOwner::Gateway
                | InterfaceOwner::Detached => "?",
            };
            (interface.meta.label(), interface.filtered, owner)
        })
        .collect();
    let expected = [
        ("a/s", true, "a"),
        ("a/t", true, "a"),
        ("b", true, "b"),
        ("lb/s", true, "lb"),
        ("lb/two", false, "lb"),
        ("six", true, "six"),
        ("kms", true, "service"),
    ];
    assert_eq!(interfaces, expected);
}

#[test]
fn targets_are_addresses_of_the_families_that_the_balancer_has() {
    let network = one(EDGE);
    let targets: Vec<Vec<String>> = network
        .load_balancers
        .iter()
        .flat_map(|(_, balancer)| &balancer.listeners)
        .map(|listener| {
            let targets = listener.targets.iter();
            targets.map(|target| format!("{} {:?}", target.address, target.port)).collect()
        })
        .collect();
    assert_eq!(targets[0], ["10.0.0.4 None", "10.0.0.6 Some(8080)", "192.168.0.1 None"]);
    assert!(targets[1].is_empty() && targets[2].is_empty());
    let both = ["10.0.0.4 Some(1)", "2001:db8::4 Some(1)", "10.0.0.6 None"];
    assert_eq!(targets[3], both, "the first address of each family at the first interface");
    let (_, balancer) = network.load_balancers.iter().next().unwrap();
    let ways: Vec<Forwarding> = balancer.listeners.iter().map(|one| one.forwarding).collect();
    let keep = Forwarding::KeepClient { bypasses_filters: true };
    assert_eq!(ways, [keep, Forwarding::ReplaceClient, Forwarding::Proxy]);
    let ports = balancer.listeners[0].ports;
    assert_eq!((ports.first(), ports.last()), (80, 81));
}

#[test]
fn a_white_list_denies_all_others_and_a_black_list_allows_them() {
    let network = one(EDGE);
    let (_, balancer) = network.load_balancers.iter().next().unwrap();
    let white = balancer.listeners[0].access.as_ref().unwrap();
    let actions: Vec<Action> = white.rules.iter().map(|rule| rule.action).collect();
    assert_eq!((actions.as_slice(), white.default), (&[Action::Allow; 2][..], Action::Deny));
    assert!(matches!(white.rules[1].matches.source, AddressMatch::AddressGroup(_)));
    assert!(white.rules.iter().all(|rule| rule.matches.destination == AddressMatch::Any));
    let black = balancer.listeners[1].access.as_ref().unwrap();
    assert_eq!((black.rules[0].action, black.default), (Action::Deny, Action::Allow));
    assert!(balancer.listeners[2].access.is_none(), "everybody");
}

#[test]
fn a_virtual_address_is_held_by_those_listed_and_may_be_public() {
    let network = one(EDGE);
    let holders: Vec<Vec<&str>> = network
        .virtual_addresses
        .iter()
        .map(|(_, address)| {
            let interfaces = address.interfaces.iter();
            interfaces.map(|interface| network.interfaces[*interface].meta.label()).collect()
        })
        .collect();
    assert_eq!(holders, [vec!["a/s", "b"], vec![]]);
    let (vip, _) = network.virtual_addresses.iter().next().unwrap();
    let targets: Vec<_> = network.public_addresses.iter().map(|(_, one)| one.target).collect();
    assert_eq!(targets[0], Some(PublicAddressTarget::VirtualAddress(vip)));
    let Some(PublicAddressTarget::Interface { interface, .. }) = targets[1] else {
        panic!("an interface of the load balancer")
    };
    assert_eq!(network.interfaces[interface].meta.label(), "lb/s");
}
