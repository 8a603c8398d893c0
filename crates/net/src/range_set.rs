//! Canonical sets of discrete values, as sorted ranges that neither touch nor overlap.

use std::fmt;

use smallvec::SmallVec;

/// A totally ordered type in which every value but the last has one successor.
pub trait Discrete: Copy + Ord + fmt::Debug {
    /// The smallest value.
    const FIRST: Self;
    /// The largest value.
    const LAST: Self;

    /// Returns the next larger value, or `None` for [`Self::LAST`].
    fn successor(self) -> Option<Self>;

    /// Returns the next smaller value, or `None` for [`Self::FIRST`].
    fn predecessor(self) -> Option<Self>;
}

macro_rules! discrete {
    ($($integer:ty),+) => {$(
        impl Discrete for $integer {
            const FIRST: Self = <$integer>::MIN;
            const LAST: Self = <$integer>::MAX;

            fn successor(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn predecessor(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )+};
}

discrete!(u8, u16, u32, u128);

/// A set of discrete values.
///
/// Two sets hold the same values exactly when they are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RangeSet<T> {
    // INVARIANT: sorted, first <= last in each, and a gap of at least one value between neighbours.
    // Most sets are one range, above all "everything", which so needs no allocation.
    ranges: Ranges<T>,
}

type Ranges<T> = SmallVec<[(T, T); 1]>;

impl<T: Discrete> RangeSet<T> {
    /// The set without values.
    pub const EMPTY: Self = Self { ranges: SmallVec::new_const() };

    /// Returns the set of all values.
    #[must_use]
    pub fn all() -> Self {
        Self::range(T::FIRST, T::LAST)
    }

    /// Returns the set of one value.
    #[must_use]
    pub fn single(value: T) -> Self {
        Self::range(value, value)
    }

    /// Returns the values from `first` to `last`, both included; none when `first > last`.
    #[must_use]
    pub fn range(first: T, last: T) -> Self {
        if first <= last { Self { ranges: Ranges::from_buf([(first, last)]) } } else { Self::EMPTY }
    }

    /// Whether the set holds no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the set holds every value.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self.ranges.as_slice(), [(first, last)] if *first == T::FIRST && *last == T::LAST)
    }

    /// Whether the set holds `value`.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= value);
        after
            .checked_sub(1)
            .and_then(|at| self.ranges.get(at))
            .is_some_and(|(_, last)| value <= *last)
    }

    /// Returns the ranges, smallest first; each is `(first, last)`, both included.
    #[must_use]
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = (T, T)> + '_ {
        self.ranges.iter().copied()
    }

    /// Returns the smallest value.
    #[must_use]
    pub fn first(&self) -> Option<T> {
        self.ranges.first().map(|(first, _)| *first)
    }

    /// Returns the largest value.
    #[must_use]
    pub fn last(&self) -> Option<T> {
        self.ranges.last().map(|(_, last)| *last)
    }

    /// Returns the values in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self == other || other.is_empty() || self.is_all() {
            return self.clone();
        }
        if self.is_empty() || other.is_all() {
            return other.clone();
        }
        let mut union = Self { ranges: Ranges::with_capacity(self.ranges.len()) };
        let (mut left, mut right) = (self.ranges().peekable(), other.ranges().peekable());
        loop {
            let from_left = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a <= b,
                (next, _) => next.is_some(),
            };
            let Some((first, last)) = (if from_left { left.next() } else { right.next() }) else {
                return union;
            };
            union.push(first, last);
        }
    }

    /// Returns the values in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self == other || self.is_empty() || other.is_all() {
            return self.clone();
        }
        if other.is_empty() || self.is_all() {
            return other.clone();
        }
        match (self.ranges.as_slice(), other.ranges.as_slice()) {
            (_, [range]) => return self.inside(*range),
            ([range], _) => return other.inside(*range),
            _ => {}
        }
        let mut ranges = Ranges::new();
        let (mut left, mut right) = (self.ranges(), other.ranges());
        let (mut a, mut b) = (left.next(), right.next());
        while let (Some((a_first, a_last)), Some((b_first, b_last))) = (a, b) {
            let (first, last) = (a_first.max(b_first), a_last.min(b_last));
            if first <= last {
                ranges.push((first, last));
            }
            if a_last < b_last {
                a = left.next();
            } else {
                b = right.next();
            }
        }
        Self { ranges }
    }

    /// Returns the values of the set in one range.
    fn inside(&self, (first, last): (T, T)) -> Self {
        let from = self.ranges.partition_point(|(_, end)| *end < first);
        let here = self.ranges.iter().skip(from).take_while(|(begin, _)| *begin <= last);
        Self { ranges: here.map(|(begin, end)| ((*begin).max(first), (*end).min(last))).collect() }
    }

    /// Returns the values of the set that are not in one range.
    fn outside(&self, (first, last): (T, T)) -> Self {
        let before = first.predecessor().map(|end| self.inside((T::FIRST, end)));
        let after = last.successor().map(|begin| self.inside((begin, T::LAST)));
        let ranges = before.into_iter().chain(after).flat_map(|part| part.ranges);
        Self { ranges: ranges.collect() }
    }

    /// Returns the values that are not in the set.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut ranges = Ranges::new();
        let mut next = Some(T::FIRST);
        for (first, last) in self.ranges() {
            if let (Some(from), Some(before)) = (next, first.predecessor())
                && from <= before
            {
                ranges.push((from, before));
            }
            next = last.successor();
        }
        if let Some(from) = next {
            ranges.push((from, T::LAST));
        }
        Self { ranges }
    }

    /// Returns the values in `self` that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        if self == other || other.is_all() {
            return Self::EMPTY;
        }
        if let [range] = other.ranges.as_slice() {
            return self.outside(*range);
        }
        self.intersection(&other.complement())
    }

    /// Adds a range that begins no sooner than all others, in canonical form.
    fn push(&mut self, first: T, last: T) {
        match self.ranges.last_mut() {
            // Touching ranges merge: without that, equal sets could be unequal values.
            Some((_, end)) if end.successor().is_none_or(|after| first <= after) => {
                *end = (*end).max(last);
            }
            _ => self.ranges.push((first, last)),
        }
    }

    /// Whether no value is in both sets.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).is_empty()
    }

    /// Whether every value of `self` is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}

