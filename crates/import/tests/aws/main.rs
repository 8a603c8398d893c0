//! Reading answers of the AWS API: what each key becomes, at which place, and what is left open.
//!
//! The network in `fixtures/aws/base` is the starting point; a test that needs another one changes
//! one text of it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests may stop where it finds something wrong"
)]

mod balancers;
mod connections;
mod endpoints;
mod errors;
mod filters;
mod gaps;
mod gateways;
mod hosts;
mod interfaces;
mod merging;
mod resolver;
mod routes;
mod transit;

use canreach_import::{Import, SourceFile, import};
use canreach_model::{
    AddressMatch, Meta, Network, Origin, PublicAddressTarget, Route, RouteTarget, Rule, Span,
};

/// The files of a dump: path and text.
pub(crate) type Dump = Vec<(String, String)>;

macro_rules! fixture {
    ($($name:literal),*) => {
        vec![$((
            concat!("dump/", $name, ".json").to_owned(),
            include_str!(concat!("../fixtures/aws/base/", $name, ".json")).to_owned(),
        )),*]
    };
}

/// Returns the network that the tests start from.
pub(crate) fn base() -> Dump {
    fixture![
        "Addresses",
        "AvailabilityZones",
        "EgressOnlyInternetGateways",
        "Entries",
        "InternetGateways",
        "NatGateways",
        "NetworkAcls",
        "NetworkInterfaces",
        "PrefixLists",
        "Reservations",
        "RouteTables",
        "SecurityGroups",
        "Subnets",
        "TransitGateways",
        "VpcPeeringConnections",
        "Vpcs",
        "VpnConnections"
    ]
}

/// Returns the starting point without one file.
pub(crate) fn without(name: &str) -> Dump {
    let path = format!("dump/{name}.json");
    let (kept, left): (Dump, Dump) = base().into_iter().partition(|(one, _)| *one != path);
    assert_eq!(left.len(), 1, "{name}");
    kept
}

/// Returns the starting point with one text replaced in one file, where it stands once.
pub(crate) fn changed(name: &str, from: &str, to: &str) -> Dump {
    let mut dump = base();
    let path = format!("dump/{name}.json");
    let (_, text) = dump.iter_mut().find(|(one, _)| *one == path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {name}");
    *text = text.replace(from, to);
    dump
}

/// Reads a dump, whatever comes of it.
pub(crate) fn tried(dump: &Dump) -> Import {
    let files: Vec<SourceFile> = dump
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.clone(),
            bytes: text.clone().into_bytes(),
            digest: String::new(),
        })
        .collect();
    import(&files)
}

/// Reads a dump without errors or warnings.
pub(crate) fn read(dump: &Dump) -> Import {
    let import = tried(dump);
    assert_eq!(import.diagnostics, [], "no complaints");
    import
}

/// Returns the key and object of an id.
macro_rules! get {
    ($table:expr, $id:expr) => {{
        let found = $table.iter().find(|(_, object)| object.meta.id == $id);
        found.unwrap_or_else(|| panic!("no `{}`", $id))
    }};
}
pub(crate) use get;

/// Returns the ids of the objects of a table.
macro_rules! ids {
    ($table:expr) => {
        $table.iter().map(|(_, object)| object.meta.id.as_str()).collect::<Vec<_>>()
    };
}
pub(crate) use ids;

/// Returns the line on which the innermost object that holds `marker` begins in a file of the base.
pub(crate) fn line_of(name: &str, marker: &str) -> usize {
    let path = format!("dump/{name}.json");
    let dump = base();
    let (_, text) = dump.iter().find(|(one, _)| *one == path).unwrap();
    assert_eq!(text.matches(marker).count(), 1, "`{marker}` in {name}");
    let begin = text[..text.find(marker).unwrap()].rfind('{').unwrap();
    text[..begin].matches('\n').count() + 1
}

/// Returns a place as `path:line`, without the folder.
pub(crate) fn place(network: &Network, span: Span) -> String {
    network.sources.location(span).to_string().replace("dump/", "")
}

/// Returns where something comes from, in few words.
pub(crate) fn origin(network: &Network, origin: &Origin) -> String {
    match origin {
        Origin::Written(span) => place(network, *span),
        Origin::Implied(why) => format!("{why:?}"),
        Origin::Derived { how, from } => {
            let from: Vec<_> = from.iter().map(|span| place(network, *span)).collect();
            format!("{how} ({})", from.join(", "))
        }
    }
}

