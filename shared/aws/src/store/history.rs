//! Records of publications: a partition for each application and identity store, the newest last.

use std::{cmp::Reverse, collections::BTreeSet};

use hookpoint_engine::{
    application::binding::Target,
    ports::StoreError,
    publish::{PublicationId, PublicationRecord},
};

use super::{DynamoStore, snapshot::gather};
use crate::item::{
    APPLICATIONS, Key, PARTITION_PARAMETER, STORES, WHOLE_PARTITION, publications_partition,
    read_publication, text,
};

impl DynamoStore {
    /// The records of the newest publications, of one subject or of every one.
    pub(super) async fn newest_publications(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        let subjects = match subject {
            Some(subject) => vec![Some(subject.clone())],
            None => self.subjects().await?,
        };
        let reads = subjects.into_iter().map(|subject| async move {
            let partition = publications_partition(subject.as_ref());
            self.newest_of(&partition, limit).await
        });
        let mut records: Vec<_> = gather(reads).await?.into_iter().flatten().collect();
        records.sort_by_key(|record| Reverse(record.id));
        let ids: BTreeSet<_> = records.iter().map(|record| record.id).collect();
        let newest: BTreeSet<_> = ids.into_iter().rev().take(limit).collect();
        records.retain(|record| newest.contains(&record.id));
        Ok(records)
    }

    /// The records of one publication.
    pub(super) async fn records_of(
        &self,
        id: PublicationId,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        let subjects = self.subjects().await?.into_iter();
        let reads = subjects.map(|subject| async move {
            let key = Key::publication(subject.as_ref(), id);
            let item = self.get(&key, true).await?;
            item.as_ref().map(read_publication).transpose()
        });
        Ok(gather(reads).await?.into_iter().flatten().collect())
    }

    /// Everything that can have a history, deleted applications included.
    async fn subjects(&self) -> Result<Vec<Option<Target>>, StoreError> {
        let applications = self.listed(APPLICATIONS).await?.into_iter();
        let stores = self.listed(STORES).await?.into_iter();
        Ok(applications
            .map(|id| Some(Target::Application(id)))
            .chain(stores.map(|id| Some(Target::Store(id))))
            .chain([None])
            .collect())
    }

    async fn newest_of(
        &self,
        partition: &str,
        limit: usize,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(WHOLE_PARTITION)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .consistent_read(true)
            .scan_index_forward(false);
        let items = self.first(query, limit).await?;
        items.iter().map(read_publication).collect()
    }
}
