//! What is measured: rules as they are written, and what engines do with their sets. Any
//! representation of sets can be put under it. The rules are the same in every run.

use std::collections::HashMap;
use std::hash::Hash;

/// One rule: ranges of each field. An ICMP type counts as 256 destination ports, one for each code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) allow: bool,
    pub(crate) from: (u32, u32),
    pub(crate) to: (u32, u32),
    pub(crate) protocol: (u8, u8),
    pub(crate) destination_ports: (u16, u16),
    pub(crate) source_ports: (u16, u16),
}

/// A packet, in the same numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) protocol: u8,
    pub(crate) destination_port: u16,
    pub(crate) source_port: u16,
}

/// One way to keep sets. What a set is may need a store, which is `self`.
pub(crate) trait Representation {
    type Set: Clone + Eq + Hash;

    fn new() -> Self;
    fn empty(&self) -> Self::Set;
    fn full(&self) -> Self::Set;
    fn of(&self, rule: &Rule) -> Self::Set;
    fn union(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    fn intersection(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    fn difference(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    fn holds(&self, set: &Self::Set, packet: &Packet) -> bool;
}

const ANY: (u16, u16) = (0, u16::MAX);
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);
const SERVICES: [u16; 12] = [22, 25, 53, 80, 123, 443, 3306, 5432, 6379, 8080, 9090, 27017];

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(bound)).unwrap_or(0)
    }

    fn port(&mut self) -> u16 {
        u16::try_from(self.below(1 << 16)).unwrap_or(0)
    }

    /// Ports as in a long list, where hardly a rule is about many of them.
    fn few_ports(&mut self) -> (u16, u16) {
        let (first, last) = self.ports();
        if last - first > 1000 { (first, first) } else { (first, last) }
    }

    fn ports(&mut self) -> (u16, u16) {
        let service = SERVICES.get(usize::try_from(self.below(12)).unwrap_or(0));
        let service = service.copied().unwrap_or(22);
        match self.below(10) {
            0 => ANY,
            1 => EPHEMERAL,
            2..=4 => {
                let first = self.port();
                (first, first.saturating_add(self.port() % 200))
            }
            5 | 6 => {
                let port = self.port();
                (port, port)
            }
            _ => (service, service),
        }
    }

    /// One of 50 address blocks, which lie in each other as those of networks do.
    fn block(&mut self) -> (u32, u32) {
        let block = self.below(50);
        match block {
            0 => (0, u32::MAX),
            1..=4 => (0x0a00_0000 + (block << 16), 0x0a00_ffff + (block << 16)),
            5..=39 => {
                let first = 0x0a00_0000 + ((1 + block % 4) << 16) + (block << 8);
                (first, first + 255)
            }
            _ => {
                let address = 0x0a01_0500 + block * 7;
                (address, address)
            }
        }
    }

    fn rule(&mut self, by_source_port: bool) -> Rule {
        let mut rule = Rule {
            allow: self.below(10) < 7,
            from: self.block(),
            to: self.block(),
            protocol: (6, 6),
            destination_ports: self.ports(),
            source_ports: ANY,
        };
        match self.below(20) {
            0 => {
                rule.protocol = (0, u8::MAX);
                rule.destination_ports = ANY;
            }
            1 => {
                rule.protocol = (1, 1);
                let kind = u16::try_from(self.below(16)).unwrap_or(0) * 256;
                rule.destination_ports = (kind, kind + 255);
            }
            2 => {
                rule.protocol = (47, 47);
                rule.destination_ports = ANY;
            }
            3..=7 => rule.protocol = (17, 17),
            _ => {}
        }
        let has_ports = matches!(rule.protocol, (6, 6) | (17, 17));
        if by_source_port && has_ports && self.below(5) == 0 {
            rule.source_ports = self.ports();
        }
        rule
    }
}

/// Returns `count` rules; another `seed` gives others. A rule for every protocol comes last if at all,
/// as it does where people write them: behind it nothing would matter.
pub(crate) fn rules(count: usize, seed: u64, by_source_port: bool) -> Vec<Rule> {
    let mut numbers = Numbers(seed);
    let mut rules: Vec<Rule> = Vec::with_capacity(count);
    while rules.len() < count {
        let mut rule = numbers.rule(by_source_port);
        let everything = rule.protocol.0 != rule.protocol.1
            || (rule.destination_ports == ANY && rule.source_ports == ANY && rule.protocol.0 == 6);
        if count > 100 && matches!(rule.protocol, (6, 6) | (17, 17)) {
            rule.destination_ports = numbers.few_ports();
        }
        if !everything || rules.len() + 1 == count {
            rules.push(rule);
        }
    }
    rules
}

