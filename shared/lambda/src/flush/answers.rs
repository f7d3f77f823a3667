//! Answers that could not be recorded in time, recorded when they are out.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hookpoint_engine::event::late_answers::LateAnswers;
use tokio::time::sleep;

use super::Flush;

/// The pauses between attempts, within the time of one flush.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

#[async_trait]
impl Flush for std::sync::Arc<LateAnswers> {
    fn name(&self) -> &'static str {
        "late answers"
    }

    /// What cannot be recorded now waits for the next flush.
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
            tracing::warn!(%error, "answers that were given are not recorded yet");
        }
    }
}
