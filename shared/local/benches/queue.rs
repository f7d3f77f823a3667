//! Throughput of the queue, run records and recorded responses, by number of concurrent callers.
//!
//! `cargo bench -p hookpoint-local`, with a directory as argument to measure a disk other than the temporary
//! directory's.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench stops at the first error")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use hookpoint_engine::{
    application::binding::Target,
    delivery::job::{Job, NewJob},
    hook::HookReference,
    identifier::DeliveryId,
    ports::{IdempotencyStore, JobQueue, RunStore, Settlement, WorkQueue},
    stages::Stage,
    testing::sample::{self, id},
};
use hookpoint_local::LocalStore;
use serde_json::json;

const LEASE: Duration = Duration::from_mins(1);

fn main() {
    let place = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let place = place.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        for callers in [1, 8, 64, 256] {
            let directory = tempfile::tempdir_in(&place).unwrap();
            let store = LocalStore::open(directory.path()).unwrap();
            let count = 30_u32 * callers + 500;
            report(
                "enqueue",
                callers,
                count,
                enqueue(&store, callers, count).await,
            );
            report(
                "receive and settle",
                callers,
                count,
                work(&store, callers, count).await,
            );
            report(
                "hold an idempotency key and record",
                callers,
                count,
                answer(&store, callers, count).await,
            );
        }
        let directory = tempfile::tempdir_in(&place).unwrap();
        let store = LocalStore::open(directory.path()).unwrap();
        backlog(&store).await;
        records(&store).await;
    });
}

fn report(what: &str, callers: u32, count: u32, elapsed: Duration) {
    let rate = f64::from(count) / elapsed.as_secs_f64();
    let each = elapsed.as_secs_f64() * 1e3 * f64::from(callers) / f64::from(count);
    println!("{what:36} {callers:4} at once: {rate:8.0}/s, {each:7.2} ms each");
}

/// A state modification of about 1.5 KB.
fn job(number: u32) -> Job {
    let events: Vec<_> = (0..8)
        .map(|index| {
            json!({"name": format!("variable-{index}"), "before": null, "after": "a value of some length, as they are", "timestamp": "1760000000000"})
        })
        .collect();
    let event = json!({"eventType": "stateModification", "context": {"conversationId": number.to_string()}, "events": events});
    Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &id(&format!("app-{}", number % 5)),
        stage: Stage::StateModification,
        target: &Target::Application(id("app-0")),
        binding: &id("stream"),
        hook: &HookReference {
            name: id("stream"),
            version: 3,
            sha256: "ab".repeat(32),
        },
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: SystemTime::now(),
        event: event.as_object().unwrap().clone(),
    })
}

/// Runs `callers` tasks, each doing its share.
async fn at_once<F: Future<Output = ()> + Send + 'static>(
    callers: u32,
    task: impl Fn(u32) -> F,
) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| tokio::spawn(task(caller)))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed()
}

async fn enqueue(store: &LocalStore, callers: u32, count: u32) -> Duration {
    at_once(callers, |caller| {
        let store = store.clone();
        async move {
            for number in (caller..count).step_by(callers as usize) {
                let job = job(number);
                store.enqueue(&[job], SystemTime::now()).await.unwrap();
            }
        }
    })
    .await
}

/// Works like the worker: receives as many jobs as it has room for, and settles each on its own.
async fn work(store: &LocalStore, callers: u32, count: u32) -> Duration {
    let start = Instant::now();
    let room = Arc::new(tokio::sync::Semaphore::new(callers as usize));
    let mut done = 0;
    while done < count {
        let first = Arc::clone(&room).acquire_owned().await.unwrap();
        let limit = room.available_permits() + 1;
        let mut permits = vec![first];
        while permits.len() < limit
            && let Ok(permit) = Arc::clone(&room).try_acquire_owned()
        {
            permits.push(permit);
        }
        let received = store.receive(permits.len(), LEASE, SystemTime::now());
        for (leased, permit) in received.await.unwrap().into_iter().zip(permits) {
            done += 1;
            let store = store.clone();
            tokio::spawn(async move {
                let settled = store.settle(&leased, Settlement::Done, SystemTime::now());
                settled.await.unwrap();
                drop(permit);
            });
        }
    }
    let _all = room.acquire_many(callers).await.unwrap();
    start.elapsed()
}

async fn answer(store: &LocalStore, callers: u32, count: u32) -> Duration {
    at_once(callers, |caller| {
        let store = store.clone();
        async move {
            for number in (caller..count).step_by(callers as usize) {
                let key = hookpoint_engine::event::idempotency::IdempotencyKey {
                    stage: Stage::BeforeRegistration,
                    application: id("shop"),
                    key: number.to_string(),
                };
                let record = json!({"owner": "o", "fingerprint": "f", "heldUntil": 4_000_000_000_000_u64, "expires": 4_000_000_000_000_u64});
                let record = serde_json::from_value(record).unwrap();
                assert!(store.put_idempotency(&key, None, &record).await.unwrap());
                assert!(store.put_idempotency(&key, Some("o"), &record).await.unwrap());
            }
        }
    })
    .await
}

/// One receive when a hundred thousand jobs wait.
async fn backlog(store: &LocalStore) {
    let jobs: Vec<_> = (0..100_000).map(job).collect();
    let start = Instant::now();
    for jobs in jobs.chunks(1_000) {
        store.enqueue(jobs, SystemTime::now()).await.unwrap();
    }
    println!("100,000 jobs, 1,000 in a call: {:?}", start.elapsed());
    let start = Instant::now();
    for _ in 0..100 {
        let received = store.receive(10, LEASE, SystemTime::now()).await.unwrap();
        assert_eq!(received.len(), 10);
    }
    println!("10 of 100,000 waiting jobs: {:?}", start.elapsed() / 100);
}

async fn records(store: &LocalStore) {
    let record = |number: u32| {
        let mut record = sample::run(Stage::BeforeRegistration, "shop", SystemTime::now());
        record.hook = id(&format!("hook-{}", number % 7));
        record.correlation_id = format!("6f1c2a52-7c9e-4d7e-8d36-{number:012}");
        record.effects = vec!["context".to_owned()];
        record.status = Some(200);
        (record.event_bytes, record.response_bytes) = (1_000, 100);
        record
    };
    let records: Vec<_> = (0..100_000).map(record).collect();
    let start = Instant::now();
    for records in records.chunks(500) {
        store.write_runs(records).await.unwrap();
    }
    let each = start.elapsed() / 100_000;
    println!("100,000 run records, 500 in a call: {each:?} each");
    let start = Instant::now();
    let filter = hookpoint_engine::record::RunFilter {
        outcome: Some("failed".to_owned()),
        ..Default::default()
    };
    assert!(store.runs(&filter, 50).await.unwrap().is_empty());
    println!("none of 100,000 failed: {:?}", start.elapsed());
    let start = Instant::now();
    let filter = hookpoint_engine::record::RunFilter {
        stage: Some(Stage::AfterMfaChange),
        ..Default::default()
    };
    assert!(store.runs(&filter, 50).await.unwrap().is_empty());
    println!("none of 100,000 at this stage: {:?}", start.elapsed());
}
