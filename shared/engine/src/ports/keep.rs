//! Stores for run records, marks of gone endpoints and idempotency records.

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

/// Stores run records.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Writes records with the events they keep. Writing a record twice changes nothing.
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError>;

    /// Returns the newest records that match the filter, newest first, at most `limit`, without the events they keep.
    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError>;

    /// Returns one record with the events it keeps, or `None` when there is none.
    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError>;
}

/// Stores which bindings are gone, that is, whose endpoint answered a delivery with 410. Held by the worker and by
/// tools.
#[async_trait]
pub trait GoneBindings: Send + Sync {
    /// Returns every mark on a binding of the target at the stage, in any order. MUST reflect every mark made or
    /// removed before. MUST follow pages. MUST return an error when a mark cannot be read: an operator cannot resume a
    /// binding whose mark is missing.
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError>;

    /// Stores a mark, replacing an earlier one on the same binding.
    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError>;

    /// Removes the mark on a binding, even one that cannot be read. Returns whether there was one.
    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError>;
}

/// Stores the outcome of events that carry an idempotency key. The engine gives its records their meaning.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Returns what is stored under a key, expired or not. MUST reflect every write that has returned.
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError>;

    /// Stores a record if nothing is stored (`owner` is `None`), or if what is stored has this owner. Returns whether
    /// it did. MUST be atomic: of two callers with the same condition, one gets `true`.
    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError>;

    /// Removes the record under a key if it has this owner.
    async fn remove_idempotency(&self, key: &IdempotencyKey, owner: &str)
    -> Result<(), StoreError>;
}
