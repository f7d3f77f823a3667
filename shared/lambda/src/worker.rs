//! The worker: batches of the queue, each message an attempt at a delivery.
//!
//! Lambda takes messages from the queue, hands them over in batches, and deletes those that the answer does not name as failed. So a
//! message is answered for only when what has to take its place is durable: the next attempt in the queue, or a dead letter. Whatever
//! else happens to it (no time left, a panic, a queue that does not answer), it is named, and comes back when its visibility timeout has
//! run out. An attempt may be repeated that way; the receiver knows it by its `webhook-id`.
//!
//! **With order to keep** (a FIFO queue) the next attempt cannot be a new message, because that would stand behind all others of its
//! conversation. The message itself is put off instead, and those behind it are given back untouched. The queue then counts the attempts:
//! a message that waits behind a failing one shares its count, so that a conversation whose endpoint is gone is given up as a whole, and
//! not after eight attempts for each of its messages.

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

/// What an attempt takes at most, loading what it needs included. Without as much time, one that comes after another is not begun.
const ATTEMPT: Duration = Duration::from_secs(13);
/// With less time nothing is begun at all.
const LEAST: Duration = Duration::from_secs(1);
/// A message may be put off until 12 hours after it was received; the attempt that went before counts.
const LONGEST_WAIT: Duration = Duration::from_mins(12 * 60 - 15);
/// Maximum delay for a message that could not be attempted: 200 such waits are longer than two days.
const LONGEST_POSTPONEMENT: Duration = Duration::from_mins(15);

/// Works on what the queue holds.
pub(crate) struct Worker {
    engine: Engine,
    outbox: Arc<dyn Outbox>,
    keeps_order: bool,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is answered for.
    Over,
    /// It waits in the queue for its next attempt.
    PutOff,
    /// It was not touched.
    NotBegun,
    /// It is not known to be answered for.
    Unconfirmed,
}

impl Worker {
    /// A worker that hands over to an outbox what becomes of messages.
    pub(crate) fn new(engine: Engine, outbox: Arc<dyn Outbox>, keeps_order: bool) -> Self {
        Self {
            engine,
            outbox,
            keeps_order,
        }
    }

    /// Works on all messages at once, but on those whose order counts one after the other. Names those that must come back.
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

    /// Works on messages one after the other, up to the first that must come back. Answers it and those behind it.
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
                Outcome::PutOff => index + 1,
                Outcome::NotBegun => index,
                // They all come back together, when the visibility timeout is over.
                Outcome::Unconfirmed => group.len(),
            };
            self.give_back(&group[untouched..], clock).await;
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
                    "the function's time was up before the delivery had ended; the message comes back"
                );
                Outcome::Unconfirmed
            }
        }
    }

    async fn deliver(&self, message: &Message, leased: &Leased, clock: Clock) -> Outcome {
        let settlement = self.engine.handle_message(leased, clock.now()).await;
        let handed_over = match &settlement {
            Settlement::Done => return Outcome::Over,
            Settlement::Again(next) if self.keeps_order => {
                let mut wait = next.wait(clock.now());
                if leased
                    .job
                    .as_ref()
                    .is_ok_and(|job| job.attempt == next.attempt)
                {
                    wait = longer(wait, message.received());
                }
                let wait = wait.min(LONGEST_WAIT);
                let put_off = self.outbox.put_off(&leased.receipt, wait).await;
                put_off.map(|()| Outcome::PutOff)
            }
            Settlement::PutOff(wait) if self.keeps_order => {
                let wait = longer(*wait, message.received());
                let put_off = self.outbox.put_off(&leased.receipt, wait).await;
                put_off.map(|()| Outcome::PutOff)
            }
            settlement => {
                let sent = self.outbox.hand_over(leased, settlement, clock.now());
                sent.await.map(|()| Outcome::Over)
            }
        };
        handed_over.unwrap_or_else(|error| {
            tracing::error!(%message.id, correlation.id = leased.job.as_ref().ok().map(|job| job.correlation_id.as_str()), %error, "what became of a delivery could not be handed over; the message comes back");
            Outcome::Unconfirmed
        })
    }

    /// Makes messages visible again that were not touched, so that they do not have to wait for the end of their visibility timeout.
    async fn give_back(&self, messages: &[&Message], clock: Clock) {
        let give_back = messages.iter().map(|message| async {
            if let Err(error) = self.outbox.put_off(&message.receipt, Duration::ZERO).await {
                tracing::warn!(%message.id, %error, "a message comes back late");
            }
        });
        if timeout_at(clock.end(), join_all(give_back)).await.is_err() {
            tracing::warn!(messages = messages.len(), "messages come back late");
        }
    }
}

/// How long to put off a message that could not be attempted and was handed out so often. The queue counts that, and gives it up in the end.
fn longer(wait: Duration, received: u32) -> Duration {
    wait.saturating_mul(received)
        .min(wait.max(LONGEST_POSTPONEMENT))
}
