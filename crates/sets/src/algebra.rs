//! What every set here can do, and functions from a line of values to sets.

use std::{cmp::Ordering, fmt, hash::Hash};

use canreach_net::{Discrete, RangeSet};

/// A Boolean algebra of sets in canonical form: equal sets are equal values.
pub trait Algebra: Clone + Eq + Hash + fmt::Debug {
    /// Returns the set that holds nothing.
    fn empty() -> Self;

    /// Returns the set that holds everything.
    fn full() -> Self;

    /// Whether the set holds nothing.
    fn is_empty(&self) -> bool;

    /// Returns what is in either set.
    #[must_use]
    fn union(&self, other: &Self) -> Self;

    /// Returns what is in both sets.
    #[must_use]
    fn intersection(&self, other: &Self) -> Self;

    /// Returns what is in `self` and not in `other`.
    #[must_use]
    fn difference(&self, other: &Self) -> Self;

    /// Returns what is not in the set.
    #[must_use]
    fn complement(&self) -> Self {
        Self::full().difference(self)
    }

    /// Returns what is in any of the sets.
    fn union_of(sets: impl IntoIterator<Item = Self>) -> Self {
        let mut sets: Vec<Self> = sets.into_iter().collect();
        // In pairs, so that many sets take few passes.
        while sets.len() > 1 {
            let pairs = sets.chunks(2).map(|pair| match pair {
                [a, b] => a.union(b),
                [a] => a.clone(),
                _ => Self::empty(),
            });
            sets = pairs.collect();
        }
        sets.pop().unwrap_or_else(Self::empty)
    }

    /// Whether nothing is in both sets.
    fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).is_empty()
    }

    /// Whether everything in `self` is in `other`.
    fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}

impl<T: Discrete + Hash> Algebra for RangeSet<T> {
    fn empty() -> Self {
        Self::EMPTY
    }

    fn full() -> Self {
        Self::all()
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn union(&self, other: &Self) -> Self {
        self.union(other)
    }

    fn intersection(&self, other: &Self) -> Self {
        self.intersection(other)
    }

    fn difference(&self, other: &Self) -> Self {
        self.difference(other)
    }
}

/// A set of pairs: for each key the set of values that stand beside it.
///
/// Two of these hold the same pairs exactly when they are equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Runs<K, V> {
    // INVARIANT: sorted, first <= last in each, disjoint, no value empty, and neighbours that touch
    // have different values.
    runs: Vec<(K, K, V)>,
}

impl<K: Discrete + Hash, V: Algebra> Runs<K, V> {
    /// Returns the pairs of a key from `first` to `last` with a value of `values`.
    #[must_use]
    pub fn of(first: K, last: K, values: V) -> Self {
        let none = first > last || values.is_empty();
        Self { runs: if none { Vec::new() } else { vec![(first, last, values)] } }
    }

    /// Returns the pairs of a key of `keys` with a value of `values`.
    #[must_use]
    pub fn product(keys: &RangeSet<K>, values: &V) -> Self {
        if values.is_empty() {
            return Self { runs: Vec::new() };
        }
        let runs = keys.ranges().map(|(first, last)| (first, last, values.clone()));
        Self { runs: runs.collect() }
    }

