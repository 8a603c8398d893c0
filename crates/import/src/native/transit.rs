//! Reading transit gateways, connections and networks on premises.

use canreach_model::ConnectionKind;

use super::{
    fields::{Fields, Keys, Reader},
    node::{Name, Node},
    written::{
        AttachedTo, Connection, RemoteNetwork, TransitAttachment, TransitGateway, TransitRoute,
        TransitRouteTable, TransitTarget,
    },
};
use crate::diagnostic::Diagnostic;

pub(super) const TRANSIT_GATEWAY: Keys = Keys {
    what: "a transit gateway",
    known: &["firewall", "group_references", "tags"],
    instead: &[
        ("vpcs", "write `transit_attachments`, one for each VPC"),
        ("attachments", "write `transit_attachments` beside `transit_gateways`"),
        ("route_tables", "write `transit_route_tables` beside `transit_gateways`"),
    ],
};

pub(super) const TRANSIT_ATTACHMENT: Keys = Keys {
    what: "a transit attachment",
    known: &[
        "transit_gateway",
        "vpc",
        "subnets",
        "appliance_mode",
        "group_references",
        "connection",
        "peer",
        "unmodelled",
        "route_table",
        "tags",
    ],
    instead: &[
        ("propagations", "write `propagations` in the route tables that learn from it"),
        ("gateway", "write `transit_gateway`"),
        ("peering", "write `peer: ` and the name of the attachment on the other side"),
    ],
};

pub(super) const TRANSIT_ROUTE_TABLE: Keys = Keys {
    what: "a transit route table",
    known: &["transit_gateway", "propagations", "routes", "tags"],
    instead: &[
        ("associations", "write `route_table: …` in each attachment"),
        ("gateway", "write `transit_gateway`"),
        ("vpc", "write `transit_gateway`; for the table of a VPC use `route_tables`"),
    ],
};

pub(super) const TRANSIT_ROUTE: Keys = Keys {
    what: "a route of a transit gateway",
    known: &["destination", "attachment", "blackhole", "unresolved", "origin"],
    instead: &[
        ("vpc", "write `attachment: ` and the name of the attachment of the VPC"),
        ("connection", "write `attachment: ` and the name of the attachment of the connection"),
        ("peering", "write `attachment: ` and the name of the attachment of this gateway"),
        ("cidr", "write `destination`"),
    ],
};

pub(super) const CONNECTION: Keys = Keys {
    what: "a connection",
    known: &["kind", "remote_network", "vpc", "up", "advertised", "route_table", "tags"],
    instead: &[
        ("transit_gateway", "write `transit_attachments: { …: { connection: …, … } }`"),
        ("cidrs", "write `cidrs` in the remote network; `advertised` are blocks on this side"),
        ("status", "write `up: true` or `false`"),
    ],
};

pub(super) const REMOTE_NETWORK: Keys = Keys {
    what: "a remote network",
    known: &["cidrs", "tags"],
    instead: &[("connection", "write `remote_network: …` in the connection")],
};

/// What an attachment may attach.
const ATTACHED: [&str; 4] = ["vpc", "connection", "peer", "unmodelled"];

