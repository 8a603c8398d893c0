//! Asking one question: every pair of ends, then the answer to the whole.

use canreach_eval::Evaluator;
use canreach_model::{Endpoint, InterfaceOwner, Network};
use canreach_smt::{Groups, Subject};
use canreach_topology::Topology;
use rayon::prelude::*;

use crate::{
    Answer, Cause, End, EndState, Proof, Question, Scope, Verdict, WalkAnswer, Warning,
    explain::{self, Explanation},
    near,
    pair::{self, Pair},
};

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The solver's limit for one check, in its own unit of work.
    pub rlimit: u32,
    /// Whether to explain an unreachable verdict (blockers, near misses, corrections) and to say
    /// which part of the traffic is open.
    pub explain: bool,
}

/// Two engines disagree; nothing is decided.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// What each engine says, and how to see it again.
    pub description: String,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// An error in canreach itself.
    #[error(
        "internal error: the engines disagree: {}\nno verdict was reached; please report this, with the input if you can",
        .0.description
    )]
    Disagreement(Box<Disagreement>),
    /// Nothing of the network is asked about.
    #[error("both sides are on the Internet; name something of your network on one of them")]
    OnlyInternet,
}

impl From<Disagreement> for AskError {
    fn from(disagreement: Disagreement) -> Self {
        Self::Disagreement(Box::new(disagreement))
    }
}

/// A network that is ready to be asked.
#[derive(Debug)]
pub struct Session<'n> {
    network: &'n Network,
    pub(crate) topology: Topology<'n>,
    pub(crate) evaluator: Evaluator<'n>,
    groups: Groups,
}

