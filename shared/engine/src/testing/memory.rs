//! An in-memory store.

mod audit;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    hook::{Hook, HookBody, HookReference},
    identifier::{ApplicationId, BindingId, HookName, StoreId},
    ports::{
        ApplicationSource, BindingSource, HookDeletion, HookSource, PublishError, Publisher,
        StoreError, Temporary, UnreadableItem,
    },
    publish::{
        Change, Desired, Publication, PublicationId, PublicationRecord, Revised, Scope, Snapshot,
    },
};

/// The complete contents of a store, behind one lock.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default, Clone)]
struct State {
    applications: BTreeMap<ApplicationId, Revised<Application>>,
    bindings: BTreeMap<BindingKey, Revised<Binding>>,
    hooks: BTreeMap<(HookName, u32), StoredHook>,
    /// The newest version of each deleted hook.
    deleted: BTreeMap<HookName, u32>,
    records: Vec<PublicationRecord>,
    audit: Vec<AuditEntry>,
}

type BindingKey = (Target, Stage, u16, BindingId);

#[derive(Debug, Clone)]
struct StoredHook {
    hook: Arc<Hook>,
    reference: HookReference,
    stages: BTreeSet<Stage>,
}

impl MemoryStore {
    /// Creates a store with `desired` published.
    pub fn holding(desired: &Desired) -> Self {
        let store = Self::default();
        store.apply(desired).unwrap();
        store
    }

    /// Publishes `desired` and returns the publication.
    pub fn apply(&self, desired: &Desired) -> Result<Publication, PublishError> {
        let mut held = self.lock();
        let publication = desired.plan(&held.snapshot(&desired.scope())).unwrap();
        held.publish(&publication)?;
        Ok(publication)
    }

    /// Changes ingest keys and pauses of an existing application, which are not part of a workspace.
    pub fn change_application(&self, id: &ApplicationId, change: impl FnOnce(&mut Application)) {
        let mut held = self.lock();
        let stored = held.applications.get_mut(id).unwrap();
        change(&mut stored.value);
        stored.revision += 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn snapshot(&self, scope: &Scope) -> Snapshot {
        let newest = |name: &HookName| {
            let versions = (name.clone(), 0)..=(name.clone(), u32::MAX);
            let newest = self.hooks.range(versions).next_back();
            let newest = newest.map(|(_, stored)| stored.reference.clone());
            let deleted = self.deleted.get(name).map(|version| HookReference {
                name: name.clone(),
                version: *version,
                sha256: "deleted".to_owned(),
            });
            Some((name.clone(), newest.or(deleted)?))
        };
        Snapshot {
            applications: self
                .applications
                .iter()
                .filter(|(id, _)| scope.applications.contains(*id))
                .map(|(id, stored)| (id.clone(), stored.clone()))
                .collect(),
            bindings: self
                .bindings
                .values()
                .filter(|stored| scope.targets.contains(&stored.value.target))
                .cloned()
                .collect(),
            hooks: scope.hooks.iter().filter_map(newest).collect(),
            versions: self
                .hooks
                .iter()
                .filter(|(key, _)| scope.versions.contains(*key))
                .map(|(key, stored)| (key.clone(), stored.hook.clone()))
                .collect(),
        }
    }

    /// Writes the hook versions, then everything else or nothing.
    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        for (hook, stages) in &publication.hooks {
            self.write_hook(hook, stages)?;
        }
        let mut next = self.clone();
        for deletion in &publication.deletions {
            let key = key_of(&deletion.value);
            let stored = next.bindings.remove(&key);
            if stored.is_none_or(|stored| stored.revision != deletion.revision) {
                return Err(binding_conflict(&deletion.value));
            }
        }
        for change in &publication.applications {
            let id = &change.value.id;
            if !put(&mut next.applications, id.clone(), change) {
                return Err(conflict(format!("application {id}")));
            }
        }
        for change in &publication.bindings {
            if !put(&mut next.bindings, key_of(&change.value), change) {
                return Err(binding_conflict(&change.value));
            }
        }
        for removal in &publication.removals {
            let stored = next.applications.remove(&removal.value.id);
            if stored.is_none_or(|stored| stored.revision != removal.revision) {
                return Err(conflict(format!("application {}", removal.value.id)));
            }
        }
        next.records.extend(publication.records.iter().cloned());
        next.audit.extend(publication.audit.iter().cloned());
        *self = next;
        Ok(())
    }

    fn write_hook(&mut self, hook: &Hook, stages: &BTreeSet<Stage>) -> Result<(), PublishError> {
        let reference = hook.reference();
        let deleted = self.deleted.get(&hook.name);
        if deleted.is_some_and(|deleted| *deleted >= hook.version) {
            return Err(conflict(format!("hook {}", hook.name)));
        }
        let stored = self
            .hooks
            .entry((hook.name.clone(), hook.version))
            .or_insert_with(|| StoredHook {
                hook: Arc::new(hook.clone()),
                reference: reference.clone(),
                stages: BTreeSet::new(),
            });
        if stored.reference != reference {
            return Err(conflict(format!(
                "hook {} version {}",
                hook.name, hook.version
            )));
        }
        stored.stages.extend(stages);
        Ok(())
    }
}

/// Replaces a value at the expected revision, or reports that another is stored.
fn put<K: Ord, T: Clone>(stored: &mut BTreeMap<K, Revised<T>>, key: K, change: &Change<T>) -> bool {
    let as_expected = stored.get(&key).map(|stored| stored.revision) == change.replaces;
    if as_expected {
        let value = change.value.clone();
        let revision = change.revision();
        stored.insert(key, Revised { value, revision });
    }
    as_expected
}