impl Reader<'_> {
    pub(super) fn transit_gateway(&mut self, fields: &Fields<'_>, _: &Name) -> TransitGateway {
        TransitGateway {
            firewall: self.reference(fields, "firewall", "a cloud firewall"),
            group_references: self.flag(fields, "group_references", false),
        }
    }

    pub(super) fn transit_attachment(
        &mut self,
        fields: &Fields<'_>,
        name: &Name,
    ) -> TransitAttachment {
        TransitAttachment {
            gateway: self.required(fields, "transit_gateway", "a transit gateway"),
            to: self.attached_to(fields, name),
            route_table: self.reference(fields, "route_table", "a transit route table"),
        }
    }

    fn attached_to(&mut self, fields: &Fields<'_>, name: &Name) -> Option<AttachedTo> {
        let subnets = self.names_of(fields, "subnets", "a subnet");
        let present: Vec<&str> =
            ATTACHED.into_iter().filter(|key| fields.get(key).is_some()).collect();
        match present.as_slice() {
            ["vpc"] => {
                let vpc = self.reference(fields, "vpc", "a VPC")?;
                let appliance_mode = self.flag(fields, "appliance_mode", false);
                let group_references = self.flag(fields, "group_references", false);
                Some(AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references })
            }
            [one] => {
                self.only_with_vpc(fields, one);
                match *one {
                    "connection" => self
                        .reference(fields, "connection", "a connection")
                        .map(AttachedTo::Connection),
                    "unmodelled" => {
                        self.reference(fields, "unmodelled", "a fact").map(AttachedTo::Unmodelled)
                    }
                    _ => {
                        self.reference(fields, "peer", "a transit attachment").map(AttachedTo::Peer)
                    }
                }
            }
            [] => {
                let message = format!("attachment `{}` attaches nothing", name.value);
                let error = Diagnostic::error("model::attachment", name.place, message);
                self.diagnostics.push(error.help("add `vpc`, `connection` or `peer`"));
                None
            }
            [first, second, ..] => {
                self.exclusive(fields, first, second);
                None
            }
        }
    }

    fn only_with_vpc(&mut self, fields: &Fields<'_>, attached: &str) {
        for key in ["subnets", "appliance_mode", "group_references"] {
            let Some(node) = fields.get(key) else { continue };
            let message = format!("`{key}` goes with the attachment of a VPC alone");
            let mut error = Diagnostic::error("model::conflict", node.place, message);
            if let Some(other) = fields.get(attached) {
                error = error.note(other.place, format!("this attaches a {attached}"));
            }
            self.diagnostics.push(error.help(format!("leave `{key}` out")));
        }
    }

    /// Returns the names of a list under a key, none twice.
    pub(super) fn names_of(&mut self, fields: &Fields<'_>, key: &str, kind: &str) -> Vec<Name> {
        let list = fields
            .get(key)
            .and_then(|node| self.list(node, &format!("`{key}` is a list of names")));
        let names: Vec<Name> =
            list.unwrap_or_default().iter().filter_map(|node| self.name(node, kind)).collect();
        let noun = kind.split_once(' ').map_or(kind, |(_, noun)| noun);
        self.unique(names, noun)
    }

    pub(super) fn transit_route_table(
        &mut self,
        fields: &Fields<'_>,
        _: &Name,
    ) -> TransitRouteTable {
        let gateway = self.required(fields, "transit_gateway", "a transit gateway");
        let propagations = self.names_of(fields, "propagations", "a transit attachment");
        let routes = fields.get("routes").and_then(|node| self.list(node, "`routes` is a list"));
        let routes =
            routes.unwrap_or_default().iter().filter_map(|node| self.transit_route(node)).collect();
        TransitRouteTable { gateway, propagations, routes }
    }

    fn transit_route(&mut self, node: &Node) -> Option<TransitRoute> {
        let fields = self.fields(node, None, &TRANSIT_ROUTE)?;
        let destination =
            self.require(&fields, "destination", "write for example `destination: 0.0.0.0/0`");
        let target = self.transit_target(&fields, node);
        let destination = destination.and_then(|node| self.prefix(node));
        let origin = self.origin(&fields);
        Some(TransitRoute { place: node.place, destination, target, origin })
    }

    fn transit_target(&mut self, fields: &Fields<'_>, route: &Node) -> Option<TransitTarget> {
        const TARGETS: [&str; 3] = ["attachment", "blackhole", "unresolved"];
        let present: Vec<&str> =
            TARGETS.into_iter().filter(|key| fields.get(key).is_some()).collect();
        match present.as_slice() {
            ["attachment"] => {
                let name = self.reference(fields, "attachment", "a transit attachment");
                name.map(TransitTarget::Attachment)
            }
            ["unresolved"] => {
                self.reference(fields, "unresolved", "a fact").map(TransitTarget::Unresolved)
            }
            [_] => {
                let node = fields.get("blackhole")?;
                self.said(node).then_some(TransitTarget::Blackhole)
            }
            [first, second, ..] => {
                self.exclusive(fields, first, second);
                None
            }
            [] => {
                let message = "the route has no target";
                let error = Diagnostic::error("model::route_target", route.place, message)
                    .label("leads nowhere")
                    .help("add `attachment: …`, or `blackhole: true`");
                self.diagnostics.push(error);
                None
            }
        }
    }

    pub(super) fn connection(&mut self, fields: &Fields<'_>, _: &Name) -> Connection {
        const KINDS: [(&str, ConnectionKind); 2] =
            [("vpn", ConnectionKind::Vpn), ("direct-connect", ConnectionKind::DirectConnect)];
        let kind = self
            .require(fields, "kind", "write `kind: vpn` or `direct-connect`")
            .and_then(|node| self.word(node, "a kind of connection", &KINDS));
        let advertised = fields
            .get("advertised")
            .map(|node| self.list(node, "`advertised` is a list of blocks"));
        let advertised = advertised.map(|list| {
            list.unwrap_or_default().iter().filter_map(|node| self.prefix(node)).collect()
        });
        Connection {
            kind,
            remote_network: self.required(fields, "remote_network", "a remote network"),
            vpc: self.reference(fields, "vpc", "a VPC"),
            up: self.flag(fields, "up", true),
            advertised,
            route_table: self.reference(fields, "route_table", "a route table"),
        }
    }

    pub(super) fn remote_network(&mut self, fields: &Fields<'_>, _: &Name) -> RemoteNetwork {
        let cidrs = self.require(fields, "cidrs", "write for example `cidrs: [172.16.0.0/16]`");
        RemoteNetwork { cidrs: cidrs.map(|node| self.prefixes(node)).unwrap_or_default() }
    }
}
