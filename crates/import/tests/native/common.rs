//! Reading texts as files, and what was said about them.

use canreach_import::{Import, Severity, SourceFile, import, render};
use canreach_model::Network;

/// Returns texts as files with the paths given.
pub(crate) fn files(texts: &[(&str, &str)]) -> Vec<SourceFile> {
    texts
        .iter()
        .map(|(path, text)| SourceFile {
            path: (*path).into(),
            bytes: text.as_bytes().to_vec(),
            digest: String::new(),
        })
        .collect()
}

/// Returns everything said about a model, as a user reads it.
pub(crate) fn said(text: &str) -> String {
    said_of(&[("m.yaml", text)])
}

/// Returns everything said about several files.
pub(crate) fn said_of(texts: &[(&str, &str)]) -> String {
    let files = files(texts);
    let Import { diagnostics, .. } = import(&files);
    diagnostics.iter().map(|diagnostic| render(diagnostic, &files, false)).collect()
}

/// Returns the network of texts without errors.
pub(crate) fn network(texts: &[(&str, &str)]) -> Network {
    let import = import(&files(texts));
    let errors: Vec<&str> = import
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| &*diagnostic.message)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    import.network
}

/// Returns the network of a model without errors.
pub(crate) fn one(text: &str) -> Network {
    network(&[("m.yaml", text)])
}
