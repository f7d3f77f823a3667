//! In-memory stores for run records, idempotency records and marks of gone endpoints.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use crate::{
    application::binding::Target,
    delivery::gone::GoneBinding,
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    identifier::{ApplicationId, BindingId},
    ports::{GoneBindings, IdempotencyStore, KeptEvents, KeptRun, RunStore, StoreError},
    record::{Kept, RunFilter, RunId, RunRecord},
};

/// Run records, complete.
#[derive(Debug, Default)]
pub struct MemoryRuns(Mutex<HashMap<RunId, Written>>);

#[derive(Debug)]
struct Written {
    /// Serialised as in other stores: the kept event is stored apart.
    record: String,
    kept: Option<Box<Kept>>,
}

impl MemoryRuns {
    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Written>> {
        self.0.lock().unwrap()
    }
}

impl Written {
    fn read(&self) -> RunRecord {
        RunRecord::from_json(&self.record).unwrap()
    }

    fn is_about(&self, filter: &RunFilter) -> bool {
        let record = RunRecord {
            kept: self.kept.clone(),
            ..self.read()
        };
        let subject = filter.subject.as_ref();
        subject.is_none_or(|subject| record.subjects().contains(subject))
    }
}

#[async_trait]
impl RunStore for MemoryRuns {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        let mut held = self.lock();
        for record in records {
            let written = Written {
                record: record.to_json(),
                kept: record.kept.clone(),
            };
            held.entry(record.id.clone()).or_insert(written);
        }
        Ok(())
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let held = self.lock();
        let written = held.values().filter(|written| written.is_about(filter));
        let mut records: Vec<_> = written.map(Written::read).collect();
        drop(held);
        records.retain(|record| filter.matches(record));
        records.sort_by(|left, right| right.id.by_time(&left.id));
        records.truncate(limit);
        Ok(records)
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(self.lock().get(id).map(|written| RunRecord {
            kept: written.kept.clone(),
            ..written.read()
        }))
    }
}

#[async_trait]
impl KeptEvents for MemoryRuns {
    async fn kept_events(
        &self,
        stage: Stage,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<KeptRun>, StoreError> {
        let held = self.lock();
        let mut found: Vec<_> = held
            .iter()
            .filter(|(id, written)| {
                let is_of = id.stage == stage && id.application == *application;
                is_of
                    && written.kept.is_some()
                    && after.is_none_or(|after| id.by_time(after).is_gt())
            })
            .map(|(id, written)| KeptRun {
                id: id.clone(),
                kept: written.kept.as_deref().cloned(),
            })
            .collect();
        found.sort_by(|left, right| left.id.by_time(&right.id));
        found.truncate(limit);
        Ok(found)
    }

    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let mut held = self.lock();
        for run in runs {
            held.remove(run);
        }
        Ok(())
    }
}

/// Idempotency records.
#[derive(Debug, Default)]
pub struct MemoryIdempotency(Mutex<HashMap<IdempotencyKey, IdempotencyRecord>>);

impl MemoryIdempotency {
    /// The number of stored records.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IdempotencyKey, IdempotencyRecord>> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl IdempotencyStore for MemoryIdempotency {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        Ok(self.lock().get(key).cloned())
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let mut held = self.lock();
        let is_met = held.get(key).map(|stored| stored.owner.as_str()) == owner;
        if is_met {
            held.insert(key.clone(), record.clone());
        }
        Ok(is_met)
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        let mut held = self.lock();
        if held.get(key).is_some_and(|stored| stored.owner == owner) {
            held.remove(key);
        }
        Ok(())
    }
}

/// Marks of bindings that are gone.
#[derive(Debug, Default)]
pub struct MemoryGone(Mutex<BTreeMap<(Stage, Target, BindingId), GoneBinding>>);

impl MemoryGone {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Stage, Target, BindingId), GoneBinding>> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl GoneBindings for MemoryGone {
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        let held = self.lock();
        let marks = held.values();
        Ok(marks
            .filter(|mark| mark.stage == stage && mark.target == *target)
            .cloned()
            .collect())
    }

    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError> {
        let key = (mark.stage, mark.target.clone(), mark.binding.clone());
        self.lock().insert(key, mark.clone());
        Ok(())
    }

    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError> {
        let key = (stage, target.clone(), binding.clone());
        Ok(self.lock().remove(&key).is_some())
    }
}
