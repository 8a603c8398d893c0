//! Security groups, prefix lists and network ACLs.

use canreach_model::{
    Action, AddressMatch, Direction, NetworkAclId, PacketMatch, PeeringStatus, Rule,
    SecurityGroupId, VpcId,
};
use canreach_net::{AddressRange, PortSet, Protocol};
use serde_json::{Value, json};

use super::{ACCOUNT, About, HOME, Layout, Writer};

const ENTRIES: About = About { wrapper: "Entries", id: "PrefixListId", list: "Entries" };

impl Writer<'_> {
    pub(super) fn filters(&mut self) {
        self.prefix_lists();
        for id in self.network.security_groups.ids() {
            self.security_group(id);
        }
        for id in self.network.network_acls.ids() {
            self.network_acl(id);
        }
    }

    fn prefix_lists(&mut self) {
        for (_, list) in self.network.address_groups.iter() {
            let entries = list.entries.iter().map(|entry| json!({ "Cidr": prefix(entry.range) }));
            let entries: Vec<Value> = entries.collect();
            let mut answer = json!({
                "PrefixListId": list.meta.id,
                "PrefixListName": list.meta.id,
                "OwnerId": ACCOUNT,
                "State": "create-complete",
            });
            match (self.layout, answer.as_object_mut()) {
                (Layout::Collected, Some(members)) => {
                    members.insert("Entries".to_owned(), entries.into());
                }
                (Layout::Collected, None) | (Layout::Printed, _) => {
                    self.about(HOME, &ENTRIES, &list.meta.id, &entries);
                }
            }
            self.add(HOME, "PrefixLists", &answer);
        }
    }

    fn security_group(&mut self, id: SecurityGroupId) {
        let group = &self.network.security_groups[id];
        let region = group.vpc.map_or_else(|| HOME.to_owned(), |vpc| self.region_of(vpc));
        let permissions = |direction| {
            let rules = group.rules.of(direction).iter();
            rules.map(|rule| self.permission(group.vpc, direction, rule)).collect::<Vec<_>>()
        };
        let answer = json!({
            "GroupId": group.meta.id,
            "GroupName": group.meta.id,
            "Description": "",
            "OwnerId": ACCOUNT,
            "VpcId": group.vpc.map(|vpc| self.network.vpcs[vpc].meta.id.clone()),
            "IpPermissions": permissions(Direction::Ingress),
            "IpPermissionsEgress": permissions(Direction::Egress),
        });
        self.add(&region, "SecurityGroups", &answer);
    }

    fn permission(&self, vpc: Option<VpcId>, direction: Direction, rule: &Rule) -> Value {
        let matches = &rule.matches;
        let peer = match direction {
            Direction::Ingress => matches.source,
            Direction::Egress => matches.destination,
        };
        let (mut v4, mut v6, mut lists, mut groups) = (vec![], vec![], vec![], vec![]);
        match peer {
            AddressMatch::Any => {
                v4.push(json!({ "CidrIp": "0.0.0.0/0" }));
                v6.push(json!({ "CidrIpv6": "::/0" }));
            }
            AddressMatch::Range(range) if range.first().is_ipv4() => {
                v4.push(json!({ "CidrIp": prefix(range) }));
            }
            AddressMatch::Range(range) => v6.push(json!({ "CidrIpv6": prefix(range) })),
            AddressMatch::AddressGroup(list) => {
                let id = &self.network.address_groups[list].meta.id;
                lists.push(json!({ "PrefixListId": id }));
            }
            AddressMatch::SecurityGroup(group) => groups.push(self.reference(vpc, group)),
        }
        let mut permission = json!({
            "IpProtocol": protocol_name(matches.protocol),
            "IpRanges": v4,
            "Ipv6Ranges": v6,
            "PrefixListIds": lists,
            "UserIdGroupPairs": groups,
        });
        if let (Some((first, last)), Some(members)) = (numbers(matches), permission.as_object_mut())
        {
            members.insert("FromPort".to_owned(), first.into());
            members.insert("ToPort".to_owned(), last.into());
        }
        permission
    }

    /// A group of another VPC comes with the peering, of which AWS tells the status.
    fn reference(&self, vpc: Option<VpcId>, group: SecurityGroupId) -> Value {
        let other = &self.network.security_groups[group];
        let mut pair = json!({ "GroupId": other.meta.id, "UserId": ACCOUNT });
        let mut peerings = self.network.peerings.iter().map(|(_, peering)| peering);
        let between = peerings.find(|peering| {
            vpc != other.vpc && vpc.and_then(|vpc| peering.other_side(vpc)) == other.vpc
        });
        if let (Some(peering), Some(members)) = (between, pair.as_object_mut()) {
            let status = if peering.status == PeeringStatus::Active { "active" } else { "deleted" };
            members.insert("PeeringStatus".to_owned(), status.into());
            members.insert("VpcPeeringConnectionId".to_owned(), peering.meta.id.clone().into());
        }
        pair
    }

    fn network_acl(&mut self, id: NetworkAclId) {
        let acl = &self.network.network_acls[id];
        let own = || {
            let subnets = self.network.subnets.iter();
            subnets.map(|(_, subnet)| subnet).filter(|subnet| subnet.network_acl == Some(id))
        };
        // One that no subnet has is written nowhere.
        let Some(vpc) = own().next().map(|subnet| subnet.vpc) else { return };
        let associations: Vec<Value> = own()
            .map(|subnet| {
                json!({
                    "NetworkAclAssociationId": format!("aclassoc-{}", subnet.meta.id),
                    "NetworkAclId": acl.meta.id,
                    "SubnetId": subnet.meta.id,
                })
            })
            .collect();
        let mut entries = Vec::new();
        // AWS lists what leaves first, and the rules that deny what no other matches last.
        for direction in [Direction::Egress, Direction::Ingress] {
            let rules = acl.rules.of(direction).iter();
            entries.extend(rules.map(|rule| entry(direction, rule)));
            for (number, key, everywhere) in
                [(32767, "CidrBlock", "0.0.0.0/0"), (32768, "Ipv6CidrBlock", "::/0")]
            {
                entries.push(json!({
                    "RuleNumber": number,
                    "RuleAction": "deny",
                    "Egress": direction == Direction::Egress,
                    "Protocol": "-1",
                    key: everywhere,
                }));
            }
        }
        let answer = json!({
            "NetworkAclId": acl.meta.id,
            "VpcId": self.network.vpcs[vpc].meta.id,
            "OwnerId": ACCOUNT,
            "IsDefault": false,
            "Associations": associations,
            "Entries": entries,
        });
        let region = self.region_of(vpc);
        self.add(&region, "NetworkAcls", &answer);
    }
}

