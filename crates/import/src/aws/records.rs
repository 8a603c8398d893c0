//! What the answers describe, before references are resolved: one record for each object, by its
//! id, and how two descriptions of one object become one.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{Direction, IcmpMatch, Meta, PeeringStatus, Rule, RuleSet, Span};
use canreach_net::{AddressRange, IpNet, PortSet, Protocol};

use super::{json::Reader, keys::Kind};

/// Records of one kind, by id.
pub(super) type Records<T> = BTreeMap<String, T>;

/// Everything the answers describe.
#[derive(Debug, Default)]
pub(super) struct Estate {
    /// The kinds of answers that were given at all, also where they are empty.
    pub(super) given: BTreeSet<Kind>,
    pub(super) vpcs: Records<Vpc>,
    pub(super) subnets: Records<Subnet>,
    pub(super) interfaces: Records<Interface>,
    /// Interfaces as the instances describe them, for those that are described nowhere else.
    pub(super) instance_interfaces: Records<Interface>,
    pub(super) instances: Records<Instance>,
    pub(super) security_groups: Records<SecurityGroup>,
    pub(super) security_group_rules: Vec<(String, Direction, GroupRule, Span)>,
    pub(super) network_acls: Records<NetworkAcl>,
    pub(super) route_tables: Records<RouteTable>,
    pub(super) internet_gateways: Records<InternetGateway>,
    pub(super) nat_gateways: Records<NatGateway>,
    pub(super) addresses: Records<Address>,
    pub(super) peerings: Records<Peering>,
    pub(super) prefix_lists: Records<PrefixList>,
    /// Entries by the id of their list, from answers of their own.
    pub(super) prefix_list_entries: Vec<(String, Vec<(AddressRange, Span)>)>,
}

/// Whether the account keeps Internet traffic away from a VPC or subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PublicAccess {
    Open,
    IngressBlocked,
    Blocked,
}

#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) meta: Meta,
    pub(super) cidrs: Vec<IpNet>,
    /// `None` where the answer does not say.
    pub(super) public_access: Option<PublicAccess>,
}

#[derive(Debug)]
pub(super) struct Subnet {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) cidrs: Vec<IpNet>,
    /// `None` where the answer does not say.
    pub(super) public_access: Option<PublicAccess>,
}

/// What kind of interface it is, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InterfaceKind {
    /// One of a machine, or one that security groups filter like one.
    Ordinary,
    /// A NAT gateway's own.
    NatGateway,
    /// One of a service of AWS: a load balancer, an endpoint, a database.
    Service,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent setting of the answer")]
pub(super) struct Interface {
    pub(super) meta: Meta,
    pub(super) subnet: Option<String>,
    /// Its addresses, the primary one first, each with the public address that stands for it.
    pub(super) addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// `None` where the answer does not say.
    pub(super) groups: Option<Vec<String>>,
    pub(super) kind: InterfaceKind,
    pub(super) instance: Option<String>,
    pub(super) attached: bool,
    pub(super) internet_gateway_denied: bool,
    /// Whether it may forward packets of others: its source/destination check is off.
    pub(super) forwards: bool,
    /// Whether whole prefixes are delegated to it.
    pub(super) has_prefixes: bool,
}

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) meta: Meta,
    pub(super) running: bool,
}

/// Whom a security-group rule speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Range(AddressRange),
    Group(String),
    PrefixList(String),
}

/// A protocol with its ports or ICMP messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) protocol: Option<Protocol>,
    pub(super) ports: PortSet,
    pub(super) icmp: Option<IcmpMatch>,
}

#[derive(Clone, Debug)]
pub(super) struct GroupRule {
    pub(super) id: Option<String>,
    pub(super) service: Service,
    pub(super) peer: Peer,
}

impl GroupRule {
    /// Whether two rules say the same.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.service == other.service && self.peer == other.peer
    }
}

#[derive(Debug)]
pub(super) struct SecurityGroup {
    pub(super) meta: Meta,
    pub(super) vpc: Option<String>,
    pub(super) ingress: Vec<(GroupRule, Span)>,
    pub(super) egress: Vec<(GroupRule, Span)>,
}

