//! Why a command could not do its work.

use std::{io, path::PathBuf};

use canreach_query::{AskError, ResolveError, TrafficError};
use canreach_sets::TooDifferent;
use canreach_smt::TooOld;

/// Why a command could not do its work; each ends with exit code 2, except a closed pipe.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Whoever read the output stopped reading.
    #[error("the output was closed")]
    ClosedPipe,
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {}", .path.display(), reason(.source))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is too large to keep places in it.
    #[error("`{}` is larger than 4 GiB", .0.display())]
    TooLarge(PathBuf),
    /// A folder holds nothing to read.
    #[error("folder `{}` holds no files (names that begin with a dot are skipped)", .0.display())]
    EmptyFolder(PathBuf),
    /// A file to write was read as well.
    #[error("`{}` is one of the files read; write to another one", .0.display())]
    OutputIsInput(PathBuf),
    /// A file to write would be read with the others from then on.
    #[error("`{}` lies in the folder `{}`, and would be read with it the next time; write it elsewhere", .path.display(), .folder.display())]
    OutputInInput {
        /// The file.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`: {}", .path.display(), reason(.source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write the output: {}", reason(.0))]
    Output(io::Error),
    /// The input has errors, which were printed already.
    #[error("{0} in the input; nothing was decided")]
    Input(String),
    /// One side of the question stands for nothing.
    #[error("{option}: {source}")]
    End {
        /// The option, or column, that names it.
        option: &'static str,
        /// What is wrong.
        source: ResolveError,
    },
    /// The traffic is malformed.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
    /// The question has no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Nearly every end behaves in its own way.
    #[error(
        "{0}; the whole answer would not fit into memory\nask for what matters with `canreach query --questions FILE`, or give `-m` only a part of the network"
    )]
    TooDifferent(#[from] TooDifferent),
    /// The solver is too old.
    #[error(transparent)]
    Solver(#[from] TooOld),
    /// A file of questions is malformed.
    #[error("`{}`: {what}", .path.display())]
    Questions {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A snapshot is not whole, or none at all.
    #[error("`{}`: {source}\n{}", .path.display(), .source.help())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: canreach_snapshot::ReadError,
    },
    /// A program that is needed is not there.
    #[error("there is no program `{program}` in PATH; {help}")]
    NoProgram {
        /// Its name.
        program: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// A program cannot be run.
    #[error("cannot run `{program}`: {}", reason(.source))]
    Run {
        /// Its name.
        program: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Something is named that does not exist.
    #[error("{0}")]
    Unknown(String),
    /// What is built in does not fit together.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// Returns the failure to write standard output.
    pub(crate) fn from_output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Output(error)
        }
    }
}

/// Returns what the system says, without its error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
