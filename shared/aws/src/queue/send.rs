//! Sending in batches, with every entry confirmed.

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

/// Maximum bytes of a batch. SQS limits a batch to the size of one message (1 MiB) but does not say exactly how it counts.
const BATCH_BYTE_LIMIT: usize = 1_000_000;
/// Maximum number of concurrent batches.
const CONCURRENCY: usize = 4;

/// Messages that may not be in the queue.
struct Unsent {
    count: usize,
    reason: String,
}

impl SqsQueue {
    /// Sends all messages. The error says how many may not be in the queue. If one is too large,
    /// none is sent.
    pub(super) async fn send(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<(), QueueError> {
        if let Some(large) = messages.iter().find(|message| message.size() > BYTE_LIMIT) {
            return Err(queue.error(&format!(
                "a message has {} bytes, the limit of SQS is {BYTE_LIMIT}; nothing was sent. Send smaller events",
                large.size()
            )));
        }
        // A FIFO queue gets one batch at a time.
        let concurrency = if queue.is_fifo() { 1 } else { CONCURRENCY };
        let batches = batches(messages).into_iter();
        let sends: Vec<_> = batches.map(|batch| self.send_batch(queue, batch)).collect();
        let sending = stream::iter(sends)
            .buffer_unordered(concurrency)
            .collect::<Vec<_>>();
        let limit = self.clients.operation_timeout();
        let Ok(sent) = timeout(limit, sending).await else {
            return Err(queue.error(&format!(
                "not all of {} messages were accepted within {} s",
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
            "{count} of {} messages were not accepted: {}",
            messages.len(),
            first.reason
        )))
    }

    /// Sends one batch. The SDK retries whole requests, this function single entries.
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
            let output = request
                .queue_url(&queue.0)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| unsent(describe(&error)))?;
            // Entries that the response does not list count as unsent.
            left.retain(|number| {
                let number = number.to_string();
                !output.successful().iter().any(|sent| sent.id() == number)
            });
            if left.is_empty() {
                return Ok(());
            }
            let failed = output.failed();
            let refused = failed.iter().find(|failed| failed.sender_fault());
            reason = refused
                .or(failed.first())
                .map_or_else(|| "SQS gave no reason".to_owned(), reason_of);
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

/// Splits the messages, in order, into batches that fit into a request.
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
