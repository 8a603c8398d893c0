//! Writes a snapshot as JSON Lines.

use std::borrow::Cow;

use canreach_sets::{Algebra, FlowSet};
use serde::Serialize;

use super::{
    BlockEntry, BlocksLine, ClassLine, End, EndLine, FactLine, FlowsEntry, HeaderLine, InputEntry,
    KindEntry, SCHEMA, Word,
};
use crate::{
    digest::sha256,
    model::{Class, FORMAT_VERSION, Flows, Header, Relation, Snapshot},
};

/// Returns a snapshot as JSON Lines; give it [`Snapshot::canonical`] ones, so that equal answers are
/// equal bytes.
///
/// # Errors
/// Never, unless a line cannot be written as JSON.
pub fn print(snapshot: &Snapshot) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    line(&mut text, &header(&snapshot.header))?;
    for it in &snapshot.facts {
        let (fact, statement) = (it.id.clone(), it.statement.clone());
        line(&mut text, &FactLine { fact, statement, settled_by: it.settled_by.clone() })?;
    }
    for class in &snapshot.sources {
        let kinds = kinds(class);
        let source = Some(word(&class.name));
        line(&mut text, &ClassLine { source, destination: None, kinds })?;
    }
    for class in &snapshot.destinations {
        let kinds = kinds(class);
        let destination = Some(word(&class.name));
        line(&mut text, &ClassLine { source: None, destination, kinds })?;
    }
    blocks(&mut text, snapshot)?;
    let end = End {
        sources: snapshot.sources.len(),
        destinations: snapshot.destinations.len(),
        blocks: snapshot.blocks.len(),
        sha256: sha256(text.as_bytes()).into(),
    };
    line(&mut text, &EndLine { end })?;
    Ok(text)
}

fn line(text: &mut String, line: &impl Serialize) -> Result<(), serde_json::Error> {
    text.push_str(&serde_json::to_string(line)?);
    text.push('\n');
    Ok(())
}

fn header(header: &Header) -> HeaderLine<'_> {
    let input = |it: &crate::Input| InputEntry { name: it.name.clone(), sha256: it.digest.clone() };
    HeaderLine {
        schema: format!("{SCHEMA}{FORMAT_VERSION}").into(),
        semantics: header.semantics,
        tool: header.tool.clone(),
        inputs: header.inputs.iter().map(input).collect(),
        assumptions: header.assumptions.clone(),
        not_examined: header.not_examined.clone(),
    }
}

fn word(name: &str) -> Word<'_> {
    Word(Cow::Borrowed(name))
}

fn kinds(class: &Class) -> Vec<KindEntry<'_>> {
    let kind = |kind: &'_ crate::Kind| KindEntry {
        key: Cow::Owned(kind.key.clone()),
        members: kind.members.iter().map(|it| Word(Cow::Owned(it.clone()))).collect(),
    };
    class.kinds.iter().map(kind).collect()
}

/// Writes the blocks, those with the same sources on one line.
fn blocks(text: &mut String, snapshot: &Snapshot) -> Result<(), serde_json::Error> {
    let flows: Vec<FlowsEntry<'_>> = snapshot.flows.iter().map(|it| entry(snapshot, it)).collect();
    for blocks in snapshot.blocks.chunk_by(|a, b| a.from == b.from) {
        let Some(first) = blocks.first() else { continue };
        let of_block = |block: &crate::Block| {
            let list = Some(names(&snapshot.destinations, &block.to));
            let (to, itself) = match block.relation {
                Relation::Others => (list, None),
                Relation::Itself => (None, list),
            };
            let flows = flows.get(block.flows)?.clone();
            Some(BlockEntry { to, itself, flows })
        };
        let from = names(&snapshot.sources, &first.from);
        line(text, &BlocksLine { from, blocks: blocks.iter().filter_map(of_block).collect() })?;
    }
    Ok(())
}

fn names<'s>(classes: &'s [Class], places: &[usize]) -> Vec<Word<'s>> {
    let classes = places.iter().filter_map(|place| classes.get(*place));
    classes.map(|class| word(&class.name)).collect()
}

fn entry(snapshot: &Snapshot, flows: &Flows) -> FlowsEntry<'static> {
    let some = |set: &FlowSet| (!set.is_empty()).then(|| Cow::Owned(set.to_string()));
    let facts = flows.because.iter().filter_map(|place| snapshot.facts.get(*place));
    FlowsEntry {
        answered: flows.answered.to_string().into(),
        delivered_only: some(&flows.delivered.difference(&flows.answered)),
        maybe_answered: some(&flows.maybe_answered),
        maybe_delivered: some(&flows.maybe_delivered),
        because: facts.map(|fact| fact.id.clone()).collect(),
        limit: flows.limit.clone(),
    }
}
