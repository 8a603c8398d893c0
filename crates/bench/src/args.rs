//! What the command line asks for.

use std::path::PathBuf;

use crate::Failure;

/// The sizes measured where none is given.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// The command line.
pub(crate) struct Args {
    pub(crate) task: Task,
    /// Whether the table is for `docs/performance.md`.
    pub(crate) markdown: bool,
    pub(crate) seed: u64,
    /// How many interfaces of instances the estates have.
    pub(crate) sizes: Vec<usize>,
}

/// What one process does.
pub(crate) enum Task {
    /// Starts all others and prints the table.
    Table,
    /// Writes the dump of an estate.
    Make { interfaces: usize, folder: PathBuf },
    /// Holds the answers for all pairs against single questions, on every probe of the labs in a folder.
    Labs { folder: PathBuf },
    /// Measures one row and prints its figure.
    Row { number: usize, folder: PathBuf },
}

impl Args {
    /// Reads the arguments.
    ///
    /// # Errors
    /// Fails at one that is neither an option nor a number.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut args = Self { task: Task::Table, markdown: false, seed: 1, sizes: Vec::new() };
        while let Some(word) = words.next() {
            let mut next = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--markdown" => args.markdown = true,
                "--seed" => args.seed = next()?.parse()?,
                "--make" => {
                    let interfaces = next()?.parse()?;
                    args.task = Task::Make { interfaces, folder: next()?.into() };
                }
                "--labs" => args.task = Task::Labs { folder: next()?.into() },
                "--row" => {
                    let number = next()?.parse()?;
                    args.task = Task::Row { number, folder: next()?.into() };
                }
                size => {
                    let said = |_| format!("`{size}` is neither an option nor a size");
                    args.sizes.push(size.replace('_', "").parse().map_err(said)?);
                }
            }
        }
        if args.sizes.is_empty() {
            args.sizes = SIZES.to_vec();
        }
        Ok(args)
    }
}
