//! What set operations cost in decision diagrams, with the rules of `../sets`:
//! `cargo bench --manifest-path crates/sets/benches/diagrams/Cargo.toml`.
//!
//! A diagram has a variable for each bit of a field, the highest first; addresses, protocol, destination
//! port, source port. OxiDD keeps every node once and remembers results, so equality is a comparison of
//! numbers; what it remembers is dropped between the runs that are timed. In biodivine each set is
//! an array of its own.

use biodivine_lib_bdd::{Bdd, BddValuation, BddVariable, BddVariableSet};
use divan::{Bencher, black_box};
use oxidd::bdd::{BDDFunction, BDDManagerRef};
use oxidd::{BooleanFunction, Manager, ManagerRef};

#[path = "../sets/workload.rs"]
mod workload;

use workload::{Packet, Representation, Rule, any_match, check, cross, first_match, pool, rules};

/// First bit and width of each field.
const FIELDS: [(u16, u16); 5] = [(0, 32), (32, 32), (64, 8), (72, 16), (88, 16)];
const BITS: u16 = 104;

/// What a library of diagrams can do.
trait Diagrams {
    type Set: Clone;

    fn constant(&self, value: bool) -> Self::Set;
    fn bit(&self, at: u16, value: bool) -> Self::Set;
    fn and(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    fn or(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;

    /// The values of a field up to a bound, or from it on.
    fn bounded(&self, field: usize, bound: u32, up_to: bool) -> Self::Set {
        let (begin, width) = FIELDS[field];
        let mut set = self.constant(true);
        for at in (0..width).rev() {
            let one = bound >> (width - 1 - at) & 1 == 1;
            let other = self.bit(begin + at, !up_to);
            let same = self.bit(begin + at, one);
            set = if one == up_to {
                // The bit may differ, and then everything behind it is free.
                self.or(&other, &set)
            } else {
                self.and(&same, &set)
            };
        }
        set
    }

    fn range(&self, field: usize, first: u32, last: u32) -> Self::Set {
        let (_, width) = FIELDS[field];
        if first == 0 && u64::from(last) + 1 == 1 << width {
            return self.constant(true);
        }
        self.and(&self.bounded(field, first, false), &self.bounded(field, last, true))
    }

    fn of_rule(&self, rule: &Rule, addresses: bool) -> Self::Set {
        let wide = |(first, last): (u16, u16)| (u32::from(first), u32::from(last));
        let protocol = (u32::from(rule.protocol.0), u32::from(rule.protocol.1));
        let fields =
            [rule.from, rule.to, protocol, wide(rule.destination_ports), wide(rule.source_ports)];
        let used = fields.into_iter().enumerate().skip(if addresses { 0 } else { 2 });
        used.fold(self.constant(true), |set, (field, (first, last))| {
            self.and(&set, &self.range(field, first, last))
        })
    }
}

fn bits(packet: &Packet) -> Vec<bool> {
    let values = [
        packet.from,
        packet.to,
        packet.protocol.into(),
        packet.destination_port.into(),
        packet.source_port.into(),
    ];
    let bits = FIELDS.into_iter().zip(values);
    bits.flat_map(|((_, width), value)| (0..width).rev().map(move |at| value >> at & 1 == 1))
        .collect()
}

struct OxiDd<const ADDRESSES: bool> {
    manager: BDDManagerRef,
    bits: Vec<[BDDFunction; 2]>,
}

impl<const ADDRESSES: bool> Diagrams for OxiDd<ADDRESSES> {
    type Set = BDDFunction;

    fn constant(&self, value: bool) -> BDDFunction {
        self.manager.with_manager_shared(|manager| {
            if value { BDDFunction::t(manager) } else { BDDFunction::f(manager) }
        })
    }

    fn bit(&self, at: u16, value: bool) -> BDDFunction {
        self.bits[usize::from(at)][usize::from(value)].clone()
    }

    fn and(&self, a: &BDDFunction, b: &BDDFunction) -> BDDFunction {
        a.and(b).unwrap()
    }

    fn or(&self, a: &BDDFunction, b: &BDDFunction) -> BDDFunction {
        a.or(b).unwrap()
    }
}

impl<const ADDRESSES: bool> Representation for OxiDd<ADDRESSES> {
    type Set = BDDFunction;

    fn new() -> Self {
        let manager = oxidd::bdd::new_manager(1 << 21, 1 << 18, 1);
        let bits = manager.with_manager_exclusive(|manager| {
            manager.add_vars(BITS.into());
            (0..BITS)
                .map(|at| {
                    let one = BDDFunction::var(manager, at.into()).unwrap();
                    let zero = BDDFunction::not_var(manager, at.into()).unwrap();
                    [zero, one]
                })
                .collect()
        });
        Self { manager, bits }
    }

    fn empty(&self) -> BDDFunction {
        self.constant(false)
    }

    fn full(&self) -> BDDFunction {
        self.constant(true)
    }

    fn of(&self, rule: &Rule) -> BDDFunction {
        self.of_rule(rule, ADDRESSES)
    }

    fn union(&self, a: &BDDFunction, b: &BDDFunction) -> BDDFunction {
        a.or(b).unwrap()
    }

    fn intersection(&self, a: &BDDFunction, b: &BDDFunction) -> BDDFunction {
        a.and(b).unwrap()
    }

    fn difference(&self, a: &BDDFunction, b: &BDDFunction) -> BDDFunction {
        b.imp_strict(a).unwrap()
    }

    fn holds(&self, set: &BDDFunction, packet: &Packet) -> bool {
        set.eval((0..).zip(bits(packet)))
    }
}

struct Biodivine<const ADDRESSES: bool> {
    variables: BddVariableSet,
    bits: Vec<BddVariable>,
}

impl<const ADDRESSES: bool> Diagrams for Biodivine<ADDRESSES> {
    type Set = Bdd;

    fn constant(&self, value: bool) -> Bdd {
        if value { self.variables.mk_true() } else { self.variables.mk_false() }
    }

    fn bit(&self, at: u16, value: bool) -> Bdd {
        self.variables.mk_literal(self.bits[usize::from(at)], value)
    }

    fn and(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.and(b)
    }

    fn or(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.or(b)
    }
}

impl<const ADDRESSES: bool> Representation for Biodivine<ADDRESSES> {
    type Set = Bdd;

    fn new() -> Self {
        let variables = BddVariableSet::new_anonymous(BITS);
        let bits = variables.variables();
        Self { variables, bits }
    }

    fn empty(&self) -> Bdd {
        self.constant(false)
    }

    fn full(&self) -> Bdd {
        self.constant(true)
    }

    fn of(&self, rule: &Rule) -> Bdd {
        self.of_rule(rule, ADDRESSES)
    }

    fn union(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.or(b)
    }

    fn intersection(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.and(b)
    }

    fn difference(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.and_not(b)
    }

    fn holds(&self, set: &Bdd, packet: &Packet) -> bool {
        set.eval_in(&BddValuation::new(bits(packet)))
    }
}

fn main() {
    check::<OxiDd<false>>(true, false);
    check::<OxiDd<true>>(true, true);
    check::<Biodivine<false>>(true, false);
    check::<Biodivine<true>>(true, true);
    divan::main();
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_size = 1)]
fn security_group_of_10<R: Representation>(bencher: Bencher) {
    let rules = rules(10, 1, false);
    bencher.with_inputs(R::new).bench_local_refs(|sets| any_match(sets, black_box(&rules)));
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_size = 1)]
fn acl_of_20<R: Representation>(bencher: Bencher) {
    let rules = rules(20, 2, true);
    bencher.with_inputs(R::new).bench_local_refs(|sets| first_match(sets, black_box(&rules)));
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_count = 10, sample_size = 1)]
fn list_of_1000<R: Representation>(bencher: Bencher) {
    let rules = rules(1000, 3, true);
    bencher.with_inputs(R::new).bench_local_refs(|sets| first_match(sets, black_box(&rules)));
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_size = 1)]
fn group_and_acl_meet<R: Representation>(bencher: Bencher) {
    let inputs = || {
        let sets = R::new();
        let group = any_match(&sets, &rules(10, 1, false));
        let list = first_match(&sets, &rules(20, 2, true));
        (sets, group, list)
    };
    bencher.with_inputs(inputs).bench_local_refs(|(sets, a, b)| sets.intersection(a, b));
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_count = 10, sample_size = 1)]
fn two_lists_of_1000_meet<R: Representation>(bencher: Bencher) {
    let inputs = || {
        let sets = R::new();
        let [a, b] = [3, 4].map(|seed| first_match(&sets, &rules(1000, seed, true)));
        (sets, a, b)
    };
    bencher.with_inputs(inputs).bench_local_refs(|(sets, a, b)| sets.intersection(a, b));
}

