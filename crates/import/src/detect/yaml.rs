//! Whether a text that is no JSON is a model in YAML: by its lines without indentation.

use super::Content;
use crate::native::SECTIONS;

/// Returns what a text is that is neither empty, nor binary, nor JSON.
pub(super) fn detect(text: &str) -> Content {
    let mut first_section = None;
    let mut sections = 0;
    let mut keys = 0;
    let mut misspelt = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let begin = offset;
        offset += line.len();
        match top_level(line) {
            Line::Key("canreach") if !misspelt => return Content::Native,
            Line::Key(key) => {
                keys += 1;
                if SECTIONS.contains(&key) {
                    sections += 1;
                    first_section.get_or_insert(begin..begin + key.len());
                }
            }
            Line::Nothing => {}
            // A first line such as `canreach 1` still shows what was meant.
            Line::Other if keys == 0 && !misspelt && line.starts_with("canreach") => {
                misspelt = true;
            }
            Line::Other => break,
        }
    }
    match first_section {
        Some(span) if sections > 1 || misspelt => super::not_marked(span),
        Some(_) | None if keys > 0 => Content::Other(String::from("YAML without a `canreach` key")),
        Some(_) | None => Content::Other(String::from("text without network data")),
    }
}

enum Line<'t> {
    /// A key without indentation.
    Key(&'t str),
    /// A comment, an empty line, a marker, or a part of the value above.
    Nothing,
    /// No YAML mapping.
    Other,
}

fn top_level(line: &str) -> Line<'_> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with([' ', '\t', '#', '%', '-', '}', ']']) {
        return Line::Nothing;
    }
    let Some((key, value)) = line.split_once(':') else { return Line::Other };
    let key = key.trim().trim_matches(['"', '\'']);
    let name = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let ends = value.is_empty() || value.starts_with([' ', '\t']);
    if name && ends { Line::Key(key) } else { Line::Other }
}
