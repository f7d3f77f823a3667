//! The engine over the embedded store, in this process.
//!
//! Measured is everything between the body of an event and the body of its answer; how either travels is in other rows.

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
use hookpoint_operator::{apply, change_application};
use hookpoint_webhook::{GuardedClient, WebhookHooks};

use crate::sample::{self, Measured, PostedEvent};

/// How many records are written at once, as `hookpoint dev` does.
const RECORDS_AT_ONCE: usize = 500;

/// An engine, its store, and the event that it answers.
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

    /// The same, with values of secrets.
    pub(crate) async fn with_secrets(
        folder: &Path,
        measured: &Measured,
        secrets: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        Self::open(folder, measured, secrets, RunLog::default()).await
    }

    /// The same, without records of runs.
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
        let workspace = source.load(0)?;
        let directory = source.state_directory();
        let store = LocalStore::open(&directory)?;
        apply(&store, workspace.desired()).await?;
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

    /// Answers this event from now on.
    pub(crate) fn post(&mut self, body: Vec<u8>) {
        self.event.body = body.into();
    }

    /// Answers the event. In microseconds.
    pub(crate) async fn answer(&self) -> anyhow::Result<f64> {
        let (took, _) = self.answer_with(&self.event.headers).await?;
        Ok(took)
    }

    /// Answers the event with an idempotency key. In microseconds; and whether the answer is one that was given before.
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
            "an event was answered with {}: {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        );
        sample::ensure_is(&response.body, self.answer)?;
        Ok((took.as_secs_f64() * 1_000_000.0, response))
    }

    /// Writes the records that wait into the store. In microseconds, all of them together.
    pub(crate) async fn write_records(&self) -> anyhow::Result<f64> {
        let begin = Instant::now();
        self.runs.write_to(&self.store, RECORDS_AT_ONCE).await?;
        Ok(begin.elapsed().as_secs_f64() * 1_000_000.0)
    }

    /// An error unless so many records are in the store.
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
