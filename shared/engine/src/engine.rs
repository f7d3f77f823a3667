//! The engine: takes an event, runs the hooks bound to it and returns one merged response.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use crate::{
    application::{
        binding::SYNCHRONOUS_TIMEOUT,
        cache::Cache,
        sources::{REFRESH_AFTER, RETRY_STORE_AFTER, Sources},
        staleness::Staleness,
    },
    continuation::Continuation,
    delivery::job::Job,
    event::{arrival::Arrival, error_code::ErrorCode, problem::Problem},
    hook::run::Runners,
    identifier::StoreId,
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, GoneBindings,
        HookSource, IdempotencyStore, JobQueue, QueueError, SecretError, SecretSource,
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
                ports.continuation_keys,
                ports.gone,
            ),
            runners,
            queue: ports.queue,
            idempotency: ports.idempotency,
            runs: ports.runs,
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

    /// The keys that seal continuations.
    pub(crate) async fn continuation_keys(
        &self,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        let keys = self.sources.continuation_keys(now).await;
        keys.map_err(unreadable_keys)
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
        let renewed = self.sources.renewed_continuation_keys(now).await;
        if !matches!(renewed, Ok((_, true))) {
            // Look again as soon as other failed reads are retried.
            self.known_lookups.put((), RETRY_STORE_AFTER, now);
        }
        let (keys, _) = renewed.map_err(unreadable_keys)?;
        Ok(keys)
    }
}

fn unreadable_keys(error: SecretError) -> Problem {
    Problem::internal(ErrorCode::KeysUnavailable, error)
}
