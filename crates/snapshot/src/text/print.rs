//! Writes a snapshot as text.

use std::fmt::Write as _;

use canreach_sets::{Algebra, FlowSet};

use super::{FIRST_WORDS, LAST_WORD, LIST_INDENT};
use crate::{
    digest::sha256,
    model::{Block, Class, FORMAT_VERSION, Flows, Header, Relation, Snapshot},
    quote::{name, sentence},
};

/// Returns a snapshot as text; give it [`Snapshot::canonical`] ones, so that equal answers are equal bytes.
#[must_use]
pub fn print(snapshot: &Snapshot) -> String {
    let mut text = format!("{FIRST_WORDS}{FORMAT_VERSION}\n");
    header(&mut text, &snapshot.header);
    for fact in &snapshot.facts {
        line(&mut text, &format!("fact {}: ", name(&fact.id)), &fact.statement);
        line(&mut text, "  settled by: ", &fact.settled_by);
    }
    for class in &snapshot.sources {
        members(&mut text, "source", class);
    }
    for class in &snapshot.destinations {
        members(&mut text, "destination", class);
    }
    blocks(&mut text, snapshot);
    let digest = sha256(text.as_bytes());
    let _ = writeln!(text, "{LAST_WORD}{}, sha256 {digest}", counts(snapshot));
    text
}

/// Returns how much there is of everything, for the last line.
pub(super) fn counts(snapshot: &Snapshot) -> String {
    let Snapshot { sources, destinations, blocks, .. } = snapshot;
    let (from, to) = (sources.len(), destinations.len());
    format!("{from} sources, {to} destinations, {} blocks", blocks.len())
}

fn header(text: &mut String, header: &Header) {
    let _ = writeln!(text, "semantics: {}", header.semantics);
    line(text, "tool: ", &header.tool);
    for input in &header.inputs {
        line(text, &format!("input {}: ", name(&input.digest)), &input.name);
    }
    for assumption in &header.assumptions {
        line(text, "assumes: ", assumption);
    }
    for layer in &header.not_examined {
        line(text, "not examined: ", layer);
    }
}

fn line(text: &mut String, words: &str, rest: &str) {
    text.push_str(words);
    text.push_str(&sentence(rest));
    text.push('\n');
}

fn members(text: &mut String, role: &str, class: &Class) {
    let _ = writeln!(text, "{role} {}", name(&class.name));
    for kind in &class.kinds {
        line(text, "  kind ", &kind.key);
        let mut list = List::begin(text, LIST_INDENT);
        kind.members.iter().for_each(|member| list.add(member));
        list.end("\n");
    }
}

fn blocks(text: &mut String, snapshot: &Snapshot) {
    let written: Vec<String> = snapshot.flows.iter().map(|it| flows(snapshot, it)).collect();
    let mut before: Option<&Block> = None;
    for block in &snapshot.blocks {
        if before.is_none_or(|before| before.from != block.from) {
            names(text, "from ", &snapshot.sources, &block.from, "\n");
        }
        let word = match block.relation {
            Relation::Others => "  to ",
            Relation::Itself => "  itself ",
        };
        names(text, word, &snapshot.destinations, &block.to, ": ");
        text.push_str(written.get(block.flows).map_or("", String::as_str));
        before = Some(block);
    }
}

fn names(text: &mut String, word: &str, classes: &[Class], places: &[usize], end: &str) {
    let mut list = List::begin(text, word);
    places.iter().filter_map(|place| classes.get(*place)).for_each(|class| list.add(&class.name));
    list.end(end);
}

/// Returns the rest of the line of a block, and the lines that belong to it.
fn flows(snapshot: &Snapshot, flows: &Flows) -> String {
    let mut text = format!("{}\n", flows.answered);
    let mut part = |label: &str, set: &FlowSet| {
        if !set.is_empty() {
            let _ = writeln!(text, "    {label}: {set}");
        }
    };
    part("delivered only", &flows.delivered.difference(&flows.answered));
    if flows.maybe_delivered == flows.maybe_answered {
        part("unknown", &flows.maybe_answered);
    } else {
        part("maybe answered", &flows.maybe_answered);
        part("maybe delivered", &flows.maybe_delivered);
    }
    let facts = flows.because.iter().filter_map(|place| snapshot.facts.get(*place));
    let facts: Vec<_> = facts.map(|fact| name(&fact.id)).collect();
    if !facts.is_empty() {
        let _ = writeln!(text, "    because {}", facts.join(" "));
    }
    if let Some(limit) = &flows.limit {
        line(&mut text, "    limit: ", limit);
    }
    text
}

/// A list of names in the making.
///
/// A line ends behind a name that says so by itself, so that one name more or less changes one line,
/// wherever in the list it stands.
struct List<'t> {
    text: &'t mut String,
    is_at_start: bool,
    is_full: bool,
}

impl<'t> List<'t> {
    fn begin(text: &'t mut String, words: &str) -> Self {
        text.push_str(words);
        Self { text, is_at_start: true, is_full: false }
    }

    fn add(&mut self, written: &str) {
        if self.is_full {
            self.text.push('\n');
            self.text.push_str(LIST_INDENT);
        } else if !self.is_at_start {
            self.text.push(' ');
        }
        self.text.push_str(&name(written));
        (self.is_at_start, self.is_full) = (false, ends_line(written));
    }

    fn end(self, end: &str) {
        self.text.push_str(end);
    }
}

/// Whether a line of a list ends behind a name: one in four does, by FNV-1a.
fn ends_line(name: &str) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 40) % 4 == 0
}
