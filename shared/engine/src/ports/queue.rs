//! The queue of asynchronous hooks, as its users see it.

use std::{
    collections::BTreeSet,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAJob {
    /// What is wrong with it.
    pub reason: String,
    /// The message itself; it may be about somebody.
    pub message: String,
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

/// The deliveries that were given up.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Up to `limit` of them, oldest first as far as the queue knows; looking does not take them out.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, QueueError>;

    /// Sends the chosen ones again, from their first attempt and under their delivery ids, each durable in the queue before it leaves the
    /// dead letters. Answers how many. Messages that are no jobs stay.
    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError>;

    /// Removes the chosen ones for ever and answers how many.
    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError>;
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those with these ids.
    Only(BTreeSet<String>),
}

/// A delivery that was given up.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The delivery id; for a message that is no job, the queue's own id of it.
    pub id: String,
    /// The job as it was at its last attempt, or the message that is none.
    pub job: Result<Job, NotAJob>,
    /// Why it was given up; `None` where the queue itself did, because it was handed out too often.
    pub reason: Option<DeadReason>,
    /// When it was given up, where that is known.
    pub since: Option<SystemTime>,
}
