//! Load balancers: `docs/forwarding.md` §6b, for all packets at once.

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, Chooser, Direction, Endpoint, Forwarding, InterfaceId, LoadBalancerId,
    Obstacle, Translator,
};
use canreach_net::{AddressSet, Family, PortSet, Protocol, ProtocolSet};

use crate::{
    AddressView, HeaderView, PortView,
    divide::split,
    explore::Explorer,
    packet::{ComesBack, Packet, Receiver},
    send::Sender,
    translate::split_on_records,
};

/// A listener of a load balancer, at one of its interfaces.
#[derive(Clone, Copy, Debug)]
struct At {
    balancer: LoadBalancerId,
    listener: usize,
    interface: InterfaceId,
}

impl Explorer<'_, '_> {
    /// §6b: packets at an interface of a load balancer, past the ACL of its subnet.
    pub(crate) fn balance(&mut self, mut packet: Packet, id: LoadBalancerId, at: InterfaceId) {
        if self.has_given_up() {
            return;
        }
        packet.bypasses = false;
        self.cross_groups(&mut packet, at, Direction::Ingress);
        if Self::is_reply(&packet) {
            let (replies, others) = split_on_records(packet, Translator::LoadBalancer(at));
            for packet in replies {
                self.send_on(packet, at);
            }
            for packet in others {
                self.arrive(packet, Receiver::Interface(at));
            }
            return;
        }
        self.listen(packet, id, at);
    }

    /// §6b step 2: divides requests by the first listener that takes them.
    fn listen(&mut self, packet: Packet, balancer: LoadBalancerId, interface: InterfaceId) {
        let listeners = &self.network().load_balancers[balancer].listeners;
        let mut rest = vec![packet];
        for (listener, it) in listeners.iter().enumerate() {
            let mut still = Vec::new();
            for packet in rest {
                let Some((taken, others)) = split_on_listener(&packet, it) else {
                    return self.cannot_tell();
                };
                still.extend(others);
                if let Some(packet) = taken {
                    self.taken_by(packet, At { balancer, listener, interface }, it);
                }
            }
            rest = still;
        }
        for packet in rest {
            self.stop_at_balancer(packet, balancer, interface, Obstacle::NoListener(balancer));
        }
    }

    /// §6b step 3: the listener ends the connection, or sends it on to a target.
    fn taken_by(&mut self, mut packet: Packet, at: At, listener: &BalancerListener) {
        self.cross_access_list(&mut packet, at.balancer, at.listener);
        packet.come_by(Endpoint::LoadBalancer(at.balancer));
        match listener.forwarding {
            Forwarding::Proxy => return self.arrive(packet, Receiver::Interface(at.interface)),
            Forwarding::Unmodelled(fact) => return self.beyond(packet, fact),
            Forwarding::KeepClient { .. } | Forwarding::ReplaceClient => {}
        }
        let family = |address: IpAddr| address.is_ipv6();
        let destination = packet.values(packet.header.destination).first();
        let sends_to = |nodes: &[InterfaceId]| nodes.contains(&at.interface);
        let of_family: Vec<_> = (listener.targets.iter())
            .filter(|target| destination.map(family) == Some(family(target.address)))
            .collect();
        let mut targets = of_family.clone();
        targets.retain(|target| target.nodes.as_deref().is_none_or(sends_to));
        if targets.is_empty() {
            let obstacle = Obstacle::NoTarget(at.balancer, at.listener);
            return self.stop_at_balancer(packet, at.balancer, at.interface, obstacle);
        }
        let chooser = Chooser::Target(at.balancer, at.listener);
        // Another interface of it, met later on the same trip, may have more to pick from.
        for (packet, pick) in packet.split_on_pick(chooser, of_family.len()) {
            let Some(target) = targets.get(pick).or(targets.first()) else { continue };
            let to = (target.address, target.port);
            let keeps = matches!(listener.forwarding, Forwarding::KeepClient { .. });
            let client = if keeps { target.address.into() } else { AddressSet::EMPTY };
            let view = packet.header.source;
            let (of_target, of_others) = split(packet, view, &client);
            if let Some(packet) = of_target {
                self.stop(packet, Obstacle::TargetIsClient(at.balancer));
            }
            if let Some(packet) = of_others {
                self.send_to_target(packet, at, listener.forwarding, to);
            }
        }
    }

    fn send_to_target(
        &mut self,
        mut packet: Packet,
        at: At,
        forwarding: Forwarding,
        (address, port): (IpAddr, Option<u16>),
    ) {
        let before = packet.header;
        let translator = Translator::LoadBalancer(at.interface);
        let mut after = HeaderView { destination: AddressView::Fixed(address), ..before };
        after.destination_port = port.map_or(before.destination_port, PortView::Fixed);
        let comes_back = match forwarding {
            Forwarding::KeepClient { bypasses_filters } => {
                packet.bypasses = bypasses_filters;
                Some(ComesBack { interface: at.interface, filtered: !bypasses_filters })
            }
            Forwarding::Proxy | Forwarding::Unmodelled(_) | Forwarding::ReplaceClient => {
                after.source = before.destination;
                after.source_port = PortView::Chosen(translator);
                None
            }
        };
        packet.translate(translator, after, comes_back);
        self.cross_groups(&mut packet, at.interface, Direction::Egress);
        if comes_back.is_some() {
            packet.forwarded = true;
            packet.sent_on_by = Some(at.interface);
        }
        self.leave(packet, Sender::Interface(at.interface));
    }
}

/// Divides packets by whether a listener takes them; `None` when their destination port is one that
/// the network chose.
fn split_on_listener(
    packet: &Packet,
    listener: &BalancerListener,
) -> Option<(Option<Packet>, Vec<Packet>)> {
    let Protocol(number) = listener.protocol;
    let protocol = ProtocolSet::single(number);
    let mut others: Vec<Packet> =
        packet.with_protocol(&protocol.complement()).into_iter().collect();
    let Some(packet) = packet.with_protocol(&protocol) else { return Some((None, others)) };
    let destination = packet.values(packet.header.destination).first();
    let of_family = |family| destination.is_some_and(|address| Family::of(address) == family);
    if !listener.family.is_none_or(of_family) {
        others.push(packet);
        return Some((None, others));
    }
    let ports = PortSet::from(listener.ports);
    let taken = packet.with_destination_port(&ports)?;
    others.extend(packet.with_destination_port(&ports.complement())?);
    Some((taken, others))
}
