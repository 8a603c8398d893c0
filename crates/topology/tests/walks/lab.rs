//! Asking for walks, and reading them.

use canreach_model::{
    Checkpoint, Direction, Endpoint, InterfaceId, Layer, Network, Obstacle, Place,
};
use canreach_net::{AddressSet, Protocol, ProtocolSet};
use canreach_testkit::builder::range;
use canreach_topology::{End, HeaderSet, Mode, Question, Topology, Trip, Walk, explore};

pub(crate) const OUTSIDE: &str = "198.51.100.1";

/// The trips of all TCP packets between two ranges of addresses.
pub(crate) fn tcp(
    network: &Network,
    (from, source): (Endpoint, &str),
    (to, destination): (Endpoint, &str),
    mode: Mode,
) -> Vec<Trip> {
    let mut headers = HeaderSet::between(range(source).into(), range(destination).into());
    headers.protocols = ProtocolSet::single(Protocol::TCP.0);
    trips(network, &Question { from, to, headers }, mode)
}

#[expect(clippy::expect_used, reason = "a test that gives up has failed")]
pub(crate) fn trips(network: &Network, question: &Question, mode: Mode) -> Vec<Trip> {
    explore(&Topology::new(network), question, mode).expect("few walks")
}

/// The one trip of TCP packets from one address to another.
pub(crate) fn one(
    network: &Network,
    from: (Endpoint, &str),
    to: (Endpoint, &str),
    mode: Mode,
) -> Trip {
    only(tcp(network, from, to, mode))
}

#[expect(clippy::expect_used, reason = "a test that finds another number has failed")]
pub(crate) fn only<T>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "one walk");
    all.pop().expect("one walk")
}

pub(crate) fn at(interface: InterfaceId) -> Endpoint {
    Endpoint::Interface(interface)
}

pub(crate) fn arrives(interface: InterfaceId) -> End {
    End::Arrived(Endpoint::Interface(interface))
}

pub(crate) fn places(walk: &Walk) -> Vec<Place> {
    walk.steps.iter().map(|step| step.place).collect()
}

pub(crate) fn assumed(walk: &Walk) -> Vec<Obstacle> {
    walk.assumed().collect()
}

/// What a walk crosses, in order; `true` where a packet is let through as a reply.
pub(crate) fn crossed(walk: &Walk) -> Vec<(Layer, Direction, bool)> {
    let crossing = |Checkpoint { layer, direction }, as_reply| (layer, direction, as_reply);
    walk.crossings().map(|it| crossing(it.checkpoint, it.as_reply)).collect()
}

/// The destinations that a walk serves.
pub(crate) fn destinations(walk: &Walk) -> AddressSet {
    walk.guard.headers.destinations.clone()
}

/// The destinations of the request walks that end like this.
pub(crate) fn destinations_ending(trips: &[Trip], end: End) -> AddressSet {
    let walks = trips.iter().map(|trip| &trip.request).filter(|walk| walk.end == end);
    walks.fold(AddressSet::EMPTY, |all, walk| all.union(&destinations(walk)))
}
