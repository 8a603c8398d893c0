//! §6: delivering in a VPC, and what a host takes for its own.

use std::net::IpAddr;

use canreach_model::{
    Border, Checkpoint, Chooser, Direction, Endpoint, FactId, HookPoint, InstanceId, InterfaceId,
    InterfaceOwner, Layer, Listen, NatGatewayId, Pass, SubnetId, Translator, VirtualAddressId,
    VpcId,
};
use canreach_net::{Family, Header};

use super::{At, Lost, Next, Step, Walk, go, obstacle};

impl Walk<'_> {
    pub(super) fn delivering(&mut self, v: VpcId, from: Option<SubnetId>, header: Header) -> Step {
        // Step 1.
        self.note_virtual_address(v, header.destination);
        match self.owner(v, header.destination) {
            Some(i) => go(At::AtInterface(i, from), header),
            None if self.virtual_address(v, header.destination).is_some() => {
                obstacle("NobodyHolds")
            }
            None => self.nobody(v, header.destination),
        }
    }

    /// Step 1: no interface of the VPC has the address.
    pub(super) fn nobody(&self, v: VpcId, address: IpAddr) -> Step {
        match self.unlisted(v, address) {
            Some(fact) => self.unmodelled(fact),
            None => obstacle("NobodyHas"),
        }
    }

    /// The fact that somebody who is not listed has an address, where that may be.
    pub(super) fn unlisted(&self, v: VpcId, address: IpAddr) -> Option<FactId> {
        let vpc = &self.network.vpcs[v];
        vpc.unlisted.filter(|_| vpc.cidrs.iter().any(|block| block.contains(&address)))
    }

    pub(super) fn at_interface(
        &mut self,
        i: InterfaceId,
        from: Option<SubnetId>,
        header: Header,
    ) -> Step {
        let interface = &self.network.interfaces[i];
        let bypasses = self.mark.bypasses_filters;
        // Step 2.
        if !bypasses {
            self.acl_on_the_way_in(i, from, header)?;
        }
        // Step 3.
        match interface.owner {
            InterfaceOwner::NatGateway(n) => return self.at_nat_interface(n, i, header),
            InterfaceOwner::LoadBalancer(balancer) => {
                return self.at_balancer(balancer, i, header);
            }
            InterfaceOwner::Detached => return obstacle("Detached"),
            InterfaceOwner::Gateway => return obstacle("OnlyCarriesOn"),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_) => {}
        }
        // Step 4.
        if !bypasses {
            self.groups_where_filtered(i, Direction::Ingress, header)?;
        }
        self.past_groups(i, header)
    }

    /// Step 2, for delivering and for forwarding.
    pub(super) fn acl_on_the_way_in(
        &mut self,
        i: InterfaceId,
        from: Option<SubnetId>,
        header: Header,
    ) -> Result<(), Lost> {
        let subnet = self.network.interfaces[i].subnet;
        if from != Some(subnet) || self.filters_inside(self.network.vpc_of(i)) {
            self.network_acl(subnet, Direction::Ingress, header)?;
        }
        Ok(())
    }

    fn at_nat_interface(&mut self, n: NatGatewayId, i: InterfaceId, header: Header) -> Step {
        let Some(to_origin) = self.reply_on_record(Translator::NatGateway(n), header) else {
            return obstacle("NoDestinationTranslation");
        };
        let firewall = self.network.nat_gateways[n].firewall;
        self.cloud_firewall(firewall, Border::Nat, Direction::Ingress, to_origin)?;
        go(At::SendingOn(i), to_origin)
    }

    /// Step 4 after the security groups, for what arrived at an interface.
    pub(super) fn past_groups(&mut self, i: InterfaceId, header: Header) -> Step {
        self.host_firewall(HookPoint::Input, Some(i), None, header)?;
        self.received_by_host(i, Some(i), header)
    }

    /// The listening services of the host of an interface, then received, by the interface that has
    /// the address.
    pub(super) fn received_by_host(
        &mut self,
        i: InterfaceId,
        arrived_at: Option<InterfaceId>,
        header: Header,
    ) -> Step {
        match self.network.interfaces[i].owner {
            InterfaceOwner::Unmodelled(fact) => return self.unmodelled(fact),
            InterfaceOwner::Instance(instance) => {
                if !self.something_listens(instance, arrived_at, header) {
                    let layer = Layer::Listener(instance, arrived_at);
                    let direction = Direction::Ingress;
                    return Err(Lost::Filter(Checkpoint { layer, direction }));
                }
            }
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => {}
        }
        let receiver = self.owner(self.network.vpc_of(i), header.destination).unwrap_or(i);
        Ok(Next::Received(Endpoint::Interface(receiver), header))
    }

    fn something_listens(
        &self,
        instance: InstanceId,
        arrived_at: Option<InterfaceId>,
        header: Header,
    ) -> bool {
        let (Some(services), Some(ports), Pass::Request) =
            (&self.network.instances[instance].services, header.transport.ports(), self.pass)
        else {
            return true;
        };
        services.iter().any(|service| {
            let here = match service.listen {
                Listen::Any => true,
                Listen::AnyV4 => header.family() == Family::V4,
                Listen::AnyV6 => header.family() == Family::V6,
                Listen::Interface(wanted) => arrived_at == Some(wanted),
                Listen::Address(address) => !address.is_loopback() && address == header.destination,
            };
            here && service.protocol == header.transport.protocol()
                && service.ports.first() <= ports.destination
                && ports.destination <= service.ports.last()
        })
    }

    // Who has an address.

    /// The interface of the VPC that has the address as its own.
    pub(super) fn interface_with(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        let mut all = self.network.interfaces.iter();
        all.find(|(i, interface)| {
            self.network.vpc_of(*i) == vpc && interface.addresses.contains(&address)
        })
        .map(|(i, _)| i)
    }

    pub(super) fn virtual_address(&self, vpc: VpcId, address: IpAddr) -> Option<VirtualAddressId> {
        let mut all = self.network.virtual_addresses.iter();
        all.find(|(_, it)| it.address == address && self.network.subnets[it.subnet].vpc == vpc)
            .map(|(id, _)| id)
    }

    pub(super) fn holder(&self, a: VirtualAddressId) -> Option<InterfaceId> {
        self.pick(Chooser::Holder(a), &self.network.virtual_addresses[a].interfaces).copied()
    }

    /// The interface of the VPC that has the address, or holds it.
    pub(super) fn owner(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        let own = self.interface_with(vpc, address);
        own.or_else(|| self.holder(self.virtual_address(vpc, address)?))
    }

    /// "Words": the host's own addresses, of an interface.
    pub(super) fn own_addresses(&self, i: InterfaceId) -> Vec<IpAddr> {
        let network = self.network;
        let v = network.vpc_of(i);
        if network.instance_of(i).is_none() {
            return network.interfaces[i].addresses.clone();
        }
        let same_host = |j: InterfaceId| {
            network.vpc_of(j) == v && network.instance_of(j) == network.instance_of(i)
        };
        let mut addresses = Vec::new();
        for (j, interface) in network.interfaces.iter() {
            if same_host(j) {
                addresses.extend(&interface.addresses);
            }
        }
        for (a, virtual_address) in network.virtual_addresses.iter() {
            // Asked about only where it may matter: a choice that nobody took has no say.
            let may_hold = virtual_address.interfaces.iter().any(|j| same_host(*j));
            if may_hold
                && network.subnets[virtual_address.subnet].vpc == v
                && self.holder(a).is_some_and(same_host)
            {
                addresses.push(virtual_address.address);
            }
        }
        addresses
    }

    /// §1: a request for a virtual address ends there, unless it came by something else before.
    pub(super) fn note_virtual_address(&mut self, v: VpcId, destination: IpAddr) {
        if let Some(a) = self.virtual_address(v, destination) {
            self.note_end(Endpoint::VirtualAddress(a));
        }
    }

    pub(super) fn note_end(&mut self, end: Endpoint) {
        if self.pass == Pass::Request {
            self.memory.first.get_or_insert(end);
        }
    }
}
