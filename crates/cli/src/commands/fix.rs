//! `canreach fix`: the smallest changes that open a flow, or close it.

use canreach_model::Network;
use canreach_query::{
    Options, Traffic, Verdict,
    fix::{Effort, Fix, Goal, fix},
};
use canreach_report::{json, text};

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
    for output in &args.outputs {
        let text = written(&network, &found, output.format)?;
        files::write(&output.path, output::plain(&text).as_bytes())?;
    }
    output::print(&written(&network, &found, args.format)?)?;
    Ok(exit(&found))
}

fn written(network: &Network, fix: &Fix, format: Format) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(text::fix(network, fix)),
        Format::Json => pretty(&json::fix(network, fix)),
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
