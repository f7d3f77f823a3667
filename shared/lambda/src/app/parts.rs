//! The parts of a function.

use std::sync::Arc;

use futures::future::join;
use hookpoint_aws::{AwsClients, AwsSettings, DynamoStore, SecretsManagerSource, SqsQueue};
use hookpoint_engine::{
    Engine, Ports, Runners, event::late_responses::LateResponses, record::run_log::RunLog,
};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use http::Uri;

use crate::{
    env::Configuration,
    flush::{AfterResponse, records::Records, refresh::Refresh},
    metrics::Metrics,
};

/// The engine on AWS, and the duties around it.
pub(super) struct Parts {
    pub(super) engine: Arc<Engine>,
    pub(super) store: DynamoStore,
    pub(super) queue: SqsQueue,
    secrets: Arc<SecretsManagerSource>,
    is_provisioned: bool,
    pub(super) duties: Duties,
}

/// The work of the process besides its events.
pub(super) struct Duties {
    /// Work after each response.
    pub(super) after: Arc<AfterResponse>,
    /// The address of the Runtime API.
    pub(super) runtime_api: Uri,
}

impl Parts {
    /// Composes the parts. Nothing is opened, sent or started here; `clients` set the timeouts.
    pub(super) fn compose(
        configuration: Configuration,
        clients: fn(AwsSettings) -> AwsClients,
    ) -> Self {
        let Configuration {
            table,
            secret_prefix,
            queue_url,
            dead_letter_queue_url,
            run_retention,
            egress,
            trusted_ca: _,
            identity_store,
            memory_mb,
            is_provisioned,
            aws,
            runtime_api,
            log: _,
            authentication: _,
        } = configuration;
        let clients = clients(aws);
        let store = DynamoStore::new(clients.clone(), table).with_run_retention(run_retention);
        let queue = SqsQueue::new(clients.clone(), queue_url, dead_letter_queue_url);
        let secrets = Arc::new(SecretsManagerSource::new(clients, secret_prefix.clone()));
        let client = Arc::new(GuardedClient::new(egress.clone()));
        let options = SandboxOptions {
            memory_mb,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::new(&options, client.clone());
        let runs = Arc::new(RunLog::default());
        let shared = Arc::new(store.clone());
        let late_responses = Arc::new(LateResponses::new(shared.clone()));
        let ports = Ports {
            applications: shared.clone(),
            bindings: shared.clone(),
            hooks: shared.clone(),
            secrets: secrets.clone(),
            continuation_keys: secrets.clone(),
            queue: Arc::new(queue.clone()),
            idempotency: late_responses.clone(),
            gone: shared.clone(),
            runs: runs.clone(),
        };
        let webhooks = Arc::new(WebhookHooks::new(client));
        let runners = Runners::new(webhooks, Some(Arc::new(sandbox)), egress);
        let engine = Engine::new(ports, runners).expecting_store(identity_store);
        let engine = Arc::new(engine);
        // The stack's name.
        let metrics = Metrics::new(secret_prefix, runs.clone(), engine.staleness());
        let records = Records {
            log: runs,
            store: shared,
        };
        // Metrics before records: written records can no longer be counted.
        let after = AfterResponse::new(vec![
            Box::new(late_responses),
            Box::new(metrics),
            Box::new(records),
            Box::new(Refresh(engine.clone())),
        ]);
        Self {
            engine,
            store,
            queue,
            secrets,
            is_provisioned,
            duties: Duties { after, runtime_api },
        }
    }

    /// Opens connections while the process waits for its first event, if Lambda started it ahead of one: those that an
    /// event uses at once.
    pub(super) fn warm_up(&self) {
        if self.is_provisioned {
            let store = self.store.clone();
            // The application and its bindings are read at the same time.
            tokio::spawn(async move { join(store.warm_up(), store.warm_up()).await });
        }
    }

    /// Returns what opens the connections for secrets when it is first called: ahead of the first event if Lambda started
    /// the process ahead of it, else with that event. It reads secrets only when it knows its hooks, and the connections
    /// are open by then.
    pub(super) fn secrets_opener(&self) -> impl FnMut() + use<> {
        let mut secrets = Some(self.secrets.clone());
        let mut open = move || {
            if let Some(secrets) = secrets.take() {
                tokio::spawn(async move { secrets.warm_up().await });
            }
        };
        if self.is_provisioned {
            open();
        }
        open
    }

    /// Opens the queue's connection, for a stage whose hooks are all asynchronous.
    pub(super) fn warm_up_queue(&self) {
        let queue = self.queue.clone();
        tokio::spawn(async move { queue.warm_up().await });
    }
}
