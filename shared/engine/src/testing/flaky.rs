//! A store or queue that fails on demand.

mod kept;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    confidential::secret::Secret,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, HookName, SecretName, StoreId},
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, HookDeletion,
        HookSource, PublishError, Publisher, QueueError, SecretError, SecretSource, SecretValues,
        StoreError, Temporary, UnreadableItem,
    },
    publish::{Publication, PublicationId, PublicationRecord, Scope, Snapshot},
};

/// Forwards calls to a store, queue or secret source, counts them, and fails those that the test selected.
#[derive(Debug, Default)]
pub struct Flaky<S> {
    inner: S,
    calls: AtomicUsize,
    failing: Mutex<BTreeSet<usize>>,
    down: AtomicBool,
}

impl<S> Flaky<S> {
    /// Wraps a store; no call fails at first.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            calls: AtomicUsize::new(0),
            failing: Mutex::default(),
            down: AtomicBool::new(false),
        }
    }

    /// Makes the `number`th call fail, counted from 1 over all kinds of calls.
    #[must_use]
    pub fn failing_call(self, number: usize) -> Self {
        self.failing.lock().unwrap().insert(number);
        self
    }

    /// Makes every call fail, or stops doing so.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// The number of calls, including failed ones.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The wrapped store, which never fails.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Counts a call and returns the reason if it must fail.
    fn failure(&self) -> Option<String> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let chosen = self.failing.lock().unwrap().contains(&number);
        (chosen || self.down.load(Ordering::SeqCst))
            .then(|| format!("call {number} fails on demand"))
    }

    fn store(&self) -> Result<&S, StoreError> {
        match self.failure() {
            Some(message) => Err(StoreError::Unreachable { message }),
            None => Ok(&self.inner),
        }
    }

    fn queue(&self) -> Result<&S, QueueError> {
        match self.failure() {
            Some(message) => Err(QueueError { message }),
            None => Ok(&self.inner),
        }
    }

    fn secret_store(&self) -> Result<&S, SecretError> {
        match self.failure() {
            Some(message) => Err(SecretError { message }),
            None => Ok(&self.inner),
        }
    }
}

#[async_trait]
impl<S: ApplicationSource> ApplicationSource for Flaky<S> {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.store()?.application(id).await
    }

    async fn application_now(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.store()?.application_now(id).await
    }
}

#[async_trait]
impl<S: BindingSource> BindingSource for Flaky<S> {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        self.store()?.bindings(stage, target).await
    }

    async fn bindings_now(
        &self,
        stage: Stage,
        target: &Target,
    ) -> Result<Vec<Binding>, StoreError> {
        self.store()?.bindings_now(stage, target).await
    }
}

#[async_trait]
impl<S: HookSource> HookSource for Flaky<S> {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        self.store()?.hook(stage, reference).await
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.store()?.source_map(stage, hook).await
    }
}

#[async_trait]
impl<S: Publisher> Publisher for Flaky<S> {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        self.store()?.snapshot(scope).await
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        self.store()?.publish(publication).await
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.store()?.applications().await
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        self.store()?.stores().await
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        self.store()?.hooks().await
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        self.store()?.versions(hook).await
    }

    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        self.store()?.delete_hook(hook, audit).await
    }

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        self.store()?.forget(temporary).await
    }

    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError> {
        self.store()?.history(subject, limit).await
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        self.store()?.publication(id).await
    }

    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        self.store()?.interpreters(hooks).await
    }

    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError> {
        self.store()?.replace_compiled(hooks).await
    }
}

#[async_trait]
impl<S: SecretSource> SecretSource for Flaky<S> {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        self.secret_store()?.secrets(application, names).await
    }

    async fn each_secret(&self, application: &ApplicationId, names: &[SecretName]) -> SecretValues {
        match self.secret_store() {
            Ok(store) => store.each_secret(application, names).await,
            Err(error) => error.of_all(names),
        }
    }
}

#[async_trait]
impl<S: ContinuationKeySource> ContinuationKeySource for Flaky<S> {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        self.secret_store()?.continuation_keys().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryStore;

    #[tokio::test]
    async fn chosen_calls_fail_and_a_store_that_is_down_comes_back() {
        let store = Flaky::new(MemoryStore::default()).failing_call(2);
        let id = "shop".parse().unwrap();
        assert!(store.application(&id).await.is_ok());
        assert!(store.application(&id).await.is_err());
        assert!(store.application(&id).await.is_ok());
        store.set_down(true);
        assert!(store.applications().await.is_err());
        store.set_down(false);
        assert!(store.applications().await.is_ok());
        assert_eq!(store.calls(), 5);
    }
}
