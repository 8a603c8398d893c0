//! Reading rules, and what can be wrong with a rule by itself.
//!
//! What depends on the cloud, such as deny rules, is checked where the profile is known.

use canreach_model::{Action, Direction};
use canreach_net::{Family, PortRange, Protocol};

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Name, Node},
    values::End,
    written::{Rule, Rules},
};
use crate::diagnostic::Diagnostic;

/// The priorities of security-group rules.
pub(super) const PRIORITY: (u16, u16) = (1, 100);

/// The numbers of network-ACL rules.
const NUMBER: (u16, u16) = (1, 32766);

const BYTE: (u16, u16) = (0, 255);

/// What to write where an action must be there.
pub(super) const NEEDS_ACTION: &str = "write `action: allow` or `action: deny`";
const WORD: (u16, u16) = (0, u16::MAX);

pub(super) const SECURITY_GROUP: Keys = Keys {
    what: "a security group",
    known: &["vpc", "ingress", "egress", "tags"],
    instead: &[("rules", "write `ingress` and `egress`")],
};

pub(super) const NETWORK_ACL: Keys = Keys {
    what: "a network ACL",
    known: &["vpc", "ingress", "egress", "tags"],
    instead: &[
        ("rules", "write `ingress` and `egress`"),
        ("subnets", "write `network_acl: …` in each subnet"),
    ],
};

