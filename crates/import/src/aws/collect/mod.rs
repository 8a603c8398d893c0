//! From answers to records: each object is checked by itself, and every error in it is noted.
//!
//! References are ids here; whether anything has them is not asked.

mod access;
mod acls;
mod balancers;
mod classic;
mod connections;
mod endpoints;
mod gateways;
mod groups;
mod instances;
mod interfaces;
mod routes;
mod service;
mod targets;
mod transit;
mod transit_lists;
mod vpcs;

use std::{borrow::Cow, collections::BTreeMap};

use canreach_model::{Meta, Origin};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::{instances::Started, transit_lists::ListOf};
use super::{
    DumpFile,
    json::{Findings, Hints, Leaf, Reader},
    keys::{Kind, Meaning, meaning},
    members::{Content, Member},
    merge::add,
    records::{Estate, Interface, NetworkAcl, SecurityGroup},
};
use crate::{Diagnostic, Severity};

/// A file taken apart.
pub(super) struct Scanned<'a> {
    /// Its members, each with its objects where they are of a kind of which estates have many; none where it
    /// is no JSON.
    members: Vec<(Member<'a>, Option<Many<'a>>)>,
    noticed: Findings,
}

/// Takes a file apart. Its long lists are read at once, so that no core waits for the longest file.
pub(super) fn scan<'a>(file: &DumpFile<'a>) -> Scanned<'a> {
    let mut noticed = Findings::default();
    let hints = hints(file.path);
    let mut reader = Reader { file: *file, hints: hints.clone(), findings: &mut noticed };
    let members = reader.members().unwrap_or_default().into_iter();
    let members = members.map(|member| {
        let many = Many::read(file, &hints, &member);
        (member, many)
    });
    Scanned { members: members.collect(), noticed }
}

/// Reads one file into the estate.
pub(super) fn file<'a>(
    file: &DumpFile<'a>,
    scanned: Scanned<'a>,
    estate: &mut Estate,
    findings: &mut Findings,
) {
    findings.append(scanned.noticed);
    let mut reader = Reader { file: *file, hints: hints(file.path), findings };
    let beside = Beside::of(scanned.members.iter().map(|(member, _)| member));
    for (Member { key, content }, many) in scanned.members {
        match meaning(&key) {
            Meaning::Modelled(kind) => {
                estate.given.insert(kind);
                if let Some(many) = many {
                    listed(&reader, estate, kind, &beside);
                    many.add(&mut reader, estate);
                } else if let Some(objects) = objects(&mut reader, &key, content) {
                    answer(&mut reader, estate, kind, &key, objects, &beside);
                }
            }
            Meaning::Unmodelled(noun, effect) => {
                unmodelled(&mut reader, &key, &content, noun, effect);
            }
            Meaning::Harmless => {}
            Meaning::Unknown => unknown(&mut reader, &key, &content),
        }
    }
}

/// Joins what was read apart: entries with their prefix lists, rules with their groups, and the
/// interfaces that only instances describe.
pub(super) fn complete(estate: &mut Estate, findings: &mut Findings) {
    groups::join_rules(estate);
    groups::join_entries(estate, findings);
    transit_lists::join_associations(estate);
    interfaces::take_from_instances(estate);
}

/// What stands beside an answer: some answers do not name the object they are about, and a member
/// put beside them does.
#[derive(Debug, Default)]
struct Beside {
    texts: BTreeMap<String, String>,
    flags: BTreeMap<String, bool>,
}

impl Beside {
    fn of<'m, 'a: 'm>(members: impl Iterator<Item = &'m Member<'a>>) -> Self {
        let mut beside = Self::default();
        for Member { key, content } in members {
            match content {
                Content::Text(text) => {
                    beside.texts.insert(key.clone().into_owned(), text.clone().into_owned());
                }
                Content::Flag(flag) => {
                    beside.flags.insert(key.clone().into_owned(), *flag);
                }
                Content::List(_) | Content::Nothing | Content::Object(_) | Content::Other(_) => {}
            }
        }
        beside
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    fn flag(&self, key: &str) -> bool {
        self.flags.get(key).copied().unwrap_or_default()
    }
}

