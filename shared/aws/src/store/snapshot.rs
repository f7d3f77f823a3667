//! The current state in the scope of a publication. All reads are strongly consistent: the writes
//! are conditioned on them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use hookpoint_engine::{
    application::binding::Binding,
    hook::{Hook, HookBody, HookReference},
    identifier::HookName,
    ports::StoreError,
    publish::{Revised, Scope, Snapshot},
    stages::Stage,
};

use super::{CONCURRENCY, DynamoStore};
use crate::item::{
    self, Key, PARTITION_PARAMETER, SORT, SORT_PARAMETER, VERSION_ATTRIBUTES, VERSION_PREFIX,
    WITH_PREFIX, canonical_partition, parse_version_sort, text,
};

/// Placeholder for the hash of an unfinished version. No body has this hash, so the next
/// publication takes the next number instead of mixing two bodies under one.
pub(super) const UNFINISHED: &str = "unfinished";

impl DynamoStore {
    pub(super) async fn read_snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        let applications = owned(&scope.applications).map(|id| async move {
            let stored = self.revised_application(&id, true).await?;
            Ok(stored.map(|stored| (id, stored)))
        });
        // A deletion may still be removing versions.
        let deleted = if scope.hooks.is_empty() && scope.versions.is_empty() {
            BTreeMap::new()
        } else {
            self.deleted_hooks().await?
        };
        let deleted = &deleted;
        let hooks = owned(&scope.hooks).map(|name| async move {
            let newest = self.newest_version(&name).await?;
            if let Some(version) = deleted.get(&name) {
                // A publication that was refused because of the deletion may have left a newer one: its number is taken.
                let left = newest.map_or(0, |newest| newest.version);
                let newest = unfinished(&name, left.max(*version));
                return Ok(Some((name, newest)));
            }
            Ok(newest.map(|newest| (name, newest)))
        });
        let versions = owned(&scope.versions).map(|(name, version)| async move {
            if deleted.contains_key(&name) {
                return Ok(None);
            }
            let partition = canonical_partition(&name);
            let stored = self.read_version(&partition, &name, version).await?;
            let Some((hook, _)) = stored else {
                return Ok(None);
            };
            // A stage that gets the version later needs all of it.
            let hook = match self.read_source_map(&partition, &hook).await? {
                Some(text) => Arc::new(Hook {
                    body: Arc::new(HookBody::clone(&hook.body).with_source_map_text(Some(&text))),
                    ..Hook::clone(&hook)
                }),
                None => hook,
            };
            let hook = match self.read_bundle_files(&hook).await? {
                Some(files) => Arc::new(Hook {
                    body: Arc::new(HookBody::clone(&hook.body).with_bundle_files(Some(files))),
                    ..Hook::clone(&hook)
                }),
                None => hook,
            };
            Ok(Some(((name, version), hook)))
        });
        Ok(Snapshot {
            applications: gather(applications).await?.into_iter().flatten().collect(),
            bindings: self.all_bindings(scope).await?,
            hooks: gather(hooks).await?.into_iter().flatten().collect(),
            versions: gather(versions).await?.into_iter().flatten().collect(),
        })
    }

    /// The bindings of every target at every stage: one query each.
    async fn all_bindings(&self, scope: &Scope) -> Result<Vec<Revised<Binding>>, StoreError> {
        let mut places = Vec::new();
        for target in &scope.targets {
            places.extend(Stage::ALL.iter().map(|stage| (*stage, target.clone())));
        }
        let reads = places.into_iter().map(|(stage, target)| async move {
            self.revised_bindings(stage, &target, true).await
        });
        Ok(gather(reads).await?.into_iter().flatten().collect())
    }

    /// The highest version. Not that of the index: a version left behind by a failed publication
    /// counts too, or it would block every later one.
    pub(super) async fn newest_version(
        &self,
        name: &HookName,
    ) -> Result<Option<HookReference>, StoreError> {
        let partition = canonical_partition(name);
        let page = self
            .client()
            .query()
            .table_name(&self.table)
            .key_condition_expression(WITH_PREFIX)
            .expression_attribute_values(PARTITION_PARAMETER, text(&partition))
            .expression_attribute_values(SORT_PARAMETER, text(VERSION_PREFIX))
            .projection_expression(VERSION_ATTRIBUTES)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let Some(newest) = page.items.unwrap_or_default().into_iter().next() else {
            return Ok(None);
        };
        let key = Key::of(&newest);
        let (version, index) = parse_version_sort(&key.sort)
            .ok_or_else(|| key.corrupt(format!("its `{SORT}` names no version")))?;
        let sha256 = if index == 0 {
            Some(item::sha256(&newest)?.to_owned())
        } else {
            self.version_hash(&partition, version).await?
        };
        Ok(Some(HookReference {
            sha256: sha256.unwrap_or_else(|| UNFINISHED.to_owned()),
            ..unfinished(name, version)
        }))
    }
}

/// A version whose number is taken.
fn unfinished(name: &HookName, version: u32) -> HookReference {
    HookReference {
        name: name.clone(),
        version,
        sha256: UNFINISHED.to_owned(),
    }
}

/// Owned members of a set, for futures that outlive the borrow.
fn owned<T: Clone>(set: &BTreeSet<T>) -> impl Iterator<Item = T> + use<T> {
    set.iter().cloned().collect::<Vec<_>>().into_iter()
}

/// Runs the reads concurrently; returns their results in order.
pub(super) async fn gather<T, R>(reads: impl Iterator<Item = R>) -> Result<Vec<T>, StoreError>
where
    R: Future<Output = Result<T, StoreError>>,
{
    stream::iter(reads)
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}
