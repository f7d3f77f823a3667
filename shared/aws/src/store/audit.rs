//! The audit trail: a partition for each application, the newest entries last.

use std::cmp::Reverse;

use async_trait::async_trait;
use hookpoint_engine::{
    audit::{AuditEntry, AuditFilter},
    identifier::ApplicationId,
    ports::{AuditLog, StoreError},
};

use super::{DynamoStore, snapshot::gather};
use crate::item::{
    APPLICATIONS, FROM_SORT, Key, PARTITION_PARAMETER, SORT_PARAMETER, audit, audit_partition,
    read_audit, text,
};

#[async_trait]
impl AuditLog for DynamoStore {
    async fn add_entry(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        // A list of all entries looks where the index says. A secret can be set before its application is published.
        if let Some(application) = &entry.application {
            self.put_if_absent(Key::application_entry(application).with_format())
                .await?;
        }
        self.put_if_absent(audit(entry)).await
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let places: Vec<_> = if let Some(application) = &filter.application {
            vec![Some(application.clone())]
        } else {
            let applications: Vec<ApplicationId> = self.listed(APPLICATIONS).await?;
            applications.into_iter().map(Some).chain([None]).collect()
        };
        let first = filter.first().to_string();
        let reads = places.into_iter().map(|place| {
            let query = self
                .client()
                .query()
                .key_condition_expression(FROM_SORT)
                .expression_attribute_values(
                    PARTITION_PARAMETER,
                    text(audit_partition(place.as_ref())),
                )
                .expression_attribute_values(SORT_PARAMETER, text(&first))
                .consistent_read(true)
                .scan_index_forward(false);
            async move {
                let items = self.first(query, limit).await?;
                items.iter().map(read_audit).collect::<Result<Vec<_>, _>>()
            }
        });
        let mut entries: Vec<_> = gather(reads).await?.into_iter().flatten().collect();
        entries.sort_by_key(|entry| Reverse(entry.id));
        entries.truncate(limit);
        Ok(entries)
    }
}
