//! Cloud firewalls at their three borders.

use canreach_model::{
    Action, AddressMatch, Border, BorderRules, CloudFirewallId, Direction, Polarity, Rule, RuleSet,
};
use canreach_net::AddressRange;

use super::{Maker, features::Feature};
use crate::builder;

impl Maker {
    pub(super) fn add_cloud_firewalls(&mut self) {
        if !self.has(Feature::CloudFirewall) {
            return;
        }
        let firewall = self.builder.cloud_firewall();
        self.network().cloud_firewalls[firewall].stateful = self.random.chance(70);
        self.put_before(firewall);
        for border in [Border::Internet, Border::Vpc, Border::Nat] {
            *self.builder.border(firewall, border) = self.border_rules(border);
        }
    }

    fn put_before(&mut self, firewall: CloudFirewallId) {
        let chance = 75;
        for id in self.builder.network.public_addresses.ids() {
            if self.random.chance(chance) {
                self.network().public_addresses[id].firewall = Some(firewall);
            }
        }
        for id in self.builder.network.nat_gateways.ids() {
            if self.random.chance(chance) {
                self.network().nat_gateways[id].firewall = Some(firewall);
            }
        }
        for id in self.builder.network.peerings.ids() {
            if self.random.chance(chance) {
                self.network().peerings[id].firewall = Some(firewall);
            }
        }
        for id in self.builder.network.transit_gateways.ids() {
            if self.random.chance(chance) {
                self.network().transit_gateways[id].firewall = Some(firewall);
            }
        }
    }

    fn border_rules(&mut self, border: Border) -> BorderRules {
        let white_list = self.list(Action::Allow);
        let black_list = self.list(Action::Deny);
        let default = self.random.pick(&[Action::Allow, Action::Allow, Action::Deny]);
        let egress = match border {
            Border::Vpc => Vec::new(),
            Border::Internet | Border::Nat => self.ordered(default, Direction::Egress),
        };
        let ingress = self.ordered(default, Direction::Ingress);
        BorderRules { white_list, black_list, rules: RuleSet { ingress, egress }, default }
    }

    /// A white or black list.
    fn list(&mut self, action: Action) -> Vec<Rule> {
        let count = if self.breaks() { 2 } else { self.random.pick(&[0, 0, 1]) };
        (0..count).map(|_| self.border_rule(action)).collect()
    }

    /// Rules after which most packets pass, most of the time.
    fn ordered(&mut self, default: Action, direction: Direction) -> Vec<Rule> {
        let mut rules = Vec::new();
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            let action = self.random.pick(&[Action::Allow, Action::Deny]);
            let mut rule = self.border_rule(action);
            if direction == Direction::Egress {
                std::mem::swap(&mut rule.matches.source, &mut rule.matches.destination);
            }
            rules.push(rule);
        }
        if default == Action::Deny && !self.breaks() {
            let mut last = builder::allow();
            if self.random.chance(30) {
                self.narrow_protocol(&mut last.matches);
            }
            rules.push(last);
        }
        rules
    }

    fn border_rule(&mut self, action: Action) -> Rule {
        let (mut rule, polarity) = match action {
            Action::Allow => (builder::allow(), Polarity::Helps),
            Action::Deny => (builder::deny(), Polarity::Hinders),
        };
        let ranges: Vec<AddressRange> = self.ranges();
        if self.random.chance(60) {
            rule.matches.source = AddressMatch::Range(self.random.pick(&ranges));
        }
        if self.random.chance(40) {
            rule.matches.destination = AddressMatch::Range(self.random.pick(&ranges));
        }
        self.narrow_protocol(&mut rule.matches);
        // A rule by domain or application: it may match or not.
        let unresolved = self.random.chance(20);
        rule.matches.unresolved = self.fact_if(unresolved, polarity);
        rule
    }
}
