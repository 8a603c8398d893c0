//! From types to YAML: what fits on a line stands on one, everything else is broken up.
//!
//! Only as much of YAML as is read alike everywhere: text that could be taken for anything else, by any
//! version of YAML, stands in quotes.

use std::fmt::{self, Write as _};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor},
};

/// How wide a line may be.
const WIDTH: usize = 110;

/// How much deeper each level stands.
const INDENT: usize = 2;

/// Returns a model as YAML.
pub(super) fn print(model: &impl Serialize) -> String {
    // Through JSON text, since a tree of `serde_json` would sort the keys. Neither step can fail: the
    // types hold texts and numbers, and what was printed is read again.
    let json = serde_json::to_string(model).unwrap_or_default();
    let tree: Tree = serde_json::from_str(&json).unwrap_or(Tree::Map(Vec::new()));
    let mut text = String::new();
    let Tree::Map(entries) = &tree else { return text };
    for (key, value) in entries {
        // A section stands apart, each of its objects on lines of its own.
        if value.has_collections() && key != "settings" {
            text.push('\n');
            push_key(&mut text, key);
            text.push('\n');
            push_block(&mut text, value, INDENT);
        } else {
            push_key(&mut text, key);
            push_value(&mut text, value, 0, key.len() + 2);
        }
    }
    text
}

/// A value, with the keys of mappings in order.
#[derive(Debug)]
enum Tree {
    Text(String),
    /// A number or truth value.
    Typed(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) | Self::Typed(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
        }
    }

    /// Whether it holds lists or mappings itself.
    fn has_collections(&self) -> bool {
        let is_collection = |tree: &Self| matches!(tree, Self::List(_) | Self::Map(_));
        match self {
            Self::Text(_) | Self::Typed(_) => false,
            Self::List(items) => items.iter().any(is_collection),
            Self::Map(entries) => entries.iter().any(|(_, value)| is_collection(value)),
        }
    }

    /// Whether it stands on one line if there is room: rules, routes and the like do not, in
    /// whatever they are, so that each has a line of its own.
    fn may_flow(&self) -> bool {
        match self {
            Self::Text(_) | Self::Typed(_) => true,
            Self::List(items) => !items.iter().any(|item| matches!(item, Self::Map(_))),
            Self::Map(entries) => entries.iter().all(|(_, value)| value.may_flow()),
        }
    }
}

fn push_key(text: &mut String, key: &str) {
    push_text(text, key);
    text.push(':');
}

/// Writes the items of a collection, each on lines of its own.
fn push_block(text: &mut String, tree: &Tree, indent: usize) {
    let start = |text: &mut String| text.extend(std::iter::repeat_n(' ', indent));
    match tree {
        Tree::Map(entries) => {
            for (key, value) in entries {
                start(text);
                push_key(text, key);
                push_value(text, value, indent, key.len() + 2);
            }
        }
        Tree::List(items) => {
            for item in items {
                start(text);
                text.push('-');
                push_item(text, item, indent);
            }
        }
        Tree::Text(_) | Tree::Typed(_) => {
            start(text);
            push_flow(text, tree);
            text.push('\n');
        }
    }
}

/// Writes the value of a key after the key.
fn push_value(text: &mut String, value: &Tree, indent: usize, taken: usize) {
    if let Some(flow) = fits(value, indent + taken) {
        text.push(' ');
        text.push_str(&flow);
        text.push('\n');
    } else {
        text.push('\n');
        push_block(text, value, indent + INDENT);
    }
}

/// Writes an item of a list after its dash.
fn push_item(text: &mut String, item: &Tree, indent: usize) {
    if let Some(flow) = fits(item, indent + 2) {
        text.push(' ');
        text.push_str(&flow);
        text.push('\n');
        return;
    }
    let mut block = String::new();
    push_block(&mut block, item, indent + INDENT);
    // The first line stands beside the dash.
    text.push(' ');
    text.push_str(block.trim_start_matches(' '));
}

/// Returns a value as it stands on one line, if it does.
fn fits(value: &Tree, indent: usize) -> Option<String> {
    let mut flow = String::new();
    push_flow(&mut flow, value);
    let breaks = match value {
        Tree::Text(_) | Tree::Typed(_) => false,
        Tree::List(_) | Tree::Map(_) => indent + flow.chars().count() > WIDTH && !value.is_empty(),
    };
    (!breaks && value.may_flow()).then_some(flow)
}

