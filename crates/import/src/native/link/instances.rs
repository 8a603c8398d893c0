//! What instances say about their own interfaces: services, routes, and whether they forward.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Fact, HostRoute, InstanceId, InterfaceId, Listen, Network, Polarity, RouteTarget, Service,
    Setting,
};
use canreach_net::IpNet;

use super::Linker;
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::Name,
        similar::did_you_mean,
        written::{self, Item, Listening},
    },
};

impl Linker<'_> {
    /// Adds to the instances what refers to their interfaces.
    pub(super) fn complete_instances(&mut self) {
        for model in self.models {
            for item in &model.written.instances {
                let Ok(instance) = self.instances.find(&item.name) else { continue };
                let services = item.body.services.as_ref().map(|services| {
                    let each = services.iter();
                    each.flat_map(|service| self.service(instance, &item.name, service)).collect()
                });
                let firewall = item
                    .body
                    .firewall
                    .as_ref()
                    .map(|firewall| self.host_firewall(instance, &item.name, firewall));
                let routes = self.host_routes(instance, item);
                let found = &mut self.network.instances[instance];
                found.services = services;
                found.firewall = firewall;
                found.routes = routes;
            }
        }
    }

    fn service(
        &mut self,
        instance: InstanceId,
        owner: &Name,
        service: &written::Service,
    ) -> Vec<Service> {
        let listen = match &service.listen {
            Listening::At(listen) => Some(listen.value),
            Listening::Interface(name) => {
                self.own_interface(instance, owner, name).map(Listen::Interface)
            }
        };
        let Some(listen) = listen else { return Vec::new() };
        let origin = self.origin_of(service.place, service.origin.as_ref());
        let each = service.ports.iter().map(|ports| Service {
            name: service.name.clone(),
            protocol: service.protocol,
            ports: *ports,
            listen,
            origin: origin.clone(),
        });
        each.collect()
    }

    fn host_routes(
        &mut self,
        instance: InstanceId,
        item: &Item<written::Instance>,
    ) -> Vec<HostRoute> {
        let mut seen: BTreeMap<IpNet, Place> = BTreeMap::new();
        let mut routes = Vec::new();
        for route in &item.body.routes {
            let interface = route
                .interface
                .as_ref()
                .and_then(|name| self.own_interface(instance, &item.name, name));
            let Some(destination) = route.destination else { continue };
            if let Some(before) = seen.insert(destination.value, destination.place) {
                let message = format!("two routes to `{}`", destination.value);
                self.report(
                    Diagnostic::error("model::duplicate_route", destination.place, message)
                        .label("the second route")
                        .note(before, "the first route"),
                );
            }
            let Some(interface) = interface else { continue };
            let origin = self.origin_of(route.place, route.origin.as_ref());
            routes.push(HostRoute { destination: destination.value, interface, origin });
        }
        if let (Some(route), Some(forwarding)) = (item.body.routes.first(), &item.body.forwarding)
            && matches!(forwarding.value, written::Setting::Decided(false))
        {
            let message = format!("instance `{}` has routes and does not forward", item.name.value);
            self.report(
                Diagnostic::warning("model::route_never_used", route.place, message)
                    .label("the routes of an instance are for what it forwards")
                    .note(forwarding.place, "it does not"),
            );
        }
        routes
    }

    /// Returns the interface of an instance that a name means.
    pub(super) fn own_interface(
        &mut self,
        instance: InstanceId,
        owner: &Name,
        name: &Name,
    ) -> Option<InterfaceId> {
        let own = self.instance_interfaces.get(&instance);
        let (written, found) = own.map_or((0, &[][..]), |own| (own.written, own.found.as_slice()));
        if let Some((id, _)) = found.iter().find(|(_, known)| *known == name.value) {
            return Some(*id);
        }
        if let ([(id, _)], 1, true) = (found, written, name.value == owner.value) {
            return Some(*id);
        }
        // One with an error of its own may be meant.
        if written == found.len() {
            let names: Vec<&str> = found.iter().map(|(_, name)| &**name).collect();
            let error = not_own(owner, name, &names);
            self.report(error);
        }
        None
    }

    /// Decides whether instances forward: what is left out does not matter where no route leads, and
    /// is an open question where one does.
    pub(super) fn set_forwarding(&mut self) {
        let led_to = led_to(self.network);
        for model in self.models {
            for item in &model.written.instances {
                let Ok(instance) = self.instances.find(&item.name) else { continue };
                let appliance = item.body.appliance.as_ref().and_then(|name| self.fact(name));
                self.network.instances[instance].appliance = appliance;
                let forwards = match &item.body.forwarding {
                    Some(written) => {
                        self.setting(&written.value).unwrap_or(Setting::Decided(false))
                    }
                    None if led_to.contains(&instance) && item.body.appliance.is_none() => {
                        self.open_forwarding(instance, item)
                    }
                    None => Setting::Decided(false),
                };
                self.network.instances[instance].forwards = forwards;
            }
        }
    }

    fn open_forwarding(
        &mut self,
        instance: InstanceId,
        item: &Item<written::Instance>,
    ) -> Setting<bool> {
        let name = &item.name.value;
        let fact = self.network.facts.push(Fact {
            statement: format!("instance `{name}` forwards packets that are not for itself"),
            settled_by: format!("write `forwarding: true` or `false` in instance `{name}`"),
            origin: self.network.instances[instance].meta.origin.clone(),
            polarity: Polarity::Helps,
        });
        Setting::Disputed { fact, if_true: true, if_false: false }
    }
}

/// Returns the instances of the interfaces that routes lead to.
pub(in crate::native) fn led_to(network: &Network) -> BTreeSet<InstanceId> {
    let mut interfaces = Vec::new();
    for (_, table) in network.route_tables.iter() {
        for route in &table.routes {
            match route.target {
                RouteTarget::Interface(interface) => interfaces.push(interface),
                RouteTarget::VirtualAddress(address) => {
                    interfaces.extend(&network.virtual_addresses[address].interfaces);
                }
                RouteTarget::Local
                | RouteTarget::Blackhole
                | RouteTarget::InternetGateway(_)
                | RouteTarget::NatGateway(_)
                | RouteTarget::Peering(_)
                | RouteTarget::TransitGateway(_)
                | RouteTarget::Connection(_)
                | RouteTarget::GatewayEndpoint(_)
                | RouteTarget::Unresolved(_) => {}
            }
        }
    }
    interfaces.into_iter().filter_map(|interface| network.instance_of(interface)).collect()
}

fn not_own(owner: &Name, name: &Name, names: &[&str]) -> Diagnostic {
    let message = format!("instance `{}` has no interface `{}`", owner.value, name.value);
    let error = Diagnostic::error("model::other_instance", name.place, message);
    if matches!(&*name.value, "lo" | "lo0") {
        return error.help("no firewall judges what a host sends to itself: leave this rule out");
    }
    let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let help = match all.as_slice() {
        [] => String::from("it has no interfaces"),
        [one] => format!("its only interface is {one}"),
        all => format!("its interfaces are {}", all.join(", ")),
    };
    let near = did_you_mean(&name.value, names.iter().copied());
    error.note(owner.place, "this instance").help(help).maybe_help(near)
}
