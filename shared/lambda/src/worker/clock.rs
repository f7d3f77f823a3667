//! The time budget of an invocation.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Time reserved for the response: if it is late, messages are delivered again.
const RESERVE: Duration = Duration::from_millis(500);
/// Maximum timeout of a Lambda function. A deadline beyond it, or in the past, comes from an emulator: `cargo lambda
/// watch` passes the time left instead of the deadline.
const LONGEST: Duration = Duration::from_mins(15);

/// When an invocation began and when it must be over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    began: SystemTime,
    received: Instant,
    end: Instant,
}

impl Clock {
    /// Starts an invocation that Lambda ends at its deadline.
    pub(crate) fn start(now: SystemTime, deadline: SystemTime) -> Self {
        let received = Instant::now();
        let budget = deadline.duration_since(now).unwrap_or(LONGEST);
        Self {
            began: now,
            received,
            end: received + budget.min(LONGEST).saturating_sub(RESERVE),
        }
    }

    /// The wall clock.
    pub(super) fn now(&self) -> SystemTime {
        self.began + self.received.elapsed()
    }

    /// When all work must be done, with time left to respond.
    pub(super) fn end(&self) -> Instant {
        self.end
    }

    /// Time left until [`end`](Self::end).
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_no_lambda_sets_is_none() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_446_272);
        let left = |deadline| Clock::start(now, deadline).left() + RESERVE;
        let in_time = now + Duration::from_secs(30);
        assert_eq!(left(in_time), Duration::from_secs(30));
        for deadline in [
            SystemTime::UNIX_EPOCH + Duration::from_mins(10),
            now + Duration::from_hours(24 * 365),
        ] {
            assert_eq!(left(deadline), LONGEST);
        }
    }
}
