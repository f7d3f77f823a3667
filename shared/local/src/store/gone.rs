//! Marks on bindings whose endpoint is gone.

use async_trait::async_trait;
use hookpoint_engine::{
    application::binding::Target,
    delivery::gone::GoneBinding,
    identifier::BindingId,
    ports::{GoneBindings, StoreError},
};
use hookpoint_stages::Stage;
use rusqlite::{Connection, params};

use super::{LocalStore, failure::Failure};

#[async_trait]
impl GoneBindings for LocalStore {
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        let target = target.clone();
        self.read(move |connection| marks(connection, stage, &target))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError> {
        let mark = mark.clone();
        let made = self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO gone (target, stage, binding, body)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    mark.target.to_string(),
                    mark.stage.id(),
                    mark.binding.as_str(),
                    mark.to_json()
                ])?;
            Ok::<_, Failure>(())
        });
        made.await.map_err(|failure| self.store_error(failure))
    }

    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError> {
        let (target, binding) = (target.to_string(), binding.clone());
        let removed = self.write(move |connection| {
            let rows = connection
                .prepare_cached(
                    "DELETE FROM gone WHERE target = ?1 AND stage = ?2 AND binding = ?3",
                )?
                .execute(params![target, stage.id(), binding.as_str()])?;
            Ok::<_, Failure>(rows == 1)
        });
        removed.await.map_err(|failure| self.store_error(failure))
    }
}

fn marks(
    connection: &Connection,
    stage: Stage,
    target: &Target,
) -> Result<Vec<GoneBinding>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT binding, body FROM gone WHERE target = ?1 AND stage = ?2")?;
    let rows = statement.query_map(params![target.to_string(), stage.id()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (binding, body): (String, String) = row?;
        GoneBinding::from_json(&body).map_err(|error| {
            let item = format!("mark on binding {binding} of {target} at {stage}");
            Failure::Unreadable(item, error)
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use hookpoint_contract::gone;

    use super::*;

    #[tokio::test]
    async fn the_store_keeps_the_contract_of_marks() {
        let directory = tempfile::tempdir().unwrap();
        gone::contract(&LocalStore::open(directory.path()).unwrap()).await;
    }
}
