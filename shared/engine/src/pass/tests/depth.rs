//! Nesting: accepted events pass through everything that carries them.

use super::*;
use crate::{delivery::job::Job, event::json::DEPTH_LIMIT};

/// An object with this many levels.
fn nested(levels: usize) -> Value {
    let text = format!("{}1{}", "{\"x\":".repeat(levels), "}".repeat(levels));
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn an_event_as_deep_as_allowed_is_read_back_from_the_queue() {
    let stage = Stage::AfterRegistration;
    let session = json!({"session": nested(DEPTH_LIMIT - 1)});
    let stand = Wishes::new()
        .static_hook("deep", session)
        .webhook("crm")
        .bind(stage, "deep", 1)
        .bind_with(stage, "crm", 2, |binding| binding.mode = Mode::Asynchronous)
        .quiet();
    let body = json!({"unknown": nested(DEPTH_LIMIT - 1)});
    stand.post(stage, body).await.unwrap();
    let jobs = stand.queue.inner().jobs();
    assert_eq!(jobs.len(), 1);
    assert!(Job::from_json(&jobs[0].to_json()).is_ok());
}

#[tokio::test]
async fn a_response_that_is_deeper_fails_its_hook() {
    let stage = Stage::AfterRegistration;
    let session = json!({"session": nested(DEPTH_LIMIT)});
    let stand = Wishes::new()
        .static_hook("deep", session)
        .bind(stage, "deep", 1)
        .quiet();
    let report = stand.post(stage, json!({})).await.unwrap();
    assert_eq!(outcomes(&report), [("deep".to_owned(), "bad-response")]);
}
