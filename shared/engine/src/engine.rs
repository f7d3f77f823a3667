//! The engine: an event goes in, the hooks bound to it run, one merged answer comes out.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout};

use crate::{
    application::Application,
    binding::SYNCHRONOUS_TIMEOUT,
    cache::Cache,
    circuit::Circuits,
    continuation::Continuation,
    deadline::Deadline,
    egress::EgressPolicy,
    error_code::ErrorCode,
    event::Event,
    identifier::ApplicationId,
    job::Job,
    pass::{self, Passed},
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, GoneBindings,
        HookSource, IdempotencyStore, JobQueue, QueueError, ScriptRunner, SecretSource, StoreError,
        WebhookRunner,
    },
    problem::Problem,
    report::PassReport,
    run_log::RunLog,
    sources::{REFRESH_AFTER, SECRETS_REFRESH_AFTER, STALE_SERVES_FOR, Sources},
    staleness::Staleness,
};

/// What is kept back of the budget to write the answer.
const ANSWER_RESERVE: Duration = Duration::from_millis(100);
/// How long the queue has to take deliveries, however much of the budget the hooks used up.
pub(crate) const LEAST_TO_ENQUEUE: Duration = Duration::from_secs(1);

/// The outside world, as adapters give it to the engine.
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
    /// Webhook hooks.
    pub webhooks: Arc<dyn WebhookRunner>,
    /// Takes the deliveries of asynchronous hooks.
    pub queue: Arc<dyn JobQueue>,
    /// Keeps the answers to events with an idempotency key.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Which bindings are gone; asked for deliveries only.
    pub gone: Arc<dyn GoneBindings>,
    /// Takes the records of runs; the composition root writes them to the store.
    pub runs: Arc<RunLog>,
    /// Script hooks; without it, an event that needs one is answered 503.
    pub scripts: Option<Arc<dyn ScriptRunner>>,
}

/// Runs the hooks of events. One per process; its caches and circuits are the process's.
pub struct Engine {
    pub(crate) sources: Sources,
    pub(crate) webhooks: Arc<dyn WebhookRunner>,
    pub(crate) scripts: Option<Arc<dyn ScriptRunner>>,
    pub(crate) egress: EgressPolicy,
    pub(crate) circuits: Circuits,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) idempotency: Arc<dyn IdempotencyStore>,
    pub(crate) runs: Arc<RunLog>,
    continuation_keys: Arc<dyn ContinuationKeySource>,
    known_continuation_keys: Cache<(), Arc<ContinuationKeys>>,
}

/// What travels with an event beside its body.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Identifies the event in every system it passes: a UUID, or what the host sent.
    pub correlation_id: String,
    /// W3C Trace Context, when the event came with one.
    pub traceparent: Option<String>,
    /// The wall clock when the event came.
    pub now: SystemTime,
    /// When the body was in hand: the start of the budget.
    pub received: Instant,
}

impl Arrival {
    /// The wall clock at this point of the pass, without reading it again.
    pub(crate) fn current_time(&self) -> SystemTime {
        self.now + self.received.elapsed()
    }
}

impl Engine {
    /// An engine over the given ports.
    pub fn new(ports: Ports, egress: EgressPolicy) -> Self {
        Self {
            sources: Sources::new(
                ports.applications,
                ports.bindings,
                ports.hooks,
                ports.secrets,
                ports.gone,
            ),
            webhooks: ports.webhooks,
            scripts: ports.scripts,
            egress,
            circuits: Circuits::default(),
            queue: ports.queue,
            idempotency: ports.idempotency,
            runs: ports.runs,
            continuation_keys: ports.continuation_keys,
            known_continuation_keys: Cache::new(1),
        }
    }

    /// Forgets what it knows of applications, bindings and secrets: after a publication in the same process.
    pub fn forget(&self) {
        self.sources.forget();
        self.circuits.reset();
    }

    /// How stale what serves is, for whoever watches the process.
    pub fn staleness(&self) -> Arc<Staleness> {
        self.sources.staleness.clone()
    }

    /// Runs an event of an application without asking for a key: for tools of the operator.
    pub async fn run(
        &self,
        application: &ApplicationId,
        event: &Event,
        arrival: &Arrival,
    ) -> Result<PassReport, Problem> {
        let found = self.application(application, arrival.now).await?;
        let found = found.ok_or_else(|| {
            Problem::new(
                ErrorCode::Unauthorized,
                format!("there is no application `{application}`"),
            )
        })?;
        let passed = self.run_for(&found, event, arrival).await?;
        self.enqueue(&passed.jobs, arrival).await?;
        Ok(passed.report)
    }

    /// Puts deliveries into the queue; when it returns, they are durable.
    pub(crate) async fn enqueue(&self, jobs: &[Job], arrival: &Arrival) -> Result<(), Problem> {
        if jobs.is_empty() {
            return Ok(());
        }
        let left = SYNCHRONOUS_TIMEOUT.saturating_sub(arrival.received.elapsed());
        let patience = left.max(LEAST_TO_ENQUEUE);
        let enqueue = self.queue.enqueue(jobs, arrival.current_time());
        let enqueued = timeout(patience, enqueue).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} ms", patience.as_millis());
            Err(QueueError { message })
        });
        enqueued.map_err(|error| Problem::internal(ErrorCode::QueueUnavailable, error))
    }

    /// Runs an event of an application that was let in. Its deliveries are still to be put into the queue.
    pub(crate) async fn run_for(
        &self,
        application: &Application,
        event: &Event,
        arrival: &Arrival,
    ) -> Result<Passed, Problem> {
        let budget = SYNCHRONOUS_TIMEOUT.saturating_sub(ANSWER_RESERVE);
        let family = event.stage().definition().family;
        if application.kind.family() != family {
            let detail = format!(
                "application `{}` is of the kind {}; it has no stage `{}`",
                application.id,
                application.kind.family(),
                event.stage()
            );
            return Err(Problem::new(ErrorCode::NotFound, detail));
        }
        let deadline = Deadline::after(arrival.received, budget);
        pass::run(self, application, event, arrival, deadline).await
    }

    pub(crate) async fn application(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Result<Option<Arc<Application>>, Problem> {
        self.sources
            .application(id, now)
            .await
            .map_err(|error| store_problem(&error))
    }

    /// The keys that seal continuations, read when the first token is made or comes back.
    pub(crate) async fn continuation_keys(
        &self,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        self.keys_younger_than(SECRETS_REFRESH_AFTER, now).await
    }

    /// The keys to open a token with. One that names a key not known here may have been sealed elsewhere, after a rotation: then the keys are
    /// read again, but no more than every ten seconds, whatever strangers send.
    pub(crate) async fn keys_for_token(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, Problem> {
        let keys = self.continuation_keys(now).await?;
        if Continuation::names_key_of(token, &keys) {
            return Ok(keys);
        }
        self.keys_younger_than(REFRESH_AFTER, now).await
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

pub(crate) fn store_problem(error: &StoreError) -> Problem {
    let code = match error {
        StoreError::Unreachable { .. } => ErrorCode::StoreUnavailable,
        StoreError::Corrupt { .. } | StoreError::Newer { .. } => ErrorCode::ConfigurationInvalid,
    };
    Problem::internal(code, error)
}
