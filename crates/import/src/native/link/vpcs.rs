//! VPCs, their route tables and subnets.

use std::collections::BTreeMap;

use canreach_model::{ImpliedBy, Meta, Origin, RouteTable, RouteTableId, Subnet, Vpc, VpcId};
use canreach_net::IpNet;

use super::{Linker, overlap::overlaps};
use crate::{
    diagnostic::Diagnostic,
    native::{
        node::{At, Name},
        written::{self, Item},
    },
};

/// The table that a VPC uses by default when it names none.
const DEFAULT: &str = "default";

impl<'a> Linker<'a> {
    pub(super) fn add_vpcs(&mut self) {
        for model in self.models {
            for item in &model.written.vpcs {
                let id = self.add_vpc(item, model.written.profile, model.written.settings);
                self.vpcs.define(&item.name, id);
            }
        }
    }

    fn add_vpc(
        &mut self,
        item: &Item<written::Vpc>,
        profile: Option<At<canreach_model::ProfileName>>,
        settings: written::Settings,
    ) -> Option<VpcId> {
        for (block, other) in overlaps(&item.body.cidrs) {
            let message = format!("blocks of VPC `{}` overlap", item.name.value);
            self.report(
                Diagnostic::error("model::overlap", block.place, message)
                    .label(format!("overlaps `{}`", other.value))
                    .note(other.place, "written here"),
            );
        }
        let name = item.body.profile.or(profile)?.value;
        let profile = self.profile(name, settings, &item.body, item.name.place);
        let meta = self.meta(item);
        // The table is set in `default_tables`, once there are tables.
        let default_route_table = self.network.route_tables.next_id()?;
        let cidrs = item.body.cidrs.iter().map(|block| block.value).collect();
        let unlisted = item.body.unlisted.as_ref().and_then(|name| self.fact(name));
        let id =
            self.network.vpcs.push(Vpc { meta, profile, cidrs, default_route_table, unlisted });
        self.vpc_places.insert(id, item.name.place);
        Some(id)
    }

    /// Adds the tables, still without routes, and returns them with what was written.
    pub(super) fn add_route_tables(
        &mut self,
    ) -> Vec<(RouteTableId, &'a Item<written::RouteTable>)> {
        let mut tables = Vec::new();
        for model in self.models {
            for item in &model.written.route_tables {
                let vpc = item.body.vpc.as_ref().and_then(|name| self.vpc(name));
                let id = vpc.map(|vpc| {
                    let meta = self.meta(item);
                    self.network.route_tables.push(RouteTable { meta, vpc, routes: Vec::new() })
                });
                self.route_tables.define(&item.name, id);
                if let (Some(id), false) = (id, item.body.local_routes) {
                    self.without_local_routes.insert(id);
                }
                tables.extend(id.map(|id| (id, item)));
            }
        }
        tables
    }

    /// Gives each VPC its default table: the one it names, else one called `default`, else an empty
    /// one that nobody wrote.
    pub(super) fn default_tables(&mut self) {
        let mut tables_of: BTreeMap<VpcId, Vec<RouteTableId>> = BTreeMap::new();
        for (id, table) in self.network.route_tables.iter() {
            tables_of.entry(table.vpc).or_default().push(id);
        }
        for model in self.models {
            for item in &model.written.vpcs {
                let Ok(vpc) = self.vpcs.find(&item.name) else { continue };
                let own = tables_of.get(&vpc).map(Vec::as_slice).unwrap_or_default();
                let table = match &item.body.default_route_table {
                    Some(name) => self.table_of(name, vpc, item.name.place),
                    None => Some(self.unnamed_default(item, vpc, own)),
                };
                if let Some(table) = table {
                    self.network.vpcs[vpc].default_route_table = table;
                }
            }
        }
    }

    fn unnamed_default(
        &mut self,
        item: &Item<written::Vpc>,
        vpc: VpcId,
        own: &[RouteTableId],
    ) -> RouteTableId {
        let named = own.iter().find(|id| self.network.route_tables[**id].meta.id == DEFAULT);
        if let Some(id) = named {
            return *id;
        }
        if let Some(first) = own.first() {
            let table = self.network.route_tables[*first].meta.id.clone();
            let message = format!("VPC `{}` has route tables, but no default one", item.name.value);
            self.report(
                Diagnostic::warning("model::no_default_table", item.name.place, message)
                    .label("subnets without a `route_table` have local routes only")
                    .help(format!("add for example `default_route_table: {table}`, or call a table `{DEFAULT}`")),
            );
        }
        let meta = Meta::new(
            format!("{}/{DEFAULT}", item.name.value),
            Origin::Implied(ImpliedBy::DefaultObject),
        );
        self.network.route_tables.push(RouteTable { meta, vpc, routes: Vec::new() })
    }

