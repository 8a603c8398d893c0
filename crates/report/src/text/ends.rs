//! Which ends of a question over sets are open, closed and unknown.

use canreach_query::{Answer, EndState, Verdict};

use super::layout::{Entry, Page};

/// How many pairs of one verdict are named before the rest is counted.
const SHOWN: usize = 12;

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
        let pairs: Vec<&EndState> = answer
            .ends
            .iter()
            .filter(|pair| pair.verdict == verdict && pair.delivered == delivered)
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let mut names: Vec<String> =
            pairs.iter().take(SHOWN).map(|pair| name(answer, pair)).collect();
        let more = pairs.len().saturating_sub(SHOWN);
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        let remark = if verdict == Verdict::Unreachable && delivered != Verdict::Unreachable {
            HALF_OPEN
        } else {
            ""
        };
        let text = format!("{} of {total}{remark}: {}", pairs.len(), names.join(", "));
        page.entry(label, &Entry::new(text));
    }
}

/// Returns what a pair is called: the side that has several ends, or both.
fn name(answer: &Answer, pair: &EndState) -> String {
    let (sources, destinations) = (&answer.question.sources, &answer.question.destinations);
    let source = sources.get(pair.source).map_or("?", |end| end.label.as_str());
    let destination = destinations.get(pair.destination).map_or("?", |end| end.label.as_str());
    match (sources.len(), destinations.len()) {
        (_, 1) => source.to_owned(),
        (1, _) => destination.to_owned(),
        _ => format!("{source} -> {destination}"),
    }
}
