//! Records of publications: a partition for each application and identity store, the newest last.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::Target,
    ports::{StoreError, UnreadableItem},
    publish::{PublicationId, PublicationRecord},
};

use super::{DynamoStore, snapshot::gather};
use crate::item::{
    APPLICATIONS, Item, Key, PARTITION_PARAMETER, STORES, WHOLE_PARTITION, publications_partition,
    read_publication, readable, text,
};

type Read = Result<PublicationRecord, UnreadableItem>;

impl DynamoStore {
    /// The records of the newest publications, of one subject or of every one.
    pub(super) async fn newest_publications(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Read>, StoreError> {
        let mut records = Vec::new();
        let subjects = match subject {
            Some(subject) => vec![Some(subject.clone())],
            None => self.subjects(&mut records).await?,
        };
        let reads = subjects.into_iter().map(|subject| async move {
            let partition = publications_partition(subject.as_ref());
            self.newest_of(&partition, limit).await
        });
        for item in gather(reads).await?.iter().flatten() {
            records.push(readable(item, read_publication));
        }
        records.sort_by(|(one, _), (other, _)| other.cmp(one));
        let ids: BTreeSet<_> = records.iter().map(|(id, _)| id).collect();
        let newest: BTreeSet<_> = ids.into_iter().rev().take(limit).cloned().collect();
        records.retain(|(id, _)| newest.contains(id));
        Ok(records.into_iter().map(|(_, record)| record).collect())
    }

    /// The records of one publication.
    pub(super) async fn records_of(
        &self,
        id: PublicationId,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        let mut unreadable: Vec<(String, Read)> = Vec::new();
        let subjects = self.subjects(&mut unreadable).await?;
        if let Some((_, Err(item))) = unreadable.into_iter().next() {
            return Err(item.error);
        }
        let reads = subjects.into_iter().map(|subject| async move {
            let key = Key::publication(subject.as_ref(), id);
            let item = self.get(&key, true).await?;
            item.as_ref().map(read_publication).transpose()
        });
        Ok(gather(reads).await?.into_iter().flatten().collect())
    }

    /// Everything that can have a history, deleted applications included; adds what cannot be read.
    async fn subjects(
        &self,
        unreadable: &mut Vec<(String, Read)>,
    ) -> Result<Vec<Option<Target>>, StoreError> {
        let applications = self.listed_into(APPLICATIONS, unreadable).await?;
        let stores = self.listed_into(STORES, unreadable).await?.into_iter();
        Ok(applications
            .into_iter()
            .map(|id| Some(Target::Application(id)))
            .chain(stores.map(|id| Some(Target::Store(id))))
            .chain([None])
            .collect())
    }

    async fn newest_of(&self, partition: &str, limit: usize) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(WHOLE_PARTITION)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .consistent_read(true)
            .scan_index_forward(false);
        self.first(query, limit).await
    }
}
