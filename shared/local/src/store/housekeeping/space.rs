//! Quotas of tables, and shrinking the file.

use rusqlite::{Connection, params};

/// What a table keeps after a deletion, in hundredths of its quota, so that the next row does not exceed it again.
const LEFT: u64 = 90;
/// How many free pages stay in the file for reuse.
const IDLE: i64 = 256;
/// How many pages are returned to the system at once.
const PAGES: i64 = 1_024;

/// The quota of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// Its name in the log.
    pub(super) what: &'static str,
    pub(super) table: &'static str,
    /// The column that is measured, which makes up most of a row.
    pub(super) column: &'static str,
    pub(super) bytes: u64,
}

/// The rows beyond a quota.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surplus {
    pub(super) rows: u64,
    /// Number of the last row to delete.
    pub(super) last: i64,
}

impl Quota {
    /// The oldest rows to delete, if the quota is exceeded.
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

    /// Deletes some of the surplus rows. Returns how many.
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

/// Bytes of the file in use.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pages = pragma(connection, "page_count")? - pragma(connection, "freelist_count")?;
    let bytes = pages.saturating_mul(pragma(connection, "page_size")?);
    Ok(u64::try_from(bytes).unwrap_or_default())
}

/// Removes some free pages from the file if there are many. A file that cannot shrink stays as it is.
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
