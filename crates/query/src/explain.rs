//! What stops a flow, and what would have to change.
//!
//! The walks explained are those that would exist if obstacles were removed, so that everything on
//! the way is named, past the first thing that stops the flow. `ways` says which of them are told,
//! `scene` what a filter or obstacle on one saw, and `judge` which cause stands behind it.

use std::collections::BTreeMap;

use canreach_model::{Checkpoint, Endpoint, Layer, Network, Pass, Valuation};
use canreach_smt::{Aim, Element, Limits, Subject};
use canreach_topology::{Mode, Trip, Walk};

use crate::{
    Blocker, Blocking, Cause, Correction, NearMiss, Options, Question, Session, WalkAnswer,
    near::{self, Stopped},
    pair::{self, Pair},
};
use judge::Met;
use scene::Scene;
use ways::Way;

mod judge;
mod scene;
mod ways;

/// What stops the flows of one pair of ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explanation {
    pub(crate) walks: Vec<WalkAnswer>,
    pub(crate) near_misses: Vec<NearMiss>,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) corrections_complete: bool,
}

/// The most walks explained for one pair of ends.
const MOST_WALKS: usize = 24;

/// Explains why a pair of ends is not reachable.
pub(crate) fn explain(
    session: &Session<'_>,
    question: &Question,
    pair: &Pair,
    options: Options,
) -> Explanation {
    let flows = pair::flows(question, pair.ends);
    let Some(ends) = flows.first().map(|flows| (flows.from, flows.to)) else {
        return Explanation::default();
    };
    // Mended walks are a matter of explanation: what was found of them is worth telling.
    let trips = pair::trips(&session.topology, &flows, Mode::Repaired).unwrap_or_default();
    let explainer = Explainer {
        network: session.network(),
        subject: session.subject(),
        pair,
        ends,
        aim: if question.one_way { Aim::Delivered } else { Aim::Answered },
        limits: Limits { rlimit: options.rlimit },
        valuation: Valuation::default(),
    };
    let mut explanation = Explanation::default();
    explainer.walks(&trips, &mut explanation);
    explainer.corrections(&trips, &mut explanation);
    explanation
}

struct Explainer<'a> {
    network: &'a Network,
    subject: Subject<'a>,
    pair: &'a Pair,
    /// Where the requests start and where they should end.
    ends: (Endpoint, Endpoint),
    aim: Aim,
    limits: Limits,
    valuation: Valuation,
}

