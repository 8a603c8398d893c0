//! Which ends of a question over sets are open, closed and unknown.

use std::collections::{BTreeMap, BTreeSet};

use canreach_query::{Answer, End, EndState, Verdict};

use super::layout::{Entry, Page};
use crate::words::count;

/// How many ends of one side are named before the rest is counted.
const NAMED: usize = 8;
/// How many groups of sources with the same destinations are told before the rest is counted.
const GROUPS_SHOWN: usize = 6;
/// What half open means.
const HALF_OPEN: &str = " (the request is delivered, no reply returns)";

/// The verdicts of the pairs, in the order in which they are told.
const GROUPS: [(&str, Verdict, Verdict); 6] = [
    ("open", Verdict::Reachable, Verdict::Reachable),
    ("half open", Verdict::Unreachable, Verdict::Reachable),
    ("half open?", Verdict::Unreachable, Verdict::Unknown),
    ("closed", Verdict::Unreachable, Verdict::Unreachable),
    ("unknown", Verdict::Unknown, Verdict::Reachable),
    ("unknown", Verdict::Unknown, Verdict::Unknown),
];

/// Adds the pairs, grouped by verdict, where there is more than one.
pub(super) fn section(page: &mut Page, answer: &Answer) {
    let total = answer.ends.len();
    if total < 2 {
        return;
    }
    for (label, verdict, delivered) in GROUPS {
        let is_here = |pair: &&EndState| pair.verdict == verdict && pair.delivered == delivered;
        let pairs: Vec<&EndState> = answer.ends.iter().filter(is_here).collect();
        if pairs.is_empty() {
            continue;
        }
        let half = verdict == Verdict::Unreachable && delivered != Verdict::Unreachable;
        let remark = if half { HALF_OPEN } else { "" };
        let head = format!("{} of {total}{remark}", pairs.len());
        match told(answer, &pairs).as_slice() {
            [only] => page.entry(label, &Entry::new(format!("{head}: {only}"))),
            several => {
                page.entry(label, &Entry::new(head));
                for line in several {
                    page.entry("", &Entry::new(line).indented(2));
                }
            }
        }
    }
}

/// Returns the pairs in a few lines: the side that has several ends, or sources that share their
/// destinations together.
fn told(answer: &Answer, pairs: &[&EndState]) -> Vec<String> {
    let (sources, destinations) = (&answer.question.sources, &answer.question.destinations);
    if destinations.len() == 1 {
        return vec![names(sources, &pairs.iter().map(|pair| pair.source).collect(), "source")];
    }
    if sources.len() == 1 {
        let which = pairs.iter().map(|pair| pair.destination).collect();
        return vec![names(destinations, &which, "destination")];
    }
    let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for pair in pairs {
        reached.entry(pair.source).or_default().insert(pair.destination);
    }
    // In the order of their first sources.
    let mut groups: Vec<(BTreeSet<usize>, BTreeSet<usize>)> = Vec::new();
    for (source, targets) in reached {
        match groups.iter_mut().find(|(_, known)| *known == targets) {
            Some((members, _)) => {
                members.insert(source);
            }
            None => groups.push((BTreeSet::from([source]), targets)),
        }
    }
    let line = |(from, to): &(BTreeSet<usize>, BTreeSet<usize>)| {
        format!("{} -> {}", names(sources, from, "source"), names(destinations, to, "destination"))
    };
    let mut lines: Vec<String> = groups.iter().take(GROUPS_SHOWN).map(line).collect();
    let rest =
        groups.iter().skip(GROUPS_SHOWN).map(|(from, to)| from.len().saturating_mul(to.len()));
    match rest.sum::<usize>() {
        0 => {}
        more => lines.push(format!("and {}", count(more, "more pair"))),
    }
    lines
}

/// Returns the names of some ends, or that it is all of them.
fn names(ends: &[End], which: &BTreeSet<usize>, what: &str) -> String {
    if which.len() == ends.len() && which.len() > NAMED {
        return format!("all {} {what}s", which.len());
    }
    let label = |at: &usize| ends.get(*at).map_or("?", |end| end.label.as_str());
    let mut names: Vec<&str> = which.iter().take(NAMED).map(label).collect();
    let more = format!("and {} more", which.len().saturating_sub(NAMED));
    if which.len() > NAMED {
        names.push(&more);
    }
    names.join(", ")
}
