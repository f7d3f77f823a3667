//! Conversions between `SystemTime` and the milliseconds since 1970 used in stored records.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970; zero for earlier times.
pub(crate) fn milliseconds(time: SystemTime) -> u64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// The time `milliseconds` after 1970; the year 2106 when that is out of range.
pub(crate) fn time_of(milliseconds: u64) -> SystemTime {
    let whole = UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds));
    whole.unwrap_or(UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX)))
}