    /// Returns a table that must belong to a VPC.
    pub(super) fn table_of(
        &mut self,
        name: &Name,
        vpc: VpcId,
        why: crate::diagnostic::Place,
    ) -> Option<RouteTableId> {
        let found = self.route_tables.find(name);
        let table = self.resolved(found)?;
        let belongs = self.network.route_tables[table].vpc;
        if belongs != vpc && !self.is_record(name.place) {
            let label = format!("this is in VPC `{}`", self.vpc_name(vpc));
            self.elsewhere(name, "route table", belongs, vpc, Some((why, &label)));
            return None;
        }
        Some(table)
    }

    pub(super) fn add_subnets(&mut self) {
        for model in self.models {
            for item in &model.written.subnets {
                let id = self.add_subnet(item);
                self.subnets.define(&item.name, id);
            }
        }
    }

    fn add_subnet(&mut self, item: &Item<written::Subnet>) -> Option<canreach_model::SubnetId> {
        let vpc = item.body.vpc.as_ref().and_then(|name| self.vpc(name))?;
        for block in &item.body.cidrs {
            self.inside_vpc(*block, &item.name, vpc);
        }
        let default = self.network.vpcs[vpc].default_route_table;
        let route_table = match &item.body.route_table {
            Some(name) => self.table_of(name, vpc, item.name.place),
            None => Some(default),
        };
        let network_acl = item.body.network_acl.as_ref().and_then(|name| self.acl_of(name, vpc));
        let meta = self.meta(item);
        let cidrs = item.body.cidrs.iter().map(|block| block.value).collect();
        // With an error in a table or ACL there is an error anyway; the subnet is kept for the
        // interfaces in it.
        let route_table = route_table.unwrap_or(default);
        let id = self.network.subnets.push(Subnet {
            meta,
            vpc,
            cidrs,
            route_table,
            network_acl,
            zone: item.body.zone.clone(),
        });
        self.subnet_places.insert(id, item.name.place);
        Some(id)
    }

    fn acl_of(&mut self, name: &Name, vpc: VpcId) -> Option<canreach_model::NetworkAclId> {
        let found = self.network_acls.find(name);
        let acl = self.resolved(found)?;
        if let Some(bound) = self.acl_vpcs.get(&acl).copied()
            && bound.value != vpc
        {
            self.elsewhere(
                name,
                "network ACL",
                bound.value,
                vpc,
                Some((bound.place, "bound here")),
            );
        }
        Some(acl)
    }

    fn inside_vpc(&mut self, block: At<IpNet>, subnet: &Name, vpc: VpcId) {
        let found = &self.network.vpcs[vpc];
        // A VPC whose blocks were wrong has been reported.
        if found.cidrs.is_empty() || found.cidrs.iter().any(|outer| outer.contains(&block.value)) {
            return;
        }
        let blocks: Vec<String> = found.cidrs.iter().map(|block| format!("`{block}`")).collect();
        let (blocks, name) = (blocks.join(", "), self.vpc_name(vpc));
        let message = format!("subnet `{}` lies outside VPC `{name}`", subnet.value);
        let mut error = Diagnostic::error("model::outside_vpc", block.place, message)
            .label(format!("not within {blocks}"))
            .help(format!("use a block within {blocks}, or add this one to the VPC"));
        if let Some(place) = self.vpc_places.get(&vpc) {
            error = error.note(*place, "the VPC");
        }
        self.report(error);
    }

    /// Notes subnets of one VPC that overlap.
    pub(super) fn check_subnets(&mut self) {
        let mut blocks: BTreeMap<VpcId, Vec<At<IpNet>>> = BTreeMap::new();
        for model in self.models {
            for item in &model.written.subnets {
                let Ok(subnet) = self.subnets.find(&item.name) else { continue };
                blocks
                    .entry(self.network.subnets[subnet].vpc)
                    .or_default()
                    .extend(&item.body.cidrs);
            }
        }
        for (vpc, blocks) in blocks {
            for (block, other) in overlaps(&blocks) {
                let message = format!("subnets of VPC `{}` overlap", self.vpc_name(vpc));
                self.report(
                    Diagnostic::error("model::overlap", block.place, message)
                        .label(format!("overlaps `{}`", other.value))
                        .note(other.place, "written here"),
                );
            }
        }
    }
}
