//! The values that sets begin and end at, and every header made of these and the values beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use canreach_net::{
    AddressSet, Discrete, Family, Header, Icmp, PortSet, Ports, Protocol, ProtocolSet, RangeSet,
    Transport,
};
use canreach_sets::{Algebra, FlowSet, PacketSet, Span};
use canreach_topology::HeaderSet;
use proptest::{collection::vec, prelude::*, sample::select};

const PORT_ENDS: [u16; 5] = [0, 1, 22, 65534, 65535];
const PORTS: [u16; 9] = [0, 1, 2, 21, 22, 23, 65533, 65534, 65535];

const TYPE_ENDS: [u8; 4] = [0, 8, 128, 255];
const TYPES: [u8; 9] = [0, 1, 7, 8, 9, 128, 129, 254, 255];

const CODE_ENDS: [u8; 3] = [0, 1, 255];
const CODES: [u8; 5] = [0, 1, 2, 254, 255];

const NUMBER_ENDS: [u8; 8] = [0, 2, 5, 7, 47, 57, 59, 255];
const NUMBERS: [u8; 14] = [0, 2, 3, 4, 5, 7, 8, 18, 46, 47, 48, 57, 59, 255];

const V4_ENDS: [u32; 5] = [0, 1, 0x0a00_0005, u32::MAX - 1, u32::MAX];
const V4: [u32; 8] = [0, 1, 2, 0x0a00_0004, 0x0a00_0005, 0x0a00_0006, u32::MAX - 1, u32::MAX];

const V6_ENDS: [u128; 3] = [0, 1 << 127, u128::MAX];
const V6: [u128; 6] = [0, 1, (1 << 127) - 1, 1 << 127, (1 << 127) + 1, u128::MAX];

fn range<T: Discrete + 'static>(ends: &'static [T]) -> impl Strategy<Value = (T, T)> {
    (select(ends), select(ends)).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn ranges<T: Discrete + 'static>(ends: &'static [T]) -> impl Strategy<Value = RangeSet<T>> {
    prop_oneof![
        2 => vec(range(ends), 0..3).prop_map(|ranges| ranges.into_iter().collect()),
        1 => Just(RangeSet::all()),
    ]
}

/// Draws a set of ports.
fn ports() -> impl Strategy<Value = PortSet> {
    ranges(&PORT_ENDS)
}

/// Draws a part of a flow set.
pub(crate) fn span() -> impl Strategy<Value = (Span, PortSet)> {
    let port = (select(vec![Protocol::TCP, Protocol::UDP]), range(&PORT_ENDS), ports())
        .prop_map(|(protocol, (first, last), from)| (Span::Ports(protocol, first, last), from));
    let icmp = select(vec![Protocol::ICMP, Protocol::ICMPV6]);
    let icmp = (icmp, select(&TYPE_ENDS[..]), range(&CODE_ENDS)).prop_map(
        |(protocol, kind, (first, last))| (Span::Icmp(protocol, kind, first, last), PortSet::all()),
    );
    let bare = range(&NUMBER_ENDS).prop_map(|(a, b)| (Span::Bare(a, b), PortSet::all()));
    prop_oneof![3 => port, 2 => icmp, 1 => bare]
}

/// Draws field sets, with some addresses.
pub(crate) fn headers() -> impl Strategy<Value = HeaderSet> {
    let protocols = vec(select(vec![0_u8, 1, 6, 17, 47, 58, 255]), 1..4);
    let protocols = prop_oneof![
        3 => protocols.prop_map(|all| all.into_iter().map(|one| (one, one)).collect()),
        1 => Just(ProtocolSet::all()),
    ];
    let icmp = (ranges(&TYPE_ENDS), ranges(&CODE_ENDS));
    (addresses(), addresses(), protocols, ports(), ports(), icmp).prop_map(
        |(sources, destinations, protocols, source_ports, destination_ports, icmp)| HeaderSet {
            sources,
            destinations,
            protocols,
            source_ports,
            destination_ports,
            icmp_types: icmp.0,
            icmp_codes: icmp.1,
        },
    )
}

/// Draws a flow set, or the complement of one.
pub(crate) fn flow_set() -> impl Strategy<Value = FlowSet> {
    let parts = vec(span(), 0..5).prop_map(FlowSet::from_spans);
    let product = headers().prop_map(|headers| FlowSet::of(&headers));
    let set = prop_oneof![3 => parts, 1 => product];
    (set, any::<bool>()).prop_map(|(set, turned)| if turned { set.complement() } else { set })
}

fn addresses() -> impl Strategy<Value = AddressSet> {
    (ranges(&V4_ENDS), ranges(&V6_ENDS))
        .prop_map(|(v4, v6)| AddressSet::from(v4).union(&AddressSet::from(v6)))
}

/// Draws a packet set, or the complement of one.
pub(crate) fn packet_set() -> impl Strategy<Value = PacketSet> {
    let product = (addresses(), addresses(), flow_set())
        .prop_map(|(from, to, flows)| PacketSet::product(&from, &to, &flows));
    let set = vec(product, 0..4).prop_map(PacketSet::union_of);
    (set, any::<bool>()).prop_map(|(set, turned)| if turned { set.complement() } else { set })
}

/// Returns every transport header of the universe.
pub(crate) fn transports() -> Vec<Transport> {
    let pairs = PORTS
        .iter()
        .flat_map(|&source| PORTS.iter().map(move |&destination| Ports { source, destination }));
    let icmp = TYPES.iter().flat_map(|&kind| CODES.iter().map(move |&code| Icmp { kind, code }));
    let mut all = Vec::new();
    all.extend(pairs.clone().map(Transport::Tcp));
    all.extend(pairs.map(Transport::Udp));
    all.extend(icmp.clone().map(Transport::Icmp));
    all.extend(icmp.map(Transport::Icmpv6));
    all.extend(NUMBERS.iter().map(|&number| Transport::Other(Protocol(number))));
    all
}

/// Returns every packet of the universe, those with two families among them.
pub(crate) fn packets() -> Vec<Header> {
    let v4 = V4.iter().map(|&bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
    let v6 = V6.iter().map(|&bits| IpAddr::from(Ipv6Addr::from_bits(bits)));
    let addresses: Vec<IpAddr> = v4.chain(v6).collect();
    let transports = transports();
    let mut packets = Vec::new();
    for &source in &addresses {
        for &destination in &addresses {
            // Every address, every transport, but not every pair of the two: each third, in turn.
            let some = transports.iter().skip(packets.len() % 3).step_by(3);
            packets.extend(some.map(|&transport| Header { source, destination, transport }));
        }
    }
    packets
}

/// Whether an address can be on a packet with another, carrying a transport header.
pub(crate) fn can_be(header: &Header) -> bool {
    Family::of(header.source) == Family::of(header.destination)
        && header.transport.fits(header.family())
}
