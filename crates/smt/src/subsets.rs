//! Minimal sets of literals to give up so that the rest can hold, and minimal sets that clash.
//!
//! An unsatisfiable core is not enough for either: it names some reason, not all of them.

use std::collections::BTreeSet;

use z3::{Model, ast::Bool};

use crate::{
    session::{Check, Literal, Session},
    term::any,
};

/// Sets of positions in a list of literals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sets {
    /// The sets, smallest first and those of one size by what they hold, each ascending.
    pub(crate) sets: Vec<Vec<usize>>,
    /// Whether there are no more.
    pub(crate) complete: bool,
}

/// The literals that cannot hold, each by itself.
#[derive(Debug, Default)]
pub(crate) struct Alone {
    /// Their positions, ascending.
    pub(crate) blocking: Vec<usize>,
    /// The positions of the others.
    pub(crate) passing: Vec<usize>,
    /// Whether a limit was reached; what it left open counts as passing.
    pub(crate) undecided: bool,
    /// Whether not even the base can hold, in which case nothing is said of the literals.
    pub(crate) vacant: bool,
}

/// Finds the literals that contradict `base` each by itself.
pub(crate) fn alone(session: &mut Session, base: &[Bool], literals: &[Literal]) -> Alone {
    let mut found = Alone::default();
    let mut passing = BTreeSet::new();
    let note = |passing: &mut BTreeSet<usize>, model: &Model| {
        passing.extend(positions(literals, |literal| literal.holds(model)));
    };
    match session.check(base) {
        Check::Sat(model) => note(&mut passing, &model),
        Check::Unsat => return Alone { vacant: true, ..found },
        Check::Limit => found.undecided = true,
    }
    for (at, literal) in literals.iter().enumerate() {
        if passing.contains(&at) {
            continue;
        }
        match session.check(&with(base, [literal])) {
            Check::Sat(model) => note(&mut passing, &model),
            Check::Unsat => found.blocking.push(at),
            Check::Limit => {
                found.undecided = true;
                passing.insert(at);
            }
        }
    }
    found.passing = passing.into_iter().collect();
    found
}

/// Finds the minimal sets of literals without which the others can hold together with `base`,
/// smallest first, at most `most` of them.
///
/// What contradicts the base by itself is in every set. The rest is found by size: a model that gives
/// up `k` literals, when no set below `k` is left, gives up a minimal set; it is then excluded
/// together with all that include it.
pub(crate) fn corrections(
    session: &mut Session,
    base: &[Bool],
    literals: &[Literal],
    most: usize,
) -> Sets {
    let alone = alone(session, base, literals);
    if alone.vacant {
        return Sets { sets: Vec::new(), complete: true };
    }
    let rest: Vec<&Literal> = alone.passing.iter().filter_map(|at| literals.get(*at)).collect();
    let found = smallest_first(session, base, &rest, most);
    let whole = |set: Vec<usize>| {
        let given_up = set.into_iter().filter_map(|at| alone.passing.get(at).copied());
        let mut set: Vec<usize> = alone.blocking.iter().copied().chain(given_up).collect();
        set.sort_unstable();
        set
    };
    let mut sets: Vec<Vec<usize>> = found.sets.into_iter().map(whole).collect();
    // Models come in any order; what is printed should not.
    sets.sort_by(in_order);
    Sets { sets, complete: found.complete && !alone.undecided }
}

fn smallest_first(session: &mut Session, base: &[Bool], rest: &[&Literal], most: usize) -> Sets {
    let mut found = Sets::default();
    match session.check(&with(base, rest.iter().copied())) {
        Check::Sat(_) => return Sets { sets: vec![Vec::new()], complete: true },
        Check::Unsat => {}
        Check::Limit => return found,
    }
    // Excluding a set must not outlive this search.
    let exclude = session.literal(crate::term::constant(true)).asks;
    for size in 1..=rest.len() {
        let bound = session.literal(at_most(size, rest)).asks;
        loop {
            let assumptions: Vec<Bool> = base.iter().chain([&exclude, &bound]).cloned().collect();
            let model = match session.check(&assumptions) {
                Check::Sat(model) => model,
                Check::Unsat => break,
                Check::Limit => return found,
            };
            let set: Vec<usize> = (0..)
                .zip(rest)
                .filter(|(_, literal)| !literal.holds(&model))
                .map(|(at, _)| at)
                .collect();
            let kept =
                any(set.iter().filter_map(|at| rest.get(*at)).map(|literal| literal.asks.clone()));
            session.require(&exclude.implies(&kept));
            found.sets.push(set);
            if found.sets.len() >= most {
                return found;
            }
        }
        let assumptions: Vec<Bool> = base.iter().chain([&exclude]).cloned().collect();
        match session.check(&assumptions) {
            Check::Sat(_) => {}
            Check::Unsat => return Sets { complete: true, ..found },
            Check::Limit => return found,
        }
    }
    Sets { complete: true, ..found }
}

