//! Security groups, their rules and prefix lists.

use std::borrow::Cow;

use canreach_model::{Direction, Meta, Origin, Span};
use canreach_net::AddressRange;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Findings, Leaf, LeftOut, List, Reader},
        merge::add,
        records::{Estate, GroupRule, Peer, PrefixList, SecurityGroup, Service},
    },
    Tag, meta, region_of_arn,
    service::{Keys, Numbers, service},
};

const KEYS: Keys =
    Keys { protocol: "IpProtocol", ports: ("FromPort", "ToPort"), icmp: ("FromPort", "ToPort") };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupAnswer<'a> {
    #[serde(borrow)]
    group_id: Leaf<'a>,
    group_name: Leaf<'a>,
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    security_group_arn: Leaf<'a>,
    ip_permissions: List<'a>,
    ip_permissions_egress: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

/// A permission: one protocol with many peers, each of which is a rule.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PermissionAnswer<'a> {
    #[serde(borrow)]
    ip_protocol: Leaf<'a>,
    from_port: Leaf<'a>,
    to_port: Leaf<'a>,
    ip_ranges: List<'a>,
    ipv6_ranges: List<'a>,
    prefix_list_ids: List<'a>,
    user_id_group_pairs: List<'a>,
}

/// One peer of a permission, of any of the four kinds.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PeerAnswer<'a> {
    #[serde(borrow)]
    cidr_ip: Leaf<'a>,
    cidr_ipv6: Leaf<'a>,
    prefix_list_id: Leaf<'a>,
    group_id: Leaf<'a>,
    peering_status: Leaf<'a>,
}

/// Reads a security group.
pub(super) fn security_group<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
) -> Option<SecurityGroup> {
    let answer = reader.parse::<GroupAnswer<'a>>(object)?;
    let id = reader.id(object, answer.group_id, "GroupId");
    for (list, key) in [
        (&answer.ip_permissions, "IpPermissions"),
        (&answer.ip_permissions_egress, "IpPermissionsEgress"),
    ] {
        if list.is_none() {
            reader.missing(object, key);
        }
    }
    let ingress = rules(reader, answer.ip_permissions);
    let egress = rules(reader, answer.ip_permissions_egress);
    let name = reader.text(answer.group_name, "GroupName");
    let vpc = reader.text(answer.vpc_id, "VpcId").map(Cow::into_owned);
    let arn = reader.text(answer.security_group_arn, "SecurityGroupArn");
    let mut meta = meta(reader, object, id?, answer.owner_id, answer.tags);
    match (&meta.name, name.map(Cow::into_owned)) {
        (None, name) => meta.name = name,
        (Some(tag), Some(name)) if *tag != name => meta.aliases.push(name),
        (Some(_), _) => {}
    }
    meta.region = arn.as_deref().and_then(region_of_arn).or(meta.region);
    Some(SecurityGroup { meta, vpc, ingress, egress })
}

fn rules<'a>(reader: &mut Reader<'_, 'a>, permissions: List<'a>) -> Vec<(GroupRule, Span)> {
    let mut rules = Vec::new();
    for raw in permissions.unwrap_or_default() {
        let Some(permission) = reader.parse::<PermissionAnswer<'a>>(raw) else { continue };
        let numbers = (permission.from_port, permission.to_port);
        let numbers = Numbers { ports: numbers, icmp: numbers };
        let service = service(reader, raw, permission.ip_protocol, numbers, KEYS);
        let lists = [
            (permission.ip_ranges, PeerKey::Cidr),
            (permission.ipv6_ranges, PeerKey::CidrIpv6),
            (permission.prefix_list_ids, PeerKey::PrefixList),
            (permission.user_id_group_pairs, PeerKey::Group),
        ];
        for (list, key) in lists {
            for entry in list.unwrap_or_default() {
                let peer = peer(reader, entry, key);
                if let (Some(peer), Some(service)) = (peer, &service) {
                    let rule = GroupRule { id: None, service: service.clone(), peer };
                    rules.push((rule, reader.span(entry)));
                }
            }
        }
    }
    rules
}

const STALE: LeftOut = LeftOut {
    one: "stale reference to security group",
    several: "stale references to security groups",
    effect: "no peering that is active leads there, so that nothing matches",
};

/// The key that names a peer.
#[derive(Clone, Copy)]
enum PeerKey {
    Cidr,
    CidrIpv6,
    PrefixList,
    Group,
}

