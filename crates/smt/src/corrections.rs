//! What would have to change so that some flow passes.

use std::{collections::BTreeSet, rc::Rc};

use canreach_model::{Endpoint, Network};
use canreach_topology::{Trip, Walk};

use crate::{
    Aim, Corrections, Element, Limits,
    header::Original,
    members::{Members, Subject},
    scope::{Assignment, Scope},
    session::{Literal, Session, in_fresh_context},
    subsets,
    term::all,
    walk::{Filter, Way, elements, ways},
};

/// The most sets that are listed.
const MOST_SETS: usize = 32;
/// The most ways looked at; those with the fewest obstacles come first.
const MOST_WAYS: usize = 200;

/// Finds the minimal sets of filters, routes and settings to remove so that some flow gets to `to` as
/// `aim` says.
///
/// `trips` are those of [`canreach_topology::Mode::Repaired`]. What a walk takes as removed is in all
/// of its sets; a walk that ends at an obstacle all the same cannot be mended and is left out. Facts
/// have whatever values help: a set says what would make a flow possible, not certain.
#[must_use]
pub fn corrections<'n>(
    subject: impl Into<Subject<'n>>,
    trips: &[Trip],
    to: Endpoint,
    aim: Aim,
    limits: Limits,
) -> Corrections {
    let subject = subject.into();
    in_fresh_context(|| {
        let mut ways = ways(trips, to, aim);
        ways.sort_by_key(|way| obstacles(way).len());
        let mut complete = ways.len() <= MOST_WAYS;
        let members = Rc::new(Members::new(subject));
        let mut sets: Vec<Vec<Element>> = Vec::new();
        for way in ways.iter().take(MOST_WAYS) {
            let needed = obstacles(way);
            if sets.iter().any(|known| includes(&needed, known)) {
                // All of its sets would include one that is known.
                continue;
            }
            let found = of_way(subject.network, &members, way, limits);
            complete &= found.complete;
            sets.extend(found.sets);
        }
        let mut sets = minimal(sets);
        complete &= sets.len() <= MOST_SETS;
        sets.truncate(MOST_SETS);
        Corrections { sets, complete }
    })
}

/// Returns what a way takes as removed.
fn obstacles(way: &Way<'_>) -> BTreeSet<Element> {
    let all = way.walks().flat_map(elements);
    all.filter(|element| matches!(element, Element::Obstacle { .. })).collect()
}

fn of_way(
    network: &Network,
    members: &Rc<Members<'_>>,
    way: &Way<'_>,
    limits: Limits,
) -> Corrections {
    let mut scope = Scope::new(network, members, Original::variables(), Assignment::new(), 0);
    let mut session = Session::new(limits);
    let filters: Vec<Filter> = way.walks().flat_map(|walk| scope.filters(walk)).collect();
    let literals: Vec<Literal> =
        filters.iter().map(|filter| session.literal(filter.passes.clone())).collect();
    let guard = scope.guard(way.guard());
    let ends: Vec<_> = way.walks().map(|walk: &Walk| scope.end(walk.end)).collect();
    let taken = all(ends.into_iter().chain([guard, scope.choices_are_possible()]));
    let base = [session.literal(taken).asks];
    let found = subsets::corrections(&mut session, &base, &literals, MOST_SETS);

    let needed = obstacles(way);
    let in_order: Vec<Element> = way.walks().flat_map(elements).collect();
    let set = |given_up: Vec<usize>| {
        let filter = |at: &usize| filters.get(*at).map(|filter| filter.element);
        let given_up: BTreeSet<Element> = given_up.iter().filter_map(filter).collect();
        let changes = |element: &&Element| needed.contains(*element) || given_up.contains(*element);
        in_order.iter().filter(changes).copied().collect()
    };
    Corrections { sets: found.sets.into_iter().map(set).collect(), complete: found.complete }
}

/// Returns the sets that include no other, smallest first and otherwise in the order given.
fn minimal(mut sets: Vec<Vec<Element>>) -> Vec<Vec<Element>> {
    sets.sort_by_key(Vec::len);
    let mut kept: Vec<Vec<Element>> = Vec::new();
    for set in sets {
        let members: BTreeSet<Element> = set.iter().copied().collect();
        if !kept.iter().any(|smaller| includes(&members, smaller)) {
            kept.push(set);
        }
    }
    kept
}

fn includes(set: &BTreeSet<Element>, part: &[Element]) -> bool {
    part.iter().all(|element| set.contains(element))
}
