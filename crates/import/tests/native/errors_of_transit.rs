//! What is said about transit gateways, connections and networks on premises.

use crate::common::said;

const VPCS: &str = "
canreach: 1
profile: aws
vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
subnets:
  a: { vpc: v, cidrs: 10.0.0.0/24, zone: one }
  b: { vpc: v, cidrs: 10.0.1.0/24, zone: one }
  c: { vpc: v, cidrs: 10.0.2.0/24 }
  d: { vpc: w, cidrs: 10.1.0.0/24, zone: two }
transit_gateways: { t: {}, u: {} }
remote_networks: { r: { cidrs: 172.16.0.0/16 } }
";

fn beyond(text: &str) -> String {
    said(&format!("{VPCS}{text}"))
}

#[test]
fn an_attachment_attaches_one_thing() {
    insta::assert_snapshot!(beyond("
transit_attachments:
  none: { transit_gateway: t }
  two: { transit_gateway: t, vpc: v, peer: back }
  unknown: { transit_gateway: t, vpc: x }
  nowhere: { vpc: v }
  line: { transit_gateway: t, connection: c, subnets: [a] }
connections: { c: { kind: vpn, remote_network: r } }
"), @r"
    error[model::attachment]: attachment `none` attaches nothing
      --> m.yaml:14:3
       |
    14 |   none: { transit_gateway: t }
       |   ^^^^
       |
       = help: add `vpc`, `connection` or `peer`
    error[model::conflict]: `vpc` and `peer` exclude each other
      --> m.yaml:15:44
       |
    15 |   two: { transit_gateway: t, vpc: v, peer: back }
       |                                   -        ^^^^
       |                                   |
       |                                   `vpc` is here
    error[model::unknown_name]: there is no VPC `x`
      --> m.yaml:16:39
       |
    16 |   unknown: { transit_gateway: t, vpc: x }
       |                                       ^ not defined in any file
       |
       = help: defined are `v`, `w`
    error[model::missing_key]: a transit attachment needs the key `transit_gateway`
      --> m.yaml:17:3
       |
    17 |   nowhere: { vpc: v }
       |   ^^^^^^^ has no `transit_gateway`
       |
       = help: write `transit_gateway: ` and the name of a transit gateway
    error[model::conflict]: `subnets` goes with the attachment of a VPC alone
      --> m.yaml:18:55
       |
    18 |   line: { transit_gateway: t, connection: c, subnets: [a] }
       |                                           -           ^^^
       |                                           |
       |                                           this attaches a connection
       |
       = help: leave `subnets` out
    ");
}

#[test]
fn an_attachment_goes_through_one_subnet_of_its_vpc_in_each_zone() {
    insta::assert_snapshot!(beyond("
transit_attachments:
  v: { transit_gateway: t, vpc: v, subnets: [a, b, c, d, c] }
"), @r"
    error[model::zone_twice]: two subnets of zone `one` in one attachment
      --> m.yaml:14:49
       |
    14 |   v: { transit_gateway: t, vpc: v, subnets: [a, b, c, d, c] }
       |                                              -  ^ the second one
       |                                              |
       |                                              the first one
       |
       = help: keep one subnet for each zone
    error[model::other_vpc]: subnet `d` belongs to VPC `w`, not to `v`
      --> m.yaml:14:55
       |
    14 |   v: { transit_gateway: t, vpc: v, subnets: [a, b, c, d, c] }
       |                                 -                     ^
       |                                 |
       |                                 this VPC is attached
    error[model::listed_twice]: subnet `c` is listed twice
      --> m.yaml:14:58
       |
    14 |   v: { transit_gateway: t, vpc: v, subnets: [a, b, c, d, c] }
       |                                                    -     ^
       |                                                    |
       |                                                    listed here already
    ");
}

#[test]
fn a_vpc_is_attached_once_to_a_gateway_and_a_connection_once_at_all() {
    insta::assert_snapshot!(beyond("
transit_attachments:
  v1: { transit_gateway: t, vpc: v }
  v2: { transit_gateway: t, vpc: v }
  v3: { transit_gateway: u, vpc: v }
  c1: { transit_gateway: t, connection: c }
  c2: { transit_gateway: u, connection: c }
  l: { transit_gateway: u, connection: line }
connections:
  c: { kind: vpn, remote_network: r }
  line: { kind: direct-connect, remote_network: r, vpc: w }
"), @r"
    error[model::attachment_twice]: VPC `v` is attached to `t` twice
      --> m.yaml:15:3
       |
    15 |   v2: { transit_gateway: t, vpc: v }
       |   ^^ the second attachment
       |
      ::: m.yaml:14:3
       |
    14 |   v1: { transit_gateway: t, vpc: v }
       |   -- the first attachment
    error[model::attachment_twice]: connection `c` is attached twice
      --> m.yaml:18:3
       |
    18 |   c2: { transit_gateway: u, connection: c }
       |   ^^ the second attachment
       |
      ::: m.yaml:17:3
       |
    17 |   c1: { transit_gateway: t, connection: c }
       |   -- the first attachment
    error[model::attachment]: connection `line` ends in VPC `w` and cannot be attached too
      --> m.yaml:19:40
       |
    19 |   l: { transit_gateway: u, connection: line }
       |                                        ^^^^
       |
      ::: m.yaml:22:57
       |
    22 |   line: { kind: direct-connect, remote_network: r, vpc: w }
       |                                                         - it ends here
       |
       = help: leave `vpc` out of the connection, or remove the attachment
    ");
}

#[test]
fn peers_name_each_other_and_belong_to_two_gateways() {
    insta::assert_snapshot!(beyond("
transit_attachments:
  one: { transit_gateway: t, peer: other }
  other: { transit_gateway: u, peer: third }
  third: { transit_gateway: t, peer: other }
  v: { transit_gateway: t, vpc: v }
  wrong: { transit_gateway: u, peer: v }
  here: { transit_gateway: u, peer: there }
  there: { transit_gateway: u, peer: here }
  self: { transit_gateway: u, peer: self }
"), @r"
    error[model::peer]: attachment `other` does not name `one` as its peer
      --> m.yaml:14:36
       |
    14 |   one: { transit_gateway: t, peer: other }
       |                                    ^^^^^ both sides name each other
       |
      ::: m.yaml:15:3
       |
    15 |   other: { transit_gateway: u, peer: third }
       |   ----- the other side
       |
       = help: write `peer: one` in attachment `other`
    error[model::peer]: attachment `v` does not name `wrong` as its peer
      --> m.yaml:18:38
       |
    18 |   wrong: { transit_gateway: u, peer: v }
       |                                      ^ both sides name each other
       |
      ::: m.yaml:17:3
       |
    17 |   v: { transit_gateway: t, vpc: v }
       |   - the other side
       |
       = help: write `peer: wrong` in attachment `v`
    error[model::peer]: a peering joins transit gateway `u` with itself
      --> m.yaml:19:37
       |
    19 |   here: { transit_gateway: u, peer: there }
       |                                     ^^^^^
       |
      ::: m.yaml:20:3
       |
    20 |   there: { transit_gateway: u, peer: here }
       |   ----- the other side belongs to the same gateway
    error[model::peer]: a peering joins transit gateway `u` with itself
      --> m.yaml:21:37
       |
    21 |   self: { transit_gateway: u, peer: self }
       |   ----                              ^^^^
       |   |
       |   the other side belongs to the same gateway
    ");
}

#[test]
fn tables_routes_and_propagations_belong_to_one_gateway() {
    insta::assert_snapshot!(beyond("
transit_attachments:
  v: { transit_gateway: t, vpc: v, route_table: tu }
  w: { transit_gateway: u, vpc: w, route_table: tu }
  p: { transit_gateway: t, peer: q }
  q: { transit_gateway: u, peer: p }
transit_route_tables:
  tu: { transit_gateway: u, propagations: [v, q, w, w], routes: [{ destination: 10.0.0.0/8, attachment: p }] }
  tt:
    transit_gateway: t
    routes:
      - { destination: 10.0.0.0/8, attachment: v }
      - { destination: 10.0.0.0/8, blackhole: true }
      - { destination: 10.9.0.0/16 }
      - { destination: 10.8.0.0/16, blackhole: true, attachment: v }
      - { attachment: nobody }
      - { destination: 10.7.0.0/16, blackhole: false }
"), @r"
    error[model::other_gateway]: route table `tu` belongs to transit gateway `u`, not to `t`
      --> m.yaml:14:49
       |
    14 |   v: { transit_gateway: t, vpc: v, route_table: tu }
       |   - this belongs to `t`                         ^^
    error[model::propagation]: attachment `q` leads to another transit gateway
      --> m.yaml:19:47
       |
    19 |   tu: { transit_gateway: u, propagations: [v, q, w, w], routes: [{ destination: 10.0.0.0/8, attachment: p }] }
       |                                               ^ such attachments propagate nothing
       |
       = help: write a route: `{ destination: …, attachment: q }`
    error[model::listed_twice]: transit attachment `w` is listed twice
      --> m.yaml:19:53
       |
    19 |   tu: { transit_gateway: u, propagations: [v, q, w, w], routes: [{ destination: 10.0.0.0/8, attachment: p }] }
       |                                                  -  ^
       |                                                  |
       |                                                  listed here already
    error[model::other_gateway]: attachment `p` belongs to transit gateway `t`, not to `u`
      --> m.yaml:19:105
       |
    19 |   tu: { transit_gateway: u, propagations: [v, q, w, w], routes: [{ destination: 10.0.0.0/8, attachment: p }] }
       |   -- this belongs to `u`                                                                                ^
    error[model::duplicate_route]: two routes to `10.0.0.0/8`
      --> m.yaml:24:24
       |
    24 |       - { destination: 10.0.0.0/8, blackhole: true }
       |                        ^^^^^^^^^^ the second route
       |
      ::: m.yaml:23:24
       |
    23 |       - { destination: 10.0.0.0/8, attachment: v }
       |                        ---------- the first route
    error[model::route_target]: the route has no target
      --> m.yaml:25:9
       |
    25 |       - { destination: 10.9.0.0/16 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ leads nowhere
       |
       = help: add `attachment: …`, or `blackhole: true`
    error[model::conflict]: `attachment` and `blackhole` exclude each other
      --> m.yaml:26:48
       |
    26 |       - { destination: 10.8.0.0/16, blackhole: true, attachment: v }
       |                                                ^^^^              - `attachment` is here
    error[model::missing_key]: a route of a transit gateway needs the key `destination`
      --> m.yaml:27:9
       |
    27 |       - { attachment: nobody }
       |         ^^^^^^^^^^^^^^^^^^^^^^ has no `destination`
       |
       = help: write for example `destination: 0.0.0.0/0`
    error[model::unknown_name]: there is no transit attachment `nobody`
      --> m.yaml:27:23
       |
    27 |       - { attachment: nobody }
       |                       ^^^^^^ not defined in any file
       |
       = help: defined are `p`, `q`, `v`, `w`
    error[model::route_target]: the route has no target
      --> m.yaml:28:48
       |
    28 |       - { destination: 10.7.0.0/16, blackhole: false }
       |                                                ^^^^^
       |
       = help: write `blackhole: true`, or another target
    ");
}

#[test]
fn of_two_propagated_routes_of_one_kind_none_counts() {
    let with = |routes: &str| {
        beyond(&format!(
            "
connections:
  c: {{ kind: vpn, remote_network: r, advertised: [10.0.0.0/16] }}
  e: {{ kind: vpn, remote_network: r, advertised: [10.1.0.0/16] }}
  f: {{ kind: direct-connect, remote_network: r, advertised: [] }}
transit_attachments:
  c: {{ transit_gateway: t, connection: c }}
  e: {{ transit_gateway: t, connection: e }}
  f: {{ transit_gateway: t, connection: f }}
transit_route_tables:
  tt: {{ transit_gateway: t, {routes} }}
"
        ))
    };
    insta::assert_snapshot!(with("propagations: [c, e]"), @r"
    error[model::propagated_twice]: two attachments propagate `172.16.0.0/16`
      --> m.yaml:22:47
       |
    22 |   tt: { transit_gateway: t, propagations: [c, e] }
       |                                            -  ^ the second of one kind
       |                                            |
       |                                            the first
       |
       = help: which one counts is open: write `{ destination: 172.16.0.0/16, attachment: … }`
    ");
    assert_eq!(with("propagations: [c, f]"), "", "Direct Connect beats VPN");
    let written = "propagations: [c, e], routes: [{ destination: 172.16.0.0/16, attachment: c }]";
    assert_eq!(with(written), "", "the static route beats both");
}

#[test]
fn a_connection_is_of_a_kind_and_ends_somewhere() {
    insta::assert_snapshot!(beyond("
connections:
  a: { remote_network: r, vpc: v }
  b: { kind: dx, remote_network: s, vpc: v }
  c: { kind: vpn, remote_network: r }
  d: { kind: vpn, remote_network: r, vpc: w, up: perhaps, advertised: 10.0.0.0/16 }
"), @r"
    error[model::missing_key]: a connection needs the key `kind`
      --> m.yaml:14:3
       |
    14 |   a: { remote_network: r, vpc: v }
       |   ^ has no `kind`
       |
       = help: write `kind: vpn` or `direct-connect`
    error[model::word]: `dx` is not a kind of connection
      --> m.yaml:15:14
       |
    15 |   b: { kind: dx, remote_network: s, vpc: v }
       |              ^^
       |
       = help: expected a kind of connection: `vpn`, `direct-connect`
    error[model::unknown_name]: there is no remote network `s`
      --> m.yaml:15:34
       |
    15 |   b: { kind: dx, remote_network: s, vpc: v }
       |                                  ^ not defined in any file
       |
       = help: defined are `r`
    warning[model::connection]: connection `c` ends nowhere
      --> m.yaml:16:3
       |
    16 |   c: { kind: vpn, remote_network: r }
       |   ^ neither in a VPC nor at a transit gateway
       |
       = help: add `vpc: …`, or an entry of `transit_attachments` with this `connection`
    error[model::wrong_type]: `perhaps` is neither `true` nor `false`
      --> m.yaml:17:50
       |
    17 |   d: { kind: vpn, remote_network: r, vpc: w, up: perhaps, advertised: 10.0.0.0/16 }
       |                                                  ^^^^^^^
    error[model::wrong_type]: `advertised` is a list of blocks
      --> m.yaml:17:71
       |
    17 |   d: { kind: vpn, remote_network: r, vpc: w, up: perhaps, advertised: 10.0.0.0/16 }
       |                                                                       ^^^^^^^^^^^ this is a single value
    ");
}

#[test]
fn of_two_ways_to_one_prefix_it_is_not_known_which_is_taken() {
    insta::assert_snapshot!(beyond("
connections:
  a: { kind: vpn, remote_network: r, vpc: v, advertised: [10.0.0.0/16, 10.0.0.0/16] }
  b: { kind: vpn, remote_network: r, vpc: v }
  c: { kind: vpn, remote_network: r, vpc: v, up: false }
"), @r"
    error[model::listed_twice]: `10.0.0.0/16` is listed twice
      --> m.yaml:14:72
       |
    14 |   a: { kind: vpn, remote_network: r, vpc: v, advertised: [10.0.0.0/16, 10.0.0.0/16] }
       |                                                           -----------  ^^^^^^^^^^^
       |                                                           |
       |                                                           listed here already
    error[model::advertised_twice]: remote network `r` has two ways to `10.0.0.0/16`: connection `a` advertises it too
      --> m.yaml:15:3
       |
    15 |   b: { kind: vpn, remote_network: r, vpc: v }
       |   ^ the second way
       |
      ::: m.yaml:14:59
       |
    14 |   a: { kind: vpn, remote_network: r, vpc: v, advertised: [10.0.0.0/16, 10.0.0.0/16] }
       |                                                           ----------- the first way
       |
       = help: write `advertised` for each, with longer prefixes for the preferred one, or `up: false` for one that stands by
    ");
}

#[test]
fn blocks_of_a_remote_network_do_not_overlap() {
    insta::assert_snapshot!(said("
canreach: 1
profile: aws
remote_networks: { r: { cidrs: [172.16.0.0/12, 172.16.1.0/24] }, s: {} }
"), @r"
    error[model::overlap]: blocks of remote network `r` overlap
     --> m.yaml:4:48
      |
    4 | remote_networks: { r: { cidrs: [172.16.0.0/12, 172.16.1.0/24] }, s: {} }
      |                                 -------------  ^^^^^^^^^^^^^ overlaps `172.16.0.0/12`
      |                                 |
      |                                 written here
    error[model::missing_key]: a remote network needs the key `cidrs`
     --> m.yaml:4:66
      |
    4 | remote_networks: { r: { cidrs: [172.16.0.0/12, 172.16.1.0/24] }, s: {} }
      |                                                                  ^ has no `cidrs`
      |
      = help: write for example `cidrs: [172.16.0.0/16]`
    ");
}

#[test]
fn routes_lead_to_what_is_in_their_vpc() {
    insta::assert_snapshot!(beyond("
connections:
  vpn: { kind: vpn, remote_network: r }
  line: { kind: direct-connect, remote_network: r, vpc: w }
transit_attachments: { vpn: { transit_gateway: t, connection: vpn } }
instances:
  i: { interfaces: [{ subnet: d, addresses: [10.1.0.4] }] }
  j: { interfaces: [{ subnet: a, addresses: [10.0.0.4] }, { subnet: b, addresses: [10.0.1.4] }] }
virtual_addresses: { vip: { subnet: d, address: 10.1.0.9, interfaces: [i] } }
gateway_endpoints: { e: { vpc: w } }
route_tables:
  default:
    vpc: v
    routes:
      - { destination: 172.16.0.0/24, connection: vpn }
      - { destination: 172.16.1.0/24, connection: line }
      - { destination: 172.16.2.0/24, interface: i }
      - { destination: 172.16.3.0/24, interface: j }
      - { destination: 172.16.4.0/24, virtual_address: vip }
      - { destination: 172.16.5.0/24, gateway_endpoint: e }
      - { destination: 172.16.6.0/24, transit_gateway: x }
"), @r"
    error[model::other_vpc]: connection `vpn` does not end in a VPC
      --> m.yaml:26:51
       |
    26 |       - { destination: 172.16.0.0/24, connection: vpn }
       |                                                   ^^^ a route of a VPC cannot lead to it
       |
       = help: lead to the transit gateway that it is attached to, or add `vpc` to the connection
    error[model::other_vpc]: connection `line` belongs to VPC `w`, not to `v`
      --> m.yaml:27:51
       |
    27 |       - { destination: 172.16.1.0/24, connection: line }
       |                                                   ^^^^
       |
      ::: m.yaml:4:9
       |
     4 | vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
       |         - the VPC of the table
    error[model::other_vpc]: interface `i` belongs to VPC `w`, not to `v`
      --> m.yaml:28:50
       |
    28 |       - { destination: 172.16.2.0/24, interface: i }
       |                                                  ^
       |
      ::: m.yaml:4:9
       |
     4 | vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
       |         - the VPC of the table
    error[model::which_interface]: instance `j` has 2 interfaces
      --> m.yaml:29:50
       |
    29 |       - { destination: 172.16.3.0/24, interface: j }
       |                                                  ^ which of them?
       |
       = help: write one of `j/a`, `j/b`
    error[model::other_vpc]: virtual address `vip` belongs to VPC `w`, not to `v`
      --> m.yaml:30:56
       |
    30 |       - { destination: 172.16.4.0/24, virtual_address: vip }
       |                                                        ^^^
       |
      ::: m.yaml:4:9
       |
     4 | vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
       |         - the VPC of the table
    error[model::other_vpc]: gateway endpoint `e` belongs to VPC `w`, not to `v`
      --> m.yaml:31:57
       |
    31 |       - { destination: 172.16.5.0/24, gateway_endpoint: e }
       |                                                         ^
       |
      ::: m.yaml:4:9
       |
     4 | vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
       |         - the VPC of the table
    error[model::unknown_name]: there is no transit gateway `x`
      --> m.yaml:32:56
       |
    32 |       - { destination: 172.16.6.0/24, transit_gateway: x }
       |                                                        ^ not defined in any file
       |
       = help: defined are `t`, `u`
    ");
}

#[test]
fn the_table_of_an_internet_gateway_leads_nowhere_beyond() {
    insta::assert_snapshot!(beyond("
internet_gateways: { igw: { vpc: v, route_table: edge } }
route_tables:
  default: { vpc: v }
  edge: { vpc: v, routes: [{ destination: 10.9.0.0/16, transit_gateway: t }] }
"), @r"
    error[model::gateway_table]: route table `edge` belongs to a gateway and leads to interfaces alone
      --> m.yaml:16:73
       |
    16 |   edge: { vpc: v, routes: [{ destination: 10.9.0.0/16, transit_gateway: t }] }
       |                                                                         ^ not a target for packets that enter the VPC
       |
       = help: keep local routes, `interface: …` and `blackhole: true` alone in this table
    ");
}
