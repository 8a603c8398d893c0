//! What models mean: each expectation is written down from `docs/model.md`.

use canreach_import::{SourceFile, import};
use canreach_model::{
    Action, AddressMatch, ImpliedBy, InterfaceOwner, LayerKind, Listen, Origin,
    PublicAddressTarget, RouteTarget, Setting,
};
use canreach_net::{Family, PortSet, Protocol};

use crate::common::{network, one};

#[test]
fn an_open_question_about_a_cloud_is_one_fact_however_many_vpcs_it_concerns() {
    let open = "canreach: 1\nprofile: huawei\nvpcs: { a: { cidrs: 10.0.0.0/16 }, b: { cidrs: 10.1.0.0/16 } }\n";
    let network = network(&[("a.yaml", open), ("b.yaml", open)]);
    assert_eq!(network.vpcs.len(), 4);
    assert_eq!(network.facts.len(), 2, "the default priority, and peering to peering");
    let first = network.vpcs.iter().next().map(|(_, vpc)| vpc.profile.clone());
    assert!(network.vpcs.iter().all(|(_, vpc)| Some(&vpc.profile) == first.as_ref()));
}

#[test]
fn settings_decide_for_their_file_alone() {
    let open = "canreach: 1\nprofile: huawei\nvpcs: { a: { cidrs: 10.0.0.0/16 } }\n";
    let decided =
        format!("{open}settings: {{ default_priority: 100, peering_to_peering: true }}\n");
    let network = network(&[("a.yaml", open), ("b.yaml", &decided)]);
    let profiles: Vec<_> = network.vpcs.iter().map(|(_, vpc)| &vpc.profile).collect();
    assert!(matches!(profiles[0].security_group.default_priority, Setting::Disputed { .. }));
    assert_eq!(profiles[1].security_group.default_priority, Setting::Decided(100));
    assert_eq!(profiles[1].peering.to_peering, Setting::Decided(true));
}

#[test]
fn the_default_table_is_named_or_called_default_or_empty() {
    let network = one("
canreach: 1
profile: aws
vpcs:
  named: { cidrs: 10.0.0.0/16, default_route_table: main }
  called: { cidrs: 10.1.0.0/16 }
  bare: { cidrs: 10.2.0.0/16 }
route_tables:
  main: { vpc: named }
  default: { vpc: called }
subnets:
  s: { vpc: named, cidrs: 10.0.1.0/24 }
");
    let tables: Vec<_> = network
        .vpcs
        .iter()
        .map(|(_, vpc)| &network.route_tables[vpc.default_route_table])
        .collect();
    let names: Vec<&str> = tables.iter().map(|table| &*table.meta.id).collect();
    assert_eq!(names, ["main", "default", "bare/default"]);
    assert_eq!(tables[2].meta.origin, Origin::Implied(ImpliedBy::DefaultObject));
    for table in tables {
        let block = network.vpcs[table.vpc].cidrs[0];
        assert_eq!(table.routes.len(), 1);
        assert_eq!(
            (table.routes[0].destination, table.routes[0].target),
            (block, RouteTarget::Local)
        );
        assert_eq!(table.routes[0].origin, Origin::Implied(ImpliedBy::LocalRoute));
    }
    let (_, subnet) = network.subnets.iter().next().unwrap();
    assert_eq!(subnet.route_table, network.vpcs[subnet.vpc].default_route_table);
}

#[test]
fn acl_rules_are_tried_by_number_where_the_cloud_has_numbers() {
    let rules = "network_acls: { a: { ingress: [{ number: 200, action: allow }, { number: 100, action: deny }] } }\n";
    let network = one(&format!("canreach: 1\nprofile: aws\n{rules}"));
    let (_, acl) = network.network_acls.iter().next().unwrap();
    let order: Vec<_> = acl.rules.ingress.iter().map(|rule| (rule.number, rule.action)).collect();
    assert_eq!(order, [(Some(100), Action::Deny), (Some(200), Action::Allow)]);
    assert!(acl.rules.egress.is_empty());
}

#[test]
fn what_a_rule_leaves_out_matches_everything() {
    let network = one("
canreach: 1
profile: generic
security_groups:
  g:
    ingress:
      - {}
      - { protocol: TCP, ports: [443, 80, 81-90], source: 10.0.0.0/8 }
      - { protocol: icmpv6, icmp_type: 128, icmp_code: 0 }
      - { protocol: udp, ports: 0-65535, family: ipv6 }
      - { source: { security_group: g } }
");
    let (id, group) = network.security_groups.iter().next().unwrap();
    let rules: Vec<_> = group.rules.ingress.iter().map(|rule| &rule.matches).collect();
    assert_eq!(*rules[0], canreach_model::PacketMatch::everything());
    assert_eq!(rules[1].protocol, Some(Protocol::TCP));
    assert_eq!(rules[1].family, None, "the source says it");
    assert_eq!(rules[1].destination_ports, [(80, 90), (443, 443)].into_iter().collect::<PortSet>());
    assert!(rules[1].source_ports.is_all());
    assert_eq!(rules[2].family, Some(Family::V6));
    let icmp = rules[2].icmp.unwrap();
    assert_eq!((icmp.kind, icmp.code), (Some(128), Some(0)));
    assert!(rules[3].destination_ports.is_all());
    assert_eq!(rules[3].family, Some(Family::V6));
    assert_eq!(rules[4].source, AddressMatch::SecurityGroup(id));
    assert!(
        group
            .rules
            .ingress
            .iter()
            .all(|rule| rule.action == Action::Allow && rule.priority.is_none())
    );
}

const HOSTS: &str = "
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16, '2001:db8::/56'] } }
subnets: { s: { vpc: v, cidrs: [10.0.0.0/24, '2001:db8::/64'] }, t: { vpc: v, cidrs: 10.0.1.0/24 } }
instances:
  one:
    interfaces: [{ subnet: s, addresses: ['2001:db8::4', 10.0.0.4] }]
    services:
      - { protocol: tcp, ports: [80, 81-82], listen: '*' }
      - { protocol: tcp, ports: 1, listen: '::' }
      - { protocol: tcp, ports: 1, listen: '[::]' }
      - { protocol: tcp, ports: 1, listen: 0.0.0.0 }
      - { protocol: udp, ports: 1, listen: '[::1]' }
  two:
    interfaces:
      - { subnet: s, addresses: 10.0.0.5 }
      - { subnet: t, addresses: 10.0.1.5, name: eth1 }
  three: { running: false }
