//! Edits that stop a flow, from the way that one packet of it takes.

use std::net::IpAddr;

use canreach_eval::{Decision, Hop, Outcome};
use canreach_model::{
    Combine, FirewallList, Layer, PacketMatch, Pass, Place, PublicAddressTarget, RouteTarget, Rule,
    RuleOwner, RuleRef,
};
use canreach_net::Header;

use super::{
    Edit,
    apply::{route_before, rule_before, service_before, transit_route_before},
    filters::smallest,
    firewalls::{deny, dropping},
    matching::{Sides, Wanted},
    numbers::Numbers,
};
use crate::Witness;

impl Wanted<'_> {
    /// Returns the edits each of which alone stops the packet of a witness on its way there.
    ///
    /// The witness is of the network with `edits`; what these added is left alone.
    pub(super) fn cuts(&self, witness: &Witness, edits: &[Edit]) -> Vec<Edit> {
        let hops = &witness.trace.request.hops;
        let mut cuts = Vec::new();
        for hop in hops {
            for decision in &hop.decisions {
                cuts.extend(self.at_filter(decision, edits));
            }
            cuts.extend(self.at_route(hop, edits));
        }
        cuts.extend(self.at_public_address(hops, witness.header.destination));
        cuts
    }

    fn at_filter(&self, decision: &Decision, edits: &[Edit]) -> Vec<Edit> {
        match decision.outcome {
            Outcome::Allowed(rule) => {
                let Some(rule) = rule_before(self.network, edits, rule) else { return Vec::new() };
                let mut cuts: Vec<Edit> =
                    self.deny_before(decision, rule, edits).into_iter().collect();
                cuts.extend(self.narrow(rule, &decision.header));
                cuts.push(removed(rule));
                cuts
            }
            Outcome::AllowedByDefault(owner) => {
                self.deny_at_the_end(decision, owner).into_iter().collect()
            }
            Outcome::Listening(index) => {
                let Layer::Listener(instance, _) = decision.checkpoint.layer else {
                    return Vec::new();
                };
                let index = service_before(edits, instance, index);
                vec![Edit::RemoveService { instance, index }]
            }
            Outcome::DeniedByDefault(_)
            | Outcome::Bypassed
            | Outcome::AllowedAsReply
            | Outcome::Exempt
            | Outcome::SameSubnet
            | Outcome::Unfiltered
            | Outcome::NotJudged
            | Outcome::NotExamined
            | Outcome::Denied(_)
            | Outcome::NotListening => Vec::new(),
        }
    }

    /// A rule that denies exactly what is asked about, where what nothing matches passes.
    fn deny_at_the_end(&self, decision: &Decision, owner: RuleOwner) -> Option<Edit> {
        let before = match owner {
            RuleOwner::HostChain(instance, chain) => {
                let firewall = self.network.instances[instance].firewall.as_ref()?;
                firewall.chains.get(chain)?.rules.len()
            }
            RuleOwner::SecurityGroup(_)
            | RuleOwner::NetworkAcl(_)
            | RuleOwner::CloudFirewall(..)
            | RuleOwner::ListenerAccess(..) => {
                self.network.rules_of(owner, decision.checkpoint.direction).len()
            }
        };
        self.denial(decision, owner, before)
    }

    /// A rule of a firewall or access list that denies what is asked about.
    fn denial(&self, decision: &Decision, owner: RuleOwner, before: usize) -> Option<Edit> {
        let direction = decision.checkpoint.direction;
        let matches = |sides| self.packets(Pass::Request, &decision.header, direction, sides);
        match owner {
            RuleOwner::HostChain(instance, chain) => {
                let rule = dropping(matches(Sides::Far));
                Some(Edit::AddChainRule { instance, chain, before, rule })
            }
            RuleOwner::CloudFirewall(_, _, FirewallList::Black | FirewallList::Rules) => {
                Some(Edit::AddRule { owner, direction, before, rule: deny(matches(Sides::Both)) })
            }
            RuleOwner::ListenerAccess(..) => {
                let source = matches(Sides::Far).source;
                let rule = deny(PacketMatch { source, ..PacketMatch::everything() });
                Some(Edit::AddRule { owner, direction, before, rule })
            }
            // What the white list names passes whatever the others say.
            RuleOwner::CloudFirewall(_, _, FirewallList::White)
            | RuleOwner::SecurityGroup(_)
            | RuleOwner::NetworkAcl(_) => None,
        }
    }

    /// A rule that denies exactly what is asked about, tried before the one that allows it.
    fn deny_before(&self, decision: &Decision, rule: RuleRef, edits: &[Edit]) -> Option<Edit> {
        let checkpoint = decision.checkpoint;
        let direction = checkpoint.direction;
        let deny = |sides| deny(self.packets(Pass::Request, &decision.header, direction, sides));
        let (owner, before) = (rule.owner, rule.index);
        match checkpoint.layer {
            Layer::NetworkAcl(_, subnet) => {
                let vpc = self.network.subnets[subnet].vpc;
                let profile = &self.network.vpcs[vpc].profile.network_acl;
                let sides = if profile.matches_source_port { Sides::Both } else { Sides::Far };
                let rules = self.network.rules_of(owner, direction);
                let numbers = Numbers::of(rules, profile.numbered, edits, owner, direction);
                let rule = Rule { number: numbers.before(before).ok()?, ..deny(sides) };
                Some(Edit::AddRule { owner, direction, before, rule })
            }
            Layer::SecurityGroups(interface) => {
                let profile = &self.network.profile_of(interface).security_group;
                if profile.combine != Combine::FirstMatch {
                    return None;
                }
                let allowed = self.network.rule(rule)?;
                // At one priority a rule that denies is tried first.
                let priority =
                    allowed.priority.unwrap_or_else(|| smallest(profile.default_priority));
                let rule = Rule { priority: Some(priority), ..deny(Sides::Far) };
                let before = self.network.rules_of(owner, direction).len();
                Some(Edit::AddRule { owner, direction, before, rule })
            }
            Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::HostFirewall(_)
            | Layer::HostForwarding(..) => self.denial(decision, owner, before),
            Layer::Listener(..) => None,
        }
    }

    /// The rule without the ports asked about, where it has others.
    fn narrow(&self, rule: RuleRef, header: &Header) -> Option<Edit> {
        let allowed = self.network.rule(rule)?;
        let exact = allowed.matches.protocol == Some(header.transport.protocol());
        let asked = &self.traffic.destination_ports;
        if !exact || header.transport.ports().is_none() || asked.is_all() {
            return None;
        }
        let left = allowed.matches.destination_ports.difference(asked);
        if left.is_empty() || left == allowed.matches.destination_ports {
            return None;
        }
        let mut into = allowed.clone();
        into.matches.destination_ports = left;
        Some(Edit::ChangeRule { rule, direction: rule.direction, into })
    }

    /// The route that was taken, unless every table has it.
    fn at_route(&self, hop: &Hop, edits: &[Edit]) -> Option<Edit> {
        if let Some(route) = hop.transit_route {
            return Some(Edit::RemoveTransitRoute(transit_route_before(edits, route)));
        }
        let reference = route_before(edits, hop.route?);
        let route = self.network.route_tables[reference.table].routes.get(reference.index)?;
        let written = route.target != RouteTarget::Local;
        (written && matches!(hop.place, Place::Router(_))).then_some(Edit::RemoveRoute(reference))
    }

    /// The public address at which the packet came in or went out.
    fn at_public_address(&self, hops: &[Hop], destination: IpAddr) -> Vec<Edit> {
        let mut used: Vec<IpAddr> = hops.iter().map(|hop| hop.header.source).collect();
        used.push(destination);
        let all = self.network.public_addresses.iter();
        let in_use = all.filter(|(_, public)| {
            used.contains(&public.address)
                && matches!(public.target, Some(PublicAddressTarget::Interface { .. }))
        });
        in_use.map(|(id, _)| Edit::DisassociatePublicAddress(id)).collect()
    }
}

/// Returns the edit that removes a rule.
fn removed(rule: RuleRef) -> Edit {
    match rule.owner {
        RuleOwner::HostChain(instance, chain) => {
            Edit::RemoveChainRule { instance, chain, index: rule.index }
        }
        RuleOwner::SecurityGroup(_)
        | RuleOwner::NetworkAcl(_)
        | RuleOwner::CloudFirewall(..)
        | RuleOwner::ListenerAccess(..) => Edit::RemoveRule(rule),
    }
}