/// The answers about one transit gateway route table, which they do not name.
const OF_ONE_TABLE: &[(Kind, ListOf)] = &[
    (Kind::Associations, ListOf::Associations),
    (Kind::TransitGatewayRouteTablePropagations, ListOf::Propagations),
    (Kind::TransitGatewayPrefixListReferences, ListOf::References),
    (Kind::Routes, ListOf::Routes),
];

/// The members that stand beside answers.
const BESIDE: &[&str] = &[
    "AdditionalRoutesAvailable",
    "LoadBalancerArn",
    "PrefixListId",
    "TargetGroupArn",
    "TransitGatewayRouteTableId",
];

/// Returns the objects of an answer, which must be a list.
fn objects<'a>(
    reader: &mut Reader<'_, 'a>,
    key: &str,
    content: Content<'a>,
) -> Option<Vec<&'a RawValue>> {
    let found = match content {
        Content::List(objects) => return Some(objects),
        Content::Object(object) => return Some(vec![object]),
        Content::Text(_) => "a text",
        Content::Nothing => "empty",
        Content::Flag(_) => "a truth value",
        Content::Other(found) => found,
    };
    reader.error(
        "aws::wrong_type",
        reader.range_of(key),
        format!("`{key}` is {found}, expected a list"),
        "expected a list",
        "dump it again with the AWS CLI, `--output json`",
    );
    None
}

fn answer<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    kind: Kind,
    key: &str,
    objects: Vec<&'a RawValue>,
    beside: &Beside,
) {
    if kind == Kind::PrefixListEntries {
        return groups::entries(reader, estate, key, objects, beside.text("PrefixListId"));
    }
    let list_of = OF_ONE_TABLE.iter().find(|(one, _)| *one == kind).map(|(_, list_of)| *list_of);
    if let Some(list_of) = list_of {
        return transit_lists::raw(reader, estate, key, objects, beside, list_of);
    }
    if kind == Kind::OfOneBalancer {
        return balancers::of_one(reader, estate, key, objects, beside);
    }
    for object in objects {
        match kind {
            Kind::Vpcs => vpcs::vpc(reader, estate, object),
            Kind::Subnets => vpcs::subnet(reader, estate, object),
            Kind::VpcPeeringConnections => vpcs::peering(reader, estate, object),
            Kind::SecurityGroupRules => groups::security_group_rule(reader, estate, object),
            Kind::PrefixLists => groups::prefix_list(reader, estate, object),
            Kind::TransitGateways => transit::gateway(reader, estate, object),
            Kind::TransitGatewayAttachments => transit::attachment(reader, estate, object),
            Kind::TransitGatewayVpcAttachments => transit::vpc_attachment(reader, estate, object),
            Kind::TransitGatewayPeeringAttachments => transit::peering(reader, estate, object),
            Kind::TransitGatewayConnects => transit::connect(reader, estate, object),
            Kind::TransitGatewayRouteTables => transit::table(reader, estate, object),
            Kind::TransitGatewayAssociations => {
                transit_lists::wrapped(reader, estate, object, ListOf::Associations);
            }
            Kind::TransitGatewayPropagations => {
                transit_lists::wrapped(reader, estate, object, ListOf::Propagations);
            }
            Kind::TransitGatewayStaticRoutes => {
                transit_lists::wrapped(reader, estate, object, ListOf::Routes);
            }
            Kind::VpnGateways => connections::gateway(reader, estate, object),
            Kind::VpnConnections => connections::vpn(reader, estate, object),
            Kind::CustomerGateways => connections::customer(reader, estate, object),
            Kind::VirtualInterfaces => connections::virtual_interface(reader, estate, object),
            Kind::DirectConnectGateways => connections::direct_gateway(reader, estate, object),
            Kind::DirectConnectGatewayAssociations => {
                connections::direct_association(reader, estate, object);
            }
            Kind::DirectConnectGatewayAttachments => {
                connections::direct_attachment(reader, estate, object);
            }
            Kind::NetworkInterfaces
            | Kind::Reservations
            | Kind::SecurityGroups
            | Kind::NetworkAcls
            | Kind::PrefixListEntries
            | Kind::OfOneBalancer
            | Kind::Associations
            | Kind::TransitGatewayRouteTablePropagations
            | Kind::TransitGatewayPrefixListReferences
            | Kind::Routes => {}
            Kind::VpcBlockPublicAccessOptions => access::options(reader, estate, object),
            Kind::VpcBlockPublicAccessExclusions => access::exclusion(reader, estate, object),
            Kind::VpcEndpoints => endpoints::endpoint(reader, estate, object),
            Kind::LoadBalancers => balancers::balancer(reader, estate, object),
            Kind::ClassicLoadBalancers => classic::balancer(reader, estate, object),
            Kind::Listeners => balancers::listener(reader, estate, object),
            Kind::TargetGroups => targets::group(reader, estate, object),
            Kind::LoadBalancerListeners
            | Kind::LoadBalancerAttributes
            | Kind::TargetGroupAttributes
            | Kind::TargetHealth => balancers::wrapped(reader, estate, object, kind),
            Kind::RouteTables => routes::route_table(reader, estate, object),
            Kind::InternetGateways => gateways::internet_gateway(reader, estate, object, false),
            Kind::EgressOnlyInternetGateways => {
                gateways::internet_gateway(reader, estate, object, true);
            }
            Kind::NatGateways => gateways::nat_gateway(reader, estate, object),
            Kind::Addresses => gateways::address(reader, estate, object),
        }
    }
}

