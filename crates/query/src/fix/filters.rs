//! Edits that let packets through a filter: rules added, moved, removed and changed, and services that
//! listen.

use canreach_model::{
    Action, AddressMatch, Checkpoint, Combine, Direction, InstanceId, InterfaceId, Layer, Listen,
    NetworkAclId, PacketMatch, Pass, PublicAddressTarget, Rule, RuleOwner, RuleRef,
    SecurityGroupId, Service, Setting, SubnetId, Valuation,
};
use canreach_net::{AddressRange, Family, Header, PortSet};

use super::{
    Edit,
    apply::proposed,
    matching::{Sides, Wanted},
    numbers::Numbers,
};
use crate::{
    Difference, NearMiss,
    near::{self, Stopped},
};

/// A filter, the packet it stops, and what is to be changed besides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shut<'a> {
    pub(super) pass: Pass,
    pub(super) checkpoint: Checkpoint,
    pub(super) header: &'a Header,
    pub(super) edits: &'a [Edit],
}

/// The lowest priority that a rule can have; 1 is the highest.
const LAST_PRIORITY: u16 = 100;
/// How many bits of a block may be given up to make it hold one more address.
const MOST_WIDENED: u8 = 8;
/// In how many fields a rule may differ to be changed rather than left alone.
const MOST_FIELDS: usize = 1;
/// How many groups of an interface are considered for one rule.
const MOST_GROUPS: usize = 2;

