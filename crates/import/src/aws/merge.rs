//! How two descriptions of one object become one.
//!
//! Accounts that share a subnet or a peering each describe it. The descriptions fill each other's gaps;
//! where they disagree, the first one holds, and that is an assumption. One file that disagrees with
//! itself is an error.

mod balancers;

use std::collections::btree_map::Entry;

use canreach_model::{Meta, Rule, Span};

use super::{
    json::Reader,
    records::{
        Address, GroupRule, Instance, Interface, InternetGateway, NatGateway, NetworkAcl, Peering,
        PrefixList, Records, RouteTable, SecurityGroup, Side, Subnet, Vpc,
    },
};

/// A record that several answers may describe.
pub(super) trait Record {
    /// What the object is called.
    const NOUN: &'static str;
    /// Whether answers of two regions may describe one object.
    const ACROSS_REGIONS: bool = false;

    fn meta(&mut self) -> &mut Meta;

    /// Takes from another description what this one lacks, and returns what they disagree about.
    fn fill(&mut self, other: Self) -> Vec<&'static str>;
}

/// Adds a record, or merges it with the one of the same id.
pub(super) fn add<R: Record>(records: &mut Records<R>, mut record: R, reader: &mut Reader<'_, '_>) {
    let id = record.meta().id.clone();
    add_as(records, id, record, reader);
}

/// Adds a record under a key, or merges it with the one that has this key.
pub(super) fn add_as<R: Record>(
    records: &mut Records<R>,
    key: String,
    mut record: R,
    reader: &mut Reader<'_, '_>,
) {
    let known = match records.entry(key) {
        Entry::Vacant(vacant) => {
            vacant.insert(record);
            return;
        }
        Entry::Occupied(known) => known.into_mut(),
    };
    let id = record.meta().id.clone();
    let (first, second) = (known.meta().origin.span(), record.meta().origin.span());
    let regions = (known.meta().region.clone(), record.meta().region.clone());
    fill_meta(known.meta(), record.meta());
    let disagree = known.fill(record);
    let (Some(first), Some(second), false) = (first, second, disagree.is_empty()) else {
        return;
    };
    let (noun, parts) = (R::NOUN, disagree.join(" and its "));
    if first.file == second.file {
        reader.described_twice(noun, &id, &parts, first, second);
    } else if let (Some(one), Some(other), false) = (regions.0, regions.1, R::ACROSS_REGIONS)
        && one != other
    {
        reader.two_objects(&format!("{noun} `{id}`"), &parts, [&one, &other], second);
    } else {
        let statement = format!(
            "{noun} `{id}` is described twice, and the descriptions disagree about its {parts}; \
             the first one holds"
        );
        reader.findings.assume(statement, vec![first, second]);
    }
}

/// Tags are each account's own, so both descriptions' tags hold, and no difference is a conflict.
fn fill_meta(known: &mut Meta, other: &mut Meta) {
    known.name = known.name.take().or_else(|| other.name.take());
    known.account = known.account.take().or_else(|| other.account.take());
    known.region = known.region.take().or_else(|| other.region.take());
    for (key, value) in std::mem::take(&mut other.tags) {
        known.tags.entry(key).or_insert(value);
    }
}

/// Collects the names of the parts about which two descriptions disagree.
macro_rules! disagreements {
    ($($name:literal: $same:expr),* $(,)?) => {{
        let parts = [$(($name, $same)),*];
        parts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }};
}
use disagreements;

mod connections;
mod transit;

/// Fills a gap; whether the two descriptions agree.
fn fill<T: PartialEq>(known: &mut Option<T>, other: Option<T>) -> bool {
    match (&*known, other) {
        (_, None) => true,
        (Some(known), Some(other)) => *known == other,
        (None, other) => {
            *known = other;
            true
        }
    }
}

/// Whether two lists hold the same, in any order.
fn alike<T>(known: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    known.len() == other.len()
        && other.iter().all(|one| known.iter().any(|another| same(one, another)))
        && known.iter().all(|one| other.iter().any(|another| same(one, another)))
}

fn same_rules(known: &[Rule], other: &[Rule]) -> bool {
    let same = |(one, another): (&Rule, &Rule)| {
        one.number == another.number
            && one.action == another.action
            && one.matches == another.matches
    };
    known.len() == other.len() && known.iter().zip(other).all(same)
}

