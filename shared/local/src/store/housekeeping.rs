//! What is thrown away: run records that are too old, and answers that are not replayed any more.

use std::time::{Duration, Instant, SystemTime};

use hookpoint_engine::record::{RETENTION, RunId};
use rusqlite::{Connection, params};

use super::moment;

/// How often it is looked for.
const EVERY: Duration = Duration::from_hours(1);
/// How many rows go at once: a few milliseconds' worth, so that nobody has to wait for it.
const AT_ONCE: usize = 2_000;

/// Throws things away between transactions, a few at a time.
#[derive(Default)]
pub(super) struct Housekeeping {
    /// When everything was gone; nothing at first.
    done: Option<Instant>,
}

impl Housekeeping {
    /// Does a little, when it is time. That it could not be done now is no harm: it is tried again.
    pub(super) fn run(&mut self, connection: &Connection) {
        if self.done.is_some_and(|done| done.elapsed() < EVERY) {
            return;
        }
        match sweep(connection, SystemTime::now(), AT_ONCE) {
            Ok(Swept::Some) => {}
            Ok(Swept::All) => self.done = Some(Instant::now()),
            Err(error) => {
                self.done = Some(Instant::now());
                tracing::warn!(%error, "old run records stay for now: they could not be deleted");
            }
        }
    }
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swept {
    /// There may be more.
    Some,
    /// Nothing is left that is too old.
    All,
}

/// Deletes up to so many of each.
pub(super) fn sweep(
    connection: &Connection,
    now: SystemTime,
    limit: usize,
) -> rusqlite::Result<Swept> {
    let oldest = RunId::first_ulid_at(now.checked_sub(RETENTION).unwrap_or(now));
    let seconds = moment::milliseconds(now) / 1_000;
    let records = delete(
        connection,
        "SELECT number FROM run WHERE ulid < ?1 LIMIT ?2",
        "DELETE FROM run WHERE number IN (SELECT number FROM run WHERE ulid < ?1 LIMIT ?2)",
        params![oldest, limit],
    )?;
    let answers = delete(
        connection,
        "SELECT rowid FROM idempotency WHERE expires < ?1 LIMIT ?2",
        "DELETE FROM idempotency
         WHERE rowid IN (SELECT rowid FROM idempotency WHERE expires < ?1 LIMIT ?2)",
        params![seconds, limit],
    )?;
    Ok(if records < limit && answers < limit {
        Swept::All
    } else {
        Swept::Some
    })
}

/// Looks first: as a rule there is nothing, and then the lock is not asked for.
fn delete(
    connection: &Connection,
    select: &str,
    delete: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<usize> {
    let is_any = connection.prepare_cached(select)?.exists(parameters)?;
    if is_any {
        connection.prepare_cached(delete)?.execute(parameters)
    } else {
        Ok(0)
    }
}
