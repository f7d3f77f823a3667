//! What one run on its own does without. Each port answers that it is not there, should anybody ask.

use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use hookpoint_engine::{
    application::Application,
    binding::{Binding, Target},
    gone::GoneBinding,
    hook::{Hook, HookReference},
    idempotency::{IdempotencyKey, IdempotencyRecord},
    identifier::{ApplicationId, BindingId},
    job::Job,
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, GoneBindings,
        HookSource, IdempotencyStore, JobQueue, QueueError, SecretError, StoreError,
    },
};
use hookpoint_stages::Stage;

const MESSAGE: &str = "a run that is repeated has none";

pub(super) struct Absent;

fn absent<T>() -> Result<T, StoreError> {
    Err(StoreError::Unreachable {
        message: MESSAGE.to_owned(),
    })
}

#[async_trait]
impl ApplicationSource for Absent {
    async fn application(&self, _: &ApplicationId) -> Result<Option<Application>, StoreError> {
        absent()
    }
}

#[async_trait]
impl BindingSource for Absent {
    async fn bindings(&self, _: Stage, _: &Target) -> Result<Vec<Binding>, StoreError> {
        absent()
    }
}

#[async_trait]
impl HookSource for Absent {
    async fn hook(&self, _: Stage, _: &HookReference) -> Result<Arc<Hook>, StoreError> {
        absent()
    }
}

#[async_trait]
impl ContinuationKeySource for Absent {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        let message = MESSAGE.to_owned();
        Err(SecretError { message })
    }
}

#[async_trait]
impl JobQueue for Absent {
    async fn enqueue(&self, _: &[Job], _: SystemTime) -> Result<(), QueueError> {
        let message = MESSAGE.to_owned();
        Err(QueueError { message })
    }
}

#[async_trait]
impl GoneBindings for Absent {
    async fn gone(&self, _: Stage, _: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        absent()
    }

    async fn mark_gone(&self, _: &GoneBinding) -> Result<(), StoreError> {
        absent()
    }

    async fn forget_gone(&self, _: Stage, _: &Target, _: &BindingId) -> Result<bool, StoreError> {
        absent()
    }
}

#[async_trait]
impl IdempotencyStore for Absent {
    async fn idempotency(
        &self,
        _: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        absent()
    }

    async fn put_idempotency(
        &self,
        _: &IdempotencyKey,
        _: Option<&str>,
        _: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        absent()
    }

    async fn remove_idempotency(&self, _: &IdempotencyKey, _: &str) -> Result<(), StoreError> {
        absent()
    }
}