impl<'n> Session<'n> {
    /// Prepares a network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        Self::with(Topology::new(network))
    }

    /// Prepares the network of a topology: the indexes of the other engines are made here.
    #[must_use]
    pub fn with(topology: Topology<'n>) -> Self {
        let network = topology.network;
        let (evaluator, groups) = (Evaluator::new(network), Groups::of(network));
        Self { network, topology, evaluator, groups }
    }

    /// Returns the network as the solver is asked about it.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject::new(self.network, &self.groups)
    }

    /// Returns the network that is asked.
    #[must_use]
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// Answers a question; `on_pair` is called after each pair of ends that is decided.
    ///
    /// # Errors
    /// Fails when the engines disagree; then there is no verdict.
    pub fn ask(
        &self,
        question: &Question,
        options: &Options,
        on_pair: impl Fn() + Sync,
    ) -> Result<Answer, AskError> {
        let pairs = decided_pairs(self, question, *options, &on_pair)?;
        let mut answer = self.sum_up(question, &pairs);
        if options.explain {
            self.explain(question, &pairs, *options, &mut answer);
        }
        Ok(answer)
    }

    /// Adds what goes beyond the verdict: the open part of the traffic, or what stops the flow.
    fn explain(&self, question: &Question, pairs: &[Pair], options: Options, answer: &mut Answer) {
        if answer.verdict == Verdict::Reachable {
            if let [pair] = pairs {
                answer.open = pair::open_parts(question, pair);
            }
            return;
        }
        let stopped = pairs.iter().filter(|pair| pair.asked(question) != Verdict::Reachable);
        let explanations: Vec<Explanation> = stopped
            .take(MOST_EXPLAINED)
            .map(|pair| explain::explain(self, question, pair, options))
            .collect();
        for explanation in explanations {
            answer.walks.extend(explanation.walks);
            answer.near_misses.extend(explanation.near_misses);
            // Corrections of several pairs would have to be combined; those of one pair suffice to
            // open the question.
            if answer.corrections.is_empty() {
                answer.corrections = explanation.corrections;
                answer.corrections_complete = explanation.corrections_complete;
            }
        }
        answer.near_misses = near::merged(std::mem::take(&mut answer.near_misses));
        answer.causes = causes(answer);
    }

    fn sum_up(&self, question: &Question, pairs: &[Pair]) -> Answer {
        let unowned = !question.unowned.is_empty();
        let delivered = overall(pairs.iter().map(|pair| pair.delivered), unowned);
        let answered = overall(pairs.iter().map(|pair| pair.answered), unowned);
        let verdict = if question.one_way { delivered } else { answered };
        // The flow to show: one that does what was asked, else one that at least arrives.
        let rank = |pair: &Pair| (pair.asked(question), pair.answered, pair.delivered);
        let shown =
            pairs.iter().filter(|pair| pair.witness.is_some()).min_by_key(|pair| rank(pair));
        let mut warnings = self.warnings(question);
        warnings.extend(pairs.iter().flat_map(|pair| pair.warnings.iter().cloned()));
        warnings.sort_unstable();
        warnings.dedup();
        let mut deciding: Vec<_> = match verdict {
            Verdict::Unknown => pairs.iter().flat_map(|pair| pair.deciding.clone()).collect(),
            Verdict::Reachable | Verdict::Unreachable => Vec::new(),
        };
        deciding.sort_unstable();
        deciding.dedup();
        Answer {
            question: question.clone(),
            verdict,
            delivered,
            answered,
            scope: self.scope(question),
            not_examined: self.network.not_examined.clone(),
            witness: shown.and_then(|pair| pair.witness.clone()),
            open: Vec::new(),
            ends: pairs.iter().map(|pair| end_state(pair, question)).collect(),
            walks: Vec::new(),
            causes: Vec::new(),
            corrections: Vec::new(),
            corrections_complete: true,
            proposals: Vec::new(),
            near_misses: Vec::new(),
            deciding,
            warnings,
            proof: proof(pairs),
        }
    }

    /// Whether the answer looks as far as the sockets of every destination.
    fn scope(&self, question: &Question) -> Scope {
        let services_known = |endpoint| match endpoint {
            Endpoint::Interface(id) => match self.network.interfaces[id].owner {
                InterfaceOwner::Instance(instance) => {
                    self.network.instances[instance].services.is_some()
                }
                InterfaceOwner::NatGateway(_)
                | InterfaceOwner::LoadBalancer(_)
                | InterfaceOwner::Service
                | InterfaceOwner::Unmodelled(_)
                | InterfaceOwner::Gateway
                | InterfaceOwner::Detached => false,
            },
            Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Remote(_)
            | Endpoint::Internet
            | Endpoint::Nobody => false,
        };
        if question.destinations.iter().all(|end| services_known(end.endpoint)) {
            Scope::Service
        } else {
            Scope::Network
        }
    }

    fn warnings(&self, question: &Question) -> Vec<Warning> {
        let mut warnings: Vec<Warning> =
            question.unowned.iter().cloned().map(Warning::AddressWithoutOwner).collect();
        let unresolved =
            question.destinations.iter().filter(|end| is_unresolved(self.network, end));
        warnings.extend(unresolved.map(|end| Warning::AddressWithoutOwner(end.label.clone())));
        let sides = [(false, &question.sources), (true, &question.destinations)];
        for (is_destination, ends) in sides {
            for (position, end) in ends.iter().enumerate() {
                let Endpoint::Interface(id) = end.endpoint else { continue };
                let InterfaceOwner::Instance(instance) = self.network.interfaces[id].owner else {
                    continue;
                };
                if !self.network.instances[instance].running {
                    warnings.push(Warning::NotRunning(is_destination, position));
                }
                if is_destination && self.has_several_interfaces(instance) {
                    warnings.push(Warning::SeveralInterfaces(position));
                }
            }
        }
        warnings
    }

    fn has_several_interfaces(&self, instance: canreach_model::InstanceId) -> bool {
        let owner = InterfaceOwner::Instance(instance);
        self.network.interfaces.iter().filter(|(_, interface)| interface.owner == owner).count() > 1
    }
}

/// The most pairs of ends explained in one answer.
const MOST_EXPLAINED: usize = 4;

