//! Settings of what is there already: each changes where packets go, or what stays open.

use canreach_model::{
    AttachedTo, ConnectionId, Forwarding, InterfaceId, InterfaceOwner, LoadBalancerId,
    NatPlacement, Polarity, PublicAddressTarget, RouteTarget, Setting, VpcId,
};
use canreach_net::Family;

use super::{Maker, features::Feature};
use crate::builder;

impl Maker {
    pub(super) fn add_settings(&mut self) {
        self.open_what_is_missing();
        self.set_interfaces();
        self.set_transit();
        self.set_balancers();
        self.add_nat_addresses();
        self.add_connection_tables();
    }

    /// Interfaces that may be missing, and public addresses of nobody known.
    fn open_what_is_missing(&mut self) {
        for vpc in self.vpcs() {
            if self.random.chance(7) {
                let fact = self.fact(Polarity::Helps);
                self.network().vpcs[vpc].unlisted = fact;
            }
        }
        for id in self.builder.network.public_addresses.ids() {
            let unused = self.builder.network.public_addresses[id].target.is_none();
            if unused
                && self.random.chance(50)
                && let Some(fact) = self.fact(Polarity::Helps)
            {
                let target = Some(PublicAddressTarget::Unresolved(fact));
                self.network().public_addresses[id].target = target;
            }
        }
    }

    fn set_interfaces(&mut self) {
        for id in self.builder.network.interfaces.ids() {
            let owner = self.builder.network.interfaces[id].owner;
            let spare = matches!(owner, InterfaceOwner::Service | InterfaceOwner::Detached);
            if spare && self.random.chance(20) {
                self.network().interfaces[id].owner = InterfaceOwner::Gateway;
            }
            if self.ipv6 && self.random.chance(6) {
                self.network().interfaces[id].egress_only_gateway_denied = true;
            }
        }
        for id in self.builder.network.instances.ids() {
            let likely = if self.has(Feature::Forwarding) { 15 } else { 1 };
            if self.random.chance(likely) {
                let fact = self.fact(Polarity::Helps);
                let instance = &mut self.network().instances[id];
                instance.appliance = fact;
                if fact.is_some() {
                    // Nobody asks then whether it forwards.
                    instance.forwards = Setting::Decided(false);
                }
            }
        }
    }

    fn set_transit(&mut self) {
        for id in self.builder.network.transit_gateways.ids() {
            let references = self.random.chance(60);
            self.network().transit_gateways[id].group_references = references;
        }
        for id in self.builder.network.transit_attachments.ids() {
            let (appliance, references) = (self.random.chance(25), self.random.chance(75));
            let to = &mut self.network().transit_attachments[id].to;
            if let AttachedTo::Vpc { appliance_mode, group_references, .. } = to {
                (*appliance_mode, *group_references) = (appliance, references);
            }
        }
    }

    fn set_balancers(&mut self) {
        for id in self.builder.network.load_balancers.ids() {
            let nodes = self.nodes_of(id);
            for node in &nodes {
                self.filter_node(*node);
            }
            for listener in 0..self.builder.network.load_balancers[id].listeners.len() {
                self.set_listener(id, listener, &nodes);
            }
        }
    }

    fn nodes_of(&self, id: LoadBalancerId) -> Vec<InterfaceId> {
        let all = self.builder.network.interfaces.iter();
        let own = all.filter(|(_, it)| it.owner == InterfaceOwner::LoadBalancer(id));
        own.map(|(interface, _)| interface).collect()
    }

    /// Groups that others have too, so that rules refer to them.
    fn filter_node(&mut self, node: InterfaceId) {
        let groups: Vec<_> = self.builder.network.security_groups.ids().collect();
        if self.random.chance(35)
            && let Some(group) = self.random.pick_any(&groups)
        {
            let interface = &mut self.network().interfaces[node];
            interface.filtered = true;
            interface.security_groups = vec![group];
        }
    }

    fn set_listener(&mut self, id: LoadBalancerId, index: usize, nodes: &[InterfaceId]) {
        let family = self.random.chance(12).then(|| self.random.pick(&Family::BOTH));
        let open = self.random.chance(5).then(|| self.fact(Polarity::Helps)).flatten();
        let bound = self.random.chance(40);
        let choices: Vec<Option<InterfaceId>> =
            (0..3).map(|_| self.random.pick_any(nodes)).collect();
        let Some(listener) = self.network().load_balancers[id].listeners.get_mut(index) else {
            return;
        };
        listener.family = family;
        if let Some(fact) = open {
            listener.forwarding = Forwarding::Unmodelled(fact);
        }
        for (target, node) in listener.targets.iter_mut().zip(choices) {
            if bound {
                target.nodes = Some(node.into_iter().collect());
            }
        }
    }

    /// Further addresses of NAT gateways in subnets, mostly each with a public one.
    fn add_nat_addresses(&mut self) {
        for id in self.builder.network.nat_gateways.ids() {
            let NatPlacement::Subnet(own) = self.builder.network.nat_gateways[id].placement else {
                continue;
            };
            let subnet = self.builder.network.interfaces[own].subnet;
            if !self.random.chance(35) {
                continue;
            }
            let Some(address) = self.take_address(subnet, true) else { continue };
            self.network().interfaces[own].addresses.push(address);
            if !self.breaks()
                && let Some(public) = self.take_public()
            {
                let target = PublicAddressTarget::Interface { interface: own, address };
                self.builder.public_address_of(&public.to_string(), Some(target));
            }
        }
    }

    /// Route tables for what enters a VPC through a connection.
    fn add_connection_tables(&mut self) {
        let connections: Vec<(ConnectionId, VpcId)> = (self.builder.network.connections.iter())
            .filter_map(|(id, connection)| Some((id, connection.vpc?)))
            .collect();
        for (id, vpc) in connections {
            if !self.random.chance(30) {
                continue;
            }
            let table = self.builder.table(vpc);
            self.network().connections[id].route_table = Some(table);
            builder::add_local_routes(self.network());
            let inside = self.builder.network.interfaces.iter();
            let inside: Vec<_> = inside
                .filter(|(it, _)| self.builder.network.vpc_of(*it) == vpc)
                .flat_map(|(it, interface)| interface.addresses.iter().map(move |at| (it, *at)))
                .collect();
            let (by, towards) = (self.random.pick_any(&inside), self.random.pick_any(&inside));
            if let (Some((by, _)), Some((_, towards))) = (by, towards) {
                self.route(table, towards.into(), RouteTarget::Interface(by));
            }
        }
    }
}
