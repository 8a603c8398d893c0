//! Answers as JSON: `canreach.query/1`, described in `docs/query-json.md`.
//!
//! The types here are the format. They are not those of the engines, so that these can change
//! without anybody's script noticing.

mod build;
mod fix;
mod network;

pub use fix::{FIX_SCHEMA, FixDocument, fix};

use canreach_model::Network;
use canreach_query::Answer;
use serde::Serialize;

/// The name and version of the format of an answer.
pub const QUERY_SCHEMA: &str = "canreach.query/1";

/// The answer to one question.
#[derive(Clone, Debug, Serialize)]
pub struct QueryDocument {
    schema: &'static str,
    semantics: u32,
    question: Question,
    verdict: &'static str,
    delivered: &'static str,
    answered: &'static str,
    scope: &'static str,
    not_examined: Vec<&'static str>,
    witness: Option<Witness>,
    trace: Vec<Step>,
    open: Vec<Part>,
    ends: Vec<Pair>,
    walks: Vec<Walk>,
    causes: Vec<CauseEntry>,
    corrections: Vec<Vec<Blocker>>,
    corrections_complete: bool,
    proposals: Vec<fix::Proposal>,
    near_misses: Vec<NearMiss>,
    deciding: Vec<Vec<Fact>>,
    assumptions: Vec<Assumption>,
    warnings: Vec<Warning>,
    choices: Vec<Choice>,
    inputs: Vec<Input>,
    solver: Solver,
}

/// An error of one question, in the place of its answer.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorDocument {
    /// [`QUERY_SCHEMA`].
    schema: &'static str,
    /// What is wrong, as a sentence.
    error: String,
}

#[derive(Clone, Debug, Serialize)]
struct Question {
    from: String,
    to: String,
    sources: Vec<End>,
    destinations: Vec<End>,
    traffic: Traffic,
    one_way: bool,
}

#[derive(Clone, Debug, Serialize)]
struct End {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc: Option<Object>,
    addresses: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Traffic {
    text: String,
    protocols: Vec<String>,
    ports: Vec<String>,
    icmp_types: Vec<String>,
    icmp_codes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Object {
    kind: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Origin {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Header {
    source: String,
    destination: String,
    protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_code: Option<u8>,
}

#[derive(Clone, Debug, Serialize)]
struct Witness {
    header: Header,
    source: usize,
    destination: usize,
    facts: Vec<Fact>,
    intermittent: bool,
    fails_when: Vec<Choice>,
}

#[derive(Clone, Debug, Serialize)]
struct Step {
    pass: &'static str,
    place: Place,
    header: Header,
    decisions: Vec<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Place {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object>,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Decision {
    layer: &'static str,
    direction: String,
    outcome: &'static str,
    passes: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Rule {
    object: Object,
    direction: String,
    /// Counted from 1.
    position: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u16>,
    action: String,
    text: String,
    origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
struct Route {
    table: Object,
    destination: String,
    text: String,
    origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
struct Part {
    protocols: Vec<String>,
    ports: Vec<String>,
    icmp_types: Vec<String>,
    verdict: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Pair {
    source: usize,
    destination: usize,
    verdict: &'static str,
    delivered: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Walk {
    source: usize,
    destination: usize,
    request: Vec<Place>,
    reply: Vec<Place>,
    blockers: Vec<Blocker>,
    together: Vec<Vec<Blocker>>,
}

#[derive(Clone, Debug, Serialize)]
struct Blocker {
    pass: &'static str,
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    code: &'static str,
    if_arrived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct CauseEntry {
    code: &'static str,
    aliases: Vec<&'static str>,
    text: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct NearMiss {
    pass: &'static str,
    layer: &'static str,
    rule: Option<Rule>,
    differs: Vec<&'static str>,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Fact {
    statement: String,
    value: bool,
    settled_by: String,
    origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
struct Assumption {
    statement: String,
    places: Vec<Origin>,
}

#[derive(Clone, Debug, Serialize)]
struct Warning {
    code: &'static str,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Choice {
    object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    text: String,
}

/// One input file.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The file that says what this one said, where this one was not read itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Solver {
    name: String,
    version: String,
    checks: u64,
    rlimit: u64,
    walks: usize,
    probes: usize,
}

/// Returns the document for an answer.
#[must_use]
pub fn answer(network: &Network, answer: &Answer) -> QueryDocument {
    build::document(network, answer)
}

/// Returns the document for a question that has no answer.
#[must_use]
pub fn error(message: impl Into<String>) -> ErrorDocument {
    ErrorDocument { schema: QUERY_SCHEMA, error: message.into() }
}

/// Returns the input files of a network.
#[must_use]
pub fn inputs(network: &Network) -> Vec<Input> {
    network::inputs(network)
}
