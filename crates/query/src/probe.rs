//! Packets at the edges of rules, with which `eval` tries to refute a proof.
//!
//! A wrong comparison in an encoding shows at the edge of a range, so that is where to look: for
//! each rule that a walk meets, the corners of what it matches and their neighbours outside.

use std::collections::BTreeSet;

use canreach_eval::Flow;
use canreach_model::{
    AddressMatch, Direction, FirewallList, Layer, Network, PacketMatch, RuleOwner,
};
use canreach_net::{
    AddressRange, AddressSet, Header, Icmp, PortSet, Ports, Protocol, RangeSet, Transport,
};
use canreach_topology::{HeaderSet, Question as Flows, Trip};

/// The most packets sent for one pair of ends.
const MOST_PROBES: usize = 20_000;

/// Returns packets at the edges of every rule that the trips meet, among the flows asked about.
pub(crate) fn probes(network: &Network, flows: &[Flows], trips: &[Trip]) -> Vec<Flow> {
    let rules = rules_met(network, trips);
    let mut probes = BTreeSet::new();
    for flows in flows {
        let plain = Corners::of(&flows.headers, None);
        probes.extend(plain.headers().map(|header| Flow { start: flows.from, header }));
        for rule in &rules {
            // A rule met on the way back sees the flow with its two sides swapped.
            for matches in [(*rule).clone(), swapped(rule)] {
                let corners = Corners::of(&flows.headers, Some(&matches));
                probes.extend(corners.headers().map(|header| Flow { start: flows.from, header }));
            }
            if probes.len() > MOST_PROBES {
                break;
            }
        }
    }
    probes.into_iter().filter(|flow| asked(flows, flow)).take(MOST_PROBES).collect()
}

fn asked(flows: &[Flows], flow: &Flow) -> bool {
    flows.iter().any(|flows| flows.headers.contains(&flow.header))
}

/// Every rule of every filter on the way.
fn rules_met<'n>(network: &'n Network, trips: &[Trip]) -> Vec<&'n PacketMatch> {
    let walks = trips.iter().flat_map(|trip| std::iter::once(&trip.request).chain(&trip.replies));
    let layers: BTreeSet<(Layer, Direction)> = walks
        .flat_map(canreach_topology::Walk::crossings)
        .map(|crossing| (crossing.checkpoint.layer, crossing.checkpoint.direction))
        .collect();
    layers.into_iter().flat_map(|(layer, direction)| rules_of(network, layer, direction)).collect()
}

fn rules_of(network: &Network, layer: Layer, direction: Direction) -> Vec<&PacketMatch> {
    match layer {
        Layer::SecurityGroups(interface) => network.interfaces[interface]
            .security_groups
            .iter()
            .flat_map(|group| network.security_groups[*group].rules.of(direction))
            .map(|rule| &rule.matches)
            .collect(),
        Layer::NetworkAcl(acl, _) => {
            network.network_acls[acl].rules.of(direction).iter().map(|rule| &rule.matches).collect()
        }
        Layer::CloudFirewall(firewall, border) => {
            let rules = network.cloud_firewalls[firewall].at(border);
            let lists = FirewallList::ALL.into_iter().flat_map(|list| rules.list(list, direction));
            lists.map(|rule| &rule.matches).collect()
        }
        Layer::ListenerAccess(balancer, listener) => network
            .rules_of(RuleOwner::ListenerAccess(balancer, listener), direction)
            .iter()
            .map(|rule| &rule.matches)
            .collect(),
        Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => network
            .instance_of(interface)
            .and_then(|instance| network.instances[instance].firewall.as_ref())
            .into_iter()
            .flat_map(|firewall| firewall.chains.iter().flat_map(|chain| &chain.rules))
            .map(|rule| &rule.matches)
            .collect(),
        Layer::Listener(..) => Vec::new(),
    }
}

fn swapped(rule: &PacketMatch) -> PacketMatch {
    PacketMatch {
        source: rule.destination,
        destination: rule.source,
        source_ports: rule.destination_ports.clone(),
        destination_ports: rule.source_ports.clone(),
        ..rule.clone()
    }
}

/// Values at the edges of a rule, for each field.
struct Corners {
    sources: Vec<std::net::IpAddr>,
    destinations: Vec<std::net::IpAddr>,
    protocols: Vec<Protocol>,
    source_ports: Vec<u16>,
    destination_ports: Vec<u16>,
    icmp: Vec<Icmp>,
}

impl Corners {
    /// The corners of a rule within a set of headers, or of the set itself.
    fn of(headers: &HeaderSet, rule: Option<&PacketMatch>) -> Self {
        let everything = PacketMatch::everything();
        let rule = rule.unwrap_or(&everything);
        let source_ports = ports(&headers.source_ports, &rule.source_ports);
        Self {
            sources: addresses(&headers.sources, rule.source),
            destinations: addresses(&headers.destinations, rule.destination),
            protocols: protocols(headers, rule.protocol),
            source_ports: if rule.source_ports.is_all() { vec![40_000] } else { source_ports },
            destination_ports: ports(&headers.destination_ports, &rule.destination_ports),
            icmp: icmp(headers, rule),
        }
    }

