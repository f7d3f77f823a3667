//! Deletes temporary names, with everything about them except run records.

use hookpoint_engine::{
    application::binding::Target,
    ports::{StoreError, Temporary},
    stages::Stage,
};

use super::{DynamoStore, snapshot::gather};
use crate::item::{
    Key, bindings_partition, canonical_partition, copy_partition, gone_partition,
    publications_partition,
};

impl DynamoStore {
    /// Bindings first, so that no event uses what is missing; the applications last, because they lead to the rest.
    pub(super) async fn forget_all(&self, temporary: &Temporary) -> Result<(), StoreError> {
        let targets = temporary.targets();
        let bound = targets.iter().flat_map(|target| {
            let stages = Stage::ALL.iter();
            stages.flat_map(|stage| {
                [
                    bindings_partition(*stage, target),
                    gone_partition(*stage, target),
                ]
            })
        });
        self.empty(bound.collect()).await?;
        let versions = temporary.hooks.iter().flat_map(|hook| {
            let copies = Stage::ALL.iter().map(|stage| copy_partition(*stage, hook));
            copies.chain([canonical_partition(hook)])
        });
        let history = targets
            .iter()
            .map(|target| publications_partition(Some(target)));
        self.empty(versions.chain(history).collect()).await?;
        let entries = temporary.hooks.iter().map(Key::hook_entry);
        let entries = entries.chain(temporary.stores.iter().map(Key::store_entry));
        self.delete_all(entries.collect()).await?;
        for target in &targets {
            let Target::Application(id) = target else {
                continue;
            };
            // The entry alone says nothing, and an item without it would not be found again.
            self.delete(&Key::application(id)).await?;
            self.delete(&Key::application_entry(id)).await?;
        }
        Ok(())
    }

    /// Deletes every item of the partitions.
    async fn empty(&self, partitions: Vec<String>) -> Result<(), StoreError> {
        self.empty_where(partitions, |_| true).await
    }

    /// Deletes some items of the partitions.
    pub(super) async fn empty_where(
        &self,
        partitions: Vec<String>,
        is_deleted: impl Fn(&Key) -> bool + Sync,
    ) -> Result<(), StoreError> {
        let is_deleted = &is_deleted;
        let deletions = partitions.into_iter().map(|partition| async move {
            for item in self.keys_in(&partition).await? {
                let key = Key::of(&item);
                if is_deleted(&key) {
                    self.delete(&key).await?;
                }
            }
            Ok(())
        });
        gather(deletions).await?;
        Ok(())
    }

    pub(super) async fn delete_all(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let deletions = keys
            .into_iter()
            .map(|key| async move { self.delete(&key).await });
        gather(deletions).await?;
        Ok(())
    }

    /// Deletes one item, if it is there.
    pub(super) async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.client()
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        Ok(())
    }
}
