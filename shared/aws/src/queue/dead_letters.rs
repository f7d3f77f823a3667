//! Listing, redriving and dropping dead letters.
//!
//! The only way to look at an SQS queue is to receive from it. Received messages are hidden from
//! others and released as soon as all have been read; if that fails, their visibility timeout does
//! it.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
};
use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadLetter, DeadLetters, FoundLetters, QueueError, Selection},
};
use tokio::time::{Instant, sleep};

use super::{
    BATCH, QueueUrl, ROUNDS, SqsQueue,
    message::{Outgoing, read_reason},
    send::reason_of,
};
use crate::{
    failure::{causes, describe},
    repetition::backoff,
};

/// Visibility timeout while listing.
const LOOKING: Duration = Duration::from_secs(20);
/// Visibility timeout while redriving or dropping.
const PICKING: Duration = Duration::from_mins(2);
/// Share of the timeout that is used, so that no message reappears before the end.
const USED: f64 = 0.75;

/// A received dead letter.
struct Held {
    letter: DeadLetter,
    receipt: String,
}

/// What to do with the selected dead letters.
#[derive(Clone, Copy)]
enum Fate {
    Redrive(SystemTime),
    Remove,
}

impl Fate {
    /// Whether it can be applied: a message that is not a job cannot be redriven.
    fn suits(self, letter: &DeadLetter) -> bool {
        matches!(self, Self::Remove) || letter.job.is_ok()
    }
}

#[async_trait]
impl DeadLetters for SqsQueue {
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError> {
        let queue = self.dead_letter_queue()?;
        let mut seen = HashSet::new();
        let mut receipts = Vec::new();
        let mut letters = Vec::new();
        let until = Instant::now() + LOOKING.mul_f64(USED);
        let mut looked = Ok(());
        let mut is_all = false;
        while letters.len() < limit && Instant::now() < until {
            let wanted = match which {
                Selection::All => limit - letters.len(),
                Selection::Only(_) | Selection::Matching(_) => BATCH,
            };
            match self.hold(queue, wanted, LOOKING, &mut seen).await {
                Ok(new) if new.is_empty() => {
                    is_all = true;
                    break;
                }
                Ok(new) => {
                    for held in new {
                        receipts.push(held.receipt);
                        if which.contains(&held.letter) {
                            letters.push(held.letter);
                        }
                    }
                }
                Err(error) => {
                    looked = Err(error);
                    break;
                }
            }
        }
        self.release(queue, &receipts).await;
        looked?;
        letters.sort_by_key(|letter| letter.since);
        letters.truncate(limit);
        Ok(FoundLetters { letters, is_all })
    }

    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError> {
        self.process(which, Fate::Redrive(now)).await
    }

    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError> {
        self.process(which, Fate::Remove).await
    }
}

impl SqsQueue {
    /// Applies the fate to every selected dead letter. Returns how many there were.
    async fn process(&self, which: &Selection, fate: Fate) -> Result<usize, QueueError> {
        let queue = self.dead_letter_queue()?;
        let mut seen = HashSet::new();
        let mut others = Vec::new();
        let mut redriven = HashSet::new();
        let mut count = 0;
        let until = Instant::now() + PICKING.mul_f64(USED);
        let mut done = Ok(());
        loop {
            if Instant::now() >= until {
                tracing::warn!(
                    queue = queue.name(),
                    done = count,
                    "time ran out before all dead letters were read; repeat the command for the rest"
                );
                break;
            }
            let held = match self.hold(queue, BATCH, PICKING, &mut seen).await {
                Ok(held) if held.is_empty() => break,
                Ok(held) => held,
                Err(error) => {
                    done = Err(error);
                    break;
                }
            };
            // A delivery that ends again at once comes back as another message, and would be redriven endlessly.
            let mut is_first = |held: &Held| match fate {
                Fate::Redrive(_) => redriven.insert(held.letter.id.clone()),
                Fate::Remove => true,
            };
            let mut is_chosen = |held: &Held| {
                which.contains(&held.letter) && fate.suits(&held.letter) && is_first(held)
            };
            let (chosen, rest): (Vec<_>, Vec<_>) = held.into_iter().partition(&mut is_chosen);
            others.extend(rest.into_iter().map(|held| held.receipt));
            match self.meet(queue, &chosen, fate).await {
                Ok(()) => count += chosen.len(),
                Err(error) => {
                    others.extend(chosen.into_iter().map(|held| held.receipt));
                    done = Err(error);
                    break;
                }
            }
        }
        self.release(queue, &others).await;
        done.map(|()| count).map_err(|error| QueueError {
            message: format!(
                "{} ({count} dead letters were processed before)",
                error.message
            ),
        })
    }

