//! The only constructors of Z3 terms for header fields.
//!
//! Z3 stops the program where two widths differ and quietly shortens a number that is too wide. Here
//! each kind of field is a type of its own, made only from Rust integers of its width, so neither
//! can be written down. Conjunction and disjunction drop what is decided already, so that formulas
//! stay small.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use canreach_net::{AddressRange, AddressSet, Family, RangeSet};
use z3::{
    Model,
    ast::{BV, Bool},
};

/// Returns the formula that is always, or never, true.
pub(crate) fn constant(value: bool) -> Bool {
    Bool::from_bool(value)
}

/// Returns a formula that is true iff every part is.
pub(crate) fn all(parts: impl IntoIterator<Item = Bool>) -> Bool {
    let mut open = Vec::new();
    for part in parts {
        match part.as_bool() {
            Some(true) => {}
            Some(false) => return part,
            None => open.push(part),
        }
    }
    match open.as_slice() {
        [] => constant(true),
        [only] => only.clone(),
        _ => Bool::and(&open),
    }
}

/// Returns a formula that is true iff some part is.
pub(crate) fn any(parts: impl IntoIterator<Item = Bool>) -> Bool {
    let mut open = Vec::new();
    for part in parts {
        match part.as_bool() {
            Some(false) => {}
            Some(true) => return part,
            None => open.push(part),
        }
    }
    match open.as_slice() {
        [] => constant(false),
        [only] => only.clone(),
        _ => Bool::or(&open),
    }
}

/// Returns a formula that is true iff `part` is not.
pub(crate) fn not(part: &Bool) -> Bool {
    part.as_bool().map_or_else(|| part.not(), |value| constant(!value))
}

/// Returns a formula that has the value of `then` where `condition` is true, and of `otherwise` elsewhere.
pub(crate) fn choose(condition: &Bool, then: Bool, otherwise: Bool) -> Bool {
    match (condition.as_bool(), then.as_bool(), otherwise.as_bool()) {
        (Some(true), _, _) => then,
        (Some(false), _, _) => otherwise,
        (None, Some(true), _) => any([condition.clone(), otherwise]),
        (None, Some(false), _) => all([not(condition), otherwise]),
        (None, None, Some(true)) => any([not(condition), then]),
        (None, None, Some(false)) => all([condition.clone(), then]),
        (None, None, None) => condition.ite(&then, &otherwise),
    }
}

/// Returns a formula that is true iff `part` has the value `value`.
pub(crate) fn equals(part: &Bool, value: bool) -> Bool {
    if value { part.clone() } else { not(part) }
}

/// Whether a formula is true in a model.
pub(crate) fn holds(model: &Model, formula: &Bool) -> bool {
    model.eval(formula, true).and_then(|value| value.as_bool()).unwrap_or(false)
}

/// A term of 8 bits: a protocol, an ICMP type or code.
#[derive(Clone, Debug)]
pub(crate) struct Byte(BV);

impl Byte {
    const WIDTH: u32 = 8;

    /// Returns the variable of that name.
    pub(crate) fn variable(name: &str) -> Self {
        Self(BV::new_const(name, Self::WIDTH))
    }

    /// Returns a number.
    pub(crate) fn constant(value: u8) -> Self {
        Self(numeral(value.into(), Self::WIDTH))
    }

    /// Returns a term that is `then` where `condition` is true, and `self` elsewhere.
    pub(crate) fn unless(&self, condition: &Bool, then: &Self) -> Self {
        Self(condition.ite(&then.0, &self.0))
    }

    /// Returns a formula that is true iff the term is `value`.
    pub(crate) fn is(&self, value: u8) -> Bool {
        within(&self.0, Self::WIDTH, value.into(), value.into())
    }

    /// Returns a formula that is true iff the term is in `set`.
    pub(crate) fn is_in(&self, set: &RangeSet<u8>) -> Bool {
        let range =
            |(first, last): (u8, u8)| within(&self.0, Self::WIDTH, first.into(), last.into());
        any(set.ranges().map(range))
    }

    /// Returns the value in a model.
    pub(crate) fn read(&self, model: &Model) -> Option<u8> {
        u8::try_from(model.eval(&self.0, true)?.as_u64()?).ok()
    }
}

/// A term of 16 bits: a port.
#[derive(Clone, Debug)]
pub(crate) struct Port(BV);

impl Port {
    const WIDTH: u32 = 16;

