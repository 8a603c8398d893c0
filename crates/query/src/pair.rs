//! One pair of ends: walks, the solver's decision, and its check by `eval`.

use canreach_eval::Flow;
use canreach_model::{Choices, Endpoint, FactId, Network, Polarity, Valuation};
use canreach_net::{AddressSet, Family, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_sets::Flows as ExactFlows;
use canreach_smt::{Aim, Decision, Limits, Stats, Undecided};
use canreach_topology::{HeaderSet, Limit, Mode, Question as Flows, Topology, Trip, explore};

use crate::{
    DecidingFact, Disagreement, End, Open, Options, Proof, Question, Session, Verdict, Warning,
    Witness, carrier, open, probe,
};

/// A pair of ends, decided and checked.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// Positions in the question's sources and destinations.
    pub(crate) ends: (usize, usize),
    pub(crate) delivered: Verdict,
    pub(crate) answered: Verdict,
    pub(crate) witness: Option<Witness>,
    pub(crate) deciding: Vec<Vec<DecidingFact>>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) proof: Proof,
    /// The real trips between the ends.
    pub(crate) trips: Vec<Trip>,
    /// What passes on them, exactly; `None` where they could not be enumerated.
    pub(crate) flows: Option<ExactFlows>,
}

impl Pair {
    /// The verdict on what the question asks.
    pub(crate) fn asked(&self, question: &Question) -> Verdict {
        if question.one_way { self.delivered } else { self.answered }
    }
}

/// The flows between two ends that a question is about, one entry for each address family.
pub(crate) fn flows(question: &Question, ends: (usize, usize)) -> Vec<Flows> {
    let Some((from, to)) = pair_of(question, ends) else { return Vec::new() };
    let traffic = &question.traffic;
    let all = HeaderSet {
        protocols: traffic.protocols.clone(),
        destination_ports: traffic.destination_ports.clone(),
        icmp_types: traffic.icmp_types.clone(),
        icmp_codes: traffic.icmp_codes.clone(),
        ..HeaderSet::between(from.addresses.clone(), to.addresses.clone())
    };
    Family::BOTH
        .into_iter()
        .map(|family| {
            let mut headers = all.of_family(family);
            headers.protocols = headers.protocols.difference(&foreign_to(family));
            Flows { from: from.endpoint, to: to.endpoint, headers }
        })
        .filter(|flows| !flows.headers.is_empty())
        .collect()
}

/// The protocol that packets of a family do not carry: the other family's ICMP.
fn foreign_to(family: Family) -> ProtocolSet {
    let Protocol(number) = match family {
        Family::V4 => Protocol::ICMPV6,
        Family::V6 => Protocol::ICMP,
    };
    ProtocolSet::single(number)
}

fn pair_of(question: &Question, (source, destination): (usize, usize)) -> Option<(&End, &End)> {
    question.sources.get(source).zip(question.destinations.get(destination))
}

/// Returns the trips of all families.
pub(crate) fn trips(
    topology: &Topology<'_>,
    flows: &[Flows],
    mode: Mode,
) -> Result<Vec<Trip>, Limit> {
    let mut trips = Vec::new();
    for flows in flows {
        trips.extend(explore(topology, flows, mode)?);
    }
    Ok(trips)
}

/// Decides a pair of ends, and has `eval` check the decision.
pub(crate) fn decide(
    session: &Session<'_>,
    question: &Question,
    ends: (usize, usize),
    options: Options,
) -> Result<Pair, Disagreement> {
    let mut pair = Pair {
        ends,
        delivered: Verdict::Unreachable,
        answered: Verdict::Unreachable,
        witness: None,
        deciding: Vec::new(),
        warnings: Vec::new(),
        proof: Proof::default(),
        trips: Vec::new(),
        flows: None,
    };
    let flows = flows(question, ends);
    let Some(first) = flows.first() else {
        pair.warnings.push(Warning::NoCommonFamily(ends.0, ends.1));
        return Ok(pair);
    };
    let to = first.to;
    match trips(&session.topology, &flows, Mode::Real) {
        Ok(trips) => pair.trips = trips,
        Err(limit) => {
            pair.warnings.push(Warning::LimitReached(limit.to_string()));
            (pair.delivered, pair.answered) = (Verdict::Unknown, Verdict::Unknown);
            return Ok(pair);
        }
    }
    pair.proof.walks = pair.trips.iter().map(|trip| trip.replies.len().max(1)).sum();
    let checker = Checker { session, question, flows: &flows, to, options };
    checker.decide(&mut pair)?;
    Ok(pair)
}

