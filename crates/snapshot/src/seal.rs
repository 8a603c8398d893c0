//! The last line, which tells a whole file from a part of one.

use crate::{digest::sha256, error::ReadError};

/// Splits a text into what the last line speaks of and the last line.
///
/// # Errors
/// Fails when the line ends were changed, or the last line does not begin as it should.
pub(crate) fn split<'t>(text: &'t str, last_word: &str) -> Result<(&'t str, &'t str), ReadError> {
    if text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r')) {
        return Err(ReadError::LineEnds);
    }
    let whole = text.strip_suffix('\n').unwrap_or(text);
    let start = whole.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let (body, last) = whole.split_at(start);
    if last.starts_with(last_word) { Ok((body, last)) } else { Err(unsealed(text)) }
}

/// Checks that a text has the digest that its last line says.
///
/// # Errors
/// Fails when it has another one.
pub(crate) fn check(body: &str, expected: &str) -> Result<(), ReadError> {
    let found = sha256(body.as_bytes());
    if found == expected {
        return Ok(());
    }
    if let Some(line) = conflict(body) {
        return Err(ReadError::Conflict { line });
    }
    Err(ReadError::Changed { what: "its SHA-256 is", found, expected: expected.to_owned() })
}

fn unsealed(text: &str) -> ReadError {
    let line = conflict(text);
    line.map_or_else(
        || ReadError::CutShort { line: text.lines().count() },
        |line| ReadError::Conflict { line },
    )
}

/// Returns the line in which a merge conflict begins.
fn conflict(text: &str) -> Option<usize> {
    let at = text.lines().position(|line| line.starts_with("<<<<<<< "))?;
    Some(at.saturating_add(1))
}
