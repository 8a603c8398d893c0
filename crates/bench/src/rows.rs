//! The rows of the table: what is measured, each by one function over the files of a dump.

use std::time::Duration;

use canreach_import::SourceFile;
use canreach_model::Network;
use canreach_query::{Session, record};
use canreach_sets::reach;
use canreach_snapshot::{Header, Snapshot, diff::diff, text};
use canreach_testkit::estate::widen_rule;
use canreach_topology::Topology;
use serde_json::Value;

use crate::{
    Failure,
    loaded::{ask, load, pairs, start_solver},
    memory,
    timing::{best, timed},
};

/// One row.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    /// Returns the figure: seconds or bytes.
    pub(crate) measure: fn(&[SourceFile]) -> Result<f64, Failure>,
}

/// What the figures of a row are, and what they are compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds, to which others are compared.
    Yardstick,
    /// Seconds, compared with the yardstick.
    Seconds,
    /// Bytes, compared with those of the dump.
    Bytes,
}

/// All rows. The first is the yardstick. What comes to be measured later is one line here and one function.
pub(crate) const ROWS: &[Row] = &[
    Row { title: "yardstick: JSON to `Value`", unit: Unit::Yardstick, measure: yardstick },
    Row { title: "import", unit: Unit::Seconds, measure: import },
    Row { title: "topology", unit: Unit::Seconds, measure: topology },
    Row { title: "import and topology", unit: Unit::Seconds, measure: import_and_topology },
    Row { title: "first question", unit: Unit::Seconds, measure: first_question },
    Row { title: "next question", unit: Unit::Seconds, measure: next_question },
    Row { title: "all pairs", unit: Unit::Seconds, measure: all_pairs },
    Row { title: "snapshot write", unit: Unit::Seconds, measure: snapshot_write },
    Row { title: "diff of a one-rule change", unit: Unit::Seconds, measure: one_rule_diff },
    Row { title: "peak memory", unit: Unit::Bytes, measure: peak_memory },
];

/// How many questions the time of the next one is the mean of.
const QUESTIONS: u32 = 40;

/// Every file parsed by `serde_json`; what is parsed is dropped outside the time.
fn yardstick(files: &[SourceFile]) -> Result<f64, Failure> {
    best(|| {
        let (parsed, took) = timed(|| {
            let parsed = files.iter().map(|file| serde_json::from_slice::<Value>(&file.bytes));
            parsed.collect::<Result<Vec<_>, _>>()
        });
        drop(parsed?);
        Ok(took)
    })
}

/// From texts to a network.
fn import(files: &[SourceFile]) -> Result<f64, Failure> {
    best(|| {
        let (network, took) = timed(|| load(files));
        drop(network?);
        Ok(took)
    })
}

/// From a network to the graph of its places.
fn topology(files: &[SourceFile]) -> Result<f64, Failure> {
    let network = load(files)?;
    best(|| {
        let (topology, took) = timed(|| Topology::new(&network));
        drop(topology);
        Ok(took)
    })
}

/// Both together.
fn import_and_topology(files: &[SourceFile]) -> Result<f64, Failure> {
    best(|| {
        let (network, import) = timed(|| load(files));
        let network = network?;
        let (topology, took) = timed(|| Topology::new(&network));
        drop(topology);
        Ok(import + took)
    })
}

/// The first question to a network just loaded, from names to a verdict, with what a session derives from
/// the network besides the topology, which has a row of its own; the solver was used before.
fn first_question(files: &[SourceFile]) -> Result<f64, Failure> {
    start_solver()?;
    let network = load(files)?;
    let pairs = pairs(&network, 1);
    let (from, to) = pairs.first().ok_or("the estate is empty")?;
    best(|| {
        let topology = Topology::new(&network);
        let ((verdict, _session), took) = timed(|| {
            let session = Session::with(topology);
            (ask(&session, from, to), session)
        });
        verdict.map(|_| took)
    })
}

/// The mean of many questions after the first.
fn next_question(files: &[SourceFile]) -> Result<f64, Failure> {
    start_solver()?;
    let network = load(files)?;
    let session = Session::new(&network);
    let pairs = pairs(&network, usize::try_from(QUESTIONS)?);
    best(|| {
        let mut total = Duration::ZERO;
        for (from, to) in &pairs {
            let (verdict, took) = timed(|| ask(&session, from, to));
            verdict?;
            total += took;
        }
        Ok(total / QUESTIONS)
    })
}

/// What passes between every two ends.
fn all_pairs(files: &[SourceFile]) -> Result<f64, Failure> {
    let network = load(files)?;
    best(|| {
        let (reach, took) = timed(|| reach(&network, |_, _| ()));
        drop(reach?);
        Ok(took)
    })
}

/// From these answers to the text of a snapshot.
fn snapshot_write(files: &[SourceFile]) -> Result<f64, Failure> {
    let network = load(files)?;
    let reach = reach(&network, |_, _| ())?;
    best(|| {
        let reach = reach.clone();
        let (text, took) = timed(|| text::print(&record(&network, reach, header()).snapshot));
        drop(text);
        Ok(took)
    })
}

/// From the snapshots before and after one rule was widened to what differs.
fn one_rule_diff(files: &[SourceFile]) -> Result<f64, Failure> {
    let mut network = load(files)?;
    let old = snapshot(&network)?;
    widen_rule(&mut network).ok_or("no group has a rule")?;
    let new = snapshot(&network)?;
    best(|| {
        let (difference, took) = timed(|| diff(&old, &new));
        drop(difference);
        Ok(took)
    })
}

fn snapshot(network: &Network) -> Result<Snapshot, Failure> {
    Ok(record(network, reach(network, |_, _| ())?, header()).snapshot)
}

fn header() -> Header {
    Header { tool: String::from("canreach-bench"), ..Header::default() }
}

/// The most memory from reading the files to the first verdict, the files themselves included.
fn peak_memory(files: &[SourceFile]) -> Result<f64, Failure> {
    let network = load(files)?;
    let session = Session::new(&network);
    let pairs = pairs(&network, 1);
    let (from, to) = pairs.first().ok_or("the estate is empty")?;
    ask(&session, from, to)?;
    // No process has 2⁵³ bytes.
    Ok(Duration::from_micros(memory::peak()?).as_secs_f64() * 1e6)
}