pub(super) const INGRESS: Keys = Keys {
    what: "an ingress rule of a security group",
    known: &[
        "id",
        "action",
        "priority",
        "family",
        "protocol",
        "source",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[
        ("destination", "an ingress rule speaks of the other side: write `source`"),
        ("source_ports", "security groups do not match the source port; a network ACL may"),
        (
            "number",
            "rules of a security group have no number; where order matters they have a `priority`",
        ),
        ("port", "write `ports`"),
    ],
};

pub(super) const EGRESS: Keys = Keys {
    what: "an egress rule of a security group",
    known: &[
        "id",
        "action",
        "priority",
        "family",
        "protocol",
        "destination",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[
        ("source", "an egress rule speaks of the other side: write `destination`"),
        ("source_ports", "security groups do not match the source port; a network ACL may"),
        (
            "number",
            "rules of a security group have no number; where order matters they have a `priority`",
        ),
        ("port", "write `ports`"),
    ],
};

pub(super) const ACL_RULE: Keys = Keys {
    what: "a rule of a network ACL",
    known: &[
        "id",
        "number",
        "action",
        "family",
        "protocol",
        "source",
        "destination",
        "source_ports",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[
        (
            "priority",
            "rules of a network ACL have no priority: the first that matches decides; write `number`, or put them in order",
        ),
        ("port", "write `ports`"),
    ],
};

/// What a rule of a record may say: a network may have rules that no cloud would take.
pub(super) const RECORDED: Keys = Keys {
    what: "a rule of a record",
    known: &[
        "id",
        "number",
        "priority",
        "action",
        "family",
        "protocol",
        "source",
        "destination",
        "source_ports",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[],
};

impl Reader<'_> {
    pub(super) fn security_group(&mut self, fields: &Fields<'_>, _: &Name) -> Rules {
        Rules {
            vpc: self.reference(fields, "vpc", "a VPC"),
            ingress: self.rules(fields, "ingress", &INGRESS),
            egress: self.rules(fields, "egress", &EGRESS),
        }
    }

    pub(super) fn network_acl(&mut self, fields: &Fields<'_>, _: &Name) -> Rules {
        let mut rules = Rules {
            vpc: self.reference(fields, "vpc", "a VPC"),
            ingress: self.rules(fields, "ingress", &ACL_RULE),
            egress: self.rules(fields, "egress", &ACL_RULE),
        };
        if !self.is_record {
            for rule in rules.ingress.iter_mut().chain(&mut rules.egress) {
                self.no_groups(rule, "a network ACL matches addresses, not security groups");
            }
        }
        rules
    }

    pub(super) fn rules(&mut self, fields: &Fields<'_>, key: &str, keys: &Keys) -> Vec<Rule> {
        let keys = if self.is_record { &RECORDED } else { keys };
        let list = fields
            .get(key)
            .and_then(|node| self.list(node, &format!("`{key}` is a list of rules")));
        list.unwrap_or_default().iter().filter_map(|node| self.rule(node, keys)).collect()
    }

    fn rule(&mut self, node: &Node, keys: &Keys) -> Option<Rule> {
        let fields = self.fields(node, None, keys)?;
        let (numbers, priorities) = if self.is_record { (WORD, WORD) } else { (NUMBER, PRIORITY) };
        let rule = Rule {
            id: self.rule_id(&fields),
            has_number: fields.get("number").is_some(),
            number: fields
                .get("number")
                .and_then(|node| self.number(node, "a rule number", numbers)),
            priority: fields
                .get("priority")
                .and_then(|node| self.number(node, "a priority", priorities)),
            action: self.action(&fields),
            ..self.matching(&fields)
        };
        if keys.known.contains(&"number") && !self.is_record {
            self.require(&fields, "action", NEEDS_ACTION);
        }
        self.check(&rule);
        Some(rule)
    }

    /// Returns the id of a rule, where it has one.
    pub(super) fn rule_id(&mut self, fields: &Fields<'_>) -> Option<String> {
        let id = fields.get("id").and_then(|node| self.text(node, "expected the id of the rule"));
        id.map(|id| id.value.to_owned())
    }

    /// Returns what a rule does, where it says so.
    pub(super) fn action(&mut self, fields: &Fields<'_>) -> Option<At<Action>> {
        const ACTIONS: [(&str, Action); 2] = [("allow", Action::Allow), ("deny", Action::Deny)];
        fields.get("action").and_then(|node| self.word(node, "an action", &ACTIONS))
    }

    /// Returns which packets a rule speaks of: the keys that rules of every kind share.
    pub(super) fn matching(&mut self, fields: &Fields<'_>) -> Rule {
        const FAMILIES: [(&str, Family); 2] = [("ipv4", Family::V4), ("ipv6", Family::V6)];
        if !self.is_record {
            self.dependent_keys(fields);
        }
        let any_icmp = |node: &&Node| self.is_record && node.is_word("any");
        let icmp_type = fields.get("icmp_type").filter(|node| !any_icmp(node));
        let icmp_code = fields.get("icmp_code").filter(|node| !any_icmp(node));
        Rule {
            place: fields.place,
            family: fields
                .get("family")
                .and_then(|node| self.word(node, "an address family", &FAMILIES)),
            protocol: fields.get("protocol").and_then(|node| self.protocol(node)),
            source: fields.get("source").and_then(|node| self.end(node)),
            destination: fields.get("destination").and_then(|node| self.end(node)),
            source_ports: fields.get("source_ports").and_then(|node| self.rule_ports(node)),
            ports: fields.get("ports").and_then(|node| self.rule_ports(node)),
            has_icmp: fields.get("icmp_type").or(fields.get("icmp_code")).is_some(),
            icmp_type: icmp_type.and_then(|node| self.number(node, "an ICMP type", BYTE)),
            icmp_code: icmp_code.and_then(|node| self.number(node, "an ICMP code", BYTE)),
            unresolved: self.reference(fields, "unresolved", "a fact"),
            origin: self.origin(fields),
            is_record: self.is_record,
            ..Rule::default()
        }
    }

    fn rule_ports(&mut self, node: &Node) -> Option<At<Vec<PortRange>>> {
        let ranges: Vec<PortRange> =
            self.port_ranges(node).into_iter().map(|range| range.value).collect();
        (!ranges.is_empty() || self.is_record).then_some(At { value: ranges, place: node.place })
    }

    /// Notes keys that mean nothing without others.
    fn dependent_keys(&mut self, fields: &Fields<'_>) {
        for key in ["ports", "source_ports", "icmp_type", "icmp_code"] {
            let Some(node) = fields.get(key) else { continue };
            if fields.get("protocol").is_none() {
                let protocol = if key.starts_with("icmp") { "icmp" } else { "tcp" };
                let message = format!("`{key}` without a protocol");
                let error = Diagnostic::error("model::ports_without_protocol", node.place, message)
                    .label(format!("not every protocol has {}", key.replace('_', " ")))
                    .help(format!(
                        "add `protocol: {protocol}`, and a second rule for other protocols"
                    ));
                self.diagnostics.push(error);
            }
        }
        if let (Some(code), None) = (fields.get("icmp_code"), fields.get("icmp_type")) {
            let error =
                Diagnostic::error("model::icmp", code.place, "`icmp_code` without `icmp_type`");
            self.diagnostics
                .push(error.help("add `icmp_type`; codes mean something within a type"));
        }
    }

    /// Notes parts of a rule that contradict each other.
    pub(super) fn check(&mut self, rule: &Rule) {
        if let Some(protocol) = &rule.protocol {
            self.check_protocol(rule, *protocol);
        }
        let mut families = families(rule).into_iter();
        let Some((first, what)) = families.next() else { return };
        if let Some((other, other_what)) = families.find(|(family, _)| family.value != first.value)
        {
            let message = format!(
                "no packet can match: {what} is {}, {other_what} is {}",
                first.value, other.value
            );
            let error =
                Diagnostic::error("model::family", other.place, message).note(first.place, what);
            let help = match rule.protocol {
                Some(At { value: Protocol::ICMP, .. }) => Some("for IPv6 write `protocol: icmpv6`"),
                Some(At { value: Protocol::ICMPV6, .. }) => Some("for IPv4 write `protocol: icmp`"),
                Some(_) | None => None,
            };
            self.diagnostics.push(error.maybe_help(help.map(str::to_owned)));
        }
    }

    fn check_protocol(&mut self, rule: &Rule, protocol: At<Protocol>) {
        let name = protocol.value;
        for (key, ports) in [("ports", &rule.ports), ("source_ports", &rule.source_ports)] {
            let Some(ports) = ports else { continue };
            if !name.has_ports() {
                let help = if name.is_icmp() {
                    "write `icmp_type` and `icmp_code`"
                } else {
                    "leave the ports out"
                };
                let error = Diagnostic::error(
                    "model::ports",
                    ports.place,
                    format!("{name} has no ports that a rule could match"),
                )
                .label(format!("`{key}` has no meaning here"))
                .note(protocol.place, "because of this protocol")
                .help(help);
                self.diagnostics.push(error);
            }
        }
        for (key, number) in [("icmp_type", &rule.icmp_type), ("icmp_code", &rule.icmp_code)] {
            let Some(number) = number else { continue };
            if !name.is_icmp() {
                let error = Diagnostic::error(
                    "model::icmp",
                    number.place,
                    format!("`{key}` on a rule for {name}"),
                )
                .note(protocol.place, "because of this protocol")
                .help("write `protocol: icmp` or `icmpv6`, or leave it out");
                self.diagnostics.push(error);
            }
        }
    }

    /// Notes ends that are security groups, where these are not known.
    pub(super) fn no_groups(&mut self, rule: &mut Rule, message: &str) {
        for end in [&mut rule.source, &mut rule.destination] {
            if let Some(At { value: End::SecurityGroup(name), .. }) = end {
                let error = Diagnostic::error("model::rule_end", name.place, message)
                    .help("write a CIDR block or an address group");
                self.diagnostics.push(error);
                *end = None;
            }
        }
    }
}

/// The families that the parts of a rule speak of.
fn families(rule: &Rule) -> Vec<(At<Family>, &'static str)> {
    let of_protocol = rule.protocol.and_then(|At { value, place }| match value {
        Protocol::ICMP => Some(At { value: Family::V4, place }),
        Protocol::ICMPV6 => Some(At { value: Family::V6, place }),
        _ => None,
    });
    let of_end = |end: &Option<At<End>>| match end {
        Some(At { value: End::Range(range), place }) => {
            Some(At { value: Family::of(range.first()), place: *place })
        }
        Some(At { value: End::SecurityGroup(_) | End::AddressGroup(_), .. }) | None => None,
    };
    [
        (rule.family, "the family"),
        (of_protocol, "the protocol"),
        (of_end(&rule.source), "the source"),
        (of_end(&rule.destination), "the destination"),
    ]
    .into_iter()
    .filter_map(|(family, what)| family.map(|family| (family, what)))
    .collect()
}

impl Rule {
    /// The family of the packets it matches, where something other than an address says it.
    pub(super) fn stated_family(&self) -> Option<Family> {
        if self.is_record {
            return self.family.map(|family| family.value);
        }
        let protocol = self.protocol.and_then(|protocol| match protocol.value {
            Protocol::ICMP => Some(Family::V4),
            Protocol::ICMPV6 => Some(Family::V6),
            _ => None,
        });
        self.family.map(|family| family.value).or(protocol)
    }
}

impl Rules {
    /// The rules of one direction.
    pub(super) fn of(&self, direction: Direction) -> &[Rule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}