impl Explainer<'_> {
    fn walks(&self, trips: &[Trip], explanation: &mut Explanation) {
        let mut walks: BTreeMap<Vec<String>, (WalkAnswer, Vec<NearMiss>)> = BTreeMap::new();
        for way in ways::most_telling(trips, self.aim) {
            let (walk, near) = self.walk(way);
            // Walks that differ only in the packets that take them are told once.
            let key =
                walk.blockers.iter().map(|blocker| format!("{:?}", blocker.blocking)).collect();
            walks.entry(key).or_insert((walk, near));
            if walks.len() >= MOST_WALKS {
                break;
            }
        }
        let mut found: Vec<_> = walks.into_values().collect();
        found.sort_by_key(|(walk, _)| (walk.blockers.is_empty(), walk.blockers.len()));
        for (walk, near) in found {
            explanation.walks.push(walk);
            explanation.near_misses.extend(near);
        }
    }

    /// Explains one walk and, where the request gets there, one way back.
    fn walk(&self, way: Way<'_>) -> (WalkAnswer, Vec<NearMiss>) {
        let scene = Scene::new(self.network, way, self.ends);
        let found = canreach_smt::blockers(self.subject, way.trip, way.reply, self.limits);
        let mut near = Vec::new();
        let mut blockers: Vec<Blocker> =
            found.alone.iter().map(|element| self.blocker(&scene, *element, &mut near)).collect();
        ways::put_end_first(&mut blockers, way);
        ways::mark_if_arrived(&mut blockers);
        let together = found
            .together
            .iter()
            .map(|set| {
                set.iter().map(|element| self.blocker(&scene, *element, &mut near)).collect()
            })
            .collect();
        let places = |walk: &Walk| walk.steps.iter().map(|step| step.place).collect();
        let walk = WalkAnswer {
            ends: self.pair.ends,
            request: places(way.request()),
            reply: way.back().map(places).unwrap_or_default(),
            blockers,
            together,
        };
        (walk, near)
    }

    fn blocker(&self, scene: &Scene<'_>, element: Element, near: &mut Vec<NearMiss>) -> Blocker {
        match element {
            Element::Filter { pass, checkpoint } => self.filter(scene, pass, checkpoint, near),
            Element::Obstacle { pass, obstacle } => {
                let header = scene.header_at_obstacle(pass, obstacle);
                let met = Met { pass, obstacle, header, goal: scene.goal(pass) };
                Blocker {
                    pass,
                    blocking: Blocking::Obstacle {
                        obstacle,
                        route: scene.route_to(pass, obstacle),
                    },
                    header,
                    if_arrived: false,
                    cause: judge::of_obstacle(self.network, met),
                }
            }
        }
    }

    fn filter(
        &self,
        scene: &Scene<'_>,
        pass: Pass,
        checkpoint: Checkpoint,
        near: &mut Vec<NearMiss>,
    ) -> Blocker {
        let seen = scene.seen_at(pass, checkpoint);
        let stopped = seen.as_ref().map(|seen| Stopped {
            pass,
            checkpoint,
            packet: seen.packet,
            known: seen.known,
        });
        let decider =
            stopped.map(|it| near::decider(self.network, it, &self.valuation)).unwrap_or_default();
        let misses = stopped
            .map(|it| near::near_misses(self.network, it, &self.valuation))
            .unwrap_or_default();
        let cause = match checkpoint.layer {
            Layer::Listener(..) => Cause::ServiceNotListening,
            Layer::SecurityGroups(_) => judge::of_group(decider.rule.is_some(), &misses),
            Layer::NetworkAcl(..) if pass == Pass::Reply => Cause::AclReply,
            Layer::NetworkAcl(..) => {
                let group_allows = self.group_allows(scene, pass, checkpoint);
                if group_allows { Cause::AclOverridesSg } else { Cause::AclDeny }
            }
            Layer::CloudFirewall(..) => Cause::CloudFirewall,
            Layer::HostFirewall(_) | Layer::HostForwarding(..) => Cause::HostFirewall,
            Layer::ListenerAccess(..) => Cause::LoadBalancer,
        };
        near.extend(misses);
        let near::Decider { rule, default } = decider;
        let blocking = Blocking::Filter { checkpoint, rule, default };
        let header = seen.map(|seen| seen.packet.header);
        Blocker { pass, blocking, header, if_arrived: false, cause }
    }

    /// Whether the security groups of the interface behind an ACL let the packet through.
    fn group_allows(&self, scene: &Scene<'_>, pass: Pass, acl: Checkpoint) -> bool {
        scene.groups_beside(pass, acl).is_some_and(|(checkpoint, packet)| {
            canreach_eval::judge(self.network, checkpoint, packet, &self.valuation).passes()
        })
    }

    fn corrections(&self, trips: &[Trip], explanation: &mut Explanation) {
        let to = self.ends.1;
        let found = canreach_smt::corrections(self.subject, trips, to, self.aim, self.limits);
        explanation.corrections_complete = found.complete;
        for set in &found.sets {
            let mut ways = trips.iter().flat_map(|trip| ways::ways(trip, self.aim));
            let told = ways.find(|way| set.iter().all(|element| way.meets(*element)));
            let Some(way) = told else { continue };
            let scene = Scene::new(self.network, way, self.ends);
            let mut near = Vec::new();
            let changes =
                set.iter().map(|element| self.blocker(&scene, *element, &mut near)).collect();
            explanation.corrections.push(Correction { changes });
        }
    }
}

#[cfg(test)]
mod tests;
