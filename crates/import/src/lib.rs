//! Text to model, and nothing else.
//!
//! One module per source. What a file is, its content says, never its name. A reader gets texts,
//! not paths to open; it never sees a question. Errors are collected: one reading reports all of
//! them. What a reader does not understand it never skips in silence: it is in the
//! [`ImportReport`], and wherever it could matter to a verdict it is a fact of the network.

mod aws;
mod detect;
mod diagnostic;
mod native;
mod read;
mod render;
mod report;
mod text;

pub use detect::{Content, Damage, detect};
pub use diagnostic::{Diagnostic, Note, Severity};
pub use native::{model_schema, write};
pub use read::{Import, SourceFile, import};
pub use render::render;
pub use report::{ImportReport, Unread};
