//! Load balancers, virtual addresses and gateway endpoints.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    AccessList, Action, BalancerListener, BalancerTarget, Forwarding, GatewayEndpoint, InterfaceId,
    InterfaceOwner, LoadBalancer, LoadBalancerId, PacketMatch, Rule, VirtualAddress, VpcId,
};
use canreach_net::Family;

use super::Linker;
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::{At, Name},
        written::{self, Item, TargetOf},
    },
};

/// Load balancers with what was written about them.
pub(super) type Balancers<'a> = Vec<(LoadBalancerId, &'a Item<written::LoadBalancer>)>;

/// What a listener's targets are checked against.
struct Ends {
    /// The load balancer, as the owner of interfaces.
    owner: InterfaceOwner,
    /// The address families that the load balancer has addresses of.
    families: BTreeSet<Family>,
    vpc: Option<VpcId>,
}

impl<'a> Linker<'a> {
    /// Adds the load balancers, still without listeners, and returns them with what was written.
    pub(super) fn add_load_balancers(&mut self) -> Balancers<'a> {
        let mut balancers = Vec::new();
        for model in self.models {
            for item in &model.written.load_balancers {
                let (meta, listeners) = (self.meta(item), Vec::new());
                let id = self.network.load_balancers.push(LoadBalancer { meta, listeners });
                self.load_balancers.define(&item.name, Some(id));
                balancers.push((id, item));
            }
        }
        balancers
    }

    pub(super) fn add_listeners(&mut self, balancers: &Balancers<'a>) {
        for (id, item) in balancers {
            let ends = self.ends(*id, item);
            self.check_listeners(&item.body.listeners);
            let mut listeners = Vec::new();
            for written in &item.body.listeners {
                listeners.extend(self.listener(written, &ends));
            }
            self.network.load_balancers[*id].listeners = listeners;
        }
    }

    fn ends(&self, id: LoadBalancerId, item: &Item<written::LoadBalancer>) -> Ends {
        let owner = InterfaceOwner::LoadBalancer(id);
        let all = self.network.interfaces.iter();
        let own: Vec<_> = all.filter(|(_, found)| found.owner == owner).collect();
        // Those with an error of their own have addresses too.
        let written = item.body.interfaces.iter().flat_map(|interface| &interface.body.addresses);
        let written = written.map(|address| address.value);
        let apart = own.iter().flat_map(|(_, found)| found.addresses.iter().copied());
        Ends {
            owner,
            families: written.chain(apart).map(Family::of).collect(),
            vpc: own.first().map(|(interface, _)| self.network.vpc_of(*interface)),
        }
    }

    /// Notes listeners of which the second never gets some of its packets.
    fn check_listeners(&mut self, listeners: &[written::Listener]) {
        for (index, listener) in listeners.iter().enumerate() {
            let (Some(protocol), Some(ports)) = (listener.protocol, listener.ports) else {
                continue;
            };
            let before = listeners.iter().take(index).find_map(|other| {
                let range = other.ports?;
                let families = [listener.family, other.family];
                let same = other.protocol?.value == protocol.value
                    && !matches!(families, [Some(one), Some(two)] if one != two);
                let apart = range.value.last() < ports.value.first()
                    || ports.value.last() < range.value.first();
                (same && !apart).then_some(range)
            });
            if let Some(before) = before {
                let message = format!("two listeners for {} port {}", protocol.value, ports.value);
                self.report(
                    Diagnostic::error("model::listener_overlap", ports.place, message)
                        .label(format!("overlaps `{}`", before.value))
                        .note(before.place, "the first listener"),
                );
            }
        }
    }

    fn listener(&mut self, written: &written::Listener, ends: &Ends) -> Option<BalancerListener> {
        let mut known: BTreeMap<(IpAddr, Option<u16>), Place> = BTreeMap::new();
        let mut targets = Vec::new();
        for target in &written.targets {
            let nodes = target.nodes.as_ref().map(|names| self.nodes(names, ends));
            for address in self.target_addresses(target, ends) {
                let before = known.insert((address, target.port), target.place);
                if let Some(before) = before.filter(|_| !self.is_record(target.place)) {
                    let message = format!("target `{address}` is listed twice");
                    let error = Diagnostic::error("model::listed_twice", target.place, message);
                    self.report(error.note(before, "listed here already"));
                    continue;
                }
                let origin = self.origin_of(target.place, target.origin.as_ref());
                targets.push(BalancerTarget {
                    address,
                    port: target.port,
                    nodes: nodes.clone(),
                    origin,
                });
            }
        }
        let access = written.access.as_ref().map(|access| self.access(access));
        Some(BalancerListener {
            protocol: written.protocol?.value,
            family: written.family,
            ports: written.ports?.value,
            forwarding: match written.forwarding.as_ref()? {
                written::Way::Modelled(forwarding) => *forwarding,
                written::Way::Unmodelled(name) => Forwarding::Unmodelled(self.fact(name)?),
            },
            targets,
            access,
            origin: self.origin_of(written.place, written.origin.as_ref()),
        })
    }

    /// Returns the interfaces of the load balancer that send to a target.
    fn nodes(&mut self, names: &[Name], ends: &Ends) -> Vec<InterfaceId> {
        let mut nodes = Vec::new();
        for name in names {
            let Some(interface) = self.interface_or_instance(name) else { continue };
            if self.network.interfaces[interface].owner == ends.owner {
                nodes.push(interface);
            } else {
                let message =
                    format!("interface `{}` does not belong to this load balancer", name.value);
                self.report(Diagnostic::error("model::not_a_node", name.place, message));
            }
        }
        nodes
    }

    fn target_addresses(&mut self, target: &written::BalancerTarget, ends: &Ends) -> Vec<IpAddr> {
        match &target.to {
            TargetOf::Address(address) => {
                self.check_target(*address, ends);
                vec![address.value]
            }
            TargetOf::Instance(name) => self.instance_addresses(name, ends),
        }
    }

    fn check_target(&mut self, address: At<IpAddr>, ends: &Ends) {
        if self.is_record(address.place) {
            return;
        }
        let family = Family::of(address.value);
        if !ends.families.is_empty() && !ends.families.contains(&family) {
            let message =
                format!("target `{}` is {family}, and the load balancer is not", address.value);
            self.report(
                Diagnostic::error("model::target_family", address.place, message)
                    .label("never picked")
                    .help(format!(
                        "give the load balancer an {family} address, or leave this target out"
                    )),
            );
        } else if let Some(vpc) = ends.vpc
            && self.network.vpcs[vpc].cidrs.iter().any(|block| block.contains(&address.value))
            && !self.addresses.contains_key(&(vpc, address.value))
        {
            let message =
                format!("nobody in VPC `{}` has address `{}`", self.vpc_name(vpc), address.value);
            self.report(
                Diagnostic::warning("model::target_unknown", address.place, message)
                    .label("packets for this target go nowhere"),
            );
        }
    }

    /// Returns the first address of each family of an instance's first interface, as far as the load
    /// balancer has that family.
    fn instance_addresses(&mut self, name: &Name, ends: &Ends) -> Vec<IpAddr> {
        let found = self.instances.find(name);
        let Some(instance) = self.resolved(found) else { return Vec::new() };
        let own = self.instance_interfaces.get(&instance);
        // An interface with an error of its own has been reported.
        if own.is_some_and(|own| own.found.len() < own.written) {
            return Vec::new();
        }
        let first = own.and_then(|own| own.found.first()).map(|(interface, _)| *interface);
        let addresses = first.map(|first| self.network.interfaces[first].addresses.as_slice());
        let of = |family| {
            let mut all = addresses.unwrap_or_default().iter();
            all.find(|address| Family::of(**address) == family).copied()
        };
        let found: Vec<IpAddr> = ends.families.iter().filter_map(|family| of(*family)).collect();
        if found.is_empty() && !ends.families.is_empty() {
            let message = format!(
                "instance `{}` has no address that the load balancer could send to",
                name.value
            );
            let families: Vec<String> = ends.families.iter().map(Family::to_string).collect();
            let label = if first.is_some() {
                format!("its first interface has no {} address", families.join(" or "))
            } else {
                String::from("it has no interface")
            };
            self.report(
                Diagnostic::error("model::target_family", name.place, message).label(label),
            );
        }
        found
    }

    fn access(&mut self, written: &written::Access) -> AccessList {
        let (action, sources) = match written {
            written::Access::Listed { action, sources } => (*action, sources),
            written::Access::Rules { rules, default } => {
                return AccessList { rules: self.rules(rules), default: *default };
            }
        };
        let mut rules = Vec::new();
        for source in sources {
            let Some(matched) = self.address_match(Some(source)) else { continue };
            rules.push(Rule {
                id: None,
                number: None,
                priority: None,
                action,
                matches: PacketMatch { source: matched, ..PacketMatch::everything() },
                origin: self.origin(source.place),
            });
        }
        let default = match action {
            Action::Allow => Action::Deny,
            Action::Deny => Action::Allow,
        };
        AccessList { rules, default }
    }

    pub(super) fn add_virtual_addresses(&mut self) {
        for model in self.models {
            for item in &model.written.virtual_addresses {
                let id = self.virtual_address(item);
                self.virtual_addresses.define(&item.name, id);
            }
        }
    }

    fn virtual_address(
        &mut self,
        item: &Item<written::VirtualAddress>,
    ) -> Option<canreach_model::VirtualAddressId> {
        let subnet = item.body.subnet.as_ref().and_then(|name| {
            let found = self.subnets.find(name);
            self.resolved(found)
        });
        let address = item.body.address;
        if let (Some(subnet), Some(address)) = (subnet, address) {
            self.take_address(address, subnet);
        }
        let vpc = subnet.map(|subnet| self.network.subnets[subnet].vpc);
        let mut interfaces = Vec::new();
        for name in &item.body.interfaces {
            let Some(interface) = self.interface_or_instance(name) else { continue };
            let belongs = self.network.vpc_of(interface);
            match vpc {
                Some(vpc) if vpc != belongs && !self.is_record(name.place) => {
                    let why = Some((item.name.place, "this virtual address"));
                    self.elsewhere(name, "interface", belongs, vpc, why);
                }
                _ if interfaces.contains(&interface) => {
                    let message = format!("interface `{}` is listed twice", name.value);
                    self.report(
                        Diagnostic::error("model::listed_twice", name.place, message)
                            .label("this is the same interface under another name"),
                    );
                }
                _ => interfaces.push(interface),
            }
        }
        let (subnet, address) = (subnet?, address?.value);
        let meta = self.meta(item);
        Some(self.network.virtual_addresses.push(VirtualAddress {
            meta,
            subnet,
            address,
            interfaces,
        }))
    }

    pub(super) fn add_gateway_endpoints(&mut self) {
        for model in self.models {
            for item in &model.written.gateway_endpoints {
                let vpc = item.body.vpc.as_ref().and_then(|name| self.vpc(name));
                let id = vpc.map(|vpc| {
                    let meta = self.meta(item);
                    self.network.gateway_endpoints.push(GatewayEndpoint { meta, vpc })
                });
                self.gateway_endpoints.define(&item.name, id);
            }
        }
    }
}
