//! The engine: takes an event, runs the hooks bound to it and returns one merged response.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use crate::{
    application::{
        Application,
        binding::SYNCHRONOUS_TIMEOUT,
        cache::Cache,
        sources::{
            REFRESH_AFTER, RETRY_STORE_AFTER, SECRETS_REFRESH_AFTER, STALE_SERVES_FOR, Sources,
        },
        staleness::Staleness,
    },
    continuation::Continuation,
    delivery::job::Job,
    event::{arrival::Arrival, error_code::ErrorCode, problem::Problem},
    hook::run::Runners,
    identifier::{ApplicationId, StoreId},
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, GoneBindings,
        HookSource, IdempotencyStore, JobQueue, QueueError, SecretSource,
    },
    record::run_log::RunLog,
};

/// Minimum time allowed for queueing deliveries, even when the hooks used up the budget.
pub(crate) const LEAST_TO_ENQUEUE: Duration = Duration::from_secs(1);

/// The engine's adapters to the outside world.
pub struct Ports {
    /// Applications.
    pub applications: Arc<dyn ApplicationSource>,
    /// Bindings.
    pub bindings: Arc<dyn BindingSource>,
    /// Hook versions.
    pub hooks: Arc<dyn HookSource>,
    /// Secret values.
    pub secrets: Arc<dyn SecretSource>,
    /// Keys that seal continuations.
    pub continuation_keys: Arc<dyn ContinuationKeySource>,
    /// Takes the deliveries of asynchronous hooks.
    pub queue: Arc<dyn JobQueue>,
    /// Keeps the responses to events that carry an idempotency key.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Bindings whose endpoint is gone; read for deliveries only.
    pub gone: Arc<dyn GoneBindings>,
    /// Buffers run records; the composition root writes them to the store.
    pub runs: Arc<RunLog>,
}

/// Runs the hooks of events. One per process, because its caches and circuits are process-wide.
pub struct Engine {
    pub(crate) sources: Sources,
    pub(crate) runners: Runners,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) idempotency: Arc<dyn IdempotencyStore>,
    pub(crate) runs: Arc<RunLog>,
    continuation_keys: Arc<dyn ContinuationKeySource>,
    known_continuation_keys: Cache<(), Arc<ContinuationKeys>>,
    /// When a token with an unknown key last made the engine read the keys, and how long until that may happen again.
    known_lookups: Cache<(), Duration>,
    /// The identity store that applications probably use.
    pub(crate) expected_store: Option<StoreId>,
}

impl Engine {
    /// Creates an engine with empty caches and closed circuits.
    pub fn new(ports: Ports, runners: Runners) -> Self {
        let runners = runners.with_source_maps(Arc::clone(&ports.hooks));
        Self {
            sources: Sources::new(
                ports.applications,
                ports.bindings,
                ports.hooks,
                ports.secrets,
                ports.gone,
            ),
            runners,
            queue: ports.queue,
            idempotency: ports.idempotency,
            runs: ports.runs,
            continuation_keys: ports.continuation_keys,
            known_continuation_keys: Cache::new(1),
            known_lookups: Cache::new(1),
            expected_store: None,
        }
    }

    /// Sets the identity store that most applications use: its bindings are read together with an application, so that
    /// a first event does not wait for them separately.
    #[must_use]
    pub fn expecting_store(mut self, store: Option<StoreId>) -> Self {
        self.expected_store = store;
        self
    }

    /// Clears the caches and closes the circuits, after a publication in the same process.
    pub fn forget(&self) {
        self.sources.forget();
        self.runners.close_circuits();
    }

    /// Refreshes cached data before it is too old, so that the next event need not wait. Call it while no caller waits.
    pub async fn refresh_ahead(&self, now: SystemTime) {
        self.sources.refresh_ahead(now).await;
    }

    /// How stale the cached data in use is, for monitoring.
    pub fn staleness(&self) -> Arc<Staleness> {
        self.sources.staleness.clone()
    }

    /// Queues deliveries; they are durable when it returns.
    pub(crate) async fn enqueue(&self, jobs: &[Job], arrival: &Arrival) -> Result<(), Problem> {
        if jobs.is_empty() {
            return Ok(());
        }
        let left = SYNCHRONOUS_TIMEOUT.saturating_sub(arrival.received.elapsed());
        let patience = left.max(LEAST_TO_ENQUEUE);
        let enqueue = self.queue.enqueue(jobs, arrival.current_time());
        let enqueued = timeout(patience, enqueue).await.unwrap_or_else(|_| {
            let message = format!("no response within {} ms", patience.as_millis());
            Err(QueueError { message })
        });
        enqueued.map_err(|error| Problem::internal(ErrorCode::QueueUnavailable, error))
    }

    pub(crate) async fn application(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Result<Option<Arc<Application>>, Problem> {
        Ok(self.sources.application(id, now).await?)
    }

    /// The keys that seal continuations, cached after the first read.
    pub(crate) async fn continuation_keys(
        &self,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        self.keys_younger_than(SECRETS_REFRESH_AFTER, now).await
    }

    /// The keys to open a token with. A token that names an unknown key may have been sealed elsewhere after a
    /// rotation, so the keys are read again even if they are fresh, but at most once every ten seconds:
    /// callers may send made-up tokens.
    pub(crate) async fn keys_for_token(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        let keys = self.continuation_keys(now).await?;
        if Continuation::names_key_of(token, &keys) {
            return Ok(keys);
        }
        if self
            .known_lookups
            .get(&(), now)
            .is_some_and(|(wait, age)| age < wait)
        {
            return Ok(keys);
        }
        self.known_lookups.put((), REFRESH_AFTER, now);
        let keys = self.keys_younger_than(Duration::ZERO, now).await;
        let known = self.known_continuation_keys.get(&(), now);
        if known.is_none_or(|(_, age)| age > Duration::ZERO) {
            // The keys could not be read: look again as soon as other failed reads are retried.
            self.known_lookups.put((), RETRY_STORE_AFTER, now);
        }
        keys
    }

    async fn keys_younger_than(
        &self,
        limit: Duration,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        let cached = self.known_continuation_keys.get(&(), now);
        if let Some((keys, age)) = &cached
            && *age < limit
        {
            return Ok(keys.clone());
        }
        match (self.continuation_keys.continuation_keys().await, cached) {
            (Ok(keys), _) => {
                let keys = Arc::new(keys);
                self.known_continuation_keys.put((), keys.clone(), now);
                Ok(keys)
            }
            (Err(error), Some((keys, age))) if age < STALE_SERVES_FOR => {
                tracing::warn!(error = %error, "continuation keys cannot be read; the last known ones serve");
                Ok(keys)
            }
            (Err(error), _) => Err(Problem::internal(ErrorCode::KeysUnavailable, error)),
        }
    }
}