impl Record for Vpc {
    const NOUN: &'static str = "VPC";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "CIDR blocks": alike(&self.cidrs, &other.cidrs, PartialEq::eq),
            "public access": fill(&mut self.public_access, other.public_access),
        }
    }
}

impl Record for Subnet {
    const NOUN: &'static str = "subnet";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "VPC": self.vpc == other.vpc,
            "CIDR blocks": alike(&self.cidrs, &other.cidrs, PartialEq::eq),
            "availability zone": fill(&mut self.zone, other.zone),
            "public access": fill(&mut self.public_access, other.public_access),
        }
    }
}

impl Record for Interface {
    const NOUN: &'static str = "interface";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        self.primary |= other.primary;
        disagreements! {
            "subnet": fill(&mut self.subnet, other.subnet),
            "addresses": self.addresses == other.addresses && self.prefixes == other.prefixes,
            "security groups": fill(&mut self.groups, other.groups),
            "type": self.kind == other.kind,
            "attachment": fill(&mut self.instance, other.instance) && self.attached == other.attached,
            "Internet access": self.internet_gateway_denied == other.internet_gateway_denied,
            "source/destination check": self.source_dest_check == other.source_dest_check,
        }
    }
}

impl Record for Instance {
    const NOUN: &'static str = "instance";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! { "state": self.running == other.running }
    }
}

impl Record for SecurityGroup {
    const NOUN: &'static str = "security group";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        let same =
            |one: &(GroupRule, Span), another: &(GroupRule, Span)| one.0.says_the_same(&another.0);
        disagreements! {
            "VPC": fill(&mut self.vpc, other.vpc),
            "ingress rules": alike(&self.ingress, &other.ingress, same),
            "egress rules": alike(&self.egress, &other.egress, same),
        }
    }
}

impl Record for NetworkAcl {
    const NOUN: &'static str = "network ACL";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, mut other: Self) -> Vec<&'static str> {
        self.subnets.append(&mut other.subnets);
        disagreements! {
            "VPC": self.vpc == other.vpc,
            "ingress rules": same_rules(&self.rules.ingress, &other.rules.ingress),
            "egress rules": same_rules(&self.rules.egress, &other.rules.egress),
        }
    }
}

impl Record for RouteTable {
    const NOUN: &'static str = "route table";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, mut other: Self) -> Vec<&'static str> {
        self.subnets.append(&mut other.subnets);
        self.gateways.append(&mut other.gateways);
        self.propagating.append(&mut other.propagating);
        self.main |= other.main;
        disagreements! {
            "VPC": self.vpc == other.vpc,
            "routes": alike(&self.routes, &other.routes, |one, another| one.0 == another.0),
        }
    }
}

impl Record for InternetGateway {
    const NOUN: &'static str = "Internet gateway";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! { "attachment": fill(&mut self.vpc, other.vpc) }
    }
}

impl Record for NatGateway {
    const NOUN: &'static str = "NAT gateway";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "subnet": fill(&mut self.subnet, other.subnet) && self.regional == other.regional,
            "state": self.state == other.state,
            "addresses": self.addresses == other.addresses,
        }
    }
}

impl Record for Address {
    const NOUN: &'static str = "address";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "address": self.public == other.public,
            "interface": fill(&mut self.interface, other.interface),
            "instance": fill(&mut self.instance, other.instance),
            "private address": fill(&mut self.private, other.private),
        }
    }
}

impl Record for Peering {
    const NOUN: &'static str = "peering";
    const ACROSS_REGIONS: bool = true;
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "requester": fill_side(&mut self.requester, other.requester),
            "accepter": fill_side(&mut self.accepter, other.accepter),
            "status": self.status == other.status,
        }
    }
}

fn fill_side(known: &mut Side, other: Side) -> bool {
    fill(&mut known.region, other.region) && known.vpc == other.vpc
}

impl Record for PrefixList {
    const NOUN: &'static str = "prefix list";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        let agree = match (&mut self.entries, other.entries) {
            (_, None) => true,
            (Some(known), Some(other)) => alike(known, &other, |one, another| one.0 == another.0),
            (known, other) => {
                *known = other;
                true
            }
        };
        disagreements! { "entries": agree }
    }
}
