//! The audit trail.

use async_trait::async_trait;

use super::{StoreError, UnreadableItem};
use crate::audit::{AuditEntry, AuditFilter};

/// Adds entries to the audit trail and reads them. Entries never change, and only age removes them. Held by tools.
///
/// What changes with a publication is written with it: see [`Publication::audit`](crate::publish::Publication::audit).
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Adds an entry. MUST be durable when it returns. Adding an entry again MUST change nothing.
    async fn add_entry(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Returns the newest entries that match the filter, newest first, at most `limit`. MUST reflect every entry that was
    /// added before. MUST NOT omit one that cannot be read, since a gap would look like nothing was done, nor fail because
    /// of it. MUST NOT read anything else that the store holds, such as run records.
    async fn entries(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, StoreError>;
}
