//! What is said about facts, origins and the other things that records say.

use crate::common::said;

#[test]
fn facts_are_complete_and_known() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
facts:
  rain: { statement: it rains, polarity: helpful }
vpcs: { a: { cidrs: [10.0.0.0/16] } }
route_tables:
  default: { vpc: a, routes: [{ destination: 10.9.0.0/16, unresolved: rian }] }
security_groups:
  sg: { egress: [{ unresolved: snow }] }
"), @r#"
    error[model::missing_key]: a fact needs the key `settled_by`
     --> m.yaml:5:3
      |
    5 |   rain: { statement: it rains, polarity: helpful }
      |   ^^^^ has no `settled_by`
      |
      = help: write what would settle it
    error[model::word]: `helpful` is not a polarity of a fact
     --> m.yaml:5:42
      |
    5 |   rain: { statement: it rains, polarity: helpful }
      |                                          ^^^^^^^
      |
      = help: did you mean `helps`?
    error[model::unknown_name]: there is no fact `rian`
     --> m.yaml:8:71
      |
    8 |   default: { vpc: a, routes: [{ destination: 10.9.0.0/16, unresolved: rian }] }
      |                                                                       ^^^^ not defined in any file
      |
      = help: no file defines any fact
    error[model::unknown_name]: there is no fact `snow`
      --> m.yaml:10:32
       |
    10 |   sg: { egress: [{ unresolved: snow }] }
       |                                ^^^^ not defined in any file
       |
       = help: no file defines any fact
    "#);
}

