//! The command line: files, clock, environment, progress and exit codes.
//!
//! Owns everything that touches the world outside: which files are read and written, whether there
//! are colours and a progress bar, and with which code the program ends (`docs/exit-codes.md`). What
//! an answer says is worded in `report`; nothing here knows what a rule means.

#![allow(
    clippy::disallowed_methods,
    reason = "files, environment and clock belong to this crate, and to no other"
)]

mod args;
mod commands;
mod digest;
mod exit;
mod failure;
mod files;
mod model;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use exit::Exit;
use failure::Failure;

fn main() -> ExitCode {
    let args = Args::parse();
    args.color.apply();
    let exit = match run(args.command) {
        Ok(exit) => exit,
        // The reader has seen enough, as `head` does: that is no error of ours.
        Err(Failure::ClosedPipe) => Exit::Done,
        Err(failure) => {
            output::complain(&failure);
            Exit::Error
        }
    };
    exit.into()
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Query(args) => commands::query::run(&args),
        Command::Fix(args) => commands::fix::run(&args),
        Command::Snapshot(args) => commands::snapshot::run(&args),
        Command::Diff(args) => commands::diff::run(&args),
        Command::Matrix(args) => commands::matrix::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Collect(args) => commands::collect::run(&args),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Completions(args) => commands::about::completions(&args),
        Command::Man(args) => commands::about::man(&args),
    }
}