/// Notes whose interfaces an answer lists, unless it is one page of several.
fn listed(reader: &Reader<'_, '_>, estate: &mut Estate, kind: Kind, beside: &Beside) {
    if kind == Kind::NetworkInterfaces && beside.text("NextToken").is_none() {
        estate.interfaces_of.insert(reader.hints.clone());
    }
}

/// The objects of a kind of which estates have many, as they were read apart.
enum Many<'a> {
    Interfaces(Chunks<Interface>),
    Reservations(Chunks<Vec<Started<'a>>>),
    SecurityGroups(Chunks<SecurityGroup>),
    NetworkAcls(Chunks<NetworkAcl>),
}

impl<'a> Many<'a> {
    /// Reads the objects of a member; none if it is no list of such a kind.
    fn read(file: &DumpFile<'a>, hints: &Hints, member: &Member<'a>) -> Option<Self> {
        let (Meaning::Modelled(kind), Content::List(objects)) =
            (meaning(&member.key), &member.content)
        else {
            return None;
        };
        if kind == Kind::NetworkInterfaces {
            Some(Self::Interfaces(chunks(file, hints, objects, interfaces::read)))
        } else if kind == Kind::Reservations {
            Some(Self::Reservations(chunks(file, hints, objects, instances::reservation)))
        } else if kind == Kind::SecurityGroups {
            Some(Self::SecurityGroups(chunks(file, hints, objects, groups::security_group)))
        } else if kind == Kind::NetworkAcls {
            Some(Self::NetworkAcls(chunks(file, hints, objects, acls::network_acl)))
        } else {
            None
        }
    }

    /// Adds them to the estate, in the order of the list.
    fn add(self, reader: &mut Reader<'_, 'a>, estate: &mut Estate) {
        match self {
            Self::Interfaces(chunks) => each(reader, chunks, |reader, interface| {
                add(&mut estate.interfaces, interface, reader);
            }),
            Self::Reservations(chunks) => each(reader, chunks, |reader, started| {
                instances::add_started(reader, estate, started);
            }),
            Self::SecurityGroups(chunks) => each(reader, chunks, |reader, group| {
                add(&mut estate.security_groups, group, reader);
            }),
            Self::NetworkAcls(chunks) => each(reader, chunks, |reader, acl| {
                add(&mut estate.network_acls, acl, reader);
            }),
        }
    }
}

