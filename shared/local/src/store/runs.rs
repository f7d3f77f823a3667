//! Run records, with the events that applications keep.

mod filter;
mod kept;
mod subjects;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use async_trait::async_trait;
use hookpoint_engine::{
    event::subject::SubjectKey,
    ports::{RunStore, StoreError},
    record::{RunFilter, RunId, RunRecord, RunResultKind},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{LocalStore, failure::Failure};

/// A record to be inserted.
struct Row {
    ulid: String,
    stage: &'static str,
    application: String,
    hook: String,
    result: &'static str,
    outcome: String,
    correlation: String,
    body: String,
    kept: Option<Vec<u8>>,
    /// Whom the kept event is about.
    subjects: BTreeSet<SubjectKey>,
}

impl Row {
    fn new(record: &RunRecord) -> Result<Self, Failure> {
        Ok(Self {
            ulid: record.id.ulid(),
            stage: record.id.stage.id(),
            application: record.id.application.to_string(),
            hook: record.hook.to_string(),
            result: word(record.result),
            outcome: record.outcome.clone(),
            correlation: record.correlation_id.clone(),
            body: record.to_json(),
            kept: record
                .kept
                .as_deref()
                .map(|kept| kept::compress(&record.id, kept))
                .transpose()?,
            subjects: record.subjects(),
        })
    }

    fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let inserted = connection
            .prepare_cached(
                "INSERT INTO run
                     (ulid, stage, application, hook, result, outcome, correlation, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (ulid, stage, application) DO NOTHING",
            )?
            .execute(params![
                self.ulid,
                self.stage,
                self.application,
                self.hook,
                self.result,
                self.outcome,
                self.correlation,
                self.body
            ])?;
        if let (1, Some(kept)) = (inserted, &self.kept) {
            let number = connection.last_insert_rowid();
            connection
                .prepare_cached("INSERT INTO run_kept (number, body) VALUES (?1, ?2)")?
                .execute(params![number, kept])?;
            let mut insert = connection
                .prepare_cached("INSERT INTO run_subject (key, number) VALUES (?1, ?2)")?;
            for key in &self.subjects {
                insert.execute(params![key.as_str(), number])?;
            }
        }
        Ok(())
    }
}

fn word(result: RunResultKind) -> &'static str {
    match result {
        RunResultKind::Ok => "ok",
        RunResultKind::Failed => "failed",
        RunResultKind::Skipped => "skipped",
    }
}

#[async_trait]
impl RunStore for LocalStore {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        // Compression takes time and must hold up neither events nor the writing thread.
        let records = records.to_vec();
        let rows = self
            .compute(move || records.iter().map(Row::new).collect::<Result<Vec<_>, _>>())
            .await
            .map_err(|failure| self.store_error(failure))?;
        // The last records may be missing after a power cut: only operators read them.
        let written = self.write_lazily(move |connection| {
            rows.iter()
                .try_for_each(|row| row.insert(connection))
                .map_err(Failure::from)
        });
        written.await.map_err(|failure| self.store_error(failure))
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| Ok(filter::find(connection, &filter, limit)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let id = id.clone();
        self.read(move |connection| find(connection, &id))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}

fn find(connection: &Connection, id: &RunId) -> Result<Option<RunRecord>, Failure> {
    let row: Option<(String, Option<Vec<u8>>)> = connection
        .prepare_cached(
            "SELECT run.body, run_kept.body FROM run LEFT JOIN run_kept USING (number)
             WHERE ulid = ?1 AND stage = ?2 AND application = ?3",
        )?
        .query_row(
            params![id.ulid(), id.stage.id(), id.application.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((body, kept)) = row else {
        return Ok(None);
    };
    let mut record = RunRecord::from_json(&body)
        .map_err(|error| Failure::Unreadable(format!("run {id}"), error))?;
    record.kept = kept
        .map(|kept| kept::expand(id, &kept))
        .transpose()?
        .map(Box::new);
    Ok(Some(record))
}
