//! What is said about the rules of security groups and network ACLs, and about services.

use crate::common::said;

fn groups(profile: &str, ingress: &str) -> String {
    said(&format!(
        "canreach: 1\nprofile: {profile}\nsecurity_groups:\n  g:\n    ingress:\n{ingress}"
    ))
}

fn acl(profile: &str, ingress: &str) -> String {
    said(&format!("canreach: 1\nprofile: {profile}\nnetwork_acls:\n  a:\n    ingress:\n{ingress}"))
}

#[test]
fn ports_and_protocols_are_written_as_such() {
    insta::assert_snapshot!(groups("generic", "
    - { protocol: tcp, ports: 70000 }
    - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
    - { protocol: tpc, ports: 80 }
    - { protocol: any }
"), @r"
    error[model::port]: port `70000` is out of range; expected a number from 0 to 65535
     --> m.yaml:7:31
      |
    7 |     - { protocol: tcp, ports: 70000 }
      |                               ^^^^^
    error[model::port]: port range `90-80` is reversed; write `80-90`
     --> m.yaml:8:32
      |
    8 |     - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
      |                                ^^^^^
    error[model::port]: `80:90` is no port; expected a number from 0 to 65535, or a range such as `8000-8080`
     --> m.yaml:8:39
      |
    8 |     - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
      |                                       ^^^^^
      |
      = help: write a range with a dash: `8000-8080`
    error[model::port]: `80,443` is no port; expected a number from 0 to 65535, or a range such as `8000-8080`
     --> m.yaml:8:46
      |
    8 |     - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
      |                                              ^^^^^^^^
      |
      = help: write a list: `[80, 443]`
    error[model::port]: `all` is no port; expected a number from 0 to 65535, or a range such as `8000-8080`
     --> m.yaml:8:56
      |
    8 |     - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
      |                                                        ^^^
      |
      = help: leave `ports` out: then every port matches
    error[model::wrong_type]: expected a port, or a range such as `8000-8080`
     --> m.yaml:8:61
      |
    8 |     - { protocol: tcp, ports: [90-80, 80:90, '80,443', all, []] }
      |                                                             ^^ this is a list
    error[model::protocol]: `tpc` is no protocol
     --> m.yaml:9:19
      |
    9 |     - { protocol: tpc, ports: 80 }
      |                   ^^^
      |
      = help: write tcp, udp, icmp, icmpv6, gre, esp, ah or a number from 0 to 255
    error[model::protocol]: `any` is no protocol
      --> m.yaml:10:19
       |
    10 |     - { protocol: any }
       |                   ^^^
       |
       = help: leave `protocol` out: then every protocol matches
    ");
}

#[test]
fn ports_and_icmp_types_need_a_protocol_that_has_them() {
    insta::assert_snapshot!(groups("generic", "
    - { ports: 80 }
    - { protocol: icmp, ports: 80 }
    - { protocol: tcp, icmp_type: 8 }
    - { protocol: icmp, icmp_type: 256 }
    - { protocol: icmp, icmp_code: 0 }
    - { protocol: sctp, ports: 5000 }
"), @r"
    error[model::ports_without_protocol]: `ports` without a protocol
     --> m.yaml:7:16
      |
    7 |     - { ports: 80 }
      |                ^^ not every protocol has ports
      |
      = help: add `protocol: tcp`, and a second rule for other protocols
    error[model::ports]: icmp has no ports that a rule could match
     --> m.yaml:8:32
      |
    8 |     - { protocol: icmp, ports: 80 }
      |                   ----         ^^ `ports` has no meaning here
      |                   |
      |                   because of this protocol
      |
      = help: write `icmp_type` and `icmp_code`
    error[model::icmp]: `icmp_type` on a rule for tcp
     --> m.yaml:9:35
      |
    9 |     - { protocol: tcp, icmp_type: 8 }
      |                   ---             ^
      |                   |
      |                   because of this protocol
      |
      = help: write `protocol: icmp` or `icmpv6`, or leave it out
    error[model::number]: `256` is out of range; expected a number from 0 to 255
      --> m.yaml:10:36
       |
    10 |     - { protocol: icmp, icmp_type: 256 }
       |                                    ^^^
    error[model::icmp]: `icmp_code` without `icmp_type`
      --> m.yaml:11:36
       |
    11 |     - { protocol: icmp, icmp_code: 0 }
       |                                    ^
       |
       = help: add `icmp_type`; codes mean something within a type
    error[model::ports]: sctp has no ports that a rule could match
      --> m.yaml:12:32
       |
    12 |     - { protocol: sctp, ports: 5000 }
       |                   ----         ^^^^ `ports` has no meaning here
       |                   |
       |                   because of this protocol
       |
       = help: leave the ports out
    ");
}

#[test]
fn one_rule_is_of_one_family() {
    insta::assert_snapshot!(groups("generic", "
    - { protocol: icmp, source: '::/0' }
    - { protocol: icmpv6, source: 10.0.0.0/8 }
    - { family: ipv6, source: 10.0.0.0/8 }
"), @r"
    error[model::family]: no packet can match: the protocol is IPv4, the source is IPv6
     --> m.yaml:7:33
      |
    7 |     - { protocol: icmp, source: '::/0' }
      |                   ----          ^^^^^^
      |                   |
      |                   the protocol
      |
      = help: for IPv6 write `protocol: icmpv6`
    error[model::family]: no packet can match: the protocol is IPv6, the source is IPv4
     --> m.yaml:8:35
      |
    8 |     - { protocol: icmpv6, source: 10.0.0.0/8 }
      |                   ------          ^^^^^^^^^^
      |                   |
      |                   the protocol
      |
      = help: for IPv4 write `protocol: icmp`
    error[model::family]: no packet can match: the family is IPv6, the source is IPv4
     --> m.yaml:9:31
      |
    9 |     - { family: ipv6, source: 10.0.0.0/8 }
      |                 ----          ^^^^^^^^^^
      |                 |
      |                 the family
    ");
}

#[test]
fn a_rule_has_the_keys_of_its_place() {
    insta::assert_snapshot!(groups("generic", "
    - { destination: 10.0.0.0/8 }
    - { protocol: tcp, source_ports: 80 }
    - { source: any }
    - { source: [10.0.0.0/8, 10.1.0.0/16] }
    - { source: { security_group: g, address_group: h } }
    - { source: { sg: g } }
    - { action: permit }
    - number
"), @r"
    error[model::unknown_key]: an ingress rule of a security group has no key `destination`
     --> m.yaml:7:9
      |
    7 |     - { destination: 10.0.0.0/8 }
      |         ^^^^^^^^^^^ unknown key
      |
      = help: an ingress rule speaks of the other side: write `source`
    error[model::unknown_key]: an ingress rule of a security group has no key `source_ports`
     --> m.yaml:8:24
      |
    8 |     - { protocol: tcp, source_ports: 80 }
      |                        ^^^^^^^^^^^^ unknown key
      |
      = help: security groups do not match the source port; a network ACL may
    error[model::address]: `any` is no address, CIDR block or range
     --> m.yaml:9:17
      |
    9 |     - { source: any }
      |                 ^^^
      |
      = help: leave the key out: then every address matches
    error[model::wrong_type]: a rule has one end, not a list of them
      --> m.yaml:10:17
       |
    10 |     - { source: [10.0.0.0/8, 10.1.0.0/16] }
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write one rule for each, or an address group
    error[model::rule_end]: expected either `security_group` or `address_group`
      --> m.yaml:11:17
       |
    11 |     - { source: { security_group: g, address_group: h } }
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    error[model::unknown_key]: this end of a rule has no key `sg`
      --> m.yaml:12:19
       |
    12 |     - { source: { sg: g } }
       |                   ^^ unknown key
       |
       = help: this end of a rule has the keys `security_group`, `address_group`
    error[model::word]: `permit` is not an action
      --> m.yaml:13:17
       |
    13 |     - { action: permit }
       |                 ^^^^^^
       |
       = help: expected an action: `allow`, `deny`
    error[model::wrong_type]: an ingress rule of a security group is a mapping
      --> m.yaml:14:7
       |
    14 |     - number
       |       ^^^^^^ this is a single value
    ");
    insta::assert_snapshot!(acl("generic", "
    - { priority: 1, action: allow }
    - { source: { security_group: g } }
"), @r"
    error[model::unknown_key]: a rule of a network ACL has no key `priority`
     --> m.yaml:7:9
      |
    7 |     - { priority: 1, action: allow }
      |         ^^^^^^^^ unknown key
      |
      = help: rules of a network ACL have no priority: the first that matches decides; write `number`, or put them in order
    error[model::missing_key]: a rule of a network ACL needs the key `action`
     --> m.yaml:8:7
      |
    8 |     - { source: { security_group: g } }
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `action`
      |
      = help: write `action: allow` or `action: deny`
    error[model::rule_end]: a network ACL matches addresses, not security groups
     --> m.yaml:8:35
      |
    8 |     - { source: { security_group: g } }
      |                                   ^
      |
      = help: write a CIDR block or an address group
    ");
}

#[test]
fn deny_rules_and_priorities_are_for_clouds_that_have_them() {
    let rule = "    - { action: deny, priority: 1 }\n";
    assert_eq!(groups("huawei", rule), "");
    insta::assert_snapshot!(groups("aws", rule), @r"
    error[model::deny_rule]: security groups of `aws` have no deny rules
     --> m.yaml:6:17
      |
    6 |     - { action: deny, priority: 1 }
      |                 ^^^^
      |
      = help: leave the rule out: what no rule allows is denied; or deny it in a network ACL
    error[model::priority]: security-group rules of `aws` have no priority
     --> m.yaml:6:33
      |
    6 |     - { action: deny, priority: 1 }
      |                                 ^
      |
      = help: leave `priority` out: a packet passes when any rule allows it
    ");
    insta::assert_snapshot!(groups("huawei", "    - { priority: 0 }\n    - { priority: 101 }\n"), @r"
    error[model::number]: `0` is out of range; expected a number from 1 to 100
     --> m.yaml:6:19
      |
    6 |     - { priority: 0 }
      |                   ^
    error[model::number]: `101` is out of range; expected a number from 1 to 100
     --> m.yaml:7:19
      |
    7 |     - { priority: 101 }
      |                   ^^^
    ");
}

#[test]
fn the_clouds_in_which_a_group_is_used_decide() {
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
vpcs: { h: { cidrs: [10.0.0.0/16] }, o: { profile: huawei-allow-only, cidrs: [10.0.0.0/16] } }
subnets: { h: { vpc: h, cidrs: [10.0.0.0/24] }, o: { vpc: o, cidrs: [10.0.0.0/24] } }
security_groups:
  in-both: { ingress: [{ action: deny }] }
  in-one: { ingress: [{ action: deny }] }
instances:
  a: { interfaces: [{ subnet: h, addresses: 10.0.0.4, security_groups: [in-both, in-one] }] }
  b: { interfaces: [{ subnet: o, addresses: 10.0.0.4, security_groups: [in-both] }] }
"), @r"
    error[model::deny_rule]: security groups of `huawei-allow-only` have no deny rules
     --> m.yaml:7:34
      |
    7 |   in-both: { ingress: [{ action: deny }] }
      |                                  ^^^^
      |
      = help: leave the rule out: what no rule allows is denied; or deny it in a network ACL
    ");
}

#[test]
fn acl_rules_are_ordered_as_the_cloud_orders_them() {
    let rules = "    - { number: 200, action: allow }\n    - { number: 100, action: deny }\n    - { number: 200, action: deny }\n    - { action: deny }\n";
    insta::assert_snapshot!(acl("aws", rules), @r"
    error[model::rule_number]: two rules with number 200
     --> m.yaml:8:17
      |
    8 |     - { number: 200, action: deny }
      |                 ^^^
      |
     ::: m.yaml:6:17
      |
    6 |     - { number: 200, action: allow }
      |                 --- the first one
    error[model::missing_key]: a rule of a network ACL of `aws` needs the key `number`
     --> m.yaml:9:7
      |
    9 |     - { action: deny }
      |       ^^^^^^^^^^^^^^^^ has no `number`
      |
      = help: write for example `number: 100`; rules are tried by number, the smallest first
    ");
    insta::assert_snapshot!(acl("huawei", rules), @r"
    error[model::rule_number]: rule 100 stands after rule 200
     --> m.yaml:7:17
      |
    7 |     - { number: 100, action: deny }
      |                 ^^^
      |
     ::: m.yaml:6:17
      |
    6 |     - { number: 200, action: allow }
      |                 --- this one is tried first
      |
      = help: in this cloud rules are tried as listed: put them in the order of their numbers
    error[model::rule_number]: two rules with number 200
     --> m.yaml:8:17
      |
    8 |     - { number: 200, action: deny }
      |                 ^^^
      |
     ::: m.yaml:6:17
      |
    6 |     - { number: 200, action: allow }
      |                 --- the first one
    ");
    insta::assert_snapshot!(acl("aws", "    - { number: 32767, action: deny }\n    - { number: 1, action: allow, protocol: tcp, source_ports: 53 }\n"), @r"
    error[model::number]: `32767` is out of range; expected a number from 1 to 32766
     --> m.yaml:6:17
      |
    6 |     - { number: 32767, action: deny }
      |                 ^^^^^
    error[model::source_ports]: network ACLs of `aws` do not match the source port
     --> m.yaml:7:64
      |
    7 |     - { number: 1, action: allow, protocol: tcp, source_ports: 53 }
      |                                                                ^^
      |
      = help: leave `source_ports` out
    ");
}

#[test]
fn services_listen_somewhere() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16] } }
subnets: { s: { vpc: v, cidrs: [10.0.0.0/24] } }
instances:
  a:
    interfaces: [{ subnet: s, addresses: 10.0.0.4 }]
    services:
      - { protocol: tcp, ports: 80 }
      - { protocol: icmp, ports: 80, listen: '*' }
      - { protocol: tcp, ports: 80, listen: 10.0.0.4:80 }
      - { protocol: tcp, ports: 80, listen: 10.0.0.5 }
      - { protocol: tcp, ports: 80, listen: '[::1]' }
"), @r#"
    error[model::missing_key]: a service needs the key `listen`
      --> m.yaml:10:9
       |
    10 |       - { protocol: tcp, ports: 80 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `listen`
       |
       = help: write `listen: "*"` for every address, or the address or `interface` it listens on
    error[model::word]: `icmp` is not a protocol that listens
      --> m.yaml:11:21
       |
    11 |       - { protocol: icmp, ports: 80, listen: '*' }
       |                     ^^^^
       |
       = help: expected a protocol that listens: `tcp`, `udp`
    error[model::address]: `10.0.0.4:80` is no address to listen on
      --> m.yaml:12:45
       |
    12 |       - { protocol: tcp, ports: 80, listen: 10.0.0.4:80 }
       |                                             ^^^^^^^^^^^
       |
       = help: write an address without port, `0.0.0.0`, `"[::]"` or `"*"`
    warning[model::listens_elsewhere]: instance `a` has no address `10.0.0.5`
      --> m.yaml:13:45
       |
    13 |       - { protocol: tcp, ports: 80, listen: 10.0.0.5 }
       |                                             ^^^^^^^^ nothing can reach a service that listens here
    "#);
}

#[test]
fn an_interface_says_its_groups_where_groups_are_given() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16] } }
subnets: { s: { vpc: v, cidrs: [10.0.0.0/24] } }
security_groups: {}
instances: { a: { interfaces: [{ subnet: s, addresses: 10.0.0.4 }] } }
interfaces: { b: { subnet: s, addresses: 10.0.0.5, port_security: false } }
"), @r"
    error[model::missing_key]: interface `a` needs the key `security_groups`
     --> m.yaml:7:14
      |
    7 | instances: { a: { interfaces: [{ subnet: s, addresses: 10.0.0.4 }] } }
      |              ^ has no `security_groups`
      |
      = help: list them; `security_groups: []` lets nothing through, `port_security: false` everything
    ");
}