/// How many objects are read at a time.
const CHUNK: usize = 256;

/// What was read of a long list, with what was noticed, in its order.
type Chunks<T> = Vec<(Vec<T>, Findings)>;

/// Reads the objects of a long list, several at a time.
fn chunks<'a, T: Send>(
    file: &DumpFile<'a>,
    hints: &Hints,
    objects: &[&'a RawValue],
    read: impl Fn(&mut Reader<'_, 'a>, &'a RawValue) -> Option<T> + Sync,
) -> Chunks<T> {
    let chunks = objects.par_chunks(CHUNK).map(|chunk| {
        let mut findings = Findings::default();
        let mut reader = Reader { file: *file, hints: hints.clone(), findings: &mut findings };
        let records = chunk.iter().filter_map(|object| read(&mut reader, object));
        let records: Vec<T> = records.collect();
        (records, findings)
    });
    chunks.collect()
}

/// Adds what was read of a long list, in its order.
fn each<'a, T>(
    reader: &mut Reader<'_, 'a>,
    chunks: Chunks<T>,
    mut add: impl FnMut(&mut Reader<'_, 'a>, T),
) {
    for (records, findings) in chunks {
        reader.findings.append(findings);
        for record in records {
            add(reader, record);
        }
    }
}

fn unmodelled(
    reader: &mut Reader<'_, '_>,
    key: &str,
    content: &Content<'_>,
    noun: &str,
    effect: &str,
) {
    let what = match content {
        Content::Nothing => return,
        Content::List(objects) if objects.is_empty() => return,
        Content::List(objects) if objects.len() > 1 => {
            format!("{} {noun}s (`{key}`)", objects.len())
        }
        Content::List(_)
        | Content::Text(_)
        | Content::Flag(_)
        | Content::Object(_)
        | Content::Other(_) => {
            format!("1 {noun} (`{key}`)")
        }
    };
    reader.unread(reader.span_of(key), what, effect);
}

fn unknown(reader: &mut Reader<'_, '_>, key: &str, content: &Content<'_>) {
    match content {
        Content::Nothing => {}
        Content::List(objects) if objects.is_empty() => {}
        Content::Text(_) if NEXT_PAGE.contains(&key) => {
            paged(reader, key, &PAGE);
        }
        Content::Flag(true) if key == MORE_ROUTES => {
            paged(reader, key, &PART);
        }
        Content::Text(_) | Content::Flag(_) if BESIDE.contains(&key) => {}
        Content::List(_)
        | Content::Text(_)
        | Content::Flag(_)
        | Content::Object(_)
        | Content::Other(_) => {
            let what = format!("key `{key}`");
            reader.unread(reader.span_of(key), what, "what it describes takes no part");
        }
    }
}

/// What is said of an answer that is incomplete.
#[derive(Debug)]
struct Half {
    message: &'static str,
    assumption: &'static str,
    label: &'static str,
    help: &'static str,
}

/// The members that name the next page.
const NEXT_PAGE: &[&str] = &["Marker", "NextMarker", "NextToken", "nextToken"];

const PAGE: Half = Half {
    message: "this answer is one page of several",
    assumption: "is one page of several; nothing on the others matters",
    label: "more objects follow on the next page",
    help: "dump it again with the AWS CLI, without `--no-paginate` and `--max-items`",
};

/// The member that says that a search found more routes than it lists.
const MORE_ROUTES: &str = "AdditionalRoutesAvailable";

const PART: Half = Half {
    message: "this answer lists only some of the routes",
    assumption: "lists only some of the routes; none of the others matters",
    label: "more routes match the search",
    help: "search again, for fewer routes at a time: by `type`, `state` or `route-search.subnet-of-match`",
};

