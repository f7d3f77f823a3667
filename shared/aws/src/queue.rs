//! The queue of asynchronous hooks in SQS, and the one for those that were given up.

mod create;
mod dead_letters;
mod message;
mod send;
#[cfg(test)]
mod tests;
mod work;

use std::{error::Error, time::Duration};

use aws_sdk_sqs::Client;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hookpoint_engine::ports::QueueError;

use crate::{clients::AwsClients, failure::describe};

/// How the name of a queue ends that keeps order.
const FIFO: &str = ".fifo";
/// What SQS takes, and hands out, at once.
const BATCH: usize = 10;
/// The longest time a message can be hidden.
const LONGEST_LEASE: Duration = Duration::from_hours(12);
/// How often a request is repeated for those of its entries that failed by the service's fault.
const ROUNDS: u32 = 4;
/// How long SQS holds back the answer that a queue is empty. Any wait at all makes it ask every one of its servers.
const POLLING: Duration = Duration::from_secs(1);

/// A queue of deliveries with its dead letters.
///
/// The name of a queue that keeps order ends in `.fifo`; both queues are of one kind.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    clients: AwsClients,
    deliveries: QueueUrl,
    dead_letters: Option<QueueUrl>,
    polling: Duration,
}

#[derive(Debug, Clone)]
struct QueueUrl(String);

impl QueueUrl {
    fn is_fifo(&self) -> bool {
        self.0.ends_with(FIFO)
    }

    /// The part of the URL that says nothing about the account.
    fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    fn unreachable<E>(&self, error: &SdkError<E, HttpResponse>) -> QueueError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.error(&describe(error))
    }

    fn error(&self, message: &str) -> QueueError {
        QueueError {
            message: format!("SQS queue `{}`: {message}", self.name()),
        }
    }
}

impl SqsQueue {
    /// The queue at a URL. Whoever only puts deliveries into it needs no dead letters. Nothing is sent before the first use.
    pub fn new(
        clients: AwsClients,
        queue_url: impl Into<String>,
        dead_letter_queue_url: Option<String>,
    ) -> Self {
        Self {
            clients,
            deliveries: QueueUrl(queue_url.into()),
            dead_letters: dead_letter_queue_url.map(QueueUrl),
            polling: POLLING,
        }
    }

    /// The same queue, asked for messages with another wait for the first of them: up to 20 s, or none.
    #[must_use]
    pub fn polling_for(self, polling: Duration) -> Self {
        Self { polling, ..self }
    }

    /// Where deliveries wait.
    pub fn url(&self) -> &str {
        &self.deliveries.0
    }

    /// Where those wait that were given up.
    pub fn dead_letter_url(&self) -> Option<&str> {
        self.dead_letters.as_ref().map(|queue| queue.0.as_str())
    }

    /// Whether the deliveries of a conversation are attempted in the order of their events.
    pub fn is_fifo(&self) -> bool {
        self.deliveries.is_fifo()
    }

    /// Opens a connection ahead of the first event, by sending no message: all that a stage's role may do is send. SQS refuses that;
    /// the connection stays.
    pub async fn warm_up(&self) {
        let request = self.client().send_message_batch();
        let request = request.queue_url(self.url()).set_entries(Some(Vec::new()));
        if let Err(error) = request.send().await
            && error.as_service_error().is_none()
        {
            tracing::debug!(
                queue = self.deliveries.name(),
                "failed to warm up: {}",
                describe(&error)
            );
        }
    }

    fn client(&self) -> &Client {
        self.clients.sqs()
    }

    fn dead_letter_queue(&self) -> Result<&QueueUrl, QueueError> {
        self.dead_letters.as_ref().ok_or_else(|| {
            self.deliveries
                .error("it has no dead-letter queue here; set `HOOKPOINT_DEAD_LETTER_QUEUE_URL`")
        })
    }
}

/// A number of seconds as SQS takes it, rounded up.
fn seconds(duration: Duration, limit: Duration) -> i32 {
    let duration = duration.min(limit);
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}
