//! Buffers run records on their way to a store.
//!
//! Recording a run costs the response no I/O. The records are written later: on Lambda by the flush after the response,
//! elsewhere by a background writer. Records that do not fit are counted and reported.

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

/// Maximum number of waiting records: a few seconds' worth on a busy laptop.
const CAPACITY: usize = 20_000;
/// Approximate maximum memory for waiting records, in bytes: little for the smallest practical function.
const BYTES: usize = 48 * 1024 * 1024;

/// Run records waiting to be written.
#[derive(Default)]
pub struct RunLog {
    waiting: Mutex<Waiting>,
    changed: Notify,
    is_off: bool,
}

#[derive(Default)]
struct Waiting {
    /// Each with its weight.
    records: VecDeque<(usize, RunRecord)>,
    /// Approximate memory use, in bytes.
    bytes: usize,
    /// Number of records at the back not yet seen by [`RunLog::look`].
    unseen: usize,
    lost: u64,
    lost_unseen: u64,
}

impl Waiting {
    /// Makes a record fit, if necessary by dropping its kept event; `None` when there is no room.
    fn fitting(&mut self, mut record: RunRecord) -> Option<(usize, RunRecord)> {
        let mut weight = record.weight();
        if self.bytes + weight > BYTES && record.kept.take().is_some() {
            record.shortened = true;
            weight = record.weight();
        }
        if self.records.len() >= CAPACITY || self.bytes + weight > BYTES {
            return None;
        }
        self.bytes += weight;
        Some((weight, record))
    }

    fn lose_one(&mut self) {
        self.lost += 1;
        self.lost_unseen += 1;
    }
}

impl RunLog {
    /// A log that discards records, for programs that do not write them. The engine then creates none.
    pub fn off() -> Self {
        Self {
            is_off: true,
            ..Self::default()
        }
    }

    /// Adds records.
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

    /// Waits until there is a record to write.
    pub async fn some(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Whether no records are waiting.
    pub fn is_empty(&self) -> bool {
        self.lock().records.is_empty()
    }

    /// Writes the waiting records, `at_once` at a time. When the store fails, the rest keep waiting.
    pub async fn write_to(&self, store: &dyn RunStore, at_once: usize) -> Result<(), StoreError> {
        loop {
            let (records, lost) = self.take(at_once.max(1));
            if lost > 0 {
                tracing::warn!(
                    records = lost,
                    "run records were lost: they arrived faster than they could be written"
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

    /// Shows each waiting record once, even if writing it fails repeatedly, and returns how many were lost since the
    /// last call. For metrics, which must call it before records are written.
    pub fn look(&self, mut show: impl FnMut(&RunRecord)) -> u64 {
        let mut waiting = self.lock();
        let seen = waiting.records.len() - std::mem::take(&mut waiting.unseen);
        waiting
            .records
            .range(seen..)
            .for_each(|(_, record)| show(record));
        std::mem::take(&mut waiting.lost_unseen)
    }

    fn take(&self, limit: usize) -> (Vec<RunRecord>, u64) {
        let mut waiting = self.lock();
        let count = waiting.records.len().min(limit);
        let (weights, records): (Vec<_>, Vec<_>) = waiting.records.drain(..count).unzip();
        waiting.bytes -= weights.iter().sum::<usize>();
        waiting.unseen = waiting.unseen.min(waiting.records.len());
        (records, std::mem::take(&mut waiting.lost))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records being written. When dropped before that is done, because the store failed or the write was cancelled, they
/// return to the log.
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
