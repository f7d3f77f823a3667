//! Tests of processing batches.

mod fixture;

use std::time::Duration;

use hookpoint_engine::ports::Settlement;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::fixture::{Fixture, Handed, failures, message, no_job};
use super::*;

/// Plenty of time, in seconds.
const TIME: u64 = 30;

#[tokio::test(start_paused = true)]
async fn a_batch_is_worked_on_at_once_and_only_what_is_not_answered_for_is_named() {
    let fixture = Fixture::new(false);
    let batch = json!({"Records": [
        message("delivered", json!({"status": 204, "delay": 2})),
        message("refused for now", json!({"status": 503, "delay": 2})),
        message("refused for good", json!({"status": 400, "delay": 2})),
        no_job("no job", "{\"v\": 0}"),
        no_job("newer", "{\"v\": 99}"),
        message("not handed over", json!({"status": 503})),
    ]});
    let start = Instant::now();
    let answer = fixture.work(&batch, TIME).await;
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": "not handed over"}]})
    );
    let handed = fixture.handed();
    assert!(!handed.contains_key("delivered"), "it has no replacement");
    let Handed::Over(Settlement::Retry(next)) = &handed["refused for now"] else {
        panic!("{handed:?}");
    };
    assert_eq!(next.attempt, 2);
    for (id, code) in [("refused for good", "bad-status"), ("no job", "malformed")] {
        let Handed::Over(Settlement::Dead(reason)) = &handed[id] else {
            panic!("{handed:?}");
        };
        assert_eq!(reason.code, code);
    }
    assert!(matches!(
        &handed["newer"],
        Handed::Over(Settlement::Postponed(_))
    ));
}

#[tokio::test]
async fn a_panic_leaves_its_own_message_in_the_queue_and_touches_no_other() {
    let fixture = Fixture::new(false);
    let batch = json!({"Records": [
        message("before", json!({"status": 400})),
        message("panics", json!({"status": 400})),
        message("after", json!({"status": 400})),
    ]});
    assert_eq!(failures(&fixture.work(&batch, TIME).await), ["panics"]);
    assert_eq!(
        fixture.handed().keys().collect::<Vec<_>>(),
        ["after", "before"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_begun_or_ended_before_the_deadline_comes_back() {
    let fixture = Fixture::new(false);
    let batch = json!({"Records": [
        message("quick", json!({"status": 204, "delay": 1})),
        message("slow", json!({"status": 204, "delay": 3})),
    ]});
    let start = Instant::now();
    assert_eq!(failures(&fixture.work(&batch, 3).await), ["slow"]);
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "there is time left to respond"
    );
    assert_eq!(fixture.webhook.calls().len(), 2);

    assert_eq!(failures(&fixture.work(&batch, 1).await), ["quick", "slow"]);
    assert_eq!(fixture.webhook.calls().len(), 2, "nothing was started");
    let handed = fixture.handed();
    for id in ["quick", "slow"] {
        assert_eq!(handed[id], Handed::Postponed(Duration::ZERO), "released");
    }
}

#[tokio::test(start_paused = true)]
async fn with_order_to_keep_nothing_overtakes_a_failed_delivery_of_its_group() {
    let fixture = Fixture::new(true);
    let batch = json!({"Records": [
        grouped("a", 1, message("a1", json!({"status": 204}))),
        grouped("a", 3, message("a2", json!({"status": 503}))),
        grouped("b", 1, message("b1", json!({"status": 204}))),
        grouped("a", 1, message("a3", json!({"status": 204}))),
        grouped("a", 1, message("a4", json!({"status": 204}))),
        grouped("b", 1, message("b2", json!({"status": 204}))),
    ]});
    assert_eq!(
        failures(&fixture.work(&batch, TIME).await),
        ["a2", "a3", "a4"]
    );
    let mut called = fixture.called();
    called.sort_unstable();
    assert_eq!(called, ["a1", "a2", "b1", "b2"]);
    let handed = fixture.handed();
    let Handed::Postponed(wait) = handed["a2"] else {
        panic!("{handed:?}");
    };
    // The third attempt by the queue's count: about two minutes.
    assert!((96..=144).contains(&wait.as_secs()), "{wait:?}");
    for id in ["a3", "a4"] {
        assert_eq!(handed[id], Handed::Postponed(Duration::ZERO));
    }
    assert_eq!(handed.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn with_order_to_keep_a_delivery_that_is_given_up_holds_up_no_other() {
    let fixture = Fixture::new(true);
    let batch = json!({"Records": [
        grouped("a", 40, message("a1", json!({"status": 503}))),
        grouped("a", 40, message("a2", json!({"status": 204}))),
    ]});
    assert_eq!(failures(&fixture.work(&batch, TIME).await), [""; 0]);
    assert_eq!(fixture.called(), ["a1", "a2"]);
    let handed = fixture.handed();
    let Handed::Over(Settlement::Dead(reason)) = &handed["a1"] else {
        panic!("{handed:?}");
    };
    assert_eq!(reason.code, "server-error");

    // A message without a durable replacement holds up those behind it: otherwise it would come back after them.
    let batch = json!({"Records": [
        grouped("a", 1, message("not handed over", json!({"status": 400}))),
        grouped("a", 1, message("a3", json!({"status": 204}))),
    ]});
    let answer = fixture.work(&batch, TIME).await;
    assert_eq!(failures(&answer), ["not handed over", "a3"]);
    assert!(!fixture.called().contains(&"a3".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn with_order_to_keep_an_outage_of_the_store_is_asked_after_less_and_less_often() {
    let fixture = Fixture::new(true);
    fixture.break_store();
    for (received, least, most) in [(1, 24, 36), (4, 96, 144), (1_000, 720, 1_080)] {
        let batch = json!({"Records": [
            grouped("a", received, message("a1", json!({"status": 204}))),
        ]});
        assert_eq!(failures(&fixture.work(&batch, TIME).await), ["a1"]);
        let handed = fixture.handed();
        let Handed::Postponed(wait) = handed["a1"] else {
            panic!("{handed:?}");
        };
        assert!((least..=most).contains(&wait.as_secs()), "{wait:?}");
    }
}

#[test]
fn a_payload_that_is_no_batch_is_an_error_in_words_without_its_values() {
    for payload in [
        json!({}),
        json!({"Records": []}),
        json!({"Records": [{"Sns": {"Message": "s3cr3t"}}]}),
        json!({"Records": [{"messageId": "1", "receiptHandle": "2", "body": {"s3cr3t": 1}}]}),
        json!([]),
        json!("s3cr3t"),
    ] {
        let payload: batch::Payload = serde_json::from_value(payload).unwrap();
        let Err(error) = payload.into_messages() else {
            panic!("it is not a batch");
        };
        let diagnostic = lambda_runtime::Diagnostic::from(error);
        assert_eq!(diagnostic.error_type, "Hookpoint.NotABatch");
        assert!(diagnostic.error_message.contains("`Records`"));
        assert!(!diagnostic.error_message.contains("s3cr3t"));
    }
}

/// A message of a group with a receive count.
fn grouped(group: &str, received: u32, mut message: Value) -> Value {
    message["attributes"] =
        json!({"MessageGroupId": group, "ApproximateReceiveCount": received.to_string()});
    message
}
