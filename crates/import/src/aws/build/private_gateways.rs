//! Virtual private gateways: which connections end there, what they have learned, and where routes to
//! them lead.

use std::collections::BTreeMap;

use canreach_model::{ConnectionId, Meta, RouteTarget, Span};

use super::{
    super::{
        keys::Kind,
        records::{
            self, Destination, Records, RouteState, RouteTable, Target,
            connections::{Connections, Vpn},
            transit::Stage,
        },
    },
    Builder,
    connections::{Behind, Direct, End},
};

/// Where the connections of a virtual private gateway lead.
#[derive(Clone, Debug)]
pub(super) enum VpnWays {
    Gone,
    Through(Vec<ConnectionId>),
}

/// What ends at a virtual private gateway.
pub(super) enum Way<'a> {
    Vpn(&'a Vpn),
    Interface(&'a records::connections::VirtualInterface),
    Association(&'a records::connections::DirectAssociation),
}

impl Builder<'_> {
    /// Makes the connections that end at a virtual private gateway.
    pub(super) fn vpn_gateway(
        &mut self,
        id: &str,
        ways: &[Way<'_>],
        connections: &Connections,
        tables: &Records<RouteTable>,
    ) {
        let described = connections.gateways.get(id);
        if described.is_some_and(|gateway| gateway.stage == Stage::Gone) {
            self.keys.vpn_gateways.insert(id.to_owned(), VpnWays::Gone);
            return;
        }
        let vpc = described.and_then(|gateway| gateway.vpc.as_ref());
        let vpc = vpc.and_then(|vpc| self.keys.vpcs.get(vpc)).copied();
        let table = tables.values().find(|table| table.gateways.contains(id));
        let end = End { vpc, table: table.map(|table| table.meta.id.as_str()) };
        let learned = learned(id, tables);
        let mut made = Vec::new();
        for way in ways {
            // With several connections, nothing tells by which of them a prefix was learned.
            let by_bgp = if ways.len() == 1 { learned.clone() } else { Behind::default() };
            made.push(match way {
                Way::Vpn(vpn) => {
                    let behind = Behind::vpn(vpn).unwrap_or(by_bgp);
                    self.vpn(vpn, Some(&end), behind, connections)
                }
                Way::Interface(interface) => {
                    let direct =
                        Direct { gateway: &interface.meta.id, to: id, meta: &interface.meta };
                    self.direct(&direct, Some(&end), by_bgp, connections)
                }
                Way::Association(association) => {
                    let direct = Direct {
                        gateway: &association.direct_gateway,
                        to: id,
                        meta: &association.meta,
                    };
                    self.direct(&direct, Some(&end), by_bgp, connections)
                }
            });
        }
        self.note_missing_ways(id, &made, described.map(|gateway| &gateway.meta));
        self.keys.vpn_gateways.insert(id.to_owned(), VpnWays::Through(made));
    }

    /// Notes which answers could tell of more connections of a gateway that has some.
    fn note_missing_ways(&mut self, id: &str, made: &[ConnectionId], gateway: Option<&Meta>) {
        if made.is_empty() {
            return;
        }
        let mut missing = Vec::new();
        if !self.given.contains(&Kind::VpnConnections) {
            missing.push("VPN connection");
        }
        if !self.direct_connect_given() {
            missing.push("Direct Connect virtual interface");
        }
        for noun in missing {
            let statement = format!("no {noun}, of which no answer was given, ends at `{id}`");
            let places = gateway.and_then(|meta| meta.origin.span()).into_iter().collect();
            self.findings.assume(statement, places);
        }
    }

    fn direct_connect_given(&self) -> bool {
        self.given.contains(&Kind::VirtualInterfaces)
            && self.given.contains(&Kind::DirectConnectGatewayAssociations)
    }

    /// A route of a VPC to a virtual private gateway: through its connection, if the input tells by which
    /// one the destination is reached.
    pub(super) fn vpn_gateway_target(
        &mut self,
        id: &str,
        route: &records::Route,
        span: Span,
    ) -> RouteTarget {
        let made = match self.keys.vpn_gateways.get(id) {
            Some(VpnWays::Gone) => return RouteTarget::Blackhole,
            Some(VpnWays::Through(made)) => made.clone(),
            None => Vec::new(),
        };
        let described = self.keys.vpn_gateways.contains_key(id);
        if made.is_empty() {
            let all = self.given.contains(&Kind::VpnConnections) && self.direct_connect_given();
            if described && all {
                return RouteTarget::Blackhole;
            }
            let statement = format!(
                "virtual private gateway `{id}`, of which no answer describes a connection, delivers the packet"
            );
            let settled = format!(
                "give the answers of `aws ec2 describe-vpn-gateways`, `describe-vpn-connections` and \
                 `aws directconnect describe-virtual-interfaces` for `{id}`"
            );
            return self.unresolved(statement, settled, span);
        }
        if let Some(connection) = self.decided(&made, &route.destination) {
            return RouteTarget::Connection(connection);
        }
        let statement = format!(
            "virtual private gateway `{id}`, whose routes no answer lists, delivers the packet"
        );
        let settled = format!(
            "switch on the propagation of `{id}` in a route table of its VPC, which then lists what it has learned"
        );
        self.unresolved(statement, settled, span)
    }

    /// Returns the connection by which packets of a route go, if it is known.
    fn decided(&self, made: &[ConnectionId], destination: &Destination) -> Option<ConnectionId> {
        let behind = |key: &ConnectionId| self.behind.get(key);
        if let [only] = made
            && behind(only).is_some_and(|behind| behind.complete)
        {
            return Some(*only);
        }
        let Destination::Cidr(destination) = destination else { return None };
        let holding: Vec<ConnectionId> = made
            .iter()
            .copied()
            .filter(|key| behind(key).is_some_and(|behind| behind.holds(destination)))
            .collect();
        let others_known = made
            .iter()
            .filter(|key| !holding.contains(key))
            .all(|key| behind(key).is_some_and(|behind| behind.complete));
        match *holding.as_slice() {
            [only] if others_known || made.len() == 1 => Some(only),
            _ => None,
        }
    }
}

/// Returns what ends at each virtual private gateway.
pub(super) fn ways(connections: &Connections) -> BTreeMap<&str, Vec<Way<'_>>> {
    let mut ways: BTreeMap<&str, Vec<Way<'_>>> = BTreeMap::new();
    for vpn in connections.vpns.values().filter(|vpn| vpn.stage != Stage::Gone) {
        if let Some(gateway) = &vpn.gateway {
            ways.entry(gateway).or_default().push(Way::Vpn(vpn));
        }
    }
    for interface in connections.interfaces.values().filter(|one| one.stage != Stage::Gone) {
        if let Some(gateway) = &interface.gateway {
            ways.entry(gateway).or_default().push(Way::Interface(interface));
        }
    }
    for association in connections.direct_associations.values() {
        if association.associated.starts_with("vgw-") {
            ways.entry(&association.associated).or_default().push(Way::Association(association));
        }
    }
    ways
}

/// Returns what a virtual private gateway has learned, as a route table tells that takes its routes.
fn learned(gateway: &str, tables: &Records<RouteTable>) -> Behind {
    let mut prefixes = Vec::new();
    let mut complete = false;
    for table in tables.values() {
        complete |= table.propagating.contains(gateway);
        for (route, span) in &table.routes {
            let of_gateway = matches!(&route.target, Target::VpnGateway(id) if id == gateway);
            let Destination::Cidr(prefix) = route.destination else { continue };
            if route.propagated && of_gateway && route.state == RouteState::Active {
                prefixes.push((prefix, Some(*span)));
            }
        }
    }
    // Static routes of the gateway's own hide learned ones of the same destination.
    Behind::new(prefixes, complete)
}