interfaces:
  database: { subnet: t, addresses: 10.0.1.6 }
  spare: { subnet: t, addresses: 10.0.1.7, attached: false }
  of-three: { subnet: t, addresses: 10.0.1.8, instance: three }
nat_gateways: { nat: { vpc: v, subnet: s, private_address: 10.0.0.9 } }
public_addresses:
  p1: { address: 203.0.113.1, interface: one }
  p2: { address: 203.0.113.2, interface: three }
  p3: { address: 203.0.113.3, nat_gateway: nat }
  p4: { address: 203.0.113.4 }
";

#[test]
fn interfaces_are_named_and_owned_as_documented() {
    let network = one(HOSTS);
    let interfaces: Vec<(&str, &str)> = network
        .interfaces
        .iter()
        .map(|(_, interface)| {
            let owner = match interface.owner {
                InterfaceOwner::Instance(id) => network.instances[id].meta.label(),
                InterfaceOwner::NatGateway(_) => "NAT",
                InterfaceOwner::LoadBalancer(_) => "balancer",
                InterfaceOwner::Service | InterfaceOwner::Unmodelled(_) => "service",
                InterfaceOwner::Gateway => "gateway",
                InterfaceOwner::Detached => "nothing",
            };
            (interface.meta.label(), owner)
        })
        .collect();
    let expected = [
        ("one", "one"),
        ("two/s", "two"),
        ("two/eth1", "two"),
        ("database", "service"),
        ("spare", "nothing"),
        ("of-three", "three"),
        ("nat", "NAT"),
    ];
    assert_eq!(interfaces, expected);
    let running: Vec<bool> =
        network.instances.iter().map(|(_, instance)| instance.running).collect();
    assert_eq!(running, [true, true, false]);
}

#[test]
fn services_listen_as_ss_prints_it() {
    let network = one(HOSTS);
    let (_, instance) = network.instances.iter().next().unwrap();
    let services = instance.services.as_ref().unwrap();
    let listen: Vec<Listen> = services.iter().map(|service| service.listen).collect();
    let loopback = Listen::Address("::1".parse().unwrap());
    assert_eq!(
        listen,
        [Listen::Any, Listen::Any, Listen::Any, Listen::AnyV6, Listen::AnyV4, loopback]
    );
    assert_eq!((services[1].ports.first(), services[1].ports.last()), (81, 82));
}

