//! Reading and writing many independent items.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{KeysAndAttributes, PutRequest, WriteRequest},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::ports::StoreError;
use tokio::time::sleep;

use super::{DynamoStore, snapshot::gather};
use crate::{
    failure::causes,
    item::{Item, Key, size},
    repetition::backoff,
};

/// Maximum number of keys in one request.
const KEY_LIMIT: usize = 100;
/// Maximum number of items in one request.
const ITEM_LIMIT: usize = 25;
/// Far below DynamoDB's limit of 16 MB, so that an attempt stays within its timeout.
const BYTE_LIMIT: usize = 1_000_000;
/// Above this size, a response that lacks items reached DynamoDB's limit of 16 MB; below, the table was throttled.
const FULL: usize = 12_000_000;
/// Maximum number of concurrent batches.
const CONCURRENCY: usize = 4;
/// How often items and transactions are sent that the table has no capacity for.
pub(super) const ROUNDS: u32 = 6;

impl DynamoStore {
    /// The items with these keys that exist, read consistently, whole or with some attributes. Those MUST include the key.
    pub(super) async fn get_all(
        &self,
        keys: BTreeSet<Key>,
        attributes: Option<&str>,
    ) -> Result<BTreeMap<Key, Item>, StoreError> {
        let keys: Vec<_> = keys.iter().map(Key::attributes).collect();
        let reads: Vec<_> = keys
            .chunks(KEY_LIMIT)
            .map(|keys| self.get_batch(keys.to_vec(), attributes))
            .collect();
        let items = gather(reads.into_iter()).await?.into_iter().flatten();
        Ok(items.map(|item| (Key::of(&item), item)).collect())
    }

    async fn get_batch(
        &self,
        keys: Vec<Item>,
        attributes: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut left = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .set_projection_expression(attributes.map(str::to_owned))
            .consistent_read(true)
            .build()
            .map_err(|error| StoreError::Unreachable {
                message: causes(&error),
            })?;
        let mut items = Vec::new();
        let mut stalled = 0;
        loop {
            let count = left.keys.len();
            let output = self
                .client()
                .batch_get_item()
                .request_items(&self.table, left)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            let found = output.responses.unwrap_or_default();
            let found: Vec<_> = found.into_values().flatten().collect();
            let is_full = found.iter().map(size).sum::<usize>() > FULL;
            items.extend(found);
            let unprocessed = output.unprocessed_keys.unwrap_or_default();
            let Some(rest) = unprocessed.into_values().next() else {
                return Ok(items);
            };
            stalled = if rest.keys.len() < count {
                0
            } else {
                stalled + 1
            };
            if stalled == ROUNDS {
                return Err(self.throttled(count));
            }
            if !is_full {
                sleep(backoff(stalled + 1)).await;
            }
            left = rest;
        }
    }

    /// Writes items with different keys. After an error, some of them may be written.
    pub(super) async fn put_all(&self, items: Vec<Item>) -> Result<(), StoreError> {
        let writes: Vec<_> = batches(items)
            .into_iter()
            .map(|batch| self.put_batch(batch))
            .collect();
        stream::iter(writes)
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await
    }

    async fn put_batch(&self, items: Vec<Item>) -> Result<(), StoreError> {
        let mut left = items
            .into_iter()
            .map(put)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StoreError::Unreachable {
                message: causes(&error),
            })?;
        for round in 0..ROUNDS {
            if round > 0 {
                sleep(backoff(round)).await;
            }
            let answer = self
                .client()
                .batch_write_item()
                .request_items(&self.table, left)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            let unprocessed = answer.unprocessed_items.unwrap_or_default();
            left = unprocessed.into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(self.throttled(left.len()))
    }

    pub(super) fn throttled(&self, items: usize) -> StoreError {
        StoreError::Unreachable {
            message: format!(
                "DynamoDB table `{}`: {items} items were throttled {ROUNDS} times in a row; its capacity is used up",
                self.table
            ),
        }
    }
}

fn put(item: Item) -> Result<WriteRequest, BuildError> {
    let put = PutRequest::builder().set_item(Some(item)).build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// Splits the items into batches that fit into a request.
fn batches(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut batches: Vec<Vec<Item>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        bytes += size(&item);
        match batches.last_mut() {
            Some(batch) if batch.len() < ITEM_LIMIT && bytes <= BYTE_LIMIT => batch.push(item),
            _ => {
                bytes = size(&item);
                batches.push(vec![item]);
            }
        }
    }
    batches
}
