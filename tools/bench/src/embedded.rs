//! The engine on the embedded store, in this process.
//!
//! Measures from the body of an event to the body of its response; other rows include transport.

use std::{
    path::Path,
    sync::Arc,
    time::{Instant, SystemTime},
};

use anyhow::ensure;
use hookpoint_engine::{
    Engine, Ports, Runners,
    event::{
        header_names,
        ingest::{IngestRequest, IngestResponse, RequestHeaders},
        route::Route,
    },
    ports::RunStore as _,
    record::{RunFilter, run_log::RunLog},
};
use hookpoint_local::{LocalContinuationKeys, LocalSecrets, LocalStore, SECRET_PREFIX};
use hookpoint_operator::{Author, apply, change_application};
use hookpoint_webhook::{GuardedClient, WebhookHooks};

use crate::sample::{self, Measured, PostedEvent};

/// Batch size of record writes, as in `hookpoint dev`.
const RECORDS_AT_ONCE: usize = 500;

/// An engine with its store and the event to process.
pub(crate) struct Embedded {
    engine: Engine,
    store: LocalStore,
    runs: Arc<RunLog>,
    event: PostedEvent,
    stage: String,
    answer: &'static str,
}

impl Embedded {
    /// Publishes a workspace with the hook to a store in the folder.
    pub(crate) async fn publish(folder: &Path, measured: &Measured) -> anyhow::Result<Self> {
        Self::open(folder, measured, &[], RunLog::default()).await
    }

    /// Like [`publish`](Self::publish), with values of secrets.
    pub(crate) async fn with_secrets(
        folder: &Path,
        measured: &Measured,
        secrets: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        Self::open(folder, measured, secrets, RunLog::default()).await
    }

    /// Like [`publish`](Self::publish), without run records.
    pub(crate) async fn without_records(
        folder: &Path,
        measured: &Measured,
    ) -> anyhow::Result<Self> {
        Self::open(folder, measured, &[], RunLog::off()).await
    }

    async fn open(
        folder: &Path,
        measured: &Measured,
        secrets: &[(&str, &str)],
        runs: RunLog,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let source = measured.write(folder)?;
        let workspace = source.load(0, &hookpoint_devserver::BundlerProcess::find(None, None))?;
        let directory = source.state_directory();
        let store = LocalStore::open(&directory)?;
        apply(&store, workspace.desired(), &Author::program("bench")).await?;
        let key = sample::key()?;
        change_application(&store, &sample::application()?, |application| {
            application.ingest_keys.push(key.record.clone());
        })
        .await?;
        let environment = secrets
            .iter()
            .map(|(name, value)| (format!("{SECRET_PREFIX}{name}"), (*value).to_owned()));
        let policy = workspace.local().egress();
        let client = Arc::new(GuardedClient::new(policy.clone()));
        let shared = Arc::new(store.clone());
        let runs = Arc::new(runs);
        let ports = Ports {
            applications: shared.clone(),
            bindings: shared.clone(),
            hooks: shared.clone(),
            secrets: Arc::new(LocalSecrets::new(environment, &directory)),
            continuation_keys: Arc::new(LocalContinuationKeys::new(store.clone())),
            queue: shared.clone(),
            idempotency: shared.clone(),
            gone: shared,
            runs: Arc::clone(&runs),
        };
        let webhooks = Arc::new(WebhookHooks::new(client));
        Ok(Self {
            engine: Engine::new(ports, Runners::new(webhooks, None, policy)),
            store,
            runs,
            event: sample::posted_event_of(measured.stage, &key.key)?,
            stage: measured.stage.name(),
            answer: measured.answer(),
        })
    }

    /// Sets the event to process.
    pub(crate) fn post(&mut self, body: Vec<u8>) {
        self.event.body = body.into();
    }

    /// Processes the event; returns the microseconds.
    pub(crate) async fn answer(&self) -> anyhow::Result<f64> {
        let (took, _) = self.answer_with(&self.event.headers).await?;
        Ok(took)
    }

    /// Processes the event with an idempotency key; returns the microseconds, and whether the response was replayed.
    pub(crate) async fn answer_once(&self, key: &str) -> anyhow::Result<(f64, bool)> {
        let mut headers = self.event.headers.clone();
        headers.push((header_names::IDEMPOTENCY_KEY.to_owned(), key.to_owned()));
        let (took, response) = self.answer_with(&headers).await?;
        let is_replayed = response
            .headers
            .iter()
            .any(|(name, _)| *name == header_names::IDEMPOTENT_REPLAYED);
        Ok((took, is_replayed))
    }

    async fn answer_with(
        &self,
        headers: &[(String, String)],
    ) -> anyhow::Result<(f64, IngestResponse)> {
        let application = sample::application()?;
        let begin = Instant::now();
        let response = self
            .engine
            .ingest(IngestRequest {
                route: &Route {
                    application: application.as_str().into(),
                    stage: self.stage.as_str().into(),
                },
                headers: &RequestHeaders::read(headers),
                body: &self.event.body,
                now: SystemTime::now(),
                received: tokio::time::Instant::now(),
            })
            .await;
        let took = begin.elapsed();
        ensure!(
            response.status == 200,
            "an event got status {}: {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        );
        sample::ensure_is(&response.body, self.answer)?;
        Ok((took.as_secs_f64() * 1_000_000.0, response))
    }

    /// Writes the pending records to the store; returns the total microseconds.
    pub(crate) async fn write_records(&self) -> anyhow::Result<f64> {
        let begin = Instant::now();
        self.runs.write_to(&self.store, RECORDS_AT_ONCE).await?;
        Ok(begin.elapsed().as_secs_f64() * 1_000_000.0)
    }

    /// Returns an error unless the store has `expected` records.
    pub(crate) async fn ensure_recorded(&self, expected: usize) -> anyhow::Result<()> {
        let records = self.store.runs(&RunFilter::default(), expected + 1).await?;
        ensure!(
            records.len() == expected,
            "there are {} records of {expected} runs",
            records.len()
        );
        Ok(())
    }
}
