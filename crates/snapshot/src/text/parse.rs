//! Reads what [`super::print()`] wrote.

use std::collections::HashMap;

use canreach_sets::{Algebra, FlowSet};

use super::{FIRST_WORDS, LAST_WORD, LIST_INDENT, print::counts};
use crate::{
    error::{ReadError, shown},
    model::{
        Block, Class, ClassList, FORMAT_VERSION, Fact, Flows, Input, Kind, Relation, Snapshot,
    },
    names::Names,
    quote::unquoted,
    seal,
};

/// What a line of each level may begin with.
const TOP: &str = "`semantics:`, `tool:`, `input`, `assumes:`, `not examined:`, `fact`, `source`, \
                   `destination`, `from` or `end:`";
const NAME: &str = "names without a stray `\\`";

/// Reads a snapshot that was written as text.
///
/// # Errors
/// Fails unless the text is, to the last byte, what was written.
pub fn parse(text: &str) -> Result<Snapshot, ReadError> {
    let first = text.lines().next().unwrap_or_default();
    let version = first.strip_prefix(FIRST_WORDS);
    let version = version.ok_or_else(|| ReadError::NoSnapshot { found: shown(first) })?;
    if version != FORMAT_VERSION.to_string() {
        return Err(ReadError::Version { found: shown(version) });
    }
    let (body, last) = seal::split(text, LAST_WORD)?;
    let malformed = || {
        let line = text.lines().count();
        ReadError::line(line, last, "`end: …, sha256 …`")
    };
    let ends = last.strip_prefix(LAST_WORD).and_then(|rest| rest.split_once(", sha256 "));
    let (expected, digest) = ends.ok_or_else(malformed)?;
    seal::check(body, digest)?;
    let mut parser = Parser::new(body);
    // The first line is read.
    parser.lines.next();
    while let Some(line) = parser.lines.next() {
        parser.top(line)?;
    }
    let found = counts(&parser.snapshot);
    if found != expected {
        let expected = expected.to_owned();
        return Err(ReadError::Changed { what: "it holds", found, expected });
    }
    Ok(parser.snapshot)
}

/// The lines of a text, one of which can be looked at in advance.
struct Lines<'t> {
    text: &'t str,
    rest: &'t str,
    number: usize,
}

impl<'t> Lines<'t> {
    fn peek(&self) -> Option<&'t str> {
        (!self.rest.is_empty()).then(|| self.rest.split_once('\n').map_or(self.rest, |(it, _)| it))
    }

    fn next(&mut self) -> Option<&'t str> {
        let line = self.peek()?;
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.number = self.number.saturating_add(1);
        Some(line)
    }

    /// Returns the next line without its beginning, if it begins like this.
    fn next_behind(&mut self, start: &str) -> Option<&'t str> {
        let line = self.peek()?.strip_prefix(start)?;
        self.next();
        Some(line)
    }

    /// Returns how far it has read.
    fn place(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }
}

