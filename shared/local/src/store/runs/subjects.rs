//! Kept events in order, and erasing runs.

use async_trait::async_trait;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{KeptEvents, KeptRun, StoreError},
    record::RunId,
};
use hookpoint_stages::Stage;
use rusqlite::{Connection, params};

use super::kept;
use crate::store::{LocalStore, failure::Failure};

#[async_trait]
impl KeptEvents for LocalStore {
    async fn kept_events(
        &self,
        stage: Stage,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<KeptRun>, StoreError> {
        let (application, after) = (application.clone(), after.map(RunId::ulid));
        self.read(move |connection| {
            Ok(find(
                connection,
                stage,
                &application,
                after.as_deref(),
                limit,
            )?)
        })
        .await
        .map_err(|failure| self.store_error(failure))
    }

    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let runs = runs.to_vec();
        // Unlike records, an erasure must survive a power cut.
        self.write(move |connection| Ok::<_, Failure>(erase(connection, &runs)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}

fn find(
    connection: &Connection,
    stage: Stage,
    application: &ApplicationId,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<KeptRun>> {
    let mut statement = connection.prepare_cached(
        "SELECT ulid, run_kept.body FROM run JOIN run_kept USING (number)
         WHERE application = ?1 AND stage = ?2 AND ulid > ?3 ORDER BY ulid LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![
        application.as_str(),
        stage.id(),
        after.unwrap_or_default(),
        limit
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (ulid, body): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if let Some(id) = RunId::from_ulid(stage, application, &ulid) {
            let kept = kept::expand(&id, &body).ok();
            found.push(KeptRun { id, kept });
        }
    }
    Ok(found)
}

/// Kept events go with their records.
fn erase(connection: &Connection, runs: &[RunId]) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("DELETE FROM run WHERE ulid = ?1 AND stage = ?2 AND application = ?3")?;
    for run in runs {
        statement.execute(params![
            run.ulid(),
            run.stage.id(),
            run.application.as_str()
        ])?;
    }
    Ok(())
}