fn entry(direction: Direction, rule: &Rule) -> Value {
    let matches = &rule.matches;
    let side = match direction {
        Direction::Ingress => matches.source,
        Direction::Egress => matches.destination,
    };
    let cidr = match side {
        AddressMatch::Range(range) => prefix(range),
        AddressMatch::Any | AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => {
            String::from("0.0.0.0/0")
        }
    };
    let key = if cidr.contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
    let mut entry = json!({
        "RuleNumber": rule.number,
        "RuleAction": if rule.action == Action::Allow { "allow" } else { "deny" },
        "Egress": direction == Direction::Egress,
        "Protocol": matches.protocol.map_or(String::from("-1"), |Protocol(it)| it.to_string()),
        key: cidr,
    });
    let is_icmp = matches.protocol.is_some_and(Protocol::is_icmp);
    if let (Some((first, last)), Some(members)) = (numbers(matches), entry.as_object_mut()) {
        if is_icmp {
            members.insert("IcmpTypeCode".to_owned(), json!({ "Type": first, "Code": last }));
        } else {
            members.insert("PortRange".to_owned(), json!({ "From": first, "To": last }));
        }
    }
    entry
}

/// Returns the ports, or ICMP type and code, of protocols that have them.
fn numbers(matches: &PacketMatch) -> Option<(i32, i32)> {
    let protocol = matches.protocol?;
    if protocol.is_icmp() {
        let icmp = matches.icmp;
        let kind = icmp.and_then(|icmp| icmp.kind).map_or(-1, i32::from);
        return Some((kind, icmp.and_then(|icmp| icmp.code).map_or(-1, i32::from)));
    }
    protocol.has_ports().then(|| ports(&matches.destination_ports))
}

fn ports(set: &PortSet) -> (i32, i32) {
    set.ranges().next().map_or((0, 65535), |(first, last)| (first.into(), last.into()))
}

/// Groups write the names of the protocols that have one.
fn protocol_name(protocol: Option<Protocol>) -> String {
    match protocol {
        None => String::from("-1"),
        Some(Protocol::TCP) => String::from("tcp"),
        Some(Protocol::UDP) => String::from("udp"),
        Some(Protocol::ICMP) => String::from("icmp"),
        Some(Protocol::ICMPV6) => String::from("icmpv6"),
        Some(Protocol(number)) => number.to_string(),
    }
}

fn prefix(range: AddressRange) -> String {
    range.as_prefix().map_or_else(|| range.to_string(), |prefix| prefix.to_string())
}
