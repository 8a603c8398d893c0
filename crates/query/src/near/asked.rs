//! Which fields of a rule a packet differs in.
//!
//! A rule is held against a packet field by field. Fields that only mean something between like
//! protocols (ports, ICMP types) neither agree nor differ where the protocols are unlike.

use canreach_eval::{Packet, Viewer, matches};
use canreach_model::{AddressMatch, Direction, Network, PacketMatch, Valuation, VpcId};
use canreach_net::Protocol;

use crate::Difference;

/// The packet that was stopped, as rules are held against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) network: &'a Network,
    /// The VPC in which references to groups are resolved.
    pub(super) vpc: Option<VpcId>,
    pub(super) packet: Packet,
    pub(super) valuation: &'a Valuation,
    pub(super) direction: Direction,
}

/// How a rule that did not let the packet through compares with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Comparison {
    /// How far it is: one for each field that differs, and one for naming something that the
    /// packet's protocol has not, such as a port where the packet is a ping.
    pub(super) distance: usize,
    /// The fields that differ, in the guide's order; an address twice where both sides differ.
    pub(super) differs: Vec<Difference>,
}

/// The most fields in which a rule may differ.
const MOST_DIFFERENT: usize = 3;

impl Asked<'_> {
    /// Compares a rule of a list for `direction`, all parts of it, with the packet; `None` where they
    /// have nothing in common.
    pub(super) fn compare(
        &self,
        parts: &[&PacketMatch],
        direction: Direction,
    ) -> Option<Comparison> {
        let misplaced = direction != self.direction;
        let mut fields = Fields::default();
        let mut unlike = false;
        for part in parts {
            // A rule for the other direction names the far side on its other side.
            let part = if misplaced { turned(part) } else { (*part).clone() };
            unlike |= self.is_unlike(&part);
            fields.add(self.fields(&part));
        }
        if misplaced {
            fields.differs.push(Difference::Direction);
        } else if fields.differs.is_empty() {
            // It matches: something before it has decided.
            fields.differs.push(Difference::Priority);
        }
        fields.differs.sort_unstable();
        let count = fields.differs.len();
        // A rule of the other direction has to agree in something it names: one that lets everything
        // through, as most groups have for one direction, was not meant for the other.
        let in_common = fields.agrees || !misplaced;
        (in_common && count <= MOST_DIFFERENT).then_some(Comparison {
            distance: count + usize::from(unlike),
            differs: fields.differs,
        })
    }

    /// Whether a rule for another protocol names something that the packet's protocol has not.
    fn is_unlike(&self, rule: &PacketMatch) -> bool {
        let names_ports = !rule.destination_ports.is_all();
        let other = !self.holds(&PacketMatch { protocol: rule.protocol, ..any() });
        other && (names_ports || rule.icmp.is_some()) && !self.both_have_ports(rule.protocol)
    }

    fn fields(&self, rule: &PacketMatch) -> Fields {
        let mut fields = Fields::default();
        // The family is not worth telling where it agrees.
        let family = self.holds(&PacketMatch { family: rule.family, ..any() });
        fields.look(false, family, Difference::Family);
        let protocol = self.holds(&PacketMatch { protocol: rule.protocol, ..any() });
        fields.look(rule.protocol.is_some(), protocol, Difference::Protocol);
        if protocol || self.both_have_ports(rule.protocol) {
            self.ports(rule, &mut fields);
        }
        if protocol {
            let icmp = self.holds(&PacketMatch { icmp: rule.icmp, ..any() });
            fields.look(rule.icmp.is_some(), icmp, Difference::IcmpType);
        }
        // An address of the other family differs by family alone.
        if family {
            let source = self.holds(&PacketMatch { source: rule.source, ..any() });
            fields.look(names(rule.source), source, of_address(rule.source));
            let destination = self.holds(&PacketMatch { destination: rule.destination, ..any() });
            fields.look(names(rule.destination), destination, of_address(rule.destination));
        }
        fields
    }

    fn ports(&self, rule: &PacketMatch, fields: &mut Fields) {
        let source_ports = rule.source_ports.clone();
        let named = !source_ports.is_all();
        let source = self.holds(&PacketMatch { source_ports, ..any() });
        fields.look(named, source, Difference::SourcePort);
        let destination_ports = rule.destination_ports.clone();
        let named = !destination_ports.is_all();
        let destination = self.holds(&PacketMatch { destination_ports, ..any() });
        fields.look(named, destination, Difference::Port);
    }

    fn holds(&self, partial: &PacketMatch) -> bool {
        let viewer = Viewer { vpc: self.vpc, direction: self.direction };
        matches(self.network, viewer, partial, self.packet, self.valuation)
    }

    fn both_have_ports(&self, rule: Option<Protocol>) -> bool {
        self.packet.header.transport.ports().is_some() && rule.is_none_or(Protocol::has_ports)
    }
}

/// What was found of the fields of a rule.
#[derive(Debug, Default)]
struct Fields {
    differs: Vec<Difference>,
    /// Whether a field that the rule names agrees with the packet.
    agrees: bool,
}

impl Fields {
    /// Adds what was found of another part of the same rule: a field that differs in both differs once.
    fn add(&mut self, part: Self) {
        let new = |difference: &Difference| !self.differs.contains(difference);
        let new: Vec<Difference> = part.differs.into_iter().filter(new).collect();
        self.differs.extend(new);
        self.agrees |= part.agrees;
    }

    fn look(&mut self, named: bool, holds: bool, difference: Difference) {
        if !holds {
            self.differs.push(difference);
        }
        self.agrees |= named && holds;
    }
}

fn any() -> PacketMatch {
    PacketMatch::everything()
}

fn of_address(side: AddressMatch) -> Difference {
    match side {
        AddressMatch::SecurityGroup(_) => Difference::Group,
        AddressMatch::Any | AddressMatch::Range(_) | AddressMatch::AddressGroup(_) => {
            Difference::Address
        }
    }
}

/// Whether a side of a rule is about somebody in particular.
fn names(side: AddressMatch) -> bool {
    match side {
        AddressMatch::Any => false,
        AddressMatch::Range(range) => {
            range.as_prefix().is_none_or(|prefix| prefix.prefix_len() > 0)
        }
        AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => true,
    }
}

/// The same rule written for the other direction.
fn turned(rule: &PacketMatch) -> PacketMatch {
    PacketMatch { source: rule.destination, destination: rule.source, ..rule.clone() }
}
