//! Dumps on disk, so that the process that measures one has not made it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use canreach_import::SourceFile;
use canreach_testkit::{
    dump::{Layout, dump},
    estate,
};

use crate::Failure;

/// Writes the dump of an estate, as a collector does.
///
/// # Errors
/// Fails when a file cannot be written.
pub(crate) fn make(interfaces: usize, seed: u64, folder: &Path) -> Result<(), Failure> {
    for (path, text) in dump(&estate::network(interfaces, seed), Layout::Collected) {
        let path = folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// Reads all files of a dump, in the order of their paths. Digests are made elsewhere.
///
/// # Errors
/// Fails when a file cannot be read.
pub(crate) fn read(folder: &Path) -> Result<Vec<SourceFile>, Failure> {
    let read = |path: PathBuf| -> Result<SourceFile, Failure> {
        let bytes = fs::read(&path)?;
        Ok(SourceFile { path: path.to_string_lossy().into_owned(), bytes, digest: String::new() })
    };
    paths(folder)?.into_iter().map(read).collect()
}

/// Returns the bytes of all files of a dump.
///
/// # Errors
/// Fails when a file cannot be read.
pub(crate) fn size(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for path in paths(folder)? {
        bytes += fs::metadata(path)?.len();
    }
    Ok(bytes)
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            paths.append(&mut self::paths(&path)?);
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
