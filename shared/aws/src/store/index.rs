//! The index: which applications, identity stores and hooks there are, each kind in one partition.
//!
//! Entries of applications and stores only say where to look: they are written ahead of what they list, and are never
//! deleted. What a version of Hookpoint without an index has published is listed by the next publication of its
//! workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::HookReference,
    identifier::{ApplicationId, HookName, StoreId},
    ports::StoreError,
    publish::{Publication, Revised, Scope},
    stages::Stage,
};

use super::{
    DynamoStore,
    snapshot::{UNFINISHED, gather},
};
use crate::item::{
    APPLICATIONS, HOOKS, IS_ABSENT, Item, Key, STORES, is_tombstone, listed, pointer, read_guard,
    read_pointer,
};

impl DynamoStore {
    /// Every application in the index. An entry may have none: it was deleted, or its
    /// publication failed.
    pub(super) async fn all_applications(&self) -> Result<Vec<Application>, StoreError> {
        let ids: Vec<ApplicationId> = self.listed(APPLICATIONS).await?;
        let reads = ids
            .into_iter()
            .map(|id| async move { self.revised_application(&id, true).await });
        let stored = gather(reads).await?.into_iter().flatten();
        Ok(stored.map(|stored| stored.value).collect())
    }

    pub(super) async fn all_hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        let entries = self.whole(HOOKS).await?;
        let hooks = entries.iter().filter(|entry| !is_tombstone(entry));
        let hooks = hooks.map(read_pointer);
        hooks.map(|hook| Ok(hook?.value)).collect()
    }

    /// What a partition of the index lists.
    pub(super) async fn listed<T: FromStr>(&self, partition: &str) -> Result<Vec<T>, StoreError> {
        self.whole(partition).await?.iter().map(listed).collect()
    }

    /// The entry of a hook, and whether it was deleted.
    pub(super) async fn hook_entry(
        &self,
        hook: &HookName,
    ) -> Result<Option<(Revised<HookReference>, bool)>, StoreError> {
        let entry = self.get(&Key::hook_entry(hook), true).await?;
        let Some(entry) = entry else {
            return Ok(None);
        };
        Ok(Some((read_pointer(&entry)?, is_tombstone(&entry))))
    }

    /// The revision of the guard; `None` if nothing has raised it yet.
    pub(super) async fn guard_revision(&self) -> Result<Option<u64>, StoreError> {
        let guard = self.get(&Key::guard(), true).await?;
        guard.as_ref().map(read_guard).transpose()
    }

    /// The hooks that were deleted, with the newest version that each had.
    pub(super) async fn deleted_hooks(&self) -> Result<BTreeMap<HookName, u32>, StoreError> {
        let entries = self.whole(HOOKS).await?;
        let deleted = entries.iter().filter(|entry| is_tombstone(entry));
        deleted
            .map(|entry| {
                let hook = read_pointer(entry)?.value;
                Ok((hook.name, hook.version))
            })
            .collect()
    }

    /// Lists new applications, and the identity stores that get bindings.
    pub(super) async fn list_new(&self, publication: &Publication) -> Result<(), StoreError> {
        for change in &publication.applications {
            if change.replaces.is_none() {
                let entry = Key::application_entry(&change.value.id);
                self.list(entry.with_format()).await?;
            }
        }
        let targets = publication
            .bindings
            .iter()
            .map(|change| &change.value.target);
        let stores: BTreeSet<&StoreId> = targets.filter_map(Target::store).collect();
        for store in stores {
            self.list(Key::store_entry(store).with_format()).await?;
        }
        Ok(())
    }

    /// Lists what is stored in the scope and not listed. The bindings of an application that was not listed lead to its
    /// hooks; notes of runs lead to applications that no workspace has any more.
    pub(super) async fn list_unlisted(&self, scope: &Scope) -> Result<(), StoreError> {
        let known: BTreeSet<ApplicationId> = self.listed(APPLICATIONS).await?.into_iter().collect();
        let known_hooks: BTreeSet<HookName> = self.listed(HOOKS).await?.into_iter().collect();
        let mut candidates = scope.applications.clone();
        if known_hooks.is_empty() {
            // Applications may be listed by their audit trail only, and the hooks of none.
            candidates.extend(self.applications_with_runs().await?);
            candidates.extend(known);
        } else {
            candidates.retain(|id| !known.contains(id));
        }
        let mut hooks = scope.hooks.clone();
        let mut stores: BTreeSet<_> = scope
            .targets
            .iter()
            .filter_map(Target::store)
            .cloned()
            .collect();
        for id in &candidates {
            let Some(application) = self.revised_application(id, true).await? else {
                continue;
            };
            self.list(Key::application_entry(id).with_format()).await?;
            stores.extend(application.value.identity_store);
            let bindings = self.bindings_of(&Target::Application(id.clone())).await?;
            hooks.extend(bindings.into_iter().map(|binding| binding.hook.name));
        }
        let known: BTreeSet<StoreId> = self.listed(STORES).await?.into_iter().collect();
        for store in stores.difference(&known) {
            let bindings = self.bindings_of(&Target::Store(store.clone())).await?;
            if !bindings.is_empty() {
                self.list(Key::store_entry(store).with_format()).await?;
            }
            hooks.extend(bindings.into_iter().map(|binding| binding.hook.name));
        }
        for name in hooks.difference(&known_hooks) {
            let newest = self.newest_version(name).await?;
            if let Some(newest) = newest.filter(|newest| newest.sha256 != UNFINISHED) {
                self.list(pointer(&newest, 1)).await?;
            }
        }
        Ok(())
    }

    /// The bindings of a target at every stage.
    pub(super) async fn bindings_of(&self, target: &Target) -> Result<Vec<Binding>, StoreError> {
        let stages = Stage::ALL.to_vec().into_iter();
        let reads =
            stages.map(|stage| async move { self.revised_bindings(stage, target, true).await });
        let stored = gather(reads).await?.into_iter().flatten();
        Ok(stored.map(|stored| stored.value).collect())
    }

    /// Writes an entry unless there is one.
    pub(super) async fn list(&self, entry: Item) -> Result<(), StoreError> {
        let written = self
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(entry))
            .condition_expression(IS_ABSENT)
            .send()
            .await;
        match written {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Err(self.unreachable(&error))
            }
            _ => Ok(()),
        }
    }
}
