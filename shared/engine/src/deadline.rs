//! A point in time by which work must be done.

use std::time::Duration;

use tokio::time::Instant;

/// An absolute deadline, passed down and never recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline `budget` after `start`.
    pub fn after(start: Instant, budget: Duration) -> Self {
        Self(start + budget)
    }

    /// The earlier of this deadline and `limit` from now.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        Self(self.0.min(Instant::now() + limit))
    }

    /// Time left, or zero once the deadline has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The instant itself, for `tokio::time::timeout_at`.
    pub fn instant(self) -> Instant {
        self.0
    }
}
