//! The checkpoints that packets cross: `docs/forwarding.md` §§7 to 8c. What they let through is for
//! others to say.

use canreach_model::{
    Border, Checkpoint, CloudFirewallId, Direction, InterfaceId, Layer, LoadBalancerId, SubnetId,
};

use crate::{explore::Explorer, packet::Packet};

impl Explorer<'_, '_> {
    /// §8: crosses the ACL of a subnet, unless the packets stay inside it and it does not look then.
    pub(crate) fn cross_acl(
        &self,
        packet: &mut Packet,
        subnet: SubnetId,
        direction: Direction,
        inside: bool,
    ) {
        let network = self.network();
        let profile = &network.vpcs[network.subnets[subnet].vpc].profile.network_acl;
        if inside && !profile.filters_inside_subnet {
            return;
        }
        if let Some(acl) = network.subnets[subnet].network_acl {
            let layer = Layer::NetworkAcl(acl, subnet);
            packet.cross(network, Checkpoint { layer, direction }, profile.stateful);
        }
    }

    /// Crosses the ACL of the subnet of an interface that packets come to.
    pub(crate) fn cross_acl_at(&self, packet: &mut Packet, interface: InterfaceId) {
        let subnet = self.network().interfaces[interface].subnet;
        let inside = packet.from_subnet == Some(subnet);
        self.cross_acl(packet, subnet, Direction::Ingress, inside);
    }

    /// §7: crosses the security groups of an interface, if they filter it.
    pub(crate) fn cross_groups(
        &self,
        packet: &mut Packet,
        interface: InterfaceId,
        direction: Direction,
    ) {
        let network = self.network();
        if network.interfaces[interface].filtered {
            let stateful = network.profile_of(interface).security_group.stateful;
            let layer = Layer::SecurityGroups(interface);
            packet.cross(network, Checkpoint { layer, direction }, stateful);
        }
    }

    /// §8b: crosses the firewall of the host at an interface, if it is known.
    pub(crate) fn cross_host(
        &self,
        packet: &mut Packet,
        interface: InterfaceId,
        direction: Direction,
    ) {
        if self.has_firewall(interface) {
            let layer = Layer::HostFirewall(interface);
            packet.cross(self.network(), Checkpoint { layer, direction }, false);
        }
    }

    /// §8b: crosses the firewall of a host for what it forwards, if it is known.
    pub(crate) fn cross_forwarding(&self, packet: &mut Packet, from: InterfaceId, to: InterfaceId) {
        if self.has_firewall(from) {
            let layer = Layer::HostForwarding(from, to);
            let direction = Direction::Ingress;
            packet.cross(self.network(), Checkpoint { layer, direction }, false);
        }
    }

    fn has_firewall(&self, interface: InterfaceId) -> bool {
        let network = self.network();
        let instance = network.instance_of(interface);
        instance.is_some_and(|instance| network.instances[instance].firewall.is_some())
    }

    /// §6 step 4: crosses the listening services of the host of an interface, if they are known, with
    /// requests that arrived at `at`; `None` for those that the host sent itself.
    pub(crate) fn cross_services(
        &self,
        packet: &mut Packet,
        interface: InterfaceId,
        at: Option<InterfaceId>,
    ) {
        let network = self.network();
        if let Some(instance) = network.instance_of(interface)
            && network.instances[instance].services.is_some()
            && !Self::is_reply(packet)
        {
            let layer = Layer::Listener(instance, at);
            let direction = Direction::Ingress;
            packet.cross(network, Checkpoint { layer, direction }, false);
        }
    }

    /// §8a: crosses a border of a cloud firewall, where there is one.
    pub(crate) fn cross_cloud_firewall(
        &self,
        packet: &mut Packet,
        firewall: Option<CloudFirewallId>,
        border: Border,
        direction: Direction,
    ) {
        if let Some(id) = firewall {
            let stateful = self.network().cloud_firewalls[id].stateful;
            let layer = Layer::CloudFirewall(id, border);
            packet.cross(self.network(), Checkpoint { layer, direction }, stateful);
        }
    }

    /// §8c: crosses the access list of a listener, if it has one.
    pub(crate) fn cross_access_list(
        &self,
        packet: &mut Packet,
        balancer: LoadBalancerId,
        listener: usize,
    ) {
        let listeners = &self.network().load_balancers[balancer].listeners;
        if listeners.get(listener).is_some_and(|listener| listener.access.is_some()) {
            let layer = Layer::ListenerAccess(balancer, listener);
            let direction = Direction::Ingress;
            packet.cross(self.network(), Checkpoint { layer, direction }, true);
        }
    }
}