/// Returns a route without its place.
pub(crate) fn route(network: &Network, route: &Route) -> String {
    let target = match route.target {
        RouteTarget::Local => String::from("local"),
        RouteTarget::Blackhole => String::from("blackhole"),
        RouteTarget::InternetGateway(key) => network.internet_gateways[key].meta.id.clone(),
        RouteTarget::NatGateway(key) => network.nat_gateways[key].meta.id.clone(),
        RouteTarget::Peering(key) => network.peerings[key].meta.id.clone(),
        RouteTarget::TransitGateway(key) => network.transit_gateways[key].meta.id.clone(),
        RouteTarget::Connection(key) => network.connections[key].meta.id.clone(),
        RouteTarget::Interface(key) => network.interfaces[key].meta.id.clone(),
        RouteTarget::VirtualAddress(key) => network.virtual_addresses[key].meta.id.clone(),
        RouteTarget::GatewayEndpoint(key) => network.gateway_endpoints[key].meta.id.clone(),
        RouteTarget::Unresolved(fact) => format!("if {}", network.facts[fact].statement),
    };
    format!("{} -> {target}", route.destination)
}

/// Returns the routes of a table.
pub(crate) fn routes(network: &Network, table: &str) -> Vec<String> {
    let (_, table) = get!(network.route_tables, table);
    let routes = table.routes.iter().map(|one| route(network, one));
    routes.filter(|one| !one.contains(RESOLVER)).collect()
}

/// How the fact about the resolver of a VPC begins; every VPC has one, which `resolver` looks at.
pub(crate) const RESOLVER: &str = "the Amazon resolver of";

/// Returns a rule without its place.
pub(crate) fn rule(network: &Network, rule: &Rule) -> String {
    let address = |address: AddressMatch| match address {
        AddressMatch::Any => String::from("any"),
        AddressMatch::Range(range) => range.to_string(),
        AddressMatch::SecurityGroup(key) => network.security_groups[key].meta.id.clone(),
        AddressMatch::AddressGroup(key) => network.address_groups[key].meta.id.clone(),
    };
    let matches = &rule.matches;
    let mut words = vec![rule.action.to_string()];
    words.extend(rule.number.map(|number| format!("#{number}")));
    words.extend(rule.id.clone());
    words.push(matches.protocol.map_or(String::from("all"), |protocol| protocol.to_string()));
    let ports: Vec<_> = matches.destination_ports.ranges().collect();
    if ports != [(0, u16::MAX)] {
        words.push(format!("{ports:?}"));
    }
    words.extend(matches.icmp.map(|icmp| format!("type {:?} code {:?}", icmp.kind, icmp.code)));
    words.push(format!("{} -> {}", address(matches.source), address(matches.destination)));
    words.extend(matches.family.map(|family| family.to_string()));
    words.extend(matches.unresolved.map(|fact| format!("if {}", network.facts[fact].statement)));
    words.join(" ")
}

/// Returns every rule of a list.
pub(crate) fn rules(network: &Network, list: &[Rule]) -> Vec<String> {
    list.iter().map(|one| rule(network, one)).collect()
}

/// Returns the public addresses with what they stand for.
pub(crate) fn public(network: &Network) -> Vec<String> {
    let target = |target: &Option<PublicAddressTarget>| match target {
        None => String::from("nothing"),
        Some(PublicAddressTarget::Unresolved(fact)) => {
            format!("if {}", network.facts[*fact].statement)
        }
        Some(PublicAddressTarget::NatGateway(key)) => network.nat_gateways[*key].meta.id.clone(),
        Some(PublicAddressTarget::VirtualAddress(key)) => {
            network.virtual_addresses[*key].meta.id.clone()
        }
        Some(PublicAddressTarget::Interface { interface, address }) => {
            format!("{} {address}", network.interfaces[*interface].meta.id)
        }
    };
    let addresses = network.public_addresses.iter();
    addresses.map(|(_, one)| format!("{} {}", one.address, target(&one.target))).collect()
}

/// Returns the statements of all facts but those about resolvers.
pub(crate) fn facts(network: &Network) -> Vec<&str> {
    let statements = network.facts.iter().map(|(_, fact)| fact.statement.as_str());
    statements.filter(|one| !one.starts_with(RESOLVER)).collect()
}

/// Returns the statements of all assumptions.
pub(crate) fn assumptions(network: &Network) -> Vec<&str> {
    network.assumptions.iter().map(|one| one.statement.as_str()).collect()
}

/// Returns what was not read, with its file and line.
pub(crate) fn unread(import: &Import) -> Vec<String> {
    let listed = import.report.unread.iter();
    listed
        .map(|one| {
            let at = one.span.map(|span| place(&import.network, span)).unwrap_or_default();
            format!("{at} {}: {}", one.what, one.effect)
        })
        .collect()
}

/// Returns what is rightly left out, with its file and line.
pub(crate) fn left_out(import: &Import) -> Vec<String> {
    let listed = import.report.left_out.iter();
    listed
        .map(|one| {
            let at = one.span.map(|span| place(&import.network, span)).unwrap_or_default();
            format!("{at} {}: {}", one.what, one.effect)
        })
        .collect()
}

/// Returns the account and region of an object.
pub(crate) fn home(meta: &Meta) -> (&str, &str) {
    (meta.account.as_deref().unwrap_or("?"), meta.region.as_deref().unwrap_or("?"))
}
