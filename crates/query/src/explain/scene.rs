//! One way with one packet on it: what each filter and obstacle there saw.

use canreach_eval::Packet;
use canreach_model::{
    Checkpoint, Endpoint, Layer, Network, Obstacle, Pass, Place, RouteRef, Translator,
};
use canreach_net::{Header, Icmp, PortSet, Ports, Protocol, Transport};
use canreach_topology::{Crossing, HeaderSet, HeaderView, Walk};

use super::ways::Way;

/// A way with a packet on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) network: &'a Network,
    way: Way<'a>,
    /// Where the request starts and where it should end.
    ends: (Endpoint, Endpoint),
    sample: Option<Header>,
}

/// What a filter sees of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) packet: Packet,
    /// Whether it is the reply to a request that the filter saw.
    pub(super) known: bool,
}

impl<'a> Scene<'a> {
    /// Sends a packet on a way.
    pub(super) fn new(network: &'a Network, way: Way<'a>, ends: (Endpoint, Endpoint)) -> Self {
        Self { network, way, ends, sample: sample(&way.last().guard.headers) }
    }

    /// The end that the packet of a pass is for.
    pub(super) fn goal(&self, pass: Pass) -> Endpoint {
        match pass {
            Pass::Request => self.ends.1,
            Pass::Reply => self.ends.0,
        }
    }

    fn walk(&self, pass: Pass) -> Option<&'a Walk> {
        self.way.walk(pass)
    }

    fn seen_as(&self, view: HeaderView) -> Option<Header> {
        let network = self.network;
        let first_port = |translator: Translator| {
            let vpc = match translator {
                Translator::NatGateway(gateway) => network.nat_gateways[gateway].vpc,
                Translator::LoadBalancer(interface) => network.vpc_of(interface),
            };
            network.vpcs[vpc].profile.translation.ports.first()
        };
        self.sample.map(|sample| view.of(&sample, first_port))
    }

    /// What a filter sees.
    pub(super) fn seen_at(&self, pass: Pass, checkpoint: Checkpoint) -> Option<Seen> {
        let crossing = self.walk(pass)?.crossings().find(|it| it.checkpoint == checkpoint)?;
        self.seen(crossing)
    }

    fn seen(&self, crossing: &Crossing) -> Option<Seen> {
        let header = self.seen_as(crossing.header)?;
        let Crossing { forwarded, sent_on_by, .. } = *crossing;
        let packet = Packet { header, forwarded, sent_on_by };
        Some(Seen { packet, known: crossing.known })
    }

    /// The security groups crossed at the same place as an ACL, with what they see.
    pub(super) fn groups_beside(
        &self,
        pass: Pass,
        acl: Checkpoint,
    ) -> Option<(Checkpoint, Packet)> {
        let walk = self.walk(pass)?;
        let step =
            walk.steps.iter().find(|step| step.crossings.iter().any(|it| it.checkpoint == acl))?;
        let group = step.crossings.iter().find(|crossing| {
            matches!(crossing.checkpoint.layer, Layer::SecurityGroups(_))
                && crossing.checkpoint.direction == acl.direction
        })?;
        Some((group.checkpoint, self.seen(group)?.packet))
    }

    /// The route that led to an obstacle.
    pub(super) fn route_to(&self, pass: Pass, obstacle: Obstacle) -> Option<RouteRef> {
        let walk = self.walk(pass)?;
        let at = walk.steps.iter().position(|step| step.assumed.contains(&obstacle));
        let until = at.map_or(walk.steps.len(), |at| at + 1);
        walk.steps.iter().take(until).rev().find_map(|step| step.route)
    }

    /// What an obstacle sees.
    pub(super) fn header_at_obstacle(&self, pass: Pass, obstacle: Obstacle) -> Option<Header> {
        let walk = self.walk(pass)?;
        let assumed = walk.steps.iter().find(|step| step.assumed.contains(&obstacle));
        let step = assumed
            .or_else(|| walk.steps.iter().rev().find(|step| step.place != Place::Unmodelled));
        self.seen_as(step?.header)
    }
}

/// Returns a header of a set, as ordinary as the set allows.
fn sample(headers: &HeaderSet) -> Option<Header> {
    let usual = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6];
    let usual = usual.into_iter().find(|Protocol(number)| headers.protocols.contains(*number));
    let protocol = usual.or(headers.protocols.first().map(Protocol))?;
    let port = |ports: &PortSet, wanted: u16| {
        if ports.contains(wanted) { Some(wanted) } else { ports.first() }
    };
    let kinds = &headers.icmp_types;
    let kind = [8, 128].into_iter().find(|kind| kinds.contains(*kind)).or(kinds.first());
    Some(Header {
        source: headers.sources.first()?,
        destination: headers.destinations.first()?,
        transport: Transport::new(
            protocol,
            Ports {
                source: port(&headers.source_ports, 40_000).unwrap_or_default(),
                destination: port(&headers.destination_ports, 80).unwrap_or_default(),
            },
            Icmp {
                kind: kind.unwrap_or_default(),
                code: headers.icmp_codes.first().unwrap_or_default(),
            },
        ),
    })
}
