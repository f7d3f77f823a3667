//! The store's contract, several processes on one file, and unusable files.

mod formats;
mod outage;

use std::{fs, os::unix::fs::PermissionsExt, time::SystemTime};

use hookpoint_contract::{audit, store_contract};
use hookpoint_engine::{
    audit::{AuditAction, AuditFilter},
    ports::{AuditLog as _, DeadLetters as _},
    publish::{Desired, Erasure},
    testing::sample::{self, id},
};
use hookpoint_stages::Family;
use rusqlite::TransactionBehavior;
use serde_json::json;

use super::*;

const STAGE: Stage = Stage::BeforeRegistration;

/// One application with one hook, both marked with a number.
fn desired(number: u32) -> Desired {
    let mut application = sample::application(&id("shop"), Family::Identity);
    application.variables = [(id("number"), number.to_string())].into();
    let target = Target::Application(id("shop"));
    Desired {
        applications: vec![application],
        hooks: [(id("crm"), sample::static_hook(json!({"number": number})))].into(),
        bindings: vec![sample::binding(&id("crm"), STAGE, &target)],
        ..Desired::default()
    }
}

async fn publish(store: &LocalStore, desired: &Desired) -> Result<(), PublishError> {
    let snapshot = store.snapshot(&desired.scope()).await?;
    store.publish(&desired.plan(&snapshot).unwrap()).await
}

/// The published number, which must be the same in application and hook.
async fn number(store: &LocalStore) -> Option<u32> {
    let application = store.application(&id("shop")).await.unwrap()?;
    let number = application.variables[&id("number")].parse().unwrap();
    let bindings = store
        .bindings(STAGE, &Target::Application(id("shop")))
        .await
        .unwrap();
    let hook = store.hook(STAGE, &bindings[0].hook).await.unwrap();
    assert_eq!(bindings.len(), 1);
    assert_eq!(hook.body, sample::static_hook(json!({"number": number})));
    Some(number)
}

/// Changes the file or its connection behind the store's back.
async fn alter(store: &LocalStore, sql: String) {
    let altered = store.write(move |connection| {
        connection.execute_batch(&sql).unwrap();
        Ok::<_, Failure>(())
    });
    altered.await.unwrap();
}

async fn pragma(store: &LocalStore, name: &'static str) -> i64 {
    let read = store.write(move |connection| {
        Ok::<_, Failure>(connection.pragma_query_value(None, name, |row| row.get(0))?)
    });
    read.await.unwrap()
}

fn impatient(directory: &Path) -> Result<LocalStore, OpenError> {
    LocalStore::open_with_patience(directory, Duration::from_millis(50))
}

#[tokio::test]
async fn the_embedded_store_keeps_the_contract_of_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    store_contract(&store).await;
    audit::contract(&store).await;
}

#[tokio::test]
async fn reopening_finds_everything_again_in_a_private_directory() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("nested").join(".hookpoint");
    let store = LocalStore::open(&directory).unwrap();
    publish(&store, &desired(7)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        assert!(
            path.ends_with(".gitignore") || mode(&path) == 0o600,
            "{}",
            path.display()
        );
    }
    drop(store);
    assert_eq!(
        number(&LocalStore::open(&directory).unwrap()).await,
        Some(7)
    );
    assert_eq!(
        fs::read_to_string(directory.join(".gitignore")).unwrap(),
        "*\n"
    );
}

#[test]
fn a_directory_that_was_there_before_becomes_private_and_left_alone_by_git() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join(".hookpoint");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    drop(LocalStore::open(&directory).unwrap());
    let mode = fs::metadata(&directory).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    let ignored = directory.join(".gitignore");
    assert_eq!(fs::read_to_string(&ignored).unwrap(), "*\n");
    // A full disk may have left it empty.
    fs::write(&ignored, "").unwrap();
    drop(LocalStore::open(&directory).unwrap());
    assert_eq!(fs::read_to_string(&ignored).unwrap(), "*\n");
    // An edited one stays.
    fs::write(&ignored, "*.sqlite\n").unwrap();
    drop(LocalStore::open(&directory).unwrap());
    assert_eq!(fs::read_to_string(&ignored).unwrap(), "*.sqlite\n");
}

