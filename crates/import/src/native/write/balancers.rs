//! What answers on behalf of others.

use canreach_model::{Action, Forwarding};

use super::{Writer, filters, list, origins::text};
use crate::native::notation::{
    Access, AccessRule, Action as WrittenAction, Address, AddressedMatch,
    Forwarding as WrittenForwarding, GatewayEndpoint, Listener, LoadBalancer, OddAccessRule, Ports,
    ProtocolName, Target, VirtualAddress,
};

impl Writer<'_> {
    pub(super) fn load_balancer(
        &self,
        name: &str,
        balancer: &canreach_model::LoadBalancer,
    ) -> LoadBalancer {
        fields!(balancer => canreach_model::LoadBalancer { meta, listeners });
        LoadBalancer {
            // They stand in the order of the network, among those of no load balancer.
            interfaces: None,
            listeners: list(&balancer.listeners, |listener| self.listener(listener)),
            about: self.origins.about(&balancer.meta, name),
        }
    }

    fn listener(&self, listener: &canreach_model::BalancerListener) -> Listener {
        fields!(listener => canreach_model::BalancerListener {
            protocol, family, ports, forwarding, targets, access, origin,
        });
        let (mut bypasses_filters, mut unmodelled) = (false, None);
        let forwarding = match listener.forwarding {
            Forwarding::Proxy => Some(WrittenForwarding::Proxy),
            Forwarding::KeepClient { bypasses_filters: bypasses } => {
                bypasses_filters = bypasses;
                Some(WrittenForwarding::KeepClient)
            }
            Forwarding::ReplaceClient => Some(WrittenForwarding::ReplaceClient),
            Forwarding::Unmodelled(fact) => {
                unmodelled = Some(self.names.facts.of(fact));
                None
            }
        };
        Listener {
            protocol: ProtocolName(listener.protocol),
            ports: Ports(listener.ports),
            family: listener.family.map(filters::family),
            forwarding,
            unmodelled,
            bypasses_filters: bypasses_filters.then_some(true),
            targets: Some(listener.targets.iter().map(|it| self.balancer_target(it)).collect()),
            access: listener.access.as_ref().map(|access| self.access(access)),
            origin: Some(self.origins.origin(&listener.origin)),
        }
    }

    fn balancer_target(&self, target: &canreach_model::BalancerTarget) -> Target {
        fields!(target => canreach_model::BalancerTarget {
            address, port, nodes, origin,
        });
        Target {
            address: Some(Address::from(target.address)),
            instance: None,
            port: target.port,
            nodes: target
                .nodes
                .as_ref()
                .map(|nodes| nodes.iter().map(|id| self.names.interfaces.of(*id)).collect()),
            origin: Some(self.origins.origin(&target.origin)),
        }
    }

    fn access(&self, access: &canreach_model::AccessList) -> Access {
        fields!(access => canreach_model::AccessList { rules, default });
        Access {
            rules: Some(access.rules.iter().map(|rule| self.access_rule(rule)).collect()),
            default: Some(match access.default {
                Action::Allow => WrittenAction::Allow,
                Action::Deny => WrittenAction::Deny,
            }),
            ..Access::default()
        }
    }

    fn access_rule(&self, rule: &canreach_model::Rule) -> AccessRule {
        let mut matches = self.addressed(&rule.matches);
        let source = matches.source.take();
        let odd = OddAccessRule {
            number: rule.number,
            priority: rule.priority,
            matches: AddressedMatch { source: None, ..matches },
        };
        AccessRule {
            id: text(rule.id.as_ref()),
            action: Some(filters::action(rule)),
            source,
            odd,
            rest: self.rest(&rule.matches, &rule.origin),
        }
    }

    pub(super) fn virtual_address(
        &self,
        name: &str,
        address: &canreach_model::VirtualAddress,
    ) -> VirtualAddress {
        fields!(address => canreach_model::VirtualAddress { meta, subnet, address, interfaces });
        VirtualAddress {
            subnet: self.names.subnets.of(address.subnet),
            address: Address::from(address.address),
            interfaces: list(&address.interfaces, |id| self.names.interfaces.of(*id)),
            about: self.origins.about(&address.meta, name),
        }
    }

    pub(super) fn gateway_endpoint(
        &self,
        name: &str,
        endpoint: &canreach_model::GatewayEndpoint,
    ) -> GatewayEndpoint {
        fields!(endpoint => canreach_model::GatewayEndpoint { meta, vpc });
        GatewayEndpoint {
            vpc: self.names.vpcs.of(endpoint.vpc),
            about: self.origins.about(&endpoint.meta, name),
        }
    }
}
