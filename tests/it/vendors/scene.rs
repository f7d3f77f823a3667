//! An engine with one hook, bundled, compiled and bound as publishing does it, and the vendor that the hook calls.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Arrival, Engine, Ports, Runners,
    event::Event,
    identifier::ApplicationId,
    ports::{Settlement, WorkQueue as _},
    record::RunRecord,
    stages::Stage,
    testing::{FixedSecrets, MemoryQueue, MemoryStore, ports},
};
use hookpoint_operator::{compile_in, prime};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::vendor::{Book, Vendor};
use crate::node::bundler::Bundler;

/// How often a step that has a time limit is tried.
const ATTEMPTS: u32 = 10;
/// Large bundles are compiled one after the other, each in its time limit.
static COMPILING: Mutex<()> = Mutex::const_new(());

pub(super) struct Scene {
    pub(super) vendor: Vendor,
    engine: Engine,
    queue: Arc<MemoryQueue>,
    stage: Stage,
}

/// What an event came to.
pub(super) struct Passed {
    pub(super) response: Value,
    pub(super) record: RunRecord,
}

impl Scene {
    /// Publishes a hook of `tests/node/vendors`. `VENDOR` in variables and secrets is the vendor's URL.
    pub(super) async fn of(hook: &str, stage: Stage, variables: Value, secrets: Value) -> Self {
        let hook = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("node/vendors")
            .join(hook);
        let bundled = tokio::task::spawn_blocking(move || Bundler::install().bundle(&hook).bundled)
            .await
            .unwrap();
        let vendor = Vendor::start(Book::default());
        let names: Vec<&String> = secrets.as_object().unwrap().keys().collect();
        let yaml = json!({
            "version": 1,
            "secrets": names,
            "applications": {
                "web-shop": { "name": "Web shop", "kind": "identity", "variables": variables },
            },
            "hooks": {
                "sample": { "script": {
                    "file": bundled.file_name().unwrap().to_str(),
                    "hosts": ["127.0.0.1"],
                    "secrets": names,
                } },
            },
            "bindings": [{ "application": "web-shop", "stage": stage.id(), "hook": "sample" }],
            "local": { "allowHttpHosts": ["127.0.0.1"], "allowNetworks": ["127.0.0.0/8"] },
        });
        let yaml = yaml.to_string().replace("VENDOR", &vendor.url());
        let folder = bundled.parent().unwrap();
        let mut workspace = Workspace::parse(&yaml, "hookpoint.yaml", folder)
            .unwrap_or_else(|errors| panic!("{errors}"));
        let egress = workspace.local().egress();
        let client = Arc::new(GuardedClient::new(egress.clone()));
        let _alone = COMPILING.lock().await;
        let sandbox = Sandbox::new(&SandboxOptions::default(), client.clone());
        // Compiling a large bundle has a time limit, which a busy machine may miss.
        let mut compiled = compile_in(&sandbox, &mut workspace).await;
        for _ in 1..ATTEMPTS {
            if compiled.is_err() {
                compiled = compile_in(&sandbox, &mut workspace).await;
            }
        }
        compiled.unwrap();
        let store = Arc::new(MemoryStore::holding(workspace.desired()));
        // Otherwise the first event waits for the bundle to be loaded, and a busy machine needs more than its 3 seconds.
        for _ in 0..ATTEMPTS {
            if sandbox.prepared().0 == 0 {
                prime(&sandbox, &*store, workspace.desired()).await.unwrap();
            }
        }
        assert_eq!(sandbox.prepared().0, 1, "the hook does not load");
        let kept = FixedSecrets::default();
        for (name, value) in secrets.as_object().unwrap() {
            let value = value.as_str().unwrap().replace("VENDOR", &vendor.url());
            kept.set(None, name, &value);
        }
        let queue = Arc::new(MemoryQueue::default());
        let ports = Ports {
            secrets: Arc::new(kept),
            queue: queue.clone(),
            ..ports(store)
        };
        let webhooks = Arc::new(WebhookHooks::new(client));
        let runners = Runners::new(webhooks, Some(Arc::new(sandbox)), egress);
        Self {
            vendor,
            engine: Engine::new(ports, runners),
            queue,
            stage,
        }
    }

    /// Posts the stage's example with some members changed.
    pub(super) async fn post(&self, changed: Value) -> Passed {
        let mut event = self.stage.example();
        event
            .as_object_mut()
            .unwrap()
            .extend(changed.as_object().unwrap().clone());
        let event = Event::parse(self.stage, event.to_string().as_bytes()).unwrap();
        let arrival = Arrival {
            correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
            traceparent: None,
            now: SystemTime::now(),
            received: tokio::time::Instant::now(),
        };
        let application: ApplicationId = "web-shop".parse().unwrap();
        let report = self
            .engine
            .run_without_key(&application, &event, &arrival)
            .await
            .unwrap();
        Passed {
            response: Value::Object(report.response),
            record: report.runs[0].record.clone(),
        }
    }

    /// Makes the next attempt at the queued delivery.
    pub(super) async fn deliver(&self) -> Settlement {
        let now = SystemTime::now();
        let leased = self.queue.receive(1, Duration::from_secs(20), now).await;
        self.engine.handle_message(&leased.unwrap()[0], now).await
    }
}
