//! Jobs as rows.

use hookpoint_engine::delivery::job::Job;
use rusqlite::{Connection, params};

use crate::store::moment;

/// A job to be inserted.
pub(super) struct Row {
    pub(super) delivery: String,
    pub(super) application: String,
    pub(super) lane: String,
    pub(super) available: i64,
    pub(super) message: String,
}

impl From<&Job> for Row {
    fn from(job: &Job) -> Self {
        Self {
            delivery: job.delivery.to_string(),
            application: job.application.to_string(),
            lane: format!("{}/{}", job.application, job.hook.name),
            available: moment::milliseconds(job.due()),
            message: job.to_json(),
        }
    }
}

/// Inserts jobs. A delivery already in the queue stays as it is: this is a retry of an enqueue whose success the caller
/// did not see.
pub(super) fn insert(connection: &Connection, rows: &[Row]) -> rusqlite::Result<()> {
    let mut job = connection.prepare_cached(
        "INSERT INTO job (delivery, application, lane, available) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (delivery) DO NOTHING",
    )?;
    let mut message =
        connection.prepare_cached("INSERT INTO job_message (number, message) VALUES (?1, ?2)")?;
    for row in rows {
        if job.execute(params![
            row.delivery,
            row.application,
            row.lane,
            row.available
        ])? == 1
        {
            message.execute(params![connection.last_insert_rowid(), row.message])?;
        }
    }
    Ok(())
}
