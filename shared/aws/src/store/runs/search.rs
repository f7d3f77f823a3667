//! Searching run records: all partitions at once, each from its newest record.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::StoreError,
    record::{RunFilter, RunRecord, SHARDS},
    stages::Stage,
};

use super::{super::CONCURRENCY, newest::Newest};
use crate::{
    DynamoStore,
    item::{
        FROM_SORT, Item, Key, PARTITION_PARAMETER, SORT_PARAMETER, WHOLE_PARTITION, read_run,
        read_run_index, run_index_partition, runs_partition, text,
    },
};

impl DynamoStore {
    /// The newest matching records. Reads are eventually consistent: a record of the last second
    /// may be missing.
    pub(super) async fn newest_runs(
        &self,
        filter: &RunFilter,
        limit: usize,
    ) -> Result<Vec<RunRecord>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let places = self.places(filter).await?;
        let newest = Mutex::new(Newest::new(filter, limit));
        let partitions = places.iter().flat_map(|(stage, application)| {
            (0..SHARDS).map(|shard| runs_partition(*stage, application, shard))
        });
        let searches: Vec<_> = partitions
            .map(|partition| self.search(partition, filter, limit, &newest))
            .collect();
        stream::iter(searches)
            .buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await?;
        let newest = newest.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(newest.into_records())
    }

    /// The applications with records at any stage.
    pub(in crate::store) async fn applications_with_runs(
        &self,
    ) -> Result<BTreeSet<ApplicationId>, StoreError> {
        let places = self.places(&RunFilter::default()).await?;
        Ok(places
            .into_iter()
            .map(|(_, application)| application)
            .collect())
    }

    /// The stages and applications that can have matching records.
    async fn places(&self, filter: &RunFilter) -> Result<Vec<(Stage, ApplicationId)>, StoreError> {
        if let (Some(stage), Some(application)) = (filter.stage, &filter.application) {
            return Ok(vec![(stage, application.clone())]);
        }
        let stages = match filter.stage {
            Some(stage) => vec![stage],
            None => Stage::ALL.to_vec(),
        };
        let reads: Vec<_> = stages
            .into_iter()
            .map(|stage| self.places_of(stage, filter.application.as_ref()))
            .collect();
        let places: Vec<_> = stream::iter(reads)
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(places.into_iter().flatten().collect())
    }

    /// The applications with records at a stage, all or one.
    async fn places_of(
        &self,
        stage: Stage,
        application: Option<&ApplicationId>,
    ) -> Result<Vec<(Stage, ApplicationId)>, StoreError> {
        if let Some(application) = application {
            let note = self.get(&Key::run_index(stage, application), false).await?;
            return Ok(note
                .map(|_| (stage, application.clone()))
                .into_iter()
                .collect());
        }
        let partition = run_index_partition(stage);
        let mut places = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .key_condition_expression(WHOLE_PARTITION)
                .expression_attribute_values(PARTITION_PARAMETER, text(&partition))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            for note in page.items.unwrap_or_default() {
                places.push((stage, read_run_index(&note)?));
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(places);
            }
        }
    }

    /// Adds the records of a partition, newest first, while they can be among the newest of all.
    async fn search(
        &self,
        partition: String,
        filter: &RunFilter,
        limit: usize,
        newest: &Mutex<Newest>,
    ) -> Result<(), StoreError> {
        let mut start: Option<Item> = None;
        loop {
            let from = lock(newest).oldest_of_use().to_owned();
            if start
                .as_ref()
                .is_some_and(|start| Key::of(start).sort < from)
            {
                return Ok(());
            }
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .key_condition_expression(FROM_SORT)
                .expression_attribute_values(PARTITION_PARAMETER, text(&partition))
                .expression_attribute_values(SORT_PARAMETER, text(from))
                .scan_index_forward(false)
                .set_limit(page_size(filter, limit))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            for item in page.items.unwrap_or_default() {
                match read_run(&item) {
                    Ok(record) if filter.matches(&record) => lock(newest).add(record),
                    Ok(_) => {}
                    // An unreadable record must not hide the others.
                    Err(error) => tracing::warn!(%error, "skipped an unreadable run record"),
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(());
            }
        }
    }
}

/// How many records to read at a time: about this partition's share if every record matches, else
/// no limit.
fn page_size(filter: &RunFilter, limit: usize) -> Option<i32> {
    let RunFilter {
        application: _,
        stage: _,
        since: _,
        hook,
        outcome,
        correlation_id,
    } = filter;
    let is_picky = hook.is_some() || outcome.is_some() || correlation_id.is_some();
    let share = limit.saturating_mul(2).div_ceil(usize::from(SHARDS)) + 4;
    (!is_picky).then(|| i32::try_from(share).unwrap_or(i32::MAX))
}

fn lock(newest: &Mutex<Newest>) -> MutexGuard<'_, Newest> {
    newest.lock().unwrap_or_else(PoisonError::into_inner)
}
