//! How two descriptions of a load balancer, or of what belongs to it, become one.

use canreach_model::Meta;

use super::{
    super::records::{Balancer, Endpoint, Listener, TargetGroup},
    Record, alike, disagreements, fill,
};

impl Record for Balancer {
    const NOUN: &'static str = "load balancer";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "type": self.kind == other.kind,
            "VPC": fill(&mut self.vpc, other.vpc),
            "state": self.trouble == other.trouble,
            "security groups": alike(&self.groups, &other.groups, PartialEq::eq),
            "zones": self.zones == other.zones,
            "address type": self.dual_stack == other.dual_stack,
        }
    }
}

impl Record for Listener {
    const NOUN: &'static str = "listener";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "load balancer": self.balancer == other.balancer,
            "port": self.port == other.port,
            "protocol": self.handling == other.handling,
            "target groups": alike(&self.groups, &other.groups, PartialEq::eq),
        }
    }
}

impl Record for TargetGroup {
    const NOUN: &'static str = "target group";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "target type": self.kind == other.kind,
            "port": self.port == other.port,
            "protocol": self.takes_udp == other.takes_udp,
            "address type": self.ipv6 == other.ipv6,
        }
    }
}

impl Record for Endpoint {
    const NOUN: &'static str = "VPC endpoint";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, mut other: Self) -> Vec<&'static str> {
        self.interfaces.append(&mut other.interfaces);
        disagreements! {
            "type": self.kind == other.kind,
            "VPC": fill(&mut self.vpc, other.vpc),
            "state": self.trouble == other.trouble,
            "policy": self.restricted == other.restricted,
        }
    }
}
