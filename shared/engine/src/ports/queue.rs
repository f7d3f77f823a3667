//! The queue of asynchronous hooks.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::delivery::job::{Job, NotAJob};

/// Accepts jobs for asynchronous hooks.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Accepts all the jobs, each to be handed out when it is due. MUST NOT return `Ok` before every one of them is
    /// durable. After an error some may have been accepted, so a retry must use the same delivery ids.
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError>;
}

/// The queue cannot be read or written. The message is for the operator.
#[derive(Debug, Error)]
#[error("the queue is unreachable: {message}")]
pub struct QueueError {
    /// The queue client's message.
    pub message: String,
}

/// The worker's side of the queue.
#[async_trait]
pub trait WorkQueue: JobQueue {
    /// Returns up to `limit` jobs that are due, each leased to this caller alone for `lease`. A job whose lease expired
    /// is handed out again, however its worker ended. MUST NOT let the jobs of one application keep all others waiting.
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError>;

    /// Like [`WorkQueue::receive`], for a worker with `free` places for attempts. MUST NOT hand out so many jobs of
    /// one application, or of one of its hooks, that others find no place: those in progress stay below a multiple of
    /// the free places. Not required if another service distributes the jobs.
    async fn receive_shares(
        &self,
        free: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        self.receive(free, lease, now).await
    }

    /// Ends a lease with the job's outcome. After an error the job may be handed out again. An expired lease is not an
    /// error: another worker has the job, and this attempt was a duplicate.
    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError>;
}

/// A job leased to a worker.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The job, or the message that could not be read as one.
    pub job: Result<Job, NotAJob>,
    /// Identifies the lease to the queue.
    pub receipt: String,
    /// Size of the message.
    pub bytes: usize,
}

/// The outcome of a lease.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// The job is finished.
    Done,
    /// Replaces the job: with its next attempt, or the same attempt at a later time.
    Retry(Box<Job>),
    /// Leaves the message unchanged, to be handed out again after a wait.
    Postponed(Duration),
    /// Sets the job aside for an operator.
    Dead(DeadReason),
}

/// Why a delivery was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadReason {
    /// A stable code: the class of the last failure, or `paused`, `malformed`, `configuration-invalid`.
    pub code: String,
    /// What happened, for the operator; at most 1,000 bytes.
    pub message: String,
}
