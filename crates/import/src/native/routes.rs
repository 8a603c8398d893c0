//! Reading route tables and their routes.

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Name, Node},
    written::{Route, RouteTable, Target},
};
use crate::diagnostic::Diagnostic;

pub(super) const ROUTE_TABLE: Keys = Keys {
    what: "a route table",
    known: &["vpc", "local_routes", "routes", "tags"],
    instead: &[("subnets", "write `route_table: …` in each subnet")],
};

const TARGETS: [&str; 11] = [
    "local",
    "internet_gateway",
    "nat_gateway",
    "peering",
    "transit_gateway",
    "connection",
    "interface",
    "virtual_address",
    "gateway_endpoint",
    "blackhole",
    "unresolved",
];

pub(super) const ROUTE: Keys = Keys {
    what: "a route",
    known: &[
        "destination",
        "local",
        "internet_gateway",
        "nat_gateway",
        "peering",
        "transit_gateway",
        "connection",
        "interface",
        "virtual_address",
        "gateway_endpoint",
        "blackhole",
        "unresolved",
        "origin",
    ],
    instead: &[
        (
            "instance",
            "write `interface: ` and the name of the instance or of one of its interfaces",
        ),
        ("endpoint", "write `gateway_endpoint`; what an interface endpoint serves has its address"),
        ("cidr", "write `destination`"),
    ],
};

impl Reader<'_> {
    pub(super) fn route_table(&mut self, fields: &Fields<'_>, _: &Name) -> RouteTable {
        let vpc = self.required(fields, "vpc", "a VPC");
        let routes = fields.get("routes").and_then(|node| self.list(node, "`routes` is a list"));
        let routes =
            routes.unwrap_or_default().iter().filter_map(|node| self.route(node)).collect();
        RouteTable { vpc, local_routes: self.flag(fields, "local_routes", true), routes }
    }

    fn route(&mut self, node: &Node) -> Option<Route> {
        let fields = self.fields(node, None, &ROUTE)?;
        let destination =
            self.require(&fields, "destination", "write for example `destination: 0.0.0.0/0`");
        Some(Route {
            place: node.place,
            destination: destination.and_then(|node| self.prefix(node)),
            target: self.target(&fields),
            origin: self.origin(&fields),
        })
    }

    fn target(&mut self, fields: &Fields<'_>) -> Option<Target> {
        let present: Vec<&str> =
            TARGETS.into_iter().filter(|key| fields.get(key).is_some()).collect();
        let key = match present.as_slice() {
            [key] => *key,
            [] => {
                let error = Diagnostic::error(
                    "model::route_target",
                    fields.place,
                    "the route has no target",
                )
                .label("leads nowhere")
                .help(format!("add one of {}, or `blackhole: true`", targets()));
                self.diagnostics.push(error);
                return None;
            }
            [first, second, ..] => {
                let message = "the route has more than one target";
                let place = |key| fields.get(key).map_or(fields.place, |node: &Node| node.place);
                let error = Diagnostic::error("model::route_target", place(second), message)
                    .label("the second target")
                    .note(place(first), "the first target")
                    .help("keep one of them; equal-cost routes are not modelled");
                self.diagnostics.push(error);
                return None;
            }
        };
        let node = fields.get(key)?;
        match key {
            "internet_gateway" => {
                self.name(node, "an Internet gateway").map(Target::InternetGateway)
            }
            "nat_gateway" => self.name(node, "a NAT gateway").map(Target::NatGateway),
            "peering" => self.name(node, "a peering").map(Target::Peering),
            "transit_gateway" => self.name(node, "a transit gateway").map(Target::TransitGateway),
            "connection" => self.name(node, "a connection").map(Target::Connection),
            "interface" => self.name(node, "an interface or instance").map(Target::Interface),
            "virtual_address" => self.name(node, "a virtual address").map(Target::VirtualAddress),
            "gateway_endpoint" => {
                self.name(node, "a gateway endpoint").map(Target::GatewayEndpoint)
            }
            "unresolved" => self.name(node, "a fact").map(Target::Unresolved),
            "local" => self.said(node).then_some(Target::Local),
            _ => self.said(node).then_some(Target::Blackhole),
        }
    }

    /// Whether a route says that it has a target; notes one that says it has not.
    pub(super) fn said(&mut self, node: &Node) -> bool {
        match self.boolean(node) {
            Some(At { value: true, .. }) => return true,
            None => return false,
            Some(At { value: false, .. }) => {}
        }
        let error = Diagnostic::error("model::route_target", node.place, "the route has no target")
            .help("write `blackhole: true`, or another target");
        self.diagnostics.push(error);
        false
    }
}

/// The targets that are names of objects, for messages.
fn targets() -> String {
    let names = TARGETS.iter().filter(|key| !matches!(**key, "blackhole" | "local" | "unresolved"));
    names.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
