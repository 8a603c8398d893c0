//! Cloud firewalls, the firewalls of hosts, and what hosts listen for and forward.

use canreach_model::{
    Border, BorderRules, Chain, ChainRule, ChainVerdict, CloudFirewall, CloudFirewallId,
    ConnectionState, Direction, HookPoint, HostFirewall, HostFirewallKind, HostRoute, InstanceId,
    InterfaceId, Listen, PacketMatch, Policy, Service, Setting,
};
use canreach_net::{PortRange, Protocol};

use super::{Builder, ORIGIN, meta, prefix};

impl Builder {
    /// Adds a cloud firewall that keeps state and lets everything through at every border.
    pub fn cloud_firewall(&mut self) -> CloudFirewallId {
        let number = self.network.cloud_firewalls.len();
        self.network.cloud_firewalls.push(CloudFirewall {
            meta: meta("cfw", number),
            stateful: true,
            internet: BorderRules::default(),
            vpc: BorderRules::default(),
            nat: BorderRules::default(),
        })
    }

    /// Returns the rules of a border, to change them.
    pub fn border(&mut self, firewall: CloudFirewallId, border: Border) -> &mut BorderRules {
        let firewall = &mut self.network.cloud_firewalls[firewall];
        match border {
            Border::Internet => &mut firewall.internet,
            Border::Vpc => &mut firewall.vpc,
            Border::Nat => &mut firewall.nat,
        }
    }

    /// Gives an instance a Linux firewall with these chains.
    pub fn host_firewall(&mut self, instance: InstanceId, chains: Vec<Chain>) {
        let kind = HostFirewallKind::Linux;
        self.network.instances[instance].firewall =
            Some(HostFirewall { kind, chains, origin: ORIGIN });
    }

    /// Gives an instance a Windows firewall: answers to what was seen pass, then the rules are
    /// tried in order, then what comes in is dropped and what goes out passes.
    pub fn windows_firewall(
        &mut self,
        instance: InstanceId,
        inbound: Vec<ChainRule>,
        outbound: Vec<ChainRule>,
    ) {
        let with_answers = |rules: Vec<ChainRule>| {
            let mut all =
                vec![in_states(chain_rule(ChainVerdict::Accept), &[ConnectionState::Established])];
            all.extend(rules);
            all
        };
        let inbound = base_chain("inbound", HookPoint::Input, Policy::Drop, with_answers(inbound));
        let outbound =
            base_chain("outbound", HookPoint::Output, Policy::Accept, with_answers(outbound));
        let kind = HostFirewallKind::Windows;
        let chains = vec![inbound, outbound];
        self.network.instances[instance].firewall =
            Some(HostFirewall { kind, chains, origin: ORIGIN });
    }

    /// Lets an instance forward, and its interfaces take and send what is not theirs.
    pub fn forwards(&mut self, instance: InstanceId) {
        self.network.instances[instance].forwards = Setting::Decided(true);
        for id in self.network.interfaces.ids() {
            if self.network.instance_of(id) == Some(instance) {
                self.network.interfaces[id].source_dest_check = false;
            }
        }
    }

    /// Adds a route of an instance itself, for what it forwards.
    pub fn host_route(&mut self, instance: InstanceId, destination: &str, interface: InterfaceId) {
        let route = HostRoute { destination: prefix(destination), interface, origin: ORIGIN };
        self.network.instances[instance].routes.push(route);
    }

    /// Lets an instance listen, for nothing but what is said like this.
    pub fn listens(
        &mut self,
        instance: InstanceId,
        protocol: Protocol,
        ports: PortRange,
        listen: Listen,
    ) {
        let service = Service { name: None, protocol, ports, listen, origin: ORIGIN };
        self.network.instances[instance].services.get_or_insert_default().push(service);
    }
}

/// Returns a chain in which packets begin.
#[must_use]
pub fn base_chain(name: &str, hook: HookPoint, policy: Policy, rules: Vec<ChainRule>) -> Chain {
    Chain { base: Some((hook, policy)), ..chain(name, rules) }
}

/// Returns a chain that only other chains lead to.
#[must_use]
pub fn chain(name: &str, rules: Vec<ChainRule>) -> Chain {
    Chain { name: name.to_owned(), base: None, rules, origin: ORIGIN }
}

/// Returns a rule of a chain that matches everything.
#[must_use]
pub fn chain_rule(verdict: ChainVerdict) -> ChainRule {
    ChainRule {
        name: None,
        matches: PacketMatch::everything(),
        states: None,
        input: None,
        output: None,
        verdict,
        origin: ORIGIN,
    }
}

/// Narrows a rule of a chain: only packets of connections in these states.
#[must_use]
pub fn in_states(mut rule: ChainRule, states: &[ConnectionState]) -> ChainRule {
    rule.states = Some(states.to_vec());
    rule
}

/// Narrows a rule of a chain: only packets of this protocol to these ports.
#[must_use]
pub fn chain_ports(mut rule: ChainRule, protocol: Protocol, first: u16, last: u16) -> ChainRule {
    super::narrow_to_ports(&mut rule.matches, protocol, first, last);
    rule
}

/// Narrows a rule of a chain: only packets whose far side, seen from the host, is in the range.
#[must_use]
pub fn chain_far_side(mut rule: ChainRule, direction: Direction, range: &str) -> ChainRule {
    super::narrow_far_side(&mut rule.matches, direction, range);
    rule
}
