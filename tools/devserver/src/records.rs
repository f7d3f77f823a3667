//! Run records in memory, for display.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use hookpoint_engine::{
    ports::{RunStore, StoreError},
    record::{RunFilter, RunId, RunRecord, run_log::RunLog},
};

/// A store for the records of one log.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<Vec<RunRecord>>);

impl Records {
    /// Removes and returns the records in a log.
    pub(crate) async fn taken_from(log: &RunLog) -> Vec<RunRecord> {
        let records = Self::default();
        if let Err(error) = log.write_to(&records, usize::MAX).await {
            tracing::error!(%error, "failed to collect run records");
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
