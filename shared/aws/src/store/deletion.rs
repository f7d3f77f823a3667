//! Versions of a hook, and deleting them.
//!
//! A hook counts as deleted from the moment its entry in the index says so, on condition that no publication has bound it
//! since the bindings were read: one that did has changed the entry or the guard. Its items are deleted after that, and none of a
//! version that is published meanwhile: it has a higher number than the tombstone. What an interrupted deletion leaves behind
//! counts as absent; another deletion of the hook removes it.

use std::collections::BTreeMap;

use hookpoint_engine::{
    application::binding::{Binding, Target},
    audit::AuditEntry,
    hook::HookReference,
    identifier::HookName,
    ports::{HookDeletion, PublishError, StoreError},
    publish::Revised,
    stages::Stage,
};

use super::{DynamoStore, publish::ROUNDS, transaction::Transaction};
use crate::item::{
    self, Item, Key, PARTITION_PARAMETER, STORES, VERSION_ATTRIBUTES, WHOLE_PARTITION,
    canonical_partition, copy_partition, parse_version_sort, text, version_of_sort,
};

impl DynamoStore {
    /// Every complete version, the newest first.
    pub(super) async fn all_versions(
        &self,
        hook: &HookName,
    ) -> Result<Vec<HookReference>, StoreError> {
        if let Some((_, true)) = self.hook_entry(hook).await? {
            return Ok(Vec::new());
        }
        let items = self.keys_in(&canonical_partition(hook)).await?;
        let mut versions = BTreeMap::new();
        for item in &items {
            // The first piece is written last.
            if let Some((version, 0)) = parse_version_sort(&Key::of(item).sort) {
                versions.insert(version, item::sha256(item)?.to_owned());
            }
        }
        let reference = |(version, sha256)| HookReference {
            name: hook.clone(),
            version,
            sha256,
        };
        Ok(versions.into_iter().rev().map(reference).collect())
    }

    /// Deletes a hook that no binding runs, again if something that it depends on has changed meanwhile, such as the guard by another
    /// deletion.
    pub(super) async fn delete_unused(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        let mut round = 1;
        loop {
            match self.try_delete_unused(hook, audit).await {
                Err(PublishError::Conflict { .. }) if round < ROUNDS => round += 1,
                deleted => return deleted,
            }
        }
    }

    async fn try_delete_unused(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        // The guard and the entry are read first: a publication that binds the hook after that changes one of them.
        let guard = self.guard_revision().await?;
        let entry = match self.hook_entry(hook).await? {
            Some((entry, true)) => {
                self.finish_deletion(hook, entry, guard).await?;
                return Ok(HookDeletion::Absent);
            }
            Some((entry, false)) => entry,
            None => match self.newest_version(hook).await? {
                None => return Ok(HookDeletion::Absent),
                Some(newest) => self.list_hook(newest).await?,
            },
        };
        let users = self.users_of(hook).await?;
        if !users.is_empty() {
            return Ok(HookDeletion::InUse(users));
        }
        // A failed publication may have left a newer version.
        let newest = self.newest_version(hook).await?;
        let version = newest.map_or(0, |newest| newest.version);
        let last = version.max(entry.value.version);
        let mut deletion = Transaction::deleting(&entry, last);
        deletion.raise_guard(guard);
        if let Some(audit) = audit {
            deletion.record(audit);
        }
        self.commit(deletion).await?;
        self.delete_items(hook, last).await?;
        Ok(HookDeletion::Deleted)
    }

    /// Deletes what an interrupted deletion left, and the versions of publications that were refused since: the tombstone gets
    /// their number first, so that one that is still being published is refused too.
    async fn finish_deletion(
        &self,
        hook: &HookName,
        tombstone: Revised<HookReference>,
        guard: Option<u64>,
    ) -> Result<(), PublishError> {
        let mut last = tombstone.value.version;
        if let Some(newest) = self.newest_version(hook).await?
            && newest.version > last
        {
            last = newest.version;
            let mut deletion = Transaction::deleting(&tombstone, last);
            deletion.raise_guard(guard);
            self.commit(deletion).await?;
        }
        Ok(self.delete_items(hook, last).await?)
    }

    /// Lists a hook that a version without an index published.
    async fn list_hook(&self, newest: HookReference) -> Result<Revised<HookReference>, StoreError> {
        self.put_if_absent(item::pointer(&newest, 1)).await?;
        Ok(Revised {
            value: newest,
            revision: 1,
        })
    }

    /// Every binding that runs a hook.
    async fn users_of(&self, hook: &HookName) -> Result<Vec<Binding>, StoreError> {
        let mut targets: Vec<Target> = Vec::new();
        for application in self.all_applications().await? {
            targets.extend(application.identity_store.map(Target::Store));
            targets.push(Target::Application(application.id));
        }
        targets.extend(self.listed(STORES).await?.into_iter().map(Target::Store));
        targets.sort();
        targets.dedup();
        let mut users = Vec::new();
        for target in &targets {
            let bindings = self.bindings_of(target).await?.into_iter();
            users.extend(bindings.filter(|binding| binding.hook.name == *hook));
        }
        Ok(users)
    }

    /// Deletes the versions up to this one in every partition. A newer one is of a publication after the deletion.
    async fn delete_items(&self, hook: &HookName, last: u32) -> Result<(), StoreError> {
        let mut partitions = vec![canonical_partition(hook)];
        partitions.extend(Stage::ALL.iter().map(|stage| copy_partition(*stage, hook)));
        let is_deleted =
            |key: &Key| version_of_sort(&key.sort).is_none_or(|version| version <= last);
        self.empty_where(partitions, is_deleted).await
    }

    /// The keys and hashes of a partition, from all pages.
    pub(super) async fn keys_in(&self, partition: &str) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(WHOLE_PARTITION)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .projection_expression(VERSION_ATTRIBUTES)
            .consistent_read(true);
        self.all_pages(query).await
    }
}
