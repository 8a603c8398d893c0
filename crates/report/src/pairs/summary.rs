//! What a snapshot comes to.

use canreach_sets::Algebra;
use canreach_snapshot::{Class, Flows, Snapshot, matrix};
use serde::Serialize;

use super::{counted, thousands, wide};
use crate::text::layout::{Entry, GOOD, OPEN, Page};

/// The name and version of the format.
pub const SUMMARY_SCHEMA: &str = "canreach.snapshot.summary/1";

/// What a snapshot comes to, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    schema: &'static str,
    semantics: u32,
    sources: usize,
    source_classes: usize,
    destinations: usize,
    destination_classes: usize,
    blocks: usize,
    pairs: Pairs,
    left_open: Vec<LeftOpen>,
    not_examined: Vec<String>,
    assumptions: Vec<String>,
}

/// How many pairs of ends of different owners.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Pairs {
    all: u64,
    /// Between which some flow is answered.
    answered: u64,
    /// Between which some flow is delivered, and none answered.
    delivered_only: u64,
    /// Between which something is unknown, whatever else passes.
    unknown: u64,
    /// Between which nothing is delivered, whatever the input leaves open.
    closed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct LeftOpen {
    statement: String,
    settled_by: String,
}

/// Returns what a snapshot comes to.
#[must_use]
pub fn summary(snapshot: &Snapshot) -> Summary {
    let members = |classes: &[Class]| classes.iter().map(Class::len).sum();
    let facts = snapshot.facts.iter();
    let left_open = facts
        .map(|it| LeftOpen { statement: it.statement.clone(), settled_by: it.settled_by.clone() });
    Summary {
        schema: SUMMARY_SCHEMA,
        semantics: snapshot.header.semantics,
        sources: members(&snapshot.sources),
        source_classes: snapshot.sources.len(),
        destinations: members(&snapshot.destinations),
        destination_classes: snapshot.destinations.len(),
        blocks: snapshot.blocks.len(),
        pairs: pairs(snapshot),
        left_open: left_open.collect(),
        not_examined: snapshot.header.not_examined.clone(),
        assumptions: snapshot.header.assumptions.clone(),
    }
}

fn pairs(snapshot: &Snapshot) -> Pairs {
    // Everybody in one zone.
    let matrix = matrix(snapshot, |_| Some(String::new()));
    let Some(cell) = matrix.rows.first().and_then(|row| row.first()) else {
        return Pairs::default();
    };
    let count = |is_meant: &dyn Fn(&Flows) -> bool| {
        let meant =
            cell.flows.iter().filter(|(place, _)| snapshot.flows.get(*place).is_some_and(is_meant));
        meant.map(|(_, pairs)| *pairs).fold(0, u128::saturating_add)
    };
    let narrow = |count| u64::try_from(count).unwrap_or(u64::MAX);
    Pairs {
        all: narrow(cell.pairs),
        answered: narrow(count(&|it| !it.answered.is_empty())),
        delivered_only: narrow(count(&|it| it.answered.is_empty() && !it.delivered.is_empty())),
        unknown: narrow(count(&Flows::is_open_ended)),
        closed: narrow(cell.pairs.saturating_sub(count(&|it| !it.is_closed()))),
    }
}

impl Summary {
    /// Returns it as text of several lines, with ANSI styles; `written` is the file it stands in.
    #[must_use]
    pub fn text(&self, written: Option<&str>) -> String {
        let mut page = Page::default();
        let sources = counted(wide(self.sources), "source");
        let destinations = counted(wide(self.destinations), "destination");
        page.headline("SNAPSHOT", GOOD, &format!("{sources}, {destinations}, every flow"));
        page.gap();
        let classes = format!(
            "{} and {} classes of ends that behave alike, in {}",
            thousands(wide(self.source_classes)),
            thousands(wide(self.destination_classes)),
            counted(wide(self.blocks), "block")
        );
        page.entry("classes", &Entry::new(classes));
        page.entry("pairs", &Entry::new(self.pairs.words()));
        for it in &self.left_open {
            let text = format!("whether {}; to settle it: {}", it.statement, it.settled_by);
            page.entry("left open", &Entry::new(text).styled(OPEN));
        }
        if !self.not_examined.is_empty() {
            let layers = self.not_examined.join(", ");
            let text = format!("not examined, for want of data: {layers}");
            page.entry("scope", &Entry::new(text));
        }
        page.entries("assumes", &self.assumptions.iter().map(Entry::new).collect::<Vec<_>>());
        if let Some(path) = written {
            page.gap();
            page.entry("written", &Entry::new(path));
        }
        page.into_text()
    }
}

impl Pairs {
    fn words(&self) -> String {
        let parts = [
            (self.answered, "answered"),
            (self.delivered_only, "delivered without an answer"),
            (self.unknown, "with something unknown"),
            (self.closed, "proved closed"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, words)| format!("{} {words}", thousands(u128::from(count))))
            .collect();
        let all = counted(u128::from(self.all), "pair");
        if parts.is_empty() { all } else { format!("{all}: {}", parts.join(", ")) }
    }
}
