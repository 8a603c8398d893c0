//! The flow that passes, place by place, there and back.

use canreach_eval::{Decision, End, Hop, Outcome, Trace};
use canreach_model::Place;
use canreach_net::Header;
use canreach_query::{Answer, DecidingFact, Verdict, Witness};

use super::layout::{BAD, Entry, Page};
use crate::words::{Told, Words};

/// Adds the witness of the answer, where it has one.
pub(super) fn section(page: &mut Page, words: Words<'_>, answer: &Answer) {
    let Some(witness) = &answer.witness else { return };
    page.gap();
    page.entry("for example", &Entry::new(witness.header.to_string()));
    if answer.verdict == Verdict::Unknown && !told_already(answer, witness) {
        conditions(page, words, witness);
    }
    page.entries("when", &phrases(words.choices(&witness.choices)));
    page.gap();
    way(page, words, "there", &witness.trace.request, witness.header);
    if let Some(reply) = &witness.trace.reply {
        page.gap();
        let sent = reply.hops.first().map_or(witness.header, |hop| hop.header);
        way(page, words, "back", reply, sent);
    }
    if let Some(other) = &witness.intermittent {
        page.gap();
        let mut entries = phrases(words.choices(other));
        entries.insert(0, Entry::new("this very flow does not pass when"));
        page.entries("intermittent", &entries);
    }
}

fn phrases(choices: Vec<crate::words::Choice>) -> Vec<Entry> {
    choices.into_iter().map(|choice| Entry::new(choice.text)).collect()
}

/// Whether the first set of deciding facts is just what the example needs.
fn told_already(answer: &Answer, witness: &Witness) -> bool {
    answer.deciding.first().is_some_and(|set| {
        witness.valuation.iter().all(|(fact, value)| set.contains(&DecidingFact { fact, value }))
    })
}

/// Under which values of the facts the example passes.
fn conditions(page: &mut Page, words: Words<'_>, witness: &Witness) {
    let facts = witness.valuation.iter().map(|(fact, value)| {
        let told = words.deciding(DecidingFact { fact, value });
        entry(told)
    });
    page.entries("passes if", &facts.collect::<Vec<_>>());
}

fn way(page: &mut Page, words: Words<'_>, label: &str, trace: &Trace, sent: Header) {
    let mut label = label;
    let mut header = sent;
    for hop in &trace.hops {
        let rewritten =
            if hop.header == header { String::new() } else { format!(", now {}", hop.header) };
        header = hop.header;
        page.entry(label, &Entry::new(format!("{}{rewritten}", words.place(hop.place))));
        label = "";
        details(page, words, hop);
    }
    match trace.end {
        End::Delivered(_) | End::Denied(_) => {}
        End::Stopped(obstacle) => {
            let text = words.obstacle(obstacle, trace.last_header().as_ref());
            page.entry(label, &Entry::new(format!("stopped: {text}")).indented(2).styled(BAD));
        }
        End::Unmodelled { .. } => {
            let already = trace.hops.last().is_some_and(|hop| hop.place == Place::Unmodelled);
            if !already {
                page.entry(label, &Entry::new(words.place(Place::Unmodelled)));
            }
        }
    }
}

fn details(page: &mut Page, words: Words<'_>, hop: &Hop) {
    for decision in hop.decisions.iter().filter(|it| is_told(words, it)) {
        let told = words.decision(decision);
        if decision.outcome.passes() {
            page.entry("", &entry(told).indented(2));
        } else {
            let stopped = Told { text: format!("stopped: {}", told.text), source: told.source };
            page.entry("", &entry(stopped).indented(2).styled(BAD));
        }
    }
    if let Some(route) = hop.route {
        page.entry(
            "",
            &entry(Told::new(words.route(route), words.route_source(route))).indented(2),
        );
    }
    if let Some(route) = hop.transit_route {
        page.entry("", &entry(words.transit_route(route)).indented(2));
    }
}

/// Whether a decision says anything: layers that are not asked, or of which nothing is known, do not.
fn is_told(words: Words<'_>, decision: &Decision) -> bool {
    match decision.outcome {
        Outcome::NotJudged | Outcome::NotExamined => false,
        Outcome::Unfiltered => {
            !words.network.not_examined.contains(&decision.checkpoint.layer.kind())
        }
        Outcome::Allowed(_)
        | Outcome::AllowedByDefault(_)
        | Outcome::DeniedByDefault(_)
        | Outcome::Bypassed
        | Outcome::AllowedAsReply
        | Outcome::Exempt
        | Outcome::SameSubnet
        | Outcome::Listening(_)
        | Outcome::Denied(_)
        | Outcome::NotListening => true,
    }
}

/// Returns an entry with its place.
pub(super) fn entry(told: Told) -> Entry {
    let place = told.source.and_then(|source| source.short());
    Entry::new(told.text).at(place)
}