/// Returns what a security group lets through: the union of its rules.
pub(crate) fn any_match<R: Representation>(sets: &R, rules: &[Rule]) -> R::Set {
    rules.iter().fold(sets.empty(), |sum, rule| sets.union(&sum, &sets.of(rule)))
}

/// Returns what an ordered list lets through: the first rule that matches decides.
pub(crate) fn first_match<R: Representation>(sets: &R, rules: &[Rule]) -> R::Set {
    let (mut rest, mut passes) = (sets.full(), sets.empty());
    for rule in rules {
        let matched = sets.of(rule);
        if rule.allow {
            passes = sets.union(&passes, &sets.intersection(&rest, &matched));
        }
        rest = sets.difference(&rest, &matched);
    }
    passes
}

/// The sets of many security groups and access lists, as an engine keeps them.
pub(crate) struct Pool<R: Representation> {
    pub(crate) sets: R,
    pub(crate) groups: Vec<R::Set>,
    pub(crate) lists: Vec<R::Set>,
}

pub(crate) fn pool<R: Representation>() -> Pool<R> {
    let sets = R::new();
    let groups = (0..60).map(|seed| any_match(&sets, &rules(10, seed, false))).collect();
    let lists = (100..130).map(|seed| first_match(&sets, &rules(20, seed, true))).collect();
    Pool { sets, groups, lists }
}

/// Crosses every group with every list and joins what passes by list: 1,800 intersections and as many
/// unions, each interned. Returns how many sets there were.
pub(crate) fn cross<R: Representation>(pool: &Pool<R>) -> usize {
    let mut interned: HashMap<R::Set, usize> = HashMap::new();
    for list in &pool.lists {
        let mut sum = pool.sets.empty();
        for group in &pool.groups {
            let passes = pool.sets.intersection(group, list);
            sum = pool.sets.union(&sum, &passes);
            for set in [passes, sum.clone()] {
                let next = interned.len();
                interned.entry(set).or_insert(next);
            }
        }
    }
    interned.len()
}

/// Checks a representation against the rules themselves, so that all measure the same thing.
pub(crate) fn check<R: Representation>(by_source_port: bool, by_address: bool) {
    let sets = R::new();
    let mut numbers = Numbers(1);
    let mut rules = rules(60, 7, by_source_port);
    if !by_address {
        for rule in &mut rules {
            (rule.from, rule.to) = ((0, u32::MAX), (0, u32::MAX));
        }
    }
    let (list, group) = (first_match(&sets, &rules), any_match(&sets, &rules));
    for _ in 0..20_000 {
        let (from, to) = (numbers.block(), numbers.block());
        let protocol = match numbers.below(8) {
            0..=2 => 6,
            3 | 4 => 17,
            5 => 1,
            6 => 47,
            _ => 50,
        };
        let packet = Packet {
            from: if numbers.below(2) == 0 { from.0 } else { from.1 },
            to: if numbers.below(2) == 0 { to.0 } else { to.1 },
            protocol,
            destination_port: numbers.ports().0.wrapping_add(numbers.port() % 2),
            source_port: if protocol == 6 || protocol == 17 { numbers.ports().1 } else { 0 },
        };
        let inside = |(first, last): (u32, u32), value: u32| (first..=last).contains(&value);
        let wide = |(first, last): (u16, u16), value: u16| (first..=last).contains(&value);
        let ported = protocol == 6 || protocol == 17;
        let typed = ported || protocol == 1;
        let mut matching = rules.iter().filter(|rule| {
            inside(rule.from, packet.from)
                && inside(rule.to, packet.to)
                && (rule.protocol.0..=rule.protocol.1).contains(&protocol)
                && (!typed || wide(rule.destination_ports, packet.destination_port))
                && (!ported || wide(rule.source_ports, packet.source_port))
        });
        let first = matching.next();
        assert_eq!(sets.holds(&group, &packet), first.is_some(), "{packet:?}");
        assert_eq!(sets.holds(&list, &packet), first.is_some_and(|rule| rule.allow), "{packet:?}");
    }
}
