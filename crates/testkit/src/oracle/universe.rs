//! A finite set of values that stands for all values.
//!
//! **Ports.** The generator writes only the ports 0 to 6 into rules, services, listeners, targets and
//! destination translations, and lets translators choose from 5 and 6 (the profile `huawei` names port 80 as well,
//! for addresses that no generated question asks about). A packet meets a port in three ways: a
//! rule asks whether it is in a set, a translation replaces it by one of 0 to 6, and headers are
//! compared as wholes (a record with a reply, a reply with the request, a configuration with an
//! earlier one). Such comparisons only ever hold a source port against what was that same source port
//! before, or against a chosen one, and destination ports likewise. So a port above 6 behaves as every
//! other port above 6, and 0 to 7 stand for all. In general, ports behave alike between the ends of
//! ranges that something names, so the ends and the value after each stand for all; where a translation
//! shifts ports, the ends are those before and after the shift.
//!
//! **Addresses.** Every address of the network cuts the line of addresses, as does each end of a range
//! or prefix. Between two cuts all addresses behave alike, and so do two stretches that lie in the
//! same ranges. One address of each kind stands for it.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use canreach_model::{
    AddressMatch, BalancerListener, DestinationTranslation, Endpoint, Listen, Network, PacketMatch,
    PublicAddressTarget, Rule, TranslationSource,
};
use canreach_net::{
    AddressRange, AddressSet, Family, Icmp, IpNet, PortSet, Ports, Protocol, Transport,
};

use super::may_send;

/// Values that stand for all others in one network.
#[derive(Clone, Debug)]
pub struct Universe {
    /// Addresses, of both families.
    pub addresses: Vec<IpAddr>,
    /// Ports.
    pub ports: Vec<u16>,
    /// Protocols.
    pub protocols: Vec<Protocol>,
    /// ICMP types and codes.
    pub icmp: Vec<Icmp>,
    /// Ports that NAT gateways choose, where their profile lets them.
    pub nat_ports: Vec<u16>,
}

impl Universe {
    /// Returns values that stand for all others in `network`.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let ports = ports(network);
        Self {
            addresses: addresses(network),
            protocols: protocols(network),
            icmp: icmp(network),
            nat_ports: ports.clone(),
            ports,
        }
    }

    /// Returns the transport headers that stand for all those of a protocol, if one is given, and with
    /// a destination port in the set, where it is not every port.
    ///
    /// A question cuts the line of ports, too: the first of each of its ranges stands for the
    /// stretch in which it lies.
    #[must_use]
    pub fn transports(&self, protocol: Option<Protocol>, wanted: &PortSet) -> Vec<Transport> {
        let protocols = protocol.map_or_else(|| self.protocols.clone(), |protocol| vec![protocol]);
        let firsts = wanted.ranges().map(|(first, _)| first);
        let inside = self.ports.iter().copied().filter(|port| wanted.contains(*port));
        let destinations: BTreeSet<u16> = firsts.chain(inside).collect();
        let mut transports = Vec::new();
        for protocol in protocols {
            let with = |ports, icmp| Transport::new(protocol, ports, icmp);
            let no_ports = Ports { source: 0, destination: 0 };
            let no_icmp = Icmp { kind: 0, code: 0 };
            if protocol.has_ports() {
                for destination in &destinations {
                    for source in &self.ports {
                        let ports = Ports { source: *source, destination: *destination };
                        transports.push(with(ports, no_icmp));
                    }
                }
            } else if wanted.is_all() && protocol.is_icmp() {
                transports.extend(self.icmp.iter().map(|icmp| with(no_ports, *icmp)));
            } else if wanted.is_all() {
                transports.push(with(no_ports, no_icmp));
            }
        }
        transports
    }

    /// Returns the sources that stand for all those that `from` may use.
    #[must_use]
    pub fn sources(&self, network: &Network, from: Endpoint) -> Vec<IpAddr> {
        match from {
            Endpoint::Interface(interface) => network.interfaces[interface].addresses.clone(),
            Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Nobody => {
                Vec::new()
            }
            Endpoint::Remote(_) | Endpoint::Internet => {
                let all = self.addresses.iter().copied();
                all.filter(|address| may_send(network, from, *address)).collect()
            }
        }
    }
}

