//! The locators of events: written with the runs of an event, deleted with the last of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::try_join_all;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::StoreError,
    record::{RunId, RunRecord, SHARDS},
    stages::Stage,
};

use super::super::{DynamoStore, snapshot::gather};
use crate::item::{
    Item, Key, RUNS_OF_LOCATOR, event_locator, event_locators_partition, read_event_locator,
    read_run,
};

/// An event at a stage: application and correlation id.
type Event = (Stage, ApplicationId, String);

impl DynamoStore {
    /// The locators of the events of records.
    pub(super) fn event_locators(&self, records: &[RunRecord]) -> Vec<Item> {
        // By id: a record may be there twice.
        let mut events: HashMap<Event, BTreeMap<String, &RunRecord>> = HashMap::new();
        for record in records {
            let runs = events.entry(event_of(record)).or_default();
            runs.insert(record.id.ulid(), record);
        }
        let locators = events.into_values().flat_map(|runs| {
            let runs: Vec<_> = runs.into_values().collect();
            let parts = runs.chunks(RUNS_OF_LOCATOR);
            let items = parts.filter_map(|part| event_locator(part, self.run_retention));
            items.collect::<Vec<_>>()
        });
        locators.collect()
    }

    /// Deletes the locators that name these runs and no others that are still recorded.
    pub(super) async fn delete_event_locators(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let keys: Vec<_> = runs.iter().map(Key::run).collect();
        let stored = keys
            .into_iter()
            .map(|key| async move { self.get(&key, true).await });
        let stored = gather(stored).await?;
        // The event of a damaged record is unknown; its locator expires.
        let records = stored.iter().flatten().flat_map(read_run);
        let events: BTreeSet<Event> = records.map(|record| event_of(&record)).collect();
        let erased: BTreeSet<String> = runs.iter().map(RunId::ulid).collect();
        let erased = &erased;
        let shards = events
            .into_iter()
            .flat_map(|event| (0..SHARDS).map(move |shard| (event.clone(), shard)));
        let deletable = shards.map(|(event, shard)| async move {
            self.locators_without(&event, shard, erased).await
        });
        let keys = gather(deletable).await?;
        self.delete_all(keys.into_iter().flatten().collect()).await
    }

    /// The locators of an event in a shard whose runs are all erased or gone.
    async fn locators_without(
        &self,
        (stage, application, correlation_id): &Event,
        shard: u8,
        erased: &BTreeSet<String>,
    ) -> Result<Vec<Key>, StoreError> {
        let partition = event_locators_partition(*stage, application, correlation_id, shard);
        let mut keys = Vec::new();
        for locator in self.whole(&partition).await? {
            // One that cannot be read must not keep what is to be erased.
            let named = read_event_locator(&locator, *stage, application);
            let mut named = named.unwrap_or_default();
            named.retain(|run| !erased.contains(&run.ulid()));
            let others = named.iter().map(|run| self.is_recorded(run));
            if !try_join_all(others).await?.contains(&true) {
                keys.push(Key::of(&locator));
            }
        }
        Ok(keys)
    }

    async fn is_recorded(&self, run: &RunId) -> Result<bool, StoreError> {
        Ok(self.get(&Key::run(run), true).await?.is_some())
    }
}

fn event_of(record: &RunRecord) -> Event {
    (
        record.id.stage,
        record.id.application.clone(),
        record.correlation_id.clone(),
    )
}
