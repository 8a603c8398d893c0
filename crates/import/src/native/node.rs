//! YAML to a tree in which every key and value knows its place.
//!
//! Scalars are read from the source text, since a YAML reader makes a number of `010` and takes the
//! zeros from an account id. Only a syntax error stops a file; everything else is the next
//! stage's business. Repeated keys are kept, so that the next stage can point at both.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{
    Error, Location, Options, Spanned,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use crate::diagnostic::{Diagnostic, Place};

/// How many nodes a file may have, aliases expanded: some 100 MB of text. The reader's own limit of
/// 250,000 refuses models of a few thousand interfaces.
const MAX_NODES: usize = 20_000_000;

/// How many values aliases may stand for. A model repeats a list here and there; a bomb doubles it at
/// each step.
const MAX_ALIASED: usize = 100_000;

/// How deep a file may nest. The notation needs 6; each level costs the reader some kilobytes of
/// stack.
const MAX_DEPTH: usize = 16;

/// A value with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// A name someone wrote.
pub(crate) type Name = At<String>;

/// A value of a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number, `true` and so on, as written, without quotes.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<(Name, Node)>),
}

impl Value {
    /// Returns what to call such a value in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar(_) => "a single value",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Node {
    /// Whether it is a mapping.
    pub(crate) fn is_mapping(&self) -> bool {
        matches!(&self.value, Value::Map(_))
    }

    /// Whether it is this word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(&self.value, Value::Scalar(text) if text == word)
    }
}

