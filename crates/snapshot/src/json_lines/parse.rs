//! Reads what [`super::print()`] wrote.

use std::collections::HashMap;

use canreach_sets::{Algebra, FlowSet};
use serde::Deserialize;

use super::{
    BlockEntry, BlocksLine, ClassLine, EndLine, FactLine, FlowsEntry, HeaderLine, LAST_WORD,
    SCHEMA, Word,
};
use crate::{
    error::{ReadError, shown},
    model::{
        Block, Class, ClassList, FORMAT_VERSION, Fact, Flows, Header, Input, Kind, Relation,
        Snapshot,
    },
    names::Names,
    seal,
};

/// Reads a snapshot that was written as JSON Lines.
///
/// # Errors
/// Fails unless the text is, to the last byte, what was written.
pub fn parse(text: &str) -> Result<Snapshot, ReadError> {
    let (body, last) = split(text)?;
    let mut parser = Parser::new();
    for (line, number) in body.lines().zip(1_usize..) {
        parser.line(line, number)?;
    }
    let snapshot = parser.snapshot;
    let found = (snapshot.sources.len(), snapshot.destinations.len(), snapshot.blocks.len());
    let expected = (last.end.sources, last.end.destinations, last.end.blocks);
    if found != expected {
        let counts = |(sources, destinations, blocks): (usize, usize, usize)| {
            format!("{sources} sources, {destinations} destinations, {blocks} blocks")
        };
        return Err(ReadError::Changed {
            what: "it holds",
            found: counts(found),
            expected: counts(expected),
        });
    }
    Ok(snapshot)
}

/// What tells which format a line is of.
#[derive(Deserialize)]
struct Named {
    schema: String,
}

/// Returns the lines but the last, which was checked, and the last.
fn split(text: &str) -> Result<(&str, EndLine<'_>), ReadError> {
    let first = text.lines().next().unwrap_or_default();
    let named: Option<Named> = serde_json::from_str(first).ok();
    let version = named.as_ref().and_then(|it| it.schema.strip_prefix(SCHEMA));
    let version = version.ok_or_else(|| ReadError::NoSnapshot { found: shown(first) })?;
    if version != FORMAT_VERSION.to_string() {
        return Err(ReadError::Version { found: shown(version) });
    }
    let (body, last) = seal::split(text, LAST_WORD)?;
    let end: EndLine<'_> = serde_json::from_str(last)
        .map_err(|_| ReadError::line(text.lines().count(), last, "`{\"end\":{…,\"sha256\":…}}`"))?;
    seal::check(body, &end.end.sha256)?;
    Ok((body, end))
}

struct Parser<'t> {
    snapshot: Snapshot,
    sources: Names<'t>,
    destinations: Names<'t>,
    facts: HashMap<String, usize>,
    flows: HashMap<FlowsEntry<'t>, usize>,
}

impl<'t> Parser<'t> {
    fn new() -> Self {
        Self {
            snapshot: Snapshot::default(),
            sources: Names::new("source"),
            destinations: Names::new("destination"),
            facts: HashMap::new(),
            flows: HashMap::new(),
        }
    }

    fn line(&mut self, line: &'t str, number: usize) -> Result<(), ReadError> {
        let key = line.split('"').nth(1).unwrap_or_default();
        match key {
            "schema" => self.header(read(line, number, "the first line, with a `schema`")?),
            "fact" => self.fact(read(line, number, "a fact")?, number)?,
            "source" | "destination" => {
                self.class(read(line, number, "a class of ends")?, line, number)?;
            }
            "from" => self.blocks(read(line, number, "blocks")?, line, number)?,
            _ => {
                let expected =
                    "a line with the key `schema`, `fact`, `source`, `destination` or `from` first";
                return Err(ReadError::line(number, line, expected));
            }
        }
        Ok(())
    }

    fn header(&mut self, line: HeaderLine<'_>) {
        let inputs = line.inputs.into_iter();
        self.snapshot.header = Header {
            semantics: line.semantics,
            tool: line.tool,
            inputs: inputs.map(|it| Input { name: it.name, digest: it.sha256 }).collect(),
            assumptions: line.assumptions,
            not_examined: line.not_examined,
        };
    }