#[test]
fn public_addresses_stand_for_the_first_ipv4_address() {
    let network = one(HOSTS);
    let targets: Vec<Option<(&str, String)>> = network
        .public_addresses
        .iter()
        .map(|(_, public)| match public.target {
            Some(PublicAddressTarget::Interface { interface, address }) => {
                Some((network.interfaces[interface].meta.label(), address.to_string()))
            }
            Some(
                PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => None,
        })
        .collect();
    let expected = [
        Some(("one", "10.0.0.4".to_owned())),
        Some(("of-three", "10.0.1.8".to_owned())),
        Some(("nat", "10.0.0.9".to_owned())),
        None,
    ];
    assert_eq!(targets, expected);
}

#[test]
fn what_no_file_speaks_of_is_not_examined() {
    let network = one(HOSTS);
    let kinds = [LayerKind::SecurityGroup, LayerKind::NetworkAcl, LayerKind::HostFirewall];
    assert_eq!(network.not_examined, kinds);
    assert!(network.interfaces.iter().all(|(_, interface)| !interface.filtered));
    let with_groups = HOSTS.replace("addresses: ", "security_groups: [], addresses: ");
    let with_groups = one(&format!("{with_groups}security_groups: {{}}\nnetwork_acls:\n"));
    assert_eq!(with_groups.not_examined, [LayerKind::HostFirewall]);
    let filtered =
        with_groups.interfaces.iter().filter(|(_, interface)| interface.filtered).count();
    assert_eq!(filtered, 6, "all but that of the NAT gateway");
}

#[test]
fn windows_files_are_read_and_places_stay_right() {
    let text = "canreach: 1\r\nprofile: generic\r\nvpcs:\r\n  é: { cidrs: 10.0.0.1/16 }\r\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf8 = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for bytes in [utf16, utf8] {
        let file = SourceFile { path: "w.yaml".into(), bytes, digest: String::new() };
        let import = import(&[file]);
        let [error] = import.diagnostics.as_slice() else { unreachable!("one error") };
        assert_eq!(&text[error.span.clone()], "10.0.0.1/16");
    }
}

#[test]
fn scalars_mean_what_is_written() {
    let network = one("
canreach: 1
profile: generic
vpcs: { 010: { cidrs: 10.0.0.0/16, tags: { account: 012345678901, on: yes, none: , 1e3: 0x10 } }, null: { cidrs: 10.0.0.0/8 } }
");
    let (_, vpc) = network.vpcs.iter().next().unwrap();
    assert_eq!(vpc.meta.id, "010");
    let tags: Vec<(&str, &str)> =
        vpc.meta.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(tags, [("1e3", "0x10"), ("account", "012345678901"), ("none", ""), ("on", "yes")]);
    assert_eq!(network.vpcs.iter().nth(1).map(|(_, vpc)| &*vpc.meta.id), Some("null"));
}

#[test]
fn every_rule_and_route_knows_its_line() {
    let network = one("canreach: 1
profile: generic
vpcs: { v: { cidrs: 10.0.0.0/16 } }
route_tables:
  default:
    vpc: v
    routes:
      - { destination: 10.1.0.0/16, blackhole: true }
security_groups:
  g:
    ingress:
      - {}
      - protocol: tcp
        ports: 22
");
    let line = |origin: &Origin| network.sources.location(origin.span().unwrap()).line;
    let (_, table) = network.route_tables.iter().next().unwrap();
    assert_eq!(line(&table.routes[1].origin), 8);
    let (_, group) = network.security_groups.iter().next().unwrap();
    assert_eq!(line(&group.meta.origin), 10);
    assert_eq!(line(&group.rules.ingress[0].origin), 12);
    assert_eq!(line(&group.rules.ingress[1].origin), 13);
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    let network = one("
canreach: 1
profile: generic
security_groups:
  a: { ingress: &web [{ protocol: tcp, ports: 80 }] }
  b: { ingress: *web }
");
    let rules: Vec<usize> =
        network.security_groups.iter().map(|(_, group)| group.rules.ingress.len()).collect();
    assert_eq!(rules, [1, 1]);
}