    /// Returns the runs, smallest key first: first and last key, and what stands beside each of them.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (K, K, &V)> + '_ {
        self.runs.iter().map(|(first, last, values)| (*first, *last, values))
    }

    /// Returns what stands beside a key.
    #[must_use]
    pub fn at(&self, key: K) -> Option<&V> {
        let after = self.runs.partition_point(|(first, _, _)| *first <= key);
        let (_, last, values) = self.runs.get(after.checked_sub(1)?)?;
        (key <= *last).then_some(values)
    }

    /// Returns the pairs with a key from `first` to `last`.
    #[must_use]
    pub fn between(&self, first: K, last: K) -> Self {
        self.intersection(&Self::of(first, last, V::full()))
    }

    /// Returns the keys that have a value.
    #[must_use]
    pub fn keys(&self) -> RangeSet<K> {
        self.runs.iter().map(|(first, last, _)| (*first, *last)).collect()
    }

    /// Adds a run behind the others, in canonical form.
    pub(crate) fn push(&mut self, first: K, last: K, values: V) {
        if values.is_empty() {
            return;
        }
        if let Some((_, end, before)) = self.runs.last_mut()
            && end.successor() == Some(first)
            && *before == values
        {
            *end = last;
            return;
        }
        self.runs.push((first, last, values));
    }

    /// Combines two of them, run by run: what stands in one of them alone stays if `left` or `right`
    /// says so, and `both` says what becomes of values that stand in both.
    fn combine(&self, other: &Self, left: bool, right: bool, both: impl Fn(&V, &V) -> V) -> Self {
        let mut result = Self { runs: Vec::with_capacity(self.runs.len().max(other.runs.len())) };
        let (mut a, mut b) = (self.iter(), other.iter());
        let (mut one, mut two) = (a.next(), b.next());
        while let (Some(x), Some(y)) = (one, two) {
            // Up to where the later of the two begins, or the earlier ends, one stands alone.
            match x.0.cmp(&y.0) {
                Ordering::Less => {
                    let end = y.0.predecessor().map_or(x.1, |before| before.min(x.1));
                    if left {
                        result.push(x.0, end, x.2.clone());
                    }
                    one = rest(x, end).or_else(|| a.next());
                }
                Ordering::Greater => {
                    let end = x.0.predecessor().map_or(y.1, |before| before.min(y.1));
                    if right {
                        result.push(y.0, end, y.2.clone());
                    }
                    two = rest(y, end).or_else(|| b.next());
                }
                Ordering::Equal => {
                    let end = x.1.min(y.1);
                    result.push(x.0, end, both(x.2, y.2));
                    one = rest(x, end).or_else(|| a.next());
                    two = rest(y, end).or_else(|| b.next());
                }
            }
        }
        for (first, last, values) in one.into_iter().chain(a).filter(|_| left) {
            result.push(first, last, values.clone());
        }
        for (first, last, values) in two.into_iter().chain(b).filter(|_| right) {
            result.push(first, last, values.clone());
        }
        result
    }
}

/// Returns what of a run lies behind `end`.
fn rest<K: Discrete, V>((_, last, values): (K, K, V), end: K) -> Option<(K, K, V)> {
    let first = end.successor()?;
    (first <= last).then_some((first, last, values))
}

impl<K: Discrete + Hash, V: Algebra> Algebra for Runs<K, V> {
    fn empty() -> Self {
        Self { runs: Vec::new() }
    }

    fn full() -> Self {
        Self::of(K::FIRST, K::LAST, V::full())
    }

    fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn union(&self, other: &Self) -> Self {
        if other.is_empty() || self == other {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        self.combine(other, true, true, V::union)
    }

    fn intersection(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return Self::empty();
        }
        if self == other {
            return self.clone();
        }
        self.combine(other, false, false, V::intersection)
    }

    fn difference(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        if self == other {
            return Self::empty();
        }
        self.combine(other, true, false, V::difference)
    }
}

/// Builds the set of all pairs in the given runs, which may come in any order and overlap.
impl<K: Discrete + Hash, V: Algebra> FromIterator<(K, K, V)> for Runs<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, K, V)>>(runs: I) -> Self {
        let mut sum = Self::empty();
        let mut apart = Vec::new();
        for (first, last, values) in runs {
            // Runs mostly come in order, and then each is only put behind the others.
            if sum.runs.last().is_none_or(|(_, end, _)| *end < first) && first <= last {
                sum.push(first, last, values);
            } else {
                apart.push(Self::of(first, last, values));
            }
        }
        if apart.is_empty() { sum } else { sum.union(&Self::union_of(apart)) }
    }
}

impl<K: Discrete + Hash, V: Algebra> fmt::Debug for Runs<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.iter().map(|(first, last, values)| (first..=last, values));
        f.debug_map().entries(entries).finish()
    }
}