/// What it takes to decide and check one pair.
struct Checker<'a, 'n> {
    session: &'a Session<'n>,
    question: &'a Question,
    flows: &'a [Flows],
    to: Endpoint,
    options: Options,
}

impl Checker<'_, '_> {
    fn network(&self) -> &Network {
        self.session.network()
    }

    /// Decides both facts, the stronger one first: what is answered was delivered.
    fn decide(&self, pair: &mut Pair) -> Result<(), Disagreement> {
        let answered = self.decide_aim(pair, Aim::Answered)?;
        pair.answered = answered.verdict();
        let delivered = if pair.answered == Verdict::Reachable {
            pair.delivered = Verdict::Reachable;
            None
        } else {
            let delivered = self.decide_aim(pair, Aim::Delivered)?;
            pair.delivered = delivered.verdict();
            Some(delivered)
        };
        let asked =
            if self.question.one_way { delivered.as_ref().unwrap_or(&answered) } else { &answered };
        pair.deciding = Self::deciding(asked);
        if let Some(limit) = asked.limit() {
            pair.warnings.push(Warning::LimitReached(limit));
        }
        // A flow that does what was asked, if need be under facts that are open; else one that arrives,
        // which is worth showing too.
        let shown = [Some(asked), delivered.as_ref(), Some(&answered)];
        let best = shown.into_iter().flatten().find_map(Outcome::witness);
        pair.witness = best.map(|witness| self.shown(witness, pair.ends));
        let undecided = |outcome: &Outcome| outcome.limit().is_some();
        let limits = (delivered.as_ref().is_some_and(undecided), undecided(&answered));
        self.warn(pair);
        let flows = canreach_sets::along(self.network(), self.to, &pair.trips);
        self.hold_against_sets(pair, &flows, limits)?;
        pair.flows = Some(flows);
        self.probe(pair)
    }

    /// Compares the verdicts with what exact sets give; not where either side reached a limit.
    fn hold_against_sets(
        &self,
        pair: &Pair,
        flows: &ExactFlows,
        limits: (bool, bool),
    ) -> Result<(), Disagreement> {
        if flows.limit.is_some() {
            return Ok(());
        }
        let (delivered, answered) = (&flows.delivered, &flows.answered);
        let (maybe_delivered, maybe_answered) = (&flows.maybe_delivered, &flows.maybe_answered);
        for (aim, verdict, certain, maybe, limit) in [
            (Aim::Delivered, pair.delivered, delivered, maybe_delivered, limits.0),
            (Aim::Answered, pair.answered, answered, maybe_answered, limits.1),
        ] {
            let exact = open::verdict(certain, maybe);
            if exact != verdict && !limit {
                return Err(Disagreement {
                    description: format!(
                        "the solver says that it is {verdict:?} whether a flow from {:?} to {:?} is {aim:?}; exact sets say {exact:?}: `{certain}` in any case, `{maybe}` perhaps",
                        self.start(),
                        self.to,
                    ),
                });
            }
        }
        Ok(())
    }

    /// Has the solver decide, and `eval` replay the flow it shows.
    fn decide_aim(&self, pair: &mut Pair, aim: Aim) -> Result<Outcome, Disagreement> {
        let limits = Limits { rlimit: self.options.rlimit };
        let prefer = self.preferred();
        let (decision, stats) = canreach_smt::decide(
            self.session.subject(),
            &pair.trips,
            self.to,
            aim,
            &prefer,
            limits,
        );
        add(&mut pair.proof, stats);
        let outcome = Outcome(decision);
        if let Some(witness) = outcome.witness() {
            self.replay(witness, aim)?;
            if outcome.verdict() == Verdict::Reachable {
                self.replay_otherwise(witness, aim)?;
            }
        }
        Ok(outcome)
    }

