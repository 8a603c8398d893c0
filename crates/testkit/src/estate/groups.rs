//! Security groups of ten rules, a third of which refer to other groups.

use canreach_model::{AddressMatch, Direction, Rule, SecurityGroupId, VpcId};
use canreach_net::Protocol;

use super::{GROUPS_OF_VPC, Made, Maker, RULES_OF_GROUP, blocks::about};
use crate::builder::{allow, ports};

impl Maker {
    /// Adds the groups of a VPC, still without rules.
    pub(super) fn add_groups(&mut self, vpc: VpcId) -> Vec<SecurityGroupId> {
        (0..GROUPS_OF_VPC)
            .map(|_| {
                let group = self.builder.group(&[], Vec::new(), Vec::new());
                self.network().security_groups[group].vpc = Some(vpc);
                group
            })
            .collect()
    }

    /// Gives every group its rules, which may refer to groups across a peering.
    pub(super) fn add_group_rules(&mut self) {
        for made in self.made.clone() {
            let across = made.peer.and_then(|peer| self.made.get(peer)).cloned();
            for (nth, group) in made.groups.iter().enumerate() {
                let egress = self.egress();
                let mut ingress = Vec::new();
                // Web servers: everybody's most popular groups are not among them.
                if nth % 7 == 3 {
                    let web = ports(allow(), Protocol::TCP, 443, 443);
                    ingress.push(about(web, Direction::Ingress, "0.0.0.0/0"));
                }
                // A cluster talks among itself.
                if nth % 5 == 2 {
                    ingress.push(from_group(allow(), *group));
                }
                while ingress.len() + egress.len() < RULES_OF_GROUP {
                    let rule = self.ingress(&made, across.as_ref());
                    if !ingress.contains(&rule) {
                        ingress.push(rule);
                    }
                }
                let rules = &mut self.network().security_groups[*group].rules;
                (rules.ingress, rules.egress) = (ingress, egress);
            }
        }
    }

    fn ingress(&mut self, own: &Made, across: Option<&Made>) -> Rule {
        let rule = self.about_service(allow());
        if self.random.chance(65) {
            return self.about_block(rule, Direction::Ingress);
        }
        let near = across.filter(|_| self.random.chance(20)).unwrap_or(own);
        match self.popular(&near.groups) {
            Some(group) => from_group(rule, group),
            None => rule,
        }
    }

    /// Most groups let everything out; the others name what they need.
    fn egress(&mut self) -> Vec<Rule> {
        if self.random.chance(80) {
            return vec![about(allow(), Direction::Egress, "0.0.0.0/0")];
        }
        let mut rules = vec![about(allow(), Direction::Egress, "10.0.0.0/8")];
        for (protocol, port) in [(Protocol::TCP, 443), (Protocol::UDP, 53)] {
            let service = ports(allow(), protocol, port, port);
            rules.push(about(service, Direction::Egress, "0.0.0.0/0"));
        }
        rules
    }
}

fn from_group(mut rule: Rule, group: SecurityGroupId) -> Rule {
    rule.matches.source = AddressMatch::SecurityGroup(group);
    rule
}
