//! Every assignment of facts and choices, without trying those that cannot differ.
//!
//! A way notes which facts and choices it asked for ([`super::open`]). Under an assignment that
//! agrees on these it is the same, so that only the others need a try.

use std::collections::BTreeMap;

use canreach_model::{Choices, Chooser, Endpoint, FactId, Network, Translator, Valuation};
use canreach_net::Header;

use super::{Fate, Walk, may_send, open::Choice};

/// One flow.
#[derive(Clone, Copy)]
pub(super) struct Flow<'a> {
    pub(super) network: &'a Network,
    pub(super) from: Endpoint,
    pub(super) header: Header,
    pub(super) to: Endpoint,
    /// The ports that translators may choose, where their profile lets them.
    pub(super) ports: &'a [u16],
}

/// A choice with all its values, and which of them is taken.
#[derive(Debug)]
struct Taken {
    what: What,
    values: Vec<usize>,
    at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Port(Translator),
    Pick(Chooser),
}

impl Flow<'_> {
    /// Returns, for each of the valuations, what some choice brings about.
    pub(super) fn fates(&self, valuations: &[Valuation]) -> Vec<Fate> {
        if !may_send(self.network, self.from, self.header.source) {
            return vec![Fate::default(); valuations.len()];
        }
        let mut known: Vec<(BTreeMap<FactId, bool>, Fate)> = Vec::new();
        let mut fates = Vec::new();
        for valuation in valuations {
            let agrees = |facts: &BTreeMap<FactId, bool>| {
                facts.iter().all(|(fact, value)| valuation.is_true(*fact) == *value)
            };
            if let Some((_, fate)) = known.iter().find(|(facts, _)| agrees(facts)) {
                fates.push(*fate);
                continue;
            }
            let (facts, fate) = self.best(valuation);
            known.push((facts, fate));
            fates.push(fate);
        }
        fates
    }

    /// What some choice brings about, and the facts on which that depends.
    fn best(&self, valuation: &Valuation) -> (BTreeMap<FactId, bool>, Fate) {
        let mut best = Fate::default();
        let mut facts = BTreeMap::new();
        let mut taken: Vec<Taken> = Vec::new();
        loop {
            let choices = choices(&taken);
            let mut walk = Walk::new(self.network, valuation, &choices);
            let fate = walk.story(self.from, self.header, self.to).fate;
            best.delivered |= fate.delivered;
            best.answered |= fate.answered;
            let asked = walk.asked.into_inner();
            facts.extend(asked.facts);
            for choice in asked.choices {
                self.add(&mut taken, choice);
            }
            if best.answered || !next(&mut taken) {
                return (facts, best);
            }
        }
    }

    /// Adds a choice that was asked for; it was taken as the first value where it is new.
    fn add(&self, taken: &mut Vec<Taken>, choice: Choice) {
        let (what, values) = match choice {
            Choice::Port(translator, first, last) => {
                let others = self.ports.iter().filter(|port| first < **port && **port <= last);
                let values = others.map(|port| usize::from(*port));
                let values = std::iter::once(usize::from(first)).chain(values).collect();
                (What::Port(translator), values)
            }
            Choice::Pick(chooser, count) => (What::Pick(chooser), (0..count).collect::<Vec<_>>()),
        };
        match taken.iter_mut().find(|known| known.what == what) {
            None => taken.push(Taken { what, values, at: 0 }),
            Some(known) if known.values.len() < values.len() => known.values = values,
            Some(_) => {}
        }
    }
}

fn choices(taken: &[Taken]) -> Choices {
    let mut choices = Choices::default();
    for Taken { what, values, at } in taken {
        let Some(value) = values.get(*at).copied() else { continue };
        match what {
            What::Pick(chooser) => {
                choices.picks.insert(*chooser, value);
            }
            What::Port(translator) => {
                choices.ports.insert(*translator, u16::try_from(value).unwrap_or(u16::MAX));
            }
        }
    }
    choices
}

/// Takes the next value of the last choice that has one left, and forgets those asked for after it.
fn next(taken: &mut Vec<Taken>) -> bool {
    while let Some(last) = taken.last_mut() {
        if last.at + 1 < last.values.len() {
            last.at += 1;
            return true;
        }
        taken.pop();
    }
    false
}
