//! How long to wait before something is sent once more.

use std::time::Duration;

/// How long the first repetition waits; each one after it waits twice as long.
const FIRST: Duration = Duration::from_millis(50);

/// The wait before a repetition, the first of which has the number 1.
pub(crate) fn backoff(repetition: u32) -> Duration {
    FIRST * 2_u32.saturating_pow(repetition.saturating_sub(1))
}