/// Answers a question about a network; for several questions keep a [`Session`].
///
/// # Errors
/// Fails when the engines disagree; then there is no verdict.
pub fn ask(network: &Network, question: &Question, options: &Options) -> Result<Answer, AskError> {
    Session::new(network).ask(question, options, || ())
}

/// Decides every pair of ends, in order.
fn decided_pairs(
    session: &Session<'_>,
    question: &Question,
    options: Options,
    on_pair: &(impl Fn() + Sync),
) -> Result<Vec<Pair>, AskError> {
    let several = question.sources.len() * question.destinations.len() > 1;
    let mut ends = Vec::new();
    for (source, from) in question.sources.iter().enumerate() {
        for (destination, to) in question.destinations.iter().enumerate() {
            // In a question about sets, that an end reaches itself is not what is meant.
            let itself = from.endpoint == to.endpoint && !is_unresolved(session.network, to);
            if !(itself && (several || from.endpoint == Endpoint::Internet)) {
                ends.push((source, destination));
            }
        }
    }
    let outside =
        |end: &End| end.endpoint == Endpoint::Internet && !is_unresolved(session.network, end);
    if question.sources.iter().chain(&question.destinations).all(outside)
        && !question.sources.is_empty()
        && !question.destinations.is_empty()
    {
        return Err(AskError::OnlyInternet);
    }
    let decided: Result<Vec<Pair>, Disagreement> = ends
        .into_par_iter()
        .map(|ends| {
            let pair = pair::decide(session, question, ends, options)?;
            on_pair();
            Ok(pair)
        })
        .collect();
    Ok(decided?)
}

/// Whether an end stands for a public address of the network of which the input does not say whose it
/// is; whatever else is on the Internet is outside the network.
fn is_unresolved(network: &Network, end: &End) -> bool {
    end.endpoint == Endpoint::Internet
        && network.public_addresses.iter().any(|(_, it)| end.addresses.contains(it.address))
}

/// The verdict on a set: reachable when any part is.
fn overall(verdicts: impl Iterator<Item = Verdict>, undecided_besides: bool) -> Verdict {
    let besides = undecided_besides.then_some(Verdict::Unknown);
    let best = |a: Verdict, b: Verdict| match (a, b) {
        (Verdict::Reachable, _) | (_, Verdict::Reachable) => Verdict::Reachable,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Unreachable, Verdict::Unreachable) => Verdict::Unreachable,
    };
    verdicts.chain(besides).reduce(best).unwrap_or(Verdict::Unreachable)
}

fn end_state(pair: &Pair, question: &Question) -> EndState {
    EndState {
        source: pair.ends.0,
        destination: pair.ends.1,
        verdict: pair.asked(question),
        delivered: pair.delivered,
    }
}

fn proof(pairs: &[Pair]) -> Proof {
    let mut proof = Proof { solver: canreach_smt::solver_version(), ..Proof::default() };
    for pair in pairs {
        proof.walks += pair.proof.walks;
        proof.checks += pair.proof.checks;
        proof.rlimit += pair.proof.rlimit;
        proof.probes += pair.proof.probes;
    }
    proof
}

/// The causes on the walks with the fewest blockers, in the guide's order, each once.
///
/// A detour that several changes would have to open explains nothing where one change opens the
/// direct way.
fn causes(answer: &Answer) -> Vec<Cause> {
    let count = |walk: &&WalkAnswer| {
        walk.blockers.len() + walk.together.iter().map(Vec::len).sum::<usize>()
    };
    let blocked = || answer.walks.iter().filter(|walk| count(walk) > 0);
    let fewest = blocked().map(|walk| count(&walk)).min();
    let mut causes: Vec<Cause> = blocked()
        .filter(|walk| Some(count(walk)) == fewest)
        .flat_map(|walk| walk.blockers.iter().chain(walk.together.iter().flatten()))
        .map(|blocker| blocker.cause)
        .collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

#[cfg(test)]
mod tests;
