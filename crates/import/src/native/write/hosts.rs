//! Instances, services and interfaces.

use canreach_model::{InterfaceOwner, Listen};

use super::{Writer, addresses, origins::text, unless};
use crate::native::notation::{
    Connection, Instance, Interface, Listen as WrittenListen, OneOrMore, Ports, ProtocolName,
    Service,
};

impl Writer<'_> {
    pub(super) fn instance(&self, name: &str, instance: &canreach_model::Instance) -> Instance {
        let services = instance.services.as_ref();
        Instance {
            // They stand in the order of the network, among those of no instance.
            interfaces: None,
            services: services.map(|all| all.iter().map(|it| self.service(it)).collect()),
            running: unless(true, instance.running),
            about: self.origins.about(&instance.meta, name),
        }
    }

    fn service(&self, service: &canreach_model::Service) -> Service {
        Service {
            name: text(service.name.as_ref()),
            protocol: ProtocolName(service.protocol),
            ports: OneOrMore(vec![Ports(service.ports)]),
            listen: WrittenListen(match service.listen {
                Listen::Any => String::from("*"),
                Listen::AnyV4 => String::from("0.0.0.0"),
                Listen::AnyV6 => String::from("[::]"),
                Listen::Interface(_) => String::from("*"),
                Listen::Address(address) => address.to_string(),
            }),
            origin: Some(self.origins.origin(&service.origin)),
        }
    }

    pub(super) fn interface(&self, name: &str, interface: &canreach_model::Interface) -> Interface {
        let (mut instance, mut unmodelled, mut attached) = (None, None, None);
        match interface.owner {
            InterfaceOwner::Instance(id) => instance = Some(self.names.instances.of(id)),
            InterfaceOwner::Unmodelled(fact) => unmodelled = Some(self.names.facts.of(fact)),
            InterfaceOwner::Detached => attached = Some(false),
            // A gateway names its interface itself.
            InterfaceOwner::Service
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::NatGateway(_) => {}
        }
        let groups = interface.security_groups.iter();
        let groups = groups.map(|id| self.names.security_groups.of(*id)).collect();
        let filtered = interface.filtered || !interface.security_groups.is_empty();
        Interface {
            connection: Connection {
                subnet: self.names.subnets.of(interface.subnet),
                addresses: addresses(&interface.addresses),
                security_groups: filtered.then_some(groups),
                port_security: unless(true, interface.filtered),
                internet_gateway_denied: unless(false, interface.internet_gateway_denied),
            },
            instance,
            attached,
            unmodelled,
            about: self.origins.about(&interface.meta, name),
        }
    }
}
