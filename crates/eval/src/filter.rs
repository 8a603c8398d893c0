//! How a layer decides about a packet (§§6 step 4, 7, 8): which of them it is, and those of VPCs.

use canreach_model::{
    Action, Checkpoint, Combine, Direction, InstanceId, InterfaceId, Layer, Listen, Network,
    NetworkAclId, Pass, Profile, Rule, RuleOwner, RuleRef, SecurityGroupId, Service, SubnetId,
    Valuation,
};
use canreach_net::{Family, Header};

use crate::{
    border,
    chains::{self, Hook},
    matching::{Packet, View, Viewer, is_exempt},
    owners::Owners,
    trace::Outcome,
};

/// Returns what a layer decides about a packet by its rules alone, as if it were a request: no
/// layer remembers anything.
#[must_use]
pub fn judge(
    network: &Network,
    checkpoint: Checkpoint,
    packet: impl Into<Packet>,
    valuation: &Valuation,
) -> Outcome {
    let judged = Judged { packet: packet.into(), pass: Pass::Request, saw: false };
    decide(network.into(), checkpoint, judged, valuation)
}

/// Returns what a layer decides about a reply: to a request that it `saw`, or to another.
#[must_use]
pub fn judge_reply(
    network: &Network,
    checkpoint: Checkpoint,
    packet: impl Into<Packet>,
    saw: bool,
    valuation: &Valuation,
) -> Outcome {
    let judged = Judged { packet: packet.into(), pass: Pass::Reply, saw };
    decide(network.into(), checkpoint, judged, valuation)
}

/// A packet before a layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) packet: Packet,
    pub(crate) pass: Pass,
    /// Whether it is the reply to a request that the layer saw.
    pub(crate) saw: bool,
}

/// Returns what a layer decides about a packet.
pub(crate) fn decide(
    owners: Owners<'_>,
    checkpoint: Checkpoint,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let network = owners.network;
    let direction = checkpoint.direction;
    match checkpoint.layer {
        Layer::SecurityGroups(interface) => {
            security_groups(owners, interface, direction, judged, valuation)
        }
        Layer::NetworkAcl(acl, subnet) => {
            network_acl(owners, (acl, subnet), direction, judged, valuation)
        }
        Layer::CloudFirewall(firewall, border) => {
            border::cloud_firewall(network, (firewall, border), direction, judged, valuation)
        }
        Layer::ListenerAccess(balancer, index) => {
            border::listener_access(network, (balancer, index), direction, judged, valuation)
        }
        Layer::HostFirewall(interface) => {
            let hook = Hook::at(interface, direction);
            host_firewall(network, interface, hook, judged, valuation)
        }
        Layer::HostForwarding(from, to) => {
            let hook = Hook::between(from, to, direction);
            host_firewall(network, from, hook, judged, valuation)
        }
        Layer::Listener(instance, arrived) => {
            listener(network, (instance, arrived), direction, judged)
        }
    }
}

/// §8b, of the instance that an interface is plugged into.
fn host_firewall(
    network: &Network,
    interface: InterfaceId,
    hook: Hook,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    match network.instance_of(interface) {
        Some(instance) => chains::host_firewall(network, instance, hook, judged, valuation),
        None => Outcome::NotExamined,
    }
}

/// §7.
fn security_groups(
    owners: Owners<'_>,
    interface: InterfaceId,
    direction: Direction,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let network = owners.network;
    let profile = network.profile_of(interface);
    if !network.interfaces[interface].filtered {
        return Outcome::Unfiltered;
    }
    if is_exempt(&profile.security_group.exempt, &judged.packet.header) {
        return Outcome::Exempt;
    }
    if judged.saw && profile.security_group.stateful {
        return Outcome::AllowedAsReply;
    }
    let viewer = Viewer { vpc: Some(network.vpc_of(interface)), direction };
    let view = View::new(owners, viewer, judged.packet, valuation);
    let groups = &network.interfaces[interface].security_groups;
    // Groups are asked in attachment order. For `AnyAllow` that only decides which rule is named.
    let mut decisions = groups.iter().filter_map(|group| {
        let (index, rule) = deciding_rule(network, *group, direction, profile, &view)?;
        let owner = RuleOwner::SecurityGroup(*group);
        Some(by_rule(rule.action, RuleRef { owner, direction, index }))
    });
    decisions.next().unwrap_or(Outcome::Denied(None))
}

