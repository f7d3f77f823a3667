//! How much is in the file, and how it gets smaller.

use rusqlite::{Connection, params};

/// How much goes of what is too much, in hundredths of the quota: so that the next row does not make it too much again.
const LEFT: u64 = 90;
/// How many pages may lie idle. They are used again before the file grows.
const IDLE: i64 = 256;
/// How many pages are given back at once.
const PAGES: i64 = 1_024;

/// How much of a table may be in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// What it is called.
    pub(super) what: &'static str,
    pub(super) table: &'static str,
    /// What is counted: all but a little of a row.
    pub(super) column: &'static str,
    pub(super) bytes: u64,
}

/// What is too much.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surplus {
    pub(super) rows: u64,
    /// The number of the last row that is to go.
    pub(super) last: i64,
}

impl Quota {
    /// The oldest rows, when there is too much: as many as have to go.
    pub(super) fn surplus(&self, connection: &Connection) -> rusqlite::Result<Option<Surplus>> {
        let Self { table, column, .. } = self;
        let total: u64 = connection
            .prepare_cached(&format!(
                "SELECT coalesce(SUM(octet_length({column})), 0) FROM {table}"
            ))?
            .query_row([], |row| row.get(0))?;
        if total <= self.bytes {
            return Ok(None);
        }
        let mut excess = total - self.bytes / 100 * LEFT;
        let mut statement = connection.prepare_cached(&format!(
            "SELECT number, octet_length({column}) FROM {table} ORDER BY number"
        ))?;
        let mut rows = statement.query([])?;
        let mut surplus = Surplus { rows: 0, last: 0 };
        while excess > 0
            && let Some(row) = rows.next()?
        {
            surplus.rows += 1;
            surplus.last = row.get(0)?;
            excess = excess.saturating_sub(row.get(1)?);
        }
        Ok(Some(surplus))
    }

    /// Deletes some rows up to the last one that is to go. Returns how many.
    pub(super) fn delete(
        &self,
        connection: &Connection,
        last: i64,
        limit: usize,
    ) -> rusqlite::Result<usize> {
        let table = self.table;
        connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE number IN
                     (SELECT number FROM {table} WHERE number <= ?1 ORDER BY number LIMIT ?2)"
            ))?
            .execute(params![last, limit])
    }
}

/// How much of the file is in use.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pages = pragma(connection, "page_count")? - pragma(connection, "freelist_count")?;
    let bytes = pages.saturating_mul(pragma(connection, "page_size")?);
    Ok(u64::try_from(bytes).unwrap_or_default())
}

/// Makes the file smaller by some of the pages that nothing is in, where there are many. A file that cannot shrink stays as it is.
pub(super) fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let idle = pragma(connection, "freelist_count")?;
    if idle <= IDLE || idle < pragma(connection, "page_count")? / 8 {
        return Ok(());
    }
    let pages = PAGES.max(idle / 16);
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
