//! Answers for people: the verdict, what stops the flow or lets it through, and what that rests on.

mod ends;
mod fix;
pub mod layout;
mod stopped;
mod trace;

use std::fmt::Write as _;

use canreach_model::{Endpoint, LayerKind, Network};
use canreach_query::{Answer, End, Open, Scope, Verdict};

pub use fix::fix;

use crate::words::{self, Words, count, layer_words, traffic};
use layout::{BAD, Entry, GOOD, OPEN, Page};

/// Returns the kinds of layers of which the input has no data, as people say them.
#[must_use]
pub fn layers_not_examined(network: &Network) -> Vec<&'static str> {
    network.not_examined.iter().map(|kind| layer_words(*kind)).collect()
}

/// Returns the answer as text of several lines, with ANSI styles.
#[must_use]
pub fn answer(network: &Network, answer: &Answer) -> String {
    let words = Words::new(network, answer);
    let mut page = Page::default();
    headline(&mut page, answer);
    page.gap();
    match answer.verdict {
        Verdict::Reachable => {}
        Verdict::Unreachable => stopped::section(&mut page, words, answer),
        Verdict::Unknown => stopped::open_facts(&mut page, words, answer),
    }
    trace::section(&mut page, words, answer);
    page.gap();
    parts(&mut page, answer);
    ends::section(&mut page, answer);
    page.gap();
    footer(&mut page, words, answer);
    page.into_text()
}

fn headline(page: &mut Page, answer: &Answer) {
    let question = &answer.question;
    let (verdict, style) = match answer.verdict {
        Verdict::Reachable => ("REACHABLE", GOOD),
        Verdict::Unreachable => ("UNREACHABLE", BAD),
        Verdict::Unknown => ("UNKNOWN", OPEN),
    };
    let mut verdict = String::from(verdict);
    if let Some(remark) = remark(answer) {
        let _ = write!(verdict, " ({remark})");
    }
    let one_way = if question.one_way { ", one way" } else { "" };
    let about = format!(
        "{} -> {} {}{one_way}",
        side(&question.from, &question.sources),
        side(&question.to, &question.destinations),
        traffic(&question.traffic)
    );
    page.headline(&verdict, style, &about);
}

/// Returns what the verdict alone would hide.
fn remark(answer: &Answer) -> Option<&'static str> {
    let intermittent =
        answer.witness.as_ref().is_some_and(|witness| witness.intermittent.is_some());
    match (answer.verdict, answer.delivered) {
        (Verdict::Reachable, _) => intermittent.then_some("intermittent"),
        (Verdict::Unreachable, Verdict::Reachable) => Some("the request is delivered"),
        (Verdict::Unreachable, Verdict::Unknown) => Some("the request may be delivered"),
        (Verdict::Unknown, Verdict::Reachable) => {
            Some("the request is delivered, the reply may not return")
        }
        (Verdict::Unreachable, Verdict::Unreachable)
        | (Verdict::Unknown, Verdict::Unknown | Verdict::Unreachable) => None,
    }
}

/// Returns one side of the question: its only end with its addresses, or how many ends it has.
fn side(written: &str, ends: &[End]) -> String {
    match ends {
        [] => format!("{written} (nobody has it)"),
        [end] => one_end(end),
        ends => format!("{written} ({})", count(ends.len(), "end")),
    }
}

fn one_end(end: &End) -> String {
    const SHOWN: usize = 3;
    if end.endpoint == Endpoint::Internet {
        return end.label.clone();
    }
    if end.endpoint == Endpoint::Nobody {
        return format!("{} (nobody has it)", end.label);
    }
    let ranges: Vec<String> = end.addresses.ranges().map(|range| range.to_string()).collect();
    if ranges.as_slice() == [end.label.as_str()] {
        return end.label.clone();
    }
    let more = ranges.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = ranges.iter().take(SHOWN).map(String::as_str).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} ({}{more})", end.label, shown.join(", "))
}

/// Which part of the traffic asked about is open.
fn parts(page: &mut Page, answer: &Answer) {
    // One part that is all of the question says nothing new.
    if answer.open.len() < 2 {
        return;
    }
    for (verdict, label) in [
        (Verdict::Reachable, "open"),
        (Verdict::Unreachable, "closed"),
        (Verdict::Unknown, "unknown"),
    ] {
        let with: Vec<&Open> = answer.open.iter().filter(|open| open.verdict == verdict).collect();
        let entries: Vec<Entry> = with.iter().map(|open| Entry::new(words::open(open))).collect();
        page.entries(label, &entries);
    }
}

fn footer(page: &mut Page, words: Words<'_>, answer: &Answer) {
    for warning in &answer.warnings {
        page.entry("warning", &Entry::new(words.warning(warning, answer)).styled(OPEN));
    }
    if answer.question.one_way && answer.delivered != Verdict::Unreachable {
        page.entry("the reply", &Entry::new(reply(answer.answered)));
    }
    if let Some(text) = not_examined(answer) {
        page.entry("scope", &Entry::new(text));
    }
    page.entry("proof", &Entry::new(proof(answer)));
    page.entries("assumes", &assumes(words, answer));
}

fn reply(answered: Verdict) -> &'static str {
    match answered {
        Verdict::Reachable => "returns",
        Verdict::Unreachable => "does not return",
        Verdict::Unknown => "may or may not return",
    }
}

fn not_examined(answer: &Answer) -> Option<String> {
    let reach = match answer.scope {
        Scope::Network => Some("up to the interface, not what listens there"),
        Scope::Service => None,
    };
    // What lies behind the interface is what the scope says already.
    let behind = |kind| matches!(kind, LayerKind::Listener | LayerKind::HostFirewall);
    let listed: Vec<String> = answer
        .not_examined
        .iter()
        .filter(|kind| answer.scope == Scope::Service || !behind(**kind))
        .map(|kind| layer_words(*kind).to_owned())
        .collect();
    let missing = (!listed.is_empty())
        .then(|| format!("not examined, for want of data: {}", words::and(&listed)));
    let all: Vec<String> = reach.map(str::to_owned).into_iter().chain(missing).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn proof(answer: &Answer) -> String {
    let proof = &answer.proof;
    let walks = count(proof.walks, "walk");
    match (answer.verdict, proof.walks) {
        (Verdict::Unreachable, 0) => {
            String::from("no walk leads from the one to the other, as the routes are")
        }
        (Verdict::Reachable | Verdict::Unknown, 0) => String::from("none"),
        (Verdict::Reachable, _) => format!(
            "{}: {walks} looked at; the flow above was replayed place by place",
            proof.solver
        ),
        (Verdict::Unreachable, number) => {
            let walks =
                if number == 1 { String::from("the only walk") } else { format!("any of {walks}") };
            format!(
                "{}: no packet on {walks}, any source port; replayed with {} at the edges of the rules",
                proof.solver,
                count(proof.probes, "packet")
            )
        }
        (Verdict::Unknown, _) => format!("{}: {walks} looked at", proof.solver),
    }
}

fn assumes(words: Words<'_>, answer: &Answer) -> Vec<Entry> {
    let mut entries: Vec<Entry> =
        words.implied_assumptions(answer).into_iter().map(Entry::new).collect();
    entries.extend(words.network.assumptions.iter().map(|assumption| {
        let place = assumption.places.first().map(|span| words.location(*span).to_string());
        Entry::new(assumption.statement.clone()).at(place)
    }));
    if entries.is_empty() {
        entries.push(Entry::new("nothing"));
    }
    entries
}