fn push_flow(text: &mut String, tree: &Tree) {
    match tree {
        Tree::Text(value) => push_text(text, value),
        Tree::Typed(value) => text.push_str(value),
        Tree::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                push_flow(text, item);
            }
            text.push(']');
        }
        Tree::Map(entries) if entries.is_empty() => text.push_str("{}"),
        Tree::Map(entries) => {
            for (at, (key, value)) in entries.iter().enumerate() {
                text.push_str(if at == 0 { "{ " } else { ", " });
                push_key(text, key);
                text.push(' ');
                push_flow(text, value);
            }
            text.push_str(" }");
        }
    }
}

/// Writes text, in quotes where it must.
fn push_text(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // Line breaks and marks that readers of YAML treat differently, and what cannot be seen.
            '\0'..'\u{20}' | '\u{7f}'..'\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "\\u{:04X}", u32::from(char));
            }
            _ => text.push(char),
        }
    }
    text.push('"');
}

/// Whether text is read as this very text without quotes, wherever it stands.
fn is_plain(value: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./+@~ ".contains(&byte);
    let bytes = value.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    (first.is_ascii_alphanumeric() || b"_/".contains(first))
        && *last != b' '
        && bytes.iter().all(|byte| inside(*byte))
        && !is_typed(value)
}

/// Whether some reader of YAML takes text for a number, a truth value, a date or nothing.
fn is_typed(value: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let lower = value.to_ascii_lowercase();
    let is_number = lower.replace('_', "").parse::<f64>().is_ok()
        || ["0x", "0o", "0b"].iter().any(|prefix| lower.starts_with(prefix));
    // 2026-11-22, but not 8000-8080.
    let is_date = lower.split('-').count() >= 3
        && lower.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    WORDS.contains(&&*lower) || is_number || is_date
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Typed(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Typed(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_may_be_taken_for_something_else_stands_in_quotes() {
        for text in ["web-1", "10.0.0.0/16", "8000-8080", "eni-0a", "a b", "_x", "1.2.3.4", "4x"] {
            assert!(is_plain(text), "{text}");
        }
        let quoted = [
            "",
            " a",
            "a ",
            "10",
            "1e3",
            "0x1f",
            "010",
            "1_000",
            "yes",
            "No",
            "null",
            "~",
            "inf",
            "2026-11-22",
            "a: b",
            "2001:db8::1",
            "0:12:3",
            "-",
            "#a",
            "*",
            "a,b",
            "{",
            "é",
            "a#b",
        ];
        for text in quoted {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_is_quoted_is_read_as_it_was() {
        for text in ["a\"b\\c", "tab\tline\nend", "\u{1}\u{85}\u{2028}é\u{1F600}", "{a: b}", "# a"]
        {
            let mut yaml = String::from("a: ");
            push_text(&mut yaml, text);
            let read: std::collections::BTreeMap<String, String> =
                serde_saphyr::from_str(&yaml).unwrap();
            assert_eq!(read["a"], text, "{yaml}");
        }
    }

    #[test]
    fn rules_have_lines_of_their_own() {
        let rule = |key: &str| Tree::Map(vec![(key.into(), Tree::Typed("1".into()))]);
        let group = Tree::Map(vec![("ingress".into(), Tree::List(vec![rule("a"), rule("b")]))]);
        let mut text = String::new();
        push_value(&mut text, &group, 2, 4);
        assert_eq!(text, "\n    ingress:\n      - { a: 1 }\n      - { b: 1 }\n");
    }

    #[test]
    fn long_lines_are_broken_up() {
        let mut text = String::new();
        let long = |key: &str| Tree::Map(vec![(key.into(), Tree::Text("x".repeat(60)))]);
        push_value(&mut text, &Tree::List(vec![long("a"), long("b")]), 2, 6);
        let x = "x".repeat(60);
        assert_eq!(text, format!("\n    - {{ a: {x} }}\n    - {{ b: {x} }}\n"));
        let mut text = String::new();
        let both = Tree::Map(vec![("a".into(), long("c")), ("b".into(), long("d"))]);
        push_item(&mut text, &both, 2);
        assert_eq!(text, format!(" a: {{ c: {x} }}\n    b: {{ d: {x} }}\n"));
    }
}
