//! What becomes of messages, as the worker tells the queue.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hookpoint_aws::SqsQueue;
use hookpoint_engine::ports::{Leased, QueueError, Settlement};

/// The queue, seen from a worker that neither receives nor deletes: Lambda does.
#[async_trait]
pub(crate) trait Outbox: Send + Sync {
    /// Sends what takes the place of a message: nothing, the next attempt, a dead letter. MUST be durable when it answers `Ok`.
    async fn hand_over(
        &self,
        leased: &Leased,
        settlement: &Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError>;

    /// Makes the message of a receipt visible again after a wait.
    async fn put_off(&self, receipt: &str, wait: Duration) -> Result<(), QueueError>;
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

    async fn put_off(&self, receipt: &str, wait: Duration) -> Result<(), QueueError> {
        Self::put_off(self, receipt, wait).await
    }
}
