//! The rules of each layer that let packets through, and the list they stand in.

use canreach_model::{
    Action, Chain, ChainRule, ChainVerdict, Checkpoint, ConnectionState, Direction, FirewallList,
    HookPoint, InstanceId, InterfaceId, Layer, Network, PacketMatch, RuleOwner, RuleRef, VpcId,
};

/// The most rules of a host's chains looked at; one rule counts once for each way that leads to it.
const MOST_RULES: usize = 10_000;

/// A rule that lets packets through.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'n> {
    pub(super) at: RuleRef,
    /// What a packet must match to be let through by it: its own part, after those of the rules that
    /// lead to its chain.
    pub(super) parts: Vec<&'n PacketMatch>,
}

/// Returns the VPC in which a layer resolves references to security groups; those outside VPCs know
/// none.
pub(super) fn vpc_of(network: &Network, layer: Layer) -> Option<VpcId> {
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

/// Returns every rule of a layer that lets packets through, of both directions.
pub(super) fn candidates(network: &Network, checkpoint: Checkpoint) -> Vec<Candidate<'_>> {
    let direction = checkpoint.direction;
    let owners: Vec<RuleOwner> = match checkpoint.layer {
        Layer::SecurityGroups(interface) => {
            let groups = &network.interfaces[interface].security_groups;
            groups.iter().copied().map(RuleOwner::SecurityGroup).collect()
        }
        Layer::NetworkAcl(acl, _) => vec![RuleOwner::NetworkAcl(acl)],
        Layer::CloudFirewall(firewall, border) => {
            return of_border(network, direction, |list| {
                RuleOwner::CloudFirewall(firewall, border, list)
            });
        }
        Layer::ListenerAccess(balancer, listener) => {
            let owner = RuleOwner::ListenerAccess(balancer, listener);
            return of_list(network, owner, direction).collect();
        }
        Layer::HostFirewall(at) => {
            let hooks =
                [(HookPoint::Input, Direction::Ingress), (HookPoint::Output, Direction::Egress)];
            return of_host(network, at, &hooks, at);
        }
        Layer::HostForwarding(from, to) => {
            return of_host(network, from, &[(HookPoint::Forward, direction)], to);
        }
        Layer::Listener(..) => Vec::new(),
    };
    let both = [Direction::Ingress, Direction::Egress];
    let lists = owners.into_iter().flat_map(|owner| both.map(|direction| (owner, direction)));
    lists.flat_map(|(owner, direction)| of_list(network, owner, direction)).collect()
}

fn of_list(
    network: &Network,
    owner: RuleOwner,
    direction: Direction,
) -> impl Iterator<Item = Candidate<'_>> {
    let rules = network.rules_of(owner, direction).iter().enumerate();
    let allowing = rules.filter(|(_, rule)| rule.action == Action::Allow);
    allowing.map(move |(index, rule)| Candidate {
        at: RuleRef { owner, direction, index },
        parts: vec![&rule.matches],
    })
}

/// The white list, which has no direction, and the rules of both directions.
fn of_border(
    network: &Network,
    direction: Direction,
    owner: impl Fn(FirewallList) -> RuleOwner,
) -> Vec<Candidate<'_>> {
    let lists = [
        (FirewallList::White, direction),
        (FirewallList::Rules, Direction::Ingress),
        (FirewallList::Rules, Direction::Egress),
    ];
    lists
        .into_iter()
        .flat_map(|(list, direction)| of_list(network, owner(list), direction))
        .collect()
}

/// The rules that accept in the chains of a host's firewall, by the hooks where packets enter them.
fn of_host<'n>(
    network: &'n Network,
    input: InterfaceId,
    hooks: &[(HookPoint, Direction)],
    output: InterfaceId,
) -> Vec<Candidate<'n>> {
    let Some(instance) = network.instance_of(input) else { return Vec::new() };
    let Some(firewall) = &network.instances[instance].firewall else { return Vec::new() };
    let mut found = Vec::new();
    for (hook, direction) in hooks {
        let (came, leaves) = match hook {
            HookPoint::Input => (Some(input), None),
            HookPoint::Output => (None, Some(output)),
            HookPoint::Forward => (Some(input), Some(output)),
        };
        let mut entry = Entry {
            instance,
            chains: &firewall.chains,
            direction: *direction,
            came,
            leaves,
            found: Vec::new(),
        };
        for (index, chain) in firewall.chains.iter().enumerate() {
            if chain.base.is_some_and(|(point, _)| point == *hook) {
                entry.follow(index, &mut Vec::new());
            }
        }
        found.extend(entry.found);
    }
    found
}

/// Where packets enter the chains of one firewall, by one hook.
struct Entry<'n> {
    instance: InstanceId,
    chains: &'n [Chain],
    direction: Direction,
    came: Option<InterfaceId>,
    leaves: Option<InterfaceId>,
    found: Vec<Candidate<'n>>,
}

impl<'n> Entry<'n> {
    /// Adds the rules of a chain, and of those it leads to, after the parts that lead to it.
    fn follow(&mut self, chain: usize, before: &mut Vec<&'n PacketMatch>) {
        // No chain leads back to itself; one that did would be left here.
        let (Some(rules), true) = (self.chains.get(chain), before.len() <= self.chains.len())
        else {
            return;
        };
        for (index, rule) in rules.rules.iter().enumerate() {
            if self.found.len() >= MOST_RULES || !self.may_be_meant(rule) {
                continue;
            }
            before.push(&rule.matches);
            match rule.verdict {
                ChainVerdict::Accept => {
                    let owner = RuleOwner::HostChain(self.instance, chain);
                    let at = RuleRef { owner, direction: self.direction, index };
                    self.found.push(Candidate { at, parts: before.clone() });
                }
                ChainVerdict::Jump(to) | ChainVerdict::Goto(to) => self.follow(to, before),
                ChainVerdict::Drop | ChainVerdict::Reject | ChainVerdict::Return => {}
            }
            before.pop();
        }
    }

    /// Whether a rule is for packets that begin a connection, by these interfaces. What only accepts
    /// answers, or the host's own loopback, is meant for something else.
    fn may_be_meant(&self, rule: &ChainRule) -> bool {
        let named = |wanted: Option<InterfaceId>, at| wanted.is_none_or(|id| Some(id) == at);
        let begins = |states: &Vec<ConnectionState>| states.contains(&ConnectionState::New);
        named(rule.input, self.came)
            && named(rule.output, self.leaves)
            && rule.states.as_ref().is_none_or(begins)
    }
}
