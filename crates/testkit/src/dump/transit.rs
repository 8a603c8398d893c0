//! Transit gateways. A route whose origin is derived is one that its attachment propagates.

use std::collections::BTreeSet;

use canreach_model::{
    AttachedTo, Origin, TransitAttachment, TransitAttachmentId, TransitGatewayId, TransitRoute,
    TransitRouteTableId, TransitTarget,
};
use serde_json::{Value, json};

use super::{ACCOUNT, About, Layout, Writer, region};

const TABLE: &str = "TransitGatewayRouteTableId";
const PROPAGATIONS: About = About {
    wrapper: "TransitGatewayPropagations",
    id: TABLE,
    list: "TransitGatewayRouteTablePropagations",
};
const ASSOCIATIONS: About =
    About { wrapper: "TransitGatewayAssociations", id: TABLE, list: "Associations" };
const ROUTES: About = About { wrapper: "TransitGatewayStaticRoutes", id: TABLE, list: "Routes" };

impl Writer<'_> {
    pub(super) fn transit(&mut self) {
        for id in self.network.transit_gateways.ids() {
            self.transit_gateway(id);
        }
        for id in self.network.transit_attachments.ids() {
            self.transit_attachment(id);
        }
        for id in self.network.transit_route_tables.ids() {
            self.transit_table(id);
        }
    }

    fn transit_gateway(&mut self, id: TransitGatewayId) {
        let gateway = &self.network.transit_gateways[id];
        let region = region(&gateway.meta);
        let id = &gateway.meta.id;
        let answer = json!({
            "TransitGatewayId": id,
            "TransitGatewayArn": format!("arn:aws:ec2:{region}:{ACCOUNT}:transit-gateway/{id}"),
            "OwnerId": ACCOUNT,
            "State": "available",
            "Options": { "SecurityGroupReferencingSupport": switch(gateway.group_references) },
        });
        self.add(&region, "TransitGateways", &answer);
    }

    fn transit_attachment(&mut self, id: TransitAttachmentId) {
        let attachment = &self.network.transit_attachments[id];
        let gateway = &self.network.transit_gateways[attachment.gateway];
        let region = region(&gateway.meta);
        let (kind, resource) = match &attachment.to {
            AttachedTo::Vpc { vpc, .. } => ("vpc", self.network.vpcs[*vpc].meta.id.clone()),
            AttachedTo::Peering(other) => ("peering", self.gateway_of(*other)),
            AttachedTo::Connection(_) | AttachedTo::Unmodelled(_) => return,
        };
        let mut answer = json!({
            "TransitGatewayAttachmentId": attachment.meta.id,
            "TransitGatewayId": gateway.meta.id,
            "TransitGatewayOwnerId": ACCOUNT,
            "ResourceType": kind,
            "ResourceId": resource,
            "ResourceOwnerId": ACCOUNT,
            "State": "available",
        });
        let table = attachment.route_table.filter(|_| self.layout == Layout::Collected);
        if let (Some(table), Some(members)) = (table, answer.as_object_mut()) {
            let table = &self.network.transit_route_tables[table].meta.id;
            members
                .insert("Association".to_owned(), json!({ TABLE: table, "State": "associated" }));
        }
        self.add(&region, "TransitGatewayAttachments", &answer);
        self.one_kind(attachment, id, &region);
    }

    /// The answer about attachments of one kind.
    fn one_kind(&mut self, attachment: &TransitAttachment, id: TransitAttachmentId, region: &str) {
        match &attachment.to {
            AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references } => {
                let subnets = subnets.iter();
                let subnets = subnets.map(|subnet| self.network.subnets[*subnet].meta.id.clone());
                let ipv6 = self.network.vpcs[*vpc].cidrs.iter().any(|it| it.addr().is_ipv6());
                let answer = json!({
                    "TransitGatewayAttachmentId": attachment.meta.id,
                    "TransitGatewayId": self.gateway_of(id),
                    "VpcId": self.network.vpcs[*vpc].meta.id,
                    "VpcOwnerId": ACCOUNT,
                    "State": "available",
                    "SubnetIds": subnets.collect::<Vec<_>>(),
                    "Options": {
                        "DnsSupport": "enable",
                        "Ipv6Support": switch(ipv6),
                        "ApplianceModeSupport": switch(*appliance_mode),
                        "SecurityGroupReferencingSupport": switch(*group_references),
                    },
                });
                self.add(region, "TransitGatewayVpcAttachments", &answer);
            }
            // The two sides are one object.
            AttachedTo::Peering(other) if id < *other => {
                let side = |gateway: String| json!({ "TransitGatewayId": gateway, "OwnerId": ACCOUNT, "Region": region });
                let answer = json!({
                    "TransitGatewayAttachmentId": attachment.meta.id,
                    "RequesterTgwInfo": side(self.gateway_of(id)),
                    "AccepterTgwInfo": side(self.gateway_of(*other)),
                    "Status": { "Code": "available" },
                    "State": "available",
                });
                self.add(region, "TransitGatewayPeeringAttachments", &answer);
            }
            AttachedTo::Peering(_) | AttachedTo::Connection(_) | AttachedTo::Unmodelled(_) => {}
        }
    }

    fn gateway_of(&self, attachment: TransitAttachmentId) -> String {
        let gateway = self.network.transit_attachments[attachment].gateway;
        self.network.transit_gateways[gateway].meta.id.clone()
    }

    fn transit_table(&mut self, id: TransitRouteTableId) {
        let table = &self.network.transit_route_tables[id];
        let gateway = &self.network.transit_gateways[table.gateway];
        let (region, name) = (region(&gateway.meta), table.meta.id.clone());
        let answer = json!({
            TABLE: name,
            "TransitGatewayId": gateway.meta.id,
            "State": "available",
        });
        self.add(&region, "TransitGatewayRouteTables", &answer);
        let members = |attachment: TransitAttachmentId, state: &str| {
            let one = &self.network.transit_attachments[attachment];
            json!({ "TransitGatewayAttachmentId": one.meta.id, "State": state })
        };
        let propagating: BTreeSet<TransitAttachmentId> = table
            .routes
            .iter()
            .filter(|route| is_propagated(route))
            .filter_map(|route| match route.target {
                TransitTarget::Attachment(attachment) => Some(attachment),
                TransitTarget::Blackhole | TransitTarget::Unresolved(_) => None,
            })
            .collect();
        let propagating: Vec<Value> =
            propagating.into_iter().map(|one| members(one, "enabled")).collect();
        let attachments = self.network.transit_attachments.iter();
        let associated = attachments.filter(|(_, one)| one.route_table == Some(id));
        let associated: Vec<Value> =
            associated.map(|(one, _)| members(one, "associated")).collect();
        // A collector asks for the static routes alone.
        let all = self.layout == Layout::Printed;
        let routes = table.routes.iter().filter(|route| all || !is_propagated(route));
        let routes: Vec<Value> = routes.map(|route| self.transit_route(route)).collect();
        self.about(&region, &PROPAGATIONS, &name, &propagating);
        self.about(&region, &ROUTES, &name, &routes);
        if self.layout == Layout::Printed {
            self.about(&region, &ASSOCIATIONS, &name, &associated);
        }
    }

    fn transit_route(&self, route: &TransitRoute) -> Value {
        let mut answer = json!({
            "DestinationCidrBlock": route.destination.to_string(),
            "Type": if is_propagated(route) { "propagated" } else { "static" },
            "State": "blackhole",
        });
        if let (TransitTarget::Attachment(attachment), Some(members)) =
            (route.target, answer.as_object_mut())
        {
            let id = &self.network.transit_attachments[attachment].meta.id;
            let by = json!([{ "TransitGatewayAttachmentId": id }]);
            members.insert("TransitGatewayAttachments".to_owned(), by);
            members.insert("State".to_owned(), "active".into());
        }
        answer
    }
}

fn is_propagated(route: &TransitRoute) -> bool {
    matches!(route.origin, Origin::Derived { .. })
}

fn switch(on: bool) -> &'static str {
    if on { "enable" } else { "disable" }
}
