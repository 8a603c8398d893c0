//! The schema and the reader know the same keys.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::native::{
    about::{self, ABOUT},
    fields::Keys,
    hosts, objects, parameters, record, routes, rules, values,
};

/// Each type of the notation with the keys that the reader takes for it.
const PARTS: [(&str, &Keys); 33] = [
    ("AclRule", &rules::ACL_RULE),
    ("Assumption", &record::ASSUMPTION),
    ("Derived", &about::DERIVED),
    ("DestinationTranslation", &hosts::DNAT),
    ("EgressRule", &rules::EGRESS),
    ("Exemption", &parameters::EXEMPTION),
    ("Fact", &record::FACT),
    ("Implied", &about::IMPLIED),
    ("IngressRule", &rules::INGRESS),
    ("NetworkAclParameters", &parameters::NETWORK_ACL),
    ("Parameters", &parameters::PARAMETERS),
    ("PeeringParameters", &parameters::PEERING),
    ("Route", &routes::ROUTE),
    ("RoutingParameters", &parameters::ROUTING),
    ("SecurityGroupParameters", &parameters::SECURITY_GROUP),
    ("Service", &hosts::SERVICE),
    ("Settings", &parameters::SETTINGS),
    ("Source", &record::SOURCE),
    ("SourceTranslation", &hosts::SNAT),
    ("ToldEntry", &objects::ENTRY),
    ("TranslationParameters", &parameters::TRANSLATION),
    ("AddressGroup", &objects::ADDRESS_GROUP),
    ("Instance", &hosts::INSTANCE),
    ("InstanceInterface", &hosts::INSTANCE_INTERFACE),
    ("Interface", &hosts::INTERFACE),
    ("InternetGateway", &objects::INTERNET_GATEWAY),
    ("NatGateway", &hosts::NAT_GATEWAY),
    ("NetworkAcl", &rules::NETWORK_ACL),
    ("OutsideNetwork", &objects::OUTSIDE_NETWORK),
    ("Peering", &objects::PEERING),
    ("PublicAddress", &objects::PUBLIC_ADDRESS),
    ("RouteTable", &routes::ROUTE_TABLE),
    ("SecurityGroup", &rules::SECURITY_GROUP),
];

const MORE_PARTS: [(&str, &Keys); 2] = [("Subnet", &objects::SUBNET), ("Vpc", &objects::VPC)];

fn properties(schema: &Value) -> BTreeSet<&str> {
    let properties = schema["properties"].as_object();
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// The keys of a type: objects, which have tags, have those that every object has.
fn known(keys: &Keys) -> BTreeSet<&'static str> {
    let about = if keys.known.contains(&"tags") { &ABOUT[..] } else { &[] };
    keys.known.iter().chain(about).copied().collect()
}

#[test]
fn the_schema_has_the_keys_that_the_reader_takes() {
    let schema = super::schema::model();
    assert_eq!(properties(&schema), known(&objects::FILE), "the file itself");
    for (name, keys) in PARTS.into_iter().chain(MORE_PARTS) {
        assert_eq!(properties(&schema["$defs"][name]), known(keys), "{name}");
    }
}

/// A type that is missing from the list above would not be held against the reader.
#[test]
fn every_type_with_keys_is_held_against_the_reader() {
    let schema = super::schema::model();
    let listed: BTreeSet<&str> =
        PARTS.into_iter().chain(MORE_PARTS).map(|(name, _)| name).collect();
    let ends = ["AddressGroupEnd", "SecurityGroupEnd"];
    let with_keys: BTreeSet<&str> = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, part)| part.get("properties").is_some())
        .map(|(name, _)| name.as_str())
        .filter(|name| !ends.contains(name))
        .collect();
    assert_eq!(with_keys, listed);
    let of_ends: BTreeSet<&str> =
        ends.iter().flat_map(|name| properties(&schema["$defs"][*name])).collect();
    assert_eq!(of_ends, known(&values::END));
}

/// And a list of keys that is missing from the list above would not be held against the schema.
#[test]
fn every_list_of_keys_is_held_against_the_schema() {
    let sources = [
        include_str!("../about.rs"),
        include_str!("../hosts.rs"),
        include_str!("../objects.rs"),
        include_str!("../parameters.rs"),
        include_str!("../record.rs"),
        include_str!("../routes.rs"),
        include_str!("../rules.rs"),
        include_str!("../values.rs"),
    ];
    let lists: usize = sources.iter().map(|source| source.matches("    what: \"").count()).sum();
    let on_one_line: usize =
        sources.iter().map(|source| source.matches("Keys { what: \"").count()).sum();
    // The file itself, the ends of rules, open settings, and the rules of records are no parts.
    assert_eq!(lists + on_one_line, PARTS.len() + MORE_PARTS.len() + 4);
}

#[test]
fn unknown_keys_are_refused_everywhere() {
    let schema = super::schema::model();
    assert_eq!(schema["additionalProperties"], false);
    for (name, part) in schema["$defs"].as_object().unwrap() {
        if part.get("properties").is_some() {
            assert_eq!(part["additionalProperties"], false, "{name}");
        }
    }
}

#[test]
fn everything_is_described() {
    fn check(path: &str, properties: &Value) {
        for (key, property) in properties.as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{path}.{key} has no description");
        }
    }
    let schema = super::schema::model();
    check("", &schema["properties"]);
    for (name, part) in schema["$defs"].as_object().unwrap() {
        check(name, &part["properties"]);
    }
}
