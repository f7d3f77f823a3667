//! The parts of a function.

use std::{sync::Arc, time::Duration};

use futures::future::join3;
use hookpoint_aws::{AwsClients, AwsSettings, DynamoStore, SecretsManagerSource, SqsQueue};
use hookpoint_engine::{
    Engine, Ports, Runners, event::late_responses::LateResponses, record::run_log::RunLog,
};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use http::Uri;
use tokio::time::timeout;

use crate::{
    env::Configuration,
    flush::{AfterResponse, records::Records, refresh::Refresh},
    metrics::Metrics,
};

/// Maximum time to open connections ahead of the first event. No caller waits.
const WARM_UP_LIMIT: Duration = Duration::from_secs(1);

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
        let after = AfterResponse::new(
            Arc::new(metrics),
            vec![
                Arc::new(late_responses),
                Arc::new(records),
                Arc::new(Refresh(engine.clone())),
            ],
        );
        Self {
            engine,
            store,
            queue,
            secrets,
            is_provisioned,
            duties: Duties { after, runtime_api },
        }
    }

    /// Opens the connections that an event uses at once, if Lambda started the process ahead of its first event; also those
    /// for secrets, if this process `reads_secrets`. Lambda freezes the process as soon as it asks for an event, so what is
    /// not open by then is opened by that event.
    pub(super) async fn warm_up(&self, reads_secrets: bool) {
        if !self.is_provisioned {
            return;
        }
        let secrets = async {
            if reads_secrets {
                self.secrets.warm_up().await;
            }
        };
        // The application and its bindings are read at the same time.
        let open = join3(self.store.warm_up(), self.store.warm_up(), secrets);
        if timeout(WARM_UP_LIMIT, Box::pin(open)).await.is_err() {
            tracing::warn!("connections were not open within {WARM_UP_LIMIT:?}");
        }
    }

    /// Returns what opens the connections for secrets when it is first called, with the first event: it reads secrets only
    /// when it knows its hooks, and the connections are open by then.
    pub(super) fn secrets_opener(&self) -> impl FnMut() + use<> {
        let mut secrets = (!self.is_provisioned).then(|| self.secrets.clone());
        move || {
            if let Some(secrets) = secrets.take() {
                tokio::spawn(async move { secrets.warm_up().await });
            }
        }
    }

    /// Opens the queue's connection, for a stage whose hooks are all asynchronous.
    pub(super) async fn warm_up_queue(&self) {
        let queue = self.queue.clone();
        let open = async move { queue.warm_up().await };
        if self.is_provisioned {
            // A failure is the first event's to report.
            let _ = timeout(WARM_UP_LIMIT, open).await;
        } else {
            // The first event is waiting already.
            tokio::spawn(open);
        }
    }
}
