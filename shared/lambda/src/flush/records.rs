//! Run records, written after the response.

use std::sync::Arc;

use async_trait::async_trait;
use hookpoint_engine::{ports::RunStore, record::run_log::RunLog};

use super::Flush;

/// Maximum number of items in one DynamoDB batch.
const AT_ONCE: usize = 25;

/// The records of this process's runs, and their store.
pub(crate) struct Records {
    pub(crate) log: Arc<RunLog>,
    pub(crate) store: Arc<dyn RunStore>,
}

#[async_trait]
impl Flush for Records {
    fn name(&self) -> &'static str {
        "run records"
    }

    /// Records that cannot be written in time wait for the next flush.
    async fn flush(&self) {
        if let Err(error) = self.log.write_to(self.store.as_ref(), AT_ONCE).await {
            tracing::warn!(%error, "run records are not written yet");
        }
    }
}
