//! The layers: which packets a filter lets through (`docs/forwarding.md` §§6-8c); firewalls of hosts
//! are in `host`.
//!
//! Trusted: no proof covers this translation; the tests of this crate, the replay of every witness
//! in `eval` and the brute-force oracle do. A formula here holds for the packets of the walk's guard
//! and means nothing for others, since rules that cannot match those are left out.

use canreach_model::{
    Action, Border, CloudFirewallId, Combine, Direction, Exemption, InstanceId, InterfaceId, Layer,
    Listen, LoadBalancerId, NetworkAclId, Pass, Rule, SecurityGroupId, Service, Setting, SubnetId,
    VpcId,
};
use canreach_net::{Family, IpNet, PortSet, Protocol};
use canreach_topology::{Crossing, HeaderSet};
use z3::ast::Bool;

use crate::{
    header::{Seen, family_of, has_ports},
    members::Referring,
    possible,
    rule::{Open, Packet},
    scope::{Scope, ports_of},
    term::{self, Address, Port, all, any, choose, not},
};

/// A rule that may match the packet at hand.
#[derive(Debug)]
struct Candidate<'n> {
    /// The position of its group among those of the interface, and its own in the group.
    at: (usize, usize),
    rule: &'n Rule,
    open: Open,
}

impl<'n> Scope<'n> {
    /// Returns a formula that is true iff the crossing lets a packet of `headers` through.
    pub(crate) fn passes(&mut self, pass: Pass, crossing: &Crossing, headers: &HeaderSet) -> Bool {
        if crossing.as_reply {
            return term::constant(true);
        }
        let packet = self.packet(crossing, headers);
        let direction = crossing.checkpoint.direction;
        match crossing.checkpoint.layer {
            Layer::SecurityGroups(interface) => self.security_groups(interface, direction, &packet),
            Layer::NetworkAcl(acl, subnet) => self.network_acl(acl, subnet, direction, &packet),
            Layer::CloudFirewall(firewall, border) => {
                self.cloud_firewall(firewall, border, direction, &packet)
            }
            Layer::ListenerAccess(balancer, listener) => {
                self.listener_access(balancer, listener, &packet)
            }
            Layer::HostFirewall(_) | Layer::HostForwarding(..) => {
                self.host_firewall(pass, crossing, &packet)
            }
            Layer::Listener(instance, arrived) => match pass {
                Pass::Request => self.listener(instance, arrived, &packet.seen),
                Pass::Reply => term::constant(true),
            },
        }
    }

    /// Returns a packet of `headers` as it crosses a filter.
    pub(crate) fn packet(&mut self, crossing: &Crossing, headers: &HeaderSet) -> Packet {
        Packet {
            seen: self.seen(family_of(headers), &crossing.header),
            possible: possible::through(&crossing.header, headers, |by| ports_of(self.network, by)),
            groups: self.referring(crossing),
            sender_groups: self.sender_groups(crossing),
        }
    }

    /// Returns from where a filter looks up the security groups that its rules refer to; `None` where
    /// these match nothing: at filters that know no groups, and what was forwarded, where the provider
    /// says so (§7).
    fn referring(&self, crossing: &Crossing) -> Option<Referring> {
        let vpc = self.vpc_of_filter(crossing)?;
        let profile = &self.network.vpcs[vpc].profile.security_group;
        let direction = crossing.checkpoint.direction;
        let matches = profile.reference_when_forwarded || !crossing.forwarded;
        matches.then_some(Referring { vpc, direction })
    }

    /// Returns the VPC of a filter whose rules may refer to security groups.
    fn vpc_of_filter(&self, crossing: &Crossing) -> Option<VpcId> {
        match crossing.checkpoint.layer {
            Layer::SecurityGroups(interface) => Some(self.network.vpc_of(interface)),
            Layer::NetworkAcl(_, subnet) => Some(self.network.subnets[subnet].vpc),
            Layer::CloudFirewall(..)
            | Layer::ListenerAccess(..)
            | Layer::HostFirewall(_)
            | Layer::HostForwarding(..)
            | Layer::Listener(..) => None,
        }
    }

    /// Returns the groups of the load balancer that keeps the client's address and sent the packet on,
    /// to which rules of ingress may refer.
    fn sender_groups(&self, crossing: &Crossing) -> Vec<SecurityGroupId> {
        let ingress = crossing.checkpoint.direction == Direction::Ingress;
        match crossing.sent_on_by.filter(|_| ingress && self.vpc_of_filter(crossing).is_some()) {
            Some(interface) => self.network.interfaces[interface].security_groups.clone(),
            None => Vec::new(),
        }
    }

