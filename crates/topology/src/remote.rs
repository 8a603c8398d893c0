//! Connections, networks on premises, and services of the provider: `docs/forwarding.md` §§5 and 5c,
//! for all packets at once.

use canreach_model::{
    Across, ConnectionId, GatewayEndpointId, Obstacle, Place, RemoteNetworkId, VpcId,
};
use canreach_net::{AddressSet, IpNet};

use crate::{
    divide::{split, split_among},
    explore::Explorer,
    packet::{Packet, Receiver},
};

impl Explorer<'_, '_> {
    /// §5: a route leads to a connection.
    pub(crate) fn by_connection(&mut self, mut packet: Packet, vpc: VpcId, id: ConnectionId) {
        if self.network().connections[id].vpc == Some(vpc) {
            return self.through_connection(packet, id);
        }
        self.put(&mut packet, Place::Connection(id));
        self.stop_in(packet, vpc, Obstacle::ConnectionElsewhere(id, vpc));
    }

    /// §5c: goes through a connection to the network behind it.
    pub(crate) fn through_connection(&mut self, mut packet: Packet, id: ConnectionId) {
        self.put(&mut packet, Place::Connection(id));
        packet.from_subnet = None;
        packet.across = None;
        let connection = &self.network().connections[id];
        if !connection.up {
            let Some(mended) = self.mend(packet, Obstacle::ConnectionDown(id)) else { return };
            packet = mended;
        }
        let remote = connection.remote;
        self.put(&mut packet, Place::Remote(remote));
        let view = packet.header.destination;
        let (inside, outside) = split(packet, view, &self.blocks_of(remote));
        if let Some(packet) = inside {
            self.arrive(packet, Receiver::Remote(remote));
        }
        if let Some(packet) = outside
            && let Some(address) = packet.values(view).first()
        {
            self.stop(packet, Obstacle::NotBehind(remote, address));
        }
    }

    /// The addresses of a network on premises.
    pub(crate) fn blocks_of(&self, remote: RemoteNetworkId) -> AddressSet {
        self.network().remote_networks[remote].cidrs.iter().copied().collect()
    }

    /// §5c: sends from a network on premises.
    pub(crate) fn send_from_remote(&mut self, mut packet: Packet, remote: RemoteNetworkId) {
        self.put(&mut packet, Place::Remote(remote));
        let view = packet.header.destination;
        let (own, others) = split(packet, view, &self.blocks_of(remote));
        if let Some(packet) = own {
            self.arrive(packet, Receiver::Remote(remote));
        }
        let Some(packet) = others else { return };
        let prefixes = self.advertised_by(remote).into_iter();
        let prefixes = prefixes.map(|(id, prefix)| (id, AddressSet::from(prefix)));
        let (divided, rest) = split_among(packet, view, prefixes);
        for (packet, id) in divided {
            self.come_through(packet, id);
        }
        if let Some(packet) = rest {
            self.not_advertised(packet, remote);
        }
    }

    /// The prefixes that a network on premises sends through connections that are up, in the order in
    /// which they count.
    fn advertised_by(&self, remote: RemoteNetworkId) -> Vec<(ConnectionId, IpNet)> {
        let connections = self.network().connections.iter();
        let up = connections.filter(|(_, it)| it.remote == remote && it.up);
        let mut all: Vec<_> =
            up.flat_map(|(id, it)| it.advertised.iter().map(move |prefix| (id, *prefix))).collect();
        // The sort is stable: among equals the first connection stays first.
        all.sort_by_key(|(_, prefix)| u8::MAX - prefix.prefix_len());
        all
    }

    /// The network on premises has no way: a connection that has it is down, or none has it.
    fn not_advertised(&mut self, packet: Packet, remote: RemoteNetworkId) {
        let connections = self.network().connections.iter();
        let down = connections.filter(|(_, it)| it.remote == remote && !it.up);
        let view = packet.header.destination;
        let down = down.map(|(id, it)| (id, it.advertised.iter().copied().collect::<AddressSet>()));
        let (divided, rest) = split_among(packet, view, down);
        for (packet, id) in divided {
            if let Some(packet) = self.mend(packet, Obstacle::ConnectionDown(id)) {
                self.come_through(packet, id);
            }
        }
        if let Some(packet) = rest {
            self.stop_on_premises(packet, remote);
        }
    }

    /// Comes from the network on premises through a connection.
    pub(crate) fn come_through(&mut self, mut packet: Packet, id: ConnectionId) {
        self.put(&mut packet, Place::Connection(id));
        let connection = &self.network().connections[id];
        if let Some(vpc) = connection.vpc {
            return self.enter(packet, vpc, Some(Across::Connection(id)));
        }
        let Some(attachment) = self.topology.attachment_of_connection(id) else {
            return self.stop(packet, Obstacle::NotAdvertised(connection.remote));
        };
        let gateway = self.network().transit_attachments[attachment].gateway;
        self.put(&mut packet, Place::TransitGateway(gateway));
        packet.come_to_transit();
        self.at_transit(packet, attachment);
    }

    /// §5: a route leads to a gateway endpoint.
    pub(crate) fn by_gateway_endpoint(
        &mut self,
        mut packet: Packet,
        vpc: VpcId,
        id: GatewayEndpointId,
    ) {
        self.put(&mut packet, Place::GatewayEndpoint(id));
        let serves = self.network().gateway_endpoints[id].vpc == vpc;
        if !serves || packet.from_subnet.is_none() || packet.across.is_some() {
            return self.stop_in(packet, vpc, Obstacle::EndpointElsewhere(id, vpc));
        }
        self.put(&mut packet, Place::Internet);
        self.arrive(packet, Receiver::Service(id));
    }

    /// §5: the reply of a service comes back through its gateway endpoint.
    pub(crate) fn send_from_service(&mut self, mut packet: Packet, id: GatewayEndpointId) {
        let vpc = self.network().gateway_endpoints[id].vpc;
        for place in [Place::Internet, Place::GatewayEndpoint(id), Place::Router(vpc)] {
            self.put(&mut packet, place);
        }
        self.deliver_locally(packet, vpc);
    }
}
