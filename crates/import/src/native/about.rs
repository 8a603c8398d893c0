//! Reading what every object may say about itself, and where things come from.
//!
//! Files that record others (`record`) say these things of nearly everything; files that people write
//! have little use for them but `name`.

use canreach_model::ImpliedBy;

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Node, Value},
    written::{About, Origin, Spot},
};
use crate::diagnostic::Diagnostic;

/// The keys that every object has, besides `tags`.
pub(super) const ABOUT: [&str; 6] = ["id", "name", "aliases", "account", "region", "origin"];

pub(super) const IMPLIED: Keys =
    Keys { what: "an origin", known: &["implied"], instead: &[("from", "write `derived` too")] };

pub(super) const DERIVED: Keys =
    Keys { what: "an origin", known: &["derived", "from"], instead: &[] };

/// Why something is there that nobody wrote, as written.
pub(crate) const IMPLIED_BY: [(&str, ImpliedBy); 4] = [
    ("local-route", ImpliedBy::LocalRoute),
    ("default-rule", ImpliedBy::DefaultRule),
    ("default-object", ImpliedBy::DefaultObject),
    ("missing-input", ImpliedBy::MissingInput),
];

impl Reader<'_> {
    pub(super) fn about(&mut self, fields: &Fields<'_>) -> About {
        About {
            id: self.string(fields, "id", "expected the provider's id"),
            name: self.string(fields, "name", "expected a name"),
            aliases: self.aliases(fields),
            account: self.string(fields, "account", "expected an account"),
            region: self.string(fields, "region", "expected the name of a region"),
            origin: self.origin(fields),
        }
    }

    /// Returns the text under a key, where it was written.
    pub(super) fn string(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        expected: &str,
    ) -> Option<String> {
        let text = fields.get(key).and_then(|node| self.text(node, expected))?;
        Some(text.value.to_owned())
    }

    fn aliases(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let list = fields.get("aliases");
        let list = list.and_then(|node| self.list(node, "`aliases` is a list of names"));
        let names = list.unwrap_or_default().iter();
        names
            .filter_map(|node| Some(self.text(node, "expected a name")?.value.to_owned()))
            .collect()
    }

    /// Returns what the key `origin` says, where it was written.
    pub(super) fn origin(&mut self, fields: &Fields<'_>) -> Option<Origin> {
        let node = fields.get("origin")?;
        let Value::Map(entries) = &node.value else { return self.spot(node).map(Origin::Written) };
        if entries.iter().any(|(key, _)| key.value == "implied") {
            let fields = self.fields(node, None, &IMPLIED)?;
            let by = self.word(fields.get("implied")?, "a reason", &IMPLIED_BY)?;
            return Some(Origin::Implied(by.value));
        }
        let fields = self.fields(node, None, &DERIVED)?;
        let how = self.require(&fields, "derived", "say how it follows, or write `implied`")?;
        let how = self.text(how, "expected how it follows, as a phrase")?.value.to_owned();
        let from = fields.get("from").map(|node| self.spots(node)).unwrap_or_default();
        Some(Origin::Derived { how, from })
    }

    /// Returns a list of places in sources.
    pub(super) fn spots(&mut self, node: &Node) -> Vec<Spot> {
        let list = self.list(node, "expected a list of places, such as `\"0:12:3\"`");
        list.unwrap_or_default().iter().filter_map(|node| self.spot(node)).collect()
    }

    /// Returns a place in a source, such as `0:12:3`.
    fn spot(&mut self, node: &Node) -> Option<Spot> {
        let text = self.text(node, "expected a place in a source, such as `\"0:12:3\"`")?;
        let Some(spot) = parse_spot(text) else {
            let message = format!("`{}` is no place in a source", text.value);
            self.diagnostics.push(
                Diagnostic::error("model::origin", node.place, message).help(
                    "write the position of the source (from 0), the line and the column (from 1): `\"0:12:3\"`",
                ),
            );
            return None;
        };
        if spot.source >= self.sources {
            let message = format!("there is no source {}", spot.source);
            let error = Diagnostic::error("model::origin", node.place, message);
            self.diagnostics.push(match self.sources {
                0 => error.help("the file lists no `sources`"),
                count => error.help(format!("the `sources` of this file are 0 to {}", count - 1)),
            });
            return None;
        }
        Some(spot)
    }
}

fn parse_spot(text: At<&str>) -> Option<Spot> {
    let mut parts = text.value.split(':');
    let source = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let column = parts.next()?.parse().ok()?;
    (parts.next().is_none() && line > 0 && column > 0).then_some(Spot { source, line, column })
}
