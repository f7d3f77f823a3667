//! The port through which the worker settles messages.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hookpoint_aws::SqsQueue;
use hookpoint_engine::ports::{Leased, QueueError, Settlement};

/// The queue for a worker on Lambda, which receives and deletes messages itself.
#[async_trait]
pub(crate) trait Outbox: Send + Sync {
    /// Sends the replacement of a message: nothing, the next attempt, or a dead letter. MUST be durable when this
    /// returns `Ok`.
    async fn hand_over(
        &self,
        leased: &Leased,
        settlement: &Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError>;

    /// Hides the message of a receipt for `wait`.
    async fn postpone(&self, receipt: &str, wait: Duration) -> Result<(), QueueError>;
}

#[async_trait]
impl Outbox for SqsQueue {
    async fn hand_over(
        &self,
        leased: &Leased,
        settlement: &Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        Self::hand_over(self, leased, settlement, now).await
    }

    async fn postpone(&self, receipt: &str, wait: Duration) -> Result<(), QueueError> {
        Self::postpone(self, receipt, wait).await
    }
}
