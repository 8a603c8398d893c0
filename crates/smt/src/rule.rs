//! One rule and the packets it matches.

use std::rc::Rc;

use canreach_model::{AddressMatch, FactId, IcmpMatch, PacketMatch, SecurityGroupId};
use canreach_net::{AddressSet, Discrete, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_topology::HeaderSet;
use z3::ast::Bool;

use crate::{
    header::{Seen, has_ports, is_icmp},
    members::Referring,
    scope::Scope,
    term::{Address, all},
};

/// A packet at a filter.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Its header, as terms.
    pub(crate) seen: Seen,
    /// Every header it can have there.
    pub(crate) possible: HeaderSet,
    /// From where references to security groups are looked up; `None` where they match nothing.
    pub(crate) groups: Option<Referring>,
    /// The groups that stand for it whatever its source, at ingress: those of the load balancer that
    /// keeps the client's address and sent it on (§7).
    pub(crate) sender_groups: Vec<SecurityGroupId>,
}

/// What of a rule is left to ask of a packet that it may match; `None` where the answer is yes.
#[derive(Debug)]
pub(crate) struct Open {
    source: Option<Rc<AddressSet>>,
    destination: Option<Rc<AddressSet>>,
    protocols: Option<ProtocolSet>,
    ports_only: bool,
    source_ports: Option<PortSet>,
    destination_ports: Option<PortSet>,
    icmp_only: bool,
    icmp_types: Option<RangeSet<u8>>,
    icmp_codes: Option<RangeSet<u8>>,
    fact: Option<FactId>,
}

/// The rule never matches the packet.
struct Never;

/// Returns what is left to ask so that a value, one of those possible, is in `set`.
fn part<T: Discrete>(
    set: &RangeSet<T>,
    possible: &RangeSet<T>,
) -> Result<Option<RangeSet<T>>, Never> {
    if set.is_disjoint(possible) {
        Err(Never)
    } else {
        Ok((!possible.is_subset(set)).then(|| set.clone()))
    }
}

fn addresses(
    set: Option<Rc<AddressSet>>,
    possible: &AddressSet,
) -> Result<Option<Rc<AddressSet>>, Never> {
    let Some(set) = set else { return Ok(None) };
    let both = set.intersection(possible);
    if both.is_empty() {
        Err(Never)
    } else if possible.is_subset(&set) {
        Ok(None)
    } else if both.ranges().count() < set.ranges().count() {
        Ok(Some(Rc::new(both)))
    } else {
        // Uncut prefixes make simpler formulas.
        Ok(Some(set))
    }
}

/// A set of every port is no constraint, even where the packet has no port at all.
fn ports(set: &PortSet, possible: &PortSet) -> Result<Option<PortSet>, Never> {
    if set.is_all() { Ok(None) } else { part(set, possible) }
}

fn byte(asked: Option<u8>, possible: &RangeSet<u8>) -> Result<Option<RangeSet<u8>>, Never> {
    asked.map_or(Ok(None), |value| part(&RangeSet::single(value), possible))
}

impl Scope<'_> {
    /// Returns what is left to ask of the packet so that the rule matches it; `None` when it never
    /// does.
    pub(crate) fn may_match(&self, rule: &PacketMatch, packet: &Packet) -> Option<Open> {
        self.left_of(rule, packet).ok()
    }

    fn left_of(&self, rule: &PacketMatch, packet: &Packet) -> Result<Open, Never> {
        let possible = &packet.possible;
        let protocols = rule
            .protocol
            .map_or_else(ProtocolSet::all, |Protocol(number)| ProtocolSet::single(number));
        let named = HeaderSet {
            protocols: protocols.intersection(&possible.protocols),
            ..possible.clone()
        };
        let asks_ports = !rule.source_ports.is_all() || !rule.destination_ports.is_all();
        let icmp = rule.icmp;
        if rule.family.is_some_and(|family| family != packet.seen.family())
            || (asks_ports && named.with_ports().is_empty())
            || (icmp.is_some() && named.icmp_protocols().is_empty())
        {
            return Err(Never);
        }
        let address = |side, possible: &AddressSet| {
            addresses(self.members.addresses(side, packet.groups), possible)
        };
        let sent_on = matches!(rule.source, AddressMatch::SecurityGroup(group)
            if packet.sender_groups.contains(&group));
        let source = if sent_on { AddressMatch::Any } else { rule.source };
        Ok(Open {
            source: address(source, &possible.sources)?,
            destination: address(rule.destination, &possible.destinations)?,
            protocols: part(&protocols, &possible.protocols)?,
            ports_only: asks_ports && named.with_ports() != named.protocols,
            source_ports: ports(&rule.source_ports, &possible.source_ports)?,
            destination_ports: ports(&rule.destination_ports, &possible.destination_ports)?,
            icmp_only: icmp.is_some() && named.icmp_protocols() != named.protocols,
            icmp_types: byte(icmp.and_then(|IcmpMatch { kind, .. }| kind), &possible.icmp_types)?,
            icmp_codes: byte(icmp.and_then(|IcmpMatch { code, .. }| code), &possible.icmp_codes)?,
            fact: rule.unresolved,
        })
    }

    /// Returns a formula that is true iff the rule of which `open` is left matches the packet.
    pub(crate) fn matches(&mut self, open: &Open, seen: &Seen) -> Bool {
        let address =
            |set: &Option<Rc<AddressSet>>, term: &Address| set.as_ref().map(|set| term.is_in(set));
        let parts = [
            open.protocols.as_ref().map(|set| seen.protocol.is_in(set)),
            open.ports_only.then(|| has_ports(&seen.protocol)),
            open.icmp_only.then(|| is_icmp(&seen.protocol)),
            address(&open.source, &seen.source),
            address(&open.destination, &seen.destination),
            open.source_ports.as_ref().map(|set| seen.source_port.is_in(set)),
            open.destination_ports.as_ref().map(|set| seen.destination_port.is_in(set)),
            open.icmp_types.as_ref().map(|set| seen.icmp_type.is_in(set)),
            open.icmp_codes.as_ref().map(|set| seen.icmp_code.is_in(set)),
            open.fact.map(|fact| self.fact(fact)),
        ];
        all(parts.into_iter().flatten())
    }
}
