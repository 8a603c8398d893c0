//! From an answer to its document.

use canreach_eval::{End as TraceEnd, Outcome, RoundTrip, Trace};
use canreach_model::{Checkpoint, Endpoint, Layer, Network, Pass};
use canreach_query::{self as query, Answer, Blocking, Scope};

use super::{
    Assumption, Blocker, CauseEntry, Decision, End, NearMiss, Object, Pair, Part, QUERY_SCHEMA,
    QueryDocument, Question, Solver, Step, Traffic, Walk, Warning, Witness, network,
    network::{choice, fact, header, object, origin, pass, place, route, rule, verdict},
};
use crate::{
    SEMANTICS_VERSION, causes,
    words::{self, Words, difference_code, layer_code, outcome_code, warning_code},
};

pub(super) fn document(network: &Network, answer: &Answer) -> QueryDocument {
    let words = Words::new(network, answer);
    let witness = answer.witness.as_ref();
    QueryDocument {
        schema: QUERY_SCHEMA,
        semantics: SEMANTICS_VERSION,
        question: question(words, &answer.question),
        verdict: verdict(answer.verdict),
        delivered: verdict(answer.delivered),
        answered: verdict(answer.answered),
        scope: match answer.scope {
            Scope::Network => "network",
            Scope::Service => "service",
        },
        not_examined: answer.not_examined.iter().map(|kind| layer_code(*kind)).collect(),
        witness: witness.map(|it| witness_of(words, it)),
        trace: witness.map_or(Vec::new(), |it| round_trip(words, &it.trace)),
        open: answer.open.iter().map(part).collect(),
        ends: answer.ends.iter().map(pair).collect(),
        walks: answer.walks.iter().map(|it| walk(words, it)).collect(),
        causes: answer.causes.iter().map(|it| cause(*it)).collect(),
        corrections: answer.corrections.iter().map(|it| changes(words, &it.changes)).collect(),
        corrections_complete: answer.corrections_complete,
        proposals: super::fix::proposals(words, &answer.proposals),
        near_misses: answer.near_misses.iter().map(|it| near_miss(words, it)).collect(),
        deciding: answer.deciding.iter().map(|set| deciding(words, set)).collect(),
        assumptions: assumptions(words, answer),
        warnings: answer.warnings.iter().map(|it| warning(words, it, answer)).collect(),
        choices: witness
            .map_or(Vec::new(), |it| words.choices(&it.choices).into_iter().map(choice).collect()),
        inputs: network::inputs(network),
        solver: solver(&answer.proof),
    }
}

pub(super) fn question(words: Words<'_>, question: &query::Question) -> Question {
    let ends = |ends: &[query::End]| ends.iter().map(|it| end(words, it)).collect();
    Question {
        from: question.from.clone(),
        to: question.to.clone(),
        sources: ends(&question.sources),
        destinations: ends(&question.destinations),
        traffic: traffic(&question.traffic),
        one_way: question.one_way,
    }
}

pub(super) fn end(words: Words<'_>, end: &query::End) -> End {
    let (interface, vpc) = match end.endpoint {
        Endpoint::LoadBalancer(id) => (Some(object(words.load_balancer(id))), None),
        Endpoint::VirtualAddress(id) => (Some(object(words.virtual_address(id))), None),
        Endpoint::Remote(id) => (Some(object(words.remote_network(id))), None),
        Endpoint::Internet | Endpoint::Nobody => (None, None),
        Endpoint::Interface(id) => {
            (Some(object(words.interface(id))), Some(object(words.vpc(words.network.vpc_of(id)))))
        }
    };
    let addresses = end.addresses.ranges().map(|range| range.to_string()).collect();
    End { label: end.label.clone(), interface, vpc, addresses }
}

fn traffic(traffic: &query::Traffic) -> Traffic {
    Traffic {
        text: words::traffic(traffic),
        protocols: words::protocols(&traffic.protocols),
        ports: words::list(&traffic.destination_ports),
        icmp_types: words::list(&traffic.icmp_types),
        icmp_codes: words::list(&traffic.icmp_codes),
    }
}

fn witness_of(words: Words<'_>, witness: &query::Witness) -> Witness {
    let fails = witness.intermittent.as_ref();
    Witness {
        header: header(&witness.header),
        source: witness.ends.0,
        destination: witness.ends.1,
        facts: witness.valuation.iter().map(|(id, value)| fact(words, id, value)).collect(),
        intermittent: fails.is_some(),
        fails_when: fails
            .map_or(Vec::new(), |choices| words.choices(choices).into_iter().map(choice).collect()),
    }
}

fn round_trip(words: Words<'_>, trip: &RoundTrip) -> Vec<Step> {
    let mut steps = trace(words, Pass::Request, &trip.request);
    if let Some(reply) = &trip.reply {
        steps.extend(trace(words, Pass::Reply, reply));
    }
    steps
}

fn trace(words: Words<'_>, which: Pass, trace: &Trace) -> Vec<Step> {
    let steps = trace.hops.iter().map(|hop| Step {
        pass: pass(which),
        place: place(words, hop.place),
        header: header(&hop.header),
        decisions: hop.decisions.iter().map(|it| decision(words, it)).collect(),
        route: hop.route.and_then(|it| route(words, it)),
        stopped: None,
    });
    let mut steps: Vec<Step> = steps.collect();
    if let (TraceEnd::Stopped(obstacle), Some(last)) = (trace.end, steps.last_mut()) {
        last.stopped = Some(words.obstacle(obstacle, trace.last_header().as_ref()));
    }
    steps
}

