//! VPC endpoints: gateways that routes lead to, and interfaces that answer.

use canreach_model::InterfaceOwner;

use super::*;

/// The starting point with the endpoint that its private table routes a prefix list to.
fn with(members: &str) -> Dump {
    let mut dump = base();
    let text = format!(
        r#"{{"VpcEndpoints": [{{"VpcEndpointId": "vpce-1", "VpcId": "vpc-a", {members}}}]}}"#
    );
    dump.push(("dump/VpcEndpoints.json".to_owned(), text));
    dump
}

/// Returns where the routes of the prefix list lead.
fn leads(members: &str) -> Vec<String> {
    let Import { network, .. } = read(&with(members));
    let tables = network.route_tables.iter();
    let every = tables.flat_map(|(_, table)| table.routes.iter().map(|one| route(&network, one)));
    every.filter(|route| route.starts_with("203.0.113.192/26")).collect()
}

#[test]
fn a_gateway_endpoint_is_where_its_prefix_list_is_routed_to() {
    let said = leads(r#""VpcEndpointType": "Gateway", "State": "available""#);
    assert_eq!(said, ["203.0.113.192/26 -> vpce-1"]);
    let Import { network, .. } =
        read(&with(r#""VpcEndpointType": "Gateway", "State": "available""#));
    let (_, endpoint) = get!(network.gateway_endpoints, "vpce-1");
    assert_eq!(network.vpcs[endpoint.vpc].meta.id, "vpc-a");
}

#[test]
fn an_endpoint_that_is_gone_drops_packets_and_one_that_changes_is_a_fact() {
    let gateway =
        |state: &str| leads(&format!(r#""VpcEndpointType": "Gateway", "State": "{state}""#));
    assert_eq!(gateway("deleted"), ["203.0.113.192/26 -> blackhole"]);
    assert_eq!(
        gateway("pending"),
        [
            "203.0.113.192/26 -> if VPC endpoint `vpce-1`, which is pending, takes the packet and answers it"
        ]
    );
}

#[test]
fn an_endpoint_of_a_gateway_load_balancer_is_a_fact() {
    let members = r#""VpcEndpointType": "GatewayLoadBalancer", "State": "available", "NetworkInterfaceIds": ["eni-rds"]"#;
    let statement =
        "VPC endpoint `vpce-1` of type `GatewayLoadBalancer` takes the packet and answers it";
    assert_eq!(leads(members), [format!("203.0.113.192/26 -> if {statement}")]);
    let Import { network, .. } = read(&with(members));
    let InterfaceOwner::Unmodelled(fact) = get!(network.interfaces, "eni-rds").1.owner else {
        panic!("its interface answers")
    };
    assert_eq!(network.facts[fact].statement, statement);
}

#[test]
fn an_interface_endpoint_answers_at_its_interfaces_as_their_groups_allow() {
    let members = r#""VpcEndpointType": "Interface", "State": "available", "NetworkInterfaceIds": ["eni-rds"]"#;
    let Import { network, .. } = read(&with(members));
    let (_, interface) = get!(network.interfaces, "eni-rds");
    assert_eq!((interface.owner, interface.filtered), (InterfaceOwner::Service, true));
}

#[test]
fn a_policy_that_somebody_wrote_is_an_assumption() {
    let with_policy = |action: &str| {
        let policy = format!(
            r#"{{\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"{action}\",\"Resource\":\"*\"}}]}}"#
        );
        let members = format!(
            r#""VpcEndpointType": "Gateway", "State": "available", "PolicyDocument": "{policy}""#
        );
        let Import { network, .. } = read(&with(&members));
        assumptions(&network).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(with_policy("*"), Vec::<String>::new());
    assert_eq!(
        with_policy("s3:GetObject"),
        [
            "the policy of VPC endpoint `vpce-1`, about requests and not packets, stops nothing that is asked about"
        ]
    );
}
