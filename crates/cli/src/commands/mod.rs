//! One file is one command.

pub(crate) mod about;
pub(crate) mod collect;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod import;
pub(crate) mod matrix;
pub(crate) mod query;
pub(crate) mod schema;
pub(crate) mod snapshot;

mod cases;
mod questions;