fn decision(words: Words<'_>, decision: &canreach_eval::Decision) -> Decision {
    let told = words.decision(decision);
    let by = match decision.outcome {
        Outcome::Allowed(rule) => Some(rule),
        Outcome::Denied(rule) => rule,
        Outcome::AllowedByDefault(_)
        | Outcome::DeniedByDefault(_)
        | Outcome::Bypassed
        | Outcome::AllowedAsReply
        | Outcome::Exempt
        | Outcome::SameSubnet
        | Outcome::Unfiltered
        | Outcome::Listening(_)
        | Outcome::NotJudged
        | Outcome::NotExamined
        | Outcome::NotListening => None,
    };
    Decision {
        layer: layer_code(decision.checkpoint.layer.kind()),
        direction: decision.checkpoint.direction.to_string(),
        outcome: outcome_code(decision.outcome),
        passes: decision.outcome.passes(),
        rule: by.and_then(|it| rule(words, it)),
        origin: told.source.map(origin),
        text: told.text,
    }
}

pub(super) fn part(open: &query::Open) -> Part {
    Part {
        protocols: words::protocols(&open.protocols),
        ports: words::list(&open.destination_ports),
        icmp_types: words::list(&open.icmp_types),
        verdict: verdict(open.verdict),
    }
}

fn pair(pair: &query::EndState) -> Pair {
    Pair {
        source: pair.source,
        destination: pair.destination,
        verdict: verdict(pair.verdict),
        delivered: verdict(pair.delivered),
    }
}

fn walk(words: Words<'_>, walk: &query::WalkAnswer) -> Walk {
    Walk {
        source: walk.ends.0,
        destination: walk.ends.1,
        request: walk.request.iter().map(|it| place(words, *it)).collect(),
        reply: walk.reply.iter().map(|it| place(words, *it)).collect(),
        blockers: blockers(words, &walk.blockers),
        together: walk.together.iter().map(|set| blockers(words, set)).collect(),
    }
}

fn blockers(words: Words<'_>, blockers: &[query::Blocker]) -> Vec<Blocker> {
    blockers.iter().map(|it| blocker(words, it)).collect()
}

/// Returns blockers with what to do about them as their text.
fn changes(words: Words<'_>, set: &[query::Blocker]) -> Vec<Blocker> {
    let change =
        |it: &query::Blocker| Blocker { text: words.change(it).text, ..blocker(words, it) };
    set.iter().map(change).collect()
}

fn blocker(words: Words<'_>, blocker: &query::Blocker) -> Blocker {
    let told = words.blocker(blocker);
    let (layer, thing, direction, by, via) = match blocker.blocking {
        Blocking::Filter { checkpoint, rule: by, .. } => {
            let direction = Some(checkpoint.direction.to_string());
            (
                layer_code(checkpoint.layer.kind()),
                Some(layer_object(words, checkpoint)),
                direction,
                by,
                None,
            )
        }
        Blocking::Obstacle { obstacle, route: via } => {
            ("obstacle", words.obstacle_object(obstacle).map(object), None, None, via)
        }
    };
    Blocker {
        pass: pass(blocker.pass),
        layer,
        object: thing,
        direction,
        rule: by.and_then(|it| rule(words, it)),
        route: via.and_then(|it| route(words, it)),
        origin: told.source.map(origin),
        code: blocker.cause.code(),
        if_arrived: blocker.if_arrived,
        header: blocker.header.as_ref().map(header),
        text: told.text,
    }
}

/// Returns the object that a filter belongs to: the interface, the ACL or the instance.
fn layer_object(words: Words<'_>, checkpoint: Checkpoint) -> Object {
    object(match checkpoint.layer {
        Layer::SecurityGroups(interface) => words.interface(interface),
        Layer::NetworkAcl(acl, _) => words.network_acl(acl),
        Layer::CloudFirewall(firewall, _) => words.cloud_firewall(firewall),
        Layer::ListenerAccess(balancer, _) => words.load_balancer(balancer),
        Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => {
            words.machine(interface)
        }
        Layer::Listener(instance, _) => words.instance(instance),
    })
}

fn cause(cause: query::Cause) -> CauseEntry {
    CauseEntry {
        code: cause.code(),
        aliases: cause.aliases().collect(),
        text: causes::summary(cause),
    }
}

fn near_miss(words: Words<'_>, near: &query::NearMiss) -> NearMiss {
    NearMiss {
        pass: pass(near.pass),
        layer: layer_code(near.checkpoint.layer.kind()),
        rule: rule(words, near.rule),
        differs: near.differs.iter().map(|it| difference_code(*it)).collect(),
        text: words.near_miss(near).text,
    }
}

fn deciding(words: Words<'_>, set: &[query::DecidingFact]) -> Vec<super::Fact> {
    set.iter().map(|it| fact(words, it.fact, it.value)).collect()
}

fn assumptions(words: Words<'_>, answer: &Answer) -> Vec<Assumption> {
    let implied = words.implied_assumptions(answer).into_iter();
    let implied = implied.map(|statement| Assumption { statement, places: Vec::new() });
    let written = words.network.assumptions.iter().map(|it| Assumption {
        statement: it.statement.clone(),
        places: it
            .places
            .iter()
            .map(|span| origin(words.source(&canreach_model::Origin::Written(*span), None)))
            .collect(),
    });
    implied.chain(written).collect()
}

fn warning(words: Words<'_>, warning: &query::Warning, answer: &Answer) -> Warning {
    Warning { code: warning_code(warning), text: words.warning(warning, answer) }
}

/// Splits "Z3 5.3.3" into name and version.
pub(super) fn solver(proof: &query::Proof) -> Solver {
    let (name, version) = proof.solver.split_once(' ').unwrap_or((proof.solver.as_str(), ""));
    Solver {
        name: name.to_owned(),
        version: version.to_owned(),
        checks: proof.checks,
        rlimit: proof.rlimit,
        walks: proof.walks,
        probes: proof.probes,
    }
}
