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
use crate::item::{self, Key, gone_partition};

#[async_trait]
impl GoneBindings for DynamoStore {
    async fn gone(&self, stage: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        let marks = self.whole(&gone_partition(stage, target)).await?;
        marks.iter().map(item::read_gone).collect()
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
