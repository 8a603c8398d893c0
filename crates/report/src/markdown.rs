//! Answers as Markdown: for a support ticket, a pull request or a summary of a run.
//!
//! What a reader needs who has neither the terminal nor the input: the verdict, what stops the flow
//! and where that is written, the answer as it was printed, and which files it speaks of.

use std::fmt::Write as _;

use canreach_model::Network;
use canreach_query::{Answer, fix::Fix};

use crate::{text, words::Words};

/// Returns an answer as a Markdown document.
#[must_use]
pub fn answer(network: &Network, answer: &Answer) -> String {
    let words = Words::new(network, answer);
    let printed = plain(&text::answer(network, answer));
    let mut page = title(&printed);
    list(&mut page, "Stopped by", blockers(words, answer));
    let causes = answer.causes.iter().map(|cause| {
        let others = cause.aliases().collect::<Vec<_>>().join(", ");
        let others = if others.is_empty() { others } else { format!(" (elsewhere: {others})") };
        format!("`{}`: {}{others}", cause.code(), crate::causes::summary(*cause))
    });
    list(&mut page, "Causes", causes.collect());
    fence(&mut page, "Answer", &printed);
    inputs(&mut page, network);
    page
}

/// Returns proposals as a Markdown document.
#[must_use]
pub fn fix(network: &Network, fix: &Fix) -> String {
    let printed = plain(&text::fix(network, fix));
    let mut page = title(&printed);
    fence(&mut page, "Proposals", &printed);
    inputs(&mut page, network);
    page
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// The first line of the answer, which may run over several.
fn title(printed: &str) -> String {
    let headline = printed.lines().take_while(|line| !line.is_empty());
    let words: Vec<&str> = headline.flat_map(str::split_whitespace).collect();
    format!("# {}\n\n", words.join(" "))
}

/// What stops the flow, each once, in packet order.
fn blockers(words: Words<'_>, answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for blocker in answer.walks.iter().flat_map(|walk| &walk.blockers) {
        let told = words.blocker(blocker);
        let place = told.source.and_then(|source| source.short());
        let place = place.map_or(String::new(), |place| format!(" (`{place}`)"));
        let line = format!("{}{place}", told.text);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn list(page: &mut String, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(page, "## {title}\n");
    for line in lines {
        let _ = writeln!(page, "- {line}");
    }
    page.push('\n');
}

fn fence(page: &mut String, title: &str, text: &str) {
    let _ = writeln!(page, "## {title}\n\n```text\n{}\n```\n", text.trim_end());
}

/// Which files the answer speaks of, so that others can be sure that they look at the same.
fn inputs(page: &mut String, network: &Network) {
    let _ = writeln!(page, "## Inputs\n\n| file | SHA-256 |\n|---|---|");
    for input in network.sources.inputs() {
        let path = input.path.replace('|', "\\|");
        let _ = writeln!(page, "| `{path}` | `{}` |", input.digest);
    }
    let _ = writeln!(page, "\ncanreach {}", env!("CARGO_PKG_VERSION"));
}
