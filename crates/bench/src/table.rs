//! The table: a row for each figure, a column for each size.

use std::{fmt::Write as _, time::Duration};

use crate::rows::{ROWS, Row, Unit};

/// The figures of one size, in the order of [`ROWS`].
pub(crate) struct Column {
    pub(crate) interfaces: usize,
    /// The size of the dump.
    pub(crate) bytes: u64,
    pub(crate) figures: Vec<f64>,
}

/// Returns the table, with bars between the cells where it is for a page.
pub(crate) fn write(columns: &[Column], markdown: bool) -> String {
    let mut lines = vec![heading(columns), sizes(columns)];
    lines.extend(ROWS.iter().enumerate().map(|(nth, row)| line(nth, row, columns)));
    let width = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    let mut text = String::new();
    for (nth, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let cells: Vec<String> = cells.collect();
        // Writing to a `String` cannot fail.
        let _ = if markdown {
            writeln!(text, "| {} |", cells.join(" | "))
        } else {
            writeln!(text, "{}", cells.join("   "))
        };
        if nth == 0 && markdown {
            let rules: Vec<&str> =
                (0..=columns.len()).map(|at| if at == 0 { "---" } else { "--:" }).collect();
            let _ = writeln!(text, "| {} |", rules.join(" | "));
        }
    }
    text
}

fn heading(columns: &[Column]) -> Vec<String> {
    let numbers = columns.iter().map(|column| format!("N = {}", grouped(column.interfaces)));
    std::iter::once(String::new()).chain(numbers).collect()
}

fn sizes(columns: &[Column]) -> Vec<String> {
    let sizes = columns.iter().map(|column| bytes(number(column.bytes)));
    std::iter::once(String::from("dump")).chain(sizes).collect()
}

fn line(nth: usize, row: &Row, columns: &[Column]) -> Vec<String> {
    let cells = columns.iter().map(|column| {
        let figure = column.figures.get(nth).copied().unwrap_or(f64::NAN);
        let yardstick = column.figures.first().copied().unwrap_or(f64::NAN);
        match row.unit {
            Unit::Yardstick => seconds(figure),
            Unit::Seconds => format!("{} ({})", seconds(figure), ratio(figure / yardstick)),
            Unit::Bytes => format!("{} ({})", bytes(figure), ratio(figure / number(column.bytes))),
        }
    });
    std::iter::once(row.title.to_owned()).chain(cells).collect()
}

/// Returns the number that is nearest.
fn number(bytes: u64) -> f64 {
    Duration::from_micros(bytes).as_secs_f64() * 1e6
}

fn ratio(ratio: f64) -> String {
    let decimals = if ratio < 0.1 { 3 } else { 2 };
    format!("{ratio:.decimals$}×")
}

fn seconds(seconds: f64) -> String {
    match seconds {
        _ if seconds < 0.1 => format!("{:.2} ms", seconds * 1e3),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

fn bytes(bytes: f64) -> String {
    let megabytes = bytes / 1e6;
    let decimals = usize::from(megabytes < 10.0);
    format!("{megabytes:.decimals$} MB")
}

/// Returns a number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
