//! Tracks how old cached data is that stands in for a failing store.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The age of the oldest application, binding or secret used because its store could not be read.
#[derive(Debug, Default)]
pub struct Staleness {
    /// Milliseconds plus one; zero means none.
    oldest: AtomicU64,
}

impl Staleness {
    /// Records the age of a stale value that was used.
    pub fn served(&self, age: Duration) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.oldest
            .fetch_max(age.saturating_add(1), Ordering::Relaxed);
    }

    /// Returns and resets the highest age since the last call; `None` when no stale value was used.
    pub fn take(&self) -> Option<Duration> {
        let oldest = self.oldest.swap(0, Ordering::Relaxed);
        oldest.checked_sub(1).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_age_since_the_last_call_is_returned_once() {
        let staleness = Staleness::default();
        assert_eq!(staleness.take(), None);
        for seconds in [0, 12, 11] {
            staleness.served(Duration::from_secs(seconds));
        }
        assert_eq!(staleness.take(), Some(Duration::from_secs(12)));
        assert_eq!(staleness.take(), None);
        staleness.served(Duration::ZERO);
        assert_eq!(staleness.take(), Some(Duration::ZERO));
    }
}
