//! What is said about names: references to nothing, to several things, to things elsewhere.

use crate::common::{said, said_of};

#[test]
fn a_name_of_nothing_is_told_with_its_neighbours() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { prod: { cidrs: [10.0.0.0/16], default_route_table: main } }
subnets: { web: { vpc: prd, cidrs: [10.0.1.0/24] }, db: { vpc: prod, cidrs: [10.0.2.0/24], network_acl: acl } }
security_groups: { sg-web: { ingress: [{ source: { security_group: sg-wep } }, { source: { address_group: office } }] } }
"), @r"
    error[model::unknown_name]: there is no route table `main`
     --> m.yaml:4:60
      |
    4 | vpcs: { prod: { cidrs: [10.0.0.0/16], default_route_table: main } }
      |                                                            ^^^^ not defined in any file
      |
      = help: no file defines any route table
    error[model::unknown_name]: there is no VPC `prd`
     --> m.yaml:5:24
      |
    5 | subnets: { web: { vpc: prd, cidrs: [10.0.1.0/24] }, db: { vpc: prod, cidrs: [10.0.2.0/24], network_acl: acl } }
      |                        ^^^ not defined in any file
      |
      = help: did you mean `prod`?
    error[model::unknown_name]: there is no network ACL `acl`
     --> m.yaml:5:105
      |
    5 | subnets: { web: { vpc: prd, cidrs: [10.0.1.0/24] }, db: { vpc: prod, cidrs: [10.0.2.0/24], network_acl: acl } }
      |                                                                                                         ^^^ not defined in any file
      |
      = help: no file defines any network ACL
    error[model::unknown_name]: there is no security group `sg-wep`
     --> m.yaml:6:68
      |
    6 | security_groups: { sg-web: { ingress: [{ source: { security_group: sg-wep } }, { source: { address_group: office } }] } }
      |                                                                    ^^^^^^ not defined in any file
      |
      = help: did you mean `sg-web`?
    error[model::unknown_name]: there is no address group `office`
     --> m.yaml:6:107
      |
    6 | security_groups: { sg-web: { ingress: [{ source: { security_group: sg-wep } }, { source: { address_group: office } }] } }
      |                                                                                                           ^^^^^^ not defined in any file
      |
      = help: no file defines any address group
    ");
}

#[test]
fn a_name_is_looked_up_in_its_own_file_first() {
    let a = "canreach: 1\nprofile: generic\nvpcs: { v: { cidrs: [10.0.0.0/16] } }\n";
    let b = "canreach: 1\nprofile: generic\nvpcs: { v: { cidrs: [10.1.0.0/16] } }\nsubnets: { s: { vpc: v, cidrs: [10.1.1.0/24] } }\n";
    let c = "canreach: 1\nsubnets: { t: { vpc: v, cidrs: [10.1.2.0/24] } }\n";
    assert_eq!(said_of(&[("a.yaml", a), ("b.yaml", b)]), "");
    assert_eq!(said_of(&[("b.yaml", b), ("c.yaml", c)]), "", "the only other file that has it");
    insta::assert_snapshot!(said_of(&[("a.yaml", a), ("b.yaml", b), ("c.yaml", c)]), @r"
    error[model::ambiguous_name]: `v` may mean several VPCs
     --> c.yaml:2:22
      |
    2 | subnets: { t: { vpc: v, cidrs: [10.1.2.0/24] } }
      |                      ^ not defined in this file, but in several others
      |
     ::: a.yaml:3:9
      |
    3 | vpcs: { v: { cidrs: [10.0.0.0/16] } }
      |         - one is here
      |
     ::: b.yaml:3:9
      |
    3 | vpcs: { v: { cidrs: [10.1.0.0/16] } }
      |         - one is here
      |
      = help: give them different names, or define one in this file
    ");
}

#[test]
fn a_file_that_cannot_be_read_may_define_what_is_missing() {
    let broken = said_of(&[
        ("a.yaml", "canreach: 1\nvpcs: [\n"),
        ("b.yaml", "canreach: 1\nsubnets: { s: { vpc: v, cidrs: [10.0.0.0/24] } }\n"),
    ]);
    assert_eq!(broken.matches("error[").count(), 1, "{broken}");
}

#[test]
fn an_interface_is_named_by_itself_or_by_its_instance() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { v: { cidrs: [10.0.0.0/16] } }
subnets: { a: { vpc: v, cidrs: [10.0.1.0/24] }, b: { vpc: v, cidrs: [10.0.2.0/24] } }
instances:
  two: { interfaces: [{ subnet: a, addresses: 10.0.1.4 }, { subnet: b, addresses: 10.0.2.4 }] }
  none: {}
  one: { interfaces: [{ subnet: a, addresses: 10.0.1.5 }] }
interfaces:
  one: { subnet: a, addresses: 10.0.1.6 }
public_addresses:
  p1: { address: 203.0.113.1, interface: two }
  p2: { address: 203.0.113.2, interface: two/b }
  p3: { address: 203.0.113.3, interface: none }
  p4: { address: 203.0.113.4, interface: tow }
"), @r"
    error[model::duplicate_name]: two interfaces are called `one`
      --> m.yaml:11:3
       |
    11 |   one: { subnet: a, addresses: 10.0.1.6 }
       |   ^^^ the second
       |
      ::: m.yaml:9:3
       |
     9 |   one: { interfaces: [{ subnet: a, addresses: 10.0.1.5 }] }
       |   --- the first
       |
       = help: give one of them a name of its own; inside an instance, with `name: …`
    error[model::which_interface]: instance `two` has 2 interfaces
      --> m.yaml:13:42
       |
    13 |   p1: { address: 203.0.113.1, interface: two }
       |                                          ^^^ which of them?
       |
       = help: write one of `two/a`, `two/b`
    error[model::which_interface]: instance `none` has 0 interfaces
      --> m.yaml:15:42
       |
    15 |   p3: { address: 203.0.113.3, interface: none }
       |                                          ^^^^ none to choose
    error[model::unknown_name]: there is no interface or instance `tow`
      --> m.yaml:16:42
       |
    16 |   p4: { address: 203.0.113.4, interface: tow }
       |                                          ^^^ not defined in any file
       |
       = help: did you mean `two/a` or `two/b`?
    ");
}

