//! What shows a change: a flow on its way through the network where it passes, and the rule behind it.

use canreach_eval::{Decision, Hop, Outcome, RoundTrip};
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
    let mut steps: Vec<String> =
        trip.request.hops.iter().flat_map(|hop| step(words, hop)).collect();
    if let Some(reply) = &trip.reply {
        let judged = reply.hops.iter().flat_map(|hop| {
            let judged = hop.decisions.iter().filter(|it| is_judged(it.outcome));
            judged.map(|decision| decided(words, hop, decision))
        });
        let judged: Vec<String> = judged.map(|step| format!("back: {step}")).collect();
        if judged.is_empty() && trip.answered() {
            steps.push("the reply comes back".to_owned());
        }
        steps.extend(judged);
    }
    steps
}

/// Whether a layer had a look at the packet, rather than let it by as one it need not judge.
fn is_judged(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Allowed(_)
        | Outcome::AllowedByDefault(_)
        | Outcome::Listening(_)
        | Outcome::Denied(_)
        | Outcome::DeniedByDefault(_)
        | Outcome::NotListening => true,
        Outcome::AllowedAsReply
        | Outcome::Exempt
        | Outcome::SameSubnet
        | Outcome::Bypassed
        | Outcome::Unfiltered
        | Outcome::NotJudged
        | Outcome::NotExamined => false,
    }
}

/// Returns what is decided at a place; nothing where a packet only comes by.
fn step(words: Words<'_>, hop: &Hop) -> Vec<String> {
    let place = words.place(hop.place);
    let route = hop.route.map(|route| format!("{place}: {}", words.route(route)));
    let decisions = hop.decisions.iter().filter(|it| is_judged(it.outcome));
    route.into_iter().chain(decisions.map(|decision| decided(words, hop, decision))).collect()
}

fn decided(words: Words<'_>, hop: &Hop, decision: &Decision) -> String {
    format!("{}: {}", words.place(hop.place), with_place(words.decision(decision)))
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
    let (old, new) =
        if passes_in_new { (place(&stops), place(&lets)) } else { (place(&lets), place(&stops)) };
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
