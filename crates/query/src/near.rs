//! Near misses: rules that would have let a packet through if few fields differed.
//!
//! `asked` compares one rule with the packet; here the rules of a filter are listed, and those that
//! come nearest are kept.

use canreach_eval::{Outcome, judge};
use canreach_model::{
    Checkpoint, Direction, Layer, Network, Pass, Rule, RuleOwner, RuleRef, Valuation, VpcId,
};
use canreach_net::Header;

use crate::{Difference, NearMiss};
use asked::{Asked, Comparison};

mod asked;

/// The most near misses named for one filter.
const MOST_NEAR: usize = 3;

/// A filter, and the packet it stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped<'a> {
    pub(crate) pass: Pass,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) header: &'a Header,
}

/// Returns the allow rules that come nearest: those that differ in one field, then in two, then in
/// three; equally near ones in the order of the guide.
pub(crate) fn near_misses(
    network: &Network,
    stopped: Stopped<'_>,
    valuation: &Valuation,
) -> Vec<NearMiss> {
    let Stopped { pass, checkpoint, header } = stopped;
    let Some(vpc) = vpc_of(network, checkpoint.layer) else { return Vec::new() };
    let asked = Asked { network, vpc, header, valuation, direction: checkpoint.direction };
    let mut found: Vec<(Comparison, RuleRef)> = rules(network, checkpoint.layer)
        .into_iter()
        .filter_map(|(at, rule)| Some((asked.compare(rule, at.direction)?, at)))
        .collect();
    found.sort_by(|(a, at_a), (b, at_b)| (rank(a), at_a).cmp(&(rank(b), at_b)));
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

/// Returns the rule that stops the packet, or `None` where none matches.
pub(crate) fn deciding_rule(
    network: &Network,
    stopped: Stopped<'_>,
    valuation: &Valuation,
) -> Option<RuleRef> {
    match judge(network, stopped.checkpoint, stopped.header, valuation) {
        Outcome::Denied(rule) => rule,
        Outcome::Allowed(_)
        | Outcome::AllowedByDefault(_)
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
    }
}

fn vpc_of(network: &Network, layer: Layer) -> Option<VpcId> {
    match layer {
        Layer::SecurityGroups(interface) => Some(network.vpc_of(interface)),
        Layer::NetworkAcl(_, subnet) => Some(network.subnets[subnet].vpc),
        Layer::CloudFirewall(..)
        | Layer::ListenerAccess(..)
        | Layer::HostFirewall(_)
        | Layer::HostForwarding(..)
        | Layer::Listener(..) => None,
    }
}

/// Every rule of a layer, of both directions.
fn rules(network: &Network, layer: Layer) -> Vec<(RuleRef, &Rule)> {
    let owners: Vec<RuleOwner> = match layer {
        Layer::SecurityGroups(interface) => {
            let groups = &network.interfaces[interface].security_groups;
            groups.iter().copied().map(RuleOwner::SecurityGroup).collect()
        }
        Layer::NetworkAcl(acl, _) => vec![RuleOwner::NetworkAcl(acl)],
        Layer::CloudFirewall(..)
        | Layer::ListenerAccess(..)
        | Layer::HostFirewall(_)
        | Layer::HostForwarding(..)
        | Layer::Listener(..) => Vec::new(),
    };
    owners.into_iter().flat_map(|owner| rules_of(network, owner)).collect()
}

fn rules_of(network: &Network, owner: RuleOwner) -> impl Iterator<Item = (RuleRef, &Rule)> {
    [Direction::Ingress, Direction::Egress].into_iter().flat_map(move |direction| {
        let rules = network.rules_of(owner, direction).iter().enumerate();
        rules.map(move |(index, rule)| (RuleRef { owner, direction, index }, rule))
    })
}

#[cfg(test)]
mod tests;
