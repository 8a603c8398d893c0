//! JSON with places: objects and values that know where in their file they stand, and the errors
//! about them.
//!
//! `serde_json` hands out a `RawValue` as a slice of the text, so the place of a value is the
//! difference of two pointers and no second parse is needed for it.

use std::{borrow::Cow, collections::BTreeMap, net::IpAddr, ops::Range};

use canreach_model::{Assumption, Span};
use canreach_net::IpNet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    DumpFile,
    members::{Member, Members},
};
use crate::{Diagnostic, Note, Severity, Unread};

/// A value of an object, if it is there and not `null`.
pub(super) type Leaf<'a> = Option<&'a RawValue>;

/// A list of an object, if it is there and not `null`.
pub(super) type List<'a> = Option<Vec<&'a RawValue>>;

/// What was noticed while reading.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) assumptions: Vec<Assumption>,
    pub(super) unread: Vec<Unread>,
    /// What is rightly left out, by kind; each with its id and place.
    pub(super) left_out: BTreeMap<LeftOut, Vec<(String, String, Option<Span>)>>,
}

/// A kind of thing that is left out: what one is called, what several are, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeftOut {
    pub(super) one: &'static str,
    pub(super) several: &'static str,
    pub(super) effect: &'static str,
}

impl Findings {
    /// Adds what was noticed after this.
    pub(super) fn append(&mut self, mut later: Self) {
        self.diagnostics.append(&mut later.diagnostics);
        self.assumptions.append(&mut later.assumptions);
        self.unread.append(&mut later.unread);
        for (kind, mut objects) in later.left_out {
            self.left_out.entry(kind).or_default().append(&mut objects);
        }
    }

    /// Notes what is taken for granted.
    pub(super) fn assume(&mut self, statement: String, places: Vec<Span>) {
        self.assumptions.push(Assumption { statement, places });
    }

    /// Notes what is rightly left out.
    pub(super) fn left_out(&mut self, kind: LeftOut, id: &str, path: &str, span: Option<Span>) {
        let known = self.left_out.entry(kind).or_default();
        known.push((id.to_owned(), path.to_owned(), span));
    }

    /// Returns what is rightly left out, one entry for each kind.
    pub(super) fn take_left_out(&mut self) -> Vec<Unread> {
        let kinds = std::mem::take(&mut self.left_out).into_iter();
        kinds.filter_map(|(kind, objects)| together(kind, objects)).collect()
    }

    /// Notes what is not modelled.
    pub(super) fn unread(&mut self, path: &str, span: Span, what: String, effect: &str) {
        self.unread.push(Unread {
            path: path.to_owned(),
            span: Some(span),
            what,
            effect: effect.to_owned(),
        });
    }
}

/// Returns what is told of the objects of one kind that are left out: the first few by their ids.
fn together(kind: LeftOut, mut objects: Vec<(String, String, Option<Span>)>) -> Option<Unread> {
    const NAMED: usize = 4;
    objects.sort();
    objects.dedup_by(|one, another| one.0 == another.0);
    let names: Vec<_> = objects.iter().take(NAMED).map(|(id, ..)| format!("`{id}`")).collect();
    let (names, count) = (names.join(", "), objects.len());
    let what = match count {
        1 => format!("{} {names}", kind.one),
        _ if count > NAMED => {
            format!("{count} {}: {names} and {} more", kind.several, count.saturating_sub(NAMED))
        }
        _ => format!("{count} {}: {names}", kind.several),
    };
    let (_, path, span) = objects.into_iter().next()?;
    Some(Unread { path, span, what, effect: kind.effect.to_owned() })
}

/// The account and region that the path of a file speaks of.
pub(super) type Hints = (Option<String>, Option<String>);

/// Reads the values of one file and notes what is wrong with them.
#[derive(Debug)]
pub(super) struct Reader<'r, 'a> {
    pub(super) file: DumpFile<'a>,
    pub(super) hints: Hints,
    pub(super) findings: &'r mut Findings,
}

