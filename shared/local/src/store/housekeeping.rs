//! Deletes what is too old, and what exceeds the file's quotas.
//!
//! | what | kept for | at most |
//! |---|---|---|
//! | run records | 7 days | 512 MB |
//! | kept events of runs | as long as their records | 256 MB |
//! | dead letters | 14 days, as on AWS | 128 MB |
//! | recorded responses | 1 hour | – |
//! | audit trail | 400 days, as on AWS | – |
//!
//! The oldest go first. The file returns unused space to the system.

mod space;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant, SystemTime};

use hookpoint_engine::{
    audit::{AUDIT_RETENTION, AuditId},
    record::{RETENTION, RunId},
};
use rusqlite::{Connection, params};

use self::space::{Quota, used_bytes};
use super::moment;

/// Interval between deletions of what is too old.
const EVERY: Duration = Duration::from_hours(1);
/// Interval between checks of the quotas.
const MEASURE_EVERY: Duration = Duration::from_secs(10);
/// Rows deleted at once: a few milliseconds' worth, so that events do not wait.
const AT_ONCE: usize = 2_000;
/// How long dead letters are kept.
const DEAD_FOR: Duration = Duration::from_hours(24 * 14);

const MEGABYTE: u64 = 1024 * 1024;

/// Quotas in bytes. Kept events come first: their records stay.
const QUOTAS: [Quota; 3] = [
    Quota {
        what: "kept events of runs",
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

/// Deletes a few rows at a time between transactions.
pub(super) struct Housekeeping {
    /// When the last deletion of old rows was complete.
    done: Option<Instant>,
    quotas: Vec<Quota>,
    /// When to check the quotas next, and what to delete until then: the index of the quota, and the last row.
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

    /// Does the next small step, if one is due. Failures are logged and retried.
    pub(super) fn run(&mut self, connection: &Connection) {
        if self.done.is_none_or(|done| done.elapsed() >= EVERY) {
            match sweep(connection, SystemTime::now(), AT_ONCE) {
                Ok(Swept::Some) => {}
                Ok(Swept::All) => self.done = Some(Instant::now()),
                Err(error) => {
                    self.done = Some(Instant::now());
                    tracing::warn!(%error, "failed to delete what is too old; retrying later");
                }
            }
        }
        if let Err(error) = self.keep_quotas(connection) {
            self.measure_at = Instant::now() + MEASURE_EVERY;
            tracing::warn!(%error, "failed to shrink the store's file");
        }
    }

    /// Deletes some of the surplus and returns some unused space.
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
                        "the {} exceed {} MB: dropping the oldest {}",
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
        // Measuring takes a small share of the time even in a large file.
        self.measure_at = Instant::now() + MEASURE_EVERY.max(begun.elapsed() * 100);
        Ok(())
    }
}

/// Progress of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swept {
    /// There may be more.
    Some,
    /// Nothing too old is left.
    All,
}

/// Deletes up to `limit` rows of each kind.
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
    let oldest = AuditId::first_at(now.checked_sub(AUDIT_RETENTION).unwrap_or(now)).to_string();
    let entries = delete(
        connection,
        "SELECT 1 FROM audit WHERE id < ?1 LIMIT ?2",
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ?1 LIMIT ?2)",
        params![oldest, limit],
    )?;
    // Numbers follow the time of giving up: the oldest come first.
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
            "dead letters are kept for 14 days: dropped {dead} older ones"
        );
    }
    Ok(
        if [records, answers, entries, dead]
            .iter()
            .all(|done| *done < limit)
        {
            Swept::All
        } else {
            Swept::Some
        },
    )
}

/// Checks first: usually there is nothing to delete, and then the lock is not taken.
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
