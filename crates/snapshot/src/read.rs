//! Reads a snapshot in either notation.

use crate::{
    error::{ReadError, shown},
    json_lines,
    model::Snapshot,
    text,
};

/// Reads a snapshot as text or as JSON Lines, whichever it is.
///
/// # Errors
/// Fails unless the bytes are, to the last one, what was written.
pub fn read(bytes: &[u8]) -> Result<Snapshot, ReadError> {
    let text = decoded(bytes)?;
    if text.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with('{') {
        return json_lines::parse(text);
    }
    if !first.starts_with(text::FIRST_WORDS) {
        return Err(ReadError::NoSnapshot { found: shown(first) });
    }
    text::parse(text)
}

/// Whether bytes begin as a snapshot does, whole or not, in either notation.
#[must_use]
pub fn is_snapshot(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_json = first.starts_with(b"{")
        && first.windows(JSON_SCHEMA.len()).any(|window| window == JSON_SCHEMA);
    is_json || first.starts_with(text::FIRST_WORDS.as_bytes())
}

/// What the first line says in JSON.
const JSON_SCHEMA: &[u8] = b"\"canreach.snapshot/";

fn decoded(bytes: &[u8]) -> Result<&str, ReadError> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Err(ReadError::Encoding("UTF-16"));
    }
    if let [0xef, 0xbb, 0xbf, ..] = bytes {
        return Err(ReadError::Encoding("UTF-8 with a byte order mark"));
    }
    std::str::from_utf8(bytes).map_err(|_| ReadError::Encoding("something else"))
}
