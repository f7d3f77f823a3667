//! Disks that are full and files that cannot be written.
//!
//! SQLite's page limit simulates a full disk on any machine. `tests/it/disk.rs` fills a real one.

use std::time::SystemTime;

use hookpoint_engine::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::{DeadLetters, IdempotencyStore, JobQueue, Leased, RunStore, Settlement, WorkQueue},
    record::{RunFilter, RunRecord},
    stages::Stage,
    testing::sample,
};

use super::*;
use crate::store::queue::tests::job;

const LEASE: Duration = Duration::from_secs(20);

/// The error of each kind of write, with content of this size.
async fn failures(store: &LocalStore, size: usize) -> Vec<String> {
    let now = SystemTime::now();
    let large = "x".repeat(size);
    let mut desired = desired(2);
    desired.applications[0].name.clone_from(&large);
    let mut job = job("shop", now);
    job.event.insert("large".to_owned(), large.clone().into());
    let mut record = record();
    record.error = Some(large.clone());
    let (key, answer) = answer(&large);
    [
        publish(store, &desired).await.unwrap_err().to_string(),
        store.enqueue(&[job], now).await.unwrap_err().to_string(),
        store.write_runs(&[record]).await.unwrap_err().to_string(),
        store
            .put_idempotency(&key, None, &answer)
            .await
            .unwrap_err()
            .to_string(),
    ]
    .into()
}

fn record() -> RunRecord {
    let started = SystemTime::UNIX_EPOCH + Duration::from_hours(480_000);
    let mut record = sample::run(Stage::BeforeRegistration, "shop", started);
    record.id = "before-registration.shop.0.01J9ZK4T0V8N7E2Q6M5B1C3D40"
        .parse()
        .unwrap();
    record
}

fn answer(text: &str) -> (IdempotencyKey, IdempotencyRecord) {
    let key = IdempotencyKey {
        stage: STAGE,
        application: id("shop"),
        key: "k".to_owned(),
    };
    let record = json!({"owner": "o", "fingerprint": text, "heldUntil": 4_000_000_000_000_u64, "expires": 4_000_000_000_000_u64});
    (key, serde_json::from_value(record).unwrap())
}

/// Enqueues two jobs before the outage and leases one.
async fn accept(store: &LocalStore) -> Leased {
    publish(store, &desired(1)).await.unwrap();
    let now = SystemTime::now();
    let jobs = [job("shop", now), job("shop", now)];
    store.enqueue(&jobs, now).await.unwrap();
    store.receive(1, LEASE, now).await.unwrap().remove(0)
}

/// Checks that nothing accepted was lost and that the store works.
async fn assert_all_there(store: &LocalStore, leased: &Leased) {
    let now = SystemTime::now();
    assert_eq!(number(store).await, Some(1));
    store.settle(leased, Settlement::Done, now).await.unwrap();
    let left = store.receive(10, LEASE, now + LEASE * 10).await.unwrap();
    assert_eq!(left.len(), 1);
    store.enqueue(&[job("shop", now)], now).await.unwrap();
    store.write_runs(&[record()]).await.unwrap();
    let (key, answer) = answer("f");
    assert!(store.put_idempotency(&key, None, &answer).await.unwrap());
    publish(store, &desired(3)).await.unwrap();
    assert_eq!(number(store).await, Some(3));
    assert_eq!(store.dead_letters(1).await.unwrap().len(), 0);
    let runs = store.runs(&RunFilter::default(), 10).await.unwrap();
    assert_eq!(runs, [record()]);
}

#[tokio::test]
async fn a_full_disk_is_named_and_takes_nothing_that_was_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    let leased = accept(&store).await;
    let pages = pragma(&store, "page_count").await;
    alter(&store, format!("PRAGMA max_page_count = {}", pages + 1)).await;
    let file = store.path().display().to_string();
    for error in failures(&store, 100_000).await {
        let expected = format!(
            "no space left on the disk of `{file}`; free some and retry; nothing accepted was lost"
        );
        assert!(error.contains(&expected), "{error}");
    }
    // One that is too large does not fail those that still fit.
    let now = SystemTime::now();
    let mut large = job("shop", now);
    large
        .event
        .insert("large".to_owned(), "x".repeat(100_000).into());
    let large = [large];
    let (refused, postponed) = tokio::join!(
        store.enqueue(&large, now),
        store.settle(
            &leased,
            Settlement::Retry(Box::new(
                leased.job.clone().unwrap().postponed(now, LEASE * 9)
            )),
            now
        )
    );
    assert!(refused.is_err() && postponed.is_ok(), "{postponed:?}");
    let leased = store.receive(10, LEASE, now).await.unwrap().remove(0);
    alter(&store, "PRAGMA max_page_count = 1000000".to_owned()).await;
    assert_all_there(&store, &leased).await;
}

#[tokio::test]
async fn a_file_that_became_read_only_is_named_and_works_again_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    let leased = accept(&store).await;
    alter(&store, "PRAGMA query_only = 1".to_owned()).await;
    let file = store.path().display().to_string();
    let mut errors = failures(&store, 1).await;
    let now = SystemTime::now();
    let settled = store.settle(&leased, Settlement::Done, now).await;
    errors.push(settled.unwrap_err().to_string());
    let received = store.receive(1, LEASE, now).await;
    errors.push(received.unwrap_err().to_string());
    for error in errors {
        let expected = format!(
            "`{file}` cannot be opened for writing; make the file and its directory writable for you"
        );
        assert!(error.contains(&expected), "{error}");
    }
    // What another process does now, or this one after a restart.
    let store = LocalStore::open(directory.path()).unwrap();
    assert_all_there(&store, &leased).await;
}
