//! Searching run records: all shards of all places at once.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::StoreError,
    record::{RunFilter, RunRecord, SHARDS},
    stages::Stage,
};

use super::{super::CONCURRENCY, newest::Newest, shard::ShardSearch};
use crate::{
    DynamoStore,
    item::{
        Item, Key, PARTITION_PARAMETER, WHOLE_PARTITION, read_run_index, run_index_partition, text,
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
        let shards = places.iter().flat_map(|(stage, application)| {
            (0..SHARDS).map(|shard| ShardSearch {
                store: self,
                stage: *stage,
                application,
                shard,
                filter,
                limit,
                newest: &newest,
            })
        });
        let searches: Vec<_> = shards.map(ShardSearch::run).collect();
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
            let note = Key::run_index(stage, application);
            let note = self.get_if_allowed(&note, false).await?;
            // An author may read the runs of an application, and not the list of those that have any.
            let is_possible = !matches!(note, Ok(None));
            return Ok(is_possible
                .then(|| (stage, application.clone()))
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
}
