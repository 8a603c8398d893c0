//! What is said about files that are no models: syntax, keys, types.

use std::fmt::Write;

use crate::common::{said, said_of};

#[test]
fn a_syntax_error_names_its_place() {
    insta::assert_snapshot!(said("canreach: 1\nvpcs: [a\nsubnets: {}\n"), @r"
    error[model::syntax]: the file is no YAML: illegal placement of ':' indicator
     --> m.yaml:3:8
      |
    3 | subnets: {}
      |        ^ reading stopped here
    ");
    insta::assert_snapshot!(said("canreach: 1\nvpcs:\n\ta: {}\n"), @r"
    error[model::syntax]: the file is no YAML: tabs disallowed within this context (block indentation)
     --> m.yaml:3:2
      |
    3 |     a: {}
      |     ^ reading stopped here
      |
      = help: indent with spaces; YAML allows no tabs there
    ");
    insta::assert_snapshot!(said("canreach: 1\ninstances: { a: { services: [{ listen: * }] } }\n"), @r#"
    error[model::syntax]: the file is no YAML: while scanning an anchor or alias, did not find expected alphabetic or numeric character
     --> m.yaml:2:40
      |
    2 | instances: { a: { services: [{ listen: * }] } }
      |                                        ^ reading stopped here
      |
      = help: write `"*"` in quotes; a bare `*` is an alias in YAML
    "#);
    insta::assert_snapshot!(said("canreach: 1\n---\ncanreach: 1\n"), @r"
    error[model::syntax]: a file holds one model
     --> m.yaml:3:1
      |
    3 | canreach: 1
      | ^ a second YAML document begins here
      |
      = help: move it to a file of its own
    ");
    insta::assert_snapshot!(said("{\"canreach\": 1, \"vpcs\": {\"a\": {\n"), @r#"
    error[model::syntax]: the file is no YAML: unclosed bracket '{'
     --> m.yaml:1:31
      |
    1 | {"canreach": 1, "vpcs": {"a": {
      |                               ^ reading stopped here
      |
      = help: close it; was the file cut off?
    "#);
}

#[test]
fn limits_are_said() {
    let deep = format!("canreach: 1\nvpcs: {}1{}\n", "[".repeat(200), "]".repeat(200));
    assert!(
        said(&deep).starts_with("error[model::too_large]: the file is nested or repeated"),
        "{}",
        said(&deep)
    );
    let mut bomb = String::from("canreach: 1\nx0: &x0 [a, a, a, a, a, a, a, a, a]\n");
    for level in 1..12 {
        let before = level - 1;
        let items = vec![format!("*x{before}"); 9].join(", ");
        let _ = writeln!(bomb, "x{level}: &x{level} [{items}]");
    }
    assert!(said(&bomb).starts_with("error[model::too_large]"), "{}", said(&bomb));
    let mut ladder = String::from("canreach: 1\nx0: &x0 [a]\n");
    for level in 1..300 {
        let _ = writeln!(ladder, "x{level}: &x{level} [*x{}]", level - 1);
    }
    assert!(said(&ladder).starts_with("error[model::"), "{}", said(&ladder));
}

#[test]
fn a_version_that_is_not_known_is_all_that_is_said() {
    insta::assert_snapshot!(said("canreach: 2\nfirewalls: {}\n"), @r"
    error[model::version]: version `2` of the notation is not supported
     --> m.yaml:1:11
      |
    1 | canreach: 2
      |           ^
      |
      = help: write `canreach: 1`, or use a newer canreach
    ");
}

#[test]
fn a_model_says_something() {
    insta::assert_snapshot!(said("canreach: 1\n"), @r"
    error[model::empty]: the model describes nothing
     --> m.yaml:1:11
      |
    1 | canreach: 1
      |           ^
      |
      = help: add `vpcs`, `subnets` and `instances`
    ");
    insta::assert_snapshot!(said("canreach: 1\nvpcs: { a: { cidrs: [10.0.0.0/8] } }\n"), @r"
    error[model::missing_key]: the model needs the key `profile`
     --> m.yaml:1:11
      |
    1 | canreach: 1
      |           ^ nothing says which cloud this is
      |
      = help: write `profile: huawei`, `huawei-allow-only`, `aws`, or `generic` for no particular cloud
    ");
    insta::assert_snapshot!(said("vpcs: { a: {} }\nsubnets: {}\n"), @r"
    error[model::no_version]: this looks like a canreach model, but has no `canreach` key
     --> m.yaml:1:1
      |
    1 | vpcs: { a: {} }
      | ^^^^
      |
      = help: begin the file with `canreach: 1`
    ");
}

#[test]
fn keys_are_known_unique_and_there() {
    insta::assert_snapshot!(said("
canreach: 1
profile: awss
vpc: {}
vpcs:
  a: { cidr: 10.0.0.0/16 }
  b: { cidrs: [10.0.0.0/16], cidrs: [10.1.0.0/16] }
  b: { cidrs: [10.2.0.0/16] }
subnets:
  s: { vpc: a, cidrs: [10.0.1.0/24], security_groups: [] }
"), @r"
    error[model::word]: `awss` is not a profile
     --> m.yaml:3:10
      |
    3 | profile: awss
      |          ^^^^
      |
      = help: did you mean `aws`?
    error[model::unknown_key]: a model has no key `vpc`
     --> m.yaml:4:1
      |
    4 | vpc: {}
      | ^^^ unknown key
      |
      = help: did you mean `vpcs`?
    error[model::missing_key]: a VPC needs the key `cidrs`
     --> m.yaml:6:3
      |
    6 |   a: { cidr: 10.0.0.0/16 }
      |   ^ has no `cidrs`
      |
      = help: write for example `cidrs: [10.0.0.0/16]`
    error[model::unknown_key]: a VPC has no key `cidr`
     --> m.yaml:6:8
      |
    6 |   a: { cidr: 10.0.0.0/16 }
      |        ^^^^ unknown key
      |
      = help: did you mean `cidrs`?
    error[model::duplicate_key]: key `cidrs` is written twice
     --> m.yaml:7:30
      |
    7 |   b: { cidrs: [10.0.0.0/16], cidrs: [10.1.0.0/16] }
      |        -----                 ^^^^^ written again
      |        |
      |        first defined here
    error[model::duplicate_key]: VPC `b` is defined twice
     --> m.yaml:8:3
      |
    8 |   b: { cidrs: [10.2.0.0/16] }
      |   ^ written again
      |
     ::: m.yaml:7:3
      |
    7 |   b: { cidrs: [10.0.0.0/16], cidrs: [10.1.0.0/16] }
      |   - first defined here
    error[model::unknown_key]: a subnet has no key `security_groups`
      --> m.yaml:10:38
       |
    10 |   s: { vpc: a, cidrs: [10.0.1.0/24], security_groups: [] }
       |                                      ^^^^^^^^^^^^^^^ unknown key
       |
       = help: security groups belong to interfaces
    ");
}

#[test]
fn values_have_their_type() {
    insta::assert_snapshot!(said("
canreach: 1
profile: [aws]
vpcs: [a]
subnets: { s: 10.0.0.0/8 }
route_tables: { t: { vpc: {}, routes: { a: b } } }
instances: { i: { services: , running: yes, tags: [x] } }
? [x]
: y
"), @r"
    error[model::wrong_type]: expected a profile: `huawei`, `huawei-allow-only`, `aws`, `generic`
     --> m.yaml:3:10
      |
    3 | profile: [aws]
      |          ^^^^^ this is a list
    error[model::wrong_type]: `vpcs` is a mapping from names to objects
     --> m.yaml:4:7
      |
    4 | vpcs: [a]
      |       ^^^ this is a list
    error[model::wrong_type]: a subnet is a mapping
     --> m.yaml:5:15
      |
    5 | subnets: { s: 10.0.0.0/8 }
      |               ^^^^^^^^^^ this is a single value
    error[model::wrong_type]: expected the name of a VPC
     --> m.yaml:6:27
      |
    6 | route_tables: { t: { vpc: {}, routes: { a: b } } }
      |                           ^^ this is a mapping
    error[model::wrong_type]: `routes` is a list
     --> m.yaml:6:39
      |
    6 | route_tables: { t: { vpc: {}, routes: { a: b } } }
      |                                       ^^^^^^^^ this is a mapping
    error[model::wrong_type]: `services` is a list; `[]` says that nothing listens
     --> m.yaml:7:27
      |
    7 | instances: { i: { services: , running: yes, tags: [x] } }
      |                           ^ this is nothing
    error[model::wrong_type]: `yes` is neither `true` nor `false`
     --> m.yaml:7:40
      |
    7 | instances: { i: { services: , running: yes, tags: [x] } }
      |                                        ^^^
    error[model::wrong_type]: tags are a mapping, such as `{ role: web }`
     --> m.yaml:7:51
      |
    7 | instances: { i: { services: , running: yes, tags: [x] } }
      |                                                   ^^^ this is a list
    error[model::wrong_type]: a key must be a name
     --> m.yaml:8:3
      |
    8 | ? [x]
      |   ^^^ this is a list
    ");
}

#[test]
fn all_errors_of_all_files_are_told_in_order() {
    let texts =
        [("b.yaml", "canreach: 1\nvpcs: [\n"), ("a.yaml", "canreach: 1\nprofile: x\nfoo: 1\n")];
    insta::assert_snapshot!(said_of(&texts), @r"
    error[model::syntax]: the file is no YAML: unclosed bracket '['
     --> b.yaml:2:7
      |
    2 | vpcs: [
      |       ^ reading stopped here
      |
      = help: close it; was the file cut off?
    error[model::empty]: the model describes nothing
     --> a.yaml:1:11
      |
    1 | canreach: 1
      |           ^
      |
      = help: add `vpcs`, `subnets` and `instances`
    error[model::word]: `x` is not a profile
     --> a.yaml:2:10
      |
    2 | profile: x
      |          ^
      |
      = help: expected a profile: `huawei`, `huawei-allow-only`, `aws`, `generic`
    error[model::unknown_key]: a model has no key `foo`
     --> a.yaml:3:1
      |
    3 | foo: 1
      | ^^^ unknown key
      |
      = help: docs/model.md lists the keys that a model has
    ");
}

#[test]
fn without_network_data_there_is_nothing_to_ask() {
    insta::assert_snapshot!(said_of(&[]), @r"
    error[input::no_data]: no network data: there are no files
     |
     = help: a model begins with `canreach: 1`; a dump is what `aws ec2 describe-…` prints as JSON
    ");
    insta::assert_snapshot!(said_of(&[("a.csv", "a,b\n"), ("b", ""), ("c", "x"), ("d", "y"), ("e", "z")]), @r"
    error[input::no_data]: no network data in `a.csv`, `b`, `c` and 2 more files
     |
     = help: a model begins with `canreach: 1`; a dump is what `aws ec2 describe-…` prints as JSON
    ");
}

#[test]
fn damaged_files_are_no_network_data_in_silence() {
    insta::assert_snapshot!(said_of(&[("a.json", "{\n  \"SecurityGro")]), @r#"
    error[input::truncated]: this file begins as JSON and ends in the middle
     --> a.json:2:15
      |
    2 |   "SecurityGro
      |               ^
      |
      = help: record it again; was the disk full, or the command interrupted?
    "#);
}
