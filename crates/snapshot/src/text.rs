//! Snapshots as lines of text that `git diff` shows well; `docs/snapshot.md` describes them.

mod parse;
mod print;

pub use parse::parse;
pub use print::print;

/// What the first line begins with; the version of the format follows.
pub(crate) const FIRST_WORDS: &str = "canreach snapshot ";
/// What the last line begins with.
const LAST_WORD: &str = "end: ";
/// How far the lines of a list go in.
const LIST_INDENT: &str = "      ";
