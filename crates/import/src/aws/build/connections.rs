//! VPN and Direct Connect connections, the networks behind them, and where routes to virtual private
//! gateways lead.
//!
//! What a network on premises has, the input tells only in part: static routes, and what was propagated.
//! A route is followed to a connection where that is enough to decide it.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Connection, ConnectionId, ConnectionKind, Meta, Origin, RemoteNetwork, RemoteNetworkId,
    RouteTarget, Span, VpcId,
};
use canreach_net::IpNet;

use super::{
    super::{
        keys::Kind,
        records::{
            self, Destination, Records, RouteState, RouteTable, Target,
            connections::{Connections, Vpn},
            transit::{AttachmentKind, Stage, Transit},
        },
    },
    Builder,
    vpcs::placed,
};

/// What is known of the prefixes behind a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Behind {
    /// Those known, with where they are written; default routes, which are no block of a network, left out.
    pub(super) prefixes: Vec<(IpNet, Option<Span>)>,
    /// Whether there are no others.
    pub(super) complete: bool,
}

impl Behind {
    fn new(written: Vec<(IpNet, Option<Span>)>, complete: bool) -> Self {
        let everywhere = |prefix: &IpNet| prefix.prefix_len() == 0;
        let complete = complete && !written.iter().any(|(prefix, _)| everywhere(prefix));
        let kept = written.into_iter().filter(|(prefix, _)| !everywhere(prefix));
        Self { prefixes: kept.collect(), complete }
    }

    /// Whether the network behind certainly has all of a prefix.
    fn holds(&self, destination: &IpNet) -> bool {
        self.prefixes.iter().any(|(prefix, _)| prefix.contains(destination))
    }
}

/// A connection that is being made.
struct Draft<'a> {
    meta: &'a Meta,
    id: String,
    kind: ConnectionKind,
    up: bool,
    vpc: Option<VpcId>,
    advertised: Vec<IpNet>,
    route_table: Option<&'a str>,
    behind: Behind,
}