/// Says that an answer is incomplete, at the part of it that tells.
fn paged(reader: &mut Reader<'_, '_>, part: &str, half: &Half) {
    let (path, span) = (reader.file.path, reader.span_of(part));
    reader.findings.assume(format!("the answer in `{path}` {}", half.assumption), vec![span]);
    let diagnostic = Diagnostic {
        severity: Severity::Warning,
        code: "aws::paged",
        message: String::from(half.message),
        file: Some(reader.file.index),
        span: reader.range_of(part),
        label: String::from(half.label),
        notes: Vec::new(),
        help: Some(String::from(half.help)),
    };
    reader.findings.diagnostics.push(diagnostic);
}

/// A tag as answers write it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    #[serde(borrow)]
    key: Leaf<'a>,
    #[serde(borrow)]
    value: Leaf<'a>,
}

/// Returns what every record carries.
fn meta<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    id: String,
    owner: Leaf<'a>,
    tags: Option<Vec<Tag<'a>>>,
) -> Meta {
    let mut meta = Meta::new(id, Origin::Written(reader.span(object)));
    for tag in tags.unwrap_or_default() {
        let (key, value) = (reader.text(tag.key, "Key"), reader.text(tag.value, "Value"));
        if let Some(key) = key {
            meta.tags.insert(key.into_owned(), value.unwrap_or_default().into_owned());
        }
    }
    meta.name = meta.tags.get("Name").filter(|name| !name.is_empty()).cloned();
    let owner = reader.text(owner, "OwnerId").map(Cow::into_owned);
    meta.account = owner.or_else(|| reader.hints.0.clone());
    meta.region.clone_from(&reader.hints.1);
    meta
}

/// Returns the account and region a path speaks of: `…/accounts/<account>/<region>/….json`.
fn hints(path: &str) -> Hints {
    let mut account = None;
    let mut region = None;
    let mut before = "";
    for part in path.split(['/', '\\']) {
        if before == "accounts"
            && part.len() == 12
            && part.bytes().all(|byte| byte.is_ascii_digit())
        {
            account = Some(part.to_owned());
        }
        if region_of_zone(part).is_some_and(|region| region == part) {
            region = Some(part.to_owned());
        }
        before = part;
    }
    (account, region)
}

/// Returns the region of an availability zone: `us-east-1` of `us-east-1a` or `us-east-1-bos-1a`.
fn region_of_zone(zone: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in zone.split('-') {
        let letters = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = part.strip_suffix(letters).unwrap_or_default();
        if digits.is_empty() {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_lowercase()) {
                return None;
            }
            parts.push(part);
            continue;
        }
        let zone_letter =
            letters.len() <= 1 && letters.bytes().all(|byte| byte.is_ascii_lowercase());
        parts.push(digits);
        return (parts.len() >= 3 && zone_letter).then(|| parts.join("-"));
    }
    None
}

/// Returns the region an ARN names.
fn region_of_arn(arn: &str) -> Option<String> {
    let region = arn.split(':').nth(3)?;
    (!region.is_empty()).then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_knows_its_region() {
        assert_eq!(region_of_zone("us-east-1a").as_deref(), Some("us-east-1"));
        assert_eq!(region_of_zone("us-gov-west-1b").as_deref(), Some("us-gov-west-1"));
        assert_eq!(region_of_zone("us-east-1-bos-1a").as_deref(), Some("us-east-1"));
        for text in ["a-1", "us-east", "report-2024-01", "10.0.0.0", "", "us-east-1ab"] {
            assert_eq!(region_of_zone(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_is_asked_for_account_and_region() {
        let path = "lab/aws_configs/accounts/111122223333/eu-west-1/Vpcs.json";
        assert_eq!(hints(path), (Some("111122223333".into()), Some("eu-west-1".into())));
        assert_eq!(hints("Vpcs.json"), (None, None));
    }
}
