//! Run records in memory, for somebody who shows them.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use hookpoint_engine::{
    ports::{RunStore, StoreError},
    record::{RunFilter, RunId, RunRecord, run_log::RunLog},
};

/// A store of no more than what a log held.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<Vec<RunRecord>>);

impl Records {
    /// What waits in a log, taken out of it.
    pub(crate) async fn taken_from(log: &RunLog) -> Vec<RunRecord> {
        let records = Self::default();
        if let Err(error) = log.write_to(&records, usize::MAX).await {
            tracing::error!(%error, "memory refused run records");
        }
        records
            .0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RunStore for Records {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(records);
        Ok(())
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest_first = all.iter().rev().filter(|record| filter.matches(record));
        Ok(newest_first.take(limit).cloned().collect())
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.iter().find(|record| record.id == *id).cloned())
    }
}
