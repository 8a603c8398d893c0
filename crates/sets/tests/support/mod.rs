//! Which networks to try.

use std::ops::Range;

/// The range of seeds to try that the environment asks for.
pub(crate) fn asked_seeds() -> Option<Range<u64>> {
    let asked = std::env::var("CANREACH_SEEDS").ok()?;
    let (first, last) = asked.split_once("..")?;
    Some(first.parse().ok()?..last.parse().ok()?)
}
