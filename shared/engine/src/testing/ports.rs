//! Engines over fakes.

use std::sync::Arc;

use super::{FixedContinuationKeys, FixedSecrets, MemoryGone, MemoryIdempotency, MemoryQueue};
use crate::{
    Ports, Runners,
    hook::egress::EgressPolicy,
    ports::{ApplicationSource, BindingSource, HookSource, WebhookRunner},
};

/// Ports over a store. All others are empty in-memory fakes, which tests replace as needed.
pub fn ports<S: ApplicationSource + BindingSource + HookSource + 'static>(store: Arc<S>) -> Ports {
    Ports {
        applications: store.clone(),
        bindings: store.clone(),
        hooks: store,
        secrets: Arc::new(FixedSecrets::default()),
        continuation_keys: Arc::new(FixedContinuationKeys::default()),
        queue: Arc::new(MemoryQueue::default()),
        idempotency: Arc::new(MemoryIdempotency::default()),
        gone: Arc::new(MemoryGone::default()),
        runs: Arc::default(),
    }
}

/// Runners for webhooks only, under the default policy.
pub fn runners(webhooks: Arc<dyn WebhookRunner>) -> Runners {
    Runners::new(webhooks, None, EgressPolicy::default())
}
