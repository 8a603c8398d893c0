//! Measures speed and memory on generated estates, and prints one table (`docs/performance.md`).
//!
//! ```text
//! cargo run --release -p canreach-bench -- [--markdown] [--seed N] [INTERFACES …]
//! cargo run --release -p canreach-bench -- --labs FOLDER
//! ```
//!
//! Of each size it writes the dump of an estate below `target/bench/`. Each row of the table is one function
//! ([`rows`]), which runs in a process of its own, so that no row sees the memory of another.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that measures reads files and the clock, starts itself again and prints a table"
)]

mod args;
mod dump;
mod labs;
mod loaded;
mod memory;
mod rows;
mod table;
mod timing;

use std::{env, error::Error, path::Path, process::Command, process::ExitCode};

use args::{Args, Task};
use rows::ROWS;

/// What goes wrong here is only told.
type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match Args::parse(env::args().skip(1)).and_then(|args| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    match &args.task {
        Task::Table => print_table(args),
        Task::Labs { folder } if labs::compare(folder)? => Ok(()),
        Task::Labs { .. } => Err("the solver and the sets differ".into()),
        Task::Make { interfaces, folder } => dump::make(*interfaces, args.seed, folder),
        Task::Row { number, folder } => {
            let row = ROWS.get(*number).ok_or("there is no such row")?;
            println!("{}", (row.measure)(&dump::read(folder)?)?);
            Ok(())
        }
    }
}

/// Measures every row at every size.
fn print_table(args: &Args) -> Result<(), Failure> {
    canreach_smt::check_solver()?;
    let mut columns = Vec::new();
    for interfaces in &args.sizes {
        let folder = Path::new("target/bench").join(format!("{interfaces}-{}", args.seed));
        let path = folder.to_str().ok_or("the path is no text")?;
        let _ =
            again(&["--make", &interfaces.to_string(), path, "--seed", &args.seed.to_string()])?;
        let mut figures = Vec::new();
        for (number, row) in ROWS.iter().enumerate() {
            eprintln!("{interfaces} interfaces: {}", row.title);
            let printed = again(&["--row", &number.to_string(), path])?;
            figures.push(printed.trim().parse::<f64>()?);
        }
        let bytes = dump::size(&folder)?;
        columns.push(table::Column { interfaces: *interfaces, bytes, figures });
        std::fs::remove_dir_all(&folder)?;
    }
    print!("{}", table::write(&columns, args.markdown));
    Ok(())
}

/// Runs this program again and returns what it prints.
fn again(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