    /// Replays a flow that should pass whatever the input leaves open, with other values of the facts.
    ///
    /// Where NAT gateways choose, another value may need another choice, which nothing here knows.
    fn replay_otherwise(
        &self,
        witness: &canreach_smt::Witness,
        aim: Aim,
    ) -> Result<(), Disagreement> {
        if self.network().facts.is_empty() || !self.network().nat_gateways.is_empty() {
            return Ok(());
        }
        for valuation in self.valuations() {
            self.replay(&canreach_smt::Witness { valuation, ..witness.clone() }, aim)?;
        }
        Ok(())
    }

    fn replay(&self, witness: &canreach_smt::Witness, aim: Aim) -> Result<(), Disagreement> {
        let trace = self.trace(witness);
        let holds = match aim {
            Aim::Delivered => trace.delivered(),
            Aim::Answered => trace.answered(),
        };
        if holds {
            return Ok(());
        }
        Err(Disagreement {
            description: format!(
                "the solver says that {} is {aim:?} with facts {:?} and choices {:?}; eval ends the request with {:?} and the reply with {:?}",
                witness.header,
                witness.valuation,
                witness.choices,
                trace.request.end,
                trace.reply.map(|reply| reply.end),
            ),
        })
    }

    fn trace(&self, witness: &canreach_smt::Witness) -> canreach_eval::RoundTrip {
        let flow = Flow { start: self.start(), header: witness.header };
        let evaluator = &self.session.evaluator;
        evaluator.round_trip(&flow, self.to, &witness.valuation, &witness.choices)
    }

    fn start(&self) -> Endpoint {
        self.flows.first().map_or(Endpoint::Internet, |flows| flows.from)
    }

    fn shown(&self, witness: &canreach_smt::Witness, ends: (usize, usize)) -> Witness {
        Witness {
            header: witness.header,
            ends,
            valuation: witness.valuation.clone(),
            choices: witness.choices.clone(),
            trace: self.trace(witness),
            intermittent: witness.intermittent.clone(),
        }
    }

    /// The flows a reader would like to see, best first: TCP to a port that carriers do not block, an
    /// ephemeral source port, a ping.
    fn preferred(&self) -> Vec<HeaderSet> {
        let ephemeral = self.ephemeral_ports();
        let nice = |protocols: ProtocolSet| HeaderSet {
            protocols,
            source_ports: ephemeral.clone(),
            icmp_types: echo_requests(),
            icmp_codes: RangeSet::single(0),
            ..HeaderSet::between(AddressSet::all(), AddressSet::all())
        };
        let tcp = nice(ProtocolSet::single(Protocol::TCP.0));
        let risky = carrier::risky_ports(self.network(), (self.start(), self.to), Protocol::TCP);
        let safe = HeaderSet { destination_ports: risky.complement(), ..tcp.clone() };
        vec![safe, tcp, nice(ProtocolSet::all())]
    }

    /// The ports from which a client at the start sends.
    fn ephemeral_ports(&self) -> PortSet {
        match self.start() {
            Endpoint::Interface(id) => self.network().profile_of(id).ephemeral_ports.into(),
            // Any operating system may be out there.
            Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Remote(_)
            | Endpoint::Internet
            | Endpoint::Nobody => PortSet::range(1024, u16::MAX),
        }
    }

    fn warn(&self, pair: &mut Pair) {
        let Some(witness) = &pair.witness else { return };
        let transport = witness.header.transport;
        if transport.ports().is_some_and(|ports| !self.ephemeral_ports().contains(ports.source)) {
            pair.warnings.push(Warning::NoEphemeralPort);
        }
        let not_ping = |icmp: canreach_net::Icmp| !echo_requests().contains(icmp.kind);
        if transport.icmp().is_some_and(not_ping) {
            pair.warnings.push(Warning::NotPing);
        }
        let ends = (self.start(), self.to);
        if pair.asked(self.question) == Verdict::Reachable
            && let Some((protocol, port)) = carrier::risk(self.network(), ends, &witness.trace)
        {
            pair.warnings.push(Warning::HighRiskPort(protocol, port));
        }
    }

