//! Times in the tables: milliseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Rounds down; zero for times before 1970.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Rounds up, for times before which something must not end.
pub(super) fn milliseconds_not_before(time: SystemTime) -> i64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

/// The time of a number of milliseconds; `None` if it is out of range.
pub(super) fn time_of(milliseconds: i64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(milliseconds).ok()?))
}