/// Returns the rule of one group that decides, with its position in the list.
fn deciding_rule<'n>(
    network: &'n Network,
    group: SecurityGroupId,
    direction: Direction,
    profile: &Profile,
    view: &View<'_>,
) -> Option<(usize, &'n Rule)> {
    let rules = network.security_groups[group].rules.of(direction).iter().enumerate();
    let mut matching = rules.filter(|(_, rule)| view.matches(&rule.matches));
    match profile.security_group.combine {
        Combine::AnyAllow => matching.find(|(_, rule)| rule.action == Action::Allow),
        Combine::FirstMatch => {
            let default = profile.security_group.default_priority.value(view.valuation());
            matching.min_by_key(|(index, rule)| {
                // At one priority deny comes before allow.
                (rule.priority.unwrap_or(default), rule.action != Action::Deny, *index)
            })
        }
    }
}

/// §8.
fn network_acl(
    owners: Owners<'_>,
    (acl, subnet): (NetworkAclId, SubnetId),
    direction: Direction,
    judged: Judged,
    valuation: &Valuation,
) -> Outcome {
    let network = owners.network;
    let vpc = network.subnets[subnet].vpc;
    let profile = &network.vpcs[vpc].profile.network_acl;
    if is_exempt(&profile.exempt, &judged.packet.header) {
        return Outcome::Exempt;
    }
    if judged.saw && profile.stateful {
        return Outcome::AllowedAsReply;
    }
    let viewer = Viewer { vpc: Some(vpc), direction };
    let view = View::new(owners, viewer, judged.packet, valuation);
    let mut rules = network.network_acls[acl].rules.of(direction).iter().enumerate();
    match rules.find(|(_, rule)| view.matches(&rule.matches)) {
        Some((index, rule)) => {
            let owner = RuleOwner::NetworkAcl(acl);
            by_rule(rule.action, RuleRef { owner, direction, index })
        }
        None => Outcome::Denied(None),
    }
}

pub(crate) fn by_rule(action: Action, rule: RuleRef) -> Outcome {
    match action {
        Action::Allow => Outcome::Allowed(rule),
        Action::Deny => Outcome::Denied(Some(rule)),
    }
}

/// §6 step 4: a request to a port needs a service; replies and other protocols do not.
fn listener(
    network: &Network,
    (instance, arrived): (InstanceId, Option<InterfaceId>),
    direction: Direction,
    judged: Judged,
) -> Outcome {
    let Some(services) = &network.instances[instance].services else {
        return Outcome::NotExamined;
    };
    let ports = judged.packet.header.transport.ports();
    match (direction, judged.pass, ports) {
        (Direction::Ingress, Pass::Request, Some(ports)) => services
            .iter()
            .position(|service| listens(service, arrived, &judged.packet.header, ports.destination))
            .map_or(Outcome::NotListening, Outcome::Listening),
        (Direction::Egress, _, _) | (_, Pass::Reply, _) | (_, _, None) => Outcome::NotJudged,
    }
}

fn listens(service: &Service, arrived: Option<InterfaceId>, header: &Header, port: u16) -> bool {
    let on_address = match service.listen {
        Listen::Any => true,
        Listen::AnyV4 => header.family() == Family::V4,
        Listen::AnyV6 => header.family() == Family::V6,
        Listen::Interface(interface) => arrived == Some(interface),
        Listen::Address(address) => address == header.destination && !address.is_loopback(),
    };
    on_address
        && service.protocol == header.transport.protocol()
        && (service.ports.first()..=service.ports.last()).contains(&port)
}