impl Wanted<'_> {
    /// Returns ways to let a packet through a filter, the preferred first.
    pub(super) fn open_filter(&self, shut: Shut<'_>) -> Vec<Vec<Edit>> {
        match shut.checkpoint.layer {
            Layer::SecurityGroups(interface) => self.open_groups(shut, interface),
            Layer::NetworkAcl(acl, subnet) => self.open_acl(shut, acl, subnet),
            Layer::CloudFirewall(firewall, border) => self.open_border(shut, firewall, border),
            Layer::ListenerAccess(balancer, listener) => {
                self.open_access(shut, RuleOwner::ListenerAccess(balancer, listener))
            }
            Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => {
                self.open_host(shut, interface)
            }
            Layer::Listener(instance, _) => self.open_socket(shut, instance),
        }
    }

    fn open_groups(&self, shut: Shut<'_>, interface: InterfaceId) -> Vec<Vec<Edit>> {
        let profile = &self.network.profile_of(interface).security_group;
        let direction = shut.checkpoint.direction;
        let rule = |priority| Rule {
            priority,
            ..allow(self.packets(shut.pass, shut.header, direction, Sides::Far))
        };
        let groups = self.groups_by_members(interface);
        if groups.is_empty() {
            let Some(group) = self.network.security_groups.next_id() else { return Vec::new() };
            let owner = RuleOwner::SecurityGroup(group);
            let add = Edit::AddRule { owner, direction, before: 0, rule: rule(None) };
            return vec![vec![Edit::AddSecurityGroup(interface), add]];
        }
        let add = |group: SecurityGroupId, priority| {
            let owner = RuleOwner::SecurityGroup(group);
            let before = self.network.rules_of(owner, direction).len();
            Edit::AddRule { owner, direction, before, rule: rule(priority) }
        };
        let mut ways: Vec<Vec<Edit>> = Vec::new();
        let deciding = self.deciding(shut);
        match (profile.combine, deciding) {
            (Combine::AnyAllow, _) => {
                ways.extend(groups.iter().take(MOST_GROUPS).map(|group| vec![add(*group, None)]));
            }
            (Combine::FirstMatch, None) => {
                let last = |group: SecurityGroupId| {
                    let rules = self.network.rules_of(RuleOwner::SecurityGroup(group), direction);
                    rules.iter().filter_map(|rule| rule.priority).max().unwrap_or(1)
                };
                let some = groups.iter().take(MOST_GROUPS);
                ways.extend(some.map(|group| vec![add(*group, Some(last(*group)))]));
            }
            (Combine::FirstMatch, Some(deny)) => {
                ways.extend(self.before_in_groups(interface, deny, profile.default_priority, &add));
            }
        }
        ways.extend(self.near(shut).iter().filter_map(|near| self.change(shut, near)));
        ways.extend(self.remove(deciding));
        ways
    }

    /// Ways to have a rule tried before one that denies.
    fn before_in_groups(
        &self,
        interface: InterfaceId,
        deny: RuleRef,
        default: Setting<u16>,
        add: &impl Fn(SecurityGroupId, Option<u16>) -> Edit,
    ) -> Vec<Vec<Edit>> {
        let RuleOwner::SecurityGroup(group) = deny.owner else { return Vec::new() };
        let Some(rule) = self.network.rule(deny) else { return Vec::new() };
        let mut ways = Vec::new();
        let priority = rule.priority.unwrap_or_else(|| smallest(default));
        if priority > 1 {
            ways.push(vec![add(group, Some(priority.saturating_sub(1)))]);
        }
        let groups = &self.network.interfaces[interface].security_groups;
        let earlier = groups.iter().take_while(|it| **it != group);
        ways.extend(earlier.map(|group| vec![add(*group, Some(LAST_PRIORITY))]));
        if priority <= 1 {
            let later = Edit::MoveRule {
                rule: deny,
                before: deny.index,
                number: rule.number,
                priority: Some(2),
            };
            ways.push(vec![later, add(group, Some(1))]);
        }
        ways
    }

    /// The groups of an interface, those with the fewest members first: a rule there opens the least.
    fn groups_by_members(&self, interface: InterfaceId) -> Vec<SecurityGroupId> {
        let mut groups = self.network.interfaces[interface].security_groups.clone();
        groups.sort_by_key(|group| {
            let all = self.network.interfaces.iter();
            all.filter(|(_, interface)| interface.security_groups.contains(group)).count()
        });
        groups.dedup();
        groups
    }

    fn open_acl(&self, shut: Shut<'_>, acl: NetworkAclId, subnet: SubnetId) -> Vec<Vec<Edit>> {
        let vpc = self.network.subnets[subnet].vpc;
        let profile = &self.network.vpcs[vpc].profile.network_acl;
        let direction = shut.checkpoint.direction;
        let owner = RuleOwner::NetworkAcl(acl);
        let rules = self.network.rules_of(owner, direction);
        // Where rules match the source port, they speak of both ends.
        let sides = if profile.matches_source_port { Sides::Both } else { Sides::Far };
        let matches = self.packets(shut.pass, shut.header, direction, sides);
        let numbers = Numbers::of(rules, profile.numbered, shut.edits, owner, direction);
        let add = |before, number| Edit::AddRule {
            owner,
            direction,
            before,
            rule: Rule { number, ..allow(matches.clone()) },
        };
        let deciding = self.deciding(shut);
        let mut ways = Vec::new();
        let Some(deny) = deciding else {
            if let Ok(number) = numbers.at_the_end() {
                ways.push(vec![add(rules.len(), number)]);
            }
            ways.extend(self.near(shut).iter().filter_map(|near| self.change(shut, near)));
            return ways;
        };
        if let Ok(number) = numbers.before(deny.index) {
            ways.push(vec![add(deny.index, number)]);
            ways.extend(self.near(shut).iter().filter_map(|near| {
                let before = deny.index;
                let moves = near.differs == [Difference::Priority];
                moves.then(|| {
                    vec![Edit::MoveRule { rule: near.rule, before, number, priority: None }]
                })
            }));
        } else if let (Ok(later), Some(rule)) = (numbers.after(deny.index), self.network.rule(deny))
        {
            // No number is free before it: it makes room.
            let moved =
                Edit::MoveRule { rule: deny, before: deny.index, number: later, priority: None };
            ways.push(vec![add(deny.index, rule.number), moved]);
        }
        ways.extend(self.remove(deciding));
        ways
    }

    /// The rule that denies the packet, in the network as it was asked.
    fn deciding(&self, shut: Shut<'_>) -> Option<RuleRef> {
        near::decider(self.network, shut.stopped(), &Valuation::default()).rule
    }

    pub(super) fn near(&self, shut: Shut<'_>) -> Vec<NearMiss> {
        near::near_misses(self.network, shut.stopped(), &Valuation::default())
    }

    pub(super) fn remove(&self, deciding: Option<RuleRef>) -> Option<Vec<Edit>> {
        let rule = deciding?;
        let denies = self.network.rule(rule).is_some_and(|rule| rule.action == Action::Deny);
        denies.then(|| vec![Edit::RemoveRule(rule)])
    }

    /// The near miss changed so that it matches; what it let through before it still does, where that
    /// can be.
    pub(super) fn change(&self, shut: Shut<'_>, near: &NearMiss) -> Option<Vec<Edit>> {
        if near.differs.len() > MOST_FIELDS {
            return None;
        }
        let rule = self.network.rule(near.rule)?;
        let sides = match near.rule.owner {
            RuleOwner::SecurityGroup(_) => Sides::Far,
            RuleOwner::NetworkAcl(_) | RuleOwner::CloudFirewall(..) => Sides::Both,
            RuleOwner::HostChain(..) | RuleOwner::ListenerAccess(..) => return None,
        };
        let direction = shut.checkpoint.direction;
        let wanted = self.packets(shut.pass, shut.header, direction, sides);
        let mut into = rule.clone();
        for field in &near.differs {
            if *field == Difference::Group && !self.is_public_of_member(&into.matches, &wanted) {
                // Its members go on coming in by it; the address gets a rule of its own.
                return None;
            }
            change_field(&mut into.matches, *field, direction, &wanted, shut.header)?;
        }
        (into != *rule).then(|| vec![Edit::ChangeRule { rule: near.rule, direction, into }])
    }

    /// Whether a rule names a group whose member is wanted by its public address, which the reference does
    /// not stand for.
    fn is_public_of_member(&self, rule: &PacketMatch, wanted: &PacketMatch) -> bool {
        let sides = [(rule.source, wanted.source), (rule.destination, wanted.destination)];
        sides.into_iter().any(|(side, wanted)| {
            let (AddressMatch::SecurityGroup(group), AddressMatch::Range(range)) = (side, wanted)
            else {
                return false;
            };
            self.network.public_addresses.iter().any(|(_, public)| {
                let Some(PublicAddressTarget::Interface { interface, .. }) = public.target else {
                    return false;
                };
                let member = &self.network.interfaces[interface];
                range == public.address.into() && member.security_groups.contains(&group)
            })
        })
    }

    fn open_socket(&self, shut: Shut<'_>, instance: InstanceId) -> Vec<Vec<Edit>> {
        let Some(ports) = shut.header.transport.ports() else { return Vec::new() };
        let protocol = shut.header.transport.protocol();
        let family = Family::of(shut.header.destination);
        let services = self.network.instances[instance].services.as_deref().unwrap_or_default();
        let there = services.iter().position(|service| {
            let range = service.ports.first()..=service.ports.last();
            service.protocol == protocol && range.contains(&ports.destination)
        });
        if let Some((index, service)) = there.and_then(|at| Some((at, services.get(at)?))) {
            let listen = every_address(service.listen, family);
            return vec![vec![Edit::RebindService { instance, index, listen }]];
        }
        let service = Service {
            name: None,
            protocol,
            ports: self.asked_range(ports.destination),
            listen: match family {
                Family::V4 => Listen::AnyV4,
                Family::V6 => Listen::AnyV6,
            },
            origin: proposed(),
        };
        vec![vec![Edit::AddService { instance, service }]]
    }
}

