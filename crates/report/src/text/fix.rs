//! Proposals: what to change, that it was asked again, and what it changes besides.

use canreach_model::Network;
use canreach_query::{
    Answer, Verdict,
    fix::{Effort, Fix, Goal, Proposal, apply},
};

use super::{
    headline,
    layout::{Entry, FAINT, GOOD, OPEN, Page},
    stopped,
    trace::entry,
};
use crate::words::{self, EditWords, Words, count};

/// Returns the proposals as text of several lines, with ANSI styles.
#[must_use]
pub fn fix(network: &Network, fix: &Fix) -> String {
    let words = Words::new(network, &fix.answer);
    let mut page = Page::default();
    headline(&mut page, &fix.answer);
    page.gap();
    if fix.nothing_to_do() {
        page.entry("to change", &Entry::new(nothing(fix.goal)).styled(GOOD));
        return page.into_text();
    }
    for (number, proposal) in (1_usize..).zip(&fix.proposals) {
        edits(&mut page, words, &format!("proposal {number}"), proposal);
        page.entry("re-asked", &Entry::new(asked_again(fix.goal, proposal)));
        page.gap();
    }
    if fix.proposals.is_empty() {
        page.entry("proposals", &Entry::new(none(fix)).styled(OPEN));
        if fix.answer.verdict == Verdict::Unknown {
            stopped::open_facts(&mut page, words, &fix.answer);
        }
        page.gap();
    }
    footer(&mut page, fix);
    page.into_text()
}

/// Adds the proposals of an answer, in the place of what would have to change.
pub(super) fn beside(page: &mut Page, words: Words<'_>, answer: &Answer) {
    for (index, proposal) in answer.proposals.iter().enumerate() {
        edits(page, words, if index == 0 { "to open it" } else { "or" }, proposal);
        page.entry("", &Entry::new(format!("re-asked: {}", opens(proposal))).styled(FAINT));
    }
    if answer.proposals.len() >= Effort::BRIEF.proposals {
        page.entry("", &Entry::new("`canreach fix` looks for more").styled(FAINT));
    }
}

fn nothing(goal: Goal) -> &'static str {
    match goal {
        Goal::Open => "nothing: it is reachable already",
        Goal::Close => "nothing: no request arrives",
    }
}

/// Adds the edits of one proposal.
fn edits(page: &mut Page, words: Words<'_>, label: &str, proposal: &Proposal) {
    let edited = apply(words.network, &proposal.edits);
    let told = EditWords::new(words, &edited);
    match proposal.edits.as_slice() {
        [only] => page.entry(label, &entry(told.edit(only))),
        several => {
            let how = if several.len() == 2 { "both:" } else { "all of:" };
            page.entry(label, &Entry::new(how));
            for (number, edit) in (1_usize..).zip(several) {
                let mut told = told.edit(edit);
                told.text = format!("({number}) {}", told.text);
                page.entry("", &entry(told).indented(2));
            }
        }
    }
}

fn asked_again(goal: Goal, proposal: &Proposal) -> String {
    match goal {
        Goal::Open => opens(proposal),
        Goal::Close => format!("closes this flow{}", words::besides(&proposal.besides)),
    }
}

fn opens(proposal: &Proposal) -> String {
    format!("opens this flow{}", words::besides(&proposal.besides))
}

fn none(fix: &Fix) -> String {
    let does = match fix.goal {
        Goal::Open => "opens it",
        Goal::Close => "closes it",
    };
    match fix.tried {
        0 => String::from("none: there is no edit that canreach knows of"),
        tried => format!("none of {} {does}", count(tried, "set of edits")),
    }
}

fn footer(page: &mut Page, fix: &Fix) {
    if let Some(besides) = fix.proposals.first().map(|it| &it.besides) {
        let left_out = match besides.left_out {
            0 => String::new(),
            more => format!(", not at {more} more"),
        };
        let others = match besides.looked_at {
            0 => String::new(),
            pairs => format!(", and at {} of ends near them", count(pairs, "pair")),
        };
        let text = format!("all traffic between the same ends{others}{left_out}");
        page.entry("looked at", &Entry::new(text));
    }
    if !fix.complete {
        let text = "the search was cut off; there may be other ways";
        page.entry("", &Entry::new(text).styled(FAINT));
    }
    let tried = count(fix.tried, "candidate");
    let solver = &fix.answer.proof.solver;
    let text = format!("{solver}: {tried} made in a copy and asked again, by both engines");
    page.entry("proof", &Entry::new(text));
}