impl Builder<'_> {
    /// Makes every connection described, and the networks behind them.
    pub(super) fn connections(
        &mut self,
        connections: &Connections,
        transit: &Transit,
        tables: &Records<RouteTable>,
    ) {
        let ways = ways(connections);
        let mut gateways: BTreeSet<&str> = ways.keys().copied().collect();
        gateways.extend(connections.gateways.keys().map(String::as_str));
        for gateway in gateways {
            let own = ways.get(gateway).map_or(&[][..], Vec::as_slice);
            self.vpn_gateway(gateway, own, connections, tables);
        }
        let elsewhere = connections.vpns.values().filter(|vpn| vpn.gateway.is_none());
        for vpn in elsewhere.filter(|vpn| vpn.stage != Stage::Gone) {
            self.vpn(vpn, None, Behind::new(static_routes(vpn), vpn.static_only), connections);
        }
        for attachment in transit.attachments.values() {
            if attachment.kind == AttachmentKind::DirectConnect && attachment.stage != Stage::Gone {
                let (id, resource) = (&attachment.meta.id, attachment.resource.as_deref());
                let direct = Direct {
                    gateway: resource.unwrap_or(id),
                    to: &attachment.gateway,
                    meta: &attachment.meta,
                };
                let key = self.direct(&direct, None, Behind::default(), connections);
                self.keys.connections.insert(id.clone(), key);
            }
        }
    }

    /// Makes the connections that end at a virtual private gateway.
    fn vpn_gateway(
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
                Way::Vpn(vpn) if vpn.static_only => {
                    let behind = Behind::new(static_routes(vpn), true);
                    self.vpn(vpn, Some(&end), behind, connections)
                }
                Way::Vpn(vpn) => self.vpn(vpn, Some(&end), by_bgp, connections),
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

    fn vpn(
        &mut self,
        vpn: &Vpn,
        end: Option<&End<'_>>,
        behind: Behind,
        connections: &Connections,
    ) -> ConnectionId {
        let up = vpn.stage == Stage::Available && !vpn.tunnels_down;
        if !up {
            let why = if vpn.stage == Stage::Available {
                "whose tunnels were all down when it was dumped"
            } else {
                "which was not available when it was dumped"
            };
            let statement = format!("`{}`, {why}, carries nothing", vpn.meta.id);
            self.findings.assume(statement, vpn.meta.origin.span().into_iter().collect());
        }
        let customer = vpn.customer.as_ref();
        let described = customer.and_then(|id| connections.customers.get(id));
        let remote = match (described, customer) {
            (Some(customer), _) => customer.meta.clone(),
            (None, Some(id)) => behind_meta(id.clone(), &vpn.meta),
            (None, None) => behind_meta(format!("{}/remote", vpn.meta.id), &vpn.meta),
        };
        let draft = Draft {
            meta: &vpn.meta,
            id: vpn.meta.id.clone(),
            kind: ConnectionKind::Vpn,
            up,
            vpc: end.and_then(|end| end.vpc),
            advertised: self.blocks(end),
            route_table: end.and_then(|end| end.table),
            behind,
        };
        self.connection(draft, remote)
    }

    fn direct(
        &mut self,
        direct: &Direct<'_>,
        end: Option<&End<'_>>,
        behind: Behind,
        connections: &Connections,
    ) -> ConnectionId {
        let Direct { gateway, to, meta } = *direct;
        let interfaces = connections.interfaces.values().filter(|interface| {
            let pair = (gateway.to_owned(), interface.meta.id.clone());
            interface.meta.id == gateway
                || interface.direct_gateway.as_deref() == Some(gateway)
                || connections.direct_attachments.contains(&pair)
        });
        let states: Vec<bool> = interfaces.map(|interface| interface.up).collect();
        let up = states.is_empty() || states.contains(&true);
        if !up {
            let statement = format!(
                "`{gateway}`, whose virtual interfaces were all down when they were dumped, carries nothing"
            );
            self.findings.assume(statement, meta.origin.span().into_iter().collect());
        }
        let mut associations = connections.direct_associations.values();
        let allowed = associations
            .find(|one| one.direct_gateway == gateway && one.associated == to)
            .map(|one| one.allowed.clone())
            .filter(|allowed| !allowed.is_empty());
        let described = connections.direct_gateways.get(gateway);
        let remote = described.map_or_else(
            || behind_meta(format!("{gateway}/remote"), meta),
            |described| behind_meta(format!("{gateway}/remote"), &described.meta),
        );
        let draft = Draft {
            meta,
            id: format!("{gateway}/{to}"),
            kind: ConnectionKind::DirectConnect,
            up,
            vpc: end.and_then(|end| end.vpc),
            advertised: allowed.unwrap_or_else(|| self.blocks(end)),
            route_table: end.and_then(|end| end.table),
            behind,
        };
        self.connection(draft, remote)
    }

    /// Returns the blocks that the network on premises is told.
    fn blocks(&self, end: Option<&End<'_>>) -> Vec<IpNet> {
        let vpc = end.and_then(|end| end.vpc);
        vpc.map(|vpc| self.network.vpcs[vpc].cidrs.clone()).unwrap_or_default()
    }

    fn connection(&mut self, draft: Draft<'_>, remote: Meta) -> ConnectionId {
        let remote = self.remote_network(remote);
        let mut meta = draft.meta.clone();
        meta.id.clone_from(&draft.id);
        if let Some(vpc) = draft.vpc {
            meta = placed(&meta, &self.network.vpcs[vpc].meta);
            let own = self.network.vpcs[vpc].cidrs.clone();
            let prefixes: Vec<IpNet> =
                draft.behind.prefixes.iter().map(|(prefix, _)| *prefix).collect();
            for prefix in prefixes {
                self.note_blocks(remote, prefix, &own);
            }
        }
        let table = draft.route_table.and_then(|table| self.keys.route_tables.get(table));
        let key = self.network.connections.push(Connection {
            meta,
            kind: draft.kind,
            up: draft.up,
            remote,
            vpc: draft.vpc,
            advertised: draft.advertised,
            route_table: table.copied(),
        });
        self.keys.connections.insert(draft.id, key);
        self.behind.insert(key, draft.behind);
        key
    }

    fn remote_network(&mut self, meta: Meta) -> RemoteNetworkId {
        if let Some(key) = self.keys.remote_networks.get(&meta.id) {
            return *key;
        }
        let id = meta.id.clone();
        let statement = format!(
            "`{id}` sends what is for a block of the cloud through a connection that routes it there"
        );
        self.findings.assume(statement, meta.origin.span().into_iter().collect());
        let key = self.network.remote_networks.push(RemoteNetwork { meta, cidrs: Vec::new() });
        self.keys.remote_networks.insert(id, key);
        key
    }

    /// Notes that a network on premises has a prefix, without the blocks inside it that are elsewhere.
    pub(super) fn note_blocks(
        &mut self,
        remote: RemoteNetworkId,
        prefix: IpNet,
        elsewhere: &[IpNet],
    ) {
        if prefix.prefix_len() == 0 {
            return;
        }
        let inside = elsewhere.iter().filter(|one| **one != prefix && prefix.contains(*one));
        let inside: Vec<IpNet> = inside.copied().collect();
        let cidrs = &mut self.network.remote_networks[remote].cidrs;
        for block in without(prefix, &inside) {
            if !cidrs.iter().any(|known| known.contains(&block)) {
                cidrs.push(block);
            }
        }
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

/// Where the connections of a virtual private gateway lead.
#[derive(Clone, Debug)]
pub(super) enum VpnWays {
    Gone,
    Through(Vec<ConnectionId>),
}

/// What ends at a virtual private gateway.
enum Way<'a> {
    Vpn(&'a Vpn),
    Interface(&'a records::connections::VirtualInterface),
    Association(&'a records::connections::DirectAssociation),
}

/// The VPC at whose gateway a connection ends, and the table of that gateway.
struct End<'a> {
    vpc: Option<VpcId>,
    table: Option<&'a str>,
}

/// A way through Direct Connect: by a gateway or a single virtual interface, to a gateway of AWS.
struct Direct<'a> {
    gateway: &'a str,
    to: &'a str,
    meta: &'a Meta,
}

/// Returns what ends at each virtual private gateway.
fn ways(connections: &Connections) -> BTreeMap<&str, Vec<Way<'_>>> {
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

/// Returns the static routes of a VPN connection.
fn static_routes(vpn: &Vpn) -> Vec<(IpNet, Option<Span>)> {
    vpn.routes.iter().map(|(prefix, span)| (*prefix, Some(*span))).collect()
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

/// Returns the description of a network that the input knows only with a connection.
fn behind_meta(id: String, connection: &Meta) -> Meta {
    let how = format!("network behind `{}`", connection.id);
    let from = connection.origin.span().into_iter().collect();
    placed(&Meta::new(id, Origin::Derived { how, from }), connection)
}

/// Returns a prefix without some of the prefixes inside it, as prefixes.
fn without(prefix: IpNet, inside: &[IpNet]) -> Vec<IpNet> {
    if inside.iter().any(|one| one.contains(&prefix)) {
        return Vec::new();
    }
    if !inside.iter().any(|one| prefix.contains(one)) {
        return vec![prefix];
    }
    let Ok(halves) = prefix.subnets(prefix.prefix_len().saturating_add(1)) else {
        return Vec::new();
    };
    halves.flat_map(|half| without(half, inside)).collect()
}
