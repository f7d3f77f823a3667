//! The queue of asynchronous hooks, as its users see it.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{delivery::job::Job, format::Unreadable};

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

    /// As [`WorkQueue::receive`], for a worker that has so many places free for attempts. MUST NOT hand out so much of one application, or of one
    /// hook of it, that others would find no place: what is in hand of it stays below a multiple of what is free. A queue that another service
    /// shares out need not.
    async fn receive_shares(
        &self,
        free: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        self.receive(free, lease, now).await
    }

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
    /// How large the message is.
    pub bytes: usize,
}

/// A message in the queue that cannot be read: damaged, or written by a newer version.
#[derive(Clone, PartialEq, Eq)]
pub struct NotAJob {
    /// What is wrong with it.
    pub reason: String,
    /// The message itself. It may hold personal data.
    pub message: String,
    /// Whether a newer version wrote it. The worker puts such a message off until it is upgraded.
    pub is_newer: bool,
}

impl NotAJob {
    /// Reads a message of a queue.
    pub fn or_job(message: &str) -> Result<Job, Self> {
        Job::from_json(message).map_err(|error| Self {
            reason: match &error {
                Unreadable::Newer(_) => format!("the message cannot be read: {error}"),
                Unreadable::Damaged(_) => format!("the message is not a job: {error}"),
            },
            message: message.to_owned(),
            is_newer: error.is_newer(),
        })
    }

    /// A text or number of the message, by its JSON pointer (RFC 6901), where the message is JSON and has one there.
    pub fn text_at(&self, pointer: &str) -> Option<String> {
        let message: Value = serde_json::from_str(&self.message).ok()?;
        match message.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
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
    /// The message stays as it is, and is handed out again after a wait.
    PutOff(Duration),
    /// It is set aside for an operator.
    Dead(DeadReason),
}

/// Why a delivery was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadReason {
    /// A stable word: the class of the last failure, or `paused`, `malformed`, `configuration-invalid`.
    pub code: String,
    /// What happened, for the operator; at most 1,000 bytes.
    pub message: String,
}
