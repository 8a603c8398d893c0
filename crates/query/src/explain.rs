//! What stops a flow, and what would have to change.
//!
//! The walks explained are those that would exist if obstacles were removed, so that everything on
//! the way is named, past the first thing that stops the flow.

use std::collections::BTreeMap;

use canreach_model::{
    Checkpoint, Endpoint, Layer, NatGatewayId, Network, Obstacle, Pass, Place, RouteRef, Valuation,
};
use canreach_net::{Header, Icmp, PortSet, Ports, Protocol, Transport};
use canreach_smt::{Aim, Element, Limits};
use canreach_topology::{End, HeaderSet, HeaderView, Mode, Topology, Trip, Walk};

use crate::{
    Blocker, Blocking, Cause, Correction, Difference, NearMiss, Options, Question, WalkAnswer,
    near::{self, Stopped},
    pair::{self, Pair},
};

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
    topology: &Topology<'_>,
    question: &Question,
    pair: &Pair,
    options: Options,
) -> Explanation {
    let flows = pair::flows(question, pair.ends);
    let Some(to) = flows.first().map(|flows| flows.to) else { return Explanation::default() };
    // Mended walks are a matter of explanation: what was found of them is worth telling.
    let trips = pair::trips(topology, &flows, Mode::Repaired).unwrap_or_default();
    let explainer = Explainer {
        network: topology.network,
        pair,
        to,
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
    pair: &'a Pair,
    to: Endpoint,
    aim: Aim,
    limits: Limits,
    valuation: Valuation,
}

impl Explainer<'_> {
    fn walks(&self, trips: &[Trip], explanation: &mut Explanation) {
        let mut walks: BTreeMap<Vec<String>, (WalkAnswer, Vec<NearMiss>)> = BTreeMap::new();
        for (trip, reply) in most_telling(trips, self.aim) {
            let (walk, near) = self.walk(trip, reply);
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
    fn walk(&self, trip: &Trip, reply: Option<usize>) -> (WalkAnswer, Vec<NearMiss>) {
        let back = reply.and_then(|index| trip.replies.get(index));
        let sample = sample(&back.unwrap_or(&trip.request).guard.headers);
        let scene = Scene { network: self.network, trip, back, sample };
        let found = canreach_smt::blockers(self.network, trip, reply, self.limits);
        let mut near = Vec::new();
        let mut blockers: Vec<Blocker> =
            found.alone.iter().map(|element| self.blocker(&scene, *element, &mut near)).collect();
        put_end_first(&mut blockers, trip, back);
        mark_if_arrived(&mut blockers);
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
            request: places(&trip.request),
            reply: back.map(places).unwrap_or_default(),
            blockers,
            together,
        };
        (walk, near)
    }

    fn blocker(&self, scene: &Scene<'_>, element: Element, near: &mut Vec<NearMiss>) -> Blocker {
        match element {
            Element::Filter { pass, checkpoint } => self.filter(scene, pass, checkpoint, near),
            Element::Obstacle { pass, obstacle } => Blocker {
                pass,
                blocking: Blocking::Obstacle { obstacle, route: scene.route_to(pass, obstacle) },
                header: scene.header_at_obstacle(pass, obstacle),
                if_arrived: false,
                cause: cause_of_obstacle(pass, obstacle),
            },
        }
    }

    fn filter(
        &self,
        scene: &Scene<'_>,
        pass: Pass,
        checkpoint: Checkpoint,
        near: &mut Vec<NearMiss>,
    ) -> Blocker {
        let header = scene.header_at(pass, checkpoint);
        let stopped = header.as_ref().map(|header| Stopped { pass, checkpoint, header });
        let rule = stopped.and_then(|it| near::deciding_rule(self.network, it, &self.valuation));
        let misses = stopped
            .map(|it| near::near_misses(self.network, it, &self.valuation))
            .unwrap_or_default();
        let cause = match checkpoint.layer {
            Layer::Listener(_) => Cause::ServiceNotListening,
            Layer::SecurityGroups(_) => cause_of_group(rule.is_some(), &misses),
            Layer::NetworkAcl(..) if pass == Pass::Reply => Cause::AclReply,
            Layer::NetworkAcl(..) => {
                let group_allows = stopped.is_some_and(|it| self.group_allows(scene, it));
                if group_allows { Cause::AclOverridesSg } else { Cause::AclDeny }
            }
        };
        near.extend(misses);
        let blocking = Blocking::Filter { checkpoint, rule };
        Blocker { pass, blocking, header, if_arrived: false, cause }
    }

    /// Whether the security groups of the interface behind an ACL let the packet through.
    fn group_allows(&self, scene: &Scene<'_>, stopped: Stopped<'_>) -> bool {
        let behind = scene.groups_beside(stopped.pass, stopped.checkpoint);
        behind.is_some_and(|(checkpoint, header)| {
            canreach_eval::judge(self.network, checkpoint, &header, &self.valuation).passes()
        })
    }

    fn corrections(&self, trips: &[Trip], explanation: &mut Explanation) {
        let found = canreach_smt::corrections(self.network, trips, self.to, self.aim, self.limits);
        explanation.corrections_complete = found.complete;
        for set in &found.sets {
            let told = trips.iter().flat_map(|trip| ways(trip, self.aim)).find(|(trip, reply)| {
                let back = reply.and_then(|index| trip.replies.get(index));
                set.iter().all(|element| is_on(trip, back, *element))
            });
            let Some((trip, reply)) = told else { continue };
            let back = reply.and_then(|index| trip.replies.get(index));
            let sample = sample(&back.unwrap_or(&trip.request).guard.headers);
            let scene = Scene { network: self.network, trip, back, sample };
            let mut near = Vec::new();
            let changes =
                set.iter().map(|element| self.blocker(&scene, *element, &mut near)).collect();
            explanation.corrections.push(Correction { changes });
        }
    }
}

/// The ways of a trip: there alone, or with each way back.
fn ways(trip: &Trip, aim: Aim) -> Vec<(&Trip, Option<usize>)> {
    match aim {
        Aim::Answered if !trip.replies.is_empty() => {
            (0..trip.replies.len()).map(|index| (trip, Some(index))).collect()
        }
        Aim::Answered | Aim::Delivered => vec![(trip, None)],
    }
}

/// The ways worth explaining: those with the fewest obstacles, and of them those that arrive.
fn most_telling(trips: &[Trip], aim: Aim) -> Vec<(&Trip, Option<usize>)> {
    let mut all: Vec<_> = trips.iter().flat_map(|trip| ways(trip, aim)).collect();
    let effort = |(trip, reply): &(&Trip, Option<usize>)| {
        let back = reply.and_then(|index| trip.replies.get(index));
        let last = back.unwrap_or(&trip.request);
        let assumed =
            trip.request.assumed().count() + back.map_or(0, |walk| walk.assumed().count());
        let stopped = !matches!(last.end, End::Arrived(_) | End::Unmodelled(_));
        let no_answer = last.end == End::Stopped(Obstacle::NoAnswer);
        (no_answer, stopped, assumed)
    };
    all.sort_by_key(effort);
    let arrives = all.first().map(effort).is_some_and(|(_, stopped, _)| !stopped);
    // Where some way would arrive once mended, those that never do tell nothing more.
    all.retain(|way| !arrives || !effort(way).1);
    all
}

/// Puts the obstacle at which a walk ends before what would be met at the end asked for: that comes last
/// on the walk, but only for packets that had passed the obstacle.
fn put_end_first(blockers: &mut [Blocker], trip: &Trip, back: Option<&Walk>) {
    for walk in std::iter::once(&trip.request).chain(back) {
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
            && let Some(range) = blockers.get_mut(first..=at)
        {
            range.rotate_right(1);
        }
    }
}

/// Marks what a packet only meets if an obstacle before it is removed.
fn mark_if_arrived(blockers: &mut [Blocker]) {
    let mut after_obstacle = false;
    for blocker in blockers {
        blocker.if_arrived = after_obstacle;
        after_obstacle |= matches!(blocker.blocking, Blocking::Obstacle { .. });
    }
}

fn is_on(trip: &Trip, back: Option<&Walk>, element: Element) -> bool {
    let walk_of = |pass: Pass| match pass {
        Pass::Request => Some(&trip.request),
        Pass::Reply => back,
    };
    match element {
        Element::Filter { pass, checkpoint } => walk_of(pass)
            .is_some_and(|walk| walk.crossings().any(|crossing| crossing.checkpoint == checkpoint)),
        Element::Obstacle { pass, obstacle } => {
            walk_of(pass).is_some_and(|walk| walk.assumed().any(|other| other == obstacle))
        }
    }
}

/// One way with one packet on it, to tell what each filter saw.
struct Scene<'a> {
    network: &'a Network,
    trip: &'a Trip,
    back: Option<&'a Walk>,
    sample: Option<Header>,
}