#[test]
fn an_origin_is_a_place_in_a_source() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { a: { cidrs: [10.0.0.0/16], origin: \"0:1:1\" } }
"), @r#"
    error[model::origin]: there is no source 0
     --> m.yaml:4:44
      |
    4 | vpcs: { a: { cidrs: [10.0.0.0/16], origin: "0:1:1" } }
      |                                            ^^^^^^^
      |
      = help: the file lists no `sources`
    "#);
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
sources: [{ path: a.json, digest: md5 }, { file: b.json }]
vpcs:
  a: { cidrs: [10.0.0.0/16], origin: \"2:1:1\" }
  b: { cidrs: [10.1.0.0/16], origin: \"1:0:1\" }
  c: { cidrs: [10.2.0.0/16], origin: { implied: magic } }
  d: { cidrs: [10.3.0.0/16], origin: { from: [\"0:1:1\"] } }
"), @r#"
    error[model::digest]: `md5` is no digest
     --> m.yaml:4:35
      |
    4 | sources: [{ path: a.json, digest: md5 }, { file: b.json }]
      |                                   ^^^
      |
      = help: write `sha256:` and hexadecimal digits
    error[model::missing_key]: a source needs the key `path`
     --> m.yaml:4:42
      |
    4 | sources: [{ path: a.json, digest: md5 }, { file: b.json }]
      |                                          ^^^^^^^^^^^^^^^^ has no `path`
      |
      = help: write the path of the file
    error[model::unknown_key]: a source has no key `file`
     --> m.yaml:4:44
      |
    4 | sources: [{ path: a.json, digest: md5 }, { file: b.json }]
      |                                            ^^^^ unknown key
      |
      = help: write `path`
    error[model::origin]: there is no source 2
     --> m.yaml:6:38
      |
    6 |   a: { cidrs: [10.0.0.0/16], origin: "2:1:1" }
      |                                      ^^^^^^^
      |
      = help: the `sources` of this file are 0 to 1
    error[model::origin]: `1:0:1` is no place in a source
     --> m.yaml:7:38
      |
    7 |   b: { cidrs: [10.1.0.0/16], origin: "1:0:1" }
      |                                      ^^^^^^^
      |
      = help: write the position of the source (from 0), the line and the column (from 1): `"0:12:3"`
    error[model::word]: `magic` is not a reason
     --> m.yaml:8:49
      |
    8 |   c: { cidrs: [10.2.0.0/16], origin: { implied: magic } }
      |                                                 ^^^^^
      |
      = help: expected a reason: `local-route`, `default-rule`, `default-object`, `missing-input`
    error[model::missing_key]: an origin needs the key `derived`
     --> m.yaml:9:38
      |
    9 |   d: { cidrs: [10.3.0.0/16], origin: { from: ["0:1:1"] } }
      |                                      ^^^^^^^^^^^^^^^^^^^ has no `derived`
      |
      = help: say how it follows, or write `implied`
    "#);
}

#[test]
fn only_a_record_says_what_was_not_examined() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
not_examined: [security-group]
vpcs: { a: { cidrs: [10.0.0.0/16] } }
"), @r#"
    error[model::conflict]: `not_examined` in a file without `sources`
     --> m.yaml:4:15
      |
    4 | not_examined: [security-group]
      |               ^^^^^^^^^^^^^^^^
      |
      = help: leave it out: what no file describes is not examined
    "#);
}

#[test]
fn references_of_a_record_must_resolve() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
sources: []
not_examined: [firewall]
vpcs: { a: { cidrs: [10.0.0.0/16], settings: { peering_to_peering: { unresolved: f } } } }
subnets: { s: { vpc: b, cidrs: [10.0.0.0/16] } }
nat_gateways:
  n: { vpc: a, subnet: s, interface: i, private_address: 10.0.0.1 }
  m: { vpc: a, snat: [{ subnet: s, cidr: 10.0.0.0/8, addresses: 203.0.113.1 }] }
"), @r#"
    error[model::word]: `firewall` is not a kind of layer
     --> m.yaml:5:16
      |
    5 | not_examined: [firewall]
      |                ^^^^^^^^
      |
      = help: did you mean `host-firewall`?
    error[model::missing_key]: a setting needs the key `if_true`
     --> m.yaml:6:68
      |
    6 | vpcs: { a: { cidrs: [10.0.0.0/16], settings: { peering_to_peering: { unresolved: f } } } }
      |                                                                    ^^^^^^^^^^^^^^^^^ has no `if_true`
      |
      = help: write the value if the fact is true
    error[model::missing_key]: a setting needs the key `if_false`
     --> m.yaml:6:68
      |
    6 | vpcs: { a: { cidrs: [10.0.0.0/16], settings: { peering_to_peering: { unresolved: f } } } }
      |                                                                    ^^^^^^^^^^^^^^^^^ has no `if_false`
      |
      = help: write the value if the fact is false
    error[model::unknown_name]: there is no VPC `b`
     --> m.yaml:7:22
      |
    7 | subnets: { s: { vpc: b, cidrs: [10.0.0.0/16] } }
      |                      ^ not defined in any file
      |
      = help: defined are `a`
    error[model::conflict]: `interface` and `subnet` exclude each other
     --> m.yaml:9:24
      |
    9 |   n: { vpc: a, subnet: s, interface: i, private_address: 10.0.0.1 }
      |                        ^             - `interface` is here
    error[model::unknown_name]: there is no interface `i`
     --> m.yaml:9:38
      |
    9 |   n: { vpc: a, subnet: s, interface: i, private_address: 10.0.0.1 }
      |                                      ^ not defined in any file
      |
      = help: no file defines any interface
    error[model::conflict]: `interface` and `private_address` exclude each other
     --> m.yaml:9:58
      |
    9 |   n: { vpc: a, subnet: s, interface: i, private_address: 10.0.0.1 }
      |                                      -                   ^^^^^^^^
      |                                      |
      |                                      `interface` is here
    error[model::conflict]: `subnet` and `cidr` exclude each other
      --> m.yaml:10:42
       |
    10 |   m: { vpc: a, snat: [{ subnet: s, cidr: 10.0.0.0/8, addresses: 203.0.113.1 }] }
       |                                 -        ^^^^^^^^^^
       |                                 |
       |                                 `subnet` is here
    "#);
}

#[test]
fn an_interface_belongs_to_one_thing() {
    insta::assert_snapshot!(said("
canreach: 1
profile: aws
vpcs: { a: { cidrs: [10.0.0.0/16] } }
subnets: { s: { vpc: a, cidrs: [10.0.0.0/16] } }
instances: { web: {} }
interfaces:
  i: { subnet: s, addresses: [10.0.0.1], instance: web }
  j: { subnet: s, addresses: [10.0.0.2] }
nat_gateways:
  m: { vpc: a, interface: i }
  n: { vpc: a, interface: j }
  o: { vpc: a, interface: j }
"), @r#"
    error[model::interface_taken]: interface `i` belongs to something else already
      --> m.yaml:11:27
       |
    11 |   m: { vpc: a, interface: i }
       |                           ^
    error[model::interface_taken]: interface `j` belongs to something else already
      --> m.yaml:13:27
       |
    13 |   o: { vpc: a, interface: j }
       |                           ^
    "#);
}

#[test]
fn parameters_have_known_names_and_values() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs:
  a:
    cidrs: [10.0.0.0/16]
    parameters:
      security_group: { combine: last-match, statefull: true }
      peering: { to_peering: true }
      network_acl: { exempt: [{ cidr: 10.0.0.0/8, port: 80 }] }
"), @r#"
    error[model::word]: `last-match` is not a value of `combine`
     --> m.yaml:8:34
      |
    8 |       security_group: { combine: last-match, statefull: true }
      |                                  ^^^^^^^^^^
      |
      = help: did you mean `first-match`?
    error[model::unknown_key]: `security_group` of `parameters` has no key `statefull`
     --> m.yaml:8:46
      |
    8 |       security_group: { combine: last-match, statefull: true }
      |                                              ^^^^^^^^^ unknown key
      |
      = help: did you mean `stateful`?
    error[model::unknown_key]: `peering` of `parameters` has no key `to_peering`
     --> m.yaml:9:18
      |
    9 |       peering: { to_peering: true }
      |                  ^^^^^^^^^^ unknown key
      |
      = help: write `settings: { peering_to_peering: … }`
    error[model::missing_key]: an exemption needs the key `protocol`
      --> m.yaml:10:31
       |
    10 |       network_acl: { exempt: [{ cidr: 10.0.0.0/8, port: 80 }] }
       |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `protocol`
       |
       = help: write for example `protocol: tcp`
    "#);
}
