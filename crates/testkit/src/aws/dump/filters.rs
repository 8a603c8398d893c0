//! Security groups and network ACLs.

use canreach_model::{
    Action, AddressMatch, Direction, Network, NetworkAclId, PacketMatch, Rule, RuleSet,
};
use canreach_net::{AddressRange, Family, PortSet, Protocol};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, id};

/// The far side of a rule, seen from the filter.
fn far_side(matches: &PacketMatch, direction: Direction) -> AddressMatch {
    match direction {
        Direction::Ingress => matches.source,
        Direction::Egress => matches.destination,
    }
}

/// The CIDR block that a rule speaks of: everywhere in its family, where it names none.
fn block(matches: &PacketMatch, direction: Direction) -> Option<(Family, String)> {
    match far_side(matches, direction) {
        AddressMatch::Range(range) => {
            let family = Family::of(range.first());
            AddressRange::as_prefix(range).map(|prefix| (family, prefix.to_string()))
        }
        AddressMatch::Any => {
            let family = matches.family?;
            Some((family, family.everywhere().to_string()))
        }
        AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => None,
    }
}

fn only_ports(ports: &PortSet) -> Option<(u16, u16)> {
    if ports.is_all() { None } else { ports.ranges().next() }
}

pub(super) fn security_groups(network: &Network) -> Vec<Value> {
    let all = network.security_groups.iter().map(|(_, group)| {
        let permissions = |direction| {
            let rules = group.rules.of(direction).iter();
            rules.map(|rule| permission(network, &rule.matches, direction)).collect::<Vec<_>>()
        };
        json!({
            "GroupId": id(&group.meta), "GroupName": id(&group.meta), "OwnerId": ACCOUNT,
            "VpcId": group.vpc.map(|vpc| id(&network.vpcs[vpc].meta)),
            "IpPermissions": permissions(Direction::Ingress),
            "IpPermissionsEgress": permissions(Direction::Egress),
        })
    });
    all.collect()
}

fn permission(network: &Network, matches: &PacketMatch, direction: Direction) -> Value {
    let mut answer = Map::new();
    let mut put = |key: &str, value: Value| drop(answer.insert(key.to_owned(), value));
    let protocol = match matches.protocol {
        None => "-1",
        Some(Protocol::TCP) => "tcp",
        Some(Protocol::UDP) => "udp",
        Some(_) => "icmp",
    };
    put("IpProtocol", json!(protocol));
    if matches.protocol.is_some_and(Protocol::has_ports) {
        let (first, last) = only_ports(&matches.destination_ports).unwrap_or((0, u16::MAX));
        put("FromPort", json!(first));
        put("ToPort", json!(last));
    } else if matches.protocol.is_some() {
        let icmp = matches.icmp;
        let number = |value: Option<u8>| value.map_or(json!(-1), |value| json!(value));
        put("FromPort", number(icmp.and_then(|icmp| icmp.kind)));
        put("ToPort", number(icmp.and_then(|icmp| icmp.code)));
    }
    match (far_side(matches, direction), block(matches, direction)) {
        (AddressMatch::SecurityGroup(group), _) => {
            let group = id(&network.security_groups[group].meta);
            put("UserIdGroupPairs", json!([{ "GroupId": group, "UserId": ACCOUNT }]));
        }
        (_, Some((Family::V4, block))) => put("IpRanges", json!([{ "CidrIp": block }])),
        (_, Some((Family::V6, block))) => put("Ipv6Ranges", json!([{ "CidrIpv6": block }])),
        (_, None) => {}
    }
    Value::Object(answer)
}

pub(super) fn network_acls(estate: &crate::aws::Network) -> Vec<Value> {
    let network = &estate.network;
    let all = network.network_acls.iter().map(|(key, acl)| {
        let default = estate.default_acls.iter().find(|(_, acl)| *acl == key);
        let own = || network.subnets.iter().filter(|(_, it)| it.network_acl == Some(key));
        let vpc = default.map(|(vpc, _)| *vpc).or_else(|| own().next().map(|(_, it)| it.vpc));
        json!({
            "NetworkAclId": id(&acl.meta), "IsDefault": default.is_some(), "OwnerId": ACCOUNT,
            "VpcId": vpc.map(|vpc| id(&network.vpcs[vpc].meta)),
            "Associations": associations(network, key),
            "Entries": entries(&acl.rules),
        })
    });
    all.collect()
}

fn associations(network: &Network, acl: NetworkAclId) -> Vec<Value> {
    let own = network.subnets.iter().filter(|(_, it)| it.network_acl == Some(acl));
    own.map(|(_, it)| json!({ "SubnetId": id(&it.meta) })).collect()
}

fn entries(rules: &RuleSet) -> Vec<Value> {
    let mut entries = Vec::new();
    for direction in [Direction::Egress, Direction::Ingress] {
        // The last one first: whoever reads them must look at the numbers.
        entries.push(json!({
            "RuleNumber": 32767, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0",
            "Egress": direction == Direction::Egress,
        }));
        entries.extend(rules.of(direction).iter().rev().map(|rule| entry(rule, direction)));
    }
    entries
}

fn entry(rule: &Rule, direction: Direction) -> Value {
    let mut answer = json!({
        "RuleNumber": rule.number, "Egress": direction == Direction::Egress,
        "RuleAction": if rule.action == Action::Allow { "allow" } else { "deny" },
        "Protocol": rule.matches.protocol.map_or("-1".into(), |Protocol(number)| number.to_string()),
    });
    let Some(answer_map) = answer.as_object_mut() else { return answer };
    match block(&rule.matches, direction) {
        Some((Family::V4, block)) => drop(answer_map.insert("CidrBlock".into(), json!(block))),
        Some((Family::V6, block)) => drop(answer_map.insert("Ipv6CidrBlock".into(), json!(block))),
        None => {}
    }
    if let Some((first, last)) = only_ports(&rule.matches.destination_ports) {
        answer_map.insert("PortRange".into(), json!({ "From": first, "To": last }));
    } else if rule.matches.protocol.is_some_and(Protocol::has_ports) {
        answer_map.insert("PortRange".into(), json!({ "From": 0, "To": u16::MAX }));
    }
    if rule.matches.protocol == Some(Protocol::ICMP) {
        let number = |value: Option<u8>| value.map_or(json!(-1), |value| json!(value));
        let icmp = rule.matches.icmp;
        let (kind, code) = (icmp.and_then(|it| it.kind), icmp.and_then(|it| it.code));
        answer_map
            .insert("IcmpTypeCode".into(), json!({ "Type": number(kind), "Code": number(code) }));
    }
    answer
}