    fn fact(&mut self, line: FactLine, number: usize) -> Result<(), ReadError> {
        let FactLine { fact: id, statement, settled_by } = line;
        if self.facts.insert(id.clone(), self.snapshot.facts.len()).is_some() {
            return Err(ReadError::Twice { line: number, name: shown(&id), role: "fact" });
        }
        self.snapshot.facts.push(Fact { id, statement, settled_by });
        Ok(())
    }

    fn class(&mut self, class: ClassLine<'t>, line: &str, number: usize) -> Result<(), ReadError> {
        let (names, classes, name) = match (class.source, class.destination) {
            (Some(name), None) => (&mut self.sources, &mut self.snapshot.sources, name),
            (None, Some(name)) => (&mut self.destinations, &mut self.snapshot.destinations, name),
            _ => return Err(ReadError::line(number, line, "a class of ends of one side")),
        };
        let Word(name) = name;
        let mut kinds = Vec::with_capacity(class.kinds.len());
        for kind in class.kinds {
            let members: Vec<String> =
                kind.members.iter().map(|Word(member)| member.clone().into_owned()).collect();
            for Word(member) in kind.members {
                names.add_member(member, number)?;
            }
            kinds.push(Kind { key: kind.key.into_owned(), members });
        }
        classes.push(Class { name: name.clone().into_owned(), kinds });
        names.add_class(name, number)
    }

    fn blocks(
        &mut self,
        blocks: BlocksLine<'t>,
        line: &str,
        number: usize,
    ) -> Result<(), ReadError> {
        let from = list(&self.sources, &blocks.from, number)?;
        for BlockEntry { to, itself, flows } in blocks.blocks {
            let (relation, to) = match (to, itself) {
                (Some(to), None) => (Relation::Others, to),
                (None, Some(to)) => (Relation::Itself, to),
                _ => return Err(ReadError::line(number, line, "either `to` or `itself`")),
            };
            let to = list(&self.destinations, &to, number)?;
            let flows = self.flows(flows, number)?;
            self.snapshot.blocks.push(Block { relation, from: ClassList::clone(&from), to, flows });
        }
        Ok(())
    }

    fn flows(&mut self, entry: FlowsEntry<'t>, number: usize) -> Result<usize, ReadError> {
        if let Some(known) = self.flows.get(&entry) {
            return Ok(*known);
        }
        let mut flows = Flows::answered(set(&entry.answered, number)?);
        let some = |text: Option<&std::borrow::Cow<'_, str>>| {
            text.map_or_else(|| Ok(FlowSet::empty()), |text| set(text, number))
        };
        flows.delivered = flows.delivered.union(&some(entry.delivered_only.as_ref())?);
        flows.maybe_answered = some(entry.maybe_answered.as_ref())?;
        flows.maybe_delivered = some(entry.maybe_delivered.as_ref())?;
        for id in &entry.because {
            let unknown = || ReadError::UnknownFact { line: number, id: shown(id) };
            flows.because.push(self.facts.get(id).copied().ok_or_else(unknown)?);
        }
        flows.limit.clone_from(&entry.limit);
        let place = self.snapshot.flows.len();
        self.snapshot.flows.push(flows);
        self.flows.insert(entry, place);
        Ok(place)
    }
}

fn read<'t, T: Deserialize<'t>>(
    line: &'t str,
    number: usize,
    expected: &'static str,
) -> Result<T, ReadError> {
    serde_json::from_str(line).map_err(|_| ReadError::line(number, line, expected))
}

fn list(names: &Names<'_>, words: &[Word<'_>], number: usize) -> Result<ClassList, ReadError> {
    words.iter().map(|Word(name)| names.class(name, number)).collect()
}

fn set(text: &str, line: usize) -> Result<FlowSet, ReadError> {
    text.parse().map_err(|_| ReadError::line(line, text, "flows such as `tcp 22,443; udp 53`"))
}