/// Eight stores open a new file at once, like processes, and each increments ten times; a lost update would show in the
/// sum.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_one_file_lose_no_update() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let count_up = move || {
        let path = path.clone();
        async move {
            let store = tokio::task::spawn_blocking(move || LocalStore::open(&path));
            let store = store.await.unwrap().unwrap();
            let mut conflicts = 0;
            for _ in 0..10 {
                loop {
                    let scope = desired(0).scope();
                    let snapshot = store.snapshot(&scope).await.unwrap();
                    let seen = snapshot.applications.get(&id("shop"));
                    let seen: u32 = seen.map_or(0, |stored| {
                        stored.value.variables[&id("number")].parse().unwrap()
                    });
                    let plan = desired(seen + 1).plan(&snapshot).unwrap();
                    match store.publish(&plan).await {
                        Ok(()) => break,
                        Err(PublishError::Conflict { .. }) => conflicts += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            conflicts
        }
    };
    let writers: Vec<_> = (0..8).map(|_| tokio::spawn(count_up())).collect();
    let mut conflicts = 0;
    for writer in writers {
        conflicts += writer.await.unwrap();
    }
    let store = LocalStore::open(directory.path()).unwrap();
    assert_eq!(
        number(&store).await,
        Some(80),
        "after {conflicts} conflicts"
    );
    let snapshot = store.snapshot(&desired(0).scope()).await.unwrap();
    assert_eq!(snapshot.applications[&id("shop")].revision, 80);
}

#[tokio::test]
async fn readers_go_on_while_another_process_holds_the_lock_and_writers_say_who_does() {
    let directory = tempfile::tempdir().unwrap();
    let store = impatient(directory.path()).unwrap();
    publish(&store, &desired(1)).await.unwrap();
    let mut other = Connection::open(store.path()).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .unwrap();
    assert_eq!(number(&store).await, Some(1));
    let error = publish(&store, &desired(2)).await.unwrap_err().to_string();
    assert!(
        error.contains("is locked by another process; wait until it is done"),
        "{error}"
    );
    drop(lock);
    publish(&store, &desired(2)).await.unwrap();
    assert_eq!(number(&store).await, Some(2));
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for directory in [file.join(".hookpoint"), file, "/proc/.hookpoint".into()] {
        let error = LocalStore::open(&directory).unwrap_err();
        assert!(std::error::Error::source(&error).is_some());
        let path = directory.display();
        assert_eq!(
            error.to_string(),
            format!(
                "the store's directory `{path}` cannot be used; it must be a directory that you may write to"
            )
        );
    }
}

#[test]
fn a_file_that_is_no_store_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(STORE_FILE);
    let content = "applications:\n  shop:\n".repeat(100);
    fs::write(&path, &content).unwrap();
    let error = LocalStore::open(directory.path()).unwrap_err().to_string();
    assert!(
        error.contains("is damaged or not a Hookpoint store; move it elsewhere"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), content);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_brought_up_to_date() {
    let (newer, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = LocalStore::open(newer.path()).unwrap();
    publish(&store, &desired(1)).await.unwrap();
    let older = Connection::open(directory.path().join(STORE_FILE)).unwrap();
    older.execute_batch(include_str!("schema/1.sql")).unwrap();
    let path = store.path().display().to_string();
    older.execute("ATTACH ?1 AS newer", [path]).unwrap();
    let fill = "INSERT INTO application SELECT * FROM newer.application;
        INSERT INTO hook SELECT * FROM newer.hook;
        INSERT INTO hook_stage SELECT * FROM newer.hook_stage;
        INSERT INTO binding SELECT * FROM newer.binding;
        PRAGMA user_version = 1";
    older.execute_batch(fill).unwrap();
    drop(older);
    let store = LocalStore::open(directory.path()).unwrap();
    assert_eq!(number(&store).await, Some(1));
    assert!(store.dead_letters(10).await.unwrap().is_empty());

    let known = pragma(&store, "user_version").await;
    alter(&store, format!("PRAGMA user_version = {}", known + 1)).await;
    // A newer schema that only added something can still be used; one that changed something cannot.
    let older = LocalStore::open(directory.path()).unwrap();
    assert_eq!(number(&older).await, Some(1));
    alter(&store, format!("UPDATE reader SET oldest = {}", known + 1)).await;
    let error = LocalStore::open(directory.path()).unwrap_err();
    let expected = format!(
        "(schema {}, this one knows {known}); update Hookpoint",
        known + 1
    );
    assert!(error.to_string().contains(&expected), "{error}");
}

#[tokio::test]
async fn an_item_that_cannot_be_read_fails_the_read_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    publish(&store, &desired(1)).await.unwrap();
    let target = Target::Application(id("shop"));
    let reference = store.bindings(STAGE, &target).await.unwrap()[0]
        .hook
        .clone();
    let damage = "UPDATE binding SET body = replace(body, '\"order\"', '\"neworder\"');
        UPDATE hook SET body = replace(body, '1', '2');
        UPDATE application SET body = '{'";
    alter(&store, damage.to_owned()).await;
    let error = store
        .bindings(STAGE, &target)
        .await
        .unwrap_err()
        .to_string();
    let item = "item `binding crm of application:shop at beforeRegistration` cannot be read";
    assert!(error.starts_with(item), "{error}");
    assert!(error.contains("missing field `order`"), "{error}");
    let error = store.hook(STAGE, &reference).await.unwrap_err().to_string();
    assert!(
        error.starts_with("item `hook crm version 1` cannot be read: its body does not match"),
        "{error}"
    );
    let error = store
        .application(&id("shop"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("item `application shop` cannot be read"),
        "{error}"
    );
}

#[tokio::test]
async fn an_unreadable_entry_or_record_is_listed_in_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    let entry = |second| {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        AuditEntry::new(at, "ada".to_owned(), AuditAction::Pause, None, "hooks")
    };
    for second in 1..=3 {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let erasure =
            Publication::of_erasure(&id("shop"), Erasure::default(), "ada".to_owned(), at);
        store.publish(&erasure).await.unwrap();
        store.add_entry(&entry(second)).await.unwrap();
    }
    let damage = "UPDATE audit SET body = '{' WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 1);
        UPDATE publication SET body = '{' WHERE id IN (SELECT id FROM publication ORDER BY id LIMIT 1 OFFSET 1)";
    alter(&store, damage.to_owned()).await;
    let entries = store.entries(&AuditFilter::default(), 10).await.unwrap();
    let records = store.history(None, 10).await.unwrap();
    assert_eq!(
        entries.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(
        records.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, true]
    );
    let named = |error: StoreError, what: &str| {
        let error = error.to_string();
        assert!(
            error.starts_with(&format!("item `{what} 0000000")),
            "{error}"
        );
    };
    named(entries[1].clone().unwrap_err().error, "audit entry");
    named(records[1].clone().unwrap_err().error, "publication");
    // Rollback decides on the whole history, so it gets an error.
    named(
        store.publications(None, 10).await.unwrap_err(),
        "publication",
    );
}
