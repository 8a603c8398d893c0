//! Reading Windows Defender Firewall, which has no order of rules, as chains, which have.
//!
//! "Windows Firewall rules" (Microsoft Learn), rule precedence: block rules beat allow rules, and
//! explicit rules the profile's default; what answers a connection passes. So a chain for each
//! direction: answers, block rules, allow rules, and the default as its policy.

use canreach_model::{ConnectionState, Direction, HookPoint, Policy};

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Node},
    written::{Chain, ChainRule, Rule, Verdict},
};
use crate::diagnostic::{Diagnostic, Place};

pub(super) const WINDOWS: Keys = Keys {
    what: "a Windows firewall",
    known: &["enabled", "profile", "inbound", "outbound", "rules"],
    instead: &[
        ("default_inbound", "write `inbound`"),
        ("default_outbound", "write `outbound`"),
        ("profiles", "write `profile`, the one that is active"),
    ],
};

pub(super) const WINDOWS_RULE: Keys = Keys {
    what: "a rule of a Windows firewall",
    known: &[
        "name",
        "enabled",
        "direction",
        "action",
        "profiles",
        "family",
        "protocol",
        "remote",
        "local",
        "source_ports",
        "ports",
        "icmp_type",
        "icmp_code",
        "unresolved",
        "origin",
    ],
    instead: &[
        ("source", "write `remote` in an inbound rule, `local` in an outbound one"),
        ("destination", "write `local` in an inbound rule, `remote` in an outbound one"),
        ("local_ports", "write `ports` in an inbound rule, `source_ports` in an outbound one"),
        ("remote_ports", "write `source_ports` in an inbound rule, `ports` in an outbound one"),
        ("profile", "write `profiles`"),
        ("port", "write `ports`"),
    ],
};

/// The profiles of a network, of which one is active.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Domain,
    Private,
    Public,
}

const NETWORKS: [(&str, Network); 3] =
    [("domain", Network::Domain), ("private", Network::Private), ("public", Network::Public)];

const VERBS: [(&str, Policy); 2] = [("allow", Policy::Accept), ("block", Policy::Drop)];

const NO_GROUPS: &str = "the firewall of a host matches addresses, not security groups";

/// A rule that was read.
struct WindowsRule {
    name: Option<String>,
    matches: Rule,
    direction: Direction,
    action: Policy,
}

impl Reader<'_> {
    /// Returns the chains of a Windows firewall; none where it is switched off.
    pub(super) fn windows(&mut self, node: &Node) -> Option<Vec<Chain>> {
        let fields = self.fields(node, None, &WINDOWS)?;
        let enabled = self.flag(&fields, "enabled", true);
        let active = fields.get("profile").and_then(|node| self.word(node, "a profile", &NETWORKS));
        let inbound = self.by_default(&fields, "inbound", Policy::Drop);
        let outbound = self.by_default(&fields, "outbound", Policy::Accept);
        let list = fields.get("rules").and_then(|node| self.list(node, "`rules` is a list"));
        let mut rules = Vec::new();
        for node in list.unwrap_or_default() {
            rules.extend(self.windows_rule(node, &fields, active.map(|active| active.value)));
        }
        let (inward, outward): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| rule.direction == Direction::Ingress);
        let chains = vec![
            chain("inbound", (HookPoint::Input, inbound), inward, node.place),
            chain("outbound", (HookPoint::Output, outbound), outward, node.place),
        ];
        Some(if enabled { chains } else { Vec::new() })
    }

    fn by_default(&mut self, fields: &Fields<'_>, key: &str, otherwise: Policy) -> Policy {
        let written = fields.get(key).and_then(|node| self.word(node, "a default", &VERBS));
        written.map_or(otherwise, |written| written.value)
    }

    /// Returns a rule; `None` where it is wrong, or does not count.
    fn windows_rule(
        &mut self,
        node: &Node,
        firewall: &Fields<'_>,
        active: Option<Network>,
    ) -> Option<WindowsRule> {
        const DIRECTIONS: [(&str, Direction); 2] =
            [("inbound", Direction::Ingress), ("outbound", Direction::Egress)];
        let fields = self.fields(node, None, &WINDOWS_RULE)?;
        let direction = self
            .require(&fields, "direction", "write `direction: inbound` or `outbound`")
            .and_then(|node| self.word(node, "a direction", &DIRECTIONS));
        let action = self
            .require(&fields, "action", "write `action: allow` or `block`")
            .and_then(|node| self.word(node, "an action", &VERBS));
        let mut matches = self.matching(&fields);
        let remote = fields.get("remote").and_then(|node| self.end(node));
        let local = fields.get("local").and_then(|node| self.end(node));
        (matches.source, matches.destination) = match direction.map(|direction| direction.value) {
            Some(Direction::Egress) => (local, remote),
            Some(Direction::Ingress) | None => (remote, local),
        };
        self.no_groups(&mut matches, NO_GROUPS);
        self.check(&matches);
        let enabled = self.flag(&fields, "enabled", true);
        let applies = self.applies(&fields, firewall, active);
        let name = self.rule_name(&fields);
        let rule =
            WindowsRule { name, matches, direction: direction?.value, action: action?.value };
        (enabled && applies).then_some(rule)
    }

    /// Whether a rule is one for the active profile.
    fn applies(
        &mut self,
        fields: &Fields<'_>,
        firewall: &Fields<'_>,
        active: Option<Network>,
    ) -> bool {
        let Some(node) = fields.get("profiles") else { return true };
        let (mut named, diagnosed) = (Vec::new(), self.diagnostics.len());
        for node in self.one_or_more(node, "profile") {
            named.extend(self.word(node, "a profile", &NETWORKS).map(|network| network.value));
        }
        let read = diagnosed == self.diagnostics.len();
        let all = NETWORKS.iter().all(|(_, network)| named.contains(network));
        if firewall.get("profile").is_none() && read && !all {
            let message = "rules for some profiles need the key `profile` of the firewall";
            self.diagnostics.push(
                Diagnostic::error("model::missing_key", node.place, message)
                    .label("whether this rule counts depends on it")
                    .help("write `profile: domain`, `private` or `public`, whichever is active, beside `rules`"),
            );
        }
        all || active.is_some_and(|active| named.contains(&active))
    }
}

/// Returns the chain of one direction.
fn chain(name: &str, base: (HookPoint, Policy), rules: Vec<WindowsRule>, place: Place) -> Chain {
    let (blocks, allows): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|rule| rule.action == Policy::Drop);
    let answers = ChainRule {
        name: Some(String::from("answers a connection")),
        matches: Rule { place, ..Rule::default() },
        states: Some(vec![ConnectionState::Established]),
        input: None,
        output: None,
        verdict: Some(Verdict::Accept),
        implied: Some("Windows lets pass what answers a connection"),
    };
    let written = blocks.into_iter().chain(allows).map(|rule| ChainRule {
        name: rule.name,
        matches: rule.matches,
        states: None,
        input: None,
        output: None,
        verdict: Some(match rule.action {
            Policy::Accept => Verdict::Accept,
            Policy::Drop => Verdict::Drop,
        }),
        implied: None,
    });
    Chain {
        place,
        name: At { value: name.to_owned(), place },
        base: Some(base),
        origin: None,
        rules: std::iter::once(answers).chain(written).collect(),
    }
}