fn peer<'a>(reader: &mut Reader<'_, 'a>, entry: &'a RawValue, key: PeerKey) -> Option<Peer> {
    let answer = reader.parse::<PeerAnswer<'a>>(entry)?;
    let (leaf, name) = match key {
        PeerKey::Cidr => (answer.cidr_ip, "CidrIp"),
        PeerKey::CidrIpv6 => (answer.cidr_ipv6, "CidrIpv6"),
        PeerKey::PrefixList => (answer.prefix_list_id, "PrefixListId"),
        PeerKey::Group => (answer.group_id, "GroupId"),
    };
    if leaf.is_none() {
        reader.missing(entry, name);
    }
    match key {
        PeerKey::Cidr | PeerKey::CidrIpv6 => range(reader, leaf, name),
        PeerKey::PrefixList => reader.text(leaf, name).map(Cow::into_owned).map(Peer::PrefixList),
        PeerKey::Group => group_peer(reader, entry, leaf, answer.peering_status),
    }
}

fn range<'a>(reader: &mut Reader<'_, 'a>, leaf: Leaf<'a>, key: &str) -> Option<Peer> {
    reader.prefix(leaf, key).map(|prefix| Peer::Range(AddressRange::from(prefix)))
}

/// A reference across a peering that is not active is stale and matches nothing.
fn group_peer<'a>(
    reader: &mut Reader<'_, 'a>,
    entry: &'a RawValue,
    leaf: Leaf<'a>,
    status: Leaf<'a>,
) -> Option<Peer> {
    let group = reader.text(leaf, "GroupId")?;
    match reader.text(status, "PeeringStatus") {
        Some(status) if status != "active" => {
            let span = reader.span(entry);
            reader.left_out(STALE, &group, span);
            None
        }
        Some(_) | None => Some(Peer::Group(group.into_owned())),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleAnswer<'a> {
    #[serde(borrow)]
    security_group_rule_id: Leaf<'a>,
    group_id: Leaf<'a>,
    is_egress: Leaf<'a>,
    ip_protocol: Leaf<'a>,
    from_port: Leaf<'a>,
    to_port: Leaf<'a>,
    cidr_ipv4: Leaf<'a>,
    cidr_ipv6: Leaf<'a>,
    prefix_list_id: Leaf<'a>,
    referenced_group_info: Option<ReferenceAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReferenceAnswer<'a> {
    #[serde(borrow)]
    group_id: Leaf<'a>,
    peering_status: Leaf<'a>,
}

pub(super) fn security_group_rule<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<RuleAnswer<'a>>(object) else { return };
    let group = reader.id(object, answer.group_id, "GroupId");
    if answer.is_egress.is_none() {
        reader.missing(object, "IsEgress");
    }
    let egress = reader.flag(answer.is_egress, "IsEgress");
    let direction = if egress { Direction::Egress } else { Direction::Ingress };
    let numbers = (answer.from_port, answer.to_port);
    let numbers = Numbers { ports: numbers, icmp: numbers };
    let service: Option<Service> = service(reader, object, answer.ip_protocol, numbers, KEYS);
    let id = reader.text(answer.security_group_rule_id, "SecurityGroupRuleId").map(Cow::into_owned);
    let prefix_list = answer.prefix_list_id;
    let peer = if let Some(info) = answer.referenced_group_info {
        group_peer(reader, object, info.group_id, info.peering_status)
    } else if answer.cidr_ipv4.is_some() {
        range(reader, answer.cidr_ipv4, "CidrIpv4")
    } else if answer.cidr_ipv6.is_some() {
        range(reader, answer.cidr_ipv6, "CidrIpv6")
    } else {
        if prefix_list.is_none() {
            reader.missing(object, "CidrIpv4");
        }
        reader.text(prefix_list, "PrefixListId").map(Cow::into_owned).map(Peer::PrefixList)
    };
    if let (Some(group), Some(service), Some(peer)) = (group, service, peer) {
        let rule = GroupRule { id, service, peer };
        estate.security_group_rules.push((group, direction, rule, reader.span(object)));
    }
}

