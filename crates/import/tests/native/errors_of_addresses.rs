//! What is said about blocks, addresses and routes.

use crate::common::said;

#[test]
fn blocks_are_blocks() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs:
  a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
  b: { cidrs: [] }
  c: { cidrs: 10.0.0.0/08 }
address_groups: { g: { entries: [10.0.0.9-10.0.0.5, 10.0.0.1/24, any] } }
"), @r"
    error[model::host_bits]: CIDR block `10.0.1.5/24` has host bits set
     --> m.yaml:5:16
      |
    5 |   a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
      |                ^^^^^^^^^^^ bits beyond the prefix length
      |
      = help: write `10.0.1.0/24`, or `10.0.1.5/32` for that one address
    error[model::cidr]: `10.0.0.5` is an address, not a CIDR block
     --> m.yaml:5:29
      |
    5 |   a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
      |                             ^^^^^^^^
      |
      = help: write `10.0.0.5/32` for that one address
    error[model::cidr]: `ten` is no CIDR block
     --> m.yaml:5:39
      |
    5 |   a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
      |                                       ^^^
      |
      = help: write for example `10.0.0.0/16` or `2001:db8::/56`
    error[model::cidr]: `2001:db8::/300` is no CIDR block
     --> m.yaml:5:44
      |
    5 |   a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
      |                                            ^^^^^^^^^^^^^^
      |
      = help: write for example `10.0.0.0/16` or `2001:db8::/56`
    error[model::wrong_type]: expected a CIDR block, such as `10.0.0.0/16`
     --> m.yaml:5:60
      |
    5 |   a: { cidrs: [10.0.1.5/24, 10.0.0.5, ten, 2001:db8::/300, []] }
      |                                                            ^^ this is a list
    error[model::missing_value]: at least one CIDR block is needed
     --> m.yaml:6:15
      |
    6 |   b: { cidrs: [] }
      |               ^^ this list is empty
    error[model::address]: range `10.0.0.9-10.0.0.5` must go upwards within one address family
     --> m.yaml:8:34
      |
    8 | address_groups: { g: { entries: [10.0.0.9-10.0.0.5, 10.0.0.1/24, any] } }
      |                                  ^^^^^^^^^^^^^^^^^
    error[model::host_bits]: CIDR block `10.0.0.1/24` has host bits set
     --> m.yaml:8:53
      |
    8 | address_groups: { g: { entries: [10.0.0.9-10.0.0.5, 10.0.0.1/24, any] } }
      |                                                     ^^^^^^^^^^^ bits beyond the prefix length
      |
      = help: write `10.0.0.0/24`, or `10.0.0.1/32` for that one address
    error[model::address]: `any` is no address, CIDR block or range
     --> m.yaml:8:66
      |
    8 | address_groups: { g: { entries: [10.0.0.9-10.0.0.5, 10.0.0.1/24, any] } }
      |                                                                  ^^^
      |
      = help: leave the key out: then every address matches
    ");
}

#[test]
fn blocks_lie_where_they_belong_and_do_not_overlap() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16, 10.0.128.0/17] }, w: { cidrs: [10.0.0.0/16] } }
subnets:
  a: { vpc: v, cidrs: [10.0.1.0/24] }
  b: { vpc: v, cidrs: [10.0.0.0/22] }
  c: { vpc: v, cidrs: [10.1.1.0/24] }
  d: { vpc: w, cidrs: [10.0.1.0/24] }
"), @r"
    error[model::overlap]: blocks of VPC `v` overlap
     --> m.yaml:4:35
      |
    4 | vpcs: { v: { cidrs: [10.0.0.0/16, 10.0.128.0/17] }, w: { cidrs: [10.0.0.0/16] } }
      |                      -----------  ^^^^^^^^^^^^^ overlaps `10.0.0.0/16`
      |                      |
      |                      written here
    error[model::overlap]: subnets of VPC `v` overlap
     --> m.yaml:7:24
      |
    7 |   b: { vpc: v, cidrs: [10.0.0.0/22] }
      |                        ^^^^^^^^^^^ overlaps `10.0.1.0/24`
      |
     ::: m.yaml:6:24
      |
    6 |   a: { vpc: v, cidrs: [10.0.1.0/24] }
      |                        ----------- written here
    error[model::outside_vpc]: subnet `c` lies outside VPC `v`
     --> m.yaml:8:24
      |
    8 |   c: { vpc: v, cidrs: [10.1.1.0/24] }
      |                        ^^^^^^^^^^^ not within `10.0.0.0/16`, `10.0.128.0/17`
      |
     ::: m.yaml:4:9
      |
    4 | vpcs: { v: { cidrs: [10.0.0.0/16, 10.0.128.0/17] }, w: { cidrs: [10.0.0.0/16] } }
      |         - the VPC
      |
      = help: use a block within `10.0.0.0/16`, `10.0.128.0/17`, or add this one to the VPC
    ");
}

#[test]
fn addresses_lie_in_their_subnet_and_have_one_owner() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16] } }
subnets: { s: { vpc: v, cidrs: [10.0.1.0/24] } }
instances:
  a: { interfaces: [{ subnet: s, addresses: [10.0.1.0, 10.0.1.255] }] }
  b: { interfaces: [{ subnet: s, addresses: [10.0.1.4, 10.0.2.4, 10.0.1.4/24] }] }