#[test]
fn tables_acls_and_groups_stay_in_their_vpc() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs:
  a: { cidrs: [10.0.0.0/16] }
  b: { cidrs: [10.1.0.0/16], default_route_table: ta }
route_tables: { ta: { vpc: a }, default: { vpc: a } }
network_acls: { acl: { vpc: b } }
security_groups: { sg: { vpc: b } }
subnets:
  sa: { vpc: a, cidrs: [10.0.0.0/24], network_acl: acl }
  sb: { vpc: b, cidrs: [10.1.0.0/24], route_table: ta }
instances: { i: { interfaces: [{ subnet: sa, addresses: 10.0.0.4, security_groups: [sg, sg] }] } }
nat_gateways: { nat: { vpc: a, subnet: sb, private_address: 10.1.0.9 } }
"), @r"
    error[model::other_vpc]: route table `ta` belongs to VPC `a`, not to `b`
     --> m.yaml:6:51
      |
    6 |   b: { cidrs: [10.1.0.0/16], default_route_table: ta }
      |   - this is in VPC `b`                            ^^
    error[model::other_vpc]: network ACL `acl` belongs to VPC `b`, not to `a`
      --> m.yaml:11:52
       |
    11 |   sa: { vpc: a, cidrs: [10.0.0.0/24], network_acl: acl }
       |                                                    ^^^
       |
      ::: m.yaml:8:29
       |
     8 | network_acls: { acl: { vpc: b } }
       |                             - bound here
    error[model::other_vpc]: route table `ta` belongs to VPC `a`, not to `b`
      --> m.yaml:12:52
       |
    12 |   sb: { vpc: b, cidrs: [10.1.0.0/24], route_table: ta }
       |   -- this is in VPC `b`                            ^^
    error[model::other_vpc]: security group `sg` belongs to VPC `b`, not to `a`
      --> m.yaml:13:85
       |
    13 | instances: { i: { interfaces: [{ subnet: sa, addresses: 10.0.0.4, security_groups: [sg, sg] }] } }
       |                                                                                     ^^
       |
      ::: m.yaml:9:31
       |
     9 | security_groups: { sg: { vpc: b } }
       |                               - bound here
    error[model::listed_twice]: security group `sg` is listed twice
      --> m.yaml:13:89
       |
    13 | instances: { i: { interfaces: [{ subnet: sa, addresses: 10.0.0.4, security_groups: [sg, sg] }] } }
       |                                                                                     --  ^^
       |                                                                                     |
       |                                                                                     listed here already
    error[model::other_vpc]: subnet `sb` belongs to VPC `b`, not to `a`
      --> m.yaml:14:40
       |
    14 | nat_gateways: { nat: { vpc: a, subnet: sb, private_address: 10.1.0.9 } }
       |                 --- this gateway       ^^
    ");
}

#[test]
fn a_vpc_with_tables_should_say_which_is_the_default() {
    insta::assert_snapshot!(said("
canreach: 1
profile: generic
vpcs: { a: { cidrs: [10.0.0.0/16] } }
route_tables: { main: { vpc: a } }
"), @r"
    warning[model::no_default_table]: VPC `a` has route tables, but no default one
     --> m.yaml:4:9
      |
    4 | vpcs: { a: { cidrs: [10.0.0.0/16] } }
      |         ^ subnets without a `route_table` have local routes only
      |
      = help: add for example `default_route_table: main`, or call a table `default`
    ");
}