#[divan::bench(types = [OxiDd<false>, Biodivine<false>], sample_count = 10, sample_size = 1)]
fn cross_60_groups_with_30_acls<R: Representation>(bencher: Bencher) {
    bencher.with_inputs(pool::<R>).bench_local_refs(|pool| cross(pool));
}

#[divan::bench(types = [OxiDd<true>, Biodivine<true>], sample_count = 20, sample_size = 1)]
fn with_addresses_acl_of_20<R: Representation>(bencher: Bencher) {
    let rules = rules(20, 2, true);
    bencher.with_inputs(R::new).bench_local_refs(|sets| first_match(sets, black_box(&rules)));
}

#[divan::bench(types = [OxiDd<true>, Biodivine<true>], sample_count = 3, sample_size = 1)]
fn with_addresses_list_of_200<R: Representation>(bencher: Bencher) {
    let rules = rules(200, 3, true);
    bencher.with_inputs(R::new).bench_local_refs(|sets| first_match(sets, black_box(&rules)));
}

#[divan::bench(types = [OxiDd<true>, Biodivine<true>], sample_count = 2, sample_size = 1)]
fn with_addresses_list_of_1000<R: Representation>(bencher: Bencher) {
    let rules = rules(1000, 3, true);
    bencher.with_inputs(R::new).bench_local_refs(|sets| first_match(sets, black_box(&rules)));
}
