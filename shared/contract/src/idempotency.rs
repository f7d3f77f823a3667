//! The contract of `IdempotencyStore`.

use futures::future::join_all;
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::{Names, names::incompressible, run_all};
use hookpoint_engine::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::IdempotencyStore,
    testing::hostile_json::HostileJson,
};

checks! {
    dyn IdempotencyStore:
    self::{
        nothing_is_stored_under_a_new_key,
        of_many_who_create_one_does,
        only_the_owner_replaces,
        of_many_who_take_over_one_does,
        only_the_owner_removes,
        large_records_come_back_with_every_digit,
        hostile_answers_come_back_as_they_were,
        keys_that_differ_in_anything_are_different,
    };
}

/// Runs every check and panics with the names of those that failed.
pub async fn contract(store: &(dyn IdempotencyStore + 'static)) {
    run_all(ALL, store).await;
}

const STAGE: Stage = Stage::BeforeRegistration;

fn fresh_key() -> IdempotencyKey {
    IdempotencyKey {
        stage: STAGE,
        application: Names::fresh().application_id(),
        key: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
    }
}

fn record_of(owner: &str, more: Value) -> IdempotencyRecord {
    // Far from now: the engine decides what has expired, not the store.
    let mut record = json!({
        "owner": owner, "fingerprint": "f".repeat(43), "heldUntil": 4_000_000_000_123_u64, "expires": 4_000_003_600_123_u64,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        record[name] = value.clone();
    }
    serde_json::from_value(record).unwrap()
}

fn record(owner: &str) -> IdempotencyRecord {
    record_of(owner, json!({}))
}

async fn put(
    store: &dyn IdempotencyStore,
    key: &IdempotencyKey,
    owner: Option<&str>,
    record: &IdempotencyRecord,
) -> bool {
    store.put_idempotency(key, owner, record).await.unwrap()
}

async fn assert_stored(
    store: &dyn IdempotencyStore,
    key: &IdempotencyKey,
    expected: Option<&IdempotencyRecord>,
) {
    let stored = store.idempotency(key).await.unwrap();
    let text = |record: Option<&IdempotencyRecord>| serde_json::to_string(&record).unwrap();
    // Compared as text: numbers with different digits may be equal.
    assert!(
        text(stored.as_ref()) == text(expected),
        "`{}` holds a different record, or none",
        key.key
    );
}

async fn nothing_is_stored_under_a_new_key(store: &dyn IdempotencyStore) {
    let key = fresh_key();
    assert_stored(store, &key, None).await;
    store.remove_idempotency(&key, "other").await.unwrap();
    assert!(!put(store, &key, Some("other"), &record("a")).await);
    assert_stored(store, &key, None).await;
}

async fn of_many_who_create_one_does(store: &dyn IdempotencyStore) {
    for _ in 0..3 {
        let key = fresh_key();
        let records: Vec<_> = (0..16).map(|number| record(&format!("{number}"))).collect();
        let created = records.iter().map(|record| put(store, &key, None, record));
        let created = join_all(created).await;
        let winners: Vec<_> = records
            .iter()
            .zip(created)
            .filter(|(_, created)| *created)
            .map(|(record, _)| record)
            .collect();
        assert_eq!(winners.len(), 1);
        assert_stored(store, &key, Some(winners[0])).await;
    }
}

async fn only_the_owner_replaces(store: &dyn IdempotencyStore) {
    let key = fresh_key();
    let first = record("first");
    assert!(put(store, &key, None, &first).await);
    for wrong in [None, Some("second"), Some("First"), Some("")] {
        assert!(!put(store, &key, wrong, &record("second")).await);
    }
    assert_stored(store, &key, Some(&first)).await;
    let answered = record_of("first", json!({"answer": {"status": 200, "body": {}}}));
    assert!(put(store, &key, Some("first"), &answered).await);
    assert_stored(store, &key, Some(&answered)).await;
    // A replacement may omit members and have another owner.
    let second = record("second");
    assert!(put(store, &key, Some("first"), &second).await);
    assert_stored(store, &key, Some(&second)).await;
    assert!(!put(store, &key, Some("first"), &answered).await);
    assert_stored(store, &key, Some(&second)).await;
}

async fn of_many_who_take_over_one_does(store: &dyn IdempotencyStore) {
    let key = fresh_key();
    assert!(put(store, &key, None, &record("gone")).await);
    let takers: Vec<_> = (0..16).map(|number| record(&format!("{number}"))).collect();
    let taken = takers
        .iter()
        .map(|taker| put(store, &key, Some("gone"), taker));
    let taken = join_all(taken).await;
    let index = taken.iter().position(|taken| *taken).unwrap();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    assert_stored(store, &key, Some(&takers[index])).await;
}

async fn only_the_owner_removes(store: &dyn IdempotencyStore) {
    let key = fresh_key();
    let stored = record("a");
    assert!(put(store, &key, None, &stored).await);
    store.remove_idempotency(&key, "b").await.unwrap();
    assert_stored(store, &key, Some(&stored)).await;
    for _ in 0..2 {
        store.remove_idempotency(&key, "a").await.unwrap();
        assert_stored(store, &key, None).await;
    }
    assert!(put(store, &key, None, &record("b")).await);
}

async fn large_records_come_back_with_every_digit(store: &dyn IdempotencyStore) {
    let key = fresh_key();
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let large = incompressible(11, 261_000, &alphabet);
    let mut body: Value = serde_json::from_str(
        r#"{"z": 12345678901234567890.10, "a": 1e400, "b": {"\u0000\uffff": [null, "😀"]}}"#,
    )
    .unwrap();
    body["large"] = Value::from(large);
    let pending = json!({
        "correlationId": "6f1c2a52", "accepted": 1_760_000_000_123_u64,
        "jobs": [{
            "delivery": "msg_1", "target": {"store": "customers"}, "binding": "crm",
            "hook": {"name": "crm", "version": 7, "sha256": "ab".repeat(32)},
        }],
        "redactions": {"context": {"shown": "[redacted]", "gone": null}},
    });
    let answer = json!({"answer": {"status": 200, "body": body, "pending": pending}});
    let stored = record_of("a", answer);
    assert!(put(store, &key, None, &record("a")).await);
    assert!(put(store, &key, Some("a"), &stored).await);
    assert_stored(store, &key, Some(&stored)).await;
    // A smaller replacement leaves nothing of it behind.
    assert!(put(store, &key, Some("a"), &record("b")).await);
    assert_stored(store, &key, Some(&record("b"))).await;
    store.remove_idempotency(&key, "b").await.unwrap();
    assert_stored(store, &key, None).await;
}

async fn hostile_answers_come_back_as_they_were(store: &dyn IdempotencyStore) {
    for seed in 0..20 {
        let key = fresh_key();
        let body = HostileJson::accepted(seed * 1_000);
        let stored = record_of("a", json!({"answer": {"status": 200, "body": body}}));
        assert!(put(store, &key, None, &stored).await);
        assert_stored(store, &key, Some(&stored)).await;
    }
}

async fn keys_that_differ_in_anything_are_different(store: &dyn IdempotencyStore) {
    let application = Names::fresh().application_id();
    let printable: String = (' '..='~').collect();
    let long = "k".repeat(255);
    let texts = [
        "k",
        "K",
        " k",
        "k ",
        "k#state",
        "k:1",
        "%6b",
        "'; --",
        &printable,
        &long,
        &long[1..],
    ];
    let of = |application: &hookpoint_engine::identifier::ApplicationId, stage, text: &str| {
        IdempotencyKey {
            stage,
            application: application.clone(),
            key: text.to_owned(),
        }
    };
    let mut keys: Vec<_> = texts
        .iter()
        .map(|text| of(&application, STAGE, text))
        .collect();
    keys.push(IdempotencyKey::of_continuation(
        STAGE,
        application.clone(),
        "token",
    ));
    keys.push(of(&application, Stage::AfterRegistration, "k"));
    keys.push(of(&Names::fresh().application_id(), STAGE, "k"));
    for (number, key) in keys.iter().enumerate() {
        assert!(put(store, key, None, &record(&format!("owner-{number}"))).await);
    }
    for (number, key) in keys.iter().enumerate() {
        assert_stored(store, key, Some(&record(&format!("owner-{number}")))).await;
    }
}
