//! Publishing: immutable versions first, then everything visible in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use hookpoint_engine::{
    application::{Application, binding::Target},
    hook::HookReference,
    identifier::{HookName, StoreId},
    ports::{HookDeletion, PublishError, Publisher, StoreError},
    publish::{Publication, PublicationId, PublicationRecord, Scope, Snapshot},
    stages::Stage,
};

use super::{CONCURRENCY, DynamoStore, transaction::Transaction, version::Packed};
use crate::item::{self, STORES, canonical_partition, copy_partition};

#[async_trait]
impl Publisher for DynamoStore {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        self.read_snapshot(scope).await
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        let mut transaction = Transaction::of(publication)?;
        let newest = newest_by_name(publication);
        // A pointer may already be newer, but the limits must be checked before the first write.
        let pointers: Vec<_> = newest
            .values()
            .map(|hook| item::pointer(hook, u64::MAX))
            .collect();
        transaction.check_room_for(&pointers)?;

        let mut writes = Vec::with_capacity(publication.hooks.len());
        for (hook, stages) in &publication.hooks {
            writes.push((Packed::new(hook)?, stages.clone()));
        }
        let writes = writes
            .into_iter()
            .map(|(packed, stages)| self.write_everywhere(packed, stages));
        stream::iter(writes)
            .buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await?;

        for hook in newest.values() {
            self.point_to(hook, &mut transaction).await?;
        }
        self.list_new(publication).await?;
        self.commit(transaction).await
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.all_applications().await
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        self.listed(STORES).await
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        self.all_hooks().await
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        self.all_versions(hook).await
    }

    async fn delete_hook(&self, hook: &HookName) -> Result<HookDeletion, PublishError> {
        self.delete_unused(hook).await
    }

    async fn publications(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        self.newest_publications(subject, limit).await
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        self.records_of(id).await
    }

    async fn complete_lists(&self, scope: &Scope) -> Result<(), StoreError> {
        self.list_unlisted(scope).await
    }
}

impl DynamoStore {
    /// Writes the canonical version first: if its number is taken, no stage's copy is touched.
    async fn write_everywhere(
        &self,
        packed: Packed,
        stages: BTreeSet<Stage>,
    ) -> Result<(), PublishError> {
        self.write_version(&canonical_partition(&packed.name), &packed)
            .await?;
        for stage in stages {
            self.write_version(&copy_partition(stage, &packed.name), &packed)
                .await?;
        }
        Ok(())
    }

    /// Adds the entry of a hook in the index. It keeps a newer version that it already names: old versions can be
    /// published too.
    async fn point_to(
        &self,
        hook: &HookReference,
        transaction: &mut Transaction,
    ) -> Result<(), PublishError> {
        let stored = self.hook_entry(&hook.name).await?;
        let newest = match &stored {
            Some((stored, true)) if stored.value.version >= hook.version => {
                return Err(PublishError::Conflict {
                    item: format!("hook {}", hook.name),
                });
            }
            Some((stored, false)) if stored.value.version >= hook.version => &stored.value,
            _ => hook,
        };
        transaction.point(newest, stored.as_ref().map(|(stored, _)| stored));
        Ok(())
    }
}

/// The newest version of each hook in the publication.
fn newest_by_name(publication: &Publication) -> BTreeMap<HookName, HookReference> {
    let mut newest: BTreeMap<HookName, HookReference> = BTreeMap::new();
    for (hook, _) in &publication.hooks {
        if newest
            .get(&hook.name)
            .is_none_or(|known| known.version < hook.version)
        {
            newest.insert(
                hook.name.clone(),
                HookReference {
                    name: hook.name.clone(),
                    version: hook.version,
                    sha256: hook.body.sha256(),
                },
            );
        }
    }
    newest
}
