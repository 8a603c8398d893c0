//! Reading the firewalls of instances: chains, as the Linux kernel has them.

use canreach_model::{ConnectionState, HookPoint, HostFirewallKind, Policy};

use super::{
    fields::{Fields, Keys, Reader},
    node::{Node, Value},
    written::{Chain, ChainRule, HostFirewall, Verdict},
};
use crate::diagnostic::Diagnostic;

pub(super) const FIREWALL: Keys = Keys {
    what: "a firewall of an instance",
    known: &["kind", "chains", "windows", "origin"],
    instead: &[
        ("rules", "write them inside `chains: [{ name: INPUT, hook: input, rules: […] }]`"),
        ("profile", "write it inside `windows: { … }`"),
    ],
};

pub(super) const CHAIN: Keys = Keys {
    what: "a chain",
    known: &["name", "hook", "policy", "rules", "origin"],
    instead: &[("default", "write `policy`")],
};

pub(super) const CHAIN_RULE: Keys = Keys {
    what: "a rule of a chain",
    known: &[
        "name",
        "state",
        "family",
        "protocol",
        "source",
        "destination",
        "source_ports",
        "ports",
        "icmp_type",
        "icmp_code",
        "input",
        "output",
        "verdict",
        "unresolved",
        "origin",
    ],
    instead: &[
        ("action", "write `verdict`"),
        ("target", "write `verdict`"),
        ("jump", "write `verdict: { jump: … }`"),
        ("goto", "write `verdict: { goto: … }`"),
        ("states", "write `state`"),
        ("port", "write `ports`"),
        ("comment", "write `name`"),
        ("interface", "write `input` or `output`"),
        ("priority", "rules of a chain are tried as listed"),
        ("number", "rules of a chain are tried as listed"),
    ],
};

pub(super) const VERDICT: Keys =
    Keys { what: "a verdict with a chain", known: &["jump", "goto"], instead: &[] };

const NEEDS_VERDICT: &str =
    "write `verdict: accept`, `drop`, `reject`, `return`, `{ jump: … }` or `{ goto: … }`";

const NO_GROUPS: &str = "the firewall of a host matches addresses, not security groups";

