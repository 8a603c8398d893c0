//! The smallest sets of edits after which no request of a question arrives.
//!
//! A flow that arrives shows a way; each cut of it is tried; where something still arrives, that flow
//! shows the next way. So every set that is tried cuts every way seen so far, and the smaller sets come
//! first.

use std::collections::{BTreeSet, VecDeque};

use super::{
    Edit, Effort, Fix, Goal, Proposal, apply,
    besides::Looked,
    matching::Wanted,
    search::{asked_of, finish, key, question_of},
};
use crate::{Answer, AskError, Options, Question, Session, Verdict};

/// The most edits in one proposal.
const MOST_EDITS: usize = 6;

/// Proposes edits after which nothing arrives any more.
pub(super) fn close(
    session: &Session<'_>,
    answer: Answer,
    options: Options,
    effort: Effort,
) -> Result<Fix, AskError> {
    let mut fix =
        Fix { goal: Goal::Close, answer, proposals: Vec::new(), complete: true, tried: 0 };
    if fix.nothing_to_do() {
        return Ok(fix);
    }
    let closing = Closing { session, options: Options { explain: false, ..options }, effort };
    closing.run(&mut fix)?;
    finish(&mut fix, effort);
    Ok(fix)
}

struct Closing<'a, 'n> {
    session: &'a Session<'n>,
    options: Options,
    effort: Effort,
}

impl Closing<'_, '_> {
    fn run(&self, fix: &mut Fix) -> Result<(), AskError> {
        let network = self.session.network();
        let question = fix.answer.question.clone();
        // What else changes is told for the pair that the first flow is between.
        let shown = fix.answer.witness.as_ref().map(|it| it.ends);
        let first = fix.answer.ends.iter().find(|it| Some((it.source, it.destination)) == shown);
        let pair = first.and_then(|pair| question_of(&question, *pair));
        let pair = pair.unwrap_or_else(|| question.clone());
        let looked = Looked::new(network, &pair, self.options, self.effort);
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut open = VecDeque::from([(Vec::new(), fix.answer.clone())]);
        while let Some((edits, answer)) = open.pop_front() {
            if edits.len() >= MOST_EDITS {
                fix.complete = false;
                continue;
            }
            for cut in self.cuts(&question, &answer, &edits) {
                let edits: Vec<Edit> = edits.iter().cloned().chain([cut]).collect();
                let known = fix.proposals.iter().any(|it| includes(&edits, &it.edits));
                if known || !seen.insert(key(&edits)) {
                    continue;
                }
                if fix.tried >= self.effort.candidates {
                    fix.complete = false;
                    return Ok(());
                }
                fix.tried += 1;
                let answer = self.ask(&question, &edits)?;
                if answer.delivered != Verdict::Unreachable {
                    open.push_back((edits, answer));
                } else if self.is_minimal(&question, &edits, fix)? {
                    let besides = looked.compare(&apply(network, &edits))?;
                    fix.proposals.push(Proposal { edits, proof: answer, besides });
                }
            }
        }
        Ok(())
    }

    fn cuts(&self, question: &Question, answer: &Answer, edits: &[Edit]) -> Vec<Edit> {
        let Some(witness) = &answer.witness else { return Vec::new() };
        let ends =
            question.sources.get(witness.ends.0).zip(question.destinations.get(witness.ends.1));
        let Some((from, to)) = ends else { return Vec::new() };
        let wanted =
            Wanted { network: self.session.network(), from, to, traffic: &question.traffic };
        wanted.cuts(witness, edits)
    }

    fn ask(&self, question: &Question, edits: &[Edit]) -> Result<Answer, AskError> {
        let network = self.session.network();
        let edited = apply(network, edits);
        // A public address that was taken away is still asked about as one that the name stood for.
        let question =
            Question { sources: asked_of(&edited, network, question).sources, ..question.clone() };
        Session::new(&edited).ask(&question, &self.options, || ())
    }

    /// Whether none of the edits can be left out.
    fn is_minimal(
        &self,
        question: &Question,
        edits: &[Edit],
        fix: &mut Fix,
    ) -> Result<bool, AskError> {
        if edits.len() < 2 {
            return Ok(true);
        }
        for left_out in 0..edits.len() {
            let kept = edits.iter().enumerate().filter(|(at, _)| *at != left_out);
            let kept: Vec<Edit> = kept.map(|(_, edit)| edit.clone()).collect();
            fix.tried += 1;
            if self.ask(question, &kept)?.delivered == Verdict::Unreachable {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn includes(edits: &[Edit], smaller: &[Edit]) -> bool {
    smaller.iter().all(|edit| edits.contains(edit))
}
