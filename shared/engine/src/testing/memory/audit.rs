//! The audit trail.

use std::cmp::Reverse;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    audit::{AuditEntry, AuditFilter},
    ports::{AuditLog, StoreError, UnreadableItem},
};

#[async_trait]
impl AuditLog for MemoryStore {
    async fn add_entry(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut held = self.lock();
        if !held.audit.iter().any(|known| known.id == entry.id) {
            held.audit.push(entry.clone());
        }
        Ok(())
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, StoreError> {
        let mut found = self.lock().audit.clone();
        found.retain(|entry| filter.matches(entry));
        found.sort_by_key(|entry| Reverse(entry.id));
        found.truncate(limit);
        Ok(found.into_iter().map(Ok).collect())
    }
}
