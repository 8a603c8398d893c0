//! What is said about peerings, gateways, public addresses and translations.

use crate::common::said;

#[test]
fn peers_are_two_and_do_not_overlap_where_that_is_forbidden() {
    let model = |profile: &str| {
        said(&format!(
            "
canreach: 1
profile: {profile}
vpcs: {{ a: {{ cidrs: [10.0.0.0/16] }}, b: {{ cidrs: [10.1.0.0/16, 10.0.128.0/17] }} }}
peerings:
  ab: {{ requester: a, accepter: b }}
"
        ))
    };
    assert_eq!(model("huawei"), "");
    insta::assert_snapshot!(model("aws"), @r"
    error[model::peering_overlap]: peering `ab` joins VPCs whose blocks overlap
     --> m.yaml:6:3
      |
    6 |   ab: { requester: a, accepter: b }
      |   ^^ `10.0.0.0/16` of `a` and `10.0.128.0/17` of `b`
      |
      = help: `aws` refuses such peerings: use another block in one of the VPCs
    ");
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
vpcs: { a: { cidrs: [10.0.0.0/16] } }
peerings:
  aa: { requester: a, accepter: a }
  ab: { requester: a, status: activ }
"), @r"
    error[model::peering]: peering `aa` joins a VPC with itself
     --> m.yaml:6:33
      |
    6 |   aa: { requester: a, accepter: a }
      |                                 ^ the same VPC on both sides
    error[model::missing_key]: a peering needs the key `accepter`
     --> m.yaml:7:3
      |
    7 |   ab: { requester: a, status: activ }
      |   ^^ has no `accepter`
      |
      = help: write `accepter: ` and the name of a VPC
    error[model::word]: `activ` is not a status of a peering
     --> m.yaml:7:31
      |
    7 |   ab: { requester: a, status: activ }
      |                               ^^^^^
      |
      = help: did you mean `active`?
    ");
}

const NETWORK: &str = "
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16, '2001:db8::/56'] } }
subnets: { s: { vpc: v, cidrs: [10.0.0.0/24, '2001:db8::/64'] } }
instances:
  a: { interfaces: [{ subnet: s, addresses: [10.0.0.4, 10.0.0.5] }] }
  b: { interfaces: [{ subnet: s, addresses: ['2001:db8::4'] }] }
";

