//! VPN and Direct Connect connections, and the networks behind them.
//!
//! What a network on premises has, the input tells only in part: static routes, and what was propagated.

use std::collections::BTreeSet;

use canreach_model::{
    Connection, ConnectionId, ConnectionKind, Meta, Origin, RemoteNetwork, RemoteNetworkId, Span,
    VpcId,
};
use canreach_net::IpNet;

use super::{
    super::records::{
        Records, RouteTable,
        connections::{Connections, Vpn},
        transit::{AttachmentKind, Stage, Transit},
    },
    Builder,
    private_gateways::ways,
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
    pub(super) fn new(written: Vec<(IpNet, Option<Span>)>, complete: bool) -> Self {
        let everywhere = |prefix: &IpNet| prefix.prefix_len() == 0;
        let complete = complete && !written.iter().any(|(prefix, _)| everywhere(prefix));
        let kept = written.into_iter().filter(|(prefix, _)| !everywhere(prefix));
        Self { prefixes: kept.collect(), complete }
    }

    /// Returns what a VPN connection itself tells: its static routes, or that nothing was learned by BGP.
    pub(super) fn vpn(vpn: &Vpn) -> Option<Self> {
        if vpn.static_only {
            let written = vpn.routes.iter().map(|(prefix, span)| (*prefix, Some(*span)));
            return Some(Self::new(written.collect(), true));
        }
        vpn.tunnels.learned_nothing.then(|| Self::new(Vec::new(), true))
    }

    /// Whether the network behind certainly has all of a prefix.
    pub(super) fn holds(&self, destination: &IpNet) -> bool {
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
            self.vpn(vpn, None, Behind::vpn(vpn).unwrap_or_default(), connections);
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

    pub(super) fn vpn(
        &mut self,
        vpn: &Vpn,
        end: Option<&End<'_>>,
        behind: Behind,
        connections: &Connections,
    ) -> ConnectionId {
        let up = vpn.stage == Stage::Available && !vpn.tunnels.down;
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

    pub(super) fn direct(
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
            let cloud: Vec<IpNet> =
                self.network.vpcs.iter().flat_map(|(_, vpc)| vpc.cidrs.clone()).collect();
            for (prefix, _) in &draft.behind.prefixes {
                // What is for the blocks of a VPC is not for somebody on premises.
                if !cloud.iter().any(|block| block.contains(prefix)) {
                    self.note_blocks(remote, *prefix, &cloud);
                }
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
}

/// The VPC at whose gateway a connection ends, and the table of that gateway.
pub(super) struct End<'a> {
    pub(super) vpc: Option<VpcId>,
    pub(super) table: Option<&'a str>,
}

/// A way through Direct Connect: by a gateway or a single virtual interface, to a gateway of AWS.
pub(super) struct Direct<'a> {
    pub(super) gateway: &'a str,
    pub(super) to: &'a str,
    pub(super) meta: &'a Meta,
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
