//! Network ACLs.

use canreach_model::{Action, AddressMatch, Direction, Origin, PacketMatch, Rule, RuleSet};
use canreach_net::{AddressRange, Family, PortSet};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
        records::NetworkAcl,
    },
    Tag, meta,
    service::{Keys, Numbers, service},
};

const KEYS: Keys = Keys { protocol: "Protocol", ports: ("From", "To"), icmp: ("Type", "Code") };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AclAnswer<'a> {
    #[serde(borrow)]
    network_acl_id: Leaf<'a>,
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    is_default: Leaf<'a>,
    associations: Option<Vec<AssociationAnswer<'a>>>,
    entries: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationAnswer<'a> {
    #[serde(borrow)]
    subnet_id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryAnswer<'a> {
    #[serde(borrow)]
    rule_number: Leaf<'a>,
    rule_action: Leaf<'a>,
    egress: Leaf<'a>,
    protocol: Leaf<'a>,
    cidr_block: Leaf<'a>,
    ipv6_cidr_block: Leaf<'a>,
    port_range: Option<PortsAnswer<'a>>,
    icmp_type_code: Option<IcmpAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortsAnswer<'a> {
    #[serde(borrow)]
    from: Leaf<'a>,
    to: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IcmpAnswer<'a> {
    #[serde(borrow)]
    r#type: Leaf<'a>,
    code: Leaf<'a>,
}

/// Reads a network ACL.
pub(super) fn network_acl<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
) -> Option<NetworkAcl> {
    let answer = reader.parse::<AclAnswer<'a>>(object)?;
    let id = reader.id(object, answer.network_acl_id, "NetworkAclId");
    let vpc = reader.id(object, answer.vpc_id, "VpcId");
    let is_default = reader.flag(answer.is_default, "IsDefault");
    let mut rules = RuleSet::default();
    for entry in answer.entries.unwrap_or_default() {
        match rule(reader, entry) {
            Some((Direction::Ingress, rule)) => rules.ingress.push(rule),
            Some((Direction::Egress, rule)) => rules.egress.push(rule),
            None => {}
        }
    }
    rules.ingress.sort_by_key(|rule| rule.number);
    rules.egress.sort_by_key(|rule| rule.number);
    let associations = answer.associations.unwrap_or_default();
    let subnets = associations
        .into_iter()
        .filter_map(|association| reader.text(association.subnet_id, "SubnetId"))
        .map(std::borrow::Cow::into_owned)
        .collect();
    let (id, vpc) = (id?, vpc?);
    let meta = meta(reader, object, id, answer.owner_id, answer.tags);
    Some(NetworkAcl { meta, vpc, is_default, subnets, rules })
}

fn rule<'a>(reader: &mut Reader<'_, 'a>, entry: &'a RawValue) -> Option<(Direction, Rule)> {
    let answer = reader.parse::<EntryAnswer<'a>>(entry)?;
    for (leaf, key) in [(answer.rule_number, "RuleNumber"), (answer.egress, "Egress")] {
        if leaf.is_none() {
            reader.missing(entry, key);
        }
    }
    let number = reader.integer(answer.rule_number, "RuleNumber", (1, 65535));
    let action = action(reader, entry, answer.rule_action);
    let egress = reader.flag(answer.egress, "Egress");
    let icmp = answer.icmp_type_code.map_or((None, None), |icmp| (icmp.r#type, icmp.code));
    let ports = answer.port_range.map_or((None, None), |ports| (ports.from, ports.to));
    let service = service(reader, entry, answer.protocol, Numbers { ports, icmp }, KEYS);
    let range = match (answer.cidr_block, answer.ipv6_cidr_block) {
        (None, None) => {
            reader.missing(entry, "CidrBlock");
            None
        }
        (v4, v6) => reader.prefix(v4, "CidrBlock").or(reader.prefix(v6, "Ipv6CidrBlock")),
    };
    let (number, action, service, range) = (number?, action?, service?, AddressRange::from(range?));
    let address = AddressMatch::Range(range);
    let (direction, source, destination) = if egress {
        (Direction::Egress, AddressMatch::Any, address)
    } else {
        (Direction::Ingress, address, AddressMatch::Any)
    };
    let matches = PacketMatch {
        family: Some(Family::of(range.first())),
        protocol: service.protocol,
        source,
        destination,
        source_ports: PortSet::all(),
        destination_ports: service.ports,
        icmp: service.icmp,
        unresolved: None,
    };
    let rule = Rule {
        id: None,
        number: u32::try_from(number).ok(),
        priority: None,
        action,
        matches,
        origin: Origin::Written(reader.span(entry)),
    };
    Some((direction, rule))
}

fn action<'a>(reader: &mut Reader<'_, 'a>, entry: &'a RawValue, leaf: Leaf<'a>) -> Option<Action> {
    let action = reader.id(entry, leaf, "RuleAction")?;
    match action.as_str() {
        "allow" => Some(Action::Allow),
        "deny" => Some(Action::Deny),
        _ => {
            reader.mistyped(leaf?, "RuleAction", "`allow` or `deny`");
            None
        }
    }
}