impl Scene<'_> {
    fn walk(&self, pass: Pass) -> Option<&Walk> {
        match pass {
            Pass::Request => Some(&self.trip.request),
            Pass::Reply => self.back,
        }
    }

    fn seen_as(&self, view: HeaderView) -> Option<Header> {
        let network = self.network;
        let first_port = |gateway: NatGatewayId| {
            let vpc = network.nat_gateways[gateway].vpc;
            network.vpcs[vpc].profile.translation.ports.first()
        };
        self.sample.map(|sample| view.of(&sample, first_port))
    }

    fn header_at(&self, pass: Pass, checkpoint: Checkpoint) -> Option<Header> {
        let crossing = self.walk(pass)?.crossings().find(|it| it.checkpoint == checkpoint)?;
        self.seen_as(crossing.header)
    }

    /// The security groups crossed at the same place as an ACL, with what they see.
    fn groups_beside(&self, pass: Pass, acl: Checkpoint) -> Option<(Checkpoint, Header)> {
        let walk = self.walk(pass)?;
        let step =
            walk.steps.iter().find(|step| step.crossings.iter().any(|it| it.checkpoint == acl))?;
        let group = step.crossings.iter().find(|crossing| {
            matches!(crossing.checkpoint.layer, Layer::SecurityGroups(_))
                && crossing.checkpoint.direction == acl.direction
        })?;
        Some((group.checkpoint, self.seen_as(group.header)?))
    }

    fn route_to(&self, pass: Pass, obstacle: Obstacle) -> Option<RouteRef> {
        let walk = self.walk(pass)?;
        let at = walk.steps.iter().position(|step| step.assumed.contains(&obstacle));
        let until = at.map_or(walk.steps.len(), |at| at + 1);
        walk.steps.iter().take(until).rev().find_map(|step| step.route)
    }

    fn header_at_obstacle(&self, pass: Pass, obstacle: Obstacle) -> Option<Header> {
        let walk = self.walk(pass)?;
        let assumed = walk.steps.iter().find(|step| step.assumed.contains(&obstacle));
        let step = assumed
            .or_else(|| walk.steps.iter().rev().find(|step| step.place != Place::Unmodelled));
        self.seen_as(step?.header)
    }
}

