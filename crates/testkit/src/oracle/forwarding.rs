//! §6a: forwarding through an instance.

use canreach_model::{Direction, HookPoint, InstanceId, InterfaceId, InterfaceOwner, SubnetId};
use canreach_net::Header;

use super::{At, Step, Walk, go, obstacle};

impl Walk<'_> {
    pub(super) fn forwarding(
        &mut self,
        m: InterfaceId,
        from: Option<SubnetId>,
        header: Header,
    ) -> Step {
        // Step 1.
        self.acl_on_the_way_in(m, from, header)?;
        let instance = match self.network.interfaces[m].owner {
            InterfaceOwner::Instance(instance) => instance,
            InterfaceOwner::Detached => return obstacle("Detached"),
            InterfaceOwner::Unmodelled(fact) => return self.unmodelled(fact),
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Service => return obstacle("NotForwarding"),
        };
        // Step 2.
        if self.network.interfaces[m].source_dest_check && !self.is_for(m, header) {
            return obstacle("SourceDestCheck");
        }
        // Step 3.
        self.groups_where_filtered(m, Direction::Ingress, header)?;
        if self.own_addresses(m).contains(&header.destination) {
            self.note_virtual_address(self.network.vpc_of(m), header.destination);
            return self.past_groups(m, header);
        }
        // Step 4.
        if let Some(fact) = self.network.instances[instance].appliance {
            return self.unmodelled(fact);
        }
        if !self.value(self.network.instances[instance].forwards) {
            return obstacle("NotForwarding");
        }
        let n = self.way_out(instance, m, header);
        self.host_firewall(HookPoint::Forward, Some(m), Some(n), header)?;
        // Step 5.
        if self.network.interfaces[n].source_dest_check {
            return obstacle("SourceDestCheck");
        }
        self.groups_where_filtered(n, Direction::Egress, header)?;
        self.mark.forwarded = true;
        self.mark.sent_on_by = None;
        go(At::SendingOn(n), header)
    }

    /// Whether the destination is an address of the interface, or a virtual one that it may hold.
    fn is_for(&self, m: InterfaceId, header: Header) -> bool {
        let mut virtual_addresses = self.network.virtual_addresses.iter();
        self.network.interfaces[m].addresses.contains(&header.destination)
            || virtual_addresses
                .any(|(_, it)| it.address == header.destination && it.interfaces.contains(&m))
    }

    fn way_out(&self, instance: InstanceId, m: InterfaceId, header: Header) -> InterfaceId {
        let mut best: Option<(u8, InterfaceId)> = None;
        for route in &self.network.instances[instance].routes {
            let length = route.destination.prefix_len();
            let longer = best.is_none_or(|(longest, _)| length > longest);
            if route.destination.contains(&header.destination) && longer {
                best = Some((length, route.interface));
            }
        }
        best.map_or(m, |(_, n)| n)
    }
}