impl Reader<'_> {
    pub(super) fn host_firewall(&mut self, node: &Node) -> Option<HostFirewall> {
        const KINDS: [(&str, HostFirewallKind); 2] =
            [("linux", HostFirewallKind::Linux), ("windows", HostFirewallKind::Windows)];
        let fields = self.fields(node, None, &FIREWALL)?;
        let (place, origin) = (node.place, self.origin(&fields));
        let kind =
            fields.get("kind").and_then(|node| self.word(node, "a kind of firewall", &KINDS));
        if let Some(windows) = fields.get("windows") {
            self.exclusive(&fields, "windows", "chains");
            self.exclusive(&fields, "windows", "kind");
            let chains = self.windows(windows)?;
            return Some(HostFirewall { place, kind: HostFirewallKind::Windows, origin, chains });
        }
        let help = "write `chains: […]` or `windows: { … }`; `chains: []` lets everything pass";
        let list = self.require(&fields, "chains", help)?;
        let list = self.list(list, "`chains` is a list")?;
        let chains = list.iter().filter_map(|node| self.chain(node)).collect();
        let kind = kind.map_or(HostFirewallKind::Linux, |kind| kind.value);
        Some(HostFirewall { place, kind, origin, chains })
    }

    fn chain(&mut self, node: &Node) -> Option<Chain> {
        let fields = self.fields(node, None, &CHAIN)?;
        let name = self.require(&fields, "name", "write for example `name: INPUT`");
        let name = name.and_then(|node| self.name(node, "the chain"));
        let base = self.base(&fields);
        let rules = fields.get("rules").and_then(|node| self.list(node, "`rules` is a list"));
        let rules =
            rules.unwrap_or_default().iter().filter_map(|node| self.chain_rule(node)).collect();
        let origin = self.origin(&fields);
        Some(Chain { place: node.place, name: name?, base, rules, origin })
    }

    fn base(&mut self, fields: &Fields<'_>) -> Option<(HookPoint, Policy)> {
        const HOOKS: [(&str, HookPoint); 3] = [
            ("input", HookPoint::Input),
            ("output", HookPoint::Output),
            ("forward", HookPoint::Forward),
        ];
        const POLICIES: [(&str, Policy); 2] = [("accept", Policy::Accept), ("drop", Policy::Drop)];
        let hook = fields.get("hook").and_then(|node| self.word(node, "a hook", &HOOKS));
        let policy = fields.get("policy");
        let written = policy.and_then(|node| self.word(node, "a policy", &POLICIES));
        if let (Some(node), None) = (policy, fields.get("hook")) {
            let message = "`policy` on a chain without a hook";
            self.diagnostics.push(
                Diagnostic::error("model::policy", node.place, message)
                    .label("from the end of such a chain packets go back to where they came from")
                    .help("add `hook: input`, `output` or `forward`, or end the chain with a rule `{ verdict: … }`"),
            );
        }
        Some((hook?.value, written.map_or(Policy::Accept, |policy| policy.value)))
    }

    fn chain_rule(&mut self, node: &Node) -> Option<ChainRule> {
        let fields = self.fields(node, None, &CHAIN_RULE)?;
        let mut matches = self.matching(&fields);
        self.no_groups(&mut matches, NO_GROUPS);
        self.check(&matches);
        let verdict = self.require(&fields, "verdict", NEEDS_VERDICT);
        Some(ChainRule {
            name: self.rule_name(&fields),
            matches,
            states: fields.get("state").map(|node| self.states(node)),
            input: self.reference(&fields, "input", "an interface of the instance"),
            output: self.reference(&fields, "output", "an interface of the instance"),
            verdict: verdict.and_then(|node| self.verdict(node)),
            implied: None,
        })
    }

    /// Returns the name of a rule, where it has one.
    pub(super) fn rule_name(&mut self, fields: &Fields<'_>) -> Option<String> {
        let name =
            fields.get("name").and_then(|node| self.text(node, "expected the name of the rule"));
        name.map(|name| name.value.to_owned())
    }

    fn states(&mut self, node: &Node) -> Vec<ConnectionState> {
        // No packet that is modelled is `related`: such are errors about, or children of, others.
        const STATES: [(&str, Option<ConnectionState>); 4] = [
            ("new", Some(ConnectionState::New)),
            ("established", Some(ConnectionState::Established)),
            ("related", None),
            ("invalid", Some(ConnectionState::Invalid)),
        ];
        let mut states = Vec::new();
        for node in self.one_or_more(node, "state") {
            let Some(state) = self.word(node, "a state of a connection", &STATES) else { continue };
            let Some(state) = state.value else { continue };
            if states.contains(&state) {
                let message = "this state is listed twice";
                let error = Diagnostic::error("model::listed_twice", node.place, message);
                self.diagnostics.push(error.label("it is there already"));
            } else {
                states.push(state);
            }
        }
        states
    }

    fn verdict(&mut self, node: &Node) -> Option<Verdict> {
        match &node.value {
            Value::Map(_) => self.leading(node),
            Value::Scalar(text) => match &**text {
                "accept" => Some(Verdict::Accept),
                "drop" => Some(Verdict::Drop),
                "reject" => Some(Verdict::Reject),
                "return" => Some(Verdict::Return),
                other => {
                    let message = format!("`{other}` is no verdict");
                    let error = Diagnostic::error("model::word", node.place, message);
                    let words = ["accept", "drop", "reject", "return"];
                    let near = super::similar::did_you_mean(other, words);
                    let jump = matches!(other, "jump" | "goto")
                        .then(|| format!("write `verdict: {{ {other}: … }}` and the chain's name"));
                    self.diagnostics.push(error.help(NEEDS_VERDICT).maybe_help(near.or(jump)));
                    None
                }
            },
            Value::Null | Value::List(_) => {
                self.wrong_type(node, "a verdict is a word, or `{ jump: … }` or `{ goto: … }`");
                None
            }
        }
    }

    fn leading(&mut self, node: &Node) -> Option<Verdict> {
        let fields = self.fields(node, None, &VERDICT)?;
        match (fields.get("jump"), fields.get("goto")) {
            (Some(name), None) => self.name(name, "a chain").map(Verdict::Jump),
            (None, Some(name)) => self.name(name, "a chain").map(Verdict::Goto),
            (Some(_), Some(_)) => {
                self.exclusive(&fields, "jump", "goto");
                None
            }
            (None, None) => {
                let error =
                    Diagnostic::error("model::word", node.place, "a verdict without a word");
                self.diagnostics.push(error.help(NEEDS_VERDICT));
                None
            }
        }
    }
}
