//! The two sides of the queue: enqueueing jobs and working on them.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_sqs::{
    Config,
    types::{Message, MessageSystemAttributeName},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hookpoint_engine::{
    delivery::job::Job,
    ports::{JobQueue, Leased, QueueError, Settlement, WorkQueue},
};

use super::{BATCH, LONGEST_LEASE, QueueUrl, SqsQueue, message::Outgoing, seconds};

/// SQS counts the 12 h of a message from when it was handed out, so this leaves a margin.
const LONGEST_POSTPONEMENT: Duration = Duration::from_mins(12 * 60 - 15);

#[async_trait]
impl JobQueue for SqsQueue {
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError> {
        let fifo = self.is_fifo();
        let messages: Vec<_> = jobs
            .iter()
            .map(|job| Outgoing::job(job, now, fifo))
            .collect();
        self.send(&self.deliveries, &messages).await
    }
}

#[async_trait]
impl WorkQueue for SqsQueue {
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        _now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        let mut leased = Vec::new();
        let mut polling = self.polling;
        while leased.len() < limit {
            let wanted = (limit - leased.len()).min(BATCH);
            let messages = match self
                .messages(&self.deliveries, wanted, lease, polling)
                .await
            {
                Ok(messages) => messages,
                // Messages already received have to be worked on.
                Err(_) if !leased.is_empty() => break,
                Err(error) => return Err(error),
            };
            let is_last = messages.len() < wanted;
            let keeps_order = self.is_fifo();
            leased.extend(
                messages
                    .into_iter()
                    .map(|message| leased_from(message, keeps_order)),
            );
            if is_last {
                break;
            }
            polling = Duration::ZERO;
        }
        Ok(leased)
    }

    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        match &settlement {
            // A new message would go to the end of its group: this one keeps its place, and SQS
            // counts its attempts.
            Settlement::Retry(job) if self.is_fifo() => {
                self.postpone(&leased.receipt, job.wait(now)).await
            }
            Settlement::Postponed(wait) if self.is_fifo() => {
                self.postpone(&leased.receipt, *wait).await
            }
            settlement => {
                self.hand_over(leased, settlement, now).await?;
                self.delete(&leased.receipt).await
            }
        }
    }
}

impl SqsQueue {
    /// Sends what replaces a leased job: its next attempt, a dead letter, or nothing. It is durable
    /// when this returns `Ok`. The message itself is not deleted; for a function, Lambda does that.
    pub async fn hand_over(
        &self,
        leased: &Leased,
        settlement: &Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        match settlement {
            Settlement::Done => Ok(()),
            Settlement::Retry(job) => {
                let next = Outgoing::job(job, now, self.is_fifo());
                self.send(&self.deliveries, &[next]).await
            }
            Settlement::Postponed(wait) => {
                let same = Outgoing::postponed(leased, *wait, now, self.is_fifo());
                self.send(&self.deliveries, &[same]).await
            }
            Settlement::Dead(reason) => {
                let letter = Outgoing::dead(leased, reason, now);
                self.send(self.dead_letter_queue()?, &[letter]).await
            }
        }
    }

    /// Hides a message for `wait`, at most 11 h 45 min. An expired lease is not an error.
    pub async fn postpone(&self, receipt: &str, wait: Duration) -> Result<(), QueueError> {
        let request = self.client().change_message_visibility();
        let output = request
            .queue_url(self.url())
            .receipt_handle(receipt)
            .visibility_timeout(seconds(wait, LONGEST_POSTPONEMENT))
            .send()
            .await;
        match output {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_over) => Ok(()),
            Err(error) => Err(self.deliveries.unreachable(&error)),
        }
    }

    /// Deletes a message. An expired lease is not an error.
    async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        let request = self.client().delete_message();
        let output = request
            .queue_url(self.url())
            .receipt_handle(receipt)
            .send()
            .await;
        match output {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_over) => Ok(()),
            Err(error) => Err(self.deliveries.unreachable(&error)),
        }
    }

    /// Receives up to ten messages.
    pub(super) async fn messages(
        &self,
        queue: &QueueUrl,
        limit: usize,
        lease: Duration,
        polling: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let wait = seconds(polling, Duration::from_secs(20));
        let patient = Config::builder().timeout_config(self.clients.timeouts_after(polling));
        let output = self
            .client()
            .receive_message()
            .queue_url(&queue.0)
            .max_number_of_messages(i32::try_from(limit.min(BATCH)).unwrap_or(1))
            .visibility_timeout(seconds(lease, LONGEST_LEASE))
            .wait_time_seconds(wait)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(patient)
            .send()
            .await
            .map_err(|error| queue.unreachable(&error))?;
        Ok(output.messages.unwrap_or_default())
    }
}

/// Reads a message. In a FIFO queue, the attempt number is SQS's receive count.
fn leased_from(message: Message, keeps_order: bool) -> Leased {
    let counted = message
        .attributes()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount))
        .and_then(|count| count.parse::<u32>().ok())
        .filter(|_| keeps_order);
    let job = Job::from_message(message.body().unwrap_or_default());
    let bytes = message.body().map_or(0, str::len);
    Leased {
        bytes,
        job: job.map(|job| match counted {
            Some(count) => {
                let attempt = job.attempt.saturating_add(count.saturating_sub(1));
                job.on_attempt(attempt)
            }
            None => job,
        }),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

/// Whether a failure means that the lease expired. SQS also uses the codes of its older protocol.
fn is_over(error: &impl ProvideErrorMetadata) -> bool {
    let code = error.code().unwrap_or_default();
    match code.rsplit('.').next() {
        Some("MessageNotInflight" | "ReceiptHandleIsInvalid") => true,
        // The wording of a FIFO queue.
        Some("InvalidParameterValue") => error
            .message()
            .is_some_and(|message| message.contains("expired")),
        _ => false,
    }
}