/// Builds the set of all values in the given ranges, which may come in any order and overlap.
impl<T: Discrete> FromIterator<(T, T)> for RangeSet<T> {
    fn from_iter<I: IntoIterator<Item = (T, T)>>(ranges: I) -> Self {
        let mut sorted: Ranges<T> =
            ranges.into_iter().filter(|(first, last)| first <= last).collect();
        sorted.sort_unstable();
        let mut merged = Self { ranges: Ranges::with_capacity(sorted.len()) };
        for (first, last) in sorted {
            merged.push(first, last);
        }
        merged
    }
}

impl<T: Discrete> fmt::Debug for RangeSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ranges.iter().map(|(first, last)| *first..=*last)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set() -> impl Strategy<Value = RangeSet<u8>> {
        proptest::collection::vec((any::<u8>(), any::<u8>()), 0..6)
            .prop_map(|ranges| ranges.into_iter().collect())
    }

    /// The meaning of a set, by asking every value.
    fn members(set: &RangeSet<u8>) -> Vec<u8> {
        (0..=u8::MAX).filter(|value| set.contains(*value)).collect()
    }

    proptest! {
        #[test]
        fn operations_mean_what_they_say(a in set(), b in set()) {
            let union = a.union(&b);
            let intersection = a.intersection(&b);
            let difference = a.difference(&b);
            let complement = a.complement();
            for value in 0..=u8::MAX {
                let (in_a, in_b) = (a.contains(value), b.contains(value));
                prop_assert_eq!(union.contains(value), in_a || in_b);
                prop_assert_eq!(intersection.contains(value), in_a && in_b);
                prop_assert_eq!(difference.contains(value), in_a && !in_b);
                prop_assert_eq!(complement.contains(value), !in_a);
            }
        }

        #[test]
        fn equal_members_are_equal_values(a in set(), b in set()) {
            prop_assert_eq!(members(&a) == members(&b), a == b);
            prop_assert_eq!(a.complement().complement(), a);
        }

        #[test]
        fn results_are_canonical(a in set(), b in set()) {
            for result in [a.union(&b), a.intersection(&b), a.complement(), a.difference(&b)] {
                let ranges: Vec<_> = result.ranges().collect();
                prop_assert!(ranges.iter().all(|(first, last)| first <= last));
                let gap = |w: &[(u8, u8)]| u16::from(w[1].0) > u16::from(w[0].1) + 1;
                prop_assert!(ranges.windows(2).all(gap));
            }
        }
    }

    #[test]
    fn the_edges_of_the_type_are_values_like_others() {
        assert!(RangeSet::<u8>::all().is_all());
        assert!(RangeSet::<u8>::all().complement().is_empty());
        assert_eq!(RangeSet::single(255_u8).complement(), RangeSet::range(0, 254));
        assert_eq!(RangeSet::single(0_u8).complement(), RangeSet::range(1, 255));
        assert!(RangeSet::range(3_u8, 2).is_empty());
    }
}