/// What every rule of the network matches.
fn matches(network: &Network) -> Vec<&PacketMatch> {
    let mut rules: Vec<&Rule> = Vec::new();
    for (_, group) in network.security_groups.iter() {
        rules.extend(group.rules.ingress.iter().chain(&group.rules.egress));
    }
    for (_, acl) in network.network_acls.iter() {
        rules.extend(acl.rules.ingress.iter().chain(&acl.rules.egress));
    }
    for (_, firewall) in network.cloud_firewalls.iter() {
        for border in [&firewall.internet, &firewall.vpc, &firewall.nat] {
            rules.extend(border.white_list.iter().chain(&border.black_list));
            rules.extend(border.rules.ingress.iter().chain(&border.rules.egress));
        }
    }
    for listener in listeners(network) {
        rules.extend(listener.access.iter().flat_map(|access| &access.rules));
    }
    let firewalls = network.instances.iter().filter_map(|(_, it)| it.firewall.as_ref());
    let chain_rules = firewalls.flat_map(|it| &it.chains).flat_map(|chain| &chain.rules);
    let of_hosts = chain_rules.map(|rule| &rule.matches);
    rules.into_iter().map(|rule| &rule.matches).chain(of_hosts).collect()
}

fn listeners(network: &Network) -> impl Iterator<Item = &BalancerListener> {
    network.load_balancers.iter().flat_map(|(_, balancer)| &balancer.listeners)
}

fn ports(network: &Network) -> Vec<u16> {
    // Of every range of ports that anything names: the first, the last and the one after it.
    let mut ranges: Vec<(u16, u16)> = vec![(0, 0)];
    for rule in matches(network) {
        for set in [&rule.source_ports, &rule.destination_ports] {
            ranges.extend(set.ranges().filter(|_| !set.is_all()));
        }
    }
    for (_, instance) in network.instances.iter() {
        let services = instance.services.iter().flatten();
        ranges.extend(services.map(|service| (service.ports.first(), service.ports.last())));
    }
    for listener in listeners(network) {
        ranges.push((listener.ports.first(), listener.ports.last()));
        let ports = listener.targets.iter().filter_map(|target| target.port);
        ranges.extend(ports.map(|port| (port, port)));
    }
    for rule in destination_translations(network) {
        ranges.push((rule.public_ports.first(), rule.public_ports.last()));
        ranges.extend(rule.private_ports().ranges());
    }
    for (_, vpc) in network.vpcs.iter() {
        let chosen = vpc.profile.translation.ports;
        ranges.push((chosen.first(), chosen.last()));
        let exempt =
            vpc.profile.security_group.exempt.iter().chain(&vpc.profile.network_acl.exempt);
        ranges
            .extend(exempt.filter_map(|exemption| exemption.service).map(|(_, port)| (port, port)));
    }
    let mut values = BTreeSet::new();
    for (first, last) in ranges {
        values.extend([first, last]);
        values.extend(last.checked_add(1));
    }
    with_ports_before_translation(network, values).into_iter().collect()
}

/// A port that a translation turns into one of the values behaves unlike its neighbours, too.
fn with_ports_before_translation(network: &Network, mut values: BTreeSet<u16>) -> BTreeSet<u16> {
    loop {
        let mut before = values.clone();
        for rule in destination_translations(network) {
            let shifted = values.iter().filter_map(|port| port.checked_sub(rule.private_port));
            let public = shifted.filter_map(|nth| rule.public_ports.first().checked_add(nth));
            before.extend(public.filter(|port| *port <= rule.public_ports.last()));
        }
        if before.len() == values.len() {
            return values;
        }
        values = before;
    }
}

fn destination_translations(network: &Network) -> impl Iterator<Item = &DestinationTranslation> {
    network.nat_gateways.iter().flat_map(|(_, gateway)| &gateway.destination_translations)
}

fn protocols(network: &Network) -> Vec<Protocol> {
    // 50 (ESP) stands for every protocol that nothing names.
    let (tcp, udp, esp) = (Protocol::TCP, Protocol::UDP, Protocol(50));
    let mut protocols = BTreeSet::from([tcp, udp, Protocol::ICMP, Protocol::ICMPV6, esp]);
    protocols.extend(matches(network).iter().filter_map(|rule| rule.protocol));
    for (_, vpc) in network.vpcs.iter() {
        let translated = vpc.profile.translation.protocols.ranges();
        protocols.extend(translated.flat_map(|(first, last)| [Protocol(first), Protocol(last)]));
    }
    protocols.into_iter().collect()
}

