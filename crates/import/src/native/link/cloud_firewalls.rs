//! Cloud firewalls: their rules, and what their rules leave open.

use canreach_model::{
    Action, Assumption, BorderRules, CloudFirewall, CloudFirewallId, Fact, FactId, Polarity, Rule,
    RuleSet,
};

use super::Linker;
use crate::native::{
    node::Name,
    written::{self, BorderRule, Item},
};

impl Linker<'_> {
    pub(super) fn add_cloud_firewalls(&mut self) {
        let mut assumed = Vec::new();
        for model in self.models {
            let stateful = model.written.settings.cloud_firewall_stateful;
            for item in &model.written.cloud_firewalls {
                let stateful = item.body.stateful.or(stateful.map(|written| written.value));
                let id = self.cloud_firewall(item, stateful.unwrap_or(true));
                self.cloud_firewalls.define(&item.name, Some(id));
                if stateful.is_none() {
                    assumed.push(&item.name);
                }
            }
        }
        self.assume_stateful(&assumed);
    }

    /// Huawei Cloud says only indirectly that CFW keeps state: by its "constraints and limitations", a
    /// rule for one direction suffices, except that clients must connect anew after the protection is
    /// switched on or off or its engine grows.
    fn assume_stateful(&mut self, firewalls: &[&Name]) {
        if firewalls.is_empty() {
            return;
        }
        let names: Vec<String> = firewalls.iter().map(|name| format!("`{}`", name.value)).collect();
        let statement = format!(
            "cloud firewall {} keeps state, so that replies to what it let through pass \
             (`settings: {{cloud_firewall_stateful: …}}` says whether)",
            names.join(", ")
        );
        let places = firewalls.iter().filter_map(|name| self.span(name.place)).collect();
        self.network.assumptions.push(Assumption { statement, places });
    }

    fn cloud_firewall(
        &mut self,
        item: &Item<written::CloudFirewall>,
        stateful: bool,
    ) -> CloudFirewallId {
        let name = &item.name;
        let firewall = CloudFirewall {
            meta: self.meta(item),
            stateful,
            internet: self.border(name, item.body.internet.as_ref()),
            vpc: self.border(name, item.body.vpc.as_ref()),
            nat: self.border(name, item.body.nat.as_ref()),
        };
        self.network.cloud_firewalls.push(firewall)
    }

    fn border(&mut self, firewall: &Name, border: Option<&written::Border>) -> BorderRules {
        let Some(border) = border else { return BorderRules::default() };
        BorderRules {
            white_list: self.rules(&border.white_list),
            black_list: self.rules(&border.black_list),
            rules: RuleSet {
                ingress: self.border_rules(firewall, &border.inbound),
                egress: self.border_rules(firewall, &border.outbound),
            },
            default: border.default,
        }
    }

    fn border_rules(&mut self, firewall: &Name, rules: &[BorderRule]) -> Vec<Rule> {
        let mut found = Vec::new();
        for written in rules {
            let Some(mut rule) = self.rule(&written.rule) else { continue };
            if let Some(fact) = self.open_match(firewall, written, rule.action) {
                rule.matches.unresolved = Some(fact);
            }
            found.push(rule);
        }
        found
    }

    /// Returns the fact for what a rule says that no header shows.
    fn open_match(&mut self, firewall: &Name, rule: &BorderRule, action: Action) -> Option<FactId> {
        let (domain, application) = (&rule.domain, &rule.application);
        let what = match (domain, application) {
            (None, None) => return None,
            (Some(domain), None) => format!("goes to domain `{}`", domain.value),
            (None, Some(application)) => format!("belongs to application `{}`", application.value),
            (Some(domain), Some(application)) => format!(
                "goes to domain `{}` and belongs to application `{}`",
                domain.value, application.value
            ),
        };
        let statement =
            format!("the packet {what}, as cloud firewall `{}` sees it", firewall.value);
        let settled_by = match (domain, application) {
            (Some(domain), _) => {
                format!("write the addresses of `{}` as `destination` of this rule", domain.value)
            }
            _ => String::from("write the protocol and ports of the application into this rule"),
        };
        let polarity = match action {
            Action::Allow => Polarity::Helps,
            Action::Deny => Polarity::Hinders,
        };
        let origin = self.origin(rule.rule.place);
        Some(self.network.facts.push(Fact { statement, settled_by, origin, polarity }))
    }

    /// Returns the cloud firewall that an object names.
    pub(super) fn firewall_of(&mut self, name: Option<&Name>) -> Option<CloudFirewallId> {
        let found = self.cloud_firewalls.find(name?);
        self.resolved(found)
    }
}
