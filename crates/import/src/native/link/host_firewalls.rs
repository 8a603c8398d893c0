//! The firewalls of instances: which chains lead where.

use std::collections::BTreeMap;

use canreach_model::{Chain, ChainRule, ChainVerdict, HookPoint, HostFirewall, InstanceId, Origin};

use super::Linker;
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::Name,
        similar::did_you_mean,
        written::{self, Verdict},
    },
};

/// A way from one chain to another, by their positions, with the place where it is written.
type Lead = (usize, Place);

impl Linker<'_> {
    pub(super) fn host_firewall(
        &mut self,
        instance: InstanceId,
        owner: &Name,
        firewall: &written::HostFirewall,
    ) -> HostFirewall {
        let positions = self.chain_positions(&firewall.chains);
        let mut leads: Vec<Vec<Lead>> = Vec::new();
        let mut chains = Vec::new();
        for chain in &firewall.chains {
            let mut rules = Vec::new();
            let mut onward = Vec::new();
            for rule in &chain.rules {
                let verdict = self.verdict(rule, &firewall.chains, &positions, &mut onward);
                rules.extend(self.chain_rule(instance, owner, chain, rule, verdict));
            }
            leads.push(onward);
            chains.push(Chain {
                name: chain.name.value.clone(),
                base: chain.base,
                rules,
                origin: self.origin_of(chain.place, chain.origin.as_ref()),
            });
        }
        self.check_circles(&firewall.chains, &leads);
        let origin = self.origin_of(firewall.place, firewall.origin.as_ref());
        HostFirewall { kind: firewall.kind, chains, origin }
    }

    fn chain_positions<'c>(&mut self, chains: &'c [written::Chain]) -> BTreeMap<&'c str, usize> {
        let mut positions = BTreeMap::new();
        for (position, chain) in chains.iter().enumerate() {
            let name = &chain.name;
            // Nothing leads to a chain with a hook, so that in a record, where chains come from several
            // tables, it may share its name.
            if chain.base.is_some() && self.is_record(name.place) {
                continue;
            }
            match positions.get(&*name.value).and_then(|first: &usize| chains.get(*first)) {
                Some(first) => {
                    let message = format!("two chains are called `{}`", name.value);
                    self.report(
                        Diagnostic::error("model::duplicate_name", name.place, message)
                            .label("the second")
                            .note(first.name.place, "the first"),
                    );
                }
                None => drop(positions.insert(&*name.value, position)),
            }
        }
        positions
    }

    fn verdict(
        &mut self,
        rule: &written::ChainRule,
        chains: &[written::Chain],
        positions: &BTreeMap<&str, usize>,
        onward: &mut Vec<Lead>,
    ) -> Option<ChainVerdict> {
        let (name, leads): (&Name, fn(usize) -> ChainVerdict) = match rule.verdict.as_ref()? {
            Verdict::Accept => return Some(ChainVerdict::Accept),
            Verdict::Drop => return Some(ChainVerdict::Drop),
            Verdict::Reject => return Some(ChainVerdict::Reject),
            Verdict::Return => return Some(ChainVerdict::Return),
            Verdict::Jump(name) => (name, ChainVerdict::Jump),
            Verdict::Goto(name) => (name, ChainVerdict::Goto),
        };
        let position = positions.get(&*name.value).copied();
        let Some((position, chain)) =
            position.and_then(|position| Some((position, chains.get(position)?)))
        else {
            let names = positions.keys().copied();
            let near = did_you_mean(&name.value, names);
            let message = format!("there is no chain `{}`", name.value);
            self.report(
                Diagnostic::error("model::unknown_name", name.place, message)
                    .label("not defined in this firewall")
                    .help(format!("add `- {{ name: {}, rules: […] }}` to `chains`", name.value))
                    .maybe_help(near),
            );
            return None;
        };
        if chain.base.is_some() {
            let message = format!("chain `{}` has a hook", name.value);
            self.report(
                Diagnostic::error("model::base_chain", name.place, message)
                    .label("no rule leads to a chain where packets enter by themselves")
                    .note(chain.name.place, "this chain")
                    .help("move the rules to a chain without `hook`, and lead both there"),
            );
            return None;
        }
        onward.push((position, name.place));
        Some(leads(position))
    }

    fn chain_rule(
        &mut self,
        instance: InstanceId,
        owner: &Name,
        chain: &written::Chain,
        rule: &written::ChainRule,
        verdict: Option<ChainVerdict>,
    ) -> Option<ChainRule> {
        let matches = self.packet_match(&rule.matches);
        let mut interface = |name: &Option<Name>| match name {
            Some(name) => self.own_interface(instance, owner, name).map(Some),
            None => Some(None),
        };
        let (input, output) = (interface(&rule.input), interface(&rule.output));
        self.never_there(chain, rule);
        let origin = self.origin_of(rule.matches.place, rule.matches.origin.as_ref());
        let origin = match (rule.implied, origin.span()) {
            (Some(how), Some(span)) => Origin::Derived { how: how.to_owned(), from: vec![span] },
            _ => origin,
        };
        Some(ChainRule {
            name: rule.name.clone(),
            matches: matches?,
            states: rule.states.clone(),
            input: input?,
            output: output?,
            verdict: verdict?,
            origin,
        })
    }

    /// Warns of rules for an interface that packets at the chain's hook do not have.
    fn never_there(&mut self, chain: &written::Chain, rule: &written::ChainRule) {
        let (key, name, label) = match (chain.base, &rule.input, &rule.output) {
            (Some((HookPoint::Input, _)), _, Some(name)) => {
                ("output", name, "what an instance receives leaves by no interface")
            }
            (Some((HookPoint::Output, _)), Some(name), _) => {
                ("input", name, "what an instance sends came by no interface")
            }
            _ => return,
        };
        let message = format!("the rule never matches: `{key}` in chain `{}`", chain.name.value);
        self.report(
            Diagnostic::warning("model::never_matches", name.place, message)
                .label(label)
                .note(chain.name.place, "because of the hook of this chain"),
        );
    }

    /// Notes chains that lead back to themselves, once for each way that closes a circle.
    fn check_circles(&mut self, chains: &[written::Chain], leads: &[Vec<Lead>]) {
        let mut done = vec![false; chains.len()];
        for start in 0..chains.len() {
            // The chains on the way, each with the ways onward that are still to be tried.
            let mut way: Vec<(usize, std::slice::Iter<'_, Lead>)> = Vec::new();
            let onward = |chain: usize| leads.get(chain).map(|ways| (chain, ways.iter()));
            if done.get(start) == Some(&false) {
                way.extend(onward(start));
            }
            while let Some((chain, ways)) = way.last_mut() {
                let chain = *chain;
                let Some((next, place)) = ways.next().copied() else {
                    if let Some(done) = done.get_mut(chain) {
                        *done = true;
                    }
                    way.pop();
                    continue;
                };
                if let Some(from) = way.iter().position(|(on_way, _)| *on_way == next) {
                    let circle = way.iter().skip(from).map(|(chain, _)| *chain);
                    self.circle(chains, circle.chain([next]).collect(), place);
                } else if done.get(next) == Some(&false) {
                    way.extend(onward(next));
                }
            }
        }
    }

    fn circle(&mut self, chains: &[written::Chain], circle: Vec<usize>, place: Place) {
        let names: Vec<String> = circle
            .into_iter()
            .filter_map(|chain| chains.get(chain))
            .map(|chain| format!("`{}`", chain.name.value))
            .collect();
        let message =
            format!("chain {} leads back to itself", names.last().map_or("", |name| name));
        self.report(
            Diagnostic::error("model::chain_loop", place, message)
                .label(format!("the way is {}", names.join(", "))),
        );
    }
}