    /// Returns a formula that is true iff the security groups of `interface` let the packet through
    /// by their rules, or need not be asked (§7).
    fn security_groups(
        &mut self,
        interface: InterfaceId,
        direction: Direction,
        packet: &Packet,
    ) -> Bool {
        let network = self.network;
        let profile = &network.profile_of(interface).security_group;
        let groups = network.interfaces[interface].security_groups.iter().enumerate();
        let rules = groups.flat_map(|(at, group)| {
            let rules = network.security_groups[*group].rules.of(direction).iter().enumerate();
            rules.map(move |(index, rule)| ((at, index), rule))
        });
        let mut candidates = self.candidates(rules, packet);
        let by_rules = match profile.combine {
            Combine::AnyAllow => {
                candidates.retain(|candidate| candidate.rule.action == Action::Allow);
                self.first_match(&candidates, Action::Deny, packet)
            }
            Combine::FirstMatch => self.by_priority(candidates, profile.default_priority, packet),
        };
        any([exempt(&profile.exempt, packet), by_rules])
    }

    /// Returns a formula that is true iff the network ACL lets the packet through by its rules, or
    /// need not be asked (§8).
    fn network_acl(
        &mut self,
        acl: NetworkAclId,
        subnet: SubnetId,
        direction: Direction,
        packet: &Packet,
    ) -> Bool {
        let network = self.network;
        let profile = &network.vpcs[network.subnets[subnet].vpc].profile.network_acl;
        let rules = network.network_acls[acl].rules.of(direction);
        let by_rules = self.in_order(rules, Action::Deny, packet);
        any([exempt(&profile.exempt, packet), by_rules])
    }

    /// Returns a formula that is true iff the cloud firewall lets the packet through at the border: by
    /// its white list, or else, where its black list does not name it, by its rules or for want of
    /// one (§8a).
    fn cloud_firewall(
        &mut self,
        firewall: CloudFirewallId,
        border: Border,
        direction: Direction,
        packet: &Packet,
    ) -> Bool {
        let lists = self.network.cloud_firewalls[firewall].at(border);
        let white = self.any_match(&lists.white_list, packet);
        let black = self.any_match(&lists.black_list, packet);
        let by_rules = self.in_order(lists.rules.of(direction), lists.default, packet);
        any([white, all([not(&black), by_rules])])
    }

    /// Returns a formula that is true iff the access list of a listener, where it has one, lets the
    /// packet through (§8c).
    fn listener_access(
        &mut self,
        balancer: LoadBalancerId,
        listener: usize,
        packet: &Packet,
    ) -> Bool {
        let listener = self.network.load_balancers[balancer].listeners.get(listener);
        match listener.and_then(|listener| listener.access.as_ref()) {
            Some(list) => self.in_order(&list.rules, list.default, packet),
            None => term::constant(true),
        }
    }

    /// Returns a formula that is true iff a service listens where the request goes, or nothing is
    /// known of the services, or the packet is neither TCP nor UDP (§6, step 4).
    fn listener(&self, instance: InstanceId, arrived: Option<InterfaceId>, seen: &Seen) -> Bool {
        let Some(services) = &self.network.instances[instance].services else {
            return term::constant(true);
        };
        let listens = |service: &Service| {
            let address = match service.listen {
                Listen::Any => term::constant(true),
                Listen::AnyV4 => term::constant(seen.family() == Family::V4),
                Listen::AnyV6 => term::constant(seen.family() == Family::V6),
                Listen::Interface(at) => term::constant(arrived == Some(at)),
                Listen::Address(address) if address.is_loopback() => term::constant(false),
                Listen::Address(address) => seen.destination.is(address),
            };
            let ports = seen.destination_port.is_in(&service.ports.into());
            all([seen.protocol.is(service.protocol.0), ports, address])
        };
        any(std::iter::once(not(&has_ports(&seen.protocol))).chain(services.iter().map(listens)))
    }

    /// Returns the rules that may match the packet, in the order given.
    fn candidates(
        &self,
        rules: impl Iterator<Item = ((usize, usize), &'n Rule)>,
        packet: &Packet,
    ) -> Vec<Candidate<'n>> {
        let candidate = |(at, rule): (_, &'n Rule)| {
            self.may_match(&rule.matches, packet).map(|open| Candidate { at, rule, open })
        };
        rules.filter_map(candidate).collect()
    }

    /// Returns a formula that is true iff the first rule that matches, in the order of groups,
    /// priorities and deny before allow, allows the packet.
    fn by_priority(
        &mut self,
        mut candidates: Vec<Candidate<'n>>,
        default: Setting<u16>,
        packet: &Packet,
    ) -> Bool {
        let (fact, if_true, if_false) = match default {
            Setting::Decided(value) => {
                sort(&mut candidates, value);
                return self.first_match(&candidates, Action::Deny, packet);
            }
            Setting::Disputed { fact, if_true, if_false } => (fact, if_true, if_false),
        };
        sort(&mut candidates, if_true);
        let (runs, positions) = (runs(&candidates), positions(&candidates));
        let one = self.first_match(&candidates, Action::Deny, packet);
        sort(&mut candidates, if_false);
        if self::positions(&candidates) == positions || self::runs(&candidates) == runs {
            return one;
        }
        let other = self.first_match(&candidates, Action::Deny, packet);
        let fact = self.fact(fact);
        any([all([fact.clone(), one]), all([not(&fact), other])])
    }

