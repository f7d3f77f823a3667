//! Rows beyond a quota are deleted, and the file shrinks.

use super::*;
use crate::store::{LocalStore, STORE_FILE, schema};

fn connection() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    drop(LocalStore::open(directory.path()).unwrap());
    let path = directory.path().join(STORE_FILE);
    let connection = schema::connect(&path, Duration::from_secs(1)).unwrap();
    (directory, connection)
}

fn fill(connection: &Connection, rows: usize, since: SystemTime) {
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..rows {
        let message = "x".repeat(10_000);
        let since = moment::milliseconds(since);
        connection
            .prepare_cached("INSERT INTO dead_letter (id, since, message) VALUES (?1, ?2, ?3)")
            .unwrap()
            .execute(params![format!("{since}-{number}"), since, message])
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
}

fn count(connection: &Connection) -> usize {
    let count = connection.query_row("SELECT count(*) FROM dead_letter", [], |row| row.get(0));
    count.unwrap()
}

fn quota(bytes: u64) -> Quota {
    Quota { bytes, ..QUOTAS[2] }
}

#[test]
fn the_oldest_go_when_there_is_too_much_and_the_file_gets_smaller() {
    let (directory, connection) = connection();
    let path = directory.path().join(STORE_FILE);
    let size = || {
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        std::fs::metadata(&path).unwrap().len()
    };
    fill(&connection, 5_000, SystemTime::now());
    let full = size();
    assert!(full > 50_000_000, "{full}");
    let run = |bytes: u64| {
        let mut housekeeping = Housekeeping::with_quotas(vec![quota(bytes)]);
        for _ in 0..20 {
            housekeeping.run(&connection);
            housekeeping.measure_at = Instant::now();
        }
    };
    run(51_000_000);
    assert_eq!(count(&connection), 5_000, "below the quota");
    run(10_000_000);
    let left = count(&connection);
    assert_eq!(left, 900, "nine tenths of the quota");
    let oldest: i64 = connection
        .query_row("SELECT min(number) FROM dead_letter", [], |row| row.get(0))
        .unwrap();
    assert_eq!(oldest, 4_101);
    let small = size();
    assert!(small < full / 2, "{small} of {full} bytes");
    // The remaining rows are intact.
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn dead_letters_are_kept_for_two_weeks() {
    let (_directory, connection) = connection();
    let now = SystemTime::now();
    let minute = Duration::from_mins(1);
    fill(&connection, 3, now - DEAD_FOR - minute);
    fill(&connection, 2, now - DEAD_FOR + minute);
    assert_eq!(sweep(&connection, now, 2).unwrap(), Swept::Some);
    assert_eq!(sweep(&connection, now, 2).unwrap(), Swept::All);
    assert_eq!(count(&connection), 2);
}

#[test]
fn a_file_of_an_older_version_is_written_anew_once_so_that_it_can_shrink() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(STORE_FILE);
    let older = Connection::open(&path).unwrap();
    for script in [
        include_str!("../schema/1.sql"),
        include_str!("../schema/2.sql"),
        include_str!("../schema/3.sql"),
    ] {
        older.execute_batch(script).unwrap();
    }
    older
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA user_version = 3")
        .unwrap();
    drop(older);
    drop(LocalStore::open(directory.path()).unwrap());
    let connection = schema::connect(&path, Duration::from_secs(1)).unwrap();
    let mode: i64 = connection
        .pragma_query_value(None, "auto_vacuum", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, 2);
}

#[test]
fn the_audit_trail_is_kept_for_400_days() {
    let (_directory, connection) = connection();
    let now = SystemTime::now();
    let minute = Duration::from_mins(1);
    let made = [
        now - AUDIT_RETENTION - minute,
        now - AUDIT_RETENTION + minute,
    ];
    for time in made {
        let action = hookpoint_engine::audit::AuditAction::Pause;
        let entry = hookpoint_engine::audit::AuditEntry::new(
            time,
            "ada".to_owned(),
            action,
            None,
            "everything",
        );
        crate::store::audit::put(&connection, &entry).unwrap();
    }
    assert_eq!(sweep(&connection, now, 10).unwrap(), Swept::All);
    let count = "SELECT count(*) FROM audit";
    let left: i64 = connection.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}
