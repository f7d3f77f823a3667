//! Searching one shard of the records of an application at a stage.
//!
//! Without an event, a subject or a hook to look for, from the newest record on. With one, the locators say where to look; records from before
//! there were locators are read as well, until the last of them has expired.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::{try_join, try_join_all};
use hookpoint_engine::{
    identifier::{ApplicationId, HookName},
    ports::StoreError,
    record::{RunFilter, RunId, SHARDS},
    stages::Stage,
};

use super::newest::Newest;
use crate::{
    DynamoStore,
    item::{
        BETWEEN_SORTS, FROM_SORT, Item, Key, PARTITION_PARAMETER, SORT_PARAMETER, Span,
        TO_PARAMETER, WHOLE_PARTITION, event_locators_partition, hook_locators_partition,
        read_hook_locator, read_locator, read_run, runs_partition, subject_locators_partition,
        text,
    },
};

/// How many locators are read at first. A hook that runs often has enough records in the spans of these.
const FIRST_LOCATORS: i32 = 50;

/// A search of one shard.
#[derive(Clone, Copy)]
pub(super) struct ShardSearch<'a> {
    pub(super) store: &'a DynamoStore,
    pub(super) stage: Stage,
    pub(super) application: &'a ApplicationId,
    pub(super) shard: u8,
    pub(super) filter: &'a RunFilter,
    pub(super) limit: usize,
    /// What all shards found so far.
    pub(super) newest: &'a Mutex<Newest>,
}

