//! Idempotency keys: the conditions of the writes.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookpoint_engine::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::IdempotencyStore as _,
};

use super::*;

fn key() -> IdempotencyKey {
    IdempotencyKey {
        stage: STAGE,
        application: "shop".parse().unwrap(),
        key: "order #7".to_owned(),
    }
}

fn record_of(owner: &str, answer: Option<Value>) -> IdempotencyRecord {
    let mut record = json!({
        "owner": owner, "fingerprint": "f", "heldUntil": 1_760_000_003_000_u64, "expires": 1_760_003_600_001_u64,
    });
    if let Some(body) = answer {
        record["answer"] = json!({"status": 200, "body": body});
    }
    serde_json::from_value(record).unwrap()
}

#[tokio::test]
async fn a_write_names_who_holds_the_key_and_a_repetition_of_it_finds_itself() {
    let calls = AtomicUsize::new(0);
    let (aws, store) = store(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        // The first response is lost: the SDK retries.
        0 => (500, json!({"__type": "InternalServerError"})),
        4 => failure(
            "ConditionalCheckFailedException",
            "The conditional request failed",
        ),
        _ => ok(json!({})),
    })
    .await;
    let (first, second) = (record_of("first", None), record_of("second", None));
    let large = record_of(
        "second",
        Some(json!({"context": {"text": "x".repeat(5_000)}})),
    );
    assert!(store.put_idempotency(&key(), None, &first).await.unwrap());
    assert!(
        store
            .put_idempotency(&key(), Some("first"), &second)
            .await
            .unwrap()
    );
    assert!(
        store
            .put_idempotency(&key(), Some("second"), &large)
            .await
            .unwrap()
    );
    assert!(
        !store
            .put_idempotency(&key(), Some("second"), &large)
            .await
            .unwrap()
    );
    let requests = aws.requests();
    assert_eq!(requests[0].body, requests[1].body);
    let [taken, taken_over, answered] = [1, 2, 3].map(|index: usize| &requests[index].body);
    let item = &taken["Item"];
    assert_eq!(
        item["pk"]["S"],
        "conversation-start#idempotency:shop:order %237"
    );
    assert_eq!(
        (&item["sk"]["S"], &item["expires"]["N"]),
        (&json!("state"), &json!("1760003601"))
    );
    assert_eq!(
        taken["ConditionExpression"],
        "attribute_not_exists(pk) OR body = :body"
    );
    assert_eq!(
        taken["ExpressionAttributeValues"],
        json!({":body": item["body"]})
    );
    assert_eq!(
        taken_over["ConditionExpression"],
        "holder = :holder OR body = :body"
    );
    assert_eq!(
        taken_over["ExpressionAttributeValues"][":holder"]["S"],
        "first"
    );
    // A large response is compressed.
    assert_eq!(answered["ConditionExpression"], "holder = :holder");
    assert!(answered["Item"]["data"]["B"].as_str().unwrap().len() < 1_000);
}

#[tokio::test]
async fn a_key_is_read_consistently_and_removed_by_its_holder_only() {
    let stored = record_of(
        "first",
        Some(json!({"context": {"text": "x".repeat(5_000)}})),
    );
    let item = wire(&crate::item::idempotency(&key(), &stored).unwrap());
    let (aws, store) = store(move |request| match request.operation.as_str() {
        "GetItem" => ok(json!({"Item": item})),
        _ => failure(
            "ConditionalCheckFailedException",
            "The conditional request failed",
        ),
    })
    .await;
    assert_eq!(store.idempotency(&key()).await.unwrap(), Some(stored));
    store.remove_idempotency(&key(), "second").await.unwrap();
    let requests = aws.requests();
    assert_eq!(requests[0].body["ConsistentRead"], true);
    assert_eq!(requests[1].body["ConditionExpression"], "holder = :holder");
    assert_eq!(
        requests[1].body["ExpressionAttributeValues"][":holder"]["S"],
        "second"
    );
}
