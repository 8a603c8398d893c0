//! Snapshots as JSON Lines, `canreach.snapshot/1`: one object a line, which `docs/snapshot.md` describes.
//!
//! The types here are the format. Each line is told by its first key.

mod parse;
mod print;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use parse::parse;
pub use print::print;

/// What the name of the format begins with; its version follows.
const SCHEMA: &str = "canreach.snapshot/";
/// What the last line begins with.
const LAST_WORD: &str = "{\"end\":";

#[derive(Debug, Serialize, Deserialize)]
struct HeaderLine<'t> {
    #[serde(borrow)]
    schema: Cow<'t, str>,
    semantics: u32,
    tool: String,
    inputs: Vec<InputEntry>,
    assumptions: Vec<String>,
    not_examined: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct InputEntry {
    name: String,
    sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct FactLine {
    fact: String,
    statement: String,
    settled_by: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct ClassLine<'t> {
    /// The name of a class of sources, or …
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    source: Option<Word<'t>>,
    /// … of destinations.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    destination: Option<Word<'t>>,
    kinds: Vec<KindEntry<'t>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KindEntry<'t> {
    #[serde(borrow)]
    key: Cow<'t, str>,
    members: Vec<Word<'t>>,
}

/// A name, borrowed from the line where it holds no escape; serde borrows below lists only like this.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Word<'t>(#[serde(borrow)] Cow<'t, str>);

#[derive(Debug, Serialize, Deserialize)]
struct BlocksLine<'t> {
    #[serde(borrow)]
    from: Vec<Word<'t>>,
    blocks: Vec<BlockEntry<'t>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct BlockEntry<'t> {
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    to: Option<Vec<Word<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    itself: Option<Vec<Word<'t>>>,
    flows: FlowsEntry<'t>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct FlowsEntry<'t> {
    #[serde(borrow)]
    answered: Cow<'t, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    delivered_only: Option<Cow<'t, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    maybe_answered: Option<Cow<'t, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    maybe_delivered: Option<Cow<'t, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    because: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    limit: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EndLine<'t> {
    #[serde(borrow)]
    end: End<'t>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End<'t> {
    sources: usize,
    destinations: usize,
    blocks: usize,
    #[serde(borrow)]
    sha256: Cow<'t, str>,
}
