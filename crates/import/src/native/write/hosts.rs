//! Instances, services and interfaces.

use canreach_model::{InterfaceOwner, Listen, Setting};

use super::{Writer, addresses, list, origins::text, unless};
use crate::native::notation::{
    Block, HostRoute, Instance, Interface, Listen as WrittenListen, OneOrMore, Plug, Ports,
    ProtocolName, Service, Setting as WrittenSetting,
};

impl Writer<'_> {
    pub(super) fn instance(
        &self,
        name: &str,
        id: canreach_model::InstanceId,
        instance: &canreach_model::Instance,
    ) -> Instance {
        fields!(instance => canreach_model::Instance {
            meta, running, services, firewall, forwards, appliance, routes,
        });
        let services = instance.services.as_ref();
        let forwarding = match instance.forwards {
            // What is left out would be an open question where a route leads to it.
            _ if instance.appliance.is_some() => None,
            Setting::Decided(false) if !self.led_to.contains(&id) => None,
            Setting::Decided(value) => Some(WrittenSetting::Decided(value)),
            open @ Setting::Disputed { .. } => self.open_setting(open),
        };
        Instance {
            // They stand in the order of the network, among those of no instance.
            interfaces: None,
            services: services.map(|all| all.iter().map(|it| self.service(it)).collect()),
            firewall: instance.firewall.as_ref().map(|firewall| self.host_firewall(firewall)),
            forwarding,
            appliance: instance.appliance.map(|fact| self.names.facts.of(fact)),
            routes: list(&instance.routes, |route| HostRoute {
                destination: Block::from(route.destination),
                interface: self.names.interfaces.of(route.interface),
                origin: Some(self.origins.origin(&route.origin)),
            }),
            running: unless(true, instance.running),
            about: self.origins.about(&instance.meta, name),
        }
    }

    fn service(&self, service: &canreach_model::Service) -> Service {
        fields!(service => canreach_model::Service { name, protocol, ports, listen, origin });
        let (mut listen, mut interface) = (None, None);
        match service.listen {
            Listen::Any => listen = Some(String::from("*")),
            Listen::AnyV4 => listen = Some(String::from("0.0.0.0")),
            Listen::AnyV6 => listen = Some(String::from("[::]")),
            Listen::Address(address) => listen = Some(address.to_string()),
            Listen::Interface(id) => interface = Some(self.names.interfaces.of(id)),
        }
        Service {
            name: text(service.name.as_ref()),
            protocol: ProtocolName(service.protocol),
            ports: OneOrMore(vec![Ports(service.ports)]),
            listen: listen.map(WrittenListen),
            interface,
            origin: Some(self.origins.origin(&service.origin)),
        }
    }

    pub(super) fn interface(&self, name: &str, interface: &canreach_model::Interface) -> Interface {
        fields!(interface => canreach_model::Interface {
            meta, subnet, addresses, security_groups, filtered, internet_gateway_denied,
            egress_only_gateway_denied, source_dest_check, owner,
        });
        let groups = interface.security_groups.iter();
        let groups = groups.map(|id| self.names.security_groups.of(*id)).collect();
        let filtered = interface.filtered || !interface.security_groups.is_empty();
        let mut written = Interface {
            plug: Plug {
                subnet: self.names.subnets.of(interface.subnet),
                addresses: addresses(&interface.addresses),
                security_groups: filtered.then_some(groups),
                port_security: unless(true, interface.filtered),
                internet_gateway_denied: unless(false, interface.internet_gateway_denied),
                egress_only_gateway_denied: unless(
                    interface.internet_gateway_denied,
                    interface.egress_only_gateway_denied,
                ),
            },
            source_dest_check: unless(true, interface.source_dest_check),
            instance: None,
            attached: None,
            unmodelled: None,
            load_balancer: None,
            gateway: None,
            about: self.origins.about(&interface.meta, name),
        };
        match interface.owner {
            InterfaceOwner::Instance(id) => written.instance = Some(self.names.instances.of(id)),
            InterfaceOwner::LoadBalancer(id) => {
                written.load_balancer = Some(self.names.load_balancers.of(id));
            }
            InterfaceOwner::Unmodelled(fact) => {
                written.unmodelled = Some(self.names.facts.of(fact));
            }
            InterfaceOwner::Gateway => written.gateway = Some(true),
            InterfaceOwner::Detached => written.attached = Some(false),
            // A NAT gateway names its interface itself.
            InterfaceOwner::Service | InterfaceOwner::NatGateway(_) => {}
        }
        written
    }
}
