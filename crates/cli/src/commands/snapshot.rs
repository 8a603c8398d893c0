//! `canreach snapshot`: the answer for every pair of ends, written down or held against an earlier one.

use std::path::Path;

use canreach_import::import;
use canreach_model::Network;
use canreach_query::{Recorded, record};
use canreach_report::{SEMANTICS_VERSION, pairs::summary::summary, text};
use canreach_snapshot::{Header, Input, Snapshot, json_lines};

use super::diff::{self, Side};
use crate::{
    args::{self, ReportFormat},
    exit::Exit,
    failure::Failure,
    files, model, output, progress,
};

pub(crate) fn run(args: &args::Snapshot) -> Result<Exit, Failure> {
    // A snapshot that is not whole is told before a large input is read.
    let before =
        args.check.as_deref().map(|path| Ok::<_, Failure>((path, read(path)?))).transpose()?;
    let sources = files::read_all(&args.models)?;
    if let Some(path) = args.output.as_ref().or(args.check.as_ref()) {
        files::check_output(path, &args.models, &sources)?;
    }
    let network = model::network(import(&sources), &sources)?;
    match before {
        Some((path, before)) => check(path, before, network, args),
        None => write(args, &taken(&network)?.snapshot),
    }
}

/// Writes a snapshot to a file, and says what it comes to; or to standard output.
fn write(args: &args::Snapshot, snapshot: &Snapshot) -> Result<Exit, Failure> {
    let text = written(snapshot, args.format)?;
    match &args.output {
        Some(path) => {
            files::write(path, text.as_bytes())?;
            output::print(&summary(snapshot).text(Some(&path.display().to_string())))?;
        }
        None => output::print_raw(text.as_bytes())?,
    }
    Ok(Exit::Done)
}

/// Holds a network against a snapshot; where something differs, replaces it if that is asked for.
fn check(
    path: &Path,
    before: Snapshot,
    network: Network,
    args: &args::Snapshot,
) -> Result<Exit, Failure> {
    canreach_smt::check_solver()?;
    let models: Vec<String> = args.models.iter().map(|it| it.display().to_string()).collect();
    let old = Side::of_snapshot(path.display().to_string(), before);
    let new = Side::of_network(models.join(" "), network)?;
    let exit = diff::tell(&old, &new, args.format)?;
    if args.update && exit != Exit::Done {
        // In the form in which it was: text, or lines of JSON.
        let bytes = std::fs::read(path)
            .map_err(|source| Failure::Read { path: path.to_owned(), source })?;
        let format = if bytes.starts_with(b"{") { ReportFormat::Json } else { ReportFormat::Text };
        files::write(path, written(new.snapshot(), format)?.as_bytes())?;
        output::remark(&format!("`{}` is replaced\n", path.display()));
        return Ok(Exit::Done);
    }
    Ok(exit)
}

/// Takes a snapshot of a network, with a progress bar.
///
/// # Errors
/// Fails where so few ends behave alike that the answer would not fit into memory.
pub(crate) fn taken(network: &Network) -> Result<Recorded, Failure> {
    let bar = progress::bar_of_unknown_length("pairs of ends");
    let reach = canreach_sets::reach(network, |done, all| {
        bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    });
    bar.finish_and_clear();
    Ok(record(network, reach?, header(network)))
}

fn header(network: &Network) -> Header {
    let inputs = network
        .sources
        .inputs()
        .map(|input| Input { name: input.path.clone(), digest: input.digest.clone() });
    Header {
        semantics: SEMANTICS_VERSION,
        tool: format!("canreach {}", env!("CARGO_PKG_VERSION")),
        inputs: inputs.collect(),
        assumptions: network.assumptions.iter().map(|it| it.statement.clone()).collect(),
        not_examined: text::layers_not_examined(network).into_iter().map(str::to_owned).collect(),
    }
}

/// Returns a snapshot as text, or as lines of JSON.
pub(crate) fn written(snapshot: &Snapshot, format: ReportFormat) -> Result<String, Failure> {
    match format {
        ReportFormat::Text => Ok(canreach_snapshot::text::print(snapshot)),
        ReportFormat::Json => {
            json_lines::print(snapshot).map_err(|error| Failure::Internal(error.to_string()))
        }
    }
}

/// Reads a snapshot that was written before.
///
/// # Errors
/// Fails when the file cannot be read, or is no whole snapshot.
pub(crate) fn read(path: &Path) -> Result<Snapshot, Failure> {
    let bytes =
        std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    canreach_snapshot::read(&bytes)
        .map_err(|source| Failure::Snapshot { path: path.to_owned(), source })
}
