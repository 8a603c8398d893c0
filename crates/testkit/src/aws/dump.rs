//! A network as answers of the AWS CLI: one file for each call, in the layout of the collector.

mod balancers;
mod filters;
mod places;
mod routes;
mod transit;

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::Meta;
use serde_json::{Map, Value, json};

use super::Network;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";

/// Returns the files of a network, by path: the content is JSON as the CLI prints it.
///
/// The network must be one that AWS can have, as those of [`super::network`] are; what else a network
/// may hold is left out.
#[must_use]
pub fn dump(estate: &Network) -> BTreeMap<String, String> {
    let network = &estate.network;
    let mut answers: Vec<(String, Value)> = vec![
        answer("Vpcs", places::vpcs(network)),
        answer("Subnets", places::subnets(network)),
        answer("NetworkInterfaces", places::interfaces(network)),
        answer("Reservations", places::reservations(network)),
        answer("InternetGateways", places::internet_gateways(network, false)),
        answer("EgressOnlyInternetGateways", places::internet_gateways(network, true)),
        answer("NatGateways", places::nat_gateways(network)),
        answer("Addresses", places::addresses(network)),
        answer("VpcPeeringConnections", places::peerings(network)),
        answer("SecurityGroups", filters::security_groups(network)),
        answer("NetworkAcls", filters::network_acls(estate)),
        answer("RouteTables", routes::route_tables(network)),
    ];
    answers.extend(transit::answers(network));
    answers.extend(balancers::answers(estate));
    let file = |(key, content): (String, Value)| {
        (format!("accounts/{ACCOUNT}/{REGION}/{key}.json"), format!("{content:#}\n"))
    };
    answers.into_iter().map(file).collect()
}

fn answer(key: &str, objects: Vec<Value>) -> (String, Value) {
    let content = Map::from_iter([(key.to_owned(), Value::Array(objects))]);
    (key.to_owned(), Value::Object(content))
}

fn id(meta: &Meta) -> Value {
    json!(meta.id)
}

fn v4(addresses: &[IpAddr]) -> Vec<IpAddr> {
    addresses.iter().copied().filter(IpAddr::is_ipv4).collect()
}

fn v6(addresses: &[IpAddr]) -> Vec<IpAddr> {
    addresses.iter().copied().filter(IpAddr::is_ipv6).collect()
}

/// The name that the account has for a zone.
fn zone_name(zone: Option<&str>) -> String {
    format!("{REGION}{}", if zone == Some("az1") { "a" } else { "b" })
}