fn icmp(network: &Network) -> Vec<Icmp> {
    // The requests and their answers; 15 stands for 17 as well, and 5 for all that have no answer.
    let mut kinds = BTreeSet::from([0, 3, 5, 8, 13, 14, 15, 128, 129]);
    let mut codes = BTreeSet::from([0, 1, 2]);
    for icmp in matches(network).iter().filter_map(|rule| rule.icmp) {
        kinds.extend(icmp.kind);
        codes.extend(icmp.code);
    }
    let all =
        kinds.iter().flat_map(|kind| codes.iter().map(|code| Icmp { kind: *kind, code: *code }));
    all.collect()
}

fn addresses(network: &Network) -> Vec<IpAddr> {
    let ranges = ranges(network);
    let mut cuts = BTreeSet::new();
    for range in &ranges {
        cuts.insert(range.first());
        cuts.extend(after(range.last()));
    }
    let mut kinds: BTreeSet<(Family, Vec<bool>)> = BTreeSet::new();
    let mut addresses = Vec::new();
    for cut in cuts {
        let kind = ranges.iter().map(|range| range.contains(cut)).collect();
        if kinds.insert((Family::of(cut), kind)) {
            addresses.push(cut);
        }
    }
    addresses
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            address.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into())
        }
        IpAddr::V6(address) => {
            address.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into())
        }
    }
}

/// Every range and every single address that the network or the page speaks of.
fn ranges(network: &Network) -> Vec<AddressRange> {
    let mut ranges: Vec<AddressRange> = AddressSet::public_unicast().ranges().collect();
    ranges.extend(Family::BOTH.map(|family| AddressRange::from(family.everywhere())));
    for rule in matches(network) {
        for side in [rule.source, rule.destination] {
            match side {
                AddressMatch::Range(range) => ranges.push(range),
                AddressMatch::Any
                | AddressMatch::SecurityGroup(_)
                | AddressMatch::AddressGroup(_) => {}
            }
        }
    }
    for (_, group) in network.address_groups.iter() {
        ranges.extend(group.entries.iter().map(|entry| entry.range));
    }
    ranges.extend(prefixes(network).into_iter().map(AddressRange::from));
    ranges.extend(single_addresses(network).into_iter().map(AddressRange::from));
    ranges
}

fn prefixes(network: &Network) -> Vec<IpNet> {
    let mut prefixes: Vec<IpNet> = Vec::new();
    for (_, vpc) in network.vpcs.iter() {
        prefixes.extend(&vpc.cidrs);
        let exempt =
            vpc.profile.security_group.exempt.iter().chain(&vpc.profile.network_acl.exempt);
        prefixes.extend(exempt.map(|exemption| exemption.prefix));
    }
    prefixes.extend(network.subnets.iter().flat_map(|(_, subnet)| &subnet.cidrs));
    let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
    prefixes.extend(routes.map(|route| route.destination));
    let routes = network.transit_route_tables.iter().flat_map(|(_, table)| &table.routes);
    prefixes.extend(routes.map(|route| route.destination));
    let routes = network.instances.iter().flat_map(|(_, instance)| &instance.routes);
    prefixes.extend(routes.map(|route| route.destination));
    prefixes.extend(network.remote_networks.iter().flat_map(|(_, remote)| &remote.cidrs));
    prefixes.extend(network.connections.iter().flat_map(|(_, it)| &it.advertised));
    for (_, gateway) in network.nat_gateways.iter() {
        prefixes.extend(gateway.source_translations.iter().filter_map(|rule| match rule.source {
            TranslationSource::Cidr(block) => Some(block),
            TranslationSource::Subnet(_) => None,
        }));
    }
    prefixes
}

fn single_addresses(network: &Network) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    addresses.extend(network.interfaces.iter().flat_map(|(_, it)| &it.addresses));
    addresses.extend(network.virtual_addresses.iter().map(|(_, it)| it.address));
    addresses.extend(listeners(network).flat_map(|it| &it.targets).map(|target| target.address));
    for (_, public) in network.public_addresses.iter() {
        addresses.push(public.address);
        match public.target {
            Some(PublicAddressTarget::Interface { address, .. }) => addresses.push(address),
            Some(
                PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => {}
        }
    }
    for (_, gateway) in network.nat_gateways.iter() {
        let translations = &gateway.source_translations;
        addresses.extend(translations.iter().flat_map(|rule| &rule.addresses));
    }
    for rule in destination_translations(network) {
        addresses.extend([rule.public_address, rule.private_address]);
    }
    let services = network.instances.iter().flat_map(|(_, it)| it.services.iter().flatten());
    addresses.extend(services.filter_map(|service| match service.listen {
        Listen::Address(address) => Some(address),
        Listen::Any | Listen::AnyV4 | Listen::AnyV6 | Listen::Interface(_) => None,
    }));
    addresses
}
