//! Reading cloud firewalls: their borders, and the lists of each.

use canreach_model::Action;

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Name, Node},
    rules::NEEDS_ACTION,
    written::{Border, BorderRule, CloudFirewall, Rule},
};
use crate::diagnostic::Diagnostic;

pub(super) const CLOUD_FIREWALL: Keys = Keys {
    what: "a cloud firewall",
    known: &["stateful", "internet", "vpc", "nat", "tags"],
    instead: &[
        ("rules", "write them inside a border: `internet`, `vpc` or `nat`"),
        ("inbound", "write it inside `internet` or `nat`"),
        ("outbound", "write it inside `internet` or `nat`"),
        ("public_addresses", "write `firewall: …` in each public address"),
    ],
};

pub(super) const BORDER: Keys = Keys {
    what: "a border of a cloud firewall",
    known: &["default", "white_list", "black_list", "inbound", "outbound"],
    instead: &[
        ("rules", "write `inbound` and `outbound`"),
        ("ingress", "write `inbound`"),
        ("egress", "write `outbound`"),
        ("policy", "write `default`"),
    ],
};

pub(super) const VPC_BORDER: Keys = Keys {
    what: "the border between VPCs",
    known: &["default", "white_list", "black_list", "rules"],
    instead: &[
        ("inbound", "between VPCs there is one direction: write `rules`"),
        ("outbound", "between VPCs there is one direction: write `rules`"),
        ("policy", "write `default`"),
    ],
};

pub(super) const BORDER_RULE: Keys = Keys {
    what: "a rule of a cloud firewall",
    known: &[
        "id",
        "action",
        "family",
        "protocol",
        "source",
        "destination",
        "domain",
        "application",
        "source_ports",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[
        ("priority", "rules of a cloud firewall are tried as listed"),
        ("number", "rules of a cloud firewall are tried as listed"),
        ("port", "write `ports`"),
    ],
};

pub(super) const LISTED: Keys = Keys {
    what: "an entry of a white or black list",
    known: &[
        "id",
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
        ("action", "the list says what happens: leave `action` out"),
        ("address", "write `source` or `destination`"),
        ("domain", "lists hold addresses; write a rule"),
        ("port", "write `ports`"),
    ],
};

const NO_GROUPS: &str = "a cloud firewall matches addresses, not security groups";

impl Reader<'_> {
    pub(super) fn cloud_firewall(&mut self, fields: &Fields<'_>, _: &Name) -> CloudFirewall {
        CloudFirewall {
            stateful: fields.get("stateful").and_then(|node| self.truth(node)),
            internet: self.border(fields, "internet", &BORDER),
            vpc: self.border(fields, "vpc", &VPC_BORDER),
            nat: self.border(fields, "nat", &BORDER),
        }
    }

    fn border(&mut self, firewall: &Fields<'_>, key: &str, keys: &Keys) -> Option<Border> {
        const ACTIONS: [(&str, Action); 2] = [("allow", Action::Allow), ("deny", Action::Deny)];
        let fields = self.fields(firewall.get(key)?, None, keys)?;
        let default = fields.get("default").and_then(|node| self.word(node, "a default", &ACTIONS));
        let inbound = if fields.get("rules").is_some() { "rules" } else { "inbound" };
        Some(Border {
            default: default.map_or(Action::Allow, |default| default.value),
            white_list: self.listed(&fields, "white_list", Action::Allow),
            black_list: self.listed(&fields, "black_list", Action::Deny),
            inbound: self.border_rules(&fields, inbound),
            outbound: self.border_rules(&fields, "outbound"),
        })
    }

    fn listed(&mut self, fields: &Fields<'_>, key: &str, action: Action) -> Vec<Rule> {
        let list = fields.get(key).and_then(|node| self.list(node, &format!("`{key}` is a list")));
        let mut rules = Vec::new();
        for node in list.unwrap_or_default() {
            let Some(fields) = self.fields(node, None, &LISTED) else { continue };
            rules.push(Rule {
                id: self.rule_id(&fields),
                action: Some(At { value: action, place: node.place }),
                ..self.by_address(&fields)
            });
        }
        rules
    }

    fn border_rules(&mut self, fields: &Fields<'_>, key: &str) -> Vec<BorderRule> {
        let list = fields
            .get(key)
            .and_then(|node| self.list(node, &format!("`{key}` is a list of rules")));
        list.unwrap_or_default().iter().filter_map(|node| self.border_rule(node)).collect()
    }

    fn border_rule(&mut self, node: &Node) -> Option<BorderRule> {
        let fields = self.fields(node, None, &BORDER_RULE)?;
        self.require(&fields, "action", NEEDS_ACTION);
        if let (Some(domain), Some(address)) = (fields.get("domain"), fields.get("destination")) {
            let message = "`domain` and `destination` exclude each other";
            self.diagnostics.push(
                Diagnostic::error("model::conflict", domain.place, message)
                    .label("a domain stands for the destination")
                    .note(address.place, "`destination` is here")
                    .help("keep one of them, or write two rules"),
            );
        }
        Some(BorderRule {
            domain: self.label_of(&fields, "domain", "a domain"),
            application: self.label_of(&fields, "application", "an application"),
            rule: Rule {
                id: self.rule_id(&fields),
                action: self.action(&fields),
                ..self.by_address(&fields)
            },
        })
    }

    fn label_of(&mut self, fields: &Fields<'_>, key: &str, what: &str) -> Option<At<String>> {
        fields.get(key).and_then(|node| self.name(node, what))
    }

    fn by_address(&mut self, fields: &Fields<'_>) -> Rule {
        let mut rule = self.matching(fields);
        self.no_groups(&mut rule, NO_GROUPS);
        self.check(&rule);
        rule
    }
}
