//! Cloud firewalls: rules at the borders of a cloud, in front of public addresses, between VPCs and
//! at NAT gateways.

use crate::{Action, Direction, Id, Meta, Rule, RuleSet};

/// A key of a cloud firewall.
pub type CloudFirewallId = Id<CloudFirewall>;

/// A cloud firewall. What stands behind it refers to it: public addresses, NAT gateways, peerings
/// and transit gateways. State is kept for each border.
#[derive(Clone, Debug)]
pub struct CloudFirewall {
    /// Id, name, tags and origin.
    pub meta: Meta,
    /// Whether the reply to a request that passed a border is let through there.
    pub stateful: bool,
    /// Its rules before public addresses.
    pub internet: BorderRules,
    /// Its rules between VPCs. They have one direction, [`Direction::Ingress`].
    pub vpc: BorderRules,
    /// Its rules at NAT gateways.
    pub nat: BorderRules,
}

/// Where a cloud firewall stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Border {
    /// Before a public address, which it sees, not what the address stands for.
    Internet,
    /// Between VPCs.
    Vpc,
    /// At a NAT gateway, on its private side.
    Nat,
}

/// The rules of one border: white list, then black list, then rules in order, then the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BorderRules {
    /// What always passes, in both directions.
    pub white_list: Vec<Rule>,
    /// What never passes, in both directions.
    pub black_list: Vec<Rule>,
    /// The rules, in order.
    pub rules: RuleSet,
    /// What happens to a packet that nothing matches.
    pub default: Action,
}

/// One of the lists of a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FirewallList {
    /// The white list.
    White,
    /// The black list.
    Black,
    /// The rules in order.
    Rules,
}

impl Default for BorderRules {
    /// Huawei Cloud CFW: what nothing matches passes.
    fn default() -> Self {
        Self {
            white_list: Vec::new(),
            black_list: Vec::new(),
            rules: RuleSet::default(),
            default: Action::Allow,
        }
    }
}

impl BorderRules {
    /// Returns one of the lists, for a direction.
    #[must_use]
    pub fn list(&self, list: FirewallList, direction: Direction) -> &[Rule] {
        match list {
            FirewallList::White => &self.white_list,
            FirewallList::Black => &self.black_list,
            FirewallList::Rules => self.rules.of(direction),
        }
    }
}

impl FirewallList {
    /// Every list, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::White, Self::Black, Self::Rules];
}

impl CloudFirewall {
    /// Returns the rules of a border.
    #[must_use]
    pub fn at(&self, border: Border) -> &BorderRules {
        match border {
            Border::Internet => &self.internet,
            Border::Vpc => &self.vpc,
            Border::Nat => &self.nat,
        }
    }
}
