//! The tables, and migrations of older files.
//!
//! Bodies are the JSON of the engine's types. Other columns exist only where a query needs them.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::failure::{OpenError, is_busy};

/// One script for each schema number, in order. A published script never changes; a new schema is another entry.
///
/// A script that only adds what older programs can do without (tables, indices, nullable columns) leaves
/// `reader.oldest` as it is: they can still use the file, beside a newer program or after a rollback. Any other script
/// raises it to its own number.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
];

/// Size to which the write-ahead log is truncated, in bytes.
const LOG_SIZE: i64 = 16 * 1024 * 1024;
/// How many prepared statements a connection caches: enough for all.
const STATEMENTS: usize = 64;

/// Opens an existing file. The path is never read as a URI.
pub(super) fn connect(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    let unusable = |error| OpenError::unusable(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unusable)?;
    connection.busy_timeout(patience).map_err(unusable)?;
    // A file that has tables keeps its mode; see `compact`.
    connection
        .pragma_update(None, "auto_vacuum", "INCREMENTAL")
        .map_err(unusable)?;
    enable_write_ahead_log(&connection, patience).map_err(unusable)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(unusable)?;
    // Accepted changes survive a power cut. This is SQLite's default, explicit because it matters.
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(unusable)?;
    // A burst leaves no large log behind.
    connection
        .pragma_update(None, "journal_size_limit", LOG_SIZE)
        .map_err(unusable)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Makes an empty database in memory, which takes no change.
pub(super) fn empty(path: &Path) -> Result<Connection, OpenError> {
    let unusable = |error| OpenError::unusable(path, error);
    let mut connection = Connection::open_in_memory().map_err(unusable)?;
    migrate(&mut connection, path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(unusable)?;
    Ok(connection)
}

/// Lets readers continue during a write. The mode is stored in the file; only the first process changes it.
fn enable_write_ahead_log(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        let switch = connection.pragma_update(None, "journal_mode", "WAL");
        match switch {
            // SQLite's busy timeout does not cover another process switching a new file: of eight that opened one at
            // once, one in two hundred failed.
            Err(error) if is_busy(&error) && start.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Brings the file up to date. Several processes may try; one does it.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let unusable = |error| OpenError::unusable(path, error);
    let found = version(connection).map_err(unusable)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known
        && oldest_reader(connection)
            .map_err(unusable)?
            .is_none_or(|oldest| oldest > known)
    {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    if found < known {
        run_migrations(connection, known).map_err(unusable)?;
        if found > 0 {
            compact(connection);
        }
    }
    Ok(())
}

/// Enables shrinking in a file created without it, which rewrites the file once. A file in use by another process stays
/// as it is.
fn compact(connection: &Connection) {
    let mode = connection.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i64>(0));
    if matches!(mode, Ok(0))
        && let Err(error) = connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
    {
        tracing::info!(%error, "the store's file cannot shrink: rewriting it failed");
    }
}

fn run_migrations(connection: &mut Connection, known: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it.
    let found = usize::try_from(version(&transaction)?).unwrap_or_default();
    for script in MIGRATIONS.iter().skip(found) {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()
}

/// The lowest schema number that a program must know to use the file; `None` if the file does not record it.
fn oldest_reader(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let has_table = connection.table_exists(None, "reader")?;
    if !has_table {
        return Ok(None);
    }
    connection
        .query_row("SELECT oldest FROM reader", [], |row| row.get(0))
        .optional()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
