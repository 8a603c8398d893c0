//! What the rules of an estate speak of: one pool of address blocks, and a short list of services.

use canreach_model::{Direction, Rule};
use canreach_net::{Family, Protocol};

use super::{BLOCKS, Maker, SUBNETS_OF_VPC};
use crate::{
    Random,
    builder::{far_side, ports},
};

/// Blocks that every estate speaks of, the most popular first.
const USUAL: [&str; 16] = [
    "10.0.0.0/8",
    "0.0.0.0/0",
    "10.0.0.0/18",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "10.0.0.0/12",
    "100.64.0.0/10",
    "203.0.113.0/24",
    "198.51.100.7/32",
    "192.168.10.0/24",
    "172.20.0.0/16",
    "8.8.8.8/32",
    "198.51.100.0/24",
    "140.82.112.0/20",
    "17.0.0.0/8",
    "192.0.2.128/25",
];

/// Ports as rules have them, the most popular first; no protocol stands for everything.
const SERVICES: [Option<(Protocol, u16, u16)>; 18] = [
    Some((Protocol::TCP, 443, 443)),
    Some((Protocol::TCP, 22, 22)),
    Some((Protocol::TCP, 8080, 8080)),
    Some((Protocol::TCP, 80, 80)),
    Some((Protocol::TCP, 5432, 5432)),
    Some((Protocol::TCP, 9100, 9100)),
    Some((Protocol::TCP, 3306, 3306)),
    Some((Protocol::TCP, 6379, 6379)),
    Some((Protocol::UDP, 53, 53)),
    Some((Protocol::TCP, 53, 53)),
    Some((Protocol::TCP, 9092, 9094)),
    Some((Protocol::TCP, 8000, 8999)),
    None,
    Some((Protocol::TCP, 3389, 3389)),
    Some((Protocol::UDP, 123, 123)),
    Some((Protocol::TCP, 27017, 27017)),
    Some((Protocol::TCP, 1024, 65535)),
    Some((Protocol::UDP, 514, 514)),
];

/// Returns the block of a VPC.
pub(super) fn of_vpc(nth: usize) -> String {
    format!("10.{}.{}.0/18", nth / 4, nth % 4 * 64)
}

/// Returns the block of a subnet.
pub(super) fn of_subnet(vpc: usize, nth: usize) -> String {
    format!("{}.0/24", start_of_subnet(vpc, nth))
}

/// Returns what the addresses of a subnet begin with.
pub(super) fn start_of_subnet(vpc: usize, nth: usize) -> String {
    format!("10.{}.{}", vpc / 4, vpc % 4 * 64 + nth)
}

/// Returns the pool of an estate, the most popular blocks first: those that everybody has, and some of the
/// estate's own VPCs and subnets, and of the /16s around them.
pub(super) fn pool(random: &mut Random, vpcs: usize) -> Vec<String> {
    // A small estate speaks of VPCs that are yet to come.
    let last = u16::try_from(vpcs.max(BLOCKS).saturating_sub(1)).unwrap_or(u16::MAX);
    let last_subnet = u16::try_from(SUBNETS_OF_VPC.saturating_sub(1)).unwrap_or(u16::MAX);
    let mut pool: Vec<String> = USUAL.map(String::from).to_vec();
    while pool.len() < BLOCKS {
        let vpc = usize::from(random.between(0, last));
        let block = match pool.len() % 3 {
            0 => of_subnet(vpc, usize::from(random.between(0, last_subnet))),
            1 => of_vpc(vpc),
            _ => format!("10.{}.0.0/16", vpc / 4),
        };
        if !pool.contains(&block) {
            pool.push(block);
        }
    }
    pool
}

impl Maker {
    /// Narrows a rule to a block of the pool.
    pub(super) fn about_block(&mut self, rule: Rule, direction: Direction) -> Rule {
        let block = self.popular(&self.pool.clone()).unwrap_or_default();
        about(rule, direction, &block)
    }

    /// Narrows a rule to a service.
    pub(super) fn about_service(&mut self, rule: Rule) -> Rule {
        match self.popular(&SERVICES).flatten() {
            Some((protocol, first, last)) => ports(rule, protocol, first, last),
            None => rule,
        }
    }
}

/// Narrows a rule to packets whose far side is in a block of IPv4.
pub(super) fn about(rule: Rule, direction: Direction, block: &str) -> Rule {
    let mut rule = far_side(rule, direction, block);
    rule.matches.family = Some(Family::V4);
    rule
}
