//! Answers as text, as JSON and as Markdown.
//!
//! Everything that people and programs read about an answer is worded here, from the answer and the
//! network that was asked; nothing is decided here, and nothing is written anywhere: `cli` does that.
//! Text comes with ANSI styles, which the writer strips where they are not wanted.
//!
//! | module  | owns                                                             |
//! |---------|------------------------------------------------------------------|
//! | `words` | names, rules as one line, sentences for what happens to a packet |
//! | `text`  | the layout for people                                            |
//! | `json`  | `canreach.query/1`, described in `docs/query-json.md`            |
//! | `markdown` | the same for a ticket or pull request                          |
//! | `causes`| what each cause means and how to mend it                         |
//! | `pairs` | what is told of all pairs: differences, snapshots, zones by zones |

pub mod causes;
pub mod json;
pub mod markdown;
pub mod pairs;
pub mod text;

mod words;

#[cfg(test)]
mod tests;

/// Rises when verdicts may change for the same input and question; part of every JSON document.
pub const SEMANTICS_VERSION: u32 = 1;
