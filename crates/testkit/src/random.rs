//! Reproducible random numbers.

/// A stream of random numbers that a seed determines, today and in every later version: a failing
/// case is reproduced by its seed alone (splitmix64).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Returns the stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from `first` to `last`, both included.
    pub fn between(&mut self, first: u16, last: u16) -> u16 {
        let width = u64::from(last.saturating_sub(first)) + 1;
        let offset = u16::try_from(self.next() % width).unwrap_or(0);
        first.saturating_add(offset)
    }

    /// Returns true in so many cases of a hundred.
    pub fn chance(&mut self, percent: u16) -> bool {
        self.between(1, 100) <= percent
    }

    /// Returns one of several.
    ///
    /// # Panics
    /// When there is none.
    #[expect(clippy::indexing_slicing, reason = "for tests; the position is below the length")]
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let last = u16::try_from(from.len().saturating_sub(1)).unwrap_or(u16::MAX);
        from[usize::from(self.between(0, last))].clone()
    }

    /// Returns one of several, or nothing where there is none.
    pub fn pick_any<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(self.pick(from)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_stream() {
        // The published first outputs of splitmix64 with seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_value_between_comes() {
        let mut random = Random::new(0);
        let mut seen: Vec<u16> = (0..100).map(|_| random.between(3, 6)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 4, 5, 6]);
        assert_eq!(random.between(4, 4), 4);
    }
}
