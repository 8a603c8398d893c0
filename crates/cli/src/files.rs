//! Which files are read, and how files are written.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use canreach_import::SourceFile;

use crate::{digest::sha256, failure::Failure};

/// Reads every file given, and every file below every folder given.
///
/// Folders are read in the order of their names, without those that begin with a dot. What is given
/// twice is read once.
///
/// # Errors
/// Fails at the first file or folder that cannot be read, and at a folder without files.
pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    let mut reader = Reader::default();
    for path in paths {
        let kind = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if kind.is_dir() {
            let before = reader.met;
            reader.folder(path)?;
            if reader.met == before {
                return Err(Failure::EmptyFolder(path.clone()));
            }
        } else {
            reader.file(path)?;
        }
    }
    Ok(reader.files)
}

#[derive(Default)]
struct Reader {
    files: Vec<SourceFile>,
    /// The real paths of what was read: the same file is read once, and a folder that a link leads
    /// back to is not entered again.
    seen: BTreeSet<PathBuf>,
    /// How many files were met, read before or not.
    met: usize,
}

impl Reader {
    fn folder(&mut self, path: &Path) -> Result<(), Failure> {
        let real = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        let new = self.seen.insert(real);
        for name in names(path)? {
            let inside = path.join(name);
            let kind = fs::metadata(&inside).map_err(|source| unreadable(&inside, source))?;
            if kind.is_dir() {
                // Also the files of a folder read before count as met.
                if new {
                    self.folder(&inside)?;
                }
            } else if kind.is_file() {
                self.file(&inside)?;
            }
            // Pipes, sockets and devices inside a folder are no data.
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        self.met = self.met.saturating_add(1);
        // A pipe that the shell hands over has no path that could be found again.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(real) {
            return Ok(());
        }
        let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
        if u32::try_from(bytes.len()).is_err() {
            return Err(Failure::TooLarge(path.to_owned()));
        }
        let digest = sha256(&bytes);
        self.files.push(SourceFile { path: path.to_string_lossy().into_owned(), bytes, digest });
        Ok(())
    }
}

/// Returns the names in a folder, sorted, without those that begin with a dot.
fn names(folder: &Path) -> Result<Vec<OsString>, Failure> {
    let unreadable = |source| unreadable(folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::Read { path: path.to_owned(), source }
}

/// Checks that a file made from others is neither one of them, nor in a folder from which it would be
/// read together with them the next time.
///
/// # Errors
/// Fails when it is.
pub(crate) fn check_output(
    path: &Path,
    given: &[PathBuf],
    files: &[SourceFile],
) -> Result<(), Failure> {
    let Some(real) = real(path) else { return Ok(()) };
    if files.iter().any(|file| fs::canonicalize(&file.path).is_ok_and(|read| read == real)) {
        return Err(Failure::OutputIsInput(path.to_owned()));
    }
    // Names that begin with a dot are not read.
    let hidden = real.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let around = |folder: &&PathBuf| {
        fs::canonicalize(folder).is_ok_and(|folder| folder.is_dir() && real.starts_with(&folder))
    };
    match given.iter().find(around).filter(|_| !hidden) {
        Some(folder) => {
            let (path, folder) = (path.to_owned(), folder.clone());
            Err(Failure::OutputInInput { path, folder })
        }
        None => Ok(()),
    }
}

/// Returns where a file is, or will be.
fn real(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = fs::canonicalize(path) {
        return Some(real);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    Some(folder.join(path.file_name()?))
}

/// Writes a file so that nobody ever sees half of it.
///
/// # Errors
/// Fails when the file cannot be written.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let result = match fs::metadata(path) {
        // A pipe or a device cannot be replaced, nor can what `/dev/stdout` stands for.
        Ok(kind) if !kind.is_file() || path.starts_with("/dev") => fs::write(path, content),
        _ => replace(path, content),
    };
    result.map_err(|source| Failure::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    // What a link points at is replaced, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(temporary);
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, &target));
    if written.is_err() {
        // Whether this works or not, the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(folder: &Path, given: &[&str]) -> Vec<String> {
        let given: Vec<PathBuf> = given.iter().map(|name| folder.join(name)).collect();
        let files = read_all(&given).unwrap();
        let inside = |file: SourceFile| {
            Path::new(&file.path).strip_prefix(folder).unwrap().to_string_lossy().into_owned()
        };
        files.into_iter().map(inside).collect()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/sub")).unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        for name in ["a/2.json", "a/1.json", "a/.hidden", "a/sub/3.json", "b.yaml"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        folder
    }

    #[test]
    fn folders_are_read_in_order_and_files_once() {
        let folder = folder();
        let all = ["a/1.json", "a/2.json", "a/sub/3.json"];
        assert_eq!(paths(folder.path(), &["a"]), all);
        assert_eq!(paths(folder.path(), &["a", "a/1.json", "a"]), all);
        assert_eq!(paths(folder.path(), &["b.yaml", "a/sub"]), ["b.yaml", "a/sub/3.json"]);
    }

    #[test]
    fn hidden_files_are_read_when_they_are_named() {
        assert_eq!(paths(folder().path(), &["a/.hidden"]), ["a/.hidden"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_comes_to_an_end() {
        let folder = folder();
        std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("a/sub/loop"))
            .unwrap();
        assert_eq!(paths(folder.path(), &["a"]), ["a/1.json", "a/2.json", "a/sub/3.json"]);
    }

    #[test]
    fn says_which_path_cannot_be_read_and_why() {
        let folder = folder();
        let message = |name: &str| {
            let path = folder.path().join(name);
            let text = read_all(&[path]).unwrap_err().to_string();
            text.replace(&format!("{}/", folder.path().display()), "")
        };
        assert_eq!(message("none"), "cannot read `none`: no such file or directory");
        assert_eq!(
            message("empty"),
            "folder `empty` holds no files (names that begin with a dot are skipped)"
        );
    }

    #[test]
    fn an_output_is_no_input() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        let check = |output: &str, given: &[PathBuf]| {
            let text = check_output(&at(output), given, &read_all(given).unwrap());
            text.map_err(|error| {
                error.to_string().replace(&format!("{}/", folder.path().display()), "")
            })
        };
        let is_input = Err("`a/1.json` is one of the files read; write to another one".to_owned());
        assert_eq!(check("a/1.json", &[at("a")]), is_input);
        assert_eq!(check("a/1.json", &[at("a/1.json")]), is_input);
        let inside = check("a/new.yaml", &[at("b.yaml"), at("a")]).unwrap_err();
        assert!(inside.starts_with("`a/new.yaml` lies in the folder `a`"), "{inside}");
        assert_eq!(check("a/new.yaml", &[at("a/1.json")]), Ok(()), "only files were given");
        assert_eq!(check("new.yaml", &[at("a")]), Ok(()));
        assert_eq!(check("a/.new.yaml", &[at("a")]), Ok(()), "it would not be read");
        assert_eq!(check("none/new.yaml", &[at("a")]), Ok(()), "writing says what is wrong");
    }

    #[test]
    fn files_are_replaced_as_a_whole() {
        let folder = folder();
        let path = folder.path().join("b.yaml");
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        let error = write(&folder.path().join("none/b"), b"").unwrap_err().to_string();
        assert!(error.ends_with("no such file or directory"), "{error}");
    }
}
