//! Load balancers, virtual addresses and gateway endpoints.

use canreach_model::{
    BalancerListener, BalancerTarget, Forwarding, GatewayEndpoint, GatewayEndpointId, InterfaceId,
    InterfaceOwner, LoadBalancer, LoadBalancerId, SubnetId, VirtualAddress, VirtualAddressId,
    VpcId,
};
use canreach_net::{PortRange, Protocol};

use super::{Builder, ORIGIN, address, meta};

impl Builder {
    /// Adds a load balancer with one unfiltered interface, and returns both.
    pub fn load_balancer(
        &mut self,
        subnet: SubnetId,
        addresses: &[&str],
    ) -> (LoadBalancerId, InterfaceId) {
        let number = self.network.load_balancers.len();
        let balancer = LoadBalancer { meta: meta("lb", number), listeners: Vec::new() };
        let id = self.network.load_balancers.push(balancer);
        let owner = InterfaceOwner::LoadBalancer(id);
        (id, self.interface_owned_by(owner, subnet, addresses))
    }

    /// Adds a listener, which everybody may use, and returns its position.
    pub fn listener(
        &mut self,
        balancer: LoadBalancerId,
        protocol: Protocol,
        ports: PortRange,
        forwarding: Forwarding,
        targets: &[(&str, Option<u16>)],
    ) -> usize {
        let targets = targets
            .iter()
            .map(|(text, port)| BalancerTarget {
                address: address(text),
                port: *port,
                nodes: None,
                origin: ORIGIN,
            })
            .collect();
        let listeners = &mut self.network.load_balancers[balancer].listeners;
        listeners.push(BalancerListener {
            protocol,
            family: None,
            ports,
            forwarding,
            targets,
            access: None,
            origin: ORIGIN,
        });
        listeners.len() - 1
    }

    /// Adds a virtual address that one of the interfaces holds.
    pub fn virtual_address(
        &mut self,
        subnet: SubnetId,
        text: &str,
        interfaces: &[InterfaceId],
    ) -> VirtualAddressId {
        let number = self.network.virtual_addresses.len();
        self.network.virtual_addresses.push(VirtualAddress {
            meta: meta("vip", number),
            subnet,
            address: address(text),
            interfaces: interfaces.to_vec(),
        })
    }

    /// Adds a gateway endpoint.
    pub fn gateway_endpoint(&mut self, vpc: VpcId) -> GatewayEndpointId {
        let number = self.network.gateway_endpoints.len();
        self.network.gateway_endpoints.push(GatewayEndpoint { meta: meta("vpce", number), vpc })
    }
}