impl ShardSearch<'_> {
    /// Adds the matching records of the shard, as far as they can be among the newest of all.
    pub(super) async fn run(self) -> Result<(), StoreError> {
        let Self {
            stage,
            application,
            shard,
            filter,
            ..
        } = self;
        if let Some(subject) = &filter.subject {
            // What earlier versions wrote is only found by reading all kept events, which listing does not do.
            let partition = subject_locators_partition(stage, application, subject, shard);
            return self.located(&partition).await;
        }
        match (&filter.correlation_id, &filter.hook) {
            (Some(id), _) => {
                let partition = event_locators_partition(stage, application, id, shard);
                try_join(self.located(&partition), self.older_than_locators()).await?;
                Ok(())
            }
            (None, Some(hook)) => {
                self.of_hook(hook).await?;
                self.older_than_locators().await
            }
            (None, None) => self.records(None, None).await,
        }
    }

    /// The runs that the locators of a partition name.
    async fn located(&self, partition: &str) -> Result<(), StoreError> {
        let Self {
            stage, application, ..
        } = *self;
        let mut start: Option<Item> = None;
        loop {
            let from = self.oldest_of_use();
            if is_past(start.as_ref(), &from) {
                return Ok(());
            }
            let (locators, next) = self.page(partition, &from, None, start, None).await?;
            for locator in locators {
                if Key::of(&locator).sort < self.oldest_of_use() {
                    return Ok(());
                }
                match read_locator(&locator, stage, application) {
                    Ok(runs) => self.named(&runs).await?,
                    Err(error) => tracing::warn!(%error, "skipped an unreadable locator of runs"),
                }
            }
            start = next;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn named(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let keys: Vec<_> = runs.iter().map(Key::run).collect();
        let records = try_join_all(keys.iter().map(|key| self.store.get(key, false))).await?;
        for record in records.iter().flatten() {
            self.add(record);
        }
        Ok(())
    }

    /// The records in the spans in which the hook ran, the newest first.
    async fn of_hook(&self, hook: &HookName) -> Result<(), StoreError> {
        let partition = hook_locators_partition(self.stage, self.application, self.shard);
        let mut start: Option<Item> = None;
        let mut limit = Some(FIRST_LOCATORS);
        loop {
            let from = self.span_of(&self.oldest_of_use()).sort();
            if is_past(start.as_ref(), &from) {
                return Ok(());
            }
            let (locators, next) = self.page(&partition, &from, None, start, limit).await?;
            let spans = locators
                .iter()
                .filter_map(|locator| match read_hook_locator(locator) {
                    Ok((span, of)) => (of == hook.as_str()).then_some(span),
                    Err(error) => {
                        tracing::warn!(%error, "skipped an unreadable locator of runs");
                        None
                    }
                });
            for (oldest, newest) in stretches(spans) {
                let (from, to) = (oldest.first_ulid(), newest.next().first_ulid());
                self.records(Some(&from), Some(&to)).await?;
            }
            start = next;
            limit = None;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// The records that are older than every locator of the shard, and those of its first span, in which locators began.
    async fn older_than_locators(&self) -> Result<(), StoreError> {
        let partition = hook_locators_partition(self.stage, self.application, self.shard);
        let oldest = self
            .store
            .client()
            .query()
            .key_condition_expression(WHOLE_PARTITION)
            .expression_attribute_values(PARTITION_PARAMETER, text(&partition));
        let oldest = self.store.first(oldest, 1).await?;
        let beginning = oldest.first().and_then(|item| read_hook_locator(item).ok());
        let to = beginning.map(|(span, _)| span.next().first_ulid());
        self.records(None, to.as_deref()).await
    }

    /// Adds the records of a stretch of time, newest first, while they can be among the newest of all.
    async fn records(&self, from: Option<&str>, to: Option<&str>) -> Result<(), StoreError> {
        let partition = runs_partition(self.stage, self.application, self.shard);
        let mut start: Option<Item> = None;
        loop {
            let from = from
                .unwrap_or_default()
                .max(&self.oldest_of_use())
                .to_owned();
            if is_past(start.as_ref(), &from) || to.is_some_and(|to| *to < *from) {
                return Ok(());
            }
            let size = page_size(self.filter, self.limit);
            let (items, next) = self.page(&partition, &from, to, start, size).await?;
            for item in &items {
                self.add(item);
            }
            start = next;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// A page of a partition, backwards, and where the next one starts.
    async fn page(
        &self,
        partition: &str,
        from: &str,
        to: Option<&str>,
        start: Option<Item>,
        limit: Option<i32>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let condition = if to.is_some() {
            BETWEEN_SORTS
        } else {
            FROM_SORT
        };
        let mut query = self
            .store
            .client()
            .query()
            .table_name(&self.store.table)
            .key_condition_expression(condition)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .expression_attribute_values(SORT_PARAMETER, text(from));
        if let Some(to) = to {
            query = query.expression_attribute_values(TO_PARAMETER, text(to));
        }
        let page = query
            .scan_index_forward(false)
            .set_limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| self.store.unreachable(&error))?;
        let next = page.last_evaluated_key.filter(|key| !key.is_empty());
        Ok((page.items.unwrap_or_default(), next))
    }

    /// Adds a record if it matches.
    fn add(&self, item: &Item) {
        match read_run(item) {
            Ok(record) if self.filter.matches(&record) => self.lock().add(record),
            Ok(_) => {}
            // An unreadable record must not hide the others.
            Err(error) => tracing::warn!(%error, "skipped an unreadable run record"),
        }
    }

    fn oldest_of_use(&self) -> String {
        self.lock().oldest_of_use().to_owned()
    }

    /// The span of a ULID; the first one for what sorts before all.
    fn span_of(&self, ulid: &str) -> Span {
        let id = RunId::from_ulid(self.stage, self.application, ulid);
        Span::of(id.map_or(std::time::UNIX_EPOCH, |id| id.time()))
    }

    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a page that starts there begins before the first of use: DynamoDB refuses that.
fn is_past(start: Option<&Item>, from: &str) -> bool {
    start.is_some_and(|start| *Key::of(start).sort < *from)
}

/// Joins adjacent spans, which come newest first, to stretches with their oldest and newest span.
fn stretches(spans: impl Iterator<Item = Span>) -> Vec<(Span, Span)> {
    let mut stretches: Vec<(Span, Span)> = Vec::new();
    for span in spans {
        match stretches.last_mut() {
            Some((oldest, _)) if span.next() >= *oldest => *oldest = span,
            _ => stretches.push((span, span)),
        }
    }
    stretches
}

/// How many records to read at a time: about this shard's share if every record matches, else
/// no limit.
fn page_size(filter: &RunFilter, limit: usize) -> Option<i32> {
    let RunFilter {
        application: _,
        stage: _,
        since: _,
        hook,
        outcome,
        correlation_id,
        subject: _,
    } = filter;
    let is_picky = hook.is_some() || outcome.is_some() || correlation_id.is_some();
    let share = limit.saturating_mul(2).div_ceil(usize::from(SHARDS)) + 4;
    (!is_picky).then(|| i32::try_from(share).unwrap_or(i32::MAX))
}
