//! The queue of asynchronous hooks, as its users see it.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::job::Job;

/// Takes jobs for asynchronous hooks.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Takes all of the jobs, each to be handed out when it is due. MUST NOT answer `Ok` before every one of them is durable. When it
    /// answers an error, some may have been taken: whoever tries again uses the same delivery ids.
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError>;
}

/// The queue cannot be read or written. The message is for the operator.
#[derive(Debug, Error)]
#[error("the queue is unreachable: {message}")]
pub struct QueueError {
    /// What the queue's client said.
    pub message: String,
}

/// The worker's side of the queue.
#[async_trait]
pub trait WorkQueue: JobQueue {
    /// Up to `limit` jobs that are due, each leased to the caller for `lease`: nobody else gets it until then. A job whose lease ran out
    /// is handed out again, however its worker ended. MUST NOT let the jobs of one application keep all others waiting.
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError>;

    /// Ends a lease with what became of the job. When it answers an error, the job may be handed out again. A lease that ran out is no
    /// error: another worker has the job, and what this one did is a repetition.
    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError>;
}

/// A job in the hands of a worker.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The job, or the message that is none.
    pub job: Result<Job, NotAJob>,
    /// Names the lease towards the queue.
    pub receipt: String,
}

/// A message in the queue that cannot be read: damaged, or written by another version.
#[derive(Clone, PartialEq, Eq)]
pub struct NotAJob {
    /// What is wrong with it.
    pub reason: String,
    /// The message itself; it may be about somebody.
    pub message: String,
}

impl fmt::Debug for NotAJob {
    /// Without the message.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NotAJob")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// It is over.
    Done,
    /// This job takes its place: the next attempt, or the same one later.
    Again(Box<Job>),
    /// It is set aside for an operator.
    Dead(DeadReason),
}

/// Why a delivery was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeadReason {
    /// A stable word: the class of the last failure, or `paused`, `malformed`, `configuration-invalid`.
    pub code: String,
    /// What happened, for the operator; at most 1,000 bytes.
    pub message: String,
}
