//! Zones by zones: a table for a terminal or in Markdown, and `canreach.matrix/1`.

use std::fmt::Write as _;

use canreach_sets::Algebra;
use canreach_snapshot::{Cell, CellState, Flows, Matrix, Snapshot};
use comfy_table::{Table, presets};
use serde::Serialize;

use super::{counted, thousands};
use crate::text::layout::{Entry, OPEN, Page, STRONG};

/// The name and version of the format.
pub const MATRIX_SCHEMA: &str = "canreach.matrix/1";

/// With more zones than this, columns are numbers and cells are letters.
const WIDE: usize = 8;
/// How many different sets of flows of a cell are told before the rest is counted.
const FLOWS_SHOWN: usize = 3;

/// What the words in the cells mean.
const LEGEND: &str = "open: the same flows, at least one, are answered between every pair of ends; closed: \
                      nothing is delivered between any; partly: anything else; unknown: something depends \
                      on what the input leaves open; a dash: there is no pair";

/// Returns a table for a terminal, and the flows of each cell below it.
#[must_use]
pub fn text(snapshot: &Snapshot, matrix: &Matrix, by: &str) -> String {
    let mut page = Page::default();
    let zones = counted(super::wide(matrix.zones.len()), "zone");
    page.headline(
        "MATRIX",
        STRONG,
        &format!("{zones} by {by}; rows are sources, columns destinations"),
    );
    page.gap();
    let mut text = page.into_text();
    let mut table = table(matrix);
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    for line in table.lines() {
        let _ = writeln!(text, "  {}", line.trim_end());
    }
    text.push('\n');
    text.push_str(&unfolded(snapshot, matrix));
    text
}

/// Returns a table in Markdown, and the flows of each cell below it.
#[must_use]
pub fn markdown(snapshot: &Snapshot, matrix: &Matrix, by: &str) -> String {
    let mut text = format!("# Zones by {}\n\n", escaped(by));
    let header = matrix.zones.iter().map(|zone| format!(" {} |", escaped(zone)));
    let _ = writeln!(text, "| from \\ to |{}", header.collect::<String>());
    let _ = writeln!(text, "|---|{}", "---|".repeat(matrix.zones.len()));
    for (zone, row) in matrix.zones.iter().zip(&matrix.rows) {
        let cells = row.iter().map(|cell| format!(" {} |", word(cell.state)));
        let _ = writeln!(text, "| **{}** |{}", escaped(zone), cells.collect::<String>());
    }
    let _ = writeln!(text, "\n{LEGEND}.\n");
    for (from, to, cell) in told(matrix) {
        let (from, to) = (escaped(from), escaped(to));
        let _ = writeln!(text, "- **{from}** to **{to}**: {}", word(cell.state));
        for line in lines(snapshot, cell) {
            let _ = writeln!(text, "  - {}", escaped(&line));
        }
    }
    text
}

fn table(matrix: &Matrix) -> Table {
    let is_wide = matrix.zones.len() > WIDE;
    let numbered = |(place, zone): (usize, &String)| {
        if is_wide { place.saturating_add(1).to_string() } else { zone.clone() }
    };
    let columns = matrix.zones.iter().enumerate().map(numbered);
    let mut table = Table::new();
    table.set_header(std::iter::once(String::new()).chain(columns));
    for (place, (zone, row)) in matrix.zones.iter().zip(&matrix.rows).enumerate() {
        let number = place.saturating_add(1);
        let name = if is_wide { format!("{number}: {zone}") } else { zone.clone() };
        let cells = row.iter().map(|cell| {
            let cell = if is_wide { letter(cell.state) } else { word(cell.state) };
            cell.to_owned()
        });
        table.add_row(std::iter::once(name).chain(cells));
    }
    table
}

fn unfolded(snapshot: &Snapshot, matrix: &Matrix) -> String {
    let mut page = Page::default();
    for (from, to, cell) in told(matrix) {
        let style = if cell.state == CellState::Unknown { OPEN } else { STRONG };
        let pairs = Some(counted(cell.pairs, "pair"));
        page.entry(
            word(cell.state),
            &Entry::new(format!("{from} -> {to}")).at(pairs).styled(style),
        );
        for line in lines(snapshot, cell) {
            page.entry("", &Entry::new(line).indented(2));
        }
    }
    page.gap();
    let letters = "o open, . closed, p partly, ? unknown";
    if matrix.zones.len() > WIDE {
        page.entry("letters", &Entry::new(letters));
    }
    page.entry("meaning", &Entry::new(LEGEND));
    page.into_text()
}