nat_gateways: { n: { vpc: v, subnet: s, private_address: 10.0.1.4 } }
"), @r"
    error[model::outside_subnet]: address `10.0.2.4` lies outside subnet `s`
     --> m.yaml:8:56
      |
    8 |   b: { interfaces: [{ subnet: s, addresses: [10.0.1.4, 10.0.2.4, 10.0.1.4/24] }] }
      |                                                        ^^^^^^^^ not within `10.0.1.0/24`
      |
     ::: m.yaml:5:12
      |
    5 | subnets: { s: { vpc: v, cidrs: [10.0.1.0/24] } }
      |            - the subnet
    error[model::address]: `10.0.1.4/24` is no address
     --> m.yaml:8:66
      |
    8 |   b: { interfaces: [{ subnet: s, addresses: [10.0.1.4, 10.0.2.4, 10.0.1.4/24] }] }
      |                                                                  ^^^^^^^^^^^
      |
      = help: write `10.0.1.4`, without the prefix length
    error[model::address_twice]: address `10.0.1.4` is used twice in VPC `v`
     --> m.yaml:9:58
      |
    9 | nat_gateways: { n: { vpc: v, subnet: s, private_address: 10.0.1.4 } }
      |                                                          ^^^^^^^^ the second use
      |
     ::: m.yaml:8:46
      |
    8 |   b: { interfaces: [{ subnet: s, addresses: [10.0.1.4, 10.0.2.4, 10.0.1.4/24] }] }
      |                                              -------- the first use
    ");
}

#[test]
fn a_route_has_one_destination_and_one_target() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16] } }
route_tables:
  default:
    vpc: v
    routes:
      - { destination: 0.0.0.0/0 }
      - { destination: 10.1.0.0/16, blackhole: true, peering: p }
      - { destination: 10.2.0.0/16, blackhole: true }
      - { destination: 10.2.0.0/16, blackhole: true }
      - { destination: 10.0.0.0/16, blackhole: true }
      - { destination: 10.3.0.1/16, blackhole: false }
"), @r"
    error[model::route_target]: the route has no target
     --> m.yaml:9:9
      |
    9 |       - { destination: 0.0.0.0/0 }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^ leads nowhere
      |
      = help: add one of `internet_gateway`, `nat_gateway`, `peering`, `transit_gateway`, `connection`, `interface`, `virtual_address`, `gateway_endpoint`, or `blackhole: true`
    error[model::route_target]: the route has more than one target
      --> m.yaml:10:48
       |
    10 |       - { destination: 10.1.0.0/16, blackhole: true, peering: p }
       |                                                ^^^^           - the first target
       |                                                |
       |                                                the second target
       |
       = help: keep one of them; equal-cost routes are not modelled
    error[model::duplicate_route]: two routes to `10.2.0.0/16`
      --> m.yaml:12:24
       |
    12 |       - { destination: 10.2.0.0/16, blackhole: true }
       |                        ^^^^^^^^^^^ the second route
       |
      ::: m.yaml:11:24
       |
    11 |       - { destination: 10.2.0.0/16, blackhole: true }
       |                        ----------- the first route
    error[model::duplicate_route]: two routes to `10.0.0.0/16`
      --> m.yaml:13:24
       |
    13 |       - { destination: 10.0.0.0/16, blackhole: true }
       |                        ^^^^^^^^^^^ this is a local route, which every table has by itself
       |
       = help: remove this route
    error[model::host_bits]: CIDR block `10.3.0.1/16` has host bits set
      --> m.yaml:14:24
       |
    14 |       - { destination: 10.3.0.1/16, blackhole: false }
       |                        ^^^^^^^^^^^ bits beyond the prefix length
       |
       = help: write `10.3.0.0/16`, or `10.3.0.1/32` for that one address
    error[model::route_target]: the route has no target
      --> m.yaml:14:48
       |
    14 |       - { destination: 10.3.0.1/16, blackhole: false }
       |                                                ^^^^^
       |
       = help: write `blackhole: true`, or another target
    ");
}

#[test]
fn a_route_within_the_local_one_is_what_the_cloud_makes_of_it() {
    let model = |profile: &str, destination: &str| {
        said(&format!("
canreach: 1
profile: {profile}
vpcs: {{ v: {{ cidrs: [10.0.0.0/16] }} }}
subnets: {{ s: {{ vpc: v, cidrs: [10.0.1.0/24] }} }}
route_tables: {{ default: {{ vpc: v, routes: [{{ destination: {destination}, blackhole: true }}] }} }}
"))
    };
    assert_eq!(model("aws", "10.0.1.0/24"), "", "the whole block of a subnet");
    assert_eq!(model("generic", "10.0.1.0/28"), "");
    assert_eq!(model("huawei", "10.0.0.0/16"), "", "wider than the local route of the subnet");
    insta::assert_snapshot!(model("aws", "10.0.1.0/28"), @r"
    error[model::route_in_local]: `10.0.1.0/28` lies within the local route `10.0.0.0/16`
     --> m.yaml:6:60
      |
    6 | route_tables: { default: { vpc: v, routes: [{ destination: 10.0.1.0/28, blackhole: true }] } }
      |                                                            ^^^^^^^^^^^ AWS refuses this route
      |
      = help: a route within the VPC must be for the whole block of one of its subnets
    ");
    insta::assert_snapshot!(model("huawei", "10.0.1.0/28"), @r"
    warning[model::route_never_used]: `10.0.1.0/28` lies within the local route `10.0.1.0/24`
     --> m.yaml:6:60
      |
    6 | route_tables: { default: { vpc: v, routes: [{ destination: 10.0.1.0/28, blackhole: true }] } }
      |                                                            ^^^^^^^^^^^ local routes win in this cloud, so this one is never used
    ");
    insta::assert_snapshot!(model("huawei", "10.0.1.0/24"), @r"
    error[model::duplicate_route]: two routes to `10.0.1.0/24`
     --> m.yaml:6:60
      |
    6 | route_tables: { default: { vpc: v, routes: [{ destination: 10.0.1.0/24, blackhole: true }] } }
      |                                                            ^^^^^^^^^^^ this is a local route, which every table has by itself
      |
      = help: remove this route
    ");
}
