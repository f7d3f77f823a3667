//! The contract of run records, and behaviour specific to this store.

use std::time::{Duration, SystemTime};

use hookpoint_contract::{runs::contract, subjects};
use hookpoint_engine::{
    record::{Kept, RETENTION},
    stages::Stage,
    testing::sample::{self, id},
};
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, LocalStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    (directory, store)
}

/// A record with a kept event.
fn record_at(time: SystemTime) -> RunRecord {
    let text = Value::from("the same over and over again. ".repeat(1_000));
    let event = Map::from_iter([("text".to_owned(), text)]);
    let mut record = sample::run(Stage::BeforeRegistration, "shop", time);
    record.kept = Some(Box::new(Kept {
        event,
        ..Kept::default()
    }));
    record
}

async fn number(store: &LocalStore, sql: &'static str) -> i64 {
    let number = store.read(move |connection| {
        let number = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(number)
    });
    number.await.unwrap()
}

#[tokio::test]
async fn the_embedded_store_keeps_the_contract_of_run_records() {
    let (_directory, store) = store();
    contract(&store).await;
    subjects::contract(&store).await;
}

#[tokio::test]
async fn records_are_kept_for_a_week_and_their_events_go_with_them() {
    let (directory, store) = store();
    let now = SystemTime::now();
    let minute = Duration::from_mins(1);
    let (old, young) = (now - RETENTION - minute, now - RETENTION + minute);
    let young = record_at(young);
    let mut records: Vec<_> = (0..2_500).map(|_| record_at(old)).collect();
    records.push(young.clone());
    store.write_runs(&records).await.unwrap();
    // Old records are deleted when the store is opened and while it is used, in parts.
    let kept = "SELECT count(*) FROM run_kept";
    assert_eq!(number(&store, kept).await, 2_501);
    drop(store);
    let store = LocalStore::open(directory.path()).unwrap();
    for _ in 0..2 {
        store
            .write_runs(std::slice::from_ref(&young))
            .await
            .unwrap();
    }
    assert_eq!(number(&store, "SELECT count(*) FROM run").await, 1);
    assert_eq!(number(&store, kept).await, 1);
    assert_eq!(store.run(&young.id).await.unwrap(), Some(young));
}

#[tokio::test]
async fn what_is_kept_is_compressed_and_damage_to_one_record_hides_no_other() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let records = [record_at(now - Duration::from_secs(1)), record_at(now)];
    store.write_runs(&records).await.unwrap();
    let size = number(&store, "SELECT max(length(body)) FROM run_kept").await;
    assert!(size < 1_000, "{size} bytes of 30,000");
    let newest = records[1].id.ulid();
    let damage = store.write(move |connection| {
        connection.execute(
            "UPDATE run SET body = '{\"v\":2}' WHERE ulid = ?1",
            [&newest],
        )?;
        connection.execute("UPDATE run_kept SET body = x'ff00'", [])?;
        Ok::<_, Failure>(())
    });
    damage.await.unwrap();
    let listed = store.runs(&RunFilter::default(), 1).await.unwrap();
    assert_eq!(listed[0].id, records[0].id);
    for (record, expected) in records
        .iter()
        .zip(["its event and response", "a newer Hookpoint"])
    {
        let error = store.run(&record.id).await.unwrap_err().to_string();
        let item = format!("item `run {}` cannot be read", record.id);
        assert!(
            error.starts_with(&item) && error.contains(expected),
            "{error}"
        );
    }
}

/// A filter that matches few or none of very many records must not read them all.
#[tokio::test]
async fn failures_hooks_applications_and_events_are_found_through_an_index() {
    let (_directory, store) = store();
    let all = RunFilter::default();
    let outcome = |word: &str| RunFilter {
        outcome: Some(word.to_owned()),
        ..RunFilter::default()
    };
    let cases = [
        (
            RunFilter {
                application: Some(id("a")),
                ..all.clone()
            },
            "run_application",
        ),
        (
            RunFilter {
                hook: Some(id("a")),
                ..all.clone()
            },
            "run_hook",
        ),
        (
            RunFilter {
                correlation_id: Some("a".to_owned()),
                ..all.clone()
            },
            "run_correlation",
        ),
        (
            RunFilter {
                subject: Some(SubjectKey::of(&id("a"), "ada")),
                application: Some(id("a")),
                since: Some(SystemTime::now()),
                ..all.clone()
            },
            "SEARCH run_subject USING PRIMARY KEY (key=?); SEARCH run USING INTEGER PRIMARY KEY",
        ),
        (outcome("failed"), "run_outcome"),
        (outcome("timeout"), "run_outcome"),
        (
            RunFilter {
                since: Some(SystemTime::now()),
                ..all
            },
            "ulid>?",
        ),
    ];
    for (filter, index) in cases {
        let plan = store.read(move |connection| {
            let filter::Query { sql, values } = filter::Query::new(&filter);
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| {
                row.get::<_, String>(3)
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
        });
        let plan = plan.await.unwrap();
        assert!(plan.contains(index), "{index}: {plan}");
    }
}
