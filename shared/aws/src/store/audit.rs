//! The audit trail: a partition for each application, the newest entries last.

use async_trait::async_trait;
use hookpoint_engine::{
    audit::{AuditEntry, AuditFilter},
    identifier::ApplicationId,
    ports::{AuditLog, StoreError, UnreadableItem},
};

use super::{DynamoStore, snapshot::gather};
use crate::item::{
    APPLICATIONS, FROM_SORT, Key, PARTITION_PARAMETER, SORT_PARAMETER, audit, audit_partition,
    read_audit, readable, text,
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
    ) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, StoreError> {
        let mut all = Vec::new();
        let places: Vec<_> = if let Some(application) = &filter.application {
            vec![Some(application.clone())]
        } else {
            let applications: Vec<ApplicationId> = self.listed_into(APPLICATIONS, &mut all).await?;
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
            async move { self.first(query, limit).await }
        });
        for item in gather(reads).await?.iter().flatten() {
            all.push(readable(item, read_audit));
        }
        all.sort_by(|(one, _), (other, _)| other.cmp(one));
        all.truncate(limit);
        Ok(all.into_iter().map(|(_, entry)| entry).collect())
    }
}
