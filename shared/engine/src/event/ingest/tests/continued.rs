//! Events with a continuation token, which can be used once, with an idempotency key or without.

use super::*;

/// A hook that suspends.
fn asking() -> Stand {
    Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .answering(|_, call| {
            let answer = &call.event["continueContext"]["values"]["f"];
            let question =
                json!([{"id": "one", "fields": [{"id": "f", "label": "F", "type": "text"}]}]);
            Answer::json(&if answer.is_null() {
                json!({ "profilingSteps": question })
            } else {
                json!({"context": {"answer": answer}})
            })
        })
}

async fn send(stand: &Stand, key: Option<&str>, more: Value) -> (u16, Value, IngestResponse) {
    let ingest_key = add_key(stand, "shop", None);
    stand.engine.forget();
    let bearer = format!("Bearer {ingest_key}");
    let mut sent = headers(&[
        ("authorization", &bearer),
        ("content-type", "application/json"),
    ]);
    sent.extend(key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
    let mut event = STAGE.example();
    crate::pass::merge::apply_patch(&mut event, &more);
    post(
        stand,
        "shop",
        &STAGE.name(),
        &sent,
        event.to_string().as_bytes(),
    )
    .await
}

async fn token(stand: &Stand) -> String {
    let (status, body, _) = send(stand, None, json!({})).await;
    assert_eq!(status, 200, "{body}");
    body["continuation"].as_str().unwrap().to_owned()
}

fn answering(token: &str, answer: &str) -> Value {
    json!({"continuation": token, "continueContext": {"stepId": "one", "values": {"f": answer}}})
}

#[tokio::test]
async fn a_token_and_a_key_both_count() {
    let stand = asking();
    let first = token(&stand).await;
    let (status, body, _) = send(&stand, Some("k"), answering(&first, "a")).await;
    assert_eq!((status, &body), (200, &json!({"context": {"answer": "a"}})));
    // The recorded answer: under the same key, another one, or none.
    for key in [Some("k"), Some("l"), None, Some("l")] {
        let (status, again, response) = send(&stand, key, answering(&first, "a")).await;
        assert_eq!((status, &again), (200, &body));
        assert_eq!(header(&response, "idempotent-replayed"), Some("true"));
    }
    // A different answer to the continuation, whatever the key.
    for (key, expected) in [
        (None, "continuation-used"),
        (Some("m"), "continuation-used"),
        (Some("k"), "idempotency-key-reused"),
        (Some("l"), "idempotency-key-reused"),
    ] {
        let (_, problem, _) = send(&stand, key, answering(&first, "b")).await;
        assert_eq!(problem["code"], expected, "{key:?}");
    }
    // A rejected request leaves its key free.
    let second = token(&stand).await;
    let (status, _, _) = send(&stand, Some("m"), answering(&second, "b")).await;
    assert_eq!(status, 200);
    assert_eq!(stand.called().len(), 4);
}

#[tokio::test]
async fn a_token_that_is_not_of_this_event_is_refused_and_nothing_is_stored() {
    let stand = asking();
    let first = token(&stand).await;
    let other = json!({"customer": {"identifiers": {"email": "other@example.com"}}});
    for (event, code) in [
        (json!({"continuation": "AAAA"}), "continuation-invalid"),
        (
            json!({"continuation": first, "customer": other["customer"]}),
            "continuation-wrong-subject",
        ),
    ] {
        let (status, problem, _) = send(&stand, None, event).await;
        assert_eq!((status, &problem["code"]), (400, &json!(code)));
    }
    assert!(stand.idempotency.inner().is_empty());
    let (status, _, _) = send(&stand, None, answering(&first, "a")).await;
    assert_eq!(status, 200);
}
