//! Reading the fields of a mapping, with an error for everything that is not as it should be.

use std::collections::{BTreeMap, HashMap};

use super::{
    node::{At, Name, Node, Value},
    similar::did_you_mean,
};
use crate::diagnostic::{Diagnostic, Place};

/// Which keys a mapping may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    /// What the mapping describes, with its article: "a subnet".
    pub(crate) what: &'static str,
    /// The keys.
    pub(crate) known: &'static [&'static str],
    /// Keys that people write here for a reason, with what to do instead.
    pub(crate) instead: &'static [(&'static str, &'static str)],
}

/// The fields of one mapping.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'n> {
    what: &'static str,
    /// Where the mapping is, or the key it belongs to: the place to say that something is missing.
    pub(crate) place: Place,
    entries: HashMap<&'n str, &'n Node>,
}

impl<'n> Fields<'n> {
    /// Returns the value of a key, where it was written.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.get(key).copied()
    }
}

/// Reads nodes and notes what is wrong with them.
#[derive(Debug)]
pub(crate) struct Reader<'d> {
    pub(crate) diagnostics: &'d mut Vec<Diagnostic>,
    /// Whether the file repeats what others say; see `record`.
    pub(crate) is_record: bool,
    /// How many files it repeats.
    pub(crate) sources: usize,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { diagnostics, is_record: false, sources: 0 }
    }
}

impl Reader<'_> {
    /// Returns the fields of a mapping that stands under `name`, or in a list.
    ///
    /// Nothing (`web-1:` alone) is a mapping without fields.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        name: Option<&Name>,
        keys: &Keys,
    ) -> Option<Fields<'n>> {
        self.fields_and(node, name, keys, &[])
    }

    /// Returns the fields of a mapping that may have further keys.
    pub(crate) fn fields_and<'n>(
        &mut self,
        node: &'n Node,
        name: Option<&Name>,
        keys: &Keys,
        further: &[&str],
    ) -> Option<Fields<'n>> {
        let place = name.map_or(node.place, |name| name.place);
        let mut fields = Fields { what: keys.what, place, entries: HashMap::new() };
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            Value::Scalar(_) | Value::List(_) => {
                self.wrong_type(node, &format!("{} is a mapping", keys.what));
                return None;
            }
        };
        self.duplicates(entries, |key| format!("key `{key}` is written twice"));
        for (key, value) in entries {
            if keys.known.contains(&&*key.value) || further.contains(&&*key.value) {
                fields.entries.entry(&key.value).or_insert(value);
            } else {
                self.unknown_key(key, keys);
            }
        }
        Some(fields)
    }

    fn unknown_key(&mut self, key: &Name, keys: &Keys) {
        let instead = keys.instead.iter().find(|(wrong, _)| *wrong == key.value);
        let help = match instead {
            Some((_, help)) => (*help).to_owned(),
            None => did_you_mean(&key.value, keys.known.iter().copied())
                .unwrap_or_else(|| known_keys(keys)),
        };
        let message = format!("{} has no key `{}`", keys.what, key.value);
        self.diagnostics.push(
            Diagnostic::error("model::unknown_key", key.place, message)
                .label("unknown key")
                .help(help),
        );
    }

    /// Notes keys of a mapping that occur before.
    pub(crate) fn duplicates(
        &mut self,
        entries: &[(Name, Node)],
        message: impl Fn(&str) -> String,
    ) {
        let mut first = HashMap::new();
        for (key, _) in entries {
            if let Some(before) = first.get(&*key.value) {
                let error =
                    Diagnostic::error("model::duplicate_key", key.place, message(&key.value));
                self.diagnostics
                    .push(error.label("written again").note(*before, "first defined here"));
            } else {
                first.insert(&*key.value, key.place);
            }
        }
    }

    /// Returns the value of a key that must be there.
    pub(crate) fn require<'n>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        help: &str,
    ) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() {
            let message = format!("{} needs the key `{key}`", fields.what);
            self.diagnostics.push(
                Diagnostic::error("model::missing_key", fields.place, message)
                    .label(format!("has no `{key}`"))
                    .help(help),
            );
        }
        found
    }

    /// Notes a value of the wrong kind.
    pub(crate) fn wrong_type(&mut self, node: &Node, expected: &str) {
        let label = format!("this is {}", node.value.kind());
        let error = Diagnostic::error("model::wrong_type", node.place, expected).label(label);
        self.diagnostics.push(error);
    }

    /// Notes a value that is of the right kind, but wrong.
    pub(crate) fn wrong_value(
        &mut self,
        code: &'static str,
        node: &Node,
        message: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::error(code, node.place, message));
    }

    /// Returns a single value as written.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<At<&'n str>> {
        if let Value::Scalar(text) = &node.value {
            return Some(At { value: text, place: node.place });
        }
        self.wrong_type(node, expected);
        None
    }

    /// Returns the name of an object.
    pub(crate) fn name(&mut self, node: &Node, kind: &str) -> Option<Name> {
        let text = self.text(node, &format!("expected the name of {kind}"))?;
        Some(At { value: text.value.to_owned(), place: text.place })
    }

    /// Returns a truth value.
    pub(crate) fn boolean(&mut self, node: &Node) -> Option<At<bool>> {
        let text = self.text(node, "expected `true` or `false`")?;
        let value = match text.value {
            "true" => true,
            "false" => false,
            other => {
                let message = format!("`{other}` is neither `true` nor `false`");
                self.wrong_value("model::wrong_type", node, message);
                return None;
            }
        };
        Some(At { value, place: node.place })
    }

    /// Returns a whole number within limits, both included.
    pub(crate) fn number(
        &mut self,
        node: &Node,
        what: &str,
        (min, max): (u16, u16),
    ) -> Option<At<u16>> {
        let text = self.text(node, &format!("expected {what}, a number from {min} to {max}"))?;
        let digits = !text.value.is_empty() && text.value.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.value.parse().ok()).flatten();
        let Some(value) = number.filter(|number| (min..=max).contains(number)) else {
            let what = if digits { "is out of range" } else { "is no number" };
            let message = format!("`{}` {what}; expected a number from {min} to {max}", text.value);
            self.wrong_value("model::number", node, message);
            return None;
        };
        Some(At { value, place: node.place })
    }

    /// Returns the items of a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Node]> {
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        self.wrong_type(node, expected);
        None
    }

    /// Returns the tags of an object.
    pub(crate) fn tags(&mut self, fields: &Fields<'_>) -> BTreeMap<String, String> {
        let Some(node) = fields.get("tags") else { return BTreeMap::new() };
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, "tags are a mapping, such as `{ role: web }`");
            return BTreeMap::new();
        };
        self.duplicates(entries, |key| format!("tag `{key}` is written twice"));
        let mut tags = BTreeMap::new();
        for (key, value) in entries {
            match &value.value {
                Value::Null => drop(tags.insert(key.value.clone(), String::new())),
                Value::Scalar(text) => drop(tags.insert(key.value.clone(), text.clone())),
                Value::List(_) | Value::Map(_) => {
                    self.wrong_type(value, "the value of a tag is text");
                }
            }
        }
        tags
    }
}

/// A list that fits on a line, or where to read on.
fn known_keys(keys: &Keys) -> String {
    if keys.known.len() > 12 {
        return format!("docs/model.md lists the keys that {} has", keys.what);
    }
    format!("{} has the keys {}", keys.what, list(keys.known))
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
