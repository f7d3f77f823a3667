//! Publishing: immutable versions first, then everything visible in one transaction, or in one for each application and
//! identity store where one has no room for all.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use hookpoint_engine::{
    application::{Application, binding::Target},
    hook::HookReference,
    identifier::{HookName, StoreId},
    ports::{HookDeletion, PublishError, Publisher, StoreError, Temporary},
    publish::{Part, Publication, PublicationId, PublicationRecord, Revised, Scope, Snapshot},
    stages::Stage,
};

use super::{CONCURRENCY, DynamoStore, transaction::Transaction, version::Packed};
use crate::item::{STORES, canonical_partition, copy_partition};

#[async_trait]
impl Publisher for DynamoStore {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        self.read_snapshot(scope).await
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        // The limits are checked before the first write.
        let newest = newest_by_name(publication);
        let parts = divided(publication, &newest)?;

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

        let mut entries = BTreeMap::new();
        for hook in newest.values() {
            entries.insert(&hook.name, self.entry_to_replace(hook).await?);
        }
        let mut transactions = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut transaction = Transaction::of(&part.publication)?;
            for hook in newest_by_name(&part.publication).keys() {
                if let (Some(hook), Some(entry)) = (newest.get(hook), entries.get_mut(hook)) {
                    *entry = Some(transaction.point(hook, entry.as_ref()));
                }
            }
            transactions.push(transaction);
        }
        self.list_new(publication).await?;
        self.commit_all(&parts, transactions).await
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

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        self.forget_all(temporary).await
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

    /// The entry of a hook in the index that this version replaces. A version is not published again after the hook's
    /// deletion.
    async fn entry_to_replace(
        &self,
        hook: &HookReference,
    ) -> Result<Option<Revised<HookReference>>, PublishError> {
        let stored = self.hook_entry(&hook.name).await?;
        match stored {
            Some((stored, true)) if stored.value.version >= hook.version => {
                Err(PublishError::Conflict {
                    item: format!("hook {}", hook.name),
                })
            }
            stored => Ok(stored.map(|(stored, _)| stored)),
        }
    }

    /// Commits one after the other. Before the first, the conditions of all are checked: a publication that others
    /// overtook changes nothing, unless they do so in the moment between.
    async fn commit_all(
        &self,
        parts: &[Part],
        transactions: Vec<Transaction>,
    ) -> Result<(), PublishError> {
        let mut written = BTreeSet::new();
        for transaction in &transactions {
            if transactions.len() > 1 {
                self.check_conditions(transaction, &written).await?;
                written.extend(transaction.keys());
            }
        }
        for (index, transaction) in transactions.into_iter().enumerate() {
            let committed = self.commit(transaction).await;
            committed.map_err(|error| match parts.split_at_checked(index) {
                Some((published, left)) if index > 0 => PublishError::Incomplete {
                    published: listing(published),
                    left: listing(left),
                    cause: Box::new(error),
                },
                _ => error,
            })?;
        }
        Ok(())
    }
}

/// The parts of a publication that each fit into a transaction.
fn divided(
    publication: &Publication,
    newest: &BTreeMap<HookName, HookReference>,
) -> Result<Vec<Part>, PublishError> {
    let fits = |part: &Publication| {
        let names: BTreeSet<_> = part.hooks.iter().map(|(hook, _)| &hook.name).collect();
        let hooks = names.into_iter().filter_map(|name| newest.get(name));
        let room = Transaction::of(part).map(|transaction| transaction.check_room_for(hooks));
        match room {
            Ok(Ok(())) => Ok(()),
            Ok(Err(excess)) => Err(Ok(excess)),
            Err(error) => Err(Err(error)),
        }
    };
    publication
        .parts(fits)
        .map_err(|(subject, error)| match error {
            Ok(excess) => PublishError::TooLarge {
                subject,
                actual: excess.actual,
                limit: excess.limit,
                unit: excess.unit,
            },
            Err(error) => error.into(),
        })
}

/// The applications and identity stores of parts, for people.
fn listing(parts: &[Part]) -> String {
    let names: BTreeSet<_> = parts
        .iter()
        .flat_map(|part| &part.subjects)
        .map(|subject| match subject {
            Target::Application(id) => format!("application `{id}`"),
            Target::Store(id) => format!("identity store `{id}`"),
        })
        .collect();
    if names.is_empty() {
        return "hooks without bindings".to_owned();
    }
    names.into_iter().collect::<Vec<_>>().join(", ")
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