/// Returns the cells that say more than that all is closed.
fn told(matrix: &Matrix) -> impl Iterator<Item = (&str, &str, &Cell)> {
    let rows = matrix.zones.iter().zip(&matrix.rows);
    let cells = rows.flat_map(|(from, row)| {
        let cells = matrix.zones.iter().zip(row);
        cells.map(move |(to, cell)| (from.as_str(), to.as_str(), cell))
    });
    cells.filter(|(_, _, cell)| !matches!(cell.state, CellState::Closed | CellState::Empty))
}

/// Returns what passes in a cell, the flows of most pairs first.
fn lines(snapshot: &Snapshot, cell: &Cell) -> Vec<String> {
    let flows = |place: usize| snapshot.flows.get(place).map_or_else(String::new, words);
    if let (CellState::Open, [(only, _)]) = (cell.state, cell.flows.as_slice()) {
        return vec![flows(*only)];
    }
    let shown = cell.flows.iter().take(FLOWS_SHOWN);
    let of_all = |pairs: u128| format!("{} of {}", thousands(pairs), counted(cell.pairs, "pair"));
    let mut lines: Vec<String> =
        shown.map(|(place, pairs)| format!("{}: {}", of_all(*pairs), flows(*place))).collect();
    let rest = cell.flows.len().saturating_sub(FLOWS_SHOWN);
    if rest > 0 {
        lines.push(format!("… and {rest} other sets of flows"));
    }
    let open = cell.flows.iter().map(|(_, pairs)| *pairs).fold(0, u128::saturating_add);
    if open < cell.pairs {
        lines.push(format!("{}: closed", of_all(cell.pairs.saturating_sub(open))));
    }
    lines
}

fn words(flows: &Flows) -> String {
    let one_way = flows.delivered.difference(&flows.answered);
    let unknown = flows.maybe_answered.union(&flows.maybe_delivered);
    let parts = [("", &flows.answered), ("delivered only: ", &one_way), ("unknown: ", &unknown)];
    let parts = parts.into_iter().filter(|(_, set)| !set.is_empty());
    let parts: Vec<String> = parts.map(|(label, set)| format!("{label}{set}")).collect();
    parts.join(" | ")
}

fn word(state: CellState) -> &'static str {
    match state {
        CellState::Empty => "-",
        CellState::Closed => "closed",
        CellState::Open => "open",
        CellState::Partly => "partly",
        CellState::Unknown => "unknown",
    }
}

fn letter(state: CellState) -> &'static str {
    match state {
        CellState::Empty => "-",
        CellState::Closed => ".",
        CellState::Open => "o",
        CellState::Partly => "p",
        CellState::Unknown => "?",
    }
}

/// Returns a text that Markdown shows as it is, in a table too.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '\\' | '*' | '_' | '`' | '<' | '[' | '#') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

/// Zones by zones, as a document.
#[derive(Clone, Debug, Serialize)]
pub struct MatrixDocument {
    schema: &'static str,
    by: String,
    zones: Vec<String>,
    cells: Vec<CellEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct CellEntry {
    from: String,
    to: String,
    state: &'static str,
    pairs: u64,
    flows: Vec<FlowsEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct FlowsEntry {
    pairs: u64,
    answered: String,
    delivered: String,
    maybe_answered: String,
    maybe_delivered: String,
}

/// Returns the matrix as a document: every cell, also the closed ones.
#[must_use]
pub fn document(snapshot: &Snapshot, matrix: &Matrix, by: &str) -> MatrixDocument {
    let mut cells = Vec::new();
    for (from, row) in matrix.zones.iter().zip(&matrix.rows) {
        for (to, cell) in matrix.zones.iter().zip(row) {
            let flows = cell.flows.iter().filter_map(|(place, pairs)| {
                snapshot.flows.get(*place).map(|flows| entry(flows, *pairs))
            });
            cells.push(CellEntry {
                from: from.clone(),
                to: to.clone(),
                state: if cell.state == CellState::Empty { "empty" } else { word(cell.state) },
                pairs: narrow(cell.pairs),
                flows: flows.collect(),
            });
        }
    }
    MatrixDocument { schema: MATRIX_SCHEMA, by: by.to_owned(), zones: matrix.zones.clone(), cells }
}

fn entry(flows: &Flows, pairs: u128) -> FlowsEntry {
    FlowsEntry {
        pairs: narrow(pairs),
        answered: flows.answered.to_string(),
        delivered: flows.delivered.to_string(),
        maybe_answered: flows.maybe_answered.to_string(),
        maybe_delivered: flows.maybe_delivered.to_string(),
    }
}

fn narrow(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
