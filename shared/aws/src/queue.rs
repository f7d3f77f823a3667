//! The queue of asynchronous deliveries in SQS, and its dead-letter queue.

mod counts;
mod create;
mod dead_letters;
mod message;
mod send;
#[cfg(test)]
mod tests;
mod work;

pub use self::counts::QueueCounts;
use std::{error::Error, time::Duration};

use aws_sdk_sqs::Client;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hookpoint_engine::ports::QueueError;

use crate::{clients::AwsClients, failure::describe};

/// Suffix of the name of a queue that keeps order.
const FIFO: &str = ".fifo";
/// Maximum number of messages in one request.
const BATCH: usize = 10;
/// Maximum visibility timeout of a message.
const LONGEST_LEASE: Duration = Duration::from_hours(12);
/// How often a batch is sent for entries that failed through the service's fault.
const ROUNDS: u32 = 4;
/// Wait time of a receive on an empty queue. Any wait makes SQS query all of its servers.
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

    /// The last segment of the URL, without the account.
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
    /// The queue at a URL. A caller that only enqueues needs no dead-letter queue. Nothing is sent
    /// before the first use.
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

    /// Sets how long a receive waits for the first message: up to 20 s.
    #[must_use]
    pub fn polling_for(self, polling: Duration) -> Self {
        Self { polling, ..self }
    }

    /// URL of the queue of deliveries.
    pub fn url(&self) -> &str {
        &self.deliveries.0
    }

    /// URL of the dead-letter queue.
    pub fn dead_letter_url(&self) -> Option<&str> {
        self.dead_letters.as_ref().map(|queue| queue.0.as_str())
    }

    /// Whether the deliveries of a conversation are attempted in the order of their events.
    pub fn is_fifo(&self) -> bool {
        self.deliveries.is_fifo()
    }

    /// Opens a connection ahead of the first event, by sending an empty batch: a stage's role may
    /// only send. SQS rejects the request; the connection stays open.
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
                .error("no dead-letter queue is configured; set `HOOKPOINT_DEAD_LETTER_QUEUE_URL`")
        })
    }
}

/// Whole seconds for SQS, rounded up and limited.
fn seconds(duration: Duration, limit: Duration) -> i32 {
    let duration = duration.min(limit);
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}
