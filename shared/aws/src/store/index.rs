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
use futures::try_join;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::HookReference,
    identifier::{ApplicationId, HookName, StoreId},
    ports::{StoreError, UnreadableItem},
    publish::{Publication, Revised, Scope},
    stages::Stage,
};

use super::{
    DynamoStore,
    snapshot::{HookEntries, UNFINISHED, gather},
};
use crate::item::{
    APPLICATIONS, HOOKS, IS_ABSENT, Item, Key, STORES, is_tombstone, listed, pointer, read_guard,
    read_pointer, readable,
};

impl DynamoStore {
    /// Every application in the index. An entry may have none: it was deleted, or its
    /// publication failed.
    pub(super) async fn all_applications(&self) -> Result<Vec<Application>, StoreError> {
        let ids: Vec<ApplicationId> = self.listed(APPLICATIONS).await?;
        let stored = self.revised_applications(&ids).await?.into_values();
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

    /// What a partition of the index lists; entries that cannot be read are added to a list of something else.
    pub(super) async fn listed_into<T: FromStr, U>(
        &self,
        partition: &str,
        unreadable: &mut Vec<(String, Result<U, UnreadableItem>)>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        for item in self.whole(partition).await? {
            match readable(&item, listed) {
                (_, Ok(value)) => all.push(value),
                (id, Err(error)) => unreadable.push((id, Err(error))),
            }
        }
        Ok(all)
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

    /// The entries of hooks, and whether each was deleted.
    pub(super) async fn hook_entries(
        &self,
        hooks: impl IntoIterator<Item = &HookName> + Send,
    ) -> Result<HookEntries, StoreError> {
        let keys = hooks.into_iter().map(Key::hook_entry).collect();
        let entries = self.get_all(keys, None).await?;
        entries
            .values()
            .map(|entry| {
                let pointer = read_pointer(entry)?;
                Ok((pointer.value.name.clone(), (pointer, is_tombstone(entry))))
            })
            .collect()
    }

    /// The revision of the guard; `None` if nothing has raised it yet.
    pub(super) async fn guard_revision(&self) -> Result<Option<u64>, StoreError> {
        let guard = self.get(&Key::guard(), true).await?;
        guard.as_ref().map(read_guard).transpose()
    }

    /// Lists new applications, and the identity stores that get bindings.
    pub(super) async fn list_new(&self, publication: &Publication) -> Result<(), StoreError> {
        let applications = publication.applications.iter();
        let new = applications.filter(|change| change.replaces.is_none());
        let targets = publication
            .bindings
            .iter()
            .map(|change| &change.value.target);
        let stores: BTreeSet<&StoreId> = targets.filter_map(Target::store).collect();
        let entries: Vec<_> = new
            .map(|change| Key::application_entry(&change.value.id))
            .chain(stores.into_iter().map(Key::store_entry))
            .map(|entry| self.put_if_absent(entry.with_format()))
            .collect();
        gather(entries.into_iter()).await?;
        Ok(())
    }

    /// Lists what is stored in the scope and not listed. The bindings of an application that was not listed lead to its
    /// hooks. If there was one, notes of runs lead to those that no workspace has any more.
    pub(super) async fn list_unlisted(&self, scope: &Scope) -> Result<(), StoreError> {
        let (known, known_hooks, known_stores) = try_join!(
            self.listed::<ApplicationId>(APPLICATIONS),
            self.listed::<HookName>(HOOKS),
            self.listed::<StoreId>(STORES),
        )?;
        let mut candidates = scope.applications.clone();
        if known_hooks.is_empty() {
            // Applications may be listed by their audit trail only, and the hooks of none.
            candidates.extend(known);
        } else {
            let known: BTreeSet<_> = known.into_iter().collect();
            candidates.retain(|id| !known.contains(id));
        }
        let mut applications = self.revised_applications(&candidates).await?;
        if !applications.is_empty() {
            // A version without an index stored them, and perhaps others, which may be in no workspace any more.
            let mut others = self.applications_with_runs().await?;
            others.retain(|id| !candidates.contains(id));
            applications.extend(self.revised_applications(&others).await?);
        }
        let mut hooks = scope.hooks.clone();
        let mut stores: BTreeSet<_> = scope
            .targets
            .iter()
            .filter_map(Target::store)
            .cloned()
            .collect();
        for (id, application) in applications {
            self.put_if_absent(Key::application_entry(&id).with_format())
                .await?;
            stores.extend(application.value.identity_store);
            let bindings = self.bindings_of(&Target::Application(id)).await?;
            hooks.extend(bindings.into_iter().map(|binding| binding.hook.name));
        }
        for store in &known_stores {
            stores.remove(store);
        }
        for store in stores {
            let target = Target::Store(store.clone());
            let bindings = self.bindings_of(&target).await?;
            if !bindings.is_empty() {
                self.put_if_absent(Key::store_entry(&store).with_format())
                    .await?;
            }
            hooks.extend(bindings.into_iter().map(|binding| binding.hook.name));
        }
        for hook in &known_hooks {
            hooks.remove(hook);
        }
        let newest = self.newest_versions(&hooks, &BTreeMap::new()).await?;
        for newest in newest.into_values() {
            if newest.sha256 != UNFINISHED {
                self.put_if_absent(pointer(&newest, 1)).await?;
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

    /// Writes an item unless there is one.
    pub(super) async fn put_if_absent(&self, item: Item) -> Result<(), StoreError> {
        let written = self
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
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