/// Reads the text of a file.
///
/// # Errors
/// A syntax error, or a limit that was hit.
pub(crate) fn parse(
    file: usize,
    text: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Node, Box<Diagnostic>> {
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| Box::new(syntax_error(file, text, &error)))?;
    Ok(Builder { file, text, diagnostics }.node(raw))
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: MAX_NODES * 2,
            max_depth: MAX_DEPTH,
            max_recorded_anchor_events: MAX_ALIASED,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_ALIASED,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// A value as the YAML reader hands it out.
enum Raw {
    /// A scalar that the reader took for text.
    Text(String),
    /// A scalar that it took for a number or a truth value; the source text says what was written.
    Typed,
    Null,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

/// Turns raw values into nodes with places.
struct Builder<'t, 'd> {
    file: usize,
    text: &'t str,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Builder<'_, '_> {
    fn node(&mut self, raw: Spanned<Raw>) -> Node {
        let place = self.place(raw.defined);
        match raw.value {
            Raw::Null => Node { value: Value::Null, place },
            Raw::Text(text) => Node { value: Value::Scalar(text), place },
            Raw::Typed => Node { value: Value::Scalar(self.source(place).to_owned()), place },
            Raw::List(items) => {
                let items: Vec<Node> = items.into_iter().map(|item| self.node(item)).collect();
                let end = items.iter().map(|item| item.place.end).max();
                Node { place: self.collection(place, end), value: Value::List(items) }
            }
            Raw::Map(entries) => {
                let entries: Vec<(Name, Node)> =
                    entries.into_iter().filter_map(|(key, value)| self.entry(key, value)).collect();
                let end =
                    entries.iter().map(|(key, value)| value.place.end.max(key.place.end)).max();
                Node { place: self.collection(place, end), value: Value::Map(entries) }
            }
        }
    }

    fn entry(&mut self, key: Spanned<Raw>, value: Spanned<Raw>) -> Option<(Name, Node)> {
        let key = self.node(key);
        let value = self.node(value);
        let name = match key.value {
            Value::Scalar(name) => name,
            // The key `null` or `~`, which is a name like any other.
            Value::Null => self.source(key.place).to_owned(),
            Value::List(_) | Value::Map(_) => {
                let error =
                    Diagnostic::error("model::wrong_type", key.place, "a key must be a name")
                        .label(format!("this is {}", key.value.kind()));
                self.diagnostics.push(error);
                return None;
            }
        };
        Some((At { value: name, place: key.place }, value))
    }

    fn source(&self, place: Place) -> &str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    fn place(&self, location: Location) -> Place {
        let (start, end) = span(self.text, location);
        Place { file: self.file, start, end }
    }

    /// The reader places a collection at its first byte: extends it over its items and the closing
    /// bracket.
    fn collection(&self, place: Place, last_item: Option<usize>) -> Place {
        // Items of an alias stand elsewhere.
        let end = last_item.unwrap_or(place.end).max(place.end);
        let rest = self.text.get(end..).unwrap_or_default();
        let space = rest.len() - rest.trim_start_matches([' ', ',', '\n', '\r', '\t']).len();
        let closes = rest.get(space..).unwrap_or_default().starts_with([']', '}']);
        let flow = self.source(place).starts_with(['{', '[']);
        Place { end: if flow && closes { end + space + 1 } else { end }, ..place }
    }
}

fn span(text: &str, location: Location) -> (usize, usize) {
    let number = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
    let span = location.span();
    if let (Some(start), Some(length)) = (number(span.byte_offset()), number(span.byte_len())) {
        let end = start.saturating_add(length).min(text.len());
        return (start.min(end), end);
    }
    let at = offset(text, location.line(), location.column());
    (at, at)
}

/// Returns the offset of a line and column, both counted from 1, the column in characters.
fn offset(text: &str, line: u64, column: u64) -> usize {
    let (line, column) = (line.saturating_sub(1), column.saturating_sub(1));
    let skipped = usize::try_from(line).unwrap_or(usize::MAX);
    let before: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let rest = rest.split('\n').next().unwrap_or_default();
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    before + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

fn syntax_error(file: usize, text: &str, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let (start, end) = error.location().map_or((0, 0), |location| span(text, location));
    let place = Place { file, start, end };
    let full = error.to_string();
    // The place is shown by itself.
    let what = full.split_once(" at line ").map_or(&*full, |(what, _)| what);
    if is_limit(error) {
        return Diagnostic::error("model::too_large", place, "the file is nested or repeated too often")
            .label("here the limit is reached")
            .help(format!(
                "a model nests {MAX_DEPTH} deep at most, and its aliases stand for {MAX_ALIASED} values at most"
            ));
    }
    if let Error::MultipleDocuments { .. } = error {
        return Diagnostic::error("model::syntax", place, "a file holds one model")
            .label("a second YAML document begins here")
            .help("move it to a file of its own");
    }
    let next = text.get(start..).and_then(|rest| rest.chars().next());
    Diagnostic::error("model::syntax", place, format!("the file is no YAML: {what}"))
        .label("reading stopped here")
        .maybe_help(syntax_help(what, text, start, next))
}

fn is_limit(error: &Error) -> bool {
    let itself = matches!(
        error,
        Error::Budget { .. }
            | Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
    );
    // The reader wraps a limit that was hit inside an alias in text.
    let text = error.to_string();
    itself || text.contains("budget breached") || text.contains("recursion limit")
}

fn syntax_help(what: &str, text: &str, start: usize, next: Option<char>) -> Option<String> {
    let before = text.get(..start).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    let help = if what.contains("tabs") || next == Some('\t') {
        "indent with spaces; YAML allows no tabs there"
    } else if what.contains("anchor or alias") {
        "write `\"*\"` in quotes; a bare `*` is an alias in YAML"
    } else if rest.starts_with("::") || before.trim_end().ends_with(':') && rest.starts_with(':') {
        "write `\"::\"` in quotes; a bare `::` is a mapping in YAML"
    } else if what.contains("mapping values are not allowed") {
        "put text with a colon and a space in quotes, and each key on a line of its own"
    } else if next == Some('%') || next == Some('@') || next == Some('`') {
        "put text that begins with this character in quotes"
    } else if what.contains("unclosed") {
        "close it; was the file cut off?"
    } else {
        return None;
    };
    Some(help.to_owned())
}
