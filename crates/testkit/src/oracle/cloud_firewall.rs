//! §8a: a cloud firewall at one of its borders.

use canreach_model::{
    Action, Border, BorderRules, Checkpoint, CloudFirewallId, Direction, Layer, Rule,
};
use canreach_net::Header;

use super::{Lost, Walk};

impl Walk<'_> {
    /// Passes where there is no firewall.
    pub(super) fn cloud_firewall(
        &mut self,
        firewall: Option<CloudFirewallId>,
        border: Border,
        direction: Direction,
        header: Header,
    ) -> Result<(), Lost> {
        let Some(id) = firewall else { return Ok(()) };
        let firewall = &self.network.cloud_firewalls[id];
        let rules = match border {
            Border::Internet => &firewall.internet,
            Border::Vpc => &firewall.vpc,
            Border::Nat => &firewall.nat,
        };
        let layer = Layer::CloudFirewall(id, border);
        let passes = self.is_known_reply(layer, firewall.stateful)
            || self.passes_border(rules, direction, header);
        self.judged(Checkpoint { layer, direction }, passes)
    }

    fn passes_border(&self, border: &BorderRules, direction: Direction, header: Header) -> bool {
        let matches = |rule: &Rule| self.matches(None, &rule.matches, header);
        if border.white_list.iter().any(matches) {
            return true;
        }
        if border.black_list.iter().any(matches) {
            return false;
        }
        let ordered = match direction {
            Direction::Ingress => &border.rules.ingress,
            Direction::Egress => &border.rules.egress,
        };
        let first = ordered.iter().find(|rule| matches(rule));
        first.map_or(border.default, |rule| rule.action) == Action::Allow
    }
}
