//! Sending: in batches, each entry confirmed.

use aws_sdk_sqs::types::BatchResultErrorEntry;
use futures::{StreamExt as _, stream};
use hookpoint_engine::ports::QueueError;
use tokio::time::{sleep, timeout};

use super::{
    BATCH, QueueUrl, ROUNDS, SqsQueue,
    message::{BYTE_LIMIT, Outgoing},
};
use crate::{
    failure::{causes, describe},
    repetition::backoff,
};

/// What is put into a batch of several messages. SQS takes as much as in one message, by a count that is not exactly known.
const BATCH_BYTE_LIMIT: usize = 1_000_000;
/// How many batches may be under way at once.
const CONCURRENCY: usize = 4;

/// Messages that are not known to be in the queue.
struct Unsent {
    count: usize,
    reason: String,
}

impl SqsQueue {
    /// Sends all of the messages, or says how many are not known to be in the queue. One that is too large is refused before any is sent.
    pub(super) async fn send(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<(), QueueError> {
        if let Some(large) = messages.iter().find(|message| message.size() > BYTE_LIMIT) {
            return Err(queue.error(&format!(
                "a message has {} bytes, SQS takes {BYTE_LIMIT}; nothing was sent. Send smaller events",
                large.size()
            )));
        }
        // Where order counts, a batch follows the one before it.
        let concurrency = if queue.is_fifo() { 1 } else { CONCURRENCY };
        let batches = batches(messages).into_iter();
        let sends: Vec<_> = batches.map(|batch| self.send_batch(queue, batch)).collect();
        let sending = stream::iter(sends)
            .buffer_unordered(concurrency)
            .collect::<Vec<_>>();
        let limit = self.clients.operation_timeout();
        let Ok(sent) = timeout(limit, sending).await else {
            return Err(queue.error(&format!(
                "not all of {} messages were taken within {} s",
                messages.len(),
                limit.as_secs()
            )));
        };
        let unsent: Vec<_> = sent.into_iter().filter_map(Result::err).collect();
        let Some(first) = unsent.first() else {
            return Ok(());
        };
        let count: usize = unsent.iter().map(|unsent| unsent.count).sum();
        Err(queue.error(&format!(
            "{count} of {} messages were not taken: {}",
            messages.len(),
            first.reason
        )))
    }

    /// Sends one batch. The SDK repeats what failed as a whole, this the entries that failed on their own.
    async fn send_batch(&self, queue: &QueueUrl, batch: &[Outgoing]) -> Result<(), Unsent> {
        let mut left: Vec<usize> = (0..batch.len()).collect();
        let mut reason = String::new();
        for round in 0..ROUNDS {
            if round > 0 {
                sleep(backoff(round)).await;
            }
            let unsent = |reason| Unsent {
                count: left.len(),
                reason,
            };
            let entries = left
                .iter()
                .map(|number| batch[*number].entry(*number, queue.is_fifo()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| unsent(causes(&error)))?;
            let request = self.client().send_message_batch();
            let answer = request
                .queue_url(&queue.0)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| unsent(describe(&error)))?;
            // Only what is said to be there is there.
            left.retain(|number| {
                let number = number.to_string();
                !answer.successful().iter().any(|sent| sent.id() == number)
            });
            if left.is_empty() {
                return Ok(());
            }
            let failed = answer.failed();
            let refused = failed.iter().find(|failed| failed.sender_fault());
            reason = refused
                .or(failed.first())
                .map_or_else(|| "SQS did not say why".to_owned(), reason_of);
            if refused.is_some() {
                break;
            }
        }
        Err(Unsent {
            count: left.len(),
            reason,
        })
    }
}

/// Why an entry of a batch failed.
pub(super) fn reason_of(failed: &BatchResultErrorEntry) -> String {
    match failed.message() {
        Some(message) => format!("{}: {message}", failed.code()),
        None => failed.code().to_owned(),
    }
}

/// The messages in order, in groups that fit into a request.
fn batches(messages: &[Outgoing]) -> Vec<&[Outgoing]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, message) in messages.iter().enumerate() {
        bytes += message.size();
        if index > start && (index - start == BATCH || bytes > BATCH_BYTE_LIMIT) {
            batches.push(&messages[start..index]);
            (start, bytes) = (index, message.size());
        }
    }
    if start < messages.len() {
        batches.push(&messages[start..]);
    }
    batches
}
