//! How stale the things are that stand in for a store that fails.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The age of the oldest application, binding or secret that served because its store could not be read.
#[derive(Debug, Default)]
pub struct Staleness {
    /// In milliseconds and one more, so that zero is nothing.
    oldest: AtomicU64,
}

impl Staleness {
    /// Something of this age served.
    pub fn served(&self, age: Duration) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.oldest
            .fetch_max(age.saturating_add(1), Ordering::Relaxed);
    }

    /// The age of the oldest that served since the last call; `None` when the stores gave everything.
    pub fn take(&self) -> Option<Duration> {
        let oldest = self.oldest.swap(0, Ordering::Relaxed);
        oldest.checked_sub(1).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_since_the_last_look_is_told_once() {
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
