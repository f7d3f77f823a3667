//! Files written by other versions stay usable, with unknown members, tables and columns.

use std::path::Path;

use hookpoint_engine::{
    event::idempotency::IdempotencyKey,
    ports::{GoneBindings as _, IdempotencyStore as _, RunStore as _, Selection, WorkQueue as _},
    record::RunId,
};
use rusqlite::params;

use super::*;

const AFTER: Stage = Stage::AfterMfaChange;

/// A file of `tests/fixtures/formats`.
fn fixture(version: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/formats");
    let path = folder.join(version).join(format!("{name}.json"));
    fs::read_to_string(path).unwrap().trim_end().to_owned()
}

/// A store with rows of another version. A future version's also has tables and columns unknown to this one.
fn written_by(version: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    drop(LocalStore::open(directory.path()).unwrap());
    let connection = Connection::open(directory.path().join(STORE_FILE)).unwrap();
    let of = |name: &str| fixture(version, name);
    let hook = of("hook-webhook");
    let sha256 = hookpoint_engine::hook::HookBody::sha256_of(&hook);
    let put = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        assert_eq!(connection.execute(sql, values).unwrap(), 1, "{sql}");
    };
    put(
        "INSERT INTO application (id, revision, body) VALUES ('shop', 7, ?1)",
        params![of("application")],
    );
    put(
        "INSERT INTO binding (target, stage, position, id, revision, body)
         VALUES ('store:customers', 'afterMfaChange', 20, 'alert', 1, ?1)",
        params![of("binding")],
    );
    put(
        "INSERT INTO hook (name, version, sha256, body) VALUES ('mail', 3, ?1, ?2)",
        params![sha256, hook],
    );
    put(
        "INSERT INTO hook_stage (name, version, stage) VALUES ('mail', 3, 'afterMfaChange')",
        params![],
    );
    put(
        "INSERT INTO gone (target, stage, binding, body)
         VALUES ('application:shop', 'afterMfaChange', 'alert', ?1)",
        params![of("gone")],
    );
    put(
        "INSERT INTO idempotency (stage, application, key, owner, expires, body)
         VALUES ('afterMfaChange', 'shop', 'k', '0123456789abcdef0123456789abcdef', 4000000000, ?1)",
        params![of("idempotency-answered")],
    );
    put(
        "INSERT INTO run (ulid, stage, application, hook, result, outcome, correlation, body)
         VALUES ('01K7Z3M3ZV0000000000000000', 'afterMfaChange', 'shop', 'mail', 'failed', 'bad-status', 'c', ?1)",
        params![of("run-record")],
    );
    put(
        "INSERT INTO job (number, delivery, application, lane, available)
         VALUES (1, 'msg_01K0000000000000000000000', 'shop', 'shop/mail', 0)",
        params![],
    );
    put(
        "INSERT INTO job_message (number, message) VALUES (1, ?1)",
        params![of("job")],
    );
    if version == "next" {
        let schema = "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
            ALTER TABLE job ADD COLUMN later TEXT;
            ALTER TABLE application ADD COLUMN later TEXT;
            PRAGMA user_version = 1000";
        connection.execute_batch(schema).unwrap();
    }
    (directory, sha256)
}

#[tokio::test]
async fn rows_of_every_release_and_of_a_version_to_come_are_read_and_worked_on() {
    for version in ["0.1.0", "next"] {
        let (directory, sha256) = written_by(version);
        let store = LocalStore::open(directory.path()).unwrap();
        let application = store.application(&id("shop")).await.unwrap().unwrap();
        assert!(application.keep_events);
        let target = Target::Store(id("customers"));
        let binding = store.bindings(AFTER, &target).await.unwrap().remove(0);
        let reference = HookReference {
            sha256,
            ..binding.hook
        };
        let hook = store.hook(AFTER, &reference).await.unwrap();
        assert_eq!(hook.body.secrets, [id("Token")]);
        let shop = Target::Application(id("shop"));
        assert_eq!(store.gone(AFTER, &shop).await.unwrap().len(), 1);
        let key = IdempotencyKey {
            stage: AFTER,
            application: id("shop"),
            key: "k".to_owned(),
        };
        assert!(store.idempotency(&key).await.unwrap().is_some());
        let run: RunId = "after-mfa-change.shop.0.01K7Z3M3ZV0000000000000000"
            .parse()
            .unwrap();
        // It is older than a week and will be deleted, so the file is read first.
        let record = store.run(&run).await.unwrap();
        assert!(record.is_none_or(|record| record.version == 4));
        // The delivery keeps its unknown members through an attempt and the dead letters.
        let now = std::time::SystemTime::now();
        let lease = Duration::from_secs(20);
        let leased = store.receive(1, lease, now).await.unwrap().remove(0);
        let dead = hookpoint_engine::ports::Settlement::Dead(hookpoint_engine::ports::DeadReason {
            code: "timeout".to_owned(),
            message: "late".to_owned(),
        });
        store.settle(&leased, dead, now).await.unwrap();
        assert_eq!(store.redrive(&Selection::All, now).await.unwrap(), 1);
        let again = store.receive(1, lease, now).await.unwrap().remove(0);
        let text = again.job.unwrap().to_json();
        assert_eq!(text.contains("fromTheFuture"), version == "next");
        assert!(text.contains("12345678901234567890123.10"));
    }
}
