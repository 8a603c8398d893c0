//! Whatever the bytes are, reading them ends, says something, and never panics.

use std::fmt::Write;

use canreach_import::{Severity, SourceFile, import, render};
use proptest::prelude::*;

use crate::sample::sample;

const DUMP: &str = r#"{
  "SecurityGroups": [
    {"GroupId": "sg-1", "VpcId": "vpc-1", "GroupName": "a", "IpPermissions": [
      {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
  ]
}"#;

/// Reads bytes as a file and prints all that is said about them.
fn survives(bytes: &[u8]) -> String {
    let files = [SourceFile { path: "x".into(), bytes: bytes.to_vec(), digest: String::new() }];
    let import = import(&files);
    let mut said = String::new();
    for diagnostic in &import.diagnostics {
        said.push_str(&render(diagnostic, &files, false));
    }
    let failed = import.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert!(!failed || import.network.vpcs.is_empty(), "an input with errors gives no network");
    said
}

#[test]
fn every_beginning_of_a_model_is_read() {
    let model = sample();
    for end in (0..model.len()).step_by(19) {
        survives(&model.as_bytes()[..end]);
    }
}

#[test]
fn every_beginning_of_a_dump_is_an_error() {
    // `{` alone tells nothing.
    for end in 2..DUMP.len() - 1 {
        let begin = &DUMP.as_bytes()[..end];
        if begin.trim_ascii().len() > 1 {
            assert!(survives(begin).contains("error["), "{:?}", &DUMP[..end]);
        }
    }
}

#[test]
fn every_value_may_be_of_any_type() {
    let model = sample();
    let values = [
        "",
        "~",
        "[]",
        "{}",
        "[[]]",
        "{ a: b }",
        "-1",
        "1e400",
        "99999999999999999999",
        "true",
        "'",
        "\"\\ud800\"",
        "*",
        "&a x",
        "!!binary eA==",
        "0x10",
        "é",
        "\u{0}",
        ".inf",
        "2001::/3",
    ];
    for (turn, (at, _)) in model.match_indices(": ").enumerate() {
        let rest = &model[at + 2..];
        let end = rest.find([',', '}', '\n']).unwrap_or(rest.len());
        // Every value meets every tenth place; all of them everywhere take too long for each run.
        for value in values.iter().skip(turn % 10).step_by(10) {
            survives(format!("{}: {value}{}", &model[..at], &rest[end..]).as_bytes());
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("{\"a\": ", "}"), ("- ", ""), ("? ", "")] {
        for levels in [15, 16, 17, 64, 200, 20_000] {
            let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            survives(format!("canreach: 1\nvpcs: {deep}\n").as_bytes());
            survives(format!("{{\"canreach\": 1, \"vpcs\": {deep}}}").as_bytes());
            survives(format!("{{\"Vpcs\": [{deep}]}}").as_bytes());
        }
    }
    let mut block = String::from("canreach: 1\nvpcs:\n");
    for level in 1..300 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    assert!(survives(block.as_bytes()).contains("error["));
}

proptest! {
    #[test]
    fn any_bytes_are_something(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn any_text_under_a_key_is_read(text in "\\PC{0,60}", indent in 0_usize..3) {
        survives(format!("canreach: 1\n{}{text}\n", " ".repeat(indent)).as_bytes());
        survives(format!("canreach: 1\nprofile: aws\nvpcs:\n  a: {text}\n").as_bytes());
        survives(format!("{{\"Vpcs\": [{text}]}}").as_bytes());
    }

    #[test]
    fn flipped_bytes_are_read(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        for text in [sample(), DUMP.to_owned()] {
            let mut bytes = text.into_bytes();
            for (at, byte) in &flips {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            survives(&bytes);
        }
    }

    #[test]
    fn lines_may_go_missing_or_move(cut in any::<prop::sample::Index>(), length in 1_usize..4, to in any::<prop::sample::Index>()) {
        let model = sample();
        let mut lines: Vec<&str> = model.lines().collect();
        let from = cut.index(lines.len());
        let moved: Vec<&str> = lines.drain(from..(from + length).min(lines.len())).collect();
        survives(lines.join("\n").as_bytes());
        let at = to.index(lines.len());
        lines.splice(at..at, moved);
        survives(lines.join("\r\n").as_bytes());
    }
}