/// Returns a formula that is true iff at most `size` of the literals are not asked for.
fn at_most(size: usize, literals: &[&Literal]) -> Bool {
    let given_up: Vec<Bool> = literals.iter().map(|literal| literal.asks.not()).collect();
    let weighted: Vec<(&Bool, i32)> = given_up.iter().map(|literal| (literal, 1)).collect();
    Bool::pb_le(&weighted, i32::try_from(size).unwrap_or(i32::MAX))
}

/// Finds the minimal sets of literals that cannot all hold together with `base`, smallest first, at
/// most `most` of them.
///
/// These are the minimal sets that meet every correction: a set that leaves one untouched can hold.
pub(crate) fn clashes(
    session: &mut Session,
    base: &[Bool],
    literals: &[Literal],
    most: usize,
) -> Sets {
    let corrections = corrections(session, base, literals, MOST_CORRECTIONS);
    let mut hitting: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    let mut complete = corrections.complete;
    for correction in &corrections.sets {
        let meets = |set: &BTreeSet<usize>| correction.iter().any(|at| set.contains(at));
        let (mut next, missing): (Vec<_>, Vec<_>) = hitting.into_iter().partition(meets);
        for set in missing {
            next.extend(correction.iter().map(|at| set.iter().copied().chain([*at]).collect()));
        }
        hitting = minimal(next);
        complete &= hitting.len() <= MOST_CANDIDATES;
        hitting.truncate(MOST_CANDIDATES);
    }
    if !corrections.complete {
        // Without all corrections, a set may be too small to clash; ask.
        hitting.retain(|set| {
            let chosen = set.iter().filter_map(|at| literals.get(*at));
            matches!(session.check(&with(base, chosen)), Check::Unsat)
        });
    }
    complete &= hitting.len() <= most;
    let clashing = hitting.into_iter().filter(|set| !set.is_empty());
    let mut sets: Vec<Vec<usize>> = clashing.map(|set| set.into_iter().collect()).collect();
    sets.sort_by(in_order);
    sets.truncate(most);
    Sets { sets, complete }
}

/// The most corrections looked at for the sets that clash.
const MOST_CORRECTIONS: usize = 64;
/// The most candidates kept while looking for sets that clash.
const MOST_CANDIDATES: usize = 512;

/// Returns the sets that include no other, smallest first.
fn minimal(mut sets: Vec<BTreeSet<usize>>) -> Vec<BTreeSet<usize>> {
    sets.sort_by_key(BTreeSet::len);
    let mut kept: Vec<BTreeSet<usize>> = Vec::new();
    for set in sets {
        if !kept.iter().any(|smaller| smaller.is_subset(&set)) {
            kept.push(set);
        }
    }
    kept
}

/// Compares sets by size, then by what they hold.
fn in_order(one: &Vec<usize>, other: &Vec<usize>) -> std::cmp::Ordering {
    (one.len(), one).cmp(&(other.len(), other))
}

fn positions(literals: &[Literal], holds: impl Fn(&Literal) -> bool) -> Vec<usize> {
    (0..).zip(literals).filter(|(_, literal)| holds(literal)).map(|(at, _)| at).collect()
}

fn with<'l>(base: &[Bool], literals: impl IntoIterator<Item = &'l Literal>) -> Vec<Bool> {
    base.iter().cloned().chain(literals.into_iter().map(|literal| literal.asks.clone())).collect()
}
