//! `canreach explain`: what a cause means.

use canreach_query::Cause;
use canreach_report::causes;

use crate::{args, exit::Exit, failure::Failure, output};

/// How alike two codes must be, from 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.85;
/// The most codes suggested.
const MOST_SUGGESTED: usize = 3;

pub(crate) fn run(args: &args::Explain) -> Result<Exit, Failure> {
    let text = match &args.code {
        None => causes::overview(&Cause::ALL),
        Some(code) => explained(code)?,
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

/// Returns the page of a code; for another tool's code, that of the cause that knows it, or the list of
/// those that do.
fn explained(code: &str) -> Result<String, Failure> {
    if let Some(cause) = causes::find(code) {
        return Ok(causes::explain(cause));
    }
    match causes::find_alias(code).as_slice() {
        [] => Err(Failure::Unknown(unknown(code))),
        [only] => Ok(causes::explain(*only)),
        several => Ok(causes::overview(several)),
    }
}

fn unknown(code: &str) -> String {
    let near = similar(code);
    if near.is_empty() {
        return format!("`{code}` is no cause; `canreach explain` lists them all");
    }
    let near: Vec<String> = near.iter().map(|code| format!("`{code}`")).collect();
    format!("`{code}` is no cause; did you mean {}?", near.join(" or "))
}

/// Returns the codes nearest to what was written, those of other tools included, the nearest first.
fn similar(code: &str) -> Vec<&'static str> {
    let written = code.trim().to_ascii_uppercase().replace('-', "_");
    let codes =
        Cause::ALL.into_iter().flat_map(|it| std::iter::once(it.code()).chain(it.aliases()));
    let alike = |name: &'static str| (strsim::jaro_winkler(&written, name), name);
    let mut near: Vec<(f64, &str)> =
        codes.map(alike).filter(|(likeness, _)| *likeness >= ALIKE).collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(MOST_SUGGESTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_answered_with_the_nearest_codes() {
        assert_eq!(similar("sg-drection").first(), Some(&"SG_DIRECTION"));
        assert_eq!(similar("FIREWALL_RULES").first(), Some(&"FIREWALL_RULE"));
        assert!(similar("xyz").is_empty());
    }
}
