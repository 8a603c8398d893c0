//! Errors and warnings about an input, each with the place it speaks of.

use std::ops::Range;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be used; nothing is decided from it.
    Error,
    /// The input can be used; something in it deserves a look.
    Warning,
}

/// A second place that a diagnostic points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file, as an index into the files given.
    pub file: usize,
    /// The bytes it concerns.
    pub span: Range<usize>,
    /// What is there, as a phrase: "first defined here".
    pub label: String,
}

/// One thing that is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// A stable code, such as `model::unknown_key`.
    pub code: &'static str,
    /// What was found and what was expected, in lower case, without a full stop.
    pub message: String,
    /// The file, as an index into the files given; `None` when it concerns them all.
    pub file: Option<usize>,
    /// The bytes it concerns, as offsets into the file's text.
    pub span: Range<usize>,
    /// What is wrong with these bytes, as a phrase.
    pub label: String,
    /// Other places it concerns.
    pub notes: Vec<Note>,
    /// What to type next, where that can be said.
    pub help: Option<String>,
}
