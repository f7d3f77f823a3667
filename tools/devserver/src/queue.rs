//! Queues between the engine and a worker in this process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use hookpoint_engine::{
    delivery::job::Job,
    ports::{JobQueue, QueueError},
};
use tokio::sync::Notify;

/// A queue that notifies the worker of new jobs.
pub(crate) struct Announcing {
    queue: Arc<dyn JobQueue>,
    filled: Arc<Notify>,
}

impl Announcing {
    pub(crate) fn new(queue: Arc<dyn JobQueue>, filled: Arc<Notify>) -> Self {
        Self { queue, filled }
    }
}

#[async_trait]
impl JobQueue for Announcing {
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError> {
        self.queue.enqueue(jobs, now).await?;
        self.filled.notify_one();
        Ok(())
    }
}

/// An in-memory queue for the jobs of one event, attempted right away.
#[derive(Debug, Default)]
pub(crate) struct Collected(Mutex<Vec<Job>>);

impl Collected {
    /// Removes and returns all jobs.
    pub(crate) fn take(&self) -> Vec<Job> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl JobQueue for Collected {
    async fn enqueue(&self, jobs: &[Job], _now: SystemTime) -> Result<(), QueueError> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.extend_from_slice(jobs);
        Ok(())
    }
}
