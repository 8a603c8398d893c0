//! The schema and the reader know the same keys.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::native::{
    about::{self, ABOUT},
    balancers, cloud_firewalls,
    fields::Keys,
    host_firewalls, hosts, objects, parameters, record, routes, rules, transit, values, windows,
};

/// Each type of the notation with the keys that the reader takes for it.
const PARTS: &[(&str, &Keys)] = &[
    ("Access", &balancers::ACCESS),
    ("AccessRule", &balancers::ACCESS_RULE),
    ("AclRule", &rules::ACL_RULE),
    ("AddressGroup", &objects::ADDRESS_GROUP),
    ("Assumption", &record::ASSUMPTION),
    ("Border", &cloud_firewalls::BORDER),
    ("BorderRule", &cloud_firewalls::BORDER_RULE),
    ("Chain", &host_firewalls::CHAIN),
    ("ChainRule", &host_firewalls::CHAIN_RULE),
    ("CloudFirewall", &cloud_firewalls::CLOUD_FIREWALL),
    ("Connection", &transit::CONNECTION),
    ("Derived", &about::DERIVED),
    ("DestinationTranslation", &hosts::DNAT),
    ("EgressRule", &rules::EGRESS),
    ("Endpoint", &balancers::ENDPOINT),
    ("Exemption", &parameters::EXEMPTION),
    ("Fact", &record::FACT),
    ("GatewayEndpoint", &balancers::GATEWAY_ENDPOINT),
    ("HighRiskPorts", &parameters::HIGH_RISK_PORTS),
    ("HostFirewall", &host_firewalls::FIREWALL),
    ("HostRoute", &hosts::HOST_ROUTE),
    ("Implied", &about::IMPLIED),
    ("IngressRule", &rules::INGRESS),
    ("InnerInterface", &balancers::BALANCER_INTERFACE),
    ("Instance", &hosts::INSTANCE),
    ("InstanceInterface", &hosts::INSTANCE_INTERFACE),
    ("Interface", &hosts::INTERFACE),
    ("InternetGateway", &objects::INTERNET_GATEWAY),
    ("Listed", &cloud_firewalls::LISTED),
    ("Listener", &balancers::LISTENER),
    ("LoadBalancer", &balancers::LOAD_BALANCER),
    ("NatGateway", &hosts::NAT_GATEWAY),
    ("NetworkAcl", &rules::NETWORK_ACL),
    ("NetworkAclParameters", &parameters::NETWORK_ACL),
    ("OutsideNetwork", &objects::OUTSIDE_NETWORK),
    ("OwnSettings", &parameters::OWN_SETTINGS),
    ("Parameters", &parameters::PARAMETERS),
    ("Peering", &objects::PEERING),
    ("PeeringParameters", &parameters::PEERING),
    ("PublicAddress", &objects::PUBLIC_ADDRESS),
    ("RemoteNetwork", &transit::REMOTE_NETWORK),
    ("Route", &routes::ROUTE),
    ("RouteTable", &routes::ROUTE_TABLE),
    ("RoutingParameters", &parameters::ROUTING),
    ("SecurityGroup", &rules::SECURITY_GROUP),
    ("SecurityGroupParameters", &parameters::SECURITY_GROUP),
    ("Service", &hosts::SERVICE),
    ("Settings", &parameters::SETTINGS),
    ("Source", &record::SOURCE),
    ("SourceTranslation", &hosts::SNAT),
    ("Subnet", &objects::SUBNET),
    ("Target", &balancers::TARGET),
    ("ToldEntry", &objects::ENTRY),
    ("TransitAttachment", &transit::TRANSIT_ATTACHMENT),
    ("TransitGateway", &transit::TRANSIT_GATEWAY),
    ("TransitRoute", &transit::TRANSIT_ROUTE),
    ("TransitRouteTable", &transit::TRANSIT_ROUTE_TABLE),
    ("TranslationParameters", &parameters::TRANSLATION),
    ("VirtualAddress", &balancers::VIRTUAL_ADDRESS),
    ("Vpc", &objects::VPC),
    ("VpcBorder", &cloud_firewalls::VPC_BORDER),
    ("Windows", &windows::WINDOWS),
    ("WindowsRule", &windows::WINDOWS_RULE),
];

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
    for (name, keys) in PARTS {
        assert_eq!(properties(&schema["$defs"][*name]), known(keys), "{name}");
    }
}

/// A type that is missing from the list above would not be held against the reader.
#[test]
fn every_type_with_keys_is_held_against_the_reader() {
    let schema = super::schema::model();
    let listed: BTreeSet<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    // Several types share the list of keys of which each has one.
    let shared = [
        (&values::END, ["AddressGroupEnd", "SecurityGroupEnd"]),
        (&host_firewalls::VERDICT, ["Goto", "Jump"]),
    ];
    let is_shared = |name: &&str| shared.iter().any(|(_, names)| names.contains(name));
    let with_keys: BTreeSet<&str> = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, part)| part.get("properties").is_some())
        .map(|(name, _)| name.as_str())
        .filter(|name| !is_shared(name))
        .collect();
    assert_eq!(with_keys, listed);
    for (keys, names) in shared {
        let together: BTreeSet<&str> =
            names.iter().flat_map(|name| properties(&schema["$defs"][*name])).collect();
        assert_eq!(together, known(keys));
    }
}

/// And a list of keys that is missing from the list above would not be held against the schema.
#[test]
fn every_list_of_keys_is_held_against_the_schema() {
    let sources = [
        include_str!("../about.rs"),
        include_str!("../balancers.rs"),
        include_str!("../cloud_firewalls.rs"),
        include_str!("../host_firewalls.rs"),
        include_str!("../hosts.rs"),
        include_str!("../objects.rs"),
        include_str!("../parameters.rs"),
        include_str!("../record.rs"),
        include_str!("../routes.rs"),
        include_str!("../rules.rs"),
        include_str!("../transit.rs"),
        include_str!("../values.rs"),
        include_str!("../windows.rs"),
    ];
    let lists: usize = sources.iter().map(|source| source.matches("    what: \"").count()).sum();
    let on_one_line: usize =
        sources.iter().map(|source| source.matches("Keys { what: \"").count()).sum();
    // The file itself, the ends of rules, verdicts with chains, open settings, and the rules of records
    // are no parts.
    assert_eq!(lists + on_one_line, PARTS.len() + 5);
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
