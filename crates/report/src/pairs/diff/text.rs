//! A difference for people: what opened and what closed, between whom, on one screen.

use canreach_sets::{Algebra, FlowSet};
use canreach_snapshot::{
    Relation,
    diff::{Change, Diff, DiffVerdict, Ends, Group, Note, OneSided, Pairing, Side, State},
};

use super::{About, Evidence, RuleChange};
use crate::{
    pairs::{counted, names, reason, wide},
    text::layout::{BAD, Entry, FAINT, GOOD, OPEN, Page, STRONG},
};

/// How many sets of changes, each by its rules, are told before the rest is counted.
const SETS_SHOWN: usize = 8;
/// How many changes by the same rules are told before the rest is counted.
const CHANGES_SHOWN: usize = 3;
/// How many ends of one side are named before the rest is counted.
const NAMED: usize = 4;
/// How many assumptions of one kind are told before the rest is counted.
const LISTED: usize = 8;

/// Returns a difference as text of several lines, with ANSI styles.
#[must_use]
pub fn text(diff: &Diff, about: About<'_>) -> String {
    let mut page = Page::default();
    headline(&mut page, diff);
    page.gap();
    let sets = by_rules(diff, about.evidence);
    let (first, rest) = sets.split_at_checked(SETS_SHOWN).unwrap_or((&sets, &[]));
    for set in first {
        changes(&mut page, diff, set);
        page.gap();
    }
    let rest: usize = rest.iter().map(|set| set.changes.len()).sum();
    if rest > 0 {
        let text = format!("… and {}; `--format json` has all", counted(wide(rest), "more change"));
        page.entry("", &Entry::new(text).styled(FAINT));
        page.gap();
    }
    ends(&mut page, "appeared", &diff.appeared);
    ends(&mut page, "vanished", &diff.vanished);
    page.gap();
    footer(&mut page, diff, about);
    page.into_text()
}

/// Changes that the same rules made, and what shows the first of them.
struct BySameRules<'d> {
    changes: Vec<&'d Change>,
    evidence: Option<&'d Evidence>,
}

/// Returns the changes by the rules that made them, which often make many, in order. A change of which no
/// rule is known stands alone.
fn by_rules<'d>(diff: &'d Diff, evidence: &'d [Evidence]) -> Vec<BySameRules<'d>> {
    let mut sets: Vec<BySameRules<'d>> = Vec::new();
    for (place, change) in diff.changes.iter().enumerate() {
        let evidence = evidence.get(place);
        let rules = evidence.map(|it| &it.rules).filter(|rules| !rules.is_empty());
        let same = sets
            .iter_mut()
            .find(|set| rules.is_some() && set.evidence.map(|it| &it.rules) == rules);
        match same {
            Some(set) => set.changes.push(change),
            None => sets.push(BySameRules { changes: vec![change], evidence }),
        }
    }
    sets
}

fn changes(page: &mut Page, diff: &Diff, set: &BySameRules<'_>) {
    let all = set.changes.as_slice();
    let (first, rest) = all.split_at_checked(CHANGES_SHOWN).unwrap_or((all, &[]));
    for it in first {
        change(page, diff, it);
    }
    if !rest.is_empty() {
        let more = counted(wide(rest.len()), "more change");
        let pairs = counted(rest.iter().map(|it| it.pairs).sum(), "pair");
        let text = format!("… and {more} by the same rule, of {pairs}; `--format json` has all");
        page.entry("", &Entry::new(text).styled(FAINT));
    }
    if let Some(evidence) = set.evidence {
        shown(page, evidence);
    }
}

/// What a change comes to, in one word.
fn label(change: &Change) -> &'static str {
    let moves = &change.moves;
    let opens = !moves.opened().is_empty() || !moves.opened_one_way().is_empty();
    let closes = !moves.closed().is_empty() || !moves.closed_one_way().is_empty();
    match (opens, closes) {
        (true, true) => "changed",
        (true, false) => "opened",
        (false, true) => "closed",
        (false, false) => "unknown",
    }
}

fn headline(page: &mut Page, diff: &Diff) {
    let parts = ["opened", "closed", "changed", "unknown"].into_iter().filter_map(|word| {
        let count = diff.changes.iter().filter(|it| label(it) == word).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    let parts: Vec<String> = parts.collect();
    let gone = [("appeared", &diff.appeared), ("vanished", &diff.vanished)];
    let gone = gone.into_iter().filter_map(|(word, ends)| {
        let count: usize = ends.iter().map(|it| it.members.len()).sum();
        (count > 0).then(|| format!("{} {word}", counted(wide(count), "end")))
    });
    let mut told: Vec<String> = Vec::new();
    if !diff.changes.is_empty() {
        let changes = counted(wide(diff.changes.len()), "change");
        told.push(format!("{changes}: {}", parts.join(", ")));
    }
    told.extend(gone);
    let (verdict, style) = match diff.verdict() {
        DiffVerdict::Different => ("DIFFERENT", BAD),
        DiffVerdict::Same => {
            told.insert(0, String::from("no flow differs"));
            ("SAME", GOOD)
        }
        DiffVerdict::Undecided => ("UNDECIDED", OPEN),
    };
    page.headline(verdict, style, &told.join("; "));
}

fn change(page: &mut Page, diff: &Diff, change: &Change) {
    let label = label(change);
    let from = side(diff.from(change));
    let between = match change.relation {
        Relation::Others => format!("{from} -> {}", side(diff.to(change))),
        Relation::Itself => format!("{from} -> itself"),
    };
    let pairs = (change.pairs > 1).then(|| counted(change.pairs, "pair"));
    page.entry(label, &Entry::new(between).at(pairs).styled(STRONG));
    let moves = &change.moves;
    let opened = [
        ("opened", moves.opened()),
        ("opened, though no answer returns", moves.opened_one_way()),
        ("closed", moves.closed()),
        ("closed, though no answer returned", moves.closed_one_way()),
    ];
    for (words, flows) in opened.into_iter().filter(|(_, flows)| !flows.is_empty()) {
        // The label says it already.
        let words = if words == label { "" } else { words };
        part(page, words, &flows);
    }
    for it in moves.doubtful() {
        part(page, doubt(it.was, it.now), &it.flows);
    }
    let reasons: Vec<String> = moves.because.iter().map(reason).collect();
    if !reasons.is_empty() {
        let text = format!("it depends on {}", reasons.join("; "));
        page.entry("", &Entry::new(text).indented(2));
    }
}

fn part(page: &mut Page, words: &str, flows: &FlowSet) {
    let text = if words.is_empty() { flows.to_string() } else { format!("{words}: {flows}") };
    page.entry("", &Entry::new(text).indented(2));
}

fn doubt(was: State, now: State) -> &'static str {
    match (was, now) {
        (State::Open, State::Unknown) => "was open, now unknown",
        (State::Closed, State::Unknown) => "was closed, now unknown",
        (State::Unknown, State::Open) => "was unknown, now open",
        (State::Unknown, State::Closed) => "was unknown, now closed",
        (State::Unknown, State::Unknown) => "unknown, for another reason than before",
        (State::Open | State::Closed, State::Open | State::Closed) => "",
    }
}

/// Returns the ends of one side.
fn side<'d>(groups: impl Iterator<Item = &'d Group>) -> String {
    names(groups.flat_map(|group| &group.members).map(|it| it.name.as_str()), NAMED)
}

