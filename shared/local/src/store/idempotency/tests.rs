//! The contract of idempotency records, and the deletion of old ones.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hookpoint_contract::{continuations, idempotency::contract};
use hookpoint_engine::{stages::Stage, testing::sample::id};
use serde_json::json;

use super::*;

#[tokio::test]
async fn the_embedded_store_keeps_the_contract_of_recorded_answers() {
    let directory = tempfile::tempdir().unwrap();
    contract(&LocalStore::open(directory.path()).unwrap()).await;
}

#[tokio::test]
async fn a_continuation_token_is_used_once_on_the_embedded_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    continuations::contract(std::sync::Arc::new(store)).await;
}

#[tokio::test]
async fn answers_that_are_not_replayed_any_more_go_when_the_store_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    let now = SystemTime::now();
    let minute = Duration::from_mins(1);
    let keys = [("over", now - minute), ("valid", now + minute)].map(|(key, expires)| {
        let expires = expires.duration_since(UNIX_EPOCH).unwrap().as_millis();
        let expires = u64::try_from(expires).unwrap();
        let record = json!({"owner": "o", "fingerprint": "f", "heldUntil": 0, "expires": expires});
        let record: IdempotencyRecord = serde_json::from_value(record).unwrap();
        let key = IdempotencyKey {
            stage: Stage::BeforeRegistration,
            application: id("shop"),
            key: key.to_owned(),
        };
        (key, record)
    });
    for (key, record) in &keys {
        assert!(store.put_idempotency(key, None, record).await.unwrap());
        // Whether it still counts is up to the engine: it is there until it is deleted.
        assert_eq!(store.idempotency(key).await.unwrap().as_ref(), Some(record));
    }
    drop(store);
    let store = LocalStore::open(directory.path()).unwrap();
    let [(over, _), (valid, record)] = keys;
    // A change waits for the deletions at the start.
    store.remove_idempotency(&over, "other").await.unwrap();
    assert_eq!(store.idempotency(&over).await.unwrap(), None);
    assert_eq!(store.idempotency(&valid).await.unwrap(), Some(record));
}