    /// Returns a formula that is true iff some of these rules, whatever they do, matches the packet.
    fn any_match(&mut self, rules: &'n [Rule], packet: &Packet) -> Bool {
        let open = rules.iter().filter_map(|rule| self.may_match(&rule.matches, packet));
        let open: Vec<Open> = open.collect();
        any(open.iter().map(|open| self.matches(open, &packet.seen)))
    }

    /// Returns a formula that is true iff the first of the rules that matches the packet allows it, or
    /// none matches and the default does.
    fn in_order(&mut self, rules: &'n [Rule], default: Action, packet: &Packet) -> Bool {
        let rules = rules.iter().enumerate().map(|(index, rule)| ((0, index), rule));
        let candidates = self.candidates(rules, packet);
        self.first_match(&candidates, default, packet)
    }

    /// Returns a formula that is true iff the first rule that matches the packet allows it, or none
    /// does and the default allows it.
    fn first_match(
        &mut self,
        candidates: &[Candidate<'_>],
        default: Action,
        packet: &Packet,
    ) -> Bool {
        let mut runs: Vec<(Action, Vec<Bool>)> = Vec::new();
        for candidate in candidates {
            let matches = self.matches(&candidate.open, &packet.seen);
            let decided = matches.as_bool() == Some(true);
            match runs.last_mut() {
                Some((action, run)) if *action == candidate.rule.action => run.push(matches),
                Some(_) | None => runs.push((candidate.rule.action, vec![matches])),
            }
            if decided {
                break;
            }
        }
        // From the last rule to the first: what a rule leaves over is decided by those behind it.
        runs.into_iter().rev().fold(allows(default), |rest, (action, matches)| {
            choose(&any(matches), allows(action), rest)
        })
    }
}

/// Returns the formula that is true iff the action is to allow.
fn allows(action: Action) -> Bool {
    term::constant(action == Action::Allow)
}

/// Sorts rules by group, priority, and deny before allow.
fn sort(candidates: &mut [Candidate<'_>], default_priority: u16) {
    candidates.sort_by_key(|Candidate { at, rule, .. }| {
        let priority = rule.priority.unwrap_or(default_priority);
        (at.0, priority, rule.action == Action::Allow, at.1)
    });
}

/// Returns the order of rules.
fn positions(candidates: &[Candidate<'_>]) -> Vec<(usize, usize)> {
    candidates.iter().map(|candidate| candidate.at).collect()
}

/// Returns the rules as runs of one action; within a run their order does not matter.
fn runs(candidates: &[Candidate<'_>]) -> Vec<(Action, Vec<(usize, usize)>)> {
    let same_action = |a: &Candidate<'_>, b: &Candidate<'_>| a.rule.action == b.rule.action;
    let run = |run: &[Candidate<'_>]| {
        let mut members = positions(run);
        members.sort_unstable();
        run.first().map(|first| (first.rule.action, members))
    };
    candidates.chunk_by(same_action).filter_map(run).collect()
}

/// Returns a formula that is true iff an exemption names the packet (§8).
fn exempt(exemptions: &[Exemption], packet: &Packet) -> Bool {
    let far_side = |exemption: &Exemption, address: &Address, port: &Port| {
        let service = exemption.service.map_or_else(
            || term::constant(true),
            |(protocol, number)| {
                let has_port = term::constant(protocol.has_ports());
                all([has_port, packet.seen.protocol.is(protocol.0), port.is(number)])
            },
        );
        all([address.is_within(exemption.prefix.into()), service])
    };
    any(exemptions.iter().filter(|exemption| may_be_exempt(exemption, packet)).flat_map(
        |exemption| {
            let seen = &packet.seen;
            [
                far_side(exemption, &seen.destination, &seen.destination_port),
                far_side(exemption, &seen.source, &seen.source_port),
            ]
        },
    ))
}

/// Whether an exemption may name the packet.
fn may_be_exempt(exemption: &Exemption, Packet { possible, .. }: &Packet) -> bool {
    let prefix: IpNet = exemption.prefix;
    let far = |addresses: &canreach_net::AddressSet, ports: &PortSet| {
        let service = exemption.service.is_none_or(|(Protocol(number), port)| {
            possible.protocols.contains(number) && ports.contains(port)
        });
        service && !addresses.is_disjoint(&prefix.into())
    };
    far(&possible.destinations, &possible.destination_ports)
        || far(&possible.sources, &possible.source_ports)
}