/// What shows a change.
fn shown(page: &mut Page, evidence: &Evidence) {
    if let Some(witness) = &evidence.witness {
        let network = if witness.is_new { "new" } else { "old" };
        page.entry("witness", &Entry::new(&witness.flow).at(Some(format!("{network} network"))));
        for step in &witness.steps {
            page.entry("", &Entry::new(step).indented(2));
        }
    }
    for (place, it) in evidence.rules.iter().enumerate() {
        let label = if place == 0 { "rule" } else { "" };
        page.entry(label, &rule(it));
    }
}

fn rule(it: &RuleChange) -> Entry {
    let place = match (&it.old, &it.new) {
        (Some(old), Some(new)) if old != new => Some(format!("{old} -> {new}")),
        (Some(place), _) | (None, Some(place)) => Some(place.clone()),
        (None, None) => None,
    };
    Entry::new(format!("{}: {}", it.what.word(), it.rule)).at(place)
}

fn ends(page: &mut Page, label: &str, ends: &[Ends]) {
    let entry = |it: &Ends| {
        let ids = names(it.members.iter().map(String::as_str), NAMED);
        let each = if it.members.len() > 1 { "each " } else { "" };
        let reach = format!(
            "{each}reaches {}, is reached by {}",
            counted(wide(it.reaches), "end"),
            counted(wide(it.reached_by), "end")
        );
        let key = if it.key.is_empty() { String::new() } else { format!(" ({})", it.key) };
        Entry::new(format!("{ids}{key}: {reach}"))
    };
    limited(page, label, &ends.iter().map(entry).collect::<Vec<_>>());
}

/// Adds the first of some entries, and how many there are besides.
fn limited(page: &mut Page, label: &str, entries: &[Entry]) {
    let (first, rest) = entries.split_at_checked(LISTED).unwrap_or((entries, &[]));
    page.entries(label, first);
    if !rest.is_empty() {
        let text = format!("… and {} more", rest.len());
        page.entry("", &Entry::new(text).styled(FAINT));
    }
}

fn footer(page: &mut Page, diff: &Diff, about: About<'_>) {
    let [sources, destinations] = diff.compared;
    let compared = format!(
        "{} with {}, exactly, on every protocol and port",
        counted(wide(sources), "source"),
        counted(wide(destinations), "destination")
    );
    let which = (!about.old.is_empty()).then(|| format!("{} -> {}", about.old, about.new));
    page.entry("compared", &Entry::new(compared).at(which));
    let notes: Vec<Entry> = diff.notes.iter().map(note).collect();
    limited(page, "besides", &notes);
    let facts = diff.facts.iter();
    let facts: Vec<Entry> =
        facts.map(|it| Entry::new(one_sided(it, "leaves open whether"))).collect();
    limited(page, "left open", &facts);
    let mut assumes: Vec<Entry> = diff.paired.iter().map(|it| Entry::new(pairing(it))).collect();
    assumes.extend(diff.unknown_in_both.iter().map(|it| {
        Entry::new(format!("what is unknown in both turns out alike; it depends on {}", reason(it)))
    }));
    if assumes.is_empty() {
        assumes.push(Entry::new("nothing"));
    }
    limited(page, "assumes", &assumes);
}

fn pairing(it: &Pairing) -> String {
    let Pairing { old, new, key, is_choice } = it;
    let why =
        if *is_choice { "; others would fit as well, the order of the ids decided" } else { "" };
    format!("{new} is what {old} was: both are `{key}`{why}")
}

fn note(note: &Note) -> Entry {
    Entry::new(match note {
        Note::Semantics { old, new } => format!(
            "the semantics are of version {new}, were of version {old}: the same network may answer otherwise"
        ),
        Note::Assumption(it) => one_sided(it, "assumes:"),
        Note::NotExamined(it) => one_sided(it, "had no data of:"),
    })
}

fn one_sided(it: &OneSided, verb: &str) -> String {
    let side = match it.side {
        Side::Old => "the old one",
        Side::New => "the new one",
    };
    format!("only {side} {verb} {}", it.text)
}
