//! What shows a change: a flow on its way through the network where it passes, and the rule behind it.

use canreach_eval::{Hop, RoundTrip, Trace};
use canreach_model::Network;
use canreach_query::{Culprit, FlowDifference, How, Which};

use super::diff::{Evidence, RuleChange, RuleFate, Witness};
use crate::words::{Told, Words};

/// Words a flow that passes in one of two networks alone.
#[must_use]
pub fn evidence(
    difference: &FlowDifference,
    passing: &Network,
    other: &Network,
    is_new: bool,
) -> Evidence {
    let words = Words::about(passing);
    let witness = Witness {
        is_new,
        flow: difference.header.to_string(),
        steps: steps(words, &difference.passes),
    };
    let rules = difference.culprit.as_ref();
    let rules = rules.map(|culprit| rules_of(culprit, words, Words::about(other), is_new));
    Evidence { witness: Some(witness), rules: rules.unwrap_or_default() }
}

/// Returns the way of a flow, a line for each place that decides something.
fn steps(words: Words<'_>, trip: &RoundTrip) -> Vec<String> {
    let mut steps = way(words, &trip.request);
    if let Some(reply) = &trip.reply {
        let decided = reply.decisions().any(|it| it.outcome != canreach_eval::Outcome::AllowedAsReply);
        let back = if decided { way(words, reply) } else { Vec::new() };
        if back.is_empty() {
            steps.push("the reply comes back".to_owned());
        } else {
            steps.extend(back.into_iter().map(|step| format!("back: {step}")));
        }
    }
    steps
}

fn way(words: Words<'_>, trace: &Trace) -> Vec<String> {
    trace.hops.iter().flat_map(|hop| step(words, hop)).collect()
}

/// Returns what is decided at a place; nothing where a packet only comes by.
fn step(words: Words<'_>, hop: &Hop) -> Vec<String> {
    let place = words.place(hop.place);
    let route = hop.route.map(|route| words.route(route));
    let decided = hop.decisions.iter().map(|decision| with_place(words.decision(decision)));
    route.into_iter().chain(decided).map(|text| format!("{place}: {text}")).collect()
}

fn with_place(told: Told) -> String {
    match told.source.as_ref().and_then(crate::words::Source::short) {
        Some(place) => format!("{} ({place})", told.text),
        None => told.text,
    }
}

/// Returns the rules behind a difference, as changes from the old network to the new one.
fn rules_of(
    culprit: &Culprit,
    passing: Words<'_>,
    other: Words<'_>,
    passes_in_new: bool,
) -> Vec<RuleChange> {
    let lets = culprit.lets_through.map(|which| told(passing, which));
    let stops = culprit.stops.map(|which| told(other, which));
    let (added, removed) = if passes_in_new {
        (RuleFate::Added, RuleFate::Removed)
    } else {
        (RuleFate::Removed, RuleFate::Added)
    };
    let place = |told: &Option<(String, Option<String>)>| told.as_ref().and_then(|it| it.1.clone());
    let (old, new) = if passes_in_new {
        (place(&stops), place(&lets))
    } else {
        (place(&lets), place(&stops))
    };
    let text = |told: Option<(String, Option<String>)>| told.map(|it| it.0);
    let both = |what, rule: Option<String>, old, new| {
        rule.map(|rule| RuleChange { what, rule, old, new }).into_iter().collect::<Vec<_>>()
    };
    let one_side = |what: RuleFate, told: Option<(String, Option<String>)>| {
        let Some((rule, place)) = told else { return Vec::new() };
        let in_new = matches!(what, RuleFate::Added);
        let (old, new) = if in_new { (None, place) } else { (place, None) };
        vec![RuleChange { what, rule, old, new }]
    };
    match culprit.how {
        How::OnlyWherePassing => one_side(added, lets),
        How::OnlyWhereStopped => one_side(removed, stops),
        How::Changed => both(RuleFate::Changed, text(lets.or(stops)), old, new),
        How::Reordered => both(RuleFate::Reordered, text(lets), old, new),
        How::Elsewhere => both(RuleFate::Changed, text(stops), old, new),
    }
}

/// Returns a rule, route or setting with its place.
fn told(words: Words<'_>, which: Which) -> (String, Option<String>) {
    match which {
        Which::Rule(rule) => (words.rule(rule), words.rule_source(rule).short()),
        Which::Route(route) => (words.route(route), words.route_source(route).short()),
        Which::NoRule(checkpoint) => {
            let layer = words.layer(checkpoint.layer);
            let text = format!("{layer}, {}: no rule lets the flow through", checkpoint.direction);
            (text, words.layer_source(checkpoint.layer).short())
        }
        Which::Obstacle(obstacle, route) => {
            let text = words.obstacle(obstacle, None);
            (text, route.and_then(|route| words.route_source(route).short()))
        }
    }
}
