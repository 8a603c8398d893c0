//! `canreach query --questions`: many questions about one network.

use std::path::Path;

use canreach_model::Network;
use canreach_query::{Options, Session, Traffic};
use canreach_report::json::{self, ErrorDocument, QueryDocument};
use csv::StringRecord;
use rayon::prelude::*;
use serde::Serialize;

use super::query::{Wording, question};
use crate::{exit::Exit, failure::Failure, output, progress};

/// How many rows are answered before they are printed.
const BATCH: usize = 64;

/// One row of the file.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line it begins at.
    line: u64,
    /// What it asks, or why it cannot be read.
    asked: Result<Asked, String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    from: String,
    to: String,
    protocol: Option<String>,
    port: Option<String>,
}

/// Reads a file of questions.
///
/// # Errors
/// Fails when the file cannot be read or lacks a column; a bad row is kept as such.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, Failure> {
    let bytes =
        std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|what| Failure::Questions { path: path.to_owned(), what })
}

fn parse(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|_| String::from("the first line is no text"))?;
    let columns = Columns::find(header)?;
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(rows),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                rows.push(Row { line, asked: columns.asked(&record) });
            }
            Err(_) => {
                let asked = Err(String::from("the row is not valid UTF-8"));
                rows.push(Row { line, asked });
            }
        }
    }
}

/// Where the columns stand that count; others are ignored.
#[derive(Clone, Copy, Debug)]
struct Columns {
    from: usize,
    to: usize,
    protocol: Option<usize>,
    port: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, String> {
        let find = |names: &[&str]| {
            header
                .iter()
                .position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
        };
        let need = |names: &[&str]| {
            find(names).ok_or_else(|| {
                format!("no column `{}`; expected the columns from, to, protocol and port in the first line", names.join("` or `"))
            })
        };
        Ok(Self {
            from: need(&["from", "source"])?,
            to: need(&["to", "destination"])?,
            protocol: find(&["protocol"]),
            port: find(&["port"]),
        })
    }

    fn asked(self, record: &StringRecord) -> Result<Asked, String> {
        let field =
            |column: usize| record.get(column).filter(|text| !text.is_empty()).map(str::to_owned);
        let need = |column, name| field(column).ok_or_else(|| format!("`{name}` is empty"));
        Ok(Asked {
            from: need(self.from, "from")?,
            to: need(self.to, "to")?,
            protocol: self.protocol.and_then(field),
            port: self.port.and_then(field),
        })
    }
}

/// One line of the output.
#[derive(Debug, Serialize)]
struct Object<T> {
    /// The row, counted from 1 after the first line.
    row: usize,
    /// The line of the file it begins at.
    line: u64,
    #[serde(flatten)]
    document: T,
}

/// Answers every row and prints one JSON object for each, in their order.
///
/// # Errors
/// Fails when the output cannot be written.
pub(crate) fn run(
    network: &Network,
    rows: &[Row],
    one_way: bool,
    options: Options,
) -> Result<Exit, Failure> {
    let session = Session::new(network);
    let bar = progress::bar(rows.len(), "questions");
    let mut all_answered = true;
    for (batch, first) in rows.chunks(BATCH).zip((1..).step_by(BATCH)) {
        let lines: Vec<(String, bool)> = batch
            .par_iter()
            .enumerate()
            .map(|(offset, row)| {
                let answer = answer(network, &session, row, one_way, options);
                bar.inc(1);
                written(first + offset, row, answer)
            })
            .collect();
        let mut text = String::new();
        for (line, answered) in &lines {
            text.push_str(line);
            text.push('\n');
            all_answered &= answered;
        }
        bar.suspend(|| output::print_raw(text.as_bytes()))?;
    }
    bar.finish_and_clear();
    Ok(if all_answered { Exit::Done } else { Exit::Error })
}

fn answer(
    network: &Network,
    session: &Session<'_>,
    row: &Row,
    one_way: bool,
    options: Options,
) -> Result<QueryDocument, String> {
    let Asked { from, to, protocol, port } = row.asked.as_ref().map_err(Clone::clone)?;
    let ask = || -> Result<QueryDocument, Failure> {
        let traffic = Traffic::parse(protocol.as_deref(), port.as_deref())?;
        let wording = Wording { from: "from", to: "to" };
        let question = question(network, from, to, traffic, one_way, wording)?;
        Ok(json::answer(network, &session.ask(&question, &options, || ())?))
    };
    ask().map_err(|failure| failure.to_string())
}

/// Returns the line of a row, and whether it is an answer.
fn written(number: usize, row: &Row, answer: Result<QueryDocument, String>) -> (String, bool) {
    let line = row.line;
    let (text, answered) = match answer {
        Ok(document) => (serde_json::to_string(&Object { row: number, line, document }), true),
        Err(message) => {
            let document: ErrorDocument = json::error(message);
            (serde_json::to_string(&Object { row: number, line, document }), false)
        }
    };
    match text {
        Ok(text) => (text, answered),
        // Documents are maps with text keys, which JSON can always hold.
        Err(error) => (format!("{{\"row\":{number},\"error\":\"{error}\"}}"), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_may_have_either_name_any_case_and_any_order() {
        let rows = parse(b"Port,destination,observed,SOURCE,protocol\n22, b ,open,a,tcp\n,d,,c,\n")
            .unwrap();
        let asked: Vec<&Asked> = rows.iter().map(|row| row.asked.as_ref().unwrap()).collect();
        assert_eq!((asked[0].from.as_str(), asked[0].to.as_str()), ("a", "b"));
        assert_eq!(
            (asked[0].protocol.as_deref(), asked[0].port.as_deref()),
            (Some("tcp"), Some("22"))
        );
        assert_eq!((&asked[1].protocol, &asked[1].port), (&None, &None));
        assert_eq!((rows[0].line, rows[1].line), (2, 3));
    }

    #[test]
    fn a_bad_row_does_not_hide_the_others() {
        let rows = parse(b"from,to\na,b\nonly\n\xff,b\nc,d\n").unwrap();
        let errors: Vec<Option<&str>> =
            rows.iter().map(|row| row.asked.as_ref().err().map(String::as_str)).collect();
        assert_eq!(errors, [None, Some("`to` is empty"), Some("the row is not valid UTF-8"), None]);
    }

    #[test]
    fn a_missing_column_is_named() {
        assert_eq!(
            parse(b"from,port\n").unwrap_err(),
            "no column `to` or `destination`; expected the columns from, to, protocol and port in the first line"
        );
        assert!(parse(b"").is_err());
    }
}
