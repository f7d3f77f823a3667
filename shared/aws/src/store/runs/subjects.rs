//! Kept events in order, and erasing runs.

use async_trait::async_trait;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{KeptEvents, KeptRun, StoreError},
    record::RunId,
    stages::Stage,
};

use crate::{
    DynamoStore,
    item::{
        AFTER_SORT, Item, Key, PARTITION_PARAMETER, SORT_PARAMETER, kept_partition,
        read_kept_event, text,
    },
};

/// Sorts before every ULID.
const BEGINNING: &str = "/";

#[async_trait]
impl KeptEvents for DynamoStore {
    async fn kept_events(
        &self,
        stage: Stage,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<KeptRun>, StoreError> {
        let partition = kept_partition(stage, application);
        let after = after.map_or_else(|| BEGINNING.to_owned(), RunId::ulid);
        let mut found = Vec::new();
        let mut start: Option<Item> = None;
        while found.len() < limit {
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .key_condition_expression(AFTER_SORT)
                .expression_attribute_values(PARTITION_PARAMETER, text(&partition))
                .expression_attribute_values(SORT_PARAMETER, text(&after))
                .consistent_read(true)
                .limit(i32::try_from(limit - found.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            for item in page.items.unwrap_or_default() {
                if let Some(id) = RunId::from_ulid(stage, application, &Key::of(&item).sort) {
                    let kept = read_kept_event(&item).ok();
                    found.push(KeptRun { id, kept });
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError> {
        self.delete_all(runs.iter().map(Key::run).collect()).await?;
        self.delete_all(runs.iter().map(Key::kept_event).collect())
            .await
    }
}