    /// Receives up to ten dead letters not seen before; none at the end.
    async fn hold(
        &self,
        queue: &QueueUrl,
        limit: usize,
        lease: Duration,
        seen: &mut HashSet<String>,
    ) -> Result<Vec<Held>, QueueError> {
        let messages = self.messages(queue, limit, lease, self.polling).await?;
        Ok(messages
            .into_iter()
            .filter(|message| seen.insert(message.message_id().unwrap_or_default().to_owned()))
            .map(Held::from)
            .collect())
    }

    /// Applies the fate to a batch. A redriven job is durable in the queue before its dead letter
    /// is deleted.
    async fn meet(&self, queue: &QueueUrl, chosen: &[Held], fate: Fate) -> Result<(), QueueError> {
        if let Fate::Redrive(now) = fate {
            let jobs = chosen
                .iter()
                .filter_map(|held| held.letter.job.as_ref().ok());
            let messages: Vec<_> = jobs
                .map(|job| Outgoing::job(&job.anew(now), now, self.is_fifo()))
                .collect();
            self.send(&self.deliveries, &messages).await?;
        }
        self.remove(queue, chosen).await
    }

    /// Deletes dead letters, at most ten.
    async fn remove(&self, queue: &QueueUrl, held: &[Held]) -> Result<(), QueueError> {
        let mut left: Vec<(String, &Held)> = held
            .iter()
            .enumerate()
            .map(|(number, held)| (number.to_string(), held))
            .collect();
        let mut reason = String::new();
        for round in 0..ROUNDS {
            if left.is_empty() {
                return Ok(());
            }
            if round > 0 {
                sleep(backoff(round)).await;
            }
            let entries = left
                .iter()
                .map(|(id, held)| {
                    let entry = DeleteMessageBatchRequestEntry::builder();
                    entry.id(id).receipt_handle(&held.receipt).build()
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| queue.error(&causes(&error)))?;
            let request = self.client().delete_message_batch();
            let output = request
                .queue_url(&queue.0)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| queue.unreachable(&error))?;
            left.retain(|(id, _)| !output.successful().iter().any(|done| done.id() == id));
            reason = output.failed().first().map(reason_of).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(());
        }
        Err(queue.error(&format!(
            "{} of {} dead letters could not be removed: {reason}",
            left.len(),
            held.len()
        )))
    }

    /// Makes dead letters visible again. Failures are only logged: the timeout does it too.
    async fn release(&self, queue: &QueueUrl, receipts: &[String]) {
        for receipts in receipts.chunks(BATCH) {
            let entries = receipts
                .iter()
                .enumerate()
                .filter_map(|(number, receipt)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(number.to_string())
                        .receipt_handle(receipt)
                        .visibility_timeout(0)
                        .build()
                        .ok()
                })
                .collect();
            let request = self.client().change_message_visibility_batch();
            let request = request.queue_url(&queue.0).set_entries(Some(entries));
            if let Err(error) = request.send().await {
                tracing::debug!(
                    queue = queue.name(),
                    "failed to release dead letters: {}",
                    describe(&error)
                );
                return;
            }
        }
    }
}

impl From<Message> for Held {
    fn from(message: Message) -> Self {
        let (reason, since) = read_reason(&message);
        let job = Job::from_message(message.body().unwrap_or_default());
        let id = match &job {
            Ok(job) => job.delivery.to_string(),
            Err(_) => message.message_id().unwrap_or_default().to_owned(),
        };
        Self {
            letter: DeadLetter {
                id,
                job,
                reason,
                since,
            },
            receipt: message.receipt_handle.unwrap_or_default(),
        }
    }
}