    /// Returns the variable of that name.
    pub(crate) fn variable(name: &str) -> Self {
        Self(BV::new_const(name, Self::WIDTH))
    }

    /// Returns a number.
    pub(crate) fn constant(value: u16) -> Self {
        Self(numeral(value.into(), Self::WIDTH))
    }

    /// Returns a term that is greater by `shift`, counted around the end of the range.
    pub(crate) fn shifted(&self, shift: i32) -> Self {
        // The remainder is never negative and below 2¹⁶.
        match u16::try_from(shift.rem_euclid(1 << 16)) {
            Ok(0) | Err(_) => self.clone(),
            Ok(shift) => Self(self.0.bvadd(numeral(shift.into(), Self::WIDTH))),
        }
    }

    /// Returns a formula that is true iff both terms are one port.
    pub(crate) fn same(&self, other: &Self) -> Bool {
        self.0.eq(&other.0)
    }

    /// Returns a formula that is true iff the term is `value`.
    pub(crate) fn is(&self, value: u16) -> Bool {
        within(&self.0, Self::WIDTH, value.into(), value.into())
    }

    /// Returns a formula that is true iff the term is in `set`.
    pub(crate) fn is_in(&self, set: &RangeSet<u16>) -> Bool {
        let range =
            |(first, last): (u16, u16)| within(&self.0, Self::WIDTH, first.into(), last.into());
        any(set.ranges().map(range))
    }

    /// Returns the value in a model.
    pub(crate) fn read(&self, model: &Model) -> Option<u16> {
        u16::try_from(model.eval(&self.0, true)?.as_u64()?).ok()
    }
}

/// A term of 32 or 128 bits: an address of one family.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    // INVARIANT: `bits` has the width of `family`.
    family: Family,
    bits: BV,
}

impl Address {
    /// Returns the variable of that name.
    pub(crate) fn variable(name: &str, family: Family) -> Self {
        Self { family, bits: BV::new_const(name, width(family)) }
    }

    /// Returns an address.
    pub(crate) fn constant(address: IpAddr) -> Self {
        let family = Family::of(address);
        Self { family, bits: numeral(bits(address), width(family)) }
    }

    /// Returns the address family.
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// Returns a formula that is true iff both terms are one address.
    pub(crate) fn same(&self, other: &Self) -> Bool {
        if self.family == other.family { self.bits.eq(&other.bits) } else { constant(false) }
    }

    /// Returns a formula that is true iff the term is `address`.
    pub(crate) fn is(&self, address: IpAddr) -> Bool {
        self.is_within(address.into())
    }

    /// Returns a formula that is true iff the term is in `range`.
    pub(crate) fn is_within(&self, range: AddressRange) -> Bool {
        if Family::of(range.first()) == self.family {
            within(&self.bits, width(self.family), bits(range.first()), bits(range.last()))
        } else {
            constant(false)
        }
    }

    /// Returns a formula that is true iff the term is in `set`.
    pub(crate) fn is_in(&self, set: &AddressSet) -> Bool {
        any(set.ranges().map(|range| self.is_within(range)))
    }

    /// Returns the value in a model.
    pub(crate) fn read(&self, model: &Model) -> Option<IpAddr> {
        let part = |high, low| model.eval(&self.bits.extract(high, low), true)?.as_u64();
        match self.family {
            Family::V4 => Some(Ipv4Addr::from_bits(u32::try_from(part(31, 0)?).ok()?).into()),
            // Z3 reads numbers back only up to 64 bits.
            Family::V6 => {
                let bits = u128::from(part(127, 64)?) << 64 | u128::from(part(63, 0)?);
                Some(Ipv6Addr::from_bits(bits).into())
            }
        }
    }
}

