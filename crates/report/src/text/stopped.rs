//! What stops a flow, what comes near, and what would have to change; and which open facts decide.

use std::collections::BTreeSet;

use canreach_model::Place;
use canreach_query::{Answer, Blocker, Verdict, WalkAnswer};

use super::{
    fix,
    layout::{BAD, Entry, FAINT, Page, STRONG},
    trace::entry,
};
use crate::{
    causes,
    words::{Told, Words, count},
};

/// How many different ways of being stopped are told before the rest is counted.
const WALKS_SHOWN: usize = 6;
/// What is told where there is nothing to change: the packet ends elsewhere in any case.
const NO_WAY: &str = "no walk leads there, whatever is changed on the way";
/// How many near misses and sets of changes are told.
const SHOWN: usize = 5;

/// Adds what stops every flow.
pub(super) fn section(page: &mut Page, words: Words<'_>, answer: &Answer) {
    walks(page, words, answer);
    unexplained(page, answer);
    page.gap();
    let causes: Vec<Entry> =
        answer.causes.iter().map(|cause| Entry::new(causes::line(*cause))).collect();
    page.entries("cause", &causes);
    near_misses(page, words, answer);
    if answer.proposals.is_empty() {
        corrections(page, words, answer);
    } else {
        fix::beside(page, words, answer);
    }
}

/// Adds the rules that come near; groups of several interfaces have the same.
fn near_misses(page: &mut Page, words: Words<'_>, answer: &Answer) {
    let mut told: Vec<Told> = Vec::new();
    for near in answer.near_misses.iter().map(|near| words.near_miss(near)) {
        if !told.contains(&near) {
            told.push(near);
        }
    }
    let entries: Vec<Entry> = told.into_iter().take(SHOWN).map(entry).collect();
    page.entries("near miss", &entries);
}

/// Walks that are stopped by the same things, told once.
struct Group<'a> {
    walk: &'a WalkAnswer,
    pairs: Vec<(usize, usize)>,
}

fn walks(page: &mut Page, words: Words<'_>, answer: &Answer) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for walk in &answer.walks {
        if walk.blockers.is_empty() && walk.together.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|group| same(group.walk, walk)) {
            Some(group) => group.pairs.push(walk.ends),
            None => groups.push(Group { walk, pairs: vec![walk.ends] }),
        }
    }
    if groups.is_empty() {
        page.entry("stopped by", &Entry::new(NO_WAY).styled(BAD));
    }
    let several = groups.len() > 1;
    for group in groups.iter().take(WALKS_SHOWN) {
        if several {
            page.gap();
            page.entry("walk", &Entry::new(about(words, answer, group)).styled(STRONG));
        }
        blockers(page, words, group.walk);
    }
    let more = groups.len().saturating_sub(WALKS_SHOWN);
    if more > 0 {
        page.gap();
        page.entry(
            "",
            &Entry::new(format!(
                "and {} that {} stopped otherwise; `--format json` lists all",
                count(more, "walk"),
                if more == 1 { "is" } else { "are" }
            ))
            .styled(FAINT),
        );
    }
}

/// Says that not every pair was explained, where that is so.
fn unexplained(page: &mut Page, answer: &Answer) {
    let explained: BTreeSet<(usize, usize)> = answer.walks.iter().map(|walk| walk.ends).collect();
    let closed = answer.ends.iter().filter(|pair| pair.verdict != Verdict::Reachable).count();
    let more = closed.saturating_sub(explained.len());
    if more > 0 && !explained.is_empty() {
        let text =
            format!("{} not explained here; ask about one of them", count(more, "more pair"));
        page.gap();
        page.entry("", &Entry::new(text).styled(FAINT));
    }
}

/// Whether two walks are stopped by the same things, whatever the packets were.
fn same(a: &WalkAnswer, b: &WalkAnswer) -> bool {
    let key = |blockers: &[Blocker]| {
        blockers.iter().map(|it| (it.pass, it.blocking, it.if_arrived)).collect::<Vec<_>>()
    };
    let sets = |walk: &WalkAnswer| walk.together.iter().map(|set| key(set)).collect::<Vec<_>>();
    key(&a.blockers) == key(&b.blockers) && sets(a) == sets(b)
}

