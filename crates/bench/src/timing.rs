//! Times: the best of several.

use std::time::{Duration, Instant};

use crate::Failure;

/// The most repetitions.
const MOST: usize = 20;
/// No repetition begins after so much time was measured.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// Returns the shortest of several times, in seconds; each call measures one.
///
/// # Errors
/// Fails when a call does.
pub(crate) fn best(mut once: impl FnMut() -> Result<Duration, Failure>) -> Result<f64, Failure> {
    let (mut best, mut total) = (Duration::MAX, Duration::ZERO);
    for _ in 0..MOST {
        let took = once()?;
        best = best.min(took);
        total += took;
        if total > LONG_ENOUGH {
            break;
        }
    }
    Ok(best.as_secs_f64())
}

/// Returns what a call returns, and how long it took.
pub(crate) fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = call();
    let took = start.elapsed();
    (result, took)
}
