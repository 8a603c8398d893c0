//! Rules: what a packet must look like, and what happens to it then.

use std::fmt;

use canreach_net::{AddressRange, Family, PortSet, Protocol};

use crate::{AddressGroupId, FactId, Origin, SecurityGroupId};

/// Which way a packet crosses a filter, seen from the interface or subnet that has the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the interface or into the subnet.
    Ingress,
    /// From the interface or out of the subnet.
    Egress,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        })
    }
}

/// What a rule does with a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Stops it.
    Deny,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

/// One rule of a security group or network ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The provider's id of the rule, where it has one.
    pub id: Option<String>,
    /// The rule number of an ACL, as written; the order of the list already follows it.
    pub number: Option<u32>,
    /// The priority of a security-group rule, 1 first; `None` where the input does not say.
    pub priority: Option<u16>,
    /// What happens to a packet that matches.
    pub action: Action,
    /// Which packets match.
    pub matches: PacketMatch,
    /// Where the rule is written.
    pub origin: Origin,
}

/// The rules of one security group or network ACL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSet {
    /// Rules for packets towards the interface or into the subnet, in order.
    pub ingress: Vec<Rule>,
    /// Rules for packets from the interface or out of the subnet, in order.
    pub egress: Vec<Rule>,
}

impl RuleSet {
    /// Returns the rules of one direction.
    #[must_use]
    pub fn of(&self, direction: Direction) -> &[Rule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

/// Which packets a rule speaks of: those that satisfy every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketMatch {
    /// The address family; both when `None`.
    pub family: Option<Family>,
    /// The protocol; all when `None`.
    pub protocol: Option<Protocol>,
    /// The source address of the packet.
    pub source: AddressMatch,
    /// The destination address of the packet.
    pub destination: AddressMatch,
    /// The source port. Every port means no constraint; any other set matches only packets whose
    /// protocol has ports ([`Protocol::has_ports`]).
    pub source_ports: PortSet,
    /// The destination port, of the packet, in both directions; as for `source_ports`.
    pub destination_ports: PortSet,
    /// The ICMP type and code; constrains only where given, and then matches only ICMP packets.
    pub icmp: Option<IcmpMatch>,
    /// A fact that must be true as well: the part of the match that the input leaves open.
    pub unresolved: Option<FactId>,
}

impl PacketMatch {
    /// Returns the match of every packet of both families.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            family: None,
            protocol: None,
            source: AddressMatch::Any,
            destination: AddressMatch::Any,
            source_ports: PortSet::all(),
            destination_ports: PortSet::all(),
            icmp: None,
            unresolved: None,
        }
    }
}

/// Which addresses one side of a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressMatch {
    /// Every address.
    Any,
    /// The addresses of a range or prefix.
    Range(AddressRange),
    /// The addresses of the interfaces in a security group; which of them, the profile says
    /// ([`crate::GroupReference`]).
    SecurityGroup(SecurityGroupId),
    /// The addresses of an address group or prefix list.
    AddressGroup(AddressGroupId),
}

/// An ICMP type and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IcmpMatch {
    /// The type; every type when `None`.
    pub kind: Option<u8>,
    /// The code; every code when `None`.
    pub code: Option<u8>,
}