impl<'a> Reader<'_, 'a> {
    /// Returns the bytes of a value in the file.
    pub(super) fn range(&self, raw: &RawValue) -> Range<usize> {
        self.range_of(raw.get())
    }

    /// Returns the bytes of a part of the file; of any other text, the beginning of the file.
    pub(super) fn range_of(&self, part: &str) -> Range<usize> {
        let text = self.file.text;
        let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr());
        match start.map(|start| start..start.saturating_add(part.len())) {
            Some(range) if range.end <= text.len() => range,
            Some(_) | None => 0..0,
        }
    }

    /// Returns the place of a value.
    pub(super) fn span(&self, raw: &RawValue) -> Span {
        self.span_of(raw.get())
    }

    /// Returns the place of a part of the file.
    pub(super) fn span_of(&self, part: &str) -> Span {
        let Range { start, end } = self.range_of(part);
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file.id, start: offset(start), end: offset(end) }
    }

    /// Notes an error.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: String,
        label: &str,
        help: &str,
    ) {
        self.findings.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code,
            message,
            file: Some(self.file.index),
            span,
            label: label.to_owned(),
            notes: Vec::<Note>::new(),
            help: Some(help.to_owned()),
        });
    }

    /// Notes an object that one file describes twice and differently.
    pub(super) fn described_twice(
        &mut self,
        noun: &str,
        id: &str,
        parts: &str,
        first: Span,
        second: Span,
    ) {
        let bytes = |span: Span| {
            let start = usize::try_from(span.start).unwrap_or(usize::MAX);
            start..start.saturating_add(1)
        };
        let label = String::from("first described here");
        let note = Note { file: self.file.index, span: bytes(first), label };
        self.findings.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: "aws::described_twice",
            message: format!(
                "{noun} `{id}` is described twice, and the descriptions disagree about its {parts}"
            ),
            file: Some(self.file.index),
            span: bytes(second),
            label: String::from("described again here"),
            notes: vec![note],
            help: Some(String::from("remove one of them")),
        });
    }

    /// Notes an id that two regions have for different objects: ids of AWS are unique, so that one of
    /// the dumps is not what it seems.
    pub(super) fn two_objects(
        &mut self,
        object: &str,
        parts: &str,
        [one, other]: [&str; 2],
        second: Span,
    ) {
        let start = usize::try_from(second.start).unwrap_or(usize::MAX);
        self.error(
            "aws::two_objects",
            start..start.saturating_add(1),
            format!(
                "{object} is described in {one} and in {other}, and they disagree about its {parts}"
            ),
            "described again here",
            "import the two dumps apart, or remove the one that is wrong: ids of AWS are unique",
        );
    }

    /// Notes something that is rightly left out.
    pub(super) fn left_out(&mut self, kind: LeftOut, id: &str, span: Span) {
        self.findings.left_out(kind, id, self.file.path, Some(span));
    }

    /// Notes something that is not modelled.
    pub(super) fn unread(&mut self, span: Span, what: String, effect: &str) {
        self.findings.unread(self.file.path, span, what, effect);
    }

    /// Reads an object whose parts are read later.
    pub(super) fn parse<T: Deserialize<'a>>(&mut self, raw: &'a RawValue) -> Option<T> {
        // Serde would take a list for the fields of an object in order.
        if raw.get().starts_with('[') {
            let message = String::from("found a list, expected an object");
            let start = self.range(raw).start;
            self.error("aws::wrong_type", start..start.saturating_add(1), message, "here", AGAIN);
            return None;
        }
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                let within = offset_of(raw.get(), &error);
                let at = self.range(raw).start.saturating_add(within);
                self.shape(at, &error);
                None
            }
        }
    }

    /// Reads the members of the whole file.
    pub(super) fn members(&mut self) -> Option<Vec<Member<'a>>> {
        // A byte order mark is no JSON; offsets stay right, being differences of pointers.
        let text = self.file.text.trim_start_matches('\u{feff}');
        let skipped = self.file.text.len().saturating_sub(text.len());
        match serde_json::from_str::<Members<'a>>(text) {
            Ok(Members(members)) => Some(members),
            Err(error) => {
                self.shape(skipped.saturating_add(offset_of(text, &error)), &error);
                None
            }
        }
    }

    /// Reads a string.
    pub(super) fn text(&mut self, leaf: Leaf<'a>, key: &str) -> Option<Cow<'a, str>> {
        let raw = leaf?;
        let text = unquoted(raw);
        if text.is_none() {
            self.mistyped(raw, key, "a text in quotes");
        }
        text
    }

    /// Notes that an object lacks a key it cannot do without.
    pub(super) fn missing(&mut self, object: &RawValue, key: &str) {
        let span = self.range(object);
        let span = span.start..span.start.saturating_add(1).min(span.end);
        self.error(
            "aws::missing_key",
            span,
            format!("this object has no `{key}`"),
            "begins here",
            "dump it again with the AWS CLI, without `--query`",
        );
    }

    /// Reads a string that an object cannot do without.
    pub(super) fn id(&mut self, object: &RawValue, leaf: Leaf<'a>, key: &str) -> Option<String> {
        if leaf.is_none() {
            self.missing(object, key);
        }
        self.text(leaf, key).map(Cow::into_owned)
    }

    /// Reads a truth value; absent means no.
    pub(super) fn flag(&mut self, leaf: Leaf<'a>, key: &str) -> bool {
        match leaf.map(|raw| (raw, raw.get())) {
            Some((_, "true")) => true,
            None | Some((_, "false")) => false,
            Some((raw, _)) => {
                self.mistyped(raw, key, "`true` or `false`");
                false
            }
        }
    }

    /// Reads a whole number within bounds.
    pub(super) fn integer(&mut self, leaf: Leaf<'a>, key: &str, bounds: (i64, i64)) -> Option<i64> {
        let raw = leaf?;
        let (least, most) = bounds;
        match raw.get().parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            Ok(_) | Err(_) => {
                self.mistyped(raw, key, &format!("a whole number from {least} to {most}"));
                None
            }
        }
    }

    /// Reads a CIDR block.
    pub(super) fn prefix(&mut self, leaf: Leaf<'a>, key: &str) -> Option<IpNet> {
        let raw = leaf?;
        let text = unquoted(raw).unwrap_or_default();
        match text.parse::<IpNet>() {
            Ok(prefix) if prefix.addr() == prefix.network() => Some(prefix),
            Ok(prefix) => {
                self.error(
                    "aws::host_bits",
                    self.range(raw),
                    format!("CIDR block `{text}` has host bits set"),
                    "AWS never writes such a block",
                    &format!("write `{}`", prefix.trunc()),
                );
                None
            }
            Err(_) => {
                self.mistyped(raw, key, "a CIDR block such as `10.0.0.0/16`");
                None
            }
        }
    }

    /// Reads an IP address.
    pub(super) fn address(&mut self, leaf: Leaf<'a>, key: &str) -> Option<IpAddr> {
        let raw = leaf?;
        let address = unquoted(raw).and_then(|text| text.parse().ok());
        if address.is_none() {
            self.mistyped(raw, key, "an IP address such as `10.0.0.5`");
        }
        address
    }

    /// Notes a value of the wrong kind.
    pub(super) fn mistyped(&mut self, raw: &RawValue, key: &str, expected: &str) {
        self.error(
            "aws::wrong_type",
            self.range(raw),
            format!("`{key}` is {}, expected {expected}", shortened(raw.get())),
            &format!("expected {expected}"),
            "dump it again with the AWS CLI; it writes this key by itself",
        );
    }

    /// Notes JSON that does not have the shape of the answer, or is no JSON.
    fn shape(&mut self, at: usize, error: &serde_json::Error) {
        let (code, message, help) = worded(error);
        let end = at.saturating_add(1).min(self.file.text.len());
        self.error(code, at.min(end)..end, message, "here", help);
    }
}

