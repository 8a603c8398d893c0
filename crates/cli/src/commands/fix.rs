//! `canreach fix`: the smallest changes that open a flow, or close it.

use canreach_import::write;
use canreach_model::Network;
use canreach_query::{
    Options, Traffic, Verdict,
    fix::{Effort, Fix, Goal, apply, fix},
};
use canreach_report::{json, markdown, text};

use super::query::{Wording, pretty, question};
use crate::{
    args::{self, Format},
    exit::Exit,
    failure::Failure,
    files, model, output,
};

pub(crate) fn run(args: &args::Fix) -> Result<Exit, Failure> {
    canreach_smt::check_solver()?;
    let traffic = Traffic::parse(args.protocol.as_deref(), args.port.as_deref())?;
    let network = model::load(&args.models)?;
    let wording = Wording { from: "--from", to: "--to" };
    let question = question(&network, &args.from, &args.to, traffic, args.one_way, wording)?;
    let goal = if args.close { Goal::Close } else { Goal::Open };
    let options = Options { rlimit: args.rlimit, explain: true };
    let found = fix(&network, &question, goal, &options, Effort::THOROUGH)?;
    // A number that is none is told before anything is written.
    let edited = match &args.write {
        Some(path) => Some((path, chosen(&network, &found, args.proposal)?)),
        None => None,
    };
    for output in &args.outputs {
        let text = written(&network, &found, output.format)?;
        files::write(&output.path, output::plain(&text).as_bytes())?;
    }
    output::print(&written(&network, &found, args.format)?)?;
    match edited {
        None => {}
        Some((path, Some(edited))) => files::write(path, write(&edited).as_bytes())?,
        Some((path, None)) => {
            output::remark(&format!("nothing was written to `{}`\n", path.display()));
        }
    }
    Ok(exit(&found))
}

/// Returns the network with one of the proposals made in it; `None` where there is no proposal at all.
///
/// # Errors
/// Fails when there are proposals, but none of that number.
fn chosen(network: &Network, fix: &Fix, number: u8) -> Result<Option<Network>, Failure> {
    if fix.proposals.is_empty() {
        return Ok(None);
    }
    let index = usize::from(number).saturating_sub(1);
    match fix.proposals.get(index) {
        Some(proposal) => Ok(Some(apply(network, &proposal.edits))),
        None => Err(Failure::Unknown(match fix.proposals.len() {
            1 => format!("there is no proposal {number}: one was found"),
            several => format!("there is no proposal {number}: {several} were found"),
        })),
    }
}

fn written(network: &Network, fix: &Fix, format: Format) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(text::fix(network, fix)),
        Format::Json => pretty(&json::fix(network, fix)),
        Format::Markdown => Ok(markdown::fix(network, fix)),
    }
}

/// Returns the exit code: whether there is something that may be done, or need not be.
fn exit(fix: &Fix) -> Exit {
    let verdict = match fix.goal {
        Goal::Open => fix.answer.verdict,
        Goal::Close => fix.answer.delivered,
    };
    if fix.nothing_to_do() || !fix.proposals.is_empty() {
        Exit::Done
    } else if verdict == Verdict::Unknown {
        Exit::Unknown
    } else {
        Exit::No
    }
}
