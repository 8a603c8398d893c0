//! The text of one answer, indented as the AWS CLI prints it.

use std::fmt::Write as _;

use serde_json::{Serializer, Value, ser::PrettyFormatter};

/// An answer under construction. Objects are written as they come, so that a large dump is never there as
/// values.
pub(super) struct Answer {
    text: String,
    /// What closes it; nothing where it is whole.
    end: &'static str,
    empty: bool,
}

impl Answer {
    /// Begins an answer that lists objects under a key.
    pub(super) fn new(key: &str) -> Self {
        Self { text: format!("{{\n    \"{key}\": ["), end: "\n    ]\n}\n", empty: true }
    }

    /// Makes an answer of one value.
    pub(super) fn whole(value: &Value) -> Self {
        Self { text: indented(value) + "\n", end: "", empty: false }
    }

    /// Adds an object.
    pub(super) fn add(&mut self, object: &Value) {
        let comma = if self.empty { "" } else { "," };
        self.empty = false;
        // Text has no line breaks of its own: JSON escapes them.
        let object = indented(object).replace('\n', "\n        ");
        // Writing to a `String` cannot fail.
        let _ = write!(self.text, "{comma}\n        {object}");
    }

    /// Returns the text.
    pub(super) fn finish(self) -> String {
        if self.empty {
            return self.text + "]\n}\n";
        }
        self.text + self.end
    }
}

/// Returns a value as the AWS CLI prints it: four spaces for each level.
fn indented(value: &Value) -> String {
    use serde::Serialize as _;
    let mut bytes = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    // Writing to memory cannot fail, and JSON is text.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}