impl SecurityGroup {
    /// Returns the rules of one direction.
    pub(super) fn rules_mut(&mut self, direction: Direction) -> &mut Vec<(GroupRule, Span)> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
}

#[derive(Debug)]
pub(super) struct NetworkAcl {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) is_default: bool,
    pub(super) subnets: BTreeSet<String>,
    pub(super) rules: RuleSet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Cidr(IpNet),
    PrefixList(String),
}

/// Where a route leads, by the key that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Local,
    InternetGateway(String),
    NatGateway(String),
    Peering(String),
    /// Something that is not modelled: what it is called, and its id.
    Other(&'static str, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RouteState {
    Active,
    Blackhole,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) destination: Destination,
    pub(super) target: Target,
    pub(super) state: RouteState,
    pub(super) propagated: bool,
}

#[derive(Debug)]
pub(super) struct RouteTable {
    pub(super) meta: Meta,
    pub(super) vpc: String,
    pub(super) main: bool,
    pub(super) subnets: BTreeSet<String>,
    pub(super) gateways: BTreeSet<String>,
    pub(super) routes: Vec<(Route, Span)>,
}

#[derive(Debug)]
pub(super) struct InternetGateway {
    pub(super) meta: Meta,
    pub(super) vpc: Option<String>,
    pub(super) egress_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NatState {
    Available,
    /// Being made or taken away: it may or may not forward.
    Changing,
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NatAddress {
    pub(super) interface: Option<String>,
    pub(super) private: Option<IpAddr>,
    pub(super) public: Option<IpAddr>,
}

#[derive(Debug)]
pub(super) struct NatGateway {
    pub(super) meta: Meta,
    pub(super) subnet: Option<String>,
    pub(super) state: NatState,
    /// Its addresses, the primary one first.
    pub(super) addresses: Vec<NatAddress>,
}

#[derive(Debug)]
pub(super) struct Address {
    pub(super) meta: Meta,
    pub(super) public: IpAddr,
    pub(super) interface: Option<String>,
    pub(super) instance: Option<String>,
    pub(super) private: Option<IpAddr>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) vpc: String,
    pub(super) region: Option<String>,
}

#[derive(Debug)]
pub(super) struct Peering {
    pub(super) meta: Meta,
    pub(super) requester: Side,
    pub(super) accepter: Side,
    /// `None` for a status this reader does not know.
    pub(super) status: Option<PeeringStatus>,
}

#[derive(Debug)]
pub(super) struct PrefixList {
    pub(super) meta: Meta,
    /// `None` where no answer lists them.
    pub(super) entries: Option<Vec<(AddressRange, Span)>>,
}

/// A record that several answers may describe.
pub(super) trait Record {
    /// What the object is called.
    const NOUN: &'static str;

    fn meta(&mut self) -> &mut Meta;

    /// Takes from another description what this one lacks, and returns what they disagree about.
    fn fill(&mut self, other: Self) -> Vec<&'static str>;
}

/// Adds a record, or merges it with the one of the same id.
pub(super) fn add<R: Record>(records: &mut Records<R>, mut record: R, reader: &mut Reader<'_, '_>) {
    let id = record.meta().id.clone();
    let Some(known) = records.get_mut(&id) else {
        records.insert(id, record);
        return;
    };
    let (first, second) = (known.meta().origin.span(), record.meta().origin.span());
    fill_meta(known.meta(), record.meta());
    let disagree = known.fill(record);
    let (Some(first), Some(second), false) = (first, second, disagree.is_empty()) else {
        return;
    };
    let (noun, parts) = (R::NOUN, disagree.join(" and its "));
    if first.file == second.file {
        reader.described_twice(noun, &id, &parts, first, second);
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
        disagreements! {
            "subnet": fill(&mut self.subnet, other.subnet),
            "addresses": self.addresses == other.addresses,
            "security groups": fill(&mut self.groups, other.groups),
            "type": self.kind == other.kind,
            "attachment": fill(&mut self.instance, other.instance) && self.attached == other.attached,
            "Internet access": self.internet_gateway_denied == other.internet_gateway_denied,
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
            "subnet": fill(&mut self.subnet, other.subnet),
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
