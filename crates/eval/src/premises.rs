//! Connections and networks on premises (§5c).

use std::cmp::Reverse;

use canreach_model::{
    Across, AttachedTo, Connection, ConnectionId, Endpoint, Obstacle, Place, RemoteNetworkId,
    TransitAttachmentId, VpcId,
};

use canreach_net::IpNet;

use crate::{
    trace::End,
    walk::{Party, Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5, connection: a route of a VPC leads to it.
    pub(crate) fn leave_by_connection(&mut self, vpc: VpcId, connection: ConnectionId) -> Step {
        if self.world.network.connections[connection].vpc != Some(vpc) {
            return Err(End::Stopped(Obstacle::ConnectionElsewhere(connection, vpc)));
        }
        self.go_through(connection)
    }

    /// §5c: through a connection to what is behind it.
    pub(crate) fn go_through(&mut self, connection: ConnectionId) -> Step {
        let row = &self.world.network.connections[connection];
        if !row.up {
            return Err(End::Stopped(Obstacle::ConnectionDown(connection)));
        }
        self.arrive(Place::Connection(connection));
        self.arrive(Place::Remote(row.remote));
        if self.is_behind(row.remote) {
            return self.receive(Party::Remote(row.remote), Endpoint::Remote(row.remote));
        }
        Err(End::Stopped(Obstacle::NotBehind(row.remote, self.header.destination)))
    }

    /// §5c: sent from a network on premises.
    pub(crate) fn send_from_premises(&mut self, remote: RemoteNetworkId) -> Step {
        self.arrive(Place::Remote(remote));
        if self.is_behind(remote) {
            return self.receive(Party::Remote(remote), Endpoint::Remote(remote));
        }
        let connection = self.way_from(remote).map_err(End::Stopped)?;
        self.arrive(Place::Connection(connection));
        if let Some(vpc) = self.world.network.connections[connection].vpc {
            self.across = Some(Across::Connection(connection));
            return Ok(Stop::Entering(vpc));
        }
        let attachment = self.attachment_of(connection).map(Stop::Transit);
        attachment.ok_or(End::Stopped(Obstacle::NotAdvertised(remote)))
    }

    fn is_behind(&self, remote: RemoteNetworkId) -> bool {
        let blocks = &self.world.network.remote_networks[remote].cidrs;
        blocks.iter().any(|block| block.contains(&self.header.destination))
    }

    /// Returns the connection that a network on premises uses for the destination.
    fn way_from(&self, remote: RemoteNetworkId) -> Result<ConnectionId, Obstacle> {
        let network = self.world.network;
        let connections = || network.connections.iter().filter(|(_, it)| it.remote == remote);
        let advertised = |(id, it): (ConnectionId, &Connection)| {
            self.advertised_by(it).map(|length| (id, length))
        };
        let up = connections().filter(|(_, it)| it.up).filter_map(advertised);
        // The smallest of several equal ones is the first.
        if let Some((id, _)) = up.min_by_key(|(_, length)| Reverse(*length)) {
            return Ok(id);
        }
        // Those left are down.
        let mut down = connections().filter_map(advertised);
        Err(down
            .next()
            .map_or(Obstacle::NotAdvertised(remote), |(id, _)| Obstacle::ConnectionDown(id)))
    }

    /// Returns the length of the longest prefix that a connection advertises for the destination.
    fn advertised_by(&self, connection: &Connection) -> Option<u8> {
        let holding =
            connection.advertised.iter().filter(|it| it.contains(&self.header.destination));
        holding.map(IpNet::prefix_len).max()
    }

    /// Returns the first attachment of a connection to a transit gateway.
    fn attachment_of(&self, connection: ConnectionId) -> Option<TransitAttachmentId> {
        let mut attachments = self.world.network.transit_attachments.iter();
        let attaches = AttachedTo::Connection(connection);
        attachments.find(|(_, it)| it.to == attaches).map(|(id, _)| id)
    }
}
