//! What is said about the firewalls of instances, and about what else an instance says of itself.

use crate::common::said;

/// Returns what is said about an instance with these keys.
fn of_instance(keys: &str) -> String {
    said(&format!(
        "
canreach: 1
profile: generic
vpcs: {{ v: {{ cidrs: [10.0.0.0/16] }} }}
subnets: {{ s: {{ vpc: v, cidrs: [10.0.0.0/24] }}, t: {{ vpc: v, cidrs: [10.0.1.0/24] }} }}
instances:
  b: {{ interfaces: [{{ subnet: s, addresses: [10.0.0.5] }}] }}
  a:
    interfaces: [{{ subnet: s, addresses: [10.0.0.4] }}, {{ subnet: t, addresses: [10.0.1.4] }}]
{keys}"
    ))
}

#[test]
fn a_chain_leads_to_a_chain_that_is_there_and_not_back() {
    insta::assert_snapshot!(of_instance("
    firewall:
      chains:
        - name: INPUT
          hook: input
          rules:
            - { verdict: { jump: WEBB } }
            - { verdict: { goto: INPUT } }
            - { verdict: { jump: A } }
        - { name: WEB }
        - { name: A, rules: [{ verdict: { jump: B } }] }
        - { name: B, rules: [{ verdict: { goto: WEB } }, { verdict: { jump: A } }] }
        - { name: C, rules: [{ verdict: { jump: C } }] }
        - { name: WEB }
"), @r"
    error[model::unknown_name]: there is no chain `WEBB`
      --> m.yaml:16:34
       |
    16 |             - { verdict: { jump: WEBB } }
       |                                  ^^^^ not defined in this firewall
       |
       = help: did you mean `WEB`?
    error[model::base_chain]: chain `INPUT` has a hook
      --> m.yaml:17:34
       |
    17 |             - { verdict: { goto: INPUT } }
       |                                  ^^^^^ no rule leads to a chain where packets enter by themselves
       |
      ::: m.yaml:13:17
       |
    13 |         - name: INPUT
       |                 ----- this chain
       |
       = help: move the rules to a chain without `hook`, and lead both there
    error[model::chain_loop]: chain `A` leads back to itself
      --> m.yaml:21:77
       |
    21 |         - { name: B, rules: [{ verdict: { goto: WEB } }, { verdict: { jump: A } }] }
       |                                                                             ^ the way is `A`, `B`, `A`
    error[model::chain_loop]: chain `C` leads back to itself
      --> m.yaml:22:49
       |
    22 |         - { name: C, rules: [{ verdict: { jump: C } }] }
       |                                                 ^ the way is `C`, `C`
    error[model::duplicate_name]: two chains are called `WEB`
      --> m.yaml:23:19
       |
    23 |         - { name: WEB }
       |                   ^^^ the second
       |
      ::: m.yaml:19:19
       |
    19 |         - { name: WEB }
       |                   --- the first
    ");
}

#[test]
fn a_chain_has_a_name_a_hook_and_a_policy_as_the_kernel_has_them() {
    insta::assert_snapshot!(of_instance("
    firewall:
      chains:
        - { hook: input }
        - { name: A, policy: drop }
        - { name: B, hook: prerouting, policy: reject }
        - { name: C, hook: input, rules: {} }
"), @r"
    error[model::missing_key]: a chain needs the key `name`
      --> m.yaml:13:11
       |
    13 |         - { hook: input }
       |           ^^^^^^^^^^^^^^^ has no `name`
       |
       = help: write for example `name: INPUT`
    error[model::policy]: `policy` on a chain without a hook
      --> m.yaml:14:30
       |
    14 |         - { name: A, policy: drop }
       |                              ^^^^ from the end of such a chain packets go back to where they came from
       |
       = help: add `hook: input`, `output` or `forward`, or end the chain with a rule `{ verdict: … }`
    error[model::word]: `prerouting` is not a hook
      --> m.yaml:15:28
       |
    15 |         - { name: B, hook: prerouting, policy: reject }
       |                            ^^^^^^^^^^
       |
       = help: expected a hook: `input`, `output`, `forward`
    error[model::word]: `reject` is not a policy
      --> m.yaml:15:48
       |
    15 |         - { name: B, hook: prerouting, policy: reject }
       |                                                ^^^^^^
       |
       = help: expected a policy: `accept`, `drop`
    error[model::wrong_type]: `rules` is a list
      --> m.yaml:16:42
       |
    16 |         - { name: C, hook: input, rules: {} }
       |                                          ^^ this is a mapping
    ");
}

#[test]
fn a_rule_of_a_chain_says_what_happens() {
    insta::assert_snapshot!(of_instance("
    firewall:
      chains:
        - name: INPUT
          hook: input
          rules:
            - { protocol: tcp }
            - { verdict: ACCEPT }
            - { verdict: jump }
            - { verdict: { jump: A, goto: A } }
            - { verdict: {} }
            - { verdict: [accept] }
            - { verdict: accept, action: allow }
            - { verdict: accept, state: [established, open, established] }
            - { verdict: accept, source: { security_group: g } }
            - { verdict: accept, protocol: icmp, ports: 80 }
        - { name: A }
"), @r"
    error[model::missing_key]: a rule of a chain needs the key `verdict`
      --> m.yaml:16:15
       |
    16 |             - { protocol: tcp }
       |               ^^^^^^^^^^^^^^^^^ has no `verdict`
       |
       = help: write `verdict: accept`, `drop`, `reject`, `return`, `{ jump: … }` or `{ goto: … }`
    error[model::word]: `ACCEPT` is no verdict
      --> m.yaml:17:26
       |
    17 |             - { verdict: ACCEPT }
       |                          ^^^^^^
       |
       = help: did you mean `accept`?
    error[model::word]: `jump` is no verdict
      --> m.yaml:18:26
       |
    18 |             - { verdict: jump }
       |                          ^^^^
       |
       = help: write `verdict: { jump: … }` and the chain's name
    error[model::conflict]: `jump` and `goto` exclude each other
      --> m.yaml:19:43
       |
    19 |             - { verdict: { jump: A, goto: A } }
       |                                  -        ^
       |                                  |
       |                                  `jump` is here
    error[model::word]: a verdict without a word
      --> m.yaml:20:26
       |
    20 |             - { verdict: {} }
       |                          ^^
       |
       = help: write `verdict: accept`, `drop`, `reject`, `return`, `{ jump: … }` or `{ goto: … }`
    error[model::wrong_type]: a verdict is a word, or `{ jump: … }` or `{ goto: … }`
      --> m.yaml:21:26
       |
    21 |             - { verdict: [accept] }
       |                          ^^^^^^^^ this is a list
    error[model::unknown_key]: a rule of a chain has no key `action`
      --> m.yaml:22:34
       |
    22 |             - { verdict: accept, action: allow }
       |                                  ^^^^^^ unknown key
       |
       = help: write `verdict`
    error[model::word]: `open` is not a state of a connection
      --> m.yaml:23:55
       |
    23 |             - { verdict: accept, state: [established, open, established] }
       |                                                       ^^^^
       |
       = help: expected a state of a connection: `new`, `established`, `related`, `invalid`
    error[model::listed_twice]: this state is listed twice
      --> m.yaml:23:61
       |
    23 |             - { verdict: accept, state: [established, open, established] }
       |                                                             ^^^^^^^^^^^ it is there already
    error[model::rule_end]: the firewall of a host matches addresses, not security groups
      --> m.yaml:24:60
       |
    24 |             - { verdict: accept, source: { security_group: g } }
       |                                                            ^
       |
       = help: write a CIDR block or an address group
    error[model::ports]: icmp has no ports that a rule could match
      --> m.yaml:25:57
       |
    25 |             - { verdict: accept, protocol: icmp, ports: 80 }
       |                                            ----         ^^ `ports` has no meaning here
       |                                            |
       |                                            because of this protocol
       |
       = help: write `icmp_type` and `icmp_code`
    ");
}

#[test]
fn a_rule_names_interfaces_of_its_instance() {
    insta::assert_snapshot!(of_instance("
    firewall:
      chains:
        - name: INPUT
          hook: input
          rules:
            - { input: lo, verdict: accept }
            - { input: a/u, verdict: accept }
            - { input: b, verdict: accept }
            - { output: a/s, verdict: accept }
        - { name: OUT, hook: output, rules: [{ input: a/t, verdict: drop }] }
"), @r"
    error[model::other_instance]: instance `a` has no interface `lo`
      --> m.yaml:16:24
       |
    16 |             - { input: lo, verdict: accept }
       |                        ^^
       |
       = help: no firewall judges what a host sends to itself: leave this rule out
    error[model::other_instance]: instance `a` has no interface `a/u`
      --> m.yaml:17:24
       |
    17 |             - { input: a/u, verdict: accept }
       |                        ^^^
       |
      ::: m.yaml:8:3
       |
     8 |   a:
       |   - this instance
       |
       = help: did you mean `a/s` or `a/t`?
    error[model::other_instance]: instance `a` has no interface `b`
      --> m.yaml:18:24
       |
    18 |             - { input: b, verdict: accept }
       |                        ^
       |
      ::: m.yaml:8:3
       |
     8 |   a:
       |   - this instance
       |
       = help: its interfaces are `a/s`, `a/t`
    warning[model::never_matches]: the rule never matches: `output` in chain `INPUT`
      --> m.yaml:19:25
       |
    19 |             - { output: a/s, verdict: accept }
       |                         ^^^ what an instance receives leaves by no interface
       |
      ::: m.yaml:13:17
       |
    13 |         - name: INPUT
       |                 ----- because of the hook of this chain
    warning[model::never_matches]: the rule never matches: `input` in chain `OUT`
      --> m.yaml:20:55
       |
    20 |         - { name: OUT, hook: output, rules: [{ input: a/t, verdict: drop }] }
       |                   ---                                 ^^^ what an instance sends came by no interface
       |                   |
       |                   because of the hook of this chain
    ");
}

#[test]
fn a_firewall_is_of_one_kind() {
    insta::assert_snapshot!(of_instance("    firewall: {}\n"), @r"
    error[model::missing_key]: a firewall of an instance needs the key `chains`
      --> m.yaml:10:15
       |
    10 |     firewall: {}
       |               ^^ has no `chains`
       |
       = help: write `chains: […]` or `windows: { … }`; `chains: []` lets everything pass
    ");
    insta::assert_snapshot!(of_instance("    firewall: { kind: linux, chains: [], windows: {} }\n"), @r"
    error[model::conflict]: `windows` and `kind` exclude each other
      --> m.yaml:10:23
       |
    10 |     firewall: { kind: linux, chains: [], windows: {} }
       |                       ^^^^^                       -- `windows` is here
    error[model::conflict]: `windows` and `chains` exclude each other
      --> m.yaml:10:38
       |
    10 |     firewall: { kind: linux, chains: [], windows: {} }
       |                                      ^^           -- `windows` is here
    ");
    insta::assert_snapshot!(of_instance("    firewall: { rules: [] }\n"), @r"
    error[model::missing_key]: a firewall of an instance needs the key `chains`
      --> m.yaml:10:15
       |
    10 |     firewall: { rules: [] }
       |               ^^^^^^^^^^^^^ has no `chains`
       |
       = help: write `chains: […]` or `windows: { … }`; `chains: []` lets everything pass
    error[model::unknown_key]: a firewall of an instance has no key `rules`
      --> m.yaml:10:17
       |
    10 |     firewall: { rules: [] }
       |                 ^^^^^ unknown key
       |
       = help: write them inside `chains: [{ name: INPUT, hook: input, rules: […] }]`
    ");
}

#[test]
fn windows_has_profiles_directions_and_verbs_of_its_own() {
    insta::assert_snapshot!(of_instance("
    firewall:
      windows:
        inbound: deny
        rules:
          - { direction: inbound, action: allow, profiles: [domain] }
          - { direction: inbound, action: allow, profiles: [home] }
          - { direction: in, action: deny }
          - { protocol: tcp }
          - { direction: inbound, action: allow, profiles: [domain, private, public], protocol: tcp, remote_ports: 80 }
          - { direction: outbound, action: block, source: 10.0.0.0/8 }
"), @r"
    error[model::word]: `deny` is not a default
      --> m.yaml:13:18
       |
    13 |         inbound: deny
       |                  ^^^^
       |
       = help: expected a default: `allow`, `block`
    error[model::missing_key]: rules for some profiles need the key `profile` of the firewall
      --> m.yaml:15:60
       |
    15 |           - { direction: inbound, action: allow, profiles: [domain] }
       |                                                            ^^^^^^^^ whether this rule counts depends on it
       |
       = help: write `profile: domain`, `private` or `public`, whichever is active, beside `rules`
    error[model::word]: `home` is not a profile
      --> m.yaml:16:61
       |
    16 |           - { direction: inbound, action: allow, profiles: [home] }
       |                                                             ^^^^
       |
       = help: expected a profile: `domain`, `private`, `public`
    error[model::word]: `in` is not a direction
      --> m.yaml:17:26
       |
    17 |           - { direction: in, action: deny }
       |                          ^^
       |
       = help: did you mean `inbound`?
    error[model::word]: `deny` is not an action
      --> m.yaml:17:38
       |
    17 |           - { direction: in, action: deny }
       |                                      ^^^^
       |
       = help: expected an action: `allow`, `block`
    error[model::missing_key]: a rule of a Windows firewall needs the key `direction`
      --> m.yaml:18:13
       |
    18 |           - { protocol: tcp }
       |             ^^^^^^^^^^^^^^^^^ has no `direction`
       |
       = help: write `direction: inbound` or `outbound`
    error[model::missing_key]: a rule of a Windows firewall needs the key `action`
      --> m.yaml:18:13
       |
    18 |           - { protocol: tcp }
       |             ^^^^^^^^^^^^^^^^^ has no `action`
       |
       = help: write `action: allow` or `block`
    error[model::unknown_key]: a rule of a Windows firewall has no key `remote_ports`
      --> m.yaml:19:102
       |
    19 |           - { direction: inbound, action: allow, profiles: [domain, private, public], protocol: tcp, remote_ports: 80 }
       |                                                                                                      ^^^^^^^^^^^^ unknown key
       |
       = help: write `source_ports` in an inbound rule, `ports` in an outbound one
    error[model::unknown_key]: a rule of a Windows firewall has no key `source`
      --> m.yaml:20:51
       |
    20 |           - { direction: outbound, action: block, source: 10.0.0.0/8 }
       |                                                   ^^^^^^ unknown key
       |
       = help: write `remote` in an inbound rule, `local` in an outbound one
    ");
}

#[test]
fn an_instance_routes_by_its_own_interfaces() {
    insta::assert_snapshot!(of_instance("
    forwarding: false
    routes:
      - { destination: 10.1.0.0/16, interface: b }
      - { destination: 10.2.0.0/16, interface: a/s }
      - { destination: 10.2.0.0/16, interface: a/t }
      - { destination: 10.3.0.0/16, via: 10.0.0.1 }
"), @r"
    warning[model::route_never_used]: instance `a` has routes and does not forward
      --> m.yaml:13:9
       |
    13 |       - { destination: 10.1.0.0/16, interface: b }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the routes of an instance are for what it forwards
       |
      ::: m.yaml:11:17
       |
    11 |     forwarding: false
       |                 ----- it does not
    error[model::other_instance]: instance `a` has no interface `b`
      --> m.yaml:13:48
       |
    13 |       - { destination: 10.1.0.0/16, interface: b }
       |                                                ^
       |
      ::: m.yaml:8:3
       |
     8 |   a:
       |   - this instance
       |
       = help: its interfaces are `a/s`, `a/t`
    error[model::duplicate_route]: two routes to `10.2.0.0/16`
      --> m.yaml:15:24
       |
    15 |       - { destination: 10.2.0.0/16, interface: a/t }
       |                        ^^^^^^^^^^^ the second route
       |
      ::: m.yaml:14:24
       |
    14 |       - { destination: 10.2.0.0/16, interface: a/s }
       |                        ----------- the first route
    error[model::missing_key]: a route of an instance needs the key `interface`
      --> m.yaml:16:9
       |
    16 |       - { destination: 10.3.0.0/16, via: 10.0.0.1 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `interface`
       |
       = help: write `interface: ` and the name of an interface of the instance
    error[model::unknown_key]: a route of an instance has no key `via`
      --> m.yaml:16:37
       |
    16 |       - { destination: 10.3.0.0/16, via: 10.0.0.1 }
       |                                     ^^^ unknown key
       |
       = help: the route table of the interface's subnet says where packets go next
    ");
}

#[test]
fn a_service_is_bound_to_an_address_or_to_an_interface_of_its_instance() {
    insta::assert_snapshot!(of_instance("
    services:
      - { protocol: tcp, ports: 80, interface: b }
      - { protocol: tcp, ports: 81, interface: a/s, listen: '*' }
      - { protocol: tcp, ports: 82 }
"), @r#"
    error[model::other_instance]: instance `a` has no interface `b`
      --> m.yaml:12:48
       |
    12 |       - { protocol: tcp, ports: 80, interface: b }
       |                                                ^
       |
      ::: m.yaml:8:3
       |
     8 |   a:
       |   - this instance
       |
       = help: its interfaces are `a/s`, `a/t`
    error[model::conflict]: `interface` and `listen` exclude each other
      --> m.yaml:13:61
       |
    13 |       - { protocol: tcp, ports: 81, interface: a/s, listen: '*' }
       |                                                ---          ^^^
       |                                                |
       |                                                `interface` is here
    error[model::missing_key]: a service needs the key `listen`
      --> m.yaml:14:9
       |
    14 |       - { protocol: tcp, ports: 82 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has no `listen`
       |
       = help: write `listen: "*"` for every address, or the address or `interface` it listens on
    "#);
}