impl Shut<'_> {
    pub(super) fn stopped(&self) -> Stopped {
        let packet = self.header.into();
        // What a host answers it has seen; other layers let such a reply through by themselves.
        let host =
            matches!(self.checkpoint.layer, Layer::HostFirewall(_) | Layer::HostForwarding(..));
        let known = host && self.pass == Pass::Reply;
        Stopped { pass: self.pass, checkpoint: self.checkpoint, packet, known }
    }
}

pub(super) fn allow(matches: PacketMatch) -> Rule {
    Rule {
        id: None,
        number: None,
        priority: None,
        action: Action::Allow,
        matches,
        origin: proposed(),
    }
}

/// Makes a rule match in one more field; `None` where that takes something else than a change.
pub(super) fn change_field(
    matches: &mut PacketMatch,
    field: Difference,
    direction: Direction,
    wanted: &PacketMatch,
    header: &Header,
) -> Option<()> {
    match field {
        Difference::Direction => std::mem::swap(&mut matches.source, &mut matches.destination),
        Difference::Protocol => {
            matches.protocol = Some(header.transport.protocol());
            if header.transport.ports().is_none() {
                matches.source_ports = PortSet::all();
                matches.destination_ports = PortSet::all();
            }
            if header.transport.icmp().is_none() {
                matches.icmp = None;
            }
        }
        Difference::Port => {
            matches.destination_ports = matches.destination_ports.union(&wanted.destination_ports);
        }
        Difference::SourcePort => {
            matches.source_ports = matches.source_ports.union(&wanted.source_ports);
        }
        Difference::IcmpType => matches.icmp = wanted.icmp,
        Difference::Address | Difference::Group => match direction {
            Direction::Ingress => matches.source = widened(matches.source, wanted.source)?,
            Direction::Egress => {
                matches.destination = widened(matches.destination, wanted.destination)?;
            }
        },
        Difference::Family => matches.family = None,
        // It is moved instead, where there is room.
        Difference::Priority => return None,
    }
    Some(())
}

