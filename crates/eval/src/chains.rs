//! How the firewall of a host decides (§8b): its base chains, run through rule by rule.

use canreach_model::{
    Chain, ChainRule, ChainVerdict, ConnectionState, Direction, HookPoint, HostFirewall,
    InstanceId, InterfaceId, Network, Pass, Policy, RuleOwner, RuleRef, Valuation,
};

use canreach_net::Protocol;

use crate::{
    filter::Judged,
    matching::{View, Viewer},
    trace::Outcome,
};

/// Where a packet meets the firewall of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) point: HookPoint,
    /// The direction of the checkpoint.
    pub(crate) direction: Direction,
    /// The interface by which the packet came.
    pub(crate) input: Option<InterfaceId>,
    /// The interface by which it leaves.
    pub(crate) output: Option<InterfaceId>,
}

impl Hook {
    /// The hook for what an interface receives, or sends.
    pub(crate) fn at(interface: InterfaceId, direction: Direction) -> Self {
        match direction {
            Direction::Ingress => {
                Self { point: HookPoint::Input, direction, input: Some(interface), output: None }
            }
            Direction::Egress => {
                Self { point: HookPoint::Output, direction, input: None, output: Some(interface) }
            }
        }
    }

    /// The hook for what is forwarded from one interface to another.
    pub(crate) fn between(from: InterfaceId, to: InterfaceId, direction: Direction) -> Self {
        Self { point: HookPoint::Forward, direction, input: Some(from), output: Some(to) }
    }
}

/// Returns what the firewall of an instance decides: each base chain of the hook must let the packet
/// pass.
pub(crate) fn host_firewall(
    network: &Network,
    instance: InstanceId,
    hook: Hook,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let Some(firewall) = &network.instances[instance].firewall else {
        return Outcome::NotExamined;
    };
    let run = Run {
        instance,
        firewall,
        hook,
        // Hosts know no security groups.
        view: View::new(
            network,
            Viewer { vpc: None, direction: hook.direction },
            judged.packet,
            valuation,
        ),
        state: connection_state(judged),
    };
    let mut told = Outcome::Unfiltered;
    for (index, chain) in firewall.chains.iter().enumerate() {
        if chain.base.is_some_and(|(point, _)| point == hook.point) {
            let outcome = run.chain(index, 0).unwrap_or(Outcome::Unfiltered);
            if !outcome.passes() {
                return outcome;
            }
            told = more_telling(told, outcome);
        }
    }
    told
}

/// Of several chains that let a packet pass, the last rule that someone wrote tells most.
fn more_telling(before: Outcome, after: Outcome) -> Outcome {
    match (before, after) {
        (Outcome::Allowed(_), Outcome::AllowedByDefault(_)) => before,
        _ => after,
    }
}

/// How a packet relates to what the layer has seen.
fn connection_state(judged: Judged) -> ConnectionState {
    let protocol = judged.packet.header.transport.protocol();
    let begins_only_by_request = protocol == Protocol::TCP || protocol.is_icmp();
    match judged.pass {
        Pass::Reply if judged.saw => ConnectionState::Established,
        Pass::Reply if begins_only_by_request => ConnectionState::Invalid,
        Pass::Request | Pass::Reply => ConnectionState::New,
    }
}

/// One packet before the chains of one firewall.
struct Run<'a> {
    instance: InstanceId,
    firewall: &'a HostFirewall,
    hook: Hook,
    view: View<'a>,
    state: ConnectionState,
}

impl Run<'_> {
    /// Returns what a chain decides; `None` where the packet goes back to where the chain was jumped
    /// to from.
    ///
    /// No chain leads back to itself, so that `depth` stays below the number of chains; one that
    /// did would be left there.
    fn chain(&self, index: usize, depth: usize) -> Option<Outcome> {
        let chain = self.firewall.chains.get(index)?;
        if depth > self.firewall.chains.len() {
            return None;
        }
        let owner = RuleOwner::HostChain(self.instance, index);
        let rule_ref = |index| RuleRef { owner, direction: self.hook.direction, index };
        let matching = chain.rules.iter().enumerate().filter(|(_, rule)| self.matches(rule));
        for (position, rule) in matching {
            match rule.verdict {
                ChainVerdict::Accept => return Some(Outcome::Allowed(rule_ref(position))),
                ChainVerdict::Drop | ChainVerdict::Reject => {
                    return Some(Outcome::Denied(Some(rule_ref(position))));
                }
                ChainVerdict::Jump(to) => {
                    if let Some(outcome) = self.chain(to, depth + 1) {
                        return Some(outcome);
                    }
                }
                ChainVerdict::Goto(to) => {
                    return self.chain(to, depth + 1).or_else(|| at_end(chain, owner));
                }
                ChainVerdict::Return => break,
            }
        }
        at_end(chain, owner)
    }

    fn matches(&self, rule: &ChainRule) -> bool {
        let by = |wanted: Option<InterfaceId>, actual: Option<InterfaceId>| {
            wanted.is_none_or(|interface| actual == Some(interface))
        };
        by(rule.input, self.hook.input)
            && by(rule.output, self.hook.output)
            && rule.states.as_ref().is_none_or(|states| states.contains(&self.state))
            && self.view.matches(&rule.matches)
    }
}

/// What the end of a chain does: that of a base chain is its policy.
fn at_end(chain: &Chain, owner: RuleOwner) -> Option<Outcome> {
    chain.base.map(|(_, policy)| match policy {
        Policy::Accept => Outcome::AllowedByDefault(owner),
        Policy::Drop => Outcome::DeniedByDefault(owner),
    })
}
