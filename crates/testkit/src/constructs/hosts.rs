//! The firewalls of hosts, what listens on them, and what they forward.

use canreach_model::{
    Chain, ChainRule, ChainVerdict, HookPoint, HostFirewall, HostFirewallKind, InterfaceOwner,
    Listen, Network, Policy, RouteTarget, Service, Setting,
};

use super::{Construct, construct, each, each_of, places, put, remove};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("host firewall: Linux", |network| without_firewall(network, HostFirewallKind::Linux)),
    construct("host firewall: Windows", |network| {
        without_firewall(network, HostFirewallKind::Windows)
    }),
    construct("host firewall: input", |network| without_hook(network, HookPoint::Input)),
    construct("host firewall: output", |network| without_hook(network, HookPoint::Output)),
    construct("host firewall: forward", |network| without_hook(network, HookPoint::Forward)),
    construct("host firewall: several base chains", |network| {
        firewalls(network, |firewall| {
            let mut seen = Vec::new();
            each_of(&mut firewall.chains, |chain| match chain.base {
                Some((hook, _)) if seen.contains(&hook) => put(&mut chain.base, None),
                Some((hook, _)) => {
                    seen.push(hook);
                    false
                }
                None => false,
            })
        })
    }),
    construct("host firewall: policy drop", |network| {
        chains(network, |chain| match &mut chain.base {
            Some((_, policy)) => put(policy, Policy::Accept),
            None => false,
        })
    }),
    construct("host firewall: accept", |network| {
        without_verdict(network, |verdict| verdict == ChainVerdict::Accept)
    }),
    construct("host firewall: drop", |network| {
        without_verdict(network, |verdict| verdict == ChainVerdict::Drop)
    }),
    construct("host firewall: reject", |network| {
        without_verdict(network, |verdict| verdict == ChainVerdict::Reject)
    }),
    construct("host firewall: jump", |network| {
        without_verdict(network, |verdict| matches!(verdict, ChainVerdict::Jump(_)))
    }),
    construct("host firewall: goto", |network| {
        // A jump in its place: the difference is what happens at the end.
        chain_rules(network, |rule| {
            let ChainVerdict::Goto(chain) = rule.verdict else { return false };
            put(&mut rule.verdict, ChainVerdict::Jump(chain))
        })
    }),
    construct("host firewall: return", |network| {
        without_verdict(network, |verdict| verdict == ChainVerdict::Return)
    }),
    construct("host firewall: connection states", |network| {
        chain_rules(network, |rule| put(&mut rule.states, None))
    }),
    construct("host firewall: input interface", |network| {
        chain_rules(network, |rule| put(&mut rule.input, None))
    }),
    construct("host firewall: output interface", |network| {
        chain_rules(network, |rule| put(&mut rule.output, None))
    }),
    construct("host firewall: unresolved rules", |network| {
        chain_rules(network, |rule| put(&mut rule.matches.unresolved, None))
    }),
    construct("listening services", |network| {
        each(&mut network.instances, |instance| put(&mut instance.services, None))
    }),
    construct("listening on loopback", |network| {
        services(network, |listen| matches!(listen, Listen::Address(it) if it.is_loopback()))
    }),
    construct("listening on one address", |network| {
        services(network, |listen| matches!(listen, Listen::Address(it) if !it.is_loopback()))
    }),
    construct("listening on one family", |network| {
        services(network, |listen| matches!(listen, Listen::AnyV4 | Listen::AnyV6))
    }),
    construct("listening at one interface", |network| {
        services(network, |listen| matches!(listen, Listen::Interface(_)))
    }),
    construct("route to an interface", |network| {
        places::routes(network, |target| matches!(target, RouteTarget::Interface(_)))
    }),
    construct("source/destination check", |network| {
        let instances = |owner| matches!(owner, InterfaceOwner::Instance(_));
        each(&mut network.interfaces, |interface| {
            instances(interface.owner) && put(&mut interface.source_dest_check, false)
        })
    }),
    construct("forwarding switched on", |network| forwarding(network, false)),
    construct("forwarding switched off", |network| forwarding(network, true)),
    construct("routes of a host", |network| {
        each(&mut network.instances, |instance| remove(&mut instance.routes, |_| true))
    }),
];

fn firewalls(network: &mut Network, mut change: impl FnMut(&mut HostFirewall) -> bool) -> bool {
    each(&mut network.instances, |instance| instance.firewall.as_mut().is_some_and(&mut change))
}

fn chains(network: &mut Network, mut change: impl FnMut(&mut Chain) -> bool) -> bool {
    firewalls(network, |firewall| each_of(&mut firewall.chains, &mut change))
}

fn chain_rules(network: &mut Network, mut change: impl FnMut(&mut ChainRule) -> bool) -> bool {
    chains(network, |chain| each_of(&mut chain.rules, &mut change))
}

fn without_firewall(network: &mut Network, kind: HostFirewallKind) -> bool {
    each(&mut network.instances, |instance| {
        let of_kind = instance.firewall.as_ref().is_some_and(|firewall| firewall.kind == kind);
        of_kind && put(&mut instance.firewall, None)
    })
}

fn without_hook(network: &mut Network, hook: HookPoint) -> bool {
    chains(network, |chain| match chain.base {
        Some((own, _)) if own == hook => put(&mut chain.base, None),
        Some(_) | None => false,
    })
}

fn without_verdict(network: &mut Network, unwanted: fn(ChainVerdict) -> bool) -> bool {
    chains(network, |chain| remove(&mut chain.rules, |rule| unwanted(rule.verdict)))
}

/// Lets services that listen in some way listen for everything.
fn services(network: &mut Network, unwanted: fn(Listen) -> bool) -> bool {
    each(&mut network.instances, |instance| {
        each_of(instance.services.iter_mut().flatten(), |service: &mut Service| {
            unwanted(service.listen) && put(&mut service.listen, Listen::Any)
        })
    })
}

fn forwarding(network: &mut Network, value: bool) -> bool {
    each(&mut network.instances, |instance| put(&mut instance.forwards, Setting::Decided(value)))
}