fn key_of(binding: &Binding) -> BindingKey {
    (
        binding.target.clone(),
        binding.stage,
        binding.order,
        binding.id.clone(),
    )
}

fn conflict(item: String) -> PublishError {
    PublishError::Conflict { item }
}

fn binding_conflict(binding: &Binding) -> PublishError {
    let Binding {
        id, stage, target, ..
    } = binding;
    conflict(format!("binding {id} of {target} at {stage}"))
}

#[async_trait]
impl ApplicationSource for MemoryStore {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let held = self.lock();
        Ok(held.applications.get(id).map(|stored| stored.value.clone()))
    }
}

#[async_trait]
impl BindingSource for MemoryStore {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        let held = self.lock();
        let bindings = held.bindings.values().map(|stored| &stored.value);
        Ok(bindings
            .filter(|binding| binding.stage == stage && binding.target == *target)
            .cloned()
            .collect())
    }
}

#[async_trait]
impl HookSource for MemoryStore {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        let held = self.lock();
        held.hooks
            .get(&(reference.name.clone(), reference.version))
            .filter(|stored| stored.reference == *reference && stored.stages.contains(&stage))
            .map(|stored| {
                let body = HookBody::clone(&stored.hook.body)
                    .with_bundle_files(None)
                    .with_source_map_text(None);
                let hook = Hook::clone(&stored.hook);
                Arc::new(Hook {
                    body: Arc::new(body),
                    ..hook
                })
            })
            .ok_or_else(|| StoreError::Corrupt {
                item: format!("hook {} version {}", reference.name, reference.version),
                message: format!("it is missing for `{stage}`, or has another hash"),
            })
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        let held = self.lock();
        let stored = held.hooks.get(&(hook.name.clone(), hook.version));
        let wanted = hook.body.source_map();
        let map = stored
            .filter(|stored| stored.stages.contains(&stage))
            .and_then(|stored| stored.hook.body.source_map())
            .filter(|map| Some(*map) == wanted);
        Ok(map.and_then(|map| map.text().cloned()))
    }
}

#[async_trait]
impl Publisher for MemoryStore {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        Ok(self.lock().snapshot(scope))
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        self.lock().publish(publication)
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        let held = self.lock();
        let applications = held.applications.values();
        Ok(applications.map(|stored| stored.value.clone()).collect())
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        let held = self.lock();
        let targets: BTreeSet<_> = held.bindings.keys().map(|(target, ..)| target).collect();
        Ok(targets
            .into_iter()
            .filter_map(Target::store)
            .cloned()
            .collect())
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        let held = self.lock();
        let newest: BTreeMap<_, _> = held
            .hooks
            .iter()
            .map(|((name, _), stored)| (name, &stored.reference))
            .collect();
        Ok(newest.into_values().cloned().collect())
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        let held = self.lock();
        let versions = held.hooks.values().map(|stored| &stored.reference);
        let versions = versions.filter(|reference| reference.name == *hook);
        Ok(versions.rev().cloned().collect())
    }

    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        let mut held = self.lock();
        let bindings = held.bindings.values().map(|stored| &stored.value);
        let users: Vec<_> = bindings
            .filter(|binding| binding.hook.name == *hook)
            .cloned()
            .collect();
        if !users.is_empty() {
            return Ok(HookDeletion::InUse(users));
        }
        let versions = held.hooks.keys().filter(|(name, _)| name == hook);
        let Some(newest) = versions.map(|(_, version)| *version).max() else {
            return Ok(HookDeletion::Absent);
        };
        held.hooks.retain(|(name, _), _| name != hook);
        held.deleted.insert(hook.clone(), newest);
        held.audit.extend(audit.cloned());
        Ok(HookDeletion::Deleted)
    }

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        let mut held = self.lock();
        let targets = temporary.targets();
        held.bindings
            .retain(|(target, ..), _| !targets.contains(target));
        held.hooks
            .retain(|(name, _), _| !temporary.hooks.contains(name));
        held.deleted
            .retain(|name, _| !temporary.hooks.contains(name));
        held.records.retain(|record| {
            let subject = record.subject.as_ref();
            subject.is_none_or(|subject| !targets.contains(subject))
        });
        held.applications
            .retain(|id, _| !temporary.applications.contains(id));
        Ok(())
    }

    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError> {
        let held = self.lock();
        let records = held.records.iter();
        let mut found: Vec<_> = records
            .filter(|record| subject.is_none() || record.subject.as_ref() == subject)
            .cloned()
            .collect();
        found.sort_by_key(|record| std::cmp::Reverse(record.id));
        let ids: BTreeSet<_> = found.iter().map(|record| record.id).collect();
        let newest: BTreeSet<_> = ids.into_iter().rev().take(limit).collect();
        found.retain(|record| newest.contains(&record.id));
        Ok(found.into_iter().map(Ok).collect())
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        let held = self.lock();
        let records = held.records.iter().filter(|record| record.id == id);
        Ok(records.cloned().collect())
    }

    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        let held = self.lock();
        let known = hooks.iter().filter_map(|hook| {
            let stored = held.hooks.get(&(hook.name.clone(), hook.version))?;
            let compiled = stored.hook.body.compiled()?;
            Some((hook.name.clone(), compiled.interpreter.clone()))
        });
        Ok(known.collect())
    }

    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError> {
        let mut held = self.lock();
        for hook in hooks {
            if let Some(stored) = held.hooks.get_mut(&(hook.name.clone(), hook.version))
                && stored.hook.body == hook.body
            {
                let body = &mut Arc::make_mut(&mut stored.hook).body;
                Arc::make_mut(body).set_compiled(hook.body.compiled().cloned());
            }
        }
        Ok(())
    }
}
