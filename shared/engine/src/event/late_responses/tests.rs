//! Answers that wait for their store.

use serde_json::json;

use super::*;
use crate::{
    event::idempotency::HELD_FOR,
    testing::{Flaky, MemoryIdempotency, sample::id},
};

fn key() -> IdempotencyKey {
    IdempotencyKey {
        stage: hookpoint_stages::Stage::AfterRegistration,
        application: id("shop"),
        key: "k".to_owned(),
    }
}

fn record(owner: &str, response: Option<&str>) -> IdempotencyRecord {
    let mut record = json!({
        "owner": owner, "fingerprint": "f".repeat(43), "heldUntil": 30_000, "expires": 3_600_000,
    });
    if let Some(text) = response {
        record["answer"] = json!({"status": 200, "body": {"context": {"text": text}}});
    }
    serde_json::from_value(record).unwrap()
}

fn at(milliseconds: u64) -> SystemTime {
    crate::timestamp::time_of(milliseconds)
}

#[tokio::test]
async fn an_answer_that_the_store_did_not_take_is_read_from_here_and_written_later() {
    let store = Arc::new(Flaky::<MemoryIdempotency>::default());
    let late = LateResponses::new(store.clone());
    let put = async |owner: Option<&str>, record: &IdempotencyRecord| {
        late.put_idempotency(&key(), owner, record).await
    };
    assert!(put(None, &record("a", None)).await.unwrap());
    store.set_down(true);
    // A failed take-over does not count, and neither does a hold without a response.
    put(Some("a"), &record("b", Some("x"))).await.unwrap_err();
    put(Some("a"), &record("a", None)).await.unwrap_err();
    assert!(late.is_empty());
    put(Some("a"), &record("a", Some("one"))).await.unwrap_err();
    put(Some("a"), &record("a", Some("two"))).await.unwrap_err();
    late.some().await;
    let response = record("a", Some("two"));
    assert_eq!(
        late.idempotency(&key()).await.unwrap().as_ref(),
        Some(&response)
    );
    assert!(!put(None, &record("b", None)).await.unwrap());
    assert!(!put(Some("b"), &record("c", None)).await.unwrap());
    late.write(at(5_000)).await.unwrap_err();
    assert!(!late.is_empty());
    store.set_down(false);
    late.write(at(6_000)).await.unwrap();
    assert!(late.is_empty());
    assert_eq!(store.idempotency(&key()).await.unwrap(), Some(response));
}

#[tokio::test]
async fn what_another_request_took_over_and_what_counts_no_more_is_not_written() {
    let store = Arc::new(Flaky::<MemoryIdempotency>::default());
    let late = LateResponses::new(store.clone());
    let answered = record("a", Some("one"));
    for (now, taken_over) in [(6_000, true), (3_600_000, false)] {
        store.remove_idempotency(&key(), "b").await.unwrap();
        store.remove_idempotency(&key(), "a").await.unwrap();
        let held = record("a", None);
        late.put_idempotency(&key(), None, &held).await.unwrap();
        store.set_down(true);
        late.put_idempotency(&key(), Some("a"), &answered)
            .await
            .unwrap_err();
        store.set_down(false);
        let mut stored = held.clone();
        if taken_over {
            stored = record("b", None);
            let key = key();
            let other = store.put_idempotency(&key, Some("a"), &stored);
            assert!(other.await.unwrap());
        }
        late.write(at(now)).await.unwrap();
        assert!(late.is_empty());
        assert_eq!(store.idempotency(&key()).await.unwrap(), Some(stored));
    }
}

#[tokio::test]
async fn there_is_an_end_to_how_much_waits() {
    let store = Arc::new(Flaky::<MemoryIdempotency>::default());
    let late = LateResponses {
        room: 100_000,
        ..LateResponses::new(store.clone())
    };
    store.set_down(true);
    let large = record("a", Some(&"x".repeat(2_000)));
    for number in 0..100 {
        let key = IdempotencyKey {
            key: format!("k{number}"),
            ..key()
        };
        let put = late.put_idempotency(&key, Some("a"), &large);
        put.await.unwrap_err();
    }
    let (count, bytes) = {
        let waiting = late.lock();
        (waiting.responses.len(), waiting.bytes)
    };
    assert!(
        bytes <= 100_000 && (40..50).contains(&count),
        "{count} with {bytes} bytes"
    );
    // Writing makes room.
    store.set_down(false);
    late.write(at(1)).await.unwrap();
    assert_eq!(late.lock().bytes, 0);
}

#[test]
fn a_hold_outlasts_what_a_function_may_take() {
    // `Timeout` of a stage in `template.yaml`.
    assert!(HELD_FOR >= std::time::Duration::from_secs(6) * 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_holds_a_response_back_for_half_a_second() {
    struct Hanging;

    #[async_trait]
    impl IdempotencyStore for Hanging {
        async fn idempotency(
            &self,
            _: &IdempotencyKey,
        ) -> Result<Option<IdempotencyRecord>, StoreError> {
            std::future::pending().await
        }

        async fn put_idempotency(
            &self,
            _: &IdempotencyKey,
            _: Option<&str>,
            _: &IdempotencyRecord,
        ) -> Result<bool, StoreError> {
            std::future::pending().await
        }

        async fn remove_idempotency(&self, _: &IdempotencyKey, _: &str) -> Result<(), StoreError> {
            std::future::pending().await
        }
    }

    let late = LateResponses::new(Arc::new(Hanging));
    let begin = tokio::time::Instant::now();
    let answered = record("a", Some("one"));
    let put = late.put_idempotency(&key(), Some("a"), &answered).await;
    assert!(put.unwrap_err().to_string().contains("within 500 ms"));
    late.remove_idempotency(&key(), "b").await.unwrap_err();
    assert_eq!(begin.elapsed(), 2 * CALLERS_PATIENCE);
    let kept = late.idempotency(&key()).await.unwrap();
    assert_eq!(kept, Some(answered));
}
