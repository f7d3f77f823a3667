//! Dead letters as rows.

use std::time::SystemTime;

use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadLetter, DeadReason, FoundLetters, Selection},
};
use rusqlite::{Connection, Row, params, params_from_iter};
use serde_json::Value;

use super::jobs;
use crate::store::moment;

/// Inserts a dead letter. It replaces one with the same id: the same delivery, given up earlier.
pub(super) fn insert(
    connection: &Connection,
    id: &str,
    message: &str,
    reason: Option<&DeadReason>,
    now: i64,
) -> rusqlite::Result<()> {
    let (code, text) = reason.map(|reason| (&reason.code, &reason.message)).unzip();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO dead_letter (id, code, reason, since, message)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id, code, text, now, message])
        .map(|_| ())
}

const LETTERS: &str = "SELECT id, code, reason, since, message FROM dead_letter";

/// The oldest selected ones. Rows are read one by one, so that the others take no memory.
pub(super) fn find(
    connection: &Connection,
    which: &Selection,
    limit: usize,
) -> rusqlite::Result<FoundLetters> {
    let named = match which {
        Selection::Only(ids) => Some(
            ids.iter()
                .map(String::as_str)
                .collect::<Value>()
                .to_string(),
        ),
        Selection::All | Selection::Matching(_) => None,
    };
    let condition = named
        .as_ref()
        .map_or("", |_| "WHERE id IN (SELECT value FROM json_each(?1))");
    let mut statement =
        connection.prepare_cached(&format!("{LETTERS} {condition} ORDER BY number"))?;
    let mut rows = statement.query_map(params_from_iter(named), letter)?;
    let mut letters = Vec::new();
    while let Some(letter) = rows.next().transpose()? {
        if !which.contains(&letter) {
            continue;
        }
        if letters.len() == limit {
            return Ok(FoundLetters {
                letters,
                is_all: false,
            });
        }
        letters.push(letter);
    }
    Ok(FoundLetters {
        letters,
        is_all: true,
    })
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let (code, message): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
    Ok(DeadLetter {
        id: row.get(0)?,
        job: Job::from_message(row.get_ref(4)?.as_str()?),
        reason: code
            .zip(message)
            .map(|(code, message)| DeadReason { code, message }),
        since: moment::time_of(row.get(3)?),
    })
}

fn whole(connection: &Connection, number: i64) -> rusqlite::Result<DeadLetter> {
    connection
        .prepare_cached(&format!("{LETTERS} WHERE number = ?1"))?
        .query_row([number], letter)
}

/// The number of the newest one; later ones have higher numbers.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(MAX(number), 0) FROM dead_letter")?
        .query_row([], |row| row.get(0))
}

/// The range of one transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Exclusive lower bound.
    pub(super) after: i64,
    /// Inclusive upper bound.
    pub(super) until: i64,
    /// Maximum number of rows.
    pub(super) limit: usize,
}

/// The result of one transaction.
pub(super) struct Chunk {
    /// How many dead letters were redriven or removed.
    pub(super) treated: usize,
    /// The last one read; `None` at the end.
    pub(super) last: Option<i64>,
}

/// Moves the selected ones of a range back into the queue.
pub(super) fn redrive(
    connection: &Connection,
    which: &Selection,
    span: Span,
    now: SystemTime,
) -> rusqlite::Result<Chunk> {
    treat(connection, which, span, |number| {
        let message: String = connection
            .prepare_cached("SELECT message FROM dead_letter WHERE number = ?1")?
            .query_row([number], |row| row.get(0))?;
        // Jobs that this version cannot read stay.
        let Ok(job) = Job::from_json(&message) else {
            return Ok(false);
        };
        jobs::insert(connection, &[jobs::Row::from(&job.anew(now))])?;
        Ok(true)
    })
}

/// Removes the selected ones of a range.
pub(super) fn remove(
    connection: &Connection,
    which: &Selection,
    span: Span,
) -> rusqlite::Result<Chunk> {
    treat(connection, which, span, |_| Ok(true))
}

/// Reads a range and deletes the selected ones that `leaves` accepts.
fn treat(
    connection: &Connection,
    which: &Selection,
    span: Span,
    mut may_leave: impl FnMut(i64) -> rusqlite::Result<bool>,
) -> rusqlite::Result<Chunk> {
    let mut next = connection.prepare_cached(
        "SELECT number, id FROM dead_letter WHERE number > ?1 AND number <= ?2
         ORDER BY number LIMIT ?3",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM dead_letter WHERE number = ?1")?;
    let rows = next.query_map(params![span.after, span.until, span.limit], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let rows: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
    let mut chunk = Chunk {
        treated: 0,
        last: rows.last().map(|(number, _)| *number),
    };
    for (number, id) in rows {
        let is_chosen = match which {
            Selection::All => true,
            Selection::Only(ids) => ids.contains(&id),
            Selection::Matching(filter) => filter.matches(&whole(connection, number)?),
        };
        if is_chosen && may_leave(number)? {
            delete.execute([number])?;
            chunk.treated += 1;
        }
    }
    Ok(chunk)
}
