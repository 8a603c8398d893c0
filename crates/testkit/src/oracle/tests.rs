//! Cases worked out by hand from `docs/forwarding.md`.
//!
//! Unless it says otherwise, a network has the profile `generic` (groups only allow and keep state,
//! ACLs keep state and do not filter inside a subnet, entry to local addresses only, an Internet
//! gateway is needed), and nothing filters.

mod balancers;
mod counting;
mod filters;
mod firewalls;
mod gateways;
mod hosts;
mod peerings;
mod stand_ins;
mod transit;

use canreach_model::*;
use canreach_net::*;

use super::*;
use crate::{Builder, builder::address};

const NOT_DELIVERED: Fate = Fate { delivered: false, answered: false };
const DELIVERED: Fate = Fate { delivered: true, answered: false };
const ANSWERED: Fate = Fate { delivered: true, answered: true };

fn tcp(source: (&str, u16), destination: (&str, u16)) -> Header {
    let ports = Ports { source: source.1, destination: destination.1 };
    Header {
        source: address(source.0),
        destination: address(destination.0),
        transport: Transport::Tcp(ports),
    }
}

fn told(builder: &Builder, from: Endpoint, header: Header, to: Endpoint) -> Story {
    let network = builder.clone().build();
    story(&network, from, header, to, &Valuation::default(), &Choices::default())
}

fn ask(builder: &Builder, from: Endpoint, header: Header, to: Endpoint) -> Fate {
    let network = builder.clone().build();
    fate(&network, from, header, to, &Valuation::default(), &Choices::default())
}

fn lost(way: &Way) -> &'static str {
    match way.end {
        End::Lost(Lost::Obstacle(name)) => name,
        End::Lost(Lost::Filter(_)) => "Filter",
        End::Delivered(..) => "Delivered",
        End::Unmodelled => "Unmodelled",
    }
}

fn inside(interface: InterfaceId) -> Endpoint {
    Endpoint::Interface(interface)
}

/// One VPC 10.0.0.0/28 with two subnets, and an interface in each: `a` 10.0.0.1 and `b` 10.0.0.5.
struct Pair {
    builder: Builder,
    vpc: VpcId,
    subnets: [SubnetId; 2],
    a: InterfaceId,
    b: InterfaceId,
}

impl Pair {
    fn new(profile: ProfileName) -> Self {
        let mut builder = Builder::new(profile);
        let vpc = builder.vpc(&["10.0.0.0/28"]);
        let subnets =
            [builder.subnet(vpc, &["10.0.0.0/30"]), builder.subnet(vpc, &["10.0.0.4/30"])];
        let a = builder.interface(subnets[0], &["10.0.0.1"]);
        let b = builder.interface(subnets[1], &["10.0.0.5"]);
        Self { builder, vpc, subnets, a, b }
    }

    fn ask(&self) -> Fate {
        self.story().fate
    }

    fn story(&self) -> Story {
        told(&self.builder, inside(self.a), tcp(("10.0.0.1", 9), ("10.0.0.5", 3)), inside(self.b))
    }
}

#[test]
fn local_routes_connect_the_subnets_of_a_vpc() {
    for profile in ProfileName::ALL {
        assert_eq!(Pair::new(profile).ask(), ANSWERED, "{profile}");
    }
}