/// Returns the text of a string; `None` for other values.
fn unquoted(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw.get()).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Returns where in `text` an error of `serde_json` points, which counts lines and columns.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let line = match lines_before.checked_sub(1) {
        None => 0,
        Some(nth) => text.match_indices('\n').nth(nth).map_or(0, |(at, _)| at.saturating_add(1)),
    };
    let at = line.saturating_add(error.column().saturating_sub(1)).min(text.len());
    if error.is_data() { start_of_value(text, at) } else { at }
}

/// Returns where a value of the wrong kind begins: `serde_json` points before an object or list, and at
/// the last byte of anything else.
fn start_of_value(text: &str, at: usize) -> usize {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return at };
    match after.chars().next() {
        Some('"') => before.rfind('"').unwrap_or(at),
        Some(last) if last.is_ascii_alphanumeric() => {
            let scalar = |one: char| one.is_ascii_alphanumeric() || "+-.".contains(one);
            before.trim_end_matches(scalar).len()
        }
        Some(_) | None => {
            let skipped =
                after.trim_start_matches(|one: char| one.is_whitespace() || ":,[".contains(one));
            text.len().saturating_sub(skipped.len())
        }
    }
}

/// What to do about a file that no AWS command writes so.
const AGAIN: &str = "dump it again with the AWS CLI, `--output json`";

/// Words an error of `serde_json` for people who do not know it.
fn worded(error: &serde_json::Error) -> (&'static str, String, &'static str) {
    let again = AGAIN;
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    if error.is_eof() {
        return ("aws::truncated", String::from("the JSON ends too early"), again);
    }
    if message.starts_with("recursion limit") {
        let help = "no answer of AWS is nested as deeply; see what wrote the file";
        return ("aws::too_deep", String::from("the JSON is nested too deeply"), help);
    }
    if let Some(key) = message.strip_prefix("duplicate field ") {
        return ("aws::duplicate_key", format!("key {key} is written twice"), "remove one of them");
    }
    match message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected ")) {
        Some((found, expected)) => {
            let found = match found {
                "sequence" => "a list",
                "map" => "an object",
                other => other,
            };
            let expected = if expected == "a sequence" { "a list" } else { "an object" };
            ("aws::wrong_type", format!("found {found}, expected {expected}"), again)
        }
        // Serde takes a list for the fields of an object in order, and counts them.
        None if message.starts_with("invalid length") => {
            ("aws::wrong_type", String::from("found a list, expected an object"), again)
        }
        None if error.is_data() => {
            ("aws::wrong_type", format!("unexpected shape: {message}"), again)
        }
        None => ("aws::syntax", format!("this is no JSON: {message}"), again),
    }
}

/// Returns a value as written, cut short where it is long.
fn shortened(written: &str) -> String {
    let mut characters = written.chars();
    let start: String = characters.by_ref().take(40).collect();
    if characters.next().is_some() { format!("`{start}…`") } else { format!("`{start}`") }
}