/// Gives the rules of described groups their ids, and makes groups of the rules of others.
pub(super) fn join_rules(estate: &mut Estate) {
    let mut apart = Vec::new();
    for (group, direction, rule, span) in std::mem::take(&mut estate.security_group_rules) {
        let Some(known) = estate.security_groups.get_mut(&group) else {
            apart.push((group, direction, rule, span));
            continue;
        };
        let mut rules = known.rules_mut(direction).iter_mut();
        let alike = rules.find(|(one, _)| one.id.is_none() && one.says_the_same(&rule));
        if let Some((one, _)) = alike {
            one.id = rule.id;
        }
    }
    for (group, direction, rule, span) in apart {
        let made = estate.security_groups.entry(group).or_insert_with_key(|id| {
            let how = String::from("group of the rules in `SecurityGroupRules`");
            let origin = Origin::Derived { how, from: vec![span] };
            let meta = Meta::new(id.clone(), origin);
            SecurityGroup { meta, vpc: None, ingress: Vec::new(), egress: Vec::new() }
        });
        let rules = made.rules_mut(direction);
        // Two accounts may both list the rule of a shared group.
        if !rules.iter().any(|(one, _)| one.id == rule.id && one.says_the_same(&rule)) {
            rules.push((rule, span));
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixListAnswer<'a> {
    #[serde(borrow)]
    prefix_list_id: Leaf<'a>,
    prefix_list_name: Leaf<'a>,
    prefix_list_arn: Leaf<'a>,
    owner_id: Leaf<'a>,
    /// `describe-prefix-lists`.
    cidrs: List<'a>,
    /// Collectors put the answer of `get-managed-prefix-list-entries` here.
    entries: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryAnswer<'a> {
    #[serde(borrow)]
    cidr: Leaf<'a>,
}

pub(super) fn prefix_list<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<PrefixListAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.prefix_list_id, "PrefixListId");
    let cidrs = answer.cidrs.map(|cidrs| {
        let ranges = cidrs.into_iter().filter_map(|raw| {
            let prefix = reader.prefix(Some(raw), "Cidrs")?;
            Some((AddressRange::from(prefix), reader.span(raw)))
        });
        ranges.collect::<Vec<_>>()
    });
    let entries = answer.entries.map(|entries| ranges(reader, entries));
    let name = reader.text(answer.prefix_list_name, "PrefixListName");
    let arn = reader.text(answer.prefix_list_arn, "PrefixListArn");
    let Some(id) = id else { return };
    let mut meta = meta(reader, object, id, answer.owner_id, answer.tags);
    meta.name = meta.name.or(name.map(Cow::into_owned));
    meta.region = arn.as_deref().and_then(region_of_arn).or(meta.region);
    add(&mut estate.prefix_lists, PrefixList { meta, entries: cidrs.or(entries) }, reader);
}

fn ranges<'a>(
    reader: &mut Reader<'_, 'a>,
    entries: Vec<&'a RawValue>,
) -> Vec<(AddressRange, Span)> {
    let mut ranges = Vec::new();
    for raw in entries {
        let Some(entry) = reader.parse::<EntryAnswer<'a>>(raw) else { continue };
        if entry.cidr.is_none() {
            reader.missing(raw, "Cidr");
        }
        if let Some(prefix) = reader.prefix(entry.cidr, "Cidr") {
            ranges.push((AddressRange::from(prefix), reader.span(raw)));
        }
    }
    ranges
}

/// Reads an answer of `get-managed-prefix-list-entries`, which does not say whose entries it holds.
pub(super) fn entries<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    key: &str,
    entries: Vec<&'a RawValue>,
    list: Option<&str>,
) {
    let entries = ranges(reader, entries);
    if let Some(list) = list {
        estate.prefix_list_entries.push((list.to_owned(), entries));
    } else {
        let effect = "put `\"PrefixListId\": \"pl-…\"` beside `Entries`; \
                      until then references to the list are unresolved facts";
        let what = String::from("entries of a prefix list that is not named");
        reader.unread(reader.span_of(key), what, effect);
    }
}

/// Gives prefix lists the entries that came in answers of their own.
pub(super) fn join_entries(estate: &mut Estate, findings: &mut Findings) {
    for (id, entries) in std::mem::take(&mut estate.prefix_list_entries) {
        let first = entries.first().map(|(_, span)| *span);
        let list = estate.prefix_lists.entry(id).or_insert_with_key(|id| {
            let how = String::from("list of the entries in `Entries`");
            let from = first.into_iter().collect();
            PrefixList { meta: Meta::new(id.clone(), Origin::Derived { how, from }), entries: None }
        });
        let Some(known) = &list.entries else {
            list.entries = Some(entries);
            continue;
        };
        let ranges = |entries: &[(AddressRange, Span)]| {
            let mut ranges: Vec<_> = entries.iter().map(|(range, _)| *range).collect();
            ranges.sort_unstable();
            ranges
        };
        if ranges(known) != ranges(&entries) {
            let places = known.iter().take(1).map(|(_, span)| *span).chain(first).collect();
            let id = &list.meta.id;
            let statement = format!(
                "the entries of prefix list `{id}` are listed twice and differ; the first list holds"
            );
            findings.assume(statement, places);
        }
    }
}
