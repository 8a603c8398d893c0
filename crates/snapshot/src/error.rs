//! Why a text is no snapshot.

use crate::model::FORMAT_VERSION;

/// How much of a line is shown.
const SHOWN: usize = 60;

/// Why a text is no snapshot, and so proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The text is encoded in another way.
    #[error("the text is {0}, not plain UTF-8")]
    Encoding(&'static str),
    /// The line ends were changed on the way.
    #[error("the lines end in CR LF, so the text is not what was written")]
    LineEnds,
    /// It begins like something else.
    #[error(
        "line 1: found `{found}`, expected `canreach snapshot {FORMAT_VERSION}`, or a line of JSON"
    )]
    NoSnapshot {
        /// The first line.
        found: String,
    },
    /// It is written in another version of the format.
    #[error(
        "line 1: the format is of version `{found}`, this program reads version {FORMAT_VERSION}"
    )]
    Version {
        /// The version as written.
        found: String,
    },
    /// The last line is missing.
    #[error("line {line}: the file ends before its last line, `end: …`: it was cut short")]
    CutShort {
        /// Where it ends.
        line: usize,
    },
    /// Two versions of the file were merged and somebody has to choose.
    #[error("line {line}: the file holds a merge conflict")]
    Conflict {
        /// Where it begins.
        line: usize,
    },
    /// It is not what was written.
    #[error(
        "the text was changed after it was written: {what} `{found}`, the last line says `{expected}`"
    )]
    Changed {
        /// What tells.
        what: &'static str,
        /// As it is.
        found: String,
        /// As it was.
        expected: String,
    },
    /// A line is malformed.
    #[error("line {line}: found `{found}`, expected {expected}")]
    Line {
        /// Which line.
        line: usize,
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A block speaks of a class that there is not.
    #[error("line {line}: there is no class `{name}` among the {role}s")]
    UnknownClass {
        /// Which line.
        line: usize,
        /// The name of the class.
        name: String,
        /// In which list it should be.
        role: &'static str,
    },
    /// Flows depend on a fact that there is not.
    #[error("line {line}: there is no fact `{id}`")]
    UnknownFact {
        /// Which line.
        line: usize,
        /// Its id.
        id: String,
    },
    /// A class or a member comes twice.
    #[error("line {line}: `{name}` is there twice among the {role}s")]
    Twice {
        /// The line of the second.
        line: usize,
        /// Its name.
        name: String,
        /// In which list.
        role: &'static str,
    },
}

impl ReadError {
    /// Returns what to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::CutShort { .. } => {
                "write it again with `canreach snapshot`; an unfinished file proves nothing"
            }
            Self::Encoding(_) => {
                "write it with `canreach snapshot -o FILE` instead of `>`: some shells change the encoding"
            }
            Self::LineEnds => {
                "keep git from changing it: put `*.reach -text` into .gitattributes and check it out again"
            }
            Self::NoSnapshot { .. } => "give a file that `canreach snapshot` wrote",
            Self::Version { .. } => {
                "write it again with this version of canreach, or read it with the version that wrote it"
            }
            Self::Conflict { .. } => {
                "a merged file proves nothing: write it again with `canreach snapshot`"
            }
            Self::Changed { .. }
            | Self::Line { .. }
            | Self::UnknownClass { .. }
            | Self::UnknownFact { .. }
            | Self::Twice { .. } => {
                "a file edited by hand proves nothing: write it again with `canreach snapshot`"
            }
        }
    }

    pub(crate) fn line(line: usize, found: &str, expected: &'static str) -> Self {
        Self::Line { line, found: shown(found), expected }
    }
}

/// Returns the beginning of a line, on one line.
pub(crate) fn shown(line: &str) -> String {
    let mut rest = line.trim().chars();
    let mut shown: String = rest.by_ref().take(SHOWN).map(printable).collect();
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

fn printable(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}
