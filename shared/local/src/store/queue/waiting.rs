//! What waits in the queue, for operators.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    delivery::job::{Job, NotAJob},
    ports::QueueError,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::LocalStore;
use crate::store::{failure::Failure, moment};

/// A delivery in the queue.
#[derive(Debug, Clone)]
pub struct WaitingDelivery {
    /// The delivery id.
    pub id: String,
    /// The job of its next attempt, or the message that could not be read as one.
    pub job: Result<Job, NotAJob>,
    /// When the next attempt is due; for one in progress, when its lease ends.
    pub due: SystemTime,
    /// Whether a worker is attempting it.
    pub is_in_progress: bool,
}

impl LocalStore {
    /// Up to `limit` deliveries, the next to be attempted first, and how many there are.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn waiting_deliveries(
        &self,
        limit: usize,
        now: SystemTime,
    ) -> Result<(Vec<WaitingDelivery>, usize), QueueError> {
        let now = moment::milliseconds(now);
        self.read(move |connection| Ok((find(connection, limit, now)?, count(connection)?)))
            .await
            .map_err(|failure| self.queue_error(failure))
    }

    /// Removes a delivery from the queue. An attempt in progress ends, and is the last. Returns false if it is no longer queued.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn cancel_delivery(&self, id: &str) -> Result<bool, QueueError> {
        let id = id.to_owned();
        let removed = self.write(move |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM job WHERE delivery = ?1")?;
            Ok::<_, Failure>(delete.execute([&id])?)
        });
        let removed = removed.await.map_err(|failure| self.queue_error(failure))?;
        Ok(removed > 0)
    }

    /// Makes a delivery due now. Returns false if it is no longer queued, or a worker is attempting it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn hasten_delivery(&self, id: &str, now: SystemTime) -> Result<bool, QueueError> {
        let id = id.to_owned();
        let changed = self.write(move |connection| Ok::<_, Failure>(hasten(connection, &id, now)?));
        changed.await.map_err(|failure| self.queue_error(failure))
    }
}

/// The message says when the attempt is due as well, for queues that deliver it earlier.
fn hasten(connection: &Connection, id: &str, now: SystemTime) -> rusqlite::Result<bool> {
    let moment = moment::milliseconds(now);
    let found: Option<(i64, String)> = connection
        .prepare_cached(
            "UPDATE job SET available = min(available, ?2)
             WHERE delivery = ?1 AND (receipt IS NULL OR available <= ?2)
             RETURNING number, (SELECT message FROM job_message WHERE number = job.number)",
        )?
        .query_row(params![id, moment], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, message)) = found else {
        return Ok(false);
    };
    if let Ok(job) = Job::from_message(&message)
        && job.due() > now
    {
        connection
            .prepare_cached("UPDATE job_message SET message = ?2 WHERE number = ?1")?
            .execute(params![
                number,
                job.postponed(now, Duration::ZERO).to_json()
            ])?;
    }
    Ok(true)
}

fn find(connection: &Connection, limit: usize, now: i64) -> rusqlite::Result<Vec<WaitingDelivery>> {
    let mut statement = connection.prepare_cached(
        "SELECT delivery, message, available, receipt IS NOT NULL AND available > ?2
         FROM job JOIN job_message USING (number) ORDER BY available, number LIMIT ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![limit, now], |row| {
        Ok(WaitingDelivery {
            id: row.get(0)?,
            job: Job::from_message(row.get_ref(1)?.as_str()?),
            due: moment::time_of(row.get(2)?).unwrap_or(SystemTime::UNIX_EPOCH),
            is_in_progress: row.get(3)?,
        })
    })?;
    rows.collect()
}

fn count(connection: &Connection) -> rusqlite::Result<usize> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM job")?
        .query_row([], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}
