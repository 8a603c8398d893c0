//! `canreach explain`: what a cause means.

use canreach_query::Cause;
use canreach_report::causes;

use crate::{args, exit::Exit, failure::Failure, output};

pub(crate) fn run(args: &args::Explain) -> Result<Exit, Failure> {
    let text = match &args.code {
        None => causes::overview(),
        Some(code) => pages(code)?,
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

/// Returns the page of a code, or the pages of all causes that another tool's code stands for.
fn pages(code: &str) -> Result<String, Failure> {
    if let Some(cause) = causes::find(code) {
        return Ok(causes::explain(cause));
    }
    let known: Vec<Cause> = causes::find_alias(code);
    if known.is_empty() {
        return Err(Failure::Unknown(format!(
            "`{code}` is no cause; `canreach explain` lists them all"
        )));
    }
    let pages: Vec<String> = known.into_iter().map(causes::explain).collect();
    Ok(pages.join("\n"))
}