    /// Every combination of addresses and protocols with one port, and every port with the first
    /// addresses: linear in the number of edges, not their product.
    fn headers(&self) -> impl Iterator<Item = Header> + '_ {
        let first = |ports: &[u16]| ports.first().copied().unwrap_or_default();
        let plain = Ports {
            source: first(&self.source_ports),
            destination: first(&self.destination_ports),
        };
        let message = self.icmp.first().copied().unwrap_or(Icmp { kind: 8, code: 0 });
        let across_addresses = self.sources.iter().flat_map(move |source| {
            self.destinations.iter().flat_map(move |destination| {
                self.protocols.iter().map(move |protocol| Header {
                    source: *source,
                    destination: *destination,
                    transport: Transport::new(*protocol, plain, message),
                })
            })
        });
        let ends = self.sources.first().zip(self.destinations.first());
        let across_ports = ends.into_iter().flat_map(move |(source, destination)| {
            self.transports().map(move |transport| Header {
                source: *source,
                destination: *destination,
                transport,
            })
        });
        across_addresses.chain(across_ports)
    }

    fn transports(&self) -> impl Iterator<Item = Transport> + '_ {
        let ports = self.source_ports.iter().flat_map(|source| {
            let destinations = self.destination_ports.iter();
            destinations.map(|destination| Ports { source: *source, destination: *destination })
        });
        let ports: Vec<Ports> = ports.collect();
        self.protocols.iter().flat_map(move |protocol| {
            let message = Icmp { kind: 8, code: 0 };
            let with_ports = ports
                .clone()
                .into_iter()
                .map(move |ports| Transport::new(*protocol, ports, message));
            let none = Ports { source: 0, destination: 0 };
            let with_icmp =
                self.icmp.iter().map(move |icmp| Transport::new(*protocol, none, *icmp));
            with_ports.chain(with_icmp)
        })
    }
}

/// The ends of each range, inside and one outside, among `allowed`; the first of `allowed` where
/// none of them is.
fn ports(allowed: &PortSet, edges: &PortSet) -> Vec<u16> {
    let around = edges.ranges().flat_map(|(first, last)| {
        [Some(first), Some(last), first.checked_sub(1), last.checked_add(1)]
    });
    let inside = allowed.ranges().flat_map(|(first, last)| [Some(first), Some(last)]);
    let mut ports: Vec<u16> =
        around.chain(inside).flatten().filter(|port| allowed.contains(*port)).collect();
    ports.sort_unstable();
    ports.dedup();
    // Lists with very many ranges keep an even selection.
    let step = ports.len().div_ceil(24).max(1);
    ports.into_iter().step_by(step).collect()
}

fn addresses(allowed: &AddressSet, edges: AddressMatch) -> Vec<std::net::IpAddr> {
    let ends = |set: &AddressSet| -> Vec<std::net::IpAddr> {
        let ranges: Vec<AddressRange> = set.ranges().collect();
        let step = ranges.len().div_ceil(4).max(1);
        ranges.into_iter().step_by(step).flat_map(|range| [range.first(), range.last()]).collect()
    };
    let mut addresses = match edges {
        AddressMatch::Range(range) => {
            let matched = AddressSet::from(range);
            let mut ends_inside = ends(&allowed.intersection(&matched));
            ends_inside.extend(ends(&allowed.difference(&matched)).into_iter().take(4));
            ends_inside
        }
        AddressMatch::Any | AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => {
            ends(allowed)
        }
    };
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(8);
    addresses
}

fn protocols(headers: &HeaderSet, rule: Option<Protocol>) -> Vec<Protocol> {
    let usual = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6, Protocol::GRE];
    let first = headers.protocols.first().map(Protocol);
    let mut protocols: Vec<Protocol> = rule.into_iter().chain(usual).chain(first).collect();
    protocols.retain(|Protocol(number)| headers.protocols.contains(*number));
    protocols.sort_unstable();
    protocols.dedup();
    protocols
}

fn icmp(headers: &HeaderSet, rule: &PacketMatch) -> Vec<Icmp> {
    let kinds = |set: &RangeSet<u8>, wanted: Option<u8>| -> Vec<u8> {
        let usual = [8, 128, 0, 3, 13].into_iter().chain(wanted).chain(set.first());
        usual.filter(|kind| set.contains(*kind)).collect()
    };
    let wanted = rule.icmp;
    let types = kinds(&headers.icmp_types, wanted.and_then(|icmp| icmp.kind));
    let code = wanted.and_then(|icmp| icmp.code).filter(|code| headers.icmp_codes.contains(*code));
    let code = code.or(headers.icmp_codes.first()).unwrap_or_default();
    types.into_iter().map(|kind| Icmp { kind, code }).collect()
}

#[cfg(test)]
mod tests;
