//! Route tables.

use canreach_model::{Network, Route, RouteTableId, RouteTarget};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, id};

pub(super) fn route_tables(network: &Network) -> Vec<Value> {
    let all = network.route_tables.iter().map(|(key, table)| {
        json!({
            "RouteTableId": id(&table.meta), "VpcId": id(&network.vpcs[table.vpc].meta),
            "OwnerId": ACCOUNT, "Associations": associations(network, key), "PropagatingVgws": [],
            "Routes": table.routes.iter().map(|it| route(network, it)).collect::<Vec<_>>(),
        })
    });
    all.collect()
}

fn associations(network: &Network, table: RouteTableId) -> Vec<Value> {
    let state = json!({ "State": "associated" });
    let mut all = Vec::new();
    for (_, vpc) in network.vpcs.iter().filter(|(_, vpc)| vpc.default_route_table == table) {
        all.push(json!({ "Main": true, "AssociationState": state, "VpcId": id(&vpc.meta) }));
    }
    for (_, subnet) in network.subnets.iter().filter(|(_, subnet)| subnet.route_table == table) {
        let main = network.vpcs[subnet.vpc].default_route_table == table;
        if !main {
            let subnet = id(&subnet.meta);
            all.push(json!({ "Main": false, "AssociationState": state, "SubnetId": subnet }));
        }
    }
    let gateways = network.internet_gateways.iter();
    for (_, gateway) in gateways.filter(|(_, it)| it.route_table == Some(table)) {
        let gateway = id(&gateway.meta);
        all.push(json!({ "Main": false, "AssociationState": state, "GatewayId": gateway }));
    }
    all
}

fn route(network: &Network, route: &Route) -> Value {
    let ipv6 = route.destination.addr().is_ipv6();
    let key = if ipv6 { "DestinationIpv6CidrBlock" } else { "DestinationCidrBlock" };
    let (target, value) = match route.target {
        RouteTarget::Local => ("GatewayId", json!("local")),
        RouteTarget::InternetGateway(gateway) => {
            let gateway = &network.internet_gateways[gateway];
            let egress_only = gateway.egress_only;
            let key = if egress_only { "EgressOnlyInternetGatewayId" } else { "GatewayId" };
            (key, id(&gateway.meta))
        }
        RouteTarget::NatGateway(nat) => ("NatGatewayId", id(&network.nat_gateways[nat].meta)),
        RouteTarget::Peering(peering) => {
            ("VpcPeeringConnectionId", id(&network.peerings[peering].meta))
        }
        RouteTarget::TransitGateway(gateway) => {
            ("TransitGatewayId", id(&network.transit_gateways[gateway].meta))
        }
        RouteTarget::Interface(interface) => {
            ("NetworkInterfaceId", id(&network.interfaces[interface].meta))
        }
        RouteTarget::Blackhole
        | RouteTarget::Connection(_)
        | RouteTarget::VirtualAddress(_)
        | RouteTarget::GatewayEndpoint(_)
        | RouteTarget::Unresolved(_) => ("NatGatewayId", json!("nat-gone")),
    };
    let gone = value == json!("nat-gone");
    let content = [
        (key.to_owned(), json!(route.destination.to_string())),
        (target.to_owned(), value),
        ("State".to_owned(), json!(if gone { "blackhole" } else { "active" })),
        ("Origin".to_owned(), json!("CreateRoute")),
    ];
    Value::Object(Map::from_iter(content))
}
