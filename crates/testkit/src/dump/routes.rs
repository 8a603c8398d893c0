//! Route tables.

use canreach_model::{PeeringStatus, Route, RouteTableId, RouteTarget};
use serde_json::{Value, json};

use super::{ACCOUNT, Writer};

impl Writer<'_> {
    pub(super) fn routes(&mut self) {
        for id in self.network.route_tables.ids() {
            self.route_table(id);
        }
    }

    fn route_table(&mut self, id: RouteTableId) {
        let table = &self.network.route_tables[id];
        let vpc = &self.network.vpcs[table.vpc];
        let state = json!({ "State": "associated" });
        let mut associations = Vec::new();
        if vpc.default_route_table == id {
            associations.push(json!({ "Main": true, "AssociationState": state }));
        } else {
            let subnets = self.network.subnets.iter().map(|(_, subnet)| subnet);
            for subnet in subnets.filter(|subnet| subnet.route_table == id) {
                associations.push(json!({
                    "Main": false,
                    "SubnetId": subnet.meta.id,
                    "AssociationState": state,
                }));
            }
            let gateways = self.network.internet_gateways.iter().map(|(_, gateway)| gateway);
            for gateway in gateways.filter(|gateway| gateway.route_table == Some(id)) {
                associations.push(json!({
                    "Main": false,
                    "GatewayId": gateway.meta.id,
                    "AssociationState": state,
                }));
            }
        }
        let answer = json!({
            "RouteTableId": table.meta.id,
            "VpcId": vpc.meta.id,
            "OwnerId": ACCOUNT,
            "Associations": associations,
            "PropagatingVgws": [],
            "Routes": table.routes.iter().map(|route| self.route(route)).collect::<Vec<_>>(),
        });
        let region = self.region_of(table.vpc);
        self.add(&region, "RouteTables", &answer);
    }

    fn route(&self, route: &Route) -> Value {
        let network = self.network;
        let gone = |id: &str| ("NatGatewayId", id.to_owned(), false);
        let (key, id, active) = match route.target {
            RouteTarget::Local => ("GatewayId", String::from("local"), true),
            RouteTarget::InternetGateway(id) => {
                let gateway = &network.internet_gateways[id];
                let key =
                    if gateway.egress_only { "EgressOnlyInternetGatewayId" } else { "GatewayId" };
                (key, gateway.meta.id.clone(), true)
            }
            RouteTarget::NatGateway(id) => {
                ("NatGatewayId", network.nat_gateways[id].meta.id.clone(), true)
            }
            RouteTarget::Peering(id) => {
                let peering = &network.peerings[id];
                let active = peering.status == PeeringStatus::Active;
                ("VpcPeeringConnectionId", peering.meta.id.clone(), active)
            }
            RouteTarget::TransitGateway(id) => {
                ("TransitGatewayId", network.transit_gateways[id].meta.id.clone(), true)
            }
            RouteTarget::Interface(id) => {
                ("NetworkInterfaceId", network.interfaces[id].meta.id.clone(), true)
            }
            RouteTarget::Blackhole
            | RouteTarget::Connection(_)
            | RouteTarget::VirtualAddress(_)
            | RouteTarget::GatewayEndpoint(_)
            | RouteTarget::Unresolved(_) => gone("nat-0123456789abcdef0"),
        };
        let destination = if route.destination.addr().is_ipv4() {
            "DestinationCidrBlock"
        } else {
            "DestinationIpv6CidrBlock"
        };
        let origin =
            if route.target == RouteTarget::Local { "CreateRouteTable" } else { "CreateRoute" };
        json!({
            destination: route.destination.to_string(),
            key: id,
            "Origin": origin,
            "State": if active { "active" } else { "blackhole" },
        })
    }
}
