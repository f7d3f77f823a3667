//! The queue: jobs, leases and dead letters.

mod dead_letters;
mod jobs;
mod leases;
mod waiting;

#[cfg(test)]
pub(in crate::store) mod tests;

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    delivery::job::Job,
    ports::{
        DeadLetters, FoundLetters, JobQueue, Leased, QueueError, Selection, Settlement, WorkQueue,
    },
};

use rusqlite::Connection;

use self::dead_letters::{Chunk, Span};
pub(super) use self::leases::Hands;
pub use self::waiting::WaitingDelivery;
use super::{LocalStore, failure::Failure, moment};

/// How many dead letters are moved or removed in one transaction.
const AT_ONCE: usize = 200;

impl LocalStore {
    async fn lease(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
        shares: bool,
    ) -> Result<Vec<Leased>, QueueError> {
        let until = now.checked_add(lease).unwrap_or(now);
        let terms = leases::Terms {
            limit,
            shares,
            now: moment::milliseconds(now),
            until: moment::milliseconds_not_before(until),
        };
        let hands = Arc::clone(&self.0.hands);
        // A lease need not survive a power cut: the process that holds it does not either.
        let received = self.write_lazily(move |connection| {
            let mut hands = hands.lock().unwrap_or_else(PoisonError::into_inner);
            Ok::<_, Failure>(leases::receive(connection, &terms, &mut hands)?)
        });
        let messages = received
            .await
            .map_err(|failure| self.queue_error(failure))?;
        Ok(messages.into_iter().map(leases::Message::read).collect())
    }

    fn queue_error(&self, failure: Failure) -> QueueError {
        failure.into_queue_error(self.path())
    }
}

#[async_trait]
impl JobQueue for LocalStore {
    async fn enqueue(&self, jobs: &[Job], _now: SystemTime) -> Result<(), QueueError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = jobs.iter().map(jobs::Row::from).collect();
        self.write(move |connection| Ok::<_, Failure>(jobs::insert(connection, &rows)?))
            .await
            .map_err(|failure| self.queue_error(failure))?;
        Ok(())
    }
}

#[async_trait]
impl WorkQueue for LocalStore {
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        self.lease(limit, lease, now, false).await
    }

    async fn receive_shares(
        &self,
        free: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        self.lease(free, lease, now, true).await
    }

    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        let lease = leases::Lease::from_receipt(&leased.receipt)?;
        let end = leases::End::from(settlement);
        let now = moment::milliseconds(now);
        self.write(move |connection| Ok::<_, Failure>(leases::end(connection, &lease, &end, now)?))
            .await
            .map_err(|failure| self.queue_error(failure))?;
        Ok(())
    }
}

#[async_trait]
impl DeadLetters for LocalStore {
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError> {
        let which = which.clone();
        self.read(move |connection| Ok(dead_letters::find(connection, &which, limit)?))
            .await
            .map_err(|failure| self.queue_error(failure))
    }

    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError> {
        let redriven = self
            .for_each_chunk(which, move |connection, which, span| {
                dead_letters::redrive(connection, which, span, now)
            })
            .await?;
        Ok(redriven)
    }

    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError> {
        self.for_each_chunk(which, |connection, which, span| {
            dead_letters::remove(connection, which, span)
        })
        .await
    }
}

impl LocalStore {
    /// Goes through the selected dead letters, some in each transaction, so that events do not have to wait. New ones
    /// are left alone, or a hook that always fails would be redriven endlessly. Returns how many were processed.
    async fn for_each_chunk(
        &self,
        which: &Selection,
        treat: impl Fn(&Connection, &Selection, Span) -> rusqlite::Result<Chunk>
        + Clone
        + Send
        + 'static,
    ) -> Result<usize, QueueError> {
        let which = Arc::new(which.clone());
        let newest = self.read(|connection| Ok(dead_letters::newest(connection)?));
        let mut span = Span {
            after: 0,
            until: newest.await.map_err(|failure| self.queue_error(failure))?,
            limit: AT_ONCE,
        };
        let mut treated = 0;
        loop {
            let (which, treat) = (Arc::clone(&which), treat.clone());
            let chunk =
                self.write(move |connection| Ok::<_, Failure>(treat(connection, &which, span)?));
            let chunk = chunk.await.map_err(|failure| self.queue_error(failure))?;
            treated += chunk.treated;
            match chunk.last {
                Some(last) => span.after = last,
                None => return Ok(treated),
            }
        }
    }
}
