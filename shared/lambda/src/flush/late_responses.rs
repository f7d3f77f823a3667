//! Idempotency records that could not be written before the response, written after it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hookpoint_engine::event::late_responses::LateResponses;
use tokio::time::sleep;

use super::Flush;

/// Pauses between attempts, within the timeout of one flush.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

#[async_trait]
impl Flush for std::sync::Arc<LateResponses> {
    fn name(&self) -> &'static str {
        "late responses"
    }

    /// Records that cannot be written wait for the next flush.
    async fn flush(&self) {
        if self.is_empty() {
            return;
        }
        for pause in PAUSES {
            if self.write(SystemTime::now()).await.is_ok() {
                return;
            }
            sleep(pause).await;
        }
        if let Err(error) = self.write(SystemTime::now()).await {
            tracing::warn!(%error, "responses are not recorded yet");
        }
    }
}
