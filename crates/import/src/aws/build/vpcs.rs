//! VPCs with their main route tables, and subnets.

use std::collections::BTreeMap;

use canreach_model::{
    ImpliedBy, Meta, NetworkAcl, NetworkAclId, Origin, Route, RouteTable, RouteTarget, RuleSet,
    Subnet, Vpc, VpcId,
};
use canreach_net::{Family, IpNet};

use super::{
    super::records::{self, AccountAccess, PublicAccess, Records},
    Builder, belonging, peering_regions,
};

impl Builder<'_> {
    /// Makes every VPC and its main route table, whose routes come later.
    pub(super) fn vpcs(
        &mut self,
        vpcs: Records<records::Vpc>,
        subnets: &Records<records::Subnet>,
        peerings: &Records<records::Peering>,
        tables: &Records<records::RouteTable>,
        access: &Access,
    ) {
        let by_peering = peering_regions(peerings);
        let by_subnet: BTreeMap<&str, &str> = subnets
            .values()
            .filter_map(|subnet| Some((subnet.vpc.as_str(), subnet.meta.region.as_deref()?)))
            .collect();
        let mains: BTreeMap<&str, &str> = tables
            .iter()
            .filter(|(_, table)| table.main)
            .map(|(id, table)| (table.vpc.as_str(), id.as_str()))
            .collect();
        self.note_public_access(&vpcs, subnets, access);
        for (id, vpc) in vpcs {
            let Some(key) = self.network.vpcs.next_id() else { return };
            let mut meta = vpc.meta;
            let known = by_peering.get(&*id).or_else(|| by_subnet.get(&*id));
            meta.region = known.map(|region| (*region).to_owned()).or(meta.region);
            let main = mains.get(&*id).and_then(|main| tables.get(*main));
            let table = main.map_or_else(
                || self.unknown_main_table(&meta, key, &vpc.cidrs),
                |table| {
                    let meta = placed(&table.meta, &meta);
                    RouteTable { meta, vpc: key, routes: Vec::new() }
                },
            );
            let table = self.network.route_tables.push(table);
            if let Some(main) = main {
                self.keys.route_tables.insert(main.meta.id.clone(), table);
            }
            self.network.vpcs.push(Vpc {
                meta,
                profile: self.profile.clone(),
                cidrs: vpc.cidrs,
                default_route_table: table,
                unlisted: None,
            });
            self.keys.vpcs.insert(id, key);
        }
    }

    /// Returns what stands for a main table that no answer describes: the local routes are sure,
    /// everything else is open.
    fn unknown_main_table(&mut self, vpc: &Meta, key: VpcId, cidrs: &[IpNet]) -> RouteTable {
        let id = &vpc.id;
        let fact = self.fact(
            format!(
                "the main route table of `{id}`, which no answer describes, delivers the packet"
            ),
            format!("give the answer of `aws ec2 describe-route-tables` for `{id}`"),
            vpc.origin.clone(),
        );
        let local = cidrs.iter().map(|cidr| Route {
            destination: *cidr,
            target: RouteTarget::Local,
            origin: Origin::Implied(ImpliedBy::LocalRoute),
        });
        let open = Family::BOTH.map(|family| Route {
            destination: family.everywhere(),
            target: RouteTarget::Unresolved(fact),
            origin: Origin::Implied(ImpliedBy::MissingInput),
        });
        let routes = local.chain(open).collect();
        let mut meta = Meta::new(format!("{id}/main"), Origin::Implied(ImpliedBy::MissingInput));
        meta.name = Some(format!("main route table of {id}"));
        RouteTable { meta: placed(&meta, vpc), vpc: key, routes }
    }

    /// Makes every subnet whose VPC is described.
    pub(super) fn subnets(
        &mut self,
        subnets: Records<records::Subnet>,
        tables: &Records<records::RouteTable>,
        acls: &Records<records::NetworkAcl>,
    ) {
        let table_of = belonging(tables, |table| &table.subnets);
        let acl_of = belonging(acls, |acl| &acl.subnets);
        self.note_twice("route table", &table_of.twice);
        self.note_twice("network ACL", &acl_of.twice);
        let defaults: BTreeMap<&str, &str> = acls
            .iter()
            .filter(|(_, acl)| acl.is_default)
            .map(|(id, acl)| (acl.vpc.as_str(), id.as_str()))
            .collect();
        for (id, subnet) in subnets {
            let Some(vpc) = self.keys.vpcs.get(&subnet.vpc).copied() else {
                let what = format!("subnet `{id}`, whose VPC `{}` no answer describes", subnet.vpc);
                self.unread(&subnet.meta, what, "it and its interfaces take no part");
                continue;
            };
            let explicit =
                table_of.owners.get(&*id).and_then(|table| self.keys.route_tables.get(*table));
            let explicit =
                explicit.copied().filter(|key| self.network.route_tables[*key].vpc == vpc);
            let route_table =
                explicit.unwrap_or_else(|| self.network.vpcs[vpc].default_route_table);
            let acl = acl_of.owners.get(&*id).or_else(|| defaults.get(&*subnet.vpc));
            let acl = acl.and_then(|acl| self.keys.network_acls.get(*acl)).copied();
            let network_acl = Some(acl.unwrap_or_else(|| self.unknown_acl(&subnet.meta)));
            let meta = placed(&subnet.meta, &self.network.vpcs[vpc].meta);
            let cidrs = subnet.cidrs;
            let key = self.network.subnets.push(Subnet {
                meta,
                vpc,
                cidrs,
                route_table,
                network_acl,
                zone: subnet.zone,
            });
            self.keys.subnets.insert(id, key);
        }
    }

    /// Makes what stands for the ACL of a subnet that no answer describes.
    fn unknown_acl(&mut self, subnet: &Meta) -> NetworkAclId {
        let id = &subnet.id;
        let settled = format!("give the answer of `aws ec2 describe-network-acls` for `{id}`");
        let mut open = |direction: &str| {
            let statement =
                format!("the network ACL of `{id}`, which no answer describes, allows {direction}");
            let fact = self.fact(statement, settled.clone(), subnet.origin.clone());
            vec![super::filters::open_rule(fact)]
        };
        let rules = RuleSet { ingress: open("ingress"), egress: open("egress") };
        let mut meta = Meta::new(format!("{id}/acl"), Origin::Implied(ImpliedBy::MissingInput));
        meta.name = Some(format!("network ACL of {id}"));
        self.network.network_acls.push(NetworkAcl { meta: placed(&meta, subnet), rules })
    }

    fn note_twice(&mut self, noun: &str, twice: &[[&str; 3]]) {
        for [subnet, first, second] in twice {
            let statement = format!(
                "{noun}s `{first}` and `{second}` both name `{subnet}` as theirs; `{first}` holds"
            );
            self.findings.assume(statement, Vec::new());
        }
    }

    /// Notes which subnets an account keeps away from the Internet: as the answer about the subnet or its
    /// VPC says, and otherwise as the account has it.
    fn note_public_access(
        &mut self,
        vpcs: &Records<records::Vpc>,
        subnets: &Records<records::Subnet>,
        access: &Access,
    ) {
        for (id, subnet) in subnets {
            let vpc = vpcs.get(&subnet.vpc);
            let written = subnet.public_access.or(vpc.and_then(|vpc| vpc.public_access));
            let known = written.or_else(|| {
                let owner = placed(&vpc?.meta, &Meta { account: None, ..subnet.meta.clone() });
                access.of(id, &subnet.vpc, &owner)
            });
            if let Some(closed @ (PublicAccess::Blocked | PublicAccess::IngressBlocked)) = known {
                self.keys.closed_subnets.insert(id.clone(), closed);
            }
        }
    }

    /// Whether an account keeps an interface in a subnet away from Internet gateways, and whether also from
    /// egress-only ones. Blocking what comes in leaves a way out to NAT gateways and egress-only gateways,
    /// which let nothing in (Amazon VPC user guide, "block public access").
    pub(super) fn closed(&self, subnet: Option<&String>, of_nat_gateway: bool) -> (bool, bool) {
        match subnet.and_then(|subnet| self.keys.closed_subnets.get(subnet)) {
            Some(PublicAccess::Blocked) => (true, true),
            Some(PublicAccess::IngressBlocked) => (!of_nat_gateway, false),
            Some(PublicAccess::Open) | None => (false, false),
        }
    }
}

/// What accounts block, and what is excluded from it.
#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) accounts: Vec<AccountAccess>,
    pub(super) exclusions: BTreeMap<String, PublicAccess>,
}

impl Access {
    /// Returns what holds for a subnet. The first account that may be the one of the VPC counts.
    fn of(&self, subnet: &str, vpc: &str, meta: &Meta) -> Option<PublicAccess> {
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
        let mut accounts = self.accounts.iter();
        let account = accounts
            .find(|one| same(&one.account, &meta.account) && same(&one.region, &meta.region))?;
        if account.access == PublicAccess::Open {
            return None;
        }
        let excluded = self.exclusions.get(subnet).or_else(|| self.exclusions.get(vpc));
        Some(excluded.copied().unwrap_or(account.access))
    }
}

/// Returns a description with the account and region of its parent where it has none of its own.
pub(super) fn placed(meta: &Meta, parent: &Meta) -> Meta {
    let mut meta = meta.clone();
    meta.account = meta.account.or_else(|| parent.account.clone());
    meta.region = meta.region.or_else(|| parent.region.clone());
    meta
}