struct Parser<'t> {
    lines: Lines<'t>,
    snapshot: Snapshot,
    sources: Names<'t>,
    destinations: Names<'t>,
    facts: HashMap<String, usize>,
    /// Flows by the text that says them.
    flows: HashMap<&'t str, usize>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            lines: Lines { text, rest: text, number: 0 },
            snapshot: Snapshot::default(),
            sources: Names::new("source"),
            destinations: Names::new("destination"),
            facts: HashMap::new(),
            flows: HashMap::new(),
        }
    }

    fn wrong(&self, found: &str, expected: &'static str) -> ReadError {
        ReadError::line(self.lines.number, found, expected)
    }

    fn unquoted(&self, text: &str) -> Result<String, ReadError> {
        match unquoted(text) {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.wrong(text, NAME)),
        }
    }

    /// Reads a line that stands at the margin, and those that belong to it.
    fn top(&mut self, line: &'t str) -> Result<(), ReadError> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "from" => self.blocks(rest),
            "source" | "destination" => self.class(word, rest),
            "fact" => self.fact(rest),
            _ => self.header(line),
        }
    }

    fn header(&mut self, line: &str) -> Result<(), ReadError> {
        let (words, rest) = line.split_once(": ").unwrap_or((line, ""));
        let rest = self.unquoted(rest)?;
        let header = &mut self.snapshot.header;
        match words {
            "semantics" => match rest.parse() {
                Ok(version) => header.semantics = version,
                Err(_) => return Err(self.wrong(line, "a version of the semantics, a number")),
            },
            "tool" => header.tool = rest,
            "assumes" => header.assumptions.push(rest),
            "not examined" => header.not_examined.push(rest),
            words => match words.strip_prefix("input ") {
                Some(digest) => {
                    let digest = self.unquoted(digest)?;
                    self.snapshot.header.inputs.push(Input { name: rest, digest });
                }
                None => return Err(self.wrong(line, TOP)),
            },
        }
        Ok(())
    }

    fn fact(&mut self, rest: &str) -> Result<(), ReadError> {
        let parts = rest.split_once(": ");
        let (id, statement) = parts.ok_or_else(|| self.wrong(rest, "`fact ID: STATEMENT`"))?;
        let (id, statement) = (self.unquoted(id)?, self.unquoted(statement)?);
        let settled_by = self.lines.next_behind("  settled by: ");
        let settled_by = settled_by.ok_or_else(|| {
            self.wrong(self.lines.peek().unwrap_or_default(), "`settled by:` behind a fact")
        })?;
        let settled_by = self.unquoted(settled_by)?;
        if self.facts.insert(id.clone(), self.snapshot.facts.len()).is_some() {
            return Err(ReadError::Twice { line: self.lines.number, name: id, role: "fact" });
        }
        self.snapshot.facts.push(Fact { id, statement, settled_by });
        Ok(())
    }

    fn class(&mut self, role: &str, name: &'t str) -> Result<(), ReadError> {
        let is_source = role == "source";
        let number = self.lines.number;
        let names = if is_source { &mut self.sources } else { &mut self.destinations };
        names.add_class(name, number)?;
        let mut kinds = Vec::new();
        while let Some(key) = self.lines.next_behind("  kind ") {
            let key = self.unquoted(key)?;
            kinds.push(Kind { key, members: self.members(is_source)? });
        }
        let class = Class { name: self.unquoted(name)?, kinds };
        let classes =
            if is_source { &mut self.snapshot.sources } else { &mut self.snapshot.destinations };
        classes.push(class);
        Ok(())
    }

    fn members(&mut self, is_source: bool) -> Result<Vec<String>, ReadError> {
        let mut members = Vec::new();
        while let Some(line) = self.lines.next_behind(LIST_INDENT) {
            let number = self.lines.number;
            let names = if is_source { &mut self.sources } else { &mut self.destinations };
            for word in line.split(' ') {
                names.add_member(word, number)?;
            }
            for word in line.split(' ') {
                members.push(self.unquoted(word)?);
            }
        }
        Ok(members)
    }

    fn blocks(&mut self, first: &'t str) -> Result<(), ReadError> {
        let from = self.sources_from(first)?;
        loop {
            let (relation, rest) = if let Some(rest) = self.lines.next_behind("  to ") {
                (Relation::Others, rest)
            } else if let Some(rest) = self.lines.next_behind("  itself ") {
                (Relation::Itself, rest)
            } else {
                return Ok(());
            };
            let (to, rest) = self.destinations_to(rest)?;
            let flows = self.flows(rest)?;
            self.snapshot.blocks.push(Block { relation, from: ClassList::clone(&from), to, flows });
        }
    }

    fn sources_from(&mut self, first: &'t str) -> Result<ClassList, ReadError> {
        let mut list = Vec::new();
        let mut line = Some(first);
        while let Some(words) = line {
            for word in words.split(' ') {
                list.push(self.sources.class(word, self.lines.number)?);
            }
            line = self.lines.next_behind(LIST_INDENT);
        }
        Ok(list.into())
    }

    /// Returns a list that a colon ends, and what stands behind the colon.
    fn destinations_to(&mut self, first: &'t str) -> Result<(ClassList, &'t str), ReadError> {
        let mut list = Vec::new();
        let mut line = first;
        loop {
            let mut words = line;
            while let Some((word, rest)) = next_word(words) {
                let (name, is_last) = without_colon(word);
                list.push(self.destinations.class(name, self.lines.number)?);
                if is_last {
                    return Ok((list.into(), rest));
                }
                words = rest;
            }
            let next = self.lines.next_behind(LIST_INDENT);
            line = next.ok_or_else(|| self.wrong(line, "a list of classes that ends in `:`"))?;
        }
    }

    /// Reads flows that begin on the line just read, unless they are known.
    fn flows(&mut self, rest: &'t str) -> Result<usize, ReadError> {
        let number = self.lines.number;
        let end = self.lines.place();
        // The line break belongs to what was read of it, if there is one.
        let start = end.saturating_sub(rest.len().saturating_add(1));
        let mut parts = Vec::new();
        while let Some(part) = self.lines.next_behind("    ") {
            parts.push((self.lines.number, part));
        }
        let text = self.lines.text.get(start..self.lines.place()).unwrap_or(rest);
        if let Some(known) = self.flows.get(text) {
            return Ok(*known);
        }
        let mut flows = Flows::answered(set(rest, number)?);
        for (number, part) in parts {
            self.part(&mut flows, part, number)?;
        }
        let place = self.snapshot.flows.len();
        self.snapshot.flows.push(flows);
        self.flows.insert(text, place);
        Ok(place)
    }

    /// Reads one line of those below a block.
    fn part(&self, flows: &mut Flows, line: &str, number: usize) -> Result<(), ReadError> {
        if let Some(ids) = line.strip_prefix("because ") {
            for id in ids.split(' ') {
                let id = self.unquoted(id)?;
                let place = self.facts.get(&id).copied();
                flows.because.push(place.ok_or(ReadError::UnknownFact { line: number, id })?);
            }
            return Ok(());
        }
        let (label, rest) = line.split_once(": ").unwrap_or((line, ""));
        match label {
            "delivered only" => flows.delivered = flows.delivered.union(&set(rest, number)?),
            "unknown" => {
                flows.maybe_answered = set(rest, number)?;
                flows.maybe_delivered = flows.maybe_answered.clone();
            }
            "maybe answered" => flows.maybe_answered = set(rest, number)?,
            "maybe delivered" => flows.maybe_delivered = set(rest, number)?,
            "limit" => flows.limit = Some(self.unquoted(rest)?),
            _ => {
                let expected = "`delivered only:`, `unknown:`, `maybe answered:`, \
                                `maybe delivered:`, `because` or `limit:`";
                return Err(ReadError::line(number, line, expected));
            }
        }
        Ok(())
    }
}

fn set(text: &str, line: usize) -> Result<FlowSet, ReadError> {
    text.parse().map_err(|_| ReadError::line(line, text, "flows such as `tcp 22,443; udp 53`"))
}

/// Returns the first word of a line and the rest behind the space.
fn next_word(line: &str) -> Option<(&str, &str)> {
    (!line.is_empty()).then(|| line.split_once(' ').unwrap_or((line, "")))
}

/// Returns a word without the colon that ends a list, and whether there was one.
fn without_colon(word: &str) -> (&str, bool) {
    match word.strip_suffix(':') {
        // Behind an odd number of backslashes it belongs to the name.
        Some(name) if name.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0 => {
            (name, true)
        }
        _ => (word, false),
    }
}
