//! From minimal sets of things to change to proposals that hold.

use std::collections::{BTreeSet, VecDeque};

use canreach_model::{Network, Obstacle, Route, RouteTarget};

use super::{
    Edit, Effort, Fix, Goal, Proposal, apply, besides::Looked, filters::Shut, matching::Wanted,
    obstacles::Met,
};
use crate::{
    Answer, AskError, Blocker, Blocking, EndState, Options, Question, Role, Session, Verdict,
    resolve,
};

/// The most pairs of ends for which proposals are looked for.
const MOST_PAIRS: usize = 4;
/// How often what still stops the flow in an edited network is looked at.
const MOST_ROUNDS: usize = 3;
/// The most candidates made from one set of things to change.
const MOST_OF_ONE_SET: usize = 24;

/// Proposes edits for the pairs of ends that an answer says are not reachable.
pub(super) fn open(
    session: &Session<'_>,
    answer: Answer,
    options: Options,
    effort: Effort,
) -> Result<Fix, AskError> {
    let mut fix = Fix { goal: Goal::Open, answer, proposals: Vec::new(), complete: true, tried: 0 };
    if fix.nothing_to_do() {
        return Ok(fix);
    }
    let closed: Vec<EndState> =
        fix.answer.ends.iter().filter(|it| it.verdict != Verdict::Reachable).copied().collect();
    let several = fix.answer.ends.len() > 1;
    fix.complete = closed.len() <= MOST_PAIRS;
    for pair in closed.into_iter().take(MOST_PAIRS) {
        let Some(question) = question_of(&fix.answer.question, pair) else { continue };
        let explained = Options { explain: true, ..options };
        let answer =
            if several { session.ask(&question, &explained, || ())? } else { fix.answer.clone() };
        let search = Search { network: session.network(), question, options, effort };
        search.run(answer, &mut fix)?;
    }
    finish(&mut fix, effort);
    Ok(fix)
}

/// The question about one pair of ends.
pub(super) fn question_of(question: &Question, pair: EndState) -> Option<Question> {
    let source = question.sources.get(pair.source)?.clone();
    let destination = question.destinations.get(pair.destination)?.clone();
    Some(Question {
        sources: vec![source],
        destinations: vec![destination],
        unowned: Vec::new(),
        ..question.clone()
    })
}

/// Orders proposals, leaves out those that include another, and cuts them off.
pub(super) fn finish(fix: &mut Fix, effort: Effort) {
    fix.proposals.sort_by_key(|it| (it.edits.len(), it.besides.count()));
    let all = std::mem::take(&mut fix.proposals);
    for proposal in all {
        let includes =
            |smaller: &Proposal| smaller.edits.iter().all(|edit| proposal.edits.contains(edit));
        if !fix.proposals.iter().any(includes) {
            fix.proposals.push(proposal);
        }
    }
    fix.complete &= fix.proposals.len() <= effort.proposals;
    fix.proposals.truncate(effort.proposals);
}

struct Search<'a> {
    network: &'a Network,
    /// About one pair of ends.
    question: Question,
    options: Options,
    effort: Effort,
}

/// Edits that do not suffice yet, and what the network with them answers.
struct Stage {
    edits: Vec<Edit>,
    answer: Answer,
    round: usize,
}

