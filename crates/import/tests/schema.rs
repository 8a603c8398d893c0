//! The examples are models by the schema, and what is no model is none.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its inputs has failed")]

use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&canreach_import::model_schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// What is wrong with a text by the schema, each with its place.
fn wrong(schema: &jsonschema::Validator, text: &str) -> Vec<String> {
    let value = yaml(text);
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its inputs")]
fn yaml_below(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_below(&path, found);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn every_example_is_a_model_by_the_schema() {
    let schema = schema();
    let mut files = Vec::new();
    yaml_below(&root().join("models"), &mut files);
    files.retain(|(_, text)| text.lines().any(|line| line.starts_with("canreach:")));
    assert!(files.len() > 30, "{}", files.len());
    for (path, text) in files {
        assert_eq!(wrong(&schema, &text), [""; 0], "{path}");
    }
}

#[test]
fn the_sample_of_the_documentation_is_a_model_by_the_schema() {
    let page = include_str!("../../../docs/model.md");
    let samples = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let schema = schema();
    for sample in samples.filter(|sample| sample.contains("canreach: 1")) {
        assert_eq!(wrong(&schema, sample), [""; 0], "{sample}");
    }
}

#[test]
fn what_the_reader_refuses_by_its_form_the_schema_refuses_too() {
    let schema = schema();
    for text in [
        "vpcs: {}",
        "canreach: 2",
        "{canreach: 1, vpc: {}}",
        "{canreach: 1, vpcs: {a: {}}}",
        "{canreach: 1, vpcs: {a: {cidrs: 10}}}",
        "{canreach: 1, vpcs: {a: {cidrs: 10.0.0.0}}}",
        "{canreach: 1, vpcs: {a: {cidrs: 10.0.0.0/8, cidr: 10.0.0.0/8}}}",
        "{canreach: 1, vpcs: {a: {cidrs: 10.0.0.0/8, profile: azure}}}",
        "{canreach: 1, vpcs: {a: {cidrs: 10.0.0.0/8, default_route_table: }}}",
        "{canreach: 1, security_groups: {a: {ingress: [{destination: 10.0.0.0/8}]}}}",
        "{canreach: 1, security_groups: {a: {ingress: [{priority: 101}]}}}",
        "{canreach: 1, network_acls: {a: {ingress: [{number: 1}]}}}",
        "{canreach: 1, network_acls: {a: {ingress: [{action: permit}]}}}",
        "{canreach: 1, network_acls: {a: {ingress: [{action: deny, source: {security_group: a}}]}}}",
        "{canreach: 1, instances: {a: {services: [{protocol: tcp, ports: 70000, listen: '*'}]}}}",
        "{canreach: 1, facts: {a: {statement: it rains}}}",
    ] {
        assert!(!wrong(&schema, text).is_empty(), "{text}");
    }
}

#[test]
fn what_the_reader_takes_the_schema_takes_too() {
    let schema = schema();
    for text in [
        "{canreach: 1, vpcs: }",
        "{canreach: 1, vpcs: {a: {cidrs: 10.0.0.0/8, account: 012345678901, tags: {x: , y: 1}}}}",
        "{canreach: 1, security_groups: {a: , b: {}}}",
        "{canreach: 1, security_groups: {a: {ingress: [{}, {protocol: 47}, {ports: [1, 2-3]}]}}}",
        "{canreach: 1, instances: {web-1: }}",
        "{canreach: 1, address_groups: {a: {entries: [1.2.3.4, 10.0.0.0/8, 10.0.0.1-10.0.0.9]}}}",
    ] {
        assert_eq!(wrong(&schema, text), [""; 0], "{text}");
    }
}
