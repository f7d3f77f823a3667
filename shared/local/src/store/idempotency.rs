//! Idempotency records.

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use hookpoint_engine::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::{IdempotencyStore, StoreError},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{LocalStore, failure::Failure};

#[async_trait]
impl IdempotencyStore for LocalStore {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let key = key.clone();
        self.read(move |connection| find(connection, &key))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let (key, owner) = (key.clone(), owner.map(str::to_owned));
        // Serialising strings, numbers and JSON values into memory cannot fail.
        let body = serde_json::to_string(record).unwrap_or_default();
        let (new_owner, expires) = (record.owner.clone(), record.expires_seconds());
        let put = self.write(move |connection| {
            let sql = match owner {
                None => {
                    "INSERT INTO idempotency (stage, application, key, owner, expires, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"
                }
                Some(_) => {
                    "UPDATE idempotency SET owner = ?4, expires = ?5, body = ?6
                     WHERE stage = ?1 AND application = ?2 AND key = ?3 AND owner = ?7"
                }
            };
            let mut statement = connection.prepare_cached(sql)?;
            let (stage, application) = (key.stage.id(), key.application.as_str());
            let rows = match &owner {
                None => statement.execute(params![
                    stage,
                    application,
                    key.key,
                    new_owner,
                    expires,
                    body
                ])?,
                Some(owner) => statement.execute(params![
                    stage,
                    application,
                    key.key,
                    new_owner,
                    expires,
                    body,
                    owner
                ])?,
            };
            Ok::<_, Failure>(rows == 1)
        });
        put.await.map_err(|failure| self.store_error(failure))
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        let (key, owner) = (key.clone(), owner.to_owned());
        let removed = self.write(move |connection| {
            connection
                .prepare_cached(
                    "DELETE FROM idempotency
                     WHERE stage = ?1 AND application = ?2 AND key = ?3 AND owner = ?4",
                )?
                .execute(params![
                    key.stage.id(),
                    key.application.as_str(),
                    key.key,
                    owner
                ])?;
            Ok::<_, Failure>(())
        });
        removed.await.map_err(|failure| self.store_error(failure))
    }
}

fn find(
    connection: &Connection,
    key: &IdempotencyKey,
) -> Result<Option<IdempotencyRecord>, Failure> {
    let body: Option<String> = connection
        .prepare_cached(
            "SELECT body FROM idempotency WHERE stage = ?1 AND application = ?2 AND key = ?3",
        )?
        .query_row(
            params![key.stage.id(), key.application.as_str(), key.key],
            |row| row.get(0),
        )
        .optional()?;
    let read = |body: String| {
        serde_json::from_str(&body).map_err(|error| Failure::Item {
            item: format!("idempotency key of {} at {}", key.application, key.stage),
            message: format!("it was written by a newer Hookpoint, or is damaged ({error})"),
        })
    };
    body.map(read).transpose()
}
