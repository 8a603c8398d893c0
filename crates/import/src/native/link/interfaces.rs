//! Instances, interfaces and the addresses they have.

use std::net::IpAddr;

use canreach_model::{
    Instance, InstanceId, Interface, InterfaceId, InterfaceOwner, Listen, Setting, SubnetId,
};

use super::{Linker, balancers::Balancers};
use crate::{
    diagnostic::Diagnostic,
    native::{
        names::Unresolved,
        node::{At, Name},
        similar::did_you_mean,
        written::{self, Item, Listening},
    },
};

impl Linker<'_> {
    /// Adds the instances; what refers to their interfaces follows in `complete_instances`.
    pub(super) fn add_instances(&mut self) {
        for model in self.models {
            for item in &model.written.instances {
                let meta = self.meta(item);
                let id = self.network.instances.push(Instance {
                    meta,
                    running: item.body.running,
                    services: None,
                    firewall: None,
                    forwards: Setting::Decided(false),
                    appliance: None,
                    routes: Vec::new(),
                });
                self.instances.define(&item.name, Some(id));
            }
        }
    }

    pub(super) fn add_interfaces(&mut self, balancers: &Balancers<'_>) {
        for model in self.models {
            for item in &model.written.instances {
                let Ok(instance) = self.instances.find(&item.name) else { continue };
                self.instance_interfaces.entry(instance).or_default().written += item.body.unread;
                for interface in &item.body.interfaces {
                    self.add_interface(interface, Some(InterfaceOwner::Instance(instance)));
                }
            }
            for (id, item) in balancers {
                let here = item.name.place.file == model.index;
                for interface in item.body.interfaces.iter().filter(|_| here) {
                    self.add_interface(interface, Some(InterfaceOwner::LoadBalancer(*id)));
                }
            }
            for item in &model.written.interfaces {
                self.add_interface(item, None);
            }
            for item in &model.written.endpoints {
                self.add_interface(item, Some(InterfaceOwner::Service));
            }
        }
    }

    fn add_interface(&mut self, item: &Item<written::Interface>, inside: Option<InterfaceOwner>) {
        let id = self.interface(item, inside);
        self.define_interface(&item.name, id);
    }

    /// Adds the name of an interface; those of instances, load balancers, endpoints and NAT gateways and those standing alone share
    /// one set of names.
    pub(super) fn define_interface(&mut self, name: &Name, id: Option<InterfaceId>) {
        if let Some(place) = self.interfaces.defined_beside(name) {
            let message = format!("two interfaces are called `{}`", name.value);
            self.report(
                Diagnostic::error("model::duplicate_name", name.place, message)
                    .label("the second")
                    .note(place, "the first")
                    .help("give one of them a name of its own; inside an instance, with `name: …`"),
            );
        }
        self.interfaces.define(name, id);
    }

    fn interface(
        &mut self,
        item: &Item<written::Interface>,
        inside: Option<InterfaceOwner>,
    ) -> Option<InterfaceId> {
        let body = &item.body;
        let owner = self.owner(item, inside);
        if let Some(InterfaceOwner::Instance(instance)) = owner {
            self.instance_interfaces.entry(instance).or_default().written += 1;
        }
        let groups = self.groups(item);
        let found = body.subnet.as_ref().map(|name| self.subnets.find(name));
        let subnet = found.and_then(|found| self.resolved(found))?;
        for address in &body.addresses {
            self.take_address(*address, subnet);
        }
        self.groups_of_vpc(item, subnet);
        let interface = Interface {
            meta: self.meta(item),
            subnet,
            addresses: body.addresses.iter().map(|address| address.value).collect(),
            security_groups: groups,
            filtered: body.port_security && (self.groups_given || self.is_record(item.name.place)),
            internet_gateway_denied: body.internet_gateway_denied,
            egress_only_gateway_denied: body.egress_only_gateway_denied,
            source_dest_check: body.source_dest_check,
            owner: owner?,
        };
        let id = self.network.interfaces.push(interface);
        if let Some(InterfaceOwner::Instance(instance)) = owner {
            let name = item.name.value.clone();
            self.instance_interfaces.entry(instance).or_default().found.push((id, name));
        }
        Some(id)
    }

    fn owner(
        &mut self,
        item: &Item<written::Interface>,
        inside: Option<InterfaceOwner>,
    ) -> Option<InterfaceOwner> {
        if inside.is_some() {
            return inside;
        }
        if let Some(name) = &item.body.unmodelled {
            return self.fact(name).map(InterfaceOwner::Unmodelled);
        }
        if let Some(name) = &item.body.load_balancer {
            let found = self.load_balancers.find(name);
            return self.resolved(found).map(InterfaceOwner::LoadBalancer);
        }
        let Some(name) = &item.body.instance else {
            return Some(match (item.body.attached, item.body.gateway) {
                (false, _) => InterfaceOwner::Detached,
                (true, true) => InterfaceOwner::Gateway,
                (true, false) => InterfaceOwner::Service,
            });
        };
        if !item.body.attached {
            let message = "an interface with an `instance` is attached";
            self.report(
                Diagnostic::error("model::conflict", name.place, message)
                    .help("leave out `instance`, or `attached: false`"),
            );
        }
        let found = self.instances.find(name);
        self.resolved(found).map(InterfaceOwner::Instance)
    }

    fn groups(&mut self, item: &Item<written::Interface>) -> Vec<canreach_model::SecurityGroupId> {
        let Some(names) = &item.body.security_groups else {
            let is_record = self.is_record(item.name.place);
            if self.groups_given && item.body.port_security && !is_record {
                let message =
                    format!("interface `{}` needs the key `security_groups`", item.name.value);
                self.report(
                    Diagnostic::error("model::missing_key", item.name.place, message)
                        .label("has no `security_groups`")
                        .help("list them; `security_groups: []` lets nothing through, `port_security: false` everything"),
                );
            }
            return Vec::new();
        };
        let mut groups = Vec::new();
        for name in names {
            let found = self.security_groups.find(name);
            groups.extend(self.resolved(found));
        }
        groups
    }

    fn groups_of_vpc(&mut self, item: &Item<written::Interface>, subnet: SubnetId) {
        let vpc = self.network.subnets[subnet].vpc;
        for name in item.body.security_groups.iter().flatten() {
            let Ok(group) = self.security_groups.find(name) else { continue };
            let Some(bound) = self.group_vpcs.get(&group).copied() else { continue };
            if bound.value != vpc {
                self.elsewhere(
                    name,
                    "security group",
                    bound.value,
                    vpc,
                    Some((bound.place, "bound here")),
                );
            }
        }
    }

    /// Notes an address outside its subnet, or one that the VPC has already.
    pub(super) fn take_address(&mut self, address: At<IpAddr>, subnet: SubnetId) {
        let found = &self.network.subnets[subnet];
        let (vpc, inside) =
            (found.vpc, found.cidrs.iter().any(|block| block.contains(&address.value)));
        // A subnet whose blocks were wrong has been reported.
        if !inside && !found.cidrs.is_empty() {
            let blocks: Vec<String> =
                found.cidrs.iter().map(|block| format!("`{block}`")).collect();
            let message =
                format!("address `{}` lies outside subnet `{}`", address.value, found.meta.label());
            let mut error = Diagnostic::error("model::outside_subnet", address.place, message)
                .label(format!("not within {}", blocks.join(", ")));
            if let Some(place) = self.subnet_places.get(&subnet) {
                error = error.note(*place, "the subnet");
            }
            self.report(error);
        }
        if let Some(before) = self.addresses.insert((vpc, address.value), address.place) {
            let message = format!(
                "address `{}` is used twice in VPC `{}`",
                address.value,
                self.vpc_name(vpc)
            );
            self.report(
                Diagnostic::error("model::address_twice", address.place, message)
                    .label("the second use")
                    .note(before, "the first use"),
            );
        }
    }

    /// Warns of services that listen where their instance has no address.
    pub(super) fn check_services(&mut self) {
        for model in self.models {
            for item in &model.written.instances {
                let Ok(instance) = self.instances.find(&item.name) else { continue };
                let own: Vec<IpAddr> = self
                    .instance_interfaces
                    .get(&instance)
                    .into_iter()
                    .flat_map(|own| &own.found)
                    .flat_map(|(id, _)| self.network.interfaces[*id].addresses.iter().copied())
                    .collect();
                for service in item.body.services.iter().flatten() {
                    let Listening::At(At { value: Listen::Address(address), place }) =
                        service.listen
                    else {
                        continue;
                    };
                    if own.is_empty() || address.is_loopback() || own.contains(&address) {
                        continue;
                    }
                    let message =
                        format!("instance `{}` has no address `{address}`", item.name.value);
                    self.report(
                        Diagnostic::warning("model::listens_elsewhere", place, message)
                            .label("nothing can reach a service that listens here"),
                    );
                }
            }
        }
    }

    /// Returns the interface that a name means: one of that name, or the only one of an instance.
    pub(super) fn interface_or_instance(&mut self, name: &Name) -> Option<InterfaceId> {
        match self.interfaces.find(name) {
            Err(Unresolved::Missing(missing)) => match self.instances.find(name) {
                Ok(instance) => self.only_interface(name, instance),
                Err(Unresolved::Missing(_)) => {
                    let names =
                        self.network.interfaces.iter().map(|(_, interface)| &*interface.meta.id);
                    let help = did_you_mean(&name.value, names);
                    let mut error = missing.maybe_help(help);
                    error.message = format!("there is no interface or instance `{}`", name.value);
                    self.resolved(Err(Unresolved::Missing(Box::new(error))))
                }
                Err(error) => self.resolved(Err(error)),
            },
            found => self.resolved(found),
        }
    }

    fn only_interface(&mut self, name: &Name, instance: InstanceId) -> Option<InterfaceId> {
        let own = self.instance_interfaces.get(&instance);
        let (written, found) = own.map_or((0, &[][..]), |own| (own.written, own.found.as_slice()));
        if let ([(id, _)], 1) = (found, written) {
            return Some(*id);
        }
        let message = format!("instance `{}` has {written} interfaces", name.value);
        let error = Diagnostic::error("model::which_interface", name.place, message);
        if written == 0 {
            self.report(error.label("none to choose"));
        } else if written > 1 {
            let names: Vec<String> = found.iter().map(|(_, name)| format!("`{name}`")).collect();
            let help = format!("write one of {}", names.join(", "));
            self.report(error.label("which of them?").help(help));
        }
        // A single interface with an error of its own: nothing to add.
        None
    }
}
