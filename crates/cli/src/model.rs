//! From paths to a network, with its errors and warnings told.

use std::path::PathBuf;

use canreach_import::{Import, Severity, SourceFile, import, render};
use canreach_model::Network;

use crate::{failure::Failure, files, output};

/// Reads files and folders and merges them into one network.
///
/// # Errors
/// Fails when something cannot be read, or when the input has errors; those are printed.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Network, Failure> {
    let files = files::read_all(paths)?;
    network(import(&files), &files)
}

/// Returns the network of an import without errors.
///
/// # Errors
/// Fails when it has errors.
pub(crate) fn network(import: Import, files: &[SourceFile]) -> Result<Network, Failure> {
    tell(&import, files);
    match errors(&import) {
        None => Ok(import.network),
        Some(failure) => Err(failure),
    }
}

/// Prints errors and warnings to standard error.
pub(crate) fn tell(import: &Import, files: &[SourceFile]) {
    for diagnostic in &import.diagnostics {
        output::remark(&format!("{}\n", render(diagnostic, files, true)));
    }
}

/// Returns the failure that the errors of an import are, if it has any.
pub(crate) fn errors(import: &Import) -> Option<Failure> {
    let errors = import.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    match errors {
        0 => None,
        1 => Some(Failure::Input(String::from("1 error"))),
        several => Some(Failure::Input(format!("{several} errors"))),
    }
}
