//! Connections, and the networks on premises behind them.

use std::collections::BTreeMap;

use canreach_model::{
    AttachedTo, Connection, ConnectionId, RemoteNetwork, RemoteNetworkId, TransitRouteTableId,
};
use canreach_net::IpNet;

use super::{Linker, overlap::overlaps};
use crate::{
    diagnostic::Diagnostic,
    native::{
        node::At,
        written::{self, Item},
    },
};

impl Linker<'_> {
    pub(super) fn add_remote_networks(&mut self) {
        for model in self.models {
            for item in &model.written.remote_networks {
                for (block, other) in overlaps(&item.body.cidrs) {
                    let message = format!("blocks of remote network `{}` overlap", item.name.value);
                    self.report(
                        Diagnostic::error("model::overlap", block.place, message)
                            .label(format!("overlaps `{}`", other.value))
                            .note(other.place, "written here"),
                    );
                }
                let cidrs = item.body.cidrs.iter().map(|block| block.value).collect();
                let meta = self.meta(item);
                let id = self.network.remote_networks.push(RemoteNetwork { meta, cidrs });
                self.remote_networks.define(&item.name, Some(id));
            }
        }
    }

    /// Adds the connections; what they advertise follows in `advertise`.
    pub(super) fn add_connections(&mut self) {
        for model in self.models {
            for item in &model.written.connections {
                let id = self.connection(item);
                self.connections.define(&item.name, id);
            }
        }
    }

    fn connection(&mut self, item: &Item<written::Connection>) -> Option<ConnectionId> {
        let remote = item.body.remote_network.as_ref().and_then(|name| {
            let found = self.remote_networks.find(name);
            self.resolved(found)
        });
        let vpc = match &item.body.vpc {
            Some(name) => Some(At { value: self.vpc(name)?, place: name.place }),
            None => None,
        };
        let route_table = item.body.route_table.as_ref().and_then(|name| {
            if item.body.vpc.is_none() {
                let message = "a connection with a route table needs the key `vpc`";
                let error = Diagnostic::error("model::missing_key", name.place, message);
                self.report(
                    error.label("routes what enters a VPC").note(item.name.place, "ends in none"),
                );
            }
            let found = self.route_tables.find(name);
            self.resolved(found)
        });
        let id = self.network.connections.push(Connection {
            meta: self.meta(item),
            kind: item.body.kind?.value,
            up: item.body.up,
            remote: remote?,
            vpc: vpc.map(|vpc| vpc.value),
            advertised: Vec::new(),
            route_table,
        });
        if let Some(vpc) = vpc {
            self.connection_vpcs.insert(id, vpc);
        }
        Some(id)
    }

    /// Sets what the networks on premises send through each connection, once routes are known.
    pub(super) fn advertise(&mut self) {
        let tables = self.tables_of_connections();
        let mut known: BTreeMap<(RemoteNetworkId, IpNet), At<ConnectionId>> = BTreeMap::new();
        for model in self.models {
            for item in &model.written.connections {
                let Ok(id) = self.connections.find(&item.name) else { continue };
                let attached = tables.get(&id);
                let advertised = match &item.body.advertised {
                    Some(written) => self.each_once(written),
                    None => self.by_default(id, item, attached.copied().flatten()),
                };
                self.ends_somewhere(id, item, attached.is_some());
                let connection = &mut self.network.connections[id];
                connection.advertised = advertised.iter().map(|block| block.value).collect();
                let (remote, up) = (connection.remote, connection.up);
                for block in advertised.iter().filter(|_| up) {
                    let own = At { value: id, place: block.place };
                    match known.get(&(remote, block.value)).copied() {
                        Some(before) => self.advertised_twice(remote, *block, before),
                        None => drop(known.insert((remote, block.value), own)),
                    }
                }
            }
        }
    }

    fn tables_of_connections(&self) -> BTreeMap<ConnectionId, Option<TransitRouteTableId>> {
        let mut tables = BTreeMap::new();
        for (_, attachment) in self.network.transit_attachments.iter() {
            if let AttachedTo::Connection(connection) = attachment.to {
                tables.entry(connection).or_insert(attachment.route_table);
            }
        }
        tables
    }

    fn each_once(&mut self, blocks: &[At<IpNet>]) -> Vec<At<IpNet>> {
        let mut once: Vec<At<IpNet>> = Vec::new();
        for block in blocks {
            if self.is_record(block.place) {
                once.push(*block);
            } else if let Some(before) = once.iter().find(|before| before.value == block.value) {
                let message = format!("`{}` is listed twice", block.value);
                let error = Diagnostic::error("model::listed_twice", block.place, message)
                    .note(before.place, "listed here already");
                self.report(error);
            } else {
                once.push(*block);
            }
        }
        once
    }

    /// Without `advertised`: the blocks of the VPC, or what the transit gateway has routes to.
    fn by_default(
        &self,
        id: ConnectionId,
        item: &Item<written::Connection>,
        table: Option<TransitRouteTableId>,
    ) -> Vec<At<IpNet>> {
        let blocks: Vec<IpNet> = match (self.network.connections[id].vpc, table) {
            (Some(vpc), _) => self.network.vpcs[vpc].cidrs.clone(),
            (None, Some(table)) => {
                let routes = self.network.transit_route_tables[table].routes.iter();
                routes.map(|route| route.destination).collect()
            }
            (None, None) => Vec::new(),
        };
        blocks.into_iter().map(|value| At { value, place: item.name.place }).collect()
    }

    fn ends_somewhere(
        &mut self,
        id: ConnectionId,
        item: &Item<written::Connection>,
        attached: bool,
    ) {
        if attached || self.network.connections[id].vpc.is_some() || self.broken_attachments() {
            return;
        }
        let message = format!("connection `{}` ends nowhere", item.name.value);
        self.report(
            Diagnostic::warning("model::connection", item.name.place, message)
                .label("neither in a VPC nor at a transit gateway")
                .help("add `vpc: …`, or an entry of `transit_attachments` with this `connection`"),
        );
    }

    /// Whether an attachment has an error, so that it is not known what it attaches.
    fn broken_attachments(&self) -> bool {
        let mut written = self.models.iter().flat_map(|model| &model.written.transit_attachments);
        written.any(|item| self.transit_attachments.find(&item.name).is_err())
    }

    /// Two ways for one destination: which one a network on premises takes, its routers say, and no
    /// input here.
    fn advertised_twice(
        &mut self,
        remote: RemoteNetworkId,
        block: At<IpNet>,
        before: At<ConnectionId>,
    ) {
        let remote = self.network.remote_networks[remote].meta.label();
        let other = self.network.connections[before.value].meta.label();
        let message = format!(
            "remote network `{remote}` has two ways to `{}`: connection `{other}` advertises it too",
            block.value
        );
        self.report(
            Diagnostic::error("model::advertised_twice", block.place, message)
                .label("the second way")
                .note(before.place, "the first way")
                .help("write `advertised` for each, with longer prefixes for the preferred one, or `up: false` for one that stands by"),
        );
    }
}