/// Returns a header of a set, as ordinary as the set allows.
fn sample(headers: &HeaderSet) -> Option<Header> {
    let usual = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6];
    let usual = usual.into_iter().find(|Protocol(number)| headers.protocols.contains(*number));
    let protocol = usual.or(headers.protocols.first().map(Protocol))?;
    let port = |ports: &PortSet, wanted: u16| {
        if ports.contains(wanted) { Some(wanted) } else { ports.first() }
    };
    let kinds = &headers.icmp_types;
    let kind = [8, 128].into_iter().find(|kind| kinds.contains(*kind)).or(kinds.first());
    Some(Header {
        source: headers.sources.first()?,
        destination: headers.destinations.first()?,
        transport: Transport::new(
            protocol,
            Ports {
                source: port(&headers.source_ports, 40_000).unwrap_or_default(),
                destination: port(&headers.destination_ports, 80).unwrap_or_default(),
            },
            Icmp {
                kind: kind.unwrap_or_default(),
                code: headers.icmp_codes.first().unwrap_or_default(),
            },
        ),
    })
}

/// Classifies a security group that stops a packet, by the rule that comes nearest.
fn cause_of_group(denied_by_rule: bool, near: &[NearMiss]) -> Cause {
    if denied_by_rule {
        return Cause::SgDeny;
    }
    match near::single_difference(near) {
        Some(Difference::Direction) => Cause::SgDirection,
        Some(Difference::Protocol) => Cause::SgProtocol,
        Some(Difference::Port | Difference::SourcePort | Difference::IcmpType) => Cause::SgPort,
        Some(Difference::Address | Difference::Group | Difference::Family) => Cause::SgPeer,
        Some(Difference::Priority) => Cause::SgDeny,
        None => Cause::SgNoRule,
    }
}

fn cause_of_obstacle(pass: Pass, obstacle: Obstacle) -> Cause {
    match obstacle {
        Obstacle::NoRoute(_) if pass == Pass::Reply => Cause::NoReturnRoute,
        Obstacle::NoRoute(_) => Cause::NoRoute,
        Obstacle::Blackhole(_) => Cause::RouteBlackhole,
        Obstacle::NoPeering(..) => Cause::NoPeering,
        Obstacle::PeeringInactive(_) => Cause::PeeringInactive,
        Obstacle::PeeringElsewhere(..) | Obstacle::PeeringNotTransitive(..) => {
            Cause::PeeringNotTransitive
        }
        Obstacle::GatewayNotAttached(..)
        | Obstacle::NoInternetGateway(_)
        | Obstacle::EgressOnly(_)
        | Obstacle::InternetGatewayDenied(_)
        | Obstacle::NatElsewhere(..) => Cause::NoGateway,
        Obstacle::NoPublicAddress(_) => Cause::NoPublicAddress,
        Obstacle::NatProtocol(_)
        | Obstacle::NoSourceTranslation(_)
        | Obstacle::NoDestinationTranslation(_) => Cause::NoTranslation,
        Obstacle::NobodyHas(..) | Obstacle::PublicAddressUnused(_) | Obstacle::Detached(_) => {
            Cause::NoSuchAddress
        }
        Obstacle::NotRoutedOnInternet(_) => Cause::NotRoutedOnInternet,
        Obstacle::RoutingLoop(_) => Cause::RoutingLoop,
        Obstacle::ReplyChanged => Cause::AsymmetricReply,
        Obstacle::NoAnswer => Cause::NoAnswer,
    }
}
