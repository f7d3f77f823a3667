//! Marks on bindings whose endpoint is gone, those of a target and stage in one partition.
//!
//! They are read with strong consistency: a resumed binding must not lose its next delivery.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use hookpoint_engine::{
    application::binding::Target,
    delivery::gone::GoneBinding,
    identifier::BindingId,
    ports::{GoneBindings, StoreError},
    stages::Stage,
};

use super::DynamoStore;
use crate::item::{self, Item, Key, PARTITION_PARAMETER, WHOLE_PARTITION, gone_partition, text};

#[async_trait]
impl GoneBindings for DynamoStore {
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        let partition = gone_partition(stage, target);
        let mut marks = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .key_condition_expression(WHOLE_PARTITION)
                .expression_attribute_values(PARTITION_PARAMETER, text(&partition))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| self.unreachable(&error))?;
            for item in page.items.unwrap_or_default() {
                marks.push(item::read_gone(&item)?);
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(marks);
            }
        }
    }

    async fn mark_gone(&self, mark: &GoneBinding) -> Result<(), StoreError> {
        self.client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::gone(mark)))
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        Ok(())
    }

    async fn forget_gone(
        &self,
        stage: Stage,
        target: &Target,
        binding: &BindingId,
    ) -> Result<bool, StoreError> {
        let removed = self
            .client()
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::gone(stage, target, binding).attributes()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        Ok(removed.attributes.is_some_and(|item| !item.is_empty()))
    }
}
