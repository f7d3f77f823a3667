//! Writing many independent items.

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{PutRequest, WriteRequest},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::ports::StoreError;
use tokio::time::sleep;

use super::DynamoStore;
use crate::{
    failure::causes,
    item::{Item, size},
    repetition::backoff,
};

/// Maximum number of items in one request.
const ITEM_LIMIT: usize = 25;
/// Far below DynamoDB's limit of 16 MB, so that an attempt stays within its timeout.
const BYTE_LIMIT: usize = 1_000_000;
/// Maximum number of concurrent batches.
const CONCURRENCY: usize = 4;
/// How often unprocessed items are sent.
const ROUNDS: u32 = 6;

impl DynamoStore {
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
        Err(StoreError::Unreachable {
            message: format!(
                "DynamoDB table `{}`: {} items were throttled {ROUNDS} times in a row; its capacity is used up",
                self.table,
                left.len()
            ),
        })
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
