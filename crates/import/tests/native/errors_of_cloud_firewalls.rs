//! What is said about cloud firewalls and those that stand behind them.

use crate::common::said;

#[test]
fn a_border_has_its_own_lists() {
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
cloud_firewalls:
  a: { internet: { rules: [], default: reject }, vpc: { inbound: [] }, rules: [] }
  b: { nat: { white_list: [{ action: allow, source: 10.0.0.0/8 }], black_list: { source: 10.0.0.1 } } }
"), @r"
    error[model::unknown_key]: a border of a cloud firewall has no key `rules`
     --> m.yaml:5:20
      |
    5 |   a: { internet: { rules: [], default: reject }, vpc: { inbound: [] }, rules: [] }
      |                    ^^^^^ unknown key
      |
      = help: write `inbound` and `outbound`
    error[model::word]: `reject` is not a default
     --> m.yaml:5:40
      |
    5 |   a: { internet: { rules: [], default: reject }, vpc: { inbound: [] }, rules: [] }
      |                                        ^^^^^^
      |
      = help: expected a default: `allow`, `deny`
    error[model::unknown_key]: the border between VPCs has no key `inbound`
     --> m.yaml:5:57
      |
    5 |   a: { internet: { rules: [], default: reject }, vpc: { inbound: [] }, rules: [] }
      |                                                         ^^^^^^^ unknown key
      |
      = help: between VPCs there is one direction: write `rules`
    error[model::unknown_key]: a cloud firewall has no key `rules`
     --> m.yaml:5:72
      |
    5 |   a: { internet: { rules: [], default: reject }, vpc: { inbound: [] }, rules: [] }
      |                                                                        ^^^^^ unknown key
      |
      = help: write them inside a border: `internet`, `vpc` or `nat`
    error[model::unknown_key]: an entry of a white or black list has no key `action`
     --> m.yaml:6:30
      |
    6 |   b: { nat: { white_list: [{ action: allow, source: 10.0.0.0/8 }], black_list: { source: 10.0.0.1 } } }
      |                              ^^^^^^ unknown key
      |
      = help: the list says what happens: leave `action` out
    error[model::wrong_type]: `black_list` is a list
     --> m.yaml:6:80
      |
    6 |   b: { nat: { white_list: [{ action: allow, source: 10.0.0.0/8 }], black_list: { source: 10.0.0.1 } } }
      |                                                                                ^^^^^^^^^^^^^^^^^^^^ this is a mapping
    ");
}

#[test]
fn a_rule_of_a_cloud_firewall_says_what_happens_and_speaks_of_addresses() {
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
security_groups: { g: {} }
cloud_firewalls:
  a:
    internet:
      inbound:
        - { protocol: tcp }
        - { action: block }
        - { action: deny, source: { security_group: g } }
        - { action: deny, source: { address_group: nowhere } }
        - { action: deny, number: 1 }
        - { action: deny, ports: 80 }
      outbound:
        - { action: allow, domain: example.com, destination: 10.0.0.0/8 }
        - { action: allow, domain: [example.com] }
"), @r"
    error[model::missing_key]: a rule of a cloud firewall needs the key `action`
     --> m.yaml:9:11
      |
    9 |         - { protocol: tcp }
      |           ^^^^^^^^^^^^^^^^^ has no `action`
      |
      = help: write `action: allow` or `action: deny`
    error[model::word]: `block` is not an action
      --> m.yaml:10:21
       |
    10 |         - { action: block }
       |                     ^^^^^
       |
       = help: expected an action: `allow`, `deny`
    error[model::rule_end]: a cloud firewall matches addresses, not security groups
      --> m.yaml:11:53
       |
    11 |         - { action: deny, source: { security_group: g } }
       |                                                     ^
       |
       = help: write a CIDR block or an address group
    error[model::unknown_name]: there is no address group `nowhere`
      --> m.yaml:12:52
       |
    12 |         - { action: deny, source: { address_group: nowhere } }
       |                                                    ^^^^^^^ not defined in any file
       |
       = help: no file defines any address group
    error[model::unknown_key]: a rule of a cloud firewall has no key `number`
      --> m.yaml:13:27
       |
    13 |         - { action: deny, number: 1 }
       |                           ^^^^^^ unknown key
       |
       = help: rules of a cloud firewall are tried as listed
    error[model::ports_without_protocol]: `ports` without a protocol
      --> m.yaml:14:34
       |
    14 |         - { action: deny, ports: 80 }
       |                                  ^^ not every protocol has ports
       |
       = help: add `protocol: tcp`, and a second rule for other protocols
    error[model::conflict]: `domain` and `destination` exclude each other
      --> m.yaml:16:36
       |
    16 |         - { action: allow, domain: example.com, destination: 10.0.0.0/8 }
       |                                    ^^^^^^^^^^^               ---------- `destination` is here
       |                                    |
       |                                    a domain stands for the destination
       |
       = help: keep one of them, or write two rules
    error[model::wrong_type]: expected the name of a domain
      --> m.yaml:17:36
       |
    17 |         - { action: allow, domain: [example.com] }
       |                                    ^^^^^^^^^^^^^ this is a list
    ");
}

#[test]
fn what_stands_behind_a_firewall_names_one_that_is_there() {
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
cloud_firewalls: { cfw: {} }
peerings: { p: { requester: v, accepter: w, firewall: cwf } }
nat_gateways: { n: { vpc: v, firewall: cwf } }
public_addresses: { e: { address: 203.0.113.1, firewall: cwf } }
transit_gateways: { t: { firewall: cwf } }
"), @r"
    error[model::unknown_name]: there is no cloud firewall `cwf`
     --> m.yaml:6:55
      |
    6 | peerings: { p: { requester: v, accepter: w, firewall: cwf } }
      |                                                       ^^^ not defined in any file
      |
      = help: defined are `cfw`
    error[model::unknown_name]: there is no cloud firewall `cwf`
     --> m.yaml:7:40
      |
    7 | nat_gateways: { n: { vpc: v, firewall: cwf } }
      |                                        ^^^ not defined in any file
      |
      = help: defined are `cfw`
    error[model::unknown_name]: there is no cloud firewall `cwf`
     --> m.yaml:8:58
      |
    8 | public_addresses: { e: { address: 203.0.113.1, firewall: cwf } }
      |                                                          ^^^ not defined in any file
      |
      = help: defined are `cfw`
    error[model::unknown_name]: there is no cloud firewall `cwf`
     --> m.yaml:9:36
      |
    9 | transit_gateways: { t: { firewall: cwf } }
      |                                    ^^^ not defined in any file
      |
      = help: defined are `cfw`
    ");
}

#[test]
fn the_setting_needs_a_firewall() {
    insta::assert_snapshot!(said("
canreach: 1
profile: huawei
settings: { cloud_firewall_stateful: true }
vpcs: { v: { cidrs: 10.0.0.0/16 } }
"), @r"
    warning[model::setting_unused]: setting `cloud_firewall_stateful` decides nothing here
     --> m.yaml:4:38
      |
    4 | settings: { cloud_firewall_stateful: true }
      |                                      ^^^^ this file has no cloud firewall
    ");
}
