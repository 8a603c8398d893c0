//! Load balancers, and the way back to those that keep the client's address (§§2 step 0, 6b).

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, Chooser, Direction, Endpoint, Forwarding, InterfaceId, Layer, LoadBalancerId,
    Obstacle, Translator,
};
use canreach_net::{Family, Header, Ports};

use crate::{
    state::KeptClient,
    trace::End,
    walk::{Came, Party, Step, Walk},
};

impl<'a> Walk<'a> {
    /// §2 step 0: a reply goes back to the load balancer that kept the client's address, whatever
    /// the routes say.
    pub(crate) fn go_back_to_balancer(&mut self, from: InterfaceId, kept: KeptClient) -> Step {
        let network = self.world.network;
        let subnet = network.interfaces[from].subnet;
        let of_balancer = network.interfaces[kept.interface].subnet;
        self.check_host(from, Direction::Egress)?;
        self.check_groups(from, Direction::Egress, kept.bypasses_filters)?;
        if kept.bypasses_filters {
            self.bypass_acl(subnet, Direction::Egress);
        } else {
            self.check_acl(subnet, Direction::Egress, subnet == of_balancer)?;
        }
        self.came = Came::FromSubnet(subnet);
        self.arrive_at(kept.interface);
        // §6 steps 2 and 3.
        self.check_acl_into(of_balancer)?;
        self.pass_balancer(kept.balancer, kept.interface)
    }

    /// §6b, at an interface of a load balancer.
    pub(crate) fn pass_balancer(&mut self, balancer: LoadBalancerId, own: InterfaceId) -> Step {
        // Step 1.
        self.check_groups(own, Direction::Ingress, false)?;
        let translator = Translator::LoadBalancer(own);
        if let Some(answer) = self.state.answer_on_record(translator, &self.header) {
            self.rewrite(answer);
            return self.send_out(own);
        }
        if !self.state.is_request() {
            return self.receive(Party::Interface(own), Endpoint::Interface(own));
        }
        // Step 2.
        let Some((index, listener, ports)) = self.listener(balancer) else {
            return Err(End::Stopped(Obstacle::NoListener(balancer)));
        };
        if listener.access.is_some() {
            self.check(Layer::ListenerAccess(balancer, index), Direction::Ingress)?;
        }
        // Step 3.
        let kept = match listener.forwarding {
            Forwarding::Proxy => {
                return self.receive(Party::Interface(own), Endpoint::LoadBalancer(balancer));
            }
            Forwarding::Unmodelled(fact) => return self.leave_the_model(fact),
            Forwarding::KeepClient { bypasses_filters } => {
                Some(KeptClient { balancer, interface: own, bypasses_filters })
            }
            Forwarding::ReplaceClient => None,
        };
        let Some((address, port)) = self.target((balancer, index), own, listener) else {
            return Err(End::Stopped(Obstacle::NoTarget(balancer, index)));
        };
        if kept.is_some() && address == self.header.source {
            return Err(End::Stopped(Obstacle::TargetIsClient(balancer)));
        }
        let ports = Ports { destination: port.unwrap_or(ports.destination), ..ports };
        self.send_to_target((balancer, own), kept, (address, ports))
    }

    /// §6b step 3: the packet is translated and sent on, from the client's own address where it is
    /// kept.
    fn send_to_target(
        &mut self,
        (balancer, own): (LoadBalancerId, InterfaceId),
        kept: Option<KeptClient>,
        (destination, ports): (IpAddr, Ports),
    ) -> Step {
        let network = self.world.network;
        let translator = Translator::LoadBalancer(own);
        let before = self.header;
        let (source, ports) = if kept.is_some() {
            (before.source, ports)
        } else {
            let source = self.world.new_source_port(translator, network.vpc_of(own));
            (before.destination, Ports { source, ..ports })
        };
        let after = Header { source, destination, transport: before.transport.with_ports(ports) };
        self.state.record(translator, &before, &after);
        if let Some(kept) = kept {
            self.state.keep_client(kept, &after);
        }
        self.bypasses = kept.is_some_and(|kept| kept.bypasses_filters);
        self.come_by(Endpoint::LoadBalancer(balancer));
        self.rewrite(after);
        let stop = self.send_out(own)?;
        self.forwarded |= kept.is_some();
        self.sent_on_by = kept.map(|kept| kept.interface);
        Ok(stop)
    }

    /// §6b step 2: the first listener that takes the request, with its position and the packet's
    /// ports.
    fn listener(&self, balancer: LoadBalancerId) -> Option<(usize, &'a BalancerListener, Ports)> {
        let network = self.world.network;
        let ports = self.header.transport.ports()?;
        let protocol = self.header.transport.protocol();
        let family = self.header.family();
        let takes = |listener: &BalancerListener| {
            let range = listener.ports;
            listener.protocol == protocol
                && listener.family.is_none_or(|it| it == family)
                && (range.first()..=range.last()).contains(&ports.destination)
        };
        let mut listeners = network.load_balancers[balancer].listeners.iter().enumerate();
        let (index, listener) = listeners.find(|(_, listener)| takes(listener))?;
        Some((index, listener, ports))
    }

    /// §6b step 3: one of the targets of the packet's family to which the interface sends.
    fn target(
        &self,
        (balancer, index): (LoadBalancerId, usize),
        own: InterfaceId,
        listener: &BalancerListener,
    ) -> Option<(IpAddr, Option<u16>)> {
        let family = self.header.family();
        let targets = listener.targets.iter().filter(|it| {
            Family::of(it.address) == family
                && it.nodes.as_ref().is_none_or(|nodes| nodes.contains(&own))
        });
        let targets: Vec<_> = targets.map(|it| (it.address, it.port)).collect();
        self.world.pick(Chooser::Target(balancer, index), &targets)
    }
}
