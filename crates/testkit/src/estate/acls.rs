//! Network ACLs of twenty rules. Most let most things pass, and the answers of everything.

use canreach_model::{Direction, Rule, SubnetId};
use canreach_net::Protocol;

use super::{ACLS_OF_VPC, Maker, RULES_OF_ACL, blocks::about};
use crate::builder::{allow, deny, ports};

/// What is refused first, wherever it comes from or goes to.
const REFUSED: [(Protocol, u16); 4] =
    [(Protocol::TCP, 23), (Protocol::TCP, 445), (Protocol::TCP, 3389), (Protocol::UDP, 161)];

impl Maker {
    /// Gives every subnet of a VPC one of its ACLs: the first for what is public, the last, which lets
    /// only pass what it names, for one subnet alone, and the others in turn.
    pub(super) fn add_acls(&mut self, nth: usize) {
        let Some(subnets) = self.made.get(nth).map(|made| made.subnets.clone()) else { return };
        for number in 0..ACLS_OF_VPC {
            let strict = number + 1 == ACLS_OF_VPC;
            let own: Vec<SubnetId> = subnets
                .iter()
                .enumerate()
                .filter(|(nth, _)| which(*nth, subnets.len()) == number)
                .map(|(_, subnet)| *subnet)
                .collect();
            let ingress = self.acl_rules(Direction::Ingress, strict);
            let egress = self.acl_rules(Direction::Egress, strict);
            self.builder.acl(&own, ingress, egress);
        }
    }

    fn acl_rules(&mut self, direction: Direction, strict: bool) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (protocol, port) in REFUSED {
            let refused = ports(deny(), protocol, port, port);
            rules.push(about(refused, direction, "0.0.0.0/0"));
        }
        // What is left after these, and before the last two.
        while rules.len() + 2 < RULES_OF_ACL / 2 {
            let action = if self.random.chance(15) && !strict { deny() } else { allow() };
            let rule = self.about_service(action);
            rules.push(self.about_block(rule, direction));
        }
        rules.push(about(ports(allow(), Protocol::TCP, 1024, 65535), direction, "0.0.0.0/0"));
        let last = if strict { ports(allow(), Protocol::UDP, 1024, 65535) } else { allow() };
        rules.push(about(last, direction, "0.0.0.0/0"));
        for (nth, rule) in (1_u32..).zip(&mut rules) {
            rule.number = Some(nth * 10);
        }
        rules
    }
}

/// Returns which ACL a subnet has.
fn which(subnet: usize, subnets: usize) -> usize {
    let (first, last) = (0, ACLS_OF_VPC.saturating_sub(1));
    match subnet {
        0 | 1 => first,
        _ if subnet + 1 == subnets => last,
        _ => 1 + subnet % 3,
    }
}
