//! `Flaky` for queues, run records, idempotency records and marks.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use super::Flaky;
use crate::{
    application::binding::Target,
    delivery::{gone::GoneBinding, job::Job},
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    identifier::BindingId,
    ports::{
        DeadLetters, FoundLetters, GoneBindings, IdempotencyStore, JobQueue, Leased, QueueError,
        RunStore, Selection, Settlement, StoreError, WorkQueue,
    },
    record::{RunFilter, RunId, RunRecord},
};

#[async_trait]
impl<S: JobQueue> JobQueue for Flaky<S> {
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError> {
        self.queue()?.enqueue(jobs, now).await
    }
}

#[async_trait]
impl<S: WorkQueue> WorkQueue for Flaky<S> {
    async fn receive(
        &self,
        limit: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Vec<Leased>, QueueError> {
        self.queue()?.receive(limit, lease, now).await
    }

    async fn settle(
        &self,
        leased: &Leased,
        settlement: Settlement,
        now: SystemTime,
    ) -> Result<(), QueueError> {
        self.queue()?.settle(leased, settlement, now).await
    }
}

#[async_trait]
impl<S: DeadLetters> DeadLetters for Flaky<S> {
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError> {
        self.queue()?.find_dead_letters(which, limit).await
    }

    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError> {
        self.queue()?.redrive(which, now).await
    }

    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError> {
        self.queue()?.drop_dead_letters(which).await
    }
}

#[async_trait]
impl<S: RunStore> RunStore for Flaky<S> {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        self.store()?.write_runs(records).await
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.store()?.runs(filter, limit).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.store()?.run(id).await
    }
}

#[async_trait]
impl<S: GoneBindings> GoneBindings for Flaky<S> {
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        self.store()?.gone(stage, target).await
    }

    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError> {
        self.store()?.mark_gone(mark).await
    }

    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError> {
        self.store()?.forget_gone(stage, target, binding).await
    }
}

#[async_trait]
impl<S: IdempotencyStore> IdempotencyStore for Flaky<S> {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.store()?.idempotency(key).await
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        self.store()?.put_idempotency(key, owner, record).await
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        self.store()?.remove_idempotency(key, owner).await
    }
}