    /// The facts that decide an undecided verdict, with the values that let a flow pass.
    fn deciding(outcome: &Outcome) -> Vec<Vec<DecidingFact>> {
        let Decision::Unknown(Undecided::Facts { sets, .. }) = &outcome.0 else {
            return Vec::new();
        };
        let deciding = |(fact, value): &(FactId, bool)| DecidingFact { fact: *fact, value: *value };
        sets.iter().map(|set| set.iter().map(deciding).collect()).collect()
    }

    /// Has `eval` try to get through where the solver says that nothing does.
    fn probe(&self, pair: &mut Pair) -> Result<(), Disagreement> {
        if pair.answered != Verdict::Unreachable {
            return Ok(());
        }
        let evaluator = &self.session.evaluator;
        let probes = probe::probes(self.network(), self.flows, &pair.trips);
        for valuation in self.valuations() {
            for flow in &probes {
                pair.proof.probes += 1;
                let trip = evaluator.round_trip(flow, self.to, &valuation, &Choices::default());
                let refuted =
                    trip.answered() || (pair.delivered == Verdict::Unreachable && trip.delivered());
                if refuted {
                    return Err(Disagreement {
                        description: format!(
                            "the solver says that no flow passes; eval lets {} from {:?} pass with facts {valuation:?}: {:?}, reply {:?}",
                            flow.header,
                            flow.start,
                            trip.request.end,
                            trip.reply.map(|reply| reply.end),
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    /// The valuations to probe under: everything helps, everything hinders, and each disputed
    /// setting the other way.
    fn valuations(&self) -> Vec<Valuation> {
        let facts = &self.network().facts;
        let all = |helps: bool, neither: bool| -> Valuation {
            let value = |polarity| match polarity {
                Polarity::Helps => helps,
                Polarity::Hinders => !helps,
                Polarity::Neither => neither,
            };
            facts.iter().map(|(id, fact)| (id, value(fact.polarity))).collect()
        };
        if facts.is_empty() {
            return vec![Valuation::default()];
        }
        vec![all(true, true), all(true, false), all(false, true)]
    }
}

/// What the solver decided about one aim.
struct Outcome(Decision);

impl Outcome {
    fn verdict(&self) -> Verdict {
        match self.0 {
            Decision::Reachable(_) => Verdict::Reachable,
            Decision::Unreachable => Verdict::Unreachable,
            Decision::Unknown(_) => Verdict::Unknown,
        }
    }

    fn witness(&self) -> Option<&canreach_smt::Witness> {
        match &self.0 {
            Decision::Reachable(witness)
            | Decision::Unknown(Undecided::Facts { if_so: witness, .. }) => Some(witness),
            Decision::Unreachable | Decision::Unknown(Undecided::Limit { .. }) => None,
        }
    }

    fn limit(&self) -> Option<String> {
        match &self.0 {
            Decision::Unknown(Undecided::Limit { reason }) => Some(reason.clone()),
            Decision::Unknown(Undecided::Facts { .. })
            | Decision::Reachable(_)
            | Decision::Unreachable => None,
        }
    }
}

fn add(proof: &mut Proof, stats: Stats) {
    proof.checks += stats.checks;
    proof.rlimit += stats.rlimit;
}

fn echo_requests() -> RangeSet<u8> {
    RangeSet::single(8).union(&RangeSet::single(128))
}

/// Says which part of the traffic passes.
pub(crate) fn open_parts(question: &Question, pair: &Pair) -> Vec<Open> {
    let flows = pair.flows.as_ref();
    flows.map(|flows| open::parts(&pair.trips, flows, question.one_way)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
