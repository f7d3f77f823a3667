//! The single table: applications, bindings, hook versions, run records, idempotency keys.

mod audit;
mod batch;
mod deletion;
mod forget;
mod gone;
mod history;
mod idempotency;
mod index;
mod publish;
mod read;
mod runs;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;
mod transaction;
mod version;

use std::{error::Error, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    operation::{get_item::GetItemError, query::builders::QueryFluentBuilder},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hookpoint_engine::{ports::StoreError, record::RETENTION};

use self::runs::Noted;
use crate::{
    clients::AwsClients,
    failure::describe,
    item::{
        Item, KEY_ATTRIBUTE, Key, PARTITION_PARAMETER, SORT_PARAMETER, WHOLE_PARTITION,
        WITH_PREFIX, text,
    },
};

/// Maximum number of concurrent requests of one call.
const CONCURRENCY: usize = 8;

/// The state of Hookpoint in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    clients: AwsClients,
    table: String,
    run_retention: Duration,
    noted: Arc<Noted>,
}

impl DynamoStore {
    /// The store in a table. Nothing is sent before the first read or write.
    pub fn new(clients: AwsClients, table: impl Into<String>) -> Self {
        Self {
            clients,
            table: table.into(),
            run_retention: RETENTION,
            noted: Arc::default(),
        }
    }

    /// Sets how long run records and events are kept.
    #[must_use]
    pub fn with_run_retention(self, run_retention: Duration) -> Self {
        Self {
            run_retention,
            ..self
        }
    }

    /// Opens a connection ahead of the first event, by reading an application that cannot exist. A
    /// failure is only logged: the first event reports it.
    pub async fn warm_up(&self) {
        let output = self
            .client()
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Key::no_application().attributes()))
            .projection_expression(KEY_ATTRIBUTE)
            .send()
            .await;
        if let Err(error) = output {
            tracing::debug!(table = %self.table, "failed to warm up: {}", describe(&error));
        }
    }

    fn client(&self) -> &Client {
        self.clients.dynamodb()
    }

    /// Reads one item.
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let item = self.item(key, consistent).await;
        item.map_err(|error| self.unreachable(&error))
    }

    /// As [`Self::get`], for what a person's role need not let them read.
    async fn get_if_allowed(
        &self,
        key: &Key,
        consistent: bool,
    ) -> Result<Result<Option<Item>, NotAllowed>, StoreError> {
        match self.item(key, consistent).await {
            Ok(item) => Ok(Ok(item)),
            Err(error) if has_code(&error, DENIED) => Ok(Err(NotAllowed)),
            Err(error) => Err(self.unreachable(&error)),
        }
    }

    async fn item(
        &self,
        key: &Key,
        consistent: bool,
    ) -> Result<Option<Item>, SdkError<GetItemError, HttpResponse>> {
        let request = self.client().get_item().table_name(&self.table);
        let request = request
            .set_key(Some(key.attributes()))
            .consistent_read(consistent);
        Ok(request.send().await?.item)
    }

    /// Every item of a partition whose sort key starts with the prefix, from all pages.
    async fn query(
        &self,
        partition: &str,
        prefix: &str,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(WITH_PREFIX)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .expression_attribute_values(SORT_PARAMETER, text(prefix))
            .consistent_read(consistent);
        self.all_pages(query).await
    }

    /// Every item of a partition, read consistently.
    async fn whole(&self, partition: &str) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client()
            .query()
            .key_condition_expression(WHOLE_PARTITION)
            .expression_attribute_values(PARTITION_PARAMETER, text(partition))
            .consistent_read(true);
        self.all_pages(query).await
    }

    /// The items of a query of the table, from all pages.
    async fn all_pages(&self, query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
        self.first(query, usize::MAX).await
    }

    /// The first items of a query of the table, from as many pages as they need.
    async fn first(
        &self,
        query: QueryFluentBuilder,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let query = query.table_name(&self.table);
        let mut items = Vec::new();
        let mut start: Option<Item> = None;
        while items.len() < limit {
            let page = query
                .clone()
                // More than DynamoDB can count is not a limit.
                .set_limit(i32::try_from(limit - items.len()).ok())
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(items)
    }

    fn unreachable<E>(&self, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (table, region) = (&self.table, self.clients.region());
        let message = if has_code(error, "ResourceNotFoundException") {
            format!(
                "there is no DynamoDB table `{table}` in {region}; check its name and the region"
            )
        } else if has_code(error, DENIED) {
            format!(
                "you may not do this with DynamoDB table `{table}`: {}",
                describe(error)
            )
        } else if is_of_another_table(error) {
            format!(
                "DynamoDB table `{table}` is not one of Hookpoint's, or of another version: {}; `--stack NAME` finds the table of a deployment",
                describe(error)
            )
        } else if error.as_service_error().is_some() {
            format!("DynamoDB table `{table}`: {}", describe(error))
        } else {
            format!(
                "DynamoDB table `{table}` in {region}: {}; check the region and the network",
                describe(error)
            )
        };
        StoreError::Unreachable { message }
    }
}

/// The code of a request that a policy refuses.
const DENIED: &str = "AccessDeniedException";

/// A policy refused the request.
struct NotAllowed;

/// Whether a request was refused because the table has not Hookpoint's keys or index, and not for its size.
fn is_of_another_table<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let message = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message);
    has_code(error, "ValidationException")
        && !message.is_some_and(|text| text.to_lowercase().contains("size"))
}

fn has_code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, code: &str) -> bool {
    let failure = error.as_service_error();
    failure.and_then(ProvideErrorMetadata::code) == Some(code)
}