impl Search<'_> {
    fn run(&self, answer: Answer, fix: &mut Fix) -> Result<(), AskError> {
        let looked = Looked::new(self.network, &self.question, self.options, self.effort);
        let mut tried: BTreeSet<String> = BTreeSet::new();
        let mut stages = VecDeque::from([Stage { edits: Vec::new(), answer, round: 1 }]);
        while let Some(stage) = stages.pop_front() {
            for edits in self.candidates(&stage) {
                if fix.tried >= self.effort.candidates {
                    fix.complete = false;
                    return Ok(());
                }
                if edits.is_empty() || !tried.insert(key(&edits)) {
                    continue;
                }
                fix.tried += 1;
                let (proof, edited) = self.ask(&edits, false)?;
                if proof.verdict == Verdict::Reachable {
                    let (edits, proof, edited) = self.shrunk(edits, proof, edited, fix)?;
                    let besides = looked.compare(&edited)?;
                    fix.proposals.push(Proposal { edits, proof, besides });
                } else if stage.round < MOST_ROUNDS && fix.proposals.is_empty() {
                    // Something else stops it, which did not show before.
                    let (answer, _) = self.ask(&edits, true)?;
                    stages.push_back(Stage { edits, answer, round: stage.round + 1 });
                }
            }
            if !fix.proposals.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Makes edits in a copy of the network, and asks it.
    fn ask(&self, edits: &[Edit], explain: bool) -> Result<(Answer, Network), AskError> {
        let edited = apply(self.network, edits);
        let question = asked_of(&edited, self.network, &self.question);
        let options = Options { explain, ..self.options };
        let answer = Session::new(&edited).ask(&question, &options, || ())?;
        Ok((answer, edited))
    }

    /// Leaves out what a proposal does not need.
    fn shrunk(
        &self,
        mut edits: Vec<Edit>,
        mut proof: Answer,
        mut edited: Network,
        fix: &mut Fix,
    ) -> Result<(Vec<Edit>, Answer, Network), AskError> {
        let mut at = 0;
        while edits.len() > 1 && at < edits.len() {
            let kept = edits.iter().enumerate().filter(|(other, _)| *other != at);
            let kept: Vec<Edit> = kept.map(|(_, edit)| edit.clone()).collect();
            let needed = edits.get(at).is_some_and(|edit| is_referred_to(edit, &kept));
            if needed {
                at += 1;
                continue;
            }
            fix.tried += 1;
            let (answer, smaller) = self.ask(&kept, false)?;
            if answer.verdict == Verdict::Reachable {
                (edits, proof, edited) = (kept, answer, smaller);
            } else {
                at += 1;
            }
        }
        Ok((edits, proof, edited))
    }

    /// The edits to try after those of a stage, those that come first in each place first.
    fn candidates(&self, stage: &Stage) -> Vec<Vec<Edit>> {
        let question = &stage.answer.question;
        let (Some(from), Some(to)) = (question.sources.first(), question.destinations.first())
        else {
            return Vec::new();
        };
        let traffic = &question.traffic;
        let wanted = Wanted { network: self.network, from, to, traffic };
        let sets = sets(&stage.answer, stage.round);
        let mut all: Vec<(usize, Vec<Edit>)> = Vec::new();
        for set in sets {
            let start = (0, stage.edits.clone());
            let mut some = vec![start];
            for blocker in in_order(&set) {
                some = some.iter().flat_map(|it| self.next(&wanted, it, blocker)).collect();
                some.sort_by_key(|(rank, edits)| (*rank, edits.len()));
                some.truncate(MOST_OF_ONE_SET);
            }
            all.extend(some);
        }
        all.sort_by_key(|(rank, edits)| (edits.len(), *rank));
        all.into_iter().map(|(_, edits)| edits).collect()
    }

    /// Edits, each with one of the ways to deal with a blocker.
    fn next(
        &self,
        wanted: &Wanted<'_>,
        (rank, edits): &(usize, Vec<Edit>),
        blocker: &Blocker,
    ) -> Vec<(usize, Vec<Edit>)> {
        let edited = apply(self.network, edits);
        let mut ways = ways(wanted, &edited, edits, blocker);
        if joined_otherwise(blocker, edits) {
            // What was proposed before joins the two networks already.
            ways.insert(0, Vec::new());
        }
        let kept = || vec![(*rank, edits.clone())];
        if ways.is_empty() {
            // The other changes may do; if not, asking again says so.
            return kept();
        }
        let with = |(more, way): (usize, Vec<Edit>)| {
            let mut all = edits.clone();
            all.extend(way.into_iter().filter(|edit| !edits.contains(edit)));
            (rank + more, all)
        };
        ways.into_iter().enumerate().map(with).collect()
    }
}

fn ways(
    wanted: &Wanted<'_>,
    edited: &Network,
    edits: &[Edit],
    blocker: &Blocker,
) -> Vec<Vec<Edit>> {
    let Some(header) = &blocker.header else { return Vec::new() };
    let pass = blocker.pass;
    match blocker.blocking {
        Blocking::Filter { checkpoint, .. } => {
            let header = super::obstacles::as_it_will_be(edits, header);
            wanted.open_filter(Shut { pass, checkpoint, header: &header, edits })
        }
        Blocking::Obstacle { obstacle, route } => {
            wanted.remove_obstacle(Met { pass, obstacle, route, header, edited })
        }
    }
}

/// Whether a peering is missing only where a transit gateway joins the two VPCs after the edits.
fn joined_otherwise(blocker: &Blocker, edits: &[Edit]) -> bool {
    let no_peering =
        matches!(blocker.blocking, Blocking::Obstacle { obstacle: Obstacle::NoPeering(..), .. });
    no_peering && edits.iter().any(|edit| matches!(edit, Edit::AttachTransit { .. }))
}

/// The sets of things to change: the minimal ones. Where these tell nothing, or did not suffice, also
/// everything that stops the flow on a walk.
fn sets(answer: &Answer, round: usize) -> Vec<Vec<Blocker>> {
    let minimal = answer.corrections.iter().map(|it| it.changes.clone());
    let mut sets: Vec<Vec<Blocker>> = minimal.filter(|set| !set.is_empty()).collect();
    if sets.is_empty() || round > 1 {
        let walks = answer.walks.iter().map(|walk| walk.blockers.clone());
        sets.extend(walks.filter(|set| !set.is_empty()));
    }
    sets
}

/// What creates an object comes before what refers to it; otherwise in packet order.
fn in_order(set: &[Blocker]) -> Vec<&Blocker> {
    let creates = |blocker: &&Blocker| {
        matches!(
            blocker.blocking,
            Blocking::Obstacle {
                obstacle: Obstacle::NotAttached(..)
                    | Obstacle::NotAssociated(_)
                    | Obstacle::NoPeering(..)
                    | Obstacle::PeeringInactive(_)
                    | Obstacle::GatewayNotAttached(..)
                    | Obstacle::NoInternetGateway(_)
                    | Obstacle::NoPublicAddress(_)
                    | Obstacle::PublicAddressUnused(_)
                    | Obstacle::NotRoutedOnInternet(_),
                ..
            }
        )
    };
    let attaches = |blocker: &&Blocker| {
        matches!(blocker.blocking, Blocking::Obstacle { obstacle: Obstacle::NotAttached(..), .. })
    };
    let (mut first, then): (Vec<&Blocker>, Vec<&Blocker>) = set.iter().partition(creates);
    first.sort_by_key(|blocker| !attaches(blocker));
    first.into_iter().chain(then).collect()
}

/// Whether other edits may speak of what an edit creates.
fn is_referred_to(edit: &Edit, others: &[Edit]) -> bool {
    let targets = || {
        others.iter().filter_map(|other| {
            if let Edit::AddRoute { route: Route { target, .. }, .. }
            | Edit::ChangeRoute { target, .. } = other
            {
                Some(*target)
            } else {
                None
            }
        })
    };
    let any = |wanted: fn(&Edit) -> bool| others.iter().any(wanted);
    let peering = matches!(edit, Edit::CreatePeering { .. })
        && targets().any(|target| matches!(target, RouteTarget::Peering(_)));
    let gateway = matches!(edit, Edit::CreateInternetGateway(_))
        && targets().any(|target| matches!(target, RouteTarget::InternetGateway(_)));
    let attachment = matches!(edit, Edit::AttachTransit { .. })
        && any(|other| {
            matches!(
                other,
                Edit::AddTransitRoute { .. }
                    | Edit::ChangeTransitRoute { .. }
                    | Edit::AssociateTransit { .. }
            )
        });
    let group = matches!(edit, Edit::AddSecurityGroup(_))
        && any(|other| matches!(other, Edit::AddRule { .. }));
    peering || gateway || attachment || group
}

/// A text that tells two sets of edits apart, whatever their order.
pub(super) fn key(edits: &[Edit]) -> String {
    let mut all: Vec<String> = edits.iter().map(|edit| format!("{edit:?}")).collect();
    all.sort_unstable();
    all.join("\n")
}

/// The question as the edited network understands it: a name may stand for a new public address.
pub(super) fn asked_of(edited: &Network, network: &Network, question: &Question) -> Question {
    let mut asked = question.clone();
    let sides = [
        (&mut asked.sources, &question.from, Role::Source),
        (&mut asked.destinations, &question.to, Role::Destination),
    ];
    for (ends, text, role) in sides {
        let (Ok(before), Ok(after)) = (resolve(network, text, role), resolve(edited, text, role))
        else {
            continue;
        };
        for end in ends.iter_mut() {
            // Ends that were not named by the text are kept as they are.
            if before.ends.contains(end)
                && let Some(now) = after.ends.iter().find(|it| it.endpoint == end.endpoint)
            {
                *end = now.clone();
            }
        }
    }
    asked
}
