//! Creating the table, for emulators and tests: in an account the deployment template does it.

use std::time::Duration;

use aws_sdk_dynamodb::{
    client::Waiters,
    error::BuildError,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        TimeToLiveSpecification,
    },
};
use hookpoint_engine::ports::StoreError;

use super::DynamoStore;
use crate::{
    failure::causes,
    item::{EXPIRES, PARTITION, SORT},
};

/// Maximum wait for a new table.
const PATIENCE: Duration = Duration::from_mins(2);

impl DynamoStore {
    /// Creates the table and waits until it is active; an existing one stays as it is.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let attributes = [attribute(PARTITION), attribute(SORT)];
        let keys = [key(PARTITION, KeyType::Hash), key(SORT, KeyType::Range)];
        let request = self
            .client()
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(built(attributes)?))
            .set_key_schema(Some(built(keys)?));
        match request.send().await {
            Ok(_) => {}
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateTableError::is_resource_in_use_exception) =>
            {
                return Ok(());
            }
            Err(error) => return Err(self.unreachable(&error)),
        }
        self.client()
            .wait_until_table_exists()
            .table_name(&self.table)
            .wait(PATIENCE)
            .await
            .map_err(|error| StoreError::Unreachable {
                message: format!("DynamoDB table `{}`: {}", self.table, causes(&error)),
            })?;
        let expires = TimeToLiveSpecification::builder()
            .attribute_name(EXPIRES)
            .enabled(true)
            .build()
            .map_err(|error| unbuilt(&error))?;
        self.client()
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(expires)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        Ok(())
    }
}

fn attribute(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
}

fn built<T, const COUNT: usize>(
    parts: [Result<T, BuildError>; COUNT],
) -> Result<Vec<T>, StoreError> {
    parts
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| unbuilt(&error))
}

/// An incomplete request, which the constants above rule out.
fn unbuilt(error: &BuildError) -> StoreError {
    StoreError::Unreachable {
        message: causes(error),
    }
}
