//! Walks: who takes them, which filters they pass and whether they end well.

use canreach_model::{Checkpoint, Endpoint, Pass, Translator};
use canreach_topology::{Condition, Crossing, End, Guard, HeaderView, PortView, Trip, Walk};
use z3::ast::Bool;

use crate::{
    Aim, Element,
    header::{family_of, has_ports},
    scope::Scope,
    term::{self, all, any, not},
};

/// A way that, if its filters let the packets through, gives what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'t> {
    /// The position of the trip.
    pub(crate) trip: usize,
    /// The position of the way back among the trip's replies, where one is asked for.
    pub(crate) reply: Option<usize>,
    /// The way there.
    pub(crate) request: &'t Walk,
    /// The way back, where one is asked for.
    pub(crate) back: Option<&'t Walk>,
}

impl<'t> Way<'t> {
    /// Returns the guard of the way as a whole: that of its last walk, which includes the other.
    pub(crate) fn guard(&self) -> &'t Guard {
        &self.back.unwrap_or(self.request).guard
    }

    /// Returns the walks, in packet order.
    pub(crate) fn walks(&self) -> impl Iterator<Item = &'t Walk> + use<'t> {
        std::iter::once(self.request).chain(self.back)
    }

    /// Returns those whose choice of a port the way may depend on.
    pub(crate) fn translators(&self) -> Vec<Translator> {
        let conditions = self.guard().conditions.iter().flat_map(|condition| match *condition {
            Condition::SamePort(a, b, _) => vec![a, b],
            Condition::Fact(..) | Condition::SameAddress(..) => Vec::new(),
        });
        let ports = |view: &HeaderView| [view.source_port, view.destination_port];
        let crossed = self.walks().flat_map(Walk::crossings).flat_map(|it| ports(&it.header));
        let steps = self.walks().flat_map(|walk| &walk.steps).flat_map(|it| ports(&it.header));
        let mut found: Vec<_> = conditions
            .chain(crossed)
            .chain(steps)
            .filter_map(|view| match view {
                PortView::Chosen(translator) => Some(translator),
                PortView::Source | PortView::Destination { .. } | PortView::Fixed(_) => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Returns the ways that give what was asked for: the packet ends at `to`, or beyond what the input
/// describes, and, for an answer, its reply does so too.
pub(crate) fn ways(trips: &[Trip], to: Endpoint, aim: Aim) -> Vec<Way<'_>> {
    trips.iter().enumerate().flat_map(|(at, trip)| ways_of(at, trip, to, aim)).collect()
}

fn ways_of(at: usize, trip: &Trip, to: Endpoint, aim: Aim) -> Vec<Way<'_>> {
    let alone = Way { trip: at, reply: None, request: &trip.request, back: None };
    match (trip.request.end, aim) {
        (End::Stopped(_), _) => Vec::new(),
        (End::Arrived(place), _) if place != to => Vec::new(),
        (End::Arrived(_), Aim::Delivered) | (End::Unmodelled(_), _) => vec![alone],
        (End::Arrived(_), Aim::Answered) => {
            let replies = trip.replies.iter().enumerate();
            let ended = replies.filter(|(_, walk)| !matches!(walk.end, End::Stopped(_)));
            ended.map(|(at, walk)| Way { reply: Some(at), back: Some(walk), ..alone }).collect()
        }
    }
}

/// A filter on a walk with the formula for it.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// The filter.
    pub(crate) element: Element,
    /// True iff the filter lets the packet through wherever the walk crosses it.
    pub(crate) passes: Bool,
}

impl Scope<'_> {
    /// Returns a formula that is true iff the original header, the facts and the choices are ones that
    /// take the walk of this guard.
    pub(crate) fn guard(&mut self, guard: &Guard) -> Bool {
        let family = family_of(&guard.headers);
        let mut parts = vec![self.original.is_in(&guard.headers)];
        for condition in &guard.conditions {
            parts.push(match *condition {
                Condition::Fact(fact, value) => term::equals(&self.fact(fact), value),
                Condition::SamePort(a, b, equal) => {
                    let same = self.port(a).same(&self.port(b));
                    term::equals(&any([not(&has_ports(&self.original.protocol)), same]), equal)
                }
                Condition::SameAddress(a, b, equal) => {
                    let same = self.address(family, a).same(&self.address(family, b));
                    term::equals(&same, equal)
                }
            });
        }
        all(parts)
    }

    /// Returns the filters of a walk with their formulas, in packet order, each once.
    pub(crate) fn filters(&mut self, walk: &Walk) -> Vec<Filter> {
        let mut filters: Vec<Filter> = Vec::new();
        for crossing in walk.crossings() {
            let element = element(walk.pass, crossing);
            let passes = self.passes(walk.pass, crossing, &walk.guard.headers);
            match filters.iter_mut().find(|filter| filter.element == element) {
                // A hairpin: the packet comes to the same filter again.
                Some(known) => known.passes = all([known.passes.clone(), passes]),
                None => filters.push(Filter { element, passes }),
            }
        }
        filters
    }

    /// Returns a formula that is true iff the end of a walk counts as having got there.
    pub(crate) fn end(&mut self, end: End) -> Bool {
        match end {
            End::Arrived(_) => term::constant(true),
            End::Unmodelled(fact) => self.fact(fact),
            End::Stopped(_) => term::constant(false),
        }
    }

    /// Returns a formula that is true iff every filter of a walk lets the packets of its guard through
    /// and the walk ends well.
    pub(crate) fn arrives(&mut self, walk: &Walk) -> Bool {
        let filters = self.filters(walk);
        let end = self.end(walk.end);
        all(filters.into_iter().map(|filter| filter.passes).chain([end]))
    }

    /// Returns, for each way, a formula that is true iff a packet takes it and gets to its end.
    pub(crate) fn ways(&mut self, ways: &[Way<'_>]) -> Vec<Bool> {
        let mut request: Option<(usize, Bool)> = None;
        let mut formulas = Vec::with_capacity(ways.len());
        for way in ways {
            // The ways of one trip stand side by side and share the way there.
            let there = match &request {
                Some((trip, formula)) if *trip == way.trip => formula.clone(),
                Some(_) | None => self.arrives(way.request),
            };
            request = Some((way.trip, there.clone()));
            let guard = self.guard(way.guard());
            let back = way.back.map_or_else(|| term::constant(true), |walk| self.arrives(walk));
            formulas.push(all([guard, there, back]));
        }
        formulas
    }
}

/// Returns the filter that a walk of `pass` crosses, as an element of the answer.
fn element(pass: Pass, crossing: &Crossing) -> Element {
    let checkpoint: Checkpoint = crossing.checkpoint;
    Element::Filter { pass, checkpoint }
}

/// Returns the obstacles that the walk takes as removed or ends at, and its filters, in packet order.
pub(crate) fn elements(walk: &Walk) -> Vec<Element> {
    let pass = walk.pass;
    let mut elements = Vec::new();
    for step in &walk.steps {
        let crossed = step.crossings.iter().map(|crossing| element(pass, crossing));
        let assumed =
            step.assumed.iter().map(|obstacle| Element::Obstacle { pass, obstacle: *obstacle });
        elements.extend(crossed.chain(assumed));
    }
    if let End::Stopped(obstacle) = walk.end {
        elements.push(Element::Obstacle { pass, obstacle });
    }
    // Where something is met twice, the first time counts.
    let mut seen = std::collections::BTreeSet::new();
    elements.retain(|element| seen.insert(*element));
    elements
}