#[test]
fn a_public_address_stands_for_one_thing() {
    insta::assert_snapshot!(said(&format!("{NETWORK}
public_addresses:
  p1: {{ address: 203.0.113.1, interface: a, nat_gateway: n }}
  p2: {{ address: 203.0.113.1 }}
  p3: {{ address: 203.0.113.3, interface: a, private_address: 10.0.0.6 }}
  p4: {{ address: 203.0.113.4, private_address: 10.0.0.6 }}
  p5: {{ address: 203.0.113.5, interface: b }}
  p6: {{ address: 10.0.0.1 }}
  p7: {{ address: '2001:db8::1' }}
  p8: {{ address: 203.0.113.8, interface: a, private_address: 10.0.0.4 }}
nat_gateways: {{ n: {{ vpc: v }} }}
")), @r"
    error[model::conflict]: `interface` and `nat_gateway` exclude each other
      --> m.yaml:11:58
       |
    11 |   p1: { address: 203.0.113.1, interface: a, nat_gateway: n }
       |                                          -               ^
       |                                          |
       |                                          `interface` is here
    error[model::public_address_twice]: public address `203.0.113.1` is used twice
      --> m.yaml:12:18
       |
    12 |   p2: { address: 203.0.113.1 }
       |                  ^^^^^^^^^^^ the second one
       |
      ::: m.yaml:11:18
       |
    11 |   p1: { address: 203.0.113.1, interface: a, nat_gateway: n }
       |                  ----------- the first one
    error[model::public_address]: interface `a` has no IPv4 address `10.0.0.6`
      --> m.yaml:13:62
       |
    13 |   p3: { address: 203.0.113.3, interface: a, private_address: 10.0.0.6 }
       |                                                              ^^^^^^^^
       |
       = help: it has `10.0.0.4`, `10.0.0.5`
    error[model::missing_key]: `private_address` says which address of an interface is meant
      --> m.yaml:14:48
       |
    14 |   p4: { address: 203.0.113.4, private_address: 10.0.0.6 }
       |                                                ^^^^^^^^ but there is no `interface`
       |
       = help: add `interface: …`
    error[model::public_address]: interface `b` has no IPv4 address
      --> m.yaml:15:42
       |
    15 |   p5: { address: 203.0.113.5, interface: b }
       |                                          ^
    warning[model::not_public]: the Internet does not route `10.0.0.1`
      --> m.yaml:16:18
       |
    16 |   p6: { address: 10.0.0.1 }
       |                  ^^^^^^^^ no public address
    error[model::public_address]: `2001:db8::1` is an IPv6 address
      --> m.yaml:17:18
       |
    17 |   p7: { address: '2001:db8::1' }
       |                  ^^^^^^^^^^^^^ public addresses stand for private ones, which IPv6 has no need of
       |
       = help: write the IPv6 address among the `addresses` of the interface
    error[model::public_address_twice]: address `10.0.0.4` has two public addresses
      --> m.yaml:18:42
       |
    18 |   p8: { address: 203.0.113.8, interface: a, private_address: 10.0.0.4 }
       |                                          ^ the second one
       |
      ::: m.yaml:11:42
       |
    11 |   p1: { address: 203.0.113.1, interface: a, nat_gateway: n }
       |                                          - the first one
    ");
}

#[test]
fn a_nat_gateway_stands_in_one_place() {
    insta::assert_snapshot!(said(&format!("{NETWORK}
nat_gateways:
  n1: {{ vpc: v, subnet: s, private_address: 10.0.0.9, snat: [] }}
  n2: {{ vpc: v, subnet: s }}
  n3: {{ vpc: v, private_address: 10.0.0.9 }}
  n4: {{ vpc: v, subnet: s, private_address: '2001:db8::9' }}
  a: {{ vpc: v, subnet: s, private_address: 10.0.0.10 }}
")), @r"
    error[model::conflict]: `subnet` and `snat` exclude each other
      --> m.yaml:11:61
       |
    11 |   n1: { vpc: v, subnet: s, private_address: 10.0.0.9, snat: [] }
       |                         - `subnet` is here                  ^^
    error[model::missing_key]: a NAT gateway needs the key `private_address`
      --> m.yaml:12:3
       |
    12 |   n2: { vpc: v, subnet: s }
       |   ^^ has no `private_address`
       |
       = help: write the address that the gateway has in its subnet
    error[model::nat_placement]: only a NAT gateway in a subnet has a private address
      --> m.yaml:13:34
       |
    13 |   n3: { vpc: v, private_address: 10.0.0.9 }
       |                                  ^^^^^^^^
       |
       = help: add `subnet: …`, or leave `private_address` out
    error[model::nat_family]: NAT gateways translate IPv4, and `2001:db8::9` is IPv6
      --> m.yaml:14:45
       |
    14 |   n4: { vpc: v, subnet: s, private_address: '2001:db8::9' }
       |                                             ^^^^^^^^^^^^^
    error[model::duplicate_name]: two interfaces are called `a`
      --> m.yaml:15:3
       |
    15 |   a: { vpc: v, subnet: s, private_address: 10.0.0.10 }
       |   ^ the second
       |
      ::: m.yaml:7:3
       |
     7 |   a: { interfaces: [{ subnet: s, addresses: [10.0.0.4, 10.0.0.5] }] }
       |   - the first
       |
       = help: give one of them a name of its own; inside an instance, with `name: …`
    ");
}

#[test]
fn translations_can_be_undone() {
    insta::assert_snapshot!(said(&format!("{NETWORK}
public_addresses: {{ p: {{ address: 203.0.113.1, nat_gateway: n }} }}
nat_gateways:
  n:
    vpc: v
    snat:
      - {{ subnet: s, addresses: [203.0.113.9] }}
      - {{ cidr: '::/0', addresses: 203.0.113.1 }}
      - {{ addresses: 203.0.113.1 }}
      - {{ subnet: s, cidr: 0.0.0.0/0, addresses: [] }}
    dnat:
      - {{ address: 203.0.113.1, protocol: tcp, ports: 80-90, private_address: 10.0.0.4, private_ports: 8080-8081 }}
      - {{ address: 203.0.113.1, ports: 80, private_address: 10.0.0.4 }}
      - {{ address: 203.0.113.1, protocol: icmp, private_address: 10.0.0.4 }}
      - {{ address: 203.0.113.1, protocol: tcp, private_address: 10.0.0.4 }}
")), @r"
    error[model::nat_address]: `203.0.113.9` is no public address of NAT gateway `n`
      --> m.yaml:15:34
       |
    15 |       - { subnet: s, addresses: [203.0.113.9] }
       |                                  ^^^^^^^^^^^ replies to it would not come back to the gateway
       |
       = help: add to `public_addresses`: `eip-n: { address: 203.0.113.9, nat_gateway: n }`
    error[model::nat_family]: NAT gateways translate IPv4, and `::` is IPv6
      --> m.yaml:16:17
       |
    16 |       - { cidr: '::/0', addresses: 203.0.113.1 }
       |                 ^^^^^^
    error[model::missing_key]: a source translation needs the key `subnet` or `cidr`
      --> m.yaml:17:9
       |
    17 |       - { addresses: 203.0.113.1 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: say which packets are translated
    error[model::conflict]: `subnet` and `cidr` exclude each other
      --> m.yaml:18:28
       |
    18 |       - { subnet: s, cidr: 0.0.0.0/0, addresses: [] }
       |                   -        ^^^^^^^^^
       |                   |
       |                   `subnet` is here
    error[model::missing_value]: at least one address is needed
      --> m.yaml:18:50
       |
    18 |       - { subnet: s, cidr: 0.0.0.0/0, addresses: [] }
       |                                                  ^^ this list is empty
    error[model::dnat_ports]: 11 public ports cannot stand for 2 private ports
      --> m.yaml:20:104
       |
    20 |       - { address: 203.0.113.1, protocol: tcp, ports: 80-90, private_address: 10.0.0.4, private_ports: 8080-8081 }
       |                                                       ----- 11 ports                                   ^^^^^^^^^ 2 ports
       |
       = help: ports map one to one, in order: write two ranges of one length
    error[model::ports_without_protocol]: ports of a destination translation without a protocol
      --> m.yaml:21:40
       |
    21 |       - { address: 203.0.113.1, ports: 80, private_address: 10.0.0.4 }
       |                                        ^^
       |
       = help: add `protocol: tcp` or `udp`; without it every packet is translated
    error[model::word]: `icmp` is not a protocol with ports
      --> m.yaml:22:43
       |
    22 |       - { address: 203.0.113.1, protocol: icmp, private_address: 10.0.0.4 }
       |                                           ^^^^
       |
       = help: expected a protocol with ports: `tcp`, `udp`
    error[model::missing_key]: a destination translation needs the key `ports`
      --> m.yaml:23:9
       |
    23 |       - { address: 203.0.113.1, protocol: tcp, private_address: 10.0.0.4 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `ports`
       |
       = help: write the ports that packets arrive for
    ");
}

#[test]
fn the_table_of_a_gateway_leads_nowhere_else() {
    insta::assert_snapshot!(said(&format!("{NETWORK}
route_tables:
  default: {{ vpc: v }}
  edge: {{ vpc: v, routes: [{{ destination: 10.9.0.0/16, internet_gateway: g }}] }}
internet_gateways:
  g: {{ vpc: v, route_table: edge }}
  h: {{ route_table: edge }}
")), @r"
    error[model::gateway_table]: route table `edge` belongs to a gateway and leads to interfaces alone
      --> m.yaml:12:74
       |
    12 |   edge: { vpc: v, routes: [{ destination: 10.9.0.0/16, internet_gateway: g }] }
       |                                                                          ^ not a target for packets that enter the VPC
       |
       = help: keep local routes, `interface: …` and `blackhole: true` alone in this table
    error[model::missing_key]: a gateway with a route table needs the key `vpc`
      --> m.yaml:15:3
       |
    15 |   h: { route_table: edge }
       |   ^                 ---- its route table
       |   |
       |   attached to no VPC
    ");
}

#[test]
fn a_setting_that_decides_nothing_is_told() {
    insta::assert_snapshot!(said("
canreach: 1
profile: aws
settings: { default_priority: 1, peering_to_peering: maybe, ordering: x }
vpcs: { v: { cidrs: [10.0.0.0/16] } }
"), @r"
    warning[model::setting_unused]: setting `default_priority` decides nothing here
     --> m.yaml:4:31
      |
    4 | settings: { default_priority: 1, peering_to_peering: maybe, ordering: x }
      |                               ^ no profile of this file leaves this open
    error[model::wrong_type]: `maybe` is neither `true` nor `false`
     --> m.yaml:4:54
      |
    4 | settings: { default_priority: 1, peering_to_peering: maybe, ordering: x }
      |                                                      ^^^^^
    error[model::unknown_key]: `settings` has no key `ordering`
     --> m.yaml:4:61
      |
    4 | settings: { default_priority: 1, peering_to_peering: maybe, ordering: x }
      |                                                             ^^^^^^^^ unknown key
      |
      = help: `settings` has the keys `default_priority`, `peering_to_peering`, `cloud_firewall_stateful`
    ");
}
