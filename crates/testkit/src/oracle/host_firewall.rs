//! §8b: the firewall of a host.

use canreach_model::{
    Chain, ChainRule, ChainVerdict, Checkpoint, ConnectionState, Direction, HookPoint,
    HostFirewall, InterfaceId, Layer, Pass, Policy,
};
use canreach_net::{Header, Protocol};

use super::{Lost, Walk};

/// What came of running through a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Accepted,
    Denied,
    /// It came to its end, or returned.
    Ended,
}

/// What a rule may look at.
#[derive(Clone, Copy)]
struct Seen {
    header: Header,
    state: ConnectionState,
    input: Option<InterfaceId>,
    output: Option<InterfaceId>,
}

impl Walk<'_> {
    /// Passes where the interface is not an instance's, or its firewall is not known.
    pub(super) fn host_firewall(
        &mut self,
        hook: HookPoint,
        input: Option<InterfaceId>,
        output: Option<InterfaceId>,
        header: Header,
    ) -> Result<(), Lost> {
        let network = self.network;
        let Some(at) = input.or(output) else { return Ok(()) };
        let firewall =
            network.instance_of(at).and_then(|id| network.instances[id].firewall.as_ref());
        let Some(firewall) = firewall else { return Ok(()) };
        let layer = match (input, output) {
            (Some(from), Some(to)) => Layer::HostForwarding(from, to),
            _ => Layer::HostFirewall(at),
        };
        let direction = match hook {
            HookPoint::Input | HookPoint::Forward => Direction::Ingress,
            HookPoint::Output => Direction::Egress,
        };
        let seen = Seen { header, state: self.connection_state(layer, header), input, output };
        let mut bases = firewall.chains.iter();
        let passes = bases.all(|chain| match chain.base {
            Some((own, policy)) if own == hook => self.passes_base(firewall, chain, policy, seen),
            Some(_) | None => true,
        });
        self.judged(Checkpoint { layer, direction }, passes)
    }

    fn connection_state(&self, layer: Layer, header: Header) -> ConnectionState {
        let protocol = header.transport.protocol();
        let reply = self.pass == Pass::Reply;
        if reply && self.saw(layer) {
            ConnectionState::Established
        } else if reply && (protocol == Protocol::TCP || protocol.is_icmp()) {
            ConnectionState::Invalid
        } else {
            ConnectionState::New
        }
    }

    fn passes_base(
        &self,
        firewall: &HostFirewall,
        chain: &Chain,
        policy: Policy,
        seen: Seen,
    ) -> bool {
        match self.run(firewall, chain, seen) {
            Run::Accepted => true,
            Run::Denied => false,
            Run::Ended => policy == Policy::Accept,
        }
    }

    fn run(&self, firewall: &HostFirewall, chain: &Chain, seen: Seen) -> Run {
        let other = |position: usize| match firewall.chains.get(position) {
            Some(chain) => self.run(firewall, chain, seen),
            None => Run::Ended,
        };
        for rule in &chain.rules {
            if !self.chain_rule_matches(rule, seen) {
                continue;
            }
            match rule.verdict {
                ChainVerdict::Accept => return Run::Accepted,
                ChainVerdict::Drop | ChainVerdict::Reject => return Run::Denied,
                ChainVerdict::Return => return Run::Ended,
                ChainVerdict::Goto(position) => return other(position),
                ChainVerdict::Jump(position) => match other(position) {
                    Run::Ended => {}
                    decided @ (Run::Accepted | Run::Denied) => return decided,
                },
            }
        }
        Run::Ended
    }

    fn chain_rule_matches(&self, rule: &ChainRule, seen: Seen) -> bool {
        let state = rule.states.as_ref().is_none_or(|states| states.contains(&seen.state));
        let input = rule.input.is_none_or(|wanted| seen.input == Some(wanted));
        let output = rule.output.is_none_or(|wanted| seen.output == Some(wanted));
        state && input && output && self.matches(None, &rule.matches, seen.header)
    }
}
