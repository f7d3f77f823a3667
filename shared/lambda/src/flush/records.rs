//! Run records, written when the answer is out.

use std::sync::Arc;

use async_trait::async_trait;
use hookpoint_engine::{ports::RunStore, record::run_log::RunLog};

use super::Flush;

/// As many items as DynamoDB takes at once.
const AT_ONCE: usize = 25;

/// The records of this process's runs, and where they go.
pub(crate) struct Records {
    pub(crate) log: Arc<RunLog>,
    pub(crate) store: Arc<dyn RunStore>,
}

#[async_trait]
impl Flush for Records {
    fn name(&self) -> &'static str {
        "run records"
    }

    /// What cannot be written, or not in time, waits for the next flush.
    async fn flush(&self) {
        if let Err(error) = self.log.write_to(self.store.as_ref(), AT_ONCE).await {
            tracing::warn!(%error, "run records are not written yet");
        }
    }
}
