//! Ports that carriers on the Internet may block.
//!
//! Carriers are outside every input: nothing is proved from them, and no verdict changes. What is
//! known is a list of ports in the profile of the VPC, and that list is worth a warning.

use canreach_eval::RoundTrip;
use canreach_model::{Endpoint, InterfaceOwner, Network, Place, Profile};
use canreach_net::{PortSet, Protocol};

/// The ports of a protocol that carriers may block between two ends; none unless one of them is on the
/// Internet.
pub(crate) fn risky_ports(
    network: &Network,
    ends: (Endpoint, Endpoint),
    protocol: Protocol,
) -> PortSet {
    let profile = match ends {
        (Endpoint::Internet, inside) | (inside, Endpoint::Internet) => profile_of(network, inside),
        _ => None,
    };
    let listed = profile.map_or(&[][..], |profile| profile.high_risk_ports.as_slice());
    let of_protocol = listed.iter().filter(|(listed, _)| *listed == protocol);
    of_protocol.map(|(_, ports)| (ports.first(), ports.last())).collect()
}

/// The protocol and port on the Internet of a flow that carriers may block.
pub(crate) fn risk(
    network: &Network,
    ends: (Endpoint, Endpoint),
    trip: &RoundTrip,
) -> Option<(Protocol, u16)> {
    let hops = &trip.request.hops;
    // What a gateway endpoint delivers never leaves the provider.
    if hops.iter().any(|hop| matches!(hop.place, Place::GatewayEndpoint(_))) {
        return None;
    }
    let outside = match ends.0 {
        Endpoint::Internet => hops.first(),
        Endpoint::Interface(_)
        | Endpoint::LoadBalancer(_)
        | Endpoint::VirtualAddress(_)
        | Endpoint::Remote(_)
        | Endpoint::Nobody => hops.last(),
    };
    let transport = outside?.header.transport;
    let port = transport.ports()?.destination;
    let protocol = transport.protocol();
    risky_ports(network, ends, protocol).contains(port).then_some((protocol, port))
}

fn profile_of(network: &Network, end: Endpoint) -> Option<&Profile> {
    match end {
        Endpoint::Interface(id) => Some(network.profile_of(id)),
        Endpoint::LoadBalancer(id) => {
            let owner = InterfaceOwner::LoadBalancer(id);
            let mut own = network.interfaces.iter().filter(|(_, it)| it.owner == owner);
            own.next().map(|(interface, _)| network.profile_of(interface))
        }
        Endpoint::VirtualAddress(id) => {
            let subnet = network.virtual_addresses[id].subnet;
            Some(&network.vpcs[network.subnets[subnet].vpc].profile)
        }
        Endpoint::Remote(_) | Endpoint::Internet | Endpoint::Nobody => None,
    }
}
