//! The reads of an event: applications, bindings, hook versions.
//!
//! Applications and bindings are refreshed with eventual consistency, at half the price: they are cached
//! for ten seconds anyway, and replicas lag by less than one. A list of bindings is read with strong consistency where
//! nothing is known to compare it with, and where it lacks what it had: the hook may be elsewhere by now. A hook version is read with strong
//! consistency, once per sandbox: the binding that names it may have just been published.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::{Hook, HookReference},
    identifier::ApplicationId,
    ports::{ApplicationSource, BindingSource, HookSource, StoreError},
    publish::Revised,
    stages::Stage,
};

use super::DynamoStore;
use crate::item::{BINDING_PREFIX, Item, Key, bindings_partition, copy_partition, read_document};

#[async_trait]
impl ApplicationSource for DynamoStore {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let stored = self.revised_application(id, false).await?;
        Ok(stored.map(|stored| stored.value))
    }

    async fn application_now(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let stored = self.revised_application(id, true).await?;
        Ok(stored.map(|stored| stored.value))
    }
}

#[async_trait]
impl BindingSource for DynamoStore {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        let stored = self.revised_bindings(stage, target, false).await?;
        Ok(stored.into_iter().map(|stored| stored.value).collect())
    }

    async fn bindings_now(
        &self,
        stage: Stage,
        target: &Target,
    ) -> Result<Vec<Binding>, StoreError> {
        let stored = self.revised_bindings(stage, target, true).await?;
        Ok(stored.into_iter().map(|stored| stored.value).collect())
    }
}

#[async_trait]
impl HookSource for DynamoStore {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        let partition = copy_partition(stage, &reference.name);
        let hook = self
            .read_version(&partition, &reference.name, reference.version)
            .await?;
        let key = || Key::chunk(&partition, reference.version, 0);
        match hook {
            Some((hook, sha256)) if sha256 == reference.sha256 => Ok(hook),
            Some((_, sha256)) => Err(key().corrupt(format!(
                "its body has the hash {sha256}, the binding expects {}; publish again",
                reference.sha256
            ))),
            None => Err(key().corrupt("the version is absent or incomplete; publish again")),
        }
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.read_source_map(&copy_partition(stage, &hook.name), hook)
            .await
    }
}

impl DynamoStore {
    pub(super) async fn revised_application(
        &self,
        id: &ApplicationId,
        consistent: bool,
    ) -> Result<Option<Revised<Application>>, StoreError> {
        let key = Key::application(id);
        let item = self.get(&key, consistent).await?;
        item.as_ref().map(read_application).transpose()
    }

    /// The applications of these that exist, read consistently.
    pub(super) async fn revised_applications(
        &self,
        ids: impl IntoIterator<Item = &ApplicationId> + Send,
    ) -> Result<BTreeMap<ApplicationId, Revised<Application>>, StoreError> {
        let keys = ids.into_iter().map(Key::application).collect();
        let items = self.get_all(keys, None).await?;
        items
            .values()
            .map(|item| {
                let stored = read_application(item)?;
                Ok((stored.value.id.clone(), stored))
            })
            .collect()
    }

    pub(super) async fn revised_bindings(
        &self,
        stage: Stage,
        target: &Target,
        consistent: bool,
    ) -> Result<Vec<Revised<Binding>>, StoreError> {
        let partition = bindings_partition(stage, target);
        let items = self.query(&partition, BINDING_PREFIX, consistent).await?;
        items
            .iter()
            .map(|item| {
                let stored: Revised<Binding> = read_document(item)?;
                in_its_place(item, &Key::binding(&stored.value), &Key::of(item))?;
                Ok(stored)
            })
            .collect()
    }
}

fn read_application(item: &Item) -> Result<Revised<Application>, StoreError> {
    let stored: Revised<Application> = read_document(item)?;
    let says = Key::application(&stored.value.id);
    in_its_place(item, &says, &Key::of(item))?;
    Ok(stored)
}

/// Checks that content and key agree: an item copied by hand would run for another application.
fn in_its_place(item: &Item, says: &Key, stands: &Key) -> Result<(), StoreError> {
    if says == stands {
        return Ok(());
    }
    Err(Key::of(item).corrupt(format!("its content belongs at `{says}`")))
}
