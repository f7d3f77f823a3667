//! Back-off between retries.

use std::time::Duration;

/// Wait before the first retry; it doubles with each one.
const FIRST: Duration = Duration::from_millis(50);

/// Wait before a retry, counted from 1.
pub(crate) fn backoff(repetition: u32) -> Duration {
    FIRST * 2_u32.saturating_pow(repetition.saturating_sub(1))
}
