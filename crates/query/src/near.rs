//! Near misses: rules that would have let a packet through if one field differed.

use canreach_eval::{Outcome, judge, matches};
use canreach_model::{
    Action, AddressMatch, Checkpoint, Direction, Layer, Network, PacketMatch, Pass, RuleOwner,
    RuleRef, Valuation, VpcId,
};
use canreach_net::{Header, PortSet, Protocol};

use crate::{Difference, NearMiss};

/// The most near misses named for one filter.
const MOST_NEAR: usize = 3;

/// A filter, and the packet it stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped<'a> {
    pub(crate) pass: Pass,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) header: &'a Header,
}

/// Returns the allow rules that come near, in the order of the guide.
pub(crate) fn near_misses(
    network: &Network,
    stopped: Stopped<'_>,
    valuation: &Valuation,
) -> Vec<NearMiss> {
    let Stopped { pass, checkpoint, header } = stopped;
    let Some(vpc) = vpc_of(network, checkpoint.layer) else { return Vec::new() };
    let asked = Asked { network, vpc, header, valuation, direction: checkpoint.direction };
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for rule in rules(network, checkpoint.layer) {
        if let Some(differs) = asked.difference(rule) {
            let miss = NearMiss { pass, checkpoint, rule, differs };
            if asked.is_unlike(rule, differs) { far.push(miss) } else { near.push(miss) }
        }
    }
    let mut found = if near.is_empty() { far } else { near };
    found.sort_by_key(|near| (near.differs, near.rule));
    found.truncate(MOST_NEAR);
    found
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
        Layer::Listener(_) => None,
    }
}

/// Every rule of a layer, of both directions.
fn rules(network: &Network, layer: Layer) -> Vec<RuleRef> {
    let owners: Vec<RuleOwner> = match layer {
        Layer::SecurityGroups(interface) => {
            let groups = &network.interfaces[interface].security_groups;
            groups.iter().copied().map(RuleOwner::SecurityGroup).collect()
        }
        Layer::NetworkAcl(acl, _) => vec![RuleOwner::NetworkAcl(acl)],
        Layer::Listener(_) => Vec::new(),
    };
    let of_owner = |owner: RuleOwner| {
        [Direction::Ingress, Direction::Egress].into_iter().flat_map(move |direction| {
            let count = rule_list(network, owner, direction).len();
            (0..count).map(move |index| RuleRef { owner, direction, index })
        })
    };
    owners.into_iter().flat_map(of_owner).collect()
}

fn rule_list(network: &Network, owner: RuleOwner, direction: Direction) -> &[canreach_model::Rule] {
    match owner {
        RuleOwner::SecurityGroup(id) => network.security_groups[id].rules.of(direction),
        RuleOwner::NetworkAcl(id) => network.network_acls[id].rules.of(direction),
    }
}

/// The packet that was stopped, as rules are held against it.
struct Asked<'a> {
    network: &'a Network,
    vpc: VpcId,
    header: &'a Header,
    valuation: &'a Valuation,
    direction: Direction,
}

impl Asked<'_> {
    /// The one field in which an allow rule differs, if it is one.
    fn difference(&self, at: RuleRef) -> Option<Difference> {
        let rule = rule_list(self.network, at.owner, at.direction).get(at.index)?;
        if rule.action != Action::Allow {
            return None;
        }
        if at.direction != self.direction {
            // A rule for the other direction names the far side on its other side.
            let turned = turned(&rule.matches);
            let misplaced = names_something(&turned) && self.fields(&turned).is_empty();
            return misplaced.then_some(Difference::Direction);
        }
        match self.fields(&rule.matches).as_slice() {
            // It matches: something before it has decided.
            [] => Some(Difference::Priority),
            [one] => Some(*one),
            [_, _, ..] => None,
        }
    }

    /// Whether a rule for another protocol names something that the packet's protocol has not, such
    /// as a port where the packet is a ping: near only if nothing is nearer.
    fn is_unlike(&self, at: RuleRef, differs: Difference) -> bool {
        let rule = rule_list(self.network, at.owner, at.direction).get(at.index);
        differs == Difference::Protocol
            && rule.is_some_and(|rule| {
                let names_ports = !rule.matches.destination_ports.is_all();
                let names_icmp = rule.matches.icmp.is_some();
                (names_ports || names_icmp) && !self.both_have_ports(rule.matches.protocol)
            })
    }

    /// The fields in which a rule does not match the packet.
    fn fields(&self, rule: &PacketMatch) -> Vec<Difference> {
        let any = PacketMatch::everything();
        let matches = |partial: &PacketMatch| {
            matches(self.network, self.vpc, partial, self.header, self.valuation)
        };
        let mut differs = Vec::new();
        let mut hold = |holds: bool, difference| {
            if !holds {
                differs.push(difference);
            }
        };
        hold(matches(&PacketMatch { family: rule.family, ..any.clone() }), Difference::Family);
        let same_protocol = matches(&PacketMatch { protocol: rule.protocol, ..any.clone() });
        hold(same_protocol, Difference::Protocol);
        // Ports and ICMP types mean something only between like protocols.
        let ports_comparable = same_protocol || self.both_have_ports(rule.protocol);
        let with_source = PacketMatch { source_ports: rule.source_ports.clone(), ..any.clone() };
        hold(!ports_comparable || matches(&with_source), Difference::SourcePort);
        let destination_ports: PortSet = rule.destination_ports.clone();
        let with_destination = PacketMatch { destination_ports, ..any.clone() };
        hold(!ports_comparable || matches(&with_destination), Difference::Port);
        let with_icmp = PacketMatch { icmp: rule.icmp, ..any.clone() };
        hold(!same_protocol || matches(&with_icmp), Difference::IcmpType);
        for (side, with_side) in [
            (rule.source, PacketMatch { source: rule.source, ..any.clone() }),
            (rule.destination, PacketMatch { destination: rule.destination, ..any.clone() }),
        ] {
            let difference = match side {
                AddressMatch::SecurityGroup(_) => Difference::Group,
                AddressMatch::Any | AddressMatch::Range(_) | AddressMatch::AddressGroup(_) => {
                    Difference::Address
                }
            };
            // An address of the other family differs by family alone.
            let family_only = differs.contains(&Difference::Family);
            if !family_only && !matches(&with_side) {
                differs.push(difference);
            }
        }
        differs
    }

    fn both_have_ports(&self, rule: Option<Protocol>) -> bool {
        self.header.transport.ports().is_some() && rule.is_none_or(Protocol::has_ports)
    }
}

/// Whether a rule is about something in particular. One that lets everything through, as most groups
/// have for one direction, was not meant for the other.
fn names_something(rule: &PacketMatch) -> bool {
    let names = |side: AddressMatch| match side {
        AddressMatch::Any => false,
        AddressMatch::Range(range) => {
            range.as_prefix().is_none_or(|prefix| prefix.prefix_len() > 0)
        }
        AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => true,
    };
    rule.protocol.is_some() || names(rule.source) || names(rule.destination)
}

/// The same rule written for the other direction.
fn turned(rule: &PacketMatch) -> PacketMatch {
    PacketMatch { source: rule.destination, destination: rule.source, ..rule.clone() }
}

#[cfg(test)]
mod tests;
