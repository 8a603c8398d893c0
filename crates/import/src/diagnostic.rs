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
    /// The bytes it concerns, as offsets into the file's text.
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
    /// The bytes it concerns, as offsets into the file's text: decoded to UTF-8, without a byte
    /// order mark.
    pub span: Range<usize>,
    /// What is wrong with these bytes, as a phrase.
    pub label: String,
    /// Other places it concerns.
    pub notes: Vec<Note>,
    /// What to type next, where that can be said.
    pub help: Option<String>,
}

/// Bytes of one of the files given, while they are being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, as an index into the files given.
    pub(crate) file: usize,
    /// The offset of the first byte.
    pub(crate) start: usize,
    /// The offset after the last byte.
    pub(crate) end: usize,
}

impl Diagnostic {
    /// Returns an error at a place.
    pub(crate) fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            file: Some(place.file),
            span: place.start..place.end,
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Returns a warning at a place.
    pub(crate) fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    /// Returns an error that concerns all files.
    pub(crate) fn everywhere(code: &'static str, message: impl Into<String>) -> Self {
        let nowhere = Place { file: 0, start: 0, end: 0 };
        Self { file: None, ..Self::error(code, nowhere, message) }
    }

    /// Says what is wrong with the bytes.
    #[must_use]
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub(crate) fn note(mut self, place: Place, label: impl Into<String>) -> Self {
        let note = Note { file: place.file, span: place.start..place.end, label: label.into() };
        self.notes.push(note);
        self
    }

    /// Says what to type next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to type next, where that is known.
    #[must_use]
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}
