//! What is said about load balancers, virtual addresses and endpoints.

use crate::common::said;

const HOSTS: &str = "
canreach: 1
profile: huawei
vpcs: { v: { cidrs: [10.0.0.0/16, '2001:db8::/56'] }, w: { cidrs: 10.1.0.0/16 } }
subnets:
  s: { vpc: v, cidrs: [10.0.0.0/24, '2001:db8::/64'] }
  t: { vpc: w, cidrs: 10.1.0.0/24 }
instances:
  a: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
  six: { interfaces: [{ subnet: s, addresses: ['2001:db8::4'] }] }
  far: { interfaces: [{ subnet: t, addresses: [10.1.0.4] }] }
  bare: {}
";

fn of(text: &str) -> String {
    said(&format!("{HOSTS}{text}"))
}

#[test]
fn a_listener_has_a_protocol_a_range_a_way_and_targets() {
    insta::assert_snapshot!(of("
load_balancers:
  lb:
    interfaces: [{ subnet: s, addresses: [10.0.0.9] }]
    listeners:
      - { protocol: icmp, ports: [80, 81], forwarding: nat, targets: a }
      - { port: 80 }
      - { protocol: tcp, ports: 82, forwarding: proxy, bypasses_filters: true }
      - { protocol: tcp, ports: 83, forwarding: keep-client }
  none: {}
"), @r"
    error[model::word]: `icmp` is not a protocol that listens
      --> m.yaml:18:21
       |
    18 |       - { protocol: icmp, ports: [80, 81], forwarding: nat, targets: a }
       |                     ^^^^
       |
       = help: expected a protocol that listens: `tcp`, `udp`
    error[model::wrong_type]: expected a port, or a range such as `8000-8080`
      --> m.yaml:18:34
       |
    18 |       - { protocol: icmp, ports: [80, 81], forwarding: nat, targets: a }
       |                                  ^^^^^^^^ this is a list
    error[model::word]: `nat` is not a way of forwarding
      --> m.yaml:18:56
       |
    18 |       - { protocol: icmp, ports: [80, 81], forwarding: nat, targets: a }
       |                                                        ^^^
       |
       = help: expected a way of forwarding: `proxy`, `keep-client`, `replace-client`
    error[model::wrong_type]: `targets` is a list
      --> m.yaml:18:70
       |
    18 |       - { protocol: icmp, ports: [80, 81], forwarding: nat, targets: a }
       |                                                                      ^ this is a single value
    error[model::missing_key]: a listener needs the key `protocol`
      --> m.yaml:19:9
       |
    19 |       - { port: 80 }
       |         ^^^^^^^^^^^^ has no `protocol`
       |
       = help: write `protocol: tcp` or `udp`
    error[model::missing_key]: a listener needs the key `ports`
      --> m.yaml:19:9
       |
    19 |       - { port: 80 }
       |         ^^^^^^^^^^^^ has no `ports`
       |
       = help: write for example `ports: 443`
    error[model::missing_key]: a listener needs the key `forwarding`
      --> m.yaml:19:9
       |
    19 |       - { port: 80 }
       |         ^^^^^^^^^^^^ has no `forwarding`
       |
       = help: write `forwarding: proxy` (it answers for itself), `keep-client` or `replace-client` (whose address the target sees)
    error[model::missing_key]: a listener needs the key `targets`
      --> m.yaml:19:9
       |
    19 |       - { port: 80 }
       |         ^^^^^^^^^^^^ has no `targets`
       |
       = help: write for example `targets: [{ address: 10.0.1.10, port: 8443 }]`; `[]` for none
    error[model::unknown_key]: a listener has no key `port`
      --> m.yaml:19:11
       |
    19 |       - { port: 80 }
       |           ^^^^ unknown key
       |
       = help: write `ports`
    error[model::conflict]: `bypasses_filters` goes with `forwarding: keep-client` alone
      --> m.yaml:20:74
       |
    20 |       - { protocol: tcp, ports: 82, forwarding: proxy, bypasses_filters: true }
       |                                                 -----                    ^^^^
       |                                                 |
       |                                                 the client is not kept
       |
       = help: leave `bypasses_filters` out
    error[model::missing_key]: a listener needs the key `targets`
      --> m.yaml:21:9
       |
    21 |       - { protocol: tcp, ports: 83, forwarding: keep-client }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `targets`
       |
       = help: write for example `targets: [{ address: 10.0.1.10, port: 8443 }]`; `[]` for none
    error[model::missing_key]: a load balancer needs the key `interfaces`
      --> m.yaml:22:3
       |
    22 |   none: {}
       |   ^^^^ has no `interfaces`
       |
       = help: write for example `interfaces: [{ subnet: …, addresses: […] }]`
    ");
}

#[test]
fn an_access_list_is_white_or_black_and_holds_addresses() {
    insta::assert_snapshot!(of("
load_balancers:
  lb:
    interfaces: [{ subnet: s, addresses: [10.0.0.9] }]
    listeners:
      - { protocol: tcp, ports: 84, forwarding: proxy, access: { white_list: [], black_list: [] } }
      - { protocol: tcp, ports: 85, forwarding: proxy, access: {} }
      - { protocol: tcp, ports: 86, forwarding: proxy, access: { black_list: [{ security_group: g }] } }
"), @r"
    error[model::conflict]: `white_list` and `black_list` exclude each other
      --> m.yaml:18:94
       |
    18 |       - { protocol: tcp, ports: 84, forwarding: proxy, access: { white_list: [], black_list: [] } }
       |                                                                              --              ^^
       |                                                                              |
       |                                                                              `white_list` is here
    error[model::missing_key]: an access list is a `white_list` or a `black_list`
      --> m.yaml:19:64
       |
    19 |       - { protocol: tcp, ports: 85, forwarding: proxy, access: {} }
       |                                                                ^^
       |
       = help: leave `access` out to let everybody in
    error[model::rule_end]: an access list holds addresses, not security groups
      --> m.yaml:20:97
       |
    20 |       - { protocol: tcp, ports: 86, forwarding: proxy, access: { black_list: [{ security_group: g }] } }
       |                                                                                                 ^
       |
       = help: write a CIDR block or an address group
    ");
}

#[test]
fn two_listeners_share_no_port() {
    insta::assert_snapshot!(of("
load_balancers:
  lb:
    interfaces: [{ subnet: s, addresses: [10.0.0.9] }]
    listeners:
      - { protocol: tcp, ports: 80-90, forwarding: proxy }
      - { protocol: udp, ports: 80-90, forwarding: proxy }
      - { protocol: tcp, ports: 91, forwarding: proxy }
      - { protocol: tcp, ports: 90, forwarding: proxy }
"), @r"
    error[model::listener_overlap]: two listeners for tcp port 90
      --> m.yaml:21:33
       |
    21 |       - { protocol: tcp, ports: 90, forwarding: proxy }
       |                                 ^^ overlaps `80-90`
       |
      ::: m.yaml:18:33
       |
    18 |       - { protocol: tcp, ports: 80-90, forwarding: proxy }
       |                                 ----- the first listener
    ");
}

#[test]
fn a_target_is_somebody_the_balancer_can_send_to() {
    insta::assert_snapshot!(of("
load_balancers:
  lb:
    interfaces: [{ subnet: s, addresses: [10.0.0.9] }]
    listeners:
      - protocol: tcp
        ports: 80
        forwarding: keep-client
        targets:
          - { address: 10.0.0.4, port: 8080 }
          - { instance: a, port: 8080 }
          - { instance: a }
          - { address: '2001:db8::4' }
          - { address: 10.0.0.77 }
          - { address: 192.168.0.1 }
          - { instance: six }
          - { instance: bare }
          - { instance: b }
          - { address: 10.0.0.4, instance: a }
          - { port: 80 }
          - { address: 10.0.0.4, port: 0 }
"), @r"
    error[model::listed_twice]: target `10.0.0.4` is listed twice
      --> m.yaml:23:13
       |
    23 |           - { instance: a, port: 8080 }
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
      ::: m.yaml:22:13
       |
    22 |           - { address: 10.0.0.4, port: 8080 }
       |             --------------------------------- listed here already
    error[model::target_family]: target `2001:db8::4` is IPv6, and the load balancer is not
      --> m.yaml:25:24
       |
    25 |           - { address: '2001:db8::4' }
       |                        ^^^^^^^^^^^^^ never picked
       |
       = help: give the load balancer an IPv6 address, or leave this target out
    warning[model::target_unknown]: nobody in VPC `v` has address `10.0.0.77`
      --> m.yaml:26:24
       |
    26 |           - { address: 10.0.0.77 }
       |                        ^^^^^^^^^ packets for this target go nowhere
    error[model::target_family]: instance `six` has no address that the load balancer could send to
      --> m.yaml:28:25
       |
    28 |           - { instance: six }
       |                         ^^^ its first interface has no IPv4 address
    error[model::target_family]: instance `bare` has no address that the load balancer could send to
      --> m.yaml:29:25
       |
    29 |           - { instance: bare }
       |                         ^^^^ it has no interface
    error[model::unknown_name]: there is no instance `b`
      --> m.yaml:30:25
       |
    30 |           - { instance: b }
       |                         ^ not defined in any file
       |
       = help: defined are `a`, `bare`, `far`, `six`
    error[model::conflict]: `address` and `instance` exclude each other
      --> m.yaml:31:44
       |
    31 |           - { address: 10.0.0.4, instance: a }
       |                        --------            ^
       |                        |
       |                        `address` is here
    error[model::missing_key]: a target needs the key `address` or `instance`
      --> m.yaml:32:13
       |
    32 |           - { port: 80 }
       |             ^^^^^^^^^^^^
       |
       = help: say where packets go
    error[model::number]: `0` is out of range; expected a number from 1 to 65535
      --> m.yaml:33:40
       |
    33 |           - { address: 10.0.0.4, port: 0 }
       |                                        ^
    ");
}

#[test]
fn addresses_of_balancers_and_endpoints_count_in_their_vpc() {
    insta::assert_snapshot!(of("
load_balancers:
  lb: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
  two: { interfaces: [{ subnet: s, addresses: [10.0.0.8], source_dest_check: false }, { subnet: t, addresses: [10.1.1.8] }] }
endpoints:
  e: { subnet: s, addresses: [10.0.0.8] }
  a: { subnet: s, addresses: [10.0.0.7] }
public_addresses: { p: { address: 203.0.113.1, interface: two } }
"), @r"
    error[model::address_twice]: address `10.0.0.4` is used twice in VPC `v`
      --> m.yaml:15:47
       |
    15 |   lb: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
       |                                               ^^^^^^^^ the second use
       |
      ::: m.yaml:9:46
       |
     9 |   a: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
       |                                              -------- the first use
    error[model::unknown_key]: an interface of a load balancer has no key `source_dest_check`
      --> m.yaml:16:59
       |
    16 |   two: { interfaces: [{ subnet: s, addresses: [10.0.0.8], source_dest_check: false }, { subnet: t, addresses: [10.1.1.8] }] }
       |                                                           ^^^^^^^^^^^^^^^^^ unknown key
       |
       = help: load balancers do not forward: leave it out
    error[model::outside_subnet]: address `10.1.1.8` lies outside subnet `t`
      --> m.yaml:16:112
       |
    16 |   two: { interfaces: [{ subnet: s, addresses: [10.0.0.8], source_dest_check: false }, { subnet: t, addresses: [10.1.1.8] }] }
       |                                                                                                                ^^^^^^^^ not within `10.1.0.0/24`
       |
      ::: m.yaml:7:3
       |
     7 |   t: { vpc: w, cidrs: 10.1.0.0/24 }
       |   - the subnet
    error[model::address_twice]: address `10.0.0.8` is used twice in VPC `v`
      --> m.yaml:18:31
       |
    18 |   e: { subnet: s, addresses: [10.0.0.8] }
       |                               ^^^^^^^^ the second use
       |
      ::: m.yaml:16:48
       |
    16 |   two: { interfaces: [{ subnet: s, addresses: [10.0.0.8], source_dest_check: false }, { subnet: t, addresses: [10.1.1.8] }] }
       |                                                -------- the first use
    error[model::duplicate_name]: two interfaces are called `a`
      --> m.yaml:19:3
       |
    19 |   a: { subnet: s, addresses: [10.0.0.7] }
       |   ^ the second
       |
      ::: m.yaml:9:3
       |
     9 |   a: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
       |   - the first
       |
       = help: give one of them a name of its own; inside an instance, with `name: …`
    error[model::unknown_name]: there is no interface or instance `two`
      --> m.yaml:20:59
       |
    20 | public_addresses: { p: { address: 203.0.113.1, interface: two } }
       |                                                           ^^^ not defined in any file
       |
       = help: did you mean `two/s` or `two/t`?
    ");
}

#[test]
fn interfaces_of_balancers_and_endpoints_say_their_groups() {
    insta::assert_snapshot!(said("
canreach: 1
profile: aws
vpcs: { v: { cidrs: 10.0.0.0/16 } }
subnets: { s: { vpc: v, cidrs: 10.0.0.0/24 } }
security_groups: {}
load_balancers: { lb: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] } }
endpoints: { e: { subnet: s, addresses: [10.0.0.8] } }
"), @r"
    error[model::missing_key]: interface `lb` needs the key `security_groups`
     --> m.yaml:7:19
      |
    7 | load_balancers: { lb: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] } }
      |                   ^^ has no `security_groups`
      |
      = help: list them; `security_groups: []` lets nothing through, `port_security: false` everything
    error[model::missing_key]: interface `e` needs the key `security_groups`
     --> m.yaml:8:14
      |
    8 | endpoints: { e: { subnet: s, addresses: [10.0.0.8] } }
      |              ^ has no `security_groups`
      |
      = help: list them; `security_groups: []` lets nothing through, `port_security: false` everything
    ");
}

#[test]
fn a_virtual_address_is_nobodys_own_and_held_in_its_vpc() {
    insta::assert_snapshot!(of("
virtual_addresses:
  one: { subnet: s, address: 10.0.0.4, interfaces: [a, a] }
  two: { subnet: s, address: 10.1.0.9, interfaces: [far, nobody] }
  three: { subnet: x, interfaces: bare }
"), @r"
    error[model::address_twice]: address `10.0.0.4` is used twice in VPC `v`
      --> m.yaml:15:30
       |
    15 |   one: { subnet: s, address: 10.0.0.4, interfaces: [a, a] }
       |                              ^^^^^^^^ the second use
       |
      ::: m.yaml:9:46
       |
     9 |   a: { interfaces: [{ subnet: s, addresses: [10.0.0.4] }] }
       |                                              -------- the first use
    error[model::listed_twice]: interface `a` is listed twice
      --> m.yaml:15:56
       |
    15 |   one: { subnet: s, address: 10.0.0.4, interfaces: [a, a] }
       |                                                     -  ^
       |                                                     |
       |                                                     listed here already
    error[model::outside_subnet]: address `10.1.0.9` lies outside subnet `s`
      --> m.yaml:16:30
       |
    16 |   two: { subnet: s, address: 10.1.0.9, interfaces: [far, nobody] }
       |                              ^^^^^^^^ not within `10.0.0.0/24`, `2001:db8::/64`
       |
      ::: m.yaml:6:3
       |
     6 |   s: { vpc: v, cidrs: [10.0.0.0/24, '2001:db8::/64'] }
       |   - the subnet
    error[model::other_vpc]: interface `far` belongs to VPC `w`, not to `v`
      --> m.yaml:16:53
       |
    16 |   two: { subnet: s, address: 10.1.0.9, interfaces: [far, nobody] }
       |   --- this virtual address                          ^^^
    error[model::unknown_name]: there is no interface or instance `nobody`
      --> m.yaml:16:58
       |
    16 |   two: { subnet: s, address: 10.1.0.9, interfaces: [far, nobody] }
       |                                                          ^^^^^^ not defined in any file
       |
       = help: defined are `a`, `far`, `six`
    error[model::missing_key]: a virtual address needs the key `address`
      --> m.yaml:17:3
       |
    17 |   three: { subnet: x, interfaces: bare }
       |   ^^^^^ has no `address`
       |
       = help: write for example `address: 10.0.1.100`
    error[model::unknown_name]: there is no subnet `x`
      --> m.yaml:17:20
       |
    17 |   three: { subnet: x, interfaces: bare }
       |                    ^ not defined in any file
       |
       = help: defined are `s`, `t`
    error[model::wrong_type]: `interfaces` is a list of names
      --> m.yaml:17:35
       |
    17 |   three: { subnet: x, interfaces: bare }
       |                                   ^^^^ this is a single value
    ");
}

#[test]
fn a_virtual_address_has_one_public_address_which_stands_for_nothing_else() {
    insta::assert_snapshot!(of("
virtual_addresses:
  six: { subnet: s, address: '2001:db8::9', interfaces: [six] }
  four: { subnet: s, address: 10.0.0.10, interfaces: [a] }
public_addresses:
  p: { address: 203.0.113.1, virtual_address: four, interface: a }
  q: { address: 203.0.113.2, virtual_address: six }
  r: { address: 203.0.113.3, virtual_address: four }
  t: { address: 203.0.113.5, virtual_address: four, private_address: 10.0.0.4 }
"), @r"
    error[model::conflict]: `interface` and `virtual_address` exclude each other
      --> m.yaml:18:47
       |
    18 |   p: { address: 203.0.113.1, virtual_address: four, interface: a }
       |                                               ^^^^             - `interface` is here
    error[model::public_address]: virtual address `six` is an IPv6 address
      --> m.yaml:19:47
       |
    19 |   q: { address: 203.0.113.2, virtual_address: six }
       |                                               ^^^ public addresses stand for IPv4 ones
    error[model::conflict]: `private_address` and `virtual_address` exclude each other
      --> m.yaml:21:47
       |
    21 |   t: { address: 203.0.113.5, virtual_address: four, private_address: 10.0.0.4 }
       |                                               ^^^^                   -------- `private_address` is here
    error[model::public_address_twice]: virtual address `four` has two public addresses
      --> m.yaml:21:47
       |
    21 |   t: { address: 203.0.113.5, virtual_address: four, private_address: 10.0.0.4 }
       |                                               ^^^^ the second one
       |
      ::: m.yaml:20:47
       |
    20 |   r: { address: 203.0.113.3, virtual_address: four }
       |                                               ---- the first one
    ");
}

#[test]
fn a_gateway_endpoint_serves_a_vpc() {
    insta::assert_snapshot!(of("
gateway_endpoints: { a: {}, b: { vpc: x }, c: { vpc: v, subnet: s } }
endpoints: { d: { vpc: v } }
"), @r"
    error[model::missing_key]: a gateway endpoint needs the key `vpc`
      --> m.yaml:14:22
       |
    14 | gateway_endpoints: { a: {}, b: { vpc: x }, c: { vpc: v, subnet: s } }
       |                      ^ has no `vpc`
       |
       = help: write `vpc: ` and the name of a VPC
    error[model::unknown_name]: there is no VPC `x`
      --> m.yaml:14:39
       |
    14 | gateway_endpoints: { a: {}, b: { vpc: x }, c: { vpc: v, subnet: s } }
       |                                       ^ not defined in any file
       |
       = help: defined are `v`, `w`
    error[model::unknown_key]: a gateway endpoint has no key `subnet`
      --> m.yaml:14:57
       |
    14 | gateway_endpoints: { a: {}, b: { vpc: x }, c: { vpc: v, subnet: s } }
       |                                                         ^^^^^^ unknown key
       |
       = help: an endpoint with an address in a subnet belongs to `endpoints`
    error[model::missing_key]: an endpoint needs the key `addresses`
      --> m.yaml:15:14
       |
    15 | endpoints: { d: { vpc: v } }
       |              ^ has no `addresses`
       |
       = help: write for example `addresses: [10.0.1.10]`
    error[model::missing_key]: an endpoint needs the key `subnet`
      --> m.yaml:15:14
       |
    15 | endpoints: { d: { vpc: v } }
       |              ^ has no `subnet`
       |
       = help: write `subnet: ` and the name of a subnet
    error[model::unknown_key]: an endpoint has no key `vpc`
      --> m.yaml:15:19
       |
    15 | endpoints: { d: { vpc: v } }
       |                   ^^^ unknown key
       |
       = help: the subnet says which VPC; an endpoint that routes lead to belongs to `gateway_endpoints`
    ");
}
