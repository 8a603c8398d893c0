//! Reading files that record others: their sources, what these leave open, and what was assumed.
//!
//! Such a file has the key `sources`. It repeats what was found elsewhere, so it is not judged by what
//! a provider would accept: that it was there is proof enough. References must resolve all the same.

use canreach_model::{LayerKind, Polarity};

use super::{
    fields::{Fields, Keys, Reader},
    node::{Name, Node, Value},
    written::{Assumption, Fact, Record, Source},
};
use crate::diagnostic::Diagnostic;

pub(super) const SOURCE: Keys = Keys {
    what: "a source",
    known: &["path", "digest", "account", "region", "recorded"],
    instead: &[("file", "write `path`")],
};

pub(super) const FACT: Keys = Keys {
    what: "a fact",
    known: &["statement", "settled_by", "polarity", "origin"],
    instead: &[],
};

pub(super) const ASSUMPTION: Keys =
    Keys { what: "an assumption", known: &["statement", "places"], instead: &[] };

/// The kinds of layers, as written.
pub(crate) const LAYERS: [(&str, LayerKind); 6] = [
    ("security-group", LayerKind::SecurityGroup),
    ("network-acl", LayerKind::NetworkAcl),
    ("cloud-firewall", LayerKind::CloudFirewall),
    ("listener-access", LayerKind::ListenerAccess),
    ("host-firewall", LayerKind::HostFirewall),
    ("listener", LayerKind::Listener),
];

pub(crate) const POLARITIES: [(&str, Polarity); 3] =
    [("helps", Polarity::Helps), ("hinders", Polarity::Hinders), ("neither", Polarity::Neither)];

/// What a provider would refuse, or what is surely meant otherwise: all of it said to those who write a
/// model, and none of it to a record. After none of these may the reader leave anything out.
const JUDGEMENTS: [&str; 30] = [
    "model::advertised_twice",
    "model::attachment_twice",
    "model::connection",
    "model::deny_rule",
    "model::empty",
    "model::family",
    "model::gateway_table",
    "model::icmp",
    "model::listener_overlap",
    "model::listens_elsewhere",
    "model::missing_value",
    "model::nat_address",
    "model::never_matches",
    "model::no_default_table",
    "model::not_public",
    "model::other_vpc",
    "model::outside_subnet",
    "model::outside_vpc",
    "model::overlap",
    "model::peering_overlap",
    "model::ports",
    "model::ports_without_protocol",
    "model::priority",
    "model::public_address_twice",
    "model::route_in_local",
    "model::route_never_used",
    "model::rule_number",
    "model::setting_unused",
    "model::source_ports",
    "model::zone_twice",
];

/// Whether an error or warning is about what a provider would accept, not about what is written.
pub(super) fn is_judgement(diagnostic: &Diagnostic) -> bool {
    JUDGEMENTS.contains(&diagnostic.code)
}

impl Reader<'_> {
    /// Returns what a file says about the files it records, if it does.
    ///
    /// First of all: the places of everything else are in these.
    pub(super) fn record(&mut self, fields: &Fields<'_>) -> Option<Record> {
        let sources = fields.get("sources").map(|node| {
            let list = self.list(node, "`sources` is a list of files").unwrap_or_default();
            // One with an error counts too, lest every place after it be wrong.
            self.sources = list.len();
            self.is_record = true;
            list.iter().filter_map(|node| self.source(node)).collect()
        });
        let not_examined = fields.get("not_examined").map(|node| self.layers(node));
        if let (None, Some(node)) = (&sources, fields.get("not_examined")) {
            let message = "`not_examined` in a file without `sources`";
            self.diagnostics.push(
                Diagnostic::error("model::conflict", node.place, message)
                    .help("leave it out: what no file describes is not examined"),
            );
        }
        Some(Record { sources: sources?, not_examined: not_examined.unwrap_or_default() })
    }

    fn source(&mut self, node: &Node) -> Option<Source> {
        let fields = self.fields(node, None, &SOURCE)?;
        let path = self.require(&fields, "path", "write the path of the file")?;
        let path = self.text(path, "expected a path")?.value.to_owned();
        Some(Source {
            path,
            digest: self.digest(&fields).unwrap_or_default(),
            account: self.string(&fields, "account", "expected an account"),
            region: self.string(&fields, "region", "expected the name of a region"),
            recorded: self.string(&fields, "recorded", "expected a time"),
        })
    }

    fn digest(&mut self, fields: &Fields<'_>) -> Option<String> {
        let node = fields.get("digest")?;
        let text = self.text(node, "expected a digest, `sha256:` and hexadecimal digits")?.value;
        let digits = text
            .strip_prefix("sha256:")
            .filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        if digits.is_none() {
            let message = format!("`{text}` is no digest");
            let error = Diagnostic::error("model::digest", node.place, message);
            self.diagnostics.push(error.help("write `sha256:` and hexadecimal digits"));
        }
        digits.map(str::to_owned)
    }

    fn layers(&mut self, node: &Node) -> Vec<LayerKind> {
        let list = self.list(node, "`not_examined` is a list of kinds of layers");
        let names = list.unwrap_or_default().iter();
        names.filter_map(|node| Some(self.word(node, "a kind of layer", &LAYERS)?.value)).collect()
    }

    pub(super) fn assumptions(&mut self, fields: &Fields<'_>) -> Vec<Assumption> {
        let list = fields.get("assumptions");
        let list = list.and_then(|node| self.list(node, "`assumptions` is a list"));
        list.unwrap_or_default().iter().filter_map(|node| self.assumption(node)).collect()
    }

    fn assumption(&mut self, node: &Node) -> Option<Assumption> {
        let fields = self.fields(node, None, &ASSUMPTION)?;
        let statement = self.require(&fields, "statement", "write what is taken for granted")?;
        let statement = self.text(statement, "expected a sentence")?.value.to_owned();
        let places = fields.get("places").map(|node| self.spots(node)).unwrap_or_default();
        Some(Assumption { statement, places })
    }

    pub(super) fn facts(&mut self, fields: &Fields<'_>) -> Vec<(Name, Fact)> {
        let Some(node) = fields.get("facts") else { return Vec::new() };
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            Value::Scalar(_) | Value::List(_) => {
                self.wrong_type(node, "`facts` is a mapping from names to facts");
                &[]
            }
        };
        self.duplicates(entries, |name| format!("fact `{name}` is defined twice"));
        let mut facts: Vec<(Name, Fact)> = Vec::new();
        for (name, node) in entries {
            let known = facts.iter().any(|(before, _)| before.value == name.value);
            if let (Some(fact), false) = (self.fact(name, node), known) {
                facts.push((name.clone(), fact));
            }
        }
        facts
    }

    fn fact(&mut self, name: &Name, node: &Node) -> Option<Fact> {
        let fields = self.fields(node, Some(name), &FACT)?;
        let statement = self.require(&fields, "statement", "write what is true if the fact is");
        let statement = statement.and_then(|node| self.text(node, "expected a sentence"));
        let settled_by = self.require(&fields, "settled_by", "write what would settle it");
        let settled_by = settled_by.and_then(|node| self.text(node, "expected a phrase"));
        let polarity = fields
            .get("polarity")
            .and_then(|node| self.word(node, "a polarity of a fact", &POLARITIES));
        let origin = self.origin(&fields);
        Some(Fact {
            statement: statement?.value.to_owned(),
            settled_by: settled_by?.value.to_owned(),
            polarity: polarity.map_or(Polarity::Neither, |polarity| polarity.value),
            origin,
        })
    }
}
