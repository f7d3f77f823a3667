//! The run log: every lost record is counted, whatever the store does.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures::FutureExt as _;
use hookpoint_stages::Stage;

use super::*;
use crate::{
    record::{RunFilter, RunId},
    testing::{Flaky, MemoryRuns, sample::run},
};

/// Records distinguished by their correlation ids.
fn records(range: std::ops::Range<u64>) -> Vec<RunRecord> {
    range
        .map(|number| {
            let started = SystemTime::UNIX_EPOCH + Duration::from_millis(number);
            RunRecord {
                correlation_id: number.to_string(),
                ..run(Stage::AfterRegistration, "shop", started)
            }
        })
        .collect()
}

/// The written records, oldest first.
async fn written(store: &MemoryRuns) -> Vec<u64> {
    let records = store.runs(&RunFilter::default(), usize::MAX).await.unwrap();
    let numbers = records.iter().rev();
    numbers
        .map(|record| record.correlation_id.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn waiting_records_are_written_in_order_and_in_batches() {
    let (log, store) = (RunLog::default(), Flaky::new(MemoryRuns::default()));
    log.push(records(0..10));
    log.push(records(10..25));
    log.write_to(&store, 10).await.unwrap();
    assert!(log.is_empty());
    assert_eq!(store.calls(), 3);
    assert_eq!(written(store.inner()).await, (0..25).collect::<Vec<_>>());
    // Without records the store is not called, and no batch size is too small.
    log.write_to(&store, 0).await.unwrap();
    assert_eq!(store.calls(), 3);
}

#[tokio::test]
async fn when_the_store_fails_what_was_not_written_waits_on() {
    let log = RunLog::default();
    let store = Flaky::new(MemoryRuns::default()).failing_call(2);
    log.push(records(0..30));
    assert!(log.write_to(&store, 10).await.is_err());
    assert_eq!(written(store.inner()).await, (0..10).collect::<Vec<_>>());
    log.push(records(30..31));
    log.write_to(&store, 10).await.unwrap();
    assert_eq!(written(store.inner()).await, (0..31).collect::<Vec<_>>());
}

/// Never answers.
struct Hanging;

#[async_trait]
impl RunStore for Hanging {
    async fn write_runs(&self, _: &[RunRecord]) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn runs(&self, _: &RunFilter, _: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn run(&self, _: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_cancelled_write_returns_its_records() {
    let log = RunLog::default();
    log.push(records(0..5));
    // Polled once, then dropped, as by a timeout.
    assert!(log.write_to(&Hanging, 3).now_or_never().is_none());
    let store = MemoryRuns::default();
    log.write_to(&store, 100).await.unwrap();
    assert_eq!(written(&store).await, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn what_does_not_fit_is_counted_and_the_oldest_stay() {
    let log = RunLog::default();
    let one = records(0..1).remove(0);
    let records = |range: std::ops::Range<usize>| {
        range.map(|number| RunRecord {
            correlation_id: number.to_string(),
            ..one.clone()
        })
    };
    log.push(records(0..CAPACITY - 1));
    log.push(records(CAPACITY - 1..CAPACITY + 7));
    assert_eq!(log.lock().lost, 7);
    // Records returned by a failing store find no room when others arrived in the meantime.
    let (taken, lost) = log.take(10);
    assert_eq!(lost, 7);
    let unwritten = Unwritten {
        log: &log,
        records: taken,
    };
    log.push(records(CAPACITY..CAPACITY + 4));
    drop(unwritten);
    let waiting = log.lock();
    assert_eq!((waiting.records.len(), waiting.lost), (CAPACITY, 4));
    assert_eq!(waiting.records[0].1.correlation_id, "4");
}

#[tokio::test]
async fn a_writer_wakes_when_there_is_something_to_write() {
    let log = Arc::new(RunLog::default());
    let waiting = log.clone();
    let mut waiting = Box::pin(async move { waiting.some().await });
    assert!((&mut waiting).now_or_never().is_none());
    log.push([]);
    assert!((&mut waiting).now_or_never().is_none());
    log.push(records(0..1));
    assert!((&mut waiting).now_or_never().is_some());
    assert!(log.some().now_or_never().is_some());
}

#[tokio::test]
async fn a_log_that_is_off_does_not_even_ask_for_its_records() {
    let log = RunLog::off();
    log.push(std::iter::from_fn(|| unreachable!("a record was made")));
    assert!(log.is_empty());
}

#[tokio::test]
async fn each_record_is_shown_once_however_often_it_cannot_be_written() {
    let (log, store) = (RunLog::default(), Flaky::new(MemoryRuns::default()));
    let look = || {
        let mut shown = Vec::new();
        let lost = log.look(|record| shown.push(record.correlation_id.parse::<u64>().unwrap()));
        (shown, lost)
    };
    log.push(records(0..2));
    assert_eq!(look(), (vec![0, 1], 0));
    store.set_down(true);
    assert!(log.write_to(&store, 10).await.is_err());
    log.push(records(2..3));
    assert_eq!(look(), (vec![2], 0));
    assert_eq!(look(), (vec![], 0));
    store.set_down(false);
    log.write_to(&store, 10).await.unwrap();
    log.push(records(3..4));
    assert_eq!(look(), (vec![3], 0));
    // Records written before the first look are not shown; losses are reported once.
    log.push(records(4..6));
    log.write_to(&store, 1).await.unwrap();
    log.push(records(6..7));
    log.lock().lose_one();
    assert_eq!(look(), (vec![6], 1));
    assert_eq!(look(), (vec![], 0));
}
