//! The deliveries that were given up: looking at them, sending them again, removing them.
//!
//! SQS has no way to look at a queue but to receive from it. What is in hand is hidden from everybody for a while and given back as soon as
//! all is looked at; should that fail, it comes back by itself.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
};
use hookpoint_engine::ports::{
    DeadLetter, DeadLetters, FoundLetters, NotAJob, QueueError, Selection,
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

/// How long dead letters are hidden that are looked at.
const LOOKING: Duration = Duration::from_secs(20);
/// How long they are hidden while some of them are picked out.
const PICKING: Duration = Duration::from_mins(2);
/// How much of that time is used: nothing comes back before all is done.
const USED: f64 = 0.75;

/// A dead letter in hand.
struct Held {
    letter: DeadLetter,
    receipt: String,
}

/// What happens to the chosen ones.
#[derive(Clone, Copy)]
enum Fate {
    Again(SystemTime),
    Removed,
}

impl Fate {
    /// Whether this one can meet it: a message that is no job is of no use in the queue.
    fn suits(self, letter: &DeadLetter) -> bool {
        matches!(self, Self::Removed) || letter.job.is_ok()
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
        self.give_back(queue, &receipts).await;
        looked?;
        letters.sort_by_key(|letter| letter.since);
        letters.truncate(limit);
        Ok(FoundLetters { letters, is_all })
    }

    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError> {
        self.take_out(which, Fate::Again(now)).await
    }

    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError> {
        self.take_out(which, Fate::Removed).await
    }
}

impl SqsQueue {
    /// Goes through all dead letters and takes the chosen ones out.
    async fn take_out(&self, which: &Selection, fate: Fate) -> Result<usize, QueueError> {
        let queue = self.dead_letter_queue()?;
        let mut seen = HashSet::new();
        let mut others = Vec::new();
        let mut count = 0;
        let until = Instant::now() + PICKING.mul_f64(USED);
        let mut done = Ok(());
        loop {
            if Instant::now() >= until {
                tracing::warn!(
                    queue = queue.name(),
                    done = count,
                    "there was no time to go through all dead letters; do it again for the rest"
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
            let is_chosen = |held: &Held| which.contains(&held.letter) && fate.suits(&held.letter);
            let (chosen, rest): (Vec<_>, Vec<_>) = held.into_iter().partition(is_chosen);
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
        self.give_back(queue, &others).await;
        done.map(|()| count).map_err(|error| QueueError {
            message: format!("{} ({count} dead letters were done before)", error.message),
        })
    }

    /// Up to ten dead letters that were not seen before; none when there are no more.
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

    /// Does to the chosen ones what is to be done: each durable in the queue before it leaves the dead letters.
    async fn meet(&self, queue: &QueueUrl, chosen: &[Held], fate: Fate) -> Result<(), QueueError> {
        if let Fate::Again(now) = fate {
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
            let answer = request
                .queue_url(&queue.0)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| queue.unreachable(&error))?;
            left.retain(|(id, _)| !answer.successful().iter().any(|done| done.id() == id));
            reason = answer.failed().first().map(reason_of).unwrap_or_default();
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

    /// Makes dead letters visible again. When it does not work, they become so by themselves.
    async fn give_back(&self, queue: &QueueUrl, receipts: &[String]) {
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
                    "failed to give dead letters back: {}",
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
        let job = NotAJob::or_job(message.body().unwrap_or_default());
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
