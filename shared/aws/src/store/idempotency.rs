//! Idempotency records. One conditional write decides which of several requests holds a key.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::{delete_item::DeleteItemError, put_item::PutItemError};
use hookpoint_engine::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::{IdempotencyStore, StoreError},
};

use super::DynamoStore;
use crate::item::{
    self, BODY, BODY_PARAMETER, HOLDER_PARAMETER, IS_ABSENT, IS_ABSENT_OR_SAME, IS_HELD,
    IS_HELD_OR_SAME, Key, text,
};

#[async_trait]
impl IdempotencyStore for DynamoStore {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let item = self.get(&Key::idempotency(key), true).await?;
        item.as_ref().map(item::read_idempotency).transpose()
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let item = item::idempotency(key, record)?;
        // The record that takes a key is small, and its body names its request: if it is there
        // already, an earlier request of this call wrote it and the response was lost.
        let body = item.get(BODY).cloned();
        let condition = match (owner, &body) {
            (None, Some(_)) => IS_ABSENT_OR_SAME,
            (None, None) => IS_ABSENT,
            (Some(_), Some(_)) => IS_HELD_OR_SAME,
            (Some(_), None) => IS_HELD,
        };
        let mut request = self
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition);
        if let Some(owner) = owner {
            request = request.expression_attribute_values(HOLDER_PARAMETER, text(owner));
        }
        if let Some(body) = body {
            request = request.expression_attribute_values(BODY_PARAMETER, body);
        }
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.unreachable(&error)),
        }
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        let request = self
            .client()
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::idempotency(key).attributes()))
            .condition_expression(IS_HELD)
            .expression_attribute_values(HOLDER_PARAMETER, text(owner));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(self.unreachable(&error)),
        }
    }
}
