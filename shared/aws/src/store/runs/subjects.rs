//! Kept events in order, and erasing runs.

use async_trait::async_trait;
use futures::future::try_join_all;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{KeptEvents, KeptRun, StoreError},
    record::{RunId, SHARDS},
    stages::Stage,
};

use super::located::Leads;
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
        let after = after.map_or_else(|| BEGINNING.to_owned(), RunId::ulid);
        let shards = (0..SHARDS).map(Some).chain([None]);
        let read = shards
            .map(|shard| self.kept_in(kept_partition(stage, application, shard), &after, limit));
        let read = try_join_all(read).await?;
        // A partition may have more behind what was read of it: up to there, all are known.
        let more = read.iter().filter(|items| items.len() >= limit);
        let known = more
            .filter_map(|items| Some(Key::of(items.last()?).sort))
            .min();
        let mut items: Vec<Item> = read.into_iter().flatten().collect();
        items.sort_by_cached_key(|item| Key::of(item).sort);
        if let Some(known) = known {
            items.retain(|item| Key::of(item).sort <= known);
        }
        let kept = items.iter().filter_map(|item| {
            let id = RunId::from_ulid(stage, application, &Key::of(item).sort)?;
            let kept = read_kept_event(item).ok();
            Some(KeptRun { id, kept })
        });
        Ok(kept.collect())
    }

    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError> {
        // The records and their events lead to the locators; locators lead to the records without an event.
        let Leads { places, with_event } = self.leads(runs).await?;
        let (later, first): (Vec<_>, Vec<_>) = runs
            .iter()
            .partition(|run| with_event.contains(&run.ulid()));
        self.delete_all(first.into_iter().map(Key::run).collect())
            .await?;
        self.delete_locators(places, runs).await?;
        self.delete_all(later.into_iter().map(Key::run).collect())
            .await?;
        let kept = runs.iter().map(Key::kept_event);
        let together = runs.iter().map(Key::kept_event_together);
        self.delete_all(kept.chain(together).collect()).await
    }
}

impl DynamoStore {
    /// The first kept events of one partition after a sort key, in order.
    async fn kept_in(
        &self,
        partition: String,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(AFTER_SORT)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .expression_attribute_values(SORT_PARAMETER, text(after))
            .consistent_read(true);
        self.first(query, limit).await
    }
}
