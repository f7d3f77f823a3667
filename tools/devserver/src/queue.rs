//! Queues for jobs on their way to a worker in this process.

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

/// A queue that says when it was filled.
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

/// The jobs of one event, for somebody who sees to them at once and waits for what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Collected(Mutex<Vec<Job>>);

impl Collected {
    /// Takes them out.
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
