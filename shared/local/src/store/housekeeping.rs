//! What is thrown away: what is too old, and what is more than the file may hold.
//!
//! | what | for | at most |
//! |---|---|---|
//! | run records | 7 days | 512 MB |
//! | events that are kept of runs | as long as their records | 256 MB |
//! | dead letters | 14 days, as on AWS | 128 MB |
//! | recorded answers | 1 hour | – |
//!
//! The oldest go first. The file gives back what it does not need any more.

mod space;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant, SystemTime};

use hookpoint_engine::record::{RETENTION, RunId};
use rusqlite::{Connection, params};

use self::space::{Quota, used_bytes};
use super::moment;

/// How often it is looked for what is too old.
const EVERY: Duration = Duration::from_hours(1);
/// How often it is looked for what is too much.
const MEASURE_EVERY: Duration = Duration::from_secs(10);
/// How many rows go at once: a few milliseconds' worth, so that no event has to wait for it.
const AT_ONCE: usize = 2_000;
/// How long dead letters are kept.
const DEAD_FOR: Duration = Duration::from_hours(24 * 14);

const MEGABYTE: u64 = 1024 * 1024;

/// What may be in the file, in bytes. Kept events first: their records stay.
const QUOTAS: [Quota; 3] = [
    Quota {
        what: "events kept of runs",
        table: "run_kept",
        column: "body",
        bytes: 256 * MEGABYTE,
    },
    Quota {
        what: "run records",
        table: "run",
        column: "body",
        bytes: 512 * MEGABYTE,
    },
    Quota {
        what: "dead letters",
        table: "dead_letter",
        column: "message",
        bytes: 128 * MEGABYTE,
    },
];

/// Throws things away between transactions, a few at a time.
pub(super) struct Housekeeping {
    /// When everything that is too old was gone; nothing at first.
    done: Option<Instant>,
    quotas: Vec<Quota>,
    /// From when on it is measured again, and what is to go until then: the place among the quotas, and the last row.
    measure_at: Instant,
    surplus: Option<(usize, i64)>,
}

impl Default for Housekeeping {
    fn default() -> Self {
        Self::with_quotas(QUOTAS.to_vec())
    }
}

impl Housekeeping {
    fn with_quotas(quotas: Vec<Quota>) -> Self {
        Self {
            done: None,
            quotas,
            measure_at: Instant::now(),
            surplus: None,
        }
    }

    /// Does a little, when it is time. What could not be done now is tried again.
    pub(super) fn run(&mut self, connection: &Connection) {
        if self.done.is_none_or(|done| done.elapsed() >= EVERY) {
            match sweep(connection, SystemTime::now(), AT_ONCE) {
                Ok(Swept::Some) => {}
                Ok(Swept::All) => self.done = Some(Instant::now()),
                Err(error) => {
                    self.done = Some(Instant::now());
                    tracing::warn!(%error, "what is too old stays for now: it could not be deleted");
                }
            }
        }
        if let Err(error) = self.keep_quotas(connection) {
            self.measure_at = Instant::now() + MEASURE_EVERY;
            tracing::warn!(%error, "the store's file was not made smaller");
        }
    }

    /// Deletes some of what is too much, and gives back some of the space that nothing needs.
    fn keep_quotas(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some((index, last)) = self.surplus {
            if self.quotas[index].delete(connection, last, AT_ONCE)? < AT_ONCE {
                self.surplus = None;
            }
            return Ok(());
        }
        if Instant::now() < self.measure_at {
            return Ok(());
        }
        let begun = Instant::now();
        let smallest = self.quotas.iter().map(|quota| quota.bytes).min();
        if used_bytes(connection)? > smallest.unwrap_or_default() {
            for (index, quota) in self.quotas.iter().enumerate() {
                if let Some(surplus) = quota.surplus(connection)? {
                    tracing::warn!(
                        dropped = surplus.rows,
                        "the {} take up more than {} MB: the oldest {} are dropped",
                        quota.what,
                        quota.bytes / MEGABYTE,
                        surplus.rows
                    );
                    self.surplus = Some((index, surplus.last));
                    return Ok(());
                }
            }
        }
        space::give_back(connection)?;
        // However long it takes in a large file, that is little of the time.
        self.measure_at = Instant::now() + MEASURE_EVERY.max(begun.elapsed() * 100);
        Ok(())
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
        params![moment::milliseconds(now) / 1_000, limit],
    )?;
    // They are numbered as they were given up: the oldest are in front.
    let dead = delete(
        connection,
        "SELECT 1 FROM (SELECT since FROM dead_letter ORDER BY number LIMIT ?2) WHERE since < ?1",
        "DELETE FROM dead_letter WHERE number IN
             (SELECT number FROM dead_letter ORDER BY number LIMIT ?2) AND since < ?1",
        params![
            moment::milliseconds(now.checked_sub(DEAD_FOR).unwrap_or(now)),
            limit
        ],
    )?;
    if dead > 0 {
        tracing::warn!(
            dropped = dead,
            "dead letters are kept for 14 days: {dead} older ones are dropped"
        );
    }
    Ok(
        if [records, answers, dead].iter().all(|done| *done < limit) {
            Swept::All
        } else {
            Swept::Some
        },
    )
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
