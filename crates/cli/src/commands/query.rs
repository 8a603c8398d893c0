//! `canreach query`: one question, or a file of them.

use canreach_model::Network;
use canreach_query::{
    Answer, Options, Question, ResolveError, Role, Selection, Session, Traffic, fix::propose,
    resolve,
};
use canreach_report::{json, markdown, text};
use serde::Serialize;

use super::questions;
use crate::{
    args::{self, Format},
    exit::Exit,
    failure::Failure,
    files, model, output, progress,
};

pub(crate) fn run(args: &args::Query) -> Result<Exit, Failure> {
    canreach_smt::check_solver()?;
    let options = Options { rlimit: args.rlimit, explain: true };
    // A question with a slip of the finger is told before a large input is read.
    let traffic = Traffic::parse(args.protocol.as_deref(), args.port.as_deref())?;
    if let Some(path) = &args.questions {
        let questions = questions::read(path)?;
        let network = model::load(&args.models)?;
        return questions::run(&network, &questions, args.one_way, options);
    }
    let network = model::load(&args.models)?;
    let (from, to) = (args.from.as_deref().unwrap_or(""), args.to.as_deref().unwrap_or(""));
    let wording = Wording { from: "--from", to: "--to" };
    let question = question(&network, from, to, traffic, args.one_way, wording)?;
    let answer = ask(&network, &question, options)?;
    for output in &args.outputs {
        files::write(
            &output.path,
            output::plain(&written(&network, &answer, output.format)?).as_bytes(),
        )?;
    }
    output::print(&written(&network, &answer, args.format)?)?;
    Ok(Exit::of(answer.verdict, args.expect.map(Into::into)))
}

/// What the two sides of a question are called where the user wrote them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

/// Returns the question, its ends resolved.
///
/// # Errors
/// Fails when a side stands for nothing.
pub(crate) fn question(
    network: &Network,
    from: &str,
    to: &str,
    traffic: Traffic,
    one_way: bool,
    wording: Wording,
) -> Result<Question, Failure> {
    let failed = |option| move |source: ResolveError| Failure::End { option, source };
    let sources = resolve(network, from, Role::Source).map_err(failed(wording.from))?;
    let destinations = resolve(network, to, Role::Destination).map_err(failed(wording.to))?;
    let Selection { ends: sources, unowned: mut unowned_addresses } = sources;
    let Selection { ends: destinations, unowned } = destinations;
    unowned_addresses.extend(unowned);
    Ok(Question {
        from: from.trim().to_owned(),
        to: to.trim().to_owned(),
        sources,
        destinations,
        unowned: unowned_addresses,
        traffic,
        one_way,
    })
}

/// Answers a question, with a progress bar over its pairs of ends and the first proposals to open it.
///
/// # Errors
/// Fails when the engines disagree.
pub(crate) fn ask(
    network: &Network,
    question: &Question,
    options: Options,
) -> Result<Answer, Failure> {
    let pairs = question.sources.len().saturating_mul(question.destinations.len());
    let bar = progress::bar(pairs, "pairs of ends");
    let session = Session::new(network);
    let answer = session.ask(question, &options, || bar.inc(1));
    bar.finish_and_clear();
    let mut answer = answer?;
    if options.explain {
        propose(&session, &mut answer, &options)?;
    }
    Ok(answer)
}

fn written(network: &Network, answer: &Answer, format: Format) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(text::answer(network, answer)),
        Format::Json => pretty(&json::answer(network, answer)),
        Format::Markdown => Ok(markdown::answer(network, answer)),
    }
}

/// Returns a document as indented JSON with a line break at its end.
///
/// # Errors
/// Never, unless a document cannot be written as JSON.
pub(crate) fn pretty(document: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document);
    text.map(|text| text + "\n").map_err(|error| Failure::Internal(error.to_string()))
}
