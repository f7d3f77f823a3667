//! The current state in the scope of a publication. All reads are strongly consistent: the writes
//! are conditioned on them.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream, try_join};
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::HookReference,
    identifier::{ApplicationId, HookName},
    ports::StoreError,
    publish::{Revised, Scope, Snapshot},
    stages::Stage,
};

use super::{CONCURRENCY, DynamoStore};
use crate::item::{
    self, Item, Key, PARTITION_PARAMETER, SORT, SORT_PARAMETER, VERSION_ATTRIBUTES, VERSION_PREFIX,
    WITH_PREFIX, canonical_partition, parse_version_sort, text,
};

/// Placeholder for the hash of an unfinished version. No body has this hash, so the next
/// publication takes the next number instead of mixing two bodies under one.
pub(super) const UNFINISHED: &str = "unfinished";

impl DynamoStore {
    pub(super) async fn read_snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        let pinned = scope.versions.iter().map(|(name, _)| name);
        let names: BTreeSet<_> = scope.hooks.iter().chain(pinned).collect();
        let (applications, entries) = try_join!(
            self.revised_applications(&scope.applications),
            self.hook_entries(names),
        )?;
        let (bindings, hooks, versions) = try_join!(
            self.all_bindings(scope, &applications),
            self.newest_versions(&scope.hooks, &entries),
            self.pinned_versions(&scope.versions, &entries),
        )?;
        Ok(Snapshot {
            applications,
            bindings,
            hooks,
            versions,
        })
    }

    /// The bindings of every target, with one query for each stage where it can have any.
    async fn all_bindings(
        &self,
        scope: &Scope,
        applications: &BTreeMap<ApplicationId, Revised<Application>>,
    ) -> Result<Vec<Revised<Binding>>, StoreError> {
        let mut reads = Vec::new();
        for target in &scope.targets {
            // An application posts no events of the other family, and has no bindings there.
            let family = match target {
                Target::Application(id) => applications
                    .get(id)
                    .map(|stored| stored.value.kind.family()),
                Target::Store(_) => None,
            };
            for stage in Stage::ALL {
                if family.is_none_or(|family| family == stage.definition().family) {
                    reads.push(self.revised_bindings(*stage, target, true));
                }
            }
        }
        let bindings = gather(reads.into_iter()).await?;
        Ok(bindings.into_iter().flatten().collect())
    }

    /// The newest version of each hook, next to its entry in the index: the entry's own, unless one that a failed
    /// publication left follows it. Of a deleted hook only the number counts.
    pub(super) async fn newest_versions(
        &self,
        hooks: &BTreeSet<HookName>,
        entries: &HookEntries,
    ) -> Result<BTreeMap<HookName, HookReference>, StoreError> {
        let places: Vec<_> = hooks
            .iter()
            .map(|name| Place::of(name, entries.get(name)))
            .collect();
        let keys = places.iter().flat_map(Place::keys).collect();
        let stored = self.get_all(keys, Some(VERSION_ATTRIBUTES)).await?;
        let reads: Vec<_> = places
            .iter()
            .map(|place| self.newest_at(place, &stored))
            .collect();
        let newest = gather(reads.into_iter()).await?.into_iter().flatten();
        Ok(newest.map(|newest| (newest.name.clone(), newest)).collect())
    }

    async fn newest_at(
        &self,
        place: &Place<'_>,
        stored: &BTreeMap<Key, Item>,
    ) -> Result<Option<HookReference>, StoreError> {
        let Place {
            name,
            listed,
            is_deleted,
            ..
        } = *place;
        let follows = place.following().iter().any(|key| stored.contains_key(key));
        let item = place.listed_key().and_then(|key| stored.get(&key));
        let newest = match item {
            Some(item) if !follows => Some(HookReference {
                sha256: item::sha256(item)?.to_owned(),
                ..unfinished(name, listed)
            }),
            None if !follows && (is_deleted || listed == 0) => None,
            _ => self.newest_version(name).await?,
        };
        if !is_deleted {
            return Ok(newest);
        }
        // A publication that was refused because of the deletion may have left a newer one: its number is taken.
        let left = newest.map_or(0, |newest| newest.version);
        Ok(Some(unfinished(name, left.max(listed))))
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

/// Entries of hooks in the index, and whether each was deleted.
pub(super) type HookEntries = BTreeMap<HookName, (Revised<HookReference>, bool)>;

/// Where the newest version of a hook is, and where one after it would be.
struct Place<'a> {
    name: &'a HookName,
    partition: String,
    /// The version in the index; 0 if there is none.
    listed: u32,
    /// A deletion may still be removing versions.
    is_deleted: bool,
}

impl<'a> Place<'a> {
    fn of(name: &'a HookName, entry: Option<&(Revised<HookReference>, bool)>) -> Self {
        Self {
            name,
            partition: canonical_partition(name),
            listed: entry.map_or(0, |(pointer, _)| pointer.value.version),
            is_deleted: entry.is_some_and(|(_, is_deleted)| *is_deleted),
        }
    }

    fn listed_key(&self) -> Option<Key> {
        let is_readable = self.listed > 0 && !self.is_deleted;
        is_readable.then(|| Key::chunk(&self.partition, self.listed, 0))
    }

    /// A version that follows has one of them: it is complete, or its number is taken.
    fn following(&self) -> [Key; 2] {
        let next = self.listed + 1;
        [
            Key::chunk(&self.partition, next, 0),
            Key::taken(&self.partition, next),
        ]
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        self.following().into_iter().chain(self.listed_key())
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

/// Sends requests concurrently; returns their results in order.
pub(super) async fn gather<T, E, R>(requests: impl Iterator<Item = R>) -> Result<Vec<T>, E>
where
    R: Future<Output = Result<T, E>>,
{
    stream::iter(requests)
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}
