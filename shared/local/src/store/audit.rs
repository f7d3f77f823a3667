//! The audit trail.

use async_trait::async_trait;
use hookpoint_engine::{
    audit::{AuditEntry, AuditFilter},
    identifier::ApplicationId,
    ports::{AuditLog, StoreError, UnreadableItem},
};
use rusqlite::{Connection, params};

use super::{LocalStore, failure::Failure};

#[async_trait]
impl AuditLog for LocalStore {
    async fn add_entry(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let entry = entry.clone();
        self.write(move |connection| Ok::<_, Failure>(put(connection, &entry)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| find(connection, &filter, limit))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}

/// Stores an entry unless it is there.
pub(super) fn put(connection: &Connection, entry: &AuditEntry) -> rusqlite::Result<()> {
    let application = entry.application.as_ref().map(ApplicationId::as_str);
    connection
        .prepare_cached(
            "INSERT INTO audit (id, application, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            entry.id.to_string(),
            application.unwrap_or_default(),
            entry.to_json()
        ])?;
    Ok(())
}

fn find(
    connection: &Connection,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM audit WHERE (?1 IS NULL OR application = ?1) AND id >= ?2
         ORDER BY id DESC LIMIT ?3",
    )?;
    let application = filter.application.as_ref().map(ApplicationId::as_str);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let parameters = params![application, filter.first().to_string(), limit];
    let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, body): (String, String) = row?;
        Ok(
            AuditEntry::from_json(&body).map_err(|error| UnreadableItem {
                error: StoreError::unreadable(format!("audit entry {id}"), &error),
                id,
            }),
        )
    })
    .collect()
}
