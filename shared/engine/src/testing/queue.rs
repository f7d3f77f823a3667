//! An in-memory queue.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;

use crate::{
    delivery::job::Job,
    ports::{
        DeadLetter, DeadLetters, DeadReason, FoundLetters, JobQueue, Leased, QueueError, Selection,
        Settlement, WorkQueue,
    },
};

/// Stores jobs as messages, like any other queue. Its clock is the `now` of each call.
#[derive(Debug, Default)]
pub struct MemoryQueue(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Waiting>,
    dead: Vec<Dead>,
    /// The number of messages, leases and turns so far, used to number them.
    count: u64,
    /// When each application last had its turn.
    turns: HashMap<String, u64>,
}

#[derive(Debug)]
struct Waiting {
    message: String,
    /// Applications take turns.
    application: String,
    due: SystemTime,
    number: u64,
    lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    receipt: String,
    until: SystemTime,
}

#[derive(Debug)]
struct Dead {
    id: String,
    message: String,
    reason: DeadReason,
    since: SystemTime,
}

impl MemoryQueue {
    /// Every unsettled job, leased or not, in the order of arrival.
    pub fn jobs(&self) -> Vec<Job> {
        let held = self.lock();
        let jobs = held
            .waiting
            .iter()
            .map(|waiting| Job::from_json(&waiting.message));
        jobs.filter_map(Result::ok).collect()
    }

    /// Adds a raw message, due immediately.
    pub fn inject(&self, message: &str) {
        self.lock()
            .push(message.to_owned(), "", SystemTime::UNIX_EPOCH);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn push(&mut self, message: String, application: &str, due: SystemTime) {
        let number = self.number();
        self.waiting.push(Waiting {
            message,
            application: application.to_owned(),
            due,
            number,
            lease: None,
        });
    }

    fn push_job(&mut self, job: &Job) {
        self.push(job.to_json(), job.application.as_str(), job.due());
    }

    /// Leases the next job: that of the application whose last turn is longest ago, and of its jobs the one overdue for
    /// longest.
    fn lease_next(&mut self, lease: Duration, now: SystemTime) -> Option<Leased> {
        let receipt = format!("lease-{}", self.number());
        let turn = self.count;
        let turns = &self.turns;
        let next = self
            .waiting
            .iter_mut()
            .filter(|waiting| waiting.due <= now && !waiting.is_leased(now))
            .min_by_key(|waiting| {
                let last_turn = turns.get(&waiting.application).copied();
                (last_turn, waiting.due, waiting.number)
            })?;
        next.lease = Some(Lease {
            receipt: receipt.clone(),
            until: now + lease,
        });
        let job = Job::from_message(&next.message);
        let bytes = next.message.len();
        let application = next.application.clone();
        self.turns.insert(application, turn);
        Some(Leased {
            job,
            receipt,
            bytes,
        })
    }

    fn is_chosen(which: &Selection, dead: &Dead) -> bool {
        which.contains(&dead.letter())
    }
}

impl Dead {
    fn letter(&self) -> DeadLetter {
        DeadLetter {
            id: self.id.clone(),
            job: Job::from_message(&self.message),
            reason: Some(self.reason.clone()),
            since: Some(self.since),
        }
    }
}

impl Waiting {
    fn is_leased(&self, now: SystemTime) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn enqueue(&self, jobs: &[Job], _now: SystemTime) -> Result<(), QueueError> {
        let mut held = self.lock();
        for job in jobs {
            held.push_job(job);
        }
        Ok(())
    }
}

#[async_trait]
impl WorkQueue for MemoryQueue {
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        let mut held = self.lock();
        Ok(std::iter::from_fn(|| held.lease_next(lease, now))
            .take(limit)
            .collect())
    }

    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        let mut held = self.lock();
        let has_lease = |waiting: &Waiting| {
            let lease = waiting.lease.as_ref();
            lease.is_some_and(|lease| lease.receipt == leased.receipt)
        };
        let Some(index) = held.waiting.iter().position(has_lease) else {
            return Ok(());
        };
        let settled = held.waiting.remove(index);
        match settlement {
            Settlement::Done => {}
            Settlement::Retry(job) => held.push_job(&job),
            Settlement::Postponed(wait) => {
                held.push(settled.message, &settled.application, now + wait);
            }
            Settlement::Dead(reason) => held.dead.push(Dead {
                id: Job::from_json(&settled.message).map_or_else(
                    |_| format!("message-{}", settled.number),
                    |job| job.delivery.into(),
                ),
                message: settled.message,
                reason,
                since: now,
            }),
        }
        Ok(())
    }
}

#[async_trait]
impl DeadLetters for MemoryQueue {
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError> {
        let held = self.lock();
        let mut letters: Vec<_> = held.dead.iter().map(Dead::letter).collect();
        letters.retain(|letter| which.contains(letter));
        let is_all = letters.len() <= limit;
        letters.truncate(limit);
        Ok(FoundLetters { letters, is_all })
    }

    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError> {
        let mut held = self.lock();
        let all = std::mem::take(&mut held.dead);
        let before = all.len();
        for dead in all {
            match Job::from_json(&dead.message) {
                Ok(job) if State::is_chosen(which, &dead) => held.push_job(&job.anew(now)),
                _ => held.dead.push(dead),
            }
        }
        Ok(before - held.dead.len())
    }

    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError> {
        let mut held = self.lock();
        let before = held.dead.len();
        held.dead.retain(|dead| !State::is_chosen(which, dead));
        Ok(before - held.dead.len())
    }
}