fn width(family: Family) -> u32 {
    match family {
        Family::V4 => 32,
        Family::V6 => 128,
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Returns a number of `width` bits; callers pass only values that fit.
fn numeral(value: u128, width: u32) -> BV {
    let half = |value: u128| u64::try_from(value & u128::from(u64::MAX)).unwrap_or_default();
    match width.checked_sub(64) {
        None | Some(0) => BV::from_u64(half(value), width),
        Some(above) => {
            let high = BV::from_u64(half(value >> 64), above);
            z3::ast::Ast::simplify(&high.concat(BV::from_u64(half(value), 64)))
        }
    }
}

/// Returns a formula that is true iff `first <= bits <= last`, as numbers without a sign.
///
/// A range that is a prefix becomes an equality of the leading bits, which the solver decides by
/// propagation alone.
fn within(bits: &BV, width: u32, first: u128, last: u128) -> Bool {
    let largest = u128::MAX >> (128 - width);
    let differing = first ^ last;
    let is_prefix = differing & differing.wrapping_add(1) == 0 && first & differing == 0;
    if first > last {
        constant(false)
    } else if first == 0 && last == largest {
        constant(true)
    } else if is_prefix {
        let free = differing.count_ones();
        bits.extract(width - 1, free).eq(numeral(first >> free, width - free))
    } else {
        let from = if first == 0 { constant(true) } else { bits.bvuge(numeral(first, width)) };
        let to = if last == largest { constant(true) } else { bits.bvule(numeral(last, width)) };
        all([from, to])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use z3::{SatResult, Solver};

    /// Whether a formula is true for some values of its variables.
    fn is_true(formula: &Bool) -> bool {
        let solver = Solver::new();
        solver.assert(formula);
        solver.check() == SatResult::Sat
    }

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn the_ends_of_every_range_are_inside_and_their_neighbours_outside() {
        let set = RangeSet::range(5_u8, 250);
        for (value, inside) in [(4, false), (5, true), (250, true), (251, false)] {
            assert_eq!(is_true(&Byte::constant(value).is_in(&set)), inside, "{value}");
        }
        let v6 = range("2001:db8::5-2001:db9::");
        for (text, inside) in [
            ("2001:db8::4", false),
            ("2001:db8::5", true),
            ("2001:db9::", true),
            ("2001:db9::1", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(
                is_true(&Address::constant(text.parse().unwrap()).is_within(v6)),
                inside,
                "{text}"
            );
        }
    }

    #[test]
    fn a_choice_is_one_or_the_other_whatever_is_known_of_its_parts() {
        let names = ["condition", "then", "otherwise"];
        let variables = names.map(Bool::new_const);
        let known = |of: &Bool| [constant(true), constant(false), of.clone()];
        let [conditions, thens, others] = variables.each_ref().map(known);
        for condition in &conditions {
            for then in &thens {
                for otherwise in &others {
                    let chosen = choose(condition, then.clone(), otherwise.clone());
                    let asked = condition.ite(then, otherwise);
                    assert!(!is_true(&chosen.xor(&asked)), "{condition} {then} {otherwise}");
                }
            }
        }
    }

    #[test]
    fn addresses_of_two_families_are_never_the_same() {
        let v4 = Address::constant("0.0.0.1".parse().unwrap());
        let v6 = Address::constant("::1".parse().unwrap());
        assert_eq!(v4.same(&v6).as_bool(), Some(false));
        assert_eq!(v4.is_within(range("::/0")).as_bool(), Some(false));
    }

    #[test]
    fn a_wide_address_is_read_back_whole() {
        let address: IpAddr = "2001:db8:1234:5678:9abc:def0:fedc:ba98".parse().unwrap();
        let variable = Address::variable("x", Family::V6);
        let solver = Solver::new();
        solver.assert(variable.is(address));
        assert_eq!(solver.check(), SatResult::Sat);
        assert_eq!(variable.read(&solver.get_model().unwrap()), Some(address));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_port_is_in_a_range_as_integers_are(port: u16, first: u16, last: u16, shift in -70_000..70_000_i32) {
            let set = RangeSet::range(first, last);
            prop_assert_eq!(is_true(&Port::constant(port).is_in(&set)), set.contains(port));
            let shifted = (i32::from(port) + shift).rem_euclid(65536);
            prop_assert!(is_true(&Port::constant(port).shifted(shift).is(u16::try_from(shifted).unwrap())));
        }

        #[test]
        fn an_address_is_in_a_range_as_integers_are(bits: u32, first: u32, length in 0..=32_u8, last: u32) {
            let v4 = |bits| IpAddr::from(Ipv4Addr::from_bits(bits));
            let prefix = canreach_net::IpNet::new(v4(first), length).unwrap().trunc();
            let term = Address::constant(v4(bits));
            prop_assert_eq!(is_true(&term.is_within(prefix.into())), prefix.contains(&v4(bits)));
            if let Some(range) = AddressRange::new(v4(first), v4(last)) {
                prop_assert_eq!(is_true(&term.is_within(range)), range.contains(v4(bits)));
            }
        }
    }
}
