//! Run records, with the events that applications keep.
//!
//! A stage's records are spread over eight partitions for each application, and their kept events over
//! eight others, so that one partition's throughput does not limit a busy one. Notes say which applications have records at a stage: a
//! listing skips empty partitions and still finds the records of deleted applications. Locators lead from events, subjects and hooks to records.
//! All of it is written in the batches of the records, so it costs no trip of its own.

mod located;
mod newest;
mod noted;
mod search;
mod shard;
mod subjects;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::future::try_join;
use hookpoint_engine::{
    ports::{RunStore, StoreError},
    record::{RunFilter, RunId, RunRecord},
};

pub(super) use self::noted::Noted;
use super::DynamoStore;
use crate::item::{self, Item, KEPT_LIMIT, Key};

#[async_trait]
impl RunStore for DynamoStore {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        // By key: a batch must not name one twice.
        let mut items: BTreeMap<Key, Item> = BTreeMap::new();
        for record in records {
            self.add(record, &mut items)?;
        }
        let notes = self.noted.missing(records, self.run_retention);
        let locators = self.locators(records, &items);
        for item in notes.items().chain(locators) {
            items.insert(Key::of(&item), item);
        }
        self.put_all(items.into_values().collect()).await?;
        self.noted.remember(notes);
        Ok(())
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.newest_runs(filter, limit).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let (run, event) = (Key::run(id), Key::kept_event(id));
        let event = self.get_if_allowed(&event, true);
        let (run, mut event) = try_join(self.get(&run, true), event).await?;
        let Some(run) = run else { return Ok(None) };
        let mut record = item::read_run(&run)?;
        if let Ok(None) = event {
            let together = Key::kept_event_together(id);
            event = self.get_if_allowed(&together, true).await?;
        }
        // Readers may read runs and not their events.
        if let Ok(Some(event)) = event {
            record.kept = Some(Box::new(item::read_kept_event(&event)?));
        }
        Ok(Some(record))
    }
}

impl DynamoStore {
    /// Adds the items of a record: the record and its kept event.
    fn add(&self, record: &RunRecord, items: &mut BTreeMap<Key, Item>) -> Result<(), StoreError> {
        let expires = item::expiry(record, self.run_retention);
        let mut run = None;
        if let Some(kept) = &record.kept {
            match item::kept_event(&record.id, kept, expires)? {
                Ok(event) => {
                    items.insert(Key::of(&event), event);
                }
                Err(size) => {
                    let mut record = record.clone();
                    record.log.push(format!(
                        "hookpoint: the event is not kept; it has {size} bytes after compression, the limit is {KEPT_LIMIT}"
                    ));
                    run = Some(item::run(&record, self.run_retention));
                }
            }
        }
        let run = run.unwrap_or_else(|| item::run(record, self.run_retention));
        items.insert(Key::of(&run), run);
        Ok(())
    }
}
