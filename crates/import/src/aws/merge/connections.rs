//! VPN and Direct Connect as several answers describe them.

use canreach_model::Meta;

use super::{
    super::records::connections::{
        CustomerGateway, DirectAssociation, DirectGateway, VirtualInterface, Vpn, VpnGateway,
    },
    Record, alike, fill,
};

impl Record for VpnGateway {
    const NOUN: &'static str = "virtual private gateway";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "state": self.stage == other.stage,
            "attachment": fill(&mut self.vpc, other.vpc),
        }
    }
}

impl Record for Vpn {
    const NOUN: &'static str = "VPN connection";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "state": self.stage == other.stage,
            "gateways": fill(&mut self.gateway, other.gateway)
                && fill(&mut self.customer, other.customer),
            "routes": self.static_only == other.static_only
                && alike(&self.routes, &other.routes, |one, another| one.0 == another.0),
            "tunnels": self.tunnels == other.tunnels,
        }
    }
}

impl Record for CustomerGateway {
    const NOUN: &'static str = "customer gateway";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, _other: Self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl Record for VirtualInterface {
    const NOUN: &'static str = "virtual interface";
    const ACROSS_REGIONS: bool = true;
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "state": self.stage == other.stage && self.up == other.up,
            "gateway": fill(&mut self.gateway, other.gateway)
                && fill(&mut self.direct_gateway, other.direct_gateway),
        }
    }
}

impl Record for DirectGateway {
    const NOUN: &'static str = "Direct Connect gateway";
    const ACROSS_REGIONS: bool = true;
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, _other: Self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl Record for DirectAssociation {
    const NOUN: &'static str = "Direct Connect gateway association";
    const ACROSS_REGIONS: bool = true;
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "gateways": self.direct_gateway == other.direct_gateway
                && self.associated == other.associated,
            "allowed prefixes": alike(&self.allowed, &other.allowed, PartialEq::eq),
        }
    }
}
