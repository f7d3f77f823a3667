//! Run records on their way to a store.
//!
//! Whoever runs a hook puts its record here and goes on: a record costs the answer no I/O. Who writes them out is another's business: on
//! Lambda the flush after the answer, elsewhere a writer of its own. What does not fit any more is counted and said.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    ports::{RunStore, StoreError},
    record::RunRecord,
};

/// How many records may wait: a few seconds' worth on a busy laptop.
const CAPACITY: usize = 20_000;
/// About how much memory they may take, in bytes: little beside the smallest function that makes sense.
const BYTES: usize = 48 * 1024 * 1024;

/// Records that wait to be written.
#[derive(Default)]
pub struct RunLog {
    waiting: Mutex<Waiting>,
    changed: Notify,
    is_off: bool,
}

#[derive(Default)]
struct Waiting {
    records: VecDeque<RunRecord>,
    /// About how much memory they take, in bytes.
    bytes: usize,
    /// How many there are at the back that nobody has looked at.
    unseen: usize,
    lost: u64,
    lost_unseen: u64,
}

impl Waiting {
    /// Makes room for a record, if need be by leaving out what it keeps of its event; `None` when there is none.
    fn fitting(&mut self, mut record: RunRecord) -> Option<RunRecord> {
        if self.bytes + record.weight() > BYTES && record.kept.take().is_some() {
            record.shortened = true;
        }
        let weight = record.weight();
        if self.records.len() >= CAPACITY || self.bytes + weight > BYTES {
            return None;
        }
        self.bytes += weight;
        Some(record)
    }

    fn lose_one(&mut self) {
        self.lost += 1;
        self.lost_unseen += 1;
    }
}

impl RunLog {
    /// A log that takes nothing, for a program in which nobody writes records out. Such records are not even made.
    pub fn off() -> Self {
        Self {
            is_off: true,
            ..Self::default()
        }
    }

    /// Takes records.
    pub fn push(&self, records: impl IntoIterator<Item = RunRecord>) {
        if self.is_off {
            return;
        }
        let mut waiting = self.lock();
        let before = waiting.records.len();
        for record in records {
            if let Some(record) = waiting.fitting(record) {
                waiting.records.push_back(record);
                waiting.unseen += 1;
            } else {
                waiting.lose_one();
            }
        }
        let is_more = waiting.records.len() > before;
        drop(waiting);
        if is_more {
            self.changed.notify_one();
        }
    }

    /// Waits until there is a record.
    pub async fn some(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lock().records.is_empty()
    }

    /// Writes what waits, `at_once` records at a time. When the store fails, what was not written waits on.
    pub async fn write_to(&self, store: &dyn RunStore, at_once: usize) -> Result<(), StoreError> {
        loop {
            let (records, lost) = self.take(at_once.max(1));
            if lost > 0 {
                tracing::warn!(
                    records = lost,
                    "run records were not kept: they came faster than they could be written"
                );
            }
            if records.is_empty() {
                return Ok(());
            }
            let mut unwritten = Unwritten { log: self, records };
            store.write_runs(&unwritten.records).await?;
            unwritten.records.clear();
        }
    }

    /// Shows each record that waits once, however often it cannot be written, and answers how many were lost since the last look. For
    /// whoever counts runs; they look before they write.
    pub fn look(&self, mut show: impl FnMut(&RunRecord)) -> u64 {
        let mut waiting = self.lock();
        let seen = waiting.records.len() - std::mem::take(&mut waiting.unseen);
        waiting.records.range(seen..).for_each(&mut show);
        std::mem::take(&mut waiting.lost_unseen)
    }

    fn take(&self, limit: usize) -> (Vec<RunRecord>, u64) {
        let mut waiting = self.lock();
        let count = waiting.records.len().min(limit);
        let records: Vec<_> = waiting.records.drain(..count).collect();
        waiting.bytes -= records
            .iter()
            .map(RunRecord::weight)
            .sum::<usize>()
            .min(waiting.bytes);
        waiting.unseen = waiting.unseen.min(waiting.records.len());
        (records, std::mem::take(&mut waiting.lost))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records that are being written. Dropped before they are, because the store failed or nobody waited for it, they go back.
struct Unwritten<'a> {
    log: &'a RunLog,
    records: Vec<RunRecord>,
}

impl Drop for Unwritten<'_> {
    fn drop(&mut self) {
        let mut waiting = self.log.lock();
        for record in self.records.drain(..).rev() {
            if let Some(record) = waiting.fitting(record) {
                waiting.records.push_front(record);
            } else {
                waiting.lose_one();
            }
        }
    }
}

impl fmt::Debug for RunLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.lock();
        formatter
            .debug_struct("RunLog")
            .field("waiting", &waiting.records.len())
            .finish_non_exhaustive()
    }
}