/// Returns which walk it is: its places, and between whom where the question has several pairs.
fn about(words: Words<'_>, answer: &Answer, group: &Group<'_>) -> String {
    let way = if group.walk.request.is_empty() {
        String::from("no complete one")
    } else {
        words.way(&without_repeats(&group.walk.request))
    };
    let mut pairs = group.pairs.clone();
    pairs.sort_unstable();
    pairs.dedup();
    let question = &answer.question;
    if question.sources.len() < 2 && question.destinations.len() < 2 {
        return way;
    }
    match pairs.len() {
        0 | 1 => way,
        several => format!(
            "{way} (and {} more of {})",
            several.saturating_sub(1),
            count(answer.ends.len(), "pair")
        ),
    }
}

fn without_repeats(places: &[Place]) -> Vec<Place> {
    let mut kept = places.to_vec();
    kept.dedup();
    kept
}

fn blockers(page: &mut Page, words: Words<'_>, walk: &WalkAnswer) {
    for (index, blocker) in walk.blockers.iter().enumerate() {
        let label = if index == 0 { "stopped by" } else { "also by" };
        let entry = entry(words.blocker(blocker));
        page.entry(label, &if index == 0 { entry.styled(BAD) } else { entry });
    }
    for set in &walk.together {
        let label = if walk.blockers.is_empty() { "stopped by" } else { "also by" };
        page.entry(label, &Entry::new("these together, none of them alone:"));
        for blocker in set {
            page.entry("", &entry(words.blocker(blocker)).indented(2).styled(BAD));
        }
    }
}

/// The minimal sets of things to change, where no edits were looked for or found.
fn corrections(page: &mut Page, words: Words<'_>, answer: &Answer) {
    let total = answer.corrections.len();
    for (index, correction) in answer.corrections.iter().take(SHOWN).enumerate() {
        let label = if index == 0 { "to open it" } else { "or" };
        match correction.changes.as_slice() {
            [only] => page.entry(label, &entry(words.change(only))),
            several => {
                let how = if several.len() == 2 { "change both:" } else { "change all of:" };
                page.entry(label, &Entry::new(how));
                for (number, change) in several.iter().enumerate() {
                    let mut told = words.change(change);
                    told.text = format!("({}) {}", number.saturating_add(1), told.text);
                    page.entry("", &entry(told).indented(2));
                }
            }
        }
    }
    let more = total.saturating_sub(SHOWN);
    let unlisted = if answer.corrections_complete { "" } else { ", and there may be others" };
    if more > 0 {
        page.entry(
            "",
            &Entry::new(format!("or another of {}{unlisted}", count(more, "set"))).styled(FAINT),
        );
    } else if total > 0 && !answer.corrections_complete {
        page.entry("", &Entry::new("there may be other ways").styled(FAINT));
    }
}

/// Adds the facts that decide an unknown verdict, and what would settle them.
pub(super) fn open_facts(page: &mut Page, words: Words<'_>, answer: &Answer) {
    debug_assert_eq!(answer.verdict, Verdict::Unknown);
    let mut settle: Vec<String> = Vec::new();
    for (index, set) in answer.deciding.iter().take(SHOWN).enumerate() {
        let label = if index == 0 { "passes if" } else { "or if" };
        for (position, fact) in set.iter().enumerate() {
            let label = if position == 0 { label } else { "and" };
            page.entry(label, &entry(words.deciding(*fact)));
            let settled_by = &words.network.facts[fact.fact].settled_by;
            if !settle.contains(settled_by) {
                settle.push(settled_by.clone());
            }
        }
    }
    let more = answer.deciding.len().saturating_sub(SHOWN);
    if more > 0 {
        page.entry(
            "",
            &Entry::new(format!("or one of {}", count(more, "other set"))).styled(FAINT),
        );
    }
    let settle: Vec<Entry> = settle.into_iter().map(Entry::new).collect();
    page.entries("to settle it", &settle);
}
