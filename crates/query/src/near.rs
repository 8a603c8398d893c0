//! Near misses: rules that would have let a packet through if few fields differed.
//!
//! `lists` has the rules of a filter that let packets through, `asked` compares one with the packet;
//! here those that come nearest are kept.

use std::collections::BTreeSet;

use canreach_eval::{Outcome, Packet};
use canreach_model::{Checkpoint, Network, Pass, RuleOwner, RuleRef, Valuation};

use crate::{Difference, NearMiss};
use asked::{Asked, Comparison};
use lists::{candidates, vpc_of};

mod asked;
mod lists;

/// The most near misses named for one filter.
const MOST_NEAR: usize = 3;

/// A filter, and the packet it stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped {
    pub(crate) pass: Pass,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) packet: Packet,
    /// Whether it is the reply to a request that the filter saw.
    pub(crate) known: bool,
}

/// Returns the allow rules that come nearest: those that differ in one field, then in two, then in
/// three; equally near ones in the order of the guide.
pub(crate) fn near_misses(
    network: &Network,
    stopped: Stopped,
    valuation: &Valuation,
) -> Vec<NearMiss> {
    let Stopped { pass, checkpoint, packet, .. } = stopped;
    let vpc = vpc_of(network, checkpoint.layer);
    let asked = Asked { network, vpc, packet, valuation, direction: checkpoint.direction };
    let mut found: Vec<(Comparison, RuleRef)> = candidates(network, checkpoint)
        .into_iter()
        .filter_map(|it| Some((asked.compare(&it.parts, it.at.direction)?, it.at)))
        .collect();
    found.sort_by(|(a, at_a), (b, at_b)| (rank(a), at_a).cmp(&(rank(b), at_b)));
    // Several ways may lead to one rule.
    let mut told = BTreeSet::new();
    found.retain(|(_, at)| told.insert(*at));
    found.truncate(MOST_NEAR);
    let miss = |(it, rule): (Comparison, RuleRef)| NearMiss {
        pass,
        checkpoint,
        rule,
        differs: it.differs,
    };
    found.into_iter().map(miss).collect()
}

/// Where a rule differs in a single field, that field comes before any pair of fields.
fn rank(comparison: &Comparison) -> (usize, usize, &[Difference]) {
    (comparison.distance, comparison.differs.len(), &comparison.differs)
}

/// Returns the one field in which the nearest rule differs, if it is one.
pub(crate) fn single_difference(near: &[NearMiss]) -> Option<Difference> {
    match near.first()?.differs.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// Brings together what was found on several walks: each filter where it was met first, with its
/// nearest rules, each once.
pub(crate) fn merged(all: Vec<NearMiss>) -> Vec<NearMiss> {
    let mut filters: Vec<((Pass, Checkpoint), Vec<NearMiss>)> = Vec::new();
    for near in all {
        let filter = (near.pass, near.checkpoint);
        match filters.iter_mut().find(|(known, _)| *known == filter) {
            Some((_, list)) if list.contains(&near) => {}
            Some((_, list)) => list.push(near),
            None => filters.push((filter, vec![near])),
        }
    }
    let nearest = |(_, mut list): (_, Vec<NearMiss>)| {
        list.sort_by_key(|near| near.differs.len());
        list.truncate(MOST_NEAR);
        list
    };
    filters.into_iter().flat_map(nearest).collect()
}

/// What stops a packet at a filter: the rule that denies; or where none matches and that is written
/// down, what happens then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decider {
    pub(crate) rule: Option<RuleRef>,
    pub(crate) default: Option<RuleOwner>,
}

/// Returns what stops the packet.
pub(crate) fn decider(network: &Network, stopped: Stopped, valuation: &Valuation) -> Decider {
    let Stopped { checkpoint, packet, pass, known, .. } = stopped;
    let outcome = match pass {
        Pass::Request => canreach_eval::judge(network, checkpoint, packet, valuation),
        Pass::Reply => canreach_eval::judge_reply(network, checkpoint, packet, known, valuation),
    };
    match outcome {
        Outcome::Denied(rule) => Decider { rule, default: None },
        Outcome::DeniedByDefault(owner) => Decider { rule: None, default: Some(owner) },
        Outcome::Allowed(_)
        | Outcome::AllowedByDefault(_)
        | Outcome::AllowedAsReply
        | Outcome::Exempt
        | Outcome::SameSubnet
        | Outcome::Bypassed
        | Outcome::Unfiltered
        | Outcome::Listening(_)
        | Outcome::NotJudged
        | Outcome::NotExamined
        | Outcome::NotListening => Decider::default(),
    }
}

#[cfg(test)]
mod tests;
