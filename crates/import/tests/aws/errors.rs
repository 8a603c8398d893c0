//! What is said about dumps that cannot be used.

use canreach_import::Severity;
use proptest::prelude::*;

use super::*;

/// Returns what is said about a dump of one file: code, line and column, message.
fn said(text: &str) -> Vec<String> {
    let import = tried(&vec![("x.json".to_owned(), text.to_owned())]);
    let place = |at: usize| {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        (line, at - before.rfind('\n').map_or(0, |found| found + 1) + 1)
    };
    let diagnostics = import.diagnostics.iter();
    diagnostics
        .map(|one| {
            assert_eq!(one.severity, Severity::Error);
            assert!(one.help.is_some());
            let (line, column) = place(one.span.start);
            format!("{} {line}:{column} {}", one.code, one.message)
        })
        .collect()
}

#[test]
fn every_error_of_a_file_is_said_at_its_place() {
    let text = r#"{"Subnets": [
  {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": 5},
  {"VpcId": 7, "CidrBlock": "10.0.0/24"},
  {"SubnetId": "subnet-3", "VpcId": "vpc-1", "CidrBlock": "10.0.0.1/24"},
  17,
  {"SubnetId": "subnet-4", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/33", "Tags": {"a": "b"}}
]}"#;
    assert_eq!(
        said(text),
        [
            "aws::wrong_type 2:59 `CidrBlock` is `5`, expected a CIDR block such as `10.0.0.0/16`",
            "aws::missing_key 3:3 this object has no `SubnetId`",
            "aws::wrong_type 3:13 `VpcId` is `7`, expected a text in quotes",
            "aws::wrong_type 3:29 `CidrBlock` is `\"10.0.0/24\"`, expected a CIDR block such as `10.0.0.0/16`",
            "aws::host_bits 4:59 CIDR block `10.0.0.1/24` has host bits set",
            "aws::wrong_type 5:3 found integer `17`, expected an object",
            "aws::wrong_type 6:82 found an object, expected a list",
        ]
    );
}

#[test]
fn rules_with_wrong_values_are_errors() {
    let text = r#"{"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissionsEgress": [],
  "IpPermissions": [
    {"IpProtocol": "tcp", "FromPort": 99999999999999999999, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    {"IpProtocol": "tcp", "FromPort": 90, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    {"IpProtocol": "smtp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    {"FromPort": 1, "ToPort": 2, "IpRanges": [{"Description": "x"}]},
    {"IpProtocol": "icmp", "FromPort": 256, "ToPort": -1, "IpRanges": null}
  ]}]}"#;
    assert_eq!(
        said(text),
        [
            "aws::wrong_type 3:39 `FromPort` is `99999999999999999999`, expected a whole number from -1 to 65535",
            "aws::reversed_ports 4:39 port range `90-80` is reversed; write `80-90`",
            "aws::wrong_type 5:20 `IpProtocol` is `\"smtp\"`, expected `-1`, `tcp`, `udp`, `icmp` or a number from 0 to 255",
            "aws::missing_key 6:5 this object has no `IpProtocol`",
            "aws::missing_key 6:47 this object has no `CidrIp`",
            "aws::wrong_type 7:40 `FromPort` is `256`, expected a whole number from -1 to 255",
        ]
    );
}

#[test]
fn entries_of_a_network_acl_must_say_everything() {
    let text = r#"{"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Entries": [
  {"RuleNumber": 1e400, "Egress": "no", "Protocol": "6", "RuleAction": "drop", "CidrBlock": "10.0.0.0/8"},
  {"Protocol": "-1", "RuleAction": "deny"}
]}]}"#;
    assert_eq!(
        said(text),
        [
            "aws::wrong_type 2:18 `RuleNumber` is `1e400`, expected a whole number from 1 to 65535",
            "aws::wrong_type 2:35 `Egress` is `\"no\"`, expected `true` or `false`",
            "aws::wrong_type 2:72 `RuleAction` is `\"drop\"`, expected `allow` or `deny`",
            "aws::missing_key 3:3 this object has no `RuleNumber`",
            "aws::missing_key 3:3 this object has no `Egress`",
            "aws::missing_key 3:3 this object has no `CidrBlock`",
        ]
    );
}

#[test]
fn one_file_that_describes_an_object_twice_and_differently_is_an_error() {
    let text = r#"{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"},
  {"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16"}, {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}"#;
    assert_eq!(
        said(text),
        [
            "aws::described_twice 2:3 VPC `vpc-1` is described twice, and the descriptions disagree about its CIDR blocks"
        ]
    );
}

#[test]
fn a_key_written_twice_and_broken_json_are_errors() {
    assert_eq!(
        said("{\"Vpcs\": [\n{\"VpcId\": \"vpc-1\", \"VpcId\": \"vpc-2\"}]}"),
        ["aws::duplicate_key 2:20 key `VpcId` is written twice"]
    );
    assert_eq!(
        said("{\"Vpcs\": [\n{\"VpcId\" \"vpc-1\"}]}"),
        ["aws::syntax 2:10 this is no JSON: expected `:`"]
    );
    assert_eq!(
        said("{\"Subnets\": [], \"Vpcs\": \"none\"}"),
        ["aws::wrong_type 1:18 `Vpcs` is a text, expected a list"]
    );
    assert_eq!(
        said("{\"Subnets\": [], \"Vpcs\": null}"),
        ["aws::wrong_type 1:18 `Vpcs` is empty, expected a list"]
    );
}

#[test]
fn a_truncated_file_is_an_error() {
    let (path, text) =
        base().into_iter().find(|(path, _)| path.ends_with("SecurityGroups.json")).unwrap();
    for length in (20..text.len() - 2).step_by(97) {
        let import = tried(&vec![(path.clone(), text[..length].to_owned())]);
        let codes: Vec<_> = import.diagnostics.iter().map(|one| one.code).collect();
        // Before its first list, a file that ends early is not yet known to be an answer.
        assert!(codes == ["aws::truncated"] || codes == ["input::truncated"], "{length} {codes:?}");
        assert!(length < 50 || codes == ["aws::truncated"], "{length} {codes:?}");
    }
}

#[test]
fn deep_nesting_never_overflows() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert_eq!(said(&format!("{{\"Vpcs\": [{deep}]}}")).len(), 1);
    let ignored = format!(
        "{{\"Vpcs\": [{{\"VpcId\": \"vpc-1\", \"CidrBlock\": \"10.0.0.0/16\", \"Extra\": {deep}}}]}}"
    );
    assert_eq!(said(&ignored), Vec::<String>::new(), "what is not read may be as deep as it likes");
    let deepest = format!("{{\"Vpcs\": {}", "[".repeat(1_000_000));
    assert_eq!(said(&deepest).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any text may be lost, doubled or exchanged for a word that JSON knows: no panic, and no span
    /// outside the file.
    #[test]
    fn no_damage_makes_the_reader_panic(file in 0..17_usize, at in any::<prop::sample::Index>(), length in 0..40_usize, word in prop::sample::select(vec!["", "null", "[]", "{}", "0", "-1", "\"\"", "\"x\"", "true", "\\ud800", "1e999", ","])) {
        let mut dump = base();
        let text = &mut dump[file].1;
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.replace_range(start..end, word);
        let length = text.len();
        for diagnostic in tried(&dump).diagnostics {
            prop_assert!(diagnostic.span.end <= length.max(diagnostic.span.start));
        }
    }
}
