//! What stops every flow of one walk.

use std::{collections::BTreeSet, rc::Rc};

use canreach_topology::{Trip, Walk};

use crate::{
    Blockers, Element, Limits,
    header::Original,
    members::{Members, Subject},
    scope::{Assignment, Scope},
    session::{Literal, Session, in_fresh_context},
    subsets::{alone, clashes},
    term::all,
    walk::{Filter, elements},
};

/// The most sets that are listed.
const MOST_SETS: usize = 32;

/// Finds what stops the flows that take one walk: the request's, or with `reply` the whole way there
/// and back.
///
/// A filter blocks iff no packet of the walk's guard passes it, for any values of the facts and any
/// choices. Each is asked by itself, so that those past the first are found as well.
#[must_use]
pub fn blockers<'n>(
    subject: impl Into<Subject<'n>>,
    trip: &Trip,
    reply: Option<usize>,
    limits: Limits,
) -> Blockers {
    let back = reply.and_then(|at| trip.replies.get(at));
    let subject = subject.into();
    in_fresh_context(|| find(subject, &trip.request, back, limits))
}

fn find(subject: Subject<'_>, request: &Walk, back: Option<&Walk>, limits: Limits) -> Blockers {
    let members = Rc::new(Members::new(subject));
    let mut scope =
        Scope::new(subject.network, &members, Original::variables(), Assignment::new(), 0);
    let mut session = Session::new(limits);
    let walks = || std::iter::once(request).chain(back);
    let filters: Vec<Filter> = walks().flat_map(|walk| scope.filters(walk)).collect();
    let literals: Vec<Literal> =
        filters.iter().map(|filter| session.literal(filter.passes.clone())).collect();
    let guard = scope.guard(&back.unwrap_or(request).guard);
    let base = [session.literal(all([guard, scope.choices_are_possible()])).asks];

    let found = alone(&mut session, &base, &literals);
    if found.vacant {
        return Blockers { vacant: true, ..Blockers::default() };
    }
    let element = |at: &usize| filters.get(*at).map(|filter| filter.element);
    let blocking: BTreeSet<Element> = found.blocking.iter().filter_map(element).collect();
    let mut alone: Vec<Element> = walks().flat_map(elements).collect();
    alone.retain(|element| match element {
        Element::Filter { .. } => blocking.contains(element),
        Element::Obstacle { .. } => true,
    });
    let mut blockers = Blockers { alone, undecided: found.undecided, ..Blockers::default() };
    if blockers.alone.is_empty() {
        let sets = clashes(&mut session, &base, &literals, MOST_SETS);
        let set = |set: Vec<usize>| set.iter().filter_map(element).collect();
        blockers.together = sets.sets.into_iter().map(set).collect();
        blockers.undecided |= !sets.complete;
    }
    blockers
}
