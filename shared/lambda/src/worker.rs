//! The worker: processes batches of the queue, each message an attempt at a delivery.
//!
//! Lambda receives messages, passes them on in batches, and deletes those that the response does not list as failed. So
//! a message is only left out when its replacement is durable: the next attempt in the queue, or a dead letter. In all
//! other cases (no time left, a panic, an unreachable queue) it is listed and comes back after its visibility timeout.
//! Attempts may be repeated that way; receivers recognise them by `webhook-id`.
//!
//! **In a FIFO queue** the next attempt cannot be a new message, because that would go behind all others of its
//! conversation. Instead the message itself is postponed, and those behind it are released untouched. The queue then
//! counts the attempts: a message that waits behind a failing one shares its count, so that a conversation whose
//! endpoint is gone is given up as a whole, not after eight attempts for each message.

pub(crate) mod batch;
mod clock;
mod outbox;
#[cfg(test)]
mod tests;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::join_all};
use hookpoint_engine::{
    Engine,
    ports::{Leased, Settlement},
};
use tokio::time::timeout_at;

pub(crate) use self::clock::Clock;
use self::{
    batch::{BatchResponse, Message},
    outbox::Outbox,
};

/// Maximum duration of an attempt, loading included. A second attempt of a group is not started with less time left.
const ATTEMPT: Duration = Duration::from_secs(13);
/// With less time left nothing is started.
const LEAST: Duration = Duration::from_secs(1);
/// A message can be hidden until 12 hours after it was received, attempt included.
const LONGEST_WAIT: Duration = Duration::from_mins(12 * 60 - 15);
/// Maximum delay for a message that could not be attempted: 200 such waits are longer than two days.
const LONGEST_POSTPONEMENT: Duration = Duration::from_mins(15);

/// Processes batches of the queue.
pub(crate) struct Worker {
    engine: Arc<Engine>,
    outbox: Arc<dyn Outbox>,
    keeps_order: bool,
}

/// The fate of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done: Lambda may delete it.
    Over,
    /// Hidden in the queue until its next attempt.
    Postponed,
    /// Untouched.
    NotBegun,
    /// Its replacement may not be durable.
    Unconfirmed,
}

impl Worker {
    /// Creates a worker that sends settlements to an outbox.
    pub(crate) fn new(engine: Arc<Engine>, outbox: Arc<dyn Outbox>, keeps_order: bool) -> Self {
        Self {
            engine,
            outbox,
            keeps_order,
        }
    }

    /// Processes all messages at once, but those of one group in order. Lists those that must come back.
    pub(crate) async fn work(&self, messages: Vec<Message>, clock: Clock) -> BatchResponse {
        let mut groups: Vec<Vec<&Message>> = Vec::new();
        for message in &messages {
            let is_its = |group: &&mut Vec<&Message>| {
                let first = group.first();
                first.is_some_and(|first| first.is_in_group_of(message))
            };
            let group = groups.iter_mut().filter(|_| self.keeps_order).find(is_its);
            match group {
                Some(group) => group.push(message),
                None => groups.push(vec![message]),
            }
        }
        let groups = groups.iter().map(|group| self.process_group(group, clock));
        let failed = join_all(groups).await.into_iter().flatten();
        BatchResponse::new(failed.map(|message| message.id.clone()))
    }

    /// Processes messages in order, up to the first that must come back. Returns that one and those behind it.
    async fn process_group<'a>(&self, group: &[&'a Message], clock: Clock) -> Vec<&'a Message> {
        for (index, message) in group.iter().enumerate() {
            let room = if index == 0 { LEAST } else { ATTEMPT };
            let outcome = if clock.left() < room {
                Outcome::NotBegun
            } else {
                self.process(message, clock).await
            };
            let untouched = match outcome {
                Outcome::Over => continue,
                Outcome::Postponed => index + 1,
                Outcome::NotBegun => index,
                // They all come back together, after the visibility timeout.
                Outcome::Unconfirmed => group.len(),
            };
            self.release(&group[untouched..], clock).await;
            return group[index..].to_vec();
        }
        Vec::new()
    }

    async fn process(&self, message: &Message, clock: Clock) -> Outcome {
        let leased = message.lease(self.keeps_order);
        let job = leased.job.as_ref().ok();
        let correlation_id = job.map(|job| job.correlation_id.as_str());
        let attempt = self.deliver(message, &leased, clock);
        match timeout_at(clock.end(), AssertUnwindSafe(attempt).catch_unwind()).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => {
                tracing::error!(
                    %message.id, correlation.id = correlation_id,
                    "the worker panicked; the message comes back"
                );
                Outcome::Unconfirmed
            }
            Err(_) => {
                tracing::error!(
                    %message.id, correlation.id = correlation_id,
                    "the delivery did not finish before the function's deadline; the message comes back"
                );
                Outcome::Unconfirmed
            }
        }
    }

    async fn deliver(&self, message: &Message, leased: &Leased, clock: Clock) -> Outcome {
        let settlement = self.engine.handle_message(leased, clock.now()).await;
        let handed_over = match &settlement {
            Settlement::Done => return Outcome::Over,
            Settlement::Retry(next) if self.keeps_order => {
                let mut wait = next.wait(clock.now());
                if leased
                    .job
                    .as_ref()
                    .is_ok_and(|job| job.attempt == next.attempt)
                {
                    wait = longer(wait, message.received());
                }
                let wait = wait.min(LONGEST_WAIT);
                let postponed = self.outbox.postpone(&leased.receipt, wait).await;
                postponed.map(|()| Outcome::Postponed)
            }
            Settlement::Postponed(wait) if self.keeps_order => {
                let wait = longer(*wait, message.received());
                let postponed = self.outbox.postpone(&leased.receipt, wait).await;
                postponed.map(|()| Outcome::Postponed)
            }
            settlement => {
                let sent = self.outbox.hand_over(leased, settlement, clock.now());
                sent.await.map(|()| Outcome::Over)
            }
        };
        handed_over.unwrap_or_else(|error| {
            tracing::error!(%message.id, correlation.id = leased.job.as_ref().ok().map(|job| job.correlation_id.as_str()), %error, "failed to settle a delivery; the message comes back");
            Outcome::Unconfirmed
        })
    }

    /// Makes untouched messages visible again before their visibility timeout ends.
    async fn release(&self, messages: &[&Message], clock: Clock) {
        let release = messages.iter().map(|message| async {
            if let Err(error) = self.outbox.postpone(&message.receipt, Duration::ZERO).await {
                tracing::warn!(%message.id, %error, "failed to release a message; it comes back late");
            }
        });
        if timeout_at(clock.end(), join_all(release)).await.is_err() {
            tracing::warn!(
                messages = messages.len(),
                "timeout while releasing messages; they come back late"
            );
        }
    }
}

/// How long to postpone a message that could not be attempted, given how often it was received. The queue counts that,
/// and gives it up in the end.
fn longer(wait: Duration, received: u32) -> Duration {
    wait.saturating_mul(received)
        .min(wait.max(LONGEST_POSTPONEMENT))
}
