//! What is kept of runs and answers, as its users see it.

use async_trait::async_trait;
use hookpoint_stages::Stage;

use super::StoreError;
use crate::{
    application::binding::Target,
    delivery::gone::GoneBinding,
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    identifier::BindingId,
    record::{RunFilter, RunId, RunRecord},
};

/// Keeps run records.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Writes records, with the events they keep. Writing one again changes nothing.
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError>;

    /// The newest records that the filter matches, newest first, at most `limit`. Without what they keep.
    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError>;

    /// One record, with what it keeps, or `None` when there is none.
    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError>;
}

/// Keeps which bindings are gone: their endpoint answered a delivery 410. Held by the worker and by tools.
#[async_trait]
pub trait GoneBindings: Send + Sync {
    /// Every mark on a binding of the target at the stage, in any order. MUST see every mark that was made or removed before, MUST follow pages,
    /// and MUST answer an error when one of them cannot be read: what is unknown is not resumed.
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError>;

    /// Makes a mark, in the place of an earlier one on the same binding.
    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError>;

    /// Removes the mark on a binding, one that cannot be read too. Answers whether there was one.
    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError>;
}

/// Keeps what became of events that carry an idempotency key. The meaning of its records is the engine's.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// What is stored under a key, expired or not. MUST see every write that was answered before.
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError>;

    /// Stores a record if nothing is there (`owner` is `None`), or if what is there has this owner. Answers whether it did. MUST be atomic:
    /// of two callers with the same condition, one gets `true`.
    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError>;

    /// Removes what is stored under a key if it has this owner.
    async fn remove_idempotency(&self, key: &IdempotencyKey, owner: &str)
    -> Result<(), StoreError>;
}
