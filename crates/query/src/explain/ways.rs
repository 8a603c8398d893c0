//! Which ways are explained, and in which order what is met on one is told.

use canreach_model::{Obstacle, Pass};
use canreach_smt::{Aim, Element};
use canreach_topology::{End, Trip, Walk};

use crate::{Blocker, Blocking};

/// A way: there alone, or there and one of the ways back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'t> {
    pub(super) trip: &'t Trip,
    /// The position of the way back among the trip's replies.
    pub(super) reply: Option<usize>,
}

impl<'t> Way<'t> {
    pub(super) fn request(self) -> &'t Walk {
        &self.trip.request
    }

    pub(super) fn back(self) -> Option<&'t Walk> {
        self.trip.replies.get(self.reply?)
    }

    pub(super) fn walk(self, pass: Pass) -> Option<&'t Walk> {
        match pass {
            Pass::Request => Some(self.request()),
            Pass::Reply => self.back(),
        }
    }

    /// The walk on which the flow ends.
    pub(super) fn last(self) -> &'t Walk {
        self.back().unwrap_or(self.request())
    }

    /// Whether a filter, route or setting is met on it.
    pub(super) fn meets(self, element: Element) -> bool {
        match element {
            Element::Filter { pass, checkpoint } => self
                .walk(pass)
                .is_some_and(|walk| walk.crossings().any(|it| it.checkpoint == checkpoint)),
            Element::Obstacle { pass, obstacle } => {
                self.walk(pass).is_some_and(|walk| walk.assumed().any(|other| other == obstacle))
            }
        }
    }

    /// What would have to be mended for it to arrive, as far as that can be: the less, the better it
    /// is to explain.
    fn effort(self) -> (bool, bool, usize) {
        let assumed = |walk: &Walk| walk.assumed().count();
        let last = self.last();
        let stopped = !matches!(last.end, End::Arrived(_) | End::Unmodelled(_));
        let no_answer = last.end == End::Stopped(Obstacle::NoAnswer);
        (no_answer, stopped, assumed(self.request()) + self.back().map_or(0, assumed))
    }
}

/// The ways of a trip: there alone, or with each way back.
pub(super) fn ways(trip: &Trip, aim: Aim) -> Vec<Way<'_>> {
    match aim {
        Aim::Answered if !trip.replies.is_empty() => {
            (0..trip.replies.len()).map(|index| Way { trip, reply: Some(index) }).collect()
        }
        Aim::Answered | Aim::Delivered => vec![Way { trip, reply: None }],
    }
}

/// The ways worth explaining: those with the fewest obstacles, and of them those that arrive.
pub(super) fn most_telling(trips: &[Trip], aim: Aim) -> Vec<Way<'_>> {
    let mut all: Vec<Way<'_>> = trips.iter().flat_map(|trip| ways(trip, aim)).collect();
    all.sort_by_key(|way| way.effort());
    let arrives = all.first().is_some_and(|way| !way.effort().1);
    // Where some way would arrive once mended, those that never do tell nothing more.
    all.retain(|way| !arrives || !way.effort().1);
    all
}

/// Puts the obstacle at which a walk ends before what would be met at the end asked for: that comes last
/// on the walk, but only for packets that had passed the obstacle.
pub(super) fn put_end_first(blockers: &mut [Blocker], way: Way<'_>) {
    for walk in std::iter::once(way.request()).chain(way.back()) {
        let End::Stopped(end) = walk.end else { continue };
        let beyond = |blocker: &Blocker| match blocker.blocking {
            Blocking::Filter { checkpoint, .. } => {
                let last = walk.steps.last().into_iter().flat_map(|step| &step.crossings);
                last.into_iter().any(|crossing| crossing.checkpoint == checkpoint)
            }
            Blocking::Obstacle { .. } => false,
        };
        let of_walk = |blocker: &&Blocker| blocker.pass == walk.pass;
        let first = blockers.iter().position(|it| of_walk(&it) && beyond(it));
        let ends = |it: &Blocker| matches!(it.blocking, Blocking::Obstacle { obstacle, .. } if obstacle == end);
        let at = blockers.iter().position(|it| of_walk(&it) && ends(it));
        if let (Some(first), Some(at)) = (first, at)
            && first < at
            && let Some(range) = blockers.get_mut(first..=at)
        {
            range.rotate_right(1);
        }
    }
}

/// Marks what a packet only meets if an obstacle before it is removed.
pub(super) fn mark_if_arrived(blockers: &mut [Blocker]) {
    let mut after_obstacle = false;
    for blocker in blockers {
        blocker.if_arrived = after_obstacle;
        after_obstacle |= matches!(blocker.blocking, Blocking::Obstacle { .. });
    }
}
