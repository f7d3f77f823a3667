//! The composition root: from the environment to a function that polls for events.

use std::{convert::Infallible, process::ExitCode, sync::Arc, time::SystemTime};

use hookpoint_aws::{AwsClients, DynamoStore, SecretsManagerSource};
use hookpoint_engine::{Engine, Ports};
use hookpoint_stages::Stage;
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::{runtime, time::Instant};
use tracing::Instrument;

use crate::{
    env::{self, Configuration},
    function::Function,
    gateway::Payload,
    init::{self, InitError},
    log,
};

/// Runs one stage until Lambda stops the process.
///
/// Returns when the start failed (which is logged and reported to Lambda) or the Runtime API is gone.
pub fn run(stage: Stage) -> ExitCode {
    let configuration = env::configuration(&env::process);
    log::install(match &configuration {
        Ok(configuration) => configuration.log.clone(),
        Err(_) => log::default_filter(),
    });
    // One event at a time: a second thread would only be switched to and fro.
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            init::log(&InitError::Executor(error));
            return ExitCode::FAILURE;
        }
    };
    match configuration {
        Ok(configuration) => runtime.block_on(serve(stage, configuration)),
        Err(error) => {
            init::log(&error);
            if let Some(runtime_api) = env::runtime_api(&env::process) {
                runtime.block_on(init::report(error, runtime_api));
            }
        }
    }
    ExitCode::FAILURE
}

/// Answers events until the Runtime API fails.
async fn serve(stage: Stage, configuration: Configuration) {
    let (engine, store) = compose(configuration);
    // Not awaited: the connection opens while the first poll is under way.
    tokio::spawn(async move { store.warm_up().await });
    let function = Arc::new(Function::new(stage, engine));
    let handler = service_fn(move |event: LambdaEvent<Payload>| {
        let received = Instant::now();
        let now = SystemTime::now();
        let function = Arc::clone(&function);
        let invocation = tracing::info_span!(
            "invocation",
            aws.request_id = event.context.request_id.as_str()
        );
        async move { Ok::<_, Infallible>(function.answer(event.payload, now, received).await) }
            .instrument(invocation)
    });
    if let Err(error) = Runtime::new(handler).run().await {
        tracing::error!(error, "the Runtime API cannot be reached any more");
    }
}

/// The engine over AWS, and its store. Nothing is opened or sent here.
fn compose(configuration: Configuration) -> (Engine, DynamoStore) {
    let Configuration {
        table,
        secret_prefix,
        egress,
        aws,
        log: _,
    } = configuration;
    let clients = AwsClients::new(aws);
    let store = DynamoStore::new(clients.clone(), table);
    let secrets = Arc::new(SecretsManagerSource::new(clients, secret_prefix));
    let client = Arc::new(GuardedClient::new(egress.clone()));
    let shared = Arc::new(store.clone());
    let ports = Ports {
        applications: shared.clone(),
        bindings: shared.clone(),
        hooks: shared,
        secrets: secrets.clone(),
        continuation_keys: secrets,
        webhooks: Arc::new(WebhookHooks::new(client)),
        scripts: None,
    };
    (Engine::new(ports, egress), store)
}