/// Returns the highest of the priorities that a setting may stand for.
pub(super) fn smallest(setting: Setting<u16>) -> u16 {
    match setting {
        Setting::Decided(value) => value,
        Setting::Disputed { if_true, if_false, .. } => if_true.min(if_false),
    }
}

/// Returns a side of a rule that also holds what is wanted: the smallest prefix around both, or just
/// what is wanted where the rule names a group, which can't match.
fn widened(side: AddressMatch, wanted: AddressMatch) -> Option<AddressMatch> {
    let AddressMatch::Range(more) = wanted else { return None };
    match side {
        AddressMatch::SecurityGroup(_) => Some(wanted),
        AddressMatch::Range(range) => around(range, more).map(AddressMatch::Range),
        // A list that other rules may name too is left alone.
        AddressMatch::AddressGroup(_) | AddressMatch::Any => None,
    }
}

/// Returns the smallest prefix that holds both ranges, unless it is much larger than the first.
fn around(range: AddressRange, more: AddressRange) -> Option<AddressRange> {
    if Family::of(range.first()) != Family::of(more.first()) {
        return None;
    }
    let prefix = range.as_prefix()?;
    let mut wider = prefix;
    while !(wider.contains(&more.first()) && wider.contains(&more.last())) {
        wider = wider.supernet()?;
    }
    let given_up = prefix.prefix_len().saturating_sub(wider.prefix_len());
    (given_up <= MOST_WIDENED).then(|| wider.trunc().into())
}

/// Returns where a service is to listen so that it is reached at every address of a family.
fn every_address(listen: Listen, family: Family) -> Listen {
    let of_family = |address: std::net::IpAddr| Family::of(address) == family;
    let every = match family {
        Family::V4 => Listen::AnyV4,
        Family::V6 => Listen::AnyV6,
    };
    match listen {
        Listen::Address(address) if of_family(address) => every,
        // It listens for the other family, and goes on doing so.
        Listen::Address(_) | Listen::Any | Listen::AnyV4 | Listen::AnyV6 | Listen::Interface(_) => {
            Listen::Any
        }
    }
}

#[cfg(test)]
mod tests;
