//! How many deliveries wait: SQS counts its messages, but does not list them.

use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
    ApproximateNumberOfMessagesNotVisible,
};
use hookpoint_engine::ports::QueueError;

use super::SqsQueue;

/// Approximate numbers of deliveries in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueCounts {
    /// Due, and not received by a worker yet.
    pub due: u64,
    /// Received by a worker, or waiting for a retry: SQS does not tell these apart.
    pub in_progress: u64,
    /// Enqueued for later.
    pub delayed: u64,
}

impl SqsQueue {
    /// Counts the deliveries.
    ///
    /// # Errors
    /// SQS did not respond, or the caller may not call `sqs:GetQueueAttributes`.
    pub async fn counts(&self) -> Result<QueueCounts, QueueError> {
        let request = self.client().get_queue_attributes().queue_url(self.url());
        let read = request
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .attribute_names(ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(|error| self.deliveries.unreachable(&error))?;
        let number = |name: &QueueAttributeName| {
            let text = read.attributes().and_then(|all| all.get(name));
            let number = text.and_then(|text| text.parse().ok());
            number.ok_or_else(|| self.deliveries.error(&format!("SQS returned no `{name}`")))
        };
        Ok(QueueCounts {
            due: number(&ApproximateNumberOfMessages)?,
            in_progress: number(&ApproximateNumberOfMessagesNotVisible)?,
            delayed: number(&ApproximateNumberOfMessagesDelayed)?,
        })
    }
}
